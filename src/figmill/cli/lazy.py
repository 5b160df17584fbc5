"""Commands that are named in the overview, but imported only when they are called.

A domain's commands are found by their entry points in the group ``figmill.commands``, whose name is
the command's and whose target is a `typer.Typer` with one command, or with several under that name,
or a function. Its line in the overview is the first line of the module's docstring, which is
read and not run.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from figmill import plugins
from figmill.console.boundary import DEBUG, boundary
from figmill.console.text import one_line
from figmill.errors import ConfigError

_COMPLETION = {"install_completion", "show_completion"}
_HEAD = 2000
"""So many characters of a module hold the first line of its docstring."""
_DOCSTRING = re.compile(
    r"(?:\s|#[^\n]*\n)*[rRuU]?(?P<quote>\"{3}|'{3}|\"|')\s*(?P<line>[^\n]*?)(?:(?P=quote)|\n)"
)


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
    section
        The heading under which the overview lists it.
    """

    name: str
    module: str
    help: str
    section: str = "Draw"

    def load(self) -> Any:
        """Import the command: the one of this name in ``app``."""
        command = get_group(import_module(self.module).app).commands[self.name]
        _finish(command)
        return command


@dataclass(frozen=True, slots=True)
class DomainEntry(Entry):
    """The commands of a domain: one, or several under the domain's name.

    Parameters
    ----------
    plugin
        Who offers them.
    """

    plugin: plugins.Plugin = field(kw_only=True)

    def load(self) -> Any:
        """Import them.

        Raises
        ------
        figmill.errors.ConfigError
            They cannot be used; all other commands can.
        """
        made: list[Any] = []

        def check(name: str, thing: object) -> str:
            wrong, command = _checked(name, thing)
            made.append(command)
            return wrong

        plugins.load_chosen(plugins.COMMANDS, self.plugin, check)
        return made[0]


def domain_entries(own: tuple[Entry, ...]) -> Iterator[Entry]:
    """The commands of the installed domains; a name of figmill's own is not taken over."""
    settled = plugins.chosen(plugins.COMMANDS, {entry.name for entry in own})
    for name, plugin in sorted(cast("dict[str, plugins.Plugin]", settled.found).items()):
        module = plugin.target.partition(":")[0]
        line = _first_line(module) or f"Of {one_line(plugin.package)}."
        yield DomainEntry(name, module, line, plugin=plugin)


def load_commands(own: tuple[Entry, ...]) -> plugins.Loaded:
    """Import the commands of all domains; ``own`` are those of figmill itself."""
    return plugins.load(plugins.COMMANDS, _wrong, own={entry.name for entry in own})


def _wrong(name: str, thing: object) -> str:
    """What is wrong with the target of a command's entry point."""
    return _checked(name, thing)[0]


def _checked(name: str, thing: object) -> tuple[str, Any]:
    """What is wrong with the target of a command's entry point, and the command made of it."""
    if not (isinstance(thing, typer.Typer) or inspect.isfunction(thing)):
        return "is neither a typer.Typer nor a function", None
    empty = "is a typer.Typer without a command"
    if isinstance(thing, typer.Typer) and not (
        thing.registered_commands or thing.registered_groups or thing.registered_callback
    ):
        return empty, None
    command = _made(name, thing)
    if isinstance(command, TyperGroup) and not (command.commands or command.invoke_without_command):
        return empty, None
    return "", command


def _made(name: str, thing: Any) -> Any:
    """Make a command of a Typer app or of a function."""
    app = thing
    if not isinstance(thing, typer.Typer):
        app = typer.Typer()
        app.command()(thing)
    command = get_command(app)
    # Completion is installed for figmill as a whole.
    command.params = [p for p in command.params if p.name not in _COMPLETION]
    if not isinstance(command, TyperGroup):
        command.name = name
    _finish(command)
    return command


def _first_line(module: str) -> str:
    """The first line of a module's docstring; nothing is imported, since that takes its time."""
    path: list[str] | None = None
    spec = None
    name = ""
    try:
        for part in module.split("."):
            name = f"{name}.{part}".lstrip(".")
            spec = PathFinder.find_spec(name, path)
            if spec is None:
                return ""
            below = spec.submodule_search_locations
            path = None if below is None else list(below)
    except (ImportError, KeyError, ValueError, TypeError):  # a namespace within one, or no name
        return ""
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return ""
    try:
        with Path(spec.origin).open(encoding="utf-8") as file:
            found = _DOCSTRING.match(file.read(_HEAD))
    except (OSError, ValueError):
        return ""
    return one_line(found["line"].strip()) if found else ""


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

    def get_params(self, ctx: Any) -> list[Any]:
        """List the options; `_settled` says why they are not those of typer."""
        return _settled(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Carry a command out; its errors end in a sentence and an exit code."""
        with boundary(ctx):
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, Stub):
            try:
                command = command.entry.load()
            except ConfigError:
                if not ctx.resilient_parsing:  # which completes words in a shell, and must not fail
                    # The command that would read the option is not there.
                    ctx.meta[DEBUG] = "--debug" in rest
                    raise
        return name, command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by section."""
        for section in dict.fromkeys(entry.section for entry in self.entries):
            rows = [(entry.name, entry.help) for entry in self.entries if entry.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)


def _settled(params: list[Any]) -> list[Any]:
    """Let flags be off where typer leaves them open: it imports pydantic to check what is open."""
    for param in params:
        if getattr(param, "is_flag", False) and param.default is None:
            param.default = False
    return params


def _finish(command: Any) -> None:
    """Give every command below the same looks and the option --debug."""
    command.rich_markup_mode = None
    if isinstance(command, TyperGroup):
        command.no_args_is_help = True
        listed = command.get_params
        command.get_params = lambda ctx: _settled(listed(ctx))  # type: ignore[method-assign]
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
