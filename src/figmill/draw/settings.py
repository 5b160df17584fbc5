"""The few settings of matplotlib's that its renderers read while they write.

A user's own configuration must not change a file. Where a setting differs from what figmill wants,
it is set for just the time of writing, under a lock, because settings are the process's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

# How text is fitted to pixels changes between releases; each release's own defaults are taken.
TEXT: Mapping[str, Any] = {
    key: mpl.rcParamsDefault[key]
    for key in ("text.hinting", "text.hinting_factor", "text.kerning_factor", "text.antialiased")
    if key in mpl.rcParamsDefault
}
VECTOR: Mapping[str, Any] = {
    **TEXT,
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "pdf.use14corefonts": False,
    "pdf.inheritcolor": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "figmill",
    "svg.image_inline": True,
    "svg.id": None,
    "path.simplify": False,
}
_LOCK = threading.RLock()


@contextmanager
def settled(wanted: Mapping[str, Any]) -> Iterator[None]:
    """Write with these settings, as far as this release of matplotlib has them."""
    with _LOCK:
        now: dict[Any, Any] = mpl.rcParams
        other: dict[Any, Any] = {
            key: value for key, value in wanted.items() if key in now and now[key] != value
        }
        if not other:
            yield
            return
        with mpl.rc_context(other):
            yield
