from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from figmill.errors import InputError
from figmill.notes import Note
from figmill.spectra.bands import Band
from figmill.spectra.comparison import (
    LASER,
    agree,
    agree_with_most,
    common_kind,
    compare,
    is_guessed,
    same_axis,
    saturated,
    saturation_ranges,
    similarity,
    told_of_saturation,
)
from figmill.spectra.peaks import find_peaks, match, maxima, prominences, told_of_cut_peaks
from figmill.spectra.spectrum import Spectrum


def bump(x: np.ndarray, at: float = 1740.0) -> np.ndarray:
    return 0.02 + 0.8 * np.exp(-(((x - at) / 15) ** 2))


def make(
    low: float, high: float, step: float, *, down: bool = False, at: float = 1740.0
) -> Spectrum:
    x = np.arange(low, high + step / 2, step)
    x = x[::-1] if down else x
    return Spectrum(x, bump(x, at))


def test_one_grid_needs_no_interpolation() -> None:
    found = compare(make(700, 4000, 2), make(700, 4000, 2, down=True))
    assert found.resampled == ""
    np.testing.assert_array_equal(found.difference, 0)
    assert found.coverage == 1.0


@given(
    low=st.integers(600, 1200), high=st.integers(2000, 4000),
    step=st.sampled_from([1.0, 1.9, 4.0]), down=st.booleans(),
)  # fmt: skip
def test_nothing_is_made_up_beyond_the_overlap(
    low: int, high: int, step: float, down: bool
) -> None:
    base, sample = make(700, 3500, 2), make(low, high, step, down=down)
    found = compare(base, sample)
    assert found.x[0] >= max(700, low) - 1e-6
    assert found.x[-1] <= min(3500, sample.span[1]) + 1e-6
    assert np.isin(found.x, np.concatenate((base.x, sample.x))).all()
    # Linear interpolation of this curve between points 4 apart.
    assert np.abs(found.sample - bump(found.x)).max() < 0.04
    assert found.coverage == pytest.approx(
        (min(3500, sample.span[1]) - max(700, low)) / 2800, abs=1e-6
    )


def test_no_overlap_is_said_with_both_ranges() -> None:
    with pytest.raises(InputError, match=r"2000 to 4000 and does not overlap.*700 to 1800"):
        compare(make(700, 1800, 2), make(2000, 4000, 2))


def test_kinds_are_made_equal_before_any_arithmetic() -> None:
    base = make(700, 4000, 2)
    percent = base.to_kind("percent_transmittance")
    found = compare(base, percent)
    assert found.kind == "absorbance"
    np.testing.assert_allclose(found.difference, 0, atol=1e-12)
    assert compare(percent, percent).kind == "percent_transmittance"


def test_kinds_that_cannot_be_compared() -> None:
    counts = Spectrum(np.arange(700.0, 900.0), np.arange(200.0), y_kind="intensity")
    with pytest.raises(InputError, match="cannot be compared"):
        common_kind(make(700, 4000, 2), counts)


def test_nanometres_and_micrometres_are_one_axis() -> None:
    nm = Spectrum(np.arange(400.0, 800.0), np.ones(400), "wavelength", "nm")
    um = Spectrum(np.arange(400.0, 800.0) / 1000, np.ones(400), "wavelength", "um")
    np.testing.assert_allclose(same_axis(nm, um).x, nm.x)


def test_micrometres_become_wavenumbers_and_are_compared() -> None:
    """By hand: 2.5, 5 and 10 um are 4000, 2000 and 1000 cm-1."""
    base = Spectrum([1000.0, 2000.0, 4000.0], [1.0, 2.0, 4.0])
    sample = Spectrum([2.5, 5.0, 10.0], [4.0, 2.0, 1.5], "wavelength", "um")
    found = compare(base, sample)
    assert found.x.tolist() == [1000.0, 2000.0, 4000.0]
    assert found.difference.tolist() == [0.5, 0.0, 0.0]
    converted = same_axis(base, sample)
    assert (converted.x_quantity, converted.x_unit) == ("wavenumber", "cm-1")
    assert [note.code for note in converted.notes] == ["axis-converted"]
    back = same_axis(sample, base)
    assert back.x.tolist() == [10.0, 5.0, 2.5]


