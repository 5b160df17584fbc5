"""How a run looks while it goes on, and what is said at its end: listeners of its events."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import typer

from figmill.console.text import (
    as_json_line,
    counted,
    duration,
    one_line,
    printable,
    table,
)
from figmill.engine import RunReport, events
from figmill.engine.events import Event, Listener
from figmill.errors import FigmillError
from figmill.progress import QUIET_FOR_S, Tally

if TYPE_CHECKING:
    from rich.progress import Progress, Task

    from figmill.recipes.inputs import LeftOut

SHOWN = 20
_SHOWN_NOTES = 3
Conclusion: TypeAlias = Callable[[RunReport], None]


@contextmanager
def watching(
    out: Path,
    *,
    as_json: bool,
    quiet: bool,
    dry_run: bool,
    count: Callable[[], Iterable[object]],
) -> Iterator[tuple[list[Listener], Conclusion]]:
    """Show a run: as a bar on a terminal, as lines elsewhere, or as JSON lines.

    Parameters
    ----------
    out
        The output folder.
    as_json, quiet, dry_run
        How to show it.
    count
        Lists the items once more, beside the run, so that the time left can be told although the
        run takes them as they come.

    Yields
    ------
    listeners : list of Listener
        To hand to the run.
    conclude : callable
        To call with the report, after this context has ended.
    """
    if as_json:
        yield [tell_as_json], conclude_as_json
        return
    notes = Notes()
    if dry_run:
        listeners: list[Listener] = [notes] if quiet else [notes, tell_plan]
        yield listeners, lambda report: conclude_plan(report, notes)
        return

    def conclude(report: RunReport) -> None:
        conclude_run(report, notes, out, quiet=quiet)

    if quiet:
        yield [notes], conclude
    elif sys.stderr.isatty():
        with bar(count) as shown:
            yield [notes, shown], conclude
    else:
        yield [notes, Lines(count)], conclude


# As JSON


def tell_as_json(event: Event) -> None:
    """Print an event as one line of JSON."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    typer.echo(as_json_line({"event": kind, **asdict(event)}))


def conclude_as_json(report: RunReport) -> None:
    """Print the report as one line of JSON."""
    typer.echo(as_json_line({"event": "summary", **as_dict(report)}))


def as_dict(report: RunReport) -> dict[str, object]:
    """The report as JSON has it."""
    failures = [
        {"key": note.key, "index": note.index, **asdict(note.failure)} for note in report.failures
    ]
    return {
        "ok": report.ok,
        "run": report.run,
        **report.counts,
        "known_failed": report.known_failed,
        "stale": report.stale,
        "doubts": report.doubts,
        "losses": report.losses,
        "notes": [asdict(note) for note in report.notes],
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 3),
        "failures": failures,
        "listener_errors": list(report.listener_errors),
    }


# As lines


class Notes:
    """Keeps what the summary at the end names."""

    def __init__(self) -> None:
        self.failed: list[events.ItemFinished] = []
        self.made: Counter[str] = Counter()
        self.first = ""
        self.no_data: list[events.ItemFinished] = []
        self.interrupted_at: float | None = None

    def __call__(self, event: Event) -> None:
        """Note an event."""
        if not isinstance(event, events.ItemFinished):
            return
        self.made.update(name.rpartition(".")[2].lower() for name in event.outputs)
        self.first = self.first or next(iter(event.outputs), "")
        if event.status != "done":
            kept = self.failed if event.failure else self.no_data
            if len(kept) < SHOWN:
                kept.append(event)


class Lines:
    """Prints what went wrong at once, and how far the run is every few seconds."""

    def __init__(self, count: Callable[[], Iterable[object]]) -> None:
        self._tally = Tally(count)
        self._next = time.monotonic() + QUIET_FOR_S

    def __call__(self, event: Event) -> None:
        """Print what an event is worth."""
        self._tally(event)
        if said := sentence(event):
            _say(said)
        elif isinstance(event, events.ItemFinished) and time.monotonic() >= self._next:
            self._next = time.monotonic() + QUIET_FOR_S
            _say(self._tally.line())


def sentence(event: Event) -> str:
    """What people want to know at once; empty for everything else."""
    match event:
        case events.ItemFinished(failure=failure) if failure is not None:
            return f"failed   {event.key}  {_reason(event)}"
        case events.Retry():
            problem = f"{event.failure.category}: {event.failure.message}"
            return f"again    {event.key}  attempt {event.attempt + 1} follows; {problem}"
        case events.ItemsSkipped(reason=reason, stale=stale) if reason and stale:
            return f"kept     {', '.join(event.keys)}  {reason}"
        case events.Log(level="notice"):
            return event.message
        case events.Interrupting(now=False):
            return "Stopping: what runs is finished first. Press Ctrl-C again to stop at once."
        case events.Interrupting():
            return "Stopping at once."
        case events.Log(level="error" | "critical"):
            return f"{event.level}: {event.message}"
        case _:
            return ""


def _say(line: str) -> None:
    typer.echo(one_line(line), err=True)


# As a bar


