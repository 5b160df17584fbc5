"""What tells the curves of a figure apart, and how it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from figmill.chip.runs import RunInfo
from figmill.chip.units import number, sized
from figmill.errors import ConfigError

ALIASES: dict[str, tuple[str, ...]] = {
    "wavelength": ("wl", "lambda"),
    "vg": ("gate", "vgs"),
    "laser_voltage": ("led", "laser", "led_voltage"),
    "irradiated_power": ("pow", "power", "led_power"),
    "datetime": ("date", "time", "dt"),
}
TITLES = {
    "wavelength": "Wavelength",
    "vg": "Gate voltage",
    "laser_voltage": "Laser voltage",
    "irradiated_power": "Irradiated power",
    "datetime": "Start",
}


def legend_name(asked: object) -> str:
    """The one name of a legend, from any of its aliases.

    Raises
    ------
    figmill.errors.ConfigError
        There is no such legend; the message lists those there are.

    Examples
    --------
    >>> legend_name("pow")
    'irradiated_power'
    """
    for name, others in ALIASES.items():
        if isinstance(asked, str) and asked.strip().lower() in (name, *others):
            return name
    listed = "; ".join(f"{name} ({', '.join(others)})" for name, others in ALIASES.items())
    raise ConfigError(
        f"There is no legend by {asked!r}.", place="legend_by", hint=f"Use one of: {listed}."
    )


def labels(runs: Sequence[RunInfo], by: str) -> list[str]:
    """A label for each run; where two are alike, their numbers tell them apart.

    Examples
    --------
    >>> run = RunInfo(52, "a", "It", 0.0, "2025-10-14 15:03:12", True, 365.0)
    >>> labels([run], "wavelength"), labels([run], "datetime")
    (['365 nm'], ['2025-10-14 15:03'])
    """
    plain = [_LABELS[by](run) for run in runs]
    alike = Counter(plain)
    return [
        f"{text} (#{run.seq})" if alike[text] > 1 else text
        for text, run in zip(plain, runs, strict=True)
    ]


def _wavelength(run: RunInfo) -> str:
    if not run.has_light or not run.wavelength_nm:
        return "dark"
    return f"{number(run.wavelength_nm, 4)} nm"


def _gate(run: RunInfo) -> str:
    return "no gate voltage" if run.vg_fixed_v is None else _volts(run.vg_fixed_v)


def _laser(run: RunInfo) -> str:
    return _volts(run.laser_voltage_v) if run.has_light and run.laser_voltage_v else "dark"


def _power(run: RunInfo) -> str:
    if not run.has_light:
        return "dark"
    if run.irradiated_power_w is None:
        return f"laser at {_laser(run)}"
    return sized(run.irradiated_power_w, "W", zeros=True)


def _datetime(run: RunInfo) -> str:
    return run.datetime_local[:16]


def _volts(value: float) -> str:
    return f"{number(value)} V"


_LABELS: dict[str, Callable[[RunInfo], str]] = {
    "wavelength": _wavelength,
    "vg": _gate,
    "laser_voltage": _laser,
    "irradiated_power": _power,
    "datetime": _datetime,
}
