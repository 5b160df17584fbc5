"""Reading CDF files: one small protocol over two libraries.

`open_cdf` gives a `CdfFile`, from pycdfpp (fast, the default) or from cdflib (pure Python, the
fallback). Both give the same names, attributes and arrays; tests hold them equal on real files.
Opening reads the descriptions alone; the values of a variable are read when `CdfFile.read` asks.

What is made equal, and why: variables that do not vary by record lose the leading 1 that one
library keeps; dimensions of size 1 that old rVariables share with their neighbours are dropped;
character arrays become str without their padding; times become UNIX seconds (float64, NaN where
missing), in variables and in attributes alike.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from figmill.errors import ConfigError, InputError
from figmill.extras import is_installed, need
from figmill.read.cdf.blocks import Blocks
from figmill.read.cdf.epochs import (
    epoch16_to_tai,
    epoch16_to_unix,
    epoch_to_unix,
    tt2000_to_tai,
    tt2000_to_unix,
)
from figmill.read.cdf.layout import InvalidCdfError, Layout, check_layout
from figmill.read.filecheck import check_regular, explained

Array = npt.NDArray[Any]
Library = Literal["pycdfpp", "cdflib"]
AttributeValue = str | int | float | tuple[int | float, ...]

# CDF type codes, from the CDF Internal Format Description.
_TEXT_CODES = frozenset({51, 52})
_EPOCH_KINDS = {31: "epoch", 32: "epoch16", 33: "tt2000"}
_NUMBER_KINDS = {
    **{1: "int8", 2: "int16", 4: "int32", 8: "int64", 41: "int8"},
    **{11: "uint8", 12: "uint16", 14: "uint32"},
    **{21: "float32", 44: "float32", 22: "float64", 45: "float64"},
}
_CODES = {"CDF_EPOCH": 31, "CDF_EPOCH16": 32, "CDF_TIME_TT2000": 33}
# Variables up to so many bytes are read at once, which is faster.
_AT_ONCE = 1 << 25
# Variables that are asked for by record and can only be read as a whole: so many are held.
_HELD = 3
_KINDS = {**_NUMBER_KINDS, **_EPOCH_KINDS, **dict.fromkeys(_TEXT_CODES, "text")}


@dataclass(frozen=True, slots=True)
class CdfVariable:
    """What a CDF file says of one variable, without its values.

    Attributes
    ----------
    name
        As the file spells it.
    kind
        A numpy type name ("float32", "uint8"), "text", or one of the time kinds "epoch",
        "epoch16" and "tt2000".
    shape
        Shape of the array that `CdfFile.read` returns; the records come first where
        ``record_varying``.
    record_varying
        False for constants, such as an energy table that holds for the whole file.
    attributes
        Text stripped of its padding; numbers as int or float, or a tuple where there are several;
        times as UNIX seconds.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    record_varying: bool
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)

    @property
    def is_time(self) -> bool:
        """Whether the values are points in time (and are read as UNIX seconds)."""
        return self.kind in _EPOCH_KINDS.values()

    @property
    def is_number(self) -> bool:
        """Whether the values are plain numbers."""
        return not self.is_time and self.kind != "text"

    @property
    def is_empty(self) -> bool:
        """Whether the file holds no value (a virtual variable, or a file without records)."""
        return 0 in self.shape

    def text(self, attribute: str) -> str:
        """Return a text attribute, or "" where it is absent or no text."""
        value = self.attributes.get(attribute, "")
        return value if isinstance(value, str) else ""


