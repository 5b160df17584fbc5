"""Spectrograms on pixels: colours against matplotlib, tables against hand-made arrays."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import LogNorm, Normalize

from figmill.draw import pixels
from figmill.draw.color_difference import ciede2000, lab
from figmill.errors import PlottingError
from figmill.figure import resample
from figmill.figure.color import ColorScale
from figmill.figure.style import PAPER, THEMES, Style

NAN = float("nan")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_color_numbers_are_matplotlibs(dtype) -> None:
    rng = np.random.default_rng(1)
    values = (10 ** rng.uniform(1, 5, 5000)).astype(dtype)
    for norm, log in ((LogNorm(10, 1e5), True), (Normalize(10, 1e5), False)):
        ours = pixels.lookup(ColorScale(colormap="viridis"), PAPER)[
            pixels.color_numbers(values, (10, 1e5), log)
        ]
        theirs = colormaps["viridis"](norm(values.astype(np.float64)), bytes=True)[:, :3]
        same = (np.abs(ours.astype(int) - theirs) <= 1).all(axis=1)
        # single precision may round a value on the boundary to the neighbouring level
        assert same.mean() > (0.999 if dtype == np.float32 else 0.9999)


def test_out_of_range_and_missing_have_numbers_of_their_own() -> None:
    numbers = pixels.color_numbers(
        np.array([-1.0, 0.0, 0.5, 1.0, 10.0, 11.0, NAN, np.inf, -np.inf]), (1, 10), log=True
    )
    b, a, m = pixels.BELOW, pixels.ABOVE, pixels.MISSING
    assert numbers.tolist() == [b, b, b, 0, 255, a, m, m, m]
    colors = pixels.lookup(ColorScale("log"), PAPER)
    assert len({tuple(colors[i]) for i in (0, 255, b, a, m, pixels.BLANK)}) == 6


def test_tables_that_differ_by_record_meet_on_pixels() -> None:
    # Two records in one pixel column: bins 0-2 | 2-4 and 0-1 | 1-4.
    values = np.array([[10.0, 20.0], [30.0, 40.0]])
    columns = resample.sources(np.array([0.0, 0.5]), np.array([0.5, 1.0]), 1)
    rows = tuple(
        resample.sources(np.array(low, float), np.array(high, float), 4)
        for low, high in (([0, 2], [2, 4]), ([0, 1], [1, 4]))
    )
    picture = pixels.picture(values, columns, rows, np.array([0, 1]), (0, 256), log=False)
    # Means by pixel row: (10+30)/2, (10+40)/2, (20+40)/2, (20+40)/2.
    assert picture.strips[picture.rows, 0].tolist() == [20, 25, 30, 30]


def test_a_column_of_one_table_keeps_its_exact_values() -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    columns = resample.sources(np.array([0.0, 2.0]), np.array([2.0, 5.0]), 6)
    rows = tuple(
        resample.sources(np.array(low, float), np.array(high, float), 3)
        for low, high in (([0, 1], [1, 3]), ([0, 2], [2, 3]))
    )
    picture = pixels.picture(values, columns, rows, np.array([0, 1]), (0, 256), log=False)
    blank = pixels.BLANK
    assert picture.strips[picture.rows].tolist() == [
        [1, 1, 3, 3, 3, blank],
        [2, 2, 3, 3, 3, blank],
        [2, 2, 4, 4, 4, blank],
    ]


def test_unknown_names_say_what_to_do() -> None:
    with pytest.raises(PlottingError, match=r"no colour map 'nope'.*viridis"):
        pixels.lookup(ColorScale(colormap="nope"), PAPER)
    with pytest.raises(PlottingError, match="not a colour"):
        pixels.rgb("reddish")
    with pytest.raises(PlottingError, match="not increasing"):
        pixels.color_numbers(np.array([1.0]), (2.0, 2.0), log=False)


@pytest.mark.parametrize("style", {theme.name: theme for theme in THEMES.values()}.values())
def test_what_is_out_of_range_differs_from_the_ground_in_every_map(style: Style) -> None:
    """No value looks like no record, or like a missing one, or like the other end's."""
    for name in colormaps:
        table = pixels.lookup(ColorScale(colormap=name), style)
        seen = lab(table[[pixels.BELOW, pixels.ABOVE, pixels.BLANK, pixels.MISSING]])
        apart = ciede2000(seen[:2, None], seen[None])
        assert apart[:, 2:].min() >= 7, name
        assert apart[0, 1] >= 7, name
        # Nor like a value in the midst of the map.
        ramp = lab(table[: pixels.LEVELS : 4])
        tenth = len(ramp) // 10 + 1
        assert ciede2000(seen[0], ramp[tenth:]).min() >= 3, name
        assert ciede2000(seen[1], ramp[:-tenth]).min() >= 3, name


def test_the_usual_maps_keep_a_darker_and_a_paler_shade() -> None:
    for name in ("viridis", "plasma", "inferno", "magma", "cividis"):
        for style in THEMES.values():
            table = pixels.lookup(ColorScale(colormap=name), style)
            first, last = colormaps[name]([0.0, 1.0])[:, :3]
            np.testing.assert_allclose(table[pixels.BELOW], 255 * 0.45 * first, atol=0.51)
            np.testing.assert_allclose(table[pixels.ABOVE], 255 * (0.5 * last + 0.5), atol=0.51)
