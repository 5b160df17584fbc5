"""The FAST recipe: one item an orbit, all its figures from one reading of its files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, get_args

import numpy as np
from pydantic import Field, field_validator, model_validator

from figmill.config.model import Model
from figmill.config.paths import missing
from figmill.engine.time_limit import OutOfTime, in_time
from figmill.errors import ConfigError, FigmillError, InputError, NoData
from figmill.fast.cusps import (
    CUSP_TABLE,
    CuspTable,
    Marks,
    read_cusp_files,
    read_cusps,
)
from figmill.fast.ephemeris import Ephemeris, read_ephemeris
from figmill.fast.figures import (
    Setting,
    bands_figure,
    cusp_times,
    instrument_figure,
    pitch_angle_figure,
    quicklook_figure,
    quicklook_size,
)
from figmill.fast.filenames import Found, OrbitFiles, check_paths, discover, parse_name
from figmill.fast.options import FigureKind, Instrument, PlotOptions, QuantityChoice, ScaleChoice
from figmill.fast.panels import Looks
from figmill.fast.progress_errors import as_text, reason_of
from figmill.fast.reduce import (
    BANDS,
    Reduction,
    Spectra,
    read_spectra,
)
from figmill.fast.sectors import SECTORS, Sector, follow_the_field
from figmill.figure import Figure, Panel
from figmill.figure.quantile_sketch import Extrema
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.read import cdf
from figmill.recipes.base import Claim, Description, Drawing, Recipe
from figmill.recipes.datasets import ScaleName
from figmill.recipes.events import check_markers
from figmill.recipes.first_pass import FirstPass
from figmill.recipes.grid import spectrogram_grid
from figmill.recipes.specimen import check_specimens

log = logging.getLogger("figmill.fast")

# Options that do not shape a figure, or are noted with each orbit by themselves.
_NOT_OF_FIGURES = {"paths", "orbits", "cusps", "marks", "instrument_timeout", "retry_timeouts"}
_NOT_OF_FIGURES |= {"usual_quantity"}  # names show it


class Limits(Model):
    """Limits of an instrument's axes; what is open is taken from the data."""

    y_min: float | None = None
    y_max: float | None = None
    z_min: float | None = None
    z_max: float | None = None

    @model_validator(mode="after")
    def _is_increasing(self) -> Limits:
        for low, high, what in (
            (self.y_min, self.y_max, "energy"),
            (self.z_min, self.z_max, "colour"),
        ):
            if low is not None and high is not None and not low < high:
                raise ValueError(f"the lower {what} limit {low:g} is not below {high:g}")
        return self

    def extrema(self) -> Extrema:
        """The same as the figures take it."""
        return Extrema(self.y_min, self.y_max, self.z_min, self.z_max)


