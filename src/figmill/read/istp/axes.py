"""The axes of a spectrogram in a CDF file, other than time: where their bins end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.istp.describe import (
    Described,
    Float64,
    Role,
    Scale,
    collapse_table,
    is_energy_unit,
    partner,
    role_of,
)
from figmill.read.istp.idl_text import unit_markup

_BAND = re.compile(
    r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(?:-|\u2013|to)\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"\s*((?:[kMG]?eV)(?:\s*/\s*\w+)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One axis of a spectrogram other than time.

    Attributes
    ----------
    name, label, unit
        The variable; its label and unit as markup.
    role, evidence
        What it measures, and what in the file says so.
    scale
        "log" where the bins are spaced by ratio.
    centers
        Shape (m,), or (n, m) where they change by record. NaN: the bin is not used.
    lo, hi
        Bounds of the bins in the same shape, where the file gives them, else None. Ranges that
        overlapped are cut midway; equal bins stay equal, and gaps between bins stay open.
    """

    name: str
    label: str
    unit: str
    role: Role
    evidence: str
    scale: Scale
    centers: Float64
    lo: Float64 | None = None
    hi: Float64 | None = None

    @property
    def varies(self) -> bool:
        """Whether the bins change from record to record."""
        return self.centers.ndim == 2


def bands_from_labels(labels: npt.NDArray[Any], words: str = "") -> tuple[Float64, str] | None:
    """Read the bounds of bins out of their labels, such as "flux_He 3.4-4.7".

    Parameters
    ----------
    labels
        One text for each bin.
    words
        Where to look for the unit if the labels do not name it.

    Returns
    -------
    tuple or None
        Bounds of shape (m, 2) and the unit; None where any label holds no range.

    Examples
    --------
    >>> import numpy as np
    >>> bands_from_labels(np.array(["He 3.4-4.7", "He 4.7-6.1"]), "at 2 energies 3.4-6.1 MeV/nuc")
    (array([[3.4, 4.7], [4.7, 6.1]]), 'MeV/nuc')
    """
    found = [_BAND.search(str(label)) for label in labels]
    if not found or any(band is None for band in found):
        return None
    bands = [band for band in found if band is not None]
    bounds = np.array([(float(band[1]), float(band[2])) for band in bands])
    if not np.all(bounds[:, 0] < bounds[:, 1]):
        return None
    units = {band[3] for band in bands if band[3]}
    if not units:
        units = {band[3] for band in _BAND.finditer(words) if band[3]}
    return (bounds, units.pop()) if len(units) == 1 else None


def label_axis(described: Described, owner: str, pointer: str) -> Axis | None:
    """Make an axis of energy bands from the labels of the bins, or None where they name none."""
    variable = described.variable(pointer)
    if variable is None or variable.kind != "text" or variable.is_empty or len(variable.shape) != 1:
        return None
    parsed = bands_from_labels(described.cdf.read(pointer), described.words(owner))
    if parsed is None or not is_energy_unit(parsed[1]):
        return None
    bounds, unit = parsed
    return Axis(
        name=pointer,
        label="Energy",
        unit=unit_markup(unit),
        role="energy",
        evidence=f"the labels of its bins, in {unit}",
        scale="log",
        centers=np.sqrt(bounds[:, 0] * bounds[:, 1]),
        lo=bounds[:, 0],
        hi=bounds[:, 1],
    )


