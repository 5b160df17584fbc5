"""Commands that are named in the overview, but imported only when they are called."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from figmill.console.boundary import DEBUG, boundary


@dataclass(frozen=True, slots=True)
class Entry:
    """One command or command group.

    Parameters
    ----------
    name
        How it is called.
    module
        Its module, with a `typer.Typer` named ``app``.
    help
        Its line in the overview.
    group
        True where all commands of ``app`` come under the name (``figmill fast plot``); False where
        it is the one command of this name in ``app``.
    section
        The heading under which the overview lists it.
    """

    name: str
    module: str
    help: str
    group: bool = False
    section: str = "Draw"

    def load(self) -> Any:
        """Import the command."""
        group = get_group(import_module(self.module).app)
        command = group if self.group else group.commands[self.name]
        _finish(command)
        return command


class Stub(TyperCommand):
    """Stands in the overview for a command that is not imported."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.help)
        self.entry = entry


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are called."""

    entries: ClassVar[tuple[Entry, ...]] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {entry.name: Stub(entry) for entry in self.entries}

    def invoke(self, ctx: Any) -> Any:
        """Carry a command out; its errors end in a sentence and an exit code."""
        with boundary(ctx):
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.entry.load() if isinstance(command, Stub) else command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by section."""
        for section in dict.fromkeys(entry.section for entry in self.entries):
            rows = [(entry.name, entry.help) for entry in self.entries if entry.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)


def _finish(command: Any) -> None:
    """Give every command below the same looks and the option --debug."""
    command.rich_markup_mode = None
    if isinstance(command, TyperGroup):
        command.no_args_is_help = True
        for each in command.commands.values():
            _finish(each)
    elif not any("--debug" in param.opts for param in command.params):
        command.params.append(_debug_option())


def _remember(ctx: typer.Context, asked: bool) -> None:
    ctx.meta[DEBUG] = asked


_DEBUG_OPTION = typer.Option(
    "--debug",
    help="Show the traceback of an error.",
    callback=_remember,
    expose_value=False,
    is_eager=True,
)


def _debug_option() -> Any:
    holder = typer.Typer(add_completion=False)

    @holder.command()
    def command(debug: Annotated[bool, _DEBUG_OPTION] = False) -> None:
        pass

    return get_command(holder).params[0]
