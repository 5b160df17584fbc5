"""Quicklooks of any ISTP CDF file: every energy-time spectrogram in it, one below the other."""

from figmill.recipes.spectrogram.quicklook import QuicklookRecipe

__all__ = ["QuicklookRecipe"]
