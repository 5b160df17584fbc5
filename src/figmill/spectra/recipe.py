"""The spectra recipe: every sample against one baseline."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import numpy as np
from pydantic import Field, field_validator, model_validator

from figmill.config.paths import missing
from figmill.errors import ConfigError, InputError
from figmill.extras import need
from figmill.figure import Axis, Figure, Panel
from figmill.item import JSON, Item
from figmill.notes import Note, of_levels
from figmill.recipes.base import DataFile, Description, Drawing, Recipe
from figmill.recipes.inputs import LeftOut
from figmill.recipes.specimen import check_specimens
from figmill.spectra import naming
from figmill.spectra.bands import Band
from figmill.spectra.comparison import (
    Comparison,
    agree,
    common_kind,
    compare,
    is_guessed,
    notes_of,
    one_kind,
    same_axis,
    saturation_ranges,
    told_of_saturation,
)
from figmill.spectra.figures import (
    MOST_NAMED,
    Look,
    beyond_scale,
    overlay,
    ratio_limits,
    shown,
    stacked,
    together,
    window,
)
from figmill.spectra.numbers import (
    TABLE,
    csv_of,
    normalized_csv,
    numbers_of,
    parquet_of,
)
from figmill.spectra.options import WIDTH, CompareOptions
from figmill.spectra.peaks import Peak, Shift, find_peaks, match, told_of_cut_peaks, worth_marking
from figmill.spectra.process import Processing, normalize_alike
from figmill.spectra.read.files import READERS
from figmill.spectra.reading import Reading, cached, expand, find, settled
from figmill.spectra.spectrum import Spectrum, YKind

TOGETHER, STACKED = "all samples", "stacked"
_CANDIDATES = 400
_MOST_MARKED = 50
_MOST_IN_FILE = 200
"""Spectra of one file that are drawn; a map may hold tens of thousands."""
_LISTED = 6


class SpectraRecipe(CompareOptions, Recipe):
    """Draws every sample over one baseline, and measures how they differ.

    Parameters
    ----------
    reading, processing
        How files are read, and what is done to every spectrum.
    names
        File names by sample that differ from the template.
    missing_samples
        ``refuse`` does not start where a sample that is named is not there; ``fail`` lets it fail
        alone.
    without
        Samples to leave out.
    **options
        As for `figmill.spectra.options.CompareOptions`.

    Raises
    ------
    figmill.errors.OptionError
        A value is wrong; the message names all that are.
    """

    name: ClassVar[str] = "spectra"
    version: ClassVar[str] = "1"
    tables: ClassVar[tuple[str, ...]] = (f"{TABLE}.csv", f"{TABLE}.parquet")
    summarizes_earlier: ClassVar[bool] = True
    preload: ClassVar[tuple[str, ...]] = ("figmill.spectra.recipe",)

    reading: Reading = Field(Reading(), description="How files are read.")
    processing: Processing = Field(Processing(), description="What is done to every spectrum.")
    names: dict[str, str] = Field(
        default_factory=dict, description="File names by sample that differ from the template."
    )
    missing_samples: Literal["refuse", "fail"] = Field(
        "refuse",
        description="A sample that is named and not there: refuse to start, or let it fail alone.",
    )
    without: tuple[str, ...] = Field((), description="Samples to leave out.")

    @field_validator("bands")
    @classmethod
    def _are_bands(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            found = [Band.parse(text) for text in value]
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if len({band.name for band in found}) < len(found):
            raise ValueError("two bands have one name")
        return value

    @field_validator("filename_template")
    @classmethod
    def _is_template(cls, value: str) -> str:
        try:
            return naming.check_template(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error

    @field_validator("title")
    @classmethod
    def _is_title(cls, value: str) -> str:
        if value:
            try:
                naming.check_template(value.replace("/", "_") + "{sample}", what="title")
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _is_consistent(self) -> SpectraRecipe:
        for low, high, what in ((self.x_min, self.x_max, "x"), (self.y_min, self.y_max, "y")):
            if low is not None and high is not None and not low < high:
                raise ValueError(f"the lower {what} limit is not below the upper one")
        if not self.figures and not self.save_normalized_csvs:
            raise ValueError("there is nothing to make: name a figure")
        return self

    def check(self) -> None:
        """Look for libraries, a key, a baseline or samples that are missing, and sizes."""
        need("polars", "spectra")
        self.processing.check()
        baseline = Path(self.baseline)
        if not baseline.exists():
            raise missing(baseline, "baseline")
        self.reading.check((baseline, *self.files().values()))
        check_specimens((self._specimen,), with_room=(self.width, self.height) != (WIDTH, None))

    def _specimen(self) -> Figure:
        """The least figure that the options ask for."""
        look = self._look()
        rows = 1 + int(self.difference) + int(self.ratio) if "overlay" in self.figures else 1
        panel = Panel(x=Axis(label="-"), y=Axis(label="-"))
        return Figure(
            [panel] * rows,
            title="-" if self.title else "",
            size=look.size,
            dpi=look.dpi,
            style=look.theme,
        )

    def files(self) -> dict[str, Path]:
        """The samples by key."""
        kept = expand(self.samples, apart=Path(self.baseline))
        return dict(zip(naming.keys_of(kept), kept, strict=True))

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not taken for spectra."""
        return [left for name in self.samples for left in find(name).left_out]

    def file_names(self) -> dict[str, str]:
        """The file name, without suffix, of every sample's overlay, by key."""
        keys = list(self.files())
        stem = Path(self.baseline).stem
        wanted = [
            self.names.get(key)
            or naming.fill(
                self.filename_template, sample=key.replace("/", "_"), baseline=stem, index=number
            )
            for number, key in enumerate(keys, 1)
        ]
        return dict(zip(keys, naming.distinct(wanted), strict=True))

    def addresses(self) -> tuple[str, ...]:
        """The language model's, where one is asked."""
        return self.reading.addresses

    def items(self) -> Iterable[Item]:
        """One item a sample, and one for each figure of all samples.

        Raises
        ------
        figmill.errors.ConfigError
            If the baseline is missing or cannot be read, or there is no sample.
        """
        base = Path(self.baseline)
        try:
            known = self._base()
        except InputError as error:
            raise ConfigError(
                f"the baseline cannot be used: {error.message}",
                file=base,
                place=error.place,
                hint=error.hint,
            ) from error
        parameters = self.model_dump(
            mode="json",
            exclude={
                *("baseline", "samples", "names", "without", "filename_template", "reading"),
                "missing_samples",
            },
        )
        if self.peak_threshold is None:  # figures of earlier versions stay as they are
            del parameters["peak_threshold"]
        parameters["reading"] = self.reading.identity()
        if known is not cached(base, self.reading.of_baseline()):
            # What most samples say shapes every figure.
            parameters["baseline_as"] = [known.x_quantity, known.x_unit, known.y_kind]
        files, names = self.files(), self.file_names()
        directly = set(map(Path, self.samples)) if self.missing_samples == "refuse" else set()
        if "overlay" in self.figures or self.save_normalized_csvs:
            for key, file in files.items():
                if key not in self.without:
                    yield Item(
                        key,
                        inputs=(file, base),
                        parameters={**parameters, "name": names[key]},
                        payload=("sample", str(file), names[key]),
                        # Against another baseline the sample has another figure.
                        parts=(names[key],) if "overlay" in self.figures else (),
                        writes=(names[key],) if "overlay" in self.figures else (),
                        named=file in directly,
                    )
        present = [(key, file) for key, file in files.items() if file.is_file()]
        for figure, title in (("all", TOGETHER), ("stacked", STACKED)):
            if figure in self.figures:
                if not present:
                    raise ConfigError("none of the samples is there.", hint="Check their names.")
                yield Item(
                    title,
                    inputs=(base, *(file for _, file in present)),
                    parameters=parameters,
                    payload=(figure, [(key, str(file)) for key, file in files.items()]),
                    source=os.path.commonpath([file.absolute().parent for _, file in present]),
                    parts=(base.stem,),
                )

    def describe(self, item: Item) -> Description:
        """Read a sample (or all of them) and describe its figure."""
        what: Any = item.payload
        if what[0] == "sample":
            return self._one(item.key, Path(what[1]), what[2])
        return self._many(what[0], [(key, Path(file)) for key, file in what[1]])

    def summarize(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> Iterable[DataFile]:
        """The numbers of all samples as one table: metrics.csv and metrics.parquet.

        The samples of this command come first, then those of earlier ones, and of other baselines,
        whose figures stay, too.
        """
        known: dict[str, list[Mapping[str, JSON]]] = {}
        others: list[Mapping[str, JSON]] = []
        for key, found in facts:
            if "metrics" in found:
                more = cast("list[Mapping[str, JSON]]", found.get("more_metrics", []))
                rows = [cast("Mapping[str, JSON]", found["metrics"]), *more]
                if key not in known:
                    known[key] = rows
                    continue
                there = {(r.get("baseline"), r.get("figure")) for r in known[key]}
                others += [r for r in rows if (r.get("baseline"), r.get("figure")) not in there]
        order = dict.fromkeys((*self.files(), *known))
        tables = [row for key in order if key in known for row in known[key]] + others
        if not tables:
            return ()
        return (
            DataFile(f"{TABLE}.csv", csv_of(tables)),
            DataFile(f"{TABLE}.parquet", parquet_of(tables)),
        )

    def _base(self) -> Spectrum:
        """The baseline; where no word says what it holds, as most samples have it."""
        base = cached(Path(self.baseline), self.reading.of_baseline())
        if not is_guessed(base):
            return base  # without looking for samples
        return settled(Path(self.baseline), self.reading, _present(self.samples, self.baseline))

    def read_pair(self, key: str, file: Path) -> tuple[Spectrum, Spectrum]:
        """Baseline and sample as their files have them, with x in one unit.

        Parameters
        ----------
        key
            The item's key.
        file
            The sample's file.

        Returns
        -------
        tuple of Spectrum
            The baseline and the sample.

        Raises
        ------
        figmill.errors.InputError
            One of them cannot be used.
        """
        base = self._base()
        sample = agree(base, replace(self.reading(file), name=Path(key).name))
        return base, same_axis(base, sample)

    def _samples_in(self, key: str, file: Path) -> list[tuple[str, Spectrum]]:
        """The spectra of a file, each with its label in it: empty where there is one alone."""
        base = self._base()
        own = Path(key).name
        read = self.reading.each(file)
        if len(read) == 1:
            return [("", same_axis(base, agree(base, replace(read[0], name=own))))]
        kept = read[:_MOST_IN_FILE]
        names = ", ".join(spectrum.name for spectrum in kept[:_LISTED])
        more = ", ..." if len(kept) > _LISTED else ""
        note = Note.info(
            "spectra-are-samples",
            f"The file holds {len(read)} spectra, and each is a sample: {names}{more}.",
        )
        told = [note]
        if len(read) > len(kept):
            text = f"Only the first {len(kept)} of {len(read)} are drawn; --y takes another."
            told.append(Note.loss("spectra-beyond", text))
        labels = naming.distinct([naming.safe(spectrum.name) for spectrum in kept])
        found: list[tuple[str, Spectrum]] = []
        for label, spectrum in zip(labels, kept, strict=True):
            notes = (*told, *spectrum.notes) if not found else spectrum.notes
            named = replace(spectrum, name=f"{own}: {spectrum.name}", notes=notes)
            found.append((label, same_axis(base, agree(base, named))))
        return found

    def processed(self, base: Spectrum, sample: Spectrum) -> tuple[Spectrum, Spectrum]:
        """Both of one kind, with what the options ask for done to them.

        Parameters
        ----------
        base, sample
            The baseline and the sample, as `read_pair` gives them.

        Returns
        -------
        tuple of Spectrum
            The same, processed.

        Raises
        ------
        figmill.errors.InputError
            They cannot be turned into one kind.
        """
        kind: YKind = self.processing.kind or common_kind(base, sample)
        unlike = not np.array_equal(base.ascending().x, sample.ascending().x)
        holes = not (np.isfinite(base.y).all() and np.isfinite(sample.y).all())
        if unlike or holes:
            first, second = self._scaled(*self._before_scaling(base, sample, kind))
            return first, second
        return _processed(base, kind, self.processing.model_dump_json()), self.processing(
            sample.to_kind(kind)
        )

    def _before_scaling(
        self, base: Spectrum, sample: Spectrum, kind: YKind
    ) -> tuple[Spectrum, Spectrum]:
        """Both as a kind, with all done to them but a scaling over the range of both."""
        how = self.processing.before_scaling or self.processing
        return _processed(base, kind, how.model_dump_json()), how(sample.to_kind(kind))

    def _scaled(self, *spectra: Spectrum) -> list[Spectrum]:
        """Spectra that are compared, scaled over the range that all share, where that is asked."""
        how = self.processing.normalize
        if how is None or self.processing.before_scaling is None:
            return list(spectra)
        return normalize_alike(spectra, how)

    def describe_file(self, file: Path) -> Description:
        """Describe the figure of one file that need not be among the samples."""
        return self._one(file.stem, file, naming.safe(file.stem))

    def _one(self, key: str, file: Path, name: str) -> Description:
        """The figures of a file: one, or one for each of its spectra."""
        made: list[Description] = []
        notes: list[Note] = []
        samples = self._samples_in(key, file)
        stem = Path(self.baseline).stem
        for number, (label, sample) in enumerate(samples):
            own, title = name, key
            if number:  # the first has the name that the file's figure always had
                title = f"{key}_{label}"
                own = naming.fill(
                    self.filename_template,
                    sample=title.replace("/", "_"),
                    baseline=stem,
                    index=number + 1,
                )
                own = own if own != name else f"{name}_{label}"
            try:
                made.append(self._of_sample(title, file, own, name, sample))
            except InputError as error:
                if len(samples) == 1:
                    raise
                text = f"It is left out: {error.message}"
                notes.append(Note.loss("sample-left-out", text, sample.name))
        if not made:
            first = notes[0]
            raise InputError(
                f"none of its {len(samples)} spectra can be drawn; the first, {first.place}: "
                f"{first.text}",
                file=file,
                hint="Compare them with a baseline of their own kind.",
            )
        if len(samples) == 1:
            return made[0]
        facts = {
            **made[0].facts,
            "more_metrics": [one.facts["metrics"] for one in made[1:]],
        }
        told = [notes, *(one.notes for one in made)]
        return Description(
            tuple(drawing for one in made for drawing in one.drawings),
            tuple(part for one in made for part in one.files),
            facts=facts,
            notes=tuple(dict.fromkeys(note for some in told for note in some)),
        )

    def _of_sample(self, key: str, file: Path, name: str, part: str, raw: Spectrum) -> Description:
        raw_base = self._base()
        base, sample = self.processed(raw_base, raw)
        compared = compare(base, sample)
        bands = [Band.parse(text) for text in self.bands]
        shifts: list[Shift] = []
        if self.measure_peaks:
            step = abs(base.span[1] - base.span[0]) / max(base.x.size - 1, 1)
            within = max(10.0 * step, 0.004 * (base.span[1] - base.span[0]))
            least = self.peak_threshold
            found = find_peaks(sample, most=40, threshold=least)
            shifts = match(_peaks_of(base, least), found, within=within)
        unsure: list[Note] = []  # of what is measured of either
        for one, its_file, place in ((base, raw_base, f"baseline {base.name}"), (sample, raw, "")):
            said = [note for band in bands for note in told_of_saturation(its_file, band)]
            if self.measure_peaks or self.peaks or self.peak_threshold is not None:
                said.extend(told_of_cut_peaks(one, threshold=self.peak_threshold))
            unsure.extend(replace(note, place=place) for note in said)
        row = numbers_of(
            raw, compared, bands=bands, local_baseline=self.local_baseline, shifts=shifts
        )
        drawings: list[Drawing] = []
        drawn: list[Note] = []
        if "overlay" in self.figures:
            look = self._look()
            # Of the files' own values: scaled or subtracted ones cannot tell.
            saturated = saturation_ranges(raw_base, raw)
            most = self.peaks or (_MOST_MARKED if self.peak_threshold is not None else 0)
            seen = shown(sample, look)
            found = (
                find_peaks(seen, most=_CANDIDATES, threshold=self.peak_threshold) if most else []
            )
            marked = worth_marking(found, saturated, most)
            drawn = _not_shown(base, sample, compared, look, ratio=self.ratio)
            if len(marked) < len(found):
                text = f"{len(marked)} of {len(found)} peaks are marked, those that stand out most."
                drawn.append(Note.info("peaks-not-marked", text))
            figure = overlay(
                base,
                sample,
                look,
                title=self._title(sample.name, base.name),
                compared=compared,
                difference=self.difference,
                ratio=self.ratio,
                bands=bands,
                peaks=marked,
                saturation=saturated if self.saturation else (),
            )
            figure = replace(figure, provenance=self._origin(base, sample))
            drawings.append(Drawing(name, figure, part=part))
        files: tuple[DataFile, ...] = ()
        if self.save_normalized_csvs:
            files = (DataFile(f"normalized/{name}.csv", normalized_csv(sample)),)
        facts: dict[str, JSON] = {
            "sample": key,
            "file": file.name,
            "baseline": base.name,
            "figure": name if drawings else "",
            **row,
            "normalizer": str(sample.metadata.get("normalizer", "")),
            "processing": "; ".join(self._done_to(compared)),
        }
        notes = (
            *notes_of(f"baseline {base.name}", base),
            *sample.notes,
            *compared.notes,
            *(n for b in bands for n in compared.told_of(b, local_baseline=self.local_baseline)),
            *unsure,
            *drawn,
            *READERS.notes(),
        )
        grave = of_levels(notes, "doubt", "loss")
        facts["notes"] = " ".join(_sentence(str(note)) for note in grave)
        known: dict[str, JSON] = {"metrics": facts, "reading": _asked(base, sample)}
        return Description(tuple(drawings), files, facts=known, notes=notes)

    def _many(self, figure: str, files: list[tuple[str, Path]]) -> Description:
        read: list[tuple[Spectrum, Spectrum]] = []
        notes: list[Note] = []
        base = self._base()
        for key, file in files:
            try:
                samples = self._samples_in(key, file)
            except InputError as error:
                text = f"It is left out: {error.message}"
                notes.append(Note.loss("sample-left-out", text, key))
                continue
            for _, sample in samples:
                try:
                    ready_base, ready = self.processed(base, sample)
                    compare(ready_base, ready)  # what fails alone is not drawn with the others
                    if self.processing.before_scaling is not None:
                        own = self.processing.kind or common_kind(base, sample)
                        _, ready = self._before_scaling(base, sample, own)
                    read.append((sample, ready))
                except InputError as error:
                    text = f"It is left out: {error.message}"
                    notes.append(Note.loss("sample-left-out", text, sample.name))
        if not read:
            first = notes[0]
            raise InputError(
                f"none of {len(files)} samples can be read; the first, {first.place}: {first.text}",
                hint="See the samples' own failures.",
            )
        kind = self.processing.kind or one_kind(base, [sample for sample, _ in read])
        ready_samples = [
            made if made.y_kind == kind else self._before_scaling(base, sample, kind)[1]
            for sample, made in read
        ]
        how = self.processing.before_scaling or self.processing
        base = _processed(base, kind, how.model_dump_json())
        base, *drawn = self._scaled(base, *ready_samples)
        notes += notes_of(f"baseline {base.name}", base)
        for sample in drawn:
            notes += notes_of(sample.name, sample)
        if len(drawn) > MOST_NAMED:
            text = f"Three of {len(drawn)} samples are named in the legend."
            notes.append(Note.info("names-left-out", text))
        look = self._look(rows=0)
        bands = [Band.parse(text) for text in self.bands]
        draw = together if figure == "all" else stacked
        title = f"{len(drawn)} samples vs {base.name}" if self.title else ""
        if figure == "all":
            top, cut = beyond_scale(shown(base, look), [shown(s, look) for s in drawn], look)
            for sample in cut:
                text = f"It reaches {np.nanmax(sample.y):.3g}, beyond the scale, {top:.3g}."
                notes.append(Note.info("beyond-scale", text, sample.name))
        made = draw(base, drawn, look, title=title, bands=bands)
        name = f"{'all' if figure == 'all' else 'stacked'}_vs_{naming.safe(base.name)}"
        made = replace(made, provenance=self._origin(base, None))
        return Description(
            (Drawing(name, made, part=Path(self.baseline).stem),),
            notes=(*notes, *READERS.notes()),
        )

    def _title(self, sample: str, baseline: str) -> str:
        return self.title.format(sample=sample, baseline=baseline, index=0)

    def _look(self, rows: int | None = None) -> Look:
        added = int(self.difference) + int(self.ratio) if rows is None else rows
        return Look(
            self.baseline_color,
            self.sample_color,
            self.line_width,
            (self.width or WIDTH, self.height or 6.0 + 2.0 * added),
            self.dpi,
            self.theme,
            (self.x_min, self.x_max),
            (self.y_min, self.y_max),
            self.kink,
            self.processing.rescales,
        )

    def _done_to(self, compared: Comparison) -> list[str]:
        """What the numbers of a row rest on, in words: rows of other words are not to be mixed."""
        done = list(self.processing.steps) or [f"as {compared.kind.replace('_', ' ')}"]
        if self.bands:
            line = "the line between the band's ends" if self.local_baseline else "zero"
            done.append(f"areas from {line}")
        return done

    def _origin(self, base: Spectrum, sample: Spectrum | None) -> Mapping[str, str]:
        origin = {"spectra:baseline": f"{base.name}, {base.format}, {base.y_kind}"}
        if sample is not None:
            origin["spectra:sample"] = f"{sample.name}, {sample.format}, {sample.y_kind}"
        if steps := self.processing.steps:
            origin["spectra:processing"] = "; ".join(steps)
        return origin


@lru_cache(maxsize=4)
def _present(samples: tuple[str, ...], baseline: str) -> list[Path]:
    """The samples that are there, looked for once a process."""
    try:
        return [path for path in expand(samples, apart=Path(baseline)) if path.is_file()]
    except ConfigError:
        return []  # nothing is found: whoever lists the items says so


@lru_cache(maxsize=4)
def _processed(base: Spectrum, kind: YKind, how: str) -> Spectrum:
    """A baseline as all samples of its batch meet it."""
    return Processing.model_validate_json(how)(base.to_kind(kind))


@lru_cache(maxsize=4)
def _peaks_of(base: Spectrum, threshold: float | None) -> list[Peak]:
    """The peaks of a baseline, once for all samples: spectra are equal to themselves alone."""
    return find_peaks(base, threshold=threshold)


def _sentence(text: str) -> str:
    """Notes of readers as one text: each with its first letter large and its full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _not_shown(
    base: Spectrum, sample: Spectrum, compared: Comparison, look: Look, *, ratio: bool
) -> list[Note]:
    """What a sample's figure does not show of the two spectra and of their ratio."""
    found: list[Note] = []
    low, high = (
        limit if limit is not None else beyond
        for limit, beyond in zip(look.limits_x, (-math.inf, math.inf), strict=True)
    )
    for spectrum in (base, sample):
        if not ((spectrum.x >= low) & (spectrum.x <= high)).any():
            text = f"It has no point within the limits of x, {low:g} to {high:g}."
            found.append(Note.loss("outside-limits", text, spectrum.name))
    if not ratio:
        return found
    values = compared.ratio
    both = np.isfinite(compared.baseline) & np.isfinite(compared.sample)
    near = int(np.count_nonzero(both & np.isnan(values)))
    if not np.isfinite(values).any():
        text = "It is empty: the baseline is 0, or without a value, at all points."
        found.append(Note.loss("ratio-empty", text, "ratio"))
    elif near:
        text = f"It is left out at {near} of {values.size} points, where the baseline is near 0."
        found.append(Note.info("baseline-near-zero", text, "ratio"))
    values = values[window(compared.x, look)]
    bottom, top = ratio_limits(values)
    if beyond := int(np.count_nonzero((values < bottom) | (values > top))):
        text = f"{beyond} points lie beyond the scale, {bottom:.3g} to {top:.3g}."
        found.append(Note.info("beyond-scale", text, "ratio"))
    return found


def _asked(base: Spectrum, sample: Spectrum) -> dict[str, JSON]:
    """Which of the two a normaliser was asked about, and what that came to."""
    told: dict[str, JSON] = {}
    for role, spectrum in (("baseline", base), ("sample", sample)):
        if "normalizer" in spectrum.metadata:
            names = ("normalizer", "normalizer_cached", "normalizer_cost")
            told[role] = {name: spectrum.metadata.get(name, 0) for name in names}
    return told
