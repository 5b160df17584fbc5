"""Figures as files: png, jpg, webp, pdf, svg."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from figmill._version import __version__
from figmill.draw import indexed, png, raster
from figmill.draw.compose import compose
from figmill.draw.ops import Cells, Dots, Markers, Polygon, Polyline, Sheet, Text
from figmill.errors import OutputError, PlottingError
from figmill.figure.model import Figure
from figmill.formats import FORMATS, Compression, check_formats, find_format

# Counting the colours of a larger picture takes longer than a palette saves.
_COUNTED = 2_000_000


def encode(figure: Figure, format: str = "png", **options: Any) -> bytes:
    """The bytes of a finished file.

    Parameters
    ----------
    figure
        What to draw.
    format
        One of png, jpg, webp, pdf, svg.
    **options
        png: ``palette`` (default None) says whether one byte a pixel is stored. By default that is
        so without loss where a picture of up to two million pixels has at most 256 colours, and for
        spectrograms and a few curves, where no pixel changes by more than an eye can just see (two
        units of CIEDE2000, one for 99.9 % of them). False keeps every colour. True reduces whatever
        it is to 256 colours, which costs some and takes about ten times as long.
        ``compress`` (default "fast"): "small" packs the same pixels into fewer bytes, and takes
        longer for it.
        jpg and webp: ``quality`` (default 92); webp: ``lossless`` (default False).

    Raises
    ------
    PlottingError
        If the figure cannot be drawn, or the format or an option is unknown.
    """
    kind = find_format(format) or format
    check_formats((kind,), PlottingError)
    allowed = FORMATS[kind].options
    if unknown := options.keys() - allowed:
        raise PlottingError(
            f"{kind} files have no option {', '.join(sorted(unknown))}.",
            hint=f"Options: {', '.join(sorted(allowed)) or 'none'}.",
        )
    sheet = compose(figure)
    texts = {"Software": f"figmill {__version__}", **figure.provenance}
    if figure.title:
        texts = {"Title": figure.title, **texts}
    texts = {_clean(key): _clean(value) for key, value in texts.items()}
    return _ENCODERS[kind](sheet, texts, **{**allowed, **options})


def _clean(text: str) -> str:
    """Text that any format can hold: without control characters and what is not a character."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)


