import numpy as np
import pytest

from figmill.errors import InputError
from figmill.figure import Spectrogram
from figmill.recipes.datasets import (
    color_limits,
    make_cube,
    row_panel,
    split_unit,
    within,
)

T = 1e9 + np.arange(4.0)
E = np.array([30.0, 20.0, 10.0])


def test_three_dimensions_are_summed_and_missing_values_left_out():
    data = np.ones((4, 5, 3))
    data[1, :2, 0] = np.nan
    data[2, :, 1] = np.nan
    cube = make_cube(T, E, data)
    assert cube.values[0].tolist() == [5.0, 5.0, 5.0]
    assert cube.values[1, 0] == 3.0
    assert np.isnan(cube.values[2, 1])


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_any_axis_can_be_collapsed(axis):
    full = np.random.default_rng(1).random((4, 3, 7))
    moved = np.moveaxis(full, 2, axis)
    assert np.allclose(make_cube(T, E, moved, collapse_axis=axis).values, full.sum(axis=2))


def test_times_may_be_datetimes_and_data_masked_or_whole_numbers():
    stamps = np.array(["2000-01-01", "2000-01-02", "NaT", "2000-01-04"], "datetime64[s]")
    data = np.ma.masked_equal(np.arange(12).reshape(4, 3), 5)
    cube = make_cube(stamps, E, data)
    assert cube.x[0] == 946684800.0
    assert np.isnan(cube.x[2])
    assert np.isnan(cube.values[1, 2])
    assert cube.values[3, 2] == 11


@pytest.mark.parametrize(
    ("x", "y", "data"),
    [
        (T, E, np.ones((3, 4))),
        (T, E, np.ones(4)),
        (T, np.ones((3, 3)), np.ones((4, 3))),
        (T[None], E, np.ones((4, 3))),
        (T, E, np.ones((4, 2, 5))),
        (T, E, np.array([["a"] * 3] * 4)),
    ],
)
def test_shapes_that_do_not_agree_are_refused(x, y, data):
    with pytest.raises(InputError):
        make_cube(x, y, data)


def test_no_such_axis():
    with pytest.raises(InputError, match="axis 3"):
        make_cube(T, E, np.ones((4, 2, 3)), collapse_axis=3)


@pytest.mark.parametrize(
    ("row", "shared", "limits"),
    [
        ({}, (None, None), (None, None)),
        ({}, (1.0, 5.0), (1.0, 5.0)),
        ({"z_min": 2.0}, (1.0, 5.0), (2.0, 5.0)),
        ({"z_max": 50.0}, (1.0, 5.0), (1.0, 50.0)),  # a row's own limit is not clamped
        ({"vmin": 0.5, "vmax": 50.0}, (1.0, 5.0), (1.0, 5.0)),
        ({"vmin": 2.0, "vmax": 3.0}, (1.0, 5.0), (2.0, 3.0)),
        ({"vmin": 2.0, "vmax": 3.0}, (None, None), (2.0, 3.0)),
        ({"z_min": 0.0, "vmin": 2.0}, (None, None), (0.0, None)),
    ],
)
def test_color_limits(row, shared, limits):
    assert color_limits(row, *shared) == limits


def test_a_limit_that_a_log_scale_cannot_show_is_not_given():
    assert within(0.0, 4000.0, "log") == (None, 4000.0)
    assert within(0.0, 4000.0, "linear") == (0.0, 4000.0)
    assert within(5.0, 5.0, "linear") == (None, 5.0)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Energy (eV)", ("Energy", "eV")),
        ("Flux (1/(cm^2 s))", ("Flux", "1/(cm^2 s)")),
        ("Counts", ("Counts", "")),
        ("(eV)", ("(eV)", "")),
        ("Speed (x) of (m/s)", ("Speed (x) of", "m/s")),
    ],
)
def test_a_unit_is_split_off(text, parts):
    assert split_unit(text) == parts


def test_a_row_is_drawn_at_the_bins_of_its_values():
    row = {"x": T, "y": E, "data": np.arange(12.0).reshape(4, 3), "label": "EES", "y_max": 28.0}
    panel = row_panel(row, y_limits=(5.0, 40.0))
    (layer,) = panel.layers
    assert isinstance(layer, Spectrogram)
    assert layer.y.lo[0].tolist() == [25.0, 15.0, 5.0]
    assert panel.y.limits == (5.0, 28.0)
    assert (panel.y.label, panel.y.unit, layer.color.label) == ("Energy", "eV", "Counts")
    assert panel.row_label == "EES"


def test_energies_by_record():
    energies = np.array([E, E, E * 2, E * 2])
    panel = row_panel({"x": T, "y": energies, "data": np.ones((4, 3))})
    assert panel.layers[0].y.index.tolist() == [0, 0, 1, 1]


def test_zero_energies_have_no_bin_on_a_log_axis():
    panel = row_panel({"x": T, "y": [0.0, 1.0, 10.0], "data": np.ones((4, 3))}, y_scale="log")
    assert np.isnan(panel.layers[0].y.lo[0, 0])


def test_a_row_of_nothing_but_missing_values_has_no_panel():
    assert row_panel({"x": T, "y": E, "data": np.full((4, 3), np.nan)}) is None


def test_what_is_left_out_of_a_row_is_told():
    notes = []
    x = 1.6e9 + np.arange(10.0)
    x[4] = 0.0
    row = {"x": x, "y": [0.0, 1.0, 10.0], "data": np.ones((10, 3)), "label": "ees"}
    panel = row_panel(row, y_scale="log", notes=notes)
    (layer,) = panel.layers
    assert np.flatnonzero(~layer.x.used).tolist() == [4]
    assert layer.x.extent == (1.6e9 - 0.5, 1.6e9 + 9.5)
    assert [(note.level, note.code, note.place) for note in notes] == [
        ("loss", "times-far-from-others", "ees"),
        ("loss", "bins-not-positive", "ees"),
    ]
    notes.clear()
    (layer,) = row_panel(row, y_scale="linear", x_is_unix=False, notes=notes).layers
    assert layer.x.used.all()
    assert layer.y.extent == (-0.5, 14.5)
    assert notes == []


def test_what_of_arrays_is_not_seen_as_it_stands_is_told():
    x = np.array([T[0], T[0], np.nan, T[3]])
    data = np.ones((4, 3))
    data[0, 0], data[3, 1] = np.inf, -np.inf
    notes = []
    panel = row_panel({"x": x, "y": E, "data": data}, notes=notes)
    assert panel is not None
    assert [(note.level, note.code, note.text.split()[0]) for note in notes] == [
        ("loss", "values-infinite", "2"),
        ("loss", "records-without-time", "1"),
        ("loss", "times-repeated", "1"),
    ]
    notes.clear()
    row_panel({"x": T, "y": E, "data": np.ones((4, 3))}, notes=notes)
    assert notes == []


@pytest.mark.parametrize("label", ["eV/(cm^2-s-sr-eV)", "Counts (1/s)", "log_10 Flux [cm-2]"])
def test_the_label_of_colours_is_as_given(label):
    panel = row_panel({"x": T, "y": E, "data": np.ones((4, 3)), "z_label": label})
    assert panel is not None
    (layer,) = panel.layers
    assert isinstance(layer, Spectrogram)
    assert (layer.color.label, layer.color.unit) == (label, "")
