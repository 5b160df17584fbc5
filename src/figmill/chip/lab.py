"""A lab's own names: its procedures, columns, settings and chips, brought to those of figmill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from figmill.chip.start import StartRule
from figmill.chip.units import split_name
from figmill.config.model import Model, suggestion
from figmill.config.yaml_file import load
from figmill.errors import ConfigError, InputError, OptionError
from figmill.notes import Note
from figmill.read.pymeasure import Results
from figmill.read.results_body import Column

SETTINGS: Mapping[str, str] = {
    "vds": "VDS",
    "ids": "IDS",
    "vg": "VG",
    "vg_start": "VG start",
    "vg_end": "VG end",
    "vg_step": "VG step",
    "wavelength": "Laser wavelength",
    "laser_voltage": "Laser voltage",
    "power": "Laser power",
    "laser_period": "Laser ON+OFF period",
}
"""What a lab file calls a setting, and what the raw files of figmill's own procedures call it."""

LIGHT = "light"
_LIT, _DARK = 1.0, 0.0
_FIELD = re.compile(r"\{([^{}]*)\}")


def _patterns(given: object) -> object:
    return (given,) if isinstance(given, str) else given


Patterns = Annotated[tuple[str, ...], BeforeValidator(_patterns), Field(min_length=1)]


class LightColumn(Model):
    """A column that tells whether there was light.

    Parameters
    ----------
    column
        Its name.
    lit
        What it holds where there is light.
    """

    column: str
    lit: float | str | bool = 1.0


class ProcedureMap(Model):
    """What a lab's procedure is to figmill.

    Parameters
    ----------
    as_
        The procedure that figmill knows: ``IVg``, ``It``, ``Vt``, ``VVg``; any other name stays.
    columns
        figmill's name, and the lab's: a name without unit, or a pattern with ``*``; or several.
    settings
        figmill's name of a setting, see `SETTINGS`, and the lab's.
    """

    as_: str | None = Field(default=None, alias="as", pattern=r"^[\w-]+$")
    columns: dict[str, Patterns | LightColumn] = Field(default_factory=dict)
    settings: dict[str, str] = Field(default_factory=dict)


class ChipMap(Model):
    """How a chip is called.

    Parameters
    ----------
    group, name
        Texts with names of settings in braces: ``"{Die}-{Device}"``.
    """

    group: str | None = None
    name: str | None = None


_ANY: tuple[Literal["epoch", "iso", "ctime", "date"], ...] = ("epoch", "iso", "ctime", "date")


class StartMap(Model):
    """Where the start of a run stands.

    Parameters
    ----------
    header
        The name of the setting or of the metadata.
    otherwise
        What is taken where it is missing: the date of the file's name and else its time, or its
        time at once.
    formats
        Which forms a start may have, see `figmill.chip.start.FORMS`.
    """

    header: str = "Start time"
    otherwise: Literal["name", "file_time"] = Field(default="name", alias="else")
    formats: tuple[Literal["epoch", "iso", "ctime", "date"], ...] = _ANY

    @property
    def rule(self) -> StartRule:
        """The same, for `find_start`."""
        return StartRule(self.header, self.formats, self.otherwise == "name")


class Lab(Model):
    """A lab's names.

    Parameters
    ----------
    chip
        What its chips are called.
    start
        Where its starts stand.
    procedures
        By the lab's name of each.
    """

    chip: ChipMap = Field(default_factory=ChipMap)
    start: StartMap = Field(default_factory=StartMap)
    procedures: dict[str, ProcedureMap] = Field(default_factory=dict)


def load_lab(path: str | Path) -> Lab:
    """Read and check a lab file.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong with it, each with its line.
    """
    file = load(path)
    if not isinstance(file.data, dict):
        raise file.error("The lab file is not a mapping.", hint="It needs at least: procedures.")
    try:
        lab = Lab.model_validate(file.data)
    except OptionError as error:
        fault = error.faults[0]
        raise file.error(
            fault.told(".".join(map(str, fault.way))), fault.way, key=True, hint=fault.hint
        ) from error
    for name, mapping in lab.procedures.items():
        for setting in mapping.settings:
            if setting not in SETTINGS:
                raise file.error(
                    f"There is no setting {setting!r}.",
                    ("procedures", name, "settings", setting),
                    key=True,
                    hint=suggestion(setting, SETTINGS),
                )
    return lab