def read_axis(described: Described, name: str, table: int, notes: list[Note]) -> Axis:
    """Read an axis with its bounds.

    Parameters
    ----------
    described
        The file.
    name
        The variable, of shape (m,) or (n, m), or a table by cell (n, k, m).
    table
        For a table by cell, the dimension (1 or 2) that is not this axis; else 0. One row of the
        table in use stands for all.
    notes
        What was assumed or left out is added to it.
    """
    role, evidence = role_of(described, name)
    variable = described.cdf.variables[name]
    numbers = described.numbers(name)
    if table:
        cells = numbers if variable.record_varying else numbers[None]
        numbers = collapse_table(cells, table, name, notes)
    centers = _by_record(numbers)
    lo, hi = _declared_bounds(described, name, centers, table, notes)
    skip = int(described.number(name, "SKIP_FIRST") or 0)
    if skip:
        centers[..., :skip] = np.nan
        text = f"the first {skip} bins hold no measurement and are left out"
        notes.append(Note.info("bins-without-measurement", text, name))
    if role in ("energy", "frequency"):
        with np.errstate(invalid="ignore"):
            below = centers <= 0
        if count := int(below.reshape(-1, below.shape[-1]).any(axis=0).sum()):
            text = f"bins at or below 0 are left out: {count} of {below.shape[-1]}"
            notes.append(Note.loss("bins-not-positive", text, name))
        centers[~(centers > 0)] = np.nan
    scale = _scale(described.text(name, "SCALETYP"), centers)
    if lo is not None and hi is not None:
        if scale == "log":
            with np.errstate(invalid="ignore"):
                reaching = np.isfinite(centers) & (lo <= 0)
                lo = np.where(lo > 0, lo, np.nan)
            if count := int(reaching.reshape(-1, reaching.shape[-1]).any(axis=0).sum()):
                text = f"bins that begin at or below 0 are left out: {count} of {lo.shape[-1]}"
                notes.append(Note.loss("bin-edge-not-positive", text, name))
        unused = ~np.isfinite(centers) | ~(lo < hi)
        lo, hi = np.where(unused, np.nan, lo), np.where(unused, np.nan, hi)
        if np.count_nonzero(np.isfinite(lo)) < 0.5 * np.count_nonzero(np.isfinite(centers)):
            text = "its bounds are unusable; bins reach midway to their neighbours"
            notes.append(Note.doubt("bounds-unusable", text, name))
            lo = hi = None
        else:
            lo, hi, cut = _cut_by_record(lo, hi, scale)
            if cut:
                text = "bins overlap, by their declared widths; they are cut midway"
                notes.append(Note.info("bins-cut-midway", text, name))
            middle = np.sqrt(lo * hi) if scale == "log" else 0.5 * (lo + hi)
            centers = np.where((centers > lo) & (centers < hi), centers, middle)
    return Axis(
        name=name,
        label=described.label(name),
        unit=unit_markup(described.unit(name)) or _customary_unit(name, role, centers, notes),
        role=role,
        evidence=evidence,
        scale=scale,
        centers=centers,
        lo=lo,
        hi=hi,
    )


def _customary_unit(name: str, role: Role, centers: Float64, notes: list[Note]) -> str:
    """Pitch angles without a unit are in degrees, if they are beyond what radians could be."""
    if role == "pitch_angle" and centers.size and np.nanmax(centers, initial=0.0) > 2 * np.pi:
        notes.append(Note.info("unit-customary", "it has no unit and is beyond 2π: degrees", name))
        return "deg"
    return ""


def _by_record(values: npt.NDArray[Any]) -> Float64:
    """Bring a variable to (m,), or to (n, m) where its records differ."""
    table: Float64 = values.astype(np.float64)
    if table.ndim != 2 or len(table) == 0:
        return table
    same = (table == table[:1]) | (np.isnan(table) & np.isnan(table[:1]))
    return table[0].copy() if bool(same.all()) else table


def _scale(declared: str, centers: Float64) -> Scale:
    values = centers[np.isfinite(centers)]
    if len(values) == 0 or values.min() <= 0:
        return "linear"
    if declared.strip().lower().startswith("log"):
        return "log"
    if declared.strip().lower().startswith("lin"):
        return "linear"
    return "log" if values.max() / values.min() > 30 else "linear"


