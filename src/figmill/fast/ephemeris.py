"""Where the satellite was: values of an orbit file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.fast.level2_records import sound_times
from figmill.figure import TickRow
from figmill.read import cdf

_ROWS = (
    ("mlt", "MLT (h)", 1, 24.0),
    ("ilat", "ILAT (°)", 1, None),
    ("alt", "ALT (km)", 0, None),
)
# Beyond these a value is not a measurement, whatever fill the file names.
_RANGES = {"mlt": (0.0, 24.0), "ilat": (-90.0, 90.0), "alt": (0.0, 1e5)}

# How far from the track's first and last moment its hemisphere still holds.
_AROUND_S = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class Ephemeris:
    """One orbit's track, by time.

    Attributes
    ----------
    times
        UNIX seconds, shape (n,).
    rows
        Tick rows of MLT, ILAT and ALT, as far as the file has them.
    ilat
        Invariant latitude in degrees, shape (n,); NaN where missing.
    """

    times: NDArray[np.float64]
    rows: tuple[TickRow, ...]
    ilat: NDArray[np.float64]

    def southern(self, times: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        """Which moments are in the southern hemisphere, by the sign of ILAT.

        Parameters
        ----------
        times
            UNIX seconds, shape (n,); what is not finite counts as north.

        Returns
        -------
        ndarray of bool, shape (n,), or None
            ILAT is interpolated between the track's moments. None where the track has none within
            five minutes of all of these.
        """
        known = np.isfinite(self.ilat) & np.isfinite(self.times)
        asked = np.isfinite(times)
        if not known.any() or not asked.any():
            return None
        order = np.argsort(self.times[known], kind="stable")
        track, ilat = self.times[known][order], self.ilat[known][order]
        first, last = float(times[asked].min()), float(times[asked].max())
        if first < track[0] - _AROUND_S or last > track[-1] + _AROUND_S:
            return None
        return asked & (np.interp(np.where(asked, times, track[0]), track, ilat) < 0)


def read_ephemeris(path: Path) -> Ephemeris:
    """Read an orbit file.

    Raises
    ------
    InputError
        If it is not a CDF file, or has no times.
    """
    opened = cdf.open_cdf(path)
    names = {name.lower(): name for name in opened.variables}
    time = next((names[name] for name in ("unix_time", "epoch") if name in names), None)
    if time is None:
        raise InputError(
            "There is no variable unix_time or Epoch.",
            file=path,
            hint="Give the mission's orbit file, fa_k0_orb_*.cdf.",
        )
    times = sound_times(opened.read(time)).ravel()
    if not np.isfinite(times).any():
        raise InputError("It holds no time.", file=path, place=time, hint="Download it again.")
    rows = []
    ilat = np.full(times.size, np.nan)
    for name, label, decimals, period in _ROWS:
        if name not in names:
            continue
        values = np.asarray(opened.read(names[name]), dtype=np.float64).ravel()
        if values.size != times.size:
            continue
        low, high = _RANGES[name]
        values = np.where((values >= low) & (values <= high), values, np.nan)
        if name == "ilat":
            ilat = values
        if np.isfinite(values).any():
            rows.append(TickRow(label, times, values, decimals=decimals, period=period))
    return Ephemeris(times, tuple(rows), ilat)
