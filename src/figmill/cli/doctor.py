"""``figmill doctor``: whether everything is in order."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from figmill.console.boundary import OK, SOME_FAILED
from figmill.console.options import JSON
from figmill.console.text import as_json_line, table

app = typer.Typer()

_SIGNS = {"ok": "ok", "note": "note", "wrong": "WRONG"}


@app.command()
def doctor(
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="An output folder to check as well, new or in use."),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Check Python, libraries, extras, fonts, the machine, and an output folder.

    Ends with 1 where something is wrong, and says what to do about it.

    \b
    figmill doctor
    figmill doctor /scratch/figures
    """  # noqa: D301 - typer reads the \b
    from figmill.doctor import check

    findings = list(check(out))
    if as_json:
        for finding in findings:
            typer.echo(as_json_line(asdict(finding)))
    else:
        rows = [
            (_SIGNS[f.verdict], f.what, f"{f.found}. {f.remedy}" if f.remedy else f.found)
            for f in findings
        ]
        typer.echo(table(("", "what", "found"), rows))
    wrong = any(finding.verdict == "wrong" for finding in findings)
    raise typer.Exit(SOME_FAILED if wrong else OK)
