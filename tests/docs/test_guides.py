"""The Python examples of the guide and the README run, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Whole pages of commands, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("page", "files"),
    [
        ("README.md", {"field.png"}),
        (
            "docs/guide/figures.md",
            {
                "response.png",
                "errors.pdf",
                "film.svg",
                "maps.png",
                "remarks.svg",
                "amounts.png",
                "runs.png",
                "diode.png",
                "flux.pdf",
                "two.svg",
                "small.png",
            },
        ),
    ],
)
def test_examples(
    page: str, files: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for example in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(example, page, "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == files


def test_every_page_of_the_guide_is_in_the_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "guide").glob("*.md"):
        assert f"guide/{page.stem}\n" in index
