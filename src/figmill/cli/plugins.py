"""Commands about recipes: schema, new-recipe, list-plugins."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from figmill.console.options import JSON
from figmill.console.text import as_json_line, printable, table

app = typer.Typer()


@app.command()
def schema(
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="One recipe. [default: all]")
    ] = None,
) -> None:
    """Print the JSON Schema of job files, with which editors complete and check them.

    \b
    figmill schema quicklook > quicklook.schema.json
    # as the first line of a job file, for editors with the YAML language server:
    # yaml-language-server: $schema=quicklook.schema.json
    """  # noqa: D301 - typer reads the \b
    from figmill.jobs import job_file

    typer.echo(json.dumps(job_file.schema(recipe), indent=2))


@app.command("new-recipe")
def new_recipe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as decay-curves.")],
    folder: Annotated[
        Path, typer.Option("--in", metavar="DIR", help="Where to make its folder.")
    ] = Path(),
) -> None:
    """Write a working, tested example of a recipe as a package of its own.

    \b
    figmill new-recipe decay-curves
    pip install -e decay-curves
    figmill run decay-curves/job.yaml
    """  # noqa: D301 - typer reads the \b
    from figmill.cli.new_recipe import write

    for path in write(name, folder):
        typer.echo(path)
    home = folder / name
    typer.echo(f"\nNext:  pip install -e '{home}[test]' && pytest {home}")
    typer.echo(f"       figmill run {home / 'job.yaml'}")


@app.command("list-plugins")
def list_plugins(as_json: JSON = False) -> None:
    """List recipes, commands, demos and plot types, by package, and say which are broken.

    Each is imported. A package that cannot be disables what it offers itself, and nothing else.
    """
    from figmill import plugins

    kinds = {group: plugins.kind_of(group) for group in plugins.groups()}
    broken = {
        (group, name): error
        for group in kinds
        for name, error in plugins.load(group).broken.items()
    }
    found = [(group, each) for group in kinds for each in plugins.plugins(group)]
    if as_json:
        for group, plugin in found:
            error = broken.get((group, plugin.name))
            state = {"error": error.message if error else None}
            typer.echo(as_json_line({"kind": kinds[group], **asdict(plugin), **state}))
        return
    rows = [
        (kinds[group], p.name, f"{p.package} {p.version}", p.target)
        for group, p in found
        if (group, p.name) not in broken
    ]
    typer.echo(table(("kind", "name", "package", "from"), rows))
    for error in broken.values():
        typer.echo(f"\nBroken: {printable(error.message)}\n  {printable(error.hint or '')}")
