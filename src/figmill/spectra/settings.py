"""How a batch is to be carried out, how it goes, and what came of it: plain values."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from figmill.errors import ConfigError
from figmill.formats import check_formats, find_format
from figmill.spectra.naming import Conflict, check_template


@dataclass
class OutputSettings:
    """Where figures go, and what they are like.

    Parameters
    ----------
    output_dir
        The folder; made if missing.
    format
        png, jpg, webp, pdf or svg.
    dpi
        Resolution.
    open_folder_after
        Open the folder in the desktop's file manager at the end, where there is a desktop.
    save_normalized_csvs
        Keep each spectrum, as it was understood, as plain CSV below ``normalized/``.
    filename_template
        File names, with the fields sample, baseline and index.
    conflict_resolution
        What to do where another file has the name: auto_increment, overwrite, skip or error.
    options
        Any other option of `figmill.spectra.SpectraRecipe`: difference, bands, processing.

    Raises
    ------
    figmill.errors.ConfigError
        If a value cannot be used.
    """

    output_dir: str | Path
    format: str = "png"
    dpi: float = 300
    open_folder_after: bool = True
    save_normalized_csvs: bool = False
    filename_template: str = "{sample}_vs_{baseline}"
    conflict_resolution: str = "auto_increment"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.format = find_format(self.format) or self.format
        check_formats((self.format,))
        _one_of("conflict_resolution", self.conflict_resolution, get_args(Conflict))
        check_template(self.filename_template)
        if not 10 <= self.dpi <= 2400:
            raise ConfigError(f"dpi is {self.dpi}.", hint="Use 10 to 2400.")
        if not str(self.output_dir):
            raise ConfigError("output_dir is empty.", hint="Name a folder.")


@dataclass
class BatchConfig:
    """How a batch is carried out.

    Parameters
    ----------
    max_concurrent_files
        Worker processes.
    memory_limit_mb
        Memory that all workers may take together, in MB (10^6 bytes): each gets its equal share,
        and a file that needs more than that share fails alone. Of its share each has at least half
        beyond the 100 MB that an interpreter takes itself, so that 200 do for 3 workers.
    timeout_per_file_minutes
        The longest a file may take; it then fails alone.
    retry_failed_files, max_retries
        Try again what may go better the next time: timeouts, crashes, memory, output, unknown
        errors. A file that cannot be read is not tried again: it would not change.
    continue_on_error
        False stops the batch at the first failure.
    cleanup_temp_files
        Remove figmill's own temporary files at the end.
    """

    max_concurrent_files: int = 3
    memory_limit_mb: float = 1000
    timeout_per_file_minutes: float = 10
    retry_failed_files: bool = True
    max_retries: int = 2
    continue_on_error: bool = True
    cleanup_temp_files: bool = True

    def __post_init__(self) -> None:
        for name, least in (
            ("max_concurrent_files", 1),
            ("memory_limit_mb", 1),
            ("max_retries", 0),
        ):
            if not getattr(self, name) >= least:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}.", hint=f"Use {least} at least."
                )
        if not self.timeout_per_file_minutes > 0:
            raise ConfigError(
                f"timeout_per_file_minutes is {self.timeout_per_file_minutes}.",
                hint="Use a number above 0.",
            )


class ProcessingStage(Enum):
    """Where a batch stands."""

    VALIDATION = "validation"
    LOADING = "loading"
    NORMALIZATION = "normalization"
    GRAPH_GENERATION = "graph_generation"
    SAVING = "saving"
    CLEANUP = "cleanup"


@dataclass(frozen=True)
class ProcessingProgress:
    """How far a batch is; ``estimated_remaining_minutes`` comes from what was measured so far.

    Attributes
    ----------
    current_file, current_operation
        What is in work, and what is done to it.
    files_completed, total_files, progress_percent
        How much is done, 0 to 100 per cent.
    current_stage
        The stage of the batch.
    errors_count, warnings_count
        So far.
    """

    current_file: str
    files_completed: int
    total_files: int
    current_stage: ProcessingStage
    progress_percent: float
    estimated_remaining_minutes: float
    current_operation: str
    errors_count: int = 0
    warnings_count: int = 0


@dataclass
class BatchProcessResult:
    """What came of a batch.

    Every sample is counted once: successful, failed or skipped. ``memory_peak_mb`` is the most that
    a worker took, ``processing_time`` in seconds; ``cancelled`` tells of a batch that was stopped.

    Attributes
    ----------
    skipped_files, output_files, tables, normalized_files
        Names of files: passed over, figures, tables of all samples, normalised CSV.
    errors, warnings
        Sentences, the first of them with the sample's name.
    ai_normalizations, cache_hits
        How many files a model was asked about, and how many plans were known from before.
    """

    total_files: int = 0
    successful: int = 0
    failed: int = 0
    skipped_files: list[str] = field(default_factory=list)
    output_files: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    processing_time: float = 0.0
    ai_normalizations: int = 0
    cache_hits: int = 0
    memory_peak_mb: float = 0.0
    cancelled: bool = False
    tables: list[str] = field(default_factory=list)
    normalized_files: list[str] = field(default_factory=list)


@dataclass
class FileValidationResult:
    """What was found of a batch's files before anything runs.

    Parameters
    ----------
    valid_files, invalid_files
        The samples.
    reasons
        What is wrong with each invalid file.
    baseline_valid, baseline_error
        Whether the baseline can be used, and why not.
    total_size_mb
        Megabytes (1e6 bytes) of all files.
    estimated_time_minutes, estimated_memory_mb
        Measured on one sample; 0 where none can be read.
    warnings
        What else was noticed.
    """

    valid_files: list[str] = field(default_factory=list)
    invalid_files: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    baseline_valid: bool = True
    baseline_error: str = ""
    total_size_mb: float = 0.0
    estimated_time_minutes: float = 0.0
    estimated_memory_mb: float = 0.0
    warnings: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether the baseline and every sample can be used."""
        return self.baseline_valid and not self.invalid_files


@dataclass
class ProcessingEstimate:
    """What a batch will take; measured on one sample on this machine. May be awaited.

    Parameters
    ----------
    total_files
        How many samples there are.
    seconds_per_file
        What one sample took.
    estimated_time_minutes, estimated_memory_mb
        Of the batch; megabytes are 1e6 bytes.
    total_size_mb
        Of all files.
    """

    total_files: int
    seconds_per_file: float
    estimated_time_minutes: float
    estimated_memory_mb: float
    total_size_mb: float

    def __await__(self) -> Generator[None, None, ProcessingEstimate]:
        return self
        yield  # makes this a generator, which is what __await__ must give

    def __getitem__(self, name: str) -> Any:
        if name not in {each.name for each in fields(self)}:
            raise KeyError(name)
        return getattr(self, name)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}.", hint=f"Use one of {', '.join(allowed)}.")
