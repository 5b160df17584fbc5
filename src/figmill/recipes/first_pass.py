"""A first pass over all items, before any is drawn: what limits suit them all.

Each item gives one small summary; summaries are added up. So a file that arrives later is read
alone, and neither order nor interruption changes the result.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from figmill.errors import ConfigError
from figmill.figure.model import Figure
from figmill.figure.shared_limits import SCALES, LimitSummary, summarize, with_limits
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.recipes.base import Description, Recipe

Facts = Iterable[tuple[str, Mapping[str, JSON]]]
PARAMETER = "shared_limits"
"""The item's parameter with the limits it is drawn with."""

_AT_ONCE = 64
_OF = {"x": "the x axis", "y": "the y axis", "color": "the colours"}


@dataclass(frozen=True, slots=True)
class Informed:
    """What draws with limits that are known.

    Parameters
    ----------
    recipe
        What draws.
    of_items
        For each item the limits of its panels, which its figures get; None where the recipe sees to
        its limits itself, or `of_all` has them.
    of_all
        The limits of all panels, where it is not known which item has which.
    file
        Where they were read; the items are redone when it changes.
    told
        What each figure's notes say, where the recipe sees to its limits itself.
    """

    recipe: Recipe
    of_items: Mapping[str, Mapping[str, JSON]] | None = None
    of_all: Mapping[str, Mapping[str, tuple[float, float]]] | None = None
    file: Path | None = None
    told: str = ""

    def item(self, item: Item) -> Item:
        """An item that is redone when its limits change."""
        if self.of_items is not None:
            parameters = {**item.parameters, PARAMETER: self.of_items.get(item.key, {})}
            return replace(item, parameters=parameters)
        if self.file is not None:
            parameters = {**item.parameters, PARAMETER: "file"}
            source = item.source
            if source is None:
                source = str(item.inputs[0]) if item.inputs else ""
            inputs = (*item.inputs, self.file)
            return replace(item, parameters=parameters, inputs=inputs, source=source)
        return item

    def describe(self, item: Item) -> Description:
        """Describe an item as the recipe does, with the limits; what they are is noted.

        Parameters
        ----------
        item
            As `item` made it.
        """
        own = item
        if PARAMETER in item.parameters:
            # The recipe meets its item as it listed it.
            parameters = {k: v for k, v in item.parameters.items() if k != PARAMETER}
            inputs = item.inputs if self.file is None else item.inputs[:-1]
            own = replace(item, parameters=parameters, inputs=inputs)
        return self._with_limits(item, self.recipe.describe(own))

    def _with_limits(self, item: Item, description: Description) -> Description:
        if self.of_all is not None:
            limits: Any = self.of_all
        elif self.of_items is not None:
            limits = item.parameters.get(PARAMETER, {})
        elif self.told:
            told = Note.info("limits-shared", self.told)
            return replace(description, notes=(*description.notes, told))
        else:
            return description
        drawings, notes = [], list(description.notes)
        whose = "all items together" if self.file is None else self.file.name
        for drawing in description.drawings:
            if not isinstance(drawing.figure, Figure):
                text = f"figures of another library keep their own limits, not those of {whose}"
                notes.append(Note.doubt("limits-own", text))
                drawings.append(drawing)
                continue
            shared = with_limits(drawing.figure, limits, drawing.group)
            drawings.append(replace(drawing, figure=shared.figure))
            for panel, texts in shared.set.items():
                text = f"limits of {whose}: {'; '.join(texts)}"
                notes.append(Note.info("limits-shared", text, panel))
            for panel, names in shared.missing.items():
                what = " and ".join(_OF[name] for name in names)
                text = f"{what} of this figure alone: there are no limits of {whose} for it"
                notes.append(Note.doubt("limits-own", text, panel))
        return replace(description, drawings=tuple(drawings), notes=tuple(notes))


class FirstPass(ABC):
    """How a recipe finds limits that all its items share.

    Parameters
    ----------
    of
        The recipe that will draw.
    """

    def __init__(self, of: Recipe) -> None:
        self.of = of

    @property
    @abstractmethod
    def recipe(self) -> Recipe:
        """A recipe without figures, whose items' facts are the summaries."""

    @abstractmethod
    def settle(self, facts: Facts) -> tuple[Mapping[str, JSON], Informed]:
        """Add summaries up.

        Parameters
        ----------
        facts
            Key and facts of items of `recipe`, also of such as are not asked for any more.

        Returns
        -------
        document : mapping
            The limits in a form that people can read and change, and that `read` takes.
        informed : Informed
            What draws with them.
        """

    @abstractmethod
    def read(self, document: Mapping[str, Any], file: Path) -> Informed:
        """Take limits from a document.

        Parameters
        ----------
        document
            What the file holds.
        file
            For messages, and to redo figures when it changes.

        Raises
        ------
        figmill.errors.ConfigError
            It holds something else.
        """


