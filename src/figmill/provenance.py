"""Where a figure came from, read back from the file."""

from __future__ import annotations

import io
import json
import os
import re
import warnings
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import BinaryIO

from figmill.engine.origin import CUT_SHORT

_HEAD = 1 << 20
_TAIL = 64
# What the last bytes of a file hold that is all there.
_ENDS = {b"\x89PNG": b"IEND", b"%PDF": b"%%EOF", b"\xff\xd8": b"\xff\xd9"}


def read(path: Path) -> Mapping[str, str] | None:
    """What the drawing wrote about a figure's origin; None where there is nothing.

    Parameters
    ----------
    path
        The figure's file.

    Reads PNG text, PDF keywords, the description of an SVG, and the EXIF of JPEG and WebP. A file
    that was cut short has the entry ``origin.CUT_SHORT`` besides.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        found = _found(head, file)
        if not found or _is_whole(head, file):
            return found
        return {**found, CUT_SHORT: "yes"}


def _found(head: bytes, file: BinaryIO) -> Mapping[str, str] | None:
    if head.startswith(b"\x89PNG"):
        from figmill.draw import png

        return png.read_text(head) or None
    if head.startswith(b"%PDF"):
        return _of_pdf(head + file.read())
    if b"<svg" in head:
        return _of_svg(head)
    if head.startswith(b"\xff\xd8") or head[8:12] == b"WEBP":
        return _of_exif(head + file.read())
    return None


def _is_whole(head: bytes, file: BinaryIO) -> bool:
    if head[8:12] == b"WEBP":
        return True  # its origin is its end
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    end = next((end for start, end in _ENDS.items() if head.startswith(start)), b"</svg>")
    return end in file.read()


def _of_pdf(data: bytes) -> Mapping[str, str] | None:
    found = re.search(rb"/Keywords \(((?:\\.|[^\\)])*)\)", data, re.DOTALL)
    return _parsed(_unescaped(found[1])) if found else None


def _unescaped(text: bytes) -> str:
    # A PDF string: a backslash before parentheses and backslashes, or an octal number.
    plain = re.sub(
        rb"\\([0-7]{1,3}|.)",
        lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else m[1],
        text,
        flags=re.DOTALL,
    )
    return plain.decode("latin-1")


def _of_svg(head: bytes) -> Mapping[str, str] | None:
    text = head.decode("utf-8", "replace")
    found = re.search(r"<dc:description>(.*?)</dc:description>", text, re.DOTALL)
    return _parsed(unescape(found[1])) if found else None


def _of_exif(data: bytes) -> Mapping[str, str] | None:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Its pixels are never decoded, however many there are.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                return _parsed(str(image.getexif().get(0x010E, "")))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # a damaged picture, or one larger than figmill draws


def _parsed(text: str) -> Mapping[str, str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