class FastRecipe(PlotOptions, Recipe):
    """Draws the figures of FAST ESA orbits.

    Of each orbit: the pitch-angle rows of each instrument, all instruments together, and if asked
    for pitch-angle spectrograms by energy band and the seven-panel overview.
    """

    name: ClassVar[str] = "fast"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.fast.recipe", "pycdfpp")

    paths: tuple[str, ...] = Field(description="Folders (searched at any depth) and files.")
    limits: Mapping[Instrument, Limits] = Field(
        default_factory=dict, description="Limits by instrument; they win over those of all."
    )
    marks: Mapping[int, Mapping[str, tuple[int, int]]] | None = Field(
        None, description="Cusps given directly, by orbit and instrument; wins over the table."
    )
    marker_options: Mapping[str, Any] = Field(
        default_factory=dict, description="color, linewidth, linestyle, alpha, label."
    )
    retry_timeouts: bool = Field(True, description="Read an instrument that was too slow again.")
    usual_quantity: QuantityChoice = Field(
        "auto", description="The quantity whose figures have no _q-QUANTITY in their names."
    )

    @field_validator("hemisphere", mode="before")
    @classmethod
    def _was_a_switch(cls, value: object) -> object:
        return {True: "ilat", False: "none"}[value] if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _is_consistent(self) -> FastRecipe:
        Limits(y_min=self.y_min, y_max=self.y_max, z_min=self.z_min, z_max=self.z_max)
        try:
            check_markers(self.marker_style, self.marker_options)
            for name, ranges in self.sectors or ():
                Sector(name, ranges)
        except FigmillError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def scales(self) -> tuple[tuple[ScaleName, ScaleName], ...]:
        """The pairs of scales, of energy and colour, that are drawn."""
        return tuple((y, z) for y in _each(self.y_scale) for z in _each(self.z_scale))

    def first_pass(self) -> FirstPass:
        """Limits by instrument, from the samples of all orbits."""
        from figmill.fast.extrema import OrbitLimits

        return OrbitLimits(self)

    def with_limits(self, found: Mapping[str, Extrema]) -> FastRecipe:
        """The same with limits by instrument; those that its options give are kept.

        Parameters
        ----------
        found
            Limits by instrument.
        """
        common = Extrema(self.y_min, self.y_max, self.z_min, self.z_max)
        limits: dict[Instrument, Limits] = dict(self.limits)
        for instrument in self.instruments:
            if instrument not in found:
                continue
            own = limits[instrument].extrema() if instrument in limits else Extrema()
            given = own.over(common)
            every = asdict(given.over(found[instrument]))
            for low, high in (("y_min", "y_max"), ("z_min", "z_max")):
                if None not in (every[low], every[high]) and not every[low] < every[high]:
                    # The given one leaves nothing of the others' range.
                    every |= {low: getattr(given, low), high: getattr(given, high)}
            limits[instrument] = Limits(**every)
        return self.model_copy(update={"limits": limits})

    def key(self, orbit: int) -> str:
        """The key of an orbit's item: figures of other scales or quantities there stay."""
        return f"{orbit}_{self.y_scale}_{self.z_scale}{self.quantity_suffix}"

    @property
    def quantity_suffix(self) -> str:
        """What file names say of a quantity that is not the usual one."""
        return "" if self.quantity == self.usual_quantity else f"_q-{self.quantity}"

    @classmethod
    def sniff(cls, path: Path, head: bytes) -> Claim | None:
        """Claim CDF files that are named as the mission's are."""
        if path.name == CUSP_TABLE:
            return Claim(0.0, "a cusp table of FAST, which marks the figures of files beside it")
        try:
            instrument = parse_name(path.name).instrument
        except InputError:
            return None
        what = "orbit" if instrument == "orb" else "ESA level 2"
        if cdf.sniff(head):
            return Claim(0.95, f"a CDF file named as FAST {what} files are")
        return Claim(0.2, f"named as FAST {what} files are, but it does not begin as CDF files do")

    def check(self) -> None:
        """Look for a library, a path or a cusp table that is missing, and sizes that are none."""
        cdf.choose_library()
        check_paths(self.paths)
        if self.marks is None and self.cusps and not Path(self.cusps).is_file():
            raise missing(self.cusps, "cusp table")
        for kind in self.figures:
            check_specimens(partial(self._specimen, kind, rows) for rows in self._rows_of(kind))

    def _rows_of(self, kind: FigureKind) -> Iterable[int]:
        """How many rows a figure of that kind may have."""
        match kind:
            case "pitch-angle":
                return (len(SECTORS if self.sectors is None else self.sectors),)
            case "instrument-grid":
                return range(1, len(self.instruments) + 1)
            case "bands":
                return {len(bands) for bands in BANDS.values()}
            case "quicklook":
                return (1,)

    def _specimen(self, kind: FigureKind, rows: int) -> Figure:
        if kind == "quicklook":
            return Figure(Panel(), size=quicklook_size(*self._size), dpi=self.dpi)
        return spectrogram_grid([Panel()] * rows, size=self._size, dpi=self.dpi)

    @property
    def _size(self) -> tuple[float | None, float | None]:
        return (self.width, self.height)

    # -- items ---------------------------------------------------------------------------------

    def found(self) -> Found:
        """What the paths hold.

        Raises
        ------
        ConfigError
            If there is no orbit, or one that is asked for is not there.
        """
        found = discover(self.paths, self.instruments)
        if not found.orbits:
            unfit = f" {len(found.unfit)} CDF files have other names." if found.unfit else ""
            raise ConfigError(
                f"There is no FAST ESA file in {', '.join(self.paths) or 'nothing'}.{unfit}",
                hint="Name folders that hold fa_esa_l2_*.cdf files.",
            )
        if not self.orbits:
            return found
        chosen = [one for one in found.orbits if one.orbit in self.orbits]
        if missing := sorted(set(self.orbits) - {one.orbit for one in chosen}):
            raise ConfigError(
                f"There is no orbit {', '.join(map(str, missing))}.",
                hint=f"There are {found.orbits[0].orbit} to {found.orbits[-1].orbit}.",
            )
        return Found(chosen, found.unfit)

    def items(self) -> Iterable[Item]:
        """One item an orbit; its key is the orbit's number and the scales."""
        source = self._cusp_source()
        table = self._cusp_table(source)
        counted = read_cusp_files(source) if source else {}
        shared: dict[str, JSON] = self.model_dump(mode="json", exclude=_NOT_OF_FIGURES)
        choices = get_args(ScaleChoice)
        parts = tuple(
            _part(kind, self._suffix(self._setting(0, scales, None)))
            for kind in self.figures
            for scales in self.scales
        )
        for orbit in self.found().orbits:
            inputs = tuple(orbit.files.values())
            if orbit.ephemeris is not None:
                inputs = (*inputs, orbit.ephemeris)
            marks = {k: list(v) for k, v in table.get(orbit.orbit, {}).items() if k in orbit.files}
            others = {
                name: file
                for name, file in counted.get(orbit.orbit, {}).items()
                if name in marks and file != orbit.files[name].name
            }
            told: dict[str, JSON] = {}
            if orbit.orbit in table and not any(table[orbit.orbit].values()):
                told["cusp_without_records"] = True
            if rivals := orbit.rivals:
                told["rivals"] = dict(rivals)
            yield Item(
                self.key(orbit.orbit),
                inputs=inputs,
                parameters={**shared, "marks": marks, "marks_of": others, **told},
                payload=_payload(orbit),
                # A file of a higher version, in the same folder, is the same orbit.
                source=str(inputs[0].parent),
                parts=parts,
                shares_with=tuple(
                    f"{orbit.orbit}_{y}_{z}{self.quantity_suffix}"
                    for y, z in product(choices, choices)
                ),
            )

    def _cusp_source(self) -> Path | None:
        """The cusp table's file, if one is to be read."""
        if self.marks is not None:
            return None
        if self.cusps is not None:
            return Path(self.cusps) if self.cusps else None
        folders = (path if path.is_dir() else path.parent for path in map(Path, self.paths))
        beside = (folder / CUSP_TABLE for folder in folders)
        return next((file for file in beside if file.is_file()), None)

    def _cusp_table(self, source: Path | None) -> CuspTable:
        if self.marks is not None:
            return self.marks
        return read_cusps(source) if source else {}

    # -- figures -------------------------------------------------------------------------------

    def describe(self, item: Item) -> Description:
        """Read an orbit's files and describe its figures."""
        orbit, files, track, folder = item.payload
        notes: list[Note] = []
        errors: dict[str, JSON] = {}
        ephemeris = self._ephemeris(track, notes)
        read: dict[str, Spectra] = {}
        rows: dict[str, Spectra | str] = {}
        for instrument, file in files.items():
            try:
                spectra = self._read(instrument, Path(file), ephemeris)
            except OutOfTime:
                sentence = f"reading took more than {self.instrument_timeout:g} s"
                errors[instrument] = ["timeout", sentence]
            except (InputError, NoData, ZeroDivisionError, FloatingPointError) as error:
                sentence = error.message if isinstance(error, FigmillError) else str(error)
                if not isinstance(error, NoData):
                    errors[instrument] = [reason_of(error), str(error)]
            else:
                notes += [
                    replace(note, place=f"{instrument} {note.place}".rstrip())
                    for note in spectra.notes
                ]
                if spectra.has_data:
                    rows[instrument] = read[instrument] = spectra
                    continue
                sentence = "the file holds no good value"
            rows[instrument] = sentence
            if instrument in errors:
                notes.append(Note.loss("instrument-not-read", sentence, instrument))
            else:
                notes.append(Note.info("instrument-without-data", sentence, instrument))
        if not read:
            raise _nothing(rows, errors, notes)
        marks, cusps = item.parameters.get("marks", {}), {}
        for instrument, spectra in read.items():
            times, wrong = cusp_times(spectra, _marks(marks, instrument))
            if times:
                cusps[instrument] = times
            if wrong:
                notes.append(Note.loss("cusp-not-drawn", wrong, instrument))
        if item.parameters.get("cusp_without_records"):
            text = (
                "the cusp table has a row for this orbit without records of any instrument; no "
                "cusp is marked"
            )
            notes.append(Note.loss("cusp-row-unusable", text))
        rivals: Any = item.parameters.get("rivals", {})
        for instrument, name in rivals.items():
            if instrument in files:
                text = (
                    f"there are two files of this version: {Path(files[instrument]).name}, which "
                    f"begins later and is drawn, and {name}"
                )
                notes.append(Note.doubt("two-files-of-one-version", text, instrument))
        others: Any = item.parameters.get("marks_of", {})
        for instrument, name in others.items():
            if instrument in cusps:
                text = f"the cusp table counts the records of {name}"
                notes.append(Note.info("cusp-of-other-instrument", text, instrument))
        drawings = tuple(
            drawing
            for scales in self.scales
            for drawing in self._drawings(
                read, rows, cusps, self._setting(int(orbit), scales, ephemeris), str(folder)
            )
        )
        facts: dict[str, JSON] = {"orbit": int(orbit)}
        if errors:
            facts["errors"] = errors
        return Description(drawings, facts=facts, notes=tuple(notes))

    def _read(self, instrument: str, file: Path, ephemeris: Ephemeris | None) -> Spectra:
        southern = ephemeris.southern if ephemeris and self.hemisphere == "ilat" else None
        reduction = replace(self._reduction(), southern=southern)
        for last in (not self.retry_timeouts, True):
            try:
                log.debug("reading %s", instrument)
                spectra = in_time(
                    lambda: read_spectra(file, reduction, instrument),
                    self.instrument_timeout,
                )
                break
            except OutOfTime:
                if last:
                    raise
        return spectra

    @property
    def _follows_the_field(self) -> bool:
        """Whether a figure has a row that changes with the hemisphere."""
        figures = {"pitch-angle", "quicklook"} & set(self.figures)
        return bool(figures) and follow_the_field(self._reduction().sectors)

    def _reduction(self) -> Reduction:
        sectors: tuple[Sector, ...] = SECTORS
        if self.sectors is not None:
            sectors = tuple(Sector(name, ranges) for name, ranges in self.sectors)
        return Reduction(
            sectors,
            self.quantity,
            self.collapse,
            self.percentile,
            bands=bool({"bands", "quicklook"} & set(self.figures)),
            quality=self.quality,
        )

    def _ephemeris(self, track: str | None, notes: list[Note]) -> Ephemeris | None:
        asked = self._follows_the_field
        if asked and self.hemisphere == "none":
            text = "down and up have the ranges of the north, wherever the records are"
            notes.append(Note.info("hemisphere-not-followed", text))
        asked &= self.hemisphere == "ilat"
        if track is None:
            notes.append(_unplaced("there is no orbit file", asked))
            return None
        try:
            found = read_ephemeris(Path(track))
        except InputError as error:
            reason = f"the orbit file cannot be used: {error.message.rstrip('.')}"
            notes.append(_unplaced(reason, asked))
            return None
        if asked and not np.isfinite(found.ilat).any():
            notes.append(_unplaced("the orbit file has no ILAT", asked))
        return found

    def _setting(
        self, orbit: int, scales: tuple[ScaleName, ScaleName], ephemeris: Ephemeris | None
    ) -> Setting:
        common = Extrema(self.y_min, self.y_max, self.z_min, self.z_max)
        limits: dict[str, Extrema] = {
            instrument: self.limits[instrument].extrema().over(common)
            if instrument in self.limits
            else common
            for instrument in self.instruments
        }
        return Setting(
            orbit,
            Looks(*scales, self.colormap, limits),
            self.zoom_minutes,
            self.marker_style,
            self.marker_options,
            ephemeris.rows if ephemeris else (),
            self.dpi,
            self.theme,
            self._size,
        )

    def _drawings(
        self,
        read: Mapping[str, Spectra],
        rows: Mapping[str, Spectra | str],
        cusps: Mapping[str, Sequence[float]],
        setting: Setting,
        folder: str,
    ) -> Iterable[Drawing]:
        suffix = self._suffix(setting)

        def drawing(kind: FigureKind, what: str, figure: Figure, *, marked: bool) -> Drawing:
            # A figure that gains or loses its marks changes its name, and stays the same figure.
            names = [f"{folder}/{setting.orbit}{c}_{what}_{suffix}" for c in ("", "_cusp")]
            name = names.pop(marked)
            return Drawing(name, figure, part=_part(kind, suffix), replaces=tuple(names))

        for kind in self.figures:
            if kind == "instrument-grid":
                figure = instrument_figure(rows, setting, cusps)
                yield drawing(kind, "instrument-grid_ESA", figure, marked=bool(cusps))
            elif kind == "quicklook":
                electrons, ions = (_one_of(rows, letter) for letter in "ei")
                figure = quicklook_figure(electrons, ions, setting, cusps)
                yield drawing(kind, "quicklook_ESA", figure, marked=bool(cusps))
            else:
                draw = pitch_angle_figure if kind == "pitch-angle" else bands_figure
                what = "pitch-angle" if kind == "pitch-angle" else "pitch-angle-bands"
                for instrument, spectra in read.items():
                    cusp = cusps.get(instrument, ())
                    figure = draw(spectra, setting, cusp)
                    yield drawing(kind, f"{what}_ESA_{instrument}", figure, marked=bool(cusp))

    def _suffix(self, setting: Setting) -> str:
        given = any(
            value is not None
            for one in setting.looks.limits.values()
            for value in (one.y_max, one.z_min, one.z_max)
        )
        extrema = "given_extrema" if given else "raw"
        looks = setting.looks
        return f"y-{looks.y_scale}_z-{looks.z_scale}_{extrema}-{looks.cmap}{self.quantity_suffix}"


