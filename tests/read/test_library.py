from __future__ import annotations

import sys

import pytest

from figmill.errors import MissingExtraError
from figmill.read.library import is_installed, need


class Barrier:
    """Refuses a module as a finder that raises does."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "barred":
            raise ModuleNotFoundError(name)


def test_a_library_that_is_barred_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [Barrier(), *sys.meta_path])
    assert not is_installed("barred")
    with pytest.raises(MissingExtraError, match=r"barred is not installed.*figmill\[all\]"):
        need("barred", "all")


def test_a_library_that_is_there_is_not_imported() -> None:
    sys.modules.pop("this", None)
    need("this", "all")
    assert "this" not in sys.modules
