"""Optical spectra from Python: read, compare, and process batches against a baseline.

`read_spectrum` reads any supported file. `BatchProcessor` draws many samples over one baseline;
`SpectraRecipe` and `CalibrationRecipe` are the same for `figmill.mill.run` and job files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from figmill._lazy import lazily

if TYPE_CHECKING:
    from figmill.spectra.bands import Band, band_area
    from figmill.spectra.batch import BatchProcessor
    from figmill.spectra.calibration import Calibration, calibrate
    from figmill.spectra.calibration_recipe import CalibrationRecipe
    from figmill.spectra.comparison import Comparison, compare, similarity
    from figmill.spectra.figures import Look
    from figmill.spectra.files import FileManager
    from figmill.spectra.graphs import SpectralGraphGenerator
    from figmill.spectra.llm import LanguageModel
    from figmill.spectra.outputs import check_figure, settle_names
    from figmill.spectra.parser import (
        AINormalizer,
        CSVParser,
        FileStructure,
        NormalizationResult,
        ParseResult,
    )
    from figmill.spectra.peaks import Peak, find_peaks
    from figmill.spectra.process import Processing
    from figmill.spectra.read.files import read_spectra, read_spectrum
    from figmill.spectra.read.plan import ColumnMapping, Plan, Transformation
    from figmill.spectra.reading import Reading
    from figmill.spectra.recipe import SpectraRecipe
    from figmill.spectra.settings import (
        BatchConfig,
        BatchProcessResult,
        FileValidationResult,
        OutputSettings,
        ProcessingEstimate,
        ProcessingProgress,
        ProcessingStage,
    )
    from figmill.spectra.spectrum import Evidence, Spectrum

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
    "read_spectra",
    "read_spectrum",
    "settle_names",
    "similarity",
]

# Lazily: workers and `--help` need the recipe alone, or nothing.
__getattr__, __dir__ = lazily(
    __name__,
    {
        "figmill.spectra.bands": "Band band_area",
        "figmill.spectra.batch": "BatchProcessor",
        "figmill.spectra.calibration": "Calibration calibrate",
        "figmill.spectra.calibration_recipe": "CalibrationRecipe",
        "figmill.spectra.comparison": "Comparison compare similarity",
        "figmill.spectra.figures": "Look",
        "figmill.spectra.files": "FileManager",
        "figmill.spectra.graphs": "SpectralGraphGenerator",
        "figmill.spectra.llm": "LanguageModel",
        "figmill.spectra.outputs": "check_figure settle_names",
        "figmill.spectra.parser": (
            "AINormalizer CSVParser FileStructure NormalizationResult ParseResult"
        ),
        "figmill.spectra.peaks": "Peak find_peaks",
        "figmill.spectra.process": "Processing",
        "figmill.spectra.read.files": "read_spectra read_spectrum",
        "figmill.spectra.read.plan": "ColumnMapping Plan Transformation",
        "figmill.spectra.reading": "Reading",
        "figmill.spectra.recipe": "SpectraRecipe",
        "figmill.spectra.settings": (
            "BatchConfig BatchProcessResult FileValidationResult "
            "OutputSettings ProcessingEstimate ProcessingProgress ProcessingStage"
        ),
        "figmill.spectra.spectrum": "Evidence Spectrum",
    },
)
