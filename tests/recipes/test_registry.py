"""Recipes by name, from entry points."""

import pytest

from figmill import plugins
from figmill.errors import ConfigError, MissingExtraError
from figmill.quicklook import QuicklookRecipe
from figmill.recipes import registry

MODULE = """
from figmill.errors import MissingExtraError
from figmill import Recipe
def not_a_recipe(): pass
thing = 3
class Unfinished(Recipe):
    name = "third"
    def items(self): return ()
class Sound(Unfinished):
    def describe(self, item): raise NotImplementedError
class Other(Sound):
    name = "other"
def __getattr__(name):
    if name == "costly":
        raise MissingExtraError("polars", "chip")
    raise AttributeError(name)
"""


@pytest.fixture
def offer(outside):
    """Install a package that offers something."""
    return lambda package, group, line: outside(package, f"[{group}]\n{line}\n", offered=MODULE)


def test_figmills_own() -> None:
    assert registry.recipe_class("quicklook") is QuicklookRecipe
    assert callable(registry.demo("spectrogram"))
    assert "quicklook" in {plugin.name for plugin in plugins.plugins()}


def test_every_recipe_is_called_as_its_entry_point() -> None:
    for plugin in plugins.plugins():
        if plugin.package == "figmill":
            assert registry.recipe_class(plugin.name).name == plugin.name


def test_unknown() -> None:
    with pytest.raises(ConfigError, match="no recipe 'quiklook'") as caught:
        registry.recipe_class("quiklook")
    assert caught.value.hint == "Did you mean 'quicklook'?"
    with pytest.raises(ConfigError) as caught:
        registry.recipe_class("zzz")
    assert "quicklook" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("absent_module:X", "absent_module"),
        ("offered:Absent", "cannot be imported"),
        ("offered:not_a_recipe", "not a subclass"),
        ("offered:thing", "not a subclass"),
        ("offered:Unfinished", "lacks describe"),
        ("offered:Other", "calls itself 'other'"),
    ],
)
def test_what_cannot_be_used(offer, target, words) -> None:
    offer("thirds", plugins.RECIPES, f"third = {target}")
    with pytest.raises(ConfigError, match=words) as caught:
        registry.recipe_class("third")
    assert caught.value.hint


def test_a_missing_extra_says_so_itself(offer) -> None:
    offer("thirds", plugins.RECIPES, "third = offered:costly")
    with pytest.raises(MissingExtraError):
        registry.recipe_class("third")


def test_a_demo_that_is_none(offer) -> None:
    offer("thirds", plugins.DEMOS, "third = offered:thing")
    with pytest.raises(ConfigError, match="not a function"):
        registry.demo("third")


def test_a_sound_one(offer) -> None:
    offer("thirds", plugins.RECIPES, "third = offered:Sound")
    assert registry.recipe_class("third").name == "third"
    assert registry.recipes().found["third"] is registry.recipe_class("third")


def test_a_demo_is_listed_where_it_is_a_function(offer) -> None:
    offer("thirds", plugins.DEMOS, "one = offered:not_a_recipe\ntwo = offered:thing")
    loaded = registry.demos()
    assert {"one", "spectrogram"} <= set(loaded.found)
    assert list(loaded.broken) == ["two"]
