"""Checks a YAML document against a model; problems name line, column and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from figmill.config.model import Model, together
from figmill.errors import ConfigError, OptionError

if TYPE_CHECKING:
    from figmill.config.yaml_file import Document, Loc

M = TypeVar("M", bound=Model)


def validate(model: type[M], document: Document, loc: Loc = ()) -> M:
    """Make a model from a document, or from the part of it at ``loc``.

    Raises
    ------
    ConfigError
        Naming every problem with its line and column, and the nearest valid key or value.

    Examples
    --------
    >>> from figmill.config.yaml_file import loads
    >>> class Plot(Model):
    ...     dpi: int = 100
    >>> validate(Plot, loads("dpi: 200"))
    Plot(dpi=200)
    >>> validate(Plot, loads("dpj: 200", "job.yaml"))
    Traceback (most recent call last):
    figmill.errors.ConfigError: job.yaml, line 1, column 1: there is no key 'dpj' here. Did you ...
    """
    data: Any = document.data
    for part in loc:
        data = data[part]
    try:
        return model.model_validate({} if data is None else data)
    except OptionError as error:
        found = []
        for fault in error.faults:
            mark = document.mark((*loc, *fault.way), key=fault.of_key)
            name = fault.way[-1] if fault.way else ""
            called = f"entry {name + 1}" if isinstance(name, int) else name and repr(name)
            found.append((mark, fault.told(called), fault.hint))
        found.sort(key=lambda each: (each[0].line, each[0].column))
        raise together(
            ConfigError(message, file=document.path, place=str(mark), hint=hint)
            for mark, message, hint in found
        ) from None
