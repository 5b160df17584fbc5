"""Plot types: what their figures show, also of bad data."""

from pathlib import Path

import numpy as np
import pytest

from figmill.chip.config import Blame, make_entry
from figmill.chip.look import Look
from figmill.chip.plots import OWN, PlotIts, _others, broken_plot_types, plot_type, plot_types
from figmill.chip.plots.base import ChipPlot
from figmill.chip.plots.suites import PlotItsSuite
from figmill.chip.plots.sweeps import PlotIvg, PlotTransconductance
from figmill.chip.runs import Run, RunInfo
from figmill.errors import ConfigError, InputError
from figmill.figure import Band, Curve, Figure, VLine

pl = pytest.importorskip("polars")
LOOK = Look(dpi=40)
T = np.arange(0, 180, 0.5)
LIGHT = np.where((T > 60) & (T <= 120), 3.0, 0.0)


@pytest.fixture
def run(tmp_path: Path):
    def make(seq: int, columns: dict, **known) -> Run:
        path = tmp_path / f"{seq}.parquet"
        pl.DataFrame(columns).write_parquet(path)
        told = {
            "proc": "It",
            "start_time": 200.0 * seq,
            "datetime_local": f"2025-10-14 15:{seq:02d}:00",
            "has_light": True,
            "wavelength_nm": 365.0,
            "laser_voltage_v": 3.0,
            "vg_fixed_v": -0.4,
            "irradiated_power_w": 6e-6 * seq,
            "laser_period_s": 120.0,
        }
        return Run(RunInfo(seq=seq, run_id=str(seq), **{**told, **known}), path, "Demo1")

    return make


def trace(run, seq: int, scale: float = 1e-7, **known) -> Run:
    current = 1e-5 + scale * T
    return run(seq, {"t (s)": T, "I (A)": current, "VL (V)": LIGHT}, **known)


def draw(name: str, runs: list[Run], **options) -> dict[str, Figure]:
    return dict(plot_types()[name](**options).draw(runs, LOOK).figures)


def curves(figure: Figure) -> list[Curve]:
    return [layer for layer in figure.panels[0][0].layers if isinstance(layer, Curve)]


def test_overlays_start_from_the_baseline(run):
    figure = draw("plot-its", [trace(run, 1), trace(run, 2, 2e-7)], legend_by="power")["It"]
    panel = figure.panels[0][0]
    for curve, slope in zip(curves(figure), (0.1, 0.2), strict=True):
        np.testing.assert_allclose(curve.y, slope * (curve.x - 60), atol=1e-9)
        assert curve.x[0] == 20
    assert [curve.label for curve in curves(figure)] == ["6.00 µW", "12.0 µW"]
    assert (panel.y.label, panel.y.unit) == ("ΔI_{ds}", "µA")
    assert [(b.low, b.high) for b in panel.layers if isinstance(b, Band)] == [(60.5, 120.0)]
    assert figure.title == "Demo1: λ = 365 nm, V_{g} = −0.4 V"


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({"baseline_t": 100.0}, -8.0),
        ({"baseline_mode": "auto"}, -4.0),
        ({"baseline_mode": "none"}, 12.0),
        ({"start_t": 0.0}, -6.0),
    ],
)
def test_baselines(run, options, first):
    figure = draw("plot-its", [trace(run, 1)], **options)["It"]
    assert curves(figure)[0].y[0] == pytest.approx(first)


def test_units_of_columns_are_minded(run):
    one = run(1, {"t (ms)": 1e3 * T, "I (uA)": 10 + 0.1 * T, "VL (mV)": 1e3 * LIGHT})
    figure = draw("plot-its", [one])["It"]
    np.testing.assert_allclose(curves(figure)[0].y, 0.1 * (curves(figure)[0].x - 60), atol=1e-9)
    assert any(isinstance(layer, Band) for layer in figure.panels[0][0].layers)
    with pytest.raises(InputError, match="furlong"):
        draw("plot-its", [run(2, {"t (furlong)": T, "I (A)": T})])


