"""The axes of a spectrogram in a CDF file, other than time: where their bins end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.figure.bins import BinTables
from figmill.figure.overlaps import cut_overlaps, were_cut
from figmill.notes import Note
from figmill.read.istp.describe import (
    Described,
    Float64,
    Role,
    Scale,
    collapse_table,
    is_energy_unit,
    role_of,
)
from figmill.read.istp.idl_text import unit_markup
from figmill.read.istp.time import bin_location
from figmill.read.istp.widths import partner

# Blanks stray into numbers ("33. 4"); a figure apart from its number is another matter.
_FIGURES = r"\d+(?:\s?\.\s?\d+)?(?:e[+-]?\d+)?"
_BAND = re.compile(
    rf"({_FIGURES})\s*(?:-|\u2013|to)\s*({_FIGURES})(?![\d,.]*\d)"
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
    suggested
        SCALEMIN and SCALEMAX: what the file would show of it; None where it says nothing.
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
    suggested: tuple[float | None, float | None] = (None, None)

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
    bounds = np.array([(_figures(band[1]), _figures(band[2])) for band in bands])
    if not np.all(bounds[:, 0] < bounds[:, 1]):
        return None
    units = {band[3] for band in bands if band[3]}
    if not units:
        units = {band[3] for band in _BAND.finditer(words) if band[3]}
    return (bounds, units.pop()) if len(units) == 1 else None


def unreadable_bands(labels: npt.NDArray[Any]) -> str:
    """Find the label that is not a range of energies where most others are.

    Parameters
    ----------
    labels
        One text for each bin.

    Returns
    -------
    str
        The first of them; "" where all are ranges, or few enough that none need be.

    Examples
    --------
    >>> unreadable_bands(np.array(["H 1.2-3.4 MeV", "H 3.4-5.6 MeV", "H 5.6-7,8 MeV"]))
    'H 5.6-7,8 MeV'
    >>> unreadable_bands(np.array(["Bx", "By", "Bz"]))
    ''
    """
    texts = [str(label) for label in labels]
    wrong = []
    for text in texts:
        band = _BAND.search(text)
        if band is None or not _figures(band[1]) < _figures(band[2]):
            wrong.append(text)
    return wrong[0] if wrong and 2 * len(wrong) <= len(texts) else ""


def _figures(text: str) -> float:
    return float(re.sub(r"\s", "", text))


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


def read_axis(
    described: Described, name: str, table: int, notes: list[Note], *, row: int | None = None
) -> Axis:
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
    row
        The row of the table, where the data are those of one row.
    """
    role, evidence = role_of(described, name)
    variable = described.cdf.variables[name]
    numbers = described.numbers(name, notes)
    if table:
        cells = numbers if variable.record_varying else numbers[None]
        if row is None:
            numbers = collapse_table(cells, table, name, notes)
        else:
            numbers = np.take(cells, row, axis=table)
    centers = _by_record(numbers)
    lo, hi = _declared_bounds(described, name, centers, table, notes, row)
    skip = int(described.number(name, "SKIP_FIRST") or 0)
    if skip:
        centers[..., :skip] = np.nan
        text = f"the first {skip} bins hold no measurement and are left out"
        notes.append(Note.info("bins-without-measurement", text, name))
    scale = _scale(described.text(name, "SCALETYP"), role, centers)
    if lo is not None and hi is not None:
        if lo.ndim > centers.ndim:  # the widths alone change by record
            centers = np.array(np.broadcast_to(centers, lo.shape))
        lo, hi = _completed(name, centers, lo, hi, scale, notes)
    if lo is not None and hi is not None:
        lo, hi, cut = _cut_by_record(lo, hi, scale)
        if cut:
            text = "bins overlap, by their declared widths; they are cut midway"
            notes.append(Note.info("bins-cut-midway", text, name))
        with np.errstate(invalid="ignore"):
            # Where an edge is at 0 or below, nothing lies midway on a logarithmic axis.
            log = (scale == "log") & (lo > 0)
            middle = np.where(log, np.sqrt(np.where(log, lo * hi, 1.0)), 0.5 * (lo + hi))
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
        suggested=described.scale_limits(name),
    )


def _completed(
    name: str, centers: Float64, lo: Float64, hi: Float64, scale: Scale, notes: list[Note]
) -> tuple[Float64 | None, Float64 | None]:
    """Give bins without usable bounds those that reach midway to their neighbours."""
    known = np.isfinite(centers)
    with np.errstate(invalid="ignore"):
        sound = known & (lo < hi)
    if np.count_nonzero(sound) < 0.5 * np.count_nonzero(known):
        text = "its bounds are unusable; bins reach midway to their neighbours"
        notes.append(Note.doubt("bounds-unusable", text, name))
        return None, None
    lo, hi = np.where(sound, lo, np.nan), np.where(sound, hi, np.nan)
    if (known & ~sound).any():
        kind: Any = scale
        rows = np.atleast_2d(centers)
        around = BinTables.from_center_rows(rows, scale=kind)
        index = np.zeros(1, np.intp) if around.index is None else around.index
        with np.errstate(invalid="ignore"):
            usable = known & ~sound & (around.lo[index].reshape(lo.shape) > -np.inf)
        lo = np.where(usable, around.lo[index].reshape(lo.shape), lo)
        hi = np.where(usable, around.hi[index].reshape(hi.shape), hi)
        count = int(usable.reshape(-1, usable.shape[-1]).any(axis=0).sum())
        if count:
            text = f"{count} bins have no usable bounds; they reach midway to their neighbours"
            notes.append(Note.info("bins-from-neighbours", text, name))
    return lo, hi


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


