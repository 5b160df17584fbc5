"""Writing the demo's CDF files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from figmill.errors import MissingExtraError
from figmill.fast.synthetic.plasma import Array
from figmill.fast.synthetic.schema import CONSTANT, GLOBAL, VIRTUAL, Entry, attributes
from figmill.recipes.demo import unwritten

_COMPRESSION_LEVEL = 3
_TYPES: Mapping[str, Any] = {
    **{"CDF_FLOAT": np.float32, "CDF_DOUBLE": np.float64, "CDF_UINT1": np.uint8},
    **{"CDF_INT2": np.int16, "CDF_INT4": np.int32},
}


def save_cdf(
    path: Path,
    entries: Mapping[str, Entry],
    arrays: Mapping[str, Array],
    *,
    heading: Mapping[str, str],
    time: str,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write one CDF file.

    Parameters
    ----------
    path
        The file.
    entries, arrays
        The variables and their values; those of times are UNIX seconds.
    heading
        Global attributes beside those that all files have.
    time
        The variable that holds the time of each record.
    texts
        Variables that hold one text each; a file that has them has the virtual variables too.

    Raises
    ------
    MissingExtraError
        If pycdfpp is not installed.
    OutputError
        If the file cannot be written.
    """
    try:
        import pycdfpp
    except ImportError as error:
        raise MissingExtraError("pycdfpp", "fast") from error
    kinds = pycdfpp.DataType.__members__
    cdf = pycdfpp.CDF()
    for key, value in {**GLOBAL, **heading}.items():
        cdf.add_attribute(key, [value])
    for name, entry in entries.items():
        constant = name in CONSTANT
        values = arrays[name][None] if constant else arrays[name]
        if entry.type == "CDF_EPOCH":
            values = np.round(values * 1e3).astype("datetime64[ms]").astype("datetime64[ns]")
        compression = pycdfpp.CompressionType.no_compression
        if values.ndim > 2:
            compression = pycdfpp.CompressionType.gzip_compression
        variable = cdf.add_variable(
            name,
            values,
            kinds[entry.type],
            is_nrv=constant,
            compression=compression,
            compression_level=_COMPRESSION_LEVEL,
            copy=values.dtype.kind == "M",  # big arrays are borrowed, times are converted
        )
        _describe(pycdfpp, variable, name, entry, "" if constant else time)
    for name, (entry, shape) in VIRTUAL.items() if texts else ():
        variable = cdf.add_variable(name, np.empty((0, *shape), np.float32), kinds[entry.type])
        _describe(pycdfpp, variable, name, entry, time)
    for name, text in (texts or {}).items():
        letters = np.array([text.encode()])
        variable = cdf.add_variable(name, letters, pycdfpp.DataType.CDF_CHAR, is_nrv=True)
        variable.add_attribute("CATDESC", text)
        variable.add_attribute("VAR_TYPE", "metadata")
    try:
        pycdfpp.save(cdf, str(path))
    except OSError as error:
        raise unwritten(path, error) from error


def _describe(pycdfpp: Any, variable: Any, name: str, entry: Entry, time: str) -> None:
    kind = pycdfpp.DataType.__members__[entry.type]
    for key, value in attributes(name, entry, time).items():
        if isinstance(value, str):
            variable.add_attribute(key, value)
        elif entry.type == "CDF_EPOCH":
            variable.add_attribute(key, [pycdfpp.epoch(value)])
        else:
            variable.add_attribute(key, np.array([value], _TYPES[entry.type]), kind)
