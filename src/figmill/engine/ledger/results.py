"""What lies on disk of an item's attempts, and what becomes of it when another attempt ends.

Pure functions over values; `recorder` and `planner` carry out what they say. A result belongs to
parts of its item (file formats, kinds of figure). A part is replaced when it is made again; the
others stay with the options that they were made with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from figmill.engine.fingerprint import FileStamp, Fingerprint
from figmill.engine.ledger.records import Earlier
from figmill.engine.plan import covers, outdated, same_result

LEFT_OVER = "It is not among the files that the item has made since."


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of an item's files after an attempt that succeeded.

    Parameters
    ----------
    result
        The new result, with the parts of earlier ones that were made of the same.
    earlier
        What else lies on disk.
    """

    result: Earlier
    earlier: tuple[Earlier, ...]


def by_part(result: Earlier) -> list[Earlier]:
    """Split a result into its parts.

    Examples
    --------
    >>> made = Earlier("", Fingerprint("1", "{}", ()), (FileStamp("a.png", 1, 1, part="png"),),
    ...                frozenset({"png"}))
    >>> [one.part for one in by_part(made)]
    ['png']
    """
    found: dict[str, list[FileStamp]] = {part: [] for part in sorted(result.parts)}
    for stamp in result.outputs:
        found.setdefault(stamp.part, []).append(stamp)
    if not found:
        found[""] = []
    return [
        replace(result, part=part, outputs=tuple(stamps), parts=frozenset({part} - {""}))
        for part, stamps in found.items()
    ]


def after_success(
    before: Sequence[Earlier],
    made: Earlier,
    elsewhere: Callable[[str], bool] = lambda path: False,
    fold: Callable[[str], str] = str,
) -> Settled:
    """Say what becomes of earlier files once an attempt has made new ones.

    Parameters
    ----------
    before
        All that lay on disk of the item, by part.
    made
        The new result; its ``parts`` are those that were asked for.
    elsewhere
        Whether a file belongs to another item by now.
    fold
        Gives the same text for names of the same file, where case does not matter.
    """
    written = {fold(stamp.path) for stamp in made.outputs}
    outputs, parts = list(made.outputs), set(made.parts)
    earlier: list[Earlier] = []
    for one in before:
        left = tuple(
            stamp
            for stamp in one.outputs
            if fold(stamp.path) not in written and not elsewhere(stamp.path)
        )
        if is_among(one.part, made.parts):
            if left:
                earlier.append(
                    replace(one, outputs=left, whole=False, stale=one.stale or LEFT_OVER)
                )
        elif not one.whole or len(left) < len(one.outputs):
            if left:
                earlier.append(replace(one, outputs=left, whole=False))
        elif same_result(one.fingerprint, made.fingerprint):
            outputs += left
            parts |= one.parts
        else:
            why = outdated(one.fingerprint, made.fingerprint) or one.stale
            earlier.append(replace(one, stale=why))
    result = replace(made, outputs=tuple(outputs), parts=frozenset(parts))
    return Settled(result, joined(earlier))


def after_failure(
    before: Sequence[Earlier],
    now: Fingerprint,
    wanted: frozenset[str],
    why: str,
    *,
    empty: bool = False,
) -> tuple[Earlier, ...]:
    """Say what becomes of earlier files when an attempt made nothing.

    Parameters
    ----------
    before
        All that lay on disk of the item, by part.
    now
        Of what the attempt was to be made.
    wanted
        The parts that it was to make.
    why
        Why it made nothing.
    empty
        It found no data: what was made of the same before is not what would be made now, as where
        the work itself changed and everything is to run again.
    """
    found = []
    for one in before:
        stale = one.stale
        if one.whole:
            if same_result(one.fingerprint, now):
                stale = why if empty else ""
            elif is_among(one.part, wanted):
                stale = why
            else:
                stale = outdated(one.fingerprint, now) or one.stale
        found.append(replace(one, stale=stale))
    return joined(found)


def restorable(
    before: Sequence[Earlier], wanted: frozenset[str], holds: Callable[[Earlier], bool]
) -> Settled | None:
    """Find out whether earlier attempts left just what is asked for now.

    Parameters
    ----------
    before
        All that lies on disk of the item, by part.
    wanted
        The parts that are asked for.
    holds
        Whether a result would come out the same now, and its files are there.
    """
    whole = [one for one in before if one.whole]
    # Files of no part belong to whatever was made last.
    needed = {one.part for one in whole if not one.part and (one.outputs or not wanted)}
    if not covers(frozenset(one.part for one in whole), frozenset(wanted | needed)):
        return None
    fit = [one for one in whole if holds(one)]
    if not fit or not covers(frozenset(one.part for one in fit), frozenset(wanted | needed)):
        return None
    rest = [one for one in before if one not in fit]
    last = fit[-1]
    result = replace(
        last,
        part="",
        outputs=tuple(stamp for one in fit for stamp in one.outputs),
        parts=frozenset(one.part for one in fit) - {""},
        stale="",
    )
    return Settled(result, joined(rest))


def is_among(part: str, parts: frozenset[str]) -> bool:
    """Whether an attempt at these parts makes it again; what is of no part always is."""
    return not part or part in parts or (part.startswith("*.") and part[2:] in parts)


def joined(found: Sequence[Earlier]) -> tuple[Earlier, ...]:
    """Give at most one whole result and one set of left-over files of each part."""
    kept: dict[tuple[str, bool], Earlier] = {}
    for one in found:
        same = kept.get((one.part, one.whole), one)
        names = {stamp.path for stamp in one.outputs}
        others = tuple(stamp for stamp in same.outputs if stamp.path not in names)
        kept[one.part, one.whole] = replace(
            one, outputs=(*others, *one.outputs), stale=one.stale or same.stale
        )
    return tuple(kept.values())
