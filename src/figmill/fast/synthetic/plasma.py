"""The plasma of the demo: what a FAST-like satellite meets on a pass over the auroral zone.

Energy fluxes are differential directional, in eV/(cm^2 s sr eV). Amplitudes and temperatures are
those of textbooks (Paschmann, Haaland and Treumann, "Auroral Plasma Physics", chapters 3 and 4):
a plasma sheet of about 1 keV, an inverted-V of some keV and 1e9, a soft cusp, an empty upgoing
loss cone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Float64 = npt.NDArray[np.float64]

ORBIT_PERIOD_S = 7980.0
_CLOSEST_COLATITUDE = np.radians(6.0)
_TRACK_TURN_HOURS = 1.3
_LOSS_CONE_DEG = 30.0
_POLAR_CAP_ILAT = 78.0
_AURORAL_ILAT = 63.0


@dataclass(frozen=True, slots=True)
class InvertedV:
    """An electron arc whose peak energy rises to a maximum and falls again, as a parabola.

    Attributes
    ----------
    start, end
        UNIX seconds.
    peak_energy
        In the middle of it, eV.
    """

    start: float
    end: float
    peak_energy: float

    def energy_at(self, times: npt.ArrayLike) -> Float64:
        """Return the peak energy (eV) at these UNIX times; NaN outside the arc."""
        at = np.asarray(times, dtype=np.float64)
        place = (2.0 * at - self.start - self.end) / (self.end - self.start)
        return np.where(np.abs(place) < 1, self.peak_energy * (1.0 - place**2), np.nan)


@dataclass(frozen=True, slots=True)
class CuspDispersion:
    """Ions whose energy falls with latitude in the cusp, exponentially in time.

    Attributes
    ----------
    start, end
        UNIX seconds.
    first_energy, last_energy
        Peak energy at the start and at the end, eV.
    """

    start: float
    end: float
    first_energy: float
    last_energy: float

    def energy_at(self, times: npt.ArrayLike) -> Float64:
        """Return the peak energy (eV) at these UNIX times; NaN outside the cusp."""
        at = np.asarray(times, dtype=np.float64)
        place = (at - self.start) / (self.end - self.start)
        energy = self.first_energy * (self.last_energy / self.first_energy) ** place
        return np.where((place >= 0) & (place <= 1), energy, np.nan)


@dataclass(frozen=True, slots=True)
class Beam:
    """A narrow beam put into some records, so that tests know where the brightest cell must be.

    Attributes
    ----------
    first, last
        The records, both included.
    mode
        The instrument's mode in them.
    energy, pitch_angle
        eV and degrees (0 to 180; the beam is symmetric about the field).
    """

    first: int
    last: int
    mode: int
    energy: float
    pitch_angle: float


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the northern pole.

    Attributes
    ----------
    center
        UNIX seconds of the highest latitude.
    arc, cusp
        What is met before and after it.
    """

    center: float
    arc: InvertedV
    cusp: CuspDispersion

    def place(self, times: npt.ArrayLike) -> tuple[Float64, Float64]:
        """Return the invariant latitude (degrees) and magnetic local time (hours, 0 to 24)."""
        phase = 2 * np.pi * (np.asarray(times, dtype=np.float64) - self.center) / ORBIT_PERIOD_S
        up = np.cos(phase) * np.cos(_CLOSEST_COLATITUDE)
        dawn = np.cos(phase) * np.sin(_CLOSEST_COLATITUDE)
        noon = np.sin(phase)
        latitude = np.degrees(np.arcsin(up))
        hours = 12.0 + np.arctan2(-dawn, noon) * 12.0 / np.pi - _TRACK_TURN_HOURS
        return latitude, np.mod(hours, 24.0)

    def altitude(self, times: npt.ArrayLike) -> Float64:
        """Return the altitude (km), between 350 and 4175."""
        phase = 2 * np.pi * (np.asarray(times, dtype=np.float64) - self.center) / ORBIT_PERIOD_S
        height: Float64 = 2262.5 + 1912.5 * np.cos(phase - 0.35)
        return height

    def midnight(self) -> float:
        """Return the UNIX time at which the magnetic local time passes 24."""
        times = self.center + np.linspace(-0.2, 0.0, 20001) * ORBIT_PERIOD_S
        hours = self.place(times)[1]
        return float(times[1 + int(np.flatnonzero(np.diff(hours) < -12)[0])])


