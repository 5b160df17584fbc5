"""Both CDF libraries on real files of seven missions: the same names, attributes and arrays."""

from pathlib import Path

import numpy as np
import pytest

from figmill.read.cdf.file import open_cdf

pytest.importorskip("pycdfpp")
pytest.importorskip("cdflib")

DATA = Path(__file__).parents[3] / "shared" / "data" / "cdf"
FILES = sorted(DATA.glob("*.cdf"))

pytestmark = pytest.mark.skipif(not FILES, reason="no real files: ../shared/data/cdf is absent")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_libraries_agree(path: Path) -> None:
    first, second = open_cdf(path, library="pycdfpp"), open_cdf(path, library="cdflib")
    assert list(first.variables) == list(second.variables)
    assert repr(first.attributes) == repr(second.attributes)  # repr: NaN equals itself
    for name, variable in first.variables.items():
        other = second.variables[name]
        assert (variable.kind, variable.shape) == (other.kind, other.shape), name
        assert variable.record_varying == other.record_varying, name
        assert repr(variable.attributes) == repr(other.attributes), name
        values, others = first.read(name), second.read(name)
        assert values.shape == variable.shape
        assert values.dtype == others.dtype
        assert np.array_equal(values, others, equal_nan=values.dtype.kind == "f"), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_cut_short_is_refused(path: Path, tmp_path: Path) -> None:
    from figmill.read.cdf.layout import InvalidCdfError

    content = path.read_bytes()
    short = tmp_path / "short.cdf"
    for share in (0.05, 0.5, 0.95):
        short.write_bytes(content[: int(share * len(content))])
        with pytest.raises(InvalidCdfError):
            open_cdf(short)


def file(start: str) -> Path:
    (found,) = DATA.glob(f"{start}*.cdf")
    return found


def test_a_column_major_file_has_its_axes_in_order() -> None:
    if not list(DATA.glob("elb_*.cdf")):
        pytest.skip("no ELFIN file")
    cdf = open_cdf(file("elb_"))
    flux = cdf.read("elb_pef_hs_Epat_nflux")
    assert flux.shape == (44, 10, 16)
    # The first and last pitch angle of each half spin are not measured, at any energy.
    assert np.isnan(flux[:, [0, -1], :]).all()
    assert np.isfinite(flux[:, 1:-1, :]).all()


def test_shared_dimensions_of_size_one_are_dropped() -> None:
    if not list(DATA.glob("wi_*.cdf")):
        pytest.skip("no Wind file")
    cdf = open_cdf(file("wi_"))
    assert cdf.variables["Epoch"].shape == (412,)
    assert cdf.read("Epoch") == pytest.approx(cdf.read("TIME"), abs=1e-5)


def test_the_demo_has_the_schema_of_the_mission(tmp_path: Path) -> None:
    from figmill.fast.synthetic import write_orbits

    if not list(DATA.glob("fa_*.cdf")):
        pytest.skip("no FAST file")
    (orbit,) = write_orbits(tmp_path, 1, burst_records=3, survey_records=3, instruments=("eeb",))
    made, real = open_cdf(orbit.files["eeb"].path).variables, open_cdf(file("fa_")).variables
    for name, variable in made.items():
        assert variable.kind == real[name].kind, name
        assert variable.record_varying == real[name].record_varying, name
        first = 1 if variable.record_varying else 0
        assert variable.shape[first:] == real[name].shape[first:], name
        for attribute in ("DEPEND_0", "DEPEND_1", "DEPEND_2", "VIRTUAL", "FUNCT"):
            assert variable.text(attribute) == real[name].text(attribute), (name, attribute)
        if variable.kind != "text":
            assert variable.attributes["FILLVAL"] == pytest.approx(
                real[name].attributes.get("FILLVAL", 0), nan_ok=True
            ), name
