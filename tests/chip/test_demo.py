"""The demo runs whole, and says how its device is."""

from pathlib import Path

import pytest

from figmill import mill
from figmill.chip.demo import demo
from figmill.chip.synthetic import Device

pl = pytest.importorskip("polars")
pytest.importorskip("scipy")


def test_every_plot_type_is_drawn_and_the_numbers_are_the_truth(tmp_path: Path):
    for step in demo(tmp_path):
        report = mill.run(step.recipe, tmp_path / step.out)
        assert report.ok
        assert (report.doubts, report.losses) == (0, 0)
    figures = [path.name for path in (tmp_path / "figures").rglob("*.png")]
    assert len(figures) == 12
    table = pl.read_parquet(tmp_path / "metrics.parquet")
    found = table.filter(pl.col("metric") == "mobility")["value"].max()
    assert found == pytest.approx(1e4 * Device().mobility_m2_vs, rel=0.02)
