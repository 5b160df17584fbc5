"""Commands about a folder whose runs are in folders of it, as ``figmill draw`` makes them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from figmill.console.boundary import OK
from figmill.console.text import one_line
from figmill.errors import ConfigError


def folders_of(out: Path) -> list[Path]:
    """The folders with a ledger that a command about a folder is about.

    Parameters
    ----------
    out
        The folder that was named.

    Returns
    -------
    list of Path
        It alone where runs were made into it, and where there are none anywhere; else the folders
        directly below it into which runs were made, in their order.
    """
    from figmill.engine.ledger.ledger import ledger_path

    if ledger_path(out).exists() or not out.is_dir():
        return [out]
    return sorted(one for one in out.iterdir() if ledger_path(one).exists()) or [out]


def in_each_folder(
    *, one_is_enough: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command with a parameter ``out`` work in each folder of `folders_of`.

    Parameters
    ----------
    one_is_enough
        A folder that does not know what is asked for is passed over where another one does.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def every(out: Path, **options: Any) -> None:
            codes: list[int] = []
            unknown: list[ConfigError] = []
            folders = folders_of(out)
            for folder in folders:
                if len(folders) > 1 and not options.get("as_json"):
                    typer.echo(f"{chr(10) * bool(codes)}{one_line(str(folder))}")
                try:
                    command(out=folder, **options)
                except typer.Exit as end:
                    codes.append(end.exit_code)
                except ConfigError as error:
                    if not one_is_enough:
                        raise
                    unknown.append(error)
                    if len(folders) > 1 and not options.get("as_json"):
                        typer.echo("  It is not known here.")
                else:
                    codes.append(OK)
            if not codes:
                raise unknown[0]
            raise typer.Exit(max(codes))

        return every

    return decorate
