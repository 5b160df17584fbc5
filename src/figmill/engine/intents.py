"""What is about to be published, kept so that a kill between two renames can be made good."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .fingerprint import canonical
from .item import Item
from .outputs import StagedFile
from .records import dump_stamps, load_stamps
from .task import Result, Task


def intent_of(task: Task, result: Result, recipe: str, version: str) -> str:
    """Write all that is needed to complete a result, as JSON."""
    item = task.item
    return json.dumps(
        {
            "recipe": recipe,
            "version": version,
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
            "peak_memory": result.peak_memory,
            "files": [asdict(file) for file in result.files],
        }
    )


def read_intent(text: str) -> tuple[str, str, Task, Result]:
    """Read what `intent_of` wrote.

    Returns
    -------
    recipe, version : str
        Whose result it is.
    task : Task
        Without what the ledger holds of the item.
    result : Result
        Whose files wait under their temporary names, or have their final ones already.
    """
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
    )
    return kept["recipe"], kept["version"], task, result
