"""The recipe of spectra by themselves: one figure a file, without a baseline."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
from pydantic import Field

from figmill.errors import InputError, NoData
from figmill.extras import need
from figmill.figure import Axis, Figure, Panel
from figmill.item import Item
from figmill.notes import Note
from figmill.read.readers import HEAD
from figmill.recipes.base import Claim, DataFile, Description, Drawing, Recipe
from figmill.recipes.inputs import FoundFiles, InputFile, LeftOut, find_files
from figmill.recipes.sniff import SURE
from figmill.recipes.specimen import check_specimens
from figmill.spectra import naming, series
from figmill.spectra.comparison import alike, notes_of
from figmill.spectra.figures import Look, line, x_axis, y_axis
from figmill.spectra.jcamp_writer import jcamp_of
from figmill.spectra.numbers import normalized_csv
from figmill.spectra.options import EachOptions
from figmill.spectra.read.files import (
    READERS,
    SHARED,
    SUFFIXES,
    TEXT,
    read_bytes,
    spectrum_in,
    why_no_spectrum,
)
from figmill.spectra.read.units import plausible_x
from figmill.spectra.reading import Reading
from figmill.spectra.spectrum import Spectrum

_LOOKED_AT = 64 << 10
"""So many bytes of a text file are looked at to see whether it holds a spectrum."""
_MOST = 200
"""Spectra of one file that are drawn; a map may hold tens of thousands."""
# Notes that say that nothing but the values speaks for what x and y are.
_GUESSED_X, _GUESSED_Y = {"x-assumed", "x-from-setting"}, {"kind-assumed"}


class SpectraEachRecipe(EachOptions, Recipe):
    """Draws each spectrum by itself: y over x, as the file has them."""

    name: ClassVar[str] = "spectra-each"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.spectra.each",)

    reading: Reading = Field(Reading(), description="How files are read.")

    @classmethod
    def sniff(cls, path: Path, head: bytes) -> Claim | None:
        """Claim files of a format of spectra, and texts that say what their columns are."""
        reader, sure = READERS.choose(head, path.name)
        if reader is None:
            return None
        if reader is not TEXT:
            return Claim(sure, f"a spectrum: {reader.format}")
        if len(head) < HEAD:
            return _of_text(path, head)
        # The first bytes tell it of most files; a long story may stand above the numbers.
        found = _of_text(path, _whole_lines(head))
        if found is not None and found.confidence >= SURE:
            return found
        more = read_bytes(path, _LOOKED_AT)
        return _of_text(path, _whole_lines(more) if len(more) == _LOOKED_AT else more)

    def check(self) -> None:
        """Look for a library that is missing, and a size that is none."""
        need("polars", "spectra")
        self.reading.check()
        usual = (type(self).model_fields["width"].default, None)
        panel = Panel(x=Axis(label="-"), y=Axis(label="-"))
        check_specimens(
            [partial(self._figure, panel, "-")], with_room=(self.width, self.height) != usual
        )

    def addresses(self) -> tuple[str, ...]:
        """The language model's, where one is asked."""
        return self.reading.addresses

    def items(self) -> Iterable[Item]:
        """One item a file; its key has the suffix, since spectra are often exported twice.

        Raises
        ------
        figmill.errors.ConfigError
            A path finds no file.
        """
        parameters = self.model_dump(mode="json", exclude={"paths", "reading", "figures", "offset"})
        if not self.export:  # figures of earlier versions stay as they are
            del parameters["export"]
        parameters["reading"] = self.reading.identity()
        found = [(f"{key}{path.suffix}", path, named) for key, path, named in self._files()]
        if "each" in self.figures:
            for key, path, named in found:
                yield Item(key, inputs=(path,), parameters=parameters, writes=(key,), named=named)
        present = tuple(path for _, path, _ in found)
        for kind in dict.fromkeys(kind for kind in self.figures if kind != "each"):
            name = f"all_{kind}"
            own = {**parameters, "offset": self.offset} if kind == "stacked" else parameters
            yield Item(
                f"all spectra, {kind}",
                inputs=present,
                parameters=own,
                payload=(kind, [str(path) for path in present]),
                source=os.path.commonpath([path.absolute().parent for path in present]),
                writes=(name,),
            )

    def _files(self) -> Iterator[InputFile]:
        """The files as the command has them; those of a folder or pattern by their numbers."""

        def within(file: InputFile) -> int:
            if file.named:
                return -2
            roots = (n for n, path in enumerate(self.paths) if file.path.is_relative_to(path))
            return next(roots, -1)

        for root, files in groupby(_find(self.paths), key=within):
            if root == -2:
                yield from files
            else:
                yield from sorted(files, key=lambda file: naming.place(file.path))

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not taken for spectra."""
        return _find(self.paths).left_out

    def describe(self, item: Item) -> Description:
        """Read a file and describe its figure."""
        if item.payload is not None:
            kind, paths = cast("tuple[str, list[str]]", item.payload)
            return self._many(kind, [Path(path) for path in paths])
        return self._one(item.key, item.inputs[0])

    def _one(self, key: str, path: Path) -> Description:
        """The figures of a file: one for each of its spectra."""
        spectra = self.reading.each(path)
        notes = tuple(dict.fromkeys(note for spectrum in spectra for note in spectrum.notes))
        if len(spectra) > 1:
            text = f"The file holds {len(spectra)} spectra, and each has a figure."
            notes = (Note.info("spectra-are-figures", text), *notes)
            if len(spectra) > _MOST:
                text = f"Only the first {_MOST} of {len(spectra)} spectra are drawn."
                notes = (Note.loss("spectra-beyond", text), *notes)
        notes = (*notes, *READERS.notes())
        drawn = [s for s in spectra[:_MOST] if np.isfinite(s.y).any()]
        if not drawn:
            raise NoData("There is nothing to draw: y has no value.", file=path, notes=notes)
        labels = naming.distinct([naming.safe(spectrum.name) for spectrum in drawn])
        look = Look(width=self.line_width)
        made: list[Drawing] = []
        files: list[DataFile] = []
        for number, (label, spectrum) in enumerate(zip(labels, drawn, strict=True)):
            curve = line(spectrum, "", look.sample_color, self.line_width)
            panel = Panel(curve, x_axis(spectrum, look), y_axis(spectrum, look))
            several = len(drawn) > 1
            title = f"{path.stem}: {spectrum.name}" if several else spectrum.name
            name = f"{key}_{label}" if number else key
            made.append(Drawing(name, self._figure(panel, title)))
            if "csv" in self.export:
                files.append(DataFile(f"data/{name}.csv", normalized_csv(spectrum)))
            if "jdx" in self.export:
                files.append(DataFile(f"data/{name}.jdx", jcamp_of(replace(spectrum, name=title))))
        return Description(tuple(made), tuple(files), notes=notes)

    def _many(self, kind: str, paths: list[Path]) -> Description:
        """One figure of all files; those that cannot be drawn with the others are told."""
        read: list[Spectrum] = []
        notes: list[Note] = []
        for path in paths:
            try:
                found = self.reading.each(path)
                for spectrum in found:
                    name = f"{path.stem}: {spectrum.name}" if len(found) > 1 else spectrum.name
                    own = replace(spectrum, name=name)
                    read.append(alike(read[0], own) if read else own)
            except InputError as error:
                notes.append(
                    Note.loss("sample-left-out", f"It is left out: {error.message}", path.name)
                )
        if not read:
            raise InputError(
                f"none of {len(paths)} files can be read; the first, {notes[0].place}: "
                f"{notes[0].text}",
                hint="See them by themselves: figmill spectra inspect.",
            )
        names = naming.distinct([spectrum.name for spectrum in read])
        read = [replace(s, name=name) for s, name in zip(read, names, strict=True)]
        look = Look(width=self.line_width)
        if kind == "stacked":
            panel, told = series.offset(read, look, self.offset)
        else:
            panel, told = (series.heat_map if kind == "map" else series.together)(read, look)
        for spectrum in read:
            notes += notes_of(spectrum.name, spectrum)
        title = f"{len(read)} spectra"
        drawing = Drawing(f"all_{kind}", self._figure(panel, title))
        return Description((drawing,), notes=(*notes, *told, *READERS.notes()))

    def _figure(self, panel: Panel, title: str) -> Figure:
        width = self.width or EachOptions.width
        assert width is not None
        size = (width, self.height or 0.62 * width)
        return Figure(panel, title=title, size=size, dpi=self.dpi, style=self.theme)


def _find(paths: Iterable[str]) -> FoundFiles:
    return find_files(
        paths, SUFFIXES, judge=why_no_spectrum, unsure=SHARED, shared_keys=True, what="spectra"
    )


def _whole_lines(data: bytes) -> bytes:
    """The beginning of a text without its last line, which may be cut; also of UTF-16."""
    end = data.rfind(b"\n") + 1
    return data[: end // 2 * 2]


def _of_text(path: Path, data: bytes) -> Claim | None:
    """Claim a table whose words say that x is of a spectrum; other tables only half-heartedly."""
    try:
        found = spectrum_in(path, data)
    except InputError:
        return None
    codes = {note.code for note in found.notes}
    x = found.x_quantity.replace("_", " ")
    if found.x_quantity != "unknown" and not codes & _GUESSED_X:
        # What y is, only the whole file says: a column may be constant at first.
        return Claim(0.7, f"a spectrum as text, over {x}")
    # Over 0 to 10 no spectrum is taken: there a "T" is rather a temperature.
    covered = found.x_quantity != "unknown" and plausible_x(found.x_quantity, found.x_unit, found.x)
    if covered and found.y_kind not in ("unknown", "intensity") and not codes & _GUESSED_Y:
        return Claim(0.6, f"a spectrum as text; that x is {x} only its values say")
    return Claim(0.3, "a table of numbers, and no word in it says that it is a spectrum")
