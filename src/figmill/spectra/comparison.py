"""A sample against its baseline: one kind, one grid, difference, ratio, and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError
from figmill.figure.intervals import stretches
from figmill.notes import Note
from figmill.spectra.bands import Band, band_area
from figmill.spectra.holes import holes, spans
from figmill.spectra.read.units import ABOUT_X, ABOUT_Y, UNFIT, doubt_values, plausible_x
from figmill.spectra.spectrum import Spectrum, Vector, XQuantity, YKind, convertible

LASER = "laser_nm"
"""The key of a spectrum's metadata for the laser's wavelength, where the user gave it."""

SATURATED = 3.0
"""Absorbance above which a detector sees next to no light."""

_RATIO_FLOOR = 0.02
_FEW_IN_BAND = 3
"""Points below which the shape of a band is not seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two spectra on the grid of their overlap.

    Parameters
    ----------
    x
        Shape (n,), ascending, within both.
    baseline, sample
        Shape (n,): both on x, of one kind.
    kind
        That kind.
    coverage
        The share of the baseline's range that the sample covers, without the holes in it.
    resampled
        Which of the two was interpolated: ``"sample"``, ``"baseline"``, ``"both"`` or ``""``.
    notes
        What was done to bring them there, and what could not be compared.
    coarse
        Shape (n,), bool: the points of that which is coarser as a whole, and the ends; None where
        all points are both's.
    own
        Twice shape (n,), bool: which points are the baseline's own, and which the sample's; None
        where all are both's.
    """

    x: Vector
    baseline: Vector
    sample: Vector
    kind: YKind
    coverage: float
    resampled: str
    notes: tuple[Note, ...] = ()
    coarse: NDArray[np.bool_] | None = None
    own: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None

    def areas(self, band: Band, *, local_baseline: bool = False) -> tuple[float, float]:
        """The band's area in the baseline and in the sample, see `band_area`.

        Both are taken from the points of that which has fewer in the band: straight lines between
        its points, held against a curve of more points, would make a difference of their curvature.

        Parameters
        ----------
        band
            Where.
        local_baseline
            Above a straight line from end to end of the band.

        Returns
        -------
        tuple of float
            In the unit of y times that of x.
        """
        at = self._coarser(band)
        x = self.x[at]
        first, second = (
            band_area(x, y[at], band, local_baseline=local_baseline)
            for y in (self.baseline, self.sample)
        )
        return first, second

    def points_in(self, band: Band) -> int:
        """How many points a band's area rests on, without its ends."""
        x = self.x[self._coarser(band)]
        return int(np.count_nonzero((x >= band.low) & (x <= band.high)))

    def _coarser(self, band: Band) -> slice | NDArray[np.bool_]:
        """The points of that spectrum which has fewer in a band, and the ends."""
        if self.own is None:
            return slice(None)
        inside = (self.x >= band.low) & (self.x <= band.high)
        few, many = sorted(self.own, key=lambda own: int(np.count_nonzero(own & inside)))
        tied = np.count_nonzero(few & inside) == np.count_nonzero(many & inside)
        if tied and self.coarse is not None:
            return self.coarse
        chosen = few.copy()
        chosen[[0, -1]] = True
        return chosen

    def told_of(self, band: Band, *, local_baseline: bool) -> Iterator[Note]:
        """What is to be said of a band: that it has no area, or that few points speak for it.

        Parameters
        ----------
        band, local_baseline
            As for `areas`.
        """
        count = self.points_in(band)
        known = np.isfinite(self.areas(band, local_baseline=local_baseline)).all()
        if not known and count == 0 and self.x[0] <= band.low and band.high <= self.x[-1]:
            text = f"No point lies in the band {band}: no area."
            yield Note.loss("band-without-area", text)
        elif not known:
            text = f"There are not values all over the band {band}: no area."
            yield Note.loss("band-without-area", text)
        elif count < _FEW_IN_BAND:
            some = f"{count} point{'' if count == 1 else 's'}"
            text = (
                f"The area of the band {band} rests on {some} in it and straight lines to the next."
            )
            yield Note.doubt("band-few-points", text)

    @property
    def difference(self) -> Vector:
        """Sample minus baseline."""
        return self.sample - self.baseline

    @property
    def ratio(self) -> Vector:
        """Sample over baseline; NaN where the baseline is near zero.

        Near zero is below 2 % of the baseline's 99th percentile: there noise divides noise.
        """
        size = np.abs(self.baseline)
        floor = _RATIO_FLOOR * float(np.nanpercentile(size, 99))
        near = ~(size > max(floor, 1e-300))
        return np.where(near, np.nan, self.sample / np.where(near, 1.0, self.baseline))


