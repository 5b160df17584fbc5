"""The quicklook recipe: one figure a file, one row a spectrogram."""

from __future__ import annotations

import fnmatch
import glob
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from figmill.engine.item import Item
from figmill.errors import ConfigError, InputError, NoData
from figmill.figure import THEMES, Figure, Panel, Spectrogram
from figmill.read import cdf, istp
from figmill.read.istp_overrides import Override, read_overrides
from figmill.recipes.base import Description, Drawing, Recipe
from figmill.recipes.spectrogram.panels import panel

MOST_ROWS = 24


class QuicklookRecipe(Recipe):
    """Draws every particle spectrogram of CDF files that follow the ISTP guidelines.

    Each energy-time variable is a row; all rows share the time axis.
    """

    name: ClassVar[str] = "quicklook"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.recipes.spectrogram", "pycdfpp")

    paths: tuple[str, ...] = Field(
        description="CDF files, folders (searched at any depth for *.cdf) or patterns."
    )
    rows: tuple[str, ...] = Field(
        (), description="Names of variables, or patterns such as F?DO; none: all primary data."
    )
    collapse: Literal["mean", "sum", "median", "max"] = Field(
        "mean", description="How pitch angle, or another third dimension, is collapsed."
    )
    y_scale: Literal["auto", "linear", "log"] = Field("auto", description="Energy axis.")
    z_scale: Literal["auto", "linear", "log"] = Field("auto", description="Colour scale.")
    y_min: float | None = Field(None, description="Lowest energy shown, in the file's unit.")
    y_max: float | None = Field(None, description="Highest energy shown.")
    z_min: float | None = Field(None, description="Lowest colour; none: 1st percentile.")
    z_max: float | None = Field(None, description="Highest colour; none: 99th percentile.")
    colormap: str = Field("viridis", description="A colour map that matplotlib knows.")
    dpi: float = Field(150.0, ge=10, le=2400, description="Pixels per inch.")
    width: float = Field(10.0, gt=0, le=200, description="Width in inches.")
    height: float | None = Field(
        None, gt=0, le=200, description="Height in inches; none: by the number of rows."
    )
    time_start: str | None = Field(None, description="First time shown, ISO 8601, UTC.")
    time_stop: str | None = Field(None, description="Last time shown, ISO 8601, UTC.")
    theme: str = Field("paper", description="paper, presentation, screen or screen-dark.")
    overrides: str | None = Field(
        None, description="A YAML file that corrects metadata of variables."
    )

    @field_validator("time_start", "time_stop")
    @classmethod
    def _is_time(cls, value: str | None) -> str | None:
        if value is not None:
            _seconds(value)
        return value

    @field_validator("theme")
    @classmethod
    def _is_theme(cls, value: str) -> str:
        if value not in THEMES:
            raise ValueError(f"{value!r} is no theme; there are {', '.join(THEMES)}")
        return value

    @model_validator(mode="after")
    def _is_consistent(self) -> QuicklookRecipe:
        for low, high, what in (
            (self.y_min, self.y_max, "y"),
            (self.z_min, self.z_max, "z"),
            (_seconds(self.time_start), _seconds(self.time_stop), "time"),
        ):
            if low is not None and high is not None and not low < high:
                raise ValueError(f"the lower {what} limit is not below the upper one")
        return self

    def items(self) -> Iterable[Item]:
        """One item a file; two files of one name are told apart by their folders."""
        files = _files(self.paths)
        if not files:
            raise ConfigError(
                f"There is no CDF file in {', '.join(self.paths) or 'nothing'}.",
                hint="Name files, folders that hold *.cdf files, or patterns.",
            )
        parameters = self.model_dump(mode="json", exclude={"paths"})
        corrections = (Path(self.overrides),) if self.overrides else ()
        for key, file in _named(files):
            yield Item(key, inputs=(file, *corrections), parameters=parameters, payload=str(file))

    def describe(self, item: Item) -> Description:
        """Read a file and describe its figure."""
        file = Path(str(item.payload))
        overrides = self._overrides()
        limits = (_seconds(self.time_start), _seconds(self.time_stop))
        opened = cdf.open_cdf(file)
        findings = istp.find_spectrograms(opened, overrides=overrides)
        chosen = self._chosen(findings, file)
        panels: list[Panel] = []
        empty: list[str] = []
        notes: list[str] = []
        for candidate in chosen[:MOST_ROWS]:
            variable = istp.load_spectrogram(opened, candidate, overrides=overrides)
            notes.extend(variable.notes)
            if not variable.has_data:
                empty.append(f"{candidate.name} holds only fill")
                continue
            made = panel(
                variable,
                rule=self.collapse,
                y_scale=self.y_scale,
                z_scale=self.z_scale,
                x_limits=limits,
                y_limits=(self.y_min, self.y_max),
                z_limits=(self.z_min, self.z_max),
                colormap=self.colormap,
            )
            (layer,) = made.layers
            if isinstance(layer, Spectrogram) and layer.x.extent is None:
                empty.append(f"{candidate.name} has no record in the time range")
                continue
            panels.append(made)
        if not panels:
            raise NoData(f"There is nothing to draw: {'; '.join(empty)}.", file=file)
        if len(chosen) > MOST_ROWS:
            notes.append(
                f"{len(chosen) - MOST_ROWS} more spectrograms are left out; choose with --rows"
            )
        figure = Figure(
            panels,
            title=file.name,
            size=(self.width, self.height),
            dpi=self.dpi,
            style=self.theme,
        )
        message = "; ".join(dict.fromkeys((*empty, *notes)))
        return Description((Drawing(item.key, figure),), message=message)

    def _overrides(self) -> tuple[Override, ...]:
        return read_overrides(Path(self.overrides)) if self.overrides else ()

    def _chosen(self, findings: istp.Findings, file: Path) -> tuple[istp.Candidate, ...]:
        if not self.rows:
            if not findings.primary:
                raise NoData(findings.why_none(), file=file)
            return findings.primary
        names: list[str] = []
        known = [candidate.name for candidate in findings.candidates]
        for pattern in self.rows:
            found = fnmatch.filter(known, pattern)
            if not found:
                try:
                    findings.named([pattern])
                except InputError as error:
                    error.file = str(file)
                    raise
            names.extend(found)
        return findings.named(list(dict.fromkeys(names)))


def _seconds(text: str | None) -> float | None:
    """UNIX seconds of an ISO 8601 time; without an offset it is UTC."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an ISO 8601 time such as 1998-09-25 or 1998-09-25T00:30:00"
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _files(paths: Iterable[str]) -> dict[Path, str]:
    """Every file that is named, once, in a stable order, with the name it goes by.

    A file found in a folder goes by its path below that folder, so that its name stays the same
    when other files arrive.
    """
    found: dict[Path, str] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            for file in sorted(p for p in path.rglob("*") if p.suffix.lower() == ".cdf"):
                found.setdefault(file, file.relative_to(path).with_suffix("").as_posix())
        elif not path.exists() and glob.has_magic(name):
            for file in sorted(map(Path, glob.glob(name, recursive=True))):  # noqa: PTH207 - Path.glob takes no absolute pattern
                found.setdefault(file, file.stem)
        else:
            found.setdefault(path, path.stem)
    return found


def _named(files: dict[Path, str]) -> Iterator[tuple[str, Path]]:
    """Keys for the files; those that would share one take their folders' names too."""
    shared = Counter(name.casefold() for name in files.values())
    for file, name in files.items():
        if shared[name.casefold()] == 1:
            yield name, file
            continue
        folders = file.resolve().parent.parts[1:]
        yield "_".join((*folders, name)), file
