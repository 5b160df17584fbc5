"""Which recipe draws which file of a folder that holds files of all kinds."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from figmill import plugins
from figmill.errors import FigmillError
from figmill.notes import Note
from figmill.read.readers import read_head
from figmill.recipes.base import Claim, Recipe
from figmill.recipes.inputs import InputFile, LeftOut, find_files

log = logging.getLogger("figmill")

SURE = 0.5
"""A recipe that is less sure of a file is not taken unless the user names it."""
_ALIKE = 0.05
"""Two recipes whose confidences are as near as this are equally sure."""


@dataclass(frozen=True, slots=True)
class SniffedFile:
    """A file, and which recipe draws it.

    Parameters
    ----------
    file
        The file and its key.
    recipe
        The recipe's name; empty where none draws it.
    why
        What the file is, or why none draws it.
    confidence
        How sure the recipe is; of a file that none draws, how sure the surest is.
    others
        Other recipes that know the file, by name, the surest first.
    """

    file: InputFile
    recipe: str
    why: str
    confidence: float = 0.0
    others: Mapping[str, Claim] = field(default_factory=dict)


@dataclass(slots=True)
class Sniffed:
    """What folders hold.

    Attributes
    ----------
    files
        Those that were looked into, in the order of the folders and in natural order.
    left_out
        What was not looked into, by folder.
    notes
        One for each recipe that could not be asked.
    """

    files: list[SniffedFile] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def by_recipe(self) -> dict[str, list[SniffedFile]]:
        """The files that are drawn, by the name of their recipe; names in their order."""
        found: dict[str, list[SniffedFile]] = {}
        for one in self.files:
            if one.recipe:
                found.setdefault(one.recipe, []).append(one)
        return dict(sorted(found.items()))

    def not_drawn(self) -> list[SniffedFile]:
        """The files that no recipe draws."""
        return [one for one in self.files if not one.recipe]


def sniff(
    paths: Iterable[str | os.PathLike[str]],
    recipes: Mapping[str, type[Recipe]],
    *,
    apart: Callable[[str], str] | None = None,
    least: float = SURE,
    begin: Callable[[int], None] = lambda files: None,
) -> Sniffed:
    """Ask recipes about every file of some folders.

    Parameters
    ----------
    paths
        Folders, which are searched at any depth; files and patterns as well.
    recipes
        The recipes to ask, by name. One that raises is not asked again, and a note tells it.
    apart
        As for `figmill.recipes.inputs.find_files`.
    least
        The confidence from which on a recipe is taken.
    begin
        Called with the number of files before they are looked into, which takes 1 to 3 ms a file.

    Raises
    ------
    figmill.errors.ConfigError
        A folder or a pattern holds no file at all.

    Notes
    -----
    The surest recipe draws a file. Where two are equally sure, to within 0.05, none does: which one
    is meant is for the user to say.
    """
    found = find_files(paths, (), judge=lambda head, name: "", shared_keys=True, apart=apart)
    sniffed = Sniffed(left_out=found.left_out)
    asked = dict(recipes)
    begin(len(found))
    for file in found:
        sniffed.files.append(_settled(file, _claims(file.path, asked, sniffed.notes), least))
    return sniffed


def _claims(
    path: Path, recipes: dict[str, type[Recipe]], notes: list[Note]
) -> dict[str, Claim] | str:
    """What each recipe says of a file, or why it cannot be asked."""
    try:
        head = read_head(path)
    except OSError as error:
        return _said(error)
    if not head:
        return "it is empty"
    found: dict[str, Claim] = {}
    for name, kind in list(recipes.items()):
        try:
            claim = kind.sniff(path, head)
            if claim is not None and not (
                math.isfinite(claim.confidence) and 0.0 <= claim.confidence <= 1.0 and claim.why
            ):
                raise ValueError(f"it answers {claim!r}")
        except (FigmillError, OSError) as error:  # this file is at fault, and not the recipe
            claim = Claim(0.0, _said(error))
        except Exception as error:  # whatever it is, it is that package's
            del recipes[name]
            package = plugins.origin_of(plugins.RECIPES, name)
            text = (
                f"the recipe {name!r} of {package} is not asked about files: "
                f"{type(error).__name__}: {error}"
            ).rstrip(".: ")
            notes.append(Note.doubt("recipe-not-asked", f"{text}.", str(path)))
            log.debug("%s.", text, exc_info=True)
            continue
        if claim is not None:
            found[name] = claim
    return found


def _said(error: FigmillError | OSError) -> str:
    """Why a file cannot be looked into, without its name, which stands beside."""
    if isinstance(error, FigmillError):
        return error.message.rstrip(".")
    return f"it cannot be read: {error.strerror or error}"


def _settled(file: InputFile, claims: dict[str, Claim] | str, least: float) -> SniffedFile:
    """Choose the surest recipe, or say why there is none.

    Examples
    --------
    >>> file = InputFile("a", Path("a.dat"), False)
    >>> _settled(file, {"one": Claim(0.8, "a line"), "two": Claim(0.8, "a dot")}, 0.5).why
    'one (a line) and two (a dot) are equally sure of it'
    """
    if isinstance(claims, str):
        return SniffedFile(file, "", claims)
    order = sorted(claims, key=lambda name: (-claims[name].confidence, name))
    if not order:
        return SniffedFile(file, "", "no recipe knows its content")
    first, *rest = order
    best = claims[first]
    others = {name: claims[name] for name in rest}
    if best.confidence < least or best.confidence == 0.0:
        # Who knows the file and does not draw it tells more than who is not sure of it.
        known = next((one.why for one in claims.values() if one.confidence == 0.0), "")
        why = known or f"{best.why}; {first} is not sure of it"
        return SniffedFile(file, "", why, best.confidence, claims)
    rivals = [name for name in order if best.confidence - claims[name].confidence <= _ALIKE]
    if len(rivals) > 1:
        named = " and ".join(f"{name} ({claims[name].why})" for name in rivals)
        why = f"{named} are equally sure of it"
        return SniffedFile(file, "", why, best.confidence, claims)
    return SniffedFile(file, first, best.why, best.confidence, others)
