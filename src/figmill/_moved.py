"""Documented modules that were moved: their old addresses lead to the new ones, and say so.

A release after the one that warns, an entry may go.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "figmill.chip.pymeasure": "figmill.read.pymeasure",
    "figmill.chip.results_body": "figmill.read.results_body",
    "figmill.engine.item": "figmill.item",
    "figmill.read.istp_overrides": "figmill.read.istp.overrides",
    "figmill.recipes.chip": "figmill.chip",
    "figmill.recipes.chip.history": "figmill.chip.history",
    "figmill.recipes.chip.plots": "figmill.chip.plots",
    "figmill.recipes.chip.synthetic": "figmill.chip.synthetic",
    "figmill.recipes.fast": "figmill.fast",
    "figmill.recipes.fast.synthetic": "figmill.fast.synthetic",
    "figmill.read.spectrum": "figmill.spectra.spectrum",
    "figmill.read.spectrum_files": "figmill.spectra.read.files",
    "figmill.read.spectrum_plan": "figmill.spectra.read.plan",
    "figmill.recipes.spectra": "figmill.spectra",
    "figmill.recipes.spectrogram": "figmill.quicklook",
}


class _Moved:  # without the base classes of importlib.abc, which would cost each start 15 ms
    """Finds and loads modules under their old names; asked only where nothing else is found."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in MOVED:
            return None
        # A package without a folder: what lies below it is found here as well, or not at all.
        return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        new = MOVED[spec.name]
        warnings.warn(
            f"{spec.name} has moved to {new}; the old address will go with a later release.",
            DeprecationWarning,
            stacklevel=2,
        )
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        new = import_module(MOVED[module.__name__])
        own = {name: value for name, value in vars(module).items() if name.startswith("__")}
        vars(module).update(vars(new), **own)


def redirect() -> None:
    """Let imports by the old names work, after all other ways to find a module."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.append(_Moved())
