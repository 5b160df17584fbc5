"""The demo of quicklooks: two orbits of made-up FAST electron and ion data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figmill.fast.synthetic import write_orbits
from figmill.recipes.demo import DemoStep
from figmill.recipes.spectrogram.quicklook import QuicklookRecipe


def demo(folder: Path) -> Iterator[DemoStep]:
    """Write the files of two orbits, and draw a quicklook of each file."""
    data = folder / "data"
    if not any(data.rglob("*.cdf")):
        write_orbits(data, orbits=2)
    yield DemoStep(
        QuicklookRecipe(paths=(str(data / "**" / "fa_esa_l2_*.cdf"),), rows=("eflux",)),
        look=(
            "the ees files: inverted-V arcs, where electrons peak at a few keV, and the cusp",
            "the gaps in time, which stay blank, and the change of mode, where energies move",
            "your own CDF files: figmill quicklook PATH... -o figures",
        ),
    )
