"""A plan: how a table becomes a spectrum, as data that is checked, applied and checked again.

A plan never runs anything. It names columns and chooses among a few transformations that figmill
carries out itself; the outcome is then held against the file's own words and values. So a plan
that is wrong, or was written by someone with bad intent, can only be rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from figmill.errors import InputError
from figmill.read.spectrum import (
    Evidence,
    Spectrum,
    Vector,
    XQuantity,
    YKind,
    convert_kind,
    convertible,
)
from figmill.read.spectrum_columns import Structure
from figmill.read.spectrum_units import (
    doubt_values,
    is_other,
    kind_of,
    plausible_x,
    settle_kind,
    x_of,
)
from figmill.read.text_table import Table

HIGH, MEDIUM = 90, 70
_X = {
    "wavenumber": ("wavenumber", "cm-1"),
    "wavelength_nm": ("wavelength", "nm"),
    "wavelength_um": ("wavelength", "um"),
    "raman_shift": ("raman_shift", "cm-1"),
    "x": ("unknown", ""),
}
Target = Literal[
    "wavenumber",
    "wavelength_nm",
    "wavelength_um",
    "raman_shift",
    "x",
    "absorbance",
    "transmittance",
    "percent_transmittance",
    "reflectance",
    "percent_reflectance",
    "intensity",
    "unknown",
    "metadata",
    "ignore",
]
Kind = Literal[
    "sort",
    "reverse",
    "drop_duplicates",
    "drop_missing",
    "skip_rows",
    "drop_columns",
    "scale",
    "transmittance_to_absorbance",
    "absorbance_to_transmittance",
]
# A plan may change units, and no more: any other factor would falsify the measurement.
_FACTORS = (1e-7, 1e-4, 1e-3, 1e-2, 10.0, 1e2, 1e3, 1e4, 1e7)


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnMapping(_Data):
    """What one column of the file is."""

    original_name: str = Field(max_length=200)
    target: Target
    data_type: Literal["float", "integer", "text"] = "float"
    transformation: str = Field(default="", max_length=100)
    confidence: float = Field(default=1.0, ge=0, le=1)
    notes: str = Field(default="", max_length=500)


class Transformation(_Data):
    """One step from table to spectrum."""

    kind: Kind
    column: str = Field(default="", max_length=200)
    factor: float = 1.0
    rows: int = Field(default=0, ge=0, le=1000)


class Plan(_Data):
    """How a table becomes a spectrum.

    Parameters
    ----------
    columns
        What each column is; columns that are not named are left out.
    transformations
        What is done, in this order.
    score
        How sure the planner is, 0 to 100.
    warnings
        Sentences for people.

    Examples
    --------
    >>> plan = Plan(
    ...     columns=[
    ...         ColumnMapping(original_name="WN", target="wavenumber"),
    ...         ColumnMapping(original_name="Abs", target="absorbance"),
    ...     ],
    ...     score=95,
    ... )
    >>> plan.level
    'high'
    """

    columns: tuple[ColumnMapping, ...] = Field(min_length=1, max_length=20_000)
    transformations: tuple[Transformation, ...] = Field(default=(), max_length=20)
    score: float = Field(ge=0, le=100)
    warnings: tuple[str, ...] = Field(default=(), max_length=50)

    @property
    def level(self) -> Literal["high", "medium", "low"]:
        """High from 90, medium from 70, else low."""
        return "high" if self.score >= HIGH else "medium" if self.score >= MEDIUM else "low"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a normaliser answers.

    Parameters
    ----------
    plan
        None where it has none; the rules are used then.
    note
        A sentence for people: why there is none, or that it failed.
    cached
        Whether it was known from an earlier call.
    cost
        What the call cost, in the currency of the prices given.
    """

    plan: Plan | None
    note: str = ""
    cached: bool = False
    cost: float = 0.0


def plan_of(text: str | bytes | dict[str, object]) -> Plan:
    """Read a plan from JSON.

    Raises
    ------
    figmill.errors.InputError
        If it is no JSON, or not of the schema.
    """
    try:
        if isinstance(text, dict):
            return Plan.model_validate(text)
        return Plan.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise InputError(
            f"the plan does not follow its schema: {first['msg']}.",
            place=f"plan, {place}",
            hint="The rules are used instead.",
        ) from None