def test_raman_shifts_become_wavelengths_by_the_laser_alone() -> None:
    """Of 500 nm, 20000 cm-1: shifts of 0, 2000 and 4000 are 500, 1e7 / 18000 and 625 nm."""
    shift = Spectrum([0.0, 2000.0, 4000.0], [1.0, 2.0, 3.0], "raman_shift", y_kind="intensity")
    nm = Spectrum([500.0, 1e7 / 18000, 625.0], [1.0, 2.0, 3.0], "wavelength", "nm", "intensity")
    for one, other in ((shift, nm), (nm, shift)):
        with pytest.raises(InputError, match="--laser 785"):
            compare(one, other)
        told = replace(other, metadata={LASER: 500.0})
        np.testing.assert_allclose(same_axis(one, told).x, one.x, atol=1e-9)
        assert "a laser of 500 nm" in same_axis(one, told).notes[-1].text
    np.testing.assert_allclose(
        compare(shift, replace(nm, metadata={LASER: 500.0})).difference, 0, atol=1e-9
    )


def test_a_wavenumber_of_zero_has_no_wavelength() -> None:
    nm = Spectrum([400.0, 500.0], [1.0, 2.0], "wavelength", "nm")
    with pytest.raises(InputError, match="1 points of x at or below 0 have no wavelength"):
        same_axis(nm, Spectrum([0.0, 100.0], [1.0, 2.0]))


def test_similarity_of_equals_and_opposites() -> None:
    base = make(700, 4000, 2)
    found = similarity(compare(base, base))
    assert found["pearson"] == pytest.approx(1)
    assert found["spectral_angle"] == pytest.approx(0, abs=1e-5)
    assert found["rms_difference"] == 0
    flipped = Spectrum(base.x, -base.y)
    assert similarity(compare(base, flipped))["cosine"] == pytest.approx(-1)
    assert similarity(compare(base, flipped))["spectral_angle"] == pytest.approx(180)


def test_similarity_against_numpy() -> None:
    rng = np.random.default_rng(3)
    base, sample = make(700, 4000, 2), make(700, 4000, 2)
    sample = Spectrum(sample.x, sample.y + rng.normal(0, 0.05, sample.y.size))
    found = similarity(compare(base, sample))
    assert found["pearson"] == pytest.approx(np.corrcoef(base.y, sample.y)[0, 1])
    at = int(np.argmax(np.abs(sample.y - base.y)))
    assert found["largest_difference_at"] == base.x[at]


def test_missing_values_are_left_out() -> None:
    base = make(700, 4000, 2)
    y = base.y.copy()
    y[100:200] = np.nan
    found = similarity(compare(base, Spectrum(base.x, y)))
    assert found["pearson"] == pytest.approx(1)


def test_the_ratio_is_masked_near_zero() -> None:
    x = np.arange(700.0, 900.0)
    y = np.linspace(0, 1, 200)
    found = compare(Spectrum(x, y), Spectrum(x, 2 * y))
    assert np.isnan(found.ratio[:4]).all()
    np.testing.assert_allclose(found.ratio[10:], 2)


def test_saturation_is_that_of_the_kind() -> None:
    x = np.arange(10.0)
    y = np.array([0, 1, 3.5, 4, 1, 0, 5, 0, 0, 0.0])
    absorbance = Spectrum(x, y)
    expected = [False, False, True, True, False, False, True, False, False, False]
    for kind in ("absorbance", "transmittance", "percent_transmittance"):
        np.testing.assert_array_equal(saturated(absorbance.to_kind(kind)), expected)  # type: ignore[arg-type]
    assert saturation_ranges(absorbance) == [(1.5, 3.5), (5.5, 6.5)]
    assert saturation_ranges(Spectrum(x, y * 1000, y_kind="intensity")) == []


def test_a_shift_is_measured_to_a_fraction_of_a_step() -> None:
    base, sample = make(700, 4000, 2), make(700, 4000, 2, at=1743.3)
    (shift,) = match(find_peaks(base), find_peaks(sample), within=20)
    assert shift.by == pytest.approx(3.3, abs=0.05)


