"""The quicklook recipe on files made here: known values at known pixels, and bad files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from figmill import mill
from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Text
from figmill.engine import Ledger
from figmill.errors import ConfigError, InputError, NoData, OptionError
from figmill.figure import Spectrogram
from figmill.figure.markup import plain
from figmill.quicklook import QuicklookRecipe
from figmill.quicklook import recipe as quicklook_module

pycdfpp = pytest.importorskip("pycdfpp")

START = np.datetime64("2001-02-03T04:00:00", "ns")
UNIX = 981172800.0
ENERGY = np.geomspace(10.0, 10_000.0, 16)


def times(n: int, step: float = 4.0) -> np.ndarray:
    return START + (np.arange(n) * step * 1e9).astype("timedelta64[ns]")


def write(
    path: Path,
    flux: np.ndarray | None = None,
    when: np.ndarray | None = None,
    *,
    energy: np.ndarray = ENERGY,
    angle: np.ndarray | None = None,
    **attributes: Any,
) -> Path:
    """An ISTP file with one spectrogram."""
    kinds = pycdfpp.DataType
    cdf = pycdfpp.CDF()
    if flux is None:
        flux = np.outer(np.arange(1, 21), ENERGY).astype(np.float32)
    when = times(len(flux)) if when is None else when
    epoch = cdf.add_variable("Epoch", when, kinds.CDF_TIME_TT2000)
    epoch.add_attribute("VAR_TYPE", "support_data")
    table = cdf.add_variable("Energy", energy[None], kinds.CDF_DOUBLE, is_nrv=True)
    for name, value in {"UNITS": "eV", "LABLAXIS": "Energy", "SCALETYP": "log"}.items():
        table.add_attribute(name, value)
    table.add_attribute("VAR_TYPE", "support_data")
    data = cdf.add_variable("flux", flux, kinds.CDF_FLOAT)
    described = {
        "DEPEND_0": "Epoch",
        "DEPEND_1": "Energy",
        "VAR_TYPE": "data",
        "DISPLAY_TYPE": "spectrogram",
        "UNITS": "cm!E-2!Ns!E-1!N",
        "LABLAXIS": "Flux",
        "SCALETYP": "log",
    }
    if angle is not None:
        pitch = cdf.add_variable("Pitch", angle[None], kinds.CDF_DOUBLE, is_nrv=True)
        pitch.add_attribute("UNITS", "deg")
        pitch.add_attribute("LABLAXIS", "Pitch angle")
        described |= {"DEPEND_1": "Pitch", "DEPEND_2": "Energy"}
    for name, value in (described | attributes).items():
        data.add_attribute(name, value)
    data.add_attribute("FILLVAL", np.array([-1e31], np.float32), kinds.CDF_FLOAT)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert pycdfpp.save(cdf, str(path))
    return path


def described(*paths: Path, **options: Any) -> Any:
    recipe = QuicklookRecipe(paths=tuple(map(str, paths)), **options)
    (item,) = recipe.items()
    return recipe.describe(item)


def spectrogram(*paths: Path, **options: Any) -> Spectrogram:
    (drawing,) = described(*paths, **options).drawings
    layer = drawing.figure.panels[0][0].layers[0]
    assert isinstance(layer, Spectrogram)
    return layer


def test_values_times_and_energies_are_the_files(tmp_path: Path) -> None:
    flux = np.outer(np.arange(1, 21), ENERGY).astype(np.float32)
    flux[3, 4] = -1e31
    layer = spectrogram(write(tmp_path / "a.cdf", flux))
    flux[3, 4] = np.nan
    np.testing.assert_array_equal(layer.values, flux)
    np.testing.assert_allclose((layer.x.lo + layer.x.hi) / 2, UNIX + 4.0 * np.arange(20))
    np.testing.assert_allclose(layer.x.hi - layer.x.lo, 4.0)
    # Log-spaced centres: edges are their geometric means.
    np.testing.assert_allclose(layer.y.hi[0, :-1], np.sqrt(ENERGY[1:] * ENERGY[:-1]))
    assert layer.color.scale == "log"
    assert plain(layer.color.unit) == "cm^-2 s^-1"


def test_the_third_dimension_is_collapsed_by_the_stated_rule(tmp_path: Path) -> None:
    angle = np.array([15.0, 90.0, 165.0])
    cube = np.random.default_rng(0).lognormal(size=(5, 3, 16)).astype(np.float32)
    path = write(tmp_path / "a.cdf", cube, angle=angle)
    for rule, numpys in (("sum", np.sum), ("max", np.max)):
        layer = spectrogram(path, collapse=rule)
        np.testing.assert_allclose(layer.values, numpys(cube, axis=1), rtol=1e-6)
    # The mean is that of the sphere: 0 to 52.5, to 127.5, to 180 degrees.
    edge = np.cos(np.radians(52.5))
    mean = np.average(cube, axis=1, weights=[1 - edge, 2 * edge, 1 - edge])
    np.testing.assert_allclose(spectrogram(path).values, mean, rtol=1e-6)
    title = described(path).drawings[0].figure.panels[0][0].title
    assert title.endswith("mean over Pitch angle")


def test_limits_of_the_file_by_option(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf", SCALEMIN=5.0, SCALEMAX=5e4)

    def panel(**options: Any) -> tuple[Any, list[str]]:
        made = described(path, **options)
        return made.drawings[0].figure.panels[0][0], [note.code for note in made.notes]

    made, codes = panel()
    assert made.layers[0].color.limits == (None, None)
    assert codes == []
    made, codes = panel(axis_limits="file")
    assert made.layers[0].color.limits == (5.0, 5e4)
    assert made.y.limits == (None, None)  # of which the file says nothing
    assert codes == ["suggested-limits-used"]
    made, _ = panel(axis_limits="file", z_min=7.0)
    assert made.layers[0].color.limits == (7.0, None)
    write(path, SCALEMIN=0.0, SCALEMAX=5e4)  # nothing is at 0 on a logarithmic scale
    made, codes = panel(axis_limits="file")
    assert made.layers[0].color.limits == (None, 5e4)
    assert codes == ["suggested-limits-used", "limit-not-positive"]
    write(path, SCALEMIN=9.0, SCALEMAX=3.0)
    made, codes = panel(axis_limits="file")
    assert made.layers[0].color.limits == (None, None)
    assert codes == ["suggested-limits-unusable"]


def test_options_reach_the_figure(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf")
    figure = (
        described(
            path,
            y_scale="linear",
            z_scale="linear",
            z_min=2,
            z_max=5000,
            y_min=20,
            y_max=900,
            colormap="plasma",
            dpi=99,
            width=7,
            height=3,
            theme="screen-dark",
            time_start="2001-02-03T04:00:08",
            time_stop="2001-02-03T04:00:40Z",
        )
        .drawings[0]
        .figure
    )
    panel = figure.panels[0][0]
    assert panel.y.scale == "linear"
    assert panel.y.limits == (20, 900)
    assert panel.x.limits == (UNIX + 8, UNIX + 40)
    layer = panel.layers[0]
    assert (layer.color.scale, layer.color.limits, layer.color.colormap) == (
        "linear",
        (2, 5000),
        "plasma",
    )
    assert (layer.x.lo >= UNIX + 4).all()
    assert (layer.x.hi <= UNIX + 44).all()
    assert (figure.dpi, figure.size, figure.style.name) == (99, (7, 3), "screen-dark")


BAD: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "missing": (lambda p: None, "failed", "no such file"),
    "empty": (lambda p: p.write_bytes(b""), "failed", "empty"),
    "not a CDF": (lambda p: p.write_bytes(b"PK\3\4" * 500), "failed", "CDF"),
    "truncated": (
        lambda p: p.write_bytes(write(p).read_bytes()[:900]),
        "failed",
        "Download or copy it again",
    ),
    "a folder": (lambda p: p.with_suffix(".x").mkdir(), "failed", "no such file"),
    "no records": (
        lambda p: write(p, np.zeros((0, 16), np.float32), times(0)),
        "no_data",
        "no record",
    ),
    "no spectrogram": (
        lambda p: write(p, DISPLAY_TYPE="time_series", DEPEND_1="nothing"),
        "no_data",
        "spectrogram",
    ),
    "all fill": (
        lambda p: write(p, np.full((9, 16), -1e31, np.float32)),
        "no_data",
        "only fill",
    ),
    "all infinite": (
        lambda p: write(p, np.full((9, 16), np.inf, np.float32)),
        "no_data",
        "only fill",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_its_outcome_and_the_others_are_drawn(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, status, words = BAD[name]
    bad = tmp_path / "bad.cdf"
    make(bad)
    good = write(tmp_path / "good.cdf")
    if not bad.is_file():  # found in its folder, and gone after it was listed
        found = [("bad", bad, False), ("good", good, False)]
        monkeypatch.setattr(quicklook_module, "_find", lambda paths: found)
    recipe = QuicklookRecipe(paths=(str(bad), str(good)))
    report = mill.run(recipe, tmp_path / "out")
    assert report.done == 1
    assert report.counts[status] == 1
    assert (tmp_path / "out" / "good.png").stat().st_size > 10_000
    assert not (tmp_path / "out" / "bad.png").exists()
    with Ledger.read(tmp_path / "out") as ledger:
        record = ledger.record("bad")
    assert record is not None
    assert record.state == status
    hints = "".join(note.failure.hint for note in report.failures)
    assert words.casefold() in (record.message + hints).casefold()
    assert record.category == ("invalid-input" if status == "failed" else "")


ODD: dict[str, Callable[[Path], Path]] = {
    "one record": lambda p: write(p, np.ones((1, 16), np.float32)),
    "descending time": lambda p: write(p, when=times(20)[::-1]),
    "repeated time": lambda p: write(p, when=np.repeat(times(10), 2)),
    "fill in time": lambda p: write(
        p, when=np.where(np.arange(20) == 4, np.datetime64("NaT"), times(20))
    ),
    "some infinite": lambda p: write(
        p, np.where(np.eye(20, 16) > 0, np.inf, 1.0).astype(np.float32)
    ),
    "zeros": lambda p: write(p, np.zeros((20, 16), np.float32)),
    "equal values": lambda p: write(p, np.full((20, 16), 7.0, np.float32)),
    "descending energy": lambda p: write(p, energy=ENERGY[::-1].copy()),
    "hostile words": lambda p: write(p, UNITS="$\\frac{1}{0}$^{", LABLAXIS="\x1b[31m$_"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_drawn(name: str, tmp_path: Path) -> None:
    path = ODD[name](tmp_path / "odd.cdf")
    report = mill.run(QuicklookRecipe(paths=(str(path),), dpi=60), tmp_path / "out")
    assert (report.done, report.failures) == (1, ())
    if name == "one record":
        return  # it is a line: see TestOneRecord
    layer = spectrogram(path)
    used = np.isfinite(layer.x.lo)
    assert (layer.x.hi[used] > layer.x.lo[used]).all()
    assert layer.x.extent is not None
    assert layer.x.extent[1] - layer.x.extent[0] < 200  # a fill time would be thousands of years


def test_rows_choose_variables_and_a_wrong_one_lists_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf")
    assert described(path, rows=("fl*",)).drawings
    with pytest.raises(InputError, match=r"a\.cdf.*no such variable.*flux"):
        described(path, rows=("eflux",))
    with pytest.raises(InputError, match=r"Epoch"):
        described(path, rows=("Epoch",))


def test_a_row_without_data_in_the_limits_is_left_out_with_the_reason(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf")  # 10 to 200 000, in bins from 7.9 to 12 589 eV
    for options, reason in (
        ({"y_min": 20_000.0}, r"flux has no data above 20000 eV: its bins reach from 7\.\d+ to 1"),
        ({"y_max": 5.0}, "flux has no data below 5 eV"),
        ({"y_min": 1.0, "y_max": 2.0}, "flux has no data from 1 to 2 eV"),
        ({"z_max": 1.0}, r"flux has no value below 1 cm\^-2 s\^-1: they are 10 to 2e\+05"),
        ({"z_min": 1e6}, "flux has no value above 1e\\+06"),
        ({"y_max": 11.0, "z_min": 1000.0}, "they are 10 to 200"),
    ):
        with pytest.raises(NoData, match=reason):
            described(path, **options)
    for options in ({"y_min": 10_000.0}, {"y_max": 8.0}, {"z_max": 10.0}, {"z_min": 200_000.0}):
        assert described(path, **options).drawings


def test_what_is_fill_in_the_limits_is_no_data(tmp_path: Path) -> None:
    flux = np.where(ENERGY < 100, 1, -1e31).astype(np.float32)
    path = write(tmp_path / "a.cdf", np.tile(flux, (9, 1)))
    assert described(path, y_max=90.0).drawings
    with pytest.raises(NoData, match="no data above 200 eV"):
        described(path, y_min=200.0)


def test_fill_alone_in_the_time_range_is_no_data(tmp_path: Path) -> None:
    flux = np.ones((20, 16), np.float32)
    flux[10:] = -1e31
    path = write(tmp_path / "a.cdf", flux)
    with pytest.raises(NoData, match="flux holds only fill at the times shown"):
        described(path, time_start="2001-02-03T04:00:48")


def test_zeros_are_drawn_unless_the_colours_begin_above_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf", np.zeros((20, 16), np.float32))
    assert described(path).drawings
    with pytest.raises(NoData, match="they are 0 to 0"):
        described(path, z_min=1.0)


def test_a_name_that_is_no_text_is_drawn(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf").rename(tmp_path / os.fsdecode(b"a\xff\n.cdf"))
    report = mill.run(QuicklookRecipe(paths=(str(path),), dpi=60), tmp_path / "out")
    assert (report.done, report.failures) == (1, ())
    assert described(path).drawings[0].figure.title == "a\\udcff\\n.cdf"


def test_a_time_range_without_records_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="no record in the time range"):
        described(write(tmp_path / "a.cdf"), time_start="2005-01-01")


def test_wrong_options_are_refused_before_anything_runs(tmp_path: Path) -> None:
    for wrong in (
        {"time_start": "yesterday"},
        {"z_min": 5, "z_max": 1},
        {"y_min": 5, "y_max": 5},
        {"z_min": float("nan")},
        {"y_max": float("inf")},
        {"width": float("nan")},
        {"z_min": -5, "z_scale": "log"},
        {"y_max": 0, "y_scale": "log"},
        {"time_start": "2001-01-02", "time_stop": "2001-01-01"},
        {"colormap": "nope"},
        {"theme": "pink"},
        {"collapse": "first"},
        {"dpi": 0},
        {"colour": "red"},
    ):
        with pytest.raises(OptionError):
            QuicklookRecipe(paths=("a.cdf",), **wrong)
    with pytest.raises(ConfigError, match=r"nope\.yaml: There is no such file"):
        QuicklookRecipe(paths=("a.cdf",), overrides="nope.yaml")
    with pytest.raises(ConfigError, match="holds no CDF files"):
        list(QuicklookRecipe(paths=(str(tmp_path),)).items())


def test_metadata_say_where_a_figure_comes_from(tmp_path: Path) -> None:
    from figmill.draw.png import read_text

    write(tmp_path / "a.cdf")
    recipe = QuicklookRecipe(paths=(str(tmp_path / "a.cdf"),))
    mill.run(recipe, tmp_path / "out")
    texts = read_text((tmp_path / "out" / "a.png").read_bytes())
    assert texts["figmill:item"] == "a"
    assert texts["figmill:inputs"].startswith('[["a.cdf", ')
    assert str(tmp_path) not in "".join(texts.values())


def test_only_files_named_themselves_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.cdf", "b.cdf", "c.cdf"):
        (folder / name).touch()
    paths = (str(folder / "a.cdf"), str(folder / "[b]*"), str(folder), str(tmp_path / "gone.cdf"))
    named = {item.key: item.named for item in QuicklookRecipe(paths=paths).items()}
    assert named == {"a": True, "b": False, "c": False, "gone": True}


def test_a_size_that_some_number_of_rows_allows_is_not_refused() -> None:
    """At 10 dpi one row is too low to be drawn, and three are not."""
    QuicklookRecipe(paths=("a.cdf",), dpi=10).check()


class TestOneRecord:
    def test_it_is_a_line_over_energy(self, tmp_path: Path) -> None:
        flux = np.geomspace(1.0, 1e4, 16, dtype=np.float32)[None, ::-1]
        made = described(write(tmp_path / "one.cdf", flux, energy=ENERGY[::-1]))
        (panel,) = [row[0] for row in made.drawings[0].figure.panels]
        (line,) = panel.layers
        assert np.array_equal(line.x, ENERGY)
        assert line.y == pytest.approx(np.geomspace(1.0, 1e4, 16), rel=1e-6)
        assert (panel.x.scale, panel.x.unit, panel.y.scale) == ("log", "eV", "log")
        assert panel.title.endswith("2001-02-03T04:00:00.000 UTC")
        assert ("info", "only-record-as-line") in [(n.level, n.code) for n in made.notes]
        assert made.drawings[0].figure.to_bytes("png")

    def test_what_a_line_cannot_show_is_told(self, tmp_path: Path) -> None:
        flux = np.ones((1, 16), np.float32)
        flux[0, 3] = 0.0
        made = described(write(tmp_path / "one.cdf", flux))
        assert ("loss", "values-not-positive") in [(n.level, n.code) for n in made.notes]

    def test_a_range_of_time_shows_its_own_span(self, tmp_path: Path) -> None:
        path = write(tmp_path / "one.cdf", np.ones((1, 16), np.float32))
        made = described(path, time_start="2001-02-03T03:00", time_stop="2001-02-03T05:00")
        (panel,) = [row[0] for row in made.drawings[0].figure.panels]
        assert isinstance(panel.layers[0], Spectrogram)


def test_values_that_are_all_outside_their_limits_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(NoData) as caught:
        described(write(tmp_path / "zero.cdf", VALIDMIN=0.0, VALIDMAX=0.0))
    assert "flux holds nothing valid: all 320 values lie outside VALIDMIN 0 and VALIDMAX 0." in str(
        caught.value
    )
    assert 'set: {VALIDMIN: "", VALIDMAX: ""}' in str(caught.value.hint)
    correction = tmp_path / "right.yaml"
    correction.write_text(
        'override:\n  - file: zero.cdf\n    variable: flux\n    set: {VALIDMIN: "", VALIDMAX: ""}\n'
    )
    made = described(tmp_path / "zero.cdf", overrides=str(correction))
    assert len(made.drawings) == 1


def test_what_is_drawn_on_demand_only_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "raw.cdf", DISPLAY_TYPE="no_plot")
    with pytest.raises(NoData, match="name them to see them: flux") as caught:
        described(path)
    assert ("info", "row-not-asked-for") in [(n.level, n.code) for n in caught.value.notes]
    assert len(described(path, rows=("flux",)).drawings[0].figure.panels) == 1


def add_lines(cdf: Any, records: int = 20) -> None:
    """A vector, a flag and a density, beside what is there."""
    kinds = pycdfpp.DataType
    vector = np.arange(3.0 * records, dtype=np.float32).reshape(records, 3)
    flag = (np.arange(records) == 7).astype(np.int32)
    names = cdf.add_variable("names", np.array([[b"Bx", b"By", b"Bz"]]), is_nrv=True)
    names.add_attribute("VAR_TYPE", "metadata")
    for name, values, words in (
        ("B", vector, {"LABL_PTR_1": "names", "UNITS": "nT", "LABLAXIS": "B"}),
        ("q", flag, {"CATDESC": "Quality flag: 0=good, 1=bad"}),
        ("n", vector[:, 0], {"UNITS": "cm^-3", "VAR_TYPE": "support_data"}),
    ):
        added = cdf.add_variable(name, values)
        for key, value in ({"DEPEND_0": "Epoch", "VAR_TYPE": "data"} | words).items():
            added.add_attribute(key, value)
    cdf["n"].add_attribute("FILLVAL", np.array([-1e31], np.float32), kinds.CDF_FLOAT)


def with_lines(path: Path) -> Path:
    cdf = pycdfpp.load(str(write(path)))
    add_lines(cdf)
    assert pycdfpp.save(cdf, str(path))
    return path


def labels(description: Any) -> list[str]:
    return [row[0].row_label for row in description.drawings[0].figure.panels]


def test_lines_and_flags_stand_beside_spectrograms_on_one_axis(tmp_path: Path) -> None:
    made = described(with_lines(tmp_path / "a.cdf"))
    assert labels(made) == ["flux", "B", "q"]
    figure = made.drawings[0].figure
    assert figure.share_x
    assert figure.row_heights[2] < figure.row_heights[1] <= figure.row_heights[0]
    lines = figure.panels[1][0].layers
    assert [line.label for line in lines] == ["Bx", "By", "Bz"]
    np.testing.assert_array_equal(lines[1].y, 3.0 * np.arange(20) + 1)
    np.testing.assert_array_equal(lines[1].x, UNIX + 4.0 * np.arange(20))
    assert [span.label for span in figure.panels[2][0].layers] == ["0 good", "1 bad"]
    placed = layout(figure).panels
    assert {(each.x.low, each.x.high) for each in placed} == {(UNIX - 2, UNIX + 78)}


def test_any_variable_can_be_named_and_kinds_can_be_chosen(tmp_path: Path) -> None:
    path = with_lines(tmp_path / "a.cdf")
    assert labels(described(path, rows=("n",))) == ["n"]
    assert labels(described(path, rows=("n", "flux"))) == ["n", "flux"]
    assert labels(described(path, show="lines")) == ["B", "q"]
    assert labels(described(path, show="spectrograms")) == ["flux"]
    figure = described(path, rows=("B",), magnitude=True).drawings[0].figure
    length = figure.panels[0][0].layers[-1]
    vector = np.arange(60.0).reshape(20, 3)
    np.testing.assert_allclose(length.y, np.linalg.norm(vector, axis=1))
    (panel,) = described(path, rows=("Energy",)).drawings[0].figure.panels[0]
    np.testing.assert_array_equal(panel.layers[0].y, ENERGY)
    assert panel.x.label == "Element"
    with pytest.raises(InputError, match="holds text"):
        described(path, rows=("names",))


def test_lines_have_the_limits_of_the_file_where_asked_for(tmp_path: Path) -> None:
    cdf = pycdfpp.load(str(with_lines(tmp_path / "a.cdf")))
    cdf["B"].add_attribute("SCALEMIN", [-500.0])
    cdf["q"].add_attribute("SCALEMAX", [7.0])
    assert pycdfpp.save(cdf, str(tmp_path / "b.cdf"))

    def limits(**options: Any) -> list[Any]:
        figure = described(tmp_path / "b.cdf", show="lines", **options).drawings[0].figure
        return [row[0].y.limits for row in figure.panels]

    assert limits() == [(None, None), (0.0, 1.0)]
    # A ribbon has no values on its axis.
    assert limits(axis_limits="file") == [(-500.0, None), (0.0, 1.0)]
    assert limits(axis_limits="file", y_max=9.0)[0] == (None, 9.0)


def test_limits_of_energies_are_not_those_of_lines(tmp_path: Path) -> None:
    path = with_lines(tmp_path / "a.cdf")
    made = described(path, y_min=100.0)
    assert "lines-own-limits" in [note.code for note in made.notes]
    assert made.drawings[0].figure.panels[1][0].y.limits == (None, None)
    alone = described(path, rows=("B",), y_min=10.0)
    assert alone.drawings[0].figure.panels[0][0].y.limits == (10.0, None)
    assert "lines-own-limits" not in [note.code for note in alone.notes]


def test_where_there_is_no_room_spectrograms_stay_and_the_rest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quicklook_module, "MOST_ROWS", 2)
    made = described(with_lines(tmp_path / "a.cdf"), rows=("q", "B", "flux"))
    assert labels(made) == ["q", "flux"]
    (note,) = [note for note in made.notes if note.code == "rows-left-out"]
    assert note.level == "loss" and note.text.endswith("--rows: B")


def test_rows_over_time_are_aligned_where_one_is_a_line_spectrum(tmp_path: Path) -> None:
    path = tmp_path / "a.cdf"
    cdf = pycdfpp.load(str(write(path, np.ones((1, 16), np.float32))))
    for name, count in (("early", 10), ("late", 20)):
        cdf.add_variable(f"t_{name}", times(count), pycdfpp.DataType.CDF_TIME_TT2000)
        added = cdf.add_variable(name, np.arange(float(count)))
        added.add_attribute("DEPEND_0", f"t_{name}")
        added.add_attribute("VAR_TYPE", "data")
    assert pycdfpp.save(cdf, str(path))
    figure = described(path).drawings[0].figure
    assert [row[0].x.scale for row in figure.panels] == ["log", "time", "time"]
    _, early, late = layout(figure).panels
    assert (early.x.low, early.x.high) == (late.x.low, late.x.high) == (UNIX, UNIX + 76)


def test_a_spike_in_a_long_series_is_seen(tmp_path: Path) -> None:
    count, spike = 200_000, 123_456
    cdf = pycdfpp.CDF()
    cdf.add_variable("Epoch", times(count, 0.1), pycdfpp.DataType.CDF_TIME_TT2000)
    values = np.zeros(count, np.float32)
    values[spike] = 10.0
    added = cdf.add_variable("n", values)
    added.add_attribute("DEPEND_0", "Epoch")
    added.add_attribute("VAR_TYPE", "data")
    assert pycdfpp.save(cdf, str(tmp_path / "a.cdf"))
    figure = described(tmp_path / "a.cdf", dpi=60).drawings[0].figure
    picture = np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB")).astype(int)
    (placed,) = layout(figure).panels
    x = int(placed.x.pixels(np.array([UNIX + 0.1 * spike]))[0])
    y = int(placed.y.pixels(np.array([5.0]))[0])
    blue = picture[y, :, 2] - picture[y, :, 0]
    assert abs(int(np.argmax(blue)) - x) <= 1 and blue.max() > 60


@pytest.mark.parametrize("theme", ["paper", "presentation"])
def test_every_sensor_is_in_the_legend(tmp_path: Path, theme: str) -> None:
    path = tmp_path / "a.cdf"
    cdf = pycdfpp.load(str(write(path)))
    labels = np.array([[f"sensor {number}".encode() for number in range(12)]])
    cdf.add_variable("names", labels, is_nrv=True)
    for name in ("a", "b", "c"):
        added = cdf.add_variable(name, np.ones((20, 12)) * np.arange(12))
        for key, value in {"DEPEND_0": "Epoch", "VAR_TYPE": "data", "LABL_PTR_1": "names"}.items():
            added.add_attribute(key, value)
    assert pycdfpp.save(cdf, str(path))
    figure = described(path, theme=theme).drawings[0].figure
    said = [op.text for op in compose(figure).ops if isinstance(op, Text)]
    assert [said.count(f"sensor {number}") for number in range(12)] == [3] * 12
