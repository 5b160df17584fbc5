"""What operating systems do differently, behind one set of names.

`linux` has what Linux alone offers, `portable` the same names for every other system, with Python
and psutil alone. Whoever needs one of these things writes ``from figmill.system import system``
and ``system.cores()``; nothing else in figmill names a function that only some systems have. The
fork server (`figmill.engine.pool.forkserver`) is a program of its own, which only Linux starts.

The environment variable ``FIGMILL_SYSTEM=portable`` chooses the portable way on Linux, too: for
tests, and where the kernel lacks what figmill expects of Linux.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

SWITCH = "FIGMILL_SYSTEM"

if TYPE_CHECKING or (sys.platform == "linux" and os.environ.get(SWITCH) != "portable"):
    from figmill.system import linux as system
else:
    from figmill.system import portable as system

__all__ = ["SWITCH", "system"]
