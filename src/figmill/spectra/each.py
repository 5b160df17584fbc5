"""The recipe of spectra by themselves: one figure a file, without a baseline."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from figmill.errors import InputError, NoData
from figmill.extras import need
from figmill.figure import Axis, Curve, Figure, Panel
from figmill.item import Item
from figmill.notes import Note
from figmill.read.readers import HEAD
from figmill.recipes.base import Claim, Description, Drawing, Recipe
from figmill.recipes.inputs import FoundFiles, LeftOut, find_files
from figmill.recipes.sniff import SURE
from figmill.recipes.specimen import check_specimens
from figmill.spectra.figures import Look, x_axis, y_axis
from figmill.spectra.holes import broken
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
from figmill.spectra.reading import Reading

_LOOKED_AT = 64 << 10
"""So many bytes of a text file are looked at to see whether it holds a spectrum."""
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
        parameters = self.model_dump(mode="json", exclude={"paths", "reading"})
        parameters["reading"] = self.reading.identity()
        for key, path, named in _find(self.paths):
            whole = f"{key}{path.suffix}"
            yield Item(
                whole,
                inputs=(path,),
                parameters=parameters,
                writes=(whole,),
                named=named,
            )

    def left_out(self) -> Iterable[LeftOut]:
        """What of the folders is not taken for spectra."""
        return _find(self.paths).left_out

    def describe(self, item: Item) -> Description:
        """Read a file and describe its figure."""
        path = item.inputs[0]
        spectrum = self.reading(path)
        notes: tuple[Note, ...] = (*spectrum.notes, *READERS.notes())
        if not np.isfinite(spectrum.y).any():
            raise NoData("There is nothing to draw: y has no value.", file=path, notes=notes)
        look = Look()
        line = broken(spectrum.x, spectrum.y)
        curve = Curve(*line, "", look.sample_color, self.line_width)
        panel = Panel(curve, x_axis(spectrum, look), y_axis(spectrum, look))
        figure = self._figure(panel, spectrum.name)
        return Description((Drawing(item.key, figure),), notes=notes)

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
    if found.y_kind not in ("unknown", "intensity") and not codes & _GUESSED_Y:
        return Claim(0.6, f"a spectrum as text; that x is {x} only its values say")
    return Claim(0.3, "a table of numbers, and no word in it says that it is a spectrum")
