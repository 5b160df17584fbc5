"""Where a recipe, the drawing and the engine meet."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import cast

from figmill import notes, provenance
from figmill._version import __version__
from figmill.engine import (
    Event,
    Item,
    Ledger,
    Listener,
    Outcome,
    Outputs,
    RunOptions,
    RunReport,
    events,
    ledger_path,
    stamp,
    stamp_of,
)
from figmill.engine import run as run_items
from figmill.engine.listing import Listing
from figmill.engine.origin import read_origin
from figmill.engine.outputs import HOME, check_name
from figmill.errors import ConfigError, NoData, OutputError
from figmill.extras import need_core
from figmill.figure.model import Figure
from figmill.formats import check_formats
from figmill.item import JSON
from figmill.jobs.job_store import saver
from figmill.progress import showing
from figmill.recipes.base import Description, Recipe
from figmill.recipes.first_pass import FirstPass, Informed
from figmill.recipes.foreign import MatplotlibFigure

# So many items are listed once and kept; a longer list is gone through twice.
_KEPT = 2000
_LISTING_S = 5.0
_HERALD_S = 2.0


@dataclass(frozen=True, slots=True)
class DrawItem:
    """The work function of every recipe: describe an item, draw it, hand its files over.

    Parameters
    ----------
    recipe
        Describes the item.
    formats
        File formats of the figures.
    notes_on_figure
        Whether notes are printed under each figure.
    informed
        The recipe with limits that its figures get; None for the recipe alone.
    compress
        How PNG files are packed.
    """

    recipe: Recipe
    formats: tuple[str, ...]
    notes_on_figure: bool = False
    informed: Informed | None = None
    compress: str = "fast"

    def __call__(self, item: Item, outputs: Outputs) -> Outcome:
        """Do one item."""
        from figmill.draw import encode

        described = (self.informed or self.recipe).describe(item)
        if not (described.drawings or described.files or described.facts):
            message = described.message or "There is nothing to draw."
            raise NoData(message, notes=described.notes)
        _refuse_twins(described, self.formats)
        described = _with_boxes(described)
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
                    packed = {"compress": self.compress} if kind == "png" else {}
                    data = encode(replace(figure, provenance=own), kind, **packed)
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


def _with_boxes(described: Description) -> Description:
    """Add notes of what texts lose when they are drawn; another library's figure draws itself."""
    from figmill.draw.compose import told_of_legends
    from figmill.draw.glyphs import missing_glyphs

    figures = [one.figure for one in described.drawings if isinstance(one.figure, Figure)]
    found = tuple(
        note for figure in figures for note in (*missing_glyphs(figure), *told_of_legends(figure))
    )
    return replace(described, notes=(*described.notes, *found)) if found else described


def _refuse_twins(described: Description, formats: Sequence[str]) -> None:
    """Refuse two files of one item under one name: of these only the last would be kept."""
    names = [f"{drawing.name}.{kind}" for drawing in described.drawings for kind in formats]
    met: dict[str, str] = {}
    for name in (*names, *(file.name for file in described.files)):
        # Some file systems take A.png for a.png; what is drawn there must not depend on that.
        folded = check_name(name).casefold()
        if folded in met:
            raise OutputError(
                f"two files of the item are called {met[folded]!r} and {name!r}; names must differ "
                "in more than case.",
                hint="Give each file and figure of an item a name of its own.",
            )
        met[folded] = name


@dataclass(frozen=True, slots=True)
class Preparation:
    """A recipe as it is run: with the limits that its figures get.

    Parameters
    ----------
    informed
        The recipe, and limits that all items share.
    document
        These limits as a file beside the figures; None where they were not found in this run.
    notes_on_figure, compress
        As for `figmill.engine.RunOptions`.
    """

    informed: Informed
    document: Mapping[str, JSON] | None = None
    notes_on_figure: bool = False
    compress: str = "fast"

    def items(self, only: Container[str] | None = None) -> Iterator[Item]:
        """The items as they are run.

        Parameters
        ----------
        only
            The keys of those that are wanted; None for all.
        """
        for item in self.informed.recipe.items():
            if only is None or item.key in only:
                found = self.informed.item(item)
                # Such a figure is another one: the item is to be redone.
                more: dict[str, JSON] = {}
                if self.notes_on_figure:
                    more["notes_on_figure"] = True
                if self.compress != "fast":
                    more["compress"] = self.compress
                yield replace(found, parameters={**found.parameters, **more}) if more else found


