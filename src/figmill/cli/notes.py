"""``figmill notes``: what was assumed, guessed, cut or left out in the figures of a folder."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from figmill.cli.below import in_each_folder
from figmill.console.options import JSON, OUT_FOLDER
from figmill.console.text import as_json_line, counted, one_line, table
from figmill.errors import ConfigError
from figmill.notes import LEVELS, Level, Note

if TYPE_CHECKING:
    from figmill.engine import Ledger

app = typer.Typer()


@app.command()
@in_each_folder(one_is_enough=True)
def notes(
    out: OUT_FOLDER,
    level: Annotated[
        list[str] | None,
        typer.Option(
            "--level",
            "-l",
            metavar="LEVEL",
            help="Only info, doubt or loss; give it several times for several.",
        ),
    ] = None,
    code: Annotated[
        list[str] | None,
        typer.Option("--code", "-c", metavar="CODE", help="Only notes of this code, item by item."),
    ] = None,
    as_json: JSON = False,
) -> None:
    """List what was assumed, guessed, cut or left out in the figures of an output folder.

    "loss" is what of a file is not in its figure, "doubt" what figmill had to assume and may be
    wrong, "info" what it did as the file or the user says.

    \b
    figmill notes figures
    figmill notes figures --level loss --level doubt
    figmill notes figures --code values-outside-valid-range
    """  # noqa: D301 - typer reads the \b
    from figmill.engine import Ledger

    if unknown := [one for one in level or () if one not in LEVELS]:
        raise ConfigError(
            f"there is no level {unknown[0]!r} of notes.", hint=f"Use any of {', '.join(LEVELS)}."
        )
    with Ledger.read(out) as ledger:
        everything = list(_listed(ledger))
        counts = ledger.counts()
    found = [
        one
        for one in everything
        if (not level or one[2].level in level) and (not code or one[2].code in code)
    ]
    if code and not found:
        _refuse_codes(code, {note.code for _, _, note in everything})
    if as_json:
        for recipe, key, note in found:
            typer.echo(as_json_line({"recipe": recipe, "key": key, **asdict(note)}))
        return
    if not found:
        typer.echo("There are no notes" + (" of this level." if level else "."))
        return
    total = counts.get("done", 0) + counts.get("no_data", 0)
    items = len({(recipe, key) for recipe, key, _ in found})
    typer.echo(f"{items} of {counted(total, 'item')} with notes")
    typer.echo()
    if code:
        typer.echo(table(("", "item", "note"), [(n.level, key, str(n)) for _, key, n in found]))
        return
    typer.echo(table(("items", "", "code", "for example"), list(_by_code(found))))
    name = shlex.quote(str(out))
    typer.echo(f"\nItem by item: figmill notes {name} --code {found[0][2].code}")


def _listed(ledger: Ledger) -> Iterator[tuple[str, str, Note]]:
    for recipe, key, noted in ledger.all_notes():
        for note in noted:
            yield recipe, key, note


def _by_code(found: Iterable[tuple[str, str, Note]]) -> Iterator[tuple[str, str, str, str]]:
    """Give items, level, code and one text; the gravest level first, then the commonest code."""
    texts: dict[tuple[Level, str], str] = {}
    members: set[tuple[tuple[Level, str], str, str]] = set()
    for recipe, key, note in found:
        kind = (note.level, note.code)
        texts.setdefault(kind, f"{key}: {note}")
        members.add((kind, recipe, key))
    items = Counter(kind for kind, _, _ in members)
    for kind in sorted(texts, key=lambda one: (-LEVELS.index(one[0]), -items[one], one)):
        yield str(items[kind]), *kind, one_line(texts[kind])


def _refuse_codes(wanted: Iterable[str], known: set[str]) -> None:
    if missing := [one for one in wanted if one not in known]:
        raise ConfigError(
            f"no figure here carries a note of the code {missing[0]!r}.",
            hint=f"There are: {', '.join(sorted(known))}." if known else "There are no notes here.",
        )
