"""Values: from the numbers that a file has to floats, with NaN for all that is not a measurement.

They are taken in pieces, so that a variable of any size passes through little memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.istp.describe import Described
from figmill.read.istp.valid import (
    FILL_BEYOND,
    customary_fill,
    fill_numbers,
    missing,
    parsed_number,
    spelled,
    undeclared,
    valid_limits,
)

Floats = npt.NDArray[np.floating[Any]]

PIECE_BYTES = 1 << 18
"""A piece with all that is made of it stays in the cache of a core."""


class CleanValues:
    """The values of a variable, piece by piece, and what was left out of them.

    Parameters
    ----------
    described, name
        The file, and the variable, by record.
    chosen
        For each dimension of a record, the element that is taken, or None for all; may be empty.
    notes
        Why valid limits cannot be used is added to it.
    """

    def __init__(
        self,
        described: Described,
        name: str,
        chosen: Sequence[int | None],
        notes: list[Note],
    ) -> None:
        self._described = described
        self._name = name
        variable = described.cdf.variables[name]
        raw = np.dtype(variable.kind)
        small = raw.kind in "iu" and raw.itemsize <= 2
        self.dtype: np.dtype[Any] = np.dtype(
            np.float32 if small or raw == np.float32 else np.float64
        )
        self.records = variable.shape[0]
        self._raw = raw
        self._fill = described.get(name, "FILLVAL")
        self._fills = fill_numbers(raw, self._fill)
        told = self._fill
        if isinstance(told, str) and parsed_number(told) is None and told.strip().lower() != "nan":
            text = f"its FILLVAL, {told!r}, is not a number; the fill values of its type are taken"
            notes.append(Note.doubt("fill-not-a-number", text, name))
        limits = valid_limits(
            described.get(name, "VALIDMIN"),
            described.get(name, "VALIDMAX"),
            variable.shape,
            name,
            notes,
        )
        self._taken = [
            (dimension, element)
            for dimension, element in enumerate(chosen, start=1)
            if element is not None
        ]
        for dimension, element in self._taken:
            axis = dimension - len(variable.shape)
            limits = tuple(_element(limit, axis, element) for limit in limits)  # type: ignore[assignment]
        self._low, self._high = (limit.astype(self.dtype) for limit in limits)
        self._bad = self._bad_records(notes)
        self._size = self._outside = self._infinite = self._customary = self._valid = 0

    def pieces(self) -> Iterator[tuple[int, Floats]]:
        """Read and clean them.

        Yields
        ------
        tuple
            The number of the first record, and the values of some records, without the dimensions
            of which one element is taken. Not to be written to.
        """
        self._size = self._outside = self._infinite = self._customary = self._valid = 0
        gone = tuple(dimension for dimension, _ in self._taken)
        for first, found in self._described.cdf.pieces(self._name, PIECE_BYTES):
            part = found
            for dimension, chosen in self._taken:
                part = part.take([chosen], axis=dimension)
            if not part.dtype.isnative:
                part = part.astype(self._raw)
            clean = self._cleaned(part)
            bad = None if self._bad is None else self._bad[first : first + len(part)]
            if bad is not None and bad.any():
                clean = np.where(bad.reshape(-1, *[1] * (part.ndim - 1)), np.nan, clean).astype(
                    self.dtype, copy=False
                )
            yield first, np.squeeze(clean, axis=gone)

    def notes(self) -> Iterator[Note]:
        """What was left out, or assumed, once all pieces were read."""
        name = self._name
        if self._infinite:
            text = f"{self._infinite} infinite values are taken as missing"
            yield Note.loss("values-infinite", text, name)
        if self._customary:
            text = (
                f"{self._customary} values are {customary_fill(self._raw)}, the customary fill of "
                f"{self._raw}, and missing"
            )
            yield Note.info("fill-customary", text, name)
        if self._outside and self._outside == self._valid:
            text = f"all {self._outside} values lie outside {spelled(self._low, self._high)}"
            yield Note.loss("values-outside-valid-range", text, name)
        elif self._outside:
            share = f"{self._outside} values ({100 * self._outside / self._size:.2g} %)"
            text = f"{share} outside VALIDMIN and VALIDMAX are left out"
            yield Note.loss("values-outside-valid-range", text, name)
        if self._bad is not None and self._bad.any():
            text = f"{int(self._bad.sum())} records are marked as bad and left out"
            yield Note.loss("records-marked-bad", text, name)

    def _cleaned(self, part: npt.NDArray[Any]) -> Floats:
        self._size += part.size
        if self._is_sound(part):
            self._valid += part.size
            sound: Floats = part.astype(self.dtype, copy=False)
            return sound
        chunk: Floats = part.astype(self.dtype)
        if part.dtype.kind == "f":
            self._infinite += int(np.count_nonzero(np.isinf(part)))
        np.copyto(chunk, np.nan, where=missing(part, self._fill))
        self._customary += undeclared(part, self._fill)
        self._valid += int(np.count_nonzero(np.isfinite(chunk)))
        with np.errstate(invalid="ignore"):
            beyond = (chunk < self._low) | (chunk > self._high)
        if beyond.any():
            self._outside += int(np.count_nonzero(beyond))
            np.copyto(chunk, np.nan, where=beyond)
        return chunk

    def _is_sound(self, part: npt.NDArray[Any]) -> bool:
        """Whether the smallest and largest value alone tell that nothing has to be looked at."""
        if part.size == 0 or self._low.ndim or self._high.ndim:
            return False
        least, most = part.min(), part.max()  # NaN where there is one
        if not (np.isfinite(least) and np.isfinite(most)):
            return False
        if part.dtype.kind == "f" and least <= FILL_BEYOND:
            return False
        if any(least <= number <= most for number in self._fills):
            return False
        lowest, highest = self.dtype.type(least), self.dtype.type(most)
        return bool(self._low <= lowest and highest <= self._high)

    def _bad_records(self, notes: list[Note]) -> npt.NDArray[np.bool_] | None:
        """Which records are marked as bad: not of the good value, or with a flag that is set."""
        described, name = self._described, self._name
        bad: npt.NDArray[np.bool_] | None = None
        good = described.number(name, "QUALITY_GOOD")
        for attribute in ("QUALITY_VAR", "FLAG_VAR"):
            marks = described.text(name, attribute)
            if not marks or (attribute == "QUALITY_VAR" and good is None):
                continue
            mark = described.variable(marks)
            if mark is None or mark.shape != (self.records,) or not mark.is_number:
                why = "is not in the file"
                if mark is not None:
                    why = f"is not one number for each of its {self.records} records"
                text = f"its {attribute}, {marks}, is not used: that variable {why}"
                notes.append(Note.doubt("quality-not-used", text, name))
                continue
            found = described.cdf.read(mark.name)
            marked: npt.NDArray[np.bool_] = found != (good if attribute == "QUALITY_VAR" else 0)
            bad = marked if bad is None else bad | marked
        return bad


def read_values(
    described: Described, name: str, chosen: Sequence[int | None], notes: list[Note]
) -> Floats:
    """Read data as floats, with NaN for all that is not a measurement.

    Parameters
    ----------
    described, name, chosen
        As of `CleanValues`.
    notes
        What was left out is added to it.

    Returns
    -------
    ndarray
        float32 or float64, without the dimensions of which one element is taken.
    """
    clean = CleanValues(described, name, chosen, notes)
    values: Floats | None = None
    for first, piece in clean.pieces():
        if values is None:
            values = np.empty((clean.records, *piece.shape[1:]), piece.dtype)
        values[first : first + len(piece)] = piece
    notes.extend(clean.notes())
    return np.empty((0,), clean.dtype) if values is None else values


def _element(limit: npt.NDArray[np.float64], axis: int, chosen: int) -> npt.NDArray[np.float64]:
    """One element of limits that differ along a dimension, counted from the last."""
    if limit.ndim < -axis or limit.shape[axis] == 1:
        return limit
    return limit.take([chosen], axis=axis)
