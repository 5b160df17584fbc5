"""Where fields lie in the records that a CDF file is made of.

Source: CDF Internal Format Description, version 3.9, with the older layouts of versions 2.x.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """Where fields lie in the records of one major version; words are offsets in the file."""

    word: int
    head: struct.Struct
    cdr: struct.Struct
    gdr: struct.Struct
    vdr: struct.Struct
    vdr_tail: struct.Struct
    name: int
    vxr: struct.Struct
    adr: struct.Struct
    aedr: struct.Struct
    ccr: struct.Struct
    cpr: struct.Struct
    cvvr: struct.Struct


def _format(word: str, size: int, name: int) -> RecordFormat:
    def of(fields: str) -> struct.Struct:
        return struct.Struct(">" + fields.replace("w", word))

    return RecordFormat(
        word=size,
        head=of("wi"),
        cdr=of("wiwiiii"),
        gdr=of("wiwwwwiiiiiwiii"),
        vdr=of("wiwiiwwiiiii"),
        vdr_tail=of("iiwi"),
        name=name,
        vxr=of("wiwii"),
        adr=of("wiwwiiiiiwiii"),
        aedr=of("wiwiiiiiiiii"),
        ccr=of("wiwwi"),
        cpr=of("wiiiii"),
        cvvr=of("wiiw"),
    )


VERSION_3 = _format("q", 8, 256)
VERSION_2 = _format("i", 4, 64)