def common_kind(baseline: Spectrum, sample: Spectrum) -> YKind:
    """The kind in which two spectra can be compared: their own, else absorbance or reflectance.

    Raises
    ------
    figmill.errors.InputError
        If there is none.
    """
    have, want = sample.y_kind, baseline.y_kind
    if have == want:
        return have
    for kind in ("absorbance", "reflectance"):
        if convertible(have, kind) and convertible(want, kind):
            return kind
    raise InputError(
        f"the sample holds {have.replace('_', ' ')}, the baseline {want.replace('_', ' ')}: they "
        "cannot be compared.",
        file=sample.source or None,
        hint="Compare spectra of one kind, or say what the files hold with --y-kind and "
        "--baseline-y-kind.",
    )


def agree(baseline: Spectrum, sample: Spectrum) -> Spectrum:
    """The sample with axis and kind of the baseline, where only values speak for its own.

    A guess from values may come out differently for each sample of a batch; one batch is one
    measurement. What the baseline has is taken only where the sample's values can be that; where
    they cannot, the sample is named as one that does not fit the others.
    """
    kind = None if baseline.y_kind == "unknown" else baseline.y_kind
    axis = None if baseline.x_quantity == "unknown" else (baseline.x_quantity, baseline.x_unit)
    return taking(sample, axis, kind, "the baseline's")


def agree_with_most(baseline: Spectrum, samples: Sequence[Spectrum]) -> Spectrum:
    """The baseline with axis and kind of most samples, where only values speak for its own.

    Samples whose words say what they hold count before those of which it is guessed; without a
    majority the baseline stays as it is.

    Parameters
    ----------
    baseline, samples
        As their files have them.
    """
    everyone = [baseline, *samples]
    axis = _most([(s.x_quantity, s.x_unit) for s in samples if not _assumed(s, *_X_CODES)])
    axis = axis or _most([(s.x_quantity, s.x_unit) for s in everyone])
    kind = _most([s.y_kind for s in samples if not _assumed(s, *_Y_CODES)])
    kind = kind or _most([s.y_kind for s in everyone if s.y_kind != "unknown"])
    if axis is not None and axis[0] == "unknown":
        axis = None
    return taking(baseline, axis, None if kind == "unknown" else kind, "that of most samples")


def is_guessed(spectrum: Spectrum) -> bool:
    """Whether only values speak for what x or y of a spectrum is."""
    return _assumed(spectrum, *_X_CODES, *_Y_CODES)


_X_CODES, _Y_CODES = ("x-assumed",), ("kind-assumed", "kind-unknown")
T = TypeVar("T")


def _assumed(spectrum: Spectrum, *codes: str) -> bool:
    return any(note.code in codes for note in spectrum.notes)


def _most(votes: Sequence[T]) -> T | None:
    """What more than half of some say."""
    if not votes:
        return None
    found, count = Counter(votes).most_common(1)[0]
    return found if 2 * count > len(votes) else None


def taking(
    spectrum: Spectrum, axis: tuple[XQuantity, str] | None, kind: YKind | None, whose: str
) -> Spectrum:
    """A spectrum with another's axis and kind, where only values speak for its own.

    Parameters
    ----------
    spectrum
        The one that is changed.
    axis, kind
        What the other one has; None leaves it.
    whose
        The other one, for the notes.
    """
    notes = list(spectrum.notes)
    changes: dict[str, object] = {}
    have = (spectrum.x_quantity, spectrum.x_unit)
    if axis is not None and _assumed(spectrum, *_X_CODES) and axis[0] != have[0]:
        words = axis[0].replace("_", " ")
        if plausible_x(*axis, spectrum.x):
            changes |= {"x_quantity": axis[0], "x_unit": axis[1]}
            notes = [note for note in notes if note.code not in ABOUT_X]
            text = f"No word says what x is: it is taken as {words}, as {whose}."
            notes.append(Note.doubt("axis-of-baseline", text))
        else:
            text = f"Its x can hardly be {words}, as {whose} is."
            notes.append(Note.doubt("unlike-others", text))
    guessed = _assumed(spectrum, *_Y_CODES)
    if kind is not None and guessed and kind != spectrum.y_kind:
        words = kind.replace("_", " ")
        if all(note.code != UNFIT for note in doubt_values(kind, spectrum.y)):
            changes["y_kind"] = kind
            notes = [note for note in notes if note.code not in ABOUT_Y]
            text = f"No word says what y is: it is taken as {words}, as {whose}."
            notes.append(Note.doubt("kind-of-baseline", text))
        else:
            text = f"Its y can hardly be {words}, as {whose} is."
            notes.append(Note.doubt("unlike-others", text))
    if not changes and len(notes) == len(spectrum.notes):
        return spectrum
    return replace(spectrum, **changes, notes=tuple(notes))  # type: ignore[arg-type]