@dataclass(frozen=True, slots=True)
class _Listed:
    """A recipe's items, listed again each time they are gone through."""

    prepared: Preparation
    only: Container[str] | None

    def __iter__(self) -> Iterator[Item]:
        return self.prepared.items(self.only)

    def kept(self) -> Iterable[Item]:
        """The items, in a list where they are not many."""
        with Listing(self) as listing:
            first, whole = listing.first(_KEPT, _LISTING_S)
        return first if whole else self


def run(
    recipe: Recipe,
    out: str | Path,
    *,
    formats: Sequence[str] = ("png",),
    options: RunOptions | None = None,
    listeners: Sequence[Listener] = (),
    only: Container[str] | None = None,
    raise_interrupt: bool = True,
    progress: bool | None = None,
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
    progress
        True shows how far the run is, on standard error or in the notebook, once it has taken two
        seconds; False never does. None: in a notebook and on a terminal, unless there are
        listeners, who show it themselves.

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
    # This module is that of the work function, which each worker would import for itself.
    preload = ("figmill.mill", "figmill.draw", *recipe.preload, *options.preload)
    options = replace(options, preload=tuple(dict.fromkeys(preload)))
    if progress is None and (listeners or options.dry_run):
        progress = False
    listed = None if recipe.comes_once else partial(_Listed, Preparation(Informed(recipe)), only)
    with showing(progress, listed) as shown:
        told = (*listeners, *shown)
        found = prepared(recipe, Path(out), options, partial(_first_pass, options, told))
        if isinstance(found, RunReport):
            report = found
        else:
            report = _run(recipe, found, Path(out), chosen, options, told, only)
    if raise_interrupt and report.signal == signal.SIGINT:
        raise KeyboardInterrupt
    return report


def _run(
    recipe: Recipe,
    ready: Preparation,
    out: Path,
    formats: tuple[str, ...],
    options: RunOptions,
    listeners: Sequence[Listener],
    only: Container[str] | None,
) -> RunReport:
    informed = ready.informed
    # What each item has travels with the item.
    work = replace(informed, of_items=None if informed.of_items is None else {})
    tables = recipe.tables if ready.document is None else (*recipe.tables, limits_file(recipe))
    return run_items(
        _Listed(ready, only).kept(),
        DrawItem(informed.recipe, formats, options.notes_on_figure, work, options.compress),
        out,
        version=version_of(recipe),
        recipe=recipe.name,
        parts=formats,
        options=options,
        listeners=(saver(out, recipe, formats, options), *listeners),
        is_own=partial(_was_drawn_for, recipe, out.absolute()),
        shared=lambda ledger: _shared(recipe, ready, ledger),
        shared_names=tables,
    )


def limits_file(recipe: Recipe) -> str:
    """The name of the file with limits that all items of a recipe share.

    Parameters
    ----------
    recipe
        Whose limits they are.
    """
    return f"limits-{recipe.name}.json"


def prepared(
    recipe: Recipe,
    out: Path,
    options: RunOptions,
    carry_out: Callable[[FirstPass, Path], RunReport] | None = None,
) -> Preparation | RunReport:
    """Find the limits that a recipe's figures are to have.

    Parameters
    ----------
    recipe, out, options
        As for `run`.
    carry_out
        Makes or completes a first pass in a folder; None takes what is known of an earlier one.

    Returns
    -------
    Preparation or RunReport
        The report of a first pass that was interrupted.

    Raises
    ------
    figmill.errors.ConfigError
        The file with limits cannot be used.
    """
    choice = str(options.limits)
    if choice == "each":
        return Preparation(Informed(recipe), None, options.notes_on_figure, options.compress)
    first = recipe.first_pass()
    if choice != "shared":
        return Preparation(
            _from_file(first, Path(choice)), None, options.notes_on_figure, options.compress
        )
    # Items of two recipes may have one key.
    home = out.absolute() / HOME / "first-pass" / recipe.name
    if carry_out is not None and not options.dry_run:
        report = carry_out(first, home)
        if report.interrupted:
            left = report.total
            none = dict.fromkeys(("done", "no_data", "failed", "skipped", "known_failed"), 0)
            return replace(report, **none, failures=(), planned=left)  # type: ignore[arg-type]
    if not ledger_path(home).exists():
        return Preparation(first.settle(())[1], None, options.notes_on_figure, options.compress)
    with Ledger.read(home, first.recipe.name) as ledger:
        document, informed = first.settle(ledger.all_facts())
    return Preparation(informed, document, options.notes_on_figure, options.compress)


def as_run(recipe: Recipe, out: Path, options: RunOptions, key: str) -> Item | None:
    """An item as a run would take it now, as far as that is known without running.

    Parameters
    ----------
    recipe, out, options
        As for `run`.
    key
        The item's key.

    Returns
    -------
    Item or None
        None where the recipe does not list it.
    """
    ready = prepared(recipe, out, options)
    assert isinstance(ready, Preparation)  # only a run can be interrupted
    return next(ready.items({key}), None)


def _from_file(first: FirstPass, file: Path) -> Informed:
    hint = "Give shared, each, or a file that --limits shared wrote."
    try:
        document = json.loads(file.read_bytes())
    except FileNotFoundError:
        text = "There is no such file of limits."
        raise ConfigError(text, file=file, hint=hint) from None
    except OSError as error:
        text = f"The limits cannot be read: {error.strerror}."
        raise ConfigError(text, file=file, hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"This is not JSON ({error}).", file=file, hint=hint) from error
    if not isinstance(document, dict):
        raise ConfigError("It holds no limits.", file=file, hint=hint)
    return first.read(document, file)


def _first_pass(
    options: RunOptions, listeners: Sequence[Listener], first: FirstPass, home: Path
) -> RunReport:
    summaries = first.recipe
    summaries.check()
    return run_items(
        _Listed(Preparation(Informed(summaries)), None).kept(),
        DrawItem(summaries, ()),
        home,
        version=version_of(summaries),
        recipe=summaries.name,
        options=replace(
            options,
            preload=tuple(dict.fromkeys((*options.preload, *summaries.preload))),
            progress_json_path=None,
            log_dir=None,
            notes_on_figure=False,
            limits="each",
            compress="fast",
        ),
        listeners=(_Herald(listeners),),
    )


class _Herald:
    """Tells a run's listeners how its first pass goes, without counting its items as theirs."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._done = 0
        self._next = time.monotonic() + _HERALD_S

    def __call__(self, event: Event) -> None:
        """Pass on what a run's listeners are to know of an event."""
        match event:
            case events.ItemFinished():
                self._done += 1
                if time.monotonic() >= self._next:
                    self._next = time.monotonic() + _HERALD_S
                    self._tell(f"First pass, for limits of all items: {self._done} read.")
            case events.Interrupting() | events.Log(level="error" | "critical"):
                for listener in self._listeners:
                    listener(event)

    def _tell(self, text: str) -> None:
        for listener in self._listeners:
            listener(events.Log(time.time(), "notice", text))


def _shared(recipe: Recipe, ready: Preparation, ledger: Ledger) -> Iterator[tuple[str, bytes]]:
    """The files that a recipe makes of all its items."""
    if ready.document is not None:
        yield limits_file(recipe), (json.dumps(ready.document, indent=1) + "\n").encode()
    facts = ledger.all_facts()
    if recipe.summarizes_earlier:
        facts = chain(facts, ledger.earlier_facts())
    for file in recipe.summarize(facts):
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
