"""Spectrograms of arrays; `figmill.spectrogram` is their face."""
