"""What is about to be published, kept so that a kill between two renames can be made good."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from figmill.engine.fingerprint import canonical
from figmill.engine.ledger.records import dump_stamps, load_stamps
from figmill.engine.outputs import StagedFile
from figmill.engine.task import Result, Task
from figmill.item import Item


@dataclass(frozen=True, slots=True)
class Intent:
    """A result whose files wait under their temporary names, or have their final ones already.

    Parameters
    ----------
    number
        Its number in the ledger.
    recipe, version
        Whose result it is.
    group
        Keys of the items that exchange file names with this one, and its own; mostly empty.
    task
        Without what the ledger holds of the item.
    result
        What is to be published.
    """

    number: int
    recipe: str
    version: str
    group: frozenset[str]
    task: Task
    result: Result


def intent_of(
    task: Task, result: Result, recipe: str, version: str, group: Collection[str] = ()
) -> str:
    """Write all that is needed to complete a result, as JSON."""
    item = task.item
    return json.dumps(
        {
            "recipe": recipe,
            "version": version,
            "group": sorted(group),
            "key": item.key,
            "index": task.index,
            "attempt": task.attempt,
            "source": task.source,
            "wanted": sorted(task.wanted),
            "inputs": dump_stamps(result.inputs),
            "parameters": canonical(item.parameters),
            "status": result.status,
            "seconds": result.seconds,
            "message": result.message,
            "facts": result.facts,
            "notes": result.notes,
            "peak_memory": result.peak_memory,
            "files": [asdict(file) for file in result.files],
        }
    )


def read_intent(number: int, text: str) -> Intent:
    """Read what `intent_of` wrote."""
    kept: dict[str, Any] = json.loads(text)
    inputs = load_stamps(kept["inputs"])
    item = Item(
        kept["key"],
        tuple(Path(stamp.path) for stamp in inputs),
        json.loads(kept["parameters"]),
        source=kept["source"],
    )
    task = Task(
        kept["index"],
        item,
        kept["attempt"],
        wanted=frozenset(kept["wanted"]),
        source=kept["source"],
    )
    result = Result(
        kept["status"],
        kept["seconds"],
        kept["message"],
        tuple(
            StagedFile(**{**file, "replaces": tuple(file["replaces"])}) for file in kept["files"]
        ),
        inputs,
        kept["facts"],
        peak_memory=kept["peak_memory"],
        notes=kept.get("notes", "[]"),  # a run of an older figmill wrote none
    )
    return Intent(number, kept["recipe"], kept["version"], frozenset(kept["group"]), task, result)
