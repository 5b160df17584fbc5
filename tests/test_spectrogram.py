import json
import textwrap

import matplotlib.axes
import matplotlib.figure
import numpy as np
import pytest

from figmill.draw import png
from figmill.errors import ConfigError, InputError, PlottingError
from figmill.spectrogram import (
    close_all_axes_and_clear,
    generic_batch_plot,
    generic_plot_spectrogram_set,
    make_spectrogram,
)

T = 9.5e8 + np.arange(120) * 2.5
E = np.geomspace(30000.0, 5.0, 16)
CUBE = np.random.default_rng(3).poisson(5.0, (120, 8, 16)).astype(np.float64)


def row(**more):
    return {"x": T, "y": E, "data": CUBE, **more}


def run(snippet, **names):
    exec(compile(textwrap.dedent(snippet), "<snippet>", "exec"), names)
    return names


# -- the documented snippets, with their import lines changed ------------------------------------

MINIMAL = """
from figmill.spectrogram import generic_batch_plot

# Suppose we have a pre-built list of items and a loader that yields datasets
items = ["orbit_001", "orbit_002", "orbit_003"]

def load_datasets_for_item(item_id):
    # Return list[dict] each with keys: x, y, data, label (and optional vmin/vmax)
    return build_datasets(item_id)  # user-defined

generic_batch_plot(
    items=items,
    output_dir="plots_generic",
    build_datasets_fn=load_datasets_for_item,
)
"""
BATCHING = """
generic_batch_plot(
    items=items,
    output_dir="plots_generic",
    build_datasets_fn=load_datasets_for_item,
    flush_batch_size=25,
    log_flush_batch_size=50,
)
"""
RESUMING = """
generic_batch_plot(
    items=items,
    output_dir="plots_generic",
    build_datasets_fn=load_datasets_for_item,
    progress_json_path="generic_progress.json",  # default
)  # picks up where it left off
"""
AFRESH = """
generic_batch_plot(
    items=items,
    output_dir="plots_generic",
    build_datasets_fn=load_datasets_for_item,
    ignore_progress_json=True,
)
"""
OVERRIDES = """
def load_datasets_for_item(item_id):
    return [
        {"x": x1, "y": y1, "data": d1, "label": "EES", "y_min": 0, "y_max": 4000},
        {"x": x2, "y": y2, "data": d2, "label": "IES", "z_min": 1e-2, "z_max": 1e2},
    ]

generic_batch_plot(items, "plots_generic", load_datasets_for_item)
"""
ZOOM = """
generic_plot_spectrogram_set(
    datasets=my_datasets,
    vertical_lines=[t0, t1],
    zoom_duration_minutes=10,
    colormap="plasma",
    z_scale="log",
)
"""
PANEL = """
from figmill.spectrogram import make_spectrogram

ax, x_used = make_spectrogram(
    x_axis_values=time_sec,
    y_axis_values=energy_ev,
    data_array_3d=data_cube,
    collapse_axis=1,
    y_axis_scale_function="log",
    z_axis_scale_function="log",
    instrument_label="EES",
    vertical_lines_unix=[event_time],
)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "plots_generic"


def test_documented_batches_in_turn(folder):
    names = {"build_datasets": lambda item: [row(label=item)]}
    known = run(MINIMAL, **names)
    drawn = sorted(path.name for path in folder.glob("*.png"))
    assert drawn == ["orbit_001.png", "orbit_002.png", "orbit_003.png"]
    progress = json.loads((folder / "generic_progress.json").read_text())
    assert progress == {
        "completed_items": ["orbit_001", "orbit_002", "orbit_003"],
        "errors": [],
        "no_data": [],
        "last_index": 2,
        "schema_version": 1,
    }
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.png")}
    known = run(BATCHING, **known)
    known = run(RESUMING, **known)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.png")} == before
    run(AFRESH, **known)
    assert all(path.stat().st_mtime_ns > time for path, time in before.items())


def test_documented_overrides_by_row(folder):
    names = {"x1": T, "y1": E, "d1": CUBE, "x2": T, "y2": E, "d2": CUBE}
    run(OVERRIDES, generic_batch_plot=generic_batch_plot, items=["a"], **names)
    assert png.read_text((folder / "a.png").read_bytes())["figmill:item"] == "a"


def test_documented_zoom_column():
    names = {"my_datasets": [row()], "t0": T[40], "t1": T[60]}
    run(ZOOM, generic_plot_spectrogram_set=generic_plot_spectrogram_set, **names)


def test_documented_panel():
    known = run(PANEL, time_sec=T, energy_ev=E, data_cube=CUBE, event_time=T[7])
    assert isinstance(known["ax"], matplotlib.axes.Axes)
    assert np.array_equal(known["x_used"], T)
    assert known["ax"].get_yscale() == "log"


# -- one panel -----------------------------------------------------------------------------------


def test_documented_defaults_of_a_panel():
    ax, _ = make_spectrogram(T, E, CUBE)
    assert ax.get_ylim() == (0.0, 4000.0)
    assert ax.get_ylabel() == "Energy (eV)"
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "Counts"
    summed = CUBE.sum(axis=1)
    seen = summed[:, E < 4000.0]
    low, high = ax.collections[0].get_clim()
    assert low == pytest.approx(np.percentile(seen, 1), rel=0.05)
    assert high == pytest.approx(np.percentile(seen, 99), rel=0.05)


def test_given_limits_labels_and_colours_of_a_panel():
    ax, _ = make_spectrogram(
        T,
        E,
        CUBE,
        y_axis_min=10,
        y_axis_max=1000,
        z_axis_min=1,
        z_axis_max=60,
        x_axis_label="Seconds",
        y_axis_label="Energie (eV)",
        z_axis_label="Zählungen",
        y_axis_scale_function="log",
        z_axis_scale_function="log",
    )
    assert ax.get_ylim() == (10.0, 1000.0)
    assert ax.collections[0].get_clim() == (1.0, 60.0)
    assert ax.get_ylabel() == "Energie (eV)"
    assert ax.figure.axes[1].get_ylabel() == "Zählungen"
    assert "Seconds" in ax.get_xlabel()


def test_a_window_of_time():
    ax, used = make_spectrogram(T, E, CUBE, center_timestamp=T[50], window_duration_seconds=20.0)
    assert ax.get_xlim() == (T[50] - 10, T[50] + 10)
    assert used.tolist() == T[46:55].tolist()
    ax, used = make_spectrogram(T, E, CUBE, x_axis_min=T[10], x_axis_max=T[20])
    assert used.tolist() == T[10:21].tolist()


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (np.full_like(CUBE, np.nan), {}),
        (np.full_like(CUBE, np.nan), {"z_axis_scale_function": "log"}),
        (CUBE, {"x_axis_min": T[-1] + 100.0}),
        (CUBE, {"center_timestamp": 0.0, "window_duration_seconds": 5.0}),
        (np.empty((0, 8, 16)), {}),
    ],
)
def test_nothing_to_draw(data, options):
    assert make_spectrogram(T[: len(data)], E, data, **options) == (None, None)


def test_a_panel_into_axes_of_ones_own():
    figure = matplotlib.figure.Figure(figsize=(8, 6))
    upper, lower = figure.subplots(2)
    ax, _ = make_spectrogram(T, E, CUBE, axis_object=lower, vertical_lines_unix=[T[3], T[9]])
    assert ax is lower
    assert ax.collections
    assert not upper.collections
    assert len(figure.axes) == 3  # and a colour bar
    assert len(ax.lines) == 3  # two events and their bracket
    inside = ax.get_position()
    bar = figure.axes[2].get_position()
    assert inside.x1 < bar.x0 < bar.x1 < 0.92


def test_marker_style_and_looks():
    ax, _ = make_spectrogram(
        T,
        E,
        CUBE,
        vertical_lines_unix=[T[3], T[9]],
        cusp_marker_style="line",
        cusp_marker_kwargs={"color": "white", "linewidth": 3},
    )
    assert [line.get_xdata()[0] for line in ax.lines] == [T[3], T[9]]
    assert {line.get_linewidth() for line in ax.lines} == {3.0}


def test_plain_numbers_along_x():
    ax, used = make_spectrogram(np.arange(120.0), E, CUBE, x_axis_is_unix=False)
    assert ax.get_xlim() == (-0.5, 119.5)
    assert used[-1] == 119.0


def test_a_panel_refuses_what_it_cannot_use():
    with pytest.raises(InputError, match="shape"):
        make_spectrogram(T[:5], E, CUBE)
    with pytest.raises(PlottingError, match="cubic"):
        make_spectrogram(T, E, CUBE, z_axis_scale_function="cubic")
    with pytest.raises(PlottingError, match="jetty"):
        make_spectrogram(T, E, CUBE, colormap="jetty")


# -- one figure ----------------------------------------------------------------------------------


def spectrogram_axes(figure):
    return [ax for ax in figure.axes if ax.get_ylabel() == "Energy (eV)"]


def test_a_set_without_window_has_one_column():
    figure, canvas = generic_plot_spectrogram_set([row(label="EES"), row(label="IES")])
    assert canvas is figure.canvas
    assert len(spectrogram_axes(figure)) == 2
    assert figure.get_size_inches().tolist() == [12.0, 6.0]


def test_the_zoom_column_shares_the_colours_of_its_row():
    figure, _ = generic_plot_spectrogram_set(
        [row()], vertical_lines=[T[30]], zoom_duration_minutes=1
    )
    whole, zoomed = spectrogram_axes(figure)
    assert zoomed.get_xlim() == (T[30] - 30, T[30] + 30)
    assert whole.collections[0].get_clim() == zoomed.collections[0].get_clim()
    assert figure.get_size_inches().tolist() == [24.0, 3.0]


def test_no_zoom_column_where_no_data_fall_in_the_window():
    figure, _ = generic_plot_spectrogram_set(
        [row()], vertical_lines=[T[-1] + 1e4], zoom_duration_minutes=1
    )
    assert len(spectrogram_axes(figure)) == 1


def test_limits_by_row_win_over_limits_of_all():
    figure, _ = generic_plot_spectrogram_set(
        [
            row(y_min=100, y_max=900, z_min=3, z_max=9),
            row(vmin=1, vmax=70),
            row(),
        ],
        y_min=10,
        y_max=2000,
        z_min=5,
        z_max=50,
    )
    first, second, third = spectrogram_axes(figure)
    assert [ax.get_ylim() for ax in (first, second, third)] == [
        (100.0, 900.0),
        (10.0, 2000.0),
        (10.0, 2000.0),
    ]
    clim = [ax.collections[0].get_clim() for ax in (first, second, third)]
    assert clim == [(3.0, 9.0), (5.0, 50.0), (5.0, 50.0)]


def test_a_row_without_data_says_so_and_the_others_are_drawn():
    figure, _ = generic_plot_spectrogram_set(
        [row(), row(data=np.full_like(CUBE, np.nan), label="IES")]
    )
    assert any("no data" in text.get_text() for ax in figure.axes for text in ax.texts)


@pytest.mark.parametrize("datasets", [None, [], [row(data=np.full_like(CUBE, np.nan))]])
def test_nothing_to_draw_in_a_set(datasets):
    assert generic_plot_spectrogram_set(datasets) == (None, None)


def test_a_set_refuses_datasets_that_lack_arrays():
    with pytest.raises(InputError, match="no y and no data"):
        generic_plot_spectrogram_set([{"x": T}])
    with pytest.raises(InputError, match="Dataset 0 is a str"):
        generic_plot_spectrogram_set(["x"])


def test_showing_a_figure(monkeypatch):
    shown = []
    monkeypatch.setattr("figmill.draw.mpl.display.display", shown.append)
    figure, _ = generic_plot_spectrogram_set([row()], show=True)
    assert shown == [figure]


def test_closing():
    figure, _ = generic_plot_spectrogram_set([row()])
    close_all_axes_and_clear(figure)
    assert figure.axes == []
    close_all_axes_and_clear(None)


# -- a batch -------------------------------------------------------------------------------------


def test_states_in_the_order_of_the_items(tmp_path):
    def build(item):
        if item == 3:
            raise ValueError("no such orbit")
        return [row()] if item == 1 else []

    found = generic_batch_plot([3, 1, 2], tmp_path, build, flush_batch_size=1)
    assert found == [(3, "error"), (1, "ok"), (2, "no_data")]
    progress = json.loads((tmp_path / "generic_progress.json").read_text())
    assert progress["errors"] == ["3"]
    assert progress["no_data"] == ["2"]
    logs = "".join(p.read_text() for p in (tmp_path / ".figmill" / "logs").glob("*.log"))
    assert "no such orbit" in logs
    # A second run continues: what failed is left alone, and still told.
    assert generic_batch_plot([3, 1, 2], tmp_path, build) == found


def test_closures_and_lambdas_work_on_the_pool(tmp_path):
    times = {"a": [T[10]], "b": [T[20], T[40]]}
    found = generic_batch_plot(
        ["a", "b"],
        tmp_path,
        lambda item: [row(label=item)],
        zoom_center_fn=lambda item: times[item][0],
        zoom_window_seconds=60.0,
        vertical_lines_fn=lambda item: times[item],
        figure_title_fn=lambda item: f"Orbit {item}",
        max_workers=2,
    )
    assert found == [("a", "ok"), ("b", "ok")]
    text = png.read_text((tmp_path / "a.png").read_bytes())
    assert text["Title"] == "Orbit a"


def test_options_that_shape_the_figure_redraw_it(tmp_path):
    def draw(**options):
        generic_batch_plot(["a"], tmp_path, lambda _: [row()], max_workers=1, **options)
        return (tmp_path / "a.png").stat().st_mtime_ns

    first = draw()
    assert draw() == first
    second = draw(z_scale="log")
    assert second > first
    assert draw(z_scale="log", revision="2") > second


def test_only_a_progress_file_is_continued(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"completed_items": ["a"], "no_data": ["b"], "last_index": 1}))
    asked = []

    def build(item):
        asked.append(item)
        return [row()]

    found = generic_batch_plot(
        ["a", "b", "c"], tmp_path / "out", build, progress_json_path=path, max_workers=1
    )
    assert found == [("a", "ok"), ("b", "no_data"), ("c", "ok")]
    assert asked == ["c"]


def test_odd_names_are_safe_and_distinct(tmp_path):
    found = generic_batch_plot(["../x", "x/y", ""], tmp_path / "out", lambda _: [row()])
    assert [status for _, status in found] == ["ok", "ok", "ok"]
    assert len(list((tmp_path / "out").glob("*.png"))) == 3
    assert not list(tmp_path.glob("*.png"))


def test_items_that_share_a_name_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="'1'"):
        generic_batch_plot([1, "1"], tmp_path, lambda _: [row()])
    assert generic_batch_plot([1, 1], tmp_path, lambda _: [row()], max_workers=1) == [
        (1, "ok"),
        (1, "ok"),
    ]


def test_one_dict_instead_of_a_list_says_what_to_return(tmp_path):
    assert generic_batch_plot(["a"], tmp_path, lambda _: row()) == [("a", "error")]
    logs = "".join(p.read_text() for p in (tmp_path / ".figmill" / "logs").glob("*.log"))
    assert "Return a list of dicts" in logs


def test_no_items(tmp_path):
    assert generic_batch_plot([], tmp_path / "out", lambda _: []) == []


def test_an_item_that_hangs_fails_alone(tmp_path):
    def build(item):
        while item == "hangs":
            pass
        return [row()]

    found = generic_batch_plot(
        ["hangs", "good"], tmp_path, build, timeout_seconds=1.0, max_workers=2
    )
    assert found == [("hangs", "error"), ("good", "ok")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"colormap": "virids"}, "no colour map 'virids'; did you mean 'viridis'"),
        ({"cusp_marker_kwargs": {"color": "greeen"}}, "'greeen' is not a colour"),
        ({"cusp_marker_kwargs": {"colour": "red"}}, "no option 'colour'"),
        ({"z_scale": "loog"}, "loog"),
        ({"y_scale": "loog"}, "loog"),
        ({"dpi": 1}, "1 dpi"),
    ],
)
def test_looks_that_no_figure_can_have_are_refused_before_anything_is_made(
    tmp_path, options, words
):
    with pytest.raises(ConfigError, match=words):
        generic_batch_plot([1, 2], tmp_path / "out", lambda _: [row()], max_workers=0, **options)
    assert not (tmp_path / "out").exists()
