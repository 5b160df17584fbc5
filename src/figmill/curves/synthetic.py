"""Made-up transfer and output curves of a lot of transistors, as several instruments write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from figmill.read.tables.model import Vector

THERMAL_V = 0.02585
SLOPE = 1.3
THRESHOLD_V = 0.6
HYSTERESIS_V = 0.05
DRAIN_V = (0.1, 0.5, 1.0)
_GAIN = 2e-5
_NOISE_A = 2e-13


def drain_current(vg: Vector, vd: float, threshold: float) -> Vector:
    """The drain current of a transistor, from weak to strong inversion.

    After C. C. Enz, F. Krummenacher and E. A. Vittoz (1995): the difference of a forward and a
    reverse current, each ``ln(1 + exp(v / 2))`` squared.

    Parameters
    ----------
    vg
        Shape (n,): gate voltages, V.
    vd
        Drain voltage, V.
    threshold
        V.

    Returns
    -------
    ndarray
        Shape (n,), A.
    """
    pinch = (vg - threshold) / SLOPE
    forward = np.log1p(np.exp(pinch / (2 * THERMAL_V))) ** 2
    reverse = np.log1p(np.exp((pinch - vd) / (2 * THERMAL_V))) ** 2
    scale = 2 * SLOPE * _GAIN * THERMAL_V**2
    return np.asarray(scale * (forward - reverse), dtype=np.float64)


def write_lot(folder: Path, wafers: int = 2, devices: int = 4, points: int = 81) -> list[Path]:
    """Write the curves of a lot of transistors.

    Parameters
    ----------
    folder
        Where; made if missing.
    wafers, devices
        How many wafers, and devices of each.
    points
        Of one leg of a sweep.

    Returns
    -------
    list of pathlib.Path
        The files: of every other wafer with semicolons and decimal commas.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(17)
    up = np.linspace(-0.4, 1.2, points)
    vg: Vector = np.round(np.concatenate((up, up[-2::-1])), 6).astype(np.float64)
    back = np.arange(vg.size) >= points
    written: list[Path] = []
    for wafer in range(1, wafers + 1):
        german = wafer % 2 == 0
        for device in range(1, devices + 1):
            threshold = THRESHOLD_V + rng.normal(0, 0.02)
            for vd in DRAIN_V:
                current = np.where(
                    back,
                    drain_current(vg, vd, threshold + HYSTERESIS_V),
                    drain_current(vg, vd, threshold),
                ) + rng.normal(0, _NOISE_A, vg.size)
                gate = rng.normal(3e-13, _NOISE_A, vg.size)
                rows = [
                    ";".join((f"{v:.3f}", f"{a:.5e}", f"{g:.5e}")).replace(".", ",")
                    if german
                    else ",".join((f"{v:.3f}", f"{a:.5e}", f"{g:.5e}"))
                    for v, a, g in zip(vg.tolist(), current.tolist(), gate.tolist(), strict=True)
                ]
                head = [
                    "# Temperature: 300 K",
                    f"# Drain voltage: {vd:g} V",
                    "Gate voltage (V);Drain current (A);Gate current (A)".replace(
                        ";", ";" if german else ","
                    ),
                ]
                path = folder / f"W{wafer}_D{device:02}_{vd:g}V.csv"
                path.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")
                written.append(path)
    return written
