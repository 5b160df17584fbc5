"""The page of benchmarks, and what the README quotes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]

RESULTS = {
    "render": {
        "date": "2026-01-02",
        "scale": "full counts",
        "machine": "a machine",
        "figures": {
            "vs_idiomatic": 61.2,
            "vs_idiomatic_cpu": 58.0,
            "vs_tuned": 7.0,
            "vs_tuned_cpu": 0.7,
            "vs_pyqtgraph": 0.25,
            "bytes_vs_matplotlib": 0.5,
        },
    }
}


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HOME / "bench"))


def test_a_page_is_read_back() -> None:
    import _page

    assert _page.read(_page.page_of(RESULTS)) == RESULTS


def test_goals_are_told_reached_or_not() -> None:
    import _page

    table = _page.table(RESULTS)
    assert re.search(r"`vs_idiomatic` \| 61\.2 \| 58\.0 \| ≥ 110", table)
    assert re.search(r"`bytes_vs_matplotlib` \| 0\.50 \(reached\) \|  \| ≤ 0\.55", table)
    assert re.search(r"`vs_tuned` \| 7\.00 \| 0\.70 \|", table), "reached by the clock alone"
    assert re.search(r"`long_curve_ms` \| not measured", table)


def test_the_readme_tells_also_where_figmill_loses() -> None:
    import _page

    quoted = _page.quoted(RESULTS)
    assert "0.25 times as fast as PyQtGraph" in quoted


def test_a_busy_machine_and_smaller_counts_are_told() -> None:
    import _page

    assert _page.circumstances(RESULTS) == "Measured 2026-01-02."
    busy = {
        "render": {**RESULTS["render"], "machine": "a machine, 2 cores; load before it began 5.5"},
        "fast": {**RESULTS["render"], "scale": "smaller counts (`--quick`)"},
    }
    assert "a load of 5.5 to 5.5 on 2 cores" in _page.circumstances(busy)
    assert _page.circumstances(busy).endswith("From smaller counts (`--quick`): fast.")


def test_a_figure_that_is_not_printed_is_missed() -> None:
    import _page

    names = [goal.key for goal in _page.missing("render", {"vs_idiomatic": 1.0})]
    assert "vs_tuned" in names
    assert "vs_idiomatic" not in names


def test_the_readme_quotes_the_page_and_nothing_else() -> None:
    import _page

    readme = _page.README.read_text()
    results = _page.read(_page.PAGE.read_text())
    assert readme == _page.with_quotes(readme, results)
    assert _page.page_of(results) == _page.PAGE.read_text()
    section = readme.partition("## How fast")[2].partition("\n## ")[0]
    outside = section.partition(_page.BEGIN)[0] + section.partition(_page.END)[2]
    assert not re.search(r"\d", outside), "a number that is not of the page"


def test_the_readme_puts_cpu_before_the_clock() -> None:
    import _page

    assert "58.0 times as fast as pyplot | 61.2 |" in _page.quoted(RESULTS)
