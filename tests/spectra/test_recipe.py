from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import polars
import pytest

from figmill import mill
from figmill.engine import Ledger, RunOptions
from figmill.errors import ConfigError, MissingExtraError
from figmill.figure import Band as Shade
from figmill.figure import Curve, Mark
from figmill.notes import Note
from figmill.recipes.base import Description
from figmill.spectra import CalibrationRecipe, SpectraRecipe
from figmill.spectra.demo import KNOWN, UNKNOWN, write_fuels
from figmill.spectra.read.files import read_spectrum
from figmill.spectra.reading import Reading

QUICK = RunOptions(workers=0, log=False)
MODEL = {"base_url": "http://localhost:1/v1", "model": "any"}


@pytest.fixture(scope="module")
def fuels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuels")
    write_fuels(folder)
    return folder


def recipe(folder: Path, *samples: str, **options: object) -> SpectraRecipe:
    files = tuple(str(folder / name) for name in samples) or (str(folder),)
    return SpectraRecipe(
        baseline=str(folder / "fuel.csv"), samples=files, dpi=60, **options  # type: ignore[arg-type]
    )  # fmt: skip


def curves(made: SpectraRecipe, key: str, row: int = 0) -> list[Curve]:
    item = next(item for item in made.items() if item.key == key)
    figure = made.describe(item).drawings[0].figure
    panel = figure.panels[row][0]
    assert panel is not None
    return [layer for layer in panel.layers if isinstance(layer, Curve)]


def test_a_folder_gives_every_sample_but_the_baseline(fuels: Path) -> None:
    keys = [item.key for item in recipe(fuels).items()]
    assert "fuel" not in keys
    assert len(keys) == len(KNOWN) + len(UNKNOWN) + 1
    assert keys.index("ester_2.5") < keys.index("ester_10")


def test_curves_keep_their_own_extent(fuels: Path, tmp_path: Path) -> None:
    """The documented system drew flat lines beyond a sample's range."""
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    short = tmp_path / "short.csv"
    short.write_text("\n".join([lines[0], *lines[200:900]]))
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), samples=(str(short),), difference=True, ratio=True
    )
    base, sample = curves(made, "short")
    assert (sample.x.min(), sample.x.max()) == (2204.0, 3602.0)
    assert (base.x.min(), base.x.max()) == (650.0, 4000.0)
    for row in (1, 2):
        (lower,) = curves(made, "short", row)
        assert lower.x.min() >= 2204.0
        assert lower.x.max() <= 3602.0


def test_percent_is_drawn_as_what_it_is(fuels: Path) -> None:
    """The documented system drew %T as absorbance."""
    made = recipe(fuels, "blend_A.csv")
    _, sample = curves(made, "blend_A")
    item = next(iter(made.items()))
    panel = made.describe(item).drawings[0].figure.panels[0][0]
    assert panel is not None
    assert panel.y.label == "Absorbance"
    assert 0.9 < np.nanmax(sample.y) < 1.3
    percent = SpectraRecipe(
        baseline=str(fuels / "blend_A.csv"), samples=(str(fuels / "blend_A.csv"),)
    )
    item = next(iter(percent.items()))
    panel = percent.describe(item).drawings[0].figure.panels[0][0]
    assert panel is not None
    assert (panel.y.label, panel.y.unit) == ("Transmittance", "%")


def test_no_row_is_lost_on_the_way(fuels: Path) -> None:
    """The documented system lost the first row."""
    _, sample = curves(recipe(fuels, "blend_B.csv"), "blend_B")
    rows = (fuels / "blend_B.csv").read_text().split()
    assert sample.x.size == len(rows)
    assert f"{sample.x.max():.1f}" == rows[0].split(",")[0]


def test_saturation_is_marked_and_counted(fuels: Path) -> None:
    made = recipe(fuels, "saturated.csv", bands=("ester: 1715-1775",))
    item = next(iter(made.items()))
    described = made.describe(item)
    panel = described.drawings[0].figure.panels[0][0]
    assert panel is not None
    labels = [layer.label for layer in panel.layers if isinstance(layer, Shade)]
    assert "saturated (A > 3)" in labels
    facts = described.facts["metrics"]
    assert isinstance(facts, dict)
    assert facts["saturated_points"] > 5  # type: ignore[operator]
    scaled = recipe(fuels, "saturated.csv", processing={"normalize": "snv"})
    again = scaled.describe(next(iter(scaled.items()))).facts["metrics"]
    assert isinstance(again, dict)
    assert again["saturated_points"] == facts["saturated_points"]


def test_a_batch_with_its_table(fuels: Path, tmp_path: Path) -> None:
    made = recipe(fuels, figures=("overlay", "all", "stacked"), bands=("ester: 1715-1775",))
    report = mill.run(made, tmp_path, options=QUICK)
    assert (report.done, report.failed) == (12, 0)
    with (tmp_path / "metrics.csv").open() as stream:
        rows = {row["sample"]: row for row in csv.DictReader(stream)}
    frame = polars.read_parquet(tmp_path / "metrics.parquet")
    assert frame["sample"].to_list() == list(rows)
    areas = [float(rows[f"ester_{share:g}"]["area_difference[ester]"]) for share in KNOWN]
    assert np.corrcoef(KNOWN, areas)[0, 1] > 0.999
    assert float(rows["ester_10"]["pearson"]) < float(rows["ester_1"]["pearson"])
    assert rows["blend_A"]["kind"] == "absorbance"
    again = mill.run(made, tmp_path, options=QUICK)
    assert (again.done, again.skipped) == (0, 12)


