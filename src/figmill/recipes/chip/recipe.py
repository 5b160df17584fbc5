"""The recipe: one item an entry of the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, InstanceOf
from pydantic.json_schema import SkipJsonSchema

from figmill.engine.item import Item
from figmill.errors import ConfigError, InputError
from figmill.read.cache import DataCache, default_cache
from figmill.recipes.base import Description, Drawing, Recipe
from figmill.recipes.chip.config import Entry, load_config
from figmill.recipes.chip.look import Look
from figmill.recipes.chip.plan import Planned, Stage, default_stage, plan_or_raise
from figmill.recipes.chip.plots import plot_types
from figmill.recipes.chip.runs import Run, RunInfo
from figmill.recipes.chip.tree import StageTree


class ChipRecipe(Recipe):
    """Draw what a configuration asks for, from a stage.

    Parameters
    ----------
    config
        The configuration, YAML.
    stage
        The stage; see `figmill.recipes.chip.plan.default_stage` for where it is looked for.
    entries
        Entries from elsewhere, in place of a configuration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: ClassVar[str] = "chip"
    preload: ClassVar[tuple[str, ...]] = ("polars", "figmill.recipes.chip.recipe")

    config: Path | None = None
    stage: Path | None = None
    entries: SkipJsonSchema[tuple[InstanceOf[Entry], ...]] = ()

    def items(self) -> Iterable[Item]:
        """List the entries, all of them checked; see `plans`."""
        return [plan.item() for plan in self.plans()]

    def plans(self) -> list[Planned]:
        """Find the runs of every entry, and check all.

        Raises
        ------
        figmill.errors.ConfigError
            All that is wrong with them, each with its line.
        """
        entries = self.entries
        if self.config is not None:
            entries = (*load_config(self.config).entries, *entries)
        if not entries:
            raise ConfigError("There is nothing to draw.", hint="Give a configuration.")
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
    notes = (*((item.payload or {}).get("notes", ())), *_power_notes(runs), *drawn.notes)
    return Description(
        tuple(Drawing(given["names"][stem], figure) for stem, figure in drawn.figures.items()),
        message="; ".join(notes),
        facts={"runs": [info.seq for info in infos], "plot": given["plot"]},
    )


def _power_notes(runs: Iterable[Run]) -> list[str]:
    stale = [str(run.info.seq) for run in runs if "stale" in run.info.power_flags]
    return [f"the calibration of runs {', '.join(stale)} is older than 24 h"] if stale else []
