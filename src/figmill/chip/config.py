"""Configurations: what to draw of a chip, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from figmill.chip.look import Look
from figmill.chip.names import LONGEST_NAME, Chip, chip_of, file_name, is_name, spoken_name
from figmill.chip.plots import ChipPlot, broken_plot_types, plot_types
from figmill.chip.sequences import Asked, parse_sequence
from figmill.chip.tree import USUAL_GROUP
from figmill.config.model import Model, suggestion, together
from figmill.config.yaml_file import Document, load, loads
from figmill.errors import ConfigError, OptionError
from figmill.formats import FORMATS, NAMES

GROUP = USUAL_GROUP
TOP = ("chip", "chip_group", "output_base", "formats", "defaults", "plots")
OWN = ("type", "seq", "select", "tag", "chip", "chip_group")


class Select(Model):
    """Runs asked for by what they are, since numbers are brittle.

    Parameters
    ----------
    proc
        The procedure; by default that of the plot type.
    wavelength_nm, vg, laser_voltage, vds
        One value, or several of which any may fit.
    has_light
        Lit or dark runs only.
    last
        Of what fits, the last so many.
    """

    proc: str | None = None
    wavelength_nm: float | tuple[float, ...] | None = None
    vg: float | tuple[float, ...] | None = None
    laser_voltage: float | tuple[float, ...] | None = None
    vds: float | tuple[float, ...] | None = None
    has_light: bool | None = None
    last: int | None = Field(default=None, ge=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a configuration, with all defaults filled in.

    Parameters
    ----------
    plot
        The plot type with its options.
    chip, group
        The chip.
    asked
        Run numbers; None where `select` or all runs are meant.
    select
        Metadata of the runs.
    tag
        The last part of the files' names; empty for the run numbers.
    look
        How the figures look.
    file, where
        The place in the configuration, for messages.
    values
        What the configuration says, defaults included.
    group_given
        Whether a group was named; else `group` stands for that of the stage.
    """

    plot: ChipPlot
    chip: Chip
    group: str = GROUP
    asked: Asked | None = None
    select: Select | None = None
    tag: str = ""
    look: Look = field(default_factory=Look)
    file: str = ""
    where: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    group_given: bool = True

    @property
    def chip_name(self) -> str:
        """Group and number, as people read them."""
        return spoken_name(self.group, self.chip)

    @property
    def file_name(self) -> str:
        """Group and number, as names of files have them."""
        return file_name(self.group, self.chip)

    def error(self, message: str, hint: str = "") -> ConfigError:
        """An error at this entry."""
        return ConfigError(message, file=self.file or None, place=self.where or None, hint=hint)


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """A configuration.

    Parameters
    ----------
    chip, group
        The chip.
    entries
        What to draw.
    output_base
        The output folder where none is given.
    formats
        File formats where none are given.
    group_given
        Whether a group was named; else `group` stands for that of the stage.
    """

    chip: Chip
    group: str
    entries: tuple[Entry, ...]
    output_base: Path | None = None
    formats: tuple[str, ...] = ()
    group_given: bool = True


def load_config(path: str | Path) -> BatchConfig:
    """Read and check a configuration; nothing but the file itself is looked at.

    Raises
    ------
    figmill.errors.ConfigError
        Something is wrong with it: all that is, each with its line.
    """
    return build_config(load(path))


def config_of(text: str) -> BatchConfig:
    """A configuration from a text; see `load_config`."""
    return build_config(loads(text))