def save(figure: Figure, path: str | Path, *, format: str | None = None, **options: Any) -> Path:
    """Draw a figure into a file, which appears under its name only when it is complete.

    Parameters
    ----------
    figure, **options
        As for `encode`.
    path
        Where to; its suffix chooses the format where `format` is not given.

    Raises
    ------
    OutputError
        If the file cannot be written.
    PlottingError
        As for `encode`.
    """
    path = Path(path)
    kind = format or path.suffix.lstrip(".")
    if not kind:
        raise PlottingError(
            f"{path.name} has no suffix.", hint=f"End it in one of .{', .'.join(FORMATS)}."
        )
    data = encode(figure, kind, **options)
    staged = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        # Opened with the permissions of any other new file; a name in use is never followed.
        with os.fdopen(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the first error is the one to report
            staged.unlink()
        raise OutputError(
            f"The figure could not be written: {error.strerror or error}.",
            file=path,
            hint="Check that the folder exists, may be written to, and has space.",
        ) from error
    return path


def _png(sheet: Sheet, texts: dict[str, str], palette: bool | None, compress: str) -> bytes:
    if compress not in get_args(Compression):
        raise PlottingError(
            f"png files have no compression {compress!r}.",
            hint=f"Use {' or '.join(get_args(Compression))}.",
        )
    small = compress == "small"
    # Without loss where that is quickly seen.
    exactly = palette is None and _plain(sheet)
    numbered = None if palette is False or exactly else indexed.draw(sheet)
    if numbered is None:
        raw = raster.draw(sheet)
        if exactly:
            numbered = _indexed(raw) or indexed.draw(sheet)
        elif palette:
            numbered = _quantised(raw)
        if numbered is None:
            return png.encode(raw, dpi=sheet.dpi, text=texts, small=small)
    return png.encode_palette(*numbered, dpi=sheet.dpi, text=texts, small=small)


def _plain(sheet: Sheet) -> bool:
    """Whether looking for few colours may pay: edges of one colour alone have up to 256 shades."""
    if sheet.width * sheet.height > _COUNTED:
        return False
    edged = {op.color for op in sheet.ops if isinstance(op, Text | Polyline | Polygon | Markers)}
    return len(edged) <= 2 and not any(isinstance(op, Cells | Dots) for op in sheet.ops)


def _packed(rgb: NDArray[np.uint8]) -> NDArray[np.uint32]:
    packed = rgb[..., 0].astype(np.uint32)
    for channel in (1, 2):
        packed <<= 8
        packed |= rgb[..., channel]
    return packed


def _indexed(raw: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Palette and indices where the picture has at most 256 colours, else None."""
    rgb = png.pixels_of(raw)
    # Nearly every figure has more; a few rows of it tell so at no cost.
    for sample in (8, 64):
        step = max(1, len(rgb) // sample)
        if np.unique(_packed(rgb[step // 2 :: step])).size > 256:
            return None
    packed = _packed(rgb)
    # Most of a figure is its background; only what is not is sorted.
    ground = packed[0, 0]
    drawn = packed != ground
    others = packed[drawn]
    colors = np.unique(np.append(others, ground))
    if colors.size > 256:
        return None
    indices = np.zeros((raw.shape[0], 1 + rgb.shape[1]), np.uint8)
    indices[:, 1:] = np.searchsorted(colors, ground)
    indices[:, 1:][drawn] = np.searchsorted(colors, others)
    table = np.stack(((colors >> 16) & 255, (colors >> 8) & 255, colors & 255), axis=1)
    return indices, table.astype(np.uint8)


def _quantised(raw: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    from PIL import Image

    exact = _indexed(raw)
    if exact is not None:
        return exact
    rgb = np.ascontiguousarray(png.pixels_of(raw))
    image = Image.fromarray(rgb).quantize(
        256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    table = np.array(image.getpalette(), np.uint8).reshape(-1, 3)[:256]
    indices = np.zeros((raw.shape[0], 1 + rgb.shape[1]), np.uint8)
    indices[:, 1:] = np.asarray(image)
    return indices, table


_PILLOW = {"jpg": "JPEG", "webp": "WEBP"}  # the library's names


def _pillow(sheet: Sheet, kind: str, texts: dict[str, str], **options: Any) -> bytes:
    longest = FORMATS[kind].longest
    if longest is not None and max(sheet.width, sheet.height) > longest:
        raise PlottingError(
            f"{_PILLOW[kind]} holds at most {longest} pixels a side; the figure has "
            f"{sheet.width} x {sheet.height}.",
            hint="Lower the dpi, or save as png.",
        )
    from PIL import Image

    rgb = np.ascontiguousarray(png.pixels_of(raster.draw(sheet)))
    image = Image.fromarray(rgb)
    exif = Image.Exif()
    exif[0x0131] = texts["Software"]
    exif[0x010E] = json.dumps(texts, ensure_ascii=True)  # EXIF texts are ASCII
    stream = io.BytesIO()
    image.save(stream, _PILLOW[kind], exif=exif, **options)
    return stream.getvalue()


def _jpg(sheet: Sheet, texts: dict[str, str], quality: int) -> bytes:
    dpi = round(sheet.dpi)
    options = {"quality": quality, "subsampling": 0, "dpi": (dpi, dpi)}
    return _pillow(sheet, "jpg", texts, **options)


def _webp(sheet: Sheet, texts: dict[str, str], quality: int, lossless: bool) -> bytes:
    return _pillow(sheet, "webp", texts, quality=quality, lossless=lossless, method=2)


def _pdf(sheet: Sheet, texts: dict[str, str]) -> bytes:
    from figmill.draw import vector

    return vector.pdf(sheet, texts)


def _svg(sheet: Sheet, texts: dict[str, str]) -> bytes:
    from figmill.draw import vector

    return vector.svg(sheet, texts)


_ENCODERS: Mapping[str, Callable[..., bytes]] = {
    "png": _png,
    "jpg": _jpg,
    "webp": _webp,
    "pdf": _pdf,
    "svg": _svg,
}
