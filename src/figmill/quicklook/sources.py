"""The files of one figure, and the variables that they hold together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from figmill.errors import FigmillError, InputError, NoData
from figmill.notes import Note
from figmill.quicklook.rows import Row, Rows, cut_rows
from figmill.read import istp
from figmill.read.cdf import open_cdf
from figmill.read.cdf.file import CdfFile
from figmill.read.istp.overrides import Override

Variable = istp.SpectrogramVariable | istp.LineVariable


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file of a figure, opened, and what of it can be drawn.

    Attributes
    ----------
    file, cdf
        The file.
    rows
        What of it can be a row.
    overrides
        Corrections of its metadata.
    """

    file: Path
    cdf: CdfFile
    rows: Rows
    overrides: tuple[Override, ...] = ()

    @classmethod
    def open(cls, file: Path, overrides: Sequence[Override]) -> Source:
        """Open a file and look at its metadata."""
        opened = open_cdf(file)
        return cls(file, opened, Rows.of(opened, overrides), tuple(overrides))

    def load(self, row: Row, collapse: istp.Collapse | None = None) -> Variable:
        """Read a row; a third dimension of a spectrogram is collapsed meanwhile."""
        described = self.rows.spectrograms.described
        if isinstance(row, istp.Candidate):
            return istp.load_spectrogram(
                self.cdf, row, overrides=self.overrides, collapse=collapse, described=described
            )
        return istp.load_lines(self.cdf, row, overrides=self.overrides, described=described)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedRows:
    """What is drawn of some files.

    Attributes
    ----------
    rows, variables
        Names of rows, and what each shows, in the order of the first file.
    cut
        Names of the rows for which there was no room.
    notes
        What was passed over, cut, or not joined.
    """

    rows: tuple[str, ...]
    variables: tuple[Variable, ...]
    cut: tuple[str, ...]
    notes: tuple[Note, ...]


def load_rows(
    sources: Sequence[Source],
    patterns: Sequence[str],
    show: str,
    most: int,
    collapse: istp.Collapse | None = None,
) -> LoadedRows:
    """Read what is asked for, and join what several files have of it.

    Parameters
    ----------
    sources
        The files, in the order of their time.
    patterns, show
        As for `Rows.chosen`.
    most
        How many rows there is room for.
    collapse
        Brings a third dimension down while values are read; by default they are kept.

    Raises
    ------
    InputError, NoData
        If no file has anything of what is asked for.
    """
    notes: list[Note] = []
    rows: dict[str, Row] = {}
    holders: dict[str, list[tuple[Source, Row]]] = {}
    wrong: FigmillError | None = None
    for source in sources:
        try:
            chosen = source.rows.chosen(patterns, show, source.file)
        except (InputError, NoData) as error:
            wrong = wrong or error
            notes.append(Note.loss("file-without-rows", error.message, source.file.name))
            continue
        notes.extend(source.rows.passed_over() if not patterns else ())
        for row in chosen:
            rows.setdefault(row.row, row)
            holders.setdefault(row.row, []).append((source, row))
    if wrong is not None and not rows:
        raise wrong
    kept, cut = cut_rows(tuple(rows.values()), most)
    names: list[str] = []
    variables: list[Variable] = []
    for row in kept:
        held = holders[row.row]
        if len(sources) == 1:
            made = [held[0][0].load(row, collapse)]
        else:
            if absent := [one.file.name for one in sources if one not in [of for of, _ in held]]:
                text = f"it is not among the rows of {', '.join(absent)}"
                notes.append(Note.info("row-not-in-file", text, row.row))
            made = istp.join(
                [_named(one.load(each, collapse), one.file) for one, each in held], notes
            )
        names += [row.row] * len(made)
        variables += made
    return LoadedRows(tuple(names), tuple(variables), tuple(one.row for one in cut), tuple(notes))


def joined_lines(
    sources: Sequence[Source], name: str, notes: list[Note]
) -> tuple[istp.LineVariable, ...]:
    """Read values over time that are no row themselves, of all files that have them.

    Parameters
    ----------
    sources
        The files.
    name
        The variable.
    notes
        What was assumed or left out is added to it.

    Returns
    -------
    tuple of LineVariable
        As `joined` gives them; none where no file has the variable.
    """
    held = [(one, row) for one in sources for row in one.rows.lines.over_time if row.name == name]
    parts: list[istp.LineVariable] = []
    for one, row in held:
        loaded = one.load(row)
        assert isinstance(loaded, istp.LineVariable)
        parts.append(loaded)
    return joined(parts, notes)


def joined(parts: Sequence[istp.LineVariable], notes: list[Note]) -> tuple[istp.LineVariable, ...]:
    """Join values over time that several files have: one, or more where their units differ.

    Parameters
    ----------
    parts
        As each file has them.
    notes
        What was assumed or left out is added to it.
    """
    made = istp.join(parts, notes) if len(parts) > 1 else parts
    lines = tuple(each for each in made if isinstance(each, istp.LineVariable))
    for each in lines:
        notes.extend(each.notes)
    return lines


def _named(variable: Variable, file: Path) -> Variable:
    """Say of losses and doubts in which of several files they are."""
    return replace(variable, notes=tuple(_in(variable.notes, file)))


def _in(notes: Iterable[Note], file: Path) -> Iterable[Note]:
    for note in notes:
        yield note if note.level == "info" else replace(note, place=f"{file.name}: {note.place}")
