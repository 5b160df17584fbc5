"""What packages offer to figmill, by entry points: recipes, commands, demos, layers and more.

A package offers something by a line in its pyproject.toml, as figmill's own domains do::

    [project.entry-points."figmill.recipes"]
    mine = "my_package.recipe:MyRecipe"

========================  ==============================================================
group                     what a line leads to
========================  ==============================================================
``figmill.recipes``       a subclass of `figmill.Recipe`, whose ``name`` is the line's
``figmill.commands``      a `typer.Typer` that has commands, or a function
``figmill.demos``         a function that makes data and yields `figmill.DemoStep`
``figmill.layers``        a `figmill.draw.LayerKind`; the type that it draws is what counts
``figmill.chip_plots``    a plot type of the chip domain; its ``type`` is the name that counts
========================  ==============================================================

A recipe that reads a group of its own names it in `figmill.Recipe.plugin_groups`.

Whatever is broken disables itself, and nothing else. A name of figmill's own stays figmill's; of
two other packages that offer one name, neither is used: nobody should have to guess which one he
gets.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable, Collection, Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import Distribution, EntryPoint, EntryPoints, distributions, entry_points
from typing import TypeAlias, cast

from figmill.errors import ConfigError
from figmill.process_state import ProcessState
from figmill.text import one_line

log = logging.getLogger("figmill.plugins")

RECIPES = "figmill.recipes"
COMMANDS = "figmill.commands"
DEMOS = "figmill.demos"
LAYERS = "figmill.layers"

_OWN = "figmill"
"""The package whose names nobody takes over."""
_NAME = re.compile(r"[A-Za-z0-9]+([._-]+[A-Za-z0-9]+)*", re.ASCII)
_HEAD = re.compile(r"^(Name|Version):(.*)$", re.IGNORECASE | re.MULTILINE)
_UPDATE = "Reinstall or update that package, or ask its author; --debug shows the traceback."
_damaged: set[str] = set()

Check: TypeAlias = Callable[[str, object], str]
"""Called with a name and what is offered under it; says what is wrong with it, or nothing."""


@dataclass(frozen=True, slots=True, order=True)
class Plugin:
    """Something that a package offers under a name; nothing of it is imported yet.

    Parameters
    ----------
    name
        The entry point's.
    target
        ``module:object``.
    package, version
        Of whom; a package without metadata is called as the module, and has no version.
    """

    name: str
    target: str
    package: str
    version: str

    def __str__(self) -> str:
        return f"{one_line(self.package)} ({one_line(self.target)})"


@dataclass(slots=True)
class Loaded:
    """All of a group.

    Attributes
    ----------
    found
        What can be used, by the name that counts.
    disabled
        What cannot, with the reason.
    """

    found: dict[str, object] = field(default_factory=dict)
    disabled: dict[Plugin, ConfigError] = field(default_factory=dict)

    @property
    def broken(self) -> dict[str, ConfigError]:
        """The reasons by the entry points' names."""
        return {plugin.name: error for plugin, error in self.disabled.items()}


def groups() -> tuple[str, ...]:
    """The core's groups, and all others of figmill's that any package offers something in."""
    own = (RECIPES, COMMANDS, DEMOS, LAYERS)
    others = sorted(group for group in _points().groups if group.startswith("figmill."))
    return tuple(dict.fromkeys((*own, *others)))


def kind_of(group: str) -> str:
    """What a group offers, as messages call it.

    Parameters
    ----------
    group
        The group's name.

    Returns
    -------
    str
        In the singular.

    Examples
    --------
    >>> kind_of("figmill.recipes")
    'recipe'
    """
    return group.rpartition(".")[2].replace("_", " ").removesuffix("s")


def plugins(group: str = RECIPES) -> list[Plugin]:
    """List what is offered, by name, whether it can be used or not; nothing is imported.

    Parameters
    ----------
    group
        Such as ``figmill.recipes``.
    """
    return sorted(
        {
            Plugin(point.name, point.value, *_package(point))
            for point in _points().select(group=group)
        }
    )