def build_config(file: Document) -> BatchConfig:
    """Check a configuration's values; see `load_config`."""
    problems: list[ConfigError] = []

    def wrong(message: str, hint: str | None, *place: str | int) -> None:
        problems.append(file.error(message, place, key=True, hint=hint))

    data = file.data
    if not isinstance(data, dict):
        wrong("The configuration is not a mapping.", "It needs at least: chip, plots.")
        raise together(problems)
    for key in data:
        if key not in TOP:
            wrong(f"Unknown key {key!r}.", suggestion(key, TOP), key)
    chip, group = data.get("chip"), data.get("chip_group")
    for key, message, hint in _wrong_chip(chip, group):
        wrong(message, hint, key)
    base = data.get("output_base")
    if base is not None and (not isinstance(base, str) or not base.strip()):
        wrong(f"output_base is {base!r}.", "Give a folder.", "output_base")
        base = None
    formats = data.get("formats") or []
    formats = [formats] if isinstance(formats, str) else formats
    if not isinstance(formats, list) or not all(kind in FORMATS for kind in formats):
        wrong(f"formats is {formats!r}.", f"List any of {NAMES}.", "formats")
        formats = []
    defaults = data.get("defaults") or {}
    if not isinstance(defaults, dict):
        wrong(
            "defaults is not a mapping.",
            "Write options under it: legend_by: wavelength.",
            "defaults",
        )
        defaults = {}
    known = {name for plot in plot_types().values() for name in plot.model_fields}
    for key in defaults:
        if key not in known and key not in Look.model_fields:
            near = suggestion(key, known | set(Look.model_fields))
            wrong(f"No plot type has the option {key!r}.", near, "defaults", key)
    plots = data.get("plots")
    if not isinstance(plots, list) or not plots:
        wrong("plots is empty.", "List what to draw: - type: plot-its, seq: 4-7.", "plots")
        plots = []
    entries = []
    for index, values in enumerate(plots):
        made = make_entry(
            values,
            defaults,
            chip,
            group,
            Blame(file, ("plots", index), values if isinstance(values, dict) else {}, defaults),
        )
        if isinstance(made, Entry):
            entries.append(made)
        else:
            problems += made
    if problems or chip is None:
        raise together(problems)
    return BatchConfig(
        _chip(chip),
        group or GROUP,
        tuple(entries),
        None if base is None else Path(base),
        tuple(formats),
        group is not None,
    )


@dataclass(frozen=True, slots=True)
class Blame:
    """Makes errors at the place where an entry's value was written.

    Parameters
    ----------
    file
        The configuration; None for an entry that comes from elsewhere.
    place
        The way to the entry.
    values, defaults
        Which keys the entry and the defaults have.
    """

    file: Document | None = None
    place: tuple[str | int, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, message: str, hint: str | None, *place: str | int) -> ConfigError:
        """An error at the entry, or at one of its keys."""
        if self.file is None:
            told = any(str(part) in message for part in place)
            return ConfigError(
                message, place=None if told else ".".join(map(str, place)) or None, hint=hint
            )
        if place and place[0] not in self.values and place[0] in self.defaults:
            return self.file.error(message, ("defaults", *place), key=True, hint=hint)
        return self.file.error(message, (*self.place, *place), key=True, hint=hint)

    def faults(self, error: OptionError, *place: str) -> list[ConfigError]:
        """Errors at each of the keys that a model below ``place`` refuses."""
        ways = [(*place, *fault.way) for fault in error.faults]
        return [
            self(fault.told(".".join(map(str, way))), fault.hint, *way)
            for way, fault in zip(ways, error.faults, strict=True)
        ]

    @property
    def line(self) -> str:
        """The entry's line."""
        return "" if self.file is None else f"line {self.file.mark(self.place).line}"


