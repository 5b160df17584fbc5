"""One figure has the same bytes by command, job file and Python, for every kind of every domain."""

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from figmill import mill


def pictures(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.png"))
        if ".figmill" not in path.parts
    }


def three_ways(
    figmill: Callable[..., Any],
    tmp_path: Path,
    command: tuple[object, ...],
    job: Mapping[str, Any],
    python: Callable[[Path], Any],
    seen: Callable[[dict[str, bytes]], dict[str, bytes]] = dict,
) -> dict[str, bytes]:
    """The figures, after a check that all ways give them; of Python's, what `seen` has of them."""
    done = figmill(*command, "-o", tmp_path / "command")
    assert done.exit_code == 0, done.output
    file = tmp_path / "job.yaml"
    file.write_text(json.dumps({**job, "out": "job"}))
    done = figmill("run", file, "-p", "0")
    assert done.exit_code == 0, done.output
    python(tmp_path / "python")
    by_command, by_job, by_python = (
        pictures(tmp_path / name) for name in ("command", "job", "python")
    )
    assert by_command
    assert by_command == by_job
    assert list(seen(by_command)) == list(seen(by_python))
    assert seen(by_command) == seen(by_python)
    return by_command


def but_for_quantities(found: dict[str, bytes]) -> dict[str, bytes]:
    """Pixels, by names without a quantity: "auto" is not what the documented function leaves out.

    Names are a part of a file, as provenance.
    """
    return {
        name.replace("_q-auto", ""): Image.open(io.BytesIO(data)).convert("RGB").tobytes()
        for name, data in found.items()
    }


def test_quicklook(figmill, tmp_path) -> None:
    from figmill.quicklook import QuicklookRecipe
    from figmill.quicklook.synthetic import write_files

    data = tmp_path / "data"
    data.mkdir()
    write_files(data, days=1)
    assert three_ways(
        figmill,
        tmp_path,
        ("quicklook", data, "-p", "0"),
        {"recipe": "quicklook", "options": {"paths": [str(data)]}},
        lambda out: mill.run(QuicklookRecipe(paths=(str(data),)), out),
    )


@pytest.mark.parametrize("kind", ["pitch-angle", "instrument-grid", "bands", "quicklook"])
def test_fast(figmill, tmp_path, kind) -> None:
    from figmill.fast import FAST_plot_spectrograms_directory
    from figmill.fast.synthetic import write_orbits

    data = tmp_path / "data"
    write_orbits(data, orbits=1, survey_records=40, burst_records=40, instruments=("ees",))

    def documented(out: Path) -> None:
        FAST_plot_spectrograms_directory(
            data, out, figures=(kind,), max_workers=1, verbose=False, use_tqdm=False,
            # Its documented defaults are others than those of the recipe and the command.
            y_scale="log", colormap="viridis", quantity="auto", global_extrema=False,
        )  # fmt: skip

    assert three_ways(
        figmill,
        tmp_path,
        ("fast", "plot", data, "--figure", kind, "--colormap", "viridis", "-p", "0"),
        {"recipe": "fast", "options": {
            "paths": [str(data)], "figures": [kind], "colormap": "viridis",
        }},
        documented,
        but_for_quantities,
    )  # fmt: skip


@pytest.fixture
def fuels(tmp_path: Path) -> Path:
    pytest.importorskip("polars")
    pytest.importorskip("scipy")
    from figmill.spectra.demo import write_fuels

    folder = tmp_path / "data"
    folder.mkdir()
    write_fuels(folder)
    return folder


