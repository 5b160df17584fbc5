"""Values that are written under the time axis: of the figure's own files, or of an ephemeris."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from figmill.errors import InputError
from figmill.figure import TickRow
from figmill.notes import Note
from figmill.quicklook.sources import Source, joined, joined_lines
from figmill.read import cdf, istp
from figmill.read.istp.overrides import Override
from figmill.read.readers import read_head
from figmill.recipes.marks import tick_row
from figmill.recipes.value_table import read_values


def values_under_axis(
    names: Sequence[str],
    sources: Sequence[Source],
    ephemeris: Sequence[Path],
    overrides: Sequence[Override],
    notes: list[Note],
) -> tuple[TickRow, ...]:
    """Rows under the time axis; a vector has one a component.

    Parameters
    ----------
    names
        Variables by record.
    sources
        The figure's own files, which are asked first.
    ephemeris
        CDF files, or tables as `figmill.recipes.value_table` reads them.
    overrides
        Corrections of the metadata of CDF files.
    notes
        What was assumed or left out is added to it.

    Raises
    ------
    InputError
        If no file has a variable, or one cannot be read.
    """
    tables: dict[str, list[istp.LineVariable]] = {}
    others: list[Source] = []
    for file in ephemeris:
        if _is_cdf(file):
            others.append(Source.open(file, overrides))
        else:
            for name, column in read_values(file).items():
                tables.setdefault(name, []).append(column)
    made: list[TickRow] = []
    for name in names:
        found = joined_lines(sources, name, notes) or joined_lines(others, name, notes)
        found = found or joined(tables.get(name, ()), notes)
        if not found:
            lines = [row for one in (*sources, *others) for row in one.rows.lines.over_time]
            known = dict.fromkeys((*(row.name for row in lines), *tables))
            raise InputError(
                "it has no values over time to be written under the time axis.",
                file=sources[0].file,
                place=name,
                hint=f"Name a file by --ephemeris, or one of: {', '.join(known) or 'none'}.",
            )
        made += [tick_row(values, part) for values in found for part in range(len(values.parts))]
    return tuple(made)


def _is_cdf(file: Path) -> bool:
    if file.suffix.lower() == ".cdf":
        return True
    try:
        return cdf.sniff(read_head(file))
    except OSError as error:
        raise InputError(
            f"It cannot be read ({error.strerror}).", file=file, hint="Correct --ephemeris."
        ) from error
