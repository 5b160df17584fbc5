"""What is printed at the end."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from figmill.chip.specs import PlotResult


def display_summary(
    results: list[PlotResult], total_time: float, parallel_workers: int | None = None
) -> None:
    """Print what came of each spec, and the totals.

    Parameters
    ----------
    results
        From `execute_sequential` or `execute_parallel`.
    total_time
        Seconds on the clock.
    parallel_workers
        How many processes; None for none besides this one.
    """
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for column in ("", "Plot", "Runs", "Time", "Remark"):
        table.add_column(column, overflow="fold")
    for result in results:
        spec = result.spec
        took = f"{result.elapsed:.2f} s" if result.elapsed else "unchanged"
        table.add_row(
            "✓" if result.success else "✗",
            Text(f"{spec.type} {spec.tag or ''}".strip()),
            Text("" if spec.seq is None else str(spec.seq)),
            took if result.success else "",
            Text(result.message if result.success else result.error or ""),
        )
    console.print(table)
    failed = sum(not result.success for result in results)
    mode = "one process" if parallel_workers is None else f"{parallel_workers} workers"
    console.print(
        f"Total: {len(results)} plots, {failed} failed, {total_time:.1f}s, {mode}", markup=False
    )