def one_kind(baseline: Spectrum, samples: Sequence[Spectrum]) -> YKind:
    """The kind in which a baseline and all of many samples can be compared with one another.

    Raises
    ------
    figmill.errors.InputError
        If there is none.
    """
    kinds = {common_kind(baseline, sample) for sample in samples} or {baseline.y_kind}
    if len(kinds) == 1:
        return kinds.pop()
    for kind in kinds - {baseline.y_kind}:
        if all(convertible(spectrum.y_kind, kind) for spectrum in (baseline, *samples)):
            return kind
    raise InputError(
        f"the samples come as {', '.join(sorted(kinds))}: they cannot be compared as one kind.",
        file=baseline.source or None,
        hint="Leave out those of another kind, or say what the files hold with --y-kind.",
    )


def same_axis(baseline: Spectrum, sample: Spectrum) -> Spectrum:
    """The sample along the baseline's axis: wavenumbers, wavelengths or Raman shifts in its unit.

    Raises
    ------
    figmill.errors.InputError
        If one is a Raman shift and the other is not, and nobody said what the laser is.
    """
    have, want = (sample.x_quantity, sample.x_unit), (baseline.x_quantity, baseline.x_unit)
    if "unknown" in (have[0], want[0]) or have == want:
        return sample
    laser = sample.metadata.get(LASER, baseline.metadata.get(LASER))
    if laser is None and "raman_shift" in (have[0], want[0]) and have[0] != want[0]:
        raise InputError(
            f"its x is {have[0].replace('_', ' ')} ({have[1]}), the baseline's is "
            f"{want[0].replace('_', ' ')} ({want[1]}).",
            file=sample.source or None,
            hint="Give the laser's wavelength in nm (--laser 785), or say what the files hold with "
            "--x-quantity and --baseline-x-quantity.",
        )
    return sample.to_axis(*want, laser_nm=None if laser is None else float(laser))


def alike(first: Spectrum, other: Spectrum) -> Spectrum:
    """Another spectrum as the first one is: along its axis, of its kind.

    Parameters
    ----------
    first, other
        The spectrum that stands for all, and one that is drawn with it.

    Raises
    ------
    figmill.errors.InputError
        If it cannot be that.
    """
    made = same_axis(first, agree(first, other))
    return made.to_kind(first.y_kind)


