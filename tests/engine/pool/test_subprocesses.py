"""Workers that are started one by one: the way of systems without a fork server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from figmill.engine.pool.nursery import Died, Event
from figmill.engine.pool.subprocesses import MARK, SubprocessNursery
from figmill.system import SWITCH, system

TAKEN_AWAY = Path(__file__).parents[2] / "portable"


def script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script the portable way, without what only Linux has."""
    found = os.pathsep.join([str(TAKEN_AWAY), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env={**os.environ, SWITCH: "portable", "PYTHONPATH": found},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_run_without_anything_of_linux(tmp_path: Path) -> None:
    text = """
import os, sys, time
from figmill.engine import Item, Outcome, RunOptions, run
def work(item, outputs):
    if item.key == "2":
        os._exit(3)
    if item.key == "4":
        time.sleep(60)
    outputs.write(f"{item.key}.txt", item.key.encode())
    return Outcome.done()
options = RunOptions(workers=2, timeout_s=2, grace_s=0.2, retries={})
report = run([Item(str(n)) for n in range(8)], work, "out", version="1", options=options)
print(report.done, sorted((one.key, one.failure.category) for one in report.failures))
print([name for name in ("fcntl", "resource") if f"figmill.system.{name}" in sys.modules],
      "figmill.engine.pool.forkserver" in sys.modules, hasattr(os, "fork"))
"""
    done = script(text, tmp_path)
    assert done.stdout == "6 [('2', 'crash'), ('4', 'timeout')]\n[] False False\n", done.stderr
    assert len(list((tmp_path / "out").glob("*.txt"))) == 6


def test_a_daemonic_process_may_start_workers(tmp_path: Path) -> None:
    (tmp_path / "inside.py").write_text("""
import multiprocessing
from figmill.engine import Item, Outcome, RunOptions, run

def work(item, outputs):
    return Outcome.done()

def inside():
    options = RunOptions(workers=2, isolate=True)
    report = run([Item("a"), Item("b")], work, "out", version="1", options=options)
    with open("said", "w") as file:
        file.write(f"{multiprocessing.current_process().daemon} {report.done}")
""")
    text = """
import multiprocessing, sys
sys.path.insert(0, "")
import inside
if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=inside.inside, daemon=True)
    child.start()
    child.join()
"""
    done = script(text, tmp_path)
    assert (tmp_path / "said").read_text() == "True 2", done.stderr


@pytest.fixture
def nursery(tmp_path: Path) -> SubprocessNursery:
    return SubprocessNursery(tmp_path, [], dict(os.environ))


def ends(nursery: SubprocessNursery) -> Event:
    until = time.monotonic() + 20
    while True:
        found = nursery.events()
        if found:
            (one,) = found
            return one
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.skipif(system.NAME == "linux", reason="its channels are those of the portable way")
def test_a_worker_that_is_killed_is_told_and_leaves_nothing(
    nursery: SubprocessNursery, tmp_path: Path
) -> None:
    worker = nursery.spawn(7)
    assert worker.pid > 0
    assert nursery.look_s == pytest.approx(0.1)
    nursery.signal(7, system.KILL)
    assert nursery.look_s == pytest.approx(0.01)
    assert ends(nursery) == Died(7, -system.KILL)
    assert nursery.look_s is None
    worker.stream.close()
    worker.close()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_ends_when_its_lifeline_breaks(tmp_path: Path) -> None:
    text = f"""
import os, sys, time
from pathlib import Path
from figmill.engine.pool.subprocesses import SubprocessNursery
made = SubprocessNursery(Path("."), [], dict(os.environ))
print(made.spawn(1).pid, flush=True)
os.kill(os.getpid(), {system.KILL})
"""
    done = script(text, tmp_path)
    pid = int(done.stdout)
    until = time.monotonic() + 20
    while system.start_time(pid) is not None:
        assert time.monotonic() < until, "it outlived the run"
        time.sleep(0.02)


def test_what_an_item_started_is_known_by_its_environment(nursery: SubprocessNursery) -> None:
    from figmill.engine.pool.subprocesses import _marked

    code = "print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, MARK: "here-1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert _marked({"here-1"}) == [child.pid]
        assert _marked({"here-2"}) == []
        child.kill()
