"""What a file carries of its origin, so that the ledger can be rebuilt from the files alone.

Holds nothing that changes from run to run, from machine to machine, or with what else a run made:
of the inputs the names, sizes and digests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from figmill import notes
from figmill.engine.fingerprint import (
    FileStamp,
    Fingerprint,
    canonical,
    facts_text,
    stat_file,
    with_digests,
)
from figmill.engine.ledger.schema import split_version
from figmill.item import JSON, Item
from figmill.notes import Note

ITEM = "figmill:item"
RECIPE = "figmill:recipe"
VERSION = "figmill:version"
PARAMETERS = "figmill:parameters"
INPUTS = "figmill:inputs"
FILE = "figmill:file"
PART = "figmill:part"
FILES = "figmill:files"
DATA = "figmill:data"
FACTS = "figmill:facts"
NOTES = "figmill:notes"
# Not written: whoever reads a file adds it where the file is not whole.
CUT_SHORT = "figmill:cut-short"

LONGEST_FACTS = 4096
LONGEST_NOTES = 8192
TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True)
class Origin:
    """What one file says of its item.

    Parameters
    ----------
    recipe, key
        The item.
    file
        The file's name without the suffix of its format; empty in an old file, which does not say.
    part
        The part of the item that it belongs to.
    fingerprint
        What it was made of; None where that makes no sense, or the file is not whole. Inputs have
        names without folders.
    figures
        All files that are made together, without suffix; none in an old file.
    data
        The item's files of no part, with digests.
    count
        How many files an old item has in all; 0 where ``figures`` says it.
    together
        The formats that an old item was drawn in at a time.
    facts
        The item's facts as JSON; None where they were too large.
    notes
        The item's notes as JSON, the gravest of them where they were too many.
    """

    recipe: str
    key: str
    file: str
    part: str
    fingerprint: Fingerprint | None
    figures: frozenset[str] = frozenset()
    data: tuple[FileStamp, ...] = ()
    count: int = 0
    together: frozenset[str] = frozenset()
    facts: str | None = "{}"
    notes: str = "[]"

    def is_of(self, name: str) -> bool:
        """Whether a file of this name is the one that was made, and not a copy of it."""
        stem, _, suffix = name.rpartition(".")
        kind = self.part.rpartition(".")[2]
        return not self.file or (stem == self.file and (not kind or suffix == kind))


def stamp(
    item: Item,
    version: str,
    *,
    recipe: str = "",
    figures: Sequence[str] = (),
    data: Mapping[str, bytes] | None = None,
    facts: Mapping[str, JSON] | None = None,
    noted: Sequence[Note] = (),
) -> dict[str, str]:
    """Say what all files of an item must carry so that the ledger can be rebuilt from them.

    Parameters
    ----------
    item
        The item.
    version, recipe
        Those of the run.
    figures
        The names of all figures that are made together, without the suffixes of their formats; a
        part of the item that lacks one of them is not complete.
    data
        The item's other files by name, which have no place for it.
    facts, noted
        Facts and notes, as in the `Outcome`.

    Returns
    -------
    dict of str to str
        To be embedded in every file (PNG text, PDF and SVG metadata), with what `stamp_of` adds.
    """
    inputs = with_digests(stat_file(path) for path in item.inputs)
    told = {
        ITEM: _told(item.key),
        RECIPE: _told(recipe),
        VERSION: version,
        PARAMETERS: _printable(canonical(item.parameters)),
        INPUTS: json.dumps([[Path(one.path).name, one.size, one.digest] for one in inputs]),
        FILES: json.dumps([_plain(name) for name in (*figures, *(data or ()))]),
    }
    if data:
        from blake3 import blake3  # a run that skips everything never needs it

        told[DATA] = json.dumps(
            [[_plain(name), len(text), blake3(text).hexdigest()] for name, text in data.items()]
        )
    known = _printable(facts_text(facts or {}))
    told[FACTS] = known if len(known) <= LONGEST_FACTS else TOO_LARGE
    if noted:
        told[NOTES] = _printable(_shortened(noted))
    return told


def _shortened(noted: Sequence[Note]) -> str:
    """Write as many notes as there is room for, the gravest first."""
    kept = notes.load(notes.dump(noted))
    while len(text := notes.dump(kept)) > LONGEST_NOTES:
        left = [one for one in kept if one.code != notes.CUT]
        more = len(noted) - len(left) + 1
        kept = (*left[:-1], notes.cut_note(more))
    return text


def stamp_of(name: str, part: str = "") -> dict[str, str]:
    """Say what one file must carry besides, by its name without suffix and its part.

    Parameters
    ----------
    name
        The file's name without suffix.
    part
        Its part, such as a file format.

    Returns
    -------
    dict
        Metadata as texts.
    """
    return {FILE: _told(_plain(name)), PART: _told(part)}


def read_origin(carried: Mapping[str, str], name: str) -> Origin | None:
    """Read what a file of this name carries; None where figmill did not write it."""
    if ITEM not in carried:
        return None
    key = _heard(carried[ITEM])
    old = RECIPE not in carried
    version, recipe, formats = split_version(carried.get(VERSION, ""))
    if not old:
        version, recipe = carried.get(VERSION, ""), _heard(carried[RECIPE])
    try:
        if CUT_SHORT in carried:
            return Origin(recipe, key, _heard(carried.get(FILE, "")), "", None)
        inputs = tuple(
            FileStamp(str(path), int(size), 0, digest)
            for path, size, digest in json.loads(carried[INPUTS])
        )
        parameters = canonical(dict(json.loads(carried[PARAMETERS])))
        fingerprint = Fingerprint(version, parameters, inputs)
        files = json.loads(carried.get(FILES, "1"))
        if old:
            suffix = name.rpartition(".")[2]
            part = f"*.{suffix}" if suffix in formats else ""
            return Origin(
                recipe, key, "", part, fingerprint, count=int(files), together=frozenset(formats)
            )
        data = tuple(
            FileStamp(str(path), int(size), 0, str(digest))
            for path, size, digest in json.loads(carried.get(DATA, "[]"))
        )
        known = carried[FACTS]
        return Origin(
            recipe,
            key,
            _heard(carried[FILE]),
            _heard(carried[PART]),
            fingerprint,
            frozenset(map(str, files)) - {stamp.path for stamp in data},
            data,
            facts=None if known == TOO_LARGE else canonical(dict(json.loads(known))),
            notes=notes.dump(notes.load(carried.get(NOTES, "[]"))),
        )
    except (KeyError, ValueError, TypeError):
        return Origin(recipe, key, "", "", None)


def _plain(name: str) -> str:
    return str(PurePosixPath(name))


def _printable(text: str) -> str:
    """JSON whose characters every format of figures keeps."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _told(text: str) -> str:
    return text if text.isprintable() and not text.startswith('"') else json.dumps(text)


def _heard(text: str) -> str:
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:  # an old file, which quoted nothing
            return text
    return text