def compare(baseline: Spectrum, sample: Spectrum) -> Comparison:
    """Bring two spectra to one kind and one grid, within their overlap alone.

    Where their grids differ, each is interpolated, linearly, at the other's points: all points of
    both count, and nothing is made up beyond the ends or across points without a value.

    Parameters
    ----------
    baseline, sample
        The two spectra; in x and kind they may differ as far as one can become the other.

    Raises
    ------
    figmill.errors.InputError
        If they do not overlap, or cannot be made one kind.
    """
    kind = common_kind(baseline, sample)
    sample = same_axis(baseline, sample)
    first = baseline.ascending().to_kind(kind)
    second = sample.ascending().to_kind(kind)
    low = max(first.x[0], second.x[0])
    high = min(first.x[-1], second.x[-1])
    if not low < high:
        raise InputError(
            f"it runs from {second.x[0]:g} to {second.x[-1]:g} and does not overlap with the "
            f"baseline, {first.x[0]:g} to {first.x[-1]:g}.",
            file=sample.source or None,
            hint="Choose a baseline of the same range.",
        )
    lacking = _lacking(second, low, high)
    coverage = float((high - low - lacking) / (first.x[-1] - first.x[0]))
    notes = tuple(_uncompared(first, second, low, high))
    step = float(np.median(np.diff(first.x)))
    if first.x.shape == second.x.shape and np.abs(first.x - second.x).max() <= 1e-3 * step:
        return Comparison(first.x, first.y, second.y, kind, coverage, "", notes)
    near = 1e-9 * max(abs(low), abs(high))
    parts = [s.x[(s.x >= low - near) & (s.x <= high + near)] for s in (first, second)]
    if min(part.size for part in parts) < 2:
        raise InputError(
            f"it shares only {high - low:g} {sample.x_unit} with the baseline.",
            file=sample.source or None,
            hint="Choose a baseline of the same range.",
        )
    grid = np.unique(np.concatenate(parts))
    apart = np.diff(grid, prepend=-np.inf) > 1e-3 * float(np.median(np.diff(grid)))
    grid = grid[apart]
    a, own_a = on_grid(first, grid)
    b, own_b = on_grid(second, grid)
    coarse = (own_a if step >= float(np.median(np.diff(second.x))) else own_b).copy()
    coarse[[0, -1]] = True
    made = [name for name, own in (("baseline", own_a), ("sample", own_b)) if not own.all()]
    which = "both" if len(made) == 2 else "".join(made)
    if which:
        who = "Both are" if which == "both" else f"The {which} is"
        text = f"{who} interpolated, linearly, at the points of the other."
        notes = (*notes, Note.info("interpolated", text))
    return Comparison(grid, a, b, kind, coverage, which, notes, coarse, (own_a, own_b))


def _lacking(spectrum: Spectrum, low: float, high: float) -> float:
    """How much of a range has no value: holes in x, and what lies beside points without one."""
    known = np.isfinite(spectrum.y)
    unknown = ~(known[1:] & known[:-1])
    unknown[holes(spectrum.x)] = True
    begin, end = np.maximum(spectrum.x[:-1], low), np.minimum(spectrum.x[1:], high)
    return float(np.maximum(end - begin, 0.0)[unknown].sum())


def _uncompared(baseline: Spectrum, sample: Spectrum, low: float, high: float) -> Iterator[Note]:
    """What of two spectra is not compared within their overlap, and what is assumed of x."""
    for spectrum, other in ((sample, baseline), (baseline, sample)):
        share = (high - low) / (spectrum.span[1] - spectrum.span[0])
        if share < 0.999:
            text = f"{100 * share:.3g} % of its range lies in that of {other.name or 'the other'}"
            yield Note.loss(
                "range-not-covered", f"{text}; the rest is not compared.", spectrum.name
            )
    names = (baseline.y_name, sample.y_name)
    if baseline.y_kind == sample.y_kind == "intensity" and all(names) and len(set(names)) > 1:
        text = f"Its y is {names[1].lower()}, that of the baseline {names[0].lower()}."
        yield Note.doubt("intensities-differ", text, sample.name)
    if unknown := [one.name for one in (baseline, sample) if one.x_quantity == "unknown"]:
        text = "Nothing says what its x is; that of the other is assumed."
        yield Note.doubt("x-unknown", text, ", ".join(unknown))


def notes_of(name: str, spectrum: Spectrum) -> Iterator[Note]:
    """The notes of one spectrum among several, with its name."""
    for note in spectrum.notes:
        yield replace(note, place=f"{name}, {note.place}" if note.place else name)


def on_grid(spectrum: Spectrum, grid: Vector) -> tuple[Vector, NDArray[np.bool_]]:
    """A spectrum on a grid within its range, and which points are its own.

    Its own points keep their values, also beside one that has none.

    Parameters
    ----------
    spectrum
        With x ascending.
    grid
        Shape (n,), within its range.

    Returns
    -------
    y : ndarray, shape (n,)
        Interpolated, linearly; NaN across points without a value.
    own : ndarray of bool, shape (n,)
        Where the grid has a point of the spectrum.
    """
    y = np.interp(grid, spectrum.x, spectrum.y)
    near = np.clip(np.searchsorted(spectrum.x, grid), 1, spectrum.x.size - 1)
    left, right = spectrum.x[near - 1], spectrum.x[near]
    near -= (grid - left) < (right - grid)
    # Beside a hole, the usual step counts.
    step = np.minimum(right - left, 5 * float(np.median(np.diff(spectrum.x))))
    own = np.abs(spectrum.x[near] - grid) <= 2e-3 * step
    y[own] = spectrum.y[near[own]]
    for low, high in spans(spectrum.x):
        y[(grid > low) & (grid < high) & ~own] = np.nan
    return y, own