class CdfFile(Protocol):
    """A CDF file open for reading."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def library(self) -> Library:
        """The library that reads it."""

    @property
    def attributes(self) -> Mapping[str, tuple[AttributeValue, ...]]:
        """Global attributes: each a tuple of entries."""

    @property
    def variables(self) -> Mapping[str, CdfVariable]:
        """All variables by name, in the order of the file."""

    def records(self, name: str, first: int, stop: int) -> Array:
        """Read some records of a variable: ``read(name)[first:stop]``, with little memory.

        Where the file's layout allows it, only the blocks that hold these records are unpacked.
        """

    def pieces(self, name: str, most: int) -> Iterator[tuple[int, Array]]:
        """Read a variable that varies by record from its first record to its last, in pieces.

        Where the file's layout allows it, no more of a large variable is held than a piece.

        Parameters
        ----------
        name
            The variable.
        most
            Bytes in a piece; but a record at least.

        Yields
        ------
        tuple
            The number of a piece's first record, and its records. As with `read`, do not write
            to them. They may be in the file's byte order.

        Raises
        ------
        InputError, InvalidCdfError
            As `read`; where values are damaged, pieces before them may have been handed out.
        """

    def tai(self, name: str) -> npt.NDArray[np.int64] | None:
        """Read exact times: nanoseconds of TAI since 1970-01-01 TAI, 0 where missing.

        UNIX seconds as `read` gives them fold leap seconds, and keep 0.2 us. None of a variable
        whose type is no finer than they are.
        """

    def read(self, name: str) -> Array:
        """Read the values of one variable.

        Returns
        -------
        ndarray
            Of shape ``variables[name].shape``. The array may be a view of the file: do not write
            to it. Times are float64 UNIX seconds, text is str.

        Raises
        ------
        InputError
            If there is no such variable.
        InvalidCdfError
            If its values cannot be read.
        """


def open_cdf(path: str | os.PathLike[str], *, library: Library | None = None) -> CdfFile:
    """Open a CDF file.

    Parameters
    ----------
    path
        The file.
    library
        Read with this library; by default pycdfpp, or cdflib where pycdfpp is not installed.

    Raises
    ------
    InvalidCdfError
        If the file is missing, empty, cut short, unreadable or no CDF.
    MissingExtraError
        If neither library is installed, or not the one asked for.
    """
    chosen = choose_library(library)
    file = Path(path)
    _check_readable(file)
    layout = check_layout(file)
    try:
        return _PycdfppFile(file, layout) if chosen == "pycdfpp" else _CdflibFile(file)
    except (MemoryError, InputError):
        raise
    except Exception as error:
        raise _damaged(file, f"{chosen} cannot open it ({error})") from error


def choose_library(library: Library | None = None) -> Library:
    """The library that reads CDF files.

    Parameters
    ----------
    library
        The one asked for; None takes pycdfpp, or cdflib where pycdfpp is not installed.

    Raises
    ------
    ConfigError
        If there is no such library.
    MissingExtraError
        If it is not installed.
    """
    if library is None:
        fallback = is_installed("cdflib") and not is_installed("pycdfpp")
        library = "cdflib" if fallback else "pycdfpp"
    if library not in ("pycdfpp", "cdflib"):
        raise ConfigError(
            f"There is no CDF library {library!r}.", hint="Choose 'pycdfpp' or 'cdflib'."
        )
    need(library, "fast")
    return library


def _check_readable(file: Path) -> None:
    with explained(file, InvalidCdfError):
        size = check_regular(file).st_size
        with file.open("rb"):
            pass
    if size == 0:
        raise InvalidCdfError(
            "The file is empty (0 bytes).", file=file, hint="Download or copy it again."
        )


def _damaged(file: Path, what: str, place: str | None = None) -> InvalidCdfError:
    return InvalidCdfError(
        f"The CDF file is damaged: {what}.",
        file=file,
        place=place,
        hint="Download or copy it again; if that does not help, tell its provider.",
    )


class _OpenFile(ABC):
    """What both implementations share."""

    library: Library

    def __init__(self, path: Path) -> None:
        self.path = path
        self.attributes: dict[str, tuple[AttributeValue, ...]] = {}
        self.variables: dict[str, CdfVariable] = {}
        self._whole: dict[str, Array] = {}  # what `records` read last

    def __repr__(self) -> str:
        return f"<CdfFile {self.path.name}: {len(self.variables)} variables, by {self.library}>"

    def read(self, name: str) -> Array:
        """Read the values of one variable; see `CdfFile.read`."""
        variable = self.variables.get(name)
        if variable is None:
            raise InputError(
                f"There is no variable {name!r}.",
                file=self.path,
                hint=f"The file has: {', '.join(self.variables) or 'none'}.",
            )
        if variable.is_empty:
            return np.empty(variable.shape, dtype=_dtype_of(variable))
        try:
            values = self._load(variable)
        except (MemoryError, InputError):
            raise
        except Exception as error:
            raise _damaged(self.path, f"its values cannot be read ({error})", name) from error
        if values.size != np.prod(variable.shape, dtype=np.int64):
            raise _damaged(
                self.path, f"{values.size} values where {variable.shape} were announced", name
            )
        return values.reshape(variable.shape)

    def records(self, name: str, first: int, stop: int) -> Array:
        """Read some records of a variable; see `CdfFile.records`."""
        if name not in self._whole:
            while len(self._whole) >= _HELD:
                self._whole.pop(next(iter(self._whole)))
            self._whole[name] = self.read(name)
        return self._whole[name][first:stop]

    def pieces(self, name: str, most: int) -> Iterator[tuple[int, Array]]:
        """Read a variable in pieces; see `CdfFile.pieces`."""
        whole = self.read(name)
        step = max(1, most // max(1, whole[:1].nbytes))
        for first in range(0, len(whole), step):
            yield first, whole[first : first + step]

    def tai(self, name: str) -> npt.NDArray[np.int64] | None:
        """Read exact times; see `CdfFile.tai`."""
        variable = self.variables.get(name)
        if variable is None or variable.kind not in ("tt2000", "epoch16") or variable.is_empty:
            return None
        try:
            counts = self._counts(variable)
        except MemoryError:
            raise
        except Exception as error:
            raise _damaged(self.path, f"its values cannot be read ({error})", name) from error
        return counts.reshape(variable.shape)

    @abstractmethod
    def _counts(self, variable: CdfVariable) -> npt.NDArray[np.int64]:
        """Read a time variable's counts as nanoseconds of TAI."""

    @abstractmethod
    def _load(self, variable: CdfVariable) -> Array:
        """Read a variable's values by the library."""


