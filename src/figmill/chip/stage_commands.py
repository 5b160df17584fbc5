"""``figmill chip stage``: from raw files to a stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from figmill.chip.options import StageOptions
from figmill.console.generate import takes
from figmill.console.options import DRY_RUN, JSON, QUIET, code_of, cores
from figmill.console.text import as_json_line, counted, printable


@takes(StageOptions)
def stage_files(
    options: dict[str, Any],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="STAGE", help="The stage; made if missing.")
    ],
    renumber: Annotated[
        bool,
        typer.Option(
            "--renumber",
            help="Give all runs new numbers, by their start. Configurations that name runs by "
            "number then mean others.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where a raw file was rejected.")
    ] = False,
    parallel: Annotated[
        int | None,
        typer.Option(
            "--parallel", "-p", metavar="N", min=1, help="Worker processes. [default: all cores]"
        ),
    ] = None,
    dry_run: DRY_RUN = False,
    as_json: JSON = False,
    quiet: QUIET = False,
) -> None:
    """Stage raw files: Parquet for each run, a manifest, and a history for each chip.

    Only new and changed files are read. Files that cannot be used are listed with the reason; exit
    code 1 says that none could be used.
    Numbers in histories stay: a run that is found late gets a new one.

    \b
    figmill chip stage raw -o stage
    """  # noqa: D301 - typer reads the \b
    from figmill.chip import stage_raw
    from figmill.chip.sequences import compact
    from figmill.engine import RunOptions

    run_options = RunOptions(
        workers=cores() if parallel is None else parallel,
        dry_run=dry_run,
        retry_failed=frozenset({"output", "crash", "memory", "timeout"}),
    )
    report = stage_raw(stage=out, renumber=renumber, options=run_options, **options)
    if as_json:
        typer.echo(
            as_json_line(
                {
                    **report.run.counts,
                    "runs": report.runs,
                    "rejects": dict(report.rejects),
                    "copies": list(report.copies),
                    "notes": [
                        *(list(pair) for pair in report.notes),
                        *([h.name, str(n)] for h in report.histories for n in h.notes),
                    ],
                    "chipless": list(report.chipless),
                    "histories": {h.name: h.runs for h in report.histories},
                }
            )
        )
    elif dry_run:
        typer.echo(f"{counted(report.run.planned, 'raw file')} would be read.")
    elif not quiet:
        read, same = report.run.done, report.run.skipped
        typer.echo(f"{counted(read, 'raw file')} read, {same} unchanged; {report.runs} runs staged")
        for each in report.histories:
            name = printable(each.name)
            added = f", new: {compact(each.added)}" if each.added else ""
            typer.echo(f"  {name}: {counted(each.runs, 'run')}{added}")
            for note in each.notes:
                typer.echo(f"    {printable(str(note))}")
        _tell_files("Put right, or not understood in full:", report.notes)
        _tell_files("Copies of other raw files, which count once:", report.copies)
        _tell_files("In no history, since they name no chip:", report.chipless)
    if not as_json:
        rejected = f"{counted(len(report.rejects), 'raw file')} rejected:"
        _tell_files(rejected, report.rejects, err=True)
        if report.is_barren:
            typer.echo("error: nothing could be staged: every raw file was rejected.", err=True)
    if report.run.interrupted:
        raise typer.Exit(code_of(report.run))
    raise typer.Exit(1 if report.is_barren or (strict and report.rejects) else 0)


def _tell_files(title: str, files: Sequence[str | tuple[str, str]], *, err: bool = False) -> None:
    if files:
        typer.echo(title, err=err)
    for each in files:
        line = each if isinstance(each, str) else ": ".join(each)
        typer.echo(f"  {printable(line)}", err=err)
