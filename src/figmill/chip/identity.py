"""Which run of a stage a raw file is: its number must follow it, and no other run may take it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from figmill.chip.start import FROM_FILE, FROM_NAME

Row = Mapping[str, Any]

_HEADS = (1, 4, 16, 64)


def head_of(body: bytes) -> str:
    """Marks of the first 1, 4, 16 and 64 rows, by which a file that grew is known again.

    Parameters
    ----------
    body
        Header row and rows, with line ends made one.

    Returns
    -------
    str
        One mark of 8 hexadecimal digits for each of these counts that the rows reach.
    """
    lines = body.split(b"\n", _HEADS[-1] + 1)[: _HEADS[-1] + 1]
    counts = [count for count in _HEADS if count < len(lines)]
    return ":".join(
        hashlib.sha256(b"\n".join(lines[: count + 1])).hexdigest()[:8] for count in counts
    )


def continues(before: Row, now: Row) -> bool | None:
    """Whether a run begins as another did and has at least its rows; None where nothing tells."""
    if (now.get("rows") or 0) < (before.get("rows") or 0):
        return False
    if not before.get("head") or not now.get("head"):
        return None
    # The last row of a file that was being written may have been cut.
    whole = max(1, int(before.get("rows") or 0) - 1)
    count = sum(head <= whole for head in _HEADS)
    mine, other = str(before["head"]).split(":")[:count], str(now["head"]).split(":")[:count]
    return bool(mine) and mine == other[: len(mine)]


def same_runs(before: Sequence[Row], now: Sequence[Row]) -> dict[int, int]:
    """Find the runs of a chip again.

    A run is known by its ``run_id``; else by procedure, file name and start; else by procedure and
    start where no other run has them; else by file name and first rows. Where the start is but a
    date, the first rows must agree too.

    Parameters
    ----------
    before, now
        Rows of a history or a manifest, of one chip.

    Returns
    -------
    dict of int to int
        For places in `before` the place in `now`; each occurs once.
    """
    found: dict[int, int] = {}
    taken: set[int] = set()

    def match(key: Callable[[Row], Any], fits: Callable[[Row, Row], bool], *, lone: bool) -> None:
        places: dict[Any, list[int]] = {}
        for place, row in enumerate(now):
            places.setdefault(key(row), []).append(place)
        often = Counter(map(key, before))
        for old, row in enumerate(before):
            those = places.get(key(row), [])
            if old in found or (lone and (len(those) > 1 or often[key(row)] > 1)):
                continue
            fit = [new for new in those if new not in taken and fits(row, now[new])]
            if fit:
                found[old] = fit[0]
                taken.add(fit[0])

    match(lambda row: row["run_id"], lambda _a, _b: True, lone=False)
    match(lambda row: (*_start(row), row.get("source_file")), _same_file, lone=False)
    match(lambda row: (*_start(row), _name(row)), _same_file, lone=False)
    match(_start, _same_start, lone=True)
    match(lambda row: (row["proc"], row.get("source_file")), _same_beginning, lone=False)
    match(lambda row: (row["proc"], _name(row)), _same_beginning, lone=True)
    return found


def _start(row: Row) -> tuple[str, float]:
    return row["proc"], round(row["start_time"], 3)


def _name(row: Row) -> str:
    return PurePosixPath(str(row.get("source_file"))).name


def _is_dated(row: Row) -> bool:
    return row.get("date_origin") in (FROM_NAME, FROM_FILE)


def _same_file(before: Row, now: Row) -> bool:
    if not (_is_dated(before) or _is_dated(now)):
        return True
    told = continues(before, now)
    return before.get("source_file") == now.get("source_file") if told is None else told


def _same_start(before: Row, now: Row) -> bool:
    if _is_dated(before) or _is_dated(now):
        return bool(continues(before, now))
    return True


def _same_beginning(before: Row, now: Row) -> bool:
    told = continues(before, now)
    if told is None:
        # Before starts were read in all their forms, the date of the name stood for them.
        read_now = _is_dated(before) and not _is_dated(now)
        return read_now and before.get("rows") == now.get("rows")
    return told
