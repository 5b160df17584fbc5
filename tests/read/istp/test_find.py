"""Which rows a variable gives: components, slices, maps, and reasons in their order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.read.cdf.file import CdfFile
from figmill.read.istp import find_spectrograms, load_spectrogram

pytest.importorskip("pycdfpp")

Make = Callable[..., CdfFile]
N = 5
FREQ = ([np.geomspace(1.0, 100.0, 4)], {"UNITS": "Hz", "SCALETYP": "log"})
LABELS = ([np.array(["Bx", "By", "Bz"])], {"VAR_TYPE": "metadata"})
INDEX = ([np.array([1, 2, 3], np.int32)], {"VAR_TYPE": "metadata", "LABLAXIS": "component"})
PSD = {
    **{"DEPEND_0": "Epoch", "DEPEND_1": "freq", "VAR_TYPE": "data", "UNITS": "nT^2/Hz"},
    **{"DISPLAY_TYPE": "spectrogram"},
}


def psd() -> np.ndarray:
    return np.broadcast_to([1.0, 100.0, 1e4], (N, 4, 3)).copy()


def rows(cdf: CdfFile) -> dict[str, list[float]]:
    """Each row's distinct values."""
    found = {}
    for candidate in find_spectrograms(cdf).primary:
        read = load_spectrogram(cdf, candidate)
        assert read.name == candidate.row
        assert read.values.shape == (N, 4)
        found[candidate.row] = np.unique(read.values).tolist()
    return found


class TestComponents:
    @pytest.mark.parametrize(
        "attributes",
        [
            {"LABL_PTR_2": "names"},
            {"DEPEND_2": "names"},
            {"DEPEND_2": "index", "LABL_PTR_2": "names"},
        ],
    )
    def test_each_has_a_row_of_its_own(self, make: Make, attributes: dict[str, Any]) -> None:
        cdf = make(psd=(psd(), {**PSD, **attributes}), freq=FREQ, names=LABELS, index=INDEX)
        assert rows(cdf) == {"psd Bx": [1.0], "psd By": [100.0], "psd Bz": [1e4]}

    def test_without_names_they_are_counted(self, make: Make) -> None:
        cdf = make(psd=(psd(), {**PSD, "DEPEND_2": "index"}), freq=FREQ, index=INDEX)
        assert list(rows(cdf)) == ["psd component 1", "psd component 2", "psd component 3"]

    def test_the_component_may_come_first(self, make: Make) -> None:
        values = psd().transpose(0, 2, 1).copy()
        attributes = {**PSD, "DEPEND_1": "names", "DEPEND_2": "freq"}
        cdf = make(psd=(values, attributes), freq=FREQ, names=LABELS)
        assert rows(cdf) == {"psd Bx": [1.0], "psd By": [100.0], "psd Bz": [1e4]}

    def test_slices_choose_among_them(self, make: Make) -> None:
        display = "Spectrogram> y=freq, z=psd(*,3),y=freq,z=psd( * , 1 )"
        attributes = {**PSD, "LABL_PTR_2": "names", "DISPLAY_TYPE": display}
        cdf = make(psd=(psd(), attributes), freq=FREQ, names=LABELS)
        assert rows(cdf) == {"psd Bz": [1e4], "psd Bx": [1.0]}

    def test_a_slice_that_is_not_there_is_no_choice(self, make: Make) -> None:
        display = "spectrogram>y=freq,z=psd(*,9)"
        attributes = {**PSD, "LABL_PTR_2": "names", "DISPLAY_TYPE": display}
        assert len(rows(make(psd=(psd(), attributes), freq=FREQ, names=LABELS))) == 3

    def test_one_can_be_named_and_the_variable_names_all(self, make: Make) -> None:
        cdf = make(psd=(psd(), {**PSD, "LABL_PTR_2": "names"}), freq=FREQ, names=LABELS)
        findings = find_spectrograms(cdf)
        assert [each.row for each in findings.named(["psd By"])] == ["psd By"]
        assert [each.part for each in findings.named(["psd"])] == ["Bx", "By", "Bz"]
        with pytest.raises(InputError, match="there is no such variable"):
            findings.named(["psd Bq"])

    def test_valid_ranges_and_fill_hold_for_a_part(self, make: Make) -> None:
        values = psd()
        values[0, 0, 1] = -1e31
        limits = {"VALIDMAX": np.array([1e6, 1e6, 1e6, 50.0])}  # by frequency
        attributes = {**PSD, **limits, "LABL_PTR_2": "names"}
        cdf = make(psd=(values, attributes), freq=FREQ, names=LABELS)
        by = load_spectrogram(cdf, find_spectrograms(cdf).candidates[1])
        missing = np.isnan(by.values)
        assert missing[:, 3].all()
        assert missing[0].tolist() == [True, False, False, True]
        assert missing.sum() == N + 1

    def test_angles_are_still_collapsed(self, make: Make) -> None:
        angle = ([np.array([30.0, 90.0, 150.0])], {"UNITS": "deg", "LABLAXIS": "Pitch angle"})
        cdf = make(psd=(psd(), {**PSD, "DEPEND_2": "angle"}), freq=FREQ, angle=angle)
        (candidate,) = find_spectrograms(cdf).candidates
        assert load_spectrogram(cdf, candidate).values.shape == (N, 3, 4)


