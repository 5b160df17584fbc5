"""Files read one by one: what is in them, how sure that is, and what to do where it is not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import blake3

from figmill.errors import FigmillError, InputError
from figmill.read.text_table import Table
from figmill.spectra.llm import LanguageModel, LlmPlanner
from figmill.spectra.read.apply import apply_plan, check_against
from figmill.spectra.read.beside import read_evened
from figmill.spectra.read.blocks import blocks_of
from figmill.spectra.read.columns import Structure, understand
from figmill.spectra.read.files import (
    SURE,
    check_packed,
    read_bytes,
    read_spectrum,
    reader_of,
)
from figmill.spectra.read.plan import Plan, plan_by_rules
from figmill.spectra.reading import Reading
from figmill.spectra.spectrum import Evidence, Spectrum


@dataclass(frozen=True, slots=True)
class FileStructure:
    """How a file is understood.

    Parameters
    ----------
    format
        What people call the format.
    confidence
        The product of the evidence's factors, 0 to 1; below 0.8 a normaliser is worth asking.
    evidence
        What speaks for it, and how strongly.
    encoding, delimiter, decimal
        Of text files.
    columns
        All names of columns.
    x_column, y_column
        Those that are read.
    x_quantity, x_unit, y_kind
        What they hold.
    rows
        How many points there are.
    """

    format: str
    confidence: float
    evidence: tuple[Evidence, ...]
    encoding: str = ""
    delimiter: str | None = None
    decimal: str = "."
    columns: tuple[str, ...] = ()
    x_column: str = ""
    y_column: str = ""
    x_quantity: str = ""
    x_unit: str = ""
    y_kind: str = ""
    rows: int = 0

    @property
    def needs_normalization(self) -> bool:
        """Whether confidence is below 0.8."""
        return self.confidence < SURE


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What `CSVParser.parse_file` gives.

    ``data`` is the table of a text file, or the spectrum of any other format; None without
    success. A file that reads well but is not understood has data, and a confidence of 0.

    Attributes
    ----------
    structure
        What was found out of the file.
    spectrum
        The spectrum, where the file was understood.
    errors, warnings
        Sentences.
    file
        Its name.
    """

    success: bool
    data: Table | Spectrum | None = None
    structure: FileStructure = field(default_factory=lambda: FileStructure("", 0.0, ()))
    spectrum: Spectrum | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    file: str = ""


class CSVParser:
    """Reads files without raising: what is wrong stands in the result."""

    def parse_file(self, path: str | Path) -> ParseResult:
        """Read a file of any supported format.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        ParseResult
            With ``success``, ``data``, ``structure`` and ``errors``.
        """
        file = Path(path)
        try:
            data = read_bytes(file)
            if reader_of(data, file.name) is not None:
                return _of_spectrum(read_spectrum(file))
            check_packed(data, file)
            table = blocks_of(read_evened(file, data))[0].table
        except FigmillError as error:
            return ParseResult(False, errors=(str(error),), file=str(file))
        return _of_table(file, table)


