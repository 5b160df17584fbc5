"""Carries a plan out on its table, and holds the outcome against the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.text_table import Table
from figmill.spectra.read.columns import Structure, guessed_axis, told_of_table
from figmill.spectra.read.plan import MEDIUM, X_TARGETS, Plan, Transformation
from figmill.spectra.read.units import (
    UNFIT,
    UNUSUAL,
    doubt_values,
    is_other,
    kind_of,
    plain,
    plausible_x,
    settle_kind,
    x_of,
)
from figmill.spectra.spectrum import (
    Evidence,
    Spectrum,
    Vector,
    XQuantity,
    YKind,
    convert_kind,
    convertible,
)

# A plan may change units, and no more: any other factor would falsify the measurement.
_FACTORS = (1e-7, 1e-4, 1e-3, 1e-2, 0.1, 10.0, 1e2, 1e3, 1e4, 1e7)
_LISTED = 8


def apply_plan(
    plan: Plan,
    table: Table,
    *,
    name: str = "",
    evidence: tuple[Evidence, ...] = (),
    notes: tuple[Note, ...] = (),
    by_user: bool = False,
) -> Spectrum:
    """Carry a plan out on its table, and hold the outcome against the file.

    Parameters
    ----------
    plan, table
        What to do, and with what.
    name, evidence, notes
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
    told = [*told_of_table(table), *notes]
    told.extend(told_of_columns(table, {across, upright}))
    keep = np.isfinite(x)
    if not keep.all():
        told.append(Note.loss("rows-without-x", f"{int((~keep).sum())} rows have no x."))
        x, y = x[keep], y[keep]
    for step in plan.transformations:
        x, y, kind = _step(step, table, x, y, kind, across, upright, told)
    if x.size and quantity != "unknown" and not plausible_x(quantity, unit, x):
        low, high = float(x.min()), float(x.max())
        text = f"x from {low:.6g} to {high:.6g} is no {quantity} in {unit}."
        if plan.score >= MEDIUM and not by_user:
            raise _rejected(table, text)
        told.append(Note.doubt("x-implausible", text))
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
        notes=tuple(dict.fromkeys((*told, *doubts))),
    )
    unfit = [note.text for note in doubts if note.code == UNFIT]
    if unfit and plan.score >= MEDIUM and not by_user:
        raise _rejected(table, unfit[0])
    return spectrum


def told_of_columns(table: Table, taken: Collection[int]) -> Iterator[Note]:
    """Say which columns are not drawn, where only those of the numbers `taken` are."""
    beside = [name for i, name in enumerate(table.columns) if i not in taken]
    if beside:
        some = ", ".join(map(repr, beside[:_LISTED])) + (", ..." if len(beside) > _LISTED else "")
        yield Note.info("columns-left-out", f"{len(beside)} columns are not drawn: {some}.")


def check_against(plan: Plan, table: Table, structure: Structure | None) -> tuple[Note, ...]:
    """Hold a normaliser's plan against the file's words and what the rules see.

    A model chooses columns and rows. What they hold, the file says, in a header or in a line that
    the plan quotes; else the plan can only say what the values say, too.

    Returns
    -------
    tuple of Note
        What no word of the file speaks for.

    Raises
    ------
    figmill.errors.InputError
        If it takes x from a column that does not run one way where another does, a y that the
        rules rule out, a kind or an axis that neither words nor values speak for, or a factor that
        the file's units do not state.
    """
    across, (quantity, unit) = _x_of_plan(plan, table)
    upright, kind = _y_of_plan(plan, table)
    for step in plan.transformations:
        if step.kind == "scale":
            _check_factor(step, table, across)
    lines = _quoted(plan, table)
    values = table.values[:, upright]
    text = f"{table.names[upright]} {table.units[upright]}"
    unsaid: list[Note] = []
    if kind_of(text) is None and kind != "unknown" and kind not in map(kind_of, lines):
        shape, _ = settle_kind("unknown", values, "")
        if shape != kind:
            raise _rejected(table, f"the curve's shape is that of {shape}, not of {kind}.")
        unsaid.append(_unsaid(table, upright, kind))
    words = f"{table.names[across]} {table.units[across]}"
    said = [x_of(words), *map(x_of, lines)]
    if quantity != "unknown" and not any(certain for _, _, certain in said):
        guess = guessed_axis(table, across, counts=kind == "intensity")
        if guess != (quantity, unit):
            guessed = f"{guess[0].replace('_', ' ')} in {guess[1]}"
            raise _rejected(table, f"its x is {guessed} by its values, not {quantity} in {unit}.")
        unsaid.append(_unsaid(table, across, quantity))
    elif quantity != "unknown" and not any(
        certain and (q, _metric(u)) == (quantity, unit) for q, u, certain in said
    ):
        raise _rejected(table, f"no word of the file says that x is {quantity} in {unit}.")
    if structure is None:
        return tuple(unsaid)
    if across != structure.x and not x_of(words)[2]:
        raise _rejected(
            table,
            f"it takes x from {table.columns[across]!r}, and {table.columns[structure.x]!r} is x.",
        )
    if structure.confidence >= 0.5 and upright not in (structure.y, *structure.others):
        raise _rejected(table, f"{table.columns[upright]!r} cannot be y.")
    return tuple(unsaid)


