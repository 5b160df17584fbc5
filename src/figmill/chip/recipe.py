"""The recipe: one item an entry of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from figmill.chip.config import Blame, Entry, load_config, make_entry
from figmill.chip.look import Look
from figmill.chip.plan import Planned, Stage, default_stage, plan_or_raise
from figmill.chip.plots import GROUP as PLOTS
from figmill.chip.plots import OWN, load_plot_types, plot_types
from figmill.chip.runs import Run, RunInfo
from figmill.chip.sequences import spoken
from figmill.chip.tree import StageTree
from figmill.config.model import together
from figmill.config.paths import missing
from figmill.errors import ConfigError, InputError
from figmill.extras import need
from figmill.figure import Axis, Panel
from figmill.item import Item
from figmill.notes import Note
from figmill.read.cache import DataCache, default_cache
from figmill.recipes.base import Description, Drawing, Recipe
from figmill.recipes.specimen import check_specimens


class ChipRecipe(Recipe):
    """Draw what a configuration asks for, from a stage.

    Parameters
    ----------
    config
        The configuration, YAML.
    stage
        The stage; by default where `default_stage` looks for it.
    chip, chip_group, defaults, plots
        What a configuration says, given here instead, or besides.
    theme, palette, dpi, width, height, title
        Looks that win over those of the configuration; see `Look`.
    """

    name: ClassVar[str] = "chip"
    preload: ClassVar[tuple[str, ...]] = ("polars", "figmill.chip.recipe")
    plugin_groups = {PLOTS: load_plot_types}  # noqa: RUF012 - a class variable of the base class

    config: Path | None = None
    stage: Path | None = None
    chip: int | str | None = None
    chip_group: str | None = None
    defaults: dict[str, Any] = Field(default_factory=dict)
    plots: tuple[dict[str, Any], ...] = ()
    theme: str | None = None
    palette: str | None = None
    dpi: float | None = None
    width: float | None = None
    height: float | None = None
    title: bool | None = None

    @model_validator(mode="after")
    def _look(self) -> ChipRecipe:
        Look(**self._looks())
        return self

    def _looks(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in Look.model_fields}
        return {name: value for name, value in given.items() if value is not None}

    def check(self) -> None:
        """Look for a library or a configuration that is missing.

        What the configuration asks for, with its sizes, is checked by `entries`: with its lines.
        """
        need("polars", "chip")
        if self.config is not None and not self.config.is_file():
            raise missing(self.config, "configuration")

    def entries(self) -> tuple[Entry, ...]:
        """What is to be drawn, before its runs are looked for.

        Raises
        ------
        figmill.errors.ConfigError
            All that is wrong with it, each with its place.
        """
        entries = () if self.config is None else load_config(self.config).entries
        problems: list[ConfigError] = []
        for values in self.plots:
            made = make_entry(values, self.defaults, self.chip, self.chip_group, Blame())
            if isinstance(made, Entry):
                entries = (*entries, made)
            else:
                problems += made
        if problems:
            raise together(problems)
        if not entries:
            raise ConfigError("There is nothing to draw.", hint="Give a configuration.")
        looks = self._looks()
        entries = tuple(
            replace(entry, look=entry.look.model_copy(update=looks)) if looks else entry
            for entry in entries
        )
        if problems := list(_unfit(entries)):
            raise together(problems)
        return entries

    def items(self) -> Iterable[Item]:
        """List the entries, all of them checked; see `plans`."""
        stage = str(default_stage(self.stage))
        return [replace(plan.item(), source=stage, writes=plan.names) for plan in self.plans()]

    def plans(self) -> list[Planned]:
        """Find the runs of every entry, and check all.

        Raises
        ------
        figmill.errors.ConfigError
            All that is wrong with them, each with its line.
        """
        entries = self.entries()
        stage = Stage(StageTree(default_stage(self.stage)), default_cache)
        return plan_or_raise(entries, stage)

    def describe(self, item: Item) -> Description:
        """Read an entry's runs and describe its figures.

        Raises
        ------
        figmill.errors.InputError
            Data of a run are not in the stage, or cannot be drawn.
        """
        return describe(item, default_cache)


def _unfit(entries: Iterable[Entry]) -> Iterator[ConfigError]:
    """What is wrong with the sizes of entries, once for each size."""
    met: set[tuple[object, ...]] = set()
    usual = Look()
    for entry in entries:
        look = entry.look
        # Only the plot types of others have several panels in a figure.
        rows = (1,) if type(entry.plot) in OWN else (1, 4)
        size = (look.width, look.height, look.dpi, look.theme, look.title, rows)
        if size in met:
            continue
        met.add(size)
        panel = Panel(x=Axis(label="-"), y=Axis(label="-"))
        try:
            check_specimens(
                (partial(look.figure, [panel] * number, "-") for number in rows),
                with_room=(look.width, look.height) != (usual.width, usual.height),
            )
        except ConfigError as error:
            yield entry.error(error.message, error.hint or "")


def describe(item: Item, cache: DataCache | None) -> Description:
    """Describe an item with its runs read through a cache; see `ChipRecipe.describe`."""
    # Items travel as JSON values: what they hold was checked when they were planned.
    given: Any = item.parameters
    infos = [RunInfo.from_json(values) for values in given["runs"]]
    if missing := [info for info in infos if info.seq in given.get("missing", ())]:
        listed = ", ".join(f"{run.seq} ({run.proc}, {run.datetime_local})" for run in missing)
        raise InputError(
            f"The stage has no data of {'run' if len(missing) == 1 else 'runs'} {listed} of "
            f"{given['chip']}.",
            hint="Stage the raw files of these runs: figmill chip stage RAW -o STAGE.",
        )
    runs = [
        Run(info, path, given["chip"], cache) for info, path in zip(infos, item.inputs, strict=True)
    ]
    plot = plot_types()[given["plot"]](**given["options"])
    drawn = plot.draw(runs, Look(**given["look"]))
    told = (
        Note.info("plot-type-says", note) if isinstance(note, str) else note for note in drawn.notes
    )
    notes = (*((item.payload or {}).get("notes", ())), *_power_notes(runs), *told)
    return Description(
        tuple(
            Drawing(given["names"][stem], figure, group=f"{given['plot']} {stem}")
            for stem, figure in drawn.figures.items()
        ),
        notes=notes,
        facts={"runs": [info.seq for info in infos], "plot": given["plot"]},
    )


def _power_notes(runs: Sequence[Run]) -> Iterator[Note]:
    """Tell what is doubtful of irradiated powers."""
    flagged = {
        flag: spoken(seqs)
        for flag in ("stale", "later", "outside", "uncalibrated")
        if (seqs := [run.info.seq for run in runs if flag in run.info.power_flags])
    }
    if which := flagged.get("stale"):
        yield Note.doubt("calibration-old", "the calibration is older than 24 h", which)
    if which := flagged.get("later"):
        yield Note.doubt("calibration-later", "the calibration was made after the run", which)
    if which := flagged.get("outside"):
        text = "the laser voltage is beyond the calibrated ones"
        yield Note.doubt("calibration-exceeded", text, which)
    if which := flagged.get("uncalibrated"):
        yield Note.loss("power-unknown", "there is no calibration of the wavelength", which)
