"""Second x axes: places of round values of a function."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.errors import PlottingError
from figmill.figure import Axis, Curve, FunctionAxis, Panel


@pytest.mark.parametrize("reverse", [False, True])
def test_ticks_stand_where_the_function_has_their_values(reverse: bool) -> None:
    second = FunctionAxis(lambda nm: 1e7 / nm)
    ticks = second.ticks_over(Axis(reverse=reverse), 400.0, 2000.0, 5)
    assert ticks.labels == ("25000", "20000", "15000", "10000", "5000")
    np.testing.assert_allclose(ticks.major, [400, 500, 1e7 / 15_000, 1000, 2000], rtol=1e-14)
    # Minor ones are round too.
    assert np.allclose(1e7 / ticks.minor % 1000, 0, atol=1e-6) or ticks.minor.size == 0


def test_a_log_axis_may_have_a_second_one() -> None:
    ticks = FunctionAxis(np.sqrt, scale="log").ticks_over(Axis("log"), 1.0, 1e8, 5)
    assert ticks.labels == tuple(f"10^{{{n}}}" for n in range(5))
    np.testing.assert_allclose(ticks.major, [1, 1e2, 1e4, 1e6, 1e8], rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: x**2, "rise or fall"),
        (lambda x: 1 / x, "rise or fall"),
        (lambda x: x[:-1], "one number|shape"),
        (lambda x: [str(each) for each in x], "shape|makes"),
    ],
)
def test_a_function_that_makes_no_axis_is_refused(function, what) -> None:
    with pytest.raises(PlottingError, match=what):
        FunctionAxis(function, "E").ticks_over(Axis(), -1.0, 1.0, 5)


def test_what_is_not_a_function_is_refused() -> None:
    with pytest.raises(PlottingError, match="function"):
        FunctionAxis("1e7 / x")  # type: ignore[arg-type]
    with pytest.raises(PlottingError, match="x2"):
        Panel(Curve([0.0], [1.0]), x2=Axis())  # type: ignore[arg-type]
