"""Commands made from annotated fields: `takes`, and how errors name the options of a command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from pathlib import Path
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import typer
from typer.models import ArgumentInfo, ParameterInfo

from figmill.errors import OptionError
from figmill.recipes.options import Bounds, Option

_SEVERAL = (tuple, list, dict)
_NUMBERS = (int, float)
_NONE = inspect.Parameter.empty
_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def takes(
    options: type | None = None, **others: type
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of a class in place of its parameter ``options``.

    Parameters
    ----------
    options
        A class with an `Option` at every field that is to be an option, such as the one that a
        recipe inherits from. Type, default and bounds are those of the field. The command's
        parameter gets the options that are given, by the names of their fields.
    **others
        Classes for other parameters of the command, in the order of the help.
    """
    kinds = others if options is None else {"options": options, **others}
    parts = {key: (parameters_of(kind), partial(_parsed, kind)) for key, kind in kinds.items()}
    return lambda command: in_place_of(command, parts)


def _parsed(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """What the command line gives of the options of a class."""
    parsers = {
        name: about.parse
        for name, (_, about, _) in _fields(kind)
        if isinstance(about, Option) and about.parse
    }
    return {
        name: parsers[name](value) if name in parsers else value
        for name, value in given(**values).items()
    }


def parameters_of(kind: type) -> list[inspect.Parameter]:
    """The parameters of which typer makes the options of a class, its own before its bases'.

    Parameters
    ----------
    kind
        A class with an `Option`, or one of typer's own, at every field that is an option.
    """
    return [_parameter(name, *about) for name, about in _fields(kind)]


def parameter_of(kind: type, name: str) -> inspect.Parameter:
    """The one of `parameters_of` with a name.

    Parameters
    ----------
    kind
        As for `parameters_of`.
    name
        The field's name.
    """
    return next(each for each in parameters_of(kind) if each.name == name)


@functools.cache
def _fields(kind: type) -> tuple[tuple[str, tuple[Any, Option | ParameterInfo, Any]], ...]:
    """Name, type, option and default of the fields that are options, its own before its bases'."""
    hints = get_type_hints(kind, include_extras=True)
    names = (name for base in kind.__mro__ for name in inspect.get_annotations(base))
    return tuple(
        (name, (hints[name], about, _default(kind, name)))
        for name in dict.fromkeys(names)
        for about in _metadata(hints[name])
        if isinstance(about, Option | ParameterInfo)
    )


def _metadata(hint: Any) -> Iterator[Any]:
    """What a type is annotated with, also within ``... | None``."""
    yield from getattr(hint, "__metadata__", ())
    if get_origin(hint) in (Union, UnionType):
        for one in get_args(hint):
            yield from _metadata(one)


def _default(kind: Any, name: str) -> Any:
    """A field's default, in a model or a dataclass too; `_NONE` where it is to be given."""
    if is_dataclass(kind):
        default = next(each.default for each in fields(kind) if each.name == name)
        return _NONE if default is MISSING else default
    field = getattr(kind, "__pydantic_fields__", {}).get(name)
    if field is None:
        return getattr(kind, name, _NONE)
    return _NONE if field.is_required() else field.get_default(call_default_factory=True)


def _parameter(
    name: str, hint: Any, option: Option | ParameterInfo, default: Any
) -> inspect.Parameter:
    """The parameter from which typer makes a field's option; not given, it is None or False."""
    if isinstance(option, ParameterInfo):
        return inspect.Parameter(name, _KEYWORD, default=default, annotation=hint)
    plain, bounds = _plain(hint)
    text = option.help
    flags, metavar = option.flags or ("--" + name.replace("_", "-"),), option.metavar
    if get_origin(plain) in _SEVERAL:
        element, _ = _plain(get_args(plain)[0])
        if get_origin(element) is Literal:
            metavar = metavar or "|".join(get_args(element))
        plain = list[element] if element in _NUMBERS and not option.parse else list[str]  # type: ignore[valid-type]
        text += "" if option.argument else " Give it several times for several."
    elif plain is bool:
        if default is not False and "/" not in flags[0]:
            flags = (f"{flags[0]}/--no-{flags[0].removeprefix('--')}",)
    elif plain not in (*_NUMBERS, Path) and (metavar or get_origin(plain) is not Literal):
        plain = str
    said = _said(default, flags) or option.default
    about = "; ".join(filter(None, (said and f"default: {said}", bounds)))
    shown: dict[str, Any] = {
        "metavar": metavar,
        "help": f"{text} [{about}]" if about else text,
        "show_default": False,
    }
    info = typer.Argument(**shown) if option.argument else typer.Option(*flags, **shown)
    if option.optional or default is not _NONE:
        plain, default = plain | None, False if default is False else None
    return inspect.Parameter(name, _KEYWORD, default=default, annotation=Annotated[plain, info])


def _said(default: Any, flags: tuple[str, ...]) -> str:
    """A default as the help says it; nothing where that would tell nothing."""
    if default is _NONE or default is None:
        return ""
    if isinstance(default, bool):
        on, _, off = flags[0].partition("/")
        return (on if default else off).removeprefix("--")
    if isinstance(default, tuple | dict):
        return ", ".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


def _plain(hint: Any) -> tuple[Any, str]:
    """A field's type without its annotations and None, and its bounds in words."""
    if get_origin(hint) is Annotated:
        kind, said = _plain(hint.__origin__)
        bounds = [str(one) for one in hint.__metadata__ if isinstance(one, Bounds)]
        return kind, "; ".join(filter(None, (said, *bounds)))
    if get_origin(hint) in (Union, UnionType):
        kinds = [one for one in get_args(hint) if one is not type(None)]
        return _plain(kinds[0]) if len(kinds) == 1 else (str, "")
    return hint, ""


def in_place_of(
    command: Callable[..., Any],
    parts: Mapping[str, tuple[Sequence[inspect.Parameter], Callable[[dict[str, Any]], Any]]],
) -> Callable[..., Any]:
    """Give a command other parameters in place of some of its own, which are built of their values.

    Parameters
    ----------
    command
        The command.
    parts
        For each parameter that is replaced: the others, and what makes its value of theirs, by
        name. A parameter of a name that the command has itself is left out.
    """
    hints = get_type_hints(command, include_extras=True)
    own = {
        each.name: each.replace(annotation=hints[each.name], kind=_KEYWORD)
        for each in inspect.signature(command).parameters.values()
        if each.name not in parts
    }
    shared = {
        key: [each.name for each in parameters if each.name not in own]
        for key, (parameters, _) in parts.items()
    }
    parameters = dict(own)
    for added, _ in parts.values():
        for each in added:
            parameters.setdefault(each.name, each.replace(kind=_KEYWORD))
    annotations = {each.name: each.annotation for each in parameters.values()}
    spelled = _spelled(annotations)

    @functools.wraps(command)
    def with_more(**values: Any) -> Any:
        with legible(spelled):
            made = {
                key: build({name: values[name] for name in shared[key]})
                for key, (_, build) in parts.items()
            }
            return command(**{name: values[name] for name in own}, **made)

    with_more.__dict__["__signature__"] = inspect.Signature([*parameters.values()])
    with_more.__annotations__ = annotations
    return with_more


def given(**options: Any) -> dict[str, Any]:
    """The options that were given: those that are neither None nor an empty list.

    Examples
    --------
    >>> given(dpi=None, theme="paper", rows=[])
    {'theme': 'paper'}
    """
    return {name: value for name, value in options.items() if value is not None and value != []}


@contextmanager
def legible(spelled: Mapping[str, str] | None = None) -> Iterator[None]:
    """Turn a model's complaint about an option into a sentence about that option.

    Parameters
    ----------
    spelled
        How the command spells the options of the fields that go by another name there.
    """
    try:
        yield
    except OptionError as error:
        from figmill.config.model import refusal

        ways = [fault.way[0] for fault in error.faults if fault.way]
        flags = {name: "--" + str(name).replace("_", "-") for name in ways} | dict(spelled or {})
        told = refusal(error.faults, flags)
        told.hint = f"{told.hint or ''} See --help for what it takes.".lstrip()
        raise told from error


def _spelled(hints: Mapping[str, Any]) -> dict[str, str]:
    """How options and arguments stand in the help that are not spelled as their parameters are."""
    found: dict[str, str] = {}
    for name, hint in hints.items():
        for about in getattr(hint, "__metadata__", ()):
            if isinstance(about, ArgumentInfo) and about.metavar:
                found[name] = about.metavar
                continue
            # Inside Annotated, typer takes the first spelling for the default.
            flags = (getattr(about, "default", None), *(getattr(about, "param_decls", None) or ()))
            if long := [str(flag) for flag in flags if str(flag).startswith("--")]:
                found[name] = " / ".join(long)
    return found
