"""What files that follow the ISTP guidelines hold, found by their metadata, and read."""

from figmill.read.istp.axes import Axis
from figmill.read.istp.find import Candidate, Findings, find_spectrograms
from figmill.read.istp.join import join
from figmill.read.istp.line_variable import LineCandidate, LineFindings, LineVariable
from figmill.read.istp.lines import find_lines, load_lines
from figmill.read.istp.spectrograms import (
    CellWeights,
    Collapse,
    Reduction,
    SpectrogramVariable,
    load_spectrogram,
)
from figmill.read.istp.time import TimeAxis
from figmill.read.istp.value_axis import period_by_words

__all__ = [
    "Axis",
    "Candidate",
    "CellWeights",
    "Collapse",
    "Findings",
    "LineCandidate",
    "LineFindings",
    "LineVariable",
    "Reduction",
    "SpectrogramVariable",
    "TimeAxis",
    "find_lines",
    "find_spectrograms",
    "join",
    "load_lines",
    "load_spectrogram",
    "period_by_words",
]
