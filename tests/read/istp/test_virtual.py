"""Virtual variables, each against its formula by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from figmill.read.cdf.file import CdfFile
from figmill.read.istp import find_spectrograms, load_spectrogram
from figmill.read.istp.virtual import WithVirtual

pycdfpp = pytest.importorskip("pycdfpp")

Make = Callable[..., CdfFile]
N = 5
FILL = -1e31
DATA = np.arange(1.0, 1.0 + N * 4).reshape(N, 4)
FLAG = np.array([0.0, 1.0, FILL, 2.0, 0.0])
ENERGY = ([np.array([10.0, 100.0, 1e3, 1e4])], {"UNITS": "eV", "SCALETYP": "log"})
FLUX = {"DEPEND_0": "Epoch", "DEPEND_1": "energy", "VAR_TYPE": "data", "SCALETYP": "log"}
FILLED = {"FILLVAL": FILL}


def virtual(function: str, *components: str, **more: Any) -> tuple[Any, Mapping[str, Any]]:
    """A variable without records, which names its function."""
    parts = {f"COMPONENT_{i}": name for i, name in enumerate(components)}
    return np.empty((0, 4)), {"VIRTUAL": "TRUE", "FUNCT": function, **parts, **more}


def computed(cdf: CdfFile) -> np.ndarray:
    file = WithVirtual(cdf)
    values = file.read("v")
    assert file.variables["v"].shape == values.shape
    assert np.array_equal(file.records("v", 1, 3), values[1:3], equal_nan=True)
    return values


@pytest.mark.parametrize("function", ["apply_esa_qflag", "apply_FGM_qflag", "apply_gmom_qflag"])
def test_flagged_records_are_missing(make: Make, function: str) -> None:
    cdf = make(a=(DATA, FILLED), flag=(FLAG, FILLED), v=virtual(function, "a", "flag"))
    # A flag that is fill counts as good.
    wanted = np.where(np.array([0, 1, 0, 1, 0])[:, None], np.nan, DATA)
    assert np.array_equal(computed(cdf), wanted, equal_nan=True)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, [True, False, False, False, True]),
        ({"COMPARE_OPERATOR": "le", "COMPARE_VAL": 1.0}, [True, True, False, False, True]),
        ({"COMPARE_OPERATOR": "ne", "COMPARE_VAL": 2.0}, [True, True, True, False, True]),
    ],
)
def test_a_filter(make: Make, options: Mapping[str, Any], kept: list[bool]) -> None:
    cdf = make(
        a=(DATA, FILLED),
        flag=(FLAG, FILLED),
        v=virtual("apply_filter_flag", "a", "flag", **options),
    )
    assert np.isfinite(computed(cdf)).all(axis=1).tolist() == kept


def test_of_the_solar_wind_alone(make: Make) -> None:
    cdf = make(a=(DATA, FILLED), flag=(FLAG, FILLED), v=virtual("region_filt", "a", "flag"))
    assert np.isfinite(computed(cdf)).all(axis=1).tolist() == [False, True, False, False, False]


def test_numbers_of_vectors(make: Make) -> None:
    velocity = np.array([[3.0, 4.0, 0.0], [1.0, 2.0, 2.0], [FILL, 1.0, 1.0], [0, 0, 0], [2, 3, 6]])
    density = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    parts = {"a": (velocity, FILLED), "n": (density, FILLED)}
    size = computed(make("1.cdf", v=virtual("compute_magnitude", "a"), **parts))
    assert size == pytest.approx([5.0, 3.0, np.nan, 0.0, 7.0], nan_ok=True)
    pressure = computed(make("2.cdf", v=virtual("calc_p", "a", "n"), **parts))
    assert pressure == pytest.approx(
        1.6726e-6 * np.array([9.0, 2.0, np.nan, 0.0, 20.0]), nan_ok=True
    )
    second = computed(make("3.cdf", v=virtual("extract_array", "a", ARG0=2), **parts))
    assert second.tolist() == [4.0, 2.0, 1.0, 0.0, 3.0]


def test_a_slice_of_an_array(make: Make) -> None:
    cube = np.arange(N * 12.0).reshape(N, 3, 4)
    cdf = make(a=(cube, {}), v=virtual("arr_slice", "a", ARR_DIM=0, ARR_INDEX=2))
    assert np.array_equal(computed(cdf), cube[:, 2])
    cdf = make("b.cdf", a=(cube, {}), v=virtual("arr_slice", "a", ARR_DIM=1, ARR_INDEX=3))
    assert np.array_equal(computed(cdf), cube[:, :, 3])


def test_what_is_sparse_keeps_its_last_value(make: Make) -> None:
    values = np.array([[FILL, 1.0], [2.0, FILL], [FILL, FILL], [3.0, 4.0], [FILL, 5.0]])
    cdf = make(a=(values, FILLED), v=virtual("fix_sparse", "a"))
    wanted = [[np.nan, 1.0], [2.0, 1.0], [2.0, 1.0], [3.0, 4.0], [3.0, 5.0]]
    assert np.array_equal(computed(cdf), wanted, equal_nan=True)


@pytest.mark.parametrize(("function", "later"), [("add_51s", 51.0), ("add_1800", 1800.0)])
def test_later_times(make: Make, function: str, later: float) -> None:
    cdf = make(v=virtual(function, "Epoch"))
    assert computed(cdf).tolist() == (cdf.read("Epoch") + later).tolist()
    assert WithVirtual(cdf).variables["v"].is_time


def test_a_spectrogram_of_virtual_data_at_virtual_times(make: Make) -> None:
    zero = np.array(["2020-01-01"], "M8[ns]")
    seconds = 3.0 * np.arange(N)
    cdf = make(
        energy=ENERGY,
        a=(DATA, {**FILLED, "VAR_TYPE": "support_data"}),
        flag=(FLAG, FILLED),
        zero=(zero, {}),
        seconds=(seconds, {"UNITS": "sec"}),
        t=virtual("comp_themis_epoch", "zero", "seconds"),
        v=virtual("apply_esa_qflag", "a", "flag", **{**FLUX, "DEPEND_0": "t"}),
    )
    findings = find_spectrograms(cdf)
    (candidate,) = [each for each in findings.candidates if each.name == "v"]
    assert candidate.primary
    read = load_spectrogram(cdf, candidate)
    assert read.time.centers == pytest.approx(1577836800.0 + seconds)
    assert np.isfinite(read.values).all(axis=1).tolist() == [True, False, True, False, True]
    computed_ = [note for note in read.notes if note.code == "virtual-computed"]
    assert [note.place for note in computed_] == ["v", "t"]
    assert "computed of a and flag by apply_esa_qflag" in computed_[0].text


def test_another_view_of_data_waits_to_be_named(make: Make) -> None:
    cdf = make(energy=ENERGY, a=(DATA, FLUX), v=virtual("alternate_view", "a", **FLUX))
    findings = find_spectrograms(cdf)
    assert [each.name for each in findings.primary] == ["a"]
    assert findings.unasked == ("v",)
    (view,) = findings.named(["v"])
    assert np.array_equal(load_spectrogram(cdf, view).values, DATA)


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        (virtual("conv_pos", "a", **FLUX), "its function, conv_pos, is not computed here"),
        (virtual("calc_p", "a", "none", **FLUX), "the components of its function, calc_p, do not"),
        (virtual("alternate_view", "v", **FLUX), "the components of its function"),
        (virtual("", **FLUX), "names no function"),
        (
            virtual("apply_filter_flag", "a", "a", COMPARE_OPERATOR="like", **FLUX),
            "the components of its function",
        ),
    ],
)
def test_what_is_not_computed_names_itself(make: Make, variable: Any, why: str) -> None:
    cdf = make(energy=ENERGY, a=(DATA, {}), v=variable)
    assert why in find_spectrograms(cdf).rejected["v"]
