"""Spectrograms found and read by their metadata, on files made here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.read.cdf.file import CdfFile
from figmill.read.istp import (
    Candidate,
    Reduction,
    SpectrogramVariable,
    find_spectrograms,
    load_spectrogram,
)
from figmill.read.istp.axes import bands_from_labels, cut_overlaps
from figmill.read.istp.overrides import Override

pytest.importorskip("pycdfpp")

RECORDS = 5
START_UNIX = 1577836800.0
ENERGY = np.array([10.0, 100.0, 1000.0, 10000.0])

Make = Callable[..., CdfFile]


FLUX: Mapping[str, Any] = {
    **{"DEPEND_0": "Epoch", "DEPEND_1": "energy", "VAR_TYPE": "data", "UNITS": "1/(cm^2 s)"},
    **{"SCALETYP": "log", "LABLAXIS": "Flux", "CATDESC": "A flux", "DISPLAY_TYPE": "spectrogram"},
}
ENERGY_ATTRIBUTES: Mapping[str, Any] = {"UNITS": "eV", "LABLAXIS": "Energy", "SCALETYP": "log"}


def flux(*shape: int) -> Any:
    return np.arange(1.0, 1.0 + RECORDS * int(np.prod(shape))).reshape(RECORDS, *shape)


def only(cdf: CdfFile, overrides: tuple[Override, ...] = ()) -> SpectrogramVariable:
    (candidate,) = find_spectrograms(cdf, overrides=overrides).candidates
    return load_spectrogram(cdf, candidate, overrides=overrides)


def test_a_plain_spectrogram(make: Make) -> None:
    cdf = make(flux=(flux(4), FLUX), energy=([ENERGY], ENERGY_ATTRIBUTES))
    findings = find_spectrograms(cdf)
    (candidate,) = findings.primary
    assert (candidate.time, candidate.y, candidate.others) == ("Epoch", "energy", ())
    assert findings.rejected == {"Epoch": "is an axis of flux", "energy": "is an axis of flux"}
    read = load_spectrogram(cdf, candidate)
    assert (read.label, read.unit, read.description) == ("Flux", "1/(cm^{2} s)", "A flux")
    assert (read.scale, read.y.scale, read.y.role) == ("log", "log", "energy")
    assert (read.y.label, read.y.unit) == ("Energy", "eV")
    assert "eV" in read.y.evidence
    assert np.array_equal(read.values, flux(4))
    assert np.array_equal(read.y.centers, ENERGY)
    assert read.y.lo is None
    assert read.third is None
    assert read.time.centers.tolist() == [START_UNIX + 10 * i for i in range(RECORDS)]
    assert read.time.lo is None
    assert read.notes == ()
    assert read.has_data


@pytest.mark.parametrize("energy_first", [True, False])
def test_energy_is_vertical_wherever_it_stands(make: Make, energy_first: bool) -> None:
    angles = np.array([30.0, 90.0, 150.0])
    names = ("energy", "angle") if energy_first else ("angle", "energy")
    shape = (4, 3) if energy_first else (3, 4)
    attributes = {**FLUX, "DEPEND_1": names[0], "DEPEND_2": names[1]}
    cdf = make(
        flux=(flux(*shape), attributes),
        energy=([ENERGY], ENERGY_ATTRIBUTES),
        angle=([angles], {"LABLAXIS": "Pitch Angle"}),
    )
    read = only(cdf)
    expected = flux(*shape).transpose(0, 2, 1) if energy_first else flux(*shape)
    assert np.array_equal(read.values, expected)
    assert read.y.name == "energy"
    assert read.third is not None
    assert (read.third.role, read.third.unit) == ("pitch_angle", "deg")
    assert np.array_equal(read.third.centers, angles)


def test_several_other_dimensions_are_joined(make: Make) -> None:
    cdf = make(
        flux=(
            flux(2, 3, 4),
            {**FLUX, "DEPEND_1": "phi", "DEPEND_2": "theta", "DEPEND_3": "energy"},
        ),
        energy=([ENERGY], ENERGY_ATTRIBUTES),
        phi=([np.array([0.0, 180.0])], {"UNITS": "deg"}),
        theta=([np.array([-45.0, 0.0, 45.0])], {"UNITS": "deg"}),
    )
    read = only(cdf)
    assert read.values.shape == (RECORDS, 6, 4)
    assert np.array_equal(read.values, flux(2, 3, 4).reshape(RECORDS, 6, 4))
    assert read.third is not None
    assert read.third.name == "phi x theta"


def test_energies_by_record_are_kept_where_they_differ(make: Make) -> None:
    table = np.repeat(ENERGY[None], RECORDS, axis=0)
    same = only(make(flux=(flux(4), FLUX), energy=(table, ENERGY_ATTRIBUTES)))
    assert same.y.centers.shape == (4,)
    assert not same.y.varies
    table[3] *= 2
    differ = only(make(flux=(flux(4), FLUX), energy=(table, ENERGY_ATTRIBUTES)))
    assert differ.y.varies
    assert np.array_equal(differ.y.centers, table)


def test_a_table_by_cell_becomes_its_axis(make: Make) -> None:
    energies = np.tile(ENERGY, (RECORDS, 3, 1))
    energies[:, 2] = -1e31  # an angle that is not used
    energies[3:] *= 2
    angles = np.tile(np.array([0.0, 90.0, 180.0])[:, None], (RECORDS, 1, 4))
    cdf = make(
        flux=(flux(3, 4), {**FLUX, "DEPEND_1": "pitch", "DEPEND_2": "energy"}),
        energy=(energies, ENERGY_ATTRIBUTES),
        pitch=(angles, {"UNITS": "deg"}),
    )
    read = only(cdf)
    assert np.array_equal(read.y.centers, energies[:, 0])
    assert read.third is not None
    assert np.array_equal(read.third.centers, [0.0, 90.0, 180.0])


class TestBounds:
    def test_plus_and_minus_are_half_widths(self, make: Make) -> None:
        cdf = make(
            flux=(flux(4), FLUX),
            energy=([ENERGY], {**ENERGY_ATTRIBUTES, "DELTA_PLUS_VAR": "d", "DELTA_MINUS_VAR": "d"}),
            d=([0.1 * ENERGY], {"UNITS": "eV"}),
        )
        read = only(cdf)
        assert read.y.lo == pytest.approx(0.9 * ENERGY)
        assert read.y.hi == pytest.approx(1.1 * ENERGY)
        assert np.array_equal(read.y.centers, ENERGY)

    def test_a_low_edge_and_a_width(self, make: Make) -> None:
        edges = np.array([1.0, 4.0, 16.0, 64.0, 256.0])
        cdf = make(
            flux=(flux(4), FLUX),
            energy=([edges[:-1]], {**ENERGY_ATTRIBUTES, "DELTA_PLUS_VAR": "width"}),
            width=([np.diff(edges)], {"UNITS": "eV"}),
        )
        read = only(cdf)
        assert read.y.lo is not None
        assert np.array_equal(read.y.lo, edges[:-1])
        assert read.y.hi is not None
        assert np.array_equal(read.y.hi, edges[1:])
        assert read.y.centers == pytest.approx(np.sqrt(edges[:-1] * edges[1:]))

    def test_bands_in_labels_are_true_edges(self, make: Make) -> None:
        labels = ["He 3.4-4.7", "He 4.7-6.1", "He 6.1-7.3", "He 7.3-9.7"]
        attributes = {key: value for key, value in FLUX.items() if key != "DEPEND_1"}
        attributes |= {"LABL_PTR_1": "labels", "CATDESC": "He at 4 energies 3.4-9.7 MeV/nuc"}
        read = only(make(flux=(flux(4), attributes), labels=([np.array(labels)], {})))
        assert read.y.lo is not None
        assert read.y.lo.tolist() == [3.4, 4.7, 6.1, 7.3]
        assert (read.y.unit, read.y.role) == ("MeV/nuc", "energy")

    def test_overlapping_ranges_are_cut_midway_and_equal_ones_kept(self) -> None:
        lo, hi = cut_overlaps(
            np.array([1.0, 1.0, 10.0, 1000.0]), np.array([40.0, 40.0, 100.0, 2000.0]), "log"
        )
        assert lo == pytest.approx([1.0, 1.0, 20.0, 1000.0])
        assert hi == pytest.approx([20.0, 20.0, 100.0, 2000.0])

    def test_descending_ranges_are_cut_as_ascending_ones(self) -> None:
        lo, hi = np.array([1.0, 10.0, 90.0]), np.array([14.0, 100.0, 800.0])
        up = cut_overlaps(lo, hi, "log")
        down = cut_overlaps(lo[::-1], hi[::-1], "log")
        assert np.array_equal(up[0], down[0][::-1])
        assert np.array_equal(up[1], down[1][::-1])
        assert np.array_equal(up[1][:-1], up[0][1:])

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            (["a", "b"], "energies 1-2 MeV"),
            (["1-2", "x"], "energies 1-2 MeV"),
            (["2-1", "3-4"], "MeV energies 1-2 MeV"),
            (["1-2", "2-3"], "no unit at all"),
            ([], "energies 1-2 MeV"),
        ],
    )
    def test_labels_that_name_no_bands(self, labels: list[str], words: str) -> None:
        assert bands_from_labels(np.array(labels, dtype=str), words) is None

    def test_bounds_that_are_not_in_the_file_are_noted(self, make: Make) -> None:
        cdf = make(
            flux=(flux(4), FLUX),
            energy=([ENERGY], {**ENERGY_ATTRIBUTES, "DELTA_PLUS_VAR": "nowhere"}),
        )
        read = only(cdf)
        assert read.y.lo is None
        assert any("nowhere" in note.text for note in read.notes)


class TestTime:
    @pytest.mark.parametrize(
        ("unit", "delta"), [("s", 2.0), ("ms", 2000.0), ("ns", 2e9), ("", 2e9)]
    )
    def test_half_widths_in_their_own_unit(self, make: Make, unit: str, delta: float) -> None:
        cdf = make(
            Epoch=(None, {"DELTA_PLUS_VAR": "d", "DELTA_MINUS_VAR": "d"}),
            flux=(flux(4), FLUX),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
            d=(np.full(RECORDS, delta), {"UNITS": unit} if unit else {}),
        )
        time = only(cdf).time
        assert time.lo is not None
        assert time.hi is not None
        assert time.lo[0] == pytest.approx(START_UNIX - 2.0)
        assert time.hi[0] == pytest.approx(START_UNIX + 2.0)

    def test_an_accumulation_period_begins_at_its_time(self, make: Make) -> None:
        cdf = make(
            Epoch=(None, {"DELTA_PLUS_VAR": "lasts"}),
            flux=(flux(4), FLUX),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
            lasts=(np.full(RECORDS, 10, dtype=np.uint32), {"UNITS": "seconds"}),
        )
        time = only(cdf).time
        assert time.lo is not None
        assert time.hi is not None
        assert time.lo.tolist() == [START_UNIX + 10 * i for i in range(RECORDS)]
        assert np.array_equal(time.hi[:-1], time.lo[1:])
        assert time.centers[0] == START_UNIX + 5

    def test_words_that_say_where_a_record_begins(self, make: Make) -> None:
        cdf = make(
            Epoch=(None, {"CATDESC": "Time, beginning of interval"}),
            flux=(flux(4), FLUX),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
        )
        time = only(cdf).time
        assert time.hi is not None
        assert time.hi.tolist() == [START_UNIX + 10 * (i + 1) for i in range(RECORDS)]

    def test_seconds_since_1970_stand_in_for_a_virtual_epoch(self, make: Make) -> None:
        cdf = make(
            flux=(flux(4), {**FLUX, "DEPEND_0": "virtual", "DEPEND_TIME": "unix"}),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
            virtual=(np.empty((0,)), {}),
            unix=(START_UNIX + np.arange(RECORDS), {"UNITS": "sec"}),
        )
        assert only(cdf).time.name == "unix"

    def test_a_unit_that_is_no_time_is_noted(self, make: Make) -> None:
        cdf = make(
            Epoch=(None, {"DELTA_PLUS_VAR": "d"}),
            flux=(flux(4), FLUX),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
            d=(np.full(RECORDS, 3.0), {"UNITS": "furlongs"}),
        )
        read = only(cdf)
        assert read.time.lo is None
        assert any("furlongs" in note.text for note in read.notes)


class TestMissing:
    def test_fill_infinity_and_what_is_out_of_range(self, make: Make) -> None:
        values = flux(4)
        values[0, :3] = -1e31, np.inf, np.nan
        values[1, 0] = 1e6
        values[1, 1] = -5.0
        attributes = {**FLUX, "FILLVAL": -1e31, "VALIDMIN": 0.0, "VALIDMAX": 1e5}
        read = only(make(flux=(values, attributes), energy=([ENERGY], ENERGY_ATTRIBUTES)))
        assert np.isnan(read.values[0]).tolist() == [True, True, True, False]
        assert np.isnan(read.values[1]).tolist() == [True, True, False, False]
        assert np.isfinite(read.values[2:]).all()
        assert any("1 infinite" in note.text for note in read.notes)
        assert any("2 values (" in note.text for note in read.notes)

    def test_a_wrong_fill_value_does_not_hide_the_usual_one(self, make: Make) -> None:
        values = flux(4).astype(np.float32)
        values[2] = -1e31
        attributes = {**FLUX, "FILLVAL": np.float32(-1e-31)}
        read = only(make(flux=(values, attributes), energy=([ENERGY], ENERGY_ATTRIBUTES)))
        assert np.isnan(read.values[2]).all()
        assert read.values.dtype == np.float32

    def test_integers_lose_their_fill_value_alone(self, make: Make) -> None:
        values = np.array([[1, 255, 3, 0]] * RECORDS, dtype=np.uint8)
        attributes = {**FLUX, "FILLVAL": np.int16(255)}
        read = only(make(flux=(values, attributes), energy=([ENERGY], ENERGY_ATTRIBUTES)))
        assert np.isnan(read.values[0]).tolist() == [False, True, False, False]
        assert read.values[0, 3] == 0.0

    def test_limits_by_element(self, make: Make) -> None:
        attributes = {**FLUX, "VALIDMAX": np.array([100.0, 1.0, 100.0, 100.0])}
        cdf = make(flux=(flux(4), {}), energy=([ENERGY], ENERGY_ATTRIBUTES))
        override = Override("*", "flux", {**attributes, "VALIDMAX": (100.0, 1.0, 100.0, 100.0)})
        read = only(cdf, (override,))
        assert np.isnan(read.values[:, 1]).all()
        assert np.isfinite(read.values[:, [0, 2, 3]]).all()

    def test_bad_records(self, make: Make) -> None:
        good = np.array([1, 1, 0, 1, 1], dtype=np.int16)
        cdf = make(flux=(flux(4), FLUX), energy=([ENERGY], ENERGY_ATTRIBUTES), valid=(good, {}))
        override = Override("*", "flux", {"QUALITY_VAR": "valid", "QUALITY_GOOD": 1})
        read = only(cdf, (override,))
        assert np.isnan(read.values).all(axis=1).tolist() == [False, False, True, False, False]

    def test_quality_and_weights_that_cannot_be_used_are_doubted(self, make: Make) -> None:
        angle = ([np.array([30.0, 90.0, 150.0])], {"UNITS": "deg", "CATDESC": "pitch angle"})
        attributes = {**FLUX, "DEPEND_1": "pitch", "DEPEND_2": "energy"}
        attributes |= {"FLAG_VAR": "bad", "QUALITY_VAR": "gone", "QUALITY_GOOD": 1}
        cube = np.ones((RECORDS, 3, 4))
        cdf = make(
            flux=(cube, {**attributes, "WEIGHT_VAR": "weights"}),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
            pitch=angle,
            weights=([np.ones(3)], {}),
            bad=(np.zeros((RECORDS, 3)), {}),
        )
        (found,) = find_spectrograms(cdf).named(["flux"])

        def collapse(beside: object, records: int, cells: object) -> Reduction:
            assert cells is None
            return Reduction(lambda values, first: values.mean(axis=1), "plain")

        read = load_spectrogram(cdf, found, collapse=collapse)
        told = {note.text.split(" used: ")[0]: note.code for note in read.notes}
        assert told["its weights, weights, are not"] == "weights-not-used"
        assert told["its QUALITY_VAR, gone, is not"] == "quality-not-used"
        assert told["its FLAG_VAR, bad, is not"] == "quality-not-used"

    def test_first_bins_that_hold_no_measurement(self, make: Make) -> None:
        cdf = make(flux=(flux(4), FLUX), energy=([ENERGY], ENERGY_ATTRIBUTES))
        read = only(cdf, (Override("*", "energy", {"SKIP_FIRST": 2}),))
        assert np.isnan(read.y.centers).tolist() == [True, True, False, False]

    def test_all_fill_has_no_data(self, make: Make) -> None:
        values = np.full((RECORDS, 4), -1e31)
        read = only(make(flux=(values, FLUX), energy=([ENERGY], ENERGY_ATTRIBUTES)))
        assert not read.has_data


class TestReasons:
    @pytest.mark.parametrize(
        ("values", "attributes", "reason"),
        [
            (flux(), {**FLUX}, "one value per record, a time series"),
            (flux(1), {**FLUX}, "one value per record, a time series"),
            ([np.ones((3, 4))], {**FLUX}, "one table for the whole file"),
            (flux(4), {"DEPEND_0": "Epoch"}, "what its dimension 2 is (no DEPEND_1)"),
            (flux(4), {**FLUX, "DEPEND_1": "nowhere"}, "names nowhere as DEPEND_1"),
            (flux(3), FLUX, "has 3 values where its DEPEND_1, energy, has (4,)"),
            (flux(4), {**FLUX, "DEPEND_1": "words"}, "components with names (words)"),
            (flux(4), {**FLUX, "DEPEND_1": "Epoch"}, "holds no numbers"),
            (flux(4), {**FLUX, "DEPEND_0": "nowhere"}, "when it was measured"),
            (flux(4), {**FLUX, "VAR_TYPE": "metadata"}, "is metadata"),
            (np.empty((0, 4)), FLUX, "holds no records"),
            (
                flux(4),
                {**FLUX, "DEPEND_1": "index", "DISPLAY_TYPE": "time_series"},
                "index, that is not an energy, angle or frequency",
            ),
        ],
    )
    def test_why_not(
        self, make: Make, values: Any, attributes: Mapping[str, Any], reason: str
    ) -> None:
        cdf = make(
            it=(values, attributes),
            energy=([ENERGY], ENERGY_ATTRIBUTES),
            words=([np.array(["x", "y", "z", "w"])], {}),
            index=([np.arange(4.0)], {}),
        )
        findings = find_spectrograms(cdf)
        assert "it" not in [item.name for item in findings.candidates]
        assert reason in findings.rejected["it"]

    def test_a_file_without_records_says_so(self, make: Make) -> None:
        cdf = make(flux=(np.empty((0, 4)), FLUX), energy=([ENERGY], ENERGY_ATTRIBUTES))
        assert "There are spectrograms (flux), but no record" in find_spectrograms(cdf).why_none()

    def test_time_series_are_counted(self, make: Make) -> None:
        cdf = make(a=(flux(), FLUX), b=(flux(), FLUX))
        assert "2: has one value per record" in find_spectrograms(cdf).why_none()

    def test_support_data_are_drawn_when_named(self, make: Make) -> None:
        attributes = {**FLUX, "VAR_TYPE": "support_data"}
        cdf = make(sigma=(flux(4), attributes), energy=([ENERGY], ENERGY_ATTRIBUTES))
        findings = find_spectrograms(cdf)
        assert findings.primary == ()
        assert "name them to see them: sigma" in findings.why_none()
        (named,) = findings.named(["sigma"])
        assert isinstance(named, Candidate)

    def test_a_name_that_cannot_be_drawn_says_why(self, make: Make) -> None:
        findings = find_spectrograms(make(a=(flux(), FLUX)))
        with pytest.raises(InputError, match="a: it has one value per record"):
            findings.named(["a"])
        with pytest.raises(InputError, match="nothing: there is no such variable"):
            findings.named(["nothing"])


def test_the_scale_is_judged_from_the_values_where_nothing_says_it(make: Make) -> None:
    attributes = {key: value for key, value in FLUX.items() if key != "SCALETYP"}
    energy = ([ENERGY], ENERGY_ATTRIBUTES)
    assert only(make(flux=(flux(4), attributes), energy=energy)).scale == "linear"
    assert only(make(flux=(10.0 ** flux(4), attributes), energy=energy)).scale == "log"
    assert only(make(flux=(-flux(4), attributes), energy=energy)).scale == "linear"


def test_units_may_be_in_a_variable_of_their_own(make: Make) -> None:
    attributes = {key: value for key, value in FLUX.items() if key != "UNITS"}
    cdf = make(
        flux=(flux(4), {**attributes, "UNIT_PTR": "units"}),
        energy=([ENERGY], ENERGY_ATTRIBUTES),
        units=([np.array(["eV cm!U-2!N"] * 4)], {}),
    )
    assert only(cdf).unit == "eV cm^{-2}"


def test_overrides_are_noted_with_their_reason(make: Make) -> None:
    cdf = make(flux=(flux(4), {}), energy=([ENERGY], {}))
    assert find_spectrograms(cdf).candidates == ()
    rules = (
        Override("MADE*.cdf", "flux", FLUX, why="it has no attributes"),
        Override("made.cdf", "ener*", {"UNITS": "keV"}),
    )
    read = only(cdf, rules)
    assert read.y.unit == "keV"
    assert [(n.level, n.code, n.place) for n in read.notes] == [
        ("info", "metadata-overridden", "flux")
    ]


def test_one_record(make: Make) -> None:
    cdf = make(
        flux=(flux(4)[:1], {**FLUX, "DEPEND_0": "unix"}),
        energy=([ENERGY], ENERGY_ATTRIBUTES),
        unix=(np.array([START_UNIX]), {"UNITS": "s"}),
    )
    read = only(cdf)
    assert read.values.shape == (1, 4)
    assert read.time.centers.tolist() == [START_UNIX]


class TestPieces:
    """Values come in pieces; what is made of them does not depend on how large these are."""

    @staticmethod
    def hostile(rng: np.random.Generator, dtype: Any) -> Any:
        values = rng.lognormal(3, 2, (60, 3, 4, 5)).astype(dtype)
        if np.dtype(dtype).kind == "f":
            values[rng.random(values.shape) < 0.1] = -1e31
            values[5:9, 0, 0] = np.nan
            values[20, 1, 2, 3] = np.inf
            values[21, 1, 2, 3] = -np.inf
        else:
            values[40] = np.iinfo(dtype).min
        values[30:, 1, 2] = 7
        values[50] = 20_000
        return values

    @pytest.mark.parametrize("piece", [1, 1000, 10**9])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.int32])
    def test_values_and_notes_are_those_of_the_whole(
        self, make: Make, monkeypatch: pytest.MonkeyPatch, dtype: Any, piece: int
    ) -> None:
        rng = np.random.default_rng(8)
        raw = self.hostile(rng, dtype)
        names = {"DEPEND_1": "a", "DEPEND_2": "b", "DEPEND_3": "energy"}
        attributes = {**FLUX, **names, "FILLVAL": dtype(7), "VALIDMIN": dtype(2)}
        attributes["VALIDMAX"] = dtype(9000)
        bins = np.geomspace(10, 1000, 5)
        monkeypatch.setattr("figmill.read.istp.values.PIECE_BYTES", piece)
        read = only(
            make(
                Epoch=(np.datetime64("2020-01-01", "ns") + np.arange(60) * 10**10, {}),
                flux=(raw, attributes),
                energy=([bins], ENERGY_ATTRIBUTES),
                a=([np.array([30.0, 90.0, 150.0])], {"UNITS": "deg", "LABLAXIS": "Elevation"}),
                b=([np.array([0.0, 90, 180, 270])], {"UNITS": "deg", "LABLAXIS": "Azimuth"}),
            )
        )
        wanted = raw.astype(np.float32 if dtype in (np.float32, np.int16) else np.float64)
        infinite = int(np.isinf(wanted).sum())
        gone = ~np.isfinite(wanted) | (wanted <= -9e30) | (raw == 7)
        if dtype is np.int32:
            gone |= raw == np.iinfo(np.int32).min  # no measurement
        outside = ~gone & ((wanted < 2) | (wanted > 9000))
        wanted[gone | outside] = np.nan
        assert np.array_equal(read.values, wanted.reshape(60, 12, 5), equal_nan=True)
        told = {note.code: note.text for note in read.notes}
        assert told["values-outside-valid-range"].startswith(f"{outside.sum()} values (")
        assert ("values-infinite" in told) == bool(infinite)

    def test_what_is_sound_is_not_touched(self, make: Make) -> None:
        """The smallest and the largest value alone are looked at, and a fill lies outside them."""
        values = np.array([[1.0, 2, 3, 4]] * RECORDS, np.float32)
        for fill, gone in ((4.0, 1), (5.0, 0), (1.0, 1), (0.0, 0), (2.0, 1)):
            attributes = {**FLUX, "FILLVAL": np.float32(fill)}
            read = only(make(flux=(values, attributes), energy=([ENERGY], ENERGY_ATTRIBUTES)))
            assert int(np.isnan(read.values).sum()) == gone * RECORDS, fill

    def test_a_dimension_is_collapsed_while_reading(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("figmill.read.istp.values.PIECE_BYTES", 1000)
        raw = self.hostile(np.random.default_rng(9), np.float32)[:, 0]
        attributes = {**FLUX, "DEPEND_1": "energy", "DEPEND_2": "a", "SCALETYP": ""}
        cdf = make(
            Epoch=(np.datetime64("2020-01-01", "ns") + np.arange(50) * 10**10, {}),
            flux=(raw, attributes),
            energy=([np.geomspace(10, 1000, 4)], ENERGY_ATTRIBUTES),
            a=([np.array([9.0, 45, 90, 135, 171])], {"UNITS": "deg", "LABLAXIS": "Pitch angle"}),
        )
        whole = only(cdf)
        seen: list[tuple[int, int]] = []

        def choose(beside: Sequence[Any], records: int, cells: Any) -> Reduction:
            assert [axis.name for axis in beside] == ["a"]
            assert records == 50  # as many as there are times

            def reduce(values: Any, first: int) -> Any:
                seen.append((first, len(values)))
                return np.nan_to_num(values).sum(axis=1)

            return Reduction(reduce, "summed")

        (candidate,) = find_spectrograms(cdf).candidates
        read = load_spectrogram(cdf, candidate, collapse=choose)
        assert len(seen) == 5
        assert sum(count for _, count in seen) == 50
        np.testing.assert_allclose(read.values, np.nan_to_num(whole.values).sum(axis=1), rtol=1e-6)
        assert (whole.collapsed, read.collapsed) == ("", "summed")
        assert read.third is not None
        assert (read.scale, read.notes) == (whole.scale, whole.notes)
        assert "record-counts-differ" in {note.code for note in read.notes}

    def test_rows_of_one_description_are_read_as_alone(self, make: Make) -> None:
        """Times and axes are read once for all rows; each row has its own notes all the same."""
        length = np.full(RECORDS, 15.0)
        attributes = {**FLUX, "DEPEND_1": "energy"}
        energies = np.array([10.0, 100.0, -1e31, 10000.0])
        cdf = make(
            one=(flux(4), attributes),
            two=(2 * flux(4), attributes),
            Epoch=(
                np.datetime64("2020-01-01", "ns") + np.arange(RECORDS) * 10**10,
                {"DELTA_PLUS_VAR": "length"},
            ),
            length=(length, {"UNITS": "s"}),
            energy=([energies], {**ENERGY_ATTRIBUTES, "DELTA_PLUS_VAR": "none"}),
        )
        reads: list[str] = []
        plain = cdf.read

        def counted(name: str) -> Any:
            reads.append(name)
            return plain(name)

        findings = find_spectrograms(cdf)
        alone = [load_spectrogram(cdf, each) for each in findings.candidates]
        cdf.read = counted  # type: ignore[method-assign]
        shared = [
            load_spectrogram(cdf, each, described=findings.described)
            for each in findings.candidates
        ]
        assert (reads.count("Epoch"), reads.count("energy"), reads.count("length")) == (1, 1, 1)
        assert shared[0].time is shared[1].time
        assert {"records-cut-midway", "bounds-not-in-file"} <= {n.code for n in shared[1].notes}
        for one, other in zip(alone, shared, strict=True):
            assert one.notes == other.notes
            assert np.array_equal(one.values, other.values)
            assert np.array_equal(one.y.centers, other.y.centers, equal_nan=True)
            assert np.array_equal(one.time.lo, other.time.lo)
