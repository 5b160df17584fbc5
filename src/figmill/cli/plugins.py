"""Commands about recipes: schema, new-recipe, list-plugins."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from figmill.console.boundary import complain, trace
from figmill.console.options import JSON
from figmill.console.text import as_json_line, printable, table
from figmill.errors import ConfigError

if TYPE_CHECKING:
    from figmill import plugins
    from figmill.recipes.base import Recipe

app = typer.Typer()


def _complain(ctx: typer.Context, error: ConfigError) -> None:
    complain(error)
    trace(ctx, error)


@app.command()
def schema(
    ctx: typer.Context,
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="One recipe. [default: all]")
    ] = None,
) -> None:
    """Print the JSON Schema of job files, with which editors complete and check them.

    A recipe that cannot be used is left out of the schema of all, and named on standard error.

    \b
    figmill schema quicklook > quicklook.schema.json
    # as the first line of a job file, for editors with the YAML language server:
    # yaml-language-server: $schema=quicklook.schema.json
    """  # noqa: D301 - typer reads the \b
    from figmill.jobs import job_file

    typer.echo(json.dumps(job_file.schema(recipe, partial(_complain, ctx)), indent=2))


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
def list_plugins(ctx: typer.Context, as_json: JSON = False) -> None:
    """List what packages offer, recipes, commands, readers and others, and say what is disabled.

    Each is imported and checked. What cannot be used disables itself, and nothing else.
    """
    from figmill import plugins

    rows: list[tuple[str, ...]] = []
    disabled: list[ConfigError] = []
    for group, loaded in _all().items():
        kind = plugins.kind_of(group)
        for plugin in plugins.plugins(group):
            error = loaded.disabled.get(plugin)
            if as_json:
                reason = {"error": error.message if error else None}
                typer.echo(as_json_line({"kind": kind, **asdict(plugin), **reason}))
            else:
                about = f"{plugin.package} {plugin.version}".strip()
                state = "disabled" if error else "used"
                rows.append((kind, plugin.name, about, plugin.target, state))
            if error and error not in disabled:
                disabled.append(error)
    if not as_json:
        typer.echo(table(("kind", "name", "package", "from", "state"), rows))
    for error in disabled:
        if not as_json:
            typer.echo(f"\nDisabled: {printable(error.message)}\n  {printable(error.hint or '')}")
        trace(ctx, error)


def _all() -> dict[str, plugins.Loaded]:
    """What every group offers, imported and checked as those do that use it."""
    from figmill import plugins
    from figmill.cli import OWN
    from figmill.cli.lazy import load_commands
    from figmill.figure.layer_kind import load_kinds
    from figmill.read import readers
    from figmill.recipes import registry

    # Who uses a group may log what is broken in it; here it is printed.
    plugins.log.disabled = True
    try:
        recipes = registry.recipes()
        loaders = {
            group: load
            for recipe in recipes.found.values()
            for group, load in cast("type[Recipe]", recipe).plugin_groups.items()
        }
        found = {
            plugins.RECIPES: recipes,
            plugins.COMMANDS: load_commands(OWN),
            plugins.DEMOS: registry.demos(),
            plugins.LAYERS: load_kinds(),
            readers.GROUP: readers.load(),
        }
        for group in plugins.groups():
            if group not in found:
                found[group] = loaders[group]() if group in loaders else plugins.load(group)
    finally:
        plugins.log.disabled = False
    return found
