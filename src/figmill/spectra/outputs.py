"""What a batch leaves in its folder: names settled beforehand, figures checked afterwards."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from figmill.engine import Ledger, ledger_path
from figmill.engine.fingerprint import absolute
from figmill.errors import ConfigError, OutputError
from figmill.formats import FORMATS, find_format
from figmill.mill import was_drawn_for
from figmill.spectra.naming import Conflict, is_numbered, resolve
from figmill.spectra.recipe import SpectraRecipe

_PNG = b"\x89PNG\r\n\x1a\n"


def settle_names(
    recipe: SpectraRecipe, out: str | Path, formats: Sequence[str], conflict: Conflict
) -> tuple[SpectraRecipe, dict[str, str]]:
    """Choose file names that respect what is in the folder already.

    A sample's own figure of an earlier run is not a conflict: it stays, or is replaced where its
    input changed. Any other file of that name is.

    Parameters
    ----------
    recipe
        The batch.
    out
        The output folder.
    formats
        Of the figures.
    conflict
        ``auto_increment``, ``overwrite``, ``skip`` or ``error``.

    Returns
    -------
    recipe : SpectraRecipe
        With the names.
    held : dict
        By sample, the names in the way of those that are left out.

    Raises
    ------
    figmill.errors.ConfigError
        With ``error``, if there is a conflict.
    """
    folder = Path(out)
    wanted = recipe.file_names()
    own: dict[str, set[str]] = {}
    # Those over this very baseline: others only share the beginning of their names.
    same: dict[str, set[str]] = {}
    if ledger_path(folder).exists():
        baseline = absolute(recipe.baseline)
        with Ledger.read(folder, recipe.name) as ledger:
            for key, record in ledger.records(list(wanted)).items():
                made = [(record.fingerprint, record.outputs)]
                made += [(one.fingerprint, one.outputs) for one in ledger.earlier(record)]
                for fingerprint, outputs in made:
                    paths = {stamp.path for stamp in outputs}
                    own.setdefault(key, set()).update(paths)
                    if baseline in {stamp.path for stamp in fingerprint.inputs}:
                        same.setdefault(key, set()).update(paths)
    for key, name in wanted.items():
        earlier = {path.rpartition(".")[0] for path in same.get(key, ())}
        if name not in earlier:
            numbered = (one for one in sorted(earlier) if is_numbered(one, name))
            wanted[key] = next(numbered, name)

    def taken(key: str, name: str) -> bool:
        files = (f"{name}.{kind}" for kind in formats)
        return any(
            (folder / file).exists()
            and file not in own.get(key, ())
            # Of a ledger that was lost.
            and not was_drawn_for(recipe, key, folder, file)
            for file in files
        )

    names, held = resolve(wanted, taken, conflict)
    if held and conflict == "error":
        key, name = next(iter(held.items()))
        raise ConfigError(
            f"{name} is there already{f', and {more} more' if (more := len(held) - 1) else ''}.",
            file=folder,
            place=key,
            hint="Choose another folder, or what to do then: auto_increment, overwrite or skip.",
        )
    without = tuple(dict.fromkeys((*recipe.without, *held)))
    return recipe.model_copy(update={"names": names, "without": without}), held


def check_figure(path: str | Path, width: int | None = None) -> None:
    """Make sure that a figure opens, has its size, and shows something.

    Parameters
    ----------
    path
        A png, jpg, webp, pdf or svg file.
    width
        The pixels that it should be wide, for raster files.

    Raises
    ------
    figmill.errors.OutputError
        If it is missing, damaged, of another size, or of one colour.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise _bad(file, f"it cannot be read: {error.strerror}") from error
    kind = find_format(file.suffix)
    if kind == "png":
        _check_png(file, data, width)
    elif kind is not None and FORMATS[kind].raster:
        _check_picture(file, width)
    elif kind == "pdf":
        if not (data.startswith(b"%PDF-") and b"%%EOF" in data[-64:]):
            raise _bad(file, "it is not a whole PDF")
    elif kind == "svg" and not (b"<svg" in data[:2000] and data.rstrip().endswith(b"</svg>")):
        raise _bad(file, "it is not a whole SVG")


def _check_png(file: Path, data: bytes, wide: int | None) -> None:
    if not data.startswith(_PNG) or data[-8:-4] != b"IEND":
        raise _bad(file, "it is not a whole PNG")
    size = struct.unpack(">II", data[16:24])
    if wide is not None and size[0] != wide:
        raise _bad(file, f"it is {size[0]} pixels wide, not {wide}")
    packed = b"".join(body for name, body in _chunks(data) if name == b"IDAT")
    try:
        raw = _inflate(packed)
    except ValueError as error:
        raise _bad(file, f"its pixels cannot be read: {error}") from error
    width = len(raw) // max(size[1], 1)
    if width < 2 or len(raw) != width * size[1]:
        raise _bad(file, "pixels are missing")
    rows = np.frombuffer(raw, np.uint8).reshape(size[1], width)
    if rows[:, 0].any():
        # Filtered rows hold differences; figmill writes none, other programs do.
        _check_picture(file, wide)
    elif not (rows[:, 1::7] != rows[0, 1]).any():
        raise _bad(file, "it is blank")


def _inflate(packed: bytes) -> bytes:
    try:
        from isal import isal_zlib

        raw: bytes = isal_zlib.decompress(packed)
    except (zlib.error, EOFError, OSError) as error:
        raise ValueError(str(error)) from error
    return raw


def _chunks(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _check_picture(file: Path, wide: int | None) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as picture:
            size = picture.size
            picture.draft("RGB", (400, 300))
            extremes = picture.convert("L").getextrema()
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise _bad(file, f"it does not open: {error}") from error
    if wide is not None and size[0] != wide:
        raise _bad(file, f"it is {size[0]} pixels wide, not {wide}")
    if extremes[0] == extremes[1]:
        raise _bad(file, "it is blank")


def _bad(file: Path, what: str) -> OutputError:
    return OutputError(f"the figure is not good: {what}.", file=file, hint="Draw it again.")
