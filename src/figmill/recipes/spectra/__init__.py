"""Optical spectra: every sample against its baseline."""

from __future__ import annotations

from figmill.recipes.spectra.calibration_recipe import CalibrationRecipe
from figmill.recipes.spectra.recipe import SpectraRecipe

__all__ = ["CalibrationRecipe", "SpectraRecipe"]
