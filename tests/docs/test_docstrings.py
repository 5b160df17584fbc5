"""Public names with arguments say in their docstrings what these are."""

import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from types import FunctionType
from typing import Any

import pytest

PUBLIC = (
    "figmill",
    "figmill.chip",
    "figmill.console",
    "figmill.curves",
    "figmill.draw",
    "figmill.engine",
    "figmill.errors",
    "figmill.fast",
    "figmill.figure",
    "figmill.formats",
    "figmill.mill",
    "figmill.notes",
    "figmill.plugins",
    "figmill.provenance",
    "figmill.recipes.inputs",
    "figmill.spectra",
    "figmill.spectrogram",
)
_SECTION = re.compile(r"^(Parameters|Attributes)\n-+$", re.MULTILINE)


def arguments(thing: Any) -> list[str]:
    """The names of what is passed, without what a method is called on."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return []
    several = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [
        each.name
        for each in signature.parameters.values()
        if each.name not in ("self", "cls") and each.kind not in several
    ]


def public(module: str) -> Iterator[tuple[str, Any, int]]:
    """What a module offers: path, function or class, and how many arguments need no section."""
    found = importlib.import_module(module)
    own = [
        name
        for name, thing in vars(found).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module
    ]
    for name in getattr(found, "__all__", own):
        thing = getattr(found, name)
        if inspect.isfunction(thing):
            yield f"{module}.{name}", thing, 0
        elif inspect.isclass(thing):
            if not issubclass(thing, Enum | Exception):
                yield f"{module}.{name}", thing, 0
            for method, code in vars(thing).items():
                # One argument is told by the sentence, as in `Pool.add(values)`.
                if not method.startswith("_") and isinstance(code, FunctionType):
                    yield f"{module}.{name}.{method}", code, 2


def lacking(path: str, thing: Any, free: int) -> str:
    """What a docstring should say and does not; empty for nothing."""
    text = inspect.getdoc(thing) or ""
    if not text:
        return f"{path} has no docstring"
    if len(arguments(thing)) > max(free - 1, 0) and not _SECTION.search(text):
        return f"{path} does not say what {', '.join(arguments(thing))} are"
    return ""


@pytest.mark.parametrize("module", PUBLIC)
def test_arguments_are_described(module: str) -> None:
    pytest.importorskip("polars")
    pytest.importorskip("scipy")
    assert not [told for each in public(module) if (told := lacking(*each))]


def test_the_check_finds_what_is_missing() -> None:
    def bare(values: list[float], scale: str) -> None:
        """Do something."""

    def told(values: list[float], scale: str) -> None:
        """Do something.

        Parameters
        ----------
        values, scale
            What they are.
        """

    assert lacking("bare", bare, 0) == "bare does not say what values, scale are"
    assert lacking("bare", bare, 2)
    assert not lacking("told", told, 0)
    assert lacking("silent", lambda: 0, 0) == "silent has no docstring"