@dataclass(frozen=True, slots=True)
class NormalizationResult:
    """What `AINormalizer.normalize_csv` gives.

    Parameters
    ----------
    success
        Whether the plan was applied; a plan of low confidence is not.
    normalized_data
        The spectrum; None without success.
    plan
        The steps.
    confidence_score, confidence_level
        The plan's, 0 to 100: high from 90, medium from 70, else low.
    used
        Who planned.
    fallback
        Whether the model was asked and gave no plan that could be used.
    cached
        Whether the plan was known from before.
    cost
        What asking the model cost, in the currency of its prices.
    warnings, errors
        What is doubtful, and what went wrong.
    """

    success: bool
    normalized_data: Spectrum | None
    plan: Plan | None
    confidence_score: float
    confidence_level: Literal["high", "medium", "low"]
    used: Literal["rules", "llm"]
    fallback: bool = False
    cached: bool = False
    cost: float = 0.0
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class AINormalizer:
    """Proposes how a table becomes a spectrum, and carries that out.

    Parameters
    ----------
    language_model
        The model to ask; None asks no one: deterministic rules, no network.
    accept_low
        Apply plans that score below 70, too.
    """

    def __init__(
        self, language_model: LanguageModel | None = None, *, accept_low: bool = False
    ) -> None:
        self.language_model = language_model
        self.accept_low = accept_low
        self._rules: dict[tuple[str, bool], NormalizationResult] = {}

    async def normalize_csv(self, data: Any, file_path: str | Path = "") -> NormalizationResult:
        """Plan, apply and check.

        Parameters
        ----------
        data
            What `CSVParser.parse_file` gave as data, or columns by name.
        file_path
            The file that it came from; the cache goes by its content.
        """
        return await asyncio.to_thread(self._normalize, data, str(file_path))

    def reading(self) -> Reading:
        """How a batch reads files with this normaliser."""
        if self.language_model is None:
            return Reading(accept_low=self.accept_low)
        return Reading(
            accept_low=self.accept_low, normalizer="llm", language_model=self.language_model
        )

    def _normalize(self, data: Any, file_path: str) -> NormalizationResult:
        from figmill.spectra.graphs import as_spectrum

        if not isinstance(data, Table):
            try:
                made = as_spectrum(data)
            except InputError as error:
                return _failed(str(error))
            score = 100 * made.confidence
            return NormalizationResult(True, made, None, score, _level(score), "rules")
        content = _digest(data, file_path)
        known = self._rules.get((content, self.accept_low))
        if known is not None and self.language_model is None:
            return known
        structure: Structure | None = None
        doubt = ""
        try:
            structure = understand(data)
        except InputError as error:
            doubt = str(error)
        if self.language_model is not None:
            return self._by_model(data, structure, doubt, file_path)
        result = self._by_rules(data, structure, doubt)
        self._rules[content, self.accept_low] = result
        return result

    def _by_rules(
        self, table: Table, structure: Structure | None, doubt: str, *notes: str
    ) -> NormalizationResult:
        fallback = bool(notes)
        if structure is None:
            return _failed(doubt, *notes, fallback=fallback)
        plan = plan_by_rules(table, structure)
        if plan.level == "low" and not self.accept_low:
            return _failed(
                f"the plan scores {plan.score:g} of 100, which is low", *notes,
                plan=plan, fallback=fallback,
            )  # fmt: skip
        try:
            made = apply_plan(plan, table, evidence=structure.evidence, notes=structure.notes)
        except InputError as error:
            return _failed(str(error), *notes, plan=plan, fallback=fallback)
        return NormalizationResult(
            True, made, plan, plan.score, plan.level, "rules", fallback,
            warnings=(*made.warnings, *notes),
        )  # fmt: skip

    def _by_model(
        self, table: Table, structure: Structure | None, doubt: str, file_path: str
    ) -> NormalizationResult:
        assert self.language_model is not None
        data = Path(file_path).read_bytes() if file_path else table.values.tobytes()
        answer = LlmPlanner(self.language_model)(table, structure, data)
        plan = answer.plan
        if plan is None:
            return self._by_rules(table, structure, doubt, answer.note)
        if plan.level == "low" and not self.accept_low:
            note = f"The model's plan scores {plan.score:g}, which is low."
            return self._by_rules(table, structure, doubt, note)
        try:
            unsaid = check_against(plan, table, structure)
            evidence = (Evidence("a model's plan", plan.score / 100),)
            made = apply_plan(plan, table, evidence=evidence, notes=unsaid)
        except InputError as error:
            return self._by_rules(table, structure, doubt, error.message)
        return NormalizationResult(
            True, made, plan, plan.score, plan.level, "llm", cached=answer.cached,
            cost=answer.cost, warnings=made.warnings,
        )  # fmt: skip


def _of_spectrum(spectrum: Spectrum) -> ParseResult:
    structure = FileStructure(
        spectrum.format,
        spectrum.confidence,
        spectrum.evidence,
        x_quantity=spectrum.x_quantity,
        x_unit=spectrum.x_unit,
        y_kind=spectrum.y_kind,
        rows=spectrum.x.size,
    )
    return ParseResult(
        True, spectrum, structure, spectrum, warnings=spectrum.warnings, file=spectrum.source
    )


def _of_table(file: Path, table: Table) -> ParseResult:
    notation = table.notation
    common: dict[str, Any] = {
        "encoding": notation.encoding,
        "delimiter": notation.delimiter,
        "decimal": notation.decimal,
        "columns": table.columns,
        "rows": len(table),
    }
    try:
        found = understand(table)
    except InputError as error:
        structure = FileStructure("text", 0.0, (Evidence(error.message, 0.0),), **common)
        return ParseResult(True, table, structure, warnings=(str(error),), file=str(file))
    structure = FileStructure(
        "text",
        found.confidence,
        found.evidence,
        x_column=table.columns[found.x],
        y_column=table.columns[found.y],
        x_quantity=found.x_quantity,
        x_unit=found.x_unit,
        y_kind=found.y_kind,
        **common,
    )
    told = tuple(item.what for item in found.evidence if item.factor < 0.95)
    return ParseResult(True, table, structure, warnings=told, file=str(file))


def _failed(
    error: str, *notes: str, plan: Plan | None = None, fallback: bool = False
) -> NormalizationResult:
    score = plan.score if plan is not None else 0.0
    return NormalizationResult(
        False, None, plan, score, _level(score), "rules", fallback, warnings=notes, errors=(error,)
    )


def _level(score: float) -> Literal["high", "medium", "low"]:
    return "high" if score >= 90 else "medium" if score >= 70 else "low"


def _digest(table: Table, file_path: str) -> str:
    words = "\0".join((*table.names, *table.units, file_path))
    return str(blake3.blake3(words.encode() + table.values.tobytes()).hexdigest())
