"""The command line. A command's module is imported when the command is called, not before."""

from __future__ import annotations

from typing import Annotated

import typer

from figmill import own_process
from figmill._version import __version__
from figmill.cli.lazy import Entry, LazyGroup, domain_entries

# figmill's own commands: name, module with a `typer.Typer()` named `app`, line for the overview.
# Those of domains are found by their entry points.
_AFTER, _SET_UP = "Look after a run", "Set up"
OWN = (
    Entry("run", "figmill.cli.run", "Carry out a job file, with any recipe."),
    Entry("draw", "figmill.cli.draw", "Draw a folder of files of all kinds."),
    Entry("demo", "figmill.cli.demo", "Make sample data and draw it."),
    Entry("status", "figmill.cli.folder", "Say how far a run is.", _AFTER),
    Entry("errors", "figmill.cli.folder", "List what failed, by cause.", _AFTER),
    Entry("notes", "figmill.cli.notes", "List what was assumed or left out.", _AFTER),
    Entry("retry", "figmill.cli.folder", "Work again on what failed.", _AFTER),
    Entry("prune", "figmill.cli.folder", "Remove files that are out of date.", _AFTER),
    Entry("why", "figmill.cli.folder", "Say why an item would run again.", _AFTER),
    Entry("repair", "figmill.cli.folder", "Rebuild a damaged ledger.", _AFTER),
    Entry("doctor", "figmill.cli.doctor", "Check the installation and a folder.", _SET_UP),
    Entry("schema", "figmill.cli.plugins", "Print the JSON Schema of job files.", _SET_UP),
    Entry("new-recipe", "figmill.cli.plugins", "Start a recipe of your own.", _SET_UP),
    Entry("list-plugins", "figmill.cli.plugins", "List what packages offer.", _SET_UP),
)
ENTRIES = (*domain_entries(OWN), *OWN)


class Commands(LazyGroup):
    """The commands of figmill."""

    entries = ENTRIES


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"figmill {__version__}")
        raise typer.Exit


@app.callback()
def _figmill(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Turn folders of measurement files into thousands of consistent figures.

    A run can be stopped, killed and started again: finished figures are neither lost nor redrawn.
    Every command has its own help: figmill COMMAND --help
    """


def main() -> None:
    """Run the command line, as a process's own."""
    own_process.begin()
    app(prog_name="figmill")
