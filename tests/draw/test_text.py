"""Text: it fits, and whatever a stranger's file says can be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.draw import text


def width(words: str, size: float) -> float:
    return text.measure(words, size, 100).width


def test_what_fits_stays_as_it_is() -> None:
    assert text.fit("Energy (eV)", 500, 9, 100) == (("Energy (eV)",), 9)
    assert text.fit("", 10, 9, 100).lines == ()


def test_first_wrapped_then_smaller_then_cut() -> None:
    words = "one two three four five six"
    half = width(words, 9) * 0.6
    assert text.fit(words, half, 9, 100).size == 9
    assert len(text.fit(words, half, 9, 100).lines) == 2
    smaller = text.fit(words, width(words, 9) * 0.45, 9, 100)
    assert 6 <= smaller.size < 9
    cut = text.fit(words, width(words, 9) * 0.2, 9, 100)
    assert cut.lines[-1].endswith("…")
    for fitted, room in ((smaller, width(words, 9) * 0.45), (cut, width(words, 9) * 0.2)):
        assert all(text.measure(line, fitted.size, 100).width <= room for line in fitted.lines)


def test_a_better_break_is_taken() -> None:
    fitted = text.fit("Flux (a b c)", width("Flux (a b", 9), 9, 100, broken="Flux\n(a b c)")
    assert fitted.lines == ("Flux", "(a b c)")


def test_superscripts_are_not_torn_apart() -> None:
    fitted = text.fit("flux cm^{− 2} s^{−1}", width("flux cm^{− 2}", 9), 9, 100)
    assert fitted.lines[0] == "flux cm^{− 2}"


def test_turned_text_is_the_same_ink() -> None:
    upright, turned = text.ink("Energy", 9, 100), text.ink("Energy", 9, 100, upright=False)
    np.testing.assert_array_equal(np.rot90(upright.mask), turned.mask)
    assert upright.mask.max() == 255


def test_vector_text_has_room_too() -> None:
    for words in ("Energy flux", "10^{−3}", "WWWWWWWW"):
        fine = text.measure(words, 9, 1600).width / 16
        assert text.measure(words, 9, 100).width >= fine - 0.5


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_any_text_can_be_drawn(words: str) -> None:
    text.ink(words, 8, 72)
    fitted = text.fit(words, 120, 9, 72)
    assert all(text.measure(line, fitted.size, 72).width <= 121 for line in fitted.lines)


@pytest.mark.parametrize("nasty", ["$x", "a\\", "$\\frac{1}{0}$", "^{", "_{$}^{\\}", "\x1b[1m\0"])
def test_nothing_in_a_label_is_a_command(nasty: str) -> None:
    assert text.ink(nasty, 9, 100).mask.size
