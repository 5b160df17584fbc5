"""The quicklook recipe: one figure a file, one row a variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import ValidationInfo, field_validator

from figmill.config.parse import parse_timedelta
from figmill.errors import ConfigError, NoData
from figmill.figure import Axis, Figure, Panel, Spans, Spectrogram, theme
from figmill.figure.autoscale import axis_ranges
from figmill.figure.style import PAPER
from figmill.item import Item
from figmill.notes import Note
from figmill.quicklook.options import QuicklookOptions
from figmill.quicklook.pieces import Piece, pieces
from figmill.quicklook.sources import Source, Variable, load_rows
from figmill.quicklook.under_axis import values_under_axis
from figmill.read import cdf, istp
from figmill.read.istp.overrides import Override, read_overrides
from figmill.recipes.base import Claim, Description, Drawing, Recipe
from figmill.recipes.event_table import Event, read_events, unix_seconds
from figmill.recipes.inputs import FoundFiles, LeftOut, find_files
from figmill.recipes.lines import line_panels, sensors_as_spectrogram, why_unseen
from figmill.recipes.marks import marked
from figmill.recipes.panels import collapsing, line_spectrum, panel, suggested, why_empty
from figmill.recipes.specimen import check_specimens

MOST_ROWS = 24
# Heights of rows, spectrograms being 1, and inches around all rows.
_RIBBON, _ENTRY, _LINES, _FEW, _AROUND = 0.35, 0.12, 0.7, 3, 1.0
_USUAL_WIDTH = 10.0  # inches
_ALL_OUTSIDE = "all "
_IGNORE_LIMITS = (
    "If the limits are wrong and not the values, take them away by --overrides FILE, with the "
    'entry: variable: NAME, set: {VALIDMIN: "", VALIDMAX: ""}.'
)


class QuicklookRecipe(QuicklookOptions, Recipe):
    """Draws what CDF files that follow the ISTP guidelines call data: spectrograms, lines, flags.

    Each variable is a row, in the file's order; all rows share the time axis.
    """

    name: ClassVar[str] = "quicklook"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.quicklook.recipe", "pycdfpp")

    @field_validator("time_start", "time_stop")
    @classmethod
    def _is_time(cls, value: str | None) -> str | None:
        if value is not None:
            _seconds(value)
        return value

    @field_validator("y_min", "y_max", "z_min", "z_max")
    @classmethod
    def _fits_the_scale(cls, value: float | None, info: ValidationInfo) -> float | None:
        scale = info.data.get(f"{str(info.field_name)[0]}_scale")
        if value is not None and value <= 0 and scale == "log":
            raise ValueError(f"{value:g} cannot stand on a logarithmic scale; give more than 0")
        return value

    @field_validator("y_max", "z_max")
    @classmethod
    def _is_above(cls, value: float | None, info: ValidationInfo) -> float | None:
        below = f"{str(info.field_name)[0]}_min"
        low = info.data.get(below)
        if value is not None and low is not None and not low < value:
            raise ValueError(f"{value:g} is not above {below}, which is {low:g}")
        return value

    @field_validator("time_stop")
    @classmethod
    def _is_later(cls, value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("time_start")
        low, high = _seconds(start), _seconds(value)
        if low is not None and high is not None and not low < high:
            raise ValueError(f"{value} is not later than the start, {start}")
        return value

    @field_validator("overrides")
    @classmethod
    def _can_be_read(cls, value: str | None) -> str | None:
        if value is not None:
            read_overrides(Path(value))  # a wrong one is told before any file is read
        return value

    @field_validator("every", "margin")
    @classmethod
    def _is_span(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_timedelta(value)
            except ConfigError as error:
                raise ValueError(
                    f"{value!r} is not a time span; write 90s, 10m, 6h or 1d"
                ) from error
        return value

    @field_validator("every")
    @classmethod
    def _is_long(cls, value: str | None) -> str | None:
        if value is not None and not parse_timedelta(value):
            raise ValueError(f"{value!r} is no time at all; write 10m, 6h or 1d")
        return value

    @field_validator("intervals")
    @classmethod
    def _is_catalogue(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            read_events(Path(value), intervals=True)
            if info.data.get("join") != "none" or info.data.get("every") is not None:
                raise ValueError(
                    "intervals say themselves what a figure shows; leave out join and every"
                )
        return value

    @field_validator("events")
    @classmethod
    def _are_events(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for file in value:
            read_events(Path(file))
        return value

    @field_validator("ephemeris")
    @classmethod
    def _has_rows(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and not info.data.get("tick_rows"):
            raise ValueError("name the variables that it holds by --tick-row")
        return value

    @field_validator("every")
    @classmethod
    def _is_the_only_one(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("join") in ("day", "orbit"):
            raise ValueError(f"join {info.data['join']} says already what a figure shows")
        return value

    @classmethod
    def sniff(cls, path: Path, head: bytes) -> Claim | None:
        """Claim CDF files; one that is only named so may be damaged."""
        if cdf.sniff(head):
            return Claim(0.8, "a CDF file")
        if path.suffix.lower() == ".cdf":
            return Claim(0.2, "named .cdf, but it does not begin as CDF files do")
        return None

    def check(self) -> None:
        """Look for a library that is missing, and a size that cannot be drawn."""
        cdf.choose_library()
        panel = Panel(x=Axis("time"), title="-")
        check_specimens(
            (partial(self._figure, [panel] * rows, "-") for rows in (1, MOST_ROWS)),
            with_room=self.width != QuicklookOptions.width or self.height is not None,
        )

    def items(self) -> Iterable[Item]:
        """One item a file; what its key is, `find_files` says.

        Raises
        ------
        ConfigError
            If a path finds no file, or two would share a key.
        """
        if not self.paths:
            raise ConfigError("There are no paths.", hint="Name CDF files, folders or patterns.")
        parameters = self.model_dump(mode="json", exclude={"paths"})
        corrections = (Path(self.overrides),) if self.overrides else ()
        also = (*corrections, *map(Path, (*self.events, *self.ephemeris)))
        if self.join == "none" and self.every is None and self.intervals is None:
            for key, file, by_itself in _find(self.paths):
                yield Item(
                    key,
                    inputs=(file, *also),
                    parameters=parameters,
                    payload=Piece(key, (file,)),
                    writes=(key,),
                    named=by_itself,
                )
            return
        # What is asked of one interval is its own times, not all the others of its catalogue.
        del parameters["intervals"]
        for piece in self._pieces():
            own = [piece.start, piece.stop, piece.title]
            yield Item(
                piece.key,
                inputs=(*piece.files, *also),
                parameters={**parameters, "piece": own},
                payload=piece,
                source="",  # an earlier file may join those that it is made of
                writes=(piece.key,),
            )

    def _pieces(self) -> Iterable[Piece]:
        intervals = None
        if self.intervals is not None:
            intervals = read_events(Path(self.intervals), intervals=True)
        low, high = _seconds(self.time_start), _seconds(self.time_stop)
        made = pieces(
            [file for _, file, _ in _find(self.paths, shared_keys=True)],
            join=self.join,
            every=None if self.every is None else parse_timedelta(self.every),
            intervals=intervals,
            margin=parse_timedelta(self.margin) or 0.0,
            overrides=self.overrides,
        )
        for piece in made:
            early = high is not None and piece.start is not None and piece.start >= high
            late = low is not None and piece.stop is not None and piece.stop <= low
            if not (early or late):
                yield piece

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not a CDF file."""
        return _find(self.paths).left_out

    def describe(self, item: Item) -> Description:
        """Read an item's files and describe their figure."""
        piece: Piece = item.payload
        if not piece.files:
            raise NoData("No file has a record in this interval.")
        limits = self._limits(piece)
        overrides = self._overrides()
        sources = [Source.open(file, overrides) for file in piece.files]
        collapse = collapsing(self.collapse)
        loaded = load_rows(sources, self.rows, self.show, MOST_ROWS, collapse)
        notes = [*loaded.notes, *piece.notes]
        panels: list[Panel] = []
        empty: list[Note] = []
        corrigible = False
        own_limits = self._lines_keep_their_limits(loaded.variables, notes)
        for row, variable in zip(loaded.rows, loaded.variables, strict=True):
            notes.extend(variable.notes)
            if not variable.has_data:
                outside = [note for note in variable.notes if note.text.startswith(_ALL_OUTSIDE)]
                why = f"nothing valid: {outside[0].text}" if outside else "only fill"
                empty.append(Note.info("row-empty", f"it holds {why}", row))
                corrigible |= bool(outside)
                continue
            for made in self._panels(variable, limits, own_limits, notes):
                lines = made.x.scale == "time" and not isinstance(made.layers[0], Spectrogram)
                if reason := (why_unseen if lines else why_empty)(made):
                    empty.append(Note.info("row-empty", f"it {reason}", row))
                    continue
                panels.append(made)
        if not panels:
            why = "; ".join(f"{note.place} {note.text.removeprefix('it ')}" for note in empty)
            raise NoData(
                f"There is nothing to draw: {why}.",
                file=piece.files[0],
                notes=notes,
                hint=_IGNORE_LIMITS if corrigible else None,
            )
        if loaded.cut:
            names = ", ".join(loaded.cut)
            text = f"{len(loaded.cut)} more rows are left out; choose with --rows: {names}"
            notes.append(Note.loss("rows-left-out", text))
        title = piece.title or _shown(piece.files[0].name)
        figure = self._figure(panels, title)
        over_time = [row for row, panel in enumerate(panels) if panel.x.scale == "time"]
        if over_time and (events := self._events(piece)):
            window = axis_ranges(figure, "x")[over_time[0], 0]
            # A name has less room where figures are narrow or letters large.
            room = figure.inches[0] / _USUAL_WIDTH * PAPER.tick_size / theme(self.theme).tick_size
            shown = marked(panels, events, window, notes, room=room)
            figure = self._figure(shown, title)
        if over_time and self.tick_rows:
            others = tuple(map(Path, self.ephemeris))
            rows = values_under_axis(self.tick_rows, sources, others, overrides, notes)
            figure = replace(figure, tick_rows=rows)
        # Variables of one name are other things in another dataset.
        dataset = " ".join(map(str, sources[0].cdf.attributes.get("Logical_source", ())))
        drawing = Drawing(item.key, figure, group=dataset)
        return Description((drawing,), notes=(*empty, *notes))

    def _events(self, piece: Piece) -> list[Event]:
        """What is marked: the events asked for, and the interval where there is a margin."""
        events = [event for file in self.events for event in read_events(Path(file))]
        if piece.interval is not None and parse_timedelta(self.margin):
            events.append(piece.interval)
        return events

    def _limits(self, piece: Piece) -> tuple[float | None, float | None]:
        """The ends of the time axis: those that are asked for, within those of the piece."""
        low, high = _seconds(self.time_start), _seconds(self.time_stop)
        if low is None or (piece.start is not None and low < piece.start):
            low = piece.start
        if high is None or (piece.stop is not None and high > piece.stop):
            high = piece.stop
        return low, high

    def _lines_keep_their_limits(self, drawn: Sequence[Variable], notes: list[Note]) -> bool:
        """Whether limits of y are meant for energies, since there are spectrograms, too."""
        mixed = len({isinstance(one, istp.SpectrogramVariable) for one in drawn}) == 2
        if mixed and (self.y_min, self.y_max, self.y_scale) != (None, None, "auto"):
            text = "the limits and scale of y are those of the spectrograms; lines have their own"
            notes.append(Note.info("lines-own-limits", text))
        return mixed

    def _panels(
        self,
        variable: Variable,
        limits: tuple[float | None, float | None],
        own_limits: bool,
        notes: list[Note],
    ) -> list[Panel]:
        if isinstance(variable, istp.SpectrogramVariable):
            return [self._panel(variable, limits, notes)]
        if variable.kind == "sensors":
            return [self._panel(sensors_as_spectrogram(variable, notes), limits, notes)]
        y_limits = (None, None) if own_limits else (self.y_min, self.y_max)
        # Limits of one unit are none of another's, and a ribbon has no values on its axis.
        amounts = variable.kind != "states" and len(set(variable.units)) == 1
        if self.axis_limits == "file" and amounts:
            y_limits = suggested(y_limits, variable.suggested, variable.name, notes)
        return line_panels(
            variable,
            y_scale="auto" if own_limits else self.y_scale,
            x_limits=limits,
            y_limits=y_limits,
            magnitude=self.magnitude,
            uncertainty=self.uncertainty,
            style=theme(self.theme),
            notes=notes,
        )

    def _panel(
        self,
        variable: istp.SpectrogramVariable,
        limits: tuple[float | None, float | None],
        notes: list[Note],
    ) -> Panel:
        y_limits, z_limits = (self.y_min, self.y_max), (self.z_min, self.z_max)
        if self.axis_limits == "file":
            y_limits, z_limits = (
                suggested(given, limits_, name, notes)
                for given, limits_, name in (
                    (y_limits, variable.y.suggested, variable.y.name),
                    (z_limits, variable.suggested, variable.name),
                )
            )
        only = len(variable.values) == 1 and bool(np.isfinite(variable.time.centers[0]))
        if only and limits == (None, None):
            return line_spectrum(
                variable,
                rule=self.collapse,
                y_scale=self.y_scale,
                z_scale=self.z_scale,
                y_limits=y_limits,
                z_limits=z_limits,
                notes=notes,
            )
        return panel(
            variable,
            rule=self.collapse,
            y_scale=self.y_scale,
            z_scale=self.z_scale,
            x_limits=limits,
            y_limits=y_limits,
            z_limits=z_limits,
            colormap=self.colormap,
            dead_time=self.dead_time,
            notes=notes,
        )

    def _figure(self, panels: list[Panel], title: str) -> Figure:
        shared = all(panel.x.scale == "time" for panel in panels)
        if not shared:
            panels = _on_one_time_axis(panels)
        letters = theme(self.theme).tick_size / PAPER.tick_size
        heights = tuple(_height(panel, len(panels), letters) for panel in panels)
        height = self.height
        if height is None and set(heights) != {1.0}:
            each = Figure(panels, size=(self.width, None)).inches[1] - _AROUND
            height = each * sum(heights) / len(panels) + _AROUND
        return Figure(
            panels,
            title=title,
            size=(self.width, height),
            dpi=self.dpi,
            style=self.theme,
            row_heights=heights if len(set(heights)) > 1 else None,
            # Lines over energy share no axis with rows over time, nor with each other.
            share_x=shared,
        )

    def _overrides(self) -> tuple[Override, ...]:
        return read_overrides(Path(self.overrides)) if self.overrides else ()


