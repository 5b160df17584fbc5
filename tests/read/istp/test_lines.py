"""Time series, vectors, sensors and flags: found by their metadata, and read."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from figmill.read import istp
from figmill.read.cdf.file import CdfFile

Make = Callable[..., CdfFile]

DATA = {"VAR_TYPE": "data", "DEPEND_0": "Epoch"}
NAMES = [np.array(["Bx", "By", "Bz"])]
VECTOR = np.arange(15, dtype=np.float32).reshape(5, 3)


def find(cdf: CdfFile) -> istp.LineFindings:
    return istp.find_lines(cdf, istp.find_spectrograms(cdf))


def load(cdf: CdfFile, name: str) -> istp.LineVariable:
    (found,) = [item for item in find(cdf).candidates if item.name == name]
    return istp.load_lines(cdf, found)


def codes(variable: istp.LineVariable) -> list[str]:
    return [note.code for note in variable.notes]


def test_a_time_series_has_the_files_values_times_and_words(make: Make) -> None:
    density = np.array([1.0, 2.0, -1e31, 4.0, 500.0], np.float32)
    words = {"LABLAXIS": "n", "UNITS": "cm^-3", "CATDESC": "Density", "VALIDMAX": np.float32(100)}
    cdf = make(density=(density, {**DATA, **words, "FILLVAL": np.array([-1e31], np.float32)}))
    (found,) = find(cdf).primary
    assert (found.label, found.unit, found.count) == ("n", "cm^{-3}", 1)
    read = istp.load_lines(cdf, found)
    np.testing.assert_array_equal(read.values, [[1], [2], [np.nan], [4], [np.nan]])
    np.testing.assert_array_equal(np.diff(read.time.centers), 10.0)
    assert read.time.centers[0] == 1577836800.0
    assert codes(read) == ["values-outside-valid-range"]


@pytest.mark.parametrize("pointer", ["LABL_PTR_1", "DEPEND_1"])
def test_components_are_named_and_none_is_averaged(make: Make, pointer: str) -> None:
    cdf = make(B=(VECTOR, {**DATA, pointer: "names"}), names=(NAMES, {}))
    read = load(cdf, "B")
    assert read.parts == ("Bx", "By", "Bz")
    np.testing.assert_array_equal(read.values, VECTOR)


def test_components_without_names_have_numbers_and_a_note(make: Make) -> None:
    read = load(make(B=(VECTOR, DATA)), "B")
    assert read.parts == ("1", "2", "3")
    assert "components-unnamed" in codes(read)


def test_limits_and_units_of_each_component(make: Make) -> None:
    cdf = make(
        r=(
            VECTOR,
            {**DATA, "UNIT_PTR": "units", "VALIDMAX": np.array([3.5, 99.0, 99.0])},
        ),
        units=([np.array(["km", "deg", "deg"])], {}),
    )
    read = load(cdf, "r")
    assert read.units == ("km", "deg", "deg")
    expected = VECTOR.copy()
    expected[2:, 0] = np.nan
    np.testing.assert_array_equal(read.values, expected)


def test_a_tensor_has_a_name_for_each_element(make: Make) -> None:
    values = np.arange(5 * 4, dtype=np.float64).reshape(5, 2, 2)
    cdf = make(
        T=(values, {**DATA, "LABL_PTR_1": "a", "LABL_PTR_2": "a"}), a=([np.array(["x", "y"])], {})
    )
    read = load(cdf, "T")
    assert read.parts == ("x, x", "x, y", "y, x", "y, y")
    np.testing.assert_array_equal(read.values, values.reshape(5, 4))


def test_more_than_twelve_sensors_are_of_another_kind(make: Make) -> None:
    names = [np.array([f"s{i}" for i in range(13)])]
    values = np.ones((5, 13))
    cdf = make(
        many=(values, {**DATA, "LABL_PTR_1": "names"}),
        few=(values[:, :12], {**DATA, "LABL_PTR_1": "twelve"}),
        names=(names, {}),
        twelve=([names[0][:12]], {}),
    )
    assert [item.name for item in find(cdf).primary] == ["many", "few"]
    assert load(cdf, "many").kind == "sensors"
    assert load(cdf, "few").kind == "lines"


def test_uncertainties_are_cleaned_and_converted(make: Make) -> None:
    values = np.arange(1.0, 6.0)
    above = np.array([1.0, 1.0, -1e31, 1.0, 1.0])
    cdf = make(
        n=(values, {**DATA, "UNITS": "keV", "DELTA_PLUS_VAR": "up", "DELTA_MINUS_VAR": "down"}),
        up=(above, {"VAR_TYPE": "data", "UNITS": "keV", "FILLVAL": np.array([-1e31])}),
        down=(np.full(5, 500.0), {"VAR_TYPE": "data", "UNITS": "eV"}),
    )
    read = load(cdf, "n")
    assert read.low is not None and read.high is not None
    np.testing.assert_allclose(read.low[:, 0], values - 0.5)
    np.testing.assert_allclose(read.high[:, 0], np.where(above < 0, np.nan, values + 1.0))
    # They belong to n, and are no rows of their own unless they are named.
    assert [item.name for item in find(cdf).primary] == ["n"]
    assert {item.name for item in find(cdf).candidates} == {"n", "up", "down"}


def test_one_uncertainty_for_all_components(make: Make) -> None:
    sigma = np.arange(5.0)
    cdf = make(
        B=(VECTOR.astype(float), {**DATA, "DELTA_PLUS_VAR": "s", "DELTA_MINUS_VAR": "s"}),
        s=(sigma, {}),
    )
    read = load(cdf, "B")
    np.testing.assert_array_equal(read.high, VECTOR + sigma[:, None])
    np.testing.assert_array_equal(read.low, VECTOR - sigma[:, None])


def test_differing_record_counts_leave_what_both_have(make: Make) -> None:
    read = load(make(n=(np.arange(4.0), DATA)), "n")
    assert len(read.values) == len(read.time.centers) == 4
    assert "record-counts-differ" in codes(read)


@pytest.mark.parametrize(
    ("values", "declared", "scale"),
    [
        (np.geomspace(1, 1e4, 5), {}, "log"),
        (np.geomspace(1, 1e4, 5), {"SCALETYP": "linear"}, "linear"),
        (np.linspace(1, 5, 5), {"SCALETYP": "log"}, "linear"),
        (np.linspace(1, 50, 5), {"SCALETYP": "log"}, "log"),
        (np.array([-1.0, -2, -3, 1, 1000]), {"SCALETYP": "log"}, "linear"),
        (np.array([0.0, 1, 10, 100, 1000]), {"SCALETYP": "log"}, "log"),
        (np.array([0.0, 1, 10, 100, 1000]), {}, "linear"),
        (np.geomspace(0.001, 24, 5), {"UNITS": "hr"}, "linear"),
        (np.geomspace(0.001, 90, 5), {"UNITS": "deg"}, "linear"),
    ],
)
def test_axes_are_logarithmic_only_where_positive_data_span_decades(
    make: Make, values: np.ndarray, declared: dict[str, Any], scale: str
) -> None:
    read = load(make(n=(values, {**DATA, **declared})), "n")
    assert read.scale == scale
    told = declared.get("SCALETYP") == "log" and scale == "linear"
    assert ("scale-linear" in codes(read)) == told


def test_what_is_drawn_unasked_and_what_only_by_name(make: Make) -> None:
    values = np.arange(5.0)
    cdf = make(
        data=(values, DATA),
        support=(values, {**DATA, "VAR_TYPE": "support_data"}),
        later=(values, {**DATA, "DISPLAY_TYPE": "no_plot"}),
        text=([np.array(["a"])], {}),
        table=([values], {"VAR_TYPE": "data"}),
        matrix=([np.ones((2, 2))], {}),
    )
    found = find(cdf)
    assert [item.name for item in found.primary] == ["data"]
    assert [item.name for item in found.candidates] == ["data", "support", "later", "table"]
    assert found.unasked == ("later",)
    assert found.rejected["text"] == "holds text"
    assert found.rejected["matrix"] == "is one table for the whole file"


def test_data_without_a_time_take_the_only_one_of_as_many_records(make: Make) -> None:
    read = load(make(n=(np.arange(5.0), {"VAR_TYPE": "data"})), "n")
    (note,) = [note for note in read.notes if note.code == "time-assumed"]
    assert note.level == "doubt" and "Epoch" in note.text
    read = load(make(n=(np.arange(5.0), {**DATA, "DEPEND_0": "gone"})), "n")
    assert "(DEPEND_0: gone)" in next(note.text for note in read.notes)
    cdf = make(n=(np.arange(4.0), {"VAR_TYPE": "data"}))
    assert find(cdf).rejected["n"].startswith("does not say when")


def test_a_file_without_metadata_is_drawn_by_name_alone(make: Make) -> None:
    found = find(make(n=(np.arange(5.0), {})))
    assert [item.name for item in found.candidates] == ["n"]
    assert not found.primary


def test_elements_and_looks_that_display_type_asks_for(make: Make) -> None:
    words = {"DISPLAY_TYPE": "time_series>scatter>noerrorbars>y=B(1),y=B(3)"}
    widths = {"DELTA_PLUS_VAR": "s", "DELTA_MINUS_VAR": "s"}
    cdf = make(
        B=(VECTOR, {**DATA, "LABL_PTR_1": "names", **words, **widths}),
        names=(NAMES, {}),
        s=(np.ones(5), {}),
    )
    read = load(cdf, "B")
    assert read.parts == ("Bx", "Bz")
    np.testing.assert_array_equal(read.values, VECTOR[:, [0, 2]])
    assert read.scatter and read.low is None
    (note,) = [note for note in read.notes if note.code == "elements-chosen-by-file"]
    assert note.text.endswith("not By")


@pytest.mark.parametrize(
    ("values", "attributes", "period"),
    [
        ([350, 359, 1, 10, 20], {"UNITS": "deg", "CATDESC": "Geographic longitude"}, 360.0),
        ([170, 179, -179, -170, 0], {"UNITS": "degrees", "LABLAXIS": "azimuth"}, 360.0),
        ([170, 179, -179, -170, 0], {"UNITS": "deg", "LABLAXIS": "flng"}, 360.0),
        ([23, 23.9, 0.1, 1, 2], {"UNITS": "hr", "LABLAXIS": "MLT"}, 24.0),
        ([80, 89, -89, 0, 1], {"UNITS": "deg", "CATDESC": "latitude"}, None),
        ([350, 365, 400, 10, 20], {"UNITS": "deg", "CATDESC": "longitude"}, None),
        ([1, 2, 3, 4, 5], {"UNITS": "hr", "LABLAXIS": "Elapsed"}, None),
    ],
)
def test_what_values_come_round_after(
    make: Make, values: list[float], attributes: dict[str, str], period: float | None
) -> None:
    assert load(make(n=(np.array(values, float), {**DATA, **attributes})), "n").period == period


def test_a_table_that_all_records_share_stands_over_its_axis(make: Make) -> None:
    cdf = make(
        gain=([np.array([1.0, 2.0, -1e31])], {"DEPEND_1": "E", "UNITS": "V"}),
        E=([np.array([10.0, 20.0, 30.0])], {"UNITS": "eV", "LABLAXIS": "Energy"}),
    )
    gain, energy = load(cdf, "gain"), load(cdf, "E")
    assert (gain.kind, gain.axis is not None and gain.axis.label) == ("table", "Energy")
    np.testing.assert_array_equal(gain.values[:, 0], [1.0, 2.0, np.nan])
    assert energy.axis is not None
    np.testing.assert_array_equal(energy.axis.centers, [1, 2, 3])
    assert codes(energy) == ["table-of-all-records"]


def test_an_axis_that_does_not_fit_is_doubted(make: Make) -> None:
    cdf = make(
        B=(VECTOR, {**DATA, "DEPEND_1": "nothing"}),
        C=(VECTOR, {**DATA, "DEPEND_1": "two"}),
        two=([np.arange(2.0)], {}),
    )
    for name, words in (("B", "names nothing as DEPEND_1"), ("C", "has 3 values where")):
        (note,) = [note for note in load(cdf, name).notes if note.level == "doubt"]
        assert note.code == "axis-not-used" and words in note.text


def test_a_map_is_no_line(make: Make) -> None:
    shape = {"DEPEND_1": "lat", "DEPEND_2": "lon", "DISPLAY_TYPE": "image"}
    cdf = make(
        sky=(np.ones((5, 3, 4)), {**DATA, **shape}),
        lat=([np.arange(3.0)], {"UNITS": "deg", "CATDESC": "latitude"}),
        lon=([np.arange(4.0)], {"UNITS": "deg", "CATDESC": "longitude"}),
    )
    assert find(cdf).rejected["sky"].startswith("is an image over")


def test_virtual_lines_are_computed_and_others_named(make: Make) -> None:
    series = {"DEPEND_0": "Epoch", "VAR_TYPE": "data", "UNITS": "nT", "VIRTUAL": "TRUE"}
    nothing = np.empty((0,))
    cdf = make(
        B=(np.tile([3.0, 4.0, 12.0], (5, 1)), {"DEPEND_0": "Epoch", "VAR_TYPE": "data"}),
        size=(nothing, series | {"FUNCT": "compute_magnitude", "COMPONENT_0": "B"}),
        other=(nothing, series | {"FUNCT": "unheard_of", "COMPONENT_0": "B"}),
    )
    found = find(cdf)
    assert {item.name for item in found.primary} == {"B", "size"}
    size = load(cdf, "size")
    assert size.values.tolist() == [[13.0]] * 5
    assert codes(size) == ["virtual-computed"]
    ((name, why),) = found.puzzling
    assert name == "other"
    assert "unheard_of, is not computed here" in why
    # Of nothing measured nothing is lost.
    empty = make(
        "empty.cdf",
        B=(np.empty((0, 3)), {"DEPEND_0": "Epoch", "VAR_TYPE": "data"}),
        size=(nothing, series | {"FUNCT": "compute_magnitude", "COMPONENT_0": "B"}),
    )
    assert find(empty).puzzling == ()
