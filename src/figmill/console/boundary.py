"""The one place where errors become sentences and exit codes.

0: all fine. 1: some items failed, or the data cannot be used. 2: wrong usage or configuration, or a
folder that cannot be used. 70: an error inside figmill. 130: interrupted.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from figmill.console.text import one_line, printable
from figmill.errors import FigmillError, InputError, NoData, PlottingError

DEBUG = "figmill.debug"
OK, SOME_FAILED, USAGE, INTERNAL, INTERRUPTED = 0, 1, 2, 70, 130


@contextmanager
def boundary(ctx: typer.Context) -> Iterator[None]:
    """Let errors inside end in a sentence and an exit code; ``ctx`` remembers --debug."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        typer.echo("\nInterrupted. What was finished is kept.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except FigmillError as error:
        complain(error)
        _trace(ctx)
        about_data = isinstance(error, (InputError, NoData, PlottingError))
        raise typer.Exit(SOME_FAILED if about_data else USAGE) from error
    except Exception as error:
        # Errors of usage know how to show themselves, and a closed pipe is not an error.
        if hasattr(error, "exit_code") or isinstance(error, BrokenPipeError):
            raise
        typer.echo(f"error: {type(error).__name__}: {printable(str(error))}", err=True)
        if not _trace(ctx):
            typer.echo(
                "  This is a fault in figmill or in a recipe. Run again with --debug to see where.",
                err=True,
            )
        raise typer.Exit(INTERNAL) from error


def complain(error: FigmillError) -> None:
    """Print an error as people read it: what and where, then what to do."""
    where = ", ".join(one_line(part) for part in (error.file, error.place) if part)
    message = printable(error.message)
    typer.echo(f"error: {where}: {message}" if where else f"error: {message}", err=True)
    if error.hint:
        typer.echo(f"  {printable(error.hint)}", err=True)


def _trace(ctx: typer.Context) -> bool:
    wanted = bool(ctx.meta.get(DEBUG))
    if wanted:
        typer.echo(printable(traceback.format_exc()), err=True, nl=False)
    return wanted
