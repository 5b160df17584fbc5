"""The calibration recipe: one figure and one table from samples of known values."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from figmill.config.paths import missing
from figmill.errors import ConfigError, InputError
from figmill.extras import need
from figmill.figure import Axis, Curve, Figure, Fill, Panel
from figmill.item import Item
from figmill.notes import Note
from figmill.recipes.base import DataFile, Description, Drawing, Recipe
from figmill.recipes.specimen import check_specimens
from figmill.spectra.bands import Band
from figmill.spectra.calibration import Calibration, calibrate
from figmill.spectra.calibration import Reading as Result
from figmill.spectra.comparison import (
    agree,
    compare,
    notes_of,
    one_kind,
    same_axis,
    told_of_saturation,
)
from figmill.spectra.figures import unit_of_x
from figmill.spectra.options import CalibrationOptions
from figmill.spectra.process import Processing, normalize_alike
from figmill.spectra.reading import Reading, settled
from figmill.spectra.spectrum import Y_LABELS, Spectrum, YKind

NAME = "calibration"


class CalibrationRecipe(CalibrationOptions, Recipe):
    """Relates a band's area, in the difference to the baseline, to known values.

    Parameters
    ----------
    reading, processing
        How files are read, and what is done to every spectrum.
    **options
        As for `figmill.spectra.options.CalibrationOptions`.

    Raises
    ------
    figmill.errors.OptionError
        A value is wrong; the message names all that are.
    """

    name: ClassVar[str] = "spectra-calibration"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.spectra.recipe", "scipy.special")

    reading: Reading = Field(Reading(), description="How files are read.")
    processing: Processing = Field(Processing(), description="What is done to every spectrum.")

    @field_validator("band")
    @classmethod
    def _is_band(cls, value: str) -> str:
        try:
            Band.parse(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("known")
    @classmethod
    def _are_enough(cls, value: dict[str, float]) -> dict[str, float]:
        if len(value) < 3:
            raise ValueError(f"{len(value)} samples of known value; three are needed at least")
        return value

    def files(self) -> list[Path]:
        """The baseline, and then all samples."""
        return [Path(self.baseline), *map(Path, (*self.known, *self.unknown))]

    def check(self) -> None:
        """Look for libraries, a key or files that are missing, and for a size that is none."""
        need("scipy", "spectra")
        self.processing.check()
        files = self.files()
        for file in files:
            if not file.exists():
                raise missing(file)
        self.reading.check(files)
        check_specimens([partial(self._sized, Panel(), "-")])

    def addresses(self) -> tuple[str, ...]:
        """The language model's, where one is asked."""
        return self.reading.addresses

    def items(self) -> Iterable[Item]:
        """One item: the calibration."""
        files = self.files()
        parameters = self.model_dump(mode="json", exclude={"reading"})
        parameters["reading"] = self.reading.identity()
        yield Item(NAME, inputs=tuple(files), parameters=parameters)

    def describe(self, item: Item) -> Description:
        """Measure all samples, fit the line, and read the unknown ones off."""
        base = settled(Path(self.baseline), self.reading, [Path(file) for file in self.known])
        notes: list[Note] = []
        failed: dict[str, InputError] = {}
        spectra = {file: self._read(base, file) for file in self.known}
        unknown: dict[str, Spectrum] = {}
        for file in self.unknown:
            try:
                unknown[file] = self._read(base, file)
            except InputError as error:
                failed[file] = error
        kind = self.processing.kind or one_kind(base, list(spectra.values()))
        areas = {
            file: self._area(base, spectrum, kind, notes) for file, spectrum in spectra.items()
        }
        for file, spectrum in unknown.items():
            own: list[Note] = []
            try:
                areas[file] = self._area(base, spectrum, kind, own)
            except InputError as error:
                failed[file] = error
            else:
                notes += own
        notes += [_left_out(file, error) for file, error in failed.items()]
        line = self.fit(areas)
        results = {file: line.read(areas[file]) for file in areas}
        notes += self._read_beyond(line, results)
        table = self._table(line, areas, results, failed)
        facts: Any = {"calibration": asdict(line)}
        summary = json.dumps(
            {**asdict(line), "band": self.band, "samples": table}, indent=2, allow_nan=False
        )
        files = (
            DataFile(f"{NAME}.csv", _csv(table)),
            DataFile(f"{NAME}.json", summary.encode() + b"\n"),
        )
        figure = self._figure(line, areas, results, self._units(base, kind))
        return Description(
            (Drawing(NAME, figure),), files, self.told(line), facts, notes=tuple(notes)
        )

    def _read(self, base: Spectrum, file: str) -> Spectrum:
        return same_axis(base, agree(base, self.reading(Path(file))))

    def area(self, base: Spectrum, sample: Spectrum, kind: YKind) -> float:
        """The band's area in a sample minus the baseline, both as a kind.

        Parameters
        ----------
        base, sample
            The spectra, with x in one unit.
        kind
            What both are turned into.

        Returns
        -------
        float
            In the unit of y times that of x.

        Raises
        ------
        figmill.errors.InputError
            If the sample does not reach the band.
        """
        return self._area(base, sample, kind, [])

    def _area(self, base: Spectrum, sample: Spectrum, kind: YKind, notes: list[Note]) -> float:
        how = self.processing.before_scaling or self.processing
        read = base, sample
        base, sample = (how(one.to_kind(kind)) for one in read)
        if self.processing.normalize is not None and how is not self.processing:
            base, sample = normalize_alike((base, sample), self.processing.normalize)
        compared = compare(base, sample)
        for raw in read:
            notes += told_of_saturation(raw, Band.parse(self.band))
        notes += notes_of(f"baseline {base.name}", base)
        notes += notes_of(sample.name, sample)
        notes += compared.notes
        band = Band.parse(self.band)
        of_base, of_sample = compared.areas(band, local_baseline=self.local_baseline)
        found = of_sample - of_base
        for note in compared.told_of(band, local_baseline=self.local_baseline):
            if note.level == "doubt":  # without an area, it is refused below
                notes.append(replace(note, place=sample.name))
        if not math.isfinite(found):
            raise InputError(
                f"it has no values all over the band {band}.",
                file=sample.source or None,
                hint="Choose another band, or leave the sample out.",
            )
        return found

    def fit(self, areas: dict[str, float]) -> Calibration:
        """The line through the samples of known value."""
        return calibrate(
            list(self.known.values()),
            [areas[file] for file in self.known],
            confidence=self.confidence,
        )

    def _read_beyond(self, line: Calibration, results: dict[str, Result]) -> Iterator[Note]:
        """Which samples the line says little of."""
        for file, found in results.items():
            if file in self.known:
                continue
            if not math.isfinite(found.low):
                text = "The line is too flat for an interval of what is read."
                yield Note.loss("interval-unbounded", text, Path(file).stem)
            elif found.outside:
                ends = f"{line.lowest:g} to {line.highest:g}"
                text = f"{found.value:g} is read, beyond the known values, {ends}."
                yield Note.doubt("read-beyond-known", text, Path(file).stem)

    def told(self, line: Calibration) -> str:
        """The line in words."""
        unit = f" per {self.unit}" if self.unit else ""
        return (
            f"slope {line.slope:.4f}{unit}, intercept {line.intercept:.4f}, R2 {line.r2:.5f}, "
            f"{line.count} samples"
        )

    def _table(
        self,
        line: Calibration,
        areas: dict[str, float],
        results: dict[str, Result],
        failed: dict[str, InputError],
    ) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for file, area in areas.items():
            found = results[file]
            known = self.known.get(file)
            rows.append(
                {
                    "sample": Path(file).stem,
                    "role": "known" if known is not None else "unknown",
                    "known": known,
                    "area": area,
                    "read": found.value,
                    "low": found.low if math.isfinite(found.low) else None,
                    "high": found.high if math.isfinite(found.high) else None,
                    "residual": None if known is None else area - line.area(known),
                    "outside": known is None and found.outside,
                    "problem": "",
                }
            )
        for file, error in failed.items():
            empty = dict.fromkeys(rows[0])
            name, problem = Path(file).stem, error.message
            told = {"sample": name, "role": "unknown", "outside": False, "problem": problem}
            rows.append({**empty, **told})
        return rows

    def _figure(
        self,
        line: Calibration,
        areas: dict[str, float],
        results: dict[str, Result],
        units: tuple[str, str],
    ) -> Figure:
        unknown = [file for file in results if file not in self.known]
        values = np.array([*self.known.values(), *(results[f].value for f in unknown)])
        room = 0.04 * (values.max() - values.min())
        x = np.linspace(values.min() - room, values.max() + room, 200)
        y = np.array([line.area(v) for v in x])
        half = np.array([line.interval(v) for v in x])
        known_y = np.array([areas[file] for file in self.known])
        layers: list[Any] = [
            Fill(
                x,
                y - half,
                y + half,
                label=f"{100 * self.confidence:.0f} % prediction interval",
                color="#1976D2",
                alpha=0.15,
            ),
            Curve(x, y, "least squares", "#1976D2", 1.3),
            Curve(
                np.array(list(self.known.values())),
                known_y,
                "known",
                "#2E7D32",
                width=0,
                marker="circle",
                marker_size=6,
            ),
        ]
        if unknown:
            layers.append(
                Curve(
                    np.array([results[file].value for file in unknown]),
                    np.array([areas[file] for file in unknown]),
                    "read off",
                    "#D55E00",
                    width=0,
                    marker="diamond",
                    marker_size=7,
                )
            )
        x_unit, unit = units
        panel = Panel(
            tuple(layers),
            Axis(label=self.quantity[:1].upper() + self.quantity[1:], unit=self.unit),
            Axis(label=f"Area of {Band.parse(self.band)} {x_unit} above baseline", unit=unit),
            title=self.told(line),
            legend="upper left",
        )
        title = f"Calibration against {Path(self.baseline).stem}"
        return self._sized(panel, title)

    def _sized(self, panel: Panel, title: str) -> Figure:
        size = (self.width, self.height)
        return Figure(panel, title=title, size=size, dpi=self.dpi, style=self.theme)

    def _units(self, base: Spectrum, kind: YKind) -> tuple[str, str]:
        """The units of x and of an area, as text of a figure."""
        across = unit_of_x(base)
        if self.processing.rescales:
            return across, across
        unit = base.y_label[1] if base.y_kind == kind else Y_LABELS[kind][1]
        return across, f"{unit} {across}".strip()


def _left_out(file: str, error: InputError) -> Note:
    return Note.loss("unknown-left-out", f"It is not read off: {error.message}", Path(file).stem)


def _csv(rows: list[dict[str, Any]]) -> bytes:
    import csv

    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "" if value is None else value for key, value in row.items()})
    return text.getvalue().encode("utf-8")
