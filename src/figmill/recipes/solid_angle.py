"""Solid angles: how much of the sphere each direction stands for.

The mean over directions is that of the sphere they were measured on:
``sum(f dOmega) / sum(dOmega)`` over what is there. Of a pitch angle, or a colatitude, dOmega is
``cos(lo) - cos(hi)``; of a latitude or elevation ``sin(hi) - sin(lo)``; of an azimuth ``hi - lo``.

Source: the element of solid angle in spherical coordinates, sin(theta) dtheta dphi.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figmill.figure import Bins, BinTables
from figmill.read import istp

Weights = NDArray[np.float64]

_LATITUDE = re.compile(r"latitud|elev", re.IGNORECASE)
_POLAR = re.compile(r"polar|co-?latitud|theta|zenith|cone", re.IGNORECASE)
_AZIMUTH = re.compile(r"azim|longitud|(?<![a-z])phi(?![a-z])|clock", re.IGNORECASE)


def solid_angles(axes: Sequence[istp.Axis], records: int) -> Weights | None:
    """Solid angle of each direction that is averaged, up to a common factor.

    Parameters
    ----------
    axes
        Of the dimensions that are averaged, in the order in which they are joined.
    records
        How many records there are.

    Returns
    -------
    ndarray or None
        Shape (k,), or (records, k) where angles change by record, k being the product of all
        lengths in C order. None where an axis is not an angle whose kind is known, so that
        nothing says how much of the sphere its bins are.
    """
    total: Weights | None = None
    for axis in axes:
        one = _of_axis(axis)
        if one is None or (one.ndim == 2 and len(one) != records):
            return None
        if total is None:
            total = one
            continue
        joined = total[..., :, np.newaxis] * one[..., np.newaxis, :]
        total = joined.reshape(*joined.shape[:-2], -1)
    return None if total is not None and not np.nansum(total) > 0 else total


def _of_axis(axis: istp.Axis) -> Weights | None:
    unit = axis.unit.strip().lower()
    if axis.role not in ("angle", "pitch_angle") or not unit.startswith(("deg", "°", "rad")):
        return None
    factor = 1.0 if unit.startswith("rad") else np.pi / 180
    lo, hi = _bounds(axis)
    lo, hi = lo * factor, hi * factor
    words = f"{axis.name.replace('_', ' ')} {axis.label}"
    with np.errstate(invalid="ignore"):
        negative = bool((axis.centers < 0).any())
        if axis.role == "pitch_angle":
            if (axis.centers * factor > np.pi).any():
                # Counted all the way around: both sides of the field have the same rings.
                return np.abs(np.sin(axis.centers * factor)) * (hi - lo)
            return np.cos(np.clip(lo, 0, np.pi)) - np.cos(np.clip(hi, 0, np.pi))
        if _AZIMUTH.search(words):
            return hi - lo
        if _POLAR.search(words) and not negative:
            return np.cos(np.clip(lo, 0, np.pi)) - np.cos(np.clip(hi, 0, np.pi))
        if _LATITUDE.search(words) or (_POLAR.search(words) and negative):
            quarter = np.pi / 2
            return np.sin(np.clip(hi, -quarter, quarter)) - np.sin(np.clip(lo, -quarter, quarter))
    return None


def _bounds(axis: istp.Axis) -> tuple[Weights, Weights]:
    """The bins of angles, in the shape of their centres: as the file bounds them, else midway."""
    if axis.lo is not None and axis.hi is not None:
        return axis.lo, axis.hi
    if not axis.varies:
        bins = Bins.from_centers(axis.centers, scale="linear")
        return bins.lo, bins.hi
    tables = BinTables.from_center_rows(axis.centers, scale="linear")
    assert tables.index is not None
    return tables.lo[tables.index], tables.hi[tables.index]