def test_sequences_keep_the_clocks_gaps(run):
    figure = draw("plot-its-sequential", [trace(run, 3), trace(run, 1)])["It_sequential"]
    first, second = curves(figure)
    assert (first.x[0], second.x[0]) == (0.0, 400.0)
    borders = [layer.at for layer in figure.panels[0][0].layers if isinstance(layer, VLine)]
    assert borders == [179.5, 400.0]
    low, high = figure.panels[0][0].x.limits
    assert low < first.x[0] < second.x[-1] < high
    assert figure.panels[0][0].y.label == "I_{ds}"


def test_sweeps(run):
    vg = np.concatenate((np.arange(0, -2, -0.1), np.arange(-2, 2, 0.1)))
    one = run(2, {"Vg (V)": vg, "I (A)": 1e-6 * vg}, proc="IVg", has_light=False)
    (curve,) = curves(draw("plot-ivg", [one])["IVg"])
    assert curve.label == "#2 dark"
    assert curve.y.min() == pytest.approx(-2)
    for method in ("gradient", "savgol"):
        name = "gm" if method == "gradient" else "gm_savgol"
        options = {"method": method, "window": 5, "polyorder": 2}
        (curve,) = curves(draw("plot-transconductance", [one], **options)[name])
        assert np.isnan(curve.y).sum() == 1
        np.testing.assert_allclose(curve.y[np.isfinite(curve.y)], 1.0)


def test_voltages_are_in_millivolts(run):
    vg = np.linspace(-1, 1, 30)
    (curve,) = curves(draw("plot-vvg", [run(1, {"Vg (V)": vg, "VDS (V)": vg}, proc="VVg")])["VVg"])
    assert curve.y.max() == pytest.approx(1000)
    one = run(2, {"t (s)": T, "VDS (V)": 1e-3 * T, "VL (V)": LIGHT}, proc="Vt")
    figure = draw("plot-vt", [one])["Vt"]
    assert (figure.panels[0][0].y.label, figure.panels[0][0].y.unit) == ("ΔV_{ds}", "mV")
    assert curves(figure)[0].y[-1] == pytest.approx(119.5)


@pytest.mark.parametrize(
    ("x", "values", "unit"),
    [
        ("power", [6, 12], "µW"),
        ("wl", [365, 365], "nm"),
        ("time", [0, 200 / 60], "min"),
        ("gate", [-0.4, -0.4], "V"),
    ],
)
def test_photoresponse(run, x, values, unit):
    figures = draw("plot-its-suite", [trace(run, 1), trace(run, 2, -2e-7)], photoresponse_x=x)
    assert list(figures) == ["It", "It_sequential", "It_photoresponse"]
    figure = figures["It_photoresponse"]
    found = curves(figure)
    np.testing.assert_allclose(np.concatenate([curve.x for curve in found]), values)
    # From the first to the last lit sample there are 59.5 s.
    steps = np.concatenate([curve.y for curve in found])
    np.testing.assert_allclose(sorted(steps), [-11.9, 5.95])
    assert figure.panels[0][0].x.unit == unit
    # Points above one another have no line through them, and the legend tells which is which.
    alike = x in ("wl", "gate")
    assert [curve.width == 0 for curve in found] == ([True, True] if alike else [False])
    assert [curve.label for curve in found] == (["365 nm (#1)", "365 nm (#2)"] if alike else [""])


def test_filters_and_series(run):
    runs = [trace(run, n, wavelength_nm=wl) for n, wl in ((1, 365.0), (2, 455.0), (3, 455.0))]
    figure = draw("plot-its-suite", runs)["It_photoresponse"]
    assert [curve.label for curve in curves(figure)] == ["365 nm", "455 nm"]
    figure = draw("plot-its-suite", runs, filter_wavelength=365)["It_photoresponse"]
    assert len(curves(figure)[0].x) == 1
    drawn = plot_types()["plot-its-suite"](filter_vg=3).draw(runs, LOOK)
    assert drawn.figures["It_photoresponse"].panels[0][0].note
    assert "filter_wavelength and filter_vg leave no run for the photoresponse" in [
        str(note) for note in drawn.notes
    ]


