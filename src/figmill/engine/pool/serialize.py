"""Make work functions and items ready to travel to another process."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from figmill.engine.fingerprint import FileStamp
from figmill.engine.outputs import StagedFile
from figmill.engine.task import Result, WorkFunction
from figmill.errors import EngineError
from figmill.item import Item


def pickled_work(work: WorkFunction) -> bytes:
    """Pickle a work function; by value where a fresh process could not import its module.

    Raises
    ------
    EngineError
        It holds something that cannot travel.
    """
    import cloudpickle  # slow to import

    module = sys.modules.get(getattr(work, "__module__", "") or "")
    by_value = module is not None and not _importable(module.__name__)
    if by_value:
        cloudpickle.register_pickle_by_value(module)
    try:
        packed: bytes = cloudpickle.dumps(work)
    except (TypeError, pickle.PicklingError, AttributeError, RecursionError) as error:
        raise EngineError(
            f"the work function cannot be sent to workers: {error}",
            hint="Open files and connections inside it, not around it.",
        ) from error
    finally:
        if by_value:
            cloudpickle.unregister_pickle_by_value(module)
    return packed


def _importable(name: str) -> bool:
    from importlib.machinery import PathFinder

    path: Sequence[str] | None = None
    prefix = ""
    for part in name.split("."):
        prefix = f"{prefix}.{part}" if prefix else part
        found = PathFinder.find_spec(prefix, path)
        if found is None:
            return False
        path = found.submodule_search_locations
    return True


def pack(item: Item) -> tuple[Any, ...]:
    """Make an item ready to travel: plain values, and the payload pickled if it is none."""
    inputs = tuple(os.fspath(path) for path in item.inputs)
    payload = item.payload
    if not (payload is None or type(payload) in _PLAIN):
        import cloudpickle  # slow to import, and rarely needed

        try:
            payload = _Pickled(cloudpickle.dumps(payload))
        except (TypeError, pickle.PicklingError, AttributeError, RecursionError) as error:
            payload = _Unsendable(str(error))
    return item.key, inputs, dict(item.parameters), payload


def unpack(payload: Any) -> Any:
    """Give the payload of a packed item.

    Raises
    ------
    EngineError
        It could not be pickled.
    """
    if isinstance(payload, _Unsendable):
        raise EngineError(
            f"the item's payload cannot be sent to a worker: {payload.reason}",
            hint="Put names into the payload, and open files and connections in the work.",
        )
    if isinstance(payload, _Pickled):
        return pickle.loads(payload.data)  # noqa: S301
    return payload


def pack_result(result: Result, peak_memory: int) -> tuple[Any, ...]:
    """Make a result ready to travel from a worker to the run: plain values but for a failure."""
    return (
        result.status,
        result.seconds,
        result.message,
        tuple(map(_of_file, result.files)),
        tuple(map(_of_stamp, result.inputs)),
        result.facts,
        result.failure,
        peak_memory,
        result.notes,
    )


def unpack_result(packed: tuple[Any, ...], worker: int) -> Result:
    """Give the result that a worker of this number has sent."""
    status, seconds, message, files, inputs, facts, failure, peak_memory, notes = packed
    return Result(
        status,
        seconds,
        message,
        tuple(StagedFile(*file) for file in files),
        tuple(FileStamp(*stamp) for stamp in inputs),
        facts,
        failure,
        peak_memory,
        worker=worker,
        notes=notes,
    )


# Half the bytes of the objects themselves, and a quarter of the time.
_of_file = attrgetter(*(one.name for one in fields(StagedFile)))
_of_stamp = attrgetter(*(one.name for one in fields(FileStamp)))


@dataclass(frozen=True, slots=True)
class _Pickled:
    data: bytes


@dataclass(frozen=True, slots=True)
class _Unsendable:
    reason: str


_PLAIN = frozenset({str, int, float, bool, bytes})
