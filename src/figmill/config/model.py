"""Models of options, and what is said of values that they refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from figmill.errors import ConfigError, OptionError

if TYPE_CHECKING:
    from typing import Self

    from pydantic_core import ErrorDetails

Way: TypeAlias = tuple[Any, ...]
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with options.

    Parameters
    ----------
    way
        The names, and positions in lists, that lead to it.
    message
        What is wrong, in one sentence.
    hint
        What would be right.
    of_key
        Whether a name is wrong or missing, not a value; the message then says which.
    """

    way: Way
    message: str
    hint: str | None = None
    of_key: bool = False

    def told(self, name: str) -> str:
        """The message, with the name of the option where a value is wrong."""
        return f"{name}: {self.message}" if name and not self.of_key else self.message


if TYPE_CHECKING:  # for checkers and editors a model has the signatures that pydantic gives it
    _Explained = BaseModel
else:

    class _Explains(type(BaseModel)):
        def __call__(cls, *args: Any, **values: Any) -> Any:
            try:
                return super().__call__(*args, **values)
            except ValidationError as error:
                raise refusal(explain(error, values, cls)) from None

    class _Explained(BaseModel, metaclass=_Explains):
        @classmethod
        def model_validate(cls, obj: Any, **how: Any) -> Self:
            """Make one of a mapping; wrong values raise `figmill.errors.OptionError`."""
            try:
                return super().model_validate(obj, **how)
            except ValidationError as error:
                raise refusal(explain(error, obj, cls)) from None

        @classmethod
        def model_validate_json(cls, json_data: Any, **how: Any) -> Self:
            """Make one of JSON; wrong values raise `figmill.errors.OptionError`."""
            try:
                return super().model_validate_json(json_data, **how)
            except ValidationError as error:
                raise refusal(explain(error, None, cls)) from None


class Model(_Explained):
    """Options that cannot be changed, with no names but their own.

    Wrong values raise `figmill.errors.OptionError`, which tells all of them; it is a ValueError
    too, as what pydantic raises by itself is.

    Examples
    --------
    >>> class Plot(Model):
    ...     dpi: int = 100
    >>> Plot(dpi="fine")
    Traceback (most recent call last):
    figmill.errors.OptionError: dpi: input should be a valid integer, ..., not 'fine'.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


def refusal(faults: tuple[Fault, ...], names: Mapping[str, str] | None = None) -> OptionError:
    """One error that tells all faults.

    Parameters
    ----------
    faults
        What is wrong.
    names
        What options are called where they were given, if not by their fields' names.
    """
    names = names or {}
    told = together(
        ConfigError(fault.told(_dotted(fault.way, names)), hint=fault.hint) for fault in faults
    )
    return OptionError(told.message, faults, hint=told.hint)


def together(problems: Iterable[ConfigError]) -> ConfigError:
    """One error out of all that were found, each with its place and its remedy."""
    # A default that is wrong is wrong wherever it is used, and one problem.
    flat = list({str(problem): problem for problem in problems}.values())
    if len(flat) == 1:
        return flat[0]
    lines = [
        ": ".join(filter(None, (p.place, f"{p.message} {p.hint or ''}".rstrip()))) for p in flat
    ]
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"and {len(lines) - _SHOWN} more."]
    text = "\n  ".join((f"{len(flat)} problems:", *lines))
    return ConfigError(text, file=flat[0].file)


def explain(error: ValidationError, data: Any, model: type[BaseModel]) -> tuple[Fault, ...]:
    """Say what a model refuses.

    Parameters
    ----------
    error
        What pydantic says of it.
    data
        What the model was made of; None if it is not at hand.
    model
        The model; its schema knows the valid keys.
    """
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema:  # a field of no JSON type: no valid keys can be named
        schema = {}
    found = error.errors(include_url=False)
    # A list whose entries are wrong counts as short of them: their own faults say all.
    inside = {each["loc"][:-1] for each in found}
    return tuple(
        dict.fromkeys(
            _fault(each, data, schema)
            for each in found
            if each["type"] != "too_short" or each["loc"] not in inside
        )
    )


def suggestion(word: object, valid: Iterable[object]) -> str | None:
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


def _fault(error: ErrorDetails, data: Any, schema: Mapping[str, Any]) -> Fault:
    kind, context = error["type"], error.get("ctx") or {}
    loc = error["loc"]
    way = loc if data is None else _real(data, loc)
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        keys = (key for key, _ in _properties(schema, schema, way[:-1]))
        return Fault(way, f"there is no key {loc[-1]!r} here.", suggestion(loc[-1], keys), True)
    if kind in {"missing", "missing_argument", "union_tag_not_found"}:
        tag = context.get("discriminator")
        lacking = _quoted(tag)[0] if tag else loc[-1]
        where = f"Add it to {_called(way[-1])}." if way else "Add it."
        return Fault(way, f"the key {lacking!r} is missing.", where, True)
    if kind == "union_tag_invalid":
        key, word = _quoted(context["discriminator"])[0], context["tag"]
        hint = suggestion(word, _quoted(context["expected_tags"]))
        return Fault((*way, key), f"there is no {word!r} here.", hint)
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message = message[:1].lower() + message[1:].removesuffix(".")
    hint = None
    if kind in {"literal_error", "enum"}:
        hint = suggestion(error["input"], _quoted(context.get("expected", "")))
    if kind == "model_type":
        message = "input should be a mapping (dictionary)"
        hint = suggestion("", (key for key, _ in _properties(schema, schema, way)))
    # figmill's own checks name the value themselves.
    if kind not in {"value_error", "assertion_error"}:
        message = f"{message}, not {_short(error['input'])}"
    return Fault(way, message if message.endswith("?") else f"{message}.", hint)


def _quoted(words: object) -> list[str]:
    return str(words).split("'")[1::2]


def _called(name: object) -> str:
    return f"entry {name + 1}" if isinstance(name, int) else repr(name)


def _dotted(way: Way, names: Mapping[str, str]) -> str:
    if not way:
        return ""
    first, *rest = way
    if first in names:
        return names[first]
    rest = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest]
    return "".join((str(first), *rest))


def _real(data: Any, loc: Way) -> Way:
    """The part of a model's way to a value that is in the data, without names of alternatives."""
    way: list[Any] = []
    for part in loc:
        keyed = isinstance(data, Mapping) and part in data
        listed = isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)
        if keyed or listed:
            data = data[part]
            way.append(part)
    return tuple(way)


def _properties(
    schema: Mapping[str, Any], part: Mapping[str, Any], way: Way
) -> Iterator[tuple[str, Any]]:
    """The keys that a schema allows at a place, over all its alternatives."""
    if reference := part.get("$ref"):
        part = schema.get("$defs", {}).get(str(reference).rsplit("/", 1)[-1], {})
    for alternatives in ("anyOf", "oneOf", "allOf"):
        for each in part.get(alternatives, ()):
            yield from _properties(schema, each, way)
    if not way:
        yield from part.get("properties", {}).items()
        return
    first, rest = way[0], way[1:]
    below = part.get("properties", {}).get(first)
    if below is None:
        below = part.get("items" if isinstance(first, int) else "additionalProperties")
    if isinstance(below, Mapping):
        yield from _properties(schema, below, rest)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
