"""All that the figures of one file need, read in one pass over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.fast import options
from figmill.fast.level2 import Level2, Piece, Quantity, open_level2
from figmill.fast.level2_records import Quality
from figmill.fast.sectors import (
    PITCH_STEP_DEG,
    SECTORS,
    CollapseRule,
    Floats,
    Sector,
    collapse_sectors,
    follow_the_field,
    in_both_hemispheres,
    in_southern_hemisphere,
    pitch_spectrum,
)
from figmill.figure import Bins, BinTables
from figmill.figure.pieces import any_finite
from figmill.figure.quantile_sketch import Pool
from figmill.notes import Note

Southern = Callable[[NDArray[np.float64]], NDArray[np.bool_] | None]
QuantityChoice = options.QuantityChoice
RuleChoice = options.RuleChoice


@dataclass(frozen=True, slots=True)
class Band:
    """A range of energies, eV; `high` None has no end."""

    low: float
    high: float | None = None

    @property
    def label(self) -> str:
        """As figures say it: ``0.1-1 keV``, ``>1 keV``."""
        if self.high is None:
            return f">{self.low / 1e3:g} keV"
        return f"{self.low / 1e3:g}\N{EN DASH}{self.high / 1e3:g} keV"

    def holds(self, energies: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which energies are in it: from the lower end, included, to the upper, excluded."""
        return (energies >= self.low) & (energies < (np.inf if self.high is None else self.high))


BANDS = {"e": (Band(100.0, 1000.0), Band(1000.0)), "i": (Band(50.0, 1000.0), Band(1000.0))}
"""The bands of pitch-angle spectrograms, of electrons and ions."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """How the angles and energies of a file are reduced.

    Parameters
    ----------
    sectors
        The rows of pitch angle.
    quantity
        "auto" is the energy flux where the file has it, else the telemetry byte.
    rule
        How angles collapse; "auto" is the sum for counts and telemetry bytes, and for flux the
        mean weighted by solid angle.
    percentile
        For the rule of this name.
    bands
        Whether pitch-angle spectra by energy band are wanted.
    quality
        "good" leaves out flagged records.
    southern
        Which records are south of the equator, given their times (UNIX seconds, shape (n,)): down
        and up change places there. None, or a None from it: all are taken as north of it.
    """

    sectors: tuple[Sector, ...] = SECTORS
    quantity: QuantityChoice = "auto"
    rule: RuleChoice = "auto"
    percentile: float = 50.0
    bands: bool = False
    quality: Quality = "good"
    southern: Southern | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """The reduced values of one file.

    Attributes
    ----------
    instrument, path
        The file.
    quantity, rule
        What the values are.
    centers
        Of the records, UNIX seconds, shape (n,).
    times, energies
        Bins of records and of energy (eV).
    sectors, rows
        The sectors of pitch angle, and for each its energy spectra: shape (sectors, n, m).
    bands, pitches
        The energy bands, and for each its pitch-angle spectra: shape (bands, n, p).
    notes
        What people should know.
    """

    instrument: str
    path: Path
    quantity: Quantity
    rule: CollapseRule
    centers: NDArray[np.float64]
    times: Bins
    energies: BinTables
    sectors: tuple[Sector, ...]
    rows: Floats
    bands: tuple[Band, ...] = ()
    pitches: Floats | None = None
    notes: tuple[Note, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether any value is there."""
        return any(any_finite(row) for row in self.rows)

    def pool(self) -> Pool:
        """The positive samples of the first row, by size and energy."""
        energies = (self.energies.lo + self.energies.hi) / 2
        index = self.energies.index
        return Pool.of(self.rows[0], energies[0] if index is None else energies[index])


PITCH_BINS = BinTables.single(Bins.from_edges(np.arange(0.0, 360.1, PITCH_STEP_DEG)))


