"""The formats of figures and what each can do: the one place that names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from figmill.errors import ConfigError, FigmillError

FormatName = Literal["png", "jpg", "webp", "pdf", "svg"]
Compression = Literal["fast", "small"]
"""Of PNG files: soon written, or fewer bytes."""


@dataclass(frozen=True, slots=True)
class Format:
    """What files of one format can do.

    Attributes
    ----------
    raster
        Whether they hold pixels; else lines and text.
    options
        What `figmill.draw.encode` takes for them, with the defaults.
    longest
        The most pixels a side that the format has room for; None without such a limit.
    also
        Other suffixes of theirs.
    """

    raster: bool
    options: Mapping[str, Any] = field(default_factory=dict)
    longest: int | None = None
    also: tuple[str, ...] = ()


_ALL: dict[FormatName, Format] = {
    "png": Format(raster=True, options={"palette": None, "compress": "fast"}),
    "jpg": Format(raster=True, options={"quality": 92}, longest=65_500, also=("jpeg",)),
    "webp": Format(raster=True, options={"quality": 92, "lossless": False}, longest=16_383),
    "pdf": Format(raster=False),
    "svg": Format(raster=False),
}
FORMATS: Mapping[str, Format] = MappingProxyType({str(name): each for name, each in _ALL.items()})
DEFAULT: FormatName = "png"
_SUFFIXES = {suffix: name for name, each in FORMATS.items() for suffix in (name, *each.also)}

# As options' help and hints have them: "png, jpg, webp, pdf or svg".
NAMES = " or ".join(", ".join(FORMATS).rsplit(", ", 1))


def find_format(suffix: str) -> str | None:
    """The format that a suffix means, in capitals or not, with a dot or not; None for no format.

    Parameters
    ----------
    suffix
        A file's suffix.

    Returns
    -------
    str or None
        The format's name.

    Examples
    --------
    >>> find_format(".JPEG")
    'jpg'
    """
    return _SUFFIXES.get(suffix.lower().removeprefix("."))


def check_formats(names: Iterable[str], error: type[FigmillError] = ConfigError) -> None:
    """Make sure that all are formats.

    Parameters
    ----------
    names
        Names of formats.
    error
        What is raised.

    Raises
    ------
    figmill.errors.ConfigError
        One is not, or there are none; or `error` in its place.
    """
    given = list(names)
    unknown = [name for name in given if name not in FORMATS]
    hint = f"Use {NAMES}."
    if unknown:
        raise error(f"Unknown format {', '.join(map(repr, unknown))}.", hint=hint)
    if not given:
        raise error("No format is given.", hint=hint)
