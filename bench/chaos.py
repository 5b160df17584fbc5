"""Let everything go wrong that goes wrong in real life; count what was lost, repeated or gone.

Items have two files each; their content says from which input and which options they were made, so
that files are judged by what is in them. The faults, each with a seed: a storm of killed runs and
workers, full disks, inputs that vanish and come back, redos that fail, kills between two renames of
one item, and output folders that are taken away in mid-run.

``lost``: items that a sound run at the end does not finish. ``repeated``: items that began again
although they were finished and nothing had changed. ``gone``: finished figures that are missing, or
are neither the finished old ones nor the new ones, or half of each. ``strays``: files that belong
to no item. ``unstopped``: runs that did not stop with an OutputError soon after their folder was
taken away, and ``recreated``: those that made it again or wrote into what was put in its place.
Items write a journal of their own (one append a line), which the engine knows nothing of.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _common import options, report, scale_of, table
from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, events, run
from figmill.engine.failures import CATEGORIES
from figmill.errors import FigmillError, LedgerError, NoData, OutputError

WORKERS = 2
EACH = 20
RING = 4
SOON_S = 2.0  # a second, and what starting and ending take on a shared machine
NO_FAULT = "none"


@dataclass(frozen=True)
class Made:
    """Of what a figure was made."""

    content: str
    options: int


def names_of(key: str, made: Made) -> tuple[str, str]:
    """The items of the ring pass their names on with every change of the options."""
    if key.startswith("ring"):
        key = f"ring{(int(key[4:]) + made.options) % RING}"
    return f"a/{key}.png", f"b/{key}.svg"


def files_of(key: str, made: Made) -> dict[str, bytes]:
    text = f"figure of {key} from {made.content} with options {made.options}\n".encode() * 200
    return dict(zip(names_of(key, made), (text, text[::-1]), strict=True))


def is_whole(out: Path, key: str, made: Made) -> bool:
    return all(
        (out / name).is_file() and (out / name).read_bytes() == data
        for name, data in files_of(key, made).items()
    )


def visible(out: Path) -> list[Path]:
    return [p for p in out.rglob("*") if p.is_file() and ".figmill" not in p.parts]


def note(journal: Path, text: str) -> None:
    handle = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{text}\n".encode())
    os.close(handle)


def lines_of(journal: Path) -> list[list[str]]:
    return [line.split() for line in journal.read_text().splitlines()] if journal.exists() else []


@dataclass
class Place:
    """A folder with inputs and an output folder, and what should be found in it."""

    folder: Path
    keys: Sequence[str]
    out: Path = field(init=False)
    options: int = 1
    finished: dict[str, Made] = field(default_factory=dict)
    tried: dict[str, set[Made]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = self.folder / "out"
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def inputs(self) -> Path:
        return self.folder / "in"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def write_inputs(self, content: str = "input1") -> None:
        self.inputs.mkdir()
        for key in self.keys:
            (self.inputs / key).write_text(content)

    def begun(self) -> int:
        return sum(line[0] == "start" for line in lines_of(self.journal))

    def go(
        self,
        faults: Mapping[str, str] | None = None,
        listener: Callable[[events.Event], None] = lambda event: None,
        pause: float = 0.0,
        **options: Any,
    ) -> Counter[str]:
        """Run once; give how the items ended, ``{"run": 1}`` where the run itself did not."""
        wanted = faults or {}
        journal, inputs, chosen = self.journal, self.inputs, self.options

        def work(item: Item, outputs: Outputs) -> Outcome:
            note(journal, f"start {item.key} {os.getpid()}")
            time.sleep(pause)
            misfortune(wanted.get(item.key, NO_FAULT))
            content = (inputs / item.key).read_text()
            if not content:
                raise ValueError("it is cut short")
            for name, data in files_of(item.key, Made(content, chosen)).items():
                outputs.write(name, data)
            return Outcome.done()

        ended: Counter[str] = Counter()

        def watch(event: events.Event) -> None:
            if isinstance(event, events.ItemFinished):
                note(journal, f"finished {event.key} {event.status}")
                ended[event.failure.category if event.failure else event.status] += 1
            listener(event)

        for key in self.keys:
            source = inputs / key
            content = source.read_text() if source.is_file() else ""
            self.tried.setdefault(key, set()).add(Made(content, chosen))
        items = [Item(key, (inputs / key,), {"g": chosen}) for key in self.keys]
        given = {"retries": {}, "backoff_s": 0.01, "install_signal_handlers": False, **options}
        try:
            run(items, work, self.out, version="1", options=RunOptions(**given), listeners=[watch])
        except (LedgerError, OutputError):
            ended["run"] += 1
        return ended

    def verify(self) -> int:
        """Count figures that were finished, and of which neither the old nor the new is whole."""
        gone = 0
        for key, before in list(self.finished.items()):
            found = [made for made in self.tried.get(key, set()) if is_whole(self.out, key, made)]
            if not found and not is_whole(self.out, key, before):
                gone += 1
                del self.finished[key]
            elif found:
                self.finished[key] = found[0]
        self.tried.clear()
        return gone

    def settle(self) -> Counter[str]:
        """Verify; then run soundly, twice, and count what is amiss."""
        found = Counter(gone=self.verify())
        self.go(retry_failed=frozenset(CATEGORIES))
        made = {key: Made((self.inputs / key).read_text(), self.options) for key in self.keys}
        self.finished = {key: one for key, one in made.items() if is_whole(self.out, key, one)}
        found["lost"] = len(self.keys) - len(self.finished)
        begun = self.begun()
        self.go()
        found["repeated"] = self.begun() - begun
        found["gone"] += self.verify()
        found["strays"] = len(visible(self.out)) - 2 * len(self.keys)
        return found


def misfortune(what: str) -> None:
    """Let work end as it is told to."""
    match what:
        case "raises":
            raise ValueError("it cannot be drawn")
        case "hangs":
            time.sleep(60)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "no_data":
            raise NoData("it holds nothing.")


def keys_of(count: int) -> list[str]:
    return [*(f"item{number:05}" for number in range(count)), *(f"ring{n}" for n in range(RING))]


# Runs and workers that are killed


def storm(
    folder: Path, chance: random.Random, count: int, run_kills: int, worker_kills: int
) -> Counter[str]:
    """Redo half of the items and draw the others, killing on the way, until all is done."""
    place = Place(folder, [f"item{number:05}" for number in range(count)])
    place.write_inputs()
    half = Place(folder, place.keys[: count // 2])
    found = half.settle()
    place.journal.unlink()
    place.options = 2
    old, new = Made("input1", 1), Made("input1", 2)
    while True:
        found["starts"] += 1
        process = child(place, workers=WORKERS, retries={"crash": 20}, pause=0.004)
        # The later kills are spread over what is left.
        ends = time.monotonic() + chance.uniform(0.25, 0.6)
        while process.poll() is None:
            time.sleep(chance.uniform(0.02, 0.1))
            if found["worker_kills"] < worker_kills and chance.random() < 0.8:
                found["worker_kills"] += kill_worker(place.journal)
            if found["run_kills"] < run_kills and time.monotonic() > ends:
                process.kill()
                found["run_kills"] += 1
                break
        process.communicate()
        # A kill parts files for as long as the next start takes; none of them is ever missing.
        for key in half.keys:
            pairs = zip(files_of(key, old).items(), files_of(key, new).values(), strict=True)
            found["gone"] += not all(
                (place.out / name).exists() and (place.out / name).read_bytes() in (one, other)
                for (name, one), other in pairs
            )
        if process.returncode == 0:
            break
        if process.returncode != -signal.SIGKILL:
            raise SystemExit(f"the run ended with {process.returncode}")
    found["repeated"] += begun_again(place.journal)
    with Ledger.read(place.out) as ledger:
        states = {record.key: record.state for record in ledger.items()}
    found["lost"] += sum(states.get(key) != "done" for key in place.keys)
    return found + place.settle()


def finished_in(journal: Path) -> set[str]:
    return {line[1] for line in lines_of(journal) if line[0] == "finished" and line[2] == "done"}


def begun_again(journal: Path) -> int:
    """Count the items that began after they had been told as finished."""
    repeated, finished = 0, set()
    for what, key, more in lines_of(journal):
        repeated += key in finished
        if (what, more) == ("finished", "done"):
            finished.add(key)
    return repeated


def kill_worker(journal: Path) -> int:
    """Kill the worker that began an item last, if it still lives."""
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


def child(
    place: Place, orders: Sequence[Mapping[str, Any]] = (), **options: Any
) -> subprocess.Popen[str]:
    """Start a run in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FIGMILL_FAULTS")}
    if orders:
        environment["FIGMILL_FAULTS"] = json.dumps(orders)
    told = {"keys": list(place.keys), "options": place.options, "run": options}
    return subprocess.Popen(
        [sys.executable, __file__, "--run", str(place.folder), json.dumps(told)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def be_child(folder: Path, told: Mapping[str, Any]) -> None:
    """Be the run that is killed, or whose folder is taken away: its error is its last line."""
    place = Place(folder, told["keys"], options=told["options"])
    ended = Counter[str]()
    try:
        ended = place.go(**told["run"])
    except FigmillError as error:
        sys.exit(type(error).__name__)
    if ended["run"]:
        sys.exit("OutputError")


# Disks that are full


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small file system; False where that is not allowed."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "figmill-chaos", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)


def full_disks(folder: Path, chance: random.Random) -> Counter[str]:
    """Redo everything on a disk with too little room."""
    with small_disk(folder) as mounted:
        place = Place(folder, keys_of(8))
        place.write_inputs()
        found = place.settle()
        while found["full_disks"] < EACH:
            place.options += 1
            if mounted:
                room = shutil.disk_usage(folder).free
                ballast = place.folder / "ballast"
                ballast.write_bytes(b"x" * max(0, room - chance.randrange(0, 400_000)))
                ended = place.go(workers=chance.choice((0, WORKERS)), log=False)
                ballast.unlink()
            else:
                at = chance.choice(("before-write", "before-fsync", "before-rename"))
                nth = chance.randrange(1, 16)
                orders = [{"at": at, "nth": nth, "until": nth + 4, "do": "ENOSPC"}]
                process = child(place, orders)
                process.communicate()
                made = Made("input1", place.options)
                place.tried = {key: {made} for key in place.keys}
                ended = Counter(output=not all(is_whole(place.out, k, made) for k in place.keys))
            found["full_disks"] += bool(ended["output"] or ended["run"])
            # Whatever was begun is completed or put back by a run that draws nothing.
            place.go(dict.fromkeys(place.keys, "raises"))
            found["gone"] += place.verify()
        found += place.settle()
    found["mounted"] = int(mounted)
    return found


# Inputs that vanish


def vanishing_inputs(folder: Path, chance: random.Random, rounds: int) -> Counter[str]:
    """Take inputs away before or in the middle of runs, and bring them back."""
    place = Place(folder, keys_of(8))
    place.write_inputs()
    found = place.settle()
    away = folder / "away"

    def vanish(kind: str) -> None:
        if kind == "truncated":
            for key in chance.sample(place.keys, 3):
                shutil.copy2(place.inputs / key, away / key)
                os.truncate(place.inputs / key, 0)
            return
        away.rmdir()
        place.inputs.rename(away)
        if kind == "emptied":
            place.inputs.mkdir()

    def come_back(kind: str) -> None:
        if kind == "truncated":
            for path in away.iterdir():
                path.replace(place.inputs / path.name)
            return
        if kind == "emptied":
            place.inputs.rmdir()
        away.rename(place.inputs)

    for number in range(rounds):
        kind = ("renamed", "emptied", "truncated")[number % 3]
        away.mkdir(exist_ok=True)
        in_midst = chance.random() < 0.5
        after = chance.randrange(1, 6)
        met = 0

        def watch(event: events.Event, kind: str = kind, after: int = after) -> None:
            nonlocal met
            met += isinstance(event, events.ItemFinished)
            if met == after and not (any(away.iterdir()) or not place.inputs.exists()):
                vanish(kind)

        before = place.options
        if in_midst:
            place.options += 1
            place.go(listener=watch)
        if not any(away.iterdir()):
            vanish(kind)
        place.go()
        found["gone"] += place.verify()
        come_back(kind)
        found["inputs_vanished"] += 1
        begun = place.begun()
        current = {key for key, made in place.finished.items() if made.options == place.options}
        place.go()
        if place.options == before:
            found["repeated"] += place.begun() - begun
        else:
            later = lines_of(place.journal)
            starts = [line[1] for line in later if line[0] == "start"][begun:]
            found["repeated"] += len(current & set(starts))
        found["gone"] += place.verify()
    return found + place.settle()


# Redos that fail


def failing_redos(folder: Path, chance: random.Random) -> Counter[str]:
    """Change the options and let the work end in every bad way; then change them back."""
    place = Place(folder, keys_of(26))
    place.write_inputs()
    found = place.settle()
    kinds = ("raises", "hangs", "killed", "no_data")
    while min(found[f"redo_{kind}"] for kind in kinds) < EACH:
        place.options += 1
        drawn = [*kinds * (len(place.keys) // 4), NO_FAULT, NO_FAULT]
        faults = dict(zip(place.keys, chance.sample(drawn, len(place.keys)), strict=True))
        place.go(faults, workers=WORKERS, timeout_s=0.25, grace_s=0.1)
        found.update(f"redo_{kind}" for kind in faults.values() if kind in kinds)
        found["gone"] += place.verify()
        # What failed is as it was: with the options of before there is nothing to do for it.
        as_before = {k for k, made in place.finished.items() if made.options == place.options - 1}
        place.options -= 1
        begun = place.begun()
        place.go(dict.fromkeys(place.keys, "raises"))
        starts = [line[1] for line in lines_of(place.journal) if line[0] == "start"][begun:]
        found["repeated"] += len(as_before & set(starts))
        found["gone"] += place.verify()
        place.options += 1
        found += place.settle()
    return found


# Kills between two renames


def parted_renames(folder: Path, chance: random.Random) -> Counter[str]:
    """Kill redos between the renames of an item, and of items that exchange their names."""
    place = Place(folder, keys_of(4))
    place.write_inputs()
    found = place.settle()
    while found["rename_kills"] < EACH:
        place.options += 1
        label = chance.choice(("before-rename", "after-rename"))
        nth = chance.randrange(1, 2 * len(place.keys) + 1)
        process = child(place, [{"at": label, "nth": nth, "do": "kill-run"}])
        process.communicate()
        place.tried = {key: {Made("input1", place.options)} for key in place.keys}
        found["rename_kills"] += process.returncode == -signal.SIGKILL
        place.options += 1
        place.go(dict.fromkeys(place.keys, "raises"))
        found["gone"] += place.verify()
        if chance.random() < 0.1:
            found += place.settle()
    return found + place.settle()


# Output folders that are taken away


def taken_away(folder: Path, number: int, seed: int) -> Counter[str]:
    """Remove, move or replace an output folder, or figmill's own in it, under a run."""
    chance = random.Random(seed)
    kind = ("remove", "move", "replace")[number % 3]
    own = bool(number // 3 % 2)
    place = Place(folder, [f"item{n:05}" for n in range(200)])
    place.write_inputs()
    workers = WORKERS if number // 6 % 2 else 0
    process = child(place, workers=workers, pause=0.01, progress_json_path="progress.json")
    wait_for(lambda: sum(line[0] == "finished" for line in lines_of(place.journal)) > 8)
    time.sleep(chance.uniform(0, 0.1))
    target = place.out / ".figmill" if own else place.out
    away = folder / "away"
    if kind == "remove":
        wait_for(lambda: is_removed(target))
    else:
        target.rename(away)
    if kind == "replace":
        target.mkdir()
        (target / "mine").write_text("mine")
    begun = time.monotonic()
    _, said = process.communicate(timeout=60)
    seconds = time.monotonic() - begun
    found = Counter(folders_taken=1, slowest_ms=int(1000 * seconds))
    found["unstopped"] += seconds > SOON_S or said.strip().splitlines()[-1:] != ["OutputError"]
    left = [path.name for path in target.iterdir()] if target.exists() else None
    found["recreated"] += left != (["mine"] if kind == "replace" else None)
    if kind == "replace" and target.exists():
        shutil.rmtree(target)
    if away.exists() and not target.exists():
        away.rename(target)
    if kind == "remove" and not own:
        return found
    made = Made("input1", 1)
    done = finished_in(place.journal)
    found["gone"] += sum(not is_whole(place.out, key, made) for key in done)
    # Enough of the rest is drawn to see what begins again, and that nothing else is in the way.
    later = Place(folder, [*sorted(done), "item00199"])
    before = later.begun()
    later.go()
    if not (kind == "remove" and own):  # there the memory went with the folder
        starts = [line[1] for line in lines_of(place.journal) if line[0] == "start"][before:]
        found["repeated"] += len(done & set(starts))
    found["lost"] += sum(not is_whole(place.out, key, made) for key in later.keys)
    return found


def is_removed(target: Path) -> bool:
    shutil.rmtree(target, ignore_errors=True)  # in vain as long as files are added meanwhile
    return not target.exists()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        if time.monotonic() > until:
            raise SystemExit("a run did not come to the point where it is disturbed")
        time.sleep(0.005)


def taken_folders(folder: Path, chance: random.Random) -> Counter[str]:
    seeds = [chance.randrange(1 << 30) for _ in range(EACH + 4)]  # every kind equally often
    with ThreadPoolExecutor(3) as several:
        found = several.map(lambda n: taken_away(folder / str(n), n, seeds[n]), range(len(seeds)))
        total: Counter[str] = Counter()
        for one in found:
            slowest = max(total["slowest_ms"], one["slowest_ms"])
            total += one
            total["slowest_ms"] = slowest
    return total


ROWS = {
    "run_kills": "runs killed",
    "worker_kills": "workers killed",
    "full_disks": "runs on a full disk",
    "inputs_vanished": "inputs vanished",
    "redo_raises": "redos that raise",
    "redo_hangs": "redos over their time",
    "redo_killed": "redos that are killed",
    "redo_no_data": "redos without data",
    "rename_kills": "kills between renames",
    "folders_taken": "output folders taken away",
    "slowest_ms": "slowest to notice that, ms",
    "unstopped": "runs that went on",
    "recreated": "folders made again",
    "lost": "items lost",
    "repeated": "items repeated",
    "gone": "finished figures gone",
    "strays": "stray files",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        be_child(Path(asked.run[0]), json.loads(asked.run[1]))
        return
    scale = scale_of(asked)
    count = scale(4000, 600, 20)
    total: Counter[str] = Counter()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        attacks: list[tuple[Callable[..., Counter[str]], tuple[int, ...]]] = [
            (storm, (count, *scale((22, 70), (22, 70), (1, 1)))),
            (parted_renames, ()),
            (failing_redos, ()),
            (full_disks, ()),
            (vanishing_inputs, (scale(3 * EACH, EACH + 4, 1),)),
        ]
        if scale.name == "tiny":
            attacks = attacks[:1]
        with ThreadPoolExecutor(2) as several:
            under_way = [
                several.submit(attack, folder / attack.__name__, random.Random(asked.seed), *given)
                for attack, given in attacks
            ]
            for one in under_way:
                total.update(one.result())
        # By itself: here it is measured how soon a run stops.
        if scale.name != "tiny":
            total.update(taken_folders(folder / "taken", random.Random(asked.seed)))
    seconds = time.perf_counter() - begun
    print(f"{count} items, two files each, {total['starts']} starts, {seconds:.1f} s")
    if not total["mounted"]:
        print("No disk can be mounted here: full ones were injected (FIGMILL_FAULTS).")
    table(("what", "count"), [(text, total[key]) for key, text in ROWS.items()])
    report({"items": count, **{key: total[key] for key in ROWS}})


if __name__ == "__main__":
    main()
