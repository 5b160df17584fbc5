import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from figmill.errors import PlottingError
from figmill.figure.scales import Scale

SCALES = [
    Scale("linear"),
    Scale("linear", reverse=True),
    Scale("log"),
    Scale("log", reverse=True),
    Scale("time"),
    Scale("linear", kink=(2000.0, 2.0)),
    Scale("linear", reverse=True, kink=(2000.0, 0.5)),
]


def test_linear_and_reversed_by_hand():
    assert_allclose(Scale().project([0.0, 5.0, 20.0], 0.0, 10.0), [0, 0.5, 2])
    assert_allclose(Scale(reverse=True).project([0.0, 5.0, 20.0], 0.0, 10.0), [1, 0.5, -1])


def test_log_by_hand():
    got = Scale("log").project([1.0, 10.0, 1000.0, 0.0, -1.0, np.nan], 1.0, 100.0)
    assert_allclose(got, [0, 0.5, 1.5, np.nan, np.nan, np.nan])


def test_time_resolves_microseconds_of_today():
    start = 1.7e9
    got = Scale("time").project([start, start + 1e-4], start, start + 2e-4)
    assert_allclose(got, [0, 0.5], atol=2e-3)


def test_the_change_of_scale_of_infrared_atlases():
    scale = Scale("linear", reverse=True, kink=(2000.0, 2.0))
    # 2000 units above the kink, and 1600 below at twice the width: 2000 + 3200.
    got = scale.project([4000.0, 2000.0, 400.0], 400.0, 4000.0)
    assert_allclose(got, [0, 2000 / 5200, 1])
    per_unit = np.abs(np.diff(scale.project([1000.0, 1001.0, 3000.0, 3001.0], 400.0, 4000.0)))
    assert per_unit[0] == pytest.approx(2 * per_unit[2])


@pytest.mark.parametrize("at", [100.0, 9000.0])
def test_a_kink_outside_the_axis_changes_nothing(at):
    values = np.linspace(400.0, 4000.0, 7)
    bent = Scale("linear", kink=(at, 3.0)).project(values, 400.0, 4000.0)
    assert_allclose(bent, Scale().project(values, 400.0, 4000.0), atol=1e-12)


@pytest.mark.parametrize("scale", SCALES)
@given(
    lo=st.floats(1.0, 3000.0),
    span=st.floats(1.0, 1e5),
    values=st.lists(st.floats(1.0, 1e5), min_size=1, max_size=20),
)
def test_there_and_back(scale, lo, span, values):
    hi = lo + span
    places = scale.project(values, lo, hi)
    assert_allclose(scale.unproject(places, lo, hi), values, rtol=1e-6, atol=1e-4)
    ends = scale.project([lo, hi], lo, hi)
    assert_allclose(ends, [1, 0] if scale.reverse else [0, 1], atol=1e-9)
    order = np.diff(places[np.argsort(values)])
    assert ((order <= 0) if scale.reverse else (order >= 0)).all()


def test_the_input_is_not_changed_and_its_shape_is_kept():
    values = np.array([[1.0, -1.0], [10.0, 100.0]])
    before = values.copy()
    assert Scale("log").project(values, 1.0, 100.0).shape == (2, 2)
    assert_array_equal(values, before)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scale("sqrt"),
        lambda: Scale("log", kink=(2000.0, 2.0)),
        lambda: Scale("linear", kink=(2000.0, 0.0)),
        lambda: Scale("linear", kink=(np.nan, 2.0)),
        lambda: Scale("log").project([1.0], 0.0, 10.0),
        lambda: Scale().project([1.0], 10.0, 0.0),
        lambda: Scale().unproject([1.0], 0.0, np.inf),
    ],
)
def test_refuses_axes_that_cannot_be(make):
    with pytest.raises(PlottingError):
        make()


def test_symlog_is_matplotlibs() -> None:
    from matplotlib.scale import SymmetricalLogTransform

    values = np.array([-1e4, -3.0, -2.0, -0.2, 0.0, 1.0, 2.0, 20.0, 5e5, np.nan])
    scale = Scale("symlog", threshold=2.0)
    wanted = SymmetricalLogTransform(10, 2.0, 1).transform(values)
    wanted = (wanted - wanted[0]) / (wanted[-2] - wanted[0])
    placed = scale.project(values, -1e4, 5e5)
    np.testing.assert_allclose(placed, wanted, atol=1e-15)
    np.testing.assert_allclose(scale.unproject(placed, -1e4, 5e5), values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "wrong", [{"kind": "symlog"}, {"kind": "symlog", "threshold": 0.0}, {"threshold": 1.0}]
)
def test_a_symlog_axis_has_a_threshold_and_no_other_has(wrong) -> None:
    with pytest.raises(PlottingError, match="threshold"):
        Scale(**wrong)


def test_a_symlog_axis_may_span_more_than_numbers_have_quotients() -> None:
    scale = Scale("symlog", threshold=1e-200)
    values = np.array([-1e200, -1e-200, 0.0, 1.0, 1e200])
    with np.errstate(all="raise"):
        placed = scale.project(values, -1e200, 1e200)
        back = scale.unproject(placed, -1e200, 1e200)
    linear = 1 / (1 - 0.1)  # as much as so many decades
    wanted = np.array([-400 - linear, -linear, 0.0, 200 + linear, 400 + linear])
    np.testing.assert_allclose(placed, wanted / wanted[-1] / 2 + 0.5, atol=1e-15)
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-210)
