"""Whether an item must run: a pure function over what the ledger knows and what is there now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from figmill.engine.fingerprint import FileStamp, Fingerprint

Action = Literal["run", "skip", "redo", "look", "keep", "restore", "set aside"]

# A run that died this often in the middle of the same item was most likely killed by it.
POISON = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger remembers of an item, as far as planning needs it.

    ``imported`` marks an item known from a progress file alone: there is nothing to compare.
    """

    state: str
    fingerprint: Fingerprint
    outputs: tuple[FileStamp, ...] = ()
    category: str = ""
    attempts: int = 0
    imported: bool = False
    interruptions: int = 0
    parts: frozenset[str] = frozenset()


def covers(made: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether all parts that are wanted are made; ``*.png`` stands for every part of that format.

    Examples
    --------
    >>> covers(frozenset({"png", "pdf"}), frozenset({"png"}))
    True
    >>> covers(frozenset({"*.png"}), frozenset({"bands.png", "bands.pdf"}))
    False
    """
    return wanted <= made or all(
        part in made or f"*.{part.rpartition('.')[2]}" in made for part in wanted
    )


def stays(gone: str) -> str:
    """Say that files stay since an input of theirs is missing.

    Examples
    --------
    >>> stays("/data/a.cdf")
    'Input /data/a.cdf is missing; what was made of it stays.'
    """
    return f"Input {gone} is missing; what was made of it stays."


def same_result(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two results were made of the same: version, parameters, content of the inputs."""
    return (
        not _options_changed(one, other)
        and len(one.inputs) == len(other.inputs)
        and all(
            a.digest is not None and a.digest == b.digest
            for a, b in zip(one.inputs, other.inputs, strict=True)
        )
    )


def outdated(before: Fingerprint, now: Fingerprint) -> str:
    """Say what changed of a result's own inputs or of the version; empty for nothing.

    Other options, or other inputs besides, are no such change: what was made with its own options
    is still what they say.
    """
    if before.version != now.version:
        return f"The version changed from {before.version} to {now.version}."
    known = {stamp.path: stamp for stamp in now.inputs}
    for old in before.inputs:
        new = known.get(old.path)
        if new is not None and not _same_file(old, new):
            return f"Input {old.path} changed."
    return ""


def _same_file(old: FileStamp, new: FileStamp) -> bool:
    if old.digest is None or new.digest is None:
        return (old.size, old.mtime_ns) == (new.size, new.mtime_ns)
    return old.digest == new.digest


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an item, and why.

    Parameters
    ----------
    action
        What to do. ``look`` asks for the content of the unread files, after which the same
        question gets a final answer; ``keep`` leaves an item's files as they are although it should
        be redone, since an input is missing; ``restore`` finds that an earlier attempt left what is
        asked for.
    reason
        One sentence.
    unread_inputs
        Positions among the inputs.
    unread_outputs
        Names of outputs.
    retouch
        Whether the ledger is to remember new places or times of files.
    """

    action: Action
    reason: str
    unread_inputs: tuple[int, ...] = ()
    unread_outputs: tuple[str, ...] = ()
    retouch: bool = field(default=False)

    @property
    def runs(self) -> bool:
        """Whether the item is to be worked on."""
        return self.action in {"run", "redo"}


def decide(
    known: Known | None,
    now: Fingerprint,
    outputs: tuple[FileStamp, ...] = (),
    *,
    retry: frozenset[str] = frozenset(),
    wanted: frozenset[str] = frozenset(),
) -> Decision:
    """Decide whether an item runs.

    Parameters
    ----------
    known
        The ledger's record; None for a new item.
    now
        The item as it is now. A digest of None means that the file was not read.
    outputs
        The recorded outputs as they are now, in the record's order.
    retry
        Categories of failure that run again although nothing changed.
    wanted
        The parts of the item that are asked for.

    Returns
    -------
    Decision
        ``run`` (never finished), ``redo`` (finished, but something changed), ``skip``, ``set
        aside`` (the run dies of it), or ``look`` where only the content of some files can tell.
        ``retouch`` is true where files are the same but their times are not, so that the ledger
        should remember the new ones.

    Examples
    --------
    >>> decide(None, Fingerprint("1", "{}", ())).reason
    'It is new.'
    """
    if known is None:
        return Decision("run", "It is new.")
    if known.interruptions >= POISON and known.state != "failed":
        reason = f"The run died {known.interruptions} times while it was in work."
        return Decision("set aside", reason)
    if known.state in {"planned", "running"}:
        return Decision("run", "An earlier run ended before it was finished.")
    if known.imported:
        return Decision("skip", f"A progress file says it is {known.state}.")
    if change := _options_changed(known.fingerprint, now):
        return Decision("redo", change)
    change, unread_inputs, touched = _inputs_changed(known.fingerprint.inputs, now.inputs)
    if change:
        return Decision("redo", change)
    if known.state == "failed":
        if not covers(known.parts, wanted):
            return Decision("run", f"It has no {_listed(wanted - known.parts)} yet.")
        return _decide_failed(known, unread_inputs, retry)
    if not covers(known.parts, wanted):
        return Decision("run", f"It has no {_listed(wanted - known.parts)} yet.")
    change, unread_outputs, moved = _outputs_changed(known.outputs, outputs)
    if change:
        return Decision("redo", change)
    if unread_inputs or unread_outputs:
        return Decision("look", "Times differ.", unread_inputs, unread_outputs)
    what = "There was no data" if known.state == "no_data" else "It is done"
    return Decision("skip", f"{what} and nothing changed.", retouch=touched or moved)


def _listed(parts: frozenset[str]) -> str:
    return ", ".join(sorted(parts))


def _decide_failed(known: Known, unread: tuple[int, ...], retry: frozenset[str]) -> Decision:
    attempts = f"{known.attempts} attempt{'' if known.attempts == 1 else 's'}"
    failed = f"It failed before ({known.category}, {attempts})"
    if known.category in retry:
        return Decision("run", f"{failed} and is tried again.")
    if unread:
        return Decision("look", "Times differ.", unread)
    return Decision("skip", f"{failed} and nothing changed.")


def unchanged(
    before: Fingerprint,
    outputs: tuple[FileStamp, ...],
    now: Fingerprint,
    outputs_now: tuple[FileStamp, ...],
) -> bool:
    """Whether a result is what would be made now, and its files are there.

    Digests of files whose times differ must have been read.
    """
    if _options_changed(before, now):
        return False
    changed, unread, _ = _inputs_changed(before.inputs, now.inputs)
    lost, unread_outputs, _ = _outputs_changed(outputs, outputs_now)
    return not (changed or unread or lost or unread_outputs)


def intact(before: tuple[FileStamp, ...], now: tuple[FileStamp, ...]) -> bool:
    """Whether files are as they were written; digests must have been read where times differ."""
    lost, unread, _ = _outputs_changed(before, now)
    return not (lost or unread)


def _options_changed(before: Fingerprint, now: Fingerprint) -> str:
    if before.version != now.version:
        return f"The version changed from {before.version} to {now.version}."
    if before.parameters == now.parameters:
        return ""
    changes = list(_differences(json.loads(before.parameters), json.loads(now.parameters)))
    more = f" (and {len(changes) - 3} more)" if len(changes) > 3 else ""
    return f"Parameters changed: {'; '.join(changes[:3])}{more}."


def _differences(before: object, now: object, place: str = "") -> Iterator[str]:
    """What changed, each at its own place: ``look.dpi``, ``runs[2].seq``."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(before.keys() | now.keys()):
            inner = f"{place}.{name}" if place else name
            if name not in now:
                yield f"{inner} was {_shown(before[name])} and is no longer given"
            elif name not in before:
                yield f"{inner} is now {_shown(now[name])}"
            else:
                yield from _differences(before[name], now[name], inner)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (old, new) in enumerate(zip(before, now, strict=True)):
            yield from _differences(old, new, f"{place}[{number}]")
    elif isinstance(before, list) and isinstance(now, list):
        yield f"{place} had {len(before)} entries and now has {len(now)}"
    elif json.dumps(before) != json.dumps(now):
        yield f"{place} was {_shown(before)} and is now {_shown(now)}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _inputs_changed(
    before: tuple[FileStamp, ...], now: tuple[FileStamp, ...]
) -> tuple[str, tuple[int, ...], bool]:
    if len(before) != len(now):
        return f"It had {len(before)} input files and now has {len(now)}.", (), False
    unread: list[int] = []
    touched = False
    for position, (old, new) in enumerate(zip(before, now, strict=True)):
        if (old.path, old.size, old.mtime_ns) == (new.path, new.size, new.mtime_ns):
            continue
        if not new.exists and not old.exists:
            continue
        if not new.exists:
            return f"Input {new.path} is gone.", (), False
        if not old.exists:
            return f"Input {new.path}, which was missing, is there.", (), False
        if old.size != new.size:
            sizes = f"from {old.size} to {new.size} bytes"
            return f"Input {new.path} changed {sizes}.", (), False
        if old.digest is None:
            return f"Input {new.path} was written since.", (), False
        touched = True
        if new.digest is None:
            unread.append(position)
        elif new.digest != old.digest:
            return f"The content of input {new.path} changed.", (), False
    return "", tuple(unread), touched


def _outputs_changed(
    before: tuple[FileStamp, ...], now: tuple[FileStamp, ...]
) -> tuple[str, tuple[str, ...], bool]:
    unread: list[str] = []
    touched = False
    for old, new in zip(before, now, strict=True):
        if (old.size, old.mtime_ns) == (new.size, new.mtime_ns):
            continue
        if not new.exists:
            return f"Output {old.path} is gone.", (), False
        if old.size != new.size:
            return f"Output {old.path} was altered.", (), False
        touched = True
        if new.digest is None:
            unread.append(old.path)
        elif new.digest != old.digest:
            return f"Output {old.path} was altered.", (), False
    return "", tuple(unread), touched
