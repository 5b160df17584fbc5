"""From a variable to a panel: what an axis can show, dead time, colours."""

import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from figmill.figure import Spectrogram
from figmill.figure.leap_seconds import from_tai
from figmill.notes import Note
from figmill.read import istp
from figmill.recipes.panels import collapsing, panel, why_empty

N = 40
START = 1.59e9


def variable(
    centers: np.ndarray,
    *,
    scale: str = "log",
    role: str = "energy",
    unit: str = "eV",
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
    values: np.ndarray | None = None,
    times: tuple[np.ndarray, np.ndarray] | None = None,
    value_scale: str = "linear",
) -> istp.SpectrogramVariable:
    kinds: Any = {"role": role, "scale": scale}
    lo, hi = (None, None) if bounds is None else bounds
    axis = istp.Axis("axis", "Axis", unit, evidence="-", centers=centers, lo=lo, hi=hi, **kinds)
    begin, end = (None, None) if times is None else times
    middle = START + np.arange(N) if begin is None or end is None else 0.5 * (begin + end)
    count = centers.shape[-1]
    values = np.ones((len(middle), count)) if values is None else values
    declared: Any = value_scale
    time = istp.TimeAxis("Epoch", middle, begin, end)
    return istp.SpectrogramVariable("flux", "Flux", "", "", declared, values, time, axis)


def drawn(
    described: istp.SpectrogramVariable, **options: Any
) -> tuple[Spectrogram, list[tuple[str, str]], Any]:
    notes: list[Note] = []
    made = panel(described, notes=notes, **options)
    (layer,) = made.layers
    assert isinstance(layer, Spectrogram)
    return layer, [(note.level, note.code) for note in notes], made