def test_dips_are_the_peaks_of_transmittance() -> None:
    (peak,) = find_peaks(make(700, 4000, 2).to_kind("percent_transmittance"))
    assert peak.x == pytest.approx(1740, abs=0.1)
    assert peak.y < 20


def test_a_peak_that_is_gone_has_no_shift() -> None:
    base = make(700, 4000, 2)
    (shift,) = match(find_peaks(base), [], within=20)
    assert np.isnan(shift.by)


def test_a_peak_without_its_top_does_not_count() -> None:
    x = np.arange(700.0, 4001.0, 2.0)
    y = bump(x, 1740.0) + bump(x, 2900.0)
    gone = (x > 2894) & (x < 2912)  # without its top the flank at 2894 is the highest of it
    missing = Spectrum(x, np.where(gone, np.nan, y), "wavenumber", "cm-1", "absorbance", name="a")
    absent = Spectrum(x[~gone], y[~gone], "wavenumber", "cm-1", "absorbance", name="a")
    for spectrum in (missing, absent):
        assert [peak.x for peak in find_peaks(spectrum)] == pytest.approx([1740.0])
        (note,) = told_of_cut_peaks(spectrum)
        assert (note.level, note.code, note.place) == ("loss", "peaks-cut", "a")
        assert "the top of a peak, which does not count: near 289" in note.text
    # Points that are missing elsewhere, also on a flank, change nothing.
    flank = Spectrum(x, np.where((x > 2860) & (x < 2880), np.nan, y), "wavenumber", "cm-1")
    assert [peak.x for peak in find_peaks(flank)] == pytest.approx([1740.0, 2900.0])
    assert not list(told_of_cut_peaks(flank))


def test_saturation_in_a_band_is_told() -> None:
    x = np.arange(1700.0, 1781.0, 2.0)
    for kind, y in (("absorbance", 4 * bump(x)), ("percent_transmittance", 100 * 10**-4 * x**0)):
        spectrum = Spectrum(x, y, "wavenumber", "cm-1", kind, name="thick")  # type: ignore[arg-type]
        (note,) = told_of_saturation(spectrum, Band(1725.0, 1765.0, "b"))
        wanted = int(np.sum(y[(x >= 1725) & (x <= 1765)] > 3)) if kind == "absorbance" else 20
        assert (note.level, note.code, note.place) == ("doubt", "band-saturated", "thick")
        assert note.text.startswith(f"{wanted} of 20 points in the band")
        assert not list(told_of_saturation(spectrum, Band(1771.0, 1771.5, "c")))


def test_flat_and_tiny_spectra_have_no_peaks() -> None:
    x = np.arange(10.0)
    assert find_peaks(Spectrum(x, np.ones(10))) == []
    assert find_peaks(Spectrum(x[:2], x[:2])) == []


@given(
    st.lists(st.integers(-5, 5) | st.floats(-5, 5), min_size=3, max_size=60),
    st.sampled_from([0.0, 0.1, 0.4]),
)
def test_peaks_are_those_of_scipy(values: list[float], share: float) -> None:
    y = np.array(values, dtype=float)
    at, about = signal.find_peaks(y, prominence=0)
    np.testing.assert_array_equal(maxima(y), at)
    np.testing.assert_allclose(prominences(y, at), about["prominences"], atol=1e-12)
    if np.ptp(y) > 0 and share > 0:
        wanted, _ = signal.find_peaks(y, prominence=share * np.ptp(y))
        found = find_peaks(
            Spectrum(np.arange(y.size, dtype=float), y, y_kind="intensity"),
            prominence=share,
            most=100,
        )
        assert [peak.y for peak in found] == y[wanted].tolist()


def test_what_is_done_to_compare_is_told() -> None:
    assert compare(make(700, 4000, 2), make(700, 4000, 2)).notes == ()
    found = compare(make(700, 3000, 2), make(1000, 4000, 1))
    told = [(note.code, note.level) for note in found.notes]
    assert told == [("range-not-covered", "loss")] * 2 + [("interpolated", "info")]
    nameless = replace(make(700, 4000, 2), x_quantity="unknown", name="s")
    (note,) = compare(make(700, 4000, 2), nameless).notes
    assert (note.level, note.code, note.place) == ("doubt", "x-unknown", "s")


