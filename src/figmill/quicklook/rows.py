"""Which variables of a file get a row, and in which order."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from figmill.errors import InputError, NoData
from figmill.notes import Note
from figmill.read import istp
from figmill.read.cdf.file import CdfFile
from figmill.read.istp.overrides import Override

Row = istp.Candidate | istp.LineCandidate

# Why a variable is no spectrogram, where that leaves it to lines.
_LEFT_TO_LINES = ("has one value per record", "has components with names", "has a second dimension")


@dataclass(frozen=True, slots=True)
class Rows:
    """What of a file can be a row.

    Attributes
    ----------
    spectrograms, lines
        What was found of either kind.
    order
        The variables in the order of the file.
    """

    spectrograms: istp.Findings
    lines: istp.LineFindings
    order: tuple[str, ...]

    @classmethod
    def of(cls, cdf: CdfFile, overrides: Sequence[Override] = ()) -> Rows:
        """Find the rows of a file by its metadata."""
        spectrograms = istp.find_spectrograms(cdf, overrides=overrides)
        lines = istp.find_lines(cdf, spectrograms, overrides=overrides)
        return cls(spectrograms, lines, tuple(cdf.variables))

    def chosen(self, patterns: Sequence[str], show: str, file: Path) -> tuple[Row, ...]:
        """The rows of a figure.

        Parameters
        ----------
        patterns
            Names of variables or rows, or patterns of them; none for what the file calls data.
        show
            "all", "spectrograms" or "lines": which of the unnamed.
        file
            For messages.

        Raises
        ------
        InputError
            If a pattern finds nothing; the message says why.
        NoData
            If nothing is named and there is nothing to draw unasked.
        """
        return self._named(patterns, file) if patterns else self._unnamed(show, file)

    def _unnamed(self, show: str, file: Path) -> tuple[Row, ...]:
        found: list[Row] = []
        if show != "lines":
            found += self.spectrograms.primary
        if show != "spectrograms":
            found += self.lines.primary
        if not found:
            raise NoData(self._why_none(show), file=file, notes=self.passed_over())
        place = {name: number for number, name in enumerate(self.order)}
        return tuple(sorted(found, key=lambda row: place[row.name]))

    def _why_none(self, show: str) -> str:
        others: tuple[Row, ...] = ()
        if show != "all":
            others = self.spectrograms.primary if show == "lines" else self.lines.primary
        if others:
            kind = "spectrograms" if show == "lines" else "lines"
            names = ", ".join(dict.fromkeys(row.name for row in others))
            return f"There are no {show} to draw, but {kind}: {names}. Ask for --show all."
        if not self.spectrograms.candidates and self.lines.over_time and not self._puzzling:
            kind = "support data"
            if self.lines.unasked or self.spectrograms.unasked:
                kind = "what the file does not want in overviews"
            names = ", ".join(line.name for line in self.lines.over_time)
            return f"Only {kind} could be drawn; name them to see them: {names}."
        rejected = dict(self.spectrograms.rejected)
        for name, why in self.lines.rejected.items():
            if rejected.get(name, "").startswith(_LEFT_TO_LINES):
                rejected[name] = why
        return replace(self.spectrograms, rejected=rejected).why_none()

    @property
    def _puzzling(self) -> tuple[tuple[str, str], ...]:
        """Data that are described in part, and why; a line without such parts is none of them."""
        drawn = {row.name for row in self.lines.primary}
        found = dict(each for each in self.spectrograms.puzzling if each[0] not in drawn)
        return tuple((found | dict(self.lines.puzzling)).items())

    def _named(self, patterns: Sequence[str], file: Path) -> tuple[Row, ...]:
        known: dict[str, list[Row]] = {}
        every: tuple[Row, ...] = (*self.spectrograms.candidates, *self.lines.candidates)
        for row in every:
            for name in dict.fromkeys((row.name, row.row)):
                known.setdefault(name, []).append(row)
        place = {name: number for number, name in enumerate(self.order)}
        names = sorted(known, key=lambda name: place[known[name][0].name])
        found: dict[Row, None] = {}
        for pattern in patterns:
            matching = fnmatch.filter(names, pattern)
            if not matching:
                reason = self.lines.rejected.get(pattern) or self.spectrograms.rejected.get(pattern)
                raise InputError(
                    f"it {reason}." if reason else "there is no such variable.",
                    file=file,
                    place=pattern,
                    hint=f"Variables to draw: {', '.join(names) or 'none'}.",
                )
            found.update(dict.fromkeys(row for name in matching for row in known[name]))
        return tuple(found)

    def passed_over(self) -> list[Note]:
        """Tell of data variables that are not drawn unasked, or cannot be drawn."""
        unasked = "it is drawn when it is named: it is no_plot, or another view of what is drawn"
        return [
            *(Note.loss("variable-not-drawn", f"it {why}", name) for name, why in self._puzzling),
            *(
                Note.info("row-not-asked-for", unasked, name)
                for name in (*self.spectrograms.unasked, *self.lines.unasked)
            ),
        ]


def cut_rows(rows: Sequence[Row], most: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows that a figure has room for, spectrograms before lines, and those left out.

    Parameters
    ----------
    rows
        In their order, which stays.
    most
        How many there is room for.
    """
    first = sorted(
        range(len(rows)), key=lambda number: not isinstance(rows[number], istp.Candidate)
    )
    kept = set(first[:most])
    return (
        tuple(row for number, row in enumerate(rows) if number in kept),
        tuple(row for number, row in enumerate(rows) if number not in kept),
    )
