"""Batches of samples against one baseline, asynchronously, with progress and cancellation."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from figmill import mill
from figmill.engine import CancelToken, Event, RunOptions, RunReport
from figmill.errors import InputError
from figmill.spectra.files import FileManager, estimate
from figmill.spectra.graphs import SpectralGraphGenerator
from figmill.spectra.numbers import TABLE
from figmill.spectra.outputs import settle_names
from figmill.spectra.parser import AINormalizer, CSVParser
from figmill.spectra.recipe import SpectraRecipe
from figmill.spectra.settings import (
    BatchConfig,
    BatchProcessResult,
    OutputSettings,
    ProcessingEstimate,
    ProcessingProgress,
    ProcessingStage,
)
from figmill.spectra.watch import Watch

_INTERPRETER = 100e6
"""Bytes of a worker that has read nothing yet: 83 MB with all that it imports."""
ProgressCallback = Callable[[ProcessingProgress], Any]
_RETRIED = ("timeout", "crash", "memory", "output", "generic")


class BatchProcessor:
    """Processes samples against a baseline.

    Parameters
    ----------
    file_manager, csv_parser, ai_normalizer, graph_generator
        None makes them. The normaliser decides how files that are not clear are read, the graph
        generator's look and processing what figures are like.

    Examples
    --------
    >>> import asyncio, tempfile
    >>> from figmill.spectra.demo import write_fuels
    >>> from figmill.spectra import BatchConfig, BatchProcessor, OutputSettings
    >>> async def example(folder):
    ...     return await BatchProcessor().process_spectral_batch(
    ...         baseline_file=folder / "fuel.csv",
    ...         sample_files=[folder / "ester_5.csv", folder / "blend_A.csv"],
    ...         output_settings=OutputSettings(folder / "out", dpi=60, open_folder_after=False),
    ...         config=BatchConfig(max_concurrent_files=1),
    ...     )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_fuels(Path(folder))
    ...     result = asyncio.run(example(Path(folder)))
    >>> result.successful, result.failed
    (2, 0)
    """

    def __init__(
        self,
        file_manager: FileManager | None = None,
        csv_parser: CSVParser | None = None,
        ai_normalizer: AINormalizer | None = None,
        graph_generator: SpectralGraphGenerator | None = None,
    ) -> None:
        self.file_manager = file_manager or FileManager()
        self.csv_parser = csv_parser or CSVParser()
        self.ai_normalizer = ai_normalizer or AINormalizer()
        self.graph_generator = graph_generator or SpectralGraphGenerator()
        self._cancel: CancelToken | None = None
        self._watch: Watch | None = None
        self._totals = BatchProcessResult()
        self._batches = 0

    async def process_spectral_batch(
        self,
        baseline_file: str | Path,
        sample_files: Sequence[str | Path],
        output_settings: OutputSettings,
        progress_callback: ProgressCallback | None = None,
        config: BatchConfig | None = None,
    ) -> BatchProcessResult:
        """Draw every sample over the baseline.

        Parameters
        ----------
        baseline_file, sample_files
            The files; a sample that is missing or bad counts as failed, and the others go on.
        output_settings
            Where figures go, and what they are like.
        progress_callback
            Called in this event loop with a `ProcessingProgress`; may be a coroutine function.
            What it raises is recorded as a warning.
        config
            How to work.

        Returns
        -------
        BatchProcessResult
            Complete also where the batch was cancelled; nothing is written after it is returned.

        Raises
        ------
        figmill.errors.FigmillError
            Before anything is drawn: if the baseline is missing or cannot be read, the output
            folder is in use or cannot be written, or names conflict with strategy ``error``.
        """
        if self._cancel is not None:
            raise InputError(
                "this processor is at work on another batch.",
                hint="Await it first, or use another BatchProcessor.",
            )
        config = config or BatchConfig()
        begun = time.monotonic()
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[Any]] = set()
        watch = Watch(
            [str(file) for file in sample_files],
            lambda progress: loop.call_soon_threadsafe(
                _call, progress_callback, progress, watch, tasks
            ),
        )
        self._watch, self._cancel = watch, CancelToken()
        try:
            await self._validated(baseline_file, sample_files, output_settings, config)
            work = asyncio.ensure_future(
                asyncio.to_thread(self._work, Path(baseline_file), output_settings, config, watch)
            )
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                # The task is cancelled from outside: nothing may be written after it ends.
                self._cancel.cancel(now=True)
                await asyncio.wait([work])
                raise
            result = watch.result
            result.processing_time = time.monotonic() - begun
            await self._cleaned(output_settings, config, watch)
            await asyncio.sleep(0)
            if tasks:
                await asyncio.gather(*tasks)
            return result
        finally:
            self._cancel = None
            self._add(watch.result)

    def estimate_processing_time(
        self,
        baseline_file: str | Path,
        sample_files: Sequence[str | Path],
        config: BatchConfig | None = None,
    ) -> ProcessingEstimate:
        """Estimate what a batch will take, by drawing one sample here and now.

        May be awaited as well.

        Parameters
        ----------
        baseline_file, sample_files, config
            As for `process_spectral_batch`.

        Returns
        -------
        ProcessingEstimate
            Minutes and megabytes (1e6 bytes).
        """
        config = config or BatchConfig()
        return estimate(
            Path(baseline_file),
            [Path(file) for file in sample_files],
            workers=config.max_concurrent_files,
        )

    def cancel_processing(self) -> bool:
        """Stop the batch that is under way: its workers end, nothing more is written.

        Samples that are finished stay finished. Safe from any thread, and from the progress
        callback.

        Returns
        -------
        bool
            Whether there was a batch to stop.
        """
        if self._cancel is None:
            return False
        self._cancel.cancel(now=True)
        return True

    def get_processing_stats(self) -> dict[str, Any]:
        """Counts and rates of this processor's batches, with the one under way."""
        now = self._watch.result if self._watch is not None and self._cancel is not None else None
        parts = [self._totals] if now is None else [self._totals, now]
        done = sum(part.successful for part in parts)
        seconds = sum(part.processing_time for part in parts)
        return {
            "is_processing": self._cancel is not None,
            "batches": self._batches,
            "total_files": sum(part.total_files for part in parts),
            "successful": done,
            "failed": sum(part.failed for part in parts),
            "skipped": sum(len(part.skipped_files) for part in parts),
            "ai_normalizations": sum(part.ai_normalizations for part in parts),
            "cache_hits": sum(part.cache_hits for part in parts),
            "processing_time": seconds,
            "files_per_second": done / seconds if seconds else 0.0,
            "memory_peak_mb": max(part.memory_peak_mb for part in parts),
            "memory_now_mb": psutil.Process().memory_info().rss / 1e6,
        }

    async def _validated(
        self,
        baseline: str | Path,
        samples: Sequence[str | Path],
        settings: OutputSettings,
        config: BatchConfig,
    ) -> None:
        assert self._watch is not None
        watch = self._watch
        watch.tell(ProcessingStage.VALIDATION, "Looking at all files", 0.0)
        if not samples:
            raise InputError("there are no samples.", hint="Give one file at least.")
        found = await self.file_manager.validate_batch_files(
            baseline, samples, settings.output_dir, workers=config.max_concurrent_files
        )
        if not found.baseline_valid:
            raise InputError(
                f"the baseline cannot be used: {found.baseline_error.rstrip('.')}.",
                file=baseline,
                hint="Nothing was drawn. Give another baseline.",
            )
        watch.expect(found.estimated_time_minutes)
        watch.result.warnings += found.warnings
        watch.tell(
            ProcessingStage.VALIDATION,
            f"{len(found.valid_files)} of {len(samples)} samples look sound",
            3.0,
        )

    def _work(
        self,
        baseline: Path,
        settings: OutputSettings,
        config: BatchConfig,
        watch: Watch,
    ) -> None:
        """The part of a batch that may block; runs in a thread."""
        watch.tell(ProcessingStage.LOADING, f"Reading the baseline {baseline.name}", 4.0)
        recipe, held = self._recipe(baseline, settings)
        spectrum = recipe.reading(baseline)
        watch.tell(
            ProcessingStage.NORMALIZATION,
            f"Baseline: {spectrum.y_kind.replace('_', ' ')}, understood with confidence "
            f"{spectrum.confidence:.2f}",
            5.0,
        )
        watch.know(recipe, held)
        if len(held) == len(recipe.files()):
            return
        assert self._cancel is not None
        token = self._cancel

        def listen(event: Event) -> None:
            watch(event)
            if watch.result.failed and not config.continue_on_error:
                token.cancel(now=True)

        report: RunReport = mill.run(
            recipe,
            settings.output_dir,
            formats=(settings.format,),
            options=replace(
                _options(config, token), overwrite=settings.conflict_resolution == "overwrite"
            ),
            listeners=(listen,),
            raise_interrupt=False,
        )
        watch.end(report, Path(settings.output_dir), TABLE)

    def _recipe(
        self, baseline: Path, settings: OutputSettings
    ) -> tuple[SpectraRecipe, dict[str, str]]:
        look = self.graph_generator.look
        options: dict[str, Any] = {
            "baseline": str(baseline),
            "samples": tuple(self._watch.samples if self._watch else ()),
            "reading": self.ai_normalizer.reading(),
            "processing": self.graph_generator.processing,
            "dpi": float(settings.dpi),
            "filename_template": settings.filename_template,
            "save_normalized_csvs": settings.save_normalized_csvs,
            "baseline_color": look.baseline_color,
            "sample_color": look.sample_color,
            "line_width": look.width,
            "width": look.size[0],
            "theme": look.theme,
            "kink": look.kink,
            "missing_samples": "fail",
        }
        recipe = SpectraRecipe(**{**options, **settings.options})
        return settle_names(
            recipe,
            settings.output_dir,
            (settings.format,),
            settings.conflict_resolution,  # type: ignore[arg-type]
        )

    async def _cleaned(self, settings: OutputSettings, config: BatchConfig, watch: Watch) -> None:
        watch.tell(ProcessingStage.CLEANUP, "Cleaning up", 99.0)
        if config.cleanup_temp_files:
            await asyncio.to_thread(self.file_manager.cleanup_temp_files_batch, settings.output_dir)
        if settings.open_folder_after and watch.result.output_files:
            open_folder(settings.output_dir)
        watch.tell(ProcessingStage.CLEANUP, watch.summary(), 100.0)

    def _add(self, result: BatchProcessResult) -> None:
        self._batches += 1
        totals = self._totals
        totals.total_files += result.total_files
        totals.successful += result.successful
        totals.failed += result.failed
        totals.skipped_files = [*totals.skipped_files, *result.skipped_files]
        totals.ai_normalizations += result.ai_normalizations
        totals.cache_hits += result.cache_hits
        totals.processing_time += result.processing_time
        totals.memory_peak_mb = max(totals.memory_peak_mb, result.memory_peak_mb)


