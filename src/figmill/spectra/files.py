"""Files of a batch: checked before it runs, named without conflict, cleaned up without loss."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, cast

from figmill.engine.outputs import HOME
from figmill.errors import FigmillError, InputError
from figmill.read.readers import HEAD
from figmill.read.text_notation import decode
from figmill.spectra import naming
from figmill.spectra.read.files import check_packed, read_bytes, reader_of, spectrum_in
from figmill.spectra.recipe import SpectraRecipe
from figmill.spectra.settings import FileValidationResult, ProcessingEstimate

_MB = 1e6
_LOOKED_AT = 4_000_000
"""Bytes by which a large file's reading is measured: it is not read whole for an estimate."""


class FileManager:
    """Checks, names and cleans up the files of batches."""

    async def validate_batch_files(
        self,
        baseline_file: str | Path,
        sample_files: Sequence[str | Path],
        output_dir: str | Path | None = None,
        *,
        workers: int = 1,
    ) -> FileValidationResult:
        """Check all files of a batch, and measure what it will take.

        Each file is looked for, must be readable, neither empty nor too large, and of a format
        that figmill knows by its first bytes. The baseline is read whole.

        Parameters
        ----------
        baseline_file, sample_files
            The files.
        output_dir
            Checked to be writable with room for the figures, where given.
        workers
            How many work at a time; for the estimate.
        """
        return await asyncio.to_thread(
            self._validate,
            Path(baseline_file),
            [Path(f) for f in sample_files],
            output_dir,
            workers,
        )

    def _validate(
        self,
        baseline: Path,
        samples: Sequence[Path],
        output_dir: str | Path | None,
        workers: int,
    ) -> FileValidationResult:
        found = FileValidationResult()
        if reason := problem_of(baseline):
            found.baseline_valid, found.baseline_error = False, reason
        else:
            try:
                SpectraRecipe(baseline=str(baseline), samples=("-",)).reading(baseline)
            except FigmillError as error:
                found.baseline_valid, found.baseline_error = False, str(error)
        size = 0
        for file in samples:
            reason = problem_of(file)
            if reason:
                found.invalid_files.append(str(file))
                found.reasons[str(file)] = reason
            else:
                found.valid_files.append(str(file))
                size += file.stat().st_size
        found.total_size_mb = size / _MB
        if output_dir is not None:
            found.warnings += _room(Path(output_dir), len(samples))
        if found.baseline_valid and found.valid_files:
            taken = estimate(baseline, [Path(f) for f in found.valid_files], workers=workers)
            found.estimated_time_minutes = taken.estimated_time_minutes
            found.estimated_memory_mb = taken.estimated_memory_mb
        return found

    def resolve_filename_conflicts(
        self,
        output_path: str | Path,
        strategy: Literal["auto_increment", "overwrite", "skip", "error"] = "auto_increment",
    ) -> str | None:
        """The path to write to where something may be there already.

        Parameters
        ----------
        output_path
            The wanted path, with suffix.
        strategy
            ``auto_increment`` gives the next free name (``_001``), ``overwrite`` the same path,
            ``skip`` None where the path is taken.

        Raises
        ------
        figmill.errors.ConfigError
            With ``error``, where the path is taken; and for an unknown strategy.
        """
        from figmill.errors import ConfigError

        path = Path(output_path)
        if strategy not in ("auto_increment", "overwrite", "skip", "error"):
            raise ConfigError(
                f"there is no conflict strategy {strategy!r}.",
                hint="Use auto_increment, overwrite, skip or error.",
            )

        def taken(_: str, name: str) -> bool:
            return path.with_name(name + path.suffix).exists()

        names, held = naming.resolve({"it": path.stem}, taken, strategy)
        if held and strategy == "error":
            raise ConfigError("this file is there already.", file=path, hint="Choose another name.")
        return str(path.with_name(names["it"] + path.suffix)) if names else None

    def cleanup_temp_files_batch(self, output_dir: str | Path | Iterable[str | Path]) -> int:
        """Remove the temporary files that killed runs left in output folders.

        Only what lies in figmill's own staging folder goes; figures, tables and the ledger stay,
        and so does everything while a run is on.

        Returns
        -------
        int
            How many files were removed.
        """
        from figmill.engine.lock import folder_lock
        from figmill.errors import FolderInUseError

        one = isinstance(output_dir, str | Path)
        folders = [output_dir] if one else list(cast("Iterable[str | Path]", output_dir))
        removed = 0
        for folder in folders:
            staging = Path(cast("str | Path", folder)) / HOME / "staging"
            if not staging.is_dir():
                continue
            try:
                with folder_lock(Path(cast("str | Path", folder))):
                    removed += sum(1 for path in staging.rglob("*") if path.is_file())
                    shutil.rmtree(staging, ignore_errors=True)
            except FolderInUseError:
                continue
        return removed