def translated(results: Results, lab: Lab, file: str) -> Results:
    """Results with figmill's names.

    Parameters
    ----------
    results
        As they were read.
    lab
        The lab's names.
    file
        The file's name, for messages.

    Returns
    -------
    Results
        With the notes of what a mapping did not find. Columns that no mapping names stay.

    Raises
    ------
    figmill.errors.InputError
        The chip's name needs a setting that the file lacks.
    """
    notes: list[Note] = []
    parameters = dict(results.parameters)
    known = {**results.metadata, **results.parameters}
    if lab.chip.group is not None:
        parameters["Chip group name"] = _filled(lab.chip.group, known, file)
    if lab.chip.name is not None:
        parameters["Chip number"] = _filled(lab.chip.name, known, file)
    mapping = lab.procedures.get(results.procedure)
    if mapping is None:
        if lab.procedures:
            text = f"the lab file does not name {results.procedure}: its columns stay as they are"
            notes.append(Note.info("procedure-not-mapped", text))
        return replace(results, parameters=parameters, notes=(*results.notes, *notes))
    for setting, name in mapping.settings.items():
        if name in known:
            parameters[SETTINGS[setting]] = known[name]
        else:
            text = f"the lab file's setting {name!r} is not in the header: {setting} is not known"
            notes.append(Note.loss("setting-not-found", text))
    columns = _renamed(results.columns, mapping, notes)
    return replace(
        results,
        procedure=mapping.as_ or results.procedure,
        parameters=parameters,
        columns=columns,
        notes=(*results.notes, *notes),
    )


def _filled(text: str, known: Mapping[str, str], file: str) -> str:
    """A text with the settings that it names."""

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name not in known:
            raise InputError(
                f"The chip's name needs the setting {name!r}, which the header lacks.",
                file=file,
                place="#Parameters",
                hint=f"Correct chip in the lab file; there are: {', '.join(known) or 'none'}.",
            )
        return known[name]

    return _FIELD.sub(value, text)


def _renamed(
    columns: Mapping[str, Column], mapping: ProcedureMap, notes: list[Note]
) -> dict[str, Column]:
    """The columns under figmill's names, each with the unit it was written with."""
    names: dict[str, str] = {}
    light: tuple[str, LightColumn] | None = None
    for quantity, wanted in mapping.columns.items():
        patterns = (wanted.column,) if isinstance(wanted, LightColumn) else wanted
        fits = [
            name
            for pattern in patterns
            for name in columns
            if name not in names and _fits(name, pattern)
        ]
        if not fits:
            text = f"the lab file's column {' or '.join(patterns)!r} is not in the file"
            notes.append(Note.loss("column-not-found", text, quantity))
            continue
        if len({*fits}) > 1:
            text = f"several columns fit it; the first, {fits[0]!r}, is taken"
            notes.append(Note.doubt("columns-alike", text, quantity))
        if isinstance(wanted, LightColumn) or quantity == LIGHT:
            rule = wanted if isinstance(wanted, LightColumn) else LightColumn(column=fits[0])
            light = fits[0], rule
        else:
            unit = split_name(fits[0])[1]
            names[fits[0]] = f"{quantity} ({unit})" if unit else quantity
    result: dict[str, Column] = {}
    for name, values in columns.items():
        new = names.get(name, name)
        if new in result:
            text = f"another column is called {new!r}, too; the first counts"
            notes.append(Note.doubt("columns-alike", text, name))
            new = f"{new} [2]"
        result[new] = values
    if light is not None:
        result["VL (V)"] = _lit(columns[light[0]], light[1].lit)
        text = f"it tells where there is light; VL is {_LIT:g} V there, and {_DARK:g} V elsewhere"
        notes.append(Note.info("light-from-column", text, f"column {light[0]!r}"))
    return result


def _fits(name: str, pattern: str) -> bool:
    wanted = pattern.casefold()
    return any(
        fnmatchcase(one.casefold(), wanted) or one.casefold() == wanted
        for one in (name, split_name(name)[0])
    )


def _lit(values: Column, lit: float | str | bool) -> Column:
    if isinstance(values, tuple):
        wanted = str(lit).casefold()
        mask = np.array([text.casefold() == wanted for text in values])
    else:
        try:
            mask = values == float(lit)
        except ValueError as error:
            raise ConfigError(
                f"The light's column holds numbers, and lit is {lit!r}.",
                place="light",
                hint="Give the number that it holds where there is light.",
            ) from error
    return np.where(mask, _LIT, _DARK)