def test_logarithmic_axes_show_magnitudes(run):
    runs = [trace(run, 1, -1e-7), trace(run, 2, -2e-7), trace(run, 3, 0.0)]
    figure = draw("plot-its-suite", runs, axtype="loglog")["It_photoresponse"]
    (curve,) = curves(figure)
    assert (figure.panels[0][0].x.scale, figure.panels[0][0].y.scale) == ("log", "log")
    assert figure.panels[0][0].y.label == "|ΔI_{ds}|"
    assert curve.label == "(negative)"
    np.testing.assert_allclose(curve.y, [5.95, 11.9])
    figure.to_bytes()


def notes(name: str, runs: list[Run], **options) -> tuple[str, ...]:
    return tuple(map(str, plot_types()[name](**options).draw(runs, LOOK).notes))


def test_what_has_no_photoresponse_is_named_with_the_reason(run):
    dark = run(2, {"t (s)": T, "I (A)": 1e-6 * T, "VL (V)": 0 * T})
    empty = run(3, {"t (s)": T, "I (A)": T * np.nan, "VL (V)": LIGHT})
    unknown = [trace(run, n, irradiated_power_w=None) for n in (4, 5)]
    said = notes("plot-its-suite", [trace(run, 1), dark, empty, *unknown])
    assert "no photoresponse of run 2: dark" in said
    assert "no photoresponse of run 3: no numbers" in said
    assert "no photoresponse of runs 4-5: no calibration" in said
    figure = draw("plot-its-suite", [dark, *unknown])["It_photoresponse"]
    assert figure.panels[0][0].note == "No photoresponse: dark; no calibration"
    flat = [trace(run, 6), trace(run, 7, 0.0)]
    said = notes("plot-its-suite", flat, axtype="semilogy", photoresponse_x="time", start_t=0)
    assert said == ("no photoresponse of run 7: 0 on a logarithmic y axis",)


def test_one_x_for_all_names_what_would_tell_them_apart(run):
    runs = [trace(run, 1), trace(run, 2)]
    (said,) = notes("plot-its-suite", runs, photoresponse_x="wavelength", start_t=0)
    assert said == (
        "the runs of the photoresponse have one wavelength; "
        "they differ in photoresponse_x: power, time"
    )
    assert notes("plot-its-suite", runs, photoresponse_x="time", start_t=0) == ()


def codes(name: str, runs: list[Run], **options) -> list[tuple[str, str, str]]:
    found = plot_types()[name](**options).draw(runs, LOOK).notes
    return [(note.level, note.code, note.place) for note in found]


def test_sound_runs_give_no_doubt(run):
    assert codes("plot-its", [trace(run, 1)], start_t=0) == []
    assert codes("plot-its", [trace(run, 1)]) == [("info", "start-not-shown", "")]
    assert codes("plot-its-sequential", [trace(run, 1), trace(run, 2)]) == []


@pytest.mark.parametrize(
    ("columns", "options", "code"),
    [
        ({"t (s)": np.concatenate((T[:200], T[:160]))}, {}, ("doubt", "clock-runs-back")),
        ({"VL (V)": 0 * T}, {}, ("doubt", "light-not-seen")),
        ({}, {"baseline_t": 90.0}, ("doubt", "baseline-in-light")),
        ({}, {"baseline_t": 190.0}, ("doubt", "baseline-outside-run")),
        ({}, {"start_t": 70.0}, ("loss", "light-before-start")),
    ],
)
def test_what_a_trace_leaves_in_doubt_is_told(run, columns, options, code):
    whole = {"t (s)": T, "I (A)": 1e-6 * T, "VL (V)": LIGHT, **columns}
    found = codes("plot-its", [run(1, whole)], **{"start_t": 0.0, **options})
    assert (*code, "run 1") in found
    assert {level for level, *_ in found} <= {code[0], "info"}


