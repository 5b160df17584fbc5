"""Each benchmark, with tiny counts: its last line is one JSON object with every figure it owes."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def programs() -> list[str]:
    return sorted(path.stem for path in BENCH.glob("[a-z]*.py"))


def test_every_program_has_goals() -> None:
    from _goals import PROGRAMS

    assert programs() == sorted(PROGRAMS)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("program", programs())
def test_the_last_line_has_every_figure_of_the_goals(program: str) -> None:
    from _page import missing

    for library in {"fast": ["cdflib"], "quicklook": ["cdflib"], "engine": ["distributed"]}.get(
        program, []
    ):
        pytest.importorskip(library)
    done = subprocess.run(
        [sys.executable, str(BENCH / f"{program}.py"), "--tiny"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FIGMILL_REAL_DATA": os.devnull},  # made-up files: the same everywhere
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    assert missing(program, found) == []
    assert all(math.isfinite(value) for value in found.values()), found


def test_a_missing_peer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    if find_spec("pyqtgraph"):
        pytest.skip("PyQtGraph is installed")
    import numpy as np

    import render

    assert render.pyqtgraph([[np.ones((12, render.BINS))]]) is None
    assert "vs_pyqtgraph is left out" in capsys.readouterr().out


def test_ways_that_draw_another_picture_are_refused() -> None:
    import numpy as np

    import render

    mine = render.ours(render.spectra(0, 600), "a")
    assert set(render.check_same({"figmill": mine}, render.SIZE, filled=True)) == {"figmill"}
    with pytest.raises(SystemExit, match="pixels where"):
        render.check_same({"figmill": mine}, (100, 100), filled=True)
    from figmill.draw import png

    raw = png.blank(*render.SIZE)
    png.pixels_of(raw)[...] = np.array([255, 0, 0], np.uint8)  # all of it is panel
    other = png.encode(raw, dpi=200, text={})
    with pytest.raises(SystemExit, match="not the same picture"):
        render.check_same({"figmill": mine, "other": other}, render.SIZE, filled=True)


def test_colour_is_what_is_not_grey() -> None:
    import render
    from figmill.draw import png

    raw = png.blank(20, 10)
    pixels = png.pixels_of(raw)
    pixels[...] = 200
    pixels[2:5, 4:9] = (0, 80, 0)  # 15 of 200 pixels
    pixels[7, 13] = (80, 0, 0)  # the box around both: 6 x 10
    size, share, box = render.coloured(png.encode(raw, dpi=100, text={}))
    assert size == (20, 10)
    assert share == pytest.approx(16 / 200)
    assert box == pytest.approx(60 / 200)