class _PycdfppFile(_OpenFile):
    library: Library = "pycdfpp"

    def __init__(self, path: Path, layout: Layout) -> None:
        import pycdfpp

        super().__init__(path)
        self._layout = layout
        self._blocks = Blocks(path, layout)
        self._cdf = pycdfpp.load(_named(path) if layout.unpacked is None else layout.unpacked)
        self.attributes = {
            name: tuple(_attribute(attribute[i]) for i in range(len(attribute)))
            for name, attribute in self._cdf.attributes.items()
            if len(attribute)
        }
        for name, variable in self._cdf.items():
            code = int(variable.type.value)
            shape = tuple(variable.shape)
            if code in _TEXT_CODES:
                shape = shape[:-1]  # the last axis counts characters
            self.variables[name] = CdfVariable(
                name=name,
                kind=_KINDS.get(code, "unknown"),
                shape=_shape(shape, not variable.is_nrv, variable.is_zvariable),
                record_varying=not variable.is_nrv,
                attributes={
                    key: _attribute(attribute.value)
                    for key, attribute in variable.attributes.items()
                },
            )

    def records(self, name: str, first: int, stop: int) -> Array:
        """Read some records of a variable; see `CdfFile.records`."""
        variable = self.variables.get(name)
        if variable is not None and variable.record_varying and variable.is_number:
            values = self._blocks.read(variable, first, stop)
            if values is not None:
                return values
        return super().records(name, first, stop)

    def pieces(self, name: str, most: int) -> Iterator[tuple[int, Array]]:
        """Read a variable in pieces; see `CdfFile.pieces`."""
        variable = self.variables.get(name)
        if variable is not None and variable.record_varying and variable.is_number:
            size = prod(variable.shape) * np.dtype(_dtype_of(variable)).itemsize
            if size > _AT_ONCE and (found := self._blocks.pieces(variable, most)) is not None:
                return found
        return super().pieces(name, most)

    def _counts(self, variable: CdfVariable) -> npt.NDArray[np.int64]:
        values = self._cdf[variable.name].values
        if variable.kind == "tt2000":
            return tt2000_to_tai(values["nseconds"])
        return epoch16_to_tai(values["seconds"], values["picoseconds"])

    def _load(self, variable: CdfVariable) -> Array:
        values = self._cdf[variable.name].values
        if not self._layout.matches(variable.name, _plain(values), len(values)):
            raise _damaged(self.path, "its values do not match their checksum", variable.name)
        match variable.kind:
            case "epoch":
                return epoch_to_unix(values["mseconds"])
            case "epoch16":
                return epoch16_to_unix(values["seconds"], values["picoseconds"])
            case "tt2000":
                return tt2000_to_unix(values["nseconds"])
            case "text":
                return _text(values)
            case _:
                return np.asarray(values)


