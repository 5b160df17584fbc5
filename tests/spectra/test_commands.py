"""figmill spectra on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from figmill.cli import app
from figmill.spectra.demo import KNOWN, write_fuels

BAND = "ester: 1715-1775"


@pytest.fixture(scope="module")
def fuels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuels")
    write_fuels(folder)
    return folder


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_help_names_every_command_and_option() -> None:
    told = call("spectra", "--help").output
    for word in ("inspect", "compare", "calibrate"):
        assert word in told
    told = call("spectra", "compare", "--help").output
    for word in ("--baseline", "--difference", "--ratio", "--band", "--normalizer", "--check"):
        assert word in told


def test_inspect_shows_what_and_why(fuels: Path) -> None:
    done = call("spectra", "inspect", fuels / "blend_A.csv")
    assert done.exit_code == 0
    assert "percent transmittance" in done.output
    assert "semicolon between columns, decimal comma" in done.output


def test_inspect_as_json_with_a_bad_file(fuels: Path) -> None:
    done = call("spectra", "inspect", fuels / "blend_B.csv", fuels / "gone.csv", "--json")
    assert done.exit_code == 1
    good, bad = (json.loads(line) for line in done.stdout.splitlines())
    assert (good["points"], good["y_kind"]) == (1676, "absorbance")
    assert good["confidence"] < 0.8
    assert all(set(item) == {"what", "factor"} for item in good["evidence"])
    assert bad["error"] == "there is no such file."


def test_inspect_with_columns_named(fuels: Path) -> None:
    done = call(
        "spectra", "inspect", fuels / "blend_B.csv", "--x", 1, "--y", "2", "--y-kind",
        "intensity", "--x-quantity", "raman_shift", "--json",
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (found["y_kind"], found["x_quantity"]) == ("intensity", "raman_shift")


def test_compare_draws_measures_and_says_what_failed(fuels: Path, tmp_path: Path) -> None:
    (fuels / "bad.csv").write_text("nothing in it")
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv",
        fuels / "bad.csv", "-o", tmp_path, "--dpi", 60, "--workers", 0, "--timeout", 0,
        "--difference", "--ratio", "--band", BAND, "--peaks", 3, "--kink", "--figures", "overlay",
        "--figures", "stacked", "--kind", "absorbance", "--smooth", 5, "--correct", "asls",
        "--correct-option", "lam=1e7", "--normalize", "minmax", "--save-csv", "--quiet",
    )  # fmt: skip
    assert done.exit_code == 1
    names = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert {
        "ester_5_vs_fuel.png", "stacked_vs_fuel.png", "metrics.csv", "metrics.parquet",
        "normalized/ester_5_vs_fuel.csv",
    } <= names  # fmt: skip
    assert "bad.csv" in done.output


def test_figures_over_two_baselines_stand_beside_one_another(fuels: Path, tmp_path: Path) -> None:
    # One name begins like the other and goes on with digits.
    for name, source in (("b_0.csv", "fuel.csv"), ("b_0_25.csv", "ester_1.csv")):
        (tmp_path / name).write_bytes((fuels / source).read_bytes())
    out = tmp_path / "out"

    def compare(baseline: str) -> Any:
        return call(
            "spectra", "compare", "-b", tmp_path / baseline, fuels / "ester_5.csv", "-o", out,
            "--dpi", 40, "--workers", 0, "--timeout", 0,
        )  # fmt: skip

    def figures() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in out.glob("*.png")}

    assert compare("b_0.csv").exit_code == 0
    assert compare("b_0_25.csv").exit_code == 0
    drawn = figures()
    assert drawn.keys() == {"ester_5_vs_b_0.png", "ester_5_vs_b_0_25.png"}
    for baseline in ("b_0", "b_0_25", "b_0"):
        done = compare(f"{baseline}.csv")
        assert done.exit_code == 0
        assert "1 unchanged" in done.output
        assert figures() == drawn
        assert f",{baseline},ester_5_vs_{baseline}," in (out / "metrics.csv").read_text()


@pytest.mark.parametrize(
    ("options", "replaced"),
    [([], False), (["--conflict", "overwrite"], True), (["--overwrite"], True)],
)
def test_a_file_in_the_way_is_replaced_where_either_option_says_so(
    fuels: Path, tmp_path: Path, options: list[str], replaced: bool
) -> None:
    other = tmp_path / "ester_5_vs_fuel.png"
    other.write_bytes(b"mine")
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv", "-o", tmp_path,
        "--dpi", 40, "--workers", 0, "--timeout", 0, *options,
    )  # fmt: skip
    assert done.exit_code == 0
    assert (other.read_bytes() != b"mine") is replaced
    assert len(list(tmp_path.glob("*.png"))) == 1 + (not replaced)


def test_calibrate_overwrites_where_it_is_told_to(fuels: Path, tmp_path: Path) -> None:
    (tmp_path / "calibration.csv").write_bytes(b"mine")
    known = [f"{fuels / f'ester_{share:g}.csv'}={share:g}" for share in KNOWN]
    words = (
        "spectra", "calibrate", "-b", fuels / "fuel.csv", *known, "--band", BAND, "-o", tmp_path,
    )  # fmt: skip
    assert call(*words).exit_code == 1
    assert (tmp_path / "calibration.csv").read_bytes() == b"mine"
    assert call(*words, "--overwrite").exit_code == 0
    assert (tmp_path / "calibration.csv").read_bytes() != b"mine"


def test_a_missing_sample_is_told_before_anything_is_drawn(fuels: Path, tmp_path: Path) -> None:
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv", fuels / "gone.csv",
        "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.exit_code == 2
    assert "there is no such file" in done.output
    assert not (tmp_path / "out").exists()


def test_compare_check_only_looks(fuels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv", fuels / "no.csv",
        "-o", out, "--check",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "1 of 2 samples look sound" in done.output
    assert "measured on one sample" in done.output
    assert not out.exists()


def test_compare_says_beforehand_what_is_wrong_and_what_it_will_take(
    fuels: Path, tmp_path: Path
) -> None:
    text = (fuels / "ester_5.csv").read_text()
    for number in range(100):
        (tmp_path / f"s{number}.csv").write_text(text)
    (tmp_path / "bad.csv").write_text("")
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", tmp_path, "-o",
        tmp_path / "out", "--dpi", 40, "--workers", 0, "--timeout", 0,
    )  # fmt: skip
    assert f"1 of 101 samples cannot be used, the first is {tmp_path / 'bad.csv'}" in done.output
    assert "100 samples, 2.67 MB: about" in done.output
    assert len(list((tmp_path / "out").glob("*.png"))) == 100


def test_compare_keeps_to_the_conflict_strategy(fuels: Path, tmp_path: Path) -> None:
    other = tmp_path / "ester_5_vs_fuel.png"
    other.write_bytes(b"someone's")
    common = (
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv", "-o", tmp_path,
        "--dpi", 60, "--workers", 0, "--timeout", 0,
    )  # fmt: skip
    assert call(*common, "--conflict", "error").exit_code == 2
    done = call(*common, "--conflict", "skip")
    assert "skipped" in done.output
    assert call(*common).exit_code == 0
    assert other.read_bytes() == b"someone's"
    assert (tmp_path / "ester_5_vs_fuel_001.png").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--band", "here"), "is not a band"),
        (("--name", "../{sample}"), "leaves the output folder"),
        (("--kind", "colour"), "kind"),
        (("--correct-option", "lam"), "NAME=NUMBER"),
        (("--normalizer", "llm"), "--base-url"),
        (("--base-url", "http://x/v1"), "needs --normalizer llm"),
        (("--smooth", "4"), "odd"),
    ],
)
def test_wrong_options_are_sentences(
    words: tuple[str, ...], says: str, fuels: Path, tmp_path: Path
) -> None:
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv", "-o", tmp_path,
        *words,
    )  # fmt: skip
    assert done.exit_code == 2
    assert says in done.output
    assert "Traceback" not in done.output


def test_a_missing_baseline_is_said_before_anything_runs(fuels: Path, tmp_path: Path) -> None:
    done = call("spectra", "compare", "-b", "gone.csv", fuels / "ester_5.csv", "-o", tmp_path / "o")
    assert done.exit_code == 2
    assert "gone.csv: There is no such baseline." in done.output


def test_calibrate_reads_the_unknown_off(fuels: Path, tmp_path: Path) -> None:
    known = [f"{fuels / f'ester_{share:g}.csv'}={share:g}" for share in KNOWN]
    words = (
        "spectra", "calibrate", "-b", fuels / "fuel.csv", *known, "-u", fuels / "blend_A.csv",
        "--band", BAND, "--quantity", "ester", "--unit", "%", "-o", tmp_path, "--dpi", 60,
    )  # fmt: skip
    done = call(*words)
    assert done.exit_code == 0
    assert "R2" in done.output
    assert (tmp_path / "calibration.png").exists()
    found = json.loads(call(*words, "--json").stdout)
    (blend,) = [row for row in found["samples"] if row["role"] == "unknown"]
    assert blend["read"] == pytest.approx(4.0, abs=0.06)


def test_calibrate_says_how_values_are_written(fuels: Path, tmp_path: Path) -> None:
    done = call(
        "spectra", "calibrate", "-b", fuels / "fuel.csv", "a.csv", "--band", BAND, "-o", tmp_path
    )
    assert done.exit_code == 2
    assert "FILE=VALUE" in done.output


def test_a_job_file_draws_the_same(fuels: Path, tmp_path: Path) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(
        f"recipe: spectra\nout: out\noptions:\n  baseline: {fuels / 'fuel.csv'}\n"
        f"  samples: ['{fuels / 'ester_5.csv'}']\n  dpi: 60\n  bands: ['{BAND}']\n"
        "run: {workers: 0, timeout: 0}\n"
    )
    assert call("run", job).exit_code == 0
    assert (tmp_path / "out" / "ester_5_vs_fuel.png").exists()
    assert "area_difference[ester]" in (tmp_path / "out" / "metrics.csv").read_text()


def test_the_demo_runs(tmp_path: Path) -> None:
    done = call("demo", tmp_path, "--recipe", "spectra", "--workers", 2)
    assert done.exit_code == 0, done.output
    assert " carry a doubt" not in done.output
    assert (tmp_path / "overlays" / "saturated_vs_fuel.png").exists()
    assert (tmp_path / "calibration" / "calibration.png").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--correct", "foo"), "--correct: input should be"),
        (("--correct-option", "lam=1"), "options of a baseline method need the method"),
        (("--title", "{foo}"), "the title has the unknown field {foo}"),
    ],
)
def test_mistakes_name_the_option_as_it_is_spelled(
    words: tuple[str, str], told: str, fuels: Path, tmp_path: Path
) -> None:
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_5.csv", "-o",
        tmp_path / "out", *words,
    )  # fmt: skip
    assert done.exit_code == 2
    assert told in done.output


def test_what_a_reader_doubts_is_told_after_the_run(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    odd = tmp_path / "odd.csv"
    odd.write_text("\n".join([*lines[:5], "ERROR", *lines[5:]]))
    words = ("spectra", "compare", "-b", fuels / "fuel.csv", odd, fuels / "ester_1.csv")
    done = call(*words, "-o", tmp_path / "out", "--dpi", 60, "-p", 0)
    assert done.exit_code == 0
    assert "Of 2 items, 1 (50 %) carry a loss:" in done.output
    assert "rows-unread: 1 of" in done.output
    assert "rows cannot be read" in (tmp_path / "out" / "metrics.csv").read_text()
    quiet = call(*words, "-o", tmp_path / "out2", "--dpi", 60, "-p", 0, "--quiet")
    assert "notes" not in quiet.output


def test_a_sample_missing_from_a_figure_of_all_is_told(fuels: Path, tmp_path: Path) -> None:
    done = call(
        "spectra", "compare", "-b", fuels / "fuel.csv", fuels / "ester_1.csv", "gone.csv",
        "--figures", "all", "-o", tmp_path / "out", "--dpi", 60, "-p", 0,
    )  # fmt: skip
    assert "sample-left-out: gone: It is left out: there is no such file." in done.output


def test_too_few_samples_of_known_value(fuels: Path, tmp_path: Path) -> None:
    done = call(
        "spectra", "calibrate", "-b", fuels / "fuel.csv", f"{fuels / 'ester_1.csv'}=1",
        "--band", "1715-1775", "-o", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 2
    assert "FILE=VALUE: 1 samples of known value; three are needed" in done.output
