"""What commands do at their start, in processes that begin as one."""

from __future__ import annotations

import gc
import subprocess
import sys

from figmill import own_process


def script(text: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=30
    ).stdout


def test_a_caller_keeps_its_process() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    own_process.imported()
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
    assert own_process.has_files()


def test_a_command_collects_garbage_as_usual_once_it_has_imported() -> None:
    told = script(
        "import gc, os; usual = gc.get_threshold()\n"
        "os.environ.pop('OMP_NUM_THREADS', None); os.environ['MKL_NUM_THREADS'] = '3'\n"
        "from figmill import own_process; own_process.begin()\n"
        "print(gc.get_threshold() > usual)\n"
        "own_process.imported()\n"
        "print(gc.get_threshold() == usual, gc.get_freeze_count() > 0)\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['MKL_NUM_THREADS'])\n"
    )
    assert told == "True\nTrue True\n1 3\n"


def test_what_the_user_has_set_stays() -> None:
    told = script(
        "import os; os.environ['OMP_NUM_THREADS'] = '4'; "
        "os.environ.pop('OPENBLAS_NUM_THREADS', None)\n"
        "from figmill import own_process; own_process.begin()\n"
        "print(os.environ['OMP_NUM_THREADS'], 'OPENBLAS_NUM_THREADS' in os.environ)\n"
    )
    assert told == "4 False\n"
