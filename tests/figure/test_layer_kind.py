"""Kinds of layers: figmill's own are complete, and an unknown layer is told at once."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import figmill.figure
from figmill.errors import PlottingError
from figmill.figure import Curve, ErrorBars, Figure, HLine, Layer, Panel
from figmill.figure.layer_kind import LayerKind, kind_of

OWN = [
    value
    for name in figmill.figure.__all__
    if inspect.isclass(value := getattr(figmill.figure, name))
    and issubclass(value, Layer)
    and value is not Layer
]


@dataclasses.dataclass(frozen=True)
class Strange(Layer):
    """A layer whose kind nobody offers."""

    at: float = 0.0


class Bold(Curve):
    """A curve under another name."""


def test_figmills_own() -> None:
    assert {Curve, ErrorBars} < set(OWN)
    for layer in OWN:
        kind = kind_of(layer.__new__(layer))
        assert isinstance(kind, LayerKind)
        assert kind.layer is layer


def test_what_derives_from_a_layer_is_drawn_as_it_is() -> None:
    x = np.arange(5.0)
    assert Figure(Panel(Bold(x, x))).to_bytes() == Figure(Panel(Curve(x, x))).to_bytes()


def test_an_unknown_layer_is_told_when_it_is_put_into_a_panel() -> None:
    with pytest.raises(PlottingError, match=r"Strange cannot be drawn") as caught:
        Panel([HLine(0), Strange()])
    assert "figmill.layers" in str(caught.value.hint)


@pytest.mark.parametrize("draw", ["png", "jpg", "svg", "pdf", "to_matplotlib", "check"])
def test_an_unknown_layer_is_told_by_whatever_draws(draw: str) -> None:
    panel = Panel(HLine(0))
    object.__setattr__(panel, "layers", (*panel.layers, Strange()))  # its package is gone since
    figure = Figure(panel)
    with pytest.raises(PlottingError, match=r"Strange cannot be drawn"):
        getattr(figure, draw)() if hasattr(figure, draw) else figure.to_bytes(draw)


@pytest.mark.parametrize("what", [{}, Layer(), HLine])
def test_what_is_no_layer(what: Any) -> None:
    with pytest.raises(PlottingError, match="is not something that a panel can hold"):
        Panel([HLine(0), what])


MODULE = """
from dataclasses import dataclass
from figmill.draw import LayerKind
from figmill.figure import Layer

@dataclass(frozen=True)
class Odd(Layer):
    pass

class OddKind(LayerKind[Odd]):
    layer = Odd
    def ops(self, layer, pen, look):
        yield "a line"
    def artists(self, layer, twin, look):
        return None

KIND = OddKind()
"""


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("odd_layer:OddKind", r"odd \(odd_layer:OddKind\) is of type ABCMeta, not a LayerKind"),
        ("odd_layer:ABSENT", "cannot be imported: AttributeError"),
        ("odd_layer:KIND", "OddKind gives str to be drawn"),
    ],
)
def test_a_package_that_is_wrong_disables_its_layer_alone(
    target: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    install: Callable[[Path, str, str], None],
) -> None:
    install(tmp_path, "odd", f"[figmill.layers]\nodd = {target}\n")
    (tmp_path / "odd_layer.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "odd_layer", raising=False)
    odd = importlib.import_module("odd_layer").Odd()
    with pytest.raises(PlottingError) as caught:
        Figure(Panel(odd)).to_bytes()
    assert re.search(words, f"{caught.value.message} {caught.value.hint}")
    assert Figure(Panel(HLine(0))).to_bytes()


def test_two_packages_that_offer_one_layer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    install: Callable[[Path, str, str], None],
) -> None:
    for package in ("odd", "even"):
        install(tmp_path, package, f"[figmill.layers]\n{package} = odd_layer:KIND\n")
    (tmp_path / "odd_layer.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "odd_layer", raising=False)
    with pytest.raises(PlottingError, match=r"several packages .* Odd: even .*, odd "):
        Panel(importlib.import_module("odd_layer").Odd())


def test_figures_of_figmills_own_layers_need_no_drawing_library() -> None:
    code = (
        "import sys; from figmill.figure import *; Figure(Panel([HLine(0.0), VLine(1.0)]));"
        "print('matplotlib' in sys.modules, 'figmill.draw' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
