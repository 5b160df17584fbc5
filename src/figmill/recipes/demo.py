"""What a demo is: data made by program, and the recipes to run on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from figmill.errors import OutputError
from figmill.recipes.base import Recipe


@dataclass(frozen=True, slots=True)
class DemoStep:
    """One run of a demo.

    Parameters
    ----------
    recipe
        What to run.
    out
        The output folder's name, below the demo's folder.
    look
        What is worth looking at afterwards, a sentence or a command each.
    """

    recipe: Recipe
    out: str = "figures"
    look: tuple[str, ...] = ()


Demo: TypeAlias = Callable[[Path], Iterator[DemoStep]]
"""Called with a folder; makes its data there, and yields the runs one after the other: each has
ended before the next is asked for. It makes the same data again in a folder that has them."""


def unwritten(path: Path, error: OSError) -> OutputError:
    """Make the error for a path that cannot be written."""
    return OutputError(
        f"The demo data cannot be written ({error.strerror or error}).",
        file=path,
        hint="Choose a folder that you may write to, with space left.",
    )
