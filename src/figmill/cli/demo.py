"""``figmill demo``: sample data made by program, and figures of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from figmill.cli.common import QUIET, WORKERS, carry_out, code_of, cores
from figmill.cli.text import counted

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
    from figmill.engine import RunOptions
    from figmill.recipes import registry

    make = registry.demo(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    if not quiet:
        typer.echo(f"Making sample data in {folder} ...", err=True)
    codes: list[int] = []
    look: list[str] = []
    outs: list[Path] = []
    options = RunOptions(workers=cores() if workers is None else workers, timeout_s=600)
    for step in make(folder):
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
    for out in dict.fromkeys(outs):
        figures = sorted(path for path in out.rglob("*.png") if path.is_file())
        name = shlex.quote(str(out))
        typer.echo(
            f"\n{counted(len(figures), 'figure')} in {out}, the first is {figures[0]}"
            if figures
            else f"\nNo figure in {out}"
        )
        typer.echo(f"How it went:            figmill status {name}")
    typer.echo("Draw your own CDF files: figmill quicklook PATH... -o figures")
