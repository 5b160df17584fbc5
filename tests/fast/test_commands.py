"""figmill fast, on files made by program."""

import json
import sys

import pytest

from figmill.fast.synthetic import write_orbits

pytest.importorskip("pycdfpp")

QUICK = ("--workers", "0", "--timeout", "0", "--dpi", "30")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fast")
    write_orbits(folder, 2, survey_records=40, burst_records=30, instruments=("ees", "ies"))
    return folder


def names(folder):
    return sorted(path.name for path in folder.rglob("*.png"))


def test_plot_draws_and_then_continues(figmill, data, tmp_path):
    result = figmill("fast", "plot", data, "-o", tmp_path, *QUICK)
    assert result.exit_code == 0, result.output
    assert "2 done" in result.stdout
    assert names(tmp_path)[0] == ("13616_cusp_instrument-grid_ESA_y-log_z-log_raw-inferno.png")
    assert len(names(tmp_path)) == 6
    assert "2 unchanged" in figmill("fast", "plot", data, "-o", tmp_path, *QUICK).stdout


def test_all_figures_and_all_scales(figmill, data, tmp_path):
    kinds = ("pitch-angle", "instrument-grid", "bands", "quicklook")
    figures = [word for kind in kinds for word in ("--figure", kind)]
    both = ("--y-scale", "both", "--z-scale", "both")
    args = ("fast", "plot", data, "-o", tmp_path, *QUICK, *figures, *both, "--orbit", "13616")
    assert figmill(*args).exit_code == 0
    found = names(tmp_path)
    assert len(found) == 4 * (2 + 1 + 2 + 1)
    for scales in (
        "linear_z-linear_raw-viridis",
        "linear_z-log_raw-cividis",
        "log_z-linear_raw-plasma",
        "log_z-log_raw-inferno",
    ):
        assert any(scales in name for name in found), scales


@pytest.mark.parametrize(
    "option",
    [
        ("--figure", "quicklook"),
        ("--instrument", "ies"),
        ("--quantity", "counts"),
        ("--collapse", "median"),
        ("--percentile", "90"),
        ("--quality", "any"),
        ("--hemisphere", "none"),
        ("--sector", "down:0-30,330-360"),
        ("--y-scale", "linear"),
        ("--z-scale", "linear"),
        ("--y-min", "10"),
        ("--y-max", "1e4"),
        ("--z-min", "1e4"),
        ("--z-max", "1e9"),
        ("--limit", "ees:z_min=1e6,z_max=1e9"),
        ("--usual-limits",),
        ("--colormap", "magma"),
        ("--theme", "screen-dark"),
        ("--cusps", ""),
        ("--zoom", "0"),
        ("--markers", "line"),
        ("--marker-color", "white"),
        ("--dpi", "25"),
    ],
)
def test_options_reach_the_figures(figmill, data, drawn, option):
    result = figmill("fast", "plot", data, "-o", drawn, *QUICK, "-n", *option)
    assert "2 items would run" in result.stdout


@pytest.fixture(scope="module")
def drawn(data, tmp_path_factory):
    from figmill import mill
    from figmill.fast.recipe import FastRecipe

    out = tmp_path_factory.mktemp("drawn")
    mill.run(FastRecipe(paths=(str(data),), y_scale="log", dpi=30), out)
    return out


def test_options_that_shape_no_figure_redo_nothing(figmill, data, drawn):
    result = figmill("fast", "plot", data, "-o", drawn, *QUICK, "-n", "--instrument-timeout", "7")
    assert "0 items would run" in result.stdout or "2 unchanged" in result.stdout


@pytest.mark.parametrize(
    ("option", "word"),
    [
        (("--instrument", "xyz"), "xyz"),
        (("--figure", "movie"), "movie"),
        (("--limit", "ees:q=3"), "ees:q=3"),
        (("--limit", "ees:z_min=much"), "much"),
        (("--orbit", "5"), "There is no orbit 5"),
        (("--sector", "down:0"), "down:0"),
        (("--sector", "down:30-10"), "down"),
        (("--y-min", "10", "--y-max", "5"), "not below"),
        (("--cusps", "none.csv"), "none.csv: There is no such cusp table"),
        (("--colormap", "virids"), "did you mean 'viridis'?"),
        (("--theme", "pink"), "no theme 'pink'"),
        (("--marker-color", "greeen"), "'greeen' is not a colour"),
        (("--extrema", "none.json"), "none.json: There is no such file of limits"),
        (("-i", "ees", "--dpi", "10", "--figure", "instrument-grid"), "120 x 30 pixels"),
    ],
)
def test_wrong_options_are_sentences(figmill, data, tmp_path, option, word):
    out = tmp_path / "out"
    result = figmill("fast", "plot", data, "-o", out, *QUICK, *option)
    assert result.exit_code == 2
    assert word in result.stderr
    assert "Traceback" not in result.output
    assert not out.exists()


@pytest.mark.parametrize("command", [("plot",), ("orbit", "13616"), ("extrema",)])
def test_what_is_missing_is_told_before_anything_is_made(
    figmill, data, tmp_path, monkeypatch, command
):
    out = tmp_path / "out"
    gone = figmill("fast", *command, data.with_name(f"{data.name}x"), "-o", out)
    assert gone.exit_code == 2
    assert f"Did you mean {str(data)!r}?" in gone.stderr
    for library in ("pycdfpp", "cdflib"):
        monkeypatch.setitem(sys.modules, library, None)
    bare = figmill("fast", *command, data, "-o", out)
    assert bare.exit_code == 2
    assert bare.stderr.count("is not installed") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_orbits(figmill, tmp_path):
    (tmp_path / "a.cdf").touch()
    result = figmill("fast", "plot", tmp_path, "-o", tmp_path / "out", *QUICK)
    assert result.exit_code == 2
    assert "no FAST ESA file" in result.stderr


