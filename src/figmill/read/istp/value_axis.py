"""The axis of values that are lines: its scale, and what they come round after."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.istp.describe import Described, Scale, role_of
from figmill.read.istp.spectrograms import Values, value_scale
from figmill.read.istp.widths import SECONDS

_DECADE = 10.0
_DIMENSIONS = 3
_HOURS = ("h", "hr", "hrs", "hour", "hours")
_CIRCULAR = re.compile(r"longit|azim|phase|(?<![a-z])(phi|[fgm]?(lon|lng))(?![a-z])", re.IGNORECASE)
_LOCAL_TIME = re.compile(r"local\s+time|(?<![a-z])m?lt(?![a-z])", re.IGNORECASE)


def period_of(described: Described, name: str, values: Values) -> float | None:
    """What values come round after: those of a longitude, an azimuth, a phase, a local time.

    Parameters
    ----------
    described, name
        The file and the variable.
    values
        Shape (n, k), cleaned.

    Returns
    -------
    float or None
        360 or 24; None where they do not come round, or there are several components.
    """
    return period_by_words(described.words(name), described.unit(name), values)


def period_by_words(words: str, unit: str, values: npt.NDArray[np.floating]) -> float | None:
    """What values come round after, by what is said of them; see `period_of`.

    Parameters
    ----------
    words, unit
        What they are called, and their unit.
    values
        Shape (n, k).
    """
    known = values[np.isfinite(values)]
    if known.size == 0 or values.shape[1] != 1:
        return None
    low, high = float(known.min()), float(known.max())
    unit = unit.strip().lower()
    if unit.startswith(("deg", "°")) and _CIRCULAR.search(words):
        return 360.0 if low >= -180.0 and high <= 360.0 and high - low <= 360.0 else None
    if unit in _HOURS and _LOCAL_TIME.search(words) and low >= 0.0 and high <= 24.0:
        return 24.0
    return None


def _is_cyclic(described: Described, name: str) -> bool:
    """Whether values are angles, or hours of a day."""
    role = role_of(described, name)[0]
    return role in ("angle", "pitch_angle") or described.unit(name).lower() in SECONDS


def scale_of(described: Described, name: str, values: Values, notes: list[Note]) -> Scale:
    """The scale of values: logarithmic only where most are positive and span decades.

    Parameters
    ----------
    described, name
        The file and the variable.
    values
        Shape (n, k), cleaned.
    notes
        That the file's own scale is not taken is added to it.
    """
    declared = described.text(name, "SCALETYP")
    scale = value_scale(declared, values)
    unasked = not re.match(r"\s*log", declared, re.IGNORECASE)
    coordinates = 1 < values.shape[1] <= _DIMENSIONS
    if scale == "linear" or (unasked and (coordinates or _is_cyclic(described, name))):
        return "linear"
    finite = values[np.isfinite(values)]
    positive = finite[finite > 0]
    wide = positive.size > 0 and positive.max() > _DECADE * positive.min()
    # Nobody asked for an axis that would leave out zeros.
    enough = positive.size == finite.size if unasked else 2 * positive.size > finite.size
    if wide and enough:
        return "log"
    if not unasked and finite.size:
        why = (
            "do not span a decade" if 2 * positive.size > finite.size else "are mostly not positive"
        )
        text = f"its SCALETYP is {declared.strip()}, but its values {why}; its axis is linear"
        notes.append(Note.info("scale-linear", text, name))
    return "linear"
