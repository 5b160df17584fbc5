"""Labelled points at which tests make a run fail; a call that does nothing in a real run.

``FIGMILL_FAULTS`` holds a JSON list of ``{"at": label, "nth": 3, "do": "kill-run"}``. ``nth`` (1 by
default) counts the passes of that label in one process, ``until`` says up to which pass it goes on.
What to do: ``kill-run`` (SIGKILL the run, then this process), ``kill`` (SIGKILL this process), or
the name of an ``errno`` such as ``ENOSPC``, which is raised as the operating system would.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections import Counter
from collections.abc import Callable

from figmill.system import system

ENVIRONMENT = "FIGMILL_FAULTS"
RUN_PID = "FIGMILL_FAULTS_RUN"

LABELS = (
    "before-claim",
    "after-claim",
    "before-work",
    "after-work",
    "before-write",
    "after-write",
    "before-fsync",
    "after-fsync",
    "after-intent",
    "before-rename",
    "after-rename",
    "before-commit",
    "after-commit",
)


def _nothing(label: str) -> None:
    """Pass a labelled point in a real run."""


def _armed(text: str) -> Callable[[str], None]:
    orders = json.loads(text)
    unknown = {order["at"] for order in orders} - set(LABELS)
    if unknown:
        raise ValueError(f"{ENVIRONMENT}: no such point: {sorted(unknown)}; known: {LABELS}")
    passes: Counter[str] = Counter()

    def passing(label: str) -> None:
        passes[label] += 1
        for order in orders:
            first = order.get("nth", 1)
            if order["at"] == label and first <= passes[label] <= order.get("until", first):
                _strike(order["do"], label)

    return passing


def _strike(action: str, label: str) -> None:
    if action == "kill-run":
        os.kill(int(os.environ.get(RUN_PID, os.getpid())), system.KILL)
    if action in {"kill", "kill-run"}:
        os.kill(os.getpid(), system.KILL)
        time.sleep(60)  # until it comes
    code = getattr(errno, action)
    raise OSError(code, f"{os.strerror(code)} (injected at {label})")


point: Callable[[str], None] = (
    _armed(os.environ[ENVIRONMENT]) if ENVIRONMENT in os.environ else _nothing
)
