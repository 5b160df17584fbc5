"""Kill runs and workers at random until the batch is done; count what was lost or repeated.

``lost``: items that are not done at the end, or whose files are not byte for byte what they should
be. ``repeated``: items that began again after the ledger held them as finished. Items write a
journal of their own (one append a line), which the engine knows nothing of.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _common import report, table
from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, events, run

WORKERS = 2


def content(key: str) -> bytes:
    return f"figure of {key}\n".encode() * 500


def note(journal: str, text: str) -> None:
    handle = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{text}\n".encode())
    os.close(handle)


def one_run(folder: Path, count: int) -> None:
    """Be the run that is killed."""
    journal = str(folder / "journal")

    def work(item: Item, outputs: Outputs) -> Outcome:
        note(journal, f"start {item.key} {os.getpid()}")
        time.sleep(0.004)
        outputs.write(f"a/{item.key}.png", content(item.key))
        outputs.write(f"b/{item.key}.svg", content(item.key)[::-1])
        return Outcome.done()

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ItemFinished):
            note(journal, f"finished {event.key} {event.status}")

    items = (Item(f"item{number:05}") for number in range(count))
    options = RunOptions(workers=WORKERS, retries={"crash": 20}, backoff_s=0.01)
    run(items, work, folder / "out", version="1", options=options, listeners=[watch])


def storm(folder: Path, count: int, run_kills: int, worker_kills: int, seed: int) -> dict[str, int]:
    """Run until done, killing on the way; give the counts."""
    chance = random.Random(seed)
    killed_runs = killed_workers = 0
    starts = 0
    while True:
        starts += 1
        process = subprocess.Popen([sys.executable, __file__, "--run", str(folder), str(count)])
        # The later kills are spread over what is left.
        ends = time.monotonic() + chance.uniform(0.25, 0.6)
        while process.poll() is None:
            time.sleep(chance.uniform(0.02, 0.1))
            if killed_workers < worker_kills and chance.random() < 0.8:
                killed_workers += kill_worker(folder)
            if killed_runs < run_kills and time.monotonic() > ends:
                process.kill()
                process.wait()
                killed_runs += 1
                break
        if process.returncode == 0:
            break
        if process.returncode != -signal.SIGKILL:
            raise SystemExit(f"the run ended with {process.returncode}")
    return {"run_kills": killed_runs, "worker_kills": killed_workers, "starts": starts}


def kill_worker(folder: Path) -> int:
    """Kill the worker that began an item last, if it still lives."""
    journal = folder / "journal"
    if not journal.exists():
        return 0
    with journal.open("rb") as file:
        file.seek(max(0, journal.stat().st_size - 400))
        lines = [line.split() for line in file.read().splitlines()[1:]]
    begun = [line for line in lines if line[0] == b"start" and len(line) == 3]
    if not begun:
        return 0
    try:
        os.kill(int(begun[-1][2]), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def judge(folder: Path, count: int) -> dict[str, int]:
    """Count what was lost and what was repeated."""
    out = folder / "out"
    with Ledger.read(out) as ledger:
        states = {record.key: record.state for record in ledger.items()}
    lost = 0
    for number in range(count):
        key = f"item{number:05}"
        files = {f"a/{key}.png": content(key), f"b/{key}.svg": content(key)[::-1]}
        whole = all((out / n).exists() and (out / n).read_bytes() == d for n, d in files.items())
        lost += not (whole and states.get(key) == "done")
    visible = [p for p in out.rglob("*") if p.is_file() and ".figmill" not in p.parts]
    repeated, finished = 0, set()
    for line in (folder / "journal").read_text().splitlines():
        what, key = line.split()[:2]
        repeated += key in finished
        if what == "finished":
            finished.add(key)
    return {"lost": lost, "repeated": repeated, "strays": len(visible) - 2 * count}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer items, under 40 s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        one_run(Path(asked.run[0]), int(asked.run[1]))
        return
    count = 1500 if asked.quick else 4000
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        begun = time.perf_counter()
        kills = storm(folder, count, run_kills=22, worker_kills=70, seed=asked.seed)
        seconds = time.perf_counter() - begun
        found = judge(folder, count)
    print(f"{count} items, two files each, {kills['starts']} starts, {seconds:.1f} s")
    rows = [
        ("runs killed", kills["run_kills"]),
        ("workers killed", kills["worker_kills"]),
        ("items lost", found["lost"]),
        ("items repeated", found["repeated"]),
        ("stray files", found["strays"]),
    ]
    table(("what", "count"), rows)
    del kills["starts"]
    report({"items": count, **kills, **found})


if __name__ == "__main__":
    main()
