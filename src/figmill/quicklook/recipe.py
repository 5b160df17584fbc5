"""The quicklook recipe: one figure a file, one row a variable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import ValidationInfo, field_validator

from figmill.errors import ConfigError, NoData
from figmill.figure import Axis, Figure, Panel, Spans, Spectrogram, theme
from figmill.item import Item
from figmill.notes import Note
from figmill.quicklook.options import QuicklookOptions
from figmill.quicklook.rows import Row, Rows, cut_rows
from figmill.read import cdf, istp
from figmill.read.cdf.file import CdfFile
from figmill.read.istp.describe import Described
from figmill.read.istp.overrides import Override, read_overrides
from figmill.recipes.base import Claim, Description, Drawing, Recipe
from figmill.recipes.inputs import FoundFiles, LeftOut, find_files
from figmill.recipes.lines import line_panels, sensors_as_spectrogram, why_unseen
from figmill.recipes.panels import collapsing, line_spectrum, panel, suggested, why_empty
from figmill.recipes.specimen import check_specimens

MOST_ROWS = 24
# Heights of rows, spectrograms being 1, and inches around all rows.
_RIBBON, _ENTRY, _LINES, _FEW, _AROUND = 0.35, 0.12, 0.7, 3, 1.0
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
        for key, file, by_itself in _find(self.paths):
            yield Item(
                key,
                inputs=(file, *corrections),
                parameters=parameters,
                payload=str(file),
                writes=(key,),
                named=by_itself,
            )

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not a CDF file."""
        return _find(self.paths).left_out

    def describe(self, item: Item) -> Description:
        """Read a file and describe its figure."""
        file = Path(str(item.payload))
        overrides = self._overrides()
        limits = (_seconds(self.time_start), _seconds(self.time_stop))
        opened = cdf.open_cdf(file)
        found = Rows.of(opened, overrides)
        chosen, cut = cut_rows(found.chosen(self.rows, self.show, file), MOST_ROWS)
        panels: list[Panel] = []
        empty: list[Note] = []
        corrigible = False
        notes = found.passed_over() if not self.rows else []
        own_limits = self._lines_keep_their_limits(chosen, notes)
        for row in chosen:
            variable = self._load(opened, row, found.spectrograms.described)
            notes.extend(variable.notes)
            if not variable.has_data:
                outside = [note for note in variable.notes if note.text.startswith(_ALL_OUTSIDE)]
                why = f"nothing valid: {outside[0].text}" if outside else "only fill"
                empty.append(Note.info("row-empty", f"it holds {why}", row.row))
                corrigible |= bool(outside)
                continue
            for made in self._panels(variable, limits, own_limits, notes):
                lines = made.x.scale == "time" and not isinstance(made.layers[0], Spectrogram)
                if reason := (why_unseen if lines else why_empty)(made):
                    empty.append(Note.info("row-empty", f"it {reason}", row.row))
                    continue
                panels.append(made)
        if not panels:
            why = "; ".join(f"{note.place} {note.text.removeprefix('it ')}" for note in empty)
            raise NoData(
                f"There is nothing to draw: {why}.",
                file=file,
                notes=notes,
                hint=_IGNORE_LIMITS if corrigible else None,
            )
        if cut:
            names = ", ".join(row.row for row in cut)
            text = f"{len(cut)} more rows are left out; choose with --rows: {names}"
            notes.append(Note.loss("rows-left-out", text))
        figure = self._figure(panels, _shown(file.name))
        # Variables of one name are other things in another dataset.
        dataset = " ".join(map(str, opened.attributes.get("Logical_source", ())))
        drawing = Drawing(item.key, figure, group=dataset)
        return Description((drawing,), notes=(*empty, *notes))

    def _load(
        self, opened: CdfFile, row: Row, described: Described | None
    ) -> istp.SpectrogramVariable | istp.LineVariable:
        if isinstance(row, istp.Candidate):
            return istp.load_spectrogram(
                opened,
                row,
                overrides=self._overrides(),
                collapse=collapsing(self.collapse),
                described=described,
            )
        return istp.load_lines(opened, row, overrides=self._overrides())

    def _lines_keep_their_limits(self, chosen: tuple[Row, ...], notes: list[Note]) -> bool:
        """Whether limits of y are meant for energies, since there are spectrograms, too."""
        mixed = {isinstance(row, istp.Candidate) for row in chosen} == {True, False}
        if mixed and (self.y_min, self.y_max, self.y_scale) != (None, None, "auto"):
            text = "the limits and scale of y are those of the spectrograms; lines have their own"
            notes.append(Note.info("lines-own-limits", text))
        return mixed

    def _panels(
        self,
        variable: istp.SpectrogramVariable | istp.LineVariable,
        limits: tuple[float | None, float | None],
        own_limits: bool,
        notes: list[Note],
    ) -> list[Panel]:
        if isinstance(variable, istp.SpectrogramVariable):
            return [self._panel(variable, limits, notes)]
        if variable.kind == "sensors":
            return [self._panel(sensors_as_spectrogram(variable, notes), limits, notes)]
        return line_panels(
            variable,
            y_scale="auto" if own_limits else self.y_scale,
            x_limits=limits,
            y_limits=(None, None) if own_limits else (self.y_min, self.y_max),
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
        heights = tuple(_height(panel, len(panels)) for panel in panels)
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
            share_x=all(panel.x.scale == "time" for panel in panels),
        )

    def _overrides(self) -> tuple[Override, ...]:
        return read_overrides(Path(self.overrides)) if self.overrides else ()


def _find(paths: Iterable[str]) -> FoundFiles:
    """CDF files, by their suffix or else by their first bytes."""
    return find_files(
        paths,
        (".cdf",),
        judge=lambda head, _: "" if cdf.sniff(head) else "that are not CDF files",
        what="CDF files",
    )


def _height(panel: Panel, rows: int) -> float:
    """How high a row is beside a spectrogram: lines need less where there are many."""
    if any(isinstance(layer, Spans) for layer in panel.layers):
        return max(_RIBBON, _ENTRY * len(panel.layers))  # its legend has an entry a state
    lines = bool(panel.layers) and not isinstance(panel.layers[0], Spectrogram)
    return _LINES if lines and rows > _FEW else 1.0


def _shown(name: str) -> str:
    """A file's name as text: what is not Unicode, or would break the line, as escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in name
    )


def _seconds(text: str | None) -> float | None:
    """UNIX seconds of an ISO 8601 time; without an offset it is UTC."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an ISO 8601 time such as 1998-09-25 or 1998-09-25T00:30:00"
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
