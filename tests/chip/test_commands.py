"""figmill chip from the command line."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from figmill.chip.synthetic import write_raw, write_results
from figmill.cli import app

pl = pytest.importorskip("polars")
pytest.importorskip("scipy")
CONFIG = """
chip: 1
chip_group: Demo
defaults: {legend_by: irradiated_power, dpi: 40}
plots:
  - {type: plot-ivg, seq: 2, tag: transfer}
  - {type: plot-its, seq: 2-7, tag: 455nm}
"""


def figmill(*words: object) -> Result:
    return CliRunner().invoke(app, ["chip", *map(str, words)])


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    write_raw(folder / "raw")
    result = figmill("stage", folder / "raw", "-o", folder / "stage")
    assert result.exit_code == 0, result.output
    assert "16 raw files read, 0 unchanged; 16 runs staged" in result.output
    assert "Demo1: 14 runs, new: 1-14" in result.output
    return folder


@pytest.fixture
def stage(staged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plots.yaml").write_text(CONFIG)
    return staged / "stage"


def test_staging_again_reads_nothing(staged: Path):
    result = figmill("stage", staged / "raw", "-o", staged / "stage", "--json")
    told = json.loads(result.output)
    assert (told["done"], told["skipped"], told["runs"]) == (0, 16, 16)
    assert told["histories"] == {"Demo1": 14}


def test_rejects_are_listed_with_their_reason(tmp_path: Path):
    write_results(tmp_path / "raw" / "It_1.csv", "It", {}, {"t (s)": [], "I (A)": []})
    write_results(tmp_path / "raw" / "It_2.csv", "It", {}, {"t (s)": [0.0], "I (A)": [1e-6]})
    result = figmill("stage", tmp_path / "raw", "-o", tmp_path / "stage")
    assert result.exit_code == 0, result.output
    assert "1 raw file rejected:" in result.output
    assert "It_1.csv: line 6: The measurement has no rows." in result.output
    assert figmill("stage", tmp_path / "raw", "-o", tmp_path / "s", "--strict").exit_code == 1


@pytest.mark.parametrize("options", [(), ("--quiet",), ("--json",)])
def test_where_every_raw_file_is_rejected_nothing_was_staged(tmp_path: Path, options):
    for name in ("It_1.csv", "It_2.csv"):
        write_results(tmp_path / "raw" / name, "It", {}, {"t (s)": [], "I (A)": []})
    words = ("stage", tmp_path / "raw", "-o", tmp_path / "stage", *options)
    # The second time the rejects are known, and not read again.
    for _ in range(2):
        result = figmill(*words)
        assert result.exit_code == 1
        said = "nothing could be staged: every raw file was rejected" in result.stderr
        assert said == ("--json" not in options)
    assert figmill(*words, "--dry-run").exit_code == 0


def test_what_a_stage_holds_already_does_not_hide_that_nothing_was_added(tmp_path: Path):
    write_results(tmp_path / "good" / "It_1.csv", "It", {}, {"t (s)": [0.0], "I (A)": [1e-6]})
    write_results(tmp_path / "bad" / "It_2.csv", "It", {}, {"t (s)": [], "I (A)": []})
    assert figmill("stage", tmp_path / "good", "-o", tmp_path / "stage").exit_code == 0
    assert figmill("stage", tmp_path / "bad", "-o", tmp_path / "stage").exit_code == 1


def test_what_is_missing_is_told_before_anything_is_made(stage: Path, tmp_path: Path, monkeypatch):
    (tmp_path / "raw").mkdir()
    for words, near in (
        (("stage", tmp_path / "rav"), "raw"),
        (("batch-plot", tmp_path / "plot.yaml", "--stage", stage), "plots.yaml"),
    ):
        gone = figmill(*words, "-o", tmp_path / "out")
        assert gone.exit_code == 2
        assert f"Did you mean {str(tmp_path / near)!r}?" in gone.stderr
    (tmp_path / "raw" / "It_1.csv").touch()
    monkeypatch.setitem(sys.modules, "polars", None)
    for words in (
        ("stage", tmp_path / "raw"),
        ("batch-plot", tmp_path / "plots.yaml", "--stage", stage),
    ):
        bare = figmill(*words, "-o", tmp_path / "out")
        assert bare.exit_code == 2
        assert bare.stderr.count("polars is not installed") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--height", "1", "--dpi", "100"), "plots.yaml, line 6: A figure 100 pixels high has no"),
        (("--dpi", "10"), "64 x 44 pixels"),
        (("--palette", "virids"), "did you mean 'viridis'?\n"),
    ],
)
def test_looks_that_fit_no_figure_are_told_with_their_line(
    stage: Path, tmp_path: Path, options, words
):
    result = figmill("batch-plot", "plots.yaml", "--stage", stage, "-o", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


def test_staging_tells_of_copies_and_of_what_was_put_right(tmp_path: Path):
    columns = {"t (s)": [0.0, 1.0], "I (A)": [0.0, 1e-6]}
    write_results(tmp_path / "raw" / "It_1.csv", "It", {"VDS": "0.1"}, columns)
    (tmp_path / "raw" / "It_2.csv").write_bytes((tmp_path / "raw" / "It_1.csv").read_bytes())
    lines = figmill("stage", tmp_path / "raw", "-o", tmp_path / "stage").stdout.splitlines()
    assert "  It_1.csv: VDS: it has no unit; V is assumed" in lines
    assert lines[lines.index("Copies of other raw files, which count once:") + 1] == "  It_2.csv"
    assert lines[-2:] == ["In no history, since they name no chip:", "  It_1.csv"]


def test_staging_tells_how_numbers_were_given(tmp_path: Path):
    chip = {"Chip group name": "Lab", "Chip number": "3", "VDS": "0.1 V"}
    for number in (1, 2):
        columns = {"t (s)": [0.0, 1.0], "I (A)": [0.0, number * 1e-6]}
        write_results(tmp_path / "raw" / f"It_{number}.csv", "It", chip, columns)
    words = ("stage", tmp_path / "raw", "-o")
    said = "runs 1-2: they have one start and are numbered by the names of their files"
    lines = figmill(*words, tmp_path / "a").stdout.splitlines()
    assert lines[-2:] == ["  Lab3: 2 runs, new: 1-2", f"    {said}"]
    told = json.loads(figmill(*words, tmp_path / "b", "--json").stdout)
    assert told["notes"] == [["Lab3", said]]


def test_lists(stage: Path):
    assert "Demo1" in figmill("list", "--stage", stage).output
    told = json.loads(figmill("list", "--stage", stage, "--format", "json").output)
    assert told["procedures"] == "2 IVg, 9 It, 1 VVg, 2 Vt"


def test_lists_of_the_runs_that_fit(stage: Path):
    chosen = ("--stage", stage, "--format", "json", "--proc", "It", "--wavelength", 365)
    told = json.loads(figmill("list", *chosen).output)
    assert (told["runs"], told["procedures"]) == (4, "4 It")
    none = figmill("list", "--stage", stage, "--vg", 99)
    assert none.exit_code == 0
    assert "No chip has a run that fits." in none.output


def test_a_damaged_history_hides_no_other_chip(stage: Path, tmp_path: Path):
    shutil.copytree(stage, tmp_path / "stage")
    (whole,) = (tmp_path / "stage").rglob("*Demo1*history*.parquet")
    whole.with_name(whole.name.replace("Demo1", "Demo2")).write_bytes(b"PAR1 cut short")
    result = figmill("list", "--stage", tmp_path / "stage")
    assert result.exit_code == 1
    assert "Demo1" in result.stdout
    assert "Demo2" in result.stderr


def seqs(stage: Path, *options: object) -> list[int]:
    result = figmill("history", 1, "--group", "Demo", "--stage", stage, "-f", "json", *options)
    assert result.exit_code == 0, result.output
    return [json.loads(line)["seq"] for line in result.output.splitlines()]


def test_histories_are_filtered(stage: Path):
    assert seqs(stage) == list(range(1, 15))
    assert seqs(stage, "--proc", "It", "--light", "--wavelength", 365) == [8, 9, 10, 11]
    assert seqs(stage, "--proc", "It", "--dark") == [14]
    assert seqs(stage, "--vg", -0.4, "--last", 2) == [13, 14]


def test_histories_as_table_and_csv(stage: Path):
    result = figmill("history", 1, "--group", "Demo", "--stage", stage, "--power", "--last", 2)
    assert "irradiated_power_w" in result.output.splitlines()[0]
    assert len(result.output.splitlines()) == 3
    result = figmill("show-history", 1, "--group", "Demo", "--stage", stage, "-f", "csv")
    assert result.output.startswith("seq,date,time_hms")
    assert len(result.output.splitlines()) == 15


def test_a_filter_that_fits_nothing_says_what_there_is(stage: Path):
    words = ("history", 1, "--group", "Demo", "--stage", stage, "--proc", "ITs", "-f", "csv")
    result = figmill(*words)
    assert "Demo1 has 2 IVg, 9 It, 1 VVg, 2 Vt" in result.stderr
    assert result.stdout.startswith("seq,date,time_hms")
    assert len(result.stdout.splitlines()) == 1


def test_a_history_is_aligned(stage: Path, tmp_path: Path):
    own = shutil.copytree(stage, tmp_path / "own")
    rows = [json.loads(line) for line in figmill(
        "history", 1, "--group", "Demo", "--stage", own, "-f", "json"
    ).output.splitlines()]  # fmt: skip
    lines = [f"{row['seq'] + 10},{row['proc']},{row['source_file']}" for row in rows[1:]]
    (tmp_path / "other.csv").write_text("\n".join(["seq,proc,source_file", "1,It,x.csv", *lines]))
    result = figmill(
        "history", 1, "--group", "Demo", "--stage", own, "--align", tmp_path / "other.csv"
    )
    assert "14 runs of Demo1 aligned" in result.output
    assert "in it but not here: 1" in result.output
    assert seqs(own) == [*range(12, 26)]


def test_one_run(stage: Path):
    told = json.loads(figmill("show", 1, 5, "--group", "Demo", "--stage", stage, "--json").output)
    assert told["staged"] is True
    assert told["irradiated_power_w"] == pytest.approx(8e-6)
    step = next(one for one in told["metrics"] if one["metric"] == "delta_current")
    assert step["unit"] == "A"
    assert step["value"] == pytest.approx(-2.4e-7, rel=0.01)
    assert told["columns"][:2] == ["t (s)", "I (A)"]
    lines = figmill("show", 1, 1, "--group", "Demo", "--stage", stage).output.splitlines()
    assert any("cnp leg 3 down" in line and line.endswith("V (edge)") for line in lines)
    words = ("show", 1, 5, "--group", "Demo", "--stage", stage, "--format")
    assert json.loads(figmill(*words, "json").output) == told
    rows = {row["name"]: row for row in csv.DictReader(figmill(*words, "csv").output.splitlines())}
    assert float(rows["delta_current"]["value"]) == step["value"]
    assert rows["delta_current"]["unit"] == "A"
    assert rows["proc"]["value"] == "It"
    result = figmill("show", 1, 99, "--group", "Demo", "--stage", stage)
    assert result.exit_code == 2
    assert "has no run 99" in result.output


def test_a_damaged_run_is_shown_as_far_as_it_is_known(stage: Path, tmp_path: Path):
    own = Path(shutil.copytree(stage, tmp_path / "own"))
    for path in own.rglob("proc=VVg/*/*/*.parquet"):
        path.write_bytes(b"PAR1")
    result = figmill("show", 1, 3, "--group", "Demo", "--stage", own)
    assert result.exit_code == 0
    assert "not a Parquet file that can be read" in result.output
    assert "unreadable" in result.output


def test_metrics(stage: Path, tmp_path: Path):
    words = ("metrics", 1, "--group", "Demo", "--stage", stage, "--seq", "1,4-5")
    assert "delta_current" in figmill(*words).output
    for name in ("m.parquet", "m.csv"):
        result = figmill(*words, "-o", tmp_path / name)
        assert result.exit_code == 0, result.output
    table = pl.read_parquet(tmp_path / "m.parquet")
    assert set(table["seq"]) == {1, 4, 5}
    assert pl.read_csv(tmp_path / "m.csv").height == table.height
    result = figmill(*words, "-o", tmp_path / "m.xlsx")
    assert result.exit_code == 2
    assert ".parquet or .csv" in result.output
    assert not (tmp_path / "m.xlsx").exists()


def test_metrics_of_runs_that_are_not_there(stage: Path):
    words = ("metrics", 1, "--group", "Demo", "--stage", stage, "--format", "json", "--seq")
    result = figmill(*words, "13-30")
    assert {json.loads(line)["seq"] for line in result.stdout.splitlines()} == {13, 14}
    assert result.stderr == "passed over 15-30: no such run\n"
    for seq in ("4,99", "50-60"):
        result = figmill(*words, seq)
        assert result.exit_code == 2
        assert "it has 1-14" in result.output


def test_batch_plot(stage: Path, tmp_path: Path):
    words = ("batch-plot", "plots.yaml", "--stage", stage)
    result = figmill(*words, "--verbose")
    assert result.exit_code == 0, result.output
    assert "Loaded 2 plot specifications for Demo1" in result.output
    assert "passed over 2 (IVg), 3 (VVg): not It" in result.output
    names = sorted(path.name for path in (tmp_path / "figs").rglob("*.png"))
    assert names == ["Demo1_IVg_transfer.png", "Demo1_It_455nm.png"]
    assert "2 unchanged" in figmill(*words).output
    assert "2 done" in figmill(*words, "--parallel", 2, "--force").output


def test_looks_and_formats_of_the_command_line_win(stage: Path, tmp_path: Path):
    words = ("batch-plot", "plots.yaml", "--stage", stage, "-o", "out", "-f", "svg")
    result = figmill(*words, "--theme", "screen-dark", "--palette", "viridis")
    assert result.exit_code == 0, result.output
    text = next((tmp_path / "out").rglob("*.svg")).read_text()
    assert "#14171c" in text.lower()
    result = figmill(*words, "--no-title", "--width", 3.5, "--height", 2.5)
    assert result.exit_code == 0, result.output
    text = next((tmp_path / "out").rglob("*.svg")).read_text()
    assert 'width="252pt" height="180pt"' in text
    assert figmill(*words, "--theme", "neon").exit_code == 2


def test_a_dry_run_lists_files_and_writes_none(stage: Path, tmp_path: Path):
    result = figmill("batch-plot", "plots.yaml", "--stage", stage, "--dry-run")
    assert result.exit_code == 0
    assert "DRY RUN - Plots that would be generated:" in result.output
    assert "figs/Demo1/It/Light_It/Demo1_It_455nm.png" in result.output
    assert "Total: 2 plots" in result.output
    assert not (tmp_path / "figs").exists()


def test_a_wrong_configuration_draws_nothing(stage: Path, tmp_path: Path):
    (tmp_path / "plots.yaml").write_text(CONFIG + "  - {type: plot-ivg, seq: 4}\n")
    for more in ((), ("--dry-run",)):
        result = figmill("batch-plot", "plots.yaml", "--stage", stage, *more)
        assert result.exit_code == 2
        assert "plots.yaml, line 8: plot-ivg draws IVg runs" in result.output
    assert not (tmp_path / "figs").exists()


def test_a_figure_that_fails_is_told(stage: Path, tmp_path: Path):
    own = Path(shutil.copytree(stage, tmp_path / "own"))
    for path in own.rglob("proc=IVg/*/*/*.parquet"):
        path.unlink()
    result = figmill("batch-plot", "plots.yaml", "--stage", own)
    assert result.exit_code == 1
    assert "no data of run 2 (IVg" in result.output
    dry = figmill("batch-plot", "plots.yaml", "--stage", own, "--dry-run")
    assert dry.exit_code == 1
    assert "will fail: the stage has no data of 2" in dry.output


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("plot-its", 1, "--seq", "4-7", "--legend-by", "led", "--tag", "x"), "Demo1_It_x.png"),
        (
            ("plot-transconductance", 1, "--seq", "1", "--method", "savgol", "--window", "11"),
            "Demo1_gm_savgol_seq_1.png",
        ),
        (
            ("plot-vts-suite", 1, "--select", "has_light=true", "--select", "last=1"),
            "Demo1_Vt_photoresponse_seq_13.png",
        ),
    ],
)
def test_every_plot_type_is_a_command(stage: Path, tmp_path: Path, words, name):
    result = figmill(*words, "--group", "Demo", "--stage", stage, "-o", "o", "--dpi", 40)
    assert result.exit_code == 0, result.output
    assert list((tmp_path / "o").rglob(name))


def test_wrong_options_of_a_plot_command(stage: Path):
    words = ("plot-transconductance", 1, "--group", "Demo", "--stage", stage, "--seq", "1")
    result = figmill(*words, "--method", "magic")
    assert result.exit_code == 2
    assert "'gradient', 'savgol'" in result.output
    assert figmill("plot-its", 1, "--select", "x", "--stage", stage).exit_code == 2


def test_help_says_what_options_mean():
    result = figmill("plot-its-suite", "--help")
    assert "of the first run" not in result.output
    assert "Seconds" in result.output
    assert "Parameters" not in result.output
    assert "batch-plot" in figmill("list-plugins").output


def test_the_overview_knows_the_plot_types_without_importing_them():
    from inspect import getdoc

    from figmill.chip.draw_commands import OWN_PLOTS
    from figmill.chip.plots import OWN

    assert {kind.type: getdoc(kind).partition("\n")[0] for kind in OWN} == OWN_PLOTS
    listed = figmill("list-plugins").stdout
    overview = figmill("--help").stdout
    for name in OWN_PLOTS:
        assert f"  {name} " in overview
        assert f"command    {name}\n" in listed


def test_a_plot_type_of_another_package_has_a_command_unless_the_name_is_taken(
    outside, monkeypatch
):
    from figmill.chip import commands, plots

    source = """
