"""CDF's three kinds of time, converted to UNIX seconds.

UNIX seconds count 86,400 s to every UTC day, so a leap second shares its second with the next one.
They are float64: about 0.2 us of resolution at today's dates.

Source: CDF User's Guide, chapter on time (CDF_EPOCH, CDF_EPOCH16, CDF_TIME_TT2000), and IERS
Bulletin C for the leap seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from figmill.figure.leap_seconds import OFFSETS, SECOND, STARTS

Float64 = npt.NDArray[np.float64]

UNIX_EPOCH_S = 62_167_219_200.0
"""Seconds from 0000-01-01 to 1970-01-01, both proleptic Gregorian."""

_TT_MINUS_TAI_NS = 32_184_000_000
_J2000_UNIX_NS = int(datetime(2000, 1, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000_000
# Fill and pad are the two most negative int64; the margin keeps the subtractions from wrapping.
_FILL_MARGIN = 10**12


_OFFSETS_NS = OFFSETS * SECOND
# A TT2000 count at which each offset starts to hold.
_THRESHOLDS_NS = (STARTS + OFFSETS) * SECOND + _TT_MINUS_TAI_NS - _J2000_UNIX_NS


def tt2000_to_unix(nanoseconds: npt.ArrayLike) -> Float64:
    """Convert CDF_TIME_TT2000 to UNIX seconds, with leap seconds.

    Parameters
    ----------
    nanoseconds
        Nanoseconds of Terrestrial Time since J2000 (2000-01-01T12:00:00 TT), int64, any shape.
        Fill and pad values become NaN.

    Returns
    -------
    ndarray
        Float64 of the same shape. Times before 1972, when UTC drifted against TAI, use the
        offset of 1972 (10 s) and are up to 8 s off.

    Examples
    --------
    >>> float(tt2000_to_unix(0))  # J2000 is 64.184 s ahead of 12:00 UTC
    946727935.816
    """
    count = np.asarray(nanoseconds, dtype=np.int64)
    missing = count < np.iinfo(np.int64).min + _FILL_MARGIN
    count = np.where(missing, 0, count)
    era = np.clip(np.searchsorted(_THRESHOLDS_NS, count, side="right") - 1, 0, None)
    utc = count - _OFFSETS_NS[era] - _TT_MINUS_TAI_NS
    seconds, rest = np.divmod(utc, 1_000_000_000)
    unix = (seconds + _J2000_UNIX_NS // 1_000_000_000) + rest / 1e9
    return np.where(missing, np.nan, unix)


def tt2000_to_tai(nanoseconds: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Convert CDF_TIME_TT2000 to nanoseconds of TAI since 1970-01-01 TAI; fill and pad become 0.

    Examples
    --------
    >>> int(tt2000_to_tai(0))  # 2000-01-01T12:00:00 TT
    946727967816000000
    """
    count = np.asarray(nanoseconds, dtype=np.int64)
    missing = count < np.iinfo(np.int64).min + _FILL_MARGIN
    tai: npt.NDArray[np.int64] = np.where(missing, 0, count) + (_J2000_UNIX_NS - _TT_MINUS_TAI_NS)
    return np.where(missing, 0, tai)


def epoch16_to_tai(seconds: npt.ArrayLike, picoseconds: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Convert CDF_EPOCH16 to nanoseconds of TAI since 1970-01-01 TAI; what is no time becomes 0.

    Examples
    --------
    >>> int(epoch16_to_tai(62167219200.0, 5e11))
    10500000000
    """
    whole = np.asarray(seconds, dtype=np.float64)
    rest = np.asarray(picoseconds, dtype=np.float64)
    sound = np.isfinite(epoch16_to_unix(whole, rest))
    # Within what int64 nanoseconds reach, 1678 to 2262.
    sound &= np.abs(whole - UNIX_EPOCH_S) < 9.2e9
    unix = np.where(sound, whole - UNIX_EPOCH_S, 0.0).astype(np.int64)
    era = np.clip(np.searchsorted(STARTS, unix, side="right") - 1, 0, None)
    nanoseconds = np.where(sound, np.round(rest / 1e3), 0.0).astype(np.int64)
    return np.where(sound, (unix + OFFSETS[era]) * SECOND + nanoseconds, 0)


def scale_to_unix(seconds: npt.ArrayLike, ahead_of_tai: float) -> Float64:
    """Convert seconds of 86,400 a day in a time scale without leap seconds to UNIX seconds.

    Parameters
    ----------
    seconds
        Since 1970-01-01 in that scale, any shape; NaN stays.
    ahead_of_tai
        The scale less TAI, in seconds: 0 of TAI itself, 32.184 of TT, -19 of GPS.

    Returns
    -------
    ndarray
        Float64 of the same shape. Times before 1972 use the offset of 1972, 10 s.

    Examples
    --------
    >>> float(scale_to_unix(1483228836.0, 0.0))  # 2017-01-01T00:00:36 TAI
    1483228800.0
    """
    tai = np.asarray(seconds, dtype=np.float64) - ahead_of_tai
    starts = (_THRESHOLDS_NS + _J2000_UNIX_NS - _TT_MINUS_TAI_NS) / 1e9
    era = np.clip(np.searchsorted(starts, tai, side="right") - 1, 0, None)
    offsets: Float64 = _OFFSETS_NS[era] / 1e9
    return tai - offsets


def epoch_to_unix(milliseconds: npt.ArrayLike) -> Float64:
    """Convert CDF_EPOCH (milliseconds since year 0) to UNIX seconds.

    Parameters
    ----------
    milliseconds
        Float64 of any shape; the fill values -1e31, 0 and 9999-12-31T23:59:59.999 become NaN.

    Examples
    --------
    >>> float(epoch_to_unix(62167219200000.0))
    0.0
    """
    count = np.asarray(milliseconds, dtype=np.float64)
    # A sound time lies after year 0 and before the last day of 9999, which stands for "none".
    sound = (count > 0) & (count < _LAST_EPOCH_MS)
    # Subtract first: the count is too large for its fractions of a second to survive a division.
    return np.where(sound, (np.where(sound, count, 0.0) - 1e3 * UNIX_EPOCH_S) / 1e3, np.nan)


_LAST_EPOCH_MS = 315_569_519_999_999.0


def epoch16_to_unix(seconds: npt.ArrayLike, picoseconds: npt.ArrayLike) -> Float64:
    """Convert CDF_EPOCH16 (seconds since year 0, and picoseconds) to UNIX seconds.

    Examples
    --------
    >>> float(epoch16_to_unix(62167219200.0, 5e11))
    0.5
    """
    whole = np.asarray(seconds, dtype=np.float64)
    rest = np.asarray(picoseconds, dtype=np.float64)
    sound = (whole > 0) & (whole < _LAST_EPOCH_MS / 1e3 - 1) & (rest >= 0)
    unix = (np.where(sound, whole, 0.0) - UNIX_EPOCH_S) + np.where(sound, rest, 0.0) * 1e-12
    return np.where(sound, unix, np.nan)
