"""What a figure is: plain, frozen, validated values. numpy only.

A `Figure` is a grid of `Panel` values; a panel has two `Axis` values and layers: `Spectrogram`,
`Curve`, `ErrorBars`, `ErrorBand`, `Scatter`, `Bars`, `Histogram`, `Boxes`, `Mesh`, `Contours`,
`Fill`, `Band`, `Spans`, `VLine`, `HLine`, `Bracket`, `Mark`, `TextBox`, `Arrow`.
"""

from figmill.figure.bars import Bars, Boxes, Histogram
from figmill.figure.bins import Bins, BinTables, time_bins
from figmill.figure.color import ColorScale
from figmill.figure.function_axis import FunctionAxis
from figmill.figure.grids import Contours, Mesh, heat_map
from figmill.figure.layers import (
    Band,
    Bracket,
    Curve,
    Fill,
    HLine,
    Layer,
    Mark,
    Spans,
    Spectrogram,
    VLine,
)
from figmill.figure.model import Axis, Figure, Panel
from figmill.figure.remarks import Arrow, TextBox
from figmill.figure.scatter import Scatter
from figmill.figure.style import THEMES, Style, theme
from figmill.figure.tickrow import TickRow
from figmill.figure.uncertain import ErrorBand, ErrorBars

__all__ = [
    "THEMES",
    "Arrow",
    "Axis",
    "Band",
    "Bars",
    "BinTables",
    "Bins",
    "Boxes",
    "Bracket",
    "ColorScale",
    "Contours",
    "Curve",
    "ErrorBand",
    "ErrorBars",
    "Figure",
    "Fill",
    "FunctionAxis",
    "HLine",
    "Histogram",
    "Layer",
    "Mark",
    "Mesh",
    "Panel",
    "Scatter",
    "Spans",
    "Spectrogram",
    "Style",
    "TextBox",
    "TickRow",
    "VLine",
    "heat_map",
    "theme",
    "time_bins",
]