def test_bad_samples_fail_alone(fuels: Path, tmp_path: Path) -> None:
    bad = tmp_path / "in"
    bad.mkdir()
    (bad / "empty.csv").write_text("")
    (bad / "binary.csv").write_bytes(bytes(range(256)) * 20)
    (bad / "elsewhere.csv").write_text(
        "wavenumber,absorbance\n" + "\n".join(f"{x},0.1" for x in range(6000, 6100))
    )
    names = [str(bad / name) for name in ("empty.csv", "binary.csv", "elsewhere.csv")]
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), samples=(*names, str(fuels / "ester_1.csv")), dpi=60
    )
    report = mill.run(made, tmp_path / "out", options=QUICK)
    assert (report.done, report.failed) == (1, 3)
    told = {note.key: note.failure.message for note in report.failures}
    assert "empty" in told["empty"]
    assert "not a text file" in told["binary"]
    assert "does not overlap" in told["elsewhere"]
    assert sorted(p.name for p in (tmp_path / "out").glob("*.png")) == ["ester_1_vs_fuel.png"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.csv", "no such baseline"), ("empty.csv", "baseline cannot be used")],
)
def test_a_bad_baseline_stops_everything_before_it_begins(
    name: str, words: str, fuels: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").write_text("")
    made = SpectraRecipe(baseline=str(tmp_path / name), samples=(str(fuels / "ester_1.csv"),))
    with pytest.raises(ConfigError, match=words):
        mill.run(made, tmp_path / "out", options=QUICK)
    assert not (tmp_path / "out").exists()


def test_a_changed_sample_alone_is_drawn_again(fuels: Path, tmp_path: Path) -> None:
    files = []
    for name in ("ester_1.csv", "ester_5.csv"):
        files.append(tmp_path / name)
        files[-1].write_bytes((fuels / name).read_bytes())
    made = SpectraRecipe(baseline=str(fuels / "fuel.csv"), samples=tuple(map(str, files)), dpi=60)
    mill.run(made, tmp_path / "out", options=QUICK)
    files[0].write_text(files[0].read_text().replace("4000.0", "4000.1"))
    report = mill.run(made, tmp_path / "out", options=QUICK)
    assert (report.done, report.skipped) == (1, 1)


def test_normalized_spectra_are_kept_as_csv(fuels: Path, tmp_path: Path) -> None:
    from figmill.spectra.read.files import read_spectrum

    made = recipe(fuels, "blend_A.csv", save_normalized_csvs=True)
    mill.run(made, tmp_path, options=QUICK)
    again = read_spectrum(tmp_path / "normalized" / "blend_A_vs_fuel.csv")
    first = read_spectrum(fuels / "blend_A.csv").to_kind("absorbance").ascending()
    np.testing.assert_array_equal(again.x, first.x)
    np.testing.assert_array_equal(again.y, first.y)
    assert again.confidence == pytest.approx(1, abs=0.02)


def test_provenance_says_what_was_done(fuels: Path) -> None:
    made = recipe(fuels, "ester_5.csv", processing={"smooth": 9, "normalize": "minmax"})
    figure = made.describe(next(iter(made.items()))).drawings[0].figure
    assert figure.provenance["spectra:processing"] == (
        "Savitzky-Golay smoothing, 9 points, order 2; scaled to 0-1"
    )
    panel = figure.panels[0][0]
    assert panel is not None
    assert panel.y.label == "Absorbance, scaled"


def test_the_axis_runs_from_high_to_low_with_an_optional_change_of_scale(fuels: Path) -> None:
    made = recipe(fuels, "ester_5.csv", kink=True)
    panel = made.describe(next(iter(made.items()))).drawings[0].figure.panels[0][0]
    assert panel is not None
    assert panel.x.reverse
    assert panel.x.kink == (2000.0, 2.0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"bands": ("a: 1-2", "a: 3-4")}, "two bands have one name"),
        ({"bands": ("what",)}, "is not a band"),
        ({"filename_template": "x"}, "one name"),
        ({"theme": "pink"}, "no theme"),
        ({"x_min": 5.0, "x_max": 4.0}, "not below"),
        ({"figures": ()}, "nothing to make"),
        ({"title": "{what}"}, "unknown field"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], says: str, fuels: Path) -> None:
    with pytest.raises(ValueError, match=says):
        recipe(fuels, "ester_5.csv", **options)


def test_a_folder_or_pattern_without_spectra(fuels: Path, tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "*.csv"):
        made = SpectraRecipe(baseline=str(fuels / "fuel.csv"), samples=(str(name),))
        with pytest.raises(ConfigError, match=r"(holds|finds) no spectra"):
            list(made.items())


def test_the_demo_reads_its_blends_right(fuels: Path, tmp_path: Path) -> None:
    made = CalibrationRecipe(
        baseline=str(fuels / "fuel.csv"),
        known={str(fuels / f"ester_{share:g}.csv"): share for share in KNOWN},
        unknown=tuple(str(fuels / f"{name}.csv") for name in UNKNOWN),
        band="ester: 1715-1775",
        dpi=60,
    )
    assert mill.run(made, tmp_path, options=QUICK).ok
    with (tmp_path / "calibration.csv").open() as stream:
        rows = {row["sample"]: row for row in csv.DictReader(stream)}
    for name, share in UNKNOWN.items():
        assert float(rows[name]["low"]) <= share + 0.05
        assert float(rows[name]["high"]) >= share - 0.05
    with Ledger.read(tmp_path) as ledger:
        facts = ledger.facts("calibration")
    assert facts is not None
    assert facts["calibration"]["r2"] > 0.999  # type: ignore[index, call-overload, operator]