class _CdflibFile(_OpenFile):
    library: Library = "cdflib"

    def __init__(self, path: Path) -> None:
        import cdflib

        super().__init__(path)
        self._cdf = cdflib.CDF(str(path), string_encoding="latin-1")  # keeps every byte
        self.attributes = {
            name: tuple(self._global_entry(name, i, entry) for i, entry in enumerate(entries))
            for name, entries in self._cdf.globalattsget().items()
        }
        info = self._cdf.cdf_info()
        for name in (*info.rVariables, *info.zVariables):
            inquiry = self._cdf.varinq(name)
            zvariable = inquiry.Var_Type == "zVariable"
            dimensions = tuple(int(size) for size in inquiry.Dim_Sizes)
            kind = _KINDS.get(inquiry.Data_Type, "unknown")
            self.variables[name] = CdfVariable(
                name=name,
                kind=kind,
                shape=_shape((inquiry.Last_Rec + 1, *dimensions), inquiry.Rec_Vary, zvariable),
                record_varying=bool(inquiry.Rec_Vary),
                attributes={
                    key: self._entry(key, name, value, may_be_time=kind in _EPOCH_KINDS.values())
                    for key, value in self._cdf.varattsget(name).items()
                },
            )

    def _global_entry(self, attribute: str, number: int, value: Any) -> AttributeValue:
        return self._entry(attribute, number, value, may_be_time=True)

    def _entry(
        self, attribute: str, entry: str | int, value: Any, *, may_be_time: bool
    ) -> AttributeValue:
        # The quick way to all attributes hides their types; look a type up only where a number
        # could be a time.
        if may_be_time and not isinstance(value, str):
            code = self._cdf.attget(attribute, entry).Data_Type
            value = _unix(_KINDS.get(_CODES.get(code, 0), ""), np.asarray(value))
        return _attribute(value.encode("latin-1") if isinstance(value, str) else value)

    def _counts(self, variable: CdfVariable) -> npt.NDArray[np.int64]:
        values = np.asarray(self._cdf.varget(variable.name))
        if variable.kind == "tt2000":
            return tt2000_to_tai(values)
        return epoch16_to_tai(values.real, values.imag)

    def _load(self, variable: CdfVariable) -> Array:
        values = np.asarray(self._cdf.varget(variable.name))
        return _text(values) if variable.kind == "text" else _unix(variable.kind, values)


def _named(path: Path) -> str | bytes:
    """The path of a file, or the file itself where its name is not a text that C++ can take."""
    name = str(path)
    try:
        name.encode()
    except UnicodeEncodeError:
        return path.read_bytes()
    return name


def _plain(values: Array) -> Array:
    """View text and times as the numbers or bytes that the file has."""
    if values.dtype.names:
        return values.view(np.dtype("<u8")).reshape(*values.shape, -1)
    if values.dtype.kind == "S":
        return values.view(np.uint8).reshape(*values.shape, -1)
    return values


def _unix(kind: str, values: Array) -> Array:
    match kind:
        case "epoch":
            return epoch_to_unix(values)
        case "epoch16":
            return epoch16_to_unix(values.real, values.imag)
        case "tt2000":
            return tt2000_to_unix(values)
        case _:
            return values


def _text(values: Array) -> Array:
    if values.dtype.kind == "U":
        values = np.char.encode(values, "latin-1")
    if values.dtype.kind == "S":
        values = np.array([_decode(item) for item in values.reshape(-1)], dtype=str).reshape(
            values.shape
        )
    stripped = np.char.rstrip(values, " \0")
    return np.array(stripped.tolist(), dtype=str)  # as wide as its longest text, no wider


def _decode(item: bytes) -> str:
    # CDF text is UTF-8 since version 3.8, and was ISO 8859-1 in practice before.
    try:
        return item.decode("utf-8")
    except UnicodeDecodeError:
        return item.decode("latin-1")


def _attribute(value: Any) -> AttributeValue:
    if isinstance(value, bytes):
        value = _decode(value)
    if isinstance(value, str):
        return value.strip(" \0")
    entries = [
        _number(item) for item in (value if isinstance(value, Sequence) else np.ravel(value))
    ]
    return entries[0] if len(entries) == 1 else tuple(entries)


def _number(item: Any) -> int | float:
    if hasattr(item, "mseconds"):
        return float(epoch_to_unix(item.mseconds))
    if hasattr(item, "nseconds"):
        return float(tt2000_to_unix(item.nseconds))
    if hasattr(item, "picoseconds"):
        return float(epoch16_to_unix(item.seconds, item.picoseconds))
    number: int | float = item.item() if isinstance(item, np.generic) else item
    return number


def _shape(stored: tuple[int, ...], record_varying: bool, zvariable: bool) -> tuple[int, ...]:
    records, dimensions = stored[0], stored[1:]
    if not zvariable:
        dimensions = tuple(size for size in dimensions if size != 1)
    if record_varying or records == 0:
        return (records, *dimensions)
    return dimensions


def _dtype_of(variable: CdfVariable) -> np.dtype[Any]:
    if variable.is_time:
        return np.dtype(np.float64)
    return np.dtype(str) if variable.kind == "text" else np.dtype(variable.kind)
