"""The guide's layer from outside, installed as the page says, is drawn as figmill's own are."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import Result

from figmill.draw.layout import layout
from figmill.figure import Curve, Figure, Panel

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "layers.md"


@pytest.fixture
def example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Callable[[Path, str, str], None]
) -> Iterator[dict[str, Any]]:
    """What the page's last example leaves behind, run where its package is installed."""
    blocks = re.findall(r"```(python|toml)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (_, module), (_, points), (_, use) = blocks
    site = tmp_path / "site"
    install(
        site,
        "error-bars",
        points.replace('project.entry-points."figmill.layers"', "figmill.layers").replace('"', ""),
    )
    (site / "error_bars.py").write_text(module)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    names: dict[str, Any] = {"np": np}
    exec(compile(use, str(PAGE), "exec"), names)
    yield names
    sys.modules.pop("error_bars")


def test_its_files(example: dict[str, Any], tmp_path: Path) -> None:
    with Image.open(tmp_path / "error_bars.png") as picture:
        seen = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    assert np.count_nonzero(np.ptp(seen.astype(int), axis=1) > 100) > 500  # bars in colour
    assert (tmp_path / "error_bars.pdf").read_bytes().startswith(b"%PDF")


def test_it_is_listed(example: dict[str, Any], figmill: Callable[..., Result]) -> None:
    lines = [line.split() for line in figmill("list-plugins").stdout.splitlines()]
    assert ["layer", "error-bars", "error-bars", "1.0", "error_bars:KIND", "used"] in lines


def test_its_limits_colours_and_legend(example: dict[str, Any]) -> None:
    bars = example["layer"]
    panel = Panel([Curve(bars.x, bars.y, label="fit"), bars])
    (placed,) = layout(Figure(panel)).panels
    assert placed.y.low < (bars.y - bars.error).min()
    assert placed.y.high > (bars.y + bars.error).max()
    svg = Figure(panel).to_bytes("svg").decode()
    made = Figure(panel).to_matplotlib()
    for color in Figure(panel).style.cycle[:2]:
        assert str(color).lower() in svg.lower()
    legend = made.axes[0].get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["fit", "mean of 9"]