def names(group: str = RECIPES) -> list[str]:
    """The names that are offered, each once.

    Parameters
    ----------
    group
        As for `plugins`.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    return list(dict.fromkeys(plugin.name for plugin in plugins(group)))


def chosen(group: str, own: Collection[str] = ()) -> Loaded:
    """Tell by their names alone which plug-ins are used; ``found`` holds a `Plugin` for each.

    Parameters
    ----------
    group
        Such as ``figmill.recipes``; its last word, in the singular, stands in messages.
    own
        Names that are figmill's own although no entry point bears them.
    """
    return _settled(group, ((plugin.name, plugin) for plugin in plugins(group)), own)


def load(
    group: str,
    check: Check | None = None,
    *,
    own: Collection[str] = (),
    name_of: Callable[[object], str] | None = None,
) -> Loaded:
    """Import all that a group offers; what is broken is set aside.

    Parameters
    ----------
    group, own
        As for `chosen`.
    check
        Says what is wrong with what was imported.
    name_of
        Gives the name that counts, where it is not the entry point's.

    Returns
    -------
    Loaded
        The caller tells what is broken, see `tell`.

    Examples
    --------
    >>> "quicklook" in load("figmill.recipes").found
    True
    """
    loaded = Loaded()
    if name_of is None:
        settled = chosen(group, own)
        loaded.disabled |= settled.disabled
        offered = list(cast("dict[str, Plugin]", settled.found).values())
    else:
        offered = plugins(group)
    made: dict[Plugin, object] = {}
    for plugin in offered:
        try:
            made[plugin] = _imported(group, plugin, check)
        except ConfigError as error:
            loaded.disabled[plugin] = error
    if name_of is not None:
        settled = _settled(group, ((name_of(made[plugin]), plugin) for plugin in made), own)
        loaded.disabled |= settled.disabled
        loaded.found = {name: made[cast("Plugin", p)] for name, p in settled.found.items()}
    else:
        loaded.found = {plugin.name: thing for plugin, thing in made.items()}
    return loaded


def load_one(group: str, name: str, check: Check | None = None) -> object:
    """Import what a group offers under a name.

    Parameters
    ----------
    group, check
        As for `load`.
    name
        The entry point's.

    Raises
    ------
    ConfigError
        Nothing is offered under the name, several packages offer it, or it cannot be used,
        whatever its package raises. A missing extra says itself what to install.
    """
    settled = chosen(group)
    if name in settled.found:
        return _imported(group, cast("Plugin", settled.found[name]), check)
    if name in settled.broken:
        raise settled.broken[name]
    raise ConfigError(
        f"there is no {kind_of(group)} {name!r}.", hint=_valid(name, sorted(settled.found))
    )


def load_chosen(group: str, plugin: Plugin, check: Check | None = None) -> object:
    """Import one plug-in that `chosen` found.

    Parameters
    ----------
    group, check
        As for `load`.
    plugin
        The plug-in.

    Raises
    ------
    ConfigError
        It cannot be used.
    """
    return _imported(group, plugin, check)


def origin_of(group: str, name: str) -> str:
    """The packages, and the places in them, of what is offered under a name.

    Parameters
    ----------
    group, name
        As for `load_one`.

    Returns
    -------
    str
        Such as ``package (module:object)``; several are separated by commas.
    """
    return ", ".join(str(plugin) for plugin in plugins(group) if plugin.name == name)


def tell(error: ConfigError) -> None:
    """Log why a plug-in is not used; a command shows it on standard error.

    Parameters
    ----------
    error
        The reason.
    """
    log.warning("%s %s", error.message, error.hint or "")


def involved(error: BaseException) -> str:
    """The packages, figmill aside, that offer plug-ins and whose code an error passed through.

    Parameters
    ----------
    error
        An exception with its traceback.

    Returns
    -------
    str
        Their names, separated by commas; empty for none.
    """
    passed = {
        str(frame.f_globals.get("__name__")).partition(".")[0]
        for frame, _ in traceback.walk_tb(error.__traceback__)
    }
    found = {
        one_line(plugin.package)
        for group in groups()
        for plugin in plugins(group)
        if plugin.package != _OWN and re.split("[.:]", plugin.target)[0] in passed
    }
    return ", ".join(sorted(found))


def refused(group: str, plugin: Plugin, what: str, hint: str) -> ConfigError:
    """Make the error that names a plug-in, its package, and what is wrong.

    Parameters
    ----------
    group, plugin
        What is refused.
    what
        What is wrong, as the sentence goes on after the plug-in's name.
    hint
        What to do.

    Returns
    -------
    ConfigError
        It is not raised.
    """
    return ConfigError(f"the {kind_of(group)} {plugin.name!r} of {plugin} {what}.", hint=hint)


def _settled(group: str, offered: Iterable[tuple[str, Plugin]], own: Collection[str]) -> Loaded:
    """Leave one plug-in to a name: figmill's own, or the only one."""
    settled = Loaded()
    by_name: dict[str, list[Plugin]] = {}
    for name, plugin in offered:
        if _NAME.fullmatch(name):
            by_name.setdefault(name, []).append(plugin)
        else:
            settled.disabled[plugin] = refused(
                group,
                plugin,
                f"is called {name!r}, which cannot be typed as a name",
                "Its author should use letters, digits, hyphens and underscores.",
            )
    for name, rivals in by_name.items():
        figmills = [plugin for plugin in rivals if plugin.package == _OWN]
        others = [plugin for plugin in rivals if plugin.package != _OWN]
        if figmills or name in own:
            for plugin in others:
                settled.disabled[plugin] = refused(
                    group,
                    plugin,
                    f"is not used: figmill has a {kind_of(group)} {name!r} of its own",
                    "Its author should choose another name.",
                )
            others = figmills
        if len({plugin.target for plugin in others}) > 1:
            error = ConfigError(
                f"several packages offer a {kind_of(group)} {name!r}: "
                f"{', '.join(map(str, others))}.",
                hint="Uninstall all but one of them; figmill uses none until then.",
            )
            settled.disabled |= dict.fromkeys(others, error)
        elif others:
            settled.found[name] = others[0]
    return settled