def test_a_calibration_needs_its_files_and_three_values(fuels: Path) -> None:
    with pytest.raises(ValueError, match="three are needed"):
        CalibrationRecipe(baseline="b", known={"a": 1.0}, band="1-2")
    known = {str(fuels / f"ester_{share:g}.csv"): share for share in (1.0, 5.0)}
    made = CalibrationRecipe(
        baseline=str(fuels / "fuel.csv"), known={**known, "gone.csv": 3.0}, band="1715-1775"
    )
    with pytest.raises(ConfigError, match=r"gone\.csv: There is no such file"):
        made.check()


@pytest.mark.parametrize("kind", ["all", "stacked"])
def test_among_very_many_samples_three_are_named(kind: str, fuels: Path, tmp_path: Path) -> None:
    text = (fuels / "ester_1.csv").read_text()
    for number in range(20):
        (tmp_path / f"s{number}.csv").write_text(text)
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), samples=(str(tmp_path),), figures=(kind,)
    )  # fmt: skip
    (item,) = made.items()
    panel = made.describe(item).drawings[0].figure.panels[0][0]
    assert panel is not None
    labels = {layer.label for layer in panel.layers if isinstance(layer, Curve) and layer.label}
    assert labels == {"s0", "s10", "s19", "fuel (baseline)"}
    assert panel.legend_title == "20 samples"


def described(made: SpectraRecipe, key: str) -> Description:
    return made.describe(next(item for item in made.items() if item.key == key))


def test_all_samples_of_two_kinds_become_one(fuels: Path) -> None:
    """A baseline in %T, one sample in %T and one in absorbance: all are drawn as absorbance."""
    made = SpectraRecipe(
        baseline=str(fuels / "blend_A.csv"),
        samples=(str(fuels / "blend_A.csv"), str(fuels / "ester_5.csv")),
        figures=("all", "stacked"),
    )
    for key in ("all samples", "stacked"):
        panel = described(made, key).drawings[0].figure.panels[0][0]
        assert panel is not None
        assert panel.y.label.startswith("Absorbance")
        assert len([layer for layer in panel.layers if isinstance(layer, Curve)]) == 3


def test_a_missing_sample_is_named_in_the_figure_of_all(fuels: Path) -> None:
    made = recipe(fuels, "ester_5.csv", "gone.csv", figures=("all",))
    (note,) = described(made, "all samples").notes
    assert note == Note.loss("sample-left-out", "It is left out: there is no such file.", "gone")


def test_notes_of_the_reader_stand_in_the_table(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    odd = tmp_path / "odd.csv"
    odd.write_text("\n".join([*lines[:5], "ERROR", *lines[5:]]))
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), samples=(str(odd),), bands=("far: 9000-9100",)
    )
    found = described(made, "odd")
    metrics = found.facts["metrics"]
    assert isinstance(metrics, dict)
    assert [note.code for note in found.notes] == ["rows-unread", "band-without-area"]
    assert "rows cannot be read, the first on line 6: 'ERROR'." in str(metrics["notes"])
    assert str(metrics["notes"]).endswith("all over the band far: 9000-9100: no area.")


def test_rounding_is_not_drawn_as_a_difference(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "fuel.csv").read_text().splitlines()
    values = [line.split(",") for line in lines[1:]]
    same = tmp_path / "same.csv"
    same.write_text("\n".join([lines[0], *(f"{x},{float(y) * (1 + 1e-15)!r}" for x, y in values)]))
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), samples=(str(same),), difference=True, ratio=True
    )
    rows = described(made, "same").drawings[0].figure.panels
    low, high = rows[1][0].y.limits  # type: ignore[union-attr]
    assert -1e-5 < low < -1e-7  # type: ignore[operator]
    assert high == -low  # type: ignore[operator]
    low, high = rows[2][0].y.limits  # type: ignore[union-attr]
    assert high - low == pytest.approx(2e-4, rel=0.01)  # type: ignore[operator]


def test_marks_of_peaks_stand_clear_of_a_higher_neighbour(tmp_path: Path) -> None:
    """Wavenumbers run from high to low, so what has its neighbour below goes to the left."""
    x = np.arange(4000.0, 600.0, -1.0)
    y = sum(h * np.exp(-(((x - at) / 8) ** 2)) for at, h in ((2955, 0.6), (2925, 1), (2855, 0.1)))
    file = tmp_path / "a.csv"
    file.write_text(
        "wavenumber,absorbance\n" + "\n".join(f"{a},{b:.6f}" for a, b in zip(x, y, strict=True))
    )
    made = SpectraRecipe(baseline=str(file), samples=(str(file),), peaks=3)
    panel = described(made, "a").drawings[0].figure.panels[0][0]
    assert panel is not None
    marks = {layer.text: layer.align for layer in panel.layers if isinstance(layer, Mark)}
    assert marks == {"2955": "right", "2925": "center", "2855": "center"}


