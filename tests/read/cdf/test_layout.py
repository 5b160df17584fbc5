"""The walk over a file's skeleton: damage that it must find before a C++ library sees it."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from figmill.read.cdf.file import open_cdf
from figmill.read.cdf.layout import InvalidCdfError, check_layout

pycdfpp = pytest.importorskip("pycdfpp")

MUTATIONS = 300


def small_cdf(*, whole: bool = False) -> bytes:
    """A small file: packed and plain variables, attributes; packed as a whole if asked."""
    cdf = pycdfpp.CDF()
    if whole:
        cdf.compression = pycdfpp.CompressionType.gzip_compression
    cdf.add_attribute("Project", ["FAST"])
    packed = pycdfpp.CompressionType.gzip_compression
    values = np.random.default_rng(0).random((20, 4, 6)).astype(np.float32)
    for number in range(4):
        variable = cdf.add_variable(
            f"flux_{number}",
            values,
            pycdfpp.DataType.CDF_FLOAT,
            compression=packed if number % 2 else pycdfpp.CompressionType.no_compression,
        )
        variable.add_attribute("UNITS", "eV")
        variable.add_attribute("FILLVAL", np.array([-1e31], np.float32))
    cdf.add_variable("table", np.array([[1.0, 2.0]]), pycdfpp.DataType.CDF_DOUBLE, is_nrv=True)
    cdf.add_variable("words", np.array([[b"one", b"two"]]), pycdfpp.DataType.CDF_CHAR, is_nrv=True)
    return bytes(pycdfpp.save(cdf))


@pytest.mark.parametrize("whole", [False, True])
def test_a_sound_file_passes(tmp_path: Path, whole: bool) -> None:
    path = tmp_path / "sound.cdf"
    path.write_bytes(small_cdf(whole=whole))
    layout = check_layout(path)
    assert (layout.unpacked is not None) == whole
    assert list(layout.checksums) == ["flux_1", "flux_3"]
    values = open_cdf(path).read("flux_1")
    assert values.shape == (20, 4, 6)
    assert np.array_equal(values, open_cdf(path).read("flux_0"))


def test_every_truncation_is_found(tmp_path: Path) -> None:
    content = small_cdf()
    path = tmp_path / "short.cdf"
    for size in range(1, len(content), 97):
        path.write_bytes(content[:size])
        with pytest.raises(InvalidCdfError):
            check_layout(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    content = bytearray(small_cdf(whole=True))
    content[28:36] = (1 << 40).to_bytes(8, "big")  # the announced size
    path = tmp_path / "bomb.cdf"
    path.write_bytes(content)
    with pytest.raises(InvalidCdfError, match="announces 1099511627776 bytes"):
        check_layout(path)


def test_a_variable_cannot_announce_more_than_the_file_could_hold(tmp_path: Path) -> None:
    content = bytearray(small_cdf())
    record = content.index(b"flux_0") - 84
    content[record + 24 : record + 28] = (0x7FFFFFF0).to_bytes(4, "big")  # its last record
    path = tmp_path / "huge.cdf"
    path.write_bytes(content)
    with pytest.raises(InvalidCdfError, match=r"flux_0.*announces \d+ bytes"):
        check_layout(path)


_ATTACK = """
    import sys
    import numpy as np
    from pathlib import Path
    from figmill.errors import InputError
    from figmill.read.cdf.file import open_cdf

    sound = [Path(name).read_bytes() for name in sys.argv[3:]]
    path = Path(sys.argv[1])
    rng = np.random.default_rng(20)
    refused = 0
    for number in range(int(sys.argv[2])):
        content = bytearray(sound[number % len(sound)])
        way = rng.integers(4)
        if way == 0:
            del content[int(rng.integers(1, len(content))):]
        elif way == 1:
            for place in rng.integers(0, len(content), 8):
                content[place] ^= 1 << int(rng.integers(8))
        elif way == 2:
            for place in rng.integers(0, len(content), 4):
                content[place] = int(rng.integers(256))
        else:
            place = int(rng.integers(len(content)))
            size = min(int(rng.integers(1, 500)), len(content) - place)
            content[place : place + size] = bytes(size)
        path.write_bytes(content)
        print(number, flush=True)
        try:
            cdf = open_cdf(path)
            for name in cdf.variables:
                cdf.read(name)
        except InputError as error:
            refused += 1
            assert str(path) in str(error) and error.hint
    print("refused", refused)
"""


def test_damage_never_kills_the_process(tmp_path: Path) -> None:
    sound = []
    for whole in (False, True):
        path = tmp_path / f"sound_{whole}.cdf"
        path.write_bytes(small_cdf(whole=whole))
        sound.append(str(path))
    script = textwrap.dedent(_ATTACK)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "bad.cdf"), str(MUTATIONS), *sound],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"died after {done.stdout[-20:]}: {done.stderr[-2000:]}"
    assert int(done.stdout.split()[-1]) > MUTATIONS // 3


def test_a_list_that_goes_on_after_its_end_is_refused(tmp_path: Path) -> None:
    # The C++ reader follows links until one is zero, wherever that leads.
    content = bytearray(small_cdf())
    first, last = (content.index(name) - 84 for name in (b"flux_0", b"words"))
    content[last + 12 : last + 20] = first.to_bytes(8, "big")
    path = tmp_path / "endless.cdf"
    path.write_bytes(content)
    with pytest.raises(InvalidCdfError, match="a list of 6 records goes on"):
        check_layout(path)


def test_a_variable_number_beyond_the_last_is_refused(tmp_path: Path) -> None:
    content = bytearray(small_cdf())
    record = content.index(b"flux_0") - 84
    content[record + 68 : record + 72] = (0x00E20000).to_bytes(4, "big")
    path = tmp_path / "number.cdf"
    path.write_bytes(content)
    with pytest.raises(InvalidCdfError, match=r"flux_0.*description makes no sense"):
        check_layout(path)


def test_checksums_hold_in_column_major_files(tmp_path: Path) -> None:
    cdf = pycdfpp.CDF()
    cdf.majority = pycdfpp.Majority.column
    values = np.arange(120.0).reshape(5, 2, 3, 4)
    cdf.add_variable(
        "flux",
        values,
        pycdfpp.DataType.CDF_DOUBLE,
        compression=pycdfpp.CompressionType.gzip_compression,
    )
    path = tmp_path / "column.cdf"
    pycdfpp.save(cdf, str(path))
    layout = check_layout(path)
    assert not layout.row_major
    assert np.array_equal(open_cdf(path).read("flux"), values)
    assert np.array_equal(open_cdf(path, library="cdflib").read("flux"), values)
    assert not layout.matches("flux", values + 1.0, 5)
