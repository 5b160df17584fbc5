"""Bins of axes other than time: units of widths, valid ranges, scales, labels."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from figmill.read.cdf.file import CdfFile
from figmill.read.istp import SpectrogramVariable, find_spectrograms, load_spectrogram
from figmill.read.istp.axes import bands_from_labels

pytest.importorskip("pycdfpp")

Make = Callable[..., CdfFile]
N = 5
FLUX = {"DEPEND_0": "Epoch", "DEPEND_1": "axis", "VAR_TYPE": "data", "DISPLAY_TYPE": "spectrogram"}
ENERGIES = np.geomspace(10.0, 1e4, 7)


def load(
    make: Make,
    values: np.ndarray,
    attributes: Mapping[str, Any],
    *,
    constant: bool = True,
    **more: tuple[Any, Mapping[str, Any]],
) -> SpectrogramVariable:
    cdf = make(
        axis=([values] if constant else values, attributes),
        flux=(np.ones((N, values.shape[-1])), FLUX),
        **more,
    )
    (candidate,) = [each for each in find_spectrograms(cdf).candidates if each.name == "flux"]
    return load_spectrogram(cdf, candidate)


def codes(read: SpectrogramVariable) -> list[tuple[str, str]]:
    return [(note.level, note.code) for note in read.notes]


WIDTHS = {"DELTA_PLUS_VAR": "d", "DELTA_MINUS_VAR": "d"}


class TestUnitsOfWidths:
    @pytest.mark.parametrize(
        ("unit", "widths_in", "factor"),
        [
            ("eV", "keV", 1e-3),
            ("keV", "eV", 1e3),
            ("MeV", "MEV", 1.0),
            ("eV/q", "keV/q", 1e-3),
            ("eV", "J", 1.602176634e-19),
            ("Hz", "kHz", 1e-3),
            ("degrees", "rad", np.pi / 180),
            ("km", "m", 1e3),
            ("eV", "", 1.0),
            ("eV", "(eV)", 1.0),
            ("Hz", "Hertz", 1.0),
            ("Hz", "kilohertz", 1e-3),
            ("kHz", "HZ", 1e3),
            ("nm", "Angstrom", 10.0),
            ("km", "meters", 1e3),
            ("R_E", "Re", 1.0),
        ],
    )
    def test_they_are_converted(self, make: Make, unit: str, widths_in: str, factor: float) -> None:
        read = load(
            make,
            ENERGIES,
            {"UNITS": unit, "SCALETYP": "log", **WIDTHS},
            d=([0.2 * ENERGIES * factor], {"UNITS": widths_in} if widths_in else {}),
        )
        assert read.y.lo == pytest.approx(0.8 * ENERGIES)
        assert read.y.hi == pytest.approx(1.2 * ENERGIES)
        assert codes(read) == ([] if factor == 1.0 else [("info", "width-converted")])

    @pytest.mark.parametrize(("unit", "number"), [("%", 10.0), ("percent", 10.0), ("dE/E", 0.1)])
    def test_shares_of_the_value(self, make: Make, unit: str, number: float) -> None:
        read = load(
            make,
            ENERGIES,
            {"UNITS": "eV", "SCALETYP": "log", **WIDTHS},
            d=([np.full(7, number)], {"UNITS": unit}),
        )
        assert read.y.lo == pytest.approx(0.9 * ENERGIES)
        assert read.y.hi == pytest.approx(1.1 * ENERGIES)

    def test_si_conversion_of_units_that_are_not_known(self, make: Make) -> None:
        read = load(
            make,
            ENERGIES,
            {"UNITS": "zorks", "SCALETYP": "log", "SI_CONVERSION": "2.0>kg", **WIDTHS},
            d=([0.1 * ENERGIES], {"UNITS": "bigzorks", "SI_CONVERSION": "4.0>kg"}),
        )
        assert read.y.hi == pytest.approx(1.2 * ENERGIES)

    def test_another_quantity_is_refused_with_a_note(self, make: Make) -> None:
        read = load(
            make,
            ENERGIES,
            {"UNITS": "eV", "SCALETYP": "log", **WIDTHS},
            d=([0.1 * ENERGIES], {"UNITS": "counts"}),
        )
        assert read.y.lo is None
        assert {("doubt", "width-in-other-unit")} == set(codes(read))

    def test_bins_without_a_width_reach_to_their_neighbours(self, make: Make) -> None:
        width = 0.1 * ENERGIES
        width[3], width[5] = -1e31, 0.0
        read = load(
            make,
            ENERGIES,
            {"UNITS": "eV", "SCALETYP": "log", **WIDTHS},
            d=([width], {"UNITS": "eV"}),
        )
        assert read.y.lo is not None
        assert read.y.hi is not None
        step = np.sqrt(ENERGIES[1] / ENERGIES[0])
        for i in (3, 5):
            assert read.y.lo[i] == pytest.approx(ENERGIES[i] / step)
            assert read.y.hi[i] == pytest.approx(ENERGIES[i] * step)
        assert read.y.hi[[0, 6]] == pytest.approx(1.1 * ENERGIES[[0, 6]])
        assert codes(read) == [("info", "bins-from-neighbours")]


class TestWidthsByRecord:
    def test_one_for_all_bins_of_a_record_where_there_are_as_many_bins_as_records(
        self, make: Make
    ) -> None:
        energies = ENERGIES[:N]
        table = np.outer(1 + np.arange(N) / 100, energies)
        width = 0.5 + 0.25 * np.arange(N)
        read = load(
            make,
            table,
            {"UNITS": "eV", "SCALETYP": "log", **WIDTHS},
            constant=False,
            d=(width, {"UNITS": "eV"}),
        )
        assert read.y.lo == pytest.approx(table - width[:, None])
        assert read.y.hi == pytest.approx(table + width[:, None])

    @pytest.mark.parametrize("constant", [True, False])
    def test_of_bins_that_stay_the_same(self, make: Make, constant: bool) -> None:
        widths = np.outer(1 + np.arange(N), 0.02 * ENERGIES)
        read = load(
            make,
            ENERGIES if constant else np.tile(ENERGIES, (N, 1)),
            {"UNITS": "eV", "SCALETYP": "log", **WIDTHS},
            constant=constant,
            d=(widths, {"UNITS": "eV"}),
        )
        assert read.y.centers.shape == (N, 7)
        assert read.y.lo == pytest.approx(ENERGIES - widths)
        assert read.y.hi == pytest.approx(ENERGIES + widths)


class TestValid:
    def test_a_range_that_few_bins_fit_is_left_aside_with_a_doubt(self, make: Make) -> None:
        read = load(make, ENERGIES, {"UNITS": "eV", "SCALETYP": "log", "VALIDMIN": 5e3})
        assert np.array_equal(read.y.centers, ENERGIES)
        assert codes(read) == [("doubt", "valid-range-unusable")]

    def test_unused_channels_may_be_many(self, make: Make) -> None:
        energies = np.where(np.arange(7) < 2, ENERGIES, 9.9e9)
        read = load(make, energies, {"UNITS": "eV", "SCALETYP": "log", "VALIDMAX": 1e5})
        assert np.isfinite(read.y.centers).tolist() == [i < 2 for i in range(7)]
        assert codes(read) == [("loss", "bins-outside-valid-range")]

    def test_a_channel_beyond_the_valid_range_is_not_used(self, make: Make) -> None:
        energies = ENERGIES.copy()
        energies[4] = 9.9e9
        limits = {"UNITS": "eV", "SCALETYP": "log", "VALIDMIN": 1.0, "VALIDMAX": 1e5}
        read = load(make, energies, limits)
        assert np.isnan(read.y.centers).tolist() == [i == 4 for i in range(7)]
        assert codes(read) == [("loss", "bins-outside-valid-range")]

    def test_tables_by_record_too(self, make: Make) -> None:
        table = np.tile(ENERGIES.astype(np.float32), (N, 1))
        table[2], table[4, 3] = 3.4e38, 1e30
        limits = {"UNITS": "eV", "SCALETYP": "log", "VALIDMIN": 1.0, "VALIDMAX": 1e5}
        read = load(make, table, limits, constant=False)
        assert np.isnan(read.y.centers).sum(axis=1).tolist() == [0, 0, 7, 0, 1]

    def test_a_range_that_no_bin_fits_is_a_doubt(self, make: Make) -> None:
        read = load(make, ENERGIES, {"UNITS": "eV", "VALIDMIN": 0.0, "VALIDMAX": 0.0})
        assert np.array_equal(read.y.centers, ENERGIES)
        assert codes(read) == [("doubt", "valid-range-unusable")]


class TestScale:
    @pytest.mark.parametrize(
        ("values", "attributes", "scale"),
        [
            (np.arange(0.0, 132.0, 4.0), {"UNITS": "Hz", "SCALETYP": "linear"}, "linear"),
            (np.arange(0.0, 132.0, 4.0), {"UNITS": "Hz"}, "linear"),
            (np.append(ENERGIES[::-1], 0.0), {"UNITS": "eV"}, "log"),
            (np.linspace(-2, 2, 17), {"UNITS": "log10(keV)", "LABLAXIS": "Energy"}, "linear"),
            (5.0 + 10 * np.arange(18), {"UNITS": "deg", "LABLAXIS": "Pitch angle"}, "linear"),
            (11.25 + 22.5 * np.arange(16), {"UNITS": "degrees", "LABLAXIS": "phi"}, "linear"),
            (1.0 + 10 * np.arange(18), {"UNITS": "deg", "SCALETYP": "log"}, "log"),
            (ENERGIES, {"UNITS": "km/s", "LABLAXIS": "Speed", "SCALETYP": "linear"}, "linear"),
            (np.linspace(1, 8, 15), {"UNITS": "Re", "LABLAXIS": "L"}, "linear"),
            (np.linspace(0.5, 23.5, 24), {"UNITS": "hours", "LABLAXIS": "MLT"}, "linear"),
            (np.geomspace(1, 200, 12), {"UNITS": "km", "LABLAXIS": "Height"}, "log"),
            (np.linspace(4.0, 160.0, 40), {"UNITS": "Hz"}, "log"),
        ],
    )
    def test_no_value_is_lost_for_a_scale(
        self, make: Make, values: np.ndarray, attributes: Mapping[str, Any], scale: str
    ) -> None:
        read = load(make, values, attributes)
        assert read.y.scale == scale
        assert np.array_equal(read.y.centers, values)
        assert read.notes == ()

    @pytest.mark.parametrize(
        ("share", "first", "last"), [(0.0, (1, 3), (9, 11)), (1, (-1, 1), (7, 9))]
    )
    def test_bin_location(
        self, make: Make, share: float, first: tuple[int, int], last: tuple[int, int]
    ) -> None:
        values = np.array([1.0, 3.0, 5.0, 7.0, 9.0])
        read = load(make, values, {"UNITS": "Hz", "SCALETYP": "linear", "BIN_LOCATION": share})
        assert read.y.lo is not None
        assert read.y.hi is not None
        assert (read.y.lo[0], read.y.hi[0]) == pytest.approx(first)
        assert (read.y.lo[-1], read.y.hi[-1]) == pytest.approx(last)
        assert np.array_equal(read.y.hi[:-1], read.y.lo[1:])


class TestUnusedBins:
    def test_values_in_bins_without_a_place_are_told(self, make: Make) -> None:
        table = np.tile(ENERGIES, (N, 1))
        table[2], table[3, 1] = -1e31, -1e31
        read = load(make, table, {"UNITS": "eV", "SCALETYP": "log"}, constant=False)
        assert codes(read) == [("loss", "values-without-bin")]
        assert read.notes[0].text.startswith("8 of its values lie in bins without a place")

    def test_bins_that_hold_nothing_are_not(self, make: Make) -> None:
        values = np.ones((N, 7))
        values[:, 5:] = -1e31
        energies = np.where(np.arange(7) < 5, ENERGIES, -1e31)
        cdf = make(axis=([energies], {"UNITS": "eV", "SCALETYP": "log"}), flux=(values, FLUX))
        (candidate,) = find_spectrograms(cdf).candidates
        assert load_spectrogram(cdf, candidate).notes == ()

    def test_a_fill_value_that_is_no_number_is_a_doubt(self, make: Make) -> None:
        axis = ([ENERGIES], {"UNITS": "eV", "SCALETYP": "log"})
        for text, wanted in (("none", ["fill-not-a-number"]), ("NaN", []), ("-1.0D+31", [])):
            cdf = make(f"{text}.cdf", axis=axis, flux=(np.ones((N, 7)), {**FLUX, "FILLVAL": text}))
            (candidate,) = find_spectrograms(cdf).candidates
            notes = load_spectrogram(cdf, candidate).notes
            assert [note.code for note in notes] == wanted


class TestLabels:
    @pytest.mark.parametrize(
        "text", ["29.6 - 33. 4 MeV", "29 .6-33.4MeV", "H 29.6 – 33.4 MeV", "29.6 to 3.34e1 MeV"]
    )
    def test_stray_blanks(self, text: str) -> None:
        read = bands_from_labels(np.array([text]))
        assert read is not None
        assert read[0].tolist() == [[29.6, 33.4]]

    def test_a_label_that_cannot_be_read_is_named(self, make: Make) -> None:
        labels = ["H 1.2-3.4 MeV", "H 3.4-5.6 MeV", "H 5.6-7,8 MeV"]
        cdf = make(
            flux=(np.ones((N, 3)), {**FLUX, "DEPEND_1": "", "LABL_PTR_1": "labels"}),
            labels=([np.array(labels)], {}),
        )
        findings = find_spectrograms(cdf)
        assert findings.candidates == ()
        assert "'H 5.6-7,8 MeV'" in findings.rejected["flux"]
        assert findings.puzzling[0][0] == "flux"
