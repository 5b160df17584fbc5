"""Threads that libraries start inside workers, counted there."""

import json
import os
from pathlib import Path

import pytest

from figmill.engine import Item, Outcome, Outputs, RunOptions, run
from figmill.engine.pool.threads import limited

NAMES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"),
    *("BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"),
)
# Of polars and its allocator: they only wait, now and then more of them.
WAITERS = ("jemalloc", "polars-ooc", "tokio", "async-executor")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def measure(item: Item, outputs: Outputs) -> Outcome:
    """Make the libraries work, and say how large their pools are."""
    import ctypes

    import numpy as np

    matrix = np.ones((600, 600))
    matrix = matrix @ matrix
    found: dict[str, object] = {}
    maps = Path("/proc/self/maps").read_text().splitlines()
    for file in {line.split()[-1] for line in maps if "openblas" in line and ".so" in line}:
        library = ctypes.CDLL(file)
        for name in (
            "scipy_openblas_get_num_threads64_",
            "scipy_openblas_get_num_threads",
            "openblas_get_num_threads",
        ):
            if hasattr(library, name):
                found["openblas"] = getattr(library, name)()
    try:
        import polars as pl
    except ImportError:
        pass
    else:
        frame = pl.DataFrame({"a": range(100_000), "b": [1, 2] * 50_000})
        frame.lazy().group_by("b").agg(pl.col("a").sum()).collect()
        found["polars"] = pl.thread_pool_size()
    names = [file.read_text() for file in Path("/proc/self/task").glob("*/comm")]
    found["threads"] = sum(not name.startswith(WAITERS) for name in names)
    outputs.write(f"{item.key}.json", json.dumps(found).encode())
    return Outcome.done()


def measured(out: Path, preload: tuple[str, ...] = ()) -> list[dict]:
    items = [Item("a"), Item("b")]
    options = RunOptions(workers=2, preload=preload, timeout_s=100)
    report = run(items, measure, out, version="1", options=options)
    assert report.done == 2, report.failures
    return [json.loads((out / f"{item.key}.json").read_text()) for item in items]


@pytest.mark.parametrize("preload", [(), ("numpy", "polars")])
def test_each_library_has_one_thread_in_a_worker(tmp_path: Path, preload) -> None:
    pytest.importorskip("polars")
    for found in measured(tmp_path / "out", preload):
        assert found["polars"] == 1
        assert found.get("openblas", 1) == 1
        # The worker's own, one that watches the run elsewhere than on Linux, one of polars' pool.
        assert found["threads"] <= 4


def test_what_the_user_has_set_counts(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("polars")
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    for found in measured(tmp_path / "out"):
        assert found["polars"] == 3
        # OpenBLAS asks OPENBLAS_NUM_THREADS first, which must not be set beside it; it has no more
        # threads than there are processors.
        most = min(2, os.cpu_count() or 1)
        assert found.get("openblas", most) == most


def test_the_environment() -> None:
    assert limited({"A": "b"})["A"] == "b"
    assert {limited({})[name] for name in NAMES} == {"1"}
    own = limited({"OPENBLAS_NUM_THREADS": "5"})
    assert (own["OPENBLAS_NUM_THREADS"], own["OMP_NUM_THREADS"]) == ("5", "1")
    assert "MKL_NUM_THREADS" not in limited({"OMP_NUM_THREADS": "4"})