def _scale(declared: str, role: Role, centers: Float64) -> Scale:
    """The scale that the file declares; else by what it is and how its bins are spaced.

    Angles are linear. Energies, frequencies and masses are logarithmic where they span a factor of
    more than 30; where some are 0, only if the others are spaced by ratio: a step of 0 is no
    energy, while the 0 Hz of a Fourier transform is a frequency like any other. Other quantities
    (hours, speeds, altitudes) have to be spaced by ratio in any case.
    """
    values = centers[np.isfinite(centers)]
    word = declared.strip().lower()
    if len(values) == 0 or values.max() <= 0 or word.startswith("lin"):
        return "linear"
    if word.startswith("log"):
        return "log"
    if role in ("angle", "pitch_angle") or values.min() < 0:
        return "linear"
    positive = values[values > 0]
    wide = positive.max() / positive.min() > 30
    sure = values.min() > 0 and role != "other"
    return "log" if wide and (sure or _by_ratio(positive)) else "linear"


def _by_ratio(values: Float64) -> bool:
    """Whether positive values are spaced by ratio rather than by difference."""
    steps = [np.diff(each) for each in (np.unique(values), np.log(np.unique(values)))]
    linear, log = (float(np.std(each) / np.mean(each)) if each.size else 0.0 for each in steps)
    return log < linear


def _declared_bounds(
    described: Described,
    name: str,
    centers: Float64,
    table: int,
    notes: list[Note],
    row: int | None,
) -> tuple[Float64 | None, Float64 | None]:
    """Read the bounds of bins from the variables that attributes of their axis name."""

    def of(attribute: str) -> Float64 | None:
        return partner(described, name, attribute, centers, notes, table=table, row=row)

    low, high = of("LOW_VAR"), of("HIGH_VAR")
    if low is not None and high is not None:
        low, high = np.broadcast_arrays(low, high)
        return np.minimum(low, high), np.maximum(low, high)
    width = of("WIDTH_VAR")
    if width is not None:
        return centers - 0.5 * width, centers + 0.5 * width
    plus, minus = of("DELTA_PLUS_VAR"), of("DELTA_MINUS_VAR")
    if plus is None and minus is None:
        location = bin_location(described, name, notes)
        if location is None or location == 0.5 or centers.shape[-1] < 2:
            return None, None
        text = f"its BIN_LOCATION is {location:g}; bins reach to their neighbours"
        notes.append(Note.info("bins-located", text, name))
        return _located(centers, location, described.text(name, "SCALETYP"))
    # With one of the two alone, the value itself is the other bound: a low edge and a width.
    lo = centers - (0.0 if minus is None else np.abs(minus))
    hi = centers + (0.0 if plus is None else np.abs(plus))
    low, high = np.broadcast_arrays(lo, hi)
    return low.copy(), high.copy()


def _located(centers: Float64, share: float, declared: str) -> tuple[Float64, Float64]:
    """Bins that touch, each with its value at one share of its width."""
    log = declared.strip().lower().startswith("log") and bool(np.nanmin(centers) > 0)
    values = np.log(centers) if log else centers
    order = np.argsort(values, axis=-1)  # NaN last
    ascending = np.take_along_axis(values, order, axis=-1)
    steps = np.diff(ascending, axis=-1)
    before = np.concatenate((steps[..., :1], steps), axis=-1)
    after = np.concatenate((steps, np.full_like(steps[..., :1], np.nan)), axis=-1)
    after = np.where(np.isnan(after), before, after)
    lo, hi = np.empty_like(values), np.empty_like(values)
    np.put_along_axis(lo, order, ascending - share * before, axis=-1)
    np.put_along_axis(hi, order, ascending + (1 - share) * after, axis=-1)
    return (np.exp(lo), np.exp(hi)) if log else (lo, hi)


def _cut_by_record(lo: Float64, hi: Float64, scale: Scale) -> tuple[Float64, Float64, bool]:
    """Cut overlaps, looking at each run of equal tables once; say whether there were any."""
    if lo.ndim == 1 or len(lo) == 0:
        low, high = cut_overlaps(lo, hi, scale)
        return low, high, were_cut(lo, hi, low, high) > 0
    both = np.nan_to_num(np.concatenate((lo, hi), axis=1), nan=-1.0)
    starts = np.concatenate(([True], np.any(both[1:] != both[:-1], axis=1)))
    low, high = cut_overlaps(lo[starts], hi[starts], scale)
    cut = were_cut(lo[starts], hi[starts], low, high) > 0
    run = np.cumsum(starts) - 1
    return low[run], high[run], cut