def test_conversions_are_told() -> None:
    x = np.array([1.0, 2.0, 3.0])
    dark = Spectrum(x, np.array([50.0, 0.0, -1.0]), y_kind="percent_transmittance")
    told = {note.code: note for note in dark.to_kind("absorbance").notes}
    assert told.keys() == {"kind-converted", "values-not-positive"}
    assert told["values-not-positive"].text.startswith("2 of 3 points")
    assert dark.to_kind("transmittance").notes[0].code == "kind-converted"
    assert dark.to_kind("percent_transmittance").notes == ()
    micro, nano = (Spectrum(x, x, x_quantity="wavelength", x_unit=unit) for unit in ("um", "nm"))
    assert [note.code for note in same_axis(nano, micro).notes] == ["unit-changed"]


def test_all_points_of_both_count() -> None:
    """By hand: 0, 1, 2, 3 against 0.5, 2.5: each has a value at 0.5, 1, 2 and 2.5."""
    coarse = Spectrum([0.5, 2.5], [5.0, 25.0], y_kind="intensity")
    fine = Spectrum([0.0, 1.0, 2.0, 3.0], [0.0, 8.0, 2.0, 4.0], y_kind="intensity")
    found = compare(coarse, fine)
    assert found.x.tolist() == [0.5, 1.0, 2.0, 2.5]
    assert found.baseline.tolist() == [5.0, 10.0, 20.0, 25.0]
    assert found.sample.tolist() == [4.0, 8.0, 2.0, 3.0]
    assert found.resampled == "both"
    # Between the coarser one's points, (5 + 25) / 2 * 2 against (4 + 3) / 2 * 2.
    assert found.areas(Band(0.5, 2.5, "b")) == (30.0, 7.0)
    back = compare(fine, coarse)
    assert back.areas(Band(0.5, 2.5, "b")) == (7.0, 30.0)
    assert (back.baseline.tolist(), back.sample.tolist()) == (
        found.sample.tolist(),
        found.baseline.tolist(),
    )


def test_a_zigzag_between_the_points_of_the_other_is_not_alike() -> None:
    x = np.arange(0.0, 400.0)
    smooth = Spectrum(x[::2], np.sin(x[::2] / 30), y_kind="intensity")
    zigzag = Spectrum(x, np.sin(x / 30) + np.where(x % 2, 1.0, 0.0), y_kind="intensity")
    for pair in ((smooth, zigzag), (zigzag, smooth)):
        assert similarity(compare(*pair))["pearson"] < 0.9


def test_a_point_beside_one_without_value_keeps_its_own() -> None:
    base = Spectrum([0.0, 1.0, 2.0, 3.0], [1.0, np.nan, 3.0, 4.0], y_kind="intensity")
    sample = Spectrum([0.0, 0.5, 2.0, 2.5, 3.0], [1.0, 1.0, 1.0, 1.0, 1.0], y_kind="intensity")
    found = compare(base, sample)
    assert found.x.tolist() == [0.0, 0.5, 1.0, 2.0, 2.5, 3.0]
    np.testing.assert_array_equal(found.baseline, [1.0, np.nan, np.nan, 3.0, 3.5, 4.0])


def test_a_guess_gives_way_to_the_baseline() -> None:
    base = make(700, 4000, 2)
    guessed = (Note.doubt("kind-assumed", "-"), Note.doubt("x-assumed", "-"))
    odd = replace(base, y_kind="transmittance", x_quantity="raman_shift", notes=guessed)
    made = agree(base, odd)
    assert (made.x_quantity, made.y_kind) == ("wavenumber", "absorbance")
    assert [note.code for note in made.notes] == ["axis-of-baseline", "kind-of-baseline"]
    assert {note.level for note in made.notes} == {"doubt"}
    told = replace(odd, notes=())
    assert agree(base, told) is told
    unfit = replace(odd, y=500 * base.y)
    assert agree(base, unfit).y_kind == "transmittance"


