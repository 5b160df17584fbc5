"""Spectrograms in files that follow the ISTP guidelines: found by their metadata, and read."""

from figmill.read.istp.axes import Axis
from figmill.read.istp.find import Candidate, Findings, find_spectrograms
from figmill.read.istp.spectrograms import (
    Collapse,
    Reduction,
    SpectrogramVariable,
    load_spectrogram,
)
from figmill.read.istp.time import TimeAxis

__all__ = [
    "Axis",
    "Candidate",
    "Collapse",
    "Findings",
    "Reduction",
    "SpectrogramVariable",
    "TimeAxis",
    "find_spectrograms",
    "load_spectrogram",
]
