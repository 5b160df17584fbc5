"""What the stage knows of each run: one row a run, from the raw file's header."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from figmill.chip.identity import head_of
from figmill.chip.names import Chip, chip_of, file_name, is_name, is_too_long
from figmill.chip.start import ANYHOW, FROM_FILE, StartRule, find_start
from figmill.chip.units import factor, read_quantity, split_name
from figmill.errors import ConfigError, InputError
from figmill.item import JSON
from figmill.notes import Note, dump, load
from figmill.read.pymeasure import Results
from figmill.read.results_body import NO_READING

# Name in the raw file -> name here and the unit that its number is brought to.
PARAMETERS: Mapping[str, tuple[str, str]] = {
    "VDS": ("vds_v", "V"),
    "IDS": ("ids_a", "A"),
    "Ids": ("ids_a", "A"),
    "VG": ("vg_fixed_v", "V"),
    "VG start": ("vg_start_v", "V"),
    "VG end": ("vg_end_v", "V"),
    "VG step": ("vg_step_v", "V"),
    "VSD start": ("vsd_start_v", "V"),
    "VSD end": ("vsd_end_v", "V"),
    "VSD step": ("vsd_step_v", "V"),
    "Laser wavelength": ("wavelength_nm", "nm"),
    "Laser voltage": ("laser_voltage_v", "V"),
    "Laser voltage start": ("laser_voltage_start_v", "V"),
    "Laser voltage end": ("laser_voltage_end_v", "V"),
    "Laser voltage step": ("laser_voltage_step_v", "V"),
    "Laser ON+OFF period": ("laser_period_s", "s"),
    "Laser power": ("power_w", "W"),
}
TEXTS: Mapping[str, str] = {
    "Optical fiber": "optical_fiber",
    "Sample": "sample",
    "Information": "information",
    "Procedure version": "procedure_version",
}
NUMBERS = tuple(dict.fromkeys(name for name, _ in PARAMETERS.values()))
# Other names of these in trees staged elsewhere.
RENAMED = {"laser_voltage_V": "laser_voltage_v", "ids_v": "ids_a"}

UNITS = {"t": "s", "I": "A", "VL": "V", "Vg": "V", "VDS": "V", "Power": "W"}
"""The unit in which figures and calibrations take a column that names none."""

CALIBRATION = "LaserCalibration"
"""The procedure that measures power over laser voltage; its runs belong to no chip."""

NO_GROUP = "Chip"
"""The group of chips that have a number alone."""


def describe_run(
    results: Results,
    source: str,
    timezone: str = "UTC",
    file_time: float | None = None,
    rule: StartRule = ANYHOW,
) -> dict[str, JSON]:
    """The manifest's row of a raw file.

    Parameters
    ----------
    results
        What was read.
    source
        The file's name, relative to the raw folder.
    timezone
        The lab's time zone, which decides the dates, and is that of starts that name none.
    file_time
        When the file was last written, in seconds since 1970: the start where nothing else tells.
    rule
        Where the start stands.

    Raises
    ------
    figmill.errors.InputError
        Nothing says when it was measured.
    """
    notes = list(results.notes)
    row: dict[str, JSON] = dict.fromkeys((*NUMBERS, *TEXTS.values()))
    for name, text in results.parameters.items():
        if name in PARAMETERS:
            key, unit = PARAMETERS[name]
            value, known = _number(name, text, unit, notes), row[key]
            if None not in (value, known) and value != known:
                told = f"another name of it gave {known} {unit}; the last value, {text!r}, counts"
                notes.append(Note.doubt("parameter-repeated", told, name))
            row[key] = value
        elif name in TEXTS and text not in ("", "None"):
            row[TEXTS[name]] = text
    group = results.parameters.get("Chip group name", "").strip()
    row["chip_group"] = group if group not in ("", "None") else None
    chip = _chip(results.parameters.get("Chip number"), notes)
    row["chip_number"] = chip if isinstance(chip, int) else None
    row["chip_label"] = None if chip is None else str(chip)
    if chip is not None and is_too_long(group, chip):
        raise InputError(
            f"Group and chip make a name that is too long: {group + str(chip)!r:.60}...",
            file=source,
            place="Chip group name",
            hint="Shorten them in the raw file: together 60 letters always fit.",
        )
    if chip is not None and group and not is_name(group):
        called = file_name(group, chip)
        text = f"it is {group!r}, which is not a file's name: files are called {called}"
        notes.append(Note.info("group-not-a-name", text, "Chip group name"))
    if chip is not None and row["chip_group"] is None:
        text = f"no group is named: the run is listed under {NO_GROUP!r}"
        notes.append(Note.doubt("group-assumed", text, "Chip group name"))
    if results.procedure == CALIBRATION:
        if row["wavelength_nm"] is None:
            text = "the calibration names no wavelength: no power is taken from it"
            notes.append(Note.loss("calibration-unused", text, "Laser wavelength"))
    elif results.parameters.get("Chip number", "").strip() in ("", "None"):
        text = "the file names no chip: the run is in no history"
        notes.append(Note.loss("chip-not-named", text, "Chip number"))
    for name in results.columns:
        quantity, unit = split_name(name)
        if quantity in UNITS and not unit:
            text = f"it has no unit; {UNITS[quantity]} is assumed"
            notes.append(Note.doubt("unit-assumed", text, f"column {name!r}"))
    zone = zone_of(timezone)
    begun = find_start(results.metadata, results.parameters, source, zone, file_time, rule)
    notes += begun.notes
    start, origin = begun.seconds, begun.origin
    local = datetime.fromtimestamp(start, zone)
    wavelength, voltage = row["wavelength_nm"], row["laser_voltage_v"]
    ramp = row["laser_voltage_end_v"]
    row |= {
        "proc": results.procedure,
        "run_id": run_id(results, row["chip_group"], chip, start if origin != FROM_FILE else 0.0),
        "start_time": start,
        "start_time_utc": datetime.fromtimestamp(start, UTC).isoformat(sep=" "),
        "date_local": local.strftime("%Y-%m-%d"),
        "datetime_local": local.strftime("%Y-%m-%d %H:%M:%S"),
        "date_origin": origin,
        "has_light": bool(wavelength) and bool(voltage or ramp or row["power_w"]),
        "rows": results.rows,
        "head": head_of(results.body),
        "columns": list(results.columns),
        "source_file": source,
        "sensor_model": results.metadata.get("Sensor model"),
        "notes": written(notes),
    }
    return row


def written(notes: Sequence[Note]) -> list[str]:
    """Write notes as a manifest keeps them, a text each."""
    return [dump([note]) for note in notes]


def read_notes(texts: object) -> list[Note]:
    """Read what `written` wrote; a text of an earlier figmill is an info."""
    found: list[Note] = []
    for text in texts if isinstance(texts, list) else ():
        try:
            found += load(str(text))
        except ValueError:
            found.append(Note.info("said-by-an-earlier-figmill", str(text)))
    return found


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises
    ------
    figmill.errors.ConfigError
        There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"There is no time zone {name!r}.",
            place="timezone",
            hint="Use a name such as UTC, Europe/Berlin or America/Santiago.",
        ) from error


def run_id(results: Results, group: Any, number: Any, start: float) -> str:
    """16 hexadecimal digits that depend on procedure, chip, start and content alone."""
    digest = hashlib.sha256()
    for part in (results.procedure, str(group), str(number), repr(start)):
        digest.update(part.encode() + b"\0")
    digest.update(results.body)
    return digest.hexdigest()[:16]


def run_folder(proc: str, date: str, run: str) -> str:
    """Where a run lies below the stage."""
    return f"raw_measurements/proc={proc}/date={date}/run_id={run}"


def _number(name: str, text: str, unit: str, notes: list[Note]) -> float | None:
    found = read_quantity(text)
    if found is not None and abs(found.value) >= NO_READING:
        notes.append(Note.loss("parameter-no-reading", f"it is {text!r}: no reading", name))
        return None
    if text not in ("", "None") and (found is None or not math.isfinite(found.value)):
        notes.append(Note.loss("parameter-not-a-number", f"it is {text!r}", name))
    if found is None:
        return None
    if not found.unit:
        # The wavelength is written without unit by the laboratory's program.
        if unit != "nm":
            notes.append(Note.doubt("unit-assumed", f"it has no unit; {unit} is assumed", name))
        return found.value
    times = factor(found.unit, unit)
    if times is None:
        text = f"it is in {found.unit!r}, which is not understood, and is left out"
        notes.append(Note.loss("unit-not-understood", text, name))
        return None
    return found.value if times == 1.0 else found.value * times


def _chip(text: str | None, notes: list[Note]) -> Chip | None:
    text = (text or "").strip()
    if text in ("", "None"):
        return None
    if text.lower() in ("nan", "inf", "-inf"):
        told = f"it is {text!r}, which names no chip: the run is in no history"
        notes.append(Note.loss("chip-number-not-a-number", told, "Chip number"))
        return None
    chip = chip_of(text)
    if isinstance(chip, str):
        told = f"it is {text!r}, which is not a whole number: the chip goes by this name"
        notes.append(Note.info("chip-goes-by-name", told, "Chip number"))
    return chip
