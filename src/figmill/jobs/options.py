"""How to run: the options that job files and commands share, each written once.

Nothing here imports pydantic; see `figmill.recipes.options`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

from figmill.config.parse import parse_bytes, parse_timedelta
from figmill.errors import ConfigError
from figmill.formats import Compression
from figmill.recipes.options import Bounds, Checked, Option

V = TypeVar("V", bound=int | float | str | None)


def _read_by(read: Callable[[V], object]) -> Checked:
    """Check a value by reading it; it stays as it was written."""

    def check(value: V) -> V:
        try:
            if value is not None:
                read(value)
        except ConfigError as error:
            raise ValueError(f"{error.message} {error.hint}") from error
        return value

    return Checked(check)


Workers: TypeAlias = Annotated[
    Annotated[int, Bounds(ge=0)] | None,
    Option(
        "Worker processes; 0 works in this process, without a timeout.",
        ("--workers", "-p"),
        metavar="N",
        default="all cores",
    ),
]
TIME_LIMIT = "10m"
"""Of an item, unless another one is given."""
TimeLimit: TypeAlias = Annotated[
    float | str,
    _read_by(parse_timedelta),
    Option(
        "The longest an item may take (90, 90s, 10m, 1h); 0 for no limit.",
        metavar="TIME",
        default=TIME_LIMIT,
    ),
]
MemoryLimit: TypeAlias = Annotated[
    int | str | None,
    _read_by(parse_bytes),
    Option("The most memory of one worker (800MB, 2GB).", metavar="SIZE", default="no limit"),
]
NotesOnFigure: TypeAlias = Annotated[
    bool, Option("Print under each figure, in small type, what was assumed.")
]
Compress: TypeAlias = Annotated[
    Compression,
    Option("How PNG files are packed: soon, or into fewer bytes."),
]
LIMITS = "each"
"""How limits are found, unless another way is asked for."""
LimitsOf: TypeAlias = Annotated[
    str,
    Bounds(min_length=1),
    Option(
        "Limits of axes and colours that are not given: of all items together, of each figure "
        "alone, or those of a file.",
        metavar="shared|each|FILE",
        default=LIMITS,
    ),
]
