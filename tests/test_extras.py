from __future__ import annotations

import sys

import pytest

from figmill.errors import ConfigError, MissingExtraError
from figmill.extras import CORE, is_installed, need, need_core


class Barrier:
    """Refuses modules as a finder that raises does."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in self.names:
            raise ModuleNotFoundError(name)


def test_a_library_that_is_barred_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [Barrier("barred"), *sys.meta_path])
    assert not is_installed("barred")
    with pytest.raises(MissingExtraError, match=r"barred is not installed.*figmill\[all\]"):
        need("barred", "all")


def test_a_library_that_is_there_is_not_imported() -> None:
    sys.modules.pop("this", None)
    need("this", "all")
    assert "this" not in sys.modules


def test_an_installation_that_is_not_whole_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    need_core()
    monkeypatch.setattr(sys, "meta_path", [Barrier("isal", "PIL"), *sys.meta_path])
    for name in CORE:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ConfigError, match="PIL, isal are not installed"):
        need_core()