def read_spectra(
    path: str | Path, reduction: Reduction | None = None, instrument: str | None = None
) -> Spectra:
    """Read and reduce a file.

    Parameters
    ----------
    path
        A FAST ESA level 2 file.
    reduction
        How to reduce it.
    instrument
        Which one it is of; by default what the file's name says.

    Raises
    ------
    InputError
        If the file is damaged or lacks what is asked for.
    NoData
        If it has no records.
    """
    reduction = reduction or Reduction()
    level = open_level2(path, instrument, quality=reduction.quality)
    quantity = _quantity(level, reduction.quantity)
    rule = _rule(quantity, reduction.rule)
    omega = rule == "weighted"
    count, energies = level.count, level.energies.lo.shape[1]
    rows = np.full((len(reduction.sectors), count, energies), np.nan, np.float32)
    bands = BANDS[level.instrument[0]] if reduction.bands else ()
    pitches = np.full((len(bands), count, round(360 / PITCH_STEP_DEG)), np.nan, np.float32)
    centers = level.energy_centers
    south = reduction.southern(level.centers) if reduction.southern is not None else None
    sectors, notes = _named_by(reduction.sectors, south, level.notes)
    if reduction.southern is not None and south is None and follow_the_field(sectors):
        text = (
            "the orbit file has no ILAT around the records; sectors have their names of the "
            "northern hemisphere"
        )
        notes = (*notes, Note.doubt("hemisphere-unknown", text))
    for piece in level.pieces(quantity, solid_angles=omega):

        def collapsed(sectors: tuple[Sector, ...], piece: Piece = piece) -> Floats:
            return collapse_sectors(
                piece.values,
                piece.pitch,
                sectors,
                rule=rule,
                weights=piece.weights,
                percentile=reduction.percentile,
            )

        below = None if south is None else south[piece.first : piece.stop]
        if below is None or not below.any():
            part = collapsed(reduction.sectors)
        else:
            part = collapsed(in_southern_hemisphere(reduction.sectors))
            if not below.all():
                part = np.where(below[:, np.newaxis], part, collapsed(reduction.sectors))
        rows[:, piece.first : piece.stop, : part.shape[2]] = part
        if bands:
            steps = centers[level.table_of(piece.first)][: piece.values.shape[2]]
            for place, band in enumerate(bands):
                inside = _span(band.holds(steps))
                pitches[place, piece.first : piece.stop] = pitch_spectrum(
                    piece.values[:, :, inside],
                    piece.pitch[:, :, inside],
                    weights=None if piece.weights is None else piece.weights[:, :, inside],
                    rule=rule,
                )
    return Spectra(
        level.instrument,
        level.path,
        quantity,
        rule,
        level.centers,
        level.times,
        level.energies,
        sectors,
        rows,
        bands,
        pitches if bands else None,
        notes,
    )


def _named_by(
    sectors: tuple[Sector, ...], south: NDArray[np.bool_] | None, notes: tuple[Note, ...]
) -> tuple[tuple[Sector, ...], tuple[Note, ...]]:
    """The sectors as the records' hemispheres name them, and the notes with what to say of it."""
    if south is None or not south.any() or not follow_the_field(sectors):
        return sectors, notes
    if south.all():
        text = "all records are south of the equator, where down and up have each other's angles"
        named = in_southern_hemisphere(sectors)
    else:
        text = (
            f"{int(south.sum())} of {south.size} records are south of the equator, where down and "
            "up have each other's angles"
        )
        named = in_both_hemispheres(sectors)
    return named, (*notes, Note.info("southern-hemisphere", text))


def _span(inside: NDArray[np.bool_]) -> slice:
    """The steps of a band, which stand together, as a slice: a view costs nothing."""
    steps = np.flatnonzero(inside)
    return slice(int(steps[0]), int(steps[-1]) + 1) if steps.size else slice(0, 0)


def _quantity(level: Level2, choice: QuantityChoice) -> Quantity:
    known: Sequence[Quantity] = level.quantities()
    if choice == "auto":
        if not known:
            raise InputError(
                "The file holds no values.", file=level.path, hint="Download it again."
            )
        return known[0]
    if choice not in known:
        raise InputError(
            f"The file holds no {choice}.",
            file=level.path,
            hint=f"It has {', '.join(known) or 'nothing'}.",
        )
    return choice


def _rule(quantity: Quantity, choice: RuleChoice) -> CollapseRule:
    if choice == "auto":
        return "weighted" if quantity == "eflux" else "sum"
    return choice
