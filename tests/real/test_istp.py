"""Spectrograms in real files: what is known of each of them comes out."""

from pathlib import Path

import numpy as np
import pytest

from figmill.read.cdf.file import CdfFile, open_cdf
from figmill.read.istp import (
    SpectrogramVariable,
    find_spectrograms,
    load_spectrogram,
)

pytest.importorskip("pycdfpp")

DATA = Path(__file__).parents[3] / "shared" / "data" / "cdf"


def opened(start: str) -> CdfFile:
    found = sorted(DATA.glob(f"{start}*.cdf"))
    if not found:
        pytest.skip(f"no real file {start}*: ../shared/data/cdf is absent")
    return open_cdf(found[0])


def loaded(cdf: CdfFile, name: str) -> SpectrogramVariable:
    (candidate,) = find_spectrograms(cdf).named([name])
    return load_spectrogram(cdf, candidate)


def primary(cdf: CdfFile) -> list[str]:
    return [item.name for item in find_spectrograms(cdf).primary]


class TestHope:
    def test_fluxes_are_drawn_and_counts_when_named(self) -> None:
        findings = find_spectrograms(opened("rbspa"))
        assert [item.name for item in findings.primary] == ["FPDU", "FEDU", "FEDO", "FPDO"]
        assert [item.name for item in findings.candidates if not item.primary] == [
            *("Counts_E", "Counts_E_Omni", "Counts_P_Omni", "Counts_P")
        ]

    def test_energy_and_pitch_angle_are_told_apart(self) -> None:
        read = loaded(opened("rbspa"), "FEDU")
        assert read.values.shape == (100, 11, 72)
        assert (read.y.name, read.y.unit) == ("HOPE_ENERGY_Ele", "eV")
        assert read.third is not None
        assert (read.third.role, read.third.unit) == ("pitch_angle", "deg")
        assert read.unit == "s^{-1} cm^{-2} ster^{-1} keV^{-1}"
        # The first and last pitch angle hold fill values alone.
        assert np.isnan(read.values[:, [0, 10]]).all()
        assert np.isfinite(read.values[:, 1:10]).all()

    def test_both_energy_tables_have_their_true_bounds(self) -> None:
        cdf = opened("rbspa")
        read = loaded(cdf, "FEDO")
        lo, hi = read.y.lo, read.y.hi
        assert lo is not None
        assert hi is not None
        switches = np.flatnonzero(np.any(np.diff(read.y.centers, axis=0) != 0, axis=1))
        assert len(switches) == 18
        # The fine table: half widths overlap, so neighbours meet, each around its own energy.
        assert np.array_equal(lo[0, 1:], hi[0, :-1])
        assert (lo[0] < read.y.centers[0]).all()
        assert (read.y.centers[0] < hi[0]).all()
        # The coarse table: nine energies, eight bins each, none without a width.
        coarse = int(switches[0]) + 1
        energies = cdf.read("HOPE_ENERGY_Ele")[coarse]
        width = cdf.read("ENERGY_Ele_DELTA")[coarse]
        assert len(np.unique(energies)) == 9
        assert lo[coarse, :64] == pytest.approx((energies - width)[:64], rel=1e-6)
        assert hi[coarse, 55] < lo[coarse, 56]  # what was not measured between them stays open
        assert hi[coarse, 63] == lo[coarse, 64]  # only the two highest overlap, and are cut
        assert len(np.unique(lo[coarse])) == 9
        assert (hi[coarse] > lo[coarse]).all()

    def test_half_a_sample_is_in_milliseconds(self) -> None:
        time = loaded(opened("rbspa"), "FPDO").time
        assert time.lo is not None
        assert time.hi is not None
        assert time.hi - time.lo == pytest.approx(np.full(100, 11.994624), abs=1e-5)


