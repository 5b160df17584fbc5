"""What of a variable's values is a measurement: fill values and valid ranges.

Source: ISTP Metadata Guidelines, "Variable Attributes": FILLVAL with its customary value for each
type, VALIDMIN and VALIDMAX, which are part of the valid range and may be arrays.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.cdf.file import AttributeValue

Values = npt.NDArray[Any]

FILL_BEYOND = -9e30  # the convention is -1e31; no measurement is that low
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")


def parsed_number(text: str) -> float | None:
    """Read a number that a file gives as text; None where it is something else.

    Examples
    --------
    >>> parsed_number(" -999.9 "), parsed_number("1.0D+05"), parsed_number("n/a")
    (-999.9, 100000.0, None)
    """
    found = _NUMBER.fullmatch(text.strip())
    return float(found[0].replace("D", "e").replace("d", "e")) if found else None


def numeric(value: AttributeValue | None) -> tuple[int | float, ...]:
    """Give the numbers of an attribute, also where they are written as text."""
    if isinstance(value, str):
        number = parsed_number(value)
        return () if number is None else (number,)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def customary_fill(dtype: np.dtype[Any]) -> int | None:
    """Give the fill value that ISTP has for an integer type; floats have -1e31."""
    if dtype.kind not in "iu":
        return None
    info = np.iinfo(dtype)
    return int(info.min if dtype.kind == "i" else info.max)


def missing(values: Values, fill: AttributeValue | None) -> npt.NDArray[np.bool_]:
    """Find fill values.

    Parameters
    ----------
    values
        As the file has them.
    fill
        FILLVAL. Text counts as the number that it spells. Where it is absent, or not a value that
        this type can have, integers have the customary fill of their type.

    Returns
    -------
    ndarray of bool
        The declared fill; of floats the customary -1e31, NaN and infinity too; of integers of 32
        and 64 bits always the lowest, which nothing measures.
    """
    absent = np.zeros(values.shape, dtype=bool)
    if values.dtype.kind == "f":
        absent |= ~np.isfinite(values) | (values <= FILL_BEYOND)
    for number in fill_numbers(values.dtype, fill):
        absent |= values == number
    return absent


def fill_numbers(dtype: np.dtype[Any], fill: AttributeValue | None) -> list[Any]:
    """Give the numbers that mean a missing value; of floats, beside those that `missing` names.

    Parameters
    ----------
    dtype
        Of the values in the file.
    fill
        FILLVAL.
    """
    declared = [number for number in numeric(fill) if math.isfinite(number)]
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            numbers: list[Any] = [dtype.type(number) for number in declared]
            # A fill that went through single precision on its way is still the fill.
            numbers += [
                _shortest(number)
                for number in declared
                if dtype == np.float64 and np.float32(number) == number and number
            ]
        return numbers
    info = np.iinfo(dtype) if dtype.kind in "iu" else None
    whole = [int(number) for number in declared if number == int(number)]
    possible = [n for n in whole if info is not None and info.min <= n <= info.max]
    customary = customary_fill(dtype)
    wide = dtype.kind == "i" and dtype.itemsize >= 4
    if customary is not None and (not possible or wide):
        possible.append(customary)
    return possible


def undeclared(values: Values, fill: AttributeValue | None) -> int:
    """How many values are missing by their type's custom alone: no FILLVAL says so."""
    if values.dtype.kind not in "iu":
        return 0
    customary = customary_fill(values.dtype)
    if customary in numeric(fill):
        return 0
    gone = missing(values, fill)
    return int(np.count_nonzero(gone & (values == customary))) if gone.any() else 0


def _shortest(number: float) -> float:
    """The decimal number that single precision writes for it: -999.9 for -999.9000244."""
    return float(str(np.float32(number)))


def valid_limits(
    minimum: AttributeValue | None,
    maximum: AttributeValue | None,
    shape: Sequence[int],
    name: str,
    notes: list[Note],
    *,
    by_record: bool = True,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Bring VALIDMIN and VALIDMAX to a shape that broadcasts to the values.

    Parameters
    ----------
    minimum, maximum
        The attributes: a number, text that spells one, or one number for each element of the
        first dimension of a record that has as many.
    shape
        Of the values.
    name, notes
        An array that fits no dimension is noted; its extremes hold for all.
    by_record
        Whether the first dimension is that of the records.

    Returns
    -------
    low, high : ndarray
        -inf and inf where nothing is declared.
    """
    limits = []
    for attribute, value, never in (
        ("VALIDMIN", minimum, -np.inf),
        ("VALIDMAX", maximum, np.inf),
    ):
        numbers = np.asarray(numeric(value), dtype=np.float64)
        if numbers.size == 0:
            if isinstance(value, str):
                text = f"its {attribute}, {value!r}, is not a number and is not used"
                notes.append(Note.doubt("valid-limit-not-a-number", text, name))
            limits.append(np.asarray(never))
            continue
        numbers = np.where(np.isnan(numbers), never, numbers)
        if numbers.size == 1 or np.all(numbers == numbers[0]):
            limits.append(np.asarray(numbers[0]))
            continue
        dimensions = [i for i in range(int(by_record), len(shape)) if shape[i] == numbers.size]
        record = tuple(shape[int(by_record) :])
        if dimensions:
            index = dimensions[0]
            limits.append(numbers.reshape((-1,) + (1,) * (len(shape) - 1 - index)))
        elif numbers.size == int(np.prod(record)):
            limits.append(numbers.reshape(record))
        else:
            extreme = numbers.min() if attribute == "VALIDMIN" else numbers.max()
            text = (
                f"its {attribute} has {numbers.size} values, which fit no dimension of "
                f"{record}; {extreme:g} holds for all"
            )
            notes.append(Note.doubt("valid-limits-of-other-shape", text, name))
            limits.append(np.asarray(extreme))
    return limits[0], limits[1]


def spelled(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> str:
    """Say a valid range: "VALIDMIN 0 and VALIDMAX 5"; of arrays, without numbers."""
    words = []
    for attribute, limit in (("VALIDMIN", low), ("VALIDMAX", high)):
        if limit.ndim:
            words.append(attribute)
        elif np.isfinite(limit):
            words.append(f"{attribute} {float(limit):g}")
    return " and ".join(words)
