"""Recipes and demos by name: figmill's own and those of installed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figmill import plugins
from figmill.errors import ConfigError

if TYPE_CHECKING:
    from figmill.recipes.base import Recipe
    from figmill.recipes.demo import Demo


def recipe_class(name: str) -> type[Recipe]:
    """Import the recipe of a name.

    Raises
    ------
    ConfigError
        There is none, there are two, or it cannot be used.
    """
    from figmill.recipes.base import Recipe

    found = plugins.load_one(plugins.RECIPES, name)
    if not (isinstance(found, type) and issubclass(found, Recipe)):
        raise ConfigError(
            f"the recipe {name!r} is not a subclass of figmill.Recipe.",
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
    found = plugins.load_one(plugins.DEMOS, name)
    if not callable(found):
        raise ConfigError(
            f"the demo {name!r} is not a function.", hint="Correct the entry point of its package."
        )
    return found
