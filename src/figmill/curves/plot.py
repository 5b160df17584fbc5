"""The recipe of plots: tables as they are, with columns chosen by what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import ValidationInfo, field_validator

from figmill.curves.axes import column_of, columns_of, default_x, default_y, stepping
from figmill.curves.chart import Line, Look, panel_of
from figmill.curves.cleaning import Missing
from figmill.curves.fields import Value, plain_number, shown, unit_of
from figmill.curves.options import PlotOptions
from figmill.curves.sources import found_tables, labels_of, placed, read_source
from figmill.curves.splitting import Piece, Split, split
from figmill.errors import ConfigError, InputError, NoData
from figmill.figure import Axis, Figure, Panel
from figmill.figure.units import typeset_unit
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.read.tables import READERS, Column, DataTable
from figmill.recipes.base import Claim, Description, Drawing, Recipe
from figmill.recipes.inputs import InputFile, LeftOut
from figmill.recipes.specimen import check_specimens

OVERLAY = "overlay"
_OF_INSTRUMENTS = ("EasyEXPERT", "4155/4156", "LabVIEW .lvm", "Igor .itx")
_LABEL = 60
_MOST_LABELLED = 3


class PlotRecipe(PlotOptions, Recipe):
    """Draws tables: one figure a file, all files in one, or one figure a group of files.

    Parameters
    ----------
    paths
        Files, folders, patterns.
    x, y
        Columns, by name, pattern or number; None and ``()`` find them.
    log
        ``"x"``, ``"y"``: logarithmic axes.
    overlay
        All files in one figure.
    by
        A word of the names, ``"folder"``, a column or a setting.
    split
        Where curves end: ``"turns"``, ``"jumps"``, ``"parts"``.
    x_min, x_max, y_min, y_max
        Limits; None follows the data.
    markers, colormap
        How curves look.
    missing_above
        Magnitudes from here on mean no reading; None takes all.
    theme, dpi, width, height
        See `figmill.recipes.looks.FigureStyle`.
    """

    name: ClassVar[str] = "plot"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.curves.plot",)

    @field_validator("x_max", "y_max")
    @classmethod
    def _is_above(cls, value: float | None, info: ValidationInfo) -> float | None:
        below = f"{str(info.field_name)[0]}_min"
        low = info.data.get(below)
        if value is not None and low is not None and not low < value:
            raise ValueError(f"{value:g} is not above {below}, which is {low:g}")
        return value

    @field_validator("x_min", "x_max", "y_min", "y_max")
    @classmethod
    def _fits_the_scale(cls, value: float | None, info: ValidationInfo) -> float | None:
        axis = str(info.field_name)[0]
        if value is not None and value <= 0 and axis in info.data.get("log", ()):
            raise ValueError(f"{value:g} cannot stand on a logarithmic axis; give more than 0")
        return value

    @classmethod
    def sniff(cls, path: Path, head: bytes) -> Claim | None:
        """Claim what analysers wrote; of other tables, others may know what their columns mean."""
        reader, _ = READERS.choose(head, path.name)
        if reader is None or reader.format not in _OF_INSTRUMENTS:
            return None
        return Claim(0.6, f"a table of {reader.format}")

    def check(self) -> None:
        """Look for a size that cannot be drawn."""
        usual = (PlotOptions.width, PlotOptions.height)
        panel = Panel(x=Axis(label="-"), y=Axis(label="-"))
        check_specimens(
            [partial(self._figure, panel, "-")], with_room=(self.width, self.height) != usual
        )

    def items(self) -> Iterable[Item]:
        """One item a file, a group, or all files; no file is opened.

        Raises
        ------
        figmill.errors.ConfigError
            A path finds no file, or two would share a key.
        """
        if not self.paths:
            raise ConfigError("There are no paths.", hint="Name files, folders or patterns.")
        parameters = self.model_dump(mode="json", exclude={"paths"})
        together = bool(self.overlay or self.by)  # then figures are not called by their files
        files = found_tables(self.paths, shared_keys=together).files
        if self.overlay:
            yield self._together(OVERLAY, files, parameters)
            return
        groups = _groups(files, self.by) if self.by else {}
        if groups:
            for key, some in groups.items():
                yield self._together(key, some, parameters)
            return
        for key, path, named in found_tables(self.paths).files if together else files:
            yield Item(
                key, inputs=(path,), parameters=parameters, payload=[], writes=(key,), named=named
            )

    def _together(self, key: str, files: Sequence[InputFile], parameters: dict[str, Any]) -> Item:
        return Item(
            key,
            inputs=tuple(file.path for file in files),
            parameters={**parameters, "together": True},
            payload=labels_of([file.path for file in files]),
            source="",
            writes=(key,),
        )

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not taken for tables."""
        return found_tables(self.paths).left_out

    def describe(self, item: Item) -> Description:
        """Read an item's files and describe its figures."""
        missing = Missing(above=self.missing_above)
        labels: Sequence[str] = item.payload or ()
        if not labels:
            (path,) = item.inputs
            tables = read_source(path, missing)
            made = [self._alone(item.key, path, table, len(tables) > 1) for table in tables]
            drawings = tuple(drawing for drawing, _, _ in made if drawing)
            notes = [note for _, told, _ in made for note in told]
            if not drawings:
                raise NoData("There is nothing to draw.", file=path, notes=notes)
            facts = {"x": made[0][2].x[0], "y": made[0][2].y[0]}
            return Description(drawings, facts=facts, notes=tuple(notes))
        return self._overlaid(item, labels, missing)

    def _alone(
        self, key: str, path: Path, table: DataTable, several: bool
    ) -> tuple[Drawing | None, list[Note], Look]:
        notes = list(table.notes)
        try:
            x, ys = self._columns(table, notes)
            lines, look = self._lines(table, x, ys, "", notes, path)
        except InputError as error:
            error.file = error.file or str(path)
            if table.title:
                error.place = error.place or table.title
            raise
        name = f"{key}_{_plain(table.title)}" if several else key
        if not _any(lines):
            notes.append(Note.loss("table-empty", "no row of it has both x and y", table.title))
            return None, notes, look
        title = f"{Path(key).name}: {table.title}" if table.title else Path(key).name
        panel = panel_of(lines, look, notes)
        if several:
            notes = [
                Note(n.level, n.code, n.text, ", ".join(filter(None, (table.title, n.place))))
                for n in notes
            ]
        group = f"{look.x} {look.y}"
        return Drawing(name, self._figure(panel, title), group=group), notes, look

    def _overlaid(self, item: Item, labels: Sequence[str], missing: Missing) -> Description:
        notes: list[Note] = []
        every: list[Line] = []
        first: Look | None = None
        grouped = item.key != OVERLAY
        count = 0
        for path, label in zip(item.inputs, labels, strict=True):
            own: list[Note] = []
            try:
                tables = read_source(path, missing)
                for table in tables:
                    own += table.notes
                    x, ys = self._columns(table, own)
                    name = f"{label}: {table.title}" if len(tables) > 1 else label
                    lines, look = self._lines(table, x, ys, name, own, path, grouped=grouped)
                    if first is None:
                        first = look
                    elif (wrong := _misfit(first, look)) is not None:
                        own.append(Note.loss("curve-left-out", f"its curves are left out: {wrong}"))
                        continue
                    own += _named_otherwise(first, look)
                    every += lines
                    count += 1
            except InputError as error:
                # One bad file does not cost a figure of many; that it is missing is told.
                text = f"it is left out: {error.message}"
                own.append(Note.loss("file-left-out", text, error.place or ""))
            notes += placed(own, path)
        if first is None or not _any(every):
            raise NoData(
                "There is nothing to draw: no file has both x and y.",
                file=item.inputs[0],
                notes=notes,
            )
        if all(line.value is None for line in every) and len({line.label for line in every}) > 1:
            every = [replace(line, value=line.label) for line in every]
        panel = panel_of(every, first, notes)
        title = "" if item.key == OVERLAY else Path(item.key).name
        figure = self._figure(panel, title or (f"{count} tables" if count > 1 else "1 table"))
        facts: dict[str, JSON] = {"x": first.x[0], "y": first.y[0], "curves": len(every)}
        drawing = Drawing(item.key, figure, group=f"{first.x} {first.y}")
        return Description((drawing,), facts=facts, notes=tuple(notes))

    def _columns(
        self, table: DataTable, notes: list[Note]
    ) -> tuple[Column | None, tuple[Column, ...]]:
        x = column_of(table, self.x) if self.x else default_x(table, notes)
        if x is not None and x.kind == "text":
            raise InputError(
                f"the column {x.title!r} holds texts, and cannot be x.",
                hint="Name a column of numbers or times.",
            )
        if not self.y:
            return x, default_y(table, x, notes, self.by)
        chosen = [c for name in self.y for c in columns_of(table, name) if c is not x]
        texts = [column.title for column in chosen if column.kind == "text"]
        if texts:
            raise InputError(
                f"the column {texts[0]!r} holds texts, and cannot be y.",
                hint="Name a column of numbers.",
            )
        chosen = list(dict.fromkeys(chosen))
        units = {typeset_unit(column.unit) for column in chosen}
        if len(units) > 1:
            listed = ", ".join(sorted(unit or "none" for unit in units))
            text = f"the columns of y have several units, on one axis: {listed}"
            notes.append(Note.doubt("units-differ", text))
        return x, tuple(chosen)

    def _lines(
        self,
        table: DataTable,
        x: Column | None,
        ys: Sequence[Column],
        label: str,
        notes: list[Note],
        path: Path,
        *,
        grouped: bool = False,
    ) -> tuple[list[Line], Look]:
        across = np.arange(1.0, table.rows + 1) if x is None else x.numbers
        column, value, unit = (
            (None, None, "")
            if self.by is None or grouped
            else self._told_apart(table, self._in_name(path), notes)
        )
        title = self.by or ""
        if self.by is None and "parts" in self.split and (steps := stepping(table)) is not None:
            column, unit, title = steps.name, steps.unit, steps.name
            text = f"its parts are told apart by {steps.title!r}"
            notes.append(Note.info("parts-by-column", text))
        pieces = split(table, across, Split(by=column, at=self.split), notes)
        if column and len({piece.value for piece in pieces}) == len(pieces):
            pieces = tuple(Piece(piece.rows, piece.value) for piece in pieces)
        lines: list[Line] = []
        for piece in pieces:
            mine = piece.value if piece.value is not None else value
            for y in ys:
                text = self._label(piece, mine, unit, y, label, several=len(ys) > 1)
                lines.append(Line(across[piece.rows], y.numbers[piece.rows], text, mine))
        without = sum(int((np.isnan(line.x) & np.isfinite(line.y)).sum()) for line in lines)
        if without:
            text = f"{without} points have no x, and are not drawn"
            notes.append(Note.loss("points-without-x", text, x.title if x else ""))
        if "x" in self.log and x is not None and x.kind == "time":
            text = "x is a time: its axis is linear, where a logarithmic one was asked for"
            notes.append(Note.info("log-of-time", text, x.title))
        titles = [y.name for y in ys]
        joined = ", ".join(titles)
        named = joined if len(titles) <= _MOST_LABELLED and len(joined) <= _LABEL else ""
        look = Look(
            x=("row", "") if x is None else (x.name, x.unit),
            y=(named, ys[0].unit if ys else ""),
            x_scale="time"
            if x is not None and x.kind == "time"
            else "log"
            if "x" in self.log
            else "linear",
            y_scale="log" if "y" in self.log else "linear",
            x_limits=(self.x_min, self.x_max),
            y_limits=(self.y_min, self.y_max),
            color_title=title if column or value is not None else "",
            color_unit=unit,
            colormap=self.colormap,
            markers=self.markers,
            theme=self.theme,
        )
        return lines, look

    def _told_apart(
        self, table: DataTable, in_name: str | None, notes: list[Note]
    ) -> tuple[str | None, Value | None, str]:
        """The column that tells curves apart, or the value of a setting, and its unit."""
        assert self.by is not None
        folded = self.by.casefold()
        for column in table.columns:
            if folded in (column.name.casefold(), column.title.casefold()):
                return column.name, None, column.unit
        for key, text in table.header.items():
            if key.casefold() == folded:
                number = plain_number(text)
                return None, text if number is None else number, unit_of(text)
        if in_name is not None:
            number = plain_number(in_name)
            return None, in_name if number is None else number, ""
        text = f"neither a column nor a setting nor a word of the name is called {self.by!r}"
        notes.append(Note.doubt("by-not-found", text))
        return None, None, ""

    def _in_name(self, path: Path) -> str | None:
        assert self.by is not None
        return path.parent.name or None if self.by == "folder" else _word_in(path, self.by)

    def _label(
        self, piece: Piece, value: Value | None, unit: str, y: Column, label: str, *, several: bool
    ) -> str:
        parts = [label] if label and value is None else []
        if value is not None:
            parts.append(f"{shown(value)} {unit}".strip())
        if several:
            parts.append(y.name)
        if piece.name:
            parts.append(piece.name)
        return ", ".join(parts)

    def _figure(self, panel: Panel, title: str) -> Figure:
        return Figure(
            panel, title=title, size=(self.width, self.height), dpi=self.dpi, style=self.theme
        )