@contextmanager
def bar(count: Callable[[], Iterable[object]]) -> Iterator[Listener]:
    """Show a bar with rate, time left and failures by category."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
    from rich.text import Text

    tally = Tally(count)

    class How(ProgressColumn):
        """Rate, time left, failures."""

        def render(self, task: Task) -> Text:
            said = Text(tally.line(), no_wrap=True, overflow="ellipsis")
            if tally.failed:
                said.highlight_regex(r"\d+ failed.*", "red")
            return said

    console = Console(stderr=True, highlight=False)
    shown: Progress
    with Progress(
        TextColumn("{task.description}"), BarColumn(20), How(), console=console, transient=True
    ) as shown:
        task = shown.add_task("working", total=None)

        def tell(event: Event) -> None:
            tally(event)
            if said := sentence(event):
                shown.console.print(Text(one_line(said)))
            shown.update(task, total=tally.work, completed=tally.finished)

        yield tell


def tell_left_out(found: Callable[[], Iterable[LeftOut]], *, as_json: bool) -> None:
    """Say what of the folders is not worked on: a line, or a JSON line, for each folder."""
    with contextlib.suppress(FigmillError):  # a folder may be gone by the end of its run
        for left in found():
            if as_json:
                told = {"folder": str(left.folder), "count": left.count}
                told |= {"reasons": dict(left.reasons), "first": left.first}
                typer.echo(as_json_line({"event": "left_out", **told}))
            else:
                _say(str(left))


# At the end


def conclude_run(report: RunReport, notes: Notes, out: Path, *, quiet: bool) -> None:
    """Say what came of a run, what was not told while it went on, and what to do next.

    Failures were told as they came, unless the run was quiet; items without data were not.
    """
    if quiet:
        told, total = [("failed", f.key, _reason(f)) for f in notes.failed], report.failed
    else:
        typer.echo(summary(report))
        told, total = [("no data", f.key, f.message) for f in notes.no_data], report.no_data
    if told:
        typer.echo()
        typer.echo(table(("", "item", "why"), told))
        if total > len(told):
            typer.echo(f"... and {total - len(told)} more.")
    if not quiet and (lines := noted(report, out)):
        typer.echo()
        typer.echo("\n".join(lines))
    for error in report.listener_errors:
        typer.echo(f"warning: {printable(error)}", err=True)
    if advice := next_steps(report, out):
        typer.echo()
        typer.echo("\n".join(advice))
    elif not quiet:
        typer.echo(one_line(where(notes, out)))


def where(notes: Notes, out: Path) -> str:
    """Where the files of a run are, how many of a kind there are, and one to look at first."""
    if not notes.made:
        return f"In {out}"
    kinds = ", ".join(f"{count} {kind}" for kind, count in notes.made.most_common())
    return f"In {out}: {kinds}; the first is {out / notes.first}"


def _reason(finished: events.ItemFinished) -> str:
    failure = finished.failure
    if failure is None:
        return finished.message
    return f"{failure.category}: {failure.message} {failure.hint or ''}".rstrip()


def summary(report: RunReport) -> str:
    """The counts of a run in one sentence.

    Examples
    --------
    >>> summary(RunReport(done=12, failed=1, skipped=30, seconds=4.2))
    '12 done, 1 failed, 30 unchanged, in 4.2 s.'
    """
    parts = [f"{report.done} done"]
    parts += [f"{report.no_data} without data"] if report.no_data else []
    parts += [f"{report.failed} failed"] if report.failed else []
    unchanged = report.skipped - report.known_failed
    parts += [f"{unchanged} unchanged"] if unchanged else []
    parts += [f"{report.known_failed} left failed from before"] if report.known_failed else []
    parts += [f"{report.planned} not reached"] if report.planned else []
    parts += [f"{counted(report.stale, 'file')} out of date"] if report.stale else []
    end = "interrupted after" if report.interrupted else "in"
    return f"{', '.join(parts)}, {end} {duration(report.seconds)}."


def noted(report: RunReport, out: Path) -> list[str]:
    """How many figures carry doubts and losses, the commonest of these, and where to read on."""
    if not report.notes:
        return []
    counts = [(report.doubts, "a doubt"), (report.losses, "a loss")]
    total = report.done + report.no_data + report.skipped - report.known_failed
    lines = [
        f"Of {counted(total, 'item')}, "
        + " and ".join(f"{_share(n, total)} carry {what}" for n, what in counts if n)
        + ":"
    ]
    lines += [
        one_line(f"  {note.items:>6}  {note.level:5}  {note.code}: {note.text}")
        for note in report.notes[:_SHOWN_NOTES]
    ]
    return [*lines, f"All of them:             figmill notes {shlex.quote(str(out))}"]


def _share(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.0f} %)" if total else str(count)


def next_steps(report: RunReport, out: Path) -> list[str]:
    """The commands that help with what a run left behind."""
    name = shlex.quote(str(out))
    steps = []
    if report.interrupted:
        steps.append("Start the same command again to go on where it stopped.")
    if report.failed or report.known_failed:
        steps.append(f"Causes of the failures:  figmill errors {name}")
        steps.append(f"Try them again:          figmill retry {name}")
    if report.stale:
        # Not how to remove them: after a slip in an option they are all there is.
        steps.append(f"Files out of date:       figmill status {name}")
    return steps


# Dry runs


def tell_plan(event: Event) -> None:
    """Print an item that would run, and why."""
    if isinstance(event, events.ItemPlanned):
        typer.echo(one_line(f"{event.action:5} {event.key}  {event.reason}"))
        for name in event.replaces:
            typer.echo(one_line(f"      replaces {name}"))
    elif isinstance(event, events.ItemsSkipped) and event.reason and event.stale:
        typer.echo(one_line(f"keep  {', '.join(event.keys)}  {event.reason}"))


def conclude_plan(report: RunReport, notes: Notes) -> None:
    """Say how much would run."""
    unchanged = report.skipped - report.known_failed
    parts = [f"{counted(report.planned, 'item')} would run", f"{unchanged} unchanged"]
    if report.known_failed:
        parts.append(f"{report.known_failed} failed before and would be left alone")
    typer.echo(f"{', '.join(parts)}. Nothing was written.")
