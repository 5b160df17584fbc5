"""Recipes by name, from entry points."""

import importlib

import pytest

from figmill import plugins
from figmill.errors import ConfigError, MissingExtraError
from figmill.quicklook import QuicklookRecipe
from figmill.recipes import registry

MODULE = """
from figmill.errors import MissingExtraError
def not_a_recipe(): pass
thing = 3
def __getattr__(name):
    if name == "costly":
        raise MissingExtraError("polars", "chip")
    raise AttributeError(name)
"""


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Install a package that offers something."""
    (tmp_path / "offered.py").write_text(MODULE)

    def install(package: str, group: str, line: str) -> None:
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{line}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()

    return install


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


def test_two_packages_with_one_name(offer) -> None:
    offer("thirds", plugins.RECIPES, "quicklook = offered:thing")
    with pytest.raises(ConfigError, match="thirds") as caught:
        registry.recipe_class("quicklook")
    assert "Uninstall" in str(caught.value.hint)
