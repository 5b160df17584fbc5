"""A plan: how a table becomes a spectrum, as data that is checked, applied and checked again.

A plan never runs anything. It names columns and chooses among a few transformations that figmill
carries out itself; the outcome is then held against the file's own words and values. So a plan
that is wrong, or was written by someone with bad intent, can only be rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from figmill.config.model import Model
from figmill.errors import InputError, OptionError
from figmill.read.text_table import Table
from figmill.spectra.read.columns import Structure, unread_rows
from figmill.spectra.read.units import UNUSUAL

HIGH, MEDIUM = 90, 70
X_TARGETS = {
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
    "log_inverse_reflectance",
    "kubelka_munk",
    "absorption_coefficient",
    "log_epsilon",
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


UNSURE = 0.9
"""What is less sure than this is told with the reading."""


class ColumnMapping(Model):
    """What one column of the file is.

    Parameters
    ----------
    original_name
        The column's name in the file.
    target
        Which quantity it holds.
    data_type
        What its values are.
    transformation
        What is done to them, in words.
    confidence
        0 to 1.
    notes
        What else is to be said of it.
    evidence
        A line or header of the file that says what it holds, word for word.
    """

    original_name: str = Field(max_length=200)
    target: Target
    data_type: Literal["float", "integer", "text"] = "float"
    transformation: str = Field(default="", max_length=100)
    confidence: float = Field(default=1.0, ge=0, le=1)
    notes: str = Field(default="", max_length=500)
    evidence: str = Field(default="", max_length=200)


class Transformation(Model):
    """One step from table to spectrum.

    Parameters
    ----------
    kind
        What is done.
    column
        To which column; empty for all, or for none.
    factor
        For ``scale``.
    rows
        For ``skip_rows``: how many.
    """

    kind: Kind
    column: str = Field(default="", max_length=200)
    factor: float = 1.0
    rows: int = Field(default=0, ge=0, le=1000)


class Plan(Model):
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
        If it is not JSON, or not of the schema.
    """
    try:
        if isinstance(text, dict):
            return Plan.model_validate(text)
        return Plan.model_validate_json(text)
    except OptionError as error:
        raise InputError(
            f"the plan does not follow its schema: {error.message}",
            place="plan",
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
    if structure.x_unit in UNUSUAL:
        factor = UNUSUAL[structure.x_unit][1]
        steps.append(Transformation(kind="scale", column=table.columns[structure.x], factor=factor))
    if not np.isfinite(x).all():
        steps.append(Transformation(kind="drop_missing"))
    if structure.unsorted:
        steps.append(Transformation(kind="sort"))
    if structure.repeated:
        steps.append(Transformation(kind="drop_duplicates"))
    names = table.columns
    doubts = [item.what for item in structure.evidence if item.factor < UNSURE]
    return Plan.model_validate(
        {
            "columns": [
                {"original_name": names[structure.x], "target": x_target},
                {"original_name": names[structure.y], "target": structure.y_kind},
            ],
            "transformations": steps,
            "score": round(100 * structure.confidence, 1),
            "warnings": list(dict.fromkeys(filter(None, (unread_rows(table), *doubts)))),
        }
    )
