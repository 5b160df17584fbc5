"""Formulas of derived numbers: pure functions over arrays that give value, error, method, flags."""

from figmill.numbers.edges import edge_time
from figmill.numbers.estimate import Estimate
from figmill.numbers.legs import gate_legs, position_noise
from figmill.numbers.relaxation import Relaxation, relaxation
from figmill.numbers.slopes import noise_of, steepest
from figmill.numbers.switching import (
    on_off_ratio,
    swing,
    threshold_linear,
    threshold_saturation,
)
from figmill.numbers.transfer import (
    crossing,
    extremum,
    mobility,
    regime,
    saturation_mobility,
    usual_current,
)

__all__ = [
    "Estimate",
    "Relaxation",
    "crossing",
    "edge_time",
    "extremum",
    "gate_legs",
    "mobility",
    "noise_of",
    "on_off_ratio",
    "position_noise",
    "regime",
    "relaxation",
    "saturation_mobility",
    "steepest",
    "swing",
    "threshold_linear",
    "threshold_saturation",
    "usual_current",
]
