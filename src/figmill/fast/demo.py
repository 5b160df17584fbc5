"""The demo of FAST orbits: two of them made by program, with all their figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figmill.fast.recipe import FastRecipe
from figmill.fast.synthetic import write_orbits
from figmill.recipes.demo import DemoStep


def demo(folder: Path) -> Iterator[DemoStep]:
    """Write the files of two orbits, and draw every kind of figure of them."""
    data = folder / "data"
    if not any(data.rglob("*.cdf")):
        write_orbits(data, orbits=2)
    yield DemoStep(
        FastRecipe(
            paths=(str(data),),
            figures=("pitch-angle", "instrument-grid", "bands", "quicklook"),
            y_scale="log",
        ),
        look=(
            "the quicklook files: an inverted-V arc, the loss cone at 180°, the cusp",
            "the pitch-angle files: what goes down and what comes up, and the zoom on the cusp",
            "your own orbits: figmill fast plot DIR -o figures",
        ),
    )
