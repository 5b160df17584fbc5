"""The one place where errors become sentences and exit codes.

0: all fine. 1: some items failed, or the data cannot be used. 2: wrong usage or configuration, or a
folder that cannot be used. 70: an error inside figmill or a package beside it. 130: interrupted.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from figmill import plugins
from figmill.console.text import as_json_line, one_line, printable
from figmill.errors import ConfigError, FigmillError, InputError, NoData, PlottingError

DEBUG = "figmill.debug"
AS_JSON = "figmill.json"
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
        _tell_as_json(ctx, INTERRUPTED, "interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except FigmillError as error:
        complain(error)
        trace(ctx, error)
        about_data = isinstance(error, (InputError, NoData, PlottingError))
        code = SOME_FAILED if about_data else USAGE
        _tell_as_json(ctx, code, error.message, error.file, error.place, error.hint)
        raise typer.Exit(code) from error
    except Exception as error:
        # Errors of usage know how to show themselves, and a closed pipe is not an error.
        if hasattr(error, "exit_code") or isinstance(error, BrokenPipeError):
            raise
        if isinstance(error, OSError) and error.errno is not None:
            # The disk, a permission, a mount: of the machine, not of figmill.
            file = None if error.filename is None else str(error.filename)
            hint = "Check free space, permissions and mounts, and start the same command again."
            told = ConfigError(f"{error.strerror or error}.", file=file, hint=hint)
            complain(told)
            trace(ctx, error)
            _tell_as_json(ctx, USAGE, told.message, file, None, hint)
            raise typer.Exit(USAGE) from error
        typer.echo(f"error: {type(error).__name__}: {printable(str(error))}", err=True)
        trace(ctx, error)
        _tell_as_json(ctx, INTERNAL, f"{type(error).__name__}: {error}")
        blamed = plugins.involved(error)
        whose = f"This is a fault in {blamed} or" if blamed else "This is a fault"
        where = "" if ctx.meta.get(DEBUG) else " Run again with --debug to see where."
        typer.echo(f"  {whose} in figmill.{where}", err=True)
        raise typer.Exit(INTERNAL) from error


def _tell_as_json(
    ctx: typer.Context,
    code: int,
    message: str,
    file: str | None = None,
    place: str | None = None,
    hint: str | None = None,
) -> None:
    """End a stream of JSON lines, where there is one, with the error that ended it."""
    if ctx.meta.get(AS_JSON):
        told = {"event": "error", "message": message, "file": file, "place": place, "hint": hint}
        typer.echo(as_json_line({**told, "exit_code": code}))


def complain(error: FigmillError) -> None:
    """Print an error as people read it: what and where, then what to do."""
    where = ", ".join(one_line(part) for part in (error.file, error.place) if part)
    message = printable(error.message)
    typer.echo(f"error: {where}: {message}" if where else f"error: {message}", err=True)
    if error.hint:
        typer.echo(f"  {printable(error.hint)}", err=True)


def trace(ctx: typer.Context, error: BaseException) -> None:
    """Print an error's traceback, and that of its cause, where --debug asks for it."""
    if ctx.meta.get(DEBUG):
        typer.echo(printable("".join(traceback.format_exception(error))), err=True, nl=False)
