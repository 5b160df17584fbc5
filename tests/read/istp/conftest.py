"""CDF files made here, for all tests of spectrograms and their axes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.read.cdf.file import CdfFile, open_cdf

pycdfpp = pytest.importorskip("pycdfpp")

RECORDS = 5
START = np.datetime64("2020-01-01T00:00:00", "ns")

Make = Callable[..., CdfFile]


def add(variable: Any, key: str, value: Any) -> None:
    """Add an attribute: text, a number, moments, or an array that keeps its type."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "M":
        variable.add_attribute(key, value, pycdfpp.DataType.CDF_TIME_TT2000)
    else:
        plain = isinstance(value, str | np.ndarray)
        variable.add_attribute(key, value if plain else [value])


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a file from ``name=(values, attributes)`` and open it.

    Values without a record come as a list ``[values]``; times begin in 2020, one each 10 s, or
    are those given: ``Epoch=(times, attributes)``. An attribute may be an array with its type.
    """

    def _make(file: str = "made.cdf", **variables: tuple[Any, Mapping[str, Any]]) -> CdfFile:
        cdf = pycdfpp.CDF()
        times, described = variables.pop("Epoch", (None, {}))
        if times is None:
            times = START + np.arange(RECORDS) * np.timedelta64(10, "s")
        epoch = cdf.add_variable("Epoch", times, pycdfpp.DataType.CDF_TIME_TT2000)
        for key, value in dict(described).items():
            add(epoch, key, value)
        for name, (values, attributes) in variables.items():
            constant = isinstance(values, list)
            array = np.asarray(values)
            if array.dtype.kind == "U":
                array = np.char.encode(array, "utf-8")
            variable = cdf.add_variable(name, array, is_nrv=constant)
            for key, value in attributes.items():
                add(variable, key, value)
        path = tmp_path / file
        pycdfpp.save(cdf, str(path))
        return open_cdf(path)

    return _make