def test_a_calibration_compares_one_kind(fuels: Path, tmp_path: Path) -> None:
    """One sample in %T among others in absorbance gives the line that it gives in absorbance."""
    known = {str(fuels / f"ester_{value}.csv"): value for value in (1, 5, 10)}
    options = {"baseline": str(fuels / "fuel.csv"), "band": "1715-1775"}
    plain = CalibrationRecipe(known=known, **options)  # type: ignore[arg-type]
    percent = tmp_path / "ester_5.csv"
    sample = read_spectrum(fuels / "ester_5.csv").to_kind("percent_transmittance")
    rows = (f"{a!r},{b!r}" for a, b in zip(sample.x.tolist(), sample.y.tolist(), strict=True))
    percent.write_text("wavenumber,%T\n" + "\n".join(rows))
    other = CalibrationRecipe(
        known={str(percent) if value == 5 else file: value for file, value in known.items()},
        **options,  # type: ignore[arg-type]
    )
    figures = []
    slopes = []
    for made in (plain, other):
        found = made.describe(next(iter(made.items())))
        slopes.append(found.facts["calibration"]["slope"])  # type: ignore[index, call-overload]
        figures.append(found.drawings[0].figure)
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-9)
    panel = figures[0].panels[0][0]
    assert panel is not None
    assert panel.y.label == "Area of 1715-1775 cm^{-1} above baseline"
    assert panel.y.unit == "cm^{-1}"


def test_limits_of_x_set_the_scale_of_y_and_the_peaks(fuels: Path) -> None:
    options = {"difference": True, "ratio": True, "peaks": 2}
    made = recipe(fuels, "ester_10.csv", x_min=1600, x_max=1900, **options)
    figure = described(made, "ester_10").drawings[0].figure
    whole = curves(recipe(fuels, "ester_10.csv", **options), "ester_10", 2)[0]
    ratio = curves(made, "ester_10", 2)[0]
    np.testing.assert_array_equal(ratio.y, whole.y[np.isin(whole.x, ratio.x)])
    for row in (0, 1):
        panel = figure.panels[row][0]
        assert panel is not None
        for layer in panel.layers:
            if isinstance(layer, Curve):
                # One point beyond each end leads the curve to the frame.
                assert (layer.x.min(), layer.x.max()) == (1598.0, 1902.0)
    panel = figure.panels[0][0]
    assert panel is not None
    marks = [layer for layer in panel.layers if isinstance(layer, Mark)]
    assert "1746" in [mark.text for mark in marks]
    assert all(1600 <= mark.x <= 1900 for mark in marks)


def test_noise_of_a_saturated_range_is_marked_once(tmp_path: Path) -> None:
    x = np.arange(4000.0, 600.0, -1.0)
    light = 0.8 * np.ones(x.size)
    light[(x > 1200) & (x < 1300)] = np.random.default_rng(1).uniform(1e-6, 9e-4, 99)
    light *= 1 - 0.9 * np.exp(-(((x - 2000) / 10) ** 2))
    file = tmp_path / "dense.csv"
    rows = (f"{a},{100 * b:.9f}" for a, b in zip(x, light, strict=True))
    file.write_text("wavenumber,%T\n" + "\n".join(rows))
    made = SpectraRecipe(
        baseline=str(file), samples=(str(file),), peaks=5, processing={"kind": "absorbance"}
    )
    panel = described(made, "dense").drawings[0].figure.panels[0][0]
    assert panel is not None
    marks = [layer.x for layer in panel.layers if isinstance(layer, Mark)]
    assert len([x for x in marks if 1200 < x < 1300]) == 1
    assert any(abs(x - 2000) < 1 for x in marks)


@pytest.mark.parametrize(
    ("library", "options"),
    [
        ("polars", {}),
        ("scipy", {"processing": {"smooth": 5}}),
        ("pybaselines", {"processing": {"baseline_method": "asls"}}),
        ("brukeropus", {}),
        ("openai", {"reading": {"normalizer": "llm", "language_model": MODEL}}),
    ],
)
def test_a_library_that_the_options_need_is_missed_before_anything_is_made(
    library: str,
    options: dict[str, object],
    fuels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "oil.0").write_bytes(b"\x0a\x0a\xfe\xfe of OPUS")
    monkeypatch.setenv("FIGMILL_LLM_API_KEY", "any")
    monkeypatch.setitem(sys.modules, library, None)
    made = recipe(fuels, "ester_1.csv", str(tmp_path / "oil.0"), **options)
    with pytest.raises(MissingExtraError, match=rf"^{library} is not installed"):
        mill.run(made, tmp_path / "out", options=QUICK)
    assert not (tmp_path / "out").exists()