def _any(lines: Sequence[Line]) -> bool:
    return any(bool((np.isfinite(line.x) & np.isfinite(line.y)).any()) for line in lines)


def _misfit(first: Look, other: Look) -> str | None:
    """Why two tables cannot share axes; None where they can."""
    for axis, one, two in (("x", first.x, other.x), ("y", first.y, other.y)):
        if typeset_unit(one[1]) != typeset_unit(two[1]):
            its, that = two[1] or "no unit", one[1] or "no unit"
            return f"{axis} is in {its}, and that of the first file in {that}"
    if (first.x_scale == "time") != (other.x_scale == "time"):
        return "x is a time in one and a number in the other"
    return None


def _named_otherwise(first: Look, other: Look) -> list[Note]:
    """What another table calls x and y, where that is not what stands at the axes."""
    notes: list[Note] = []
    for axis, one, two in (("x", first.x, other.x), ("y", first.y, other.y)):
        if not one[0] or not two[0] or one[0].casefold() == two[0].casefold():
            continue
        text = f"its {axis} is called {two[0]!r}, that of the first file {one[0]!r}"
        if one[1]:
            notes.append(Note.info("axis-named-by-first", f"{text}; both are in {one[1]}"))
        else:
            text += ", and neither has a unit: they are drawn on one axis"
            notes.append(Note.doubt("names-differ", text))
    return notes


