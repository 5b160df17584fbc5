import sys
from types import SimpleNamespace

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from figmill.draw.mpl import display


def figure():
    made = Figure(figsize=(2, 1), dpi=50)
    FigureCanvasAgg(made)
    return made


def test_in_a_notebook(monkeypatch):
    shown = []
    fake = SimpleNamespace(get_ipython=object, display=SimpleNamespace(display=shown.append))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    made = figure()
    display.display(made)
    assert shown == [made]


def test_on_a_screen(monkeypatch):
    shown = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(Image.Image, "show", lambda image, title: shown.append(np.asarray(image)))
    display.display(figure())
    assert shown[0].shape == (50, 100, 4)


def test_without_a_screen_nothing_happens(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Image.Image, "show", lambda *_: 1 / 0)
    display.display(figure())