def _unplaced(reason: str, hemisphere: bool) -> Note:
    if not hemisphere:
        return Note.info("no-orbit-data", reason)
    text = f"{reason}; sectors have their names of the northern hemisphere"
    return Note.doubt("hemisphere-unknown", text)


def _part(kind: FigureKind, suffix: str) -> str:
    return f"{kind} {suffix}"


def _each(choice: ScaleChoice) -> tuple[ScaleName, ...]:
    return ("linear", "log") if choice == "both" else (choice,)


def _payload(orbit: OrbitFiles) -> tuple[int, dict[str, str], str | None, str]:
    files = {instrument: str(path) for instrument, path in orbit.files.items()}
    track = None if orbit.ephemeris is None else str(orbit.ephemeris)
    return orbit.orbit, files, track, orbit.folder


def _marks(marks: Any, instrument: str) -> Marks | None:
    found = marks.get(instrument)
    return None if found is None else (int(found[0]), int(found[1]))


def _one_of(rows: Mapping[str, Spectra | str], letter: str) -> Spectra | str:
    """The survey of a species where it is good, else its burst, else why there is none."""
    known = [rows[name] for name in (f"{letter}es", f"{letter}eb") if name in rows]
    good = [one for one in known if isinstance(one, Spectra)]
    return (*good, *known, "there is no file")[0]


def _nothing(
    rows: Mapping[str, Spectra | str], errors: Mapping[str, Any], notes: Sequence[Note]
) -> BaseException:
    """What to raise where no instrument could be drawn."""
    if not errors:
        words = "; ".join(f"{name}: {words}" for name, words in rows.items())
        return NoData(f"There is nothing to draw: {words}.", notes=notes)
    words = as_text({name: (reason, text) for name, (reason, text) in errors.items()})
    reasons = {reason for reason, _ in errors.values()}
    if "invalid-cdf" in reasons:
        return InputError(words, hint="Download these files again, or take them away.")
    return TimeoutError(words) if "timeout" in reasons else ZeroDivisionError(words)