def test_the_coarser_one_of_a_band_is_told_by_the_points_in_it() -> None:
    """The baseline has fewer points in the band, and more of them elsewhere.

    y = x^2 / 100: from its points 0, 10 and 20 the area to 20 is (0 + 1) / 2 * 10 + (1 + 4) / 2 *
    10 = 30, from points one apart some 26.7. Both are read from the coarser one's: no difference.
    """
    few = np.concatenate((np.arange(0.0, 21.0, 10.0), np.arange(20.5, 100.0, 0.5)))
    many = np.arange(0.0, 100.0)
    baseline = Spectrum(few, few**2 / 100, y_kind="intensity")
    sample = Spectrum(many, many**2 / 100, y_kind="intensity")
    band = Band(0.0, 20.0, "b")
    assert compare(baseline, sample).areas(band) == pytest.approx((30.0, 30.0))
    assert compare(sample, baseline).areas(band) == pytest.approx((30.0, 30.0))
    # Elsewhere the sample is the coarser one.
    far = Band(50.0, 52.0, "c")
    first, second = compare(baseline, sample).areas(far)
    assert first == pytest.approx(second)


def test_a_band_of_few_points_is_told() -> None:
    x = np.arange(0.0, 100.0, 10.0)
    found = compare(Spectrum(x, x, y_kind="intensity"), Spectrum(x, 2 * x, y_kind="intensity"))
    (note,) = found.told_of(Band(12.0, 18.0, "b"), local_baseline=True)
    assert (note.level, note.text) == ("loss", "No point lies in the band b: 12-18: no area.")
    # From zero, the straight line between 10 and 20 has the area 15 * 6, and twice as much.
    band = Band(12.0, 18.0, "b")
    assert found.areas(band) == pytest.approx((90.0, 180.0))
    (note,) = found.told_of(band, local_baseline=False)
    assert (note.level, note.code) == ("doubt", "band-few-points")
    assert not list(found.told_of(Band(10.0, 40.0, "c"), local_baseline=True))


X_NM = np.arange(1000.0, 2500.0, 2.0)


def told(x_quantity: str, kind: str, *codes: str) -> Spectrum:
    unit = "nm" if x_quantity == "wavelength" else "cm-1"
    notes = tuple(Note.doubt(code, "guessed") for code in codes)
    return Spectrum(X_NM, bump(X_NM), x_quantity, unit, kind, name="a", notes=notes)  # type: ignore[arg-type]


def test_a_baseline_without_words_takes_what_most_samples_say() -> None:
    base = told("wavenumber", "unknown", "x-assumed", "kind-unknown")
    say = told("wavelength", "reflectance")
    made = agree_with_most(base, [say, say, told("wavenumber", "absorbance")])
    assert (made.x_quantity, made.x_unit, made.y_kind) == ("wavelength", "nm", "reflectance")
    assert {note.code for note in made.notes} == {"axis-of-baseline", "kind-of-baseline"}
    assert "most samples" in made.notes[0].text
    # One that says it stands above many that are guessed.
    guess = told("wavenumber", "absorbance", "x-assumed", "kind-assumed")
    assert agree_with_most(base, [guess] * 5 + [say]).x_quantity == "wavelength"
    assert agree_with_most(base, [say, told("wavenumber", "absorbance")]).x_quantity == "wavenumber"
    sure = told("wavenumber", "absorbance")
    assert agree_with_most(sure, [say] * 3) is sure
    assert not is_guessed(sure)
    assert is_guessed(base)


def test_a_sample_that_cannot_be_what_the_baseline_is_is_named() -> None:
    base = Spectrum(X_NM, bump(X_NM), "wavelength", "nm", "absorbance")
    notes = (Note.doubt("kind-assumed", "guessed"),)
    odd = Spectrum(X_NM, 4000 + bump(X_NM), "wavelength", "nm", "intensity", notes=notes)
    made = agree(base, odd)
    assert made.y_kind == "intensity"
    assert made.notes[-1].code == "unlike-others"
    assert made.notes[-1].text == "Its y can hardly be absorbance, as the baseline's is."
