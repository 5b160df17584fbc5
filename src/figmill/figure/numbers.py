"""Numbers: from whatever a caller has, dates among it, to arrays of float64.

A moment becomes UNIX seconds (UTC), a duration becomes seconds, a masked value becomes NaN; so
the unit of a ``datetime64``, which each library chooses differently, never matters.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import FigmillError, InputError, PlottingError

# Seconds in a unit of numpy's dates, and for those below a second how many there are in one;
# dividing by a whole number is exact to the last place, multiplying by 1e-9 is not.
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_LONG = {"W": 604_800, "D": 86_400, "h": 3_600, "m": 60, "s": 1}
_SHORT = {"ms": 10**3, "us": 10**6, "ns": 10**9, "ps": 10**12, "fs": 10**15, "as": 10**18}


def undated(values: ArrayLike | date) -> NDArray[Any]:
    """Values with seconds for moments and durations, and NaN for what is masked.

    Parameters
    ----------
    values
        Any shape: numbers; ``datetime64`` or ``timedelta64`` of any unit; `datetime.datetime`
        (UTC where it names no zone), `datetime.date` or `datetime.timedelta`.

    Returns
    -------
    numpy.ndarray
        float64 where anything had to be changed, otherwise the array that was given. NaN for NaT.

    Examples
    --------
    >>> undated(np.array(["1970-01-02", "NaT"], dtype="M8[D]"))
    array([86400.,    nan])
    """
    if isinstance(values, np.ma.MaskedArray):
        plain = undated(values.data)
        if plain.dtype.kind != "f":
            if plain.dtype.kind not in "iub":
                return plain
            plain = plain.astype(np.float64)
        return np.where(np.ma.getmaskarray(values), plain.dtype.type(np.nan), plain)
    array = np.asarray(values)
    if array.dtype.kind in "Mm":
        return _counted(array)
    if array.dtype.kind == "O":
        moments = array.ravel().tolist()
        if moments and all(isinstance(each, date | timedelta) for each in moments):
            return np.array([_seconds(each) for each in moments]).reshape(array.shape)
    return array


def from_texts(values: ArrayLike | date) -> Any:
    """Moments for dates that are written out; anything else as it is.

    Parameters
    ----------
    values
        Any shape. Text, alone or throughout, is read as ISO 8601 where it begins with year, month
        and day: ``2019-12-31``, ``2019-12-31T12:30:05.5``, UTC unless it names another zone.

    Raises
    ------
    figmill.errors.PlottingError
        If it has that form, and there is no such date.

    Examples
    --------
    >>> undated(from_texts(["1970-01-01T00:01", "1970-01-01T01:00:00"]))
    array([  60., 3600.])
    """
    if isinstance(values, np.ma.MaskedArray | date):
        return values
    array = np.asarray(values)
    if array.dtype.kind not in "UO" or not array.size:
        return values
    texts = array.ravel().tolist()
    if not all(isinstance(each, str) and _ISO.fullmatch(each) for each in texts):
        return values
    try:
        moments = [_seconds(datetime.fromisoformat(each)) for each in texts]
    except ValueError as error:
        raise PlottingError(
            f"{texts[0]!r}{' ...' if len(texts) > 1 else ''} is not a date: {error}.",
            hint="Write dates as 2019-12-31 or 2019-12-31T12:30:05.",
        ) from None
    return np.array(moments).reshape(array.shape)


def floats(
    values: ArrayLike | date, what: str, error: type[FigmillError] = InputError
) -> NDArray[np.float64]:
    """Values as float64, moments as UNIX seconds.

    Raises
    ------
    FigmillError
        Of the kind asked for: if they are no numbers.
    """
    plain = undated(values)
    try:
        return np.asarray(plain, dtype=np.float64)
    except (TypeError, ValueError):
        raise error(
            f"{what} holds {plain.dtype}, not numbers.", hint="Pass numbers, or dates for times."
        ) from None


def number(value: Any, what: str) -> float:
    """One number; a moment as UNIX seconds.

    Raises
    ------
    figmill.errors.PlottingError
        If it is not a single number.

    Examples
    --------
    >>> number(np.datetime64("1970-01-01T00:01", "ms"), "The line's place")
    60.0
    """
    if type(value) is float:
        return value
    array = undated(from_texts(value))
    # Other text that reads like a number is refused; decimals and fractions are numbers.
    if array.ndim == 0 and array.dtype.kind in "fiubO":
        try:
            return float(array)
        except (TypeError, ValueError):
            pass
    raise PlottingError(
        f"{what} is {value!r}, not a number.",
        hint="Pass one number; on a time axis UNIX seconds, a datetime or an ISO date.",
    )


def _counted(array: NDArray[Any]) -> NDArray[np.float64]:
    """Seconds of numpy's moments (since 1970) and durations; NaN for NaT."""
    unit, count = np.datetime_data(array.dtype)
    if unit in ("Y", "M") and array.dtype.kind == "M":
        array, unit, count = array.astype("M8[D]"), "D", 1
    if unit not in _LONG and unit not in _SHORT and not np.isnat(array).all():
        raise InputError(
            f"Durations of unit {unit!r} have no fixed length.", hint="Use days or seconds."
        )
    ticks = array.astype(np.int64).astype(np.float64) * count
    seconds = ticks / _SHORT[unit] if unit in _SHORT else ticks * _LONG.get(unit, 1)
    return np.where(np.isnat(array), np.nan, seconds)


def _seconds(moment: date | timedelta) -> float:
    if isinstance(moment, timedelta):
        return moment.total_seconds()
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
