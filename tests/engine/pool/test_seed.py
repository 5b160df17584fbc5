"""The fork server that begins as a fork of the command, in scripts that own their process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from figmill.engine.pool import seed

pytestmark = pytest.mark.linux_way("it is about the fork server")

HEAD = """
import os, sys, threading, time
from pathlib import Path
from figmill import own_process
if OWN:
    own_process.begin()
from figmill.engine.pool import seed
from figmill.engine import Item, Outcome, RunOptions, run

def work(item, outputs):
    facts = {
        "fork": "only_here" in sys.modules,
        "files": sorted(os.listdir("/proc/self/fd"), key=int),
        "argv": sys.argv,
        "main": hasattr(sys.modules["__main__"], "HERE"),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS"),
        "stdin": os.readlink("/proc/self/fd/0"),
    }
    if item.payload == "crash":
        os._exit(3)
    return Outcome.done(facts=facts)

HERE = True
items = [Item(name) for name in "ab"]
def drawn(out, items=items, **options):
    with seed.planted():
        report = run(items, work, out, version="1", options=RunOptions(isolate=True, **options))
    return report

def facts(out):
    from figmill.engine import Ledger
    with Ledger.read(Path(out), "") as ledger:
        return dict(ledger.all_facts())
"""


def script(text: str, folder: Path, *, own: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"OWN = {own}\n{HEAD}{text}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def test_workers_have_what_the_command_has_imported_and_nothing_else_of_it(tmp_path: Path) -> None:
    told = script(
        """
sys.modules["only_here"] = sys
sys.argv = ["figmill", "secret"]
print("before", end="")
assert drawn("out").done == 2
for found in facts("out").values():
    print(found["fork"], found["argv"], found["main"], found["threads"], found["stdin"])
    assert "ledger" not in str(found["files"])
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nothing is left")
""",
        tmp_path,
    )
    row = "True ['-c'] False 1 /dev/null\n"
    assert told == f"before{row}{row}nothing is left\n"


@pytest.mark.parametrize(
    "before",
    [
        "",  # a script: it is not figmill's own process
        "threading.Thread(target=time.sleep, args=(5,), daemon=True).start()",
        "held = open(sys.executable, 'rb')",
        "os.environ['HOME'] = '/'; plant = seed._plant; "
        "seed._plant = lambda: (plant(), os.environ.update(HOME='/tmp'))[0]",
    ],
)
def test_where_anything_is_not_as_at_the_start_the_server_is_a_process_of_its_own(
    tmp_path: Path, before: str
) -> None:
    told = script(
        f"""
{before}
sys.modules["only_here"] = sys
assert drawn("out").done == 2
print({{found["fork"] for found in facts("out").values()}}, flush=True)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nothing is left", flush=True)
if "held" in globals():
    held.close()
os._exit(0)
""",
        tmp_path,
        own=bool(before),
    )
    assert told == "{False}\nnothing is left\n"


def test_a_seed_that_nobody_needs_ends(tmp_path: Path) -> None:
    told = script(
        """
with seed.planted():
    pid = seed._HERE.planted.pid
    assert Path(f"/proc/{pid}").exists()
print(Path(f"/proc/{pid}").exists())
with seed.planted(False):
    print(seed._HERE.planted)
""",
        tmp_path,
    )
    assert told == "False\nNone\n"


def test_it_dies_with_the_command(tmp_path: Path) -> None:
    told = script(
        """
import signal, subprocess
command = os.fork()
if command == 0:
    with seed.planted():
        Path("pid").write_text(str(seed._HERE.planted.pid))
        signal.pause()
while not (Path("pid").exists() and Path("pid").read_text()):
    time.sleep(0.01)
pid = int(Path("pid").read_text())
os.kill(command, signal.SIGKILL)
os.waitpid(command, 0)
until = time.monotonic() + 10
while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
    if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
        break
    time.sleep(0.01)
else:
    print(time.monotonic() < until)
    os._exit(0)
print(True)
""",
        tmp_path,
    )
    assert told == "True\n"


def test_a_killed_server_is_replaced_by_a_process_of_its_own(tmp_path: Path) -> None:
    told = script(
        """
import signal
with seed.planted():
    os.kill(seed._HERE.planted.pid, signal.SIGKILL)
    report = run(items, work, "out", version="1", options=RunOptions(isolate=True))
print(report.done)
""",
        tmp_path,
    )
    assert told == "2\n"


def test_in_this_process_there_is_none() -> None:
    # The tests' own process is a caller's: commands that they call in it fork nothing.
    with seed.planted():
        assert seed._HERE.planted is None
