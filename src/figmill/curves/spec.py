"""What a file of curves may hold; ``figmill curves --schema`` prints it for editors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from figmill.config.model import Model, suggestion
from figmill.config.yaml_file import Document, load
from figmill.config.yaml_model import validate
from figmill.curves.chart import LimitLine, Limits, Scale, Statistics
from figmill.curves.cleaning import Missing
from figmill.curves.expressions import Expression, is_name
from figmill.curves.fields import compiled, names_in
from figmill.curves.formulas import FORMULAS
from figmill.curves.splitting import Split
from figmill.errors import ConfigError
from figmill.figure.layers import Dash
from figmill.recipes.looks import Colormap, ColorName, Theme

GIVEN = ("stem", "folder", "path")
"""Values that every file has: its name without suffix, its folder's name, its key."""


def _several(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _named(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except ConfigError as error:
        raise ValueError(f"{error.message} {error.hint}") from None
    return text


def _expression(text: str) -> str:
    try:
        Expression(text)
    except ConfigError as error:
        raise ValueError(f"{error.message} {error.hint}") from None
    return text


class Read(Model):
    """Which files, and what their names and headers say.

    Parameters
    ----------
    paths
        Files, folders, patterns; seen from the folder of this file.
    from_name
        Patterns of the file's name without its suffix; the first that fits counts.
    from_folder
        Patterns of the names of its folders, the nearest first.
    from_header
        Values by name, each from a setting of the file's header.
    """

    paths: Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]
    from_name: Texts = ()
    from_folder: Texts = ()
    from_header: dict[str, str] = Field(default_factory=dict)

    @field_validator("from_name", "from_folder")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_pattern(one) for one in value)


class ColumnMap(Model):
    """A column by a name of one's own.

    Parameters
    ----------
    names
        Its names in the files, ``*`` stands for anything; the first that fits counts.
    unit
        Its unit, where the files do not say, or say it wrongly.
    label
        What axes call it.
    """

    names: Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]
    unit: str | None = None
    label: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_names(cls, given: Any) -> Any:
        return {"names": given} if isinstance(given, str | list | tuple) else given


class Computed(Model):
    """A column that is computed.

    Parameters
    ----------
    expr
        See `figmill.curves.expressions`.
    unit, label
        Of the axis.
    """

    expr: str
    unit: str = ""
    label: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: Any) -> Any:
        return {"expr": given} if isinstance(given, str) else given

    @field_validator("expr")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        return _expression(value)


class Drawn(Model):
    """A column that is drawn.

    Parameters
    ----------
    column
        Its name.
    label
        What the legend calls it.
    dash, color
        How it looks.
    """

    column: str
    label: str | None = None
    dash: Dash = "solid"
    color: ColorName | None = None


class Colored(Model):
    """What curves are coloured and sorted by.

    Parameters
    ----------
    by
        A value of the name, the folder or the header, or ``split``: what the table was split by.
    map
        The colour map of numbers.
    label, unit
        Of the legend and the colour bar.
    """

    by: str
    map: Colormap = "viridis"
    label: str | None = None
    unit: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_name(cls, given: Any) -> Any:
        return {"by": given} if isinstance(given, str) else given


class Panels(Model):
    """Small multiples.

    Parameters
    ----------
    by
        The value that each panel has one of.
    columns
        How many stand side by side.
    """

    by: str
    columns: int = Field(default=3, ge=1, le=8)


class AxisLimits(Model):
    """Limits of the axes; what is not given follows the data.

    Parameters
    ----------
    x, y
        Two numbers, either may be null.
    by
        Values that figures with shared limits (``--limits shared``) have in common.
    """

    x: Limits = (None, None)
    y: Limits = (None, None)
    by: Texts = ()

    @field_validator("x", "y")
    @classmethod
    def _increase(cls, value: Limits) -> Limits:
        low, high = value
        if low is not None and high is not None and not low < high:
            raise ValueError(f"{low:g} is not below {high:g}")
        return value