def test_light_that_nobody_set_is_told(run):
    assert ("doubt", "light-not-set", "run 1") in codes(
        "plot-its-sequential", [trace(run, 1, has_light=False)]
    )


def test_a_clock_that_runs_back_is_told_with_its_row(run):
    t = np.concatenate((T[:200], T[:160]))
    one = run(1, {"t (s)": t, "I (A)": 1e-6 * T, "VL (V)": LIGHT})
    assert any("at row 201" in said for said in notes("plot-its", [one]))


def test_light_of_one_run_alone_is_told(run):
    later = np.where((T > 70) & (T <= 130), 3.0, 0.0)
    other = run(2, {"t (s)": T, "I (A)": 1e-6 * T, "VL (V)": later})
    said = "the light of all runs is shaded; that of runs 1-2 is another"
    assert said in notes("plot-its", [trace(run, 1), other])
    assert notes("plot-its", [trace(run, 1), trace(run, 3)], start_t=0) == ()


def test_laser_periods_that_differ_are_told(run):
    one = trace(run, 1)
    for period, told in ((120.0, False), (60.0, True), (None, True)):
        found = codes("plot-its", [one, trace(run, 2, laser_period_s=period)], baseline_mode="auto")
        assert (("doubt", "laser-periods-differ", "") in found) is told


def test_runs_that_overlap_are_told(run):
    runs = [trace(run, 1), trace(run, 2, start_time=300.0)]
    assert codes("plot-its-sequential", runs) == [("doubt", "runs-overlap", "run 2")]


def test_several_pulses_are_told(run):
    light = np.where((T % 60) > 40, 3.0, 0.0)
    one = run(1, {"t (s)": T, "I (A)": 1e-6 * T, "VL (V)": light})
    assert ("doubt", "several-pulses", "run 1") in codes("plot-its-suite", [one])


def sweep(run, vg: np.ndarray, **more) -> Run:
    columns = {"Vg (V)": vg, "I (A)": 1e-6 * vg, **more}
    return run(1, columns, proc="IVg", has_light=False, vds_v=0.1)


UP = np.arange(-2, 2, 0.1)


@pytest.mark.parametrize(
    ("vg", "options", "code"),
    [
        (UP, {}, None),
        (np.concatenate((UP, UP[::-1])), {}, ("info", "gate-voltage-repeated")),
        (np.concatenate((UP, [1.8, 1.7])), {}, ("loss", "legs-left-out")),
        (UP**3, {"method": "savgol"}, ("doubt", "steps-uneven")),
        (UP, {"method": "savgol"}, None),
    ],
)
def test_what_a_transconductance_leaves_out_or_assumes_is_told(run, vg, options, code):
    found = codes("plot-transconductance", [sweep(run, vg)], **options)
    assert found == ([] if code is None else [(*code, "run 1")])


@pytest.mark.parametrize(("high", "told"), [(0.1, False), (1.0, True)])
@pytest.mark.parametrize("name", ["plot-ivg", "plot-transconductance"])
def test_a_drain_voltage_other_than_that_of_the_header_is_told(run, name, high, told):
    one = sweep(run, UP, **{"VDS (V)": np.linspace(0.1, high, UP.size)})
    found = codes(name, [one])
    assert found == [("doubt", "drain-voltage-varies", "run 1")] * told


def test_minus_signs_are_those_of_the_axes(run):
    (curve,) = curves(draw("plot-its", [trace(run, 1)], legend_by="vg")["It"])
    assert curve.label == "−0.4 V"
    (curve,) = curves(draw("plot-its", [trace(run, 1)], legend_by="datetime")["It"])
    assert "−" not in curve.label


