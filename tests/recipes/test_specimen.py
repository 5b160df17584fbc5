from __future__ import annotations

from functools import partial

import pytest

from figmill.errors import ConfigError
from figmill.figure import Axis, Figure, Panel
from figmill.recipes.specimen import check_specimens

PANEL = Panel(x=Axis("time"), title="-")


def sized(rows: int, width: float, height: float, dpi: float = 100) -> partial[Figure]:
    return partial(Figure, [PANEL] * rows, size=(width, height), dpi=dpi)


def test_one_figure_that_can_be_drawn_is_enough() -> None:
    check_specimens([sized(1, 0.1, 0.1), sized(1, 6, 4)], with_room=True)


def test_the_first_is_told_where_none_can() -> None:
    with pytest.raises(ConfigError, match="10 x 10 pixels"):
        check_specimens([sized(1, 0.1, 0.1), sized(1, 0.2, 0.2)])


def test_room_is_looked_for_where_it_is_asked_for() -> None:
    low = sized(3, 6, 1.5)
    check_specimens([low])
    with pytest.raises(ConfigError, match="no room for 3 rows"):
        check_specimens([low], with_room=True)