class FigureOf(Model):
    """One kind of figure.

    Parameters
    ----------
    name
        Of its file, with values of names and folders in braces; ``/`` makes folders.
    per
        ``file``: one figure a file; ``group``: one for all files of which the values of `group_by`
        agree; ``interval``: one for each stretch of x of a file.
    group_by
        Values of names or folders.
    every
        The length of an interval, in the unit of x; of times, in seconds.
    where
        Only files of which these values are these texts or numbers.
    x, y
        Columns.
    x_scale, y_scale
        ``linear`` or ``log``; on a log axis of y magnitudes are drawn, and negative points hollow.
    split
        How a table becomes several curves, in place of that of the file.
    label
        What the legend calls a curve, with values in braces.
    color, panels, limits, lines, statistics
        See there.
    title
        Over the figure, with values in braces.
    markers
        Mark each point.
    """

    name: str = Field(default="{path}", min_length=1)
    per: Literal["file", "group", "interval"] = "file"
    group_by: Texts = ()
    every: float | None = Field(default=None, gt=0)
    where: dict[str, tuple[str | float, ...]] = Field(default_factory=dict)
    x: str
    y: Annotated[
        tuple[Annotated[Drawn, BeforeValidator(_named)], ...],
        BeforeValidator(lambda one: (one,) if isinstance(one, str | dict) else one),
        Field(min_length=1),
    ]
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    split: Split | None = None
    label: str | None = None
    color: Colored | None = None
    panels: Panels | None = None
    limits: AxisLimits = Field(default_factory=AxisLimits)
    lines: tuple[LimitLine, ...] = ()
    statistics: Statistics | None = None
    title: str | None = None
    markers: bool = False

    @field_validator("where", mode="before")
    @classmethod
    def _each_several(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: v if isinstance(v, list | tuple) else (v,) for k, v in value.items()}

    @field_validator("name")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        parts = value.replace("\\", "/").split("/")
        if value.startswith("/") or ".." in parts or not value.strip(" /."):
            raise ValueError(f"{value!r} leads out of the output folder; give a name below it")
        return value

    @model_validator(mode="after")
    def _fits(self) -> FigureOf:
        if self.per == "group" and not self.group_by:
            raise ValueError("per: group needs group_by: the values that a group shares")
        if self.per != "group" and self.group_by:
            raise ValueError("group_by needs per: group")
        if (self.per == "interval") != (self.every is not None):
            raise ValueError("per: interval and every go together")
        for axis in ("x", "y"):
            scale, limits = getattr(self, f"{axis}_scale"), getattr(self.limits, axis)
            if scale == "log" and any(one is not None and one <= 0 for one in limits):
                raise ValueError(f"limits of a logarithmic {axis} must be above 0")
        for line in self.lines:
            if (line.x is None) == (line.y is None):
                raise ValueError("a limit line needs x or y, and one of the two")
        return self


class Number(Model):
    """A derived number, for each curve.

    Parameters
    ----------
    give
        Which: the names of `figmill.curves.formulas.FORMULAS`.
    x, y
        Columns: for a transistor V_G and I_D.
    where
        Only files of which these values are these.
    split
        How a table becomes several curves, in place of that of the file.
    settings
        What formulas need besides, such as ``vds`` or ``level``: numbers, or names of values.
    """

    give: Texts
    x: str
    y: str
    where: dict[str, tuple[str | float, ...]] = Field(default_factory=dict)
    split: Split | None = None
    settings: dict[str, float | str] = Field(default_factory=dict)

    _each_several = field_validator("where", mode="before")(
        lambda value: (
            {k: v if isinstance(v, list | tuple) else (v,) for k, v in value.items()}
            if isinstance(value, dict)
            else value
        )
    )

    @field_validator("give")
    @classmethod
    def _are_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in FORMULAS:
                raise ValueError(f"there is no number {name!r}; {suggestion(name, FORMULAS)}")
        return value


class Looks(Model):
    """How all figures look: as the options of other recipes.

    Parameters
    ----------
    theme, dpi
        See `figmill.recipes.looks.FigureStyle`.
    width, height
        Inches; of one panel.
    """

    theme: Theme = "paper"
    dpi: float = Field(default=150.0, ge=10, le=2400)
    width: float = Field(default=6.0, gt=0, le=200)
    height: float = Field(default=4.2, gt=0, le=200)