def test_several_pulses_and_none(run):
    light = np.where((T % 60) > 40, 3.0, 0.0)
    one = run(1, {"t (s)": T, "I (A)": 1e-6 * T, "VL (V)": light})
    dark = run(2, {"t (s)": T, "I (A)": 1e-6 * T}, has_light=False)
    bands = draw("plot-its", [one, dark])["It"].panels[0][0].layers
    assert sum(isinstance(layer, Band) for layer in bands) == 3
    figures = draw("plot-its-suite", [dark])
    assert figures["It_photoresponse"].panels[0][0].note
    for figure in figures.values():
        assert figure.to_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "columns",
    [
        {"t (s)": [0.0], "I (A)": [1e-6], "VL (V)": [0.0]},
        {"t (s)": [0.0, 1.0, 2.0], "I (A)": [1e-6] * 3, "VL (V)": [0.0] * 3},
        {"t (s)": T, "I (A)": np.where(T > 100, np.nan, 1e-6 * T), "VL (V)": LIGHT},
        {"t (s)": T, "I (A)": -1e-6 * T, "VL (V)": np.full_like(T, np.nan)},
    ],
)
def test_strange_data_are_drawn(run, columns):
    for name in ("plot-its", "plot-its-suite", "plot-its-sequential"):
        for figure in draw(name, [run(1, columns)], legend_by="datetime").values():
            assert figure.to_bytes().startswith(b"\x89PNG")


def test_a_run_of_nothing_is_left_out_and_named(run):
    empty = run(9, {"t (s)": T, "I (A)": np.full_like(T, np.nan), "VL (V)": LIGHT})
    drawn = plot_types()["plot-its"](start_t=0).draw([trace(run, 1), empty], LOOK)
    assert [str(note) for note in drawn.notes] == ["run 9: it holds no numbers and is left out"]
    for name in ("plot-its", "plot-its-sequential"):
        with pytest.raises(InputError, match="9"):
            draw(name, [empty])


def test_a_missing_column_is_named(run):
    with pytest.raises(InputError, match="no column 'I'"):
        draw("plot-its", [run(1, {"t (s)": T})])


def test_short_runs_are_shown_whole(run):
    columns = {"t (s)": [0.0, 5.0], "I (A)": [1e-6, 2e-6], "VL (V)": [0.0, 0.0]}
    one = run(1, columns, has_light=False)
    drawn = plot_types()["plot-its"]().draw([one], LOOK)
    assert curves(drawn.figures["It"])[0].x[0] == 0
    assert len(drawn.notes) == 2


def test_stems_are_what_is_drawn(run):
    vg = np.linspace(-1, 1, 40)
    columns = {"t (s)": np.arange(40.0), "I (A)": vg, "VDS (V)": vg, "VL (V)": vg, "Vg (V)": vg}
    for name, kind in plot_types().items():
        plot = kind()
        found = plot.draw([run(1, columns, proc=kind.procedures[0])], LOOK).figures
        assert tuple(found) == plot.stems, name


def test_looks(run):
    one = [trace(run, 1), trace(run, 2)]
    kind = plot_types()["plot-its"]()
    for palette in ("bright", "vibrant", "muted", "viridis"):
        figure = kind.draw(one, Look(palette=palette)).figures["It"]
        colors = [curve.color for curve in curves(figure)]
        assert None not in colors
        assert len(set(colors)) == 2
    figure = kind.draw(one, Look(theme="presentation", width=4, height=3, title=False)).figures[
        "It"
    ]
    assert (figure.style.name, figure.inches, figure.title) == ("presentation", (4, 3), "")


def test_functions_become_plot_types(run):
    @plot_type("plot-count", procedures=["It"], stem="count")
    def count(runs, look, *, times: int = 1) -> Figure:
        """Count the runs."""
        return look.figure([], f"{times * len(runs)}")

    assert issubclass(count, ChipPlot)
    assert count(times="3").draw([trace(run, 1)], LOOK).figures["count"].title == "3"
    assert count.procedures == ("It",)
    with pytest.raises(ConfigError, match="lacks a type"):
        plot_type("plot-bad", procedures=["It"])(lambda runs, look, *, times=1: None)  # type: ignore[return-value]