def test_a_bad_file_is_named_and_the_rest_drawn(figmill, data, tmp_path):
    import shutil

    shutil.copytree(data, tmp_path / "data")
    next((tmp_path / "data").rglob("*_ies_*13617*.cdf")).write_bytes(b"no CDF")
    result = figmill("fast", "plot", tmp_path / "data", "-o", tmp_path / "out", *QUICK)
    assert result.exit_code == 1
    assert "2 done" in result.stdout
    assert "orbit 13617: no ies (invalid-cdf)" in result.stderr
    assert len(names(tmp_path / "out")) == 5


def test_files_of_other_names_are_named(figmill, data, tmp_path):
    other = data / "other.cdf"
    other.touch()
    try:
        result = figmill("fast", "plot", data, "-o", tmp_path, *QUICK, "--orbit", "13616")
    finally:
        other.unlink()
    assert "passed over" in result.stderr
    assert "other.cdf" in result.stderr


def test_extrema_and_the_figures_that_take_them(figmill, data, tmp_path):
    file = tmp_path / "limits.json"
    result = figmill("fast", "extrema", data, "-o", file, "--workers", "0", "--percentile", "90")
    assert result.exit_code == 0, result.output
    assert "z_max" in result.stdout
    state = json.loads(file.read_text())
    printed = figmill(
        "fast", "extrema", data, "-o", file, "--workers", "0", "--json", "--percentile", "90"
    ).stdout
    assert json.loads(printed) == state
    args = ("fast", "plot", data, "-o", tmp_path / "out", *QUICK, "--extrema", file)
    assert figmill(*args).exit_code == 0
    assert all("given_extrema" in name for name in names(tmp_path / "out"))
    wrong = figmill(*args, "--z-scale", "linear")
    assert wrong.exit_code == 2
    assert "figmill fast extrema DIR --y-scale log --z-scale linear" in wrong.stderr


def test_limits_by_command_job_and_python(figmill, data, tmp_path):
    from figmill.fast import compute_global_extrema

    by_command, by_python = tmp_path / "command.json", tmp_path / "python.json"
    words = ("--instrument", "ies", "--max-energy", "0", "--mins", "--quality", "any")
    done = figmill("fast", "extrema", data, "-o", by_command, "-p", "0", *words)
    assert done.exit_code == 0, done.output
    job = tmp_path / "job.yaml"
    options = {
        "paths": [str(data)], "instruments": ["ies"], "highest_energy": 0, "compute_mins": True,
        "quality": "any",
    }  # fmt: skip
    job.write_text(json.dumps({"recipe": "fast-extrema", "out": "job", "options": options}))
    done = figmill("run", job, "-p", "0")
    assert done.exit_code == 0, done.output
    made = json.loads(by_command.read_text())
    assert made == json.loads((tmp_path / "job" / "FAST_calculated_extrema.json").read_text())
    assert all(name.startswith("ies_log_log") for name in made if name.startswith("ies"))
    python = compute_global_extrema(
        data, "log", "log", ["ies"], by_python, compute_mins=True, quantity="auto", max_energy=0
    )
    assert python["ies_log_log_y_max"] == made["ies_log_log_y_max"]
    wrong = figmill("fast", "extrema", data, "-o", by_command, "--percentile", "0")
    assert wrong.exit_code == 2
    assert "--percentile: input should be greater than 0" in wrong.stderr


def test_one_orbit_now(figmill, data, tmp_path):
    args = ("fast", "orbit", "13617", data, "-o", tmp_path, "--dpi", "30", "-f", "pdf")
    result = figmill(*args, "--figure", "quicklook")
    assert result.exit_code == 0, result.output
    (path,) = tmp_path.glob("*.pdf")
    assert path.name in result.stdout
    assert not (tmp_path / ".figmill").exists()
    assert figmill(*args, "-f", "gif").exit_code == 2


def test_one_orbit_now_replaces_its_own_figures_alone(figmill, data, tmp_path):
    one = ("--dpi", "30", "--figure", "quicklook")
    args = ("fast", "orbit", "13617", data, *one, "-o")
    assert figmill(*args, tmp_path / "now", "-f", "png", "-f", "svg").exit_code == 0
    assert figmill(*args, tmp_path / "now", "-f", "png", "-f", "svg").exit_code == 0
    (path,) = (tmp_path / "now").glob("*.png")
    path.write_text("mine")
    result = figmill(*args, tmp_path / "now", "-f", "svg", "-f", "png")
    assert result.exit_code == 2
    assert f"{path}: a file of this name is there" in result.stderr
    assert path.read_text() == "mine"
    assert figmill(*args, tmp_path / "now", "--overwrite").exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    # A figure of a run is known to that run's ledger.
    run = ("fast", "plot", data, "-o", tmp_path / "out", *QUICK, *one, "--orbit", "13617")
    assert figmill(*run).exit_code == 0
    (path,) = (tmp_path / "out").rglob("*.png")
    assert figmill(*args, path.parent).exit_code == 2


def test_info(figmill, data):
    (file,) = data.rglob("*ees*13616*.cdf")
    result = figmill("fast", "info", file)
    assert "electrons, survey" in result.stdout
    assert "150.0 s" in result.stdout
    known = json.loads(figmill("fast", "info", file, "--json").stdout)
    assert known["records"] == 40
    assert known["orbit"] == 13616
    (track,) = data.rglob("fa_k0_orb_13616*.cdf")
    assert "MLT" in figmill("fast", "info", track).stdout
    result = figmill("fast", "info", data / "none.cdf")
    assert result.exit_code == 1
