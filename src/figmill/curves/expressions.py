"""Expressions over columns: ``sqrt(abs(ID)) / W``.

Nothing is evaluated by Python itself: an expression is parsed, and only numbers, names of columns,
arithmetic, one comparison and calls of the functions listed here are carried out, by numpy. So an
expression that was written by someone with bad intent can only be refused.
"""

from __future__ import annotations

import ast
import keyword
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figmill.config.model import suggestion
from figmill.errors import ConfigError

Vector = NDArray[np.float64]

LONGEST = 2000
MOST_NODES = 500
MOST_ARGUMENTS = 3

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
}
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "nan": math.nan}


def _gradient(y: Any, x: Any) -> Any:
    y, x = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    if y.ndim != 1 or y.size < 2:
        return np.full(np.shape(y), np.nan)
    return np.gradient(y, x)


def _first(values: Any) -> Any:
    known = np.atleast_1d(values)
    known = known[np.isfinite(known)]
    return known[0] if known.size else np.float64("nan")


FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "abs": (1, 1, np.abs),
    "sqrt": (1, 1, np.sqrt),
    "exp": (1, 1, np.exp),
    "log": (1, 1, np.log),
    "log10": (1, 1, np.log10),
    "sin": (1, 1, np.sin),
    "cos": (1, 1, np.cos),
    "tan": (1, 1, np.tan),
    "sign": (1, 1, np.sign),
    "min": (1, 1, lambda v: np.nanmin(v) if np.isfinite(v).any() else np.float64("nan")),
    "max": (1, 1, lambda v: np.nanmax(v) if np.isfinite(v).any() else np.float64("nan")),
    "mean": (1, 1, lambda v: np.nanmean(v) if np.isfinite(v).any() else np.float64("nan")),
    "first": (1, 1, _first),
    "cumsum": (1, 1, np.nancumsum),
    "gradient": (2, 2, _gradient),
    "where": (3, 3, np.where),
    "minimum": (2, 2, np.minimum),
    "maximum": (2, 2, np.maximum),
}
"""By name: the fewest and the most arguments, and what is done."""


class Expression:
    """An expression that has been checked.

    Parameters
    ----------
    text
        Numbers, names, ``+ - * / ** %``, one comparison, and calls of `FUNCTIONS`.

    Raises
    ------
    figmill.errors.ConfigError
        It holds anything else; the message says what, and where.

    Examples
    --------
    >>> made = Expression("sqrt(abs(ID)) * 2")
    >>> made({"ID": np.array([-4.0, 9.0])}, 2), made.names
    (array([4., 6.]), ('ID',))
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if not isinstance(text, str) or not text.strip():
            raise ConfigError("The expression is empty.", hint="Write one such as 'abs(ID)'.")
        if len(text) > LONGEST:
            raise ConfigError(
                f"The expression has {len(text)} characters.",
                hint=f"At most {LONGEST} are allowed: compute it in several columns.",
            )
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            what = error.msg if isinstance(error, SyntaxError) else "it cannot be parsed"
            raise self._wrong(f"{what}", None) from None
        if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
            raise self._wrong(f"it has more than {MOST_NODES} parts", None)
        self._names: dict[str, None] = {}
        try:
            self._check(tree.body)
        except RecursionError:
            raise self._wrong("it is nested too deeply", None) from None
        self._tree = tree.body

    def __reduce__(self) -> tuple[type[Expression], tuple[str]]:
        return Expression, (self.text,)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it needs, in order."""
        return tuple(self._names)

    def __call__(self, columns: Mapping[str, Vector], rows: int) -> Vector:
        """Compute it.

        Parameters
        ----------
        columns
            By name, each of shape (rows,).
        rows
            The number of rows.

        Returns
        -------
        ndarray
            float64, shape (rows,); what has no value is NaN or infinite.
        """
        with np.errstate(all="ignore"):
            value = np.asarray(self._value(self._tree, columns), dtype=np.float64)
        return np.array(np.broadcast_to(value, (rows,)))

    def _check(self, node: ast.AST) -> None:
        match node:
            case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(
                value, bool
            ):
                if not math.isfinite(_as_float(value)):
                    raise self._wrong("a number is too large", node)
            case ast.Name(id=name):
                if name not in CONSTANTS:
                    self._names[name] = None
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                self._check(operand)
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _BINARY:
                    raise self._wrong("only + - * / ** and % are known", node)
                self._check(left)
                self._check(right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) not in _COMPARED:
                    raise self._wrong("only < <= > >= == and != are known", node)
                self._check(left)
                self._check(right)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                if name not in FUNCTIONS:
                    near = suggestion(name, FUNCTIONS)
                    raise self._wrong(f"there is no function {name!r}", node, near)
                fewest, most, _ = FUNCTIONS[name]
                if not fewest <= len(arguments) <= min(most, MOST_ARGUMENTS):
                    raise self._wrong(f"{name} takes {fewest} arguments", node)
                for argument in arguments:
                    self._check(argument)
            case _:
                raise self._wrong(f"{_CALLED.get(type(node), 'this')} is not allowed", node)

    def _value(self, node: ast.AST, columns: Mapping[str, Vector]) -> Any:
        match node:
            case ast.Constant(value=value):
                return np.float64(value)  # type: ignore[arg-type]
            case ast.Name(id=name):
                return np.float64(CONSTANTS[name]) if name in CONSTANTS else columns[name]
            case ast.UnaryOp(op=op, operand=operand):
                value = self._value(operand, columns)
                return -value if isinstance(op, ast.USub) else value
            case ast.BinOp(left=left, op=op, right=right):
                return _BINARY[type(op)](self._value(left, columns), self._value(right, columns))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _COMPARED[type(op)](self._value(left, columns), self._value(right, columns))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return FUNCTIONS[name][2](*(self._value(one, columns) for one in arguments))
        raise AssertionError(node)  # `_check` let it pass

    def _wrong(self, what: str, node: ast.AST | None, hint: str | None = None) -> ConfigError:
        column = getattr(node, "col_offset", None)
        place = "" if column is None else f" at character {column + 1}"
        return ConfigError(
            f"The expression {self.text[:60]!r} cannot be used: {what}{place}.",
            hint=hint
            or f"Numbers, columns, + - * / **, a comparison and these are known: "
            f"{', '.join(FUNCTIONS)}.",
        )


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


_CALLED: Mapping[type[ast.AST], str] = {
    ast.Attribute: "a dot",
    ast.Subscript: "an index in brackets",
    ast.Lambda: "a function of your own",
    ast.Constant: "a text",
    ast.JoinedStr: "a text",
    ast.List: "a list",
    ast.Tuple: "a list",
    ast.Dict: "a dictionary",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.BoolOp: "and/or",
    ast.IfExp: "if/else",
    ast.Call: "such a call",
    ast.Compare: "a chain of comparisons",
    ast.Starred: "a star",
}


def is_name(text: str) -> bool:
    """Whether an expression can name a column so."""
    return text.isidentifier() and not keyword.iskeyword(text) and text not in CONSTANTS
