"""Commands about an output folder: status, errors, why, retry, prune, repair."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figmill.cli.below import in_each_folder
from figmill.console.options import (
    ALLOW_ADDRESS,
    DRY_RUN,
    JSON,
    OUT_FOLDER,
    QUIET,
    TRUST,
    WORKERS,
    carry_out,
    code_of,
    cores,
)
from figmill.console.text import (
    amount,
    as_json_line,
    counted,
    duration,
    one_line,
    printable,
    table,
)
from figmill.errors import ConfigError, OutputError
from figmill.text import plain_text

if TYPE_CHECKING:
    from figmill.engine import FailedItem, Item, Record, RunRecord, Stale
    from figmill.jobs.job_file import Job

app = typer.Typer()

_SHOWN_KEYS = 5
_SHOWN_RUNS = 5
_SHOWN_STALE = 10
_KNOWN = {
    "ledger": "known from the ledger",
    "sidecar": "from the notes beside it",
    "figures": "from the figures themselves",
}
CATEGORY = Annotated[
    str | None,
    typer.Option("--category", "-c", metavar="NAME", help="Only failures of this category."),
]


@app.command()
@in_each_folder()
def status(out: OUT_FOLDER, as_json: JSON = False) -> None:
    """Say how far the work in an output folder is, also while a run is on.

    \b
    figmill status figures
    """  # noqa: D301 - typer reads the \b
    from figmill.engine import Ledger

    with Ledger.read(out) as ledger:
        counts = ledger.counts()
        runs = ledger.runs()
        causes = ledger.causes()
        stale = ledger.stale()
    running = _is_running(out)
    if as_json:
        told = {
            "out": str(out),
            "running": running,
            "counts": counts,
            "failures": _by_category(causes),
            "stale": [_as_json(one) for one in stale],
            "runs": [asdict(run) for run in runs],
        }
        typer.echo(as_json_line(told))
        return
    typer.echo(f"{counted(sum(counts.values()), 'item')} in {one_line(str(out))}")
    rows = [(state, str(count)) for state, count in _shown(counts, running=running).items()]
    if rows:
        typer.echo(table(("", ""), rows))
    if causes:
        typer.echo("\nFailures")
        for category, number in _by_category(causes).items():
            typer.echo(f"  {number} {category}")
    if stale:
        typer.echo(f"\nOut of date: {counted(len(stale), 'file')} of earlier runs")
        _tell_stale(stale, _SHOWN_STALE)
    if runs:
        typer.echo("\nRuns")
        lines = [_told_of(run, runs, running=running) for run in runs[-_SHOWN_RUNS:]]
        typer.echo(table(("  begun", "", "result"), lines))
    if causes:
        name = shlex.quote(str(out))
        typer.echo(f"\nCauses: figmill errors {name}   Try again: figmill retry {name}")
    if not all(one.missing for one in stale):  # such files stay
        name = shlex.quote(str(out))
        typer.echo(f"What is out of date stays until a run replaces it, or: figmill prune {name}")


@app.command()
@in_each_folder()
def prune(
    out: OUT_FOLDER,
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ITEM]...", help="Let go of these items, with all their files."),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Also forget the items that failed.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Remove; otherwise only say what would go.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Remove files that are out of date: no other command removes a finished figure.

    Such files should have been replaced and were not, since their item failed, had no data or is
    written under other names now. Files stay whose input is missing and whose item was not drawn
    without it since, unless the item is named.

    \b
    figmill prune figures
    figmill prune figures --yes
    figmill prune figures orbit_13616 --yes
    """  # noqa: D301 - typer reads the \b
    from figmill import engine

    found = engine.prune(out, items or (), failed=failed, remove_files=yes)
    if as_json:
        told = {
            "removed" if yes else "would_remove": [_as_json(one) for one in found.files],
            "forgotten" if yes else "would_forget": [key for _, key in found.forgotten],
            "kept": [_as_json(one) for one in found.kept],
        }
        typer.echo(as_json_line(told))
        return
    _tell_stale(found.files)
    if found.kept:
        typer.echo(f"{counted(len(found.kept), 'file')} kept, since what made them is missing:")
        _tell_stale(found.kept, _SHOWN_STALE)
    for _, key in found.forgotten:
        typer.echo(f"  {one_line(key)}: {'forgotten' if yes else 'would be forgotten'}")
    verb = "removed" if yes else "would be removed"
    typer.echo(f"{counted(len(found.files), 'file')} {verb}.")
    if not yes and (found.files or found.forgotten):
        typer.echo("Nothing was changed. Add --yes to do it.")


