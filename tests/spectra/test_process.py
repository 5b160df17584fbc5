from __future__ import annotations

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.spectra.process import Processing, normalize, normalize_alike, subtract_baseline
from figmill.spectra.spectrum import Spectrum

X = np.arange(4000.0, 599.0, -2.0)
BUMP = 0.8 * np.exp(-(((X - 1740) / 20) ** 2))


def spectrum(y: np.ndarray = BUMP, **more: object) -> Spectrum:
    return Spectrum(X, y, **more)  # type: ignore[arg-type]


def test_nothing_is_done_unless_asked() -> None:
    before = spectrum()
    after = Processing()(before)
    np.testing.assert_array_equal(after.x, X[::-1])
    np.testing.assert_array_equal(after.y, BUMP[::-1])
    assert Processing().steps == ()


def test_percent_becomes_absorbance() -> None:
    made = Processing(kind="absorbance")(spectrum(100 * 10**-BUMP, y_kind="percent_transmittance"))
    np.testing.assert_allclose(made.y, BUMP[::-1], atol=1e-12)


def test_crop_keeps_its_ends() -> None:
    made = Processing(crop="1000-2000")(spectrum())
    assert (made.x[0], made.x[-1]) == (1000.0, 2000.0)
    with pytest.raises(InputError, match="no two points"):
        Processing(crop="5000-6000")(spectrum())


def test_smoothing_keeps_a_parabola_and_calms_noise() -> None:
    parabola = (X / 1000) ** 2
    made = Processing(smooth=15)(spectrum(parabola, y_kind="intensity"))
    np.testing.assert_allclose(made.y, parabola[::-1], rtol=1e-9)
    noise = np.random.default_rng(0).normal(0, 0.01, X.size)
    assert Processing(smooth=25)(spectrum(noise)).y.std() < 0.5 * noise.std()


def test_smoothing_needs_equal_steps_and_enough_points() -> None:
    with pytest.raises(InputError, match="steps in x differ"):
        Processing(smooth=5)(Spectrum(np.geomspace(100, 1000, 50), np.ones(50)))
    with pytest.raises(InputError, match="smoothing needs 99"):
        Processing(smooth=99)(Spectrum(np.arange(20.0), np.ones(20)))


@pytest.mark.parametrize("method", ["asls", "arpls", "airpls", "modpoly", "snip", "rubberband"])
def test_baselines_take_a_slope_away(method: str) -> None:
    sloped = BUMP + 0.2 + 5e-5 * X
    options = {"poly_order": 1} if method == "modpoly" else {}
    if method == "snip":
        options = {"max_half_window": 60}
    made = subtract_baseline(spectrum(sloped).ascending(), method, dict(options))  # type: ignore[arg-type]
    assert np.abs(made.y - BUMP[::-1]).max() < 0.06
    assert made.y.max() == pytest.approx(0.8, abs=0.06)


def test_a_baseline_option_that_is_none() -> None:
    with pytest.raises(InputError, match="does not work here"):
        Processing(baseline_method="asls", baseline_options={"nonsense": 1})(spectrum())


def test_normalisations() -> None:
    y = BUMP + 0.1
    snv = normalize(spectrum(y), "snv").y
    assert (snv.mean(), snv.std(ddof=1)) == pytest.approx((0, 1), abs=1e-12)
    minmax = normalize(spectrum(y), "minmax").y
    assert (minmax.min(), minmax.max()) == (0, 1)
    assert np.linalg.norm(normalize(spectrum(y), "vector").y) == pytest.approx(1)
    made = Processing(normalize="area")(spectrum(y))
    assert np.trapezoid(made.y, made.x) == pytest.approx(1)
    made = Processing(normalize="band", normalize_band="1700-1780")(spectrum(y))
    inside = (made.x >= 1700) & (made.x <= 1780)
    assert np.trapezoid(made.y[inside], made.x[inside]) == pytest.approx(1)


def test_a_flat_spectrum_cannot_be_scaled() -> None:
    with pytest.raises(InputError, match="cannot be scaled by snv"):
        normalize(spectrum(np.ones(X.size)), "snv")


