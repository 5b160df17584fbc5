"""Where a recipe, the drawing and the engine meet."""

from __future__ import annotations

import signal
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

from figmill import notes, provenance
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
    stamp_of,
)
from figmill.engine import run as run_items
from figmill.engine.listing import Listing
from figmill.engine.origin import read_origin
from figmill.errors import NoData
from figmill.extras import need_core
from figmill.figure.model import Figure
from figmill.formats import check_formats
from figmill.jobs.job_store import saver
from figmill.recipes.base import Description, Recipe
from figmill.recipes.foreign import MatplotlibFigure

# So many items are listed once and kept; a longer list is gone through twice.
_KEPT = 2000
_LISTING_S = 5.0


@dataclass(frozen=True, slots=True)
class DrawItem:
    """The work function of every recipe: describe an item, draw it, hand its files over."""

    recipe: Recipe
    formats: tuple[str, ...]
    notes_on_figure: bool = False

    def __call__(self, item: Item, outputs: Outputs) -> Outcome:
        """Do one item."""
        from figmill.draw import encode

        described = self.recipe.describe(item)
        if not (described.drawings or described.files or described.facts):
            message = described.message or "There is nothing to draw."
            raise NoData(message, notes=described.notes)
        origins = {
            part: stamp(
                item,
                version_of(self.recipe),
                recipe=self.recipe.name,
                figures=[drawing.name for drawing in described.drawings if drawing.part == part],
                data={file.name: file.data for file in described.files},
                facts=described.facts,
                noted=described.notes,
            )
            for part in {drawing.part for drawing in described.drawings}
        }
        footer = notes.joined(notes.tidied(described.notes)) if self.notes_on_figure else ""
        for drawing in described.drawings:
            figure = drawing.figure
            # A figure of another library draws itself.
            foreign = None if isinstance(figure, Figure) else cast("MatplotlibFigure", figure)
            if footer and foreign is None:
                figure = replace(figure, footer=" ".join(filter(None, (figure.footer, footer))))
            for kind in self.formats:
                part = f"{drawing.part}.{kind}" if drawing.part else kind
                own = {
                    **figure.provenance,
                    **origins[drawing.part],
                    **stamp_of(drawing.name, part),
                }
                if foreign is None:
                    data = encode(replace(figure, provenance=own), kind)
                else:
                    data = foreign.encoded(kind, own)
                outputs.write(
                    f"{drawing.name}.{kind}",
                    data,
                    part=part,
                    replaces=[f"{name}.{kind}" for name in drawing.replaces],
                )
            if foreign is not None:
                foreign.close()
        for file in described.files:
            outputs.write(file.name, file.data)
        return _outcome(described)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A recipe's items, listed again each time they are gone through."""

    recipe: Recipe
    only: Container[str] | None
    notes_on_figure: bool = False

    def __iter__(self) -> Iterator[Item]:
        items = iter(self.recipe.items())
        if self.notes_on_figure:
            # A figure with its notes is another one: the item is to be redone.
            items = (
                replace(item, parameters={**item.parameters, "notes_on_figure": True})
                for item in items
            )
        only = self.only
        return items if only is None else (item for item in items if item.key in only)


def run(
    recipe: Recipe,
    out: str | Path,
    *,
    formats: Sequence[str] = ("png",),
    options: RunOptions | None = None,
    listeners: Sequence[Listener] = (),
    only: Container[str] | None = None,
    raise_interrupt: bool = True,
) -> RunReport:
    """Draw every item of a recipe that needs it.

    Parameters
    ----------
    recipe
        What to draw.
    out
        The output folder.
    formats
        File formats: any of png, jpg, webp, pdf, svg. Files of other formats, of earlier runs,
        stay beside.
    options, listeners
        As for `figmill.engine.run`; without options one worker process draws, so that what crashes
        fails its item alone.
    only
        The keys of the items to work on; None for all.
    raise_interrupt
        False gives the report also where Ctrl-C stopped the run.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C stopped the run; what was finished is kept, and nothing is left behind.
    figmill.errors.ConfigError
        If a format is unknown, the recipe's options are wrong or name nothing, or two items share
        a key. Nothing was made then.
    """
    chosen = tuple(dict.fromkeys(formats))
    check_formats(chosen)
    need_core()
    recipe.check()
    # From Python, too, an item that crashes, hangs or eats all memory must not end the session.
    options = options or RunOptions(isolate=True)
    preload = ("figmill.draw", *recipe.preload, *options.preload)
    listed: Iterable[Item] = _Listed(recipe, only, options.notes_on_figure)
    with Listing(listed) as listing:
        first, whole = listing.first(_KEPT, _LISTING_S)
    report = run_items(
        first if whole else listed,
        DrawItem(recipe, chosen, options.notes_on_figure),
        out,
        version=version_of(recipe),
        recipe=recipe.name,
        parts=chosen,
        options=replace(options, preload=tuple(dict.fromkeys(preload))),
        listeners=(saver(Path(out), recipe, chosen, options), *listeners),
        is_own=partial(_was_drawn_for, recipe, Path(out).absolute()),
        shared=lambda ledger: _shared(recipe, ledger),
        shared_names=recipe.tables,
    )
    if raise_interrupt and report.signal == signal.SIGINT:
        raise KeyboardInterrupt
    return report


def _shared(recipe: Recipe, ledger: Ledger) -> Iterator[tuple[str, bytes]]:
    """The files that a recipe makes of all its items."""
    for file in recipe.summarize(ledger.all_facts()):
        yield file.name, file.data


def _was_drawn_for(recipe: Recipe, out: Path, path: Path, item: Item) -> bool:
    return was_drawn_for(recipe, item.key, out, path.relative_to(out).as_posix())


def was_drawn_for(recipe: Recipe, key: str, out: Path, name: str) -> bool:
    """Say whether a figure tells of itself that it is an item's, and not a copy.

    Parameters
    ----------
    recipe, key
        The item.
    out
        The output folder.
    name
        The figure's name below it.
    """
    origin = read_origin(provenance.read(out / name) or {}, name)
    return (
        origin is not None
        and (origin.recipe, origin.key) == (recipe.name, key)
        and origin.is_of(name)
    )


def version_of(recipe: Recipe) -> str:
    """What, besides inputs and parameters, a finished file depends on.

    Parameters
    ----------
    recipe
        What draws it.

    Returns
    -------
    str
        Version of figmill, name and version of the recipe.
    """
    return f"figmill {__version__}, {recipe.name} {recipe.version}"


def _outcome(described: Description) -> Outcome:
    message = described.message or notes.joined(notes.tidied(described.notes))
    return Outcome.done(message, described.facts, described.notes)