class SummaryRecipe(Recipe):
    """What the figures of another recipe call for; it draws nothing."""

    name: ClassVar[str] = "first-pass"
    version: ClassVar[str] = "1"

    of: Any = Field(description="The recipe that will draw.")

    def check(self) -> None:
        """Nothing: the other recipe was checked."""

    def items(self) -> Iterable[Item]:
        """The other recipe's items."""
        of = {"recipe": self.of.name, "version": self.of.version}
        for item in self.of.items():
            parameters = {**item.parameters, "of": of}
            yield replace(item, parameters=parameters, parts=(), writes=(), shares_with=())

    def describe(self, item: Item) -> Description:
        """Describe the item's figures, and keep what their axes and colours call for."""
        panels: dict[str, dict[str, list[LimitSummary]]] = {}
        for drawing in self.of.describe(item).drawings:
            if not isinstance(drawing.figure, Figure):
                continue
            for key, found in summarize(drawing.figure, drawing.group).items():
                for name, summary in found.items():
                    panels.setdefault(key, {}).setdefault(name, []).append(summary)
        facts: dict[str, JSON] = {
            key: {name: LimitSummary.total(parts).to_json() for name, parts in found.items()}
            for key, found in panels.items()
        }
        return Description((), facts={"panels": facts})


class FigureLimits(FirstPass):
    """Limits from the figures themselves: suits every recipe."""

    @property
    def recipe(self) -> Recipe:
        """What describes each figure once, without drawing it."""
        return SummaryRecipe(of=self.of)

    def settle(self, facts: Facts) -> tuple[Mapping[str, JSON], Informed]:
        """The limits of every panel, over all items that have it."""
        asked = {item.key for item in self.of.items()}
        parts: dict[tuple[str, str], list[LimitSummary]] = {}
        panels_of: dict[str, tuple[str, ...]] = {}
        for key, known in facts:
            panels: Any = known.get("panels")
            if key not in asked or not isinstance(panels, dict):
                continue
            panels_of[key] = tuple(panels)
            for panel, found in panels.items():
                for name, summary in found.items():
                    some = parts.setdefault((panel, name), [])
                    some.append(LimitSummary.from_json(summary))
                    if len(some) == _AT_ONCE:
                        some[:] = [LimitSummary.total(some)]
        limits: dict[str, dict[str, JSON]] = {
            panel: {} for panel in sorted({panel for panel, _ in parts})
        }
        for (panel, name), some in sorted(parts.items(), key=lambda part: part[0]):
            if (common := LimitSummary.total(some).limits) is not None:
                limits[panel][name] = [*common]
        document: dict[str, JSON] = {
            "recipe": self.of.name,
            "items": len(panels_of),
            "limits": limits,
        }
        of_items = {
            key: {panel: limits[panel] for panel in panels if panel in limits}
            for key, panels in panels_of.items()
        }
        return document, Informed(self.of, of_items)

    def read(self, document: Mapping[str, Any], file: Path) -> Informed:
        """Take the limits that `settle` gave, or that people made of them."""
        limits = document.get("limits")
        if not isinstance(limits, dict) or not limits:
            raise ConfigError(
                "It has no limits.",
                file=file,
                hint='Let --limits shared make one; its form: {"limits": {PANEL: {"y": [0, 1]}}}.',
            )
        known: dict[str, dict[str, tuple[float, float]]] = {}
        for panel, found in limits.items():
            if not isinstance(found, dict):
                raise _wrong(file, panel, found)
            for name, pair in found.items():
                place = f"{panel}: {name}"
                if name not in SCALES:
                    raise _wrong(file, place, pair)
                known.setdefault(panel, {})[name] = _pair(pair, file, place)
        return Informed(self.of, of_all=known, file=file.absolute())


def _pair(value: Any, file: Path, place: str) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2:
        numbers = [one for one in value if isinstance(one, int | float) and math.isfinite(one)]
        if len(numbers) == 2 and numbers[0] < numbers[1]:
            return float(numbers[0]), float(numbers[1])
    raise _wrong(file, place, value)


def _wrong(file: Path, place: str, value: object) -> ConfigError:
    return ConfigError(
        f"{value!r} are not limits.",
        file=file,
        place=place,
        hint='Give each panel any of "x", "y", "color", each two increasing numbers.',
    )