def _imported(group: str, plugin: Plugin, check: Check | None) -> object:
    """Import a plug-in; what its package prints meanwhile is no part of a command's results.

    Nor may it move the command's relative paths, or take its signals: that is put back.
    """
    step = "imported"
    before = ProcessState()
    try:
        with redirect_stdout(sys.stderr):
            thing = EntryPoint(plugin.name, plugin.target, group).load()
            step = "used"
            wrong = check(plugin.name, thing) if check else ""
    except (ConfigError, KeyboardInterrupt):  # a missing extra; somebody's Ctrl-C
        raise
    except BaseException as error:  # whatever it is, it is that package's, SystemExit included
        try:
            said = str(error)
        except Exception:  # noqa: BLE001 - not even its message is sound
            said = ""
        reason = f"{type(error).__name__}: {one_line(said)}".rstrip(".: ")
        raise refused(group, plugin, f"cannot be {step}: {reason}", _UPDATE) from error
    finally:
        before.restore(environment=False)
    if wrong:
        raise refused(group, plugin, wrong, "Correct its package, or uninstall that.")
    return thing


def _points() -> EntryPoints:
    """Every entry point; a package whose list of them is damaged is left out, and logged once."""
    try:
        return cast("EntryPoints", entry_points())  # of Python 3.11, with the same methods
    except Exception:  # noqa: BLE001 - one damaged file must not end everything
        found: list[EntryPoint] = []
        for package in distributions():
            try:
                found.extend(package.entry_points)
            except Exception as error:  # noqa: BLE001 - this is the one
                name = one_line(_head(package).get("name") or "a package without a name")
                if name not in _damaged:
                    _damaged.add(name)
                    log.warning("the entry points of %s cannot be read: %r", name, error)
        return EntryPoints(found)


def _package(point: EntryPoint) -> tuple[str, str]:
    head = _head(point.dist)
    return head.get("name") or re.split("[.:]", point.value)[0], head.get("version", "")


def _head(package: Distribution | None) -> dict[str, str]:
    """Name and version by a package's METADATA, which may lack them, or be missing.

    `Distribution.metadata` parses all of the file, with the package's README.
    """
    text = None
    for file in ("METADATA", "PKG-INFO", ""):  # the last is an egg's
        try:
            text = text or (package.read_text(file) if package is not None else None)
        except (OSError, ValueError):  # a folder in its place; no text
            continue
    head = (text or "").partition("\n\n")[0]
    return {name.lower(): said.strip() for name, said in _HEAD.findall(head)}


def _valid(name: str, names: list[str]) -> str:
    if near := get_close_matches(name, names, n=1):
        return f"Did you mean {near[0]!r}?"
    return f"There are: {', '.join(names)}." if names else "None is installed."
