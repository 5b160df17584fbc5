"""What is to be drawn, and what came of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figmill.chip.config import GROUP, Blame, Entry, load_config, make_entry
from figmill.chip.look import Look
from figmill.chip.names import Chip
from figmill.chip.plots import plot_types
from figmill.config.model import together


@dataclass
class PlotSpec:
    """One figure, or one suite of figures, to be drawn.

    Parameters
    ----------
    type
        The plot type: ``"plot-its"``.
    chip
        The chip's number, or its name where it has none.
    seq
        Run numbers: ``52``, ``"52-58"``, ``"52,57,58"``, ``[52, "57-60"]``.
    tag
        The last part of the file's name; None for the run numbers.
    legend_by
        What the legend says, for the types that have this option.
    extra_args
        The type's other options, `select`, and those of `Look`.
    output_base
        The output folder where none is given.
    """

    type: str
    chip: Chip
    seq: str | int | list[int] | None
    tag: str | None = None
    legend_by: str = "wavelength"
    extra_args: dict[str, Any] = field(default_factory=dict)
    output_base: Path | None = None


@dataclass
class PlotResult:
    """What came of a `PlotSpec`.

    Parameters
    ----------
    spec
        What was asked for.
    success
        Whether all its files are there.
    elapsed
        Seconds; 0 where nothing needed to be done.
    error
        Why not.
    files
        Its files.
    message
        What was left out.
    """

    spec: PlotSpec
    success: bool
    elapsed: float
    error: str | None = None
    files: tuple[Path, ...] = ()
    message: str = ""


def load_batch_config(config_path: Path) -> tuple[Chip, str, list[PlotSpec]]:
    """Read and check a configuration.

    Parameters
    ----------
    config_path
        The YAML file.

    Returns
    -------
    chip : int or str
        The chip's number.
    chip_group : str
        Its group; ``"Alisson"`` where the configuration names none.
    plot_specs : list of PlotSpec
        With all defaults filled in.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong with it, each with its line.
    """
    config = load_config(config_path)
    specs = []
    for entry in config.entries:
        values = dict(entry.values)
        own = {key: values.pop(key, None) for key in ("seq", "type")}
        values.pop("tag", None)
        values.pop("chip", None)
        legend = values.pop("legend_by", "wavelength")
        specs.append(
            PlotSpec(
                str(own["type"]),
                entry.chip,
                own["seq"],
                entry.tag or None,
                str(legend),
                values,
                config.output_base,
            )
        )
    return config.chip, config.group, specs


def entry_of(spec: PlotSpec, chip_group: str | None = GROUP, look: Look | None = None) -> Entry:
    """Check a spec.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong with it.
    """
    made = make_entry(values_of(spec, chip_group, look), {}, None, chip_group, Blame())
    if isinstance(made, Entry):
        return made
    raise together(made)


def values_of(
    spec: PlotSpec, chip_group: str | None = GROUP, look: Look | None = None
) -> dict[str, Any]:
    """A spec as an entry of a configuration says it; `look` is that where it says none."""
    looks = {} if look is None else look.model_dump()
    named = {} if chip_group is None else {"chip_group": chip_group}
    values = {**looks, **named, **spec.extra_args}
    values |= {"type": spec.type, "chip": spec.chip}
    for key, value in (("seq", spec.seq), ("tag", spec.tag)):
        if value is not None:
            values[key] = value
    kind = plot_types().get(spec.type)
    if kind is not None and "legend_by" in kind.model_fields:
        values["legend_by"] = spec.legend_by
    return values