@pytest.mark.parametrize("kind", ["overlay", "all", "stacked"])
def test_spectra(figmill, tmp_path, fuels, kind) -> None:
    from figmill.spectra import BatchConfig, BatchProcessor, OutputSettings, SpectraRecipe

    baseline, samples = str(fuels / "fuel.csv"), [str(fuels / "ester_5.csv")]

    def documented(out: Path) -> None:
        if kind == "overlay":
            settings = OutputSettings(out, open_folder_after=False)
            config = BatchConfig(max_concurrent_files=1)
            batch = BatchProcessor().process_spectral_batch(
                baseline, samples, settings, config=config
            )
            assert asyncio.run(batch).successful == 1
        else:
            mill.run(SpectraRecipe(baseline=baseline, samples=tuple(samples), figures=(kind,)), out)

    assert three_ways(
        figmill,
        tmp_path,
        ("spectra", "compare", *samples, "-b", baseline, "--figures", kind, "-p", "0"),
        {
            "recipe": "spectra",
            "options": {"baseline": baseline, "samples": samples, "figures": [kind]},
        },
        documented,
    )


def test_calibration(figmill, tmp_path, fuels) -> None:
    from figmill.spectra import CalibrationRecipe

    baseline = str(fuels / "fuel.csv")
    known = {str(fuels / f"ester_{n}.csv"): float(n) for n in (1, 5, 10)}
    options = {"baseline": baseline, "known": known, "band": "1715-1775"}
    assert three_ways(
        figmill,
        tmp_path,
        ("spectra", "calibrate", "-b", baseline, *(f"{k}={v}" for k, v in known.items()),
         "--band", "1715-1775"),
        {"recipe": "spectra-calibration", "options": options},
        lambda out: mill.run(CalibrationRecipe(**options), out),
    )  # fmt: skip


@pytest.fixture
def lot(tmp_path: Path) -> Path:
    from figmill.curves.synthetic import write_lot

    write_lot(tmp_path / "lot", wafers=1, devices=1, points=21)
    return tmp_path / "lot"


@pytest.mark.parametrize("overlay", [False, True])
def test_plot(figmill, tmp_path, lot, overlay) -> None:
    from figmill.curves import plot_files
    from figmill.engine import RunOptions

    options = {"log": ["y"], "overlay": overlay}
    assert three_ways(
        figmill,
        tmp_path,
        ("plot", lot, "--log", "y", "-p", "0", *(["--overlay"] if overlay else [])),
        {"recipe": "plot", "options": {"paths": [str(lot)], **options}},
        lambda out: plot_files(lot, out, run=RunOptions(workers=0), **options),
    )


def test_curves(figmill, tmp_path, lot) -> None:
    from figmill.curves import draw_curves
    from figmill.curves.demo import FILE
    from figmill.engine import RunOptions

    config = tmp_path / "lot.yaml"
    config.write_text(FILE)
    assert three_ways(
        figmill,
        tmp_path,
        ("curves", config, "-p", "0"),
        {"recipe": "curves", "options": {"config": str(config)}},
        lambda out: draw_curves(config, out, run=RunOptions(workers=0)),
    )