def test_each_look_has_its_own_energies_and_bounds(make: Make) -> None:
    energies = np.geomspace(10.0, 1e3, 16) * np.array([[1.0], [5.0], [25.0]])
    values = np.broadcast_to(10.0 ** np.arange(3)[:, None], (N, 3, 16)).copy()
    both = {"DELTA_PLUS_VAR": "ed", "DELTA_MINUS_VAR": "ed"}
    cdf = make(
        flux=(values, {**PSD, "DEPEND_1": "look", "DEPEND_2": "energy"}),
        look=([np.arange(3, dtype=np.int32)], {"LABLAXIS": "Look direction"}),
        energy=([energies], {"UNITS": "keV", "SCALETYP": "log", "DEPEND_1": "look", **both}),
        ed=([0.05 * energies], {"UNITS": "keV"}),
    )
    candidates = find_spectrograms(cdf).candidates
    assert [each.part for each in candidates] == [f"Look direction {i}" for i in range(3)]
    for look, candidate in enumerate(candidates):
        read = load_spectrogram(cdf, candidate)
        assert np.unique(read.values).tolist() == [10.0**look]
        assert read.y.centers == pytest.approx(energies[look])
        assert read.y.lo == pytest.approx(0.95 * energies[look])
        assert read.y.hi == pytest.approx(1.05 * energies[look])
        assert read.notes == ()


@pytest.mark.parametrize("differ", [True, False])
def test_angles_with_energies_of_their_own_are_not_averaged(make: Make, differ: bool) -> None:
    factor = np.array([[1.0], [5.0], [25.0]]) if differ else np.ones((3, 1))
    energies = np.geomspace(10.0, 1e3, 16) * factor
    cdf = make(
        flux=(np.ones((N, 3, 16)), {**PSD, "DEPEND_1": "pitch", "DEPEND_2": "energy"}),
        pitch=([np.array([30.0, 90.0, 150.0])], {"UNITS": "deg", "LABLAXIS": "Pitch angle"}),
        energy=([energies], {"UNITS": "keV", "SCALETYP": "log"}),
    )
    candidates = find_spectrograms(cdf).candidates
    if not differ:
        assert [each.part for each in candidates] == [""]
        return
    assert [each.part for each in candidates] == [f"Pitch angle {a} deg" for a in (30, 90, 150)]
    for angle, candidate in enumerate(candidates):
        read = load_spectrogram(cdf, candidate)
        assert read.values.shape == (N, 16)
        assert read.y.centers == pytest.approx(energies[angle])
        assert read.notes == ()


