"""Spectrograms in files that follow the ISTP guidelines: found by their metadata, and read."""

from figmill.read.istp.spectrograms import (
    Axis,
    Candidate,
    Findings,
    SpectrogramVariable,
    TimeAxis,
    find_spectrograms,
    load_spectrogram,
)

__all__ = [
    "Axis",
    "Candidate",
    "Findings",
    "SpectrogramVariable",
    "TimeAxis",
    "find_spectrograms",
    "load_spectrogram",
]