@pytest.mark.parametrize(
    "options",
    [
        {"smooth": 10},
        {"smooth": 3, "smooth_order": 4},
        {"normalize": "band"},
        {"normalize_band": "1700-1800"},
        {"crop": "everything"},
        {"kind": "colour"},
        {"baseline_method": "guess"},
    ],
)
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Processing(**options)  # type: ignore[arg-type]


def test_steps_say_what_is_done() -> None:
    made = Processing(kind="absorbance", baseline_method="asls", baseline_options={"lam": 1e6})
    assert made.steps == ("as absorbance", "asls baseline subtracted (lam=1e+06)")


@pytest.mark.parametrize("at", [0, 3, 700, X.size - 1])
def test_a_point_without_a_value_stays_alone_when_smoothing(at: int) -> None:
    y = BUMP.copy()
    y[at] = np.nan
    made = Processing(smooth=9)(spectrum(y))
    gone = np.flatnonzero(np.isnan(made.y[::-1])).tolist()
    # A stretch that is shorter than the window has nothing to be smoothed over.
    assert gone == {0: [0], 3: [0, 1, 2, 3]}.get(at, [at])


def test_smoothing_of_gaps_alone_is_refused() -> None:
    y = BUMP.copy()
    y[::5] = np.nan
    with pytest.raises(InputError, match="side by side"):
        Processing(smooth=9)(spectrum(y))


def test_a_band_beyond_the_spectrum_is_named() -> None:
    with pytest.raises(InputError, match=r"all over the band 100-200"):
        Processing(normalize="band", normalize_band="100-200")(spectrum())


def test_options_without_their_method_are_refused() -> None:
    with pytest.raises(ValueError, match="need the method"):
        Processing(baseline_options={"lam": 1e5})


def test_what_is_done_is_told() -> None:
    assert Processing()(spectrum()).notes == ()
    (note,) = Processing(crop="1000-2000", normalize="snv")(spectrum()).notes
    assert (note.level, note.code) == ("info", "processed")
    assert note.text == "cropped to 1000-2000; standard normal variate."


def test_unlike_extents_are_scaled_over_what_all_share() -> None:
    """One curve over 700 to 4000 and over 1500 to 3000, at twice as many points: no difference."""
    x = np.arange(700.0, 4000.0, 4.0)
    part = np.arange(1500.0, 3000.0, 2.0)

    def curve(at: np.ndarray) -> np.ndarray:
        # Straight lines between points 4 apart, so that interpolating adds nothing.
        return np.interp(at, x, 0.1 + np.exp(-(((x - 1740) / 60) ** 2)) + x / 4000)

    base, sample = Spectrum(x, curve(x)), Spectrum(part, 3.0 * curve(part))
    for how in ("snv", "minmax", "vector", "area"):
        first, second = normalize_alike((base, sample), how)
        shared = np.interp(part, first.x, first.y)
        np.testing.assert_allclose(second.y, shared, rtol=1e-9, atol=1e-12)
        assert "1500 to 2998" in second.notes[-1].text
    inside = (x >= 1500) & (x <= 2998)
    first, second = normalize_alike((base, sample), "snv")
    by_hand = (base.y - base.y[inside].mean()) / base.y[inside].std(ddof=1)
    np.testing.assert_allclose(first.y, by_hand)


def test_like_extents_are_scaled_as_alone() -> None:
    first, second = normalize_alike((spectrum(), spectrum(2 * BUMP)), "area")
    np.testing.assert_allclose(first.y, normalize(spectrum().ascending(), "area").y)
    np.testing.assert_allclose(first.y, second.y)
    assert second.notes == ()


def test_spectra_that_share_nothing_cannot_be_scaled_alike() -> None:
    apart = Spectrum([5000.0, 5001.0, 5002.0], [1.0, 2.0, 1.0])
    with pytest.raises(InputError, match="share no range"):
        normalize_alike((spectrum().ascending(), apart), "snv")
