"""Operations on one spectrum: smoothing, baselines, normalisation. All are off unless asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
from pydantic import field_validator, model_validator

from figmill.config.model import Model
from figmill.errors import ConfigError, InputError, MissingExtraError
from figmill.extras import need
from figmill.notes import Note
from figmill.spectra.bands import Band, band_area
from figmill.spectra.comparison import on_grid, runs
from figmill.spectra.options import Baseline, Normalization, ProcessingOptions
from figmill.spectra.spectrum import Spectrum, Vector


class Processing(ProcessingOptions, Model):
    """What is done to every spectrum before it is compared, in this order.

    Parameters
    ----------
    **options
        As for `figmill.spectra.options.ProcessingOptions`.

    Raises
    ------
    figmill.errors.OptionError
        A value is wrong; the message names all that are.

    Examples
    --------
    >>> Processing().steps
    ()
    >>> Processing(smooth=11, normalize="snv").steps
    ('Savitzky-Golay smoothing, 11 points, order 2', 'standard normal variate')
    """

    @field_validator("crop", "normalize_band")
    @classmethod
    def _is_band(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                Band.parse(value)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _fits(self) -> Processing:
        if self.smooth is not None and (self.smooth % 2 == 0 or self.smooth <= self.smooth_order):
            raise ValueError("smooth must be odd and larger than smooth_order")
        if (self.normalize == "band") != (self.normalize_band is not None):
            raise ValueError("normalize 'band' and normalize_band go together")
        if self.baseline_options and self.baseline_method is None:
            raise ValueError("options of a baseline method need the method")
        return self

    def check(self) -> None:
        """Look for what the steps need, and for options that their methods do not have.

        Raises
        ------
        figmill.errors.ConfigError
            A library is not installed, or a baseline method has no such option.
        """
        if self.smooth is not None:
            need("scipy", "spectra")
        if self.baseline_method is None:
            return
        need("pybaselines", "spectra")
        if not self.baseline_options:
            return
        from pybaselines import Baseline as Fitter

        method = getattr(Fitter, self.baseline_method)
        known = [name for name in signature(method).parameters if name not in ("self", "data")]
        if unknown := [name for name in self.baseline_options if name not in known]:
            raise ConfigError(
                f"The baseline method {self.baseline_method} has no option {unknown[0]!r}.",
                hint=f"It has {', '.join(known)}.",
            )

    @property
    def steps(self) -> tuple[str, ...]:
        """What is done, in words."""
        done: list[str] = []
        if self.kind:
            done.append(f"as {self.kind.replace('_', ' ')}")
        if self.crop:
            done.append(f"cropped to {self.crop}")
        if self.smooth:
            done.append(
                f"Savitzky-Golay smoothing, {self.smooth} points, order {self.smooth_order}"
            )
        if self.baseline_method:
            options = ", ".join(f"{k}={v:g}" for k, v in self.baseline_options.items())
            done.append(
                f"{self.baseline_method} baseline subtracted{f' ({options})' if options else ''}"
            )
        if self.normalize:
            names = {
                "snv": "standard normal variate",
                "minmax": "scaled to 0-1",
                "vector": "scaled to unit length",
                "area": "scaled to unit area",
                "band": f"scaled to unit area of {self.normalize_band}",
            }
            done.append(names[self.normalize])
        return tuple(done)

    @property
    def rescales(self) -> bool:
        """Whether y loses its unit."""
        return self.normalize is not None

    @property
    def before_scaling(self) -> Processing | None:
        """All but a normalisation by what stands over a spectrum's range; None where there is none.

        A band is the same for all spectra: by that, each is scaled by itself.
        """
        if self.normalize in (None, "band"):
            return None
        return self.model_copy(update={"normalize": None})

    def __call__(self, spectrum: Spectrum) -> Spectrum:
        """Carry it out; x ascends afterwards.

        Raises
        ------
        figmill.errors.InputError
            If the spectrum does not allow a step.
        """
        made = spectrum.ascending()
        if self.kind is not None:
            made = made.to_kind(self.kind)
        if self.crop is not None:
            made = crop(made, Band.parse(self.crop))
        if self.smooth is not None:
            made = smooth(made, self.smooth, self.smooth_order)
        if self.baseline_method is not None:
            made = subtract_baseline(made, self.baseline_method, dict(self.baseline_options))
        if self.normalize is not None:
            band = Band.parse(self.normalize_band) if self.normalize_band else None
            made = normalize(made, self.normalize, band)
        if steps := self.steps:
            made = replace(
                made, notes=(*made.notes, Note.info("processed", f"{'; '.join(steps)}."))
            )
        return made


def crop(spectrum: Spectrum, band: Band) -> Spectrum:
    """Keep the points within a range of x."""
    inside = (spectrum.x >= band.low) & (spectrum.x <= band.high)
    if np.count_nonzero(inside) < 2:
        low, high = spectrum.span
        raise InputError(
            f"it runs from {low:g} to {high:g} and has no two points in {band}.",
            file=spectrum.source or None,
            hint="Choose another range.",
        )
    return replace(spectrum, x=spectrum.x[inside], y=spectrum.y[inside])


def smooth(spectrum: Spectrum, points: int, order: int) -> Spectrum:
    """Savitzky-Golay smoothing; A. Savitzky and M. J. E. Golay, Anal. Chem. 36, 1627 (1964).

    Stretches between points without a value are smoothed each by itself; one that is shorter than
    the window has no smoothed values.
    """
    filtering = _scipy_signal()
    steps = np.abs(np.diff(spectrum.x))
    if steps.max() > 1.05 * steps.min():
        raise InputError(
            "its steps in x differ, and smoothing by points needs equal ones.",
            file=spectrum.source or None,
            hint="Leave smoothing out, or export the spectrum with equal steps.",
        )
    if spectrum.x.size < points:
        raise InputError(
            f"it has {spectrum.x.size} points, smoothing needs {points}.",
            file=spectrum.source or None,
            hint="Smooth over fewer points.",
        )
    y = np.full(spectrum.y.shape, np.nan)
    finite = np.isfinite(spectrum.y)
    for first, last in runs(finite):
        if last + 1 - first >= points:
            part = slice(first, last + 1)
            y[part] = filtering.savgol_filter(spectrum.y[part], points, order)
    if not np.isfinite(y).any():
        raise InputError(
            f"it has no {points} points with a value side by side, which smoothing needs.",
            file=spectrum.source or None,
            hint="Smooth over fewer points.",
        )
    if lost := int(np.count_nonzero(finite & np.isnan(y))):
        text = f"{lost} points stand in stretches too short to smooth and are left out."
        spectrum = replace(spectrum, notes=(*spectrum.notes, Note.loss("points-unsmoothed", text)))
    return replace(spectrum, y=y)


def subtract_baseline(spectrum: Spectrum, method: Baseline, options: dict[str, Any]) -> Spectrum:
    """Subtract a baseline that pybaselines fits."""
    try:
        from pybaselines import Baseline as Fitter
    except ImportError:
        raise MissingExtraError("pybaselines", "spectra") from None
    finite = np.isfinite(spectrum.y)
    fitter = Fitter(x_data=spectrum.x[finite])
    try:
        fitted, _ = getattr(fitter, method)(spectrum.y[finite], **options)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the baseline method {method} does not work here: {error}.",
            file=spectrum.source or None,
            hint="Check baseline_options, or choose another method.",
        ) from error
    y = spectrum.y.copy()
    y[finite] = y[finite] - fitted
    return replace(spectrum, y=y)


def normalize(spectrum: Spectrum, how: Normalization, band: Band | None = None) -> Spectrum:
    """Scale y so that spectra of different amounts can be compared.

    ``snv`` is (y - mean) / standard deviation, after R. J. Barnes, M. S. Dhanoa and S. J. Lister,
    Appl. Spectrosc. 43, 772 (1989).
    """
    offset, size = _measure(spectrum, how, band)
    return replace(spectrum, y=(spectrum.y - offset) / size)


def _measure(spectrum: Spectrum, how: Normalization, band: Band | None) -> tuple[float, float]:
    """What is taken away from y, and by what the rest is divided."""
    offset, size = _scaling(spectrum.x, spectrum.y, how, band)
    if band is not None and not np.isfinite(size):
        raise InputError(
            f"it has no values all over the band {band}, by which it is to be scaled.",
            file=spectrum.source or None,
            hint="Choose another band, or another normalisation.",
        )
    if not (np.isfinite(size) and abs(size) > 1e-300):
        raise InputError(
            f"it cannot be scaled by {how}: its measure is {size:g}.",
            file=spectrum.source or None,
            hint="Choose another normalisation, or leave it out.",
        )
    return offset, size


def normalize_alike(spectra: Sequence[Spectrum], how: Normalization) -> list[Spectrum]:
    """Scale spectra that are to be compared by what they hold over the range that all share.

    Over unlike ranges, or at unlike points, one and the same curve would be scaled by different
    numbers. So all are measured at the first one's points within the range of all.

    Parameters
    ----------
    spectra
        With x in one unit; the first is the baseline.
    how
        Any but ``band``.

    Raises
    ------
    figmill.errors.InputError
        If they share no range in which they have values, or cannot be scaled.
    """
    spectra = [s.ascending() for s in spectra]
    first = spectra[0]
    low, high = max(s.x[0] for s in spectra), min(s.x[-1] for s in spectra)
    grid = first.x[(first.x >= low) & (first.x <= high)]
    values = [on_grid(s, grid)[0] for s in spectra] if grid.size else []
    both = np.isfinite(values).all(axis=0) if values else np.zeros(0, dtype=bool)
    if np.count_nonzero(both) < 2:
        raise InputError(
            f"{len(spectra)} spectra share no range with values, by which they could be scaled "
            f"({how}).",
            file=first.source or None,
            hint="Leave the normalisation out, or scale them by a band that all have.",
        )
    made: list[Spectrum] = []
    alike = all(np.array_equal(s.x, first.x) and np.isfinite(s.y).all() for s in spectra)
    for spectrum, y in zip(spectra, values, strict=True):
        measured = replace(spectrum, x=grid[both], y=y[both])
        offset, size = _measure(measured, how, None)
        told = list(spectrum.notes)
        if not alike:
            text = (
                f"Its scale ({how}) is that of the range which all share, {low:g} to {high:g}, at "
                "the baseline's points."
            )
            told.append(Note.info("scaled-over-overlap", text))
        made.append(replace(spectrum, y=(spectrum.y - offset) / size, notes=tuple(told)))
    return made


def _scaling(x: Vector, y: Vector, how: Normalization, band: Band | None) -> tuple[float, float]:
    match how:
        case "snv":
            return float(np.nanmean(y)), float(np.nanstd(y, ddof=1))
        case "minmax":
            return float(np.nanmin(y)), float(np.nanmax(y) - np.nanmin(y))
        case "vector":
            return 0.0, float(np.sqrt(np.nansum(y**2)))
        case "area":
            finite = np.isfinite(y)
            return 0.0, float(np.trapezoid(np.abs(y[finite]), x[finite]))
        case "band":
            if band is None:
                raise ConfigError("normalize 'band' needs a band.", hint="Give normalize_band.")
            return 0.0, band_area(x, y, band)


def _scipy_signal() -> Any:
    try:
        from scipy import signal
    except ImportError:
        raise MissingExtraError("scipy", "spectra") from None
    return signal