class TestPositive:
    def test_a_lower_edge_of_zero_is_clipped_one_step_below(self) -> None:
        centers = np.array([10.0, 30.0, 50.0, 70.0])
        bounds = (centers - 10.0, centers + 10.0)
        layer, codes, _ = drawn(variable(centers, bounds=bounds))
        assert layer.y.lo[0].tolist() == [10.0, 20.0, 40.0, 60.0]  # 20 to 40 is the next step
        assert layer.y.hi[0].tolist() == [20.0, 40.0, 60.0, 80.0]
        assert codes == [("info", "bin-edge-clipped")]
        layer, codes, _ = drawn(variable(centers, bounds=bounds), y_scale="linear")
        assert layer.y.lo[0].tolist() == [0.0, 20.0, 40.0, 60.0]
        assert codes == []

    def test_a_centre_of_zero_is_left_out_of_a_log_axis_with_a_note(self) -> None:
        centers = np.append(np.geomspace(1e4, 10.0, 7), 0.0)
        layer, codes, _ = drawn(variable(centers))
        assert np.isnan(layer.y.lo[0]).tolist() == [False] * 7 + [True]
        assert codes == [("loss", "bins-not-positive")]

    def test_linear_axes_keep_zero_and_negative_centres(self) -> None:
        frequencies = variable(np.arange(0.0, 132.0, 4.0), scale="linear", role="frequency")
        layer, codes, _ = drawn(frequencies)
        assert layer.y.extent == (-2.0, 130.0)
        assert codes == []
        logarithms = variable(np.linspace(-2, 2, 17), scale="linear")
        layer, codes, _ = drawn(logarithms)
        assert layer.y.extent == pytest.approx((-2.125, 2.125))
        layer, codes, _ = drawn(frequencies, y_scale="log")
        # From -2 to 2 Hz, and the next from 2 to 6: a third of the way down.
        assert (layer.y.lo[0, 0], layer.y.hi[0, 0]) == pytest.approx((2 / 3, 2.0))
        assert codes == [("info", "bin-edge-clipped")]

    def test_tables_by_record(self) -> None:
        centers = np.tile([10.0, 30.0, 50.0], (N, 1))
        centers[N // 2 :] += 5.0
        layer, codes, _ = drawn(variable(centers, bounds=(centers - 10.0, centers + 10.0)))
        assert layer.y.lo[:, 0].tolist() == [10.0, 5.0]
        assert codes == [("info", "bin-edge-clipped")]


class TestAngles:
    @pytest.mark.parametrize(
        ("centers", "limits"),
        [
            (5.0 + 10 * np.arange(18), (0.0, 180.0)),
            (11.25 + 22.5 * np.arange(16), (0.0, 360.0)),
            (np.linspace(-80, 80, 9), (-90.0, 90.0)),
            (np.linspace(-170, 170, 9), (-180.0, 180.0)),
            (np.linspace(-170, 190, 9), (None, None)),
        ],
    )
    def test_the_axis_has_the_whole_range(self, centers: np.ndarray, limits: Any) -> None:
        angles = variable(centers, scale="linear", role="angle", unit="deg")
        layer, codes, made = drawn(angles)
        assert made.y.limits == limits
        assert codes == []
        width = np.diff(centers)[0]
        assert layer.y.hi[0] - layer.y.lo[0] == pytest.approx(np.full(len(centers), width))

    def test_limits_that_are_given_and_radians_stay(self) -> None:
        angles = variable(np.linspace(5, 175, 18), scale="linear", role="pitch_angle", unit="deg")
        assert drawn(angles, y_limits=(20.0, None))[2].y.limits == (20.0, None)
        radians = variable(np.linspace(0.1, 3, 9), scale="linear", role="angle", unit="rad")
        assert drawn(radians)[2].y.limits == (None, None)


class TestDeadTime:
    def records(self, *lost: int) -> tuple[np.ndarray, np.ndarray]:
        begin = START + 20.0 * np.delete(np.arange(N + len(lost)), lost)
        return begin, begin + 10.0

    def test_the_regular_pause_is_filled_and_a_gap_is_not(self) -> None:
        times = self.records(7, 8, 20)
        layer, codes, _ = drawn(variable(np.array([1.0, 2.0]), times=times))
        pauses = layer.x.lo[1:] - layer.x.hi[:-1]
        assert np.flatnonzero(pauses > 1e-6).tolist() == [6, 17]
        assert pauses[[6, 17]] == pytest.approx([50.0, 30.0])
        # Records of 10 s each 20 s: 5 s more on either side.
        assert layer.x.lo[3] == pytest.approx(times[0][3] - 5.0)
        assert layer.x.hi[3] == pytest.approx(times[1][3] + 5.0)
        assert layer.x.lo[0] == times[0][0]
        assert codes == [("info", "dead-time-filled")]

    def test_it_is_left_open_on_demand(self) -> None:
        times = self.records()
        layer, codes, _ = drawn(variable(np.array([1.0, 2.0]), times=times), dead_time="open")
        assert np.array_equal(layer.x.lo, times[0])
        assert np.array_equal(layer.x.hi, times[1])
        assert codes == []

    def test_a_pause_that_is_not_usual_is_a_gap(self) -> None:
        begin = START + 20.0 * np.arange(N)
        begin[20:] += 12.0  # less than a record, where all others touch
        layer, codes, _ = drawn(variable(np.array([1.0, 2.0]), times=(begin, begin + 20.0)))
        assert np.flatnonzero(layer.x.lo[1:] > layer.x.hi[:-1]).tolist() == [19]
        assert codes == []


class TestColors:
    def test_they_are_logarithmic_over_three_decades(self) -> None:
        values = np.tile(np.geomspace(1.0, 1e5, 32), (N, 1))
        values[:, 3] = 0.0
        layer, codes, _ = drawn(variable(np.linspace(1, 9, 32), values=values))
        assert layer.color.scale == "log"
        assert codes == [("info", "colors-logarithmic")]
        layer, codes, _ = drawn(variable(np.linspace(1, 9, 32), values=values), z_scale="linear")
        assert (layer.color.scale, codes) == ("linear", [])

    def test_not_below_that_nor_with_negative_values(self) -> None:
        small = np.tile(np.geomspace(1.0, 500.0, 32), (N, 1))
        signed = np.tile(np.geomspace(1.0, 1e5, 32), (N, 1))
        signed[:, 0] = -1.0
        outlier = small.copy()
        outlier[0, 0] = 1e9
        for values in (small, signed, outlier):
            layer, codes, _ = drawn(variable(np.linspace(1, 9, 32), values=values))
            assert (layer.color.scale, codes) == ("linear", [])


class TestCollapsing:
    """A third dimension brought down while reading, or afterwards."""

    @staticmethod
    def angles(centers: np.ndarray) -> istp.Axis:
        return istp.Axis("pa", "Pitch angle", "deg", "pitch_angle", "-", "linear", centers)

    @pytest.mark.parametrize("by_record", [True, False])
    def test_pieces_have_the_weights_of_their_records(self, by_record: bool) -> None:
        rng = np.random.default_rng(2)
        values = rng.lognormal(size=(40, 4, 3))
        centers = np.array([20.0, 60.0, 120.0, 160.0])
        if by_record:
            centers = centers + rng.uniform(-9, 9, (40, 1))
        whole = collapsing("mean")([self.angles(centers)], 40, None)
        assert whole.how == "weighted"
        edges = (centers[..., 1:] + centers[..., :-1]) / 2
        first = centers[..., :1] - (edges[..., :1] - centers[..., :1])
        last = centers[..., -1:] + (centers[..., -1:] - edges[..., -1:])
        bounds = np.cos(np.deg2rad(np.clip(np.concatenate((first, edges, last), -1), 0, 180)))
        omega = np.broadcast_to(bounds[..., :-1] - bounds[..., 1:], (40, 4))
        wanted = (values * omega[..., None]).sum(axis=1) / omega.sum(axis=1)[:, None]
        np.testing.assert_allclose(whole.reduce(values, 0), wanted, rtol=1e-12)
        np.testing.assert_allclose(whole.reduce(values[7:9], 7), wanted[7:9], rtol=1e-12)

    def test_what_was_collapsed_while_reading_is_told_the_same(self) -> None:
        energies = np.array([10.0, 100.0, 1000.0])
        third = self.angles(np.array([30.0, 90.0, 150.0]))
        cube = np.random.default_rng(3).lognormal(size=(N, 3, 3))
        plain = replace(variable(energies, values=cube), third=third, beside=(third,))
        reduction = collapsing("mean")((third,), N, None)
        read = replace(plain, values=reduction.reduce(cube, 0), collapsed=reduction.how)
        layer, codes, made = drawn(plain)
        other, others, remade = drawn(read)
        assert np.array_equal(layer.values, other.values)
        assert codes == others == [("info", "dimension-collapsed")]
        assert made.title == remade.title == "Flux, mean over Pitch angle"


def test_an_empty_panel_says_why() -> None:
    energies = np.array([10.0, 100.0, 1000.0])
    values = np.full((N, 3), np.nan)
    assert why_empty(drawn(variable(energies, values=values))[2]) == (
        "holds only fill at the times shown"
    )
    values[-1, -1] = 5.0
    for scale in ("log", "linear"):
        made = drawn(variable(energies, scale=scale, values=values))[2]
        assert why_empty(made) == ""


def test_dead_time_is_filled_by_exact_times_too() -> None:
    begin = 1483228834 * 10**9 + np.arange(N) * 2 * 10**8  # over the leap second of 2016
    tai = np.stack((begin, begin + 10**8))
    plain = variable(np.array([10.0, 20.0]))
    lo = from_tai(tai[0])
    time = istp.TimeAxis("Epoch", lo + 0.05, lo, lo + 0.1, tai)
    layer, codes, _ = drawn(dataclasses.replace(plain, time=time))
    assert codes == [("info", "dead-time-filled")]
    assert layer.x.exact is not None
    assert (layer.x.exact[0, 1:] == layer.x.exact[1, :-1]).all()
    assert layer.x.exact[1, 0] - begin[0] == 15 * 10**7


def test_values_in_bins_that_are_not_used_are_not_seen() -> None:
    energies = np.array([np.nan, 100.0, 1000.0])
    values = np.full((N, 3), np.nan)
    values[:, 0] = 5.0
    made = drawn(variable(energies, scale="linear", values=values))[2]
    assert why_empty(made).startswith("has no data in a bin that the axis can show")


def test_values_beyond_the_limits_are_told_with_their_range() -> None:
    energies = np.array([10.0, 100.0, 1000.0])
    values = np.random.default_rng(1).uniform(2, 9, (N, 3))
    values[3, 1], values[4, 2] = 1.5, 9.5
    made = drawn(variable(energies, values=values), z_limits=(20.0, None))[2]
    assert why_empty(made) == "has no value above 20: they are 1.5 to 9.5"
    made = drawn(variable(energies, values=values), z_limits=(9.4, None))[2]
    assert why_empty(made) == ""
    made = drawn(variable(energies, values=values), y_limits=(2e4, 3e4))[2]
    assert why_empty(made).startswith("has no data from 20000 to 30000 eV: its bins reach from")
