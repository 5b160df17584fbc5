"""Comparison figures of data in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from figmill.errors import InputError
from figmill.figure import Figure
from figmill.read.text_notation import Notation
from figmill.read.text_table import Table
from figmill.spectra.bands import Band
from figmill.spectra.comparison import common_kind, compare, same_axis
from figmill.spectra.figures import Look, overlay
from figmill.spectra.process import Processing
from figmill.spectra.read.apply import apply_plan
from figmill.spectra.read.columns import understand
from figmill.spectra.read.plan import plan_by_rules
from figmill.spectra.spectrum import Spectrum


class SpectralGraphGenerator:
    """Draws a sample over its baseline.

    Parameters
    ----------
    look
        Sizes, colours, limits.
    processing
        What is done to both; None for nothing.
    """

    def __init__(self, look: Look | None = None, processing: Processing | None = None) -> None:
        self.look = look or Look()
        self.processing = processing or Processing()

    def generate_comparison_graph(
        self,
        baseline_data: Any,
        sample_data: Any,
        baseline_name: str = "baseline",
        sample_name: str = "sample",
        *,
        title: str | None = None,
        difference: bool = False,
        ratio: bool = False,
        bands: Sequence[str] = (),
    ) -> Figure:
        """Describe the figure of a sample and its baseline.

        Parameters
        ----------
        baseline_data, sample_data
            A `Spectrum`, what `CSVParser` or `AINormalizer` gave, a pair of arrays, or columns by
            name (a dict or a data frame).
        baseline_name, sample_name
            For legend and title.
        title
            None for "sample vs baseline"; empty for none.
        difference, ratio, bands
            As for `figmill.spectra.SpectraRecipe`.

        Returns
        -------
        Figure
            With ``save(path)``, ``to_bytes("png")`` and ``to_matplotlib()``.

        Raises
        ------
        figmill.errors.InputError
            If the data are no spectra, or cannot be compared.
        """
        baseline = replace(as_spectrum(baseline_data), name=baseline_name)
        sample = same_axis(baseline, replace(as_spectrum(sample_data), name=sample_name))
        kind = self.processing.kind or common_kind(baseline, sample)
        baseline = self.processing(baseline.to_kind(kind))
        sample = self.processing(sample.to_kind(kind))
        return overlay(
            baseline,
            sample,
            replace(self.look, rescaled=self.processing.rescales),
            title=f"{sample_name} vs {baseline_name}" if title is None else title,
            compared=compare(baseline, sample),
            difference=difference,
            ratio=ratio,
            bands=[Band.parse(text) for text in bands],
        )


def as_spectrum(data: Any) -> Spectrum:
    """A spectrum from whatever holds one.

    Raises
    ------
    figmill.errors.InputError
        If nothing in it is one.
    """
    for name in ("normalized_data", "spectrum", "data"):
        held = getattr(data, name, None)
        if isinstance(held, Spectrum | Table):
            return as_spectrum(held)
    if isinstance(data, Spectrum):
        return data
    if isinstance(data, Table):
        structure = understand(data)
        plan = plan_by_rules(data, structure)
        return apply_plan(plan, data, evidence=structure.evidence, notes=structure.notes)
    columns = _columns(data)
    if columns is None:
        raise InputError(
            f"{type(data).__name__} holds no spectrum.",
            hint="Give a Spectrum, columns by name, or a pair of arrays.",
        )
    return columns


def _columns(data: Any) -> Spectrum | None:
    if isinstance(data, tuple | list) and len(data) == 2:
        return Spectrum(np.asarray(data[0], float), np.asarray(data[1], float))
    names = list(data) if isinstance(data, Mapping) else list(getattr(data, "columns", ()))
    if not names:
        return None
    values = np.column_stack([np.asarray(data[name], dtype=np.float64) for name in names])
    words = tuple(str(name) for name in names)
    table = Table(values, words, ("",) * len(words), Notation("memory", None, "."))
    return as_spectrum(table)
