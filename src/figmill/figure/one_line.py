"""What a part of a figure is, in one line."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

_LONGEST, _MOST = 40, 3


def one_line(part: Any) -> str:
    """The part's type and what it says other than by default; arrays by their size alone.

    Parameters
    ----------
    part
        A dataclass; anything else is written as Python writes it, if that is short.

    Returns
    -------
    str
        Without line breaks.

    Examples
    --------
    >>> import numpy as np
    >>> from figmill.figure import Curve, Panel
    >>> Panel(Curve(np.arange(9.0), np.arange(9.0), label="one"), title="A")
    Panel(layers=[Curve(x=array(9), y=array(9), label='one')], title='A')
    """
    if isinstance(part, np.ndarray):
        return f"array({' x '.join(map(str, part.shape))})"
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        said = []
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            if field.repr and not _is_default(field, value):
                said.append(f"{field.name}={one_line(value)}")
        return f"{type(part).__name__}({', '.join(said)})"
    if isinstance(part, tuple | list):
        shown = [one_line(each) for each in part[:_MOST]]
        if len(part) > _MOST:
            shown.append(f"... {len(part)} in all")
        return f"[{', '.join(shown)}]"
    text = repr(part)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...{text[-1]}"


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    if isinstance(value, np.ndarray):
        return False
    return type(default) is type(value) and bool(default == value)
