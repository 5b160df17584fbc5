"""CONTRIBUTING.md: its example runs, and what it points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_executor_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict = {}
    for example in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(example, "CONTRIBUTING.md", "exec"), scope)
    assert scope["report"].done == 2
    assert {path.name for path in Path("out").glob("*.txt")} == {"a.txt", "b.txt"}


def test_what_it_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    named = [word for word in re.findall(r"`([a-z_]+/[\w/.]*)`", PAGE) if "." in word]
    assert len(links) > 2
    assert len(named) > 5
    for path in links + named:
        assert any((base / path).exists() for base in (ROOT, ROOT / "src/figmill", ROOT / "src")), (
            path
        )


def test_every_target_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", PAGE, re.MULTILINE):
        assert f"\n{target}:" in makefile
