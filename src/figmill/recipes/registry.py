"""Recipes and demos by name: figmill's own and those of installed packages.

A package offers a recipe by an entry point in its pyproject.toml::

    [project.entry-points."figmill.recipes"]
    mine = "my_package.recipe:MyRecipe"

and a demo of it in the group ``figmill.demos`` (see `figmill.recipes.demo`).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from figmill.errors import ConfigError

if TYPE_CHECKING:
    from figmill.recipes.base import Recipe
    from figmill.recipes.demo import Demo

RECIPES = "figmill.recipes"
DEMOS = "figmill.demos"


@dataclass(frozen=True, slots=True)
class Plugin:
    """Something that a package offers under a name; nothing of it is imported yet."""

    name: str
    target: str
    package: str
    version: str


def plugins(group: str = RECIPES) -> list[Plugin]:
    """List what is offered, by name."""
    return [
        Plugin(
            point.name,
            point.value,
            point.dist.name if point.dist else "",
            point.dist.version if point.dist else "",
        )
        for point in sorted(entry_points(group=group), key=lambda point: (point.name, point.value))
    ]


def recipe_class(name: str) -> type[Recipe]:
    """Import the recipe of a name.

    Raises
    ------
    ConfigError
        There is none, there are two, or it cannot be imported.
    """
    from figmill.recipes.base import Recipe

    found = _load(RECIPES, "recipe", name)
    if not (isinstance(found, type) and issubclass(found, Recipe)):
        raise ConfigError(
            f"the recipe {name!r} is no subclass of figmill.Recipe.",
            hint="Correct the entry point of its package.",
        )
    return found


def demo(name: str) -> Demo:
    """Import the demo of a recipe.

    Raises
    ------
    ConfigError
        As for `recipe_class`.
    """
    found = _load(DEMOS, "demo", name)
    if not callable(found):
        raise ConfigError(
            f"the demo {name!r} is no function.", hint="Correct the entry point of its package."
        )
    return found


def _load(group: str, what: str, name: str) -> object:
    points = {point.value: point for point in entry_points(group=group, name=name)}
    if not points:
        raise ConfigError(f"there is no {what} {name!r}.", hint=_valid(group, name))
    if len(points) > 1:
        packages = ", ".join(_origin(point) for point in points.values())
        raise ConfigError(
            f"several packages offer a {what} {name!r}: {packages}.",
            hint="Uninstall all but one of them.",
        )
    (point,) = points.values()
    try:
        return point.load()
    except ConfigError:  # a missing extra says itself what to install
        raise
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the {what} {name!r} of {_origin(point)} cannot be imported: {error}.",
            hint="Reinstall that package, or ask its author.",
        ) from error


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name if point.dist else 'a package'} ({point.value})"


def _valid(group: str, name: str) -> str:
    names = sorted({point.name for point in entry_points(group=group)})
    if near := get_close_matches(name, names, n=1):
        return f"Did you mean {near[0]!r}?"
    return f"There are: {', '.join(names)}." if names else "None is installed."
