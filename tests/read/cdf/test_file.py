"""The CDF protocol, with both libraries, on files made here."""

import os
import pickle
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.errors import ConfigError, InputError, MissingExtraError
from figmill.read.cdf.file import Library, open_cdf
from figmill.read.cdf.layout import InvalidCdfError

pycdfpp = pytest.importorskip("pycdfpp")
pytest.importorskip("cdflib")

LIBRARIES: tuple[Library, ...] = ("pycdfpp", "cdflib")
NOON = np.array(["2016-12-31T12:00:00", "2017-01-01T12:00:00.25"], dtype="datetime64[ns]")
NOON_UNIX = [1483185600.0, 1483272000.25]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    chosen: Library = request.param
    return chosen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one variable of every sort."""
    kinds = pycdfpp.DataType
    cdf = pycdfpp.CDF()
    cdf.add_attribute("Project", ["one", "two"])
    cdf.add_attribute("Number", [[1.5, 2.5]])

    def add(name: str, values: Any, kind: Any, **options: Any) -> Any:
        return cdf.add_variable(name, values, kind, **options)

    add("epoch", NOON, kinds.CDF_EPOCH).add_attribute("FILLVAL", [pycdfpp.epoch(-1e31)])
    add("epoch16", NOON, kinds.CDF_EPOCH16)
    add("tt2000", NOON, kinds.CDF_TIME_TT2000)
    cube = add(
        "cube",
        np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        kinds.CDF_FLOAT,
        compression=pycdfpp.CompressionType.gzip_compression,
    )
    cube.add_attribute("UNITS", "eV ")
    cube.add_attribute("FILLVAL", np.array([-1e31], np.float32), kinds.CDF_FLOAT)
    cube.add_attribute("VALIDMAX", np.array([1.0, 2.0, 3.0, 4.0]), kinds.CDF_DOUBLE)
    add("column", np.arange(2.0).reshape(2, 1), kinds.CDF_DOUBLE)
    add("bytes", np.array([1, 255], np.uint8), kinds.CDF_UINT1)
    add("none", np.empty((0, 5), np.float32), kinds.CDF_FLOAT)
    add("scalar", np.array([7.5]), kinds.CDF_DOUBLE, is_nrv=True)
    add("table", np.array([[1.0, 2.0, 3.0]]), kinds.CDF_DOUBLE, is_nrv=True)
    add("word", np.array([b"ab  "]), kinds.CDF_CHAR, is_nrv=True)
    add("words", np.array([[b"ab ", "µm".encode()]]), kinds.CDF_CHAR, is_nrv=True)
    path = tmp_path_factory.mktemp("cdf") / "made.cdf"
    pycdfpp.save(cdf, str(path))
    return path


def test_shapes_kinds_and_record_variance(made: Path, library: Library) -> None:
    found = {
        name: (variable.kind, variable.shape, variable.record_varying)
        for name, variable in open_cdf(made, library=library).variables.items()
    }
    assert found == {
        "epoch": ("epoch", (2,), True),
        "epoch16": ("epoch16", (2,), True),
        "tt2000": ("tt2000", (2,), True),
        "cube": ("float32", (2, 3, 4), True),
        "column": ("float64", (2, 1), True),
        "bytes": ("uint8", (2,), True),
        "none": ("float32", (0, 5), True),
        "scalar": ("float64", (), False),
        "table": ("float64", (3,), False),
        "word": ("text", (), False),
        "words": ("text", (2,), False),
    }


@pytest.mark.parametrize("name", ["epoch", "epoch16", "tt2000"])
def test_times_are_unix_seconds(made: Path, library: Library, name: str) -> None:
    assert open_cdf(made, library=library).read(name).tolist() == NOON_UNIX


def test_exact_times(made: Path, library: Library) -> None:
    cdf = open_cdf(made, library=library)
    # TAI - UTC was 36 s, and is 37 s from 2017 on.
    wanted = [1483185636_000000000, 1483272037_250000000]
    for name in ("epoch16", "tt2000"):
        counts = cdf.tai(name)
        assert counts is not None
        assert counts.tolist() == wanted
    assert cdf.tai("epoch") is None
    assert cdf.tai("cube") is None


def test_values(made: Path, library: Library) -> None:
    cdf = open_cdf(made, library=library)
    assert np.array_equal(cdf.read("cube"), np.arange(24).reshape(2, 3, 4))
    assert cdf.read("scalar").item() == 7.5
    assert cdf.read("table").tolist() == [1.0, 2.0, 3.0]
    assert cdf.read("word").item() == "ab"
    assert cdf.read("words").tolist() == ["ab", "µm"]
    assert cdf.read("none").shape == (0, 5)
    assert cdf.read("none").dtype == np.float32


def test_attributes(made: Path, library: Library) -> None:
    cdf = open_cdf(made, library=library)
    cube = cdf.variables["cube"]
    assert cube.text("UNITS") == "eV"
    assert cube.text("ABSENT") == ""
    assert cube.attributes["FILLVAL"] == float(np.float32(-1e31))
    assert cube.attributes["VALIDMAX"] == (1.0, 2.0, 3.0, 4.0)
    fill = cdf.variables["epoch"].attributes["FILLVAL"]
    assert isinstance(fill, float)
    assert np.isnan(fill)
    assert cdf.attributes["Project"] == ("one", "two")


def test_both_libraries_give_the_same_file(made: Path) -> None:
    first, second = (open_cdf(made, library=library) for library in LIBRARIES)
    assert repr(first.variables) == repr(second.variables)
    assert first.attributes == second.attributes
    for name in first.variables:
        assert first.read(name).dtype.kind == second.read(name).dtype.kind
        assert np.array_equal(first.read(name), second.read(name))


def test_pycdfpp_is_the_default_and_cdflib_the_fallback(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_cdf(made).library == "pycdfpp"
    monkeypatch.setitem(sys.modules, "pycdfpp", None)
    assert open_cdf(made).library == "cdflib"
    with pytest.raises(MissingExtraError, match=r"figmill\[fast\]"):
        open_cdf(made, library="pycdfpp")
    monkeypatch.setitem(sys.modules, "cdflib", None)
    with pytest.raises(MissingExtraError, match="pycdfpp is not installed"):
        open_cdf(made)


def test_an_unknown_library_is_a_wrong_argument(made: Path) -> None:
    with pytest.raises(ConfigError, match="Choose 'pycdfpp'"):
        open_cdf(made, library="spacepy")  # type: ignore[arg-type]


def test_an_unknown_variable_lists_those_there_are(made: Path, library: Library) -> None:
    with pytest.raises(InputError, match=r"There is no variable 'x'.*The file has: epoch"):
        open_cdf(made, library=library).read("x")


def test_opening_reads_no_values(made: Path, tmp_path: Path, library: Library) -> None:
    content = bytearray(made.read_bytes())
    packed = content.index(b"\x1f\x8b")  # the gzip stream of "cube"
    content[packed + 10 : packed + 30] = bytes(20)
    broken = tmp_path / "broken.cdf"
    broken.write_bytes(content)
    cdf = open_cdf(broken, library=library)
    assert cdf.read("bytes").tolist() == [1, 255]
    with pytest.raises(InvalidCdfError, match=r"broken\.cdf, cube: The CDF file is damaged"):
        cdf.read("cube")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty.*Download or copy it again"),
        (b"abc", "not a CDF file"),
        (bytes(1000), "not a CDF file: it begins with only zeros"),
        (b"PK\x03\x04" + bytes(100), "not a CDF file: it begins with the bytes 50 4b"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "looks like NetCDF or HDF5"),
        (b"\xcd\xf3\x00\x01\x00\x00\xff\xff" + bytes(10), "damaged"),
        (b"\xcd\xf3\x00\x01\x00\x00\x00\x07" + bytes(400), "second magic number"),
    ],
)
def test_what_is_no_cdf_says_so(
    tmp_path: Path, library: Library, content: bytes, message: str
) -> None:
    path = tmp_path / "bad.cdf"
    path.write_bytes(content)
    with pytest.raises(InvalidCdfError, match=rf"bad\.cdf: .*{message}") as caught:
        open_cdf(path, library=library)
    assert caught.value.category == "invalid-input"
    assert caught.value.hint


@pytest.mark.skipif(sys.platform == "darwin", reason="names are always Unicode here")
def test_a_name_that_is_no_text_is_read_all_the_same(
    made: Path, tmp_path: Path, library: Library
) -> None:
    path = tmp_path / os.fsdecode(b"na\xffme.cdf")
    shutil.copy(made, path)
    cdf = open_cdf(path, library=library)
    assert cdf.read("table").tolist() == [1.0, 2.0, 3.0]
    assert np.array_equal(cdf.records("cube", 1, 2), np.arange(12, 24).reshape(1, 3, 4))


def test_a_link_to_itself_says_so(tmp_path: Path, library: Library) -> None:
    loop = tmp_path / "loop.cdf"
    loop.symlink_to(loop)
    with pytest.raises(InvalidCdfError, match=r"loop\.cdf: .*a link that leads to itself"):
        open_cdf(loop, library=library)


def test_a_missing_file_says_so(tmp_path: Path, library: Library) -> None:
    with pytest.raises(InvalidCdfError, match="there is no such file"):
        open_cdf(tmp_path / "none.cdf", library=library)


def test_a_folder_says_so(tmp_path: Path, library: Library) -> None:
    with pytest.raises(InvalidCdfError, match="this is a folder"):
        open_cdf(tmp_path, library=library)


def test_a_forbidden_file_says_so(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)  # as root, permissions on files do nothing
    with pytest.raises(InvalidCdfError, match="the file may not be read"):
        open_cdf(made)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_cut_short_says_so(
    made: Path, tmp_path: Path, library: Library, share: float
) -> None:
    content = made.read_bytes()
    path = tmp_path / "short.cdf"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InvalidCdfError, match=r"damaged.*Download or copy it again"):
        open_cdf(path, library=library)


def test_the_error_travels_between_processes(tmp_path: Path) -> None:
    with pytest.raises(InvalidCdfError) as caught:
        open_cdf(tmp_path / "none.cdf")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is InvalidCdfError
    assert str(again) == str(caught.value)