def similarity(found: Comparison) -> dict[str, float]:
    """How alike the two are, over the points where both have values.

    Parameters
    ----------
    found
        What `compare` gives.

    Returns
    -------
    dict
        ``pearson``; ``cosine``; ``spectral_angle`` in degrees, arccos of the cosine (F. A. Kruse
        et al., Remote Sens. Environ. 44, 145 (1993)); ``rms_difference``; ``largest_difference``
        with its sign, and ``largest_difference_at``. NaN where they are not defined.
    """
    both = np.isfinite(found.baseline) & np.isfinite(found.sample)
    a, b, x = found.baseline[both], found.sample[both], found.x[both]
    nan = float("nan")
    if a.size < 2:
        names = ("pearson", "cosine", "spectral_angle", "rms_difference", "largest_difference")
        return {**dict.fromkeys(names, nan), "largest_difference_at": nan}
    da, db = a - a.mean(), b - b.mean()
    pearson = _part(float(da @ db), float(np.sqrt((da @ da) * (db @ db))))
    cosine = _part(float(a @ b), float(np.sqrt((a @ a) * (b @ b))))
    difference = b - a
    at = int(np.argmax(np.abs(difference)))
    return {
        "pearson": pearson,
        "cosine": cosine,
        "spectral_angle": float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))),
        "rms_difference": float(np.sqrt(np.mean(difference**2))),
        "largest_difference": float(difference[at]),
        "largest_difference_at": float(x[at]),
    }


def _part(share: float, whole: float) -> float:
    return share / whole if whole > 0 else float("nan")


def saturated(spectrum: Spectrum) -> NDArray[np.bool_]:
    """Where next to no light came through: A > 3, or points that have no light at all.

    Returns
    -------
    ndarray of bool, shape (n,)
        All False for kinds that say nothing of it.
    """
    y = spectrum.y
    if spectrum.y_kind == "absorbance":
        return np.asarray(y > SATURATED)
    if spectrum.y_kind == "transmittance":
        return np.asarray(y < 10.0**-SATURATED)
    if spectrum.y_kind == "percent_transmittance":
        return np.asarray(y < 100.0 * 10.0**-SATURATED)
    return np.zeros(y.shape, dtype=bool)


def told_of_saturation(spectrum: Spectrum, band: Band) -> Iterator[Note]:
    """Say how much of a spectrum is saturated in a band, whose area may then be too small.

    Parameters
    ----------
    spectrum
        As its file has it: scaled or subtracted values cannot tell.
    band
        In the unit of its x.

    Yields
    ------
    Note
        The doubt ``band-saturated``, with the spectrum as its place.
    """
    inside = (spectrum.x >= band.low) & (spectrum.x <= band.high)
    many = int(np.count_nonzero(saturated(spectrum) & inside))
    if many:
        text = f"{many} of {int(np.count_nonzero(inside))} points in the band {band} are saturated "
        text += f"(A > {SATURATED:g}): its area may be too small."
        yield Note.doubt("band-saturated", text, spectrum.name)


def saturation_ranges(*spectra: Spectrum) -> list[tuple[float, float]]:
    """Ranges of x where any of them is saturated, joined where they touch."""
    ranges: list[tuple[float, float]] = []
    for spectrum in spectra:
        flags = saturated(spectrum)
        if not flags.any():
            continue
        half = float(np.median(np.abs(np.diff(spectrum.x)))) / 2
        for first, last in runs(flags):
            ends = sorted((float(spectrum.x[first]), float(spectrum.x[last])))
            ranges.append((ends[0] - half, ends[1] + half))
    joined: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def runs(flags: ArrayLike) -> list[tuple[int, int]]:
    """First and last index of every run of True.

    Examples
    --------
    >>> runs(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    return [(start, stop - 1) for start, stop in stretches(flags)]
