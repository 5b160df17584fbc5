import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MplFigure

from figmill.draw.mpl.axes import draw_onto
from figmill.figure import Axis, Bins, Curve, Panel, Spectrogram


def panel(**more):
    time = Bins.from_edges(1e9 + np.arange(11.0))
    energy = Bins.from_edges(np.geomspace(10, 1000, 6))
    layer = Spectrogram(time, energy, np.arange(50.0).reshape(10, 5))
    return Panel(layer, x=Axis("time"), y=Axis("log", label="Energy", unit="eV"), **more)


def drawn(what, **axes):
    figure = MplFigure(figsize=(6, 4))
    FigureCanvasAgg(figure)
    ax = figure.add_subplot(**axes)
    draw_onto(ax, what)
    figure.canvas.draw()
    return figure, ax


def test_the_panel_and_its_bar_keep_within_the_axes_place():
    before = MplFigure(figsize=(6, 4)).add_subplot().get_position()
    figure, ax = drawn(panel())
    bar = figure.axes[1].get_position()
    assert ax.get_position().x0 == before.x0
    assert bar.x1 < before.x1
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "Energy (eV)")
    assert ax.get_ylim() == (10.0, 1000.0)


def test_without_bar_the_axes_stay_where_they_are():
    figure, ax = drawn(Panel(Curve([0.0, 1.0], [2.0, 3.0])))
    assert len(figure.axes) == 1
    before = MplFigure(figsize=(6, 4)).add_subplot().get_position()
    assert ax.get_position().bounds == before.bounds
    assert len(ax.lines) == 1


def test_what_the_axes_hold_stays():
    figure = MplFigure(figsize=(6, 4))
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    (line,) = ax.plot([1e9, 1e9 + 10], [10, 1000])
    draw_onto(ax, panel())
    assert line in ax.lines
