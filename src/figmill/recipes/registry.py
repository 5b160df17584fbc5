"""Recipes and demos by name: figmill's own and those of installed packages."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from figmill import plugins

if TYPE_CHECKING:
    from figmill.recipes.base import Recipe
    from figmill.recipes.demo import Demo


def recipe_class(name: str) -> type[Recipe]:
    """Import the recipe of a name.

    Raises
    ------
    figmill.errors.ConfigError
        There is none, several packages offer it, or it cannot be used.
    """
    return cast("type[Recipe]", plugins.load_one(plugins.RECIPES, name, _wrong_recipe))


def recipes() -> plugins.Loaded:
    """Import every recipe; ``found`` holds classes by name."""
    return plugins.load(plugins.RECIPES, _wrong_recipe)


def demo(name: str) -> Demo:
    """Import the demo of a recipe.

    Raises
    ------
    figmill.errors.ConfigError
        As for `recipe_class`.
    """
    return cast("Demo", plugins.load_one(plugins.DEMOS, name, _wrong_demo))


def demos() -> plugins.Loaded:
    """Import every demo; ``found`` holds functions by name."""
    return plugins.load(plugins.DEMOS, _wrong_demo)


def _wrong_recipe(name: str, thing: object) -> str:
    from figmill.recipes.base import Recipe

    if not (isinstance(thing, type) and issubclass(thing, Recipe)):
        return "is not a subclass of figmill.Recipe"
    if inspect.isabstract(thing):
        return f"lacks {' and '.join(sorted(thing.__abstractmethods__))}"
    if (called := getattr(thing, "name", None)) != name:
        return f"calls itself {called!r}: its class must have name = {name!r}"
    return ""


def _wrong_demo(name: str, thing: object) -> str:
    return "" if callable(thing) else "is not a function"