def make_entry(
    values: Any, defaults: Mapping[str, Any], chip: Chip | None, group: str | None, wrong: Blame
) -> Entry | list[ConfigError]:
    """Check one entry.

    Parameters
    ----------
    values
        Its keys and values.
    defaults
        Options for every type that has them.
    chip, group
        The chip, where the entry names no other.
    wrong
        Makes the errors.

    Returns
    -------
    Entry or list of ConfigError
        All that is wrong with it.
    """
    if not isinstance(values, dict):
        return [
            wrong("An entry of plots is not a mapping.", "Write it as - type: plot-its, seq: 4-7.")
        ]
    chip, group = values.get("chip", chip), values.get("chip_group", group)
    # What the whole configuration says of the chip is checked once, by whom it was read.
    problems = [
        wrong(message, hint, key)
        for key, message, hint in _wrong_chip(chip, group)
        if key in values or wrong.file is None
    ]
    kind = plot_types().get(str(values.get("type")))
    if kind is None:
        broken = broken_plot_types()
        called = str(values.get("type"))
        if error := broken.get(called) or broken.get(called.removeprefix("plot-")):
            return [wrong(error.message, error.hint or "", "type")]
        said = (
            f"Unknown plot type {values['type']!r}." if "type" in values else "A type is missing."
        )
        return [wrong(said, suggestion(values.get("type"), plot_types()), "type")]
    options: dict[str, Any] = {}
    look: dict[str, Any] = {}
    for key, value in (*defaults.items(), *values.items()):
        if key in kind.model_fields:
            options[key] = value
        elif key in Look.model_fields:
            look[key] = value
        elif key in values and key not in OWN:
            hint = suggestion(key, (*OWN, *kind.model_fields, *Look.model_fields))
            problems.append(wrong(f"{kind.type} has no option {key!r}.", hint, key))
    plot, made, select, asked = None, Look(), None, None
    try:
        plot = kind(**options)
    except OptionError as error:
        problems += wrong.faults(error)
    try:
        made = Look(**look)
    except OptionError as error:
        problems += wrong.faults(error)
    if "select" in values:
        try:
            select = Select.model_validate(values["select"])
        except OptionError as error:
            problems += wrong.faults(error, "select")
    if "seq" in values:
        try:
            asked = parse_sequence(values["seq"])
        except ConfigError as error:
            problems.append(wrong(error.message, error.hint, "seq"))
    elif "select" not in values:
        problems.append(
            wrong("An entry names no runs.", 'Give seq: "52-58", or select: with metadata.')
        )
    tag = values.get("tag")
    tag = "" if tag is None else str(tag)
    if tag and not is_name(tag):
        problems.append(
            wrong(
                f"The tag {tag!r} cannot be part of a file's name.",
                "Use letters, digits, blanks, _ - + . and the like; no / and no dot in front.",
                "tag",
            )
        )
    if problems or plot is None or chip is None:
        return problems
    file = "" if wrong.file is None else str(wrong.file.path)
    legend = {key: defaults[key] for key in ("legend_by",) if key in defaults}
    written = {**legend, **options, **look, **values}
    return Entry(
        plot,
        _chip(chip),
        group or GROUP,
        asked,
        select,
        tag,
        made,
        file,
        wrong.line,
        written,
        group is not None,
    )


def _wrong_chip(chip: Any, group: Any) -> list[tuple[str, str, str]]:
    found = []
    if isinstance(chip, float):
        hint = f'A name that looks like a number is written in quotes: chip: "{chip}".'
        found.append(("chip", f"chip is {chip!r}, which is not a whole number.", hint))
    elif (
        isinstance(chip, bool)
        or not isinstance(chip, int | str)
        or (isinstance(chip, int) and chip < 0)
        or (isinstance(chip, str) and not _is_line(chip))
    ):
        hint = "Give the chip's number or name, such as chip: 67 or chip: C1."
        found.append(("chip", f"chip is {chip!r}.", hint))
    if group is not None and not (isinstance(group, str) and _is_line(group)):
        hint = "Give a name, such as Alisson."
        found.append(("chip_group", f"chip_group is {group!r}.", hint))
    return found


def _chip(chip: Chip) -> Chip:
    return chip_of(chip) if isinstance(chip, str) else chip


def _is_line(text: str) -> bool:
    return text.isprintable() and 0 < len(text) <= LONGEST_NAME and text == text.strip()
