"""What options of the FAST recipes may be."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from figmill.figure.quantile_sketch import Extrema

Instrument = Literal["ees", "eeb", "ies", "ieb"]
ScaleChoice = Literal["linear", "log", "both"]
FigureKind = Literal["pitch-angle", "instrument-grid", "bands", "quicklook"]


class Limits(BaseModel):
    """Limits of an instrument's axes; what is open is taken from the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    y_min: float | None = None
    y_max: float | None = None
    z_min: float | None = None
    z_max: float | None = None

    @model_validator(mode="after")
    def _is_increasing(self) -> Limits:
        for low, high, what in (
            (self.y_min, self.y_max, "energy"),
            (self.z_min, self.z_max, "colour"),
        ):
            if low is not None and high is not None and not low < high:
                raise ValueError(f"the lower {what} limit {low:g} is not below {high:g}")
        return self

    def extrema(self) -> Extrema:
        """The same as the figures take it."""
        return Extrema(self.y_min, self.y_max, self.z_min, self.z_max)
