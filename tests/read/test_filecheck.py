"""What is not a regular file is refused before it is opened: a pipe would never answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from figmill.errors import InputError
from figmill.read.arrow import map_columns
from figmill.read.cdf.file import open_cdf
from figmill.read.filecheck import check_regular, read_bytes
from figmill.read.pymeasure import read_results
from figmill.read.text_table import read_table
from figmill.spectra.read.files import read_spectrum

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe.cdf"
    os.mkfifo(path)
    return path


def raised(read: Callable[[], object]) -> BaseException | None:
    """What a call raises; a call that does not end in time is a failure."""
    caught: list[BaseException | None] = []

    def call() -> None:
        try:
            read()
            caught.append(None)
        except (InputError, OSError) as error:
            caught.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "it waits for a pipe"
    return caught[0]


READERS: dict[str, Callable[[Path], Any]] = {
    "cdf": open_cdf,
    "pymeasure": read_results,
    "spectrum": read_spectrum,
    "arrow": map_columns,
}


@pytest.mark.parametrize("name", READERS)
def test_readers_refuse_a_pipe(name: str, pipe: Path) -> None:
    read = READERS[name]
    error = raised(lambda: read(pipe))
    assert isinstance(error, InputError)
    assert "regular file" in error.message


def test_parquet_refuses_a_pipe(pipe: Path) -> None:
    pytest.importorskip("polars")
    from figmill.read.parquet import read_frame

    error = raised(lambda: read_frame(pipe))
    assert isinstance(error, InputError)
    assert "a named pipe, not a regular file" in error.message


def test_tables_refuse_a_pipe(pipe: Path) -> None:
    assert isinstance(raised(lambda: read_table(pipe)), OSError)


@pytest.mark.parametrize("library", ["pycdfpp", "cdflib"])
def test_a_cdf_that_is_a_pipe_or_a_device_says_so(pipe: Path, library: Any) -> None:
    pytest.importorskip(library)
    for path, kind in ((pipe, "a named pipe"), (Path("/dev/zero"), "a device")):
        error = raised(lambda path=path: open_cdf(path, library=library))  # type: ignore[misc]
        assert isinstance(error, InputError)
        assert f"it is {kind}, not a regular file" in error.message


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12")
    (tmp_path / "link").symlink_to("file")
    assert check_regular(tmp_path / "link").st_size == 2
    assert read_bytes(tmp_path / "link") == b"12"
    with pytest.raises(IsADirectoryError):
        check_regular(tmp_path)
