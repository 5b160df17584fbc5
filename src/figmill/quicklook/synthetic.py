"""Demo data: files of a made-up spacecraft that follow the ISTP guidelines, with a known truth.

A spacecraft crosses the magnetopause: hot, thin plasma before, cold, dense plasma after, each a
Maxwellian. Then ions of an injection arrive, the fast ones first: those of energy E at the time
``arrival + PATH_M / v(E)``. Every count is Poisson; the same arguments give the same values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from figmill.extras import need
from figmill.recipes.demo import unwritten

Float64 = npt.NDArray[np.float64]

INSTRUMENTS = ("electrons", "ions")
RECORDS, STEP_S = 600, 12.0
GAP = (400, 425)
"""Records that no file has: a gap in time."""
CROSSING_S = 2100.0
ARRIVAL_S = 3600.0
PATH_M = 6.371e8
"""100 Earth radii: from where the injection comes."""
ENERGY_EV: Float64 = np.geomspace(10.0, 30_000.0, 32)
PITCH_DEG: Float64 = np.arange(11.25, 180.0, 22.5)

_FIRST_DAY = datetime(2015, 3, 17, 4, tzinfo=UTC)
_FILL = -1e31
_MASS_KG = {"electrons": 9.1093837e-31, "ions": 1.67262192e-27}
_EV_J = 1.602176634e-19
_HOT_EV = {"electrons": 700.0, "ions": 4000.0}
_COLD_EV = {"electrons": 60.0, "ions": 350.0}
_COUNTS = 4e-3  # per unit of energy flux, at the peak some hundred


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What was put into one file.

    Attributes
    ----------
    path, instrument
        The file.
    times
        Shape (n,): the middle of each record, in seconds since 1970.
    flux
        Shape (n, 8, 32): what was counted, by pitch angle and energy, before the noise.
    """

    path: Path
    instrument: str
    times: Float64
    flux: Float64


def arrival_s(energy: Float64) -> Float64:
    """When injected ions of an energy arrive, in seconds after the start of the file.

    Parameters
    ----------
    energy
        In eV.

    Returns
    -------
    numpy.ndarray
        ``ARRIVAL_S + PATH_M / v``, with the speed of a proton of that energy.
    """
    speed = np.sqrt(2.0 * energy * _EV_J / _MASS_KG["ions"])
    return ARRIVAL_S + PATH_M / speed


def write_files(folder: Path, days: int = 2, seed: int = 1) -> list[Truth]:
    """Write a file a day of each instrument.

    Parameters
    ----------
    folder
        Where to; made if missing.
    days
        How many days, from 2015-03-17 on.
    seed
        Of the noise.

    Returns
    -------
    list of Truth
        What each file holds.

    Raises
    ------
    figmill.errors.MissingExtraError
        pycdfpp is not installed.
    figmill.errors.OutputError
        A file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    made = []
    for day in range(days):
        start = _FIRST_DAY.timestamp() + 86400.0 * day
        for number, instrument in enumerate(INSTRUMENTS):
            kept = np.r_[0 : GAP[0], GAP[1] : RECORDS]
            seconds = (kept + 0.5) * STEP_S
            flux = _flux(instrument, seconds)
            stamp = datetime.fromtimestamp(start, UTC).strftime("%Y%m%d")
            path = folder / f"demo_{instrument}_{stamp}_v01.cdf"
            noise = np.random.default_rng((seed, day, number))
            counted = noise.poisson(flux * _COUNTS) / _COUNTS
            truth = Truth(path, instrument, start + seconds, flux)
            _save(truth, counted.astype(np.float32))
            made.append(truth)
    return made


def _flux(instrument: str, seconds: Float64) -> Float64:
    """Differential energy flux by record, pitch angle and energy, in eV/(cm^2 s sr eV)."""
    hot = _maxwellian(_HOT_EV[instrument], 2e4)
    cold = _maxwellian(_COLD_EV[instrument], 2e5)
    inside = 0.5 * (1.0 - np.tanh((seconds - CROSSING_S) / 60.0))
    spectrum = inside[:, None] * hot + (1.0 - inside)[:, None] * cold
    flux = np.repeat(spectrum[:, None, :], len(PITCH_DEG), axis=1)
    if instrument == "ions":
        late = (seconds[:, None] - arrival_s(ENERGY_EV)) / 240.0
        beam = 4e5 * np.exp(-0.5 * late**2)
        along = np.exp(-((PITCH_DEG / 40.0) ** 2))
        flux += beam[:, None, :] * along[None, :, None]
    return flux


def _maxwellian(temperature: float, most: float) -> Float64:
    """Energy flux of a Maxwellian, which goes as E^2 exp(-E / T), with its highest value given."""
    scaled = ENERGY_EV / temperature
    shape: Float64 = scaled**2 * np.exp(-scaled) * (most / (4.0 * np.exp(-2.0)))
    return shape


def _save(truth: Truth, flux: npt.NDArray[np.float32]) -> None:
    need("pycdfpp", "fast")
    import pycdfpp

    kinds = pycdfpp.DataType
    cdf = pycdfpp.CDF()
    about = {
        "Project": "Demo>Made by program",
        "Source_name": "DEMO>A spacecraft that never flew",
        "Descriptor": f"{truth.instrument}>Made-up {truth.instrument}",
        "Data_type": "L2>Level 2",
        "Logical_source": f"demo_{truth.instrument}",
    }
    for name, value in about.items():
        cdf.add_attribute(name, [value])
    when = np.round(truth.times * 1e3).astype("datetime64[ms]").astype("datetime64[ns]")
    epoch = cdf.add_variable("Epoch", when, kinds.CDF_TIME_TT2000)
    epoch.add_attribute("VAR_TYPE", "support_data")
    epoch.add_attribute("CATDESC", "Middle of the record")
    for name, values, unit, label in (
        ("Pitch", PITCH_DEG, "deg", "Pitch angle"),
        ("Energy", ENERGY_EV, "eV", "Energy"),
    ):
        axis = cdf.add_variable(name, values[None], kinds.CDF_DOUBLE, is_nrv=True)
        texts = {"VAR_TYPE": "support_data", "UNITS": unit, "LABLAXIS": label}
        if name == "Energy":
            texts["SCALETYP"] = "log"
        for key, text in texts.items():
            axis.add_attribute(key, text)
    data = cdf.add_variable("eflux", flux, kinds.CDF_FLOAT)
    for key, text in {
        "CATDESC": f"Differential energy flux of {truth.instrument}",
        "DEPEND_0": "Epoch",
        "DEPEND_1": "Pitch",
        "DEPEND_2": "Energy",
        "DISPLAY_TYPE": "spectrogram",
        "FIELDNAM": f"{truth.instrument.capitalize()} energy flux",
        "LABLAXIS": f"{truth.instrument.capitalize()}",
        "SCALETYP": "log",
        "UNITS": "eV/(cm!E2!N s sr eV)",
        "VAR_TYPE": "data",
    }.items():
        data.add_attribute(key, text)
    data.add_attribute("FILLVAL", np.array([_FILL], np.float32), kinds.CDF_FLOAT)
    try:
        pycdfpp.save(cdf, str(truth.path))
    except OSError as error:
        raise unwritten(truth.path, error) from error