def plan_by_rules(table: Table, structure: Structure) -> Plan:
    """The plan that follows from the structure: deterministic, no network."""
    x_target = {
        "wavenumber": "wavenumber",
        "raman_shift": "raman_shift",
        "wavelength": "wavelength_um" if structure.x_unit == "um" else "wavelength_nm",
        "unknown": "x",
    }[structure.x_quantity]
    steps: list[Transformation] = []
    x = table.values[:, structure.x]
    if not np.isfinite(x).all():
        steps.append(Transformation(kind="drop_missing"))
    if structure.unsorted:
        steps.append(Transformation(kind="sort"))
    if structure.repeated:
        steps.append(Transformation(kind="drop_duplicates"))
    names = table.columns
    return Plan.model_validate(
        {
            "columns": [
                {"original_name": names[structure.x], "target": x_target},
                {"original_name": names[structure.y], "target": structure.y_kind},
            ],
            "transformations": steps,
            "score": round(100 * structure.confidence, 1),
            "warnings": [item.what for item in structure.evidence if item.factor < 0.9],
        }
    )


def apply_plan(
    plan: Plan,
    table: Table,
    *,
    name: str = "",
    evidence: tuple[Evidence, ...] = (),
    by_user: bool = False,
) -> Spectrum:
    """Carry a plan out on its table, and hold the outcome against the file.

    Parameters
    ----------
    plan, table
        What to do, and with what.
    name, evidence
        For the spectrum.
    by_user
        The user said which columns to take: that stands above the header's words.

    Raises
    ------
    figmill.errors.InputError
        If the plan names what is not there, contradicts the file's own words, drops rows that are
        sound, or does not give a spectrum.
    """
    across, (quantity, unit) = _x_of_plan(plan, table)
    upright, kind = _y_of_plan(plan, table)
    if not by_user:
        _agrees_with_words(table, across, quantity, upright, kind)
    x, y = table.values[:, across], table.values[:, upright]
    warnings = list(plan.warnings)
    keep = np.isfinite(x)
    if not keep.all():
        warnings.append(f"{int((~keep).sum())} rows have no x.")
        x, y = x[keep], y[keep]
    for step in plan.transformations:
        x, y, kind = _step(step, table, x, y, kind, across, upright, warnings)
    if x.size and quantity != "unknown" and not plausible_x(quantity, unit, x):
        low, high = float(x.min()), float(x.max())
        text = f"x from {low:.6g} to {high:.6g} is no {quantity} in {unit}."
        if plan.score >= MEDIUM:
            raise _rejected(table, text)
        warnings.append(text)
    if not np.isfinite(y).any():
        raise _rejected(table, "y has no value in any row.")
    doubts = doubt_values(kind, y)
    spectrum = Spectrum(
        x,
        y,
        quantity,
        unit,
        kind,
        name=name,
        source=table.source,
        format="text",
        metadata=table.metadata,
        evidence=evidence,
        warnings=(*warnings, *(d for d in doubts if d not in warnings)),
    )
    if any(doubt.startswith("Units:") for doubt in doubts) and plan.score >= MEDIUM:
        raise _rejected(table, next(d for d in doubts if d.startswith("Units:")))
    return spectrum


def check_against(plan: Plan, table: Table, structure: Structure | None) -> None:
    """Hold a normaliser's plan against what the rules see.

    Raises
    ------
    figmill.errors.InputError
        If it takes x from a column that does not run one way where another does, a y that the
        rules rule out, or a kind that the curve's shape contradicts.
    """
    across, _ = _x_of_plan(plan, table)
    upright, kind = _y_of_plan(plan, table)
    text = f"{table.names[upright]} {table.units[upright]}"
    if kind_of(text) is None:
        shape, seen = settle_kind("unknown", table.values[:, upright], "")
        clear = all(item.factor >= 0.95 for item in seen)
        if clear and shape != kind and "intensity" not in (shape, kind) and kind != "unknown":
            raise _rejected(table, f"the curve's shape is that of {shape}, not of {kind}.")
    if structure is None:
        return
    if structure.confidence >= 0.5 and across != structure.x:
        raise _rejected(
            table,
            f"it takes x from {table.columns[across]!r}, and {table.columns[structure.x]!r} is x.",
        )
    if structure.confidence >= 0.5 and upright not in (structure.y, *structure.others):
        raise _rejected(table, f"{table.columns[upright]!r} cannot be y.")


def _x_of_plan(plan: Plan, table: Table) -> tuple[int, tuple[XQuantity, str]]:
    found = [m for m in plan.columns if m.target in _X]
    if len(found) != 1:
        raise _rejected(table, f"{len(found)} columns are mapped to x; one is needed.")
    quantity, unit = _X[found[0].target]
    return _index(table, found[0].original_name), (quantity, unit)  # type: ignore[return-value]


