"""Made-up devices: raw files as the laboratory's program writes them, of known truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.read.parquet import write_whole

Vector = NDArray[np.float64]

START = 1_760_000_000.0


@dataclass(frozen=True, slots=True)
class Device:
    """A device whose every number is known.

    Parameters
    ----------
    group, number
        The chip.
    mobility_m2_vs, capacitance_f_m2, length_um, width_um
        Of the channel.
    cnp_v, hysteresis_v
        The charge neutrality point (the mean of both directions), and how far the falling legs
        are above the rising ones.
    residual_v
        Rounds the minimum of the transfer curve.
    step_a_per_w
        Current per irradiated power at the end of a pulse of 60 s.
    rise_s
        Time constant under light (exponential).
    tau_s, beta
        Of the relaxation in the dark (stretched exponential).
    watts_per_volt
        Irradiated power per laser voltage, the same for all wavelengths.
    noise
        Relative noise of currents and voltages.
    """

    group: str = "Demo"
    number: int = 1
    mobility_m2_vs: float = 0.8
    capacitance_f_m2: float = 1.2e-4
    length_um: float = 10.0
    width_um: float = 10.0
    cnp_v: float = -0.3
    hysteresis_v: float = 0.08
    residual_v: float = 0.35
    step_a_per_w: float = -0.03
    rise_s: float = 12.0
    tau_s: float = 15.0
    beta: float = 0.7
    watts_per_volt: float = 5e-6
    noise: float = 2e-5

    def sweep(self, step: float = 0.05) -> Vector:
        """Gate voltages 0, -5, 5, 0."""
        down = np.arange(0, -5, -step)
        up = np.arange(-5, 5, step)
        back = np.arange(5, -step / 2, -step)
        return np.concatenate((down, up, back))

    def conductance(self, vg: Vector) -> Vector:
        """Of the channel in S, with the hysteresis of the direction."""
        rising = np.diff(vg, prepend=vg[0] + 1e-9) > 0
        cnp = self.cnp_v + np.where(rising, -0.5, 0.5) * self.hysteresis_v
        scale = self.mobility_m2_vs * self.capacitance_f_m2 * self.width_um / self.length_um
        conductance: Vector = scale * np.sqrt((vg - cnp) ** 2 + self.residual_v**2)
        return conductance

    def answer(self, t: Vector, watts: float) -> Vector:
        """Current under one pulse from 60 s to 120 s, in A, from the dark current."""
        end = self.step_a_per_w * watts
        grown = (1 - np.exp(-(t - 60) / self.rise_s)) / (1 - np.exp(-60 / self.rise_s))
        relaxed = np.exp(-((np.clip(t - 120, 0, None) / self.tau_s) ** self.beta))
        return np.where(t < 60, 0.0, np.where(t <= 120, end * grown, end * relaxed))


def write_raw(folder: Path, device: Device = Device(), seed: int = 1) -> list[Path]:
    """Write a day of measurements of a device.

    Transfer curves, currents and voltages over time at four powers of two wavelengths, a dark
    run, calibrations.

    Returns
    -------
    list of Path
        The files, in the order of their starts.
    """
    rng = np.random.default_rng(seed)
    clock = START
    files: list[Path] = []
    counts: dict[str, int] = {}

    def write(
        procedure: str, parameters: Mapping[str, str], columns: Mapping[str, Vector], lasts: float
    ) -> None:
        nonlocal clock
        counts[procedure] = counts.get(procedure, 0) + 1
        path = folder / "2025-10-09" / f"{procedure}2025-10-09_{counts[procedure]}.csv"
        calibration = procedure == "LaserCalibration"
        chip = {"Chip group name": device.group, "Chip number": str(device.number)}
        write_results(
            path, procedure, {**({} if calibration else chip), **parameters}, columns, clock
        )
        files.append(path)
        clock += lasts + 5

    def noisy(values: Vector) -> Vector:
        return values * (1 + device.noise * rng.standard_normal(values.size))

    volts = np.round(np.arange(0, 5.01, 0.1), 10)
    for wavelength in (455, 365):
        ramp = {"Laser wavelength": str(wavelength), "Laser voltage end": "5 V"}
        power = {"VL (V)": volts, "Power (W)": device.watts_per_volt * volts}
        write("LaserCalibration", ramp, power, 60)
    sweep = device.sweep()
    swept = {"VG start": "-5 V", "VG end": "5 V", "VG step": "0.05 V"}
    dark = {"Laser wavelength": "455", "Laser voltage": "0 V"}
    for light in (dark, {"Laser wavelength": "455", "Laser voltage": "3 V"}):
        current = noisy(0.1 * device.conductance(sweep))
        columns = {"Vg (V)": sweep, "I (A)": current}
        write("IVg", {"VDS": "0.1 V", **swept, **light}, columns, 60)
    write(
        "VVg",
        {"IDS": "1e-05 A", **swept, **dark},
        {"Vg (V)": sweep, "VDS (V)": noisy(1e-5 / device.conductance(sweep))},
        60,
    )
    t = np.arange(0, 180, 0.0835)
    lit = (t > 60) & (t <= 120)
    for wavelength in (455, 365):
        for volt in (0.8, 1.6, 2.4, 3.2):
            light = {
                "Laser wavelength": str(wavelength),
                "Laser voltage": f"{volt:g} V",
                "Laser ON+OFF period": "120 s",
                "VG": "-0.4 V",
            }
            answer = device.answer(t, device.watts_per_volt * volt)
            current = noisy(1.2e-5 + answer)
            columns = {"t (s)": t, "I (A)": current, "VL (V)": np.where(lit, volt, 0.0)}
            write("It", {"VDS": "0.1 V", **light}, columns, 180)
    for volt in (1.0, 2.0):
        light = {
            "Laser wavelength": "455",
            "Laser voltage": f"{volt:g} V",
            "Laser ON+OFF period": "120 s",
            "VG": "-0.4 V",
        }
        answer = 5e3 * device.answer(t, device.watts_per_volt * volt)
        columns = {"t (s)": t, "VDS (V)": noisy(0.06 + answer), "VL (V)": np.where(lit, volt, 0.0)}
        write("Vt", {"IDS": "1e-05 A", **light}, columns, 180)
    long = np.arange(0, 3600, 0.5)
    relaxing = 1.2e-5 - 2e-7 * np.exp(-((long / (20 * device.tau_s)) ** device.beta))
    night = {**dark, "VDS": "0.1 V", "VG": "-0.4 V"}
    columns = {"t (s)": long, "I (A)": noisy(relaxing), "VL (V)": np.zeros_like(long)}
    write("It", night, columns, 3600)
    return files


def write_results(
    path: Path,
    procedure: str,
    parameters: Mapping[str, str],
    columns: Mapping[str, Vector | Sequence[str]],
    start: float | None = START,
) -> Path:
    """Write a PyMeasure Results file, with CRLF as the laboratory's program does.

    Parameters
    ----------
    path
        The file.
    procedure
        The name of the procedure.
    parameters
        Name and text of each.
    columns
        By their names, with units.
    start
        Seconds since 1970; None writes no start.
    """
    lines = [f"#Procedure: <laser_setup.procedures.{procedure}.{procedure}>", "#Parameters:"]
    lines += [f"#\t{name}: {text}" for name, text in parameters.items()]
    lines.append("#Metadata:")
    if start is not None:
        lines.append(f"#\tStart time: {start!r}")
    lines += ["#Data:", ",".join(columns)]
    texts = [
        [value if isinstance(value, str) else repr(float(value)) for value in values]
        for values in columns.values()
    ]
    lines += map(",".join, zip(*texts, strict=True))
    return write_whole(path, "\r\n".join([*lines, ""]).encode())
