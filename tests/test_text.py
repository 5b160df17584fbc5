"""Text from elsewhere steers neither terminals nor programs that read lines."""

import json

import pytest

from figmill.text import as_json_line, one_line, printable

STEERING = ["\x1b[31m", "\r", "\x07", "\x7f", "\x9b31m", "\u202e", "\u2066", "\u2028", "\udcff"]


@pytest.mark.parametrize("text", [*STEERING, "\n"])
def test_nothing_steers(text) -> None:
    assert one_line(f"a{text}b").isprintable()
    assert one_line(f"a{text}b") != f"a{text}b"
    shown = as_json_line({"a": text})
    assert shown.isprintable()
    assert json.loads(shown) == {"a": text}


@pytest.mark.parametrize("text", STEERING)
def test_lines_stay_lines(text) -> None:
    assert printable(f"a{text}\nb").split("\n")[1] == "b"
    assert printable(f"a{text}\nb").replace("\n", "").isprintable()


def test_words_of_any_script_stay() -> None:
    assert one_line("Öl, 油, ν = 5 µm") == "Öl, 油, ν = 5 µm"
