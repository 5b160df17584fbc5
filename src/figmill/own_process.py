"""What a command of figmill may do, since its whole process is figmill's own.

A caller's script or notebook is somebody else's: there, nothing of this is done.
"""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass

from figmill.system import system

OPENMP = "OMP_NUM_THREADS"
OF_OPENMP = (
    *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"),
)
"""What libraries ask before they look at `OPENMP`: OpenBLAS, MKL, BLIS, numexpr, numba."""

_WHILE_IMPORTING = 100_000
_USUAL = gc.get_threshold()


@dataclass(slots=True)
class _Here:
    """What is known of the process.

    Parameters
    ----------
    began_with
        How many descriptors were open when the command began; None: it is not figmill's own.
    """

    began_with: int | None = None


_HERE = _Here()


def begin() -> None:
    """Remember that the process is a command of figmill, before it imports anything heavy.

    Libraries that start their threads when they are imported start none then, as in workers: a
    process with threads cannot be forked, and starting them takes longer than figmill's sums.
    """
    if OPENMP not in os.environ:
        for name in (OPENMP, *OF_OPENMP):
            os.environ.setdefault(name, "1")
    _HERE.began_with = system.open_files() if system.HAS_FORK_SERVER else 0
    # Of what is imported nothing can be collected, and looking for it takes a fifth of the time.
    gc.set_threshold(_WHILE_IMPORTING)


def imported() -> None:
    """Let garbage be collected as usual: what a command needs is imported, and stays."""
    if _HERE.began_with is not None:
        gc.set_threshold(*_USUAL)
        gc.freeze()


def has_files() -> bool:
    """Whether more files are open than when the command began; True where it is not figmill's."""
    return _HERE.began_with is None or system.open_files() > _HERE.began_with