PLOTS = {
    "plot-its": {"seq": "4-7"},
    "plot-its-sequential": {"seq": "4-7"},
    "plot-its-suite": {"seq": "4-7"},
    "plot-ivg": {"seq": "1"},
    "plot-transconductance": {"seq": "1"},
    "plot-vvg": {"select": {"proc": "VVg"}},
    "plot-vt": {"select": {"proc": "Vt"}},
    "plot-vts-suite": {"select": {"proc": "Vt"}},
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Path:
    pytest.importorskip("polars")
    pytest.importorskip("scipy")
    from typer.testing import CliRunner

    from figmill.chip.synthetic import write_raw
    from figmill.cli import app

    folder = tmp_path_factory.mktemp("chip")
    write_raw(folder / "raw")
    done = CliRunner().invoke(app, ["chip", "stage", str(folder / "raw"), "-o", str(folder / "s")])
    assert done.exit_code == 0, done.output
    return folder / "s"


@pytest.mark.parametrize("kind", PLOTS)
def test_chip(figmill, tmp_path, stage, kind) -> None:
    from figmill.chip import execute_sequential, load_batch_config

    runs = PLOTS[kind]
    config = tmp_path / "plots.yaml"
    document = {"chip": 1, "chip_group": "Demo", "plots": [{"type": kind, **runs}]}
    config.write_text(json.dumps(document))

    def documented(out: Path) -> None:
        _, group, specs = load_batch_config(config)
        assert all(one.success for one in execute_sequential(specs, group, stage=stage, out=out))

    made = three_ways(
        figmill,
        tmp_path,
        ("chip", "batch-plot", config, "--stage", stage),
        {"recipe": "chip", "options": {"config": str(config), "stage": str(stage)}},
        documented,
    )
    chosen = [f"{key}={value}" for key, value in runs.get("select", {}).items()]
    words = ["--select", *chosen] if chosen else ["--seq", runs["seq"]]
    out = tmp_path / "one"
    done = figmill("chip", kind, 1, "--group", "Demo", "--stage", stage, *words, "-o", out)
    assert done.exit_code == 0, done.output
    assert pictures(out) == made


def sets_of(item: str) -> list[dict[str, Any]]:
    """Two rows of 60 times and 16 energies, that differ by item."""
    import numpy as np

    time = 1.5e9 + 10.0 * np.arange(60)
    data = np.outer(1.0 + np.arange(60), 1.0 + np.arange(16)) * (2 if item == "b" else 1)
    energy = np.geomspace(5, 3e4, 16)
    return [{"x": time, "y": energy, "data": data, "label": name} for name in ("up", "down")]


SCRIPT = """
from test_same_bytes_sets import sets_of
from figmill.arrays.sets import SetLooks, set_figure

def draw(item):
    zoom = {zoom}
    return set_figure(
        sets_of(item.key), SetLooks(y_scale="log", z_scale="log", zoom_seconds=zoom, dpi=60.0),
        zoom_center=1.5e9 + 300 if zoom else None, lines=[1.5e9 + 290, 1.5e9 + 310],
        title=item.key,
    )
"""


@pytest.mark.parametrize("zoom", [None, 120.0])
def test_arrays(figmill, tmp_path, monkeypatch, zoom) -> None:
    # Its recipe takes functions, which no job file can hold: Python's ways are compared, and what
    # the function's figure becomes by the command, whose metadata name another recipe.
    import inspect
    import sys

    import numpy as np
    from matplotlib.image import imread

    from figmill.arrays.recipe import DatasetsRecipe
    from figmill.arrays.sets import SetLooks
    from figmill.spectrogram import generic_batch_plot

    looks = {"y_scale": "log", "z_scale": "log", "dpi": 60.0}
    functions: dict[str, Any] = {
        "center": (lambda _: 1.5e9 + 300) if zoom else None,
        "lines": lambda _: [1.5e9 + 290, 1.5e9 + 310],
    }
    for workers in (1, 2):
        done = generic_batch_plot(
            ["a", "b"], tmp_path / str(workers), sets_of, functions["center"], zoom,
            functions["lines"], max_workers=workers, **looks,
        )  # fmt: skip
        assert done == [("a", "ok"), ("b", "ok")]
    recipe = DatasetsRecipe(
        entries=(("a", "a", "a"), ("b", "b", "b")),
        build=sets_of,
        looks=SetLooks(zoom_seconds=zoom, **looks),
        **functions,
    )
    mill.run(recipe, tmp_path / "recipe")
    made = pictures(tmp_path / "1")
    assert list(made) == ["a.png", "b.png"]
    assert made["a.png"] != made["b.png"]
    assert made == pictures(tmp_path / "2") == pictures(tmp_path / "recipe")

    source = "from typing import Any\n" + inspect.getsource(sets_of)
    (tmp_path / "test_same_bytes_sets.py").write_text(source)
    (tmp_path / "mine.py").write_text(SCRIPT.replace("{zoom}", repr(zoom)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "test_same_bytes_sets", raising=False)
    own = tmp_path / "own"
    done = figmill("run", f"{tmp_path / 'mine.py'}:draw", "a", "b", "-o", own, "-p", "0")
    assert done.exit_code == 0, done.output
    for name in made:
        assert np.array_equal(imread(own / name), imread(tmp_path / "1" / name))