def _check_factor(step: Transformation, table: Table, across: int) -> None:
    """Let a factor pass only where the unit of x, as the file has it, states it."""
    index = _index(table, step.column)
    unit = x_of(f"{table.names[index]} {table.units[index]}")[1]
    stated = UNUSUAL.get(unit, ("", float("nan")))[1]
    if index != across or not abs(step.factor - stated) <= 1e-9 * abs(stated):
        text = f"no unit in the file states a factor of {step.factor:g} for {step.column[:60]!r}."
        raise _rejected(table, text)


def _metric(unit: str) -> str:
    return UNUSUAL.get(unit, (unit, 1.0))[0]


def _quoted(plan: Plan, table: Table) -> list[str]:
    """The lines of the file that the plan quotes, word for word; others are no evidence."""
    own = [*table.preamble, *table.names, *table.units, *(line for _, line in table.epilogue)]
    there = {plain(line) for line in own if line}
    return [m.evidence for m in plan.columns if m.evidence and plain(m.evidence) in there]


def _unsaid(table: Table, column: int, what: str) -> Note:
    text = f"No word says that {table.columns[column]!r} is {what.replace('_', ' ')}: a plan does."
    return Note.doubt("plan-without-words", text)


def _x_of_plan(plan: Plan, table: Table) -> tuple[int, tuple[XQuantity, str]]:
    found = [m for m in plan.columns if m.target in X_TARGETS]
    if len(found) != 1:
        raise _rejected(table, f"{len(found)} columns are mapped to x; one is needed.")
    quantity, unit = X_TARGETS[found[0].target]
    return _index(table, found[0].original_name), (quantity, unit)  # type: ignore[return-value]


def _y_of_plan(plan: Plan, table: Table) -> tuple[int, YKind]:
    found = [
        m
        for m in plan.columns
        if m.target not in X_TARGETS and m.target not in ("metadata", "ignore")
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
            raise _rejected(table, f"{text.strip()!r} is not an axis of a spectrum.")
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
    notes: list[Note],
) -> tuple[Vector, Vector, YKind]:
    match step.kind:
        case "sort":
            steps = np.diff(x)
            order = np.argsort(x, kind="stable")
            if (steps < 0).sum() > (steps > 0).sum():
                order = np.argsort(-x, kind="stable")
            notes.append(Note.info("rows-sorted", "The rows are sorted by x."))
            return x[order], y[order], kind
        case "reverse":
            return x[::-1], y[::-1], kind
        case "drop_duplicates":
            return (*_unique(x, y, notes), kind)
        case "drop_missing":
            keep = np.isfinite(x) & np.isfinite(y)
            if (~keep).any():
                text = f"{int((~keep).sum())} rows without a value are left out."
                notes.append(Note.loss("rows-without-value", text))
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
            text = f"It is multiplied by {step.factor:g}, a change of unit."
            notes.append(Note.info("unit-changed", text, table.columns[index]))
            if index == across:
                return x * step.factor, y, kind
            if index == upright:
                return x, y * step.factor, kind
            return x, y, kind
        case "transmittance_to_absorbance" | "absorbance_to_transmittance":
            want: YKind = "absorbance" if step.kind.startswith("trans") else "transmittance"
            if kind == want or not convertible(kind, want):
                raise _rejected(table, f"{kind} cannot become {want}.")
            notes.append(Note.info("kind-converted", f"{kind} is turned into {want}."))
            return x, convert_kind(y, kind, want), want


def _unique(x: Vector, y: Vector, notes: list[Note]) -> tuple[Vector, Vector]:
    """Each x once, the first of its rows; rows that disagree are told of."""
    _, first, inverse = np.unique(x, return_index=True, return_inverse=True)
    differ = int(np.count_nonzero(np.abs(y - y[first][inverse]) > 0))
    dropped = x.size - first.size
    if dropped:
        text = f"{dropped} rows repeat an x and are left out"
        text = f"{text}; {differ} of them have another y." if differ else f"{text}."
        notes.append(Note.loss("x-repeated", text))
    keep = np.sort(first)
    return x[keep], y[keep]


def _rejected(table: Table, reason: str) -> InputError:
    return InputError(
        f"the plan for this file is rejected: {reason}",
        file=table.source,
        hint="Name the columns and their kinds yourself (--x, --y, --y-kind), or export the "
        "file with a header.",
    )
