"""Checks a YAML document against a pydantic model; problems name line, column and the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import ErrorDetails

from figmill.config.yaml_file import Document, Loc, Mark
from figmill.errors import ConfigError

M = TypeVar("M", bound=BaseModel)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a document."""

    mark: Mark
    message: str
    hint: str | None


def validate(model: type[M], document: Document, loc: Loc = ()) -> M:
    """Make a model from a document, or from the part of it at ``loc``.

    Raises
    ------
    ConfigError
        Naming every problem with its line and column, and the nearest valid key or value.

    Examples
    --------
    >>> from figmill.config.yaml_file import loads
    >>> class Plot(BaseModel, extra="forbid"):
    ...     dpi: int = 100
    >>> validate(Plot, loads("dpi: 200"))
    Plot(dpi=200)
    >>> validate(Plot, loads("dpj: 200", "job.yaml"))
    Traceback (most recent call last):
    figmill.errors.ConfigError: job.yaml, line 1, column 1: there is no key 'dpj' here. Did you ...
    """
    try:
        return model.model_validate(_at(document.data, loc))
    except ValidationError as error:
        raise refusal(document, problems(error, document, model, loc)) from error


def problems(
    error: ValidationError, document: Document, model: type[BaseModel], loc: Loc = ()
) -> list[Problem]:
    """Say what a model finds wrong, in the order of the file.

    Parameters
    ----------
    error
        What the model raised.
    document
        Where its values came from.
    model
        The model; its schema knows the valid keys.
    loc
        Where in the document the model's own values begin.
    """
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema:  # a field of no JSON type: no valid keys can be named
        schema = {}
    told = error.errors(include_url=False)
    # A list whose entries are wrong counts as short of them: their own problems say all.
    inside = {each["loc"][:-1] for each in told}
    told = [each for each in told if each["type"] != "too_short" or each["loc"] not in inside]
    found = [_problem(each, document, schema, loc) for each in told]
    distinct = {(each.mark, each.message): each for each in found}
    return sorted(distinct.values(), key=lambda each: (each.mark.line, each.mark.column))


def refusal(document: Document, found: list[Problem]) -> ConfigError:
    """One error that tells all problems of a document."""
    if len(found) == 1:
        (only,) = found
        return ConfigError(only.message, file=document.path, place=str(only.mark), hint=only.hint)
    lines = [f"{p.mark}: {p.message} {p.hint or ''}".rstrip() for p in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more.")
    text = "\n  ".join((f"{len(found)} problems:", *lines))
    return ConfigError(text, file=document.path)


def suggestion(word: object, valid: Mapping[str, Any] | list[str]) -> str | None:
    """Name the valid word nearest to a wrong one, or all of them.

    Examples
    --------
    >>> suggestion("colourmap", ["colormap", "dpi"])
    "Did you mean 'colormap'?"
    >>> suggestion("x", ["dpi", "theme"])
    'Valid are: dpi, theme.'
    """
    words = sorted(map(str, valid))
    if near := get_close_matches(str(word), words, n=1):
        return f"Did you mean {near[0]!r}?"
    return f"Valid are: {', '.join(words)}." if words else None


def _problem(
    error: ErrorDetails, document: Document, schema: Mapping[str, Any], base: Loc
) -> Problem:
    way = _real(document.data, (*base, *error["loc"]))
    inside = way[len(base) :]
    name = way[-1] if way else None
    kind = error["type"]
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        valid = dict(_properties(schema, schema, inside[:-1]))
        return Problem(
            document.mark(way, key=True),
            f"there is no key {name!r} here.",
            suggestion(name, valid),
        )
    if kind in {"missing", "missing_argument", "union_tag_not_found"}:
        tag = (error.get("ctx") or {}).get("discriminator")
        missing = _quoted(tag)[0] if tag else error["loc"][-1]
        return Problem(
            document.mark(way, key=True),
            f"the key {missing!r} is missing.",
            f"Add it to {_named(name).rstrip(': ')}." if inside else "Add it.",
        )
    context = error.get("ctx") or {}
    if kind == "union_tag_invalid":
        word, expected = context["tag"], _quoted(context["expected_tags"])
        key = _quoted(context["discriminator"])[0]
        return Problem(
            document.mark((*way, key)),
            f"{key!r}: there is no {word!r} here.",
            suggestion(word, expected),
        )
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message[:1].lower() + message[1:].rstrip(".")
    hint = None
    if kind in {"literal_error", "enum"}:
        hint = suggestion(error["input"], _quoted(context.get("expected", "")))
    given = "" if kind in {"value_error", "assertion_error"} else f", not {_short(error['input'])}"
    return Problem(document.mark(way), f"{_named(name)}{message}{given}.", hint)


def _quoted(words: object) -> list[str]:
    return str(words).split("'")[1::2]


def _named(name: object) -> str:
    if name is None:
        return ""
    return f"entry {name + 1}: " if isinstance(name, int) else f"{name!r}: "


def _real(data: Any, loc: Loc) -> Loc:
    """The part of a model's way to a value that is in the data, without names of alternatives."""
    way: list[Any] = []
    for part in loc:
        keyed = isinstance(data, dict) and part in data
        if keyed or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            way.append(part)
    return tuple(way)


def _at(data: Any, loc: Loc) -> Any:
    for part in loc:
        data = data[part]
    return {} if data is None else data


def _properties(
    schema: Mapping[str, Any], part: Mapping[str, Any], loc: Loc
) -> Iterator[tuple[str, Any]]:
    """The keys that a schema allows at a place, over all its alternatives."""
    if reference := part.get("$ref"):
        part = schema.get("$defs", {}).get(str(reference).rsplit("/", 1)[-1], {})
    for alternatives in ("anyOf", "oneOf", "allOf"):
        for each in part.get(alternatives, ()):
            yield from _properties(schema, each, loc)
    if not loc:
        yield from part.get("properties", {}).items()
        return
    first, rest = loc[0], loc[1:]
    below = part.get("properties", {}).get(first)
    if below is None:
        below = part.get("items" if isinstance(first, int) else "additionalProperties")
    if isinstance(below, Mapping):
        yield from _properties(schema, below, rest)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
