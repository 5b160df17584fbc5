"""Figures are shown where there is a place for it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from figmill.draw import display
from figmill.figure import Curve, Figure

FIGURE = Figure(Curve([0.0, 1.0], [0.0, 1.0]), size=(2, 1), dpi=100)


def test_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    fake = SimpleNamespace(get_ipython=object, display=SimpleNamespace(display=shown.append))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    FIGURE.show()
    assert shown == [FIGURE]


def test_on_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[np.ndarray] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(Image.Image, "show", lambda image, title: shown.append(np.asarray(image)))
    FIGURE.show()
    assert shown[0].shape[:2] == (100, 200)


def test_without_a_screen_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "has_screen", lambda: False)
    monkeypatch.setattr(Image.Image, "show", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match="not shown"):
        FIGURE.show()
