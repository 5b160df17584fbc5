"""Commands about recipes: schema, new-recipe, list-plugins."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from figmill.console.options import JSON
from figmill.console.text import as_json_line, table

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
    """List the recipes and demos that are installed, and the packages that bring them."""
    from figmill.recipes import registry

    kinds = {"recipe": registry.RECIPES, "demo": registry.DEMOS}
    found = [(kind, each) for kind, group in kinds.items() for each in registry.plugins(group)]
    if as_json:
        for kind, plugin in found:
            typer.echo(as_json_line({"kind": kind, **asdict(plugin)}))
        return
    rows = [(kind, p.name, f"{p.package} {p.version}", p.target) for kind, p in found]
    typer.echo(table(("kind", "name", "package", "from"), rows))
