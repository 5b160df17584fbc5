"""The documented Python face: its names, its snippets, its answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import figmill.chip
from figmill.chip import (
    PlotResult,
    PlotSpec,
    execute_parallel,
    execute_plot,
    execute_sequential,
    get_chip_history,
    load_batch_config,
    stage_raw,
)
from figmill.chip.synthetic import write_raw
from figmill.errors import ConfigError

pl = pytest.importorskip("polars")
CONFIG = """\
---
# Chip identification
chip: 1
chip_group: "Demo"  # Optional, defaults to "Alisson"

# Common defaults (applied to all plots)
defaults:
  legend_by: irradiated_power
  dpi: 40

# Plot specifications
plots:
  - type: plot-its
    seq: "4-7"
    tag: "photoresponse"

  - type: plot-ivg
    seq: 2

  # Transconductance with custom Savitzky-Golay parameters
  - type: plot-transconductance
    seq: 2
    method: savgol        # "savgol" or "gradient"
    window: 21            # Window length (odd number)
    polyorder: 7          # Polynomial order

  # ITS with custom legend grouping
  - type: plot-its
    seq: "4-7"
    legend_by: wavelength  # Group by wavelength instead of power
"""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("face")
    write_raw(folder / "raw")
    stage_raw(folder / "raw", folder / "stage")
    return folder


@pytest.fixture
def here(staged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the documented configuration, from which the stage is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIGMILL_CHIP_STAGE", str(staged / "stage"))
    folder = tmp_path / "config" / "batch_plots"
    folder.mkdir(parents=True)
    (folder / "demo_plots.yaml").write_text(CONFIG)
    figmill.chip.clear_cache()
    yield tmp_path
    figmill.chip.clear_cache()
    figmill.chip.disable_parquet_caching()


def run_documented(code: str) -> dict:
    scope: dict = {}
    exec(code, scope)
    return scope


def test_every_exported_name_is_there():
    for name in figmill.chip.__all__:
        assert getattr(figmill.chip, name) is not None


def test_the_snippet_of_the_cache(here: Path, capsys: pytest.CaptureFixture[str]):
    scope = run_documented(
        """
from figmill.chip import (
    enable_parquet_caching,  # Enable caching globally
    cache_stats,             # Get statistics dict
    print_cache_stats,       # Print formatted stats
    clear_cache,             # Clear all cached data
    DataCache,               # Cache class for custom instances
    with_cache,              # Decorator for function caching
)

# Enable caching (called automatically by batch module)
enable_parquet_caching()

# Check cache performance
stats = cache_stats()

# Clear cache to free memory
clear_cache()
"""
    )
    documented = {"size", "maxsize", "hits", "misses", "hit_rate", "hit_rate_pct"}
    assert documented <= set(scope["stats"])
    scope["print_cache_stats"]()
    assert "Hit rate:        0.0%" in capsys.readouterr().out


def test_the_snippet_of_a_custom_size():
    scope = run_documented("from figmill.chip import DataCache\ncache = DataCache(maxsize=200)\n")
    assert scope["cache"].maxsize == 200


def test_the_snippet_of_the_new_imports():
    run_documented(
        "from figmill.chip import enable_parquet_caching, cache_stats\n"
        "from figmill.chip import load_batch_config, execute_sequential\n"
    )


def test_the_snippet_of_troubleshooting(capsys: pytest.CaptureFixture[str]):
    run_documented(
        """
from figmill.chip import CACHE_AVAILABLE
print(f"Caching available: {CACHE_AVAILABLE}")

