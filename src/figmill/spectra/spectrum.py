"""What a spectrum is: two vectors, what they mean, and how sure the reader is of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError
from figmill.notes import Note, of_levels
from figmill.spectra import options

Vector = NDArray[np.float64]
XQuantity = options.XQuantity
YKind = options.YKind
Y_KINDS: tuple[YKind, ...] = get_args(YKind)

X_LABELS: Mapping[str, str] = {
    "wavenumber": "Wavenumber",
    "wavelength": "Wavelength",
    "raman_shift": "Raman shift",
    "unknown": "x",
}
Y_LABELS: Mapping[str, tuple[str, str]] = {
    "absorbance": ("Absorbance", ""),
    "percent_transmittance": ("Transmittance", "%"),
    "transmittance": ("Transmittance", ""),
    "percent_reflectance": ("Reflectance", "%"),
    "reflectance": ("Reflectance", ""),
    "log_inverse_reflectance": ("log(1/R)", ""),
    "kubelka_munk": ("Kubelka-Munk", ""),
    "absorption_coefficient": ("Absorption coefficient", ""),
    "log_epsilon": ("log ε", ""),
    "intensity": ("Intensity", "a.u."),
    "unknown": ("y", ""),
}

# Kinds that tell of one quantity: light that came through (or back), as a share of what went in.
_PERCENT = {"percent_transmittance": "transmittance", "percent_reflectance": "reflectance"}
_LIGHT = ("transmittance", "percent_transmittance", "absorbance")
_BACK = ("reflectance", "percent_reflectance", "log_inverse_reflectance", "kubelka_munk")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing the reader saw, and what it did to its confidence.

    Parameters
    ----------
    what
        What was seen, in one sentence.
    factor
        The share of confidence it leaves: 1 supports the reading, less than 1 casts doubt.
    """

    what: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Values along wavenumber, wavelength or Raman shift.

    Parameters
    ----------
    x
        Shape (n,), strictly monotone, finite, in the file's own order.
    y
        Shape (n,); NaN where the file has no value.
    x_quantity, x_unit
        What x is: ``wavenumber`` in cm-1, ``wavelength`` in nm or um, ``raman_shift`` in cm-1.
    y_kind
        What y is, see `Y_KINDS`. Transmittance is a fraction, percent_transmittance is not.
    name
        How people call it: the file's name without suffix.
    source, format
        The file it came from, and the format that was found in it.
    metadata
        What else the file says, as text and numbers.
    evidence, confidence
        What the reading rests on; confidence is the product of its factors, 0 to 1.
    notes
        What was assumed or left out: rows that could not be read, units that disagree.
    y_name, y_unit
        Of an intensity, what the file calls it: ``Counts``, ``Fluorescence``; empty where it does
        not say.

    Raises
    ------
    figmill.errors.InputError
        If the vectors differ in length, hold fewer than two points, or x is not monotone.

    Examples
    --------
    >>> s = Spectrum([4000.0, 2000.0, 1000.0], [100.0, 10.0, 1.0], y_kind="percent_transmittance")
    >>> s.to_kind("absorbance").y
    array([0., 1., 2.])
    """

    x: Vector
    y: Vector
    x_quantity: XQuantity = "wavenumber"
    x_unit: str = "cm-1"
    y_kind: YKind = "absorbance"
    name: str = ""
    source: str = ""
    format: str = ""
    metadata: Mapping[str, str | float | int] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Note, ...] = ()
    y_name: str = ""
    y_unit: str = ""

    def __post_init__(self) -> None:
        x, y = _vector(self.x), _vector(self.y)
        place = self.source or None
        if x.shape != y.shape:
            raise InputError(
                f"x has {x.size} values, y has {y.size}.",
                file=place,
                hint="Each value of y needs its x.",
            )
        if x.size < 2:
            raise InputError(
                f"there {'is 1 point' if x.size == 1 else 'are no points'} in this spectrum.",
                file=place,
                hint="A spectrum needs two points at least; look at the file.",
            )
        step = np.diff(x)
        if not (np.isfinite(x).all() and ((step > 0).all() or (step < 0).all())):
            raise InputError(
                "x does not run one way: it turns, repeats or has gaps.",
                file=place,
                hint="Sort the file by x and drop repeated points, or choose another x column.",
            )
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    @property
    def confidence(self) -> float:
        """How sure the reading is, 0 to 1."""
        return float(np.prod([item.factor for item in self.evidence])) if self.evidence else 1.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notes of doubts and losses, as texts."""
        return tuple(map(str, of_levels(self.notes, "doubt", "loss")))

    @property
    def y_label(self) -> tuple[str, str]:
        """What y is and its unit, as figures write them."""
        if self.y_kind == "intensity" and self.y_name:
            return self.y_name, self.y_unit
        return Y_LABELS[self.y_kind]

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest x."""
        return float(self.x.min()), float(self.x.max())

    def ascending(self) -> Spectrum:
        """The same spectrum with x from low to high."""
        if self.x[0] < self.x[-1]:
            return self
        return replace(self, x=self.x[::-1], y=self.y[::-1])

    def to_kind(self, kind: YKind) -> Spectrum:
        """The same spectrum with y as another kind: A = -log10(T).

        Points without light (T <= 0) have no absorbance: they become NaN.

        Raises
        ------
        figmill.errors.InputError
            If one kind cannot be made from the other.
        """
        if kind == self.y_kind:
            return self
        y = convert_kind(self.y, self.y_kind, kind, file=self.source)
        text = f"{self.y_kind} is turned into {kind}."
        notes = [*self.notes, Note.info("kind-converted", text)]
        if dark := int(np.count_nonzero(np.isfinite(self.y) & np.isnan(y))):
            text = f"{dark} of {y.size} points at or below 0 have no absorbance."
            notes.append(Note.loss("values-not-positive", text))
        return replace(self, y=y, y_kind=kind, notes=tuple(notes))

    def to_axis(self, quantity: XQuantity, unit: str, *, laser_nm: float | None = None) -> Spectrum:
        """The same spectrum along another axis; y stays as it is.

        Parameters
        ----------
        quantity, unit
            What x becomes: wavenumber or Raman shift in cm-1, wavelength in nm or um.
        laser_nm
            The laser's wavelength in nm, where one of the two is a Raman shift.

        Raises
        ------
        figmill.errors.InputError
            If one cannot be made from the other, or a point has no place on the other axis.

        Examples
        --------
        >>> s = Spectrum([400.0, 500.0], [0.1, 0.2], "wavelength", "nm")
        >>> s.to_axis("wavenumber", "cm-1").x
        array([25000., 20000.])
        """
        if (quantity, unit) == (self.x_quantity, self.x_unit):
            return self
        x = convert_axis(
            self.x, (self.x_quantity, self.x_unit), (quantity, unit), laser_nm, file=self.source
        )
        if quantity == self.x_quantity:
            factor = 1000.0 if unit == "nm" else 0.001
            note = Note.info(
                "unit-changed", f"It is multiplied by {factor:g}, a change of unit.", "x"
            )
        else:
            by = f", of a laser of {laser_nm:g} nm" if laser_nm is not None else ""
            words = quantity.replace("_", " ")
            was = self.x_quantity.replace("_", " ")
            text = f"Its {was} ({self.x_unit}) is turned into {words} ({unit}){by}; y is unchanged."
            note = Note.info("axis-converted", text, "x")
        notes = (*self.notes, note)
        return replace(self, x=x, x_quantity=quantity, x_unit=unit, notes=notes)


def convert_axis(
    x: ArrayLike,
    have: tuple[XQuantity, str],
    want: tuple[XQuantity, str],
    laser_nm: float | None = None,
    *,
    file: str = "",
) -> Vector:
    """Turn places on one spectral axis into those on another.

    A wavelength of v nm is a wavenumber of 1e7 / v cm-1; a Raman shift is the laser's wavenumber
    less that of the scattered light. Wavelengths are taken as they are: in air, a wavenumber so
    made is larger than in vacuum by the refractive index, 0.03 %.

    Parameters
    ----------
    x
        The places.
    have, want
        Quantity and unit.
    laser_nm
        The laser's wavelength in nm; needed for Raman shifts.
    file
        For the error.

    Raises
    ------
    figmill.errors.InputError
        If an axis is unknown, the laser is missing, or a point is at or below 0.

    Examples
    --------
    >>> laser = 1e7 / 12500  # 800 nm
    >>> convert_axis([500.0, 2500.0], ("raman_shift", "cm-1"), ("wavenumber", "cm-1"), laser)
    array([12000., 10000.])
    """
    values = _vector(x)
    if have == want:
        return values
    if "unknown" in (have[0], want[0]):
        raise InputError(
            "what its x is remains unknown, so it cannot be converted.",
            file=file or None,
            hint="Say what x is (--x-quantity).",
        )
    if (have[0] == "raman_shift") != (want[0] == "raman_shift") and laser_nm is None:
        raise InputError(
            f"{have[0].replace('_', ' ')} becomes {want[0].replace('_', ' ')} only where the "
            "laser's wavelength is known.",
            file=file or None,
            hint="Give it in nm (--laser 785).",
        )
    absolute = values
    if have[0] == "raman_shift" and want[0] != "raman_shift":
        assert laser_nm is not None
        absolute = 1e7 / laser_nm - values
    elif have[0] == "wavelength":
        length = values * 1000.0 if have[1] == "um" else values
        if want[0] == "wavelength":
            return length / 1000.0 if want[1] == "um" else length
        absolute = 1e7 / np.where(length > 0, length, np.nan)
    if want[0] == "wavelength":
        absolute = 1e7 / np.where(absolute > 0, absolute, np.nan)
        absolute = absolute / 1000.0 if want[1] == "um" else absolute
    elif want[0] == "raman_shift":
        assert laser_nm is not None
        absolute = 1e7 / laser_nm - absolute
    if not np.isfinite(absolute).all():
        raise InputError(
            f"{int(np.count_nonzero(~np.isfinite(absolute)))} points of x at or below 0 have no "
            f"{want[0].replace('_', ' ')}.",
            file=file or None,
            hint="Leave these points out, or compare along the file's own axis.",
        )
    return absolute


def convert_kind(y: ArrayLike, have: YKind, want: YKind, *, file: str = "") -> Vector:
    """Turn values of one kind into another where both tell of one quantity.

    A = -log10(T); log(1/R) = -log10(R); Kubelka-Munk f(R) = (1 - R)^2 / 2R, from which
    R = 1 + f - sqrt(f^2 + 2f); P. Kubelka and F. Munk, Z. tech. Phys. 12, 593 (1931).

    Examples
    --------
    >>> convert_kind([0.0, 1.0], "absorbance", "percent_transmittance")
    array([100.,  10.])
    >>> convert_kind([0.5, 0.1], "reflectance", "kubelka_munk")
    array([0.25, 4.05])
    """
    values = _vector(y)
    if have == want:
        return values
    if not convertible(have, want):
        raise InputError(
            f"{Y_LABELS[have][0].lower()} ({have}) cannot be turned into {want}.",
            file=file or None,
            hint="Compare spectra of one kind, or say what the file holds with its y kind.",
        )
    if have in _PERCENT:
        values = values / 100.0
    elif have in ("absorbance", "log_inverse_reflectance"):
        values = 10.0 ** (-values)
    elif have == "kubelka_munk":
        seen = np.where(values >= 0, values, np.nan)
        values = 1.0 + seen - np.sqrt(seen**2 + 2.0 * seen)
    if want in _PERCENT:
        return values * 100.0
    if want in ("absorbance", "log_inverse_reflectance"):
        return -np.log10(np.where(values > 0, values, np.nan)) + 0.0
    if want == "kubelka_munk":
        light = np.where(values > 0, values, np.nan)
        return (1.0 - light) ** 2 / (2.0 * light)
    return values


def convertible(have: YKind, want: YKind) -> bool:
    """Whether values of one kind can be turned into another."""
    return have == want or any(have in group and want in group for group in (_LIGHT, _BACK))


def _vector(values: ArrayLike) -> Vector:
    view = np.ascontiguousarray(values, dtype=np.float64).reshape(-1).view()
    view.flags.writeable = False
    return view
