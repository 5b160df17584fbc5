"""What derived numbers are, and what mobilities need besides the measurement."""

from __future__ import annotations

from dataclasses import dataclass

from figmill.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a mobility needs besides the measurement.

    Parameters
    ----------
    length_um, width_um
        Of the channel.
    capacitance_f_m2
        Of the gate.
    """

    length_um: float
    width_um: float
    capacitance_f_m2: float

    @property
    def shape(self) -> tuple[float, float, float]:
        """Length and width in one unit, and the capacitance in F/m^2."""
        return self.length_um, self.width_um, self.capacitance_f_m2

    @classmethod
    def of(
        cls,
        length_um: float | None = None,
        width_um: float | None = None,
        capacitance_f_m2: float | None = None,
    ) -> Geometry | None:
        """The geometry, or None where nothing of it is given.

        Raises
        ------
        figmill.errors.ConfigError
            Only a part of it is given, or a number is not above 0.
        """
        given = (length_um, width_um, capacitance_f_m2)
        if all(value is None for value in given):
            return None
        if length_um is None or width_um is None or capacitance_f_m2 is None:
            raise ConfigError(
                "A mobility needs the length, the width and the capacitance.",
                hint="Give all three: length_um, width_um, capacitance_f_m2.",
            )
        if not min(length_um, width_um, capacitance_f_m2) > 0:
            raise ConfigError(
                "Length, width and capacitance must be above 0.",
                hint=f"Given were {length_um}, {width_um} and {capacitance_f_m2}.",
            )
        return cls(length_um, width_um, capacitance_f_m2)


@dataclass(frozen=True, slots=True)
class Metric:
    """A derived number.

    Parameters
    ----------
    name
        What it is: ``delta_current``.
    value
        The number; None where it could not be told, for which `flags` give the reason.
    unit
        Its unit.
    method
        How it was found.
    flags
        What is to be known about it.
    part
        The leg or pulse, where there are several.
    error
        One standard error, in the unit of the value; None where it is not known.
    """

    name: str
    value: float | None
    unit: str
    method: str
    flags: tuple[str, ...] = ()
    part: str = ""
    error: float | None = None
