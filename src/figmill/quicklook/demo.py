"""The demo of quicklooks: four files of a spacecraft that crosses the magnetopause."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figmill.quicklook.recipe import QuicklookRecipe
from figmill.quicklook.synthetic import write_files
from figmill.recipes.demo import DemoStep


def demo(folder: Path) -> Iterator[DemoStep]:
    """Write the files of two days, and draw a quicklook of each file."""
    data = folder / "data"
    if not any(data.rglob("*.cdf")):
        write_files(data)
    yield DemoStep(
        QuicklookRecipe(paths=(str(data / "demo_*.cdf"),)),
        look=(
            "the ions of an injection from 04:50 on, where the fast ones arrive first",
            "the magnetopause at 04:35, where hot, thin plasma gives way to cold, dense plasma",
            "the gap in time at 05:20, which stays blank",
            "your own CDF files: figmill quicklook PATH... -o figures",
        ),
    )