def _declared_bounds(
    described: Described, name: str, centers: Float64, table: int, notes: list[Note]
) -> tuple[Float64 | None, Float64 | None]:
    """Read the bounds of bins from the variables that attributes of their axis name."""

    def of(attribute: str) -> Float64 | None:
        return partner(described, name, attribute, centers, notes, table=table)

    low, high = of("LOW_VAR"), of("HIGH_VAR")
    if low is not None and high is not None:
        return np.minimum(low, high), np.maximum(low, high)
    width = of("WIDTH_VAR")
    if width is not None:
        return centers - 0.5 * width, centers + 0.5 * width
    plus, minus = of("DELTA_PLUS_VAR"), of("DELTA_MINUS_VAR")
    if plus is None and minus is None:
        return None, None
    # With one of the two alone, the value itself is the other bound: a low edge and a width.
    lo = centers - (0.0 if minus is None else np.abs(minus))
    hi = centers + (0.0 if plus is None else np.abs(plus))
    return lo, hi


def cut_overlaps(lo: Float64, hi: Float64, scale: Scale) -> tuple[Float64, Float64]:
    """Cut ranges that overlap, midway between them.

    A width that a mission file gives is often the instrument's response and wider than the
    spacing of its steps; a cell can show one value only. Equal ranges stay as they are.

    Parameters
    ----------
    lo, hi
        Bounds, shape (..., m), in any order; NaN where unused.
    scale
        On which scale "midway" is meant.

    Examples
    --------
    >>> import numpy as np
    >>> cut_overlaps(np.array([0.0, 2.0]), np.array([4.0, 6.0]), "linear")
    (array([0., 3.]), array([3., 6.]))
    """
    log = scale == "log"
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (np.log(lo), np.log(hi)) if log else (lo, hi)
    order = np.argsort(low + high, axis=-1, kind="stable")
    low, high = (np.take_along_axis(bound, order, axis=-1) for bound in (low, high))
    cut_low, cut_high = low.copy(), high.copy()
    for i in range(low.shape[-1]):
        for j in range(i + 1, low.shape[-1]):
            with np.errstate(invalid="ignore"):
                same = (low[..., i] == low[..., j]) & (high[..., i] == high[..., j])
                overlap = (low[..., j] < high[..., i]) & ~same
            if not (overlap | same).any():
                break
            middle = np.asarray(0.5 * (high[..., i] + low[..., j]))
            cut_high[..., i] = np.where(
                overlap, np.fmin(cut_high[..., i], middle), cut_high[..., i]
            )
            cut_low[..., j] = np.where(overlap, np.fmax(cut_low[..., j], middle), cut_low[..., j])
    # Bounds that were not cut keep their last digit: exp(log(x)) would not.
    result = []
    for given, before, after in ((lo, low, cut_low), (hi, high, cut_high)):
        back = np.empty_like(after)
        np.put_along_axis(back, order, np.exp(after) if log else after, axis=-1)
        touched = np.empty(after.shape, dtype=bool)
        np.put_along_axis(touched, order, after != before, axis=-1)
        result.append(np.where(touched & np.isfinite(back), back, given))
    cut = result[0] < result[1]
    return np.where(cut, result[0], np.nan), np.where(cut, result[1], np.nan)


def _cut_by_record(lo: Float64, hi: Float64, scale: Scale) -> tuple[Float64, Float64, bool]:
    """Cut overlaps, looking at each run of equal tables once; say whether there were any."""
    if lo.ndim == 1 or len(lo) == 0:
        low, high = cut_overlaps(lo, hi, scale)
        return low, high, _differ(lo, low) or _differ(hi, high)
    both = np.nan_to_num(np.concatenate((lo, hi), axis=1), nan=-1.0)
    starts = np.concatenate(([True], np.any(both[1:] != both[:-1], axis=1)))
    low, high = cut_overlaps(lo[starts], hi[starts], scale)
    cut = _differ(lo[starts], low) or _differ(hi[starts], high)
    run = np.cumsum(starts) - 1
    return low[run], high[run], cut


def _differ(before: Float64, after: Float64) -> bool:
    return not np.array_equal(before, after, equal_nan=True)