@pytest.mark.parametrize("drift", [1.0, 1.001])
def test_tables_by_record_that_differ_by_angle_are_not_averaged(make: Make, drift: float) -> None:
    factor = np.array([[1.0], [5.0], [25.0]]) if drift == 1.0 else drift ** np.arange(3.0)[:, None]
    energies = np.geomspace(10.0, 1e3, 16) * factor
    cdf = make(
        flux=(np.ones((N, 3, 16)), {**PSD, "DEPEND_1": "pitch", "DEPEND_2": "energy"}),
        pitch=([np.array([30.0, 90.0, 150.0])], {"UNITS": "deg", "LABLAXIS": "Pitch angle"}),
        energy=(np.tile(energies, (N, 1, 1)), {"UNITS": "keV", "SCALETYP": "log"}),
    )
    candidates = find_spectrograms(cdf).candidates
    if drift != 1.0:  # less than a channel: the mean is of one energy, but for a doubt
        (candidate,) = candidates
        codes = [note.code for note in load_spectrogram(cdf, candidate).notes]
        assert codes == ["axis-differs-by-cell"]
        return
    assert [each.part for each in candidates] == [f"Pitch angle {a} deg" for a in (30, 90, 150)]
    for angle, candidate in enumerate(candidates):
        assert load_spectrogram(cdf, candidate).y.centers == pytest.approx(energies[angle])


class TestMaps:
    LAT = ([np.linspace(-87, 87, 30)], {"UNITS": "degrees", "LABLAXIS": "Latitude"})
    LON = ([np.linspace(3, 357, 60)], {"UNITS": "degrees", "LABLAXIS": "Longitude"})

    @pytest.mark.parametrize("display", ["image", "map_image>thumbnail", "MAP_IMAGE", ""])
    def test_they_are_named_and_not_drawn_over_time(self, make: Make, display: str) -> None:
        attributes = {**PSD, "DEPEND_1": "lat", "DEPEND_2": "lon", "DISPLAY_TYPE": display}
        cdf = make(
            Epoch=(np.array(["2020-01-01"], "M8[ns]"), {}),
            ena=(np.ones((1, 30, 60)), attributes),
            lat=self.LAT,
            lon=self.LON,
        )
        findings = find_spectrograms(cdf)
        assert findings.candidates == ()
        assert "over Latitude and Longitude" in findings.why_none()
        assert findings.puzzling[0][0] == "ena"


class TestReasons:
    def test_those_of_the_data_come_first(self, make: Make) -> None:
        cdf = make(
            Epoch=(None, {"VAR_TYPE": "support_data"}),
            mode=(np.zeros(N, np.int32), {"DEPEND_0": "Epoch", "VAR_TYPE": "support_data"}),
            energy=(np.ones((2, 4)), {"UNITS": "eV", "VAR_TYPE": "support_data"}),
            flux=(np.ones((N, 4)), {**PSD, "DEPEND_1": "energy"}),
        )
        why = find_spectrograms(cdf).why_none()
        assert "(flux has 5 records where energy has 2; " in why

    def test_what_is_drawn_on_demand_only(self, make: Make) -> None:
        attributes = {**PSD, "DISPLAY_TYPE": "no_plot"}
        cdf = make(raw=(np.ones((N, 4)), attributes), freq=FREQ)
        findings = find_spectrograms(cdf)
        assert findings.primary == ()
        assert findings.unasked == ("raw",)
        assert "name them to see them: raw" in findings.why_none()
        assert len(findings.named(["raw"])) == 1


class TestOtherAxes:
    @pytest.mark.parametrize("unit", ["km/s", "km", "Re", "amu"])
    def test_they_are_drawn_as_they_are(self, make: Make, unit: str) -> None:
        axis = ([np.linspace(1, 9, 4)], {"UNITS": unit, "LABLAXIS": "Something"})
        attributes = {**PSD, "DEPEND_1": "axis", "DISPLAY_TYPE": ""}
        cdf = make(data=(np.ones((N, 4)), attributes), axis=axis)
        (candidate,) = find_spectrograms(cdf).primary
        read = load_spectrogram(cdf, candidate)
        assert (read.y.label, read.y.scale) == ("Something", "linear")

    def test_a_temperature_is_no_angle(self, make: Make) -> None:
        axis = ([np.linspace(1, 9, 4)], {"UNITS": "Deg K", "LABLAXIS": "T"})
        cdf = make(data=(np.ones((N, 4)), {**PSD, "DEPEND_1": "axis"}), axis=axis)
        (candidate,) = find_spectrograms(cdf).primary
        assert load_spectrogram(cdf, candidate).y.role == "other"