def open_folder(folder: str | Path) -> bool:
    """Open a folder in the desktop's file manager; nothing happens where there is no desktop."""
    if sys.platform.startswith("linux"):
        opener = shutil.which("xdg-open")
        if opener is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return False
    else:
        opener = shutil.which("open")
    if opener is None:
        return False
    quiet: Any = subprocess.DEVNULL
    subprocess.Popen([opener, str(folder)], stdout=quiet, stderr=quiet, start_new_session=True)
    return True


def _options(config: BatchConfig, token: CancelToken) -> RunOptions:
    workers = config.max_concurrent_files
    retries = config.max_retries if config.retry_failed_files else 0
    # A share below what an interpreter takes itself would let no file through.
    share = config.memory_limit_mb * 1e6 / workers
    share = int(max(share, _INTERPRETER + share / 2))
    return RunOptions(
        workers=workers,
        isolate=True,
        timeout_s=config.timeout_per_file_minutes * 60,
        memory_limit=share,
        batch_memory_limit=max(int(config.memory_limit_mb * 1e6), share * workers),
        retries=dict.fromkeys(_RETRIED, retries),
        # A batch that is asked for again tries again what failed before.
        retry_failed=frozenset((*_RETRIED, "invalid-input", "plotting", "divide-by-zero")),
        install_signal_handlers=False,
        cancel=token,
    )


def _call(
    callback: ProgressCallback | None,
    progress: ProcessingProgress,
    watch: Watch,
    tasks: set[asyncio.Task[Any]],
) -> None:
    if callback is None:
        return
    try:
        made = callback(progress)
    except Exception as error:  # noqa: BLE001 - the user's code; recorded as a warning
        watch.warn(f"The progress callback raised {type(error).__name__}: {error}")
        return
    if inspect.isawaitable(made):
        task = asyncio.ensure_future(_awaited(made, watch))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _awaited(made: Any, watch: Watch) -> None:
    try:
        await made
    except Exception as error:  # noqa: BLE001 - the user's code; recorded as a warning
        watch.warn(f"The progress callback raised {type(error).__name__}: {error}")
