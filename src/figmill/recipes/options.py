"""Options, written once: a class of annotated fields makes a recipe's fields and its command.

A recipe inherits its options from a class of its own::

    class DecayOptions(FigureStyle):
        paths: Annotated[tuple[str, ...], Option("CSV files.", metavar="PATH", argument=True)]
        y_scale: Annotated[Literal["linear", "log"], Option("Scale of the y axis.")] = "linear"

    class DecayRecipe(DecayOptions, Recipe): ...

Job files, ``figmill schema`` and Python take the recipe's fields; `figmill.console.generate.takes`
makes the command from the same class. Nothing here imports pydantic or numpy: ``--help`` needs
neither, and is to be quick. A field without an `Option` is not on the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import BaseModel
else:
    BaseModel = object


class Options(BaseModel):
    """What classes of options inherit from; type checkers see the model that a recipe makes of it.

    Parameters
    ----------
    **defaults
        Other defaults of inherited fields: ``class MyOptions(FigureStyle, dpi=300.0)``.
    """

    def __init_subclass__(cls, **defaults: Any) -> None:
        super().__init_subclass__()
        for name, value in defaults.items():
            setattr(cls, name, value)


@dataclass(frozen=True, slots=True)
class Option:
    """How a field stands on the command line, and what it means.

    Parameters
    ----------
    help
        One or two sentences, for ``--help`` and the schema of job files alike.
    flags
        Its spellings, such as ``("--rows", "-r")``; by default the field's name.
    metavar
        What stands for its value in the help.
    default
        What None or an empty default means.
    argument
        Whether it is a positional argument.
    optional
        Whether a command may go without it though the field has no default, because it is part of
        something that is not always made.
    parse
        Makes the value of what the command line gives: a text, or for a tuple or a mapping the list
        of all texts. By default pydantic does.
    """

    help: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    default: str = ""
    argument: bool = False
    optional: bool = False
    parse: Callable[[Any], Any] | None = None

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Put the help into the schema of job files."""
        none = f" [none: {self.default}]" if self.default else ""
        return {**handler(core_schema), "description": self.help + none}


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number is finite and within these bounds, or a text or a tuple is that long.

    Parameters
    ----------
    ge, gt, le, lt
        It is at least, above, at most, below that.
    min_length
        The fewest characters or elements.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Let pydantic's own type check them."""
        bounds = {name: value for name, value in asdict(self).items() if value is not None}
        finite = {"allow_inf_nan": False} if source is float else {}
        return {**handler(source), **bounds, **finite}

    def __str__(self) -> str:
        if self.ge is not None and self.le is not None:
            return f"{self.ge:g} to {self.le:g}"
        said = (
            ("at least", self.ge),
            ("above", self.gt),
            ("at most", self.le),
            ("below", self.lt),
        )
        return ", ".join(f"{words} {value:g}" for words, value in said if value is not None)


@dataclass(frozen=True, slots=True)
class Checked:
    """A value passes a function, which gives it back, or raises ValueError with what is wrong.

    Parameters
    ----------
    check
        Called with the value; what it raises as ValueError is said of the option.
    """

    check: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Let pydantic call the function."""
        from pydantic_core.core_schema import no_info_after_validator_function

        return no_info_after_validator_function(self.check, handler(source))


Number = Annotated[float, Bounds()]
Text = Annotated[str, Bounds(min_length=1)]
