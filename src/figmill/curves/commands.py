"""Draw curves of many tables as a YAML file describes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from figmill.console.options import Run, runs

app = typer.Typer()

STARTER = "curves.yaml"


def _init(data: str | None) -> None:
    if data is None:
        return
    from figmill.curves.starter import starter
    from figmill.errors import ConfigError, OutputError

    path = Path(STARTER)
    text = starter(data, path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(
            "The file is there already.", file=path, hint="Rename it, or work in another folder."
        ) from None
    except OSError as error:
        raise OutputError(
            f"The file cannot be written: {error.strerror}.", file=path, hint="Try another folder."
        ) from error
    typer.echo(f"Written: {path}. Draw it with: figmill curves {path} -o figures")
    raise typer.Exit


def _schema(asked: bool) -> None:
    if not asked:
        return
    from figmill.curves.spec import CurvesFile

    typer.echo(json.dumps(CurvesFile.model_json_schema(), indent=2))
    raise typer.Exit


CONFIG = Annotated[
    Path, typer.Argument(metavar="FILE.yaml", help="The file that describes the figures.")
]
INIT = Annotated[
    str | None,
    typer.Option(
        "--init",
        metavar="DATA",
        help=f"Write {STARTER}, with comments, for this folder or table, and draw nothing.",
        callback=_init,
        is_eager=True,
    ),
]
SCHEMA = Annotated[
    bool,
    typer.Option(
        "--schema",
        help="Print the JSON Schema of such a file, for editors.",
        callback=_schema,
        is_eager=True,
    ),
]


@app.command()
@runs
def curves(run: Run, config: CONFIG, init: INIT = None, schema: SCHEMA = False) -> None:
    """Draw curves of many tables as a YAML file describes them.

    \b
    figmill curves --init data/
    figmill curves curves.yaml -o figures
    figmill curves curves.yaml -o figures --limits shared
    """  # noqa: D301 - typer reads the \b
    from figmill.curves.recipe import CurvesRecipe

    run(CurvesRecipe(config=config))