NOISE = """
from figmill.chip import plot_type
@plot_type("plot-noise", procedures=["It"])
def noise(runs, look, *, bins: int = 5):
    "Noise."
    return look.figure([])
"""


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch):
    """Let plot types be looked for again, here and after the test."""
    _others.cache_clear()
    yield _others.cache_clear
    monkeypatch.undo()
    _others.cache_clear()


def test_plot_types_of_other_packages_are_found(outside, fresh) -> None:
    outside("mine", "[figmill.chip_plots]\nwhatever = mine_plots:noise\n", mine_plots=NOISE)
    # The name that counts is the plot type's.
    assert plot_types()["plot-noise"](bins=3).stems == ("noise",)
    assert not broken_plot_types()


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("noise = 5\n", "is not a plot type"),
        ("noise = 1 / 0\n", "cannot be imported: ZeroDivisionError"),
        ("from figmill.chip import ChipPlot as noise\n", "lacks draw and stems"),
        (NOISE + "noise.procedures = ()\n", "lacks procedures"),
        (NOISE + "noise.type = 'plot noise'\n", "cannot be typed as a name"),
        (NOISE + "noise.type = 'plot-its'\n", "figmill has a chip plot 'plot-its' of its own"),
    ],
)
def test_a_broken_plot_type_disables_itself_alone(outside, fresh, caplog, module, words) -> None:
    outside("mine", "[figmill.chip_plots]\nnoise = mine_plots:noise\n", mine_plots=module)
    assert set(plot_types()) == {plot.type for plot in OWN}
    assert plot_types()["plot-its"] is PlotIts
    # Whoever asks for it is told why, and of which package it is.
    assert words in broken_plot_types()["noise"].message
    assert "mine (mine_plots:noise)" in broken_plot_types()["noise"].message
    assert caplog.text.count(words) == 1
    (problem,) = make_entry({"type": "plot-noise", "seq": 1}, {}, 1, "A", Blame())  # type: ignore[misc]
    assert words in problem.message


def test_of_two_packages_with_one_plot_type_neither_is_used(outside, fresh) -> None:
    outside("mine", "[figmill.chip_plots]\na = mine_plots:noise\n", mine_plots=NOISE)
    outside("thine", "[figmill.chip_plots]\nb = thine_plots:noise\n", thine_plots=NOISE)
    assert "plot-noise" not in plot_types()
    for name in "ab":
        message = broken_plot_types()[name].message
        assert "several packages offer a chip plot 'plot-noise'" in message
        assert "mine (mine_plots:noise), thine (thine_plots:noise)" in message


def made(tmp_path: Path, proc: str, seq: int = 1, **columns: np.ndarray) -> Run:
    """A run of these columns; names are given with units below."""
    units = {"t": "t (s)", "i": "I (A)", "vl": "VL (V)", "vg": "Vg (V)", "vds": "VDS (V)"}
    path = tmp_path / f"{proc}{seq}.parquet"
    pl.DataFrame({units[name]: values for name, values in columns.items()}).write_parquet(path)
    info = RunInfo(seq, f"r{seq}", proc, 0.0, "", True, 455.0, 3.0, 0.1, None, 0.0, 20.0)
    return Run(info, path, "T1")


def curves_of(figure) -> list[Curve]:
    return [one for one in figure.panels[0][0].layers if isinstance(one, Curve)]


def test_a_short_pulse_is_seen_whole_with_a_baseline_before_it(tmp_path: Path):
    t = np.arange(0, 30, 0.05)
    light = np.where((t >= 10) & (t < 20), 3.0, 0.0)
    run = made(tmp_path, "It", t=t, i=1e-6 + 1e-8 * (light > 0), vl=light)
    for mode in ("fixed", "auto"):
        drawn = PlotIts(baseline_mode=mode).draw([run], Look())
        (one,) = curves_of(drawn.figures["It"])
        assert one.x.min() == 0
        np.testing.assert_allclose(one.y[one.x < 10], 0, atol=1e-9)
        np.testing.assert_allclose(one.y[(one.x > 10) & (one.x < 20)], 0.01, atol=1e-9)
        assert {note.level for note in drawn.notes} == {"info"}
    # What is asked for is done, and told where it does not fit.
    drawn = PlotIts(start_t=20, baseline_t=60).draw([run], Look())
    assert curves_of(drawn.figures["It"])[0].x.min() == 20
    assert {"light-before-start", "baseline-outside-run"} <= {note.code for note in drawn.notes}