class TestElfin:
    def test_fluxes_are_drawn_and_their_errors_when_named(self) -> None:
        assert primary(opened("elb_")) == [
            *("elb_pef_Et_nflux", "elb_pef_Et_eflux"),
            *("elb_pef_hs_Epat_nflux", "elb_pef_hs_Epat_eflux"),
            *("elb_pef_fs_Epat_nflux", "elb_pef_fs_Epat_eflux"),
        ]

    def test_channels_have_their_true_bounds(self) -> None:
        cdf = opened("elb_")
        read = loaded(cdf, "elb_pef_hs_Epat_nflux")
        assert read.y.lo is not None
        assert read.y.lo == pytest.approx(cdf.read("elb_pef_energies_min"), rel=1e-6)
        assert read.y.hi == pytest.approx(cdf.read("elb_pef_energies_max"), rel=1e-6)
        assert read.values.shape == (44, 10, 16)

    def test_the_other_axis_is_pitch_angle_whatever_its_unit_says(self) -> None:
        third = loaded(opened("elb_"), "elb_pef_fs_Epat_eflux").third
        assert third is not None
        assert (third.role, third.unit, third.varies) == ("pitch_angle", "deg", True)

    def test_fluxes_above_the_wrong_limit_are_kept(self) -> None:
        read = loaded(opened("elb_"), "elb_pef_Et_eflux")
        assert np.nanmax(read.values) > 2e7
        assert not np.isnan(read.values).any()


class TestSolarOrbiter:
    def test_energies_are_low_edges_and_widths(self) -> None:
        cdf = opened("solo_")
        assert primary(cdf) == ["Ion_Flux", "Electron_Flux"]
        read = loaded(cdf, "Electron_Flux")
        text = cdf.read("Electron_Bins_Text")
        bounds = np.array([[float(word) for word in line.split()[:3:2]] for line in text])
        assert read.y.lo == pytest.approx(bounds[:, 0], abs=1e-4)
        assert read.y.hi == pytest.approx(bounds[:, 1], abs=1e-4)
        assert (read.y.unit, read.y.role) == ("MeV", "energy")

    def test_records_fill_their_period_but_for_the_gap(self) -> None:
        time = loaded(opened("solo_"), "Ion_Flux").time
        assert time.lo is not None
        assert time.hi is not None
        gaps = time.lo[1:] - time.hi[:-1]
        open_gaps = np.flatnonzero(gaps > 0.05)
        assert len(open_gaps) == 2
        assert gaps[open_gaps].max() == pytest.approx(43864, abs=5)
        assert not gaps[gaps < 0.05].any()


class TestWind:
    def test_flux_is_drawn_though_the_file_has_no_attributes(self) -> None:
        cdf = opened("wi_")
        assert primary(cdf) == ["FLUX"]
        read = loaded(cdf, "FLUX")
        assert (read.y.unit, read.scale, read.y.scale) == ("eV", "log", "log")
        assert read.time.centers[0] == pytest.approx(922665787, abs=1)
        energies = cdf.read("ENERGY")
        # The last step is 0 eV: a logarithmic axis leaves it out, and says so when it is drawn.
        assert np.array_equal(read.y.centers, energies)
        assert len(np.unique(read.y.centers, axis=0)) >= 98
        assert {n.code for n in read.notes} == {"metadata-overridden"}


class TestAce:
    def test_bands_come_from_labels(self) -> None:
        cdf = opened("ac_h2_sis")
        names = primary(cdf)
        assert len(names) == 14
        assert all(name.startswith("flux_") for name in names)
        read = loaded(cdf, "flux_He")
        assert read.y.lo is not None
        assert read.y.hi is not None
        assert read.y.lo.tolist() == [3.4, 4.7, 6.1, 7.3, 9.7, 13.6, 18.0, 29.4]
        assert read.y.hi.tolist() == [4.7, 6.1, 7.3, 9.7, 13.6, 18.0, 29.4, 41.2]
        assert read.y.unit == "MeV/nuc"

    def test_a_record_is_the_hour_that_begins_at_its_time(self) -> None:
        cdf = opened("ac_h2_sis")
        time = loaded(cdf, "flux_O").time
        assert time.lo is not None
        assert time.hi is not None
        assert np.array_equal(time.lo, cdf.read("Epoch"))
        assert np.array_equal(time.hi, time.lo + 3600)


def test_dynamics_explorer_holds_time_series_alone() -> None:
    findings = find_spectrograms(opened("de2_"))
    assert findings.candidates == ()
    assert "19: has one value per record" in findings.why_none()


def test_the_fast_master_holds_no_records() -> None:
    findings = find_spectrograms(opened("fa_esa_l2_eeb_00000000"))
    assert findings.candidates == ()
    assert "no record of them was written" in findings.why_none()
    assert "eflux" in findings.why_none()
