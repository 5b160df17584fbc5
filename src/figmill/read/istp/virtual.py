"""Virtual variables: described in a file, and computed of others by the function that they name.

Source: ISTP Metadata Guidelines, "Virtual variables" (VIRTUAL, FUNCT, COMPONENT_i), and the
functions that CDAWeb gives these names. Those that are not here name themselves where they are
passed over.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.read.cdf.file import Array, AttributeValue, CdfFile, CdfVariable, Library
from figmill.read.istp.valid import missing, numeric

Numbers = npt.NDArray[np.floating[Any]]
Shape = tuple[int, ...]

_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    **{"eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le},
    **{"gt": operator.gt, "ge": operator.ge},
}
# nPa of a density in cm^-3 and a speed in km/s: the mass of a proton (1.6726e-27 kg), 1e6 and 1e6.
_PRESSURE = 1.6726e-6
_LATER = {"add_51s": 51.0, "add_1800": 1800.0}
_FLAGGED = ("apply_esa_qflag", "apply_fgm_qflag", "apply_gmom_qflag")
_EPOCHS = ("comp_themis_epoch", "comp_themis_epoch16")
_TWO = (*_FLAGGED, *_EPOCHS, "calc_p", "apply_filter_flag", "region_filt")
_ONE = (*_LATER, "alternate_view", "compute_magnitude", "extract_array", "arr_slice", "fix_sparse")


def function_of(variable: CdfVariable) -> str:
    """Return the function of a virtual variable, in lower case; "" of any other variable."""
    if variable.text("VIRTUAL").strip().lower() != "true":
        return ""
    return (variable.text("FUNCT") or variable.text("FUNCTION")).strip().lower() or "unknown"


def is_known(variable: CdfVariable) -> bool:
    """Whether the function of a virtual variable is one of those here."""
    return function_of(variable) in (*_ONE, *_TWO)


class WithVirtual:
    """A CDF file with its virtual variables computed, each when it is read."""

    def __init__(self, cdf: CdfFile) -> None:
        self._cdf = cdf
        self._kept: dict[str, Array] = {}
        self.computed: dict[str, tuple[str, ...]] = {}
        self.variables: dict[str, CdfVariable] = dict(cdf.variables)
        # One may be made of another; each pass finds those whose components are known by then.
        waiting = [each for each in cdf.variables.values() if each.is_empty and is_known(each)]
        while waiting:
            found = [(each, described) for each in waiting if (described := self._describe(each))]
            if not found:
                break
            for _, described in found:
                self.variables[described.name] = described
            waiting = [each for each in waiting if each.name not in self.computed]

    @property
    def path(self) -> Path:
        """The file."""
        return self._cdf.path

    @property
    def library(self) -> Library:
        """The library that reads it."""
        return self._cdf.library

    @property
    def attributes(self) -> Mapping[str, tuple[AttributeValue, ...]]:
        """Global attributes."""
        return self._cdf.attributes

    def tai(self, name: str) -> npt.NDArray[np.int64] | None:
        """Read exact times; see `CdfFile.tai`. None of those that are computed."""
        return None if name in self.computed else self._cdf.tai(name)

    def records(self, name: str, first: int, stop: int) -> Array:
        """Read some records of a variable; see `CdfFile.records`."""
        if name not in self.computed:
            return self._cdf.records(name, first, stop)
        if name not in self._kept:
            self._kept = {name: self._compute(name)}
        return self._kept[name][first:stop]

    def pieces(self, name: str, most: int) -> Iterator[tuple[int, Array]]:
        """Read a variable in pieces; see `CdfFile.pieces`. What is computed, is so as a whole."""
        if name not in self.computed:
            yield from self._cdf.pieces(name, most)
            return
        whole = self.read(name)
        step = max(1, most // max(1, whole[:1].nbytes))
        for first in range(0, len(whole), step):
            yield first, whole[first : first + step]

    def read(self, name: str) -> Array:
        """Read the values of one variable; see `CdfFile.read`."""
        if name not in self.computed:
            return self._cdf.read(name)
        return self._kept[name] if name in self._kept else self._compute(name)

    def _describe(self, variable: CdfVariable) -> CdfVariable | None:
        """What a virtual variable is, without its values; None where it cannot be computed."""
        function = function_of(variable)
        names = tuple(
            variable.text(f"COMPONENT_{i}").strip() for i in range(2 if function in _TWO else 1)
        )
        parts = [self.variables.get(name) for name in names]
        known = [each for each in parts if each is not None and not each.is_empty]
        if len(known) < len(names) or any(each.kind in ("text", "unknown") for each in known):
            return None
        shape = _shape(function, variable, known)
        if shape is None or (function == "apply_filter_flag" and _word(variable) not in _COMPARED):
            return None
        self.computed[variable.name] = names
        kind = "float32" if known[0].kind == "float32" else "float64"
        if function in _EPOCHS:
            kind = "epoch"
        elif function == "alternate_view" or known[0].is_time:
            kind = known[0].kind
        return CdfVariable(
            variable.name, kind, shape, record_varying=True, attributes=variable.attributes
        )

    def _compute(self, name: str) -> Array:
        variable = self.variables[name]
        function, names = function_of(variable), self.computed[name]
        first = self.read(names[0])
        if function == "alternate_view":
            return first
        values = self._cleaned(names[0], first)
        if function in _LATER:
            return values + _LATER[function]
        if function == "compute_magnitude":
            squares: Numbers = (values.astype(np.float64) ** 2).sum(axis=-1)
            return np.sqrt(squares).astype(values.dtype)
        if function == "extract_array":
            return values[:, _index(variable, "ARG0", 1)]
        if function == "arr_slice":
            axis = 1 + _index(variable, "ARR_DIM", 0)
            taken: Array = np.take(values, _index(variable, "ARR_INDEX", 0), axis=axis)
            return taken
        if function == "fix_sparse":
            return _filled(values)
        second = self._cleaned(names[1], self.read(names[1]))
        if function in _EPOCHS:
            return values.reshape(-1)[:1] + second
        if function == "calc_p":
            speed = values if values.ndim == 1 else values[:, 0]
            pressure: Array = _PRESSURE * second * speed.astype(np.float64) ** 2
            return pressure.astype(values.dtype)
        with np.errstate(invalid="ignore"):
            if function in _FLAGGED:
                kept = ~(second > 0)
            elif function == "region_filt":
                kept = second == 1
            else:
                limits = numeric(variable.attributes.get("COMPARE_VAL")) or (0,)
                kept = _COMPARED[_word(variable)](second, float(limits[0]))
        kept = np.asarray(kept, dtype=bool)
        kept = kept.reshape(kept.shape + (1,) * (values.ndim - kept.ndim))
        result: Array = values.copy()
        result[np.broadcast_to(~kept, values.shape)] = np.nan
        return result

    def _cleaned(self, name: str, values: Array) -> Numbers:
        """A component as floats, with NaN for its fill."""
        if self.variables[name].is_time:
            return values
        floats: Numbers = values.astype(np.float32 if values.dtype == np.float32 else np.float64)
        floats[missing(values, self.variables[name].attributes.get("FILLVAL"))] = np.nan
        return floats


def _word(variable: CdfVariable) -> str:
    return variable.text("COMPARE_OPERATOR").strip().lower() or "eq"


def _index(variable: CdfVariable, attribute: str, base: int) -> int:
    """An attribute that counts from `base`, counted from 0."""
    numbers = numeric(variable.attributes.get(attribute))
    return int(numbers[0]) - base if numbers else 0


def _shape(function: str, variable: CdfVariable, parts: list[CdfVariable]) -> Shape | None:
    """The shape of what is computed; None where the components do not fit each other."""
    first = parts[0].shape
    if function in _EPOCHS:
        return parts[1].shape if len(parts[1].shape) == 1 else None
    if not parts[0].record_varying:
        return None
    if function == "compute_magnitude":
        return first[:-1] if len(first) > 1 else None
    if function == "extract_array":
        index = _index(variable, "ARG0", 1)
        return first[:1] if len(first) == 2 and 0 <= index < first[1] else None
    if function == "arr_slice":
        axis, index = 1 + _index(variable, "ARR_DIM", 0), _index(variable, "ARR_INDEX", 0)
        fits = 1 <= axis < len(first) and 0 <= index < first[axis]
        return (*first[:axis], *first[axis + 1 :]) if fits else None
    if function == "calc_p":
        return first[:1] if parts[1].shape == first[:1] and len(first) <= 2 else None
    if len(parts) == 2:
        return first if first[: len(parts[1].shape)] == parts[1].shape else None
    return first


def _filled(values: Numbers) -> Numbers:
    """Each missing value as the last good one of its element before it."""
    rows = np.arange(len(values)).reshape((-1,) + (1,) * (values.ndim - 1))
    last = np.maximum.accumulate(np.where(np.isfinite(values), rows, 0), axis=0)
    filled: Numbers = np.take_along_axis(values, last, axis=0)
    return filled


def why_not_computed(variable: CdfVariable) -> str:
    """Why a virtual variable has no values ("because ...")."""
    function = variable.text("FUNCT") or variable.text("FUNCTION")
    if not function:
        return "because it is virtual, and names no function (FUNCT)"
    if not is_known(variable):
        return f"because it is virtual, and its function, {function}, is not computed here"
    return f"because it is virtual, and the components of its function, {function}, do not fit"
