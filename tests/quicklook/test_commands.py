"""figmill quicklook, on files made by program."""

import json
import os
import sys

import pytest

from figmill.fast.synthetic import write_orbits

QUICK = ("--workers", "0", "--timeout", "0", "--dpi", "40")


@pytest.fixture(scope="module")
def orbit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cdf")
    write_orbits(folder, orbits=1, survey_records=40, burst_records=40, instruments=("ees",))
    (folder / "broken.cdf").write_bytes(b"This is not a CDF file.")
    return folder


def test_figures_of_the_good_and_reasons_of_the_bad(figmill, orbit, tmp_path) -> None:
    result = figmill("quicklook", orbit, "-o", tmp_path / "out", *QUICK)
    assert result.exit_code == 1
    made = sorted(path.name[:10] for path in (tmp_path / "out").rglob("*.png"))
    assert made == ["fa_esa_l2_", "fa_k0_orb_"]
    assert "failed   broken" in result.stderr
    again = figmill("quicklook", orbit, "-o", tmp_path / "out", *QUICK)
    assert "0 done" in again.stdout


def test_options_reach_the_figure(figmill, orbit, tmp_path) -> None:
    args = ("quicklook", orbit / "**" / "fa_esa*.cdf", "-o", tmp_path / "out", *QUICK, "-n")
    first = figmill(*args)
    assert "1 item would run" in first.stdout
    figmill(*args[:-1])
    for option in (
        ("-r", "eflux"),
        ("--collapse", "max"),
        ("--from", "2000-01-28T21:10"),
        ("--to", "2000-01-28T22:10"),
        ("--y-scale", "linear"),
        ("--y-min", "10"),
        ("--y-max", "1e4"),
        ("--z-scale", "linear"),
        ("--z-min", "1"),
        ("--z-max", "1e9"),
        ("--colormap", "magma"),
        ("--width", "5"),
        ("--height", "4"),
        ("--theme", "screen-dark"),
        ("--show", "lines"),
        ("--magnitude",),
        ("--uncertainty", "band"),
    ):
        assert "1 item would run" in figmill(*args, *option).stdout, option
    assert "1 unchanged" in figmill(*args).stdout


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--theme", "pink"), "--theme: there is no theme 'pink'"),
        (("--from", "noon"), "--from / --time-start: 'noon' is not"),
        (
            ("--from", "2000-01-02", "--to", "2000-01-01"),
            "--to / --time-stop: 2000-01-01 is not later than the start, 2000-01-02.",
        ),
        (("--z-min", "5", "--z-max", "1"), "--z-max: 1 is not above z_min, which is 5."),
        (("--y-min", "5", "--y-max", "5"), "--y-max: 5 is not above y_min, which is 5."),
        (("--z-min", "nan"), "--z-min: input should be a finite number, not nan."),
        (("--y-max", "inf"), "--y-max: input should be a finite number"),
        (("--z-min", "-5", "--z-scale", "log"), "--z-min: -5 cannot stand on a logarithmic"),
        (("--y-min", "0", "--y-scale", "log"), "--y-min: 0 cannot stand on a logarithmic"),
        (("--colormap", "nope"), "--colormap: matplotlib has no colour map 'nope'"),
        (("--colormap", "virids"), "did you mean 'viridis'?\n"),
        (("--height", "0.5"), "A figure of 400 x 20 pixels"),
        (("--height", "1", "--dpi", "100"), "has no room for 1 rows"),
        (("--width", "200", "--height", "200", "--dpi", "2400"), "480000 x 480000 pixels"),
        (("--overrides", "nope.yaml"), "nope.yaml: There is no such file"),
        (("--dpi", "1"), "--dpi"),
        (("--y-scale", "logg"), "'logg'"),
    ],
)
def test_wrong_options(figmill, orbit, tmp_path, option, words) -> None:
    result = figmill("quicklook", orbit, "-o", tmp_path / "out", *QUICK, *option)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count(", not ") == ("should be" in result.stderr)
    assert "QuicklookRecipe" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_empty_name_of_a_row(figmill, orbit, tmp_path) -> None:
    result = figmill("quicklook", orbit, "-o", tmp_path / "out", *QUICK, "--rows", "")
    assert result.exit_code == 2
    assert "--rows: string should have at least 1 character" in result.stderr
    assert not (tmp_path / "out").exists()


