"""The recipe of curves: figures of many tables, as a YAML file describes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from figmill.config.paths import missing
from figmill.curves.chart import Line, Look, panel_of
from figmill.curves.fields import Value, filled, names_in, plain_number, shown
from figmill.curves.formulas import FORMULAS
from figmill.curves.planning import Planned, files_of, is_wanted, planned, sources_of, unfitting
from figmill.curves.prepare import Preparation, column_named, prepared
from figmill.curves.sources import labels_of, placed
from figmill.curves.spec import CurvesFile, FigureOf, Looks, Number, load_curves
from figmill.curves.splitting import Piece, Split, split
from figmill.errors import ConfigError, InputError, NoData
from figmill.figure import Axis, Figure, Panel
from figmill.figure.units import typeset_unit
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.numbers.estimate import Estimate
from figmill.read.tables import Column, DataTable
from figmill.recipes.base import DataFile, Description, Drawing, Recipe
from figmill.recipes.inputs import LeftOut, natural
from figmill.recipes.specimen import check_specimens

NUMBERS = "numbers.csv"
_FIELDS = ("file", "curve", "number", "value", "error", "unit", "method", "flags")
_MOST_PANELS = 48
_MOST_INTERVALS = 1000


@dataclass(frozen=True, slots=True)
class _Work:
    """What a worker is told of an item: nothing of it needs the file of curves again."""

    of: FigureOf | Number
    how: Preparation
    split: Split
    values: tuple[Mapping[str, Value], ...]
    labels: tuple[str, ...]
    style: Looks
    group: str = ""


class CurvesRecipe(Recipe):
    """Draws the figures, and derives the numbers, of a file of curves.

    Parameters
    ----------
    config
        The YAML file; see `figmill.curves.spec.CurvesFile`.
    """

    name: ClassVar[str] = "curves"
    version: ClassVar[str] = "1"
    tables: ClassVar[tuple[str, ...]] = (NUMBERS,)
    preload: ClassVar[tuple[str, ...]] = ("figmill.curves.recipe",)

    config: Path = Field(description="A YAML file that describes the figures.")

    def check(self) -> None:
        """Look for a file that is missing or wrong, and a size that cannot be drawn."""
        made, _ = self._loaded()
        look = made.style
        panel = Panel(x=Axis(label="-"), y=Axis(label="-"))
        size = (look.width, look.height)
        check_specimens(
            [partial(Figure, panel, size=size, dpi=look.dpi, style=look.theme)],
            with_room=size != (6.0, 4.2),
        )

    def items(self) -> Iterable[Item]:
        """One item a figure, and one for the numbers of each file; no file is opened.

        Raises
        ------
        figmill.errors.ConfigError
            The file of curves is wrong, a path finds nothing, or two figures have one name.
        """
        made, document = self._loaded()
        files = files_of(made, self.config.parent).files
        sources = sources_of(made, files)
        how = Preparation(made.read.from_header, made.columns, made.missing, made.compute)
        shared = made.model_dump(mode="json", include={"columns", "missing", "compute", "style"})
        shared["from_header"] = dict(made.read.from_header)
        seen: dict[str, int] = {}
        for at, figure in enumerate(made.figures):
            rule = figure.split or made.split
            for one in planned(figure, at, sources, document):
                if (other := seen.setdefault(one.key.casefold(), at)) != at:
                    raise document.error(
                        f"figures {other + 1} and {at + 1} would both be called {one.key!r}.",
                        ("figures", at, "name"),
                        hint="Give each kind of figure a name of its own.",
                    )
                yield self._item(one, figure, how, rule, shared, made.style)
        for at, number in enumerate(made.numbers):
            rule = number.split or made.split
            fitting = [source for source in sources if is_wanted(source.values, number.where)]
            if not fitting:
                raise document.error("no file fits where.", ("numbers", at), hint="Look at it.")
            for source in fitting:
                key = f"numbers {at + 1}/{source.file.key}"
                yield self._item(Planned(key, (source,)), number, how, rule, shared, made.style)

    def _item(
        self,
        one: Planned,
        of: FigureOf | Number,
        how: Preparation,
        rule: Split,
        shared: Mapping[str, Any],
        style: Looks,
    ) -> Item:
        paths = tuple(source.file.path for source in one.sources)
        values = tuple(dict(source.values) for source in one.sources)
        group = ""
        if isinstance(of, FigureOf):
            first = one.sources[0].values
            group = " ".join((of.x, *(shown(first[name]) for name in of.limits.by)))
        parameters: dict[str, JSON] = {
            **shared,
            "of": of.model_dump(mode="json"),
            "split": rule.model_dump(mode="json"),
            "values": [{**each} for each in values],
        }
        return Item(
            one.key,
            inputs=paths,
            parameters=parameters,
            payload=_Work(of, how, rule, values, tuple(labels_of(paths)), style, group),
            source="" if len(paths) > 1 else None,
            writes=(one.key,) if isinstance(of, FigureOf) and of.per != "interval" else (),
            named=one.sources[0].file.named and len(paths) == 1,
        )

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not a table, and files whose names fit no pattern."""
        made, _ = self._loaded()
        found = files_of(made, self.config.parent)
        yield from found.left_out
        if odd := unfitting(made, sources_of(made, found.files)):
            told = LeftOut(self.config.parent)
            for source in odd:
                told.add(str(source.file.path), "whose names fit no pattern of from_name")
            yield told

    def describe(self, item: Item) -> Description:
        """Read an item's files, and describe its figures or derive its numbers."""
        work = item.payload
        assert isinstance(work, _Work)
        if isinstance(work.of, Number):
            return _numbers(item, work, work.of)
        return self._drawn(item, work, work.of)

    def summarize(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> Iterable[DataFile]:
        """A table of all numbers; none where no numbers are asked for."""
        rows: list[dict[str, Any]] = []
        for _, known in facts:
            some = known.get("numbers")
            if isinstance(some, list):
                rows += [row for row in some if isinstance(row, dict)]
        if not rows:
            return
        text = io.StringIO()
        beside = sorted({name for row in rows for name in row} - {*_FIELDS})
        writer = csv.DictWriter(text, (*_FIELDS, *beside), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        yield DataFile(NUMBERS, text.getvalue().encode())

    def _loaded(self) -> tuple[CurvesFile, Any]:
        if not self.config.is_file():
            raise missing(self.config, "file of curves")
        return load_curves(self.config)

    def _drawn(self, item: Item, work: _Work, figure: FigureOf) -> Description:
        notes: list[Note] = []
        gathered = _gather(item, work, figure, notes)
        look = work.style
        if not gathered.lines:
            raise NoData(
                "There is nothing to draw: no row has both x and y.",
                file=item.inputs[0],
                notes=notes,
            )
        title = Path(item.key).name
        if figure.title is not None:
            title = _title(figure.title, gathered.lines, notes)
        drawings: list[Drawing] = []
        for name, lines, more in _intervals(item.key, gathered.lines, figure, gathered.time):
            panels = _panels(figure, lines, gathered, look.theme, notes)
            columns = len(panels[0])
            size = (
                look.width * (1 if columns == 1 else 0.62 * columns),
                look.height * (1 if len(panels) == 1 else 0.72 * len(panels)),
            )
            made = Figure(
                panels,
                title=f"{title}, {more}" if more else title,
                size=size,
                dpi=look.dpi,
                style=look.theme,
                share_x=True,
                share_y=columns > 1,
            )
            drawings.append(Drawing(name, made, group=work.group))
        facts: dict[str, JSON] = {"curves": len(gathered.lines), "files": len(item.inputs)}
        return Description(tuple(drawings), facts=facts, notes=tuple(dict.fromkeys(notes)))


@dataclass(frozen=True, slots=True)
class _Known:
    """A line, and the values of its file."""

    line: Line
    values: Mapping[str, Value]


@dataclass(slots=True)
class _Gathered:
    lines: list[_Known]
    x: tuple[str, str] = ("", "")
    y: tuple[str, str] = ("", "")
    time: bool = False


def _gather(item: Item, work: _Work, figure: FigureOf, notes: list[Note]) -> _Gathered:
    """The curves of all files of a figure."""
    made = _Gathered([])
    needed = tuple(dict.fromkeys((figure.x, *(one.column for one in figure.y))))
    together = len(item.inputs) > 1
    first = True
    for path, values, label in zip(item.inputs, work.values, work.labels, strict=True):
        own: list[Note] = []
        try:
            tables = prepared(path, work.how, needed, own, _asked(figure))
            for table, more in tables:
                x = column_named(table, figure.x)
                ys = [column_named(table, one.column) for one in figure.y]
                _check_kinds(x, ys)
                axes = _axes(x, ys, figure, work.how, own)
                if first:
                    made.x, made.y, made.time, first = *axes, x.kind == "time", False
                elif [typeset_unit(one[1]) for one in axes] != [
                    typeset_unit(made.x[1]),
                    typeset_unit(made.y[1]),
                ]:
                    text = f"its units are {axes[0][1]!r} and {axes[1][1]!r}, and those of the "
                    text += f"first file {made.x[1]!r} and {made.y[1]!r}: it is left out"
                    own.append(Note.loss("curve-left-out", text))
                    continue
                name = label if together else ""
                if len(tables) > 1:
                    name = ": ".join(filter(None, (name, table.title)))
                known = {**values, **more}
                made.lines += _lines(table, x, ys, figure, work.split, known, name, own)
        except InputError as error:
            if not together:
                error.file = error.file or str(path)
                raise
            own.append(Note.loss("file-left-out", f"it is left out: {error.message}"))
        notes += placed(own, path) if together else own
    return made


def _asked(figure: FigureOf) -> frozenset[str]:
    """The values that a figure shows; those of the header must then be there."""
    asked = {*names_in(figure.title or ""), *names_in(figure.label or "")}
    asked |= {figure.color.by} if figure.color else set()
    return frozenset(asked | ({figure.panels.by} if figure.panels else set()))


def _check_kinds(x: Column, ys: Sequence[Column]) -> None:
    for column in (x, *ys):
        if column.kind == "text":
            raise InputError(
                f"the column {column.name!r} holds texts, and cannot be drawn.",
                hint="Name a column of numbers.",
            )


def _axes(
    x: Column, ys: Sequence[Column], figure: FigureOf, how: Preparation, notes: list[Note]
) -> tuple[tuple[str, str], tuple[str, str]]:
    units = list(dict.fromkeys(typeset_unit(column.unit) for column in ys))
    if len(units) > 1:
        listed = ", ".join(unit or "none" for unit in units)
        text = f"columns of y have several units, on one axis: {listed}"
        notes.append(Note.doubt("units-differ", text))
    names = list(dict.fromkeys(_called(column.name, how) for column in ys))
    return (_called(x.name, how), x.unit), (", ".join(names), ys[0].unit)


def _called(name: str, how: Preparation) -> str:
    rule = how.columns.get(name) or how.compute.get(name)
    return (rule.label if rule else None) or name


def _lines(
    table: DataTable,
    x: Column,
    ys: Sequence[Column],
    figure: FigureOf,
    rule: Split,
    values: Mapping[str, Value],
    name: str,
    notes: list[Note],
) -> list[_Known]:
    pieces = split(table, x.numbers, rule, notes)
    made: list[_Known] = []
    lost = 0
    for piece in pieces:
        for column, drawn in zip(ys, figure.y, strict=True):
            across, up = x.numbers[piece.rows], column.numbers[piece.rows]
            lost += int((np.isnan(across) & np.isfinite(up)).sum())
            if not (np.isfinite(across) & np.isfinite(up)).any():
                continue
            known: dict[str, Value] = {**values, "column": drawn.label or column.name}
            known["part"] = piece.name
            if piece.value is not None:
                known["split"] = piece.value
            by = figure.color.by if figure.color else "split"
            value = known.get(by)
            if figure.color and value is None:
                text = f"it has no value {by!r}: its curves are coloured last"
                notes.append(Note.doubt("value-not-known", text))
            label = _label(figure, piece, known, value, name, drawn.label or column.name, notes)
            several = (drawn.label or column.name) if len(figure.y) > 1 else ""
            family = ", ".join(filter(None, (several, piece.name)))
            made.append(
                _Known(Line(across, up, label, value, drawn.dash, drawn.color, family), known)
            )
    if lost:
        text = f"{lost} points have no x, and are not drawn"
        notes.append(Note.loss("points-without-x", text, x.name))
    return made


def _label(
    figure: FigureOf,
    piece: Piece,
    known: Mapping[str, Value],
    value: Value | None,
    name: str,
    column: str,
    notes: list[Note],
) -> str:
    if figure.label is not None:
        try:
            return filled(figure.label, known)
        except ConfigError as error:
            notes.append(Note.doubt("value-not-known", f"the label lacks it: {error.message}"))
    parts: list[str] = []
    if value is not None:
        unit = figure.color.unit if figure.color else ""
        parts.append(f"{shown(value)} {unit}".strip())
    elif name:
        parts.append(name)
    if len(figure.y) > 1:
        parts.append(column)
    if piece.name:
        parts.append(piece.name)
    return ", ".join(parts)


def _title(text: str, lines: Sequence[_Known], notes: list[Note]) -> str:
    try:
        return filled(text, lines[0].values)
    except ConfigError as error:
        notes.append(Note.doubt("value-not-known", f"the title lacks it: {error.message}"))
        return text


def _intervals(
    key: str, lines: list[_Known], figure: FigureOf, time: bool
) -> list[tuple[str, list[_Known], str]]:
    """The curves of each interval of x, with a name and a title's end."""
    if figure.every is None:
        return [(key, lines, "")]
    every = figure.every
    places = np.unique(
        np.concatenate([np.floor(one.line.x[np.isfinite(one.line.x)] / every) for one in lines])
    )
    if places.size > _MOST_INTERVALS:
        raise InputError(
            f"x would be cut into {places.size} intervals of {every:g}.",
            hint=f"At most {_MOST_INTERVALS} are drawn: give a larger every.",
        )
    made = []
    for place in places.tolist():
        inside = []
        for one in lines:
            mine = np.floor(one.line.x / every) == place
            if mine.any():
                cut = replace(one.line, x=one.line.x[mine], y=one.line.y[mine])
                inside.append(_Known(cut, one.values))
        start = place * every
        if time:
            moment = datetime.fromtimestamp(start, UTC)
            name, more = moment.strftime("%Y%m%dT%H%M%S"), f"from {moment:%Y-%m-%d %H:%M:%S}"
        else:
            name, more = f"{start:g}", f"from {start:g}"
        made.append((f"{key}_{name}", inside, more))
    return made


def _panels(
    figure: FigureOf, lines: Sequence[_Known], made: _Gathered, theme: str, notes: list[Note]
) -> list[list[Panel | None]]:
    look = Look(
        x=made.x,
        y=made.y,
        x_scale="time" if made.time else figure.x_scale,
        y_scale=figure.y_scale,
        x_limits=figure.limits.x,
        y_limits=figure.limits.y,
        color_title=(figure.color.label or figure.color.by) if figure.color else "",
        color_unit=figure.color.unit if figure.color else "",
        colormap=figure.color.map if figure.color else "viridis",
        markers=figure.markers,
        lines=figure.lines,
        statistics=figure.statistics,
        theme=theme,
    )
    if figure.panels is None:
        return [[panel_of(_apart([one.line for one in lines]), look, notes)]]
    by = figure.panels.by
    groups: dict[str, list[Line]] = {}
    for one in lines:
        groups.setdefault(shown(one.values.get(by, "unknown")), []).append(one.line)
    ordered = sorted(groups, key=natural)
    if len(ordered) > _MOST_PANELS:
        raise InputError(
            f"{len(ordered)} panels would stand in one figure.",
            hint=f"At most {_MOST_PANELS} do: group the files by {by}, too.",
        )
    cells: list[Panel | None] = [
        panel_of(_apart(groups[name]), look, notes, title=f"{by} {name}") for name in ordered
    ]
    named = [_named(cell) for cell in cells]
    cells = [
        replace(cell, legend=None) if at and cell is not None and named[at] == named[0] else cell
        for at, cell in enumerate(cells)
    ]
    columns = min(figure.panels.columns, len(cells))
    cells += [None] * (-len(cells) % columns)
    return [cells[at : at + columns] for at in range(0, len(cells), columns)]


def _named(panel: Panel | None) -> list[str]:
    """What the legend of a panel says."""
    layers = panel.layers if panel else ()
    return [label for layer in layers if (label := getattr(layer, "label", ""))]


def _apart(lines: Sequence[Line]) -> list[Line]:
    """Curves that nothing else tells apart are told apart by their labels."""
    if any(line.value is not None for line in lines) or len({one.label for one in lines}) < 2:
        return list(lines)
    return [replace(line, value=line.label) for line in lines]


def _numbers(item: Item, work: _Work, number: Number) -> Description:
    """Derive the numbers of one file: a row for each curve and each number."""
    notes: list[Note] = []
    (path,) = item.inputs
    rows: list[JSON] = []
    for table, more in prepared(
        path, work.how, (number.x, number.y), notes, frozenset(work.how.from_header)
    ):
        known: dict[str, Value] = {**work.values[0], **more}
        x, y = column_named(table, number.x), column_named(table, number.y)
        _check_kinds(x, (y,))
        for piece in split(table, x.numbers, work.split, notes):
            curve = ", ".join(
                filter(
                    None,
                    (
                        table.title,
                        "" if piece.value is None else shown(piece.value),
                        piece.name,
                    ),
                )
            )
            for name in number.give:
                formula = FORMULAS[name]
                own = {**known, **({} if piece.value is None else {"split": piece.value})}
                found = _estimate(
                    name, x.numbers[piece.rows], y.numbers[piece.rows], number.settings, own
                )
                if found.value is None:
                    text = f"{name} could not be told: {', '.join(found.flags)}"
                    notes.append(Note.info("number-not-told", text, curve))
                rows.append(
                    {
                        **{key: value for key, value in known.items() if key != "path"},
                        "file": str(known["path"]),
                        "curve": curve,
                        "number": name,
                        "value": "" if found.value is None else found.value,
                        "error": "" if found.error is None else found.error,
                        "unit": formula.unit.format(x=x.unit, y=y.unit),
                        "method": found.method,
                        "flags": " ".join(found.flags),
                    }
                )
    return Description((), facts={"numbers": rows}, notes=tuple(notes))


def _estimate(
    name: str,
    x: Any,
    y: Any,
    settings: Mapping[str, float | str],
    values: Mapping[str, Value],
) -> Estimate:
    formula = FORMULAS[name]
    given: dict[str, float] = {}
    for need in formula.needs:
        setting = settings.get(need, values.get(need))
        if isinstance(setting, str):
            setting = values.get(setting, setting)
        value = None if setting is None else plain_number(setting)
        if value is None:
            return Estimate(None, None, "", (f"no-{need}",))
        given[need] = value
    return formula.of(x, y, given)
