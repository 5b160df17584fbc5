"""What users may pass in several forms: instruments, limits, cusp tables."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from figmill.errors import ConfigError, InputError
from figmill.fast.cusps import CuspTable, cusps_of, read_cusps
from figmill.fast.extrema import extrema_in
from figmill.fast.options import INSTRUMENTS
from figmill.figure.quantile_sketch import Extrema, as_extrema
from figmill.recipes.datasets import ScaleName

log = logging.getLogger("figmill.fast")


def instruments(names: Iterable[str]) -> tuple[str, ...]:
    """Known instruments, each once, in the order given.

    Raises
    ------
    ConfigError
        If one is unknown.
    """
    order = tuple(dict.fromkeys(str(name).lower() for name in names))
    if unknown := [name for name in order if name not in INSTRUMENTS]:
        raise ConfigError(
            f"There is no instrument {', '.join(map(repr, unknown))}.",
            hint=f"There are {', '.join(INSTRUMENTS)}.",
        )
    return order


def global_extrema_of(
    given: Mapping[str, Any] | None, y_scale: ScaleName, z_scale: ScaleName
) -> dict[str, Extrema]:
    """Limits by instrument, from the state of `compute_global_extrema` or from mappings."""
    if not given:
        return {}
    if any(name in given for name in INSTRUMENTS):
        return {name: as_extrema(given[name]) for name in INSTRUMENTS if name in given}
    return extrema_in(given, y_scale, z_scale)


def cusp_table(table: Any) -> CuspTable:
    """A cusp table from a path, a data frame, or rows as mappings.

    Raises
    ------
    InputError
        If it is none of these, or lacks a column.
    """
    if isinstance(table, str | Path):
        return read_cusps(table)
    if hasattr(table, "to_dicts"):  # polars
        return cusps_of(table.to_dicts())
    if hasattr(table, "to_dict"):  # pandas
        return cusps_of(table.to_dict("records"))
    try:
        return cusps_of(list(table))
    except TypeError as error:
        raise InputError(
            f"A cusp table cannot be a {type(table).__name__}.",
            hint="Pass a data frame, a path, or a list of dicts.",
        ) from error