def test_no_files(figmill, tmp_path) -> None:
    result = figmill("quicklook", tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "no CDF file" in result.stderr
    assert not (tmp_path / "out").exists()


def test_without_a_library_nothing_begins(figmill, orbit, tmp_path, monkeypatch) -> None:
    for library in ("pycdfpp", "cdflib"):
        monkeypatch.setitem(sys.modules, library, None)
    result = figmill("quicklook", orbit, "-o", tmp_path / "out", *QUICK)
    assert result.exit_code == 2
    assert result.stderr.count("is not installed") == 1
    assert "pip install 'figmill[fast]'" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_told_before_anything_is_drawn(figmill, orbit, tmp_path) -> None:
    good = next(orbit.rglob("fa_esa*.cdf"))
    absent = tmp_path / "fa_esa_l2_ees_gone.cdf"  # its metadata are corrected by name
    command = ("quicklook", good, absent, "-o", tmp_path / "out", *QUICK, "-r", "eflux")
    result = figmill(*command)
    assert result.exit_code == 2
    assert f"there is no such file: {absent}." in result.stderr
    assert not (tmp_path / "out").exists()
    # What was drawn of it before stays, and is told.
    absent.write_bytes(good.read_bytes())
    assert figmill(*command).exit_code == 0
    absent.unlink()
    result = figmill(*command)
    assert result.exit_code == 1
    assert "1 file out of date" in result.stdout
    assert f"kept     {absent.stem}  Input {absent} is missing" in result.stderr
    assert (tmp_path / "out" / f"{absent.stem}.png").exists()


def test_a_named_pipe_is_refused_at_once(figmill, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "pipe.cdf")
    result = figmill("quicklook", tmp_path / "data", "-o", tmp_path / "out", *QUICK)
    assert result.exit_code == 1
    assert "a named pipe, not a regular file" in result.stderr


def test_wrong_overrides_are_told_before_any_file_is_read(figmill, orbit, tmp_path) -> None:
    wrong = tmp_path / "overrides.yaml"
    wrong.write_text("override:\n  - {file: '*.cdf', variable: x}\n")
    result = figmill("quicklook", orbit, "-o", tmp_path / "out", *QUICK, "--overrides", wrong)
    assert result.exit_code == 2
    assert "overrides.yaml, override 1: An override needs file, variable and set." in result.stderr
    assert not (tmp_path / "out").exists()


def test_files_that_would_share_a_figure_are_refused(figmill, tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.cdf").touch()
    result = figmill("quicklook", tmp_path / "one", tmp_path / "two", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "Two files would be drawn as 'same'" in result.stderr


def test_finished_figures_stay_until_others_take_their_place(figmill, orbit, tmp_path) -> None:
    out = tmp_path / "out"
    data = tmp_path / "data"
    data.mkdir()
    one = next(orbit.rglob("fa_esa*.cdf")).read_bytes()
    for number in range(4):
        (data / f"fa_esa_l2_ees_{number}.cdf").write_bytes(one)
    base = ("quicklook", data, "-o", out, *QUICK, "-r", "eflux")

    def figures(suffix: str = "png") -> dict[str, bytes]:
        return {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in sorted(out.rglob(f"*.{suffix}"))
        }

    figmill(*base)
    first = figures()
    assert len(first) == 4
    # Another format stands beside, and nothing is out of date.
    figmill(*base, "-f", "pdf")
    assert figures() == first
    assert len(figures("pdf")) == 4
    # A range without data.
    result = figmill(*base, "--from", "2031-01-01", "--to", "2031-01-02")
    assert result.exit_code == 1
    assert "4 files out of date" in result.stdout
    assert f"figmill status {out}" in result.stdout
    assert "figmill prune" not in result.stdout
    assert f"figmill prune {out}" in figmill("status", out).stdout
    assert figures() == first
    status = figmill("status", out)
    assert "Out of date: 4 files" in status.stdout
    told = json.loads(figmill("status", out, "--json").stdout)
    assert sorted(one["file"] for one in told["stale"]) == sorted(first)
    assert {one["recipe"] for one in told["stale"]} == {"quicklook"}
    assert "has no data now" in told["stale"][0]["reason"]
    # It only says what would go.
    pruned = json.loads(figmill("prune", out, "--json").stdout)
    assert sorted(one["file"] for one in pruned["would_remove"]) == sorted(first)
    assert "Add --yes" in figmill("prune", out).stdout
    assert figures() == first
    planned = figmill(*base, "--theme", "screen-dark", "--dry-run")
    for name in first:
        assert f"replaces {name}" in planned.stdout
    assert ".pdf" not in planned.stdout
    # With the first options they are what they should be: nothing is drawn.
    result = figmill(*base)
    assert "4 unchanged" in result.stdout
    assert "Out of date" not in figmill("status", out).stdout
    assert figures() == first
    # The next good run replaces them.
    figmill(*base, "--from", "2031-01-01")
    figmill(*base, "--theme", "screen-dark")
    assert figures().keys() == first.keys()
    assert all(figures()[name] != data for name, data in first.items())
    assert "Out of date" not in figmill("status", out).stdout
    figmill(*base, "--from", "2031-01-01")
    assert "4 files removed" in figmill("prune", out, "--yes").stdout
    assert figures() == {}
    assert len(figures("pdf")) == 4