class CurvesFile(Model):
    """A file of curves.

    Parameters
    ----------
    read
        Which files.
    columns
        Columns by names of one's own; those that are not named keep the file's.
    missing
        Which values are missing.
    compute
        Columns that are computed, in this order.
    split
        How a table becomes several curves.
    figures
        What is drawn.
    numbers
        What is derived.
    style
        How figures look.
    """

    read: Read
    columns: dict[str, ColumnMap] = Field(default_factory=dict)
    missing: Missing = Field(default_factory=Missing)
    compute: dict[str, Computed] = Field(default_factory=dict)
    split: Split = Field(default_factory=Split)
    figures: tuple[FigureOf, ...] = Field(default=(), max_length=200)
    numbers: tuple[Number, ...] = Field(default=(), max_length=200)
    style: Looks = Field(default_factory=Looks)

    @field_validator("columns", "compute")
    @classmethod
    def _are_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not is_name(name):
                raise ValueError(
                    f"{name!r} cannot be the name of a column here; use letters, digits and _"
                )
        return value

    @model_validator(mode="after")
    def _draws(self) -> CurvesFile:
        if not self.figures and not self.numbers:
            raise ValueError("there is nothing to make; add figures or numbers")
        return self

    @property
    def planned_values(self) -> frozenset[str]:
        """Names of the values that are known without opening a file."""
        patterns = (*self.read.from_name, *self.read.from_folder)
        return frozenset(name for one in patterns for name in names_in(one)) | set(GIVEN)


def load_curves(path: str | Path) -> tuple[CurvesFile, Document]:
    """Read and check a file of curves.

    Parameters
    ----------
    path
        The YAML file.

    Returns
    -------
    CurvesFile
        What it holds.
    Document
        The same, with lines.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong with it, each with its line and the nearest key.
    """
    document = load(path)
    if not isinstance(document.data, dict):
        raise document.error(
            "The file of curves is not a mapping.",
            hint="It needs at least: read and figures; figmill curves --init DATA writes one.",
        )
    made = validate(CurvesFile, document)
    for problem in _unknown(made, document):
        raise problem
    return made, document


def _unknown(made: CurvesFile, document: Document) -> Iterator[ConfigError]:
    """Values that a figure asks for and no pattern gives."""
    planned = made.planned_values
    later = planned | set(made.read.from_header)
    for at, figure in enumerate(made.figures):
        asked: list[tuple[str, frozenset[str], tuple[Any, ...]]] = []
        asked += [(name, planned, ("name",)) for name in names_in(figure.name)]
        asked += [(name, planned, ("group_by",)) for name in figure.group_by]
        asked += [(name, planned, ("where", name)) for name in figure.where]
        asked += [(name, frozenset(later), ("title",)) for name in names_in(figure.title or "")]
        asked += [(name, frozenset(planned), ("limits", "by")) for name in figure.limits.by]
        apart = frozenset({*later, "split", "column", "part"})
        asked += [(name, apart, ("label",)) for name in names_in(figure.label or "")]
        if figure.color:
            asked.append((figure.color.by, apart, ("color",)))
        if figure.panels:
            asked.append((figure.panels.by, apart, ("panels", "by")))
        for name, known, way in asked:
            if name in known:
                continue
            why = (
                f"{name!r} stands in the header, which is not read when figures are planned."
                if name in made.read.from_header
                else f"there is no value {name!r}."
            )
            hint = suggestion(name, sorted(known)) if name not in made.read.from_header else (
                "Use values of the file's name or folder here."
            )  # fmt: skip
            yield document.error(why, ("figures", at, *way), hint=hint)
    for at, number in enumerate(made.numbers):
        for name in number.where:
            if name not in planned:
                yield document.error(
                    f"there is no value {name!r}.",
                    ("numbers", at, "where", name),
                    hint=suggestion(name, sorted(planned)),
                )
