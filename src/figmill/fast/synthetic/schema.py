"""Variables of a FAST ESA level 2 file and of an orbit file: names, types, attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FILL = -1e31
"""Fill value of floating-point variables; as float32 it is -9.9999998e30."""

_TIME_SPAN = (840586000.0, 1241140000.0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable: CDF type, unit, label and what else its attributes need."""

    type: str
    unit: str
    label: str
    kind: str = "support_data"
    scale: str = "linear"
    valid: tuple[float, float] | None = None
    depends: tuple[str, ...] = ()
    display: str = "time_series"
    virtual: str = ""
    fill: float | None = None


_MEDIANS = ("pitch_angle_median", "energy_median")
_GRAM = "plasmagram>xx=pitch_angle,yy=energy_full,zz="

BY_RECORD: Mapping[str, Entry] = {
    "epoch": Entry("CDF_EPOCH", "sec", "CDF_EPOCH"),
    "time_unix": Entry("CDF_DOUBLE", "sec", "Unix Time", valid=_TIME_SPAN),
    "time_start": Entry("CDF_DOUBLE", "sec", "Interval start time (unix)", valid=_TIME_SPAN),
    "time_end": Entry("CDF_DOUBLE", "sec", "Interval end time (unix)", valid=_TIME_SPAN),
    "time_delta": Entry("CDF_DOUBLE", "sec", "Averaging time"),
    "time_integ": Entry("CDF_DOUBLE", "sec", "Integration time"),
    "valid": Entry("CDF_INT2", "None", "Valid flag", "data", valid=(-32767, 32767)),
    "data_quality": Entry("CDF_UINT1", "None", "Quality flag", "data", valid=(0, 255)),
    "nbins": Entry("CDF_UINT1", "None", "Number of bins", "data", valid=(0, 255)),
    "nenergy": Entry("CDF_UINT1", "None", "Number of energies", "data", valid=(0, 255)),
    "geom_factor": Entry("CDF_FLOAT", "None", "Geometric Factor", "data"),
    "gf_ind": Entry("CDF_INT2", "None", "GF index", "data", valid=(-32767, 32767)),
    "bins_ind": Entry("CDF_INT2", "None", "Bins index", valid=(-32767, 32767)),
    "mode_ind": Entry("CDF_UINT1", "None", "Mode index", "data", valid=(0, 255)),
    "theta_shift": Entry("CDF_FLOAT", "degrees", "Angular shift", "data", valid=(-400, 400)),
    "theta_max": Entry("CDF_FLOAT", "degrees", "Angular max", "data", valid=(-400, 400)),
    "theta_min": Entry("CDF_FLOAT", "degrees", "Angular min", "data", valid=(-400, 400)),
    "bkg": Entry("CDF_FLOAT", "None", "Background counts", "data"),
    "sc_pot": Entry("CDF_FLOAT", "volts", "Spacecraft potential", "data"),
    "data": Entry(
        "CDF_UINT1", "Counts", "Raw Counts", "data", "log", (0, 255), _MEDIANS, _GRAM + "data"
    ),
    "eflux": Entry(
        *("CDF_FLOAT", "eV/sr/sec", "Energy flux", "data", "log"),
        (0.0, 1e10),
        _MEDIANS,
        _GRAM + "eflux",
    ),
    "energy_full": Entry("CDF_FLOAT", "eV", "Energy", "data", "log", None, _MEDIANS),
    "denergy_full": Entry("CDF_FLOAT", "eV", "DEnergy", "data", "log", None, _MEDIANS),
    "pitch_angle": Entry(
        "CDF_FLOAT", "degrees", "Pitch Angle", "data", "linear", (0.0, 360.0), _MEDIANS
    ),
    "domega": Entry("CDF_FLOAT", "ster", "DOmega", "data", "linear", None, _MEDIANS),
}
"""Variables with a value for each record; the last six have one for each angle and energy too."""

VIRTUAL: Mapping[str, tuple[Entry, tuple[int, ...]]] = {
    "eflux_movie": (
        Entry(
            *("CDF_FLOAT", "eV/sr/sec", "Energy flux", "data", "log"),
            (0.0, 1e10),
            _MEDIANS,
            "plasma_movie>xx=pitch_angle,yy=energy_full,zz=eflux_movie",
            "alternate_view",
        ),
        (64, 96),
    ),
    "pitch_angle_median": (
        Entry(
            *("CDF_FLOAT", "degrees", "Median Pitch Angle", "data", "linear"),
            (-360.0, 360.0),
            ("compno_64",),
            "stack_plot",
            "arr_slice",
        ),
        (64,),
    ),
    "energy_median": (
        Entry(
            *("CDF_FLOAT", "eV", "Median Energy", "data", "log"),
            (0.0, 2e5),
            ("compno_96",),
            "stack_plot",
            "arr_slice",
        ),
        (96,),
    ),
}
"""Variables that software outside the file computes: they are described and hold no records."""

