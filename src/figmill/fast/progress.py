"""The documented progress file of a FAST batch, made from what is known of its orbits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from figmill.fast.progress_errors import reason_of_category

State = Literal["done", "no_data", "failed"]


@dataclass(frozen=True, slots=True)
class OrbitState:
    """How one orbit ended.

    Parameters
    ----------
    orbit
        Its number.
    state
        Of the item.
    category
        Of its failure, as the engine names it.
    message
        What people are told.
    errors
        By instrument: reason and sentence.
    """

    orbit: int
    state: State
    category: str = ""
    message: str = ""
    errors: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        """As the batch function returns it."""
        status, errors = "ok", [f"{k}: {r}: {text}" for k, (r, text) in self.errors.items()]
        found: dict[str, Any] = {"orbit": self.orbit}
        late = [name for name, (reason, _) in self.errors.items() if reason == "timeout"]
        if self.state == "failed":
            reason = reason_of_category(self.category)
            status = "timeout" if reason == "timeout" else "error"
            errors = errors or [f"{reason}: {self.message}"]
            if status == "timeout" and late:
                found |= {"timeout_type": "instrument", "timeout_instrument": late[0]}
            elif status == "timeout":
                found["timeout_type"] = "orbit"
        elif self.state == "no_data":
            status, errors = "error", [f"no data: {self.message}"]
        elif late:
            status = "timeout"
            found |= {"timeout_type": "instrument", "timeout_instrument": late[0]}
        elif errors:
            status = "error"
        return {**found, "status": status, "errors": errors}


def progress_document(
    states: Iterable[OrbitState], last_orbit: int | None, y_scale: str, z_scale: str
) -> dict[str, Any]:
    """The progress of one pair of scales.

    Parameters
    ----------
    states
        Of the orbits that are settled.
    last_orbit
        The orbit that was worked on last; None for none.
    """
    scales = f"{y_scale}_{z_scale}"
    lists: dict[str, set[int]] = defaultdict(set)
    for one in states:
        for instrument, (reason, _) in one.errors.items():
            lists[f"{instrument}_{scales}_error-{reason}"].add(one.orbit)
            if reason == "timeout":
                lists[f"{instrument}_{scales}_timed_out"].add(one.orbit)
        if one.state == "failed":
            reason = reason_of_category(one.category)
            lists[f"{scales}_error-{reason}"].add(one.orbit)
            if reason == "timeout" and not one.errors:
                lists[f"orbit_{scales}_timed_out"].add(one.orbit)
    made: dict[str, Any] = {key: sorted(orbits) for key, orbits in sorted(lists.items())}
    if last_orbit is not None:
        made = {f"{scales}_last_orbit": last_orbit, **made}
    return made


def finished_orbits(
    document: Mapping[str, Any], orbits: Iterable[int], y_scale: str, z_scale: str
) -> Iterator[int]:
    """The orbits that a progress file calls finished: those up to the last one, without errors.

    Parameters
    ----------
    document
        The file's content.
    orbits
        All orbits, in order.
    """
    scales = f"{y_scale}_{z_scale}"
    last = document.get(f"{scales}_last_orbit")
    if last is None:
        return
    failed = {
        orbit
        for key, listed in document.items()
        if f"{scales}_error-" in key or key.endswith(f"{scales}_timed_out")
        for orbit in listed
    }
    for orbit in orbits:
        if orbit <= last and orbit not in failed:
            yield orbit