@app.command()
@in_each_folder()
def errors(
    out: OUT_FOLDER,
    category: CATEGORY = None,
    traceback: Annotated[
        bool, typer.Option("--traceback", "-t", help="Show a traceback of each cause.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """List what failed, grouped by cause, the most frequent first.

    \b
    figmill errors figures
    figmill errors figures --category timeout --traceback
    """  # noqa: D301 - typer reads the \b
    from figmill.engine import Ledger
    from figmill.engine.ledger.queries import causes

    _check_category(category)
    with Ledger.read(out) as ledger:
        failed = {one.record.key: one for one in ledger.failures(category)}
        runs = ledger.runs()
    groups = causes(failed.values())
    if as_json:
        for cause in groups:
            first = failed[cause.keys[0]].failure
            typer.echo(
                as_json_line({**asdict(cause), "hint": first.hint, "traceback": first.traceback})
            )
        return
    if not groups:
        typer.echo(f"Nothing failed{f' by {category}' if category else ''}.")
        _tell_end_of(out, runs)
        return
    typer.echo(f"{len(failed)} failed, {counted(len(groups), 'cause')}")
    for cause in groups:
        members = [failed[key] for key in cause.keys]
        typer.echo()
        _tell_cause(cause.count, members, traceback=traceback)
    chosen = f" --category {category}" if category else ""
    typer.echo(f"\nTry them again: figmill retry {shlex.quote(str(out))}{chosen}")
    if not traceback:
        typer.echo("See where they were raised: add --traceback")
    _tell_end_of(out, runs)


@app.command()
@in_each_folder(one_is_enough=True)
def why(
    out: OUT_FOLDER,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item's key.")],
    trust: TRUST = False,
    allow_address: ALLOW_ADDRESS = None,
    as_json: JSON = False,
) -> None:
    """Say whether an item would run again, and why; and what is known of it.

    \b
    figmill why figures orbit_13616
    """  # noqa: D301 - typer reads the \b
    from figmill import engine
    from figmill.jobs import job_store
    from figmill.mill import as_run, version_of

    out = out.absolute()  # the job may belong to another folder
    item = plain_text(item)  # as keys are kept: a file's name need not be UTF-8
    found: tuple[Job, Item] | None = None
    note = ""
    try:
        found = job_store.find(out, item, trust=trust, addresses=allow_address or ())
    except (ConfigError, OutputError) as error:
        note = f"The job itself cannot be asked: {error}"
    if found is None:
        decision, record = engine.why(out, item)
    else:
        job, _ = found
        with job.here():
            listed = as_run(job.recipe, out, job.settings.options(cores()), item)
            decision, record = engine.why(
                out,
                item,
                listed,
                version_of(job.recipe),
                recipe=job.recipe.name,
                parts=job.formats,
            )
    if record is None and found is None:
        raise _unknown(out, item, note)
    with engine.Ledger.read(out) as ledger:
        failure = ledger.failure(item)
        attempts = ledger.attempts(item)
    if as_json:
        told = {
            "key": item,
            "would_run": decision.runs,
            "reason": decision.reason,
            "record": None if record is None else {**asdict(record), "parts": sorted(record.parts)},
            "attempts": [asdict(attempt) for attempt in attempts],
            "note": note,
        }
        typer.echo(as_json_line(told))
        return
    typer.echo(one_line(f"{item}: {'would run' if decision.runs else 'would not run'}."))
    typer.echo(one_line(f"  {decision.reason}"))
    if found is None and record is not None:
        said = note or "No job that is kept here lists it any more."
        typer.echo(printable("".join(f"  {line}\n" for line in said.split("\n"))), nl=False)
    if record is not None:
        typer.echo()
        typer.echo(_told_of_item(record))
    if failure is not None and failure.hint:
        typer.echo(f"  hint      {printable(failure.hint)}")
    for attempt in attempts:
        when = _date(attempt.at)
        typer.echo(printable(f"  attempt   {when}  {attempt.category}: {attempt.message}"))


@app.command()
@in_each_folder()
def retry(
    out: OUT_FOLDER,
    category: CATEGORY = None,
    workers: WORKERS = None,
    trust: TRUST = False,
    allow_address: ALLOW_ADDRESS = None,
    dry_run: DRY_RUN = False,
    as_json: JSON = False,
    quiet: QUIET = False,
) -> None:
    """Work again on the items that failed, with the options they were run with.

    \b
    figmill retry figures
    figmill retry figures --category timeout
    """  # noqa: D301 - typer reads the \b
    from figmill.engine import CATEGORIES, Ledger
    from figmill.jobs import job_store

    _check_category(category)
    out = out.absolute()
    with Ledger.read(out) as ledger:
        left = {(one.record.recipe, one.record.key) for one in ledger.failures(category)}
        runs = ledger.runs()
    if not left:
        typer.echo(f"Nothing failed{f' by {category}' if category else ''}.", err=as_json)
        _tell_end_of(out, runs, err=as_json)
        return
    codes = []
    for job, chosen in job_store.claim(out, left, trust=trust, addresses=allow_address or ()):
        categories = {category} if category else CATEGORIES
        settings = job.settings if workers is None else job.settings.but(workers=workers)
        if workers == 0:  # which the help says: nothing can be ended there
            settings = settings.but(timeout=0, memory_limit=None)
        options = replace(
            settings.options(cores(), dry_run=dry_run),
            retry_failed=frozenset(categories),
        )
        with job.here():
            report = carry_out(
                job.recipe,
                out,
                formats=job.formats,
                options=options,
                as_json=as_json,
                quiet=quiet,
                only=chosen,
            )
        codes.append(0 if dry_run else code_of(report))
    if left and not as_json:
        names = ", ".join(one_line(key) for _, key in sorted(left)[:_SHOWN_KEYS])
        typer.echo(f"No job lists {counted(len(left), 'failed item')} any more: {names}", err=True)
    raise typer.Exit(max(codes, default=0))


@app.command()
def repair(
    out: OUT_FOLDER,
    discard_newer: Annotated[
        bool,
        typer.Option("--discard-newer", help="Set a ledger aside that a newer figmill wrote."),
    ] = False,
    as_json: JSON = False,
) -> None:
    """Rebuild a lost or damaged ledger from what is noted beside it and in the figures.

    The old one is kept beside it; one that is sound stays, and is compared with the files. What is
    sound is not drawn again afterwards.
    """
    from figmill import engine, provenance

    if not out.is_dir():
        raise ConfigError("there is no such folder.", file=out, hint="Check its name.")
    found = engine.repair(out, provenance.read, discard_newer=discard_newer)
    if as_json:
        told = {name: getattr(found, name) for name in found.__slots__}
        kept = found.kept and str(found.kept)
        typer.echo(as_json_line({**told, "known": dict(found.known), "kept": kept}))
        return
    if found.sound:
        typer.echo("The ledger is sound, and stays.")
    sources = ", ".join(
        f"{found.known[name]} {words}" for name, words in _KNOWN.items() if found.known.get(name)
    )
    typer.echo(
        f"{counted(found.items, 'item')} with {counted(found.files, 'file')}"
        f"{f': {sources}' if sources else ''}."
    )
    if found.incomplete:
        verb = "lacks" if found.incomplete == 1 else "lack"
        typer.echo(f"{counted(found.incomplete, 'item')} {verb} files, which will be made again.")
    if found.copies:
        typer.echo(f"{counted(found.copies, 'copied figure')} left alone.")
    if found.foreign:
        typer.echo(f"{counted(found.foreign, 'file')} of no item left alone.")
    if found.kept:
        typer.echo(f"The old ledger is now {one_line(str(found.kept))}")
    typer.echo("Start the job again: what is missing runs, the rest does not.")


# What is told


def _as_json(stale: Stale) -> dict[str, object]:
    return {
        "file": stale.file.path,
        "item": stale.key,
        "recipe": stale.recipe,
        "reason": stale.why,
    }


def _tell_stale(stale: Sequence[Stale], most: int | None = None) -> None:
    """List files with the reason why they are out of date, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for one in stale:
        by_reason.setdefault(one.why, []).append(one.file.path)
    for why, names in by_reason.items():
        typer.echo(f"  {one_line(why)}")
        for name in names[:most]:
            typer.echo(f"    {one_line(name)}")
        if most is not None and len(names) > most:
            typer.echo(f"    ... and {len(names) - most} more")


def _by_category(causes: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for cause in causes:
        found[cause.category] = found.get(cause.category, 0) + cause.count
    return found


def _shown(counts: Mapping[str, int], *, running: bool) -> dict[str, int]:
    """Name states as they are told; what a run that ended has left is not running."""
    found: dict[str, int] = {}
    for state, count in counts.items():
        ended = state in ("planned", "running") and not running
        name = "unfinished" if ended else state.replace("_", " ")
        found[name] = found.get(name, 0) + count
    return found


def _told_of(run: RunRecord, runs: list[RunRecord], *, running: bool) -> tuple[str, str, str]:
    if run.ended is None:
        now = running and run.id == runs[-1].id
        took = duration(time.time() - run.started) if now else ""
        return (
            f"  {_date(run.started)}",
            took,
            f"running (process {run.pid} on {run.host})" if now else "killed",
        )
    counts = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in run.counts.items() if n)
    end = counts or "nothing to do"
    if run.interrupted:
        end = f"interrupted: {counts or 'no item was finished'}"
    return f"  {_date(run.started)}", duration(run.ended - run.started), end


def _tell_end_of(out: Path, runs: list[RunRecord], *, err: bool = False) -> None:
    """Say where the last run did not come to its end: what it did not reach has not failed."""
    if not runs or not (runs[-1].interrupted or runs[-1].ended is None):
        return
    if _is_running(out):
        typer.echo("A run is on; this is what it has come to so far.", err=err)
        return
    how = "was killed" if runs[-1].ended is None else "was interrupted or broke off"
    typer.echo(
        f"But the last run (begun {_date(runs[-1].started)}) {how} before all items were worked on "
        "(a full disk, for example, ends a run and fails no item). Start it again: it continues. "
        f"How far it came: figmill status {shlex.quote(str(out))}",
        err=err,
    )


def _tell_cause(count: int, members: list[FailedItem], *, traceback: bool) -> None:
    failure = members[0].failure
    typer.echo(printable(f"{count} x {failure.category}: {failure.message}"))
    if failure.hint:
        typer.echo(f"    {printable(failure.hint)}")
    keys = [one_line(one.record.key) for one in members[:_SHOWN_KEYS]]
    more = f", and {count - len(keys)} more" if count > len(keys) else ""
    typer.echo(f"    {', '.join(keys)}{more}")
    if traceback:
        text = failure.traceback or "no traceback: the process ended without one"
        typer.echo("".join(f"    | {printable(line)}\n" for line in text.splitlines()), nl=False)


def _told_of_item(record: Record) -> str:
    rows = [("state", record.state.replace("_", " ")), ("when", _date(record.at))]
    if record.message:
        about = f"{record.category}: {record.message}" if record.category else record.message
        rows.append(("message", about))
    rows.append(("took", f"{duration(record.seconds)}, {counted(record.attempts, 'attempt')}"))
    if record.peak_memory:
        rows.append(("memory", amount(record.peak_memory)))
    rows += [("version", record.fingerprint.version)]
    rows += [("input", stamp.path) for stamp in record.fingerprint.inputs]
    rows += [("output", stamp.path) for stamp in record.outputs]
    rows += [("outdated", record.stale_why)] if record.stale_why else []
    return "\n".join(f"  {name:9} {one_line(value)}" for name, value in rows)


def _date(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


# Small decisions


def _is_running(out: Path) -> bool:
    from figmill.engine import lock

    return lock.is_held(out)


def _check_category(category: str | None) -> None:
    from figmill.config.model import suggestion
    from figmill.engine import CATEGORIES

    if category is not None and category not in CATEGORIES:
        raise ConfigError(
            f"there is no category of failure {category!r}.",
            hint=suggestion(category, list(CATEGORIES)),
        )


def _unknown(out: Path, key: str, note: str) -> ConfigError:
    from figmill.engine import Ledger

    with Ledger.read(out) as ledger:
        known = [record.key for record in ledger.items(limit=100_000)]
    near = get_close_matches(key, known, n=3)
    near += [each for each in known if key.casefold() in each.casefold()][: 3 - len(near)]
    names = ", ".join(dict.fromkeys(near)) or ", ".join(known[:3])
    return ConfigError(
        f"no item {key!r} is known, and no job that is kept lists it. {note}".rstrip(),
        file=out,
        hint=f"Some that are: {names}." if names else "Nothing was run here yet.",
    )
