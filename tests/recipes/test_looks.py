from __future__ import annotations

import pytest

from figmill.recipes import looks


@pytest.mark.parametrize(
    ("known", "name", "words"),
    [
        (looks.known_theme, "pink", "no theme 'pink'; there are paper"),
        (looks.known_colormap, "virids", "no colour map 'virids'; did you mean 'viridis'"),
        (looks.known_colormap, "nope", "no colour map 'nope'; take viridis"),
        (looks.known_color, "greeen", "'greeen' is not a colour"),
        (looks.known_color, "#12345g", "'#12345g' is not a colour"),
    ],
)
def test_what_is_not_known_is_named(known, name, words) -> None:
    with pytest.raises(ValueError, match=words):
        known(name)


def test_what_is_known_is_given_back() -> None:
    assert looks.known_theme("paper") == "paper"
    assert looks.known_colormap("magma") == "magma"
    assert looks.known_colormap("jet") == "jet"
    assert looks.known_color("#1a2B3c") == "#1a2B3c"
    assert looks.known_color("teal") == "teal"