# Manually enable if needed
from figmill.chip import enable_parquet_caching
enable_parquet_caching()
"""
    )
    figmill.chip.disable_parquet_caching()
    assert capsys.readouterr().out == "Caching available: True\n"


def test_the_documented_functions_together(here: Path, capsys: pytest.CaptureFixture[str]):
    chip, group, specs = load_batch_config(Path("config/batch_plots/demo_plots.yaml"))
    assert (chip, group) == (1, "Demo")
    assert [(s.type, s.seq, s.tag, s.legend_by) for s in specs] == [
        ("plot-its", "4-7", "photoresponse", "irradiated_power"),
        ("plot-ivg", 2, None, "irradiated_power"),
        ("plot-transconductance", 2, None, "irradiated_power"),
        ("plot-its", "4-7", None, "wavelength"),
    ]
    assert specs[2].extra_args == {"method": "savgol", "window": 21, "polyorder": 7, "dpi": 40}
    results = execute_sequential(specs, group)
    assert [result.success for result in results] == [True] * 4
    assert [result.spec for result in results] == specs
    assert results[0].files == (Path("figs/Demo1/It/Light_It/Demo1_It_photoresponse.png"),)
    assert all(file.is_file() for result in results for file in result.files)
    again = execute_parallel(specs, group, workers=2)
    assert [result.success for result in again] == [True] * 4
    assert [result.elapsed for result in again] == [0.0] * 4
    figmill.chip.display_summary(results, 1.25, None)
    figmill.chip.display_summary(again, 0.5, 2)
    out = capsys.readouterr().out
    assert "Total: 4 plots, 0 failed, 1.2s, one process" in out
    assert "2 workers" in out
    assert "unchanged" in out


def test_parallel_results_come_in_order(here: Path):
    specs = [
        PlotSpec("plot-its-suite", 1, "4-11", "long", extra_args={"dpi": 60}),
        PlotSpec("plot-ivg", 1, 4),
        PlotSpec("plot-vvg", 1, 3, extra_args={"dpi": 40}),
    ]
    results = execute_parallel(specs, "Demo", 2)
    assert [result.spec for result in results] == specs
    assert [result.success for result in results] == [True, False, True]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (PlotSpec("plot-foo", 1, 1), "Unknown plot type"),
        (PlotSpec("plot-ivg", 1, 4), "asked for is 4 (It)"),
        (PlotSpec("plot-its", 1, "1-3"), "no It run among 1-3"),
        (PlotSpec("plot-its", 9, 4), "no history of chip Demo9"),
        (PlotSpec("plot-its", 1, 4, legend_by="colour"), "no legend by 'colour'"),
        (PlotSpec("plot-its", 1, None), "names no runs"),
        (PlotSpec("plot-ivg", 1, 1, extra_args={"method": "x"}), "no option 'method'"),
    ],
)
def test_what_cannot_be_drawn_is_no_success(here: Path, spec: PlotSpec, said: str):
    result = execute_plot(spec, "Demo")
    assert isinstance(result, PlotResult)
    assert not result.success
    assert said in (result.error or "")
    assert result.files == ()


def test_without_a_stage_every_result_says_so(here: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FIGMILL_CHIP_STAGE", "absent")
    results = execute_sequential([PlotSpec("plot-ivg", 1, 1), PlotSpec("plot-vvg", 1, 3)], "Demo")
    assert ["no such stage" in (result.error or "") for result in results] == [True, True]


def test_an_output_folder_and_formats(here: Path):
    spec = PlotSpec("plot-ivg", 1, 1, extra_args={"dpi": 40}, output_base=Path("plots/one"))
    assert execute_plot(spec, "Demo", formats=("pdf",)).files[0].parts[:2] == ("plots", "one")
    result = execute_plot(spec, "Demo", out="elsewhere", formats=("svg", "png"))
    assert [file.suffix for file in result.files] == [".svg", ".png"]
    assert all(file.is_file() for file in result.files)


def test_a_deleted_figure_is_drawn_again(here: Path):
    spec = PlotSpec("plot-ivg", 1, 1, extra_args={"dpi": 40})
    first = execute_plot(spec, "Demo")
    first.files[0].unlink()
    assert execute_plot(spec, "Demo").success
    assert first.files[0].is_file()


def test_histories_are_read_once_and_follow_their_file(here: Path, staged: Path):
    first = get_chip_history(1, "Demo")
    hits = figmill.chip.cache_stats()["hits"]
    assert get_chip_history(1, "Demo").equals(first)
    assert figmill.chip.cache_stats()["hits"] == hits + 1
    assert figmill.chip._cached_histories[1].equals(first)
    path = staged / "stage" / "chip_histories" / "Demo1_history.parquet"
    kept = path.read_bytes()
    try:
        pl.read_parquet(path).head(3).write_parquet(path)
        assert get_chip_history(1, "Demo").height == 3
    finally:
        path.write_bytes(kept)


def test_a_wrong_configuration_is_an_error(here: Path):
    (here / "bad.yaml").write_text("chip: 1\nplots:\n  - {type: plot-ivg, sq: 1}\n")
    with pytest.raises(ConfigError, match="sq"):
        load_batch_config(here / "bad.yaml")


def test_the_plot_configuration_of_the_module(here: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(figmill.chip, "_plot_config", figmill.chip.Look(theme="screen-dark"))
    result = execute_plot(PlotSpec("plot-ivg", 1, 1), "Demo", formats=("svg",))
    assert "#14171c" in result.files[0].read_text().lower()


def test_numbers_of_a_chip(here: Path):
    table = figmill.chip.chip_metrics(1, "Demo", seq=[1, 4])
    assert set(table["seq"]) == {1, 4}
    with pytest.raises(ConfigError, match="all three"):
        figmill.chip.chip_metrics(1, "Demo", length_um=3.0)
