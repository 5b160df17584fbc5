"""From angles to rows: pitch-angle sectors, energy bands, and the rules that collapse them.

All of it is arithmetic on arrays of shape (records, angles, energies); nothing here knows a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from figmill.errors import ConfigError

CollapseRule = Literal["sum", "mean", "weighted", "median", "percentile"]
Floats: TypeAlias = NDArray[np.floating[Any]]
Range = tuple[float, float]

PITCH_STEP_DEG = 15.0
"""Height of the bins of pitch-angle spectrograms: at least one of 32 sectors falls in each."""


@dataclass(frozen=True, slots=True)
class Sector:
    """A set of pitch angles.

    Parameters
    ----------
    name
        A short word: a key.
    ranges
        Degrees from 0 to 360; each includes its lower end and excludes its upper, so that nothing
        counts twice.
    label
        What figures say; made of name and ranges where empty.
    """

    name: str
    ranges: tuple[Range, ...]
    label: str = ""

    def __post_init__(self) -> None:
        ranges = tuple((float(low), float(high)) for low, high in self.ranges)
        if not ranges or not all(0 <= low < high <= 360 for low, high in ranges):
            raise ConfigError(
                f"The pitch-angle category {self.name!r} has the ranges {self.ranges}.",
                hint="Give ranges (low, high) in degrees, 0 <= low < high <= 360.",
            )
        object.__setattr__(self, "ranges", ranges)
        if not self.label:
            spans = ", ".join(f"{low:g}\N{EN DASH}{high:g}°" for low, high in ranges)
            object.__setattr__(self, "label", f"{self.name} {spans}".strip())

    @property
    def is_all(self) -> bool:
        """Whether every pitch angle is in it."""
        return self.ranges == ((0.0, 360.0),)

    def holds(self, pitch: Floats) -> NDArray[np.bool_]:
        """Which pitch angles (degrees, 0 to 360) are in it."""
        inside = np.zeros(np.shape(pitch), bool)
        for low, high in self.ranges:
            inside |= (pitch >= low) & (pitch < high)
        return inside


ALL = Sector("all", ((0, 360),), "all pitch angles")
DOWN = Sector("downgoing", ((0, 30), (330, 360)))
UP = Sector("upgoing", ((150, 210),))
PERPENDICULAR = Sector("perpendicular", ((40, 140), (210, 330)))
SECTORS = (ALL, DOWN, UP, PERPENDICULAR)
"""The rows of a pitch-angle figure, in order."""


def in_southern_hemisphere(sectors: Sequence[Sector]) -> tuple[Sector, ...]:
    """The sectors where the field points up: down and up change places, and labels say so."""
    swapped = {
        DOWN: Sector("downgoing", UP.ranges, f"{Sector('downgoing', UP.ranges).label}, southern"),
        UP: Sector("upgoing", DOWN.ranges, f"{Sector('upgoing', DOWN.ranges).label}, southern"),
    }
    return tuple(swapped.get(sector, sector) for sector in sectors)


def in_both_hemispheres(sectors: Sequence[Sector]) -> tuple[Sector, ...]:
    r"""The sectors of records from both sides of the equator: labels say both ranges.

    Examples
    --------
    >>> in_both_hemispheres([UP])[0].label
    'upgoing 150–210° N,\n0–30°, 330–360° S'
    """
    made = []
    for north, south in zip(sectors, in_southern_hemisphere(sectors), strict=True):
        if north == south:
            made.append(north)
            continue
        other = Sector("", south.ranges).label
        made.append(Sector(north.name, north.ranges, f"{north.label} N,\n{other} S"))
    return tuple(made)


def follow_the_field(sectors: Sequence[Sector]) -> bool:
    """Whether any of the sectors changes with the hemisphere."""
    return bool({DOWN, UP} & set(sectors))


def wrapped(angles: Floats) -> Floats:
    """Angles in degrees brought to 0 (included) to 360 (excluded)."""
    turns = np.floor(angles / angles.dtype.type(360))
    turns *= angles.dtype.type(-360)
    turns += angles
    # A tiny negative angle rounds up to the full turn, or stays as it is.
    turns[(turns >= 360) | (turns < 0)] = 0
    return turns


def collapse_sectors(
    values: Floats,
    pitch: Floats,
    sectors: Sequence[Sector],
    *,
    rule: CollapseRule,
    weights: Floats | None = None,
    percentile: float = 50.0,
) -> Floats:
    """Collapse the angles of each sector.

    Parameters
    ----------
    values
        Shape (n, k, m); NaN is missing.
    pitch
        Degrees, 0 to 360, of a shape that broadcasts to that of the values; a NaN is in no sector
        but the one of all angles.
    sectors
        What to collapse to.
    rule
        "sum"; "mean"; "weighted", the mean weighted by `weights`; "median"; "percentile".
    weights
        Solid angles, shape (n, k, m); missing or not positive ones leave their value out.
    percentile
        From 0 to 100, for the rule of this name; interpolated linearly.

    Returns
    -------
    ndarray, shape (sectors, n, m)
        NaN where a sector holds no value.
    """
    finite = np.isfinite(values)
    members = _memberships(pitch, sectors, values.shape)
    if rule in ("median", "percentile"):
        part = 50.0 if rule == "median" else percentile
        return np.stack(
            [_percentile(values, finite if m is None else finite & m, part) for m in members]
        )
    if rule == "weighted" and weights is not None:
        finite = finite & (weights > 0) & (weights < np.inf)
        weight = np.where(finite, weights, weights.dtype.type(0))
    else:
        weight = finite.astype(values.dtype)
    weighted = np.where(finite, values, values.dtype.type(0))
    if rule == "weighted" and weights is not None:
        weighted *= weight
    result = np.empty((len(sectors), values.shape[0], values.shape[2]), values.dtype)
    for place, member in enumerate(members):
        if member is None:
            total, share = weighted.sum(axis=1), weight.sum(axis=1)
        else:
            chosen = member.astype(values.dtype)
            total = np.einsum("rae,rae->re", weighted, chosen)
            share = np.einsum("rae,rae->re", weight, chosen)
        none = share <= 0
        if rule != "sum":
            total = np.divide(total, share, out=total, where=~none)
        total[none] = np.nan
        result[place] = total
    return result


def _memberships(
    pitch: Floats, sectors: Sequence[Sector], shape: tuple[int, ...]
) -> list[NDArray[np.bool_] | None]:
    """For each sector which cells are in it; None where all are."""
    bounds = sorted(
        {bound for one in sectors if not one.is_all for span in one.ranges for bound in span}
    )
    if not bounds:
        return [None for _ in sectors]
    # Between two bounds every sector either holds or not: one comparison for each bound.
    place = np.zeros(np.shape(pitch), np.uint8)
    for bound in bounds:
        place += pitch >= bound
    middles = np.array([-1.0, *bounds]) + np.append(np.diff([-1.0, *bounds]), 1.0) / 2
    known = np.isfinite(pitch)
    all_known = bool(known.all())
    members: list[NDArray[np.bool_] | None] = []
    for one in sectors:
        if one.is_all:
            members.append(None)
            continue
        inside = np.zeros(place.shape, bool)
        for between in np.flatnonzero(one.holds(middles)):
            inside |= place == between
        if not all_known:
            inside &= known
        members.append(np.broadcast_to(inside, shape))
    return members


def _percentile(values: Floats, member: NDArray[np.bool_], part: float) -> Floats:
    count = member.sum(axis=1)
    ordered = np.sort(np.where(member, values, np.inf), axis=1)
    exact = np.maximum(count - 1, 0) * (part / 100)
    low = np.floor(exact).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    below = np.take_along_axis(ordered, low[:, None, :], axis=1)[:, 0]
    above = np.take_along_axis(ordered, high[:, None, :], axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        between = below + (above - below) * (exact - low)
    found: Floats = np.where(count == 0, np.nan, between).astype(values.dtype)
    return found


def pitch_spectrum(
    values: Floats,
    pitch: Floats,
    *,
    weights: Floats | None = None,
    rule: CollapseRule = "weighted",
    step: float = PITCH_STEP_DEG,
) -> Floats:
    """Collapse energies (and the angles that share a bin) to a spectrum over pitch angle.

    Parameters
    ----------
    values
        Shape (n, k, m): the energies of one band. NaN is missing.
    pitch
        Degrees, 0 to 360, broadcasting to the shape of the values.
    weights
        Solid angles, for the rule "weighted".
    rule
        "sum" adds up; "weighted" is the weighted mean; any other is the mean.
    step
        Height of a bin in degrees.

    Returns
    -------
    ndarray, shape (n, 360 / step)
        NaN where no angle falls in a bin.
    """
    count = round(360 / step)
    bins = np.minimum((pitch / pitch.dtype.type(step)), count - 0.5)
    known = np.isfinite(values) & np.isfinite(pitch)
    records = np.arange(len(values))[:, None, None] * count
    with np.errstate(invalid="ignore"):
        where = np.broadcast_to(bins.astype(np.intp) + records, values.shape)[known]
    given = values[known].astype(np.float64)
    size = len(values) * count
    if rule == "weighted" and weights is not None:
        share = np.maximum(weights[known].astype(np.float64), 0)
    else:
        share = np.ones(given.size)
    total = np.bincount(where, given * share, size)
    weight = np.bincount(where, share, size)
    found = total if rule == "sum" else np.divide(total, weight, out=total, where=weight > 0)
    spectrum: Floats = np.where(weight > 0, found, np.nan).reshape(-1, count).astype(values.dtype)
    return spectrum
