"""What packages offer to figmill, by entry points: recipes, commands, demos, layers and more.

A package offers something by a line in its pyproject.toml, as figmill's own domains do::

    [project.entry-points."figmill.recipes"]
    mine = "my_package.recipe:MyRecipe"

The groups are ``figmill.recipes``, ``figmill.commands``, ``figmill.demos``, ``figmill.layers``, and
those that a domain reads itself. A package that is broken takes nothing with it but what it offers
itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import EntryPoint, EntryPoints, distributions, entry_points
from typing import cast

from figmill.errors import ConfigError

log = logging.getLogger("figmill")

RECIPES = "figmill.recipes"
COMMANDS = "figmill.commands"
DEMOS = "figmill.demos"
LAYERS = "figmill.layers"


@dataclass(frozen=True, slots=True)
class Plugin:
    """Something that a package offers under a name; nothing of it is imported yet."""

    name: str
    target: str
    package: str
    version: str


@dataclass(slots=True)
class Loaded:
    """All of a group.

    Attributes
    ----------
    found
        What could be imported, by name.
    broken
        What could not, by name, with the reason; where two packages offer one name, neither is
        used.
    """

    found: dict[str, object] = field(default_factory=dict)
    broken: dict[str, ConfigError] = field(default_factory=dict)


def groups() -> tuple[str, ...]:
    """The core's groups, and all others of figmill's that any package offers something in."""
    own = (RECIPES, COMMANDS, DEMOS, LAYERS)
    others = sorted(group for group in _points().groups if group.startswith("figmill."))
    return tuple(dict.fromkeys((*own, *others)))


def kind_of(group: str) -> str:
    """What a group offers, as messages call it.

    Examples
    --------
    >>> kind_of("figmill.recipes")
    'recipe'
    """
    return group.rpartition(".")[2].replace("_", " ").removesuffix("s")


def plugins(group: str = RECIPES) -> list[Plugin]:
    """List what is offered, by name; nothing is imported."""
    return [
        Plugin(
            point.name,
            point.value,
            point.dist.name if point.dist else "",
            point.dist.version if point.dist else "",
        )
        for point in sorted(
            _points().select(group=group), key=lambda point: (point.name, point.value)
        )
    ]


def load(group: str) -> Loaded:
    """Import all that a group offers; what is broken is set aside, and logged once it is met.

    Examples
    --------
    >>> "quicklook" in load("figmill.recipes").found
    True
    """
    loaded = Loaded()
    points = _points().select(group=group)
    for name in sorted(points.names):
        try:
            loaded.found[name] = _only(group, points.select(name=name))
        except ConfigError as error:
            loaded.broken[name] = error
            log.warning("%s %s", error.message, error.hint or "")
    return loaded


def load_one(group: str, name: str) -> object:
    """Import what a group offers under a name.

    Parameters
    ----------
    group
        Such as ``figmill.recipes``; its last word, in the singular, stands in messages.
    name
        The entry point's.

    Raises
    ------
    ConfigError
        Nothing is offered under the name, several packages offer it, or it cannot be imported,
        whatever its package raises. A missing extra says itself what to install.
    """
    offered = _points().select(group=group)
    points = offered.select(name=name)
    if not points:
        raise ConfigError(
            f"there is no {kind_of(group)} {name!r}.", hint=_valid(name, sorted(offered.names))
        )
    return _only(group, points)


def _only(group: str, points: EntryPoints) -> object:
    """Import what entry points of one name offer, where they mean the same."""
    what = kind_of(group)
    point, *others = {point.value: point for point in points}.values()
    if others:
        packages = ", ".join(_origin(each) for each in (point, *others))
        raise ConfigError(
            f"several packages offer a {what} {point.name!r}: {packages}.",
            hint="Uninstall all but one of them.",
        )
    try:
        return point.load()
    except (ConfigError, KeyboardInterrupt):  # a missing extra; somebody's Ctrl-C
        raise
    except BaseException as error:  # whatever it is, it is that package's
        raise _unusable(what, point, error) from error


def _points() -> EntryPoints:
    """Every entry point; a package whose list of them is damaged is passed over, and logged."""
    try:
        return cast("EntryPoints", entry_points())  # of Python 3.11, with the same methods
    except Exception:  # noqa: BLE001 - one damaged file must not end everything
        found: list[EntryPoint] = []
        for package in distributions():
            try:
                found.extend(package.entry_points)
            except Exception as error:  # noqa: BLE001 - this is the one
                name = package.metadata["Name"]
                log.warning("the entry points of %s cannot be read: %r", name, error)
        return EntryPoints(found)


def _unusable(what: str, point: EntryPoint, error: BaseException) -> ConfigError:
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - not even its message is sound
        said = ""
    reason = f"{type(error).__name__}: {said}".rstrip(".: ")
    return ConfigError(
        f"the {what} {point.name!r} of {_origin(point)} cannot be imported: {reason}.",
        hint="Reinstall or update that package, or ask its author; --debug shows the traceback.",
    )


def origin_of(group: str, name: str) -> str:
    """The package, and the place in it, of what is offered under a name."""
    return ", ".join(_origin(point) for point in _points().select(group=group, name=name))


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name if point.dist else 'a package'} ({point.value})"


def _valid(name: str, names: list[str]) -> str:
    if near := get_close_matches(name, names, n=1):
        return f"Did you mean {near[0]!r}?"
    return f"There are: {', '.join(names)}." if names else "None is installed."