def test_a_library_that_no_file_needs_is_not_missed(
    fuels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes say what a file is, never its suffix."""
    (tmp_path / "oil.0").write_text((fuels / "ester_1.csv").read_text())
    for library in ("brukeropus", "pybaselines", "openai"):
        monkeypatch.setitem(sys.modules, library, None)
    recipe(fuels, str(tmp_path / "oil.0")).check()


def test_a_model_without_a_key_is_told_before_anything_is_made(
    fuels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIGMILL_LLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    made = recipe(fuels, reading={"normalizer": "llm", "language_model": MODEL})
    with pytest.raises(ConfigError, match="no key for the language model"):
        mill.run(made, tmp_path / "out", options=QUICK)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"height": 1.0}, "no room for 1 rows"),
        ({"height": 1.5, "difference": True, "ratio": True}, "no room for 3 rows"),
        ({"width": 200.0, "dpi": 2400}, "480000 x 14400 pixels"),
        (
            {"processing": {"baseline_method": "asls", "baseline_options": {"lamb": 1}}},
            "asls has no option 'lamb'",
        ),
    ],
)
def test_options_that_fit_no_figure_are_wrong_in_the_command(
    options: dict[str, object], words: str, fuels: Path, tmp_path: Path
) -> None:
    made = recipe(fuels, "ester_1.csv").model_copy(update={"dpi": 60.0})
    made = SpectraRecipe(**{**made.model_dump(), **options})
    with pytest.raises(ConfigError, match=words):
        mill.run(made, tmp_path / "out", options=QUICK)
    assert not (tmp_path / "out").exists()


def test_only_samples_named_themselves_are_named(fuels: Path) -> None:
    folder = {item.key: item.named for item in recipe(fuels).items()}
    assert not any(folder.values())
    pattern = list(recipe(fuels, "ester_*.csv").items())
    assert not any(item.named for item in pattern)
    mixed = {i.key: i.named for i in recipe(fuels, "ester_1.csv", "gone.csv", "blend*").items()}
    assert (mixed["ester_1"], mixed["gone"], mixed["blend_A"]) == (True, True, False)
    lenient = recipe(fuels, "gone.csv", missing_samples="fail").items()
    assert [item.named for item in lenient] == [False]


def codes(found: Description) -> list[tuple[str, str]]:
    return [(note.level, note.code) for note in found.notes]


def test_what_a_ratio_does_not_show_is_told(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "fuel.csv").read_text().splitlines()
    zero = tmp_path / "zero.csv"
    zero.write_text("\n".join([lines[0], *(f"{line.split(',')[0]},0.0" for line in lines[1:])]))
    made = SpectraRecipe(baseline=str(zero), samples=(str(fuels / "ester_5.csv"),))
    assert codes(described(made, "ester_5")) == []
    ratio = described(made.model_copy(update={"ratio": True}), "ester_5")
    assert codes(ratio) == [("loss", "ratio-empty")]
    assert "the baseline is 0" in ratio.notes[0].text
    usual = described(recipe(fuels, "ester_5.csv", ratio=True), "ester_5")
    assert codes(usual) == [("info", "baseline-near-zero"), ("info", "beyond-scale")]


def test_what_lies_outside_of_the_limits_or_is_not_marked_is_told(fuels: Path) -> None:
    found = described(recipe(fuels, "ester_5.csv", x_min=5000.0, x_max=6000.0), "ester_5")
    assert codes(found) == [("loss", "outside-limits")] * 2
    found = described(recipe(fuels, "ester_5.csv", peaks=2), "ester_5")
    assert codes(found) == [("info", "peaks-not-marked")]


def test_the_figure_of_all_has_the_notes_of_each(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    for number in range(17):
        odd = tmp_path / f"odd{number}.csv"
        odd.write_text("\n".join([*lines[:5], "ERROR", *lines[5:]]))
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), samples=(str(tmp_path),), figures=("all",)
    )
    notes = described(made, "all samples").notes
    assert [note.place for note in notes if note.code == "rows-unread"][:2] == ["odd0", "odd1"]
    assert notes[-1].code == "names-left-out"


def test_a_calibration_tells_of_its_samples_and_of_what_is_beyond_them(fuels: Path) -> None:
    made = CalibrationRecipe(
        baseline=str(fuels / "fuel.csv"),
        known={str(fuels / f"ester_{value}.csv"): float(value) for value in ("0.5", "1", "2.5")},
        unknown=(str(fuels / "ester_10.csv"),),
        band="1725-1765",
    )
    (item,) = made.items()
    (note,) = made.describe(item).notes
    assert (note.level, note.code, note.place) == ("doubt", "read-beyond-known", "ester_10")


def test_saturation_and_peaks_without_a_top_are_told(fuels: Path, tmp_path: Path) -> None:
    head, *rows = (fuels / "ester_10.csv").read_text().splitlines()
    pairs = [[float(cell) for cell in row.split(",")] for row in rows]
    thick = tmp_path / "thick.csv"
    thick.write_text("\n".join([head, *(f"{x},{min(30 * y, 4.5)}" for x, y in pairs)]) + "\n")
    files = {str(fuels / f"ester_{value}.csv"): float(value) for value in ("0.5", "1", "2.5")}
    made = CalibrationRecipe(
        baseline=str(fuels / "fuel.csv"), known={**files, str(thick): 300.0}, band="1725-1765"
    )
    notes = made.describe(next(iter(made.items()))).notes
    assert [n.place for n in notes if n.code == "band-saturated"] == ["thick"]
    holed = tmp_path / "holed.csv"
    top = max(pairs, key=lambda pair: pair[1])[0]
    cells = [f"{x},{'' if abs(x - top) < 5 else y}" for x, y in pairs]
    holed.write_text("\n".join([head, *cells]) + "\n")
    compared = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"),
        samples=(str(thick), str(holed)),
        bands=("ester: 1725-1765",),
    )
    found = {item.key: compared.describe(item) for item in compared.items()}
    assert "band-saturated" in [note.code for note in found["thick"].notes]
    (cut,) = [note for note in found["holed"].notes if note.code == "peaks-cut"]
    assert cut.place == ""
    assert "do" in str(found["holed"].facts["metrics"]["notes"])  # type: ignore[index,call-overload]


def test_a_sample_that_fails_alone_is_not_drawn_with_the_others(
    fuels: Path, tmp_path: Path
) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    x = [float(line.split(",")[0]) + 9000 for line in lines[1:]]
    ys = [line.split(",")[1] for line in lines[1:]]
    far = tmp_path / "far.csv"
    far.write_text("\n".join([lines[0], *(f"{a},{b}" for a, b in zip(x, ys, strict=True))]))
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"),
        samples=(str(fuels / "ester_5.csv"), str(far)),
        figures=("overlay", "all"),
        dpi=50,
    )
    report = mill.run(made, tmp_path / "out", options=QUICK)
    assert (report.done, report.failed) == (2, 1)
    (note,) = [n for n in described(made, "all samples").notes if n.code == "sample-left-out"]
    assert note.place == "far"
    assert "does not overlap" in note.text


def test_the_baseline_may_be_read_in_its_own_way(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "fuel.csv").read_text().splitlines()
    blank = tmp_path / "blank.csv"
    blank.write_text("\n".join(["n,b,a", *(f"{line},7" for line in lines[1:])]))
    reading = Reading(baseline_x=1, baseline_y="b", baseline_x_quantity="wavenumber")
    made = SpectraRecipe(
        baseline=str(blank),
        samples=(str(fuels / "ester_5.csv"),),
        reading=Reading(**reading.model_dump(exclude_none=True), baseline_y_kind="absorbance"),
    )
    base, sample = made.read_pair("ester_5", fuels / "ester_5.csv")
    np.testing.assert_array_equal(base.y, read_spectrum(fuels / "fuel.csv").y)
    assert (base.y_kind, sample.y_kind) == ("absorbance", "absorbance")
    assert "baseline_y" in str(made.reading.identity())
    assert "baseline" not in str(Reading().identity())


def test_the_table_keeps_the_rows_of_earlier_commands(fuels: Path, tmp_path: Path) -> None:
    for name in ("ester_5", "ester_10"):
        assert mill.run(recipe(fuels, f"{name}.csv"), tmp_path, options=QUICK).ok
    with (tmp_path / "metrics.csv").open() as stream:
        assert [row["sample"] for row in csv.DictReader(stream)] == ["ester_10", "ester_5"]


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_the_table_keeps_rows_of_another_baseline(fuels: Path, tmp_path: Path) -> None:
    """Whose figures stay, too; a figure that is replaced takes its row along."""
    made = recipe(fuels, "ester_5.csv")
    assert mill.run(made, tmp_path, options=QUICK).ok
    other = made.model_copy(update={"baseline": str(fuels / "ester_1.csv")})
    assert mill.run(other, tmp_path, options=QUICK).ok
    assert [(r["sample"], r["baseline"]) for r in rows_of(tmp_path)] == [
        ("ester_5", "ester_1"), ("ester_5", "fuel")
    ]  # fmt: skip
    assert polars.read_parquet(tmp_path / "metrics.parquet").height == 2
    scaled = recipe(fuels, "ester_5.csv", processing={"normalize": "snv"})
    assert mill.run(scaled, tmp_path, options=QUICK).ok
    rows = rows_of(tmp_path)
    assert [(r["baseline"], r["processing"]) for r in rows] == [
        ("fuel", "standard normal variate"), ("ester_1", "as absorbance")
    ]  # fmt: skip


def test_the_table_says_of_what_its_areas_are(fuels: Path, tmp_path: Path) -> None:
    options = {"bands": ("ester: 1715-1775",), "figures": ("overlay",)}
    for name, local in (("ester_1", True), ("ester_5", False)):
        made = recipe(fuels, f"{name}.csv", local_baseline=local, **options)
        assert mill.run(made, tmp_path, options=QUICK).ok
    told = {row["sample"]: row["processing"] for row in rows_of(tmp_path)}
    assert told == {
        "ester_1": "as absorbance; areas from the line between the band's ends",
        "ester_5": "as absorbance; areas from zero",
    }


def test_a_part_of_the_baseline_scaled_is_the_baseline(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "fuel.csv").read_text().splitlines()
    part = tmp_path / "part.csv"
    part.write_text("\n".join([lines[0], *lines[200:900]]))
    for figure in ("overlay", "all"):
        made = SpectraRecipe(
            baseline=str(fuels / "fuel.csv"), samples=(str(part),), figures=(figure,),
            processing={"normalize": "snv"},
        )  # fmt: skip
        found = made.describe(next(iter(made.items())))
        assert "scaled-over-overlap" in [note.code for note in found.notes]
        panel = found.drawings[0].figure.panels[0][0]
        assert panel is not None
        first, second = (layer for layer in panel.layers if isinstance(layer, Curve))
        few, many = sorted((first, second), key=lambda curve: curve.x.size)
        at = np.isin(many.x, few.x)
        np.testing.assert_allclose(many.y[at], few.y, atol=1e-12)


def test_an_unknown_without_values_costs_only_itself(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    empty, short, words = (tmp_path / f"{name}.csv" for name in ("empty", "short", "words"))
    empty.write_text("\n".join([lines[0], *(f"{line.split(',')[0]}," for line in lines[1:])]))
    short.write_text("\n".join(lines[:200]))
    words.write_text("nothing in it")
    known = {str(fuels / f"ester_{value}.csv"): float(value) for value in ("1", "5", "10")}
    good = str(fuels / "ester_2.5.csv")
    options = {"baseline": str(fuels / "fuel.csv"), "known": known, "band": "1715-1775"}
    alone = CalibrationRecipe(unknown=(good,), **options)  # type: ignore[arg-type]
    made = CalibrationRecipe(
        unknown=(str(empty), good, str(short), str(words)), **options  # type: ignore[arg-type]
    )  # fmt: skip
    expected = alone.describe(next(iter(alone.items())))
    found = made.describe(next(iter(made.items())))
    assert found.facts == expected.facts
    told = {note.place: note.code for note in found.notes}
    assert told == dict.fromkeys(("empty", "short", "words"), "unknown-left-out")
    rows = list(csv.DictReader(found.files[0].data.decode().splitlines()))
    read = {row["sample"]: (row["read"] != "", row["problem"] != "") for row in rows}
    assert read["ester_2.5"] == (True, False)
    assert [read[name] for name in ("empty", "short", "words")] == [(False, True)] * 3


def test_peaks_above_a_threshold_alone_are_marked(tmp_path: Path) -> None:
    """Three peaks stand out by 1, 0.4 and 0.1; in units of y, as the user has it."""
    x = np.arange(700.0, 4000.0, 4.0)
    heights = {1000.0: 1.0, 2000.0: 0.4, 3000.0: 0.1}
    y = 0.05 + sum(h * np.exp(-(((x - at) / 30) ** 2)) for at, h in heights.items())
    rows = "\n".join(f"{a},{b:.6f}" for a, b in zip(x, y, strict=True))
    for name in ("base", "oil"):
        (tmp_path / f"{name}.csv").write_text(f"cm-1,absorbance\n{rows}\n")
    told = {"baseline": str(tmp_path / "base.csv"), "samples": (str(tmp_path / "oil.csv"),)}
    for threshold, most, marked in (
        (0.2, 0, {"1000", "2000"}), (0.05, 0, {"1000", "2000", "3000"}), (0.05, 1, {"1000"}),
        (0.5, 5, {"1000"}), (None, 0, set()),
    ):  # fmt: skip
        made = SpectraRecipe(peak_threshold=threshold, peaks=most, **told)  # type: ignore[arg-type]
        found = made.describe(next(iter(made.items())))
        panel = found.drawings[0].figure.panels[0][0]
        assert panel is not None
        assert {layer.text for layer in panel.layers if isinstance(layer, Mark)} == marked
    row = SpectraRecipe(peak_threshold=0.5, **told)  # type: ignore[arg-type]
    facts = row.describe(next(iter(row.items()))).facts["metrics"]
    assert facts["peaks"] == 1  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("head", "label", "unit"),
    [
        ("Wavelength (nm),Counts", "Counts", ""),
        ("Wavelength (nm),Intensity (cps)", "Count rate", "s^{-1}"),
        ("Wavelength (nm),Fluorescence (a.u.)", "Fluorescence", "a.u."),
        ("Wavelength (nm),Intensity", "Intensity", "a.u."),
        ("Raman shift (cm-1),Raman intensity (counts)", "Raman intensity", "counts"),
    ],
)
def test_an_intensity_is_called_as_its_file_calls_it(
    head: str, label: str, unit: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "\n".join([head, *(f"{x},{x % 7 + 100 * (x == 600)}" for x in range(400, 900))])
    )
    made = SpectraRecipe(baseline=str(file), samples=(str(file),))
    panel = made.describe(next(iter(made.items()))).drawings[0].figure.panels[0][0]
    assert panel is not None
    assert (panel.y.label, panel.y.unit) == (label, unit)
    assert read_spectrum(file).y_kind == "intensity"


def test_counts_and_fluorescence_are_not_compared_in_silence(tmp_path: Path) -> None:
    for name in ("Counts", "Fluorescence"):
        rows = "\n".join(f"{x},{x % 7 + 1}" for x in range(400, 900))
        (tmp_path / f"{name}.csv").write_text(f"Wavelength (nm),{name}\n{rows}\n")
    made = SpectraRecipe(
        baseline=str(tmp_path / "Counts.csv"), samples=(str(tmp_path / "Fluorescence.csv"),)
    )
    notes = {note.code: note for note in made.describe(next(iter(made.items()))).notes}
    assert notes["intensities-differ"].level == "doubt"


def test_micrometres_are_drawn_over_a_baseline_in_wavenumbers(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    pairs = [line.split(",") for line in lines[1:]]
    micro = tmp_path / "micro.csv"
    micro.write_text(
        "\n".join(["wavelength (um),absorbance", *(f"{1e4 / float(a)!r},{b}" for a, b in pairs)])
    )
    made = SpectraRecipe(baseline=str(fuels / "ester_5.csv"), samples=(str(micro),))
    found = made.describe(next(iter(made.items())))
    assert found.facts["metrics"]["rms_difference"] < 1e-9  # type: ignore[index, call-overload]
    assert "axis-converted" in [note.code for note in found.notes]


def test_a_bare_baseline_is_what_its_samples_say(tmp_path: Path) -> None:
    """1000 to 2500 in steps of 3: in nm, as the samples say; the baseline has no word."""
    x = np.arange(2500.0, 1000.0, -3.0)
    rows = [f"{a},{50 - 30 * np.exp(-(((a - 1740) / 60) ** 2)):.4f}" for a in x]
    (tmp_path / "base.csv").write_text("\n".join(rows))
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"s{number}.csv").write_text("\n".join(["nm,%R", *rows]))
    made = SpectraRecipe(baseline=str(tmp_path / "base.csv"), samples=(str(folder),))
    first = next(iter(made.items()))
    assert first.parameters["baseline_as"] == ["wavelength", "nm", "percent_reflectance"]
    found = made.describe(first)
    panel = found.drawings[0].figure.panels[0][0]
    assert panel is not None
    assert (panel.x.unit, panel.y.label) == ("nm", "Reflectance")
    places = {note.place for note in found.notes if note.code.endswith("-of-baseline")}
    assert places == {"baseline base"}
    alone = made.model_copy(update={"baseline": str(folder / "s0.csv")})
    assert "baseline_as" not in next(iter(alone.items())).parameters


def several_in_one(folder: Path) -> Path:
    """Three columns over one axis, of heights 1, 2 and 3 at 1740."""
    x = np.arange(700.0, 4000.0, 8.0)
    bump = np.exp(-(((x - 1740) / 60) ** 2))
    rows = [
        f"{a},{0.1 + b:.5f},{0.1 + 2 * b:.5f},{0.1 + 3 * b:.5f}"
        for a, b in zip(x, bump, strict=True)
    ]
    file = folder / "oils.csv"
    file.write_text("\n".join(["cm-1,A (new),A (day 1),A (day 2)", *rows]))
    (folder / "base.csv").write_text(
        "\n".join(["cm-1,A", *(row.rsplit(",", 2)[0] for row in rows)])
    )
    return file


def test_each_spectrum_of_a_file_is_a_sample(tmp_path: Path) -> None:
    file = several_in_one(tmp_path)
    options = {"baseline": str(tmp_path / "base.csv"), "samples": (str(file),), "dpi": 40}
    made = SpectraRecipe(figures=("overlay", "all"), **options)  # type: ignore[arg-type]
    out = tmp_path / "out"
    assert mill.run(made, out, options=QUICK).ok
    assert {path.stem for path in out.glob("*.png")} == {
        "oils_vs_base", "oils_A (day 1)_vs_base", "oils_A (day 2)_vs_base", "all_vs_base"
    }  # fmt: skip
    rows = {row["sample"]: float(row["largest_difference"]) for row in rows_of(out)}
    assert rows == pytest.approx(
        {"oils": 0.0, "oils_A (day 1)": 1.0, "oils_A (day 2)": 2.0}, abs=2e-3
    )
    item = next(item for item in made.items() if item.key != "oils")
    assert len([c for c in curves(made, item.key) if c.label]) == 4
    found = made.describe(next(iter(made.items())))
    assert [note.code for note in found.notes if "spectra" in note.code] == ["spectra-are-samples"]
    again = mill.run(made, out, options=QUICK)
    assert (again.done, again.failed) == (0, 0)
    # The user's word takes one.
    one = SpectraRecipe(reading={"y": "A (day 2)", "baseline_y": "A"}, **options)  # type: ignore[arg-type]
    (drawing,) = one.describe(next(iter(one.items()))).drawings
    assert drawing.name == "oils_vs_base"


def test_a_spectrum_of_a_file_that_cannot_be_compared_costs_only_itself(tmp_path: Path) -> None:
    blocks = []
    for title, unit, first in (("day 1", "ABSORBANCE", 700), ("far", "ABSORBANCE", 9000)):
        rows = "\n".join(f"{first + k}, {0.1 + 0.01 * (k % 5)}" for k in range(40))
        blocks.append(
            f"##TITLE={title}\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n"
            f"##YUNITS={unit}\n##NPOINTS=40\n##XYPOINTS=(XY..XY)\n{rows}\n##END=\n"
        )
    file = tmp_path / "two.jdx"
    file.write_text(
        f"##TITLE=link\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n##BLOCKS=2\n{''.join(blocks)}##END=\n"
    )
    (tmp_path / "base.csv").write_text(
        "\n".join(["cm-1,A", *(f"{700 + k},{0.1 + 0.01 * (k % 5)}" for k in range(40))])
    )
    made = SpectraRecipe(baseline=str(tmp_path / "base.csv"), samples=(str(file),))
    found = made.describe(next(iter(made.items())))
    assert [drawing.name for drawing in found.drawings] == ["two_vs_base"]
    (lost,) = (note for note in found.notes if note.code == "sample-left-out")
    assert lost.place == "two: far"


def test_a_saturated_sample_does_not_flatten_the_others(fuels: Path, tmp_path: Path) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines[1:]]
    high = [f"{a},{9.0 if abs(float(a) - 1740) < 5 else float(b)}" for a, b in cells]
    (tmp_path / "dark.csv").write_text("\n".join([lines[0], *high]))
    made = SpectraRecipe(
        baseline=str(fuels / "fuel.csv"), figures=("all",),
        samples=(str(fuels / "ester_5.csv"), str(tmp_path / "dark.csv")),
    )  # fmt: skip
    found = made.describe(next(iter(made.items())))
    panel = found.drawings[0].figure.panels[0][0]
    assert panel is not None
    drawn = [layer for layer in panel.layers if isinstance(layer, Curve)]
    assert drawn[0].label == "fuel (baseline)"  # behind the samples
    others = max(float(np.nanmax(c.y)) for c in drawn if c.label != "dark")
    assert panel.y.limits[1] == pytest.approx(1.1 * others)
    (mark,) = (layer for layer in panel.layers if isinstance(layer, Mark))
    assert mark.text.strip() == "to 9"
    assert panel.y.limits[0] is not None
    assert -0.2 < panel.y.limits[0] < 0.1
    (note,) = (note for note in found.notes if note.code == "beyond-scale")
    assert (note.level, note.place) == ("info", "dark")
    plain = recipe(fuels, "ester_5.csv", "ester_1.csv", figures=("all",))
    panel = plain.describe(next(iter(plain.items()))).drawings[0].figure.panels[0][0]
    assert panel is not None
    assert panel.y.limits == (None, None)


def test_a_narrow_saturated_band_is_shaded_widely_enough_to_be_seen(
    fuels: Path, tmp_path: Path
) -> None:
    lines = (fuels / "ester_5.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines[1:]]
    high = [f"{a},{9.0 if abs(float(a) - 1740) < 1.5 else float(b)}" for a, b in cells]
    (tmp_path / "dark.csv").write_text("\n".join([lines[0], *high]))
    made = SpectraRecipe(baseline=str(fuels / "fuel.csv"), samples=(str(tmp_path / "dark.csv"),))
    panel = made.describe(next(iter(made.items()))).drawings[0].figure.panels[0][0]
    assert panel is not None
    (shade,) = (x for x in panel.layers if isinstance(x, Shade) and "saturated" in x.label)
    assert shade.high - shade.low == pytest.approx((4000 - 650) / 150, rel=0.01)
