"""What to believe instead of a file's own metadata, where those are wrong or absent.

An override sets attributes of variables, in ISTP's own language and a few words more:

``LOW_VAR``, ``HIGH_VAR``
    The variables that hold the lower and upper bound of an axis or of a record's time.
``WIDTH_VAR``
    The variable that holds the full width of the bins of an axis; the values are their middle.
``BIN_SECONDS``, ``BIN_ANCHOR``
    How long a record lasts, and whether its time is the "start", "center" or "end" of that.
``QUALITY_VAR``, ``QUALITY_GOOD``
    A variable by record, and the value that it has for good records; others are missing.
``FLAG_VAR``
    A variable by record that is 0 for good records; others are missing.
``WEIGHT_VAR``
    A variable of the shape of the data: the weights of a mean over angles.
``SKIP_FIRST``
    How many of the first bins of an axis hold no measurement.
``ROLE``
    What an axis is: energy, pitch_angle, angle, frequency or other.

The value "" takes an attribute away. Users add their own overrides in a TOML or YAML file::

    [[override]]
    file = "xy_l2_*.cdf"         # the file's name; * and ? as in a shell
    variable = "flux_*"
    why = "the file names a variable that it does not hold"
    set = { DEPEND_1 = "energy_bins", UNITS = "keV" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from figmill.config.paths import missing
from figmill.errors import ConfigError
from figmill.read.cdf.file import AttributeValue


@dataclass(frozen=True, slots=True)
class Override:
    """Attributes to set on the variables that match.

    Attributes
    ----------
    file, variable
        Patterns for the file's name (any case) and the variable's name.
    set
        The attributes; "" takes one away.
    why
        What is wrong in the file: shown beside the figure's provenance.
    """

    file: str
    variable: str
    set: Mapping[str, AttributeValue] = field(default_factory=dict)
    why: str = ""

    def matches(self, file: str, variable: str) -> bool:
        """Whether it holds for this variable of this file."""
        return self.matches_file(file) and self.matches_variable(variable)

    def matches_file(self, file: str) -> bool:
        """Whether it holds for variables of a file of this name."""
        return fnmatchcase(file.lower(), self.file.lower())

    def matches_variable(self, variable: str) -> bool:
        """Whether it holds for variables of this name, in the files that it holds for."""
        return fnmatchcase(variable, self.variable)


_ELFIN = "el[ab]_l2_epd*.cdf"
_FAST = "fa_esa_l2_*.cdf"
_FAST_VIRTUAL = "DEPEND_1 and DEPEND_2 name virtual variables, which hold no records"
_FAST_AXES: Mapping[str, AttributeValue] = {
    **{"DEPEND_1": "pitch_angle", "DEPEND_2": "energy_full"},
    **{"QUALITY_VAR": "valid", "QUALITY_GOOD": 1, "FLAG_VAR": "data_quality"},
    "WEIGHT_VAR": "domega",
}
_WIND = "wi_pl?p_3dp_*.cdf"
_WIND_BARE = "the file has no attributes"
_SIS = "ac_h[0-9]_sis_*.cdf"

BUILTIN: tuple[Override, ...] = (
    *(Override(_FAST, name, _FAST_AXES, why=_FAST_VIRTUAL) for name in ("eflux", "data")),
    Override(_FAST, "eflux", {"UNITS": "eV/(cm^2 s sr eV)"}, why="its unit lacks cm^2 and eV"),
    Override(_FAST, "data", {"VAR_TYPE": "support_data"}, why="it is the telemetry byte"),
    *(
        Override(_FAST, name, {"VAR_TYPE": "support_data"}, why="it describes the bins of eflux")
        for name in ("energy_full", "denergy_full", "pitch_angle", "domega")
    ),
    Override(_FAST, "energy_full", {"SKIP_FIRST": 1}, why="the first step is high-voltage retrace"),
    Override(
        _FAST, "energy_full", {"WIDTH_VAR": "denergy_full"}, why="no attribute names its widths"
    ),
    Override(
        _FAST,
        "epoch",
        {"LOW_VAR": "time_start", "HIGH_VAR": "time_end"},
        why="the bounds of each record are in variables that no attribute names",
    ),
    Override(
        _ELFIN,
        "*_epa_spec",
        {
            "UNITS": "deg",
            "ROLE": "pitch_angle",
            "LABLAXIS": "Pitch angle",
            "VAR_TYPE": "support_data",
            "VALIDMIN": "",
            "VALIDMAX": "",
        },
        why="its unit, label and limits are those of the flux; it holds pitch angles",
    ),
    *(
        Override(
            _ELFIN,
            f"{stem}_energies_mean",
            {"LOW_VAR": f"{stem}_energies_min", "HIGH_VAR": f"{stem}_energies_max"}
            | {"LABLAXIS": "Energy", "SCALETYP": "log"},
            why="the true bounds of the channels are in variables that no attribute names",
        )
        for stem in ("ela_pef", "elb_pef", "ela_pif", "elb_pif")
    ),
    Override(_ELFIN, "*_eflux", {"VALIDMAX": ""}, why="its VALIDMAX (1e6) lies below real fluxes"),
    Override(
        _ELFIN,
        "*_dfovf",
        {"VAR_TYPE": "support_data"},
        why="it is the relative error of the flux",
    ),
    Override(
        _WIND,
        "FLUX",
        {"DEPEND_0": "TIME", "DEPEND_1": "ENERGY", "VAR_TYPE": "data", "SCALETYP": "log"}
        | {"DISPLAY_TYPE": "spectrogram", "LABLAXIS": "Flux", "UNITS": "1/(cm^2 s sr eV)"},
        why=_WIND_BARE,
    ),
    Override(
        _WIND,
        "ENERGY",
        {"DEPEND_0": "TIME", "UNITS": "eV", "LABLAXIS": "Energy", "SCALETYP": "log"}
        | {"VAR_TYPE": "support_data"},
        why=_WIND_BARE,
    ),
    Override(_WIND, "TIME", {"UNITS": "seconds since 1970-01-01"}, why=_WIND_BARE),
    Override(
        _SIS,
        "Epoch",
        {"DELTA_PLUS_VAR": "", "DELTA_MINUS_VAR": "", "BIN_SECONDS": 3600, "BIN_ANCHOR": "start"},
        why="its time is the beginning of an hour, and its Delta_time is not in the file",
    ),
    Override(
        _SIS,
        "cnt_*",
        {"VAR_TYPE": "support_data"},
        why="counts behind the intensities, which are what the file is for",
    ),
)
"""Overrides for public files whose metadata are known to be wrong."""


def read_overrides(path: Path) -> tuple[Override, ...]:
    """Read overrides from a TOML or YAML file; see the module's description.

    Raises
    ------
    ConfigError
        If the file cannot be read, or an entry is not understood.
    """
    content = _parse(path)
    entries = content.get("override") if isinstance(content, Mapping) else None
    if not isinstance(entries, list):
        raise ConfigError(
            "There is no list named 'override'.",
            file=path,
            hint="Begin each entry with [[override]] (TOML), or list them under override: (YAML).",
        )
    return tuple(_entry(path, number, entry) for number, entry in enumerate(entries, start=1))


def _parse(path: Path) -> Any:
    if path.suffix.lower() != ".toml":
        from figmill.config.yaml_file import load

        return load(path).data
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise missing(path, "file of corrections") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The overrides cannot be read ({error}).", file=path, hint="Check the path."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"It is not TOML ({error}).", file=path, hint="Correct it.") from error


def _entry(path: Path, number: int, entry: Any) -> Override:
    place = f"override {number}"
    if not isinstance(entry, Mapping) or not {"file", "variable", "set"} <= entry.keys():
        raise ConfigError(
            "An override needs file, variable and set.", file=path, place=place, hint="Add them."
        )
    unknown = entry.keys() - {"file", "variable", "set", "why"}
    if unknown or not isinstance(entry["set"], Mapping):
        raise ConfigError(
            f"It has {', '.join(sorted(map(str, unknown))) or 'a set that is not a table'}.",
            file=path,
            place=place,
            hint="Use file, variable, set (a table of attributes) and why.",
        )
    return Override(
        file=str(entry["file"]),
        variable=str(entry["variable"]),
        set={str(key): _value(value) for key, value in entry["set"].items()},
        why=str(entry.get("why", "")),
    )


def _value(value: Any) -> AttributeValue:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Iterable):
        return tuple(float(item) for item in value)
    return str(value)