def _y_of_plan(plan: Plan, table: Table) -> tuple[int, YKind]:
    found = [
        m for m in plan.columns if m.target not in _X and m.target not in ("metadata", "ignore")
    ]
    if len(found) != 1:
        raise _rejected(table, f"{len(found)} columns are mapped to y; one is needed.")
    return _index(table, found[0].original_name), found[0].target  # type: ignore[return-value]


def _index(table: Table, name: str) -> int:
    found = [i for i, column in enumerate(table.columns) if column.strip() == name.strip()]
    if not found:
        raise _rejected(table, f"there is no column {name[:60]!r}.")
    return found[0]


def _agrees_with_words(
    table: Table, across: int, quantity: XQuantity, upright: int, kind: YKind
) -> None:
    """What the file's own header says stands above any plan."""
    if across == upright:
        raise _rejected(table, "x and y are the same column.")
    for index in (across, upright):
        text = f"{table.names[index]} {table.units[index]}"
        if is_other(text) and kind_of(text) is None:
            raise _rejected(table, f"{text.strip()!r} is no axis of a spectrum.")
    text = f"{table.names[upright]} {table.units[upright]}"
    told = kind_of(text)
    if told is not None and told != kind:
        percent_told_late = {told, kind} in (
            {"transmittance", "percent_transmittance"},
            {"reflectance", "percent_reflectance"},
        )
        settled, _ = settle_kind(told, table.values[:, upright], "")
        if not (percent_told_late and settled == kind):
            raise _rejected(table, f"the file calls {text.strip()!r} what the plan calls {kind}.")
    elif told is None and x_of(text)[2]:
        raise _rejected(table, f"{text.strip()!r} is taken as y, and its name says x.")
    text = f"{table.names[across]} {table.units[across]}"
    said, _, certain = x_of(text)
    both = {said, quantity}
    if certain and quantity not in ("unknown", said) and both != {"wavenumber", "raman_shift"}:
        raise _rejected(table, f"the file calls {text.strip()!r} what the plan calls {quantity}.")
    if kind_of(text) is not None and not certain:
        raise _rejected(table, f"{text.strip()!r} is taken as x, and its name says y.")


def _step(
    step: Transformation,
    table: Table,
    x: Vector,
    y: Vector,
    kind: YKind,
    across: int,
    upright: int,
    warnings: list[str],
) -> tuple[Vector, Vector, YKind]:
    match step.kind:
        case "sort":
            steps = np.diff(x)
            order = np.argsort(x, kind="stable")
            if (steps < 0).sum() > (steps > 0).sum():
                order = np.argsort(-x, kind="stable")
            return x[order], y[order], kind
        case "reverse":
            return x[::-1], y[::-1], kind
        case "drop_duplicates":
            return (*_unique(x, y, warnings), kind)
        case "drop_missing":
            keep = np.isfinite(x) & np.isfinite(y)
            if (~keep).any():
                warnings.append(f"{int((~keep).sum())} rows without a value are left out.")
            return x[keep], y[keep], kind
        case "skip_rows":
            dropped = table.values[: step.rows, (across, upright)]
            if np.isfinite(dropped).all(axis=1).any():
                raise _rejected(table, f"skipping {step.rows} rows would lose sound data.")
            return x, y, kind
        case "drop_columns":
            return x, y, kind
        case "scale":
            if not any(abs(step.factor / factor - 1) < 1e-9 for factor in _FACTORS):
                raise _rejected(table, f"a factor of {step.factor:g} changes no unit.")
            index = _index(table, step.column)
            if index == across:
                return x * step.factor, y, kind
            if index == upright:
                return x, y * step.factor, kind
            return x, y, kind
        case "transmittance_to_absorbance" | "absorbance_to_transmittance":
            want: YKind = "absorbance" if step.kind.startswith("trans") else "transmittance"
            if kind == want or not convertible(kind, want):
                raise _rejected(table, f"{kind} cannot become {want}.")
            return x, convert_kind(y, kind, want), want


def _unique(x: Vector, y: Vector, warnings: list[str]) -> tuple[Vector, Vector]:
    """Each x once, the first of its rows; rows that disagree are told of."""
    _, first, inverse = np.unique(x, return_index=True, return_inverse=True)
    differ = int(np.count_nonzero(np.abs(y - y[first][inverse]) > 0))
    dropped = x.size - first.size
    if dropped:
        text = f"{dropped} rows repeat an x and are left out"
        warnings.append(f"{text}; {differ} of them have another y." if differ else f"{text}.")
    keep = np.sort(first)
    return x[keep], y[keep]


def _rejected(table: Table, reason: str) -> InputError:
    return InputError(
        f"the plan for this file is rejected: {reason}",
        file=table.source,
        hint="Name the columns and their kinds yourself (--x, --y, --y-kind), or export the "
        "file with a header.",
    )
