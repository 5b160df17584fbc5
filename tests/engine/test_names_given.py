"""What the engine exports, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import figmill.engine
from figmill.system import system


def test_every_name_is_there_and_is_where_it_says() -> None:
    for name in figmill.engine.__all__:
        assert getattr(figmill.engine, name) is not None
    homes = " ".join(figmill.engine._HOMES.values()).split()
    assert sorted(homes) == sorted(set(figmill.engine.__all__) - {"events"})
    assert set(figmill.engine.__all__) <= set(dir(figmill.engine))


def test_no_name_is_shadowed_by_a_module() -> None:
    code = (
        "import figmill.engine.runner, figmill.engine.ledger.rebuild\n"
        "from figmill.engine import run, repair\n"
        "assert callable(run) and callable(repair)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_an_item_imports_nothing_heavy() -> None:
    heavy = {"psutil", "cloudpickle", "blake3", "sqlite3", "numpy", "matplotlib"}
    code = (
        "import sys; from figmill.engine import Item, Outcome, RunOptions; "
        f"print(*({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # The portable way of a system is psutil's.
    assert set(done.stdout.split()) <= {"sqlite3", *(["psutil"] if system.NAME != "linux" else [])}
