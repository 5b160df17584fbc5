"""Arrow files that are mapped, not read."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.read.arrow import arrow_bytes, map_columns
from figmill.read.parquet import read_numbers, write_frame

pl = pytest.importorskip("polars")


def frame(rows: int = 1000):
    return pl.DataFrame(
        {
            "t (s)": np.arange(rows) * 0.5,
            "I (A)": np.random.default_rng(1).normal(size=rows),
            "T (degC)": np.full(rows, np.nan),
            "state": ["on"] * rows,
            "n (1)": np.arange(rows),
        }
    )


def ipc(data, **options) -> bytes:
    buffer = io.BytesIO()
    data.write_ipc(buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("rows", [1, 1000, 300_000])
def test_columns_come_back_as_they_were(tmp_path: Path, rows: int):
    path = tmp_path / "a.arrow"
    path.write_bytes(arrow_bytes(frame(rows)))
    found = map_columns(path)
    assert list(found) == ["t (s)", "I (A)"]
    for name, values in found.items():
        np.testing.assert_array_equal(values, frame(rows)[name].to_numpy())
        assert not values.flags.writeable
        assert not values.flags.owndata


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ARROW1" * 20,
        arrow_bytes(frame())[:-1],
        arrow_bytes(frame())[:900] + arrow_bytes(frame())[-900:],
        ipc(frame().select("t (s)"), compression="zstd"),
        ipc(frame().select("n (1)")),
        ipc(frame().select("t (s)"), record_batch_size=100),
        ipc(pl.DataFrame({"a": [1.0, None]})),
        ipc(pl.DataFrame({"a": [1.0]}, schema={"a": pl.Float32})),
        ipc(pl.DataFrame({"a": [[1.0]]})),
    ],
)
def test_everything_else_is_refused(tmp_path: Path, data: bytes):
    path = tmp_path / "a.arrow"
    path.write_bytes(data)
    with pytest.raises(InputError, match="can be mapped"):
        map_columns(path)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=3)
)
def test_damaged_files_are_refused_or_mapped(tmp_path_factory, damage):
    data = bytearray(arrow_bytes(frame(5)))
    for where, put in damage:
        place = int(where * (len(data) - 8))
        data[place : place + len(put)] = put
    path = tmp_path_factory.mktemp("damaged") / "a.arrow"
    path.write_bytes(bytes(data))
    try:
        found = map_columns(path)
    except InputError:
        return
    assert len({values.size for values in found.values()}) <= 1


def test_readers_take_it_where_it_is_no_older(tmp_path: Path):
    path = write_frame(frame(), tmp_path / "part-000.parquet")
    beside = tmp_path / "part-000.arrow"
    beside.write_bytes(arrow_bytes(frame().with_columns(pl.col("t (s)") + 1)))
    wanted = ("t", "T", "absent")
    found = read_numbers(path, wanted)
    assert sorted(found) == ["T (degC)", "t (s)"]
    assert found["t (s)"][0] == 1.0
    write_frame(frame(), path)
    assert read_numbers(path, wanted)["t (s)"][0] == 0.0
    beside.write_bytes(b"damaged")
    assert read_numbers(path, wanted)["t (s)"][0] == 0.0