from figmill.chip import plot_type
@plot_type("plot-noise", procedures=["It"])
def noise(runs, look, *, bins: int = 5):
    "Noise of a trace."
@plot_type("history", procedures=["It"])
def taken(runs, look):
    "Not a command."
"""
    points = "[figmill.chip_plots]\nnoise = my_plots:noise\ntaken = my_plots:taken\n"
    outside("mine", points, my_plots=source)
    plots._others.cache_clear()
    try:

        def told(*words: str) -> str:
            return CliRunner().invoke(commands.app, [*words, "--help"]).stdout

        assert "Noise of a trace." in told()
        assert "--bins" in told("plot-noise")
        assert "Print the runs" in told("history")
    finally:
        monkeypatch.undo()
        plots._others.cache_clear()


def test_a_plot_types_options_are_typed(monkeypatch):
    from typing import Annotated

    from pydantic import Field

    from figmill.chip import plot_type
    from figmill.chip.draw_commands import _plot_command

    seen = {}

    @plot_type("plot-mine", procedures=["It"])
    def mine(
        runs,
        look,
        *,
        bins: Annotated[int, Field(ge=1, le=9)] = 5,
        dots: bool = True,
        grid: bool = False,
        levels: tuple[float, ...] = (1.0, 2.0),
    ):
        """Count.

        Parameters
        ----------
        bins
            How many `bins`.
        """

    monkeypatch.setattr(
        "figmill.chip.draw_commands._draw", lambda recipe, out, formats, how: seen.update(
            recipe.plots[0], formats=formats, parallel=how.parallel
        )
    )  # fmt: skip
    app = typer.Typer(rich_markup_mode=None)
    app.command()(_plot_command("plot-mine", mine))
    run = CliRunner().invoke
    text = run(app, ["--help"], terminal_width=200).stdout
    assert "Count." in text
    assert "How many bins. [default: 5; 1 to 9]" in text
    assert "--dots / --no-dots" in text
    assert "--title / --no-title" in text
    words = "1 --stage s --seq 3 --bins 7 --no-dots --levels 3 --levels 4 --no-title -p 2 -f pdf"
    done = run(app, words.split())
    assert done.exit_code == 0, done.output
    assert seen == {
        "type": "plot-mine", "bins": 7, "dots": False, "grid": False, "levels": [3.0, 4.0],
        "title": False, "seq": "3", "formats": ["pdf"], "parallel": 2,
    }  # fmt: skip
    assert run(app, ["1", "--stage", "s", "--bins", "many"]).exit_code == 2
