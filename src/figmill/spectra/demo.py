"""The demo of spectra: fuels of known composition, made by program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from figmill.recipes.demo import DemoStep
from figmill.spectra.calibration_recipe import CalibrationRecipe
from figmill.spectra.recipe import SpectraRecipe
from figmill.spectra.spectrum import Vector

ESTER = "ester C=O: 1715-1775"
KNOWN = (0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 10.0)
UNKNOWN = {"blend_A": 4.0, "blend_B": 0.8}

# Position, half width at half height and height of bands: a hydrocarbon, and what an ester adds
# for each percent of it.
_FUEL = (
    (2955, 12, 0.55), (2922, 16, 0.98), (2853, 11, 0.62), (1606, 9, 0.015), (1460, 10, 0.42),
    (1377, 6, 0.24), (810, 14, 0.05), (740, 12, 0.08), (722, 6, 0.07),
)  # fmt: skip
_ESTER = (
    (1746, 9, 0.0165),
    (1436, 8, 0.003),
    (1245, 22, 0.0022),
    (1197, 15, 0.0035),
    (1170, 18, 0.0065),
)


def demo(folder: Path) -> Iterator[DemoStep]:
    """Write spectra of a fuel with known shares of an ester, then compare and calibrate."""
    data = folder / "spectra"
    if not (data / "fuel.csv").exists():
        write_fuels(data, bare=False)
    yield DemoStep(
        SpectraRecipe(
            baseline=str(data / "fuel.csv"),
            samples=(str(data),),
            figures=("overlay", "all", "stacked"),
            difference=True,
            bands=(ESTER,),
            peaks=6,
            kink=True,
            dpi=200,
        ),
        out="overlays",
        look=(
            "stacked_vs_fuel.png: the ester's band at 1746 cm-1 grows with its share",
            "saturated_vs_fuel.png: where absorbance is above 3, the curve says nothing",
            "blend_A_vs_fuel.png: its file holds %T, with semicolons and decimal commas",
        ),
    )
    yield DemoStep(
        CalibrationRecipe(
            baseline=str(data / "fuel.csv"),
            known={str(data / f"ester_{share:g}.csv"): share for share in KNOWN},
            unknown=tuple(str(data / f"{name}.csv") for name in UNKNOWN),
            band=ESTER,
            quantity="ester",
            unit="%",
            dpi=200,
        ),
        out="calibration",
        look=(f"calibration.png: blend_A was made with {UNKNOWN['blend_A']:g} % of the ester",),
    )


def write_fuels(folder: Path, *, bare: bool = True) -> None:
    """Write the demo's spectra; the same ones every time.

    Parameters
    ----------
    folder
        Where; made if missing.
    bare
        Leave blend_B without a header, as some instruments write their files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1746)
    x = np.arange(4000.0, 649.0, -2.0)

    def made(share: float, thickness: float = 1.0) -> Vector:
        y = 0.01 + _bands(x, _FUEL) * (1 - share / 100) + share * _bands(x, _ESTER)
        return np.asarray(thickness * y + rng.normal(0, 0.0008, x.size))

    _write(folder / "fuel.csv", "wavenumber (cm-1),absorbance", x, made(0.0))
    for share in KNOWN:
        _write(folder / f"ester_{share:g}.csv", "wavenumber (cm-1),absorbance", x, made(share))
    percent = 100 * 10 ** -made(UNKNOWN["blend_A"])
    _write(folder / "blend_A.csv", "Wellenzahl;Transmission %", x, percent, european=True)
    header = "" if bare else "cm-1,A"
    _write(folder / "blend_B.csv", header, x, made(UNKNOWN["blend_B"]))
    thick = -np.log10(10 ** -made(3.0, 5.0) + 10**-4.2)
    _write(folder / "saturated.csv", "wavenumber (cm-1),absorbance", x, thick)


def _bands(x: Vector, bands: tuple[tuple[float, float, float], ...]) -> Vector:
    total = np.zeros_like(x)
    for at, half, height in bands:
        total += height / (1 + ((x - at) / half) ** 2)
    return total


def _write(file: Path, header: str, x: Vector, y: Vector, *, european: bool = False) -> None:
    rows = "\n".join(f"{a:.1f},{b:.6f}" for a, b in zip(x, y, strict=True))
    if european:
        rows = rows.replace(",", ";").replace(".", ",")
    file.write_text(f"{header}\n{rows}\n" if header else f"{rows}\n", encoding="utf-8")
