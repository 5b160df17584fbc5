"""The recipe of raw measurements by themselves: one figure a file, without stage or configuration.

To overlay runs, name them by number and derive numbers, stage them: see `figmill.chip.recipe`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import field_validator

from figmill.chip.look import Look
from figmill.chip.manifest import NO_GROUP, describe_run, read_notes, zone_of
from figmill.chip.options import LookOptions
from figmill.chip.plan import info_of
from figmill.chip.plots import OWN, plot_types
from figmill.chip.plots.base import ChipPlot
from figmill.chip.runs import Run, Vector
from figmill.errors import ConfigError, InputError
from figmill.extras import need
from figmill.figure import Axis, Panel
from figmill.item import Item
from figmill.notes import Note
from figmill.read.pymeasure import procedure_of, read_results
from figmill.read.results_body import Column
from figmill.recipes.base import Claim, Description, Drawing, Recipe
from figmill.recipes.inputs import FoundFiles, LeftOut, find_files
from figmill.recipes.options import Bounds, Option
from figmill.recipes.specimen import check_specimens

# Notes about histories and their numbers, which a run by itself has no use for.
_OF_HISTORIES = frozenset({"chip-not-named", "group-not-a-name"})


@dataclass(frozen=True, slots=True)
class RawRun(Run):
    """A run whose columns are at hand.

    Parameters
    ----------
    columns
        By name with unit, each of shape (rows,), as `figmill.read.pymeasure.Results` has them.
    """

    columns: Mapping[str, Column] = field(default_factory=dict)

    def _numbers(self, wanted: tuple[str, ...]) -> Mapping[str, Vector]:
        return {
            name: _numbers_of(values)
            for name, values in self.columns.items()
            if name.partition(" (")[0] in wanted
        }


class ChipRunsRecipe(LookOptions, Recipe):
    """Draws each raw measurement by itself, with the plot type of its procedure."""

    name: ClassVar[str] = "chip-runs"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("polars", "figmill.chip.each")

    paths: Annotated[
        tuple[str, ...],
        Bounds(min_length=1),
        Option("Raw files, folders or patterns.", metavar="PATH", argument=True),
    ]
    timezone: Annotated[str, Option("The lab's time zone.", metavar="ZONE")] = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        zone_of(name)
        return name

    @classmethod
    def sniff(cls, path: Path, head: bytes) -> Claim | None:
        """Claim files that PyMeasure wrote, of procedures that a plot type draws."""
        procedure = procedure_of(head)
        if procedure is None:
            return None
        what = f"PyMeasure results of {procedure or 'no procedure'}"
        if _plot_of(procedure) is None:
            return Claim(0.0, f"{what}, which no plot type draws")
        return Claim(0.95, what)

    def check(self) -> None:
        """Look for a library that is missing, and a size that is none."""
        need("polars", "chip")
        look, usual = self._look(), Look()
        panel = Panel(x=Axis(label="-"), y=Axis(label="-"))
        sized = (look.width, look.height) != (usual.width, usual.height)
        check_specimens([lambda: look.figure(panel, "-")], with_room=sized)

    def items(self) -> Iterable[Item]:
        """One item a file; what its key is, `find_files` says.

        Raises
        ------
        figmill.errors.ConfigError
            A path finds no file, or two would share a key.
        """
        parameters = self.model_dump(mode="json", exclude={"paths"})
        for key, path, named in _find(self.paths):
            yield Item(key, inputs=(path,), parameters=parameters, writes=(key,), named=named)

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not a file of PyMeasure."""
        return _find(self.paths).left_out

    def describe(self, item: Item) -> Description:
        """Read a file and describe its figure.

        Raises
        ------
        figmill.errors.InputError
            The file cannot be used, or no plot type draws its procedure.
        """
        path = item.inputs[0]
        results = read_results(path)
        row = describe_run(results, path.name, self.timezone)
        kind = _plot_of(results.procedure)
        if kind is None:
            drawn_are = ", ".join(sorted({one for plot in OWN for one in plot.procedures}))
            raise InputError(
                f"No plot type draws runs of {results.procedure}.",
                file=path,
                hint=f"There are plot types for {drawn_are}; a package can add others.",
            )
        run = RawRun(info_of({**row, "seq": 0}), path, _chip(row, path), columns=results.columns)
        plot = kind()
        try:
            plot.check([run])
            drawn = plot.draw([run], self._look())
        except ConfigError as error:  # of this run's data: the command asks for nothing
            raise InputError(error.message, file=path, hint=error.hint) from error
        notes = [note for note in read_notes(row["notes"]) if note.code not in _OF_HISTORIES]
        notes += (
            Note.info("plot-type-says", note) if isinstance(note, str) else note
            for note in drawn.notes
        )
        several = len(drawn.figures) > 1
        # An option that is None follows the run, and what it came to is another note.
        options = ", ".join(
            f"{name} {value}" for name, value in plot.model_dump().items() if value is not None
        )
        text = f"it is drawn as {kind.type}" + (f" with {options}" if options else "")
        return Description(
            tuple(
                Drawing(
                    f"{item.key}_{stem}" if several else item.key,
                    figure,
                    group=f"{kind.type} {stem}",
                )
                for stem, figure in drawn.figures.items()
            ),
            notes=(Note.info("plot-type-taken", text), *notes),
            facts={"plot": kind.type, "procedure": results.procedure},
        )

    def _look(self) -> Look:
        return Look(**{name: getattr(self, name) for name in Look.model_fields})


def _numbers_of(values: Column) -> Vector:
    """A column as numbers; texts that are none are NaN, as in a stage, and the reader tells it."""
    if isinstance(values, np.ndarray):
        return values
    numbers = np.full(len(values), np.nan)
    for place, text in enumerate(values):
        with suppress(ValueError):
            numbers[place] = float(text)
    return numbers


def _find(paths: Iterable[str]) -> FoundFiles:
    return find_files(
        paths,
        (),
        judge=lambda head, name: (
            "that PyMeasure did not write" if procedure_of(head) is None else ""
        ),
        what="files of PyMeasure",
    )


def _plot_of(procedure: str) -> type[ChipPlot] | None:
    """The plot type that draws one run of a procedure: figmill's first, else another's first."""
    others = [kind for _, kind in sorted(plot_types().items()) if kind not in OWN]
    return next((kind for kind in (*OWN, *others) if procedure in kind.procedures), None)


def _chip(row: Mapping[str, object], path: Path) -> str:
    """The chip's name; of a run that names none, that of its file."""
    if row["chip_number"] is None:
        return path.stem
    return f"{row['chip_group'] or NO_GROUP}{row['chip_number']}"
