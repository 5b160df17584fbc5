"""Work on one item, in whatever process, and say how it ended."""

from __future__ import annotations

import time
from dataclasses import replace

from figmill import notes
from figmill.engine import fault_injection
from figmill.engine.failures import LONGEST_MESSAGE, Failure
from figmill.engine.fingerprint import (
    FileStamp,
    facts_text,
    stat_file,
    why_missing,
    with_digests,
)
from figmill.engine.outputs import Outputs
from figmill.engine.task import Result, WorkFunction
from figmill.errors import FigmillError, InputError, NoData
from figmill.item import Item, Outcome
from figmill.text import shortened


def perform(item: Item, work: WorkFunction, outputs: Outputs, *, durable: bool = True) -> Result:
    """Call the work function on an item and turn whatever happens into a result.

    Parameters
    ----------
    item
        The item.
    work
        Draws it into ``outputs``.
    outputs
        Fresh outputs; sealed on success, discarded otherwise.
    durable
        As for `Outputs.seal`.

    Raises
    ------
    KeyboardInterrupt
        The run is to stop at once. Nothing else is raised.
    """
    begun = time.perf_counter()
    inputs: tuple[FileStamp, ...] = ()
    writing = False
    try:
        inputs = with_digests(stat_file(path) for path in item.inputs)
        _require(inputs)
        fault_injection.point("before-work")
        outcome = _checked(work(item, outputs))
        fault_injection.point("after-work")
        facts, noted = facts_text(outcome.facts), notes.dump(outcome.notes)
        writing = True
        files = outputs.seal(durable=durable) if outcome.status == "done" else ()
    except NoData as error:
        outcome, facts, files = Outcome.no_data(_plain(error)), "{}", ()
        noted = notes.dump(error.notes)
    except KeyboardInterrupt:
        outputs.discard()
        raise
    except BaseException as error:  # noqa: BLE001 - recorded; a panic of a library is not an Exception
        outputs.discard()
        writing = writing or outputs.holds(getattr(error, "filename", None))
        failure = Failure.of(error, writing=writing)
        seconds = time.perf_counter() - begun
        return Result("failed", seconds, inputs=_unchanged(inputs), failure=failure)
    if outcome.status == "no_data":
        outputs.discard()
    return Result(
        outcome.status,
        time.perf_counter() - begun,
        outcome.message,
        files,
        _unchanged(inputs),
        facts,
        notes=noted,
    )


def _require(inputs: tuple[FileStamp, ...]) -> None:
    for stamp in inputs:
        if not stamp.exists:
            raise InputError(
                why_missing(stamp.path),
                file=stamp.path,
                hint="Check the path, and that its disk is mounted.",
            )


def _checked(outcome: object) -> Outcome:
    if not isinstance(outcome, Outcome):
        raise TypeError(
            f"the work function must return an Outcome, not {type(outcome).__name__}; "
            "end it with: return Outcome.done()"
        )
    if not isinstance(outcome.message, str):
        raise TypeError(
            f"the message of an Outcome must be a text, not {type(outcome.message).__name__}."
        )
    if len(outcome.message) > LONGEST_MESSAGE:
        return replace(outcome, message=shortened(outcome.message, LONGEST_MESSAGE))
    return outcome


def _unchanged(inputs: tuple[FileStamp, ...]) -> tuple[FileStamp, ...]:
    # What was written while it was read has an unknown content: without a digest the next run
    # sees another time and redoes the item.
    return tuple(
        stamp if _same(stamp, stat_file(stamp.path)) else replace(stamp, digest=None)
        for stamp in inputs
    )


def _same(before: FileStamp, now: FileStamp) -> bool:
    return (before.size, before.mtime_ns) == (now.size, now.mtime_ns)


def _plain(error: FigmillError) -> str:
    where = ", ".join(part for part in (error.file, error.place) if part)
    return f"{where}: {error.message}" if where else error.message
