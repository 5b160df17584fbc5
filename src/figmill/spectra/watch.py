"""Watches a batch: turns the engine's events into progress and into the result."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from figmill.engine import Event, Ledger, RunReport
from figmill.engine.events import ItemFinished, ItemsSkipped, ItemStarted, Retry
from figmill.errors import OutputError
from figmill.notes import of_levels
from figmill.spectra.options import WIDTH
from figmill.spectra.outputs import check_figure
from figmill.spectra.recipe import SpectraRecipe
from figmill.spectra.settings import BatchProcessResult, ProcessingProgress, ProcessingStage

_FIRST, _LAST = 6.0, 97.0
_SHOWN_WARNINGS = 200
_LOG = logging.getLogger("figmill.spectra")
_LOG.addHandler(logging.NullHandler())


class Watch:
    """Counts what happens to each sample, and says so.

    Parameters
    ----------
    samples
        The files, in the order of the batch.
    say
        Called with every progress; from whatever thread something happens in.
    """

    def __init__(self, samples: list[str], say: Callable[[ProcessingProgress], object]) -> None:
        self.samples = list(dict.fromkeys(str(Path(sample)) for sample in samples))
        self.result = BatchProcessResult(total_files=len(self.samples))
        self._say = say
        self._files: dict[str, str] = {}
        self._llm = False
        self._settled: set[str] = set()
        self._percent = 0.0
        self._expected = 0.0
        self._began: float | None = None
        self._now = ""

    def expect(self, minutes: float) -> None:
        """Note the estimate that holds until something is measured."""
        self._expected = minutes

    def know(self, recipe: SpectraRecipe, held: dict[str, str]) -> None:
        """Learn which key stands for which file, and which samples are left out."""
        self._files = {key: str(file) for key, file in recipe.files().items()}
        self._llm = recipe.reading.normalizer == "llm"
        self._recipe = recipe
        for key, name in held.items():
            self._settled.add(key)
            self.result.skipped_files.append(self._files[key])
            self.warn(f"{self._files[key]}: skipped, {name} is there already.")
        self._began = time.monotonic()

    def warn(self, sentence: str) -> None:
        """Record a warning."""
        _LOG.warning(sentence)
        if len(self.result.warnings) < _SHOWN_WARNINGS:
            self.result.warnings.append(sentence)

    def __call__(self, event: Event) -> None:
        """Take an event of the engine."""
        match event:
            case ItemStarted():
                self._now = self._files.get(event.key, event.key)
                if self._llm:
                    self.tell(ProcessingStage.NORMALIZATION, f"Reading {event.key}")
                self.tell(ProcessingStage.GRAPH_GENERATION, f"Drawing {event.key}")
            case Retry():
                self.warn(f"{event.key}: tried again after {event.failure.message}")
            case ItemFinished():
                self._finished(event)
            case ItemsSkipped():
                self._skipped(event)

    def _finished(self, event: ItemFinished) -> None:
        if event.key not in self._files:
            # A figure of all samples: no sample of its own.
            if event.failure:
                self.result.errors.append(f"{event.key}: {event.failure.message}")
            return
        file = self._files[event.key]
        self._now = file
        self._settled.add(event.key)
        peak = event.peak_memory / 1e6
        self.result.memory_peak_mb = max(self.result.memory_peak_mb, peak)
        if event.status == "failed":
            self.result.failed += 1
            reason = event.failure.message if event.failure else "unknown"
            self.result.errors.append(f"{file}: {reason}")
            self.tell(ProcessingStage.SAVING, f"{event.key} failed")
            return
        self.result.successful += 1
        self.result.output_files += event.outputs
        for note in of_levels(event.notes, "doubt", "loss"):
            self.warn(f"{event.key}: {note}")
        self._count_normalizations(event)
        self.tell(ProcessingStage.SAVING, f"Saved {event.key}")

    def _count_normalizations(self, event: ItemFinished) -> None:
        asked = event.facts.get("reading")
        if not isinstance(asked, dict):
            return
        for told in asked.values():
            if isinstance(told, dict) and told.get("normalizer") == "llm":
                if told.get("normalizer_cached"):
                    self.result.cache_hits += 1
                else:
                    self.result.ai_normalizations += 1

    def _skipped(self, event: ItemsSkipped) -> None:
        """Samples that need nothing: their figures are there, and count."""
        mine = [key for key in event.keys if key in self._files]
        self._settled.update(mine)
        self.result.successful += len(mine)
        self.tell(ProcessingStage.SAVING, f"{len(mine)} samples are drawn already")

    def end(self, report: RunReport, out: Path, table: str) -> None:
        """Check every figure, and settle what is left."""
        self.tell(ProcessingStage.SAVING, "Checking the figures", _LAST)
        width = round((self._recipe.width or WIDTH) * self._recipe.dpi)
        with Ledger.read(out, self._recipe.name) as ledger:
            records = ledger.records(list(self._files))
        names: list[str] = []
        for key, record in records.items():
            if record.state != "done" or key not in self._settled:
                continue
            for stamp in record.outputs:
                path = out / stamp.path
                if stamp.path.startswith("normalized/"):
                    self.result.normalized_files.append(str(path))
                    continue
                try:
                    check_figure(path, width=width)
                except OutputError as error:
                    self.result.successful -= 1
                    self.result.failed += 1
                    self.result.errors.append(str(error))
                    continue
                names.append(str(path))
        self.result.output_files = names
        self.result.cancelled = report.interrupted
        left = [file for key, file in self._files.items() if key not in self._settled]
        self.result.skipped_files += left
        if left:
            self.warn(f"{len(left)} samples were not reached.")
        self.result.tables = [
            str(path)
            for suffix in ("csv", "parquet")
            if (path := out / f"{table}.{suffix}").exists()
        ]

    def tell(self, stage: ProcessingStage, operation: str, percent: float | None = None) -> None:
        """Say where the batch stands; percentages never go back."""
        done = len(self._settled)
        if percent is None:
            percent = _FIRST + (_LAST - _FIRST) * done / max(len(self.samples), 1)
        self._percent = max(self._percent, percent)
        _LOG.debug("%s: %s (%.0f %%)", stage.value, operation, self._percent)
        self._say(
            ProcessingProgress(
                self._now,
                done,
                len(self.samples),
                stage,
                self._percent,
                self._remaining(done),
                operation,
                len(self.result.errors),
                len(self.result.warnings),
            )
        )

    def _remaining(self, done: int) -> float:
        left = len(self.samples) - done
        if self._began is None or done == 0:
            return self._expected * left / max(len(self.samples), 1)
        return (time.monotonic() - self._began) / done * left / 60

    def summary(self) -> str:
        """What came of the batch, in a sentence."""
        found = self.result
        return (
            f"{found.successful} of {found.total_files} samples drawn, {found.failed} failed, "
            f"{len(found.skipped_files)} skipped"
        )
