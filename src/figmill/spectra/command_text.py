"""What the commands of ``figmill spectra`` say."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from figmill.console.text import amount, counted, duration, printable, table
from figmill.errors import FigmillError

if TYPE_CHECKING:
    from figmill.spectra import SpectraRecipe
    from figmill.spectra.settings import FileValidationResult
    from figmill.spectra.spectrum import Spectrum

# From so many samples on, a run is told beforehand how long it will take.
_MANY = 100


def show_calibration(made: dict[str, Any], unit: str, out: Path) -> None:
    """Print a calibration: the line, then every sample."""
    per = f" per {unit}" if unit else ""
    typer.echo(f"slope      {made['slope']:.4f}{per} (standard error {made['slope_error']:.4f})")
    typer.echo(f"intercept  {made['intercept']:.4f} (standard error {made['intercept_error']:.4f})")
    typer.echo(f"R2         {made['r2']:.5f}, {made['count']} samples\n")
    rows = [
        (
            row["sample"],
            row["role"],
            "" if row["known"] is None else f"{row['known']:g}",
            f"{row['area']:.4f}",
            f"{row['read']:.2f}",
            _interval(row),
            "beyond the known values" if row["outside"] else "",
        )
        for row in made["samples"]
        if not row["problem"]
    ]
    rows += [
        (row["sample"], row["role"], "", "", "", "", printable(f"not read: {row['problem']}"))
        for row in made["samples"]
        if row["problem"]
    ]
    share = f"{100 * made['confidence']:g} %"
    typer.echo(table(("sample", "", "known", "area", "reads", share, ""), rows))
    typer.echo(f"\nFigure and tables: {printable(str(out))}")


def _interval(row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return "unbounded"
    return f"{row['low']:.2f} to {row['high']:.2f}"


def show_beforehand(recipe: SpectraRecipe, workers: int) -> None:
    """Print what a look at all files tells before a run: bad ones, and how long many will take."""
    from figmill.spectra.files import estimate, problem_of

    files = list(recipe.files().values())
    problems = [(file, reason) for file in files if (reason := problem_of(file))]
    if problems:
        file, reason = problems[0]
        typer.echo(
            f"{len(problems)} of {len(files)} samples cannot be used, the first is "
            f"{printable(str(file))}: {printable(reason)}",
            err=True,
        )
    baseline = Path(recipe.baseline)
    if len(files) < _MANY or problem_of(baseline):
        return
    bad = {file for file, _ in problems}
    taken = estimate(baseline, [file for file in files if file not in bad], workers=workers)
    typer.echo(
        f"{counted(taken.total_files, 'sample')}, {amount(taken.total_size_mb * 1e6)}: about "
        f"{_cost(taken.estimated_time_minutes, taken.estimated_memory_mb)}.",
        err=True,
    )


def show_check(found: FileValidationResult, baseline: str) -> None:
    """Print what was found of the files before a run."""
    if not found.baseline_valid:
        typer.echo(f"baseline {printable(baseline)}: {printable(found.baseline_error)}")
    for file, reason in found.reasons.items():
        typer.echo(f"{printable(file)}: {printable(reason)}")
    for warning in found.warnings:
        typer.echo(printable(warning))
    total = len(found.valid_files) + len(found.invalid_files)
    typer.echo(
        f"{len(found.valid_files)} of {total} samples look sound, "
        f"{amount(found.total_size_mb * 1e6)} in all."
    )
    if found.estimated_time_minutes:
        typer.echo(
            f"About {_cost(found.estimated_time_minutes, found.estimated_memory_mb)}, "
            "measured on one sample."
        )


def row_of(file: Path, what: Spectrum | FigmillError) -> tuple[str, ...]:
    """A line of the overview of files."""
    if isinstance(what, FigmillError):
        return (str(file), "", "", "", "", "", f"error: {what.message}", "")
    return (
        str(file),
        what.format,
        str(what.x.size),
        f"{what.x_quantity.replace('_', ' ')} ({what.x_unit})",
        f"{what.x[0]:g}",
        f"{what.x[-1]:g}",
        what.y_kind.replace("_", " "),
        f"{what.confidence:.2f}",
    )


def evidence_of(what: Spectrum | FigmillError) -> list[str]:
    """Why a file is understood as it is, a line each."""
    if isinstance(what, FigmillError):
        lines = [f"error: {what.message}"]
        if what.place:
            lines.append(f"place: {what.place}")
        return [printable(line) for line in (*lines, what.hint or "") if line]
    lines = [f"{item.factor:.2f}  {item.what}" for item in what.evidence]
    lines += [f"{note.level:5} {note.code}: {note}" for note in what.notes]
    return [printable(line) for line in lines]


def json_of(file: Path, what: Spectrum | FigmillError) -> dict[str, object]:
    """All that is known of a file."""
    import numpy as np

    if isinstance(what, FigmillError):
        return {"file": str(file), "error": what.message, "place": what.place, "hint": what.hint}
    finite = what.y[np.isfinite(what.y)]
    return {
        "file": str(file),
        "format": what.format,
        "points": int(what.x.size),
        "x_quantity": what.x_quantity,
        "x_unit": what.x_unit,
        "first_x": float(what.x[0]),
        "last_x": float(what.x[-1]),
        "y_kind": what.y_kind,
        "lowest_y": float(finite.min()) if finite.size else None,
        "highest_y": float(finite.max()) if finite.size else None,
        "confidence": round(what.confidence, 4),
        "evidence": [{"what": item.what, "factor": item.factor} for item in what.evidence],
        "warnings": list(what.warnings),
        "notes": [asdict(note) for note in what.notes],
        "metadata": dict(what.metadata),
    }


def _cost(minutes: float, megabytes: float) -> str:
    return f"{duration(minutes * 60)} and {amount(megabytes * 1e6)} of memory"