def test_usual_runs_keep_the_usual_windows(tmp_path: Path):
    t = np.arange(0, 180, 0.5)
    light = np.where((t > 60) & (t <= 120), 3.0, 0.0)
    run = made(tmp_path, "It", t=t, i=1e-6 + 1e-9 * t, vl=light)
    drawn = PlotIts().draw([run], Look())
    (one,) = curves_of(drawn.figures["It"])
    assert one.x.min() == 20
    assert one.y[one.x == 60] == pytest.approx(0, abs=1e-9)
    assert [note.code for note in drawn.notes] == ["start-not-shown"]


def test_a_clock_that_starts_anew_breaks_the_line(tmp_path: Path):
    part = np.arange(0, 60, 0.5)
    t = np.concatenate((part, part))
    light = np.where((t > 30) & (t < 40), 3.0, 0.0)
    level = np.repeat([1e-6, 2e-6], part.size)
    run = made(tmp_path, "It", t=t, i=level, vl=light)
    drawn = PlotIts(baseline_t=25, start_t=0).draw([run], Look())
    (one,) = curves_of(drawn.figures["It"])
    assert np.isnan(one.x[part.size])
    assert (np.diff(one.x[np.isfinite(one.x)]) < 0).sum() == 1
    # The baseline is that of the first part alone.
    np.testing.assert_allclose(one.y[: part.size], 0, atol=1e-9)
    assert run.light_windows() == [(30.5, 39.5)] * 2
    assert "clock-runs-back" in {note.code for note in drawn.notes}


def test_a_family_is_a_curve_for_each_drain_voltage(tmp_path: Path):
    up = np.arange(-1, 3.001, 0.02)
    vds = np.repeat([0.1, 0.5, 1.0], up.size)
    vg = np.tile(up, 3)
    run = made(tmp_path, "IVg", vg=vg, vds=vds, i=1e-6 * vds * np.clip(vg, 0, None))
    for plot, stem in ((PlotIvg(), "IVg"), (PlotTransconductance(), "gm")):
        curves = curves_of(plot.draw([run], Look()).figures[stem])
        assert len(curves) == 3
        assert [float(one.label.split("= ")[1].split()[0]) for one in curves] == [0.1, 0.5, 1.0]
        assert all(one.x[0] == -1 for one in curves)
        assert all((np.diff(one.x) > 0).all() for one in curves)


def test_sweeps_that_jump_back_have_no_line_between_them(tmp_path: Path):
    up = np.arange(-1, 3.001, 0.02)
    run = made(tmp_path, "IVg", vg=np.tile(up, 2), i=np.tile(up, 2))
    (one,) = curves_of(PlotIvg().draw([run], Look()).figures["IVg"])
    assert np.flatnonzero(np.isnan(one.x)).tolist() == [up.size]


def test_photoresponses_of_two_powers_are_two_lines(run):
    runs = [trace(run, seq, laser_voltage_v=1.0 + seq % 2) for seq in range(1, 5)]
    figure, _ = PlotItsSuite(photoresponse_x="time").photoresponse(runs, LOOK)
    assert sorted(one.label for one in curves_of(figure)) == ["1 V laser", "2 V laser"]


def test_a_run_that_is_filtered_out_is_no_origin_of_times(run):
    runs = [trace(run, 1, wavelength_nm=455.0), *(trace(run, seq) for seq in (2, 3))]
    suite = PlotItsSuite(photoresponse_x="time", filter_wavelength=365.0)
    figure, _ = suite.photoresponse(runs, LOOK)
    (one,) = curves_of(figure)
    assert one.x.min() == 0
