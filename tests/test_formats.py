"""What formats there are stands in one place, and all else follows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import Result

import figmill
from figmill import draw, formats
from figmill.draw import files
from figmill.errors import ConfigError, PlottingError
from figmill.figure import Figure, HLine, Panel
from figmill.formats import FORMATS, FormatName, check_formats, find_format

SOURCE = Path(figmill.__file__).parent


def test_there_is_one_list() -> None:
    assert draw.FORMATS is FORMATS
    assert tuple(FORMATS) == get_args(FormatName)
    lists = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r'"png", "jpg"', path.read_text(encoding="utf-8"))
    ]
    assert lists == ["formats.py"]


def test_every_format_can_do_what_it_says() -> None:
    figure = Figure(Panel(HLine(0)), size=(2, 1.5), dpi=60)
    for name, each in FORMATS.items():
        whole = figure.to_bytes(name, **each.options)
        assert whole == figure.to_bytes(name)
        assert all(figure.to_bytes(suffix.upper()) == whole for suffix in each.also)
        with pytest.raises(PlottingError, match=f"{name} files have no option other"):
            figure.to_bytes(name, other=1)
    assert set(files._ENCODERS) == set(FORMATS)


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.longest])
def test_longer_sides_are_told(name: str) -> None:
    longest = FORMATS[name].longest
    assert longest is not None
    figure = Figure(Panel(HLine(0)), size=((longest + 1) / 60, 1.5), dpi=60)
    with pytest.raises(PlottingError, match=f"at most {longest} pixels"):
        figure.to_bytes(name)


def test_suffixes() -> None:
    assert [find_format(suffix) for suffix in (".PNG", "jpeg", ".Jpg", "gif", "")] == [
        "png",
        "jpg",
        "jpg",
        None,
        None,
    ]


def test_what_is_no_format() -> None:
    check_formats(FORMATS)
    with pytest.raises(ConfigError, match=r"Unknown format 'gif', 'PNG'\. Use png, jpg, .* or svg"):
        check_formats(["gif", "pdf", "PNG"])
    with pytest.raises(PlottingError, match="No format is given"):
        check_formats([], PlottingError)


@pytest.mark.parametrize("command", [("run",), ("quicklook",), ("fast", "orbit")])
def test_help_names_them(figmill: Callable[..., Result], command: tuple[str, ...]) -> None:
    text = " ".join(figmill(*command, "--help").stdout.replace("│", " ").split())
    assert formats.NAMES in text