def _find(paths: Iterable[str], *, shared_keys: bool = False) -> FoundFiles:
    """CDF files, by their suffix or else by their first bytes."""
    return find_files(
        paths,
        (".cdf",),
        judge=lambda head, _: "" if cdf.sniff(head) else "that are not CDF files",
        shared_keys=shared_keys,
        what="CDF files",
    )


def _on_one_time_axis(panels: list[Panel]) -> list[Panel]:
    """Give the rows over time one range, where rows over energy stand between them."""
    rows = [panel for panel in panels if panel.x.scale == "time"]
    if len(rows) < 2:
        return panels
    limits = axis_ranges(Figure(rows), "x")[0, 0]
    return [
        replace(panel, x=replace(panel.x, limits=limits)) if panel.x.scale == "time" else panel
        for panel in panels
    ]


def _height(panel: Panel, rows: int, letters: float) -> float:
    """How high a row is beside a spectrogram: lines need less where there are many."""
    if not panel.layers or isinstance(panel.layers[0], Spectrogram):
        return 1.0
    entries = sum(bool(getattr(layer, "label", "")) for layer in panel.layers)
    ribbon = any(isinstance(layer, Spans) for layer in panel.layers)
    least = _RIBBON if ribbon else _LINES if rows > _FEW else 1.0
    return max(least, _ENTRY * entries * letters)  # its legend has room for every name


def _shown(name: str) -> str:
    """A file's name as text: what is not Unicode, or would break the line, as escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in name
    )


def _seconds(text: str | None) -> float | None:
    return None if text is None else unix_seconds(text)
