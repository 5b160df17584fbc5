"""docs/notes.md lists every code of a note with what gives it.

Regenerate it: python tests/docs/test_notes_table.py
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from figmill.notes import LEVELS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "figmill"
PAGE = ROOT / "docs" / "notes.md"
BEGIN, END = "<!-- generated: codes -->", "<!-- end -->"


class Given(NamedTuple):
    """One place in the source that gives a note."""

    code: str
    level: str
    text: str
    function: str


def given() -> Iterator[Given]:
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        module = ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts)
        yield from _in(tree, module.removesuffix(".__init__"), tree)


def _in(node: ast.AST, where: str, function: ast.AST) -> Iterator[Given]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield from _in(child, f"{where}.{child.name}", child)
            continue
        if _is_note(child):
            assert isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute)
            code, text = child.args[:2]
            assert isinstance(code, ast.Constant), f"{where}: the code of a note must be literal"
            yield Given(str(code.value), child.func.attr, _words(text, function), where)
        yield from _in(child, where, function)


def _is_note(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "Note"
        and len(node.args) > 1
    )


def _words(text: ast.expr, function: ast.AST) -> str:
    """The sentence, with an ellipsis for what differs from file to file."""
    if isinstance(text, ast.Name):
        known = {
            node.lineno: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and any(isinstance(one, ast.Name) and one.id == text.id for one in node.targets)
            and node.lineno < text.lineno
        }
        return _words(known[max(known)], function) if known else "…"
    if isinstance(text, ast.Constant):
        return str(text.value)
    if isinstance(text, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values
        )
    return "…"


def table() -> str:
    rows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in given():
        rows[one.code, one.level][one.text].append(f"`{one.function.removeprefix('figmill.')}`")
    lines = ["| code | level | what it says | given by |", "| --- | --- | --- | --- |"]
    for (code, level), texts in sorted(rows.items()):
        said = "; ".join(text for text in texts if text.strip("… ")) or "…"
        places = sorted({place for found in texts.values() for place in found})
        lines.append(f"| `{code}` | {level} | {said.replace('|', '/')} | {', '.join(places)} |")
    return "\n".join(lines)


def page() -> str:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"


def test_the_table_is_that_of_the_source() -> None:
    message = "Run: python tests/docs/test_notes_table.py"
    assert PAGE.read_text(encoding="utf-8") == page(), message


def test_a_code_has_one_level_and_is_words_joined_by_hyphens() -> None:
    levels = defaultdict(set)
    for one in given():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.code), one
        levels[one.code].add(one.level)
    assert levels
    assert {code: found for code, found in levels.items() if len(found) > 1} == {}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
