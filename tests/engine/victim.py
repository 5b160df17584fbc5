"""A run in a process of its own, for tests that kill it: victim.py OUT OPTIONS_AS_JSON.

Each item writes two files. OUT.starts and OUT.done note, outside of the engine, what began and
what was told as finished.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from figmill.engine import Item, Outcome, Outputs, RunOptions, events, run


def note(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{text}\n".encode())
    os.close(handle)


def main(
    out: Path, *, count: int = 12, workers: int = 1, isolate: bool = False, fatal: str = ""
) -> None:
    starts, finished, pids = f"{out}.starts", f"{out}.done", f"{out}.pids"

    def work(item: Item, outputs: Outputs) -> Outcome:
        note(starts, item.key)
        note(pids, str(os.getpid()))
        if item.key == fatal:
            os.kill(os.getpid(), signal.SIGSEGV)
        data = f"drawn {item.key}\n".encode() * 100
        outputs.write(f"a/{item.key}.txt", data)
        outputs.path(f"b/{item.key}.bin").write_bytes(data[::-1])
        return Outcome.done()

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ItemFinished):
            note(finished, f"{event.key} {event.status}")

    items = (Item(f"item{number:04}", parameters={"n": number}) for number in range(count))
    options = RunOptions(workers=workers, isolate=isolate, progress_json_path="progress.json")
    report = run(items, work, out, version="1", options=options, listeners=[watch])
    sys.stdout.write(json.dumps(report.counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), **json.loads(sys.argv[2]))
