"""Characters of a figure's texts that no font has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np

from figmill.draw.text import known
from figmill.figure.model import Figure
from figmill.notes import Note
from figmill.text import shortened

_BOX = "□"  # as `known` has it
_NOT_DRAWN = frozenset({"provenance", "style"})
_SAY_NOTHING = (type(None), bool, int, float, np.ndarray)
_DRAWN = frozenset(
    ("title", "row_label", "legend_title", "label", "unit", "note", "text", "footer")
)
_SHOWN = 5
_LONGEST_PLACE = 80


def missing_glyphs(figure: Figure) -> Iterator[Note]:
    """Say which characters are drawn as boxes, since no font has them.

    Parameters
    ----------
    figure
        What is to be drawn.

    Yields
    ------
    Note
        The loss ``missing-glyph``, one for each text; its place is the text.
    """
    for text in dict.fromkeys(_texts(figure)):
        if text.isascii():
            continue
        boxes = [one for one in dict.fromkeys(text) if one != _BOX and known(one) == _BOX]
        if boxes:
            named = ", ".join(map(_named, boxes[:_SHOWN]))
            more = f" and {len(boxes) - _SHOWN} more" if len(boxes) > _SHOWN else ""
            instead = "a box is" if len(boxes) == 1 else "boxes are"
            yield Note.loss(
                "missing-glyph",
                f"no font of figures has {named}{more}: {instead} drawn instead",
                shortened(text, _LONGEST_PLACE),
            )


def _named(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"


def _texts(figure: Figure) -> Iterator[str]:
    """What a figure's panels, axes and layers say, in layers of other packages, too."""
    waiting: list[object] = [figure]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (tuple, list)):
            waiting.extend(reversed(one))
            continue
        for name in _names(type(one)):
            value = getattr(one, name)
            if isinstance(value, str):
                if name in _DRAWN:
                    yield value
            elif not isinstance(value, _SAY_NOTHING):
                waiting.append(value)


def _names(kind: type) -> tuple[str, ...]:
    found = _KNOWN.get(kind)
    if found is None:
        every = fields(kind) if is_dataclass(kind) else ()
        found = _KNOWN[kind] = tuple(one.name for one in every if one.name not in _NOT_DRAWN)
    return found


_KNOWN: dict[type, tuple[str, ...]] = {}