CONSTANT: Mapping[str, Entry] = {
    "energy": Entry("CDF_FLOAT", "eV", "energy", "metadata"),
    "denergy": Entry("CDF_FLOAT", "eV", "denergy", "metadata"),
    "theta": Entry("CDF_FLOAT", "Degrees", "theta", "metadata", valid=(0.0, 360.0)),
    "dtheta": Entry("CDF_FLOAT", "Degrees", "dtheta", "metadata", valid=(0.0, 360.0)),
    "eff": Entry("CDF_FLOAT", "NA", "eff", "metadata"),
    "gf": Entry("CDF_FLOAT", "NA", "gf", "metadata"),
    "bkg_arr": Entry("CDF_FLOAT", "NA", "bkg_arr", "metadata"),
    "bins": Entry("CDF_UINT1", "NA", "bins", "metadata", valid=(0, 255)),
    "dead": Entry("CDF_FLOAT", "NA", "dead", "metadata"),
    "mass": Entry("CDF_FLOAT", "NA", "mass", "metadata"),
    "charge": Entry("CDF_INT2", "NA", "charge", "metadata", valid=(-32767, 32767)),
    "num_dists": Entry("CDF_INT4", "NA", "num_dists", "metadata"),
    "orbit_start": Entry("CDF_INT4", "NA", "orbit_start", "metadata"),
    "orbit_end": Entry("CDF_INT4", "NA", "orbit_end", "metadata"),
    "compno_96": Entry("CDF_INT2", "", "Energy Bin No", "metadata", valid=(0, 255), fill=0),
    "compno_64": Entry("CDF_INT2", "", "PA Bin No", "metadata", valid=(0, 255), fill=0),
}
"""Tables and numbers that hold for the whole file."""

ORBIT: Mapping[str, Entry] = {
    "Epoch": Entry("CDF_EPOCH", "ms", "Epoch"),
    "unix_time": Entry("CDF_DOUBLE", "sec", "Unix Time", valid=_TIME_SPAN),
    "orbit": Entry("CDF_INT4", "None", "Orbit", "data", valid=(0, 100000)),
    "alt": Entry("CDF_FLOAT", "km", "ALT", "data", valid=(0.0, 10000.0)),
    "flat": Entry("CDF_FLOAT", "deg", "Footprint Lat", "data", valid=(-90.0, 90.0)),
    "flng": Entry("CDF_FLOAT", "deg", "Footprint Lng", "data", valid=(-180.0, 360.0)),
    "mlt": Entry("CDF_FLOAT", "hr", "MLT", "data", valid=(0.0, 24.0)),
    "ilat": Entry("CDF_FLOAT", "deg", "ILAT", "data", valid=(-90.0, 90.0)),
}
"""Variables of an orbit file, one value for each record."""

_FILLS: Mapping[str, float] = {
    **{"CDF_UINT1": 255, "CDF_INT2": -32768, "CDF_INT4": -2147483648},
    **{"CDF_FLOAT": FILL, "CDF_DOUBLE": FILL, "CDF_EPOCH": FILL},
}


def attributes(name: str, entry: Entry, time: str = "epoch") -> dict[str, Any]:
    """List the attributes of a variable, numbers in the type of the variable.

    Parameters
    ----------
    name
        The variable.
    entry
        Its entry.
    time
        The variable that holds the time of each record, or "" for a constant.
    """
    found: dict[str, Any] = {
        "CATDESC": f"{entry.label} (made by program)",
        "FIELDNAM": entry.label,
        "VAR_TYPE": entry.kind,
        "LABLAXIS": entry.label,
        "SCALETYP": entry.scale,
    }
    if entry.unit:
        found["UNITS"] = entry.unit
    if time:
        found["DISPLAY_TYPE"] = entry.display
        found["DEPEND_0"] = time
        found["DEPEND_TIME"] = "unix_time" if time == "Epoch" else "time_unix"
    for number, axis in enumerate(entry.depends, start=1):
        found[f"DEPEND_{number}"] = axis
    if entry.virtual:
        found |= {"VIRTUAL": "true", "FUNCT": entry.virtual, "COMPONENT_0": name.partition("_")[0]}
    found["FILLVAL"] = _FILLS[entry.type] if entry.fill is None else entry.fill
    if entry.valid is not None:
        found["VALIDMIN"], found["VALIDMAX"] = entry.valid
    return found


GLOBAL: Mapping[str, str] = {
    "Project": "FAST",
    "Source_name": "FAST>Fast Auroral SnapshoT Explorer",
    "Discipline": "Space Physics>Magnetospheric Science",
    "Descriptor": "FA_ESA>Electrostatic Analyzer",
    "Instrument_type": "Particles (space)",
    "Mission_group": "FAST",
    "TEXT": "Synthetic data, made by program for demonstration and tests; no measurement.",
    "Generated_by": "figmill",
}
"""Global attributes of every file."""
