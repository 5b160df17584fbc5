"""A recipe made of Python functions: any items, and a function that gives each its datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from figmill.arrays.sets import SetLooks, set_figure
from figmill.errors import ConfigError, InputError, NoData, PlottingError
from figmill.figure import Axis, ColorScale, Panel
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.recipes.base import Description, Drawing, Recipe
from figmill.recipes.events import check_markers
from figmill.recipes.grid import spectrogram_grid
from figmill.recipes.looks import known_colormap
from figmill.recipes.specimen import check_specimens


class DatasetsRecipe(Recipe):
    """Draws the datasets that a function returns for each item.

    What the functions do is not watched: raise `revision` when they change, and everything is
    drawn again.
    """

    name: ClassVar[str] = "datasets"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.arrays.sets",)

    entries: tuple[tuple[str, str, Any], ...] = Field(
        description="Key, file name without suffix and identifier of each item."
    )
    build: Callable[[Any], Any] = Field(description="Gives the datasets of an identifier.")
    center: Callable[[Any], Any] | None = Field(None, description="Gives the zoom window's middle.")
    lines: Callable[[Any], Any] | None = Field(None, description="Gives the times of events.")
    title: Callable[[Any], Any] | None = Field(None, description="Gives the figure's title.")
    looks: SetLooks = Field(SetLooks(), description="How the figures look.")
    revision: str = Field("", description="Changes when the functions do.")

    def check(self) -> None:
        """Look for looks that no figure can have."""
        looks = self.looks
        try:
            known_colormap(looks.colormap)
            check_markers(looks.marker_style, looks.marker_options)
            ColorScale(looks.z_scale)
            panel = Panel(y=Axis(looks.y_scale))
        except (ValueError, PlottingError) as error:
            told = error if isinstance(error, PlottingError) else PlottingError(str(error))
            raise ConfigError(told.message, hint=told.hint) from error
        check_specimens(partial(spectrogram_grid, [panel] * rows, dpi=looks.dpi) for rows in (1, 9))

    def items(self) -> Iterable[Item]:
        """One item for each identifier."""
        if not self.entries:
            raise ConfigError("There are no items.", hint="Pass at least one.")
        parameters: dict[str, JSON] = {"looks": asdict(self.looks), "revision": self.revision}
        for key, file, identifier in self.entries:
            yield Item(key, parameters=parameters, payload=(file, identifier), writes=(file,))

    def describe(self, item: Item) -> Description:
        """Ask the functions, and describe the item's figure."""
        file, identifier = item.payload
        datasets = self.build(identifier)
        if datasets is None:
            raise NoData("The function that builds the datasets returned None.")
        if isinstance(datasets, Mapping):
            raise InputError(
                "The function that builds the datasets returned one dict.",
                hint="Return a list of dicts, also for one row.",
            )
        notes: list[Note] = []
        figure = set_figure(
            datasets,
            self.looks,
            zoom_center=self.center(identifier) if self.center else None,
            lines=self.lines(identifier) if self.lines else None,
            title=str(self.title(identifier)) if self.title else item.key,
            notes=notes,
        )
        return Description((Drawing(file, figure),), notes=tuple(notes))