def _groups(files: Sequence[InputFile], by: str) -> dict[str, list[InputFile]]:
    """Files by a word of their names or folders; empty where no name has it."""
    found: dict[str, list[InputFile]] = {}
    lacking: list[InputFile] = []
    for file in files:
        value = file.path.parent.name or "." if by == "folder" else _word_in(file.path, by)
        if value is None:
            lacking.append(file)
        else:
            found.setdefault(f"{by}_{_plain(value)}", []).append(file)
    if len(lacking) >= len(files) / 2:
        return {}
    if lacking:
        found.setdefault(f"without_{_plain(by)}", []).extend(lacking)
    return found


def _word_in(path: Path, word: str) -> str | None:
    """What follows a word in a file's name or the names of its folders, the nearest first."""
    # A word behind it is a value only where it is short or marked: not that of "vds-sweeps".
    value = (
        r"(?:[-_= ]?(\d[\d.]{0,12})|[-_= ]([a-z]{1,2}\d[\d.]{0,12}|[a-z]{1,2}(?=[-_. ]|$))"
        r"|=([a-z0-9]{1,12}))"
    )
    pattern = re.compile(rf"(?:^|[^a-z]){re.escape(word)}{value}", re.IGNORECASE)
    for part in (path.stem, *reversed(path.parent.parts[-4:])):
        if found := pattern.search(part):
            return next(one for one in found.groups() if one).rstrip(".")
    return None


def _plain(text: str) -> str:
    """A text as part of a file's name."""
    return re.sub(r"[^\w.+-]+", "_", text).strip("_.") or "table"
