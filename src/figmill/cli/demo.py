"""``figmill demo``: sample data made by program, and figures of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from figmill.console.options import QUIET, WORKERS, Run, carry_out, code_of
from figmill.console.text import counted

app = typer.Typer()


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to put data and figures.")
    ] = Path("figmill-demo"),
    recipe: Annotated[
        str, typer.Option("--recipe", metavar="NAME", help="Whose demo; see figmill list-plugins.")
    ] = "spectrogram",
    workers: WORKERS = None,
    quiet: QUIET = False,
) -> None:
    """Make sample data by program, draw it, and say where the figures are.

    Called again in the same folder it finds everything done.

    \b
    figmill demo
    figmill demo somewhere --recipe spectrogram
    """  # noqa: D301 - typer reads the \b
    from figmill.errors import ConfigError
    from figmill.recipes import registry
    from figmill.recipes.demo import DemoStep

    make = registry.demo(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    if not quiet:
        typer.echo(f"Making sample data in {folder} ...", err=True)
    codes: list[int] = []
    look: list[str] = []
    outs: list[Path] = []
    options = Run(folder, workers=workers).options()
    for step in make(folder):
        if not isinstance(step, DemoStep):
            raise ConfigError(
                f"the demo {recipe!r} ({make.__module__}) gives {step!r}, not a figmill.DemoStep.",
                hint="Correct its package.",
            )
        out = folder / step.out
        report = carry_out(step.recipe, out, formats=("png",), options=options, quiet=quiet)
        codes.append(code_of(report))
        outs.append(out)
        look.extend(step.look)
    if look and not quiet:
        typer.echo("\nLook at")
        typer.echo("\n".join(f"  {line}" for line in look))
    if not quiet:
        _next(outs)
    raise typer.Exit(max(codes, default=0))


def _next(outs: list[Path]) -> None:
    from figmill.engine import Ledger

    typer.echo()
    for out in dict.fromkeys(outs):
        with Ledger.read(out) as ledger:
            names = sorted(
                stamp.path for record in ledger.items("done") for stamp in record.outputs
            )
        first = f", the first is {out / names[0]}" if names else ""
        typer.echo(f"{counted(len(names), 'file')} in {out}{first}")
    typer.echo("\nHow it went")
    for out in dict.fromkeys(outs):
        typer.echo(f"  figmill status {shlex.quote(str(out))}")
