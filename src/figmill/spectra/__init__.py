"""Optical spectra from Python: read, compare, and process batches against a baseline.

`read_spectrum` reads any supported file. `BatchProcessor` draws many samples over one baseline;
`SpectraRecipe` and `CalibrationRecipe` are the same for `figmill.mill.run` and job files.
"""

from __future__ import annotations

from figmill.read.spectrum import Evidence, Spectrum
from figmill.read.spectrum_files import read_spectrum
from figmill.read.spectrum_plan import ColumnMapping, Plan, Transformation
from figmill.recipes.spectra import CalibrationRecipe, SpectraRecipe
from figmill.recipes.spectra.bands import Band, band_area
from figmill.recipes.spectra.calibrate import Calibration, calibrate
from figmill.recipes.spectra.compare import Comparison, compare, similarity
from figmill.recipes.spectra.figures import Look
from figmill.recipes.spectra.llm import LanguageModel
from figmill.recipes.spectra.peaks import Peak, find_peaks
from figmill.recipes.spectra.process import Processing
from figmill.recipes.spectra.reading import Reading
from figmill.spectra.batch import BatchProcessor
from figmill.spectra.files import FileManager
from figmill.spectra.graphs import SpectralGraphGenerator
from figmill.spectra.outputs import check_figure, settle_names
from figmill.spectra.parser import (
    AINormalizer,
    CSVParser,
    FileStructure,
    NormalizationResult,
    ParseResult,
)
from figmill.spectra.settings import (
    BatchConfig,
    BatchProcessResult,
    FileValidationResult,
    OutputSettings,
    ProcessingEstimate,
    ProcessingProgress,
    ProcessingStage,
)

__all__ = [
    "AINormalizer",
    "Band",
    "BatchConfig",
    "BatchProcessResult",
    "BatchProcessor",
    "CSVParser",
    "Calibration",
    "CalibrationRecipe",
    "ColumnMapping",
    "Comparison",
    "Evidence",
    "FileManager",
    "FileStructure",
    "FileValidationResult",
    "LanguageModel",
    "Look",
    "NormalizationResult",
    "OutputSettings",
    "ParseResult",
    "Peak",
    "Plan",
    "Processing",
    "ProcessingEstimate",
    "ProcessingProgress",
    "ProcessingStage",
    "Reading",
    "SpectraRecipe",
    "SpectralGraphGenerator",
    "Spectrum",
    "Transformation",
    "band_area",
    "calibrate",
    "check_figure",
    "compare",
    "find_peaks",
    "read_spectrum",
    "settle_names",
    "similarity",
]