def pass_at(center: float, strength: float = 1.0) -> Pass:
    """Make a pass with its arc 420 s before the pole and its cusp 360 s behind it.

    Parameters
    ----------
    center
        UNIX seconds of the highest latitude.
    strength
        Scales the energies of arc and cusp.
    """
    return Pass(
        center=center,
        arc=InvertedV(center - 510.0, center - 330.0, 6000.0 * strength),
        cusp=CuspDispersion(center + 360.0, center + 560.0, 3000.0 * strength, 150.0 * strength),
    )


def electron_flux(where: Pass, times: Float64, energy: Float64, pitch: Float64) -> Float64:
    """Return the energy flux of electrons.

    Parameters
    ----------
    where
        The pass.
    times
        UNIX seconds, shape (n,).
    energy
        eV, shape (m,).
    pitch
        Pitch angles in degrees, 0 to 360, shape (n, k, m).

    Returns
    -------
    ndarray
        Shape (n, k, m), eV/(cm^2 s sr eV).
    """
    latitude = where.place(times)[0][:, None, None]
    e = energy[None, None, :]
    angle = _folded(pitch)
    auroral = _between(latitude, _AURORAL_ILAT, _POLAR_CAP_ILAT)
    sheet = 2e7 * auroral * _maxwellian(e, 1200.0)
    rain = 1e6 * _maxwellian(e, 120.0)
    photo = 3e6 * (e / 10.0) ** -1.2 * np.exp(-e / 60.0)
    loss = 1.0 - 0.93 / (1.0 + np.exp((180.0 - _LOSS_CONE_DEG - angle) / 3.0))
    flux = (sheet + rain) * loss + photo
    peak = where.arc.energy_at(times)[:, None, None]
    inside = np.isfinite(peak)
    if inside.any():
        top = np.where(inside, np.maximum(peak, 20.0), 20.0)
        beam = 1.2e9 * np.exp(-0.5 * (np.log(e / top) / 0.16) ** 2)
        below = 3e7 * (e / top) ** -0.3 / (1.0 + np.exp((np.log(e / top)) / 0.05))
        flux = flux + np.where(inside, (beam + below) * loss, 0.0)
    cusp = np.isfinite(where.cusp.energy_at(times))[:, None, None]
    flux = flux + np.where(cusp, 2e8 * _maxwellian(e, 70.0) * loss, 0.0)
    return np.asarray(flux, dtype=np.float64)


def ion_flux(where: Pass, times: Float64, energy: Float64, pitch: Float64) -> Float64:
    """Return the energy flux of ions; parameters as for `electron_flux`."""
    latitude = where.place(times)[0][:, None, None]
    e = energy[None, None, :]
    angle = _folded(pitch)
    auroral = _between(latitude, _AURORAL_ILAT, _POLAR_CAP_ILAT)
    loss = 1.0 - 0.9 / (1.0 + np.exp((180.0 - _LOSS_CONE_DEG - angle) / 3.0))
    sheet = 4e6 * auroral * _maxwellian(e, 5000.0) * loss
    conic = 3e6 * auroral * np.exp(-e / 40.0) * np.exp(-0.5 * ((angle - 125.0) / 12.0) ** 2)
    flux = sheet + conic + 2e4
    peak = where.cusp.energy_at(times)[:, None, None]
    inside = np.isfinite(peak)
    if inside.any():
        top = np.where(inside, peak, 1.0)
        cusp = 4e7 * np.exp(-0.5 * (np.log(e / top) / 0.3) ** 2) * loss
        flux = flux + np.where(inside, cusp, 0.0)
    return np.asarray(flux, dtype=np.float64)


def beam_flux(beam: Beam, energy: Float64, pitch: Float64) -> Float64:
    """Return the energy flux of a beam: parameters as for `electron_flux`."""
    away = _folded(pitch) - beam.pitch_angle
    narrow = np.exp(-0.5 * (np.log(energy[None, None, :] / beam.energy) / 0.05) ** 2)
    flux: Float64 = 1e9 * narrow * np.exp(-0.5 * (away / 8.0) ** 2)
    return flux


def _folded(pitch: Float64) -> Float64:
    """Fold 0 to 360 degrees onto 0 to 180: both sides of the field see the same."""
    folded: Float64 = 180.0 - np.abs(180.0 - np.mod(pitch, 360.0))
    return folded


def _maxwellian(energy: Float64, temperature: float) -> Float64:
    """Return the energy flux of a Maxwellian, scaled to 1 at its peak, at twice its temperature."""
    x = energy / temperature
    flux: Float64 = 0.25 * x**2 * np.exp(2.0 - x)
    return flux


def _between(latitude: Float64, low: float, high: float) -> Float64:
    edge = 0.7
    inside: Float64 = 1.0 / (1.0 + np.exp((low - latitude) / edge))
    return inside / (1.0 + np.exp((latitude - high) / edge))