def problem_of(file: Path) -> str:
    """What is wrong with a file at first sight; empty where nothing is."""
    try:
        head = read_bytes(file, HEAD)
        if reader_of(head, file.name) is None:
            check_packed(head, file)
            # A character may be cut in two at the end of the head: latin-1 then takes it.
            decode(head[: len(head) // 4 * 4], file)
    except InputError as error:
        return f"{error.message} {error.hint}"
    return ""


def estimate(baseline: Path, samples: Sequence[Path], *, workers: int = 1) -> ProcessingEstimate:
    """What a batch will take, from drawing one of its samples here and now.

    Time grows with the samples' size for reading, and is the same for each figure.
    """
    import psutil

    from figmill.draw import encode

    size = sum(_size(file) for file in samples)
    recipe = SpectraRecipe(baseline=str(baseline), samples=tuple(str(f) for f in samples))
    reading = drawing = appetite = 0.0
    measured = 0
    # Those of middle size: reading time is scaled to the mean size afterwards, and what a very
    # small file takes says nothing of large ones.
    middling = sorted(map(_size, samples))[len(samples) // 2] if samples else 0
    for file in sorted(samples, key=lambda file: abs(_size(file) - middling))[:8]:
        try:
            if _size(file) > _LOOKED_AT:
                reading, drawing, appetite = _of_its_head(file)
                measured = _LOOKED_AT
                break
            # The first time pays for imports and fonts, which each worker pays once.
            for _ in range(2):
                start = time.perf_counter()
                described = recipe.describe_file(file)
                middle = time.perf_counter()
                encode(described.drawings[0].figure, "png")
                drawing = time.perf_counter() - middle
                reading = middle - start
        except FigmillError:
            continue
        measured = _size(file)
        appetite = _peak(lambda: recipe.reading(file)) / max(measured, 1)  # noqa: B023
        break
    mean = size / len(samples) if samples else 0.0
    each = drawing + reading * (mean / measured if measured else 1.0)
    usable = max(1, min(workers, os.cpu_count() or 1, max(len(samples), 1)))
    resident = psutil.Process().memory_info().rss
    largest = sum(sorted(map(_size, samples))[-usable:])
    memory = usable * resident + appetite * largest
    return ProcessingEstimate(
        len(samples), each, each * len(samples) / usable / 60, memory / _MB, size / _MB
    )


def _of_its_head(file: Path) -> tuple[float, float, float]:
    """Seconds for reading and for drawing the head of a large file, and bytes a byte read."""
    from figmill.draw import encode
    from figmill.spectra.figures import Look, overlay

    head = read_bytes(file, _LOOKED_AT)
    head = head[: head.rfind(b"\n") + 1] or head
    start = time.perf_counter()
    spectrum = spectrum_in(file, head)
    middle = time.perf_counter()
    encode(overlay(spectrum, spectrum, Look()), "png")
    end = time.perf_counter()
    return middle - start, end - middle, _peak(lambda: spectrum_in(file, head)) / len(head)


def _peak(work: Callable[[], object]) -> int:
    """The most bytes that Python held for a piece of work."""
    already = tracemalloc.is_tracing()
    if not already:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not already:
            tracemalloc.stop()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _room(folder: Path, count: int) -> list[str]:
    near = folder
    while not near.exists() and near != near.parent:
        near = near.parent
    told = []
    if not os.access(near, os.W_OK):
        told.append(f"{folder}: the output folder is not writable: correct its permissions.")
    free = shutil.disk_usage(near).free
    if free < count * 300_000 + 50_000_000:
        told.append(f"{folder}: only {free / _MB:,.0f} MB are free for {count} figures.")
    return told
