"""Where a recipe, the drawing and the engine meet."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from figmill._version import __version__
from figmill.engine import (
    Item,
    Ledger,
    Listener,
    Outcome,
    Outputs,
    RunOptions,
    RunReport,
    stamp,
)
from figmill.engine import run as run_items
from figmill.engine.files import write_whole
from figmill.engine.outputs import check_name
from figmill.errors import ConfigError, NoData, OutputError
from figmill.history import keeping
from figmill.recipes.base import Description, Recipe

FORMATS = ("png", "jpg", "webp", "pdf", "svg")


@dataclass(frozen=True, slots=True)
class DrawItem:
    """The work function of every recipe: describe an item, draw it, hand its files over."""

    recipe: Recipe
    formats: tuple[str, ...]

    def __call__(self, item: Item, outputs: Outputs) -> Outcome:
        """Do one item."""
        from figmill.draw import encode

        described = self.recipe.describe(item)
        if not (described.drawings or described.files or described.facts):
            raise NoData(described.message or "There is nothing to draw.")
        version = version_of(self.recipe, self.formats)
        files = len(described.drawings) * len(self.formats) + len(described.files)
        origin = stamp(item, version, files=files)
        for drawing in described.drawings:
            figure = replace(drawing.figure, provenance={**drawing.figure.provenance, **origin})
            for kind in self.formats:
                outputs.write(f"{drawing.name}.{kind}", encode(figure, kind))
        for file in described.files:
            outputs.write(file.name, file.data)
        return _outcome(described)


def run(
    recipe: Recipe,
    out: str | Path,
    *,
    formats: Sequence[str] = ("png",),
    options: RunOptions | None = None,
    listeners: Sequence[Listener] = (),
    only: Container[str] | None = None,
) -> RunReport:
    """Draw every item of a recipe that needs it.

    Parameters
    ----------
    recipe
        What to draw.
    out
        The output folder.
    formats
        File formats: any of png, jpg, webp, pdf, svg.
    options, listeners
        As for `figmill.engine.run`.
    only
        The keys of the items to work on; None for all.

    Raises
    ------
    figmill.errors.ConfigError
        If a format is unknown, or the recipe's options name nothing.
    """
    chosen = tuple(dict.fromkeys(formats))
    if unknown := [kind for kind in chosen if kind not in FORMATS]:
        raise ConfigError(
            f"Unknown format {', '.join(map(repr, unknown))}.",
            hint=f"Use any of {', '.join(FORMATS)}.",
        )
    if not chosen:
        raise ConfigError("No format is given.", hint=f"Use any of {', '.join(FORMATS)}.")
    options = options or RunOptions()
    preload = ("figmill.draw", *recipe.preload, *options.preload)
    items = recipe.items()
    if only is not None:
        items = (item for item in items if item.key in only)
    report = run_items(
        items,
        DrawItem(recipe, chosen),
        out,
        version=version_of(recipe, chosen),
        options=replace(options, preload=tuple(dict.fromkeys(preload))),
        listeners=(keeping(Path(out), recipe, chosen, options), *listeners),
    )
    if not options.dry_run:
        _conclude(recipe, Path(out))
    return report


def _conclude(recipe: Recipe, out: Path) -> None:
    """Write the files that a recipe makes of all its items; unchanged ones are left alone."""
    with Ledger.read(out) as ledger:
        made = list(recipe.conclude(ledger.all_facts()))
    for file in made:
        path = out / check_name(file.name)
        try:
            if not path.exists() or path.read_bytes() != file.data:
                write_whole(path, file.data)
        except OSError as error:
            raise OutputError(
                f"The file could not be written: {error.strerror or error}.",
                file=path,
                hint="Check that the folder may be written to and has space; then run again.",
            ) from error


def version_of(recipe: Recipe, formats: Sequence[str] = ()) -> str:
    """What, besides inputs and parameters, a finished file depends on."""
    return f"figmill {__version__}, {recipe.name} {recipe.version}, {' '.join(formats)}".rstrip(
        ", "
    )


def _outcome(described: Description) -> Outcome:
    return Outcome.done(described.message, described.facts)
