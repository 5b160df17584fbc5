"""``figmill draw``: a folder that holds files of all kinds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from figmill.console.boundary import OK, SOME_FAILED
from figmill.console.options import Run, carry_out, code_of, runs
from figmill.console.text import as_json_line, counted, one_line, printable, table
from figmill.errors import ConfigError

if TYPE_CHECKING:
    from figmill.engine import RunReport
    from figmill.recipes.base import Recipe
    from figmill.recipes.sniff import Sniffed, SniffedFile

app = typer.Typer()

_MANY = 1000
"""So many files are looked into for more than a moment."""
_COUNTS = ("done", "no_data", "failed", "skipped", "planned", "known_failed", "stale")


@app.command()
@runs
def draw(
    run: Run,
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER", help="Folders, searched at any depth; files.")
    ],
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            "--recipe",
            "-r",
            metavar="NAME",
            help="Only this recipe, also where it is not sure; give it several times for several.",
        ),
    ] = None,
) -> None:
    """Draw a folder of files of all kinds, each file with the recipe that knows its content.

    Each recipe draws into a folder of its name in OUT, with its usual options. What no recipe
    draws, and what several would draw as well as each other, is told with the reason.

    \b
    figmill draw data --dry-run -o figures
    figmill draw data -o figures
    figmill draw data -o figures --recipe quicklook
    """  # noqa: D301 - typer reads the \b
    from figmill.recipes.sniff import SURE, sniff

    def begin(files: int) -> None:
        if files >= _MANY and not (run.quiet or run.as_json):
            typer.echo(f"Looking into {files} files.", err=True)

    kinds = _recipes(recipe or ())
    sniffed = sniff(
        folders, kinds, apart=_made_here(run.out), least=0.0 if recipe else SURE, begin=begin
    )
    groups, refused = _grouped(sniffed, kinds, run.out)
    for note in sniffed.notes:
        typer.echo(printable(f"{note.level}: {note}"), err=True)
    if run.as_json:
        _tell_as_json(sniffed)
    elif not run.quiet:
        _tell(sniffed, run)
    _refuse_nothing(sniffed, groups, refused, folders)
    for name, error in refused.items():
        if run.as_json:
            told = {"event": "recipe_refused", "recipe": name, "message": error.message}
            typer.echo(as_json_line({**told, "hint": error.hint}))
        typer.echo(printable(f"error: {name} draws nothing: {error}"), err=True)
    raise typer.Exit(_drawn(groups, sniffed, run, bool(refused)))


@dataclass(frozen=True, slots=True)
class _Group:
    """The files of one recipe, and where they are drawn."""

    name: str
    recipe: Recipe
    files: int
    out: Path


def _drawn(groups: Sequence[_Group], sniffed: Sniffed, run: Run, refused: bool) -> int:
    """Draw each group, and give the command's exit code."""
    begun = time.monotonic()
    reports: dict[str, RunReport] = {}
    codes = [SOME_FAILED if refused else OK]
    for group in groups:
        about = {"recipe": group.name, "files": group.files, "out": str(group.out)}
        if run.as_json:
            typer.echo(as_json_line({"event": "recipe", **about}))
        elif not run.quiet:
            typer.echo(f"\n{group.name}: {counted(group.files, 'file')}")
        report = carry_out(
            group.recipe,
            group.out,
            formats=run.formats,
            options=replace(run, out=group.out).options(),
            as_json=run.as_json,
            quiet=run.quiet,
            part_of_more=True,
        )
        reports[group.name] = report
        if not run.dry_run:
            codes.append(code_of(report, strict=run.strict))
        if report.interrupted:
            break
    if run.as_json:
        typer.echo(as_json_line(_summary(reports, sniffed, begun, ok=max(codes) == OK)))
    elif not run.quiet and not run.dry_run and (left := [g.name for g in groups[len(reports) :]]):
        typer.echo(f"Not begun: {', '.join(left)}.")
    return max(codes)


def _summary(
    reports: Mapping[str, RunReport], sniffed: Sniffed, begun: float, *, ok: bool
) -> dict[str, object]:
    from figmill.console.progress import as_dict

    counts = {name: sum(getattr(one, name) for one in reports.values()) for name in _COUNTS}
    return {
        "event": "summary",
        "ok": ok,
        **counts,
        "interrupted": any(one.interrupted for one in reports.values()),
        "not_drawn": len(sniffed.not_drawn()),
        "left_out": sum(left.count for left in sniffed.left_out),
        "seconds": round(time.monotonic() - begun, 3),
        "recipes": {name: as_dict(one) for name, one in reports.items()},
    }


# Which recipe draws what


def _recipes(names: Sequence[str]) -> dict[str, type[Recipe]]:
    """The recipes to ask, by name.

    Raises
    ------
    ConfigError
        One that is named is not there, or does not say which files it draws.
    """
    from figmill import plugins
    from figmill.recipes import registry
    from figmill.recipes.base import Recipe

    def says(kind: type[Recipe]) -> bool:
        return kind.sniff.__func__ is not Recipe.sniff.__func__  # type: ignore[attr-defined]

    loaded = registry.recipes()
    all_of_them: Mapping[str, type[Recipe]] = loaded.found  # type: ignore[assignment]
    able = {name: kind for name, kind in sorted(all_of_them.items()) if says(kind)}
    if not names:
        for error in loaded.disabled.values():
            plugins.tell(error)
        return able
    for name in names:
        if not says(registry.recipe_class(name)):
            raise ConfigError(
                f"the recipe {name!r} does not find its files by itself.",
                place="--recipe",
                hint=f"These do: {', '.join(able)}.",
            )
    return {name: able[name] for name in names}


def _made_here(out: Path) -> Callable[[str], str]:
    """Tell of a folder whether figmill made what it holds."""
    from figmill.engine.ledger.ledger import ledger_path

    top = out.resolve()

    def why(name: str) -> str:
        folder = Path(name)
        if folder.resolve() == top:
            return "the output folder"
        return "output folders of figmill" if ledger_path(folder).exists() else ""

    return why


def _grouped(
    sniffed: Sniffed, kinds: Mapping[str, type[Recipe]], out: Path
) -> tuple[list[_Group], dict[str, ConfigError]]:
    """A recipe for the files of each kind, and why others cannot begin."""
    groups: list[_Group] = []
    refused: dict[str, ConfigError] = {}
    for name, files in sniffed.by_recipe().items():
        try:
            made = _checked(kinds[name], files)
        except ConfigError as error:
            apart = _namesakes(files)
            try:
                if not apart or len(apart) == len(files):
                    raise error
                made = _checked(kinds[name], [one for one in files if one not in apart])
            except ConfigError:
                refused[name] = error
                continue
            _set_aside(sniffed, apart)
            files = [one for one in files if one not in apart]  # noqa: PLW2901
        groups.append(_Group(name, made, len(files), out / name))
    return groups, refused


def _checked(kind: type[Recipe], files: Sequence[SniffedFile]) -> Recipe:
    """The recipe of some files; what is wrong with its list is told before anything is drawn."""
    made = kind.of_files([one.file.marked for one in files])
    made.check()
    for _ in made.items():
        pass
    return made


def _namesakes(files: Sequence[SniffedFile]) -> list[SniffedFile]:
    """The files that share their key with another one: most recipes name figures by it."""
    alike: dict[str, list[SniffedFile]] = {}
    for one in files:
        alike.setdefault(one.file.key.casefold(), []).append(one)
    return [one for several in alike.values() if len(several) > 1 for one in several]


def _set_aside(sniffed: Sniffed, files: Sequence[SniffedFile]) -> None:
    """Say of files of one name that none is drawn: one figure would be that of either."""
    for one in files:
        why = f"another file of {one.recipe} has its name, {one.file.key!r}: rename one"
        place = sniffed.files.index(one)
        sniffed.files[place] = replace(one, recipe="", why=why)


def _refuse_nothing(
    sniffed: Sniffed,
    groups: Sequence[_Group],
    refused: Mapping[str, ConfigError],
    folders: Sequence[Path],
) -> None:
    if groups:
        return
    if refused:
        raise next(iter(refused.values()))
    named = ", ".join(map(str, folders))
    reasons = dict.fromkeys(one.why for one in sniffed.not_drawn())
    raise ConfigError(
        f"no recipe draws anything of {named}.",
        hint="; ".join(list(reasons)[:3]) or "What is there was left out, as told above.",
    )


# What is told


def _tell(sniffed: Sniffed, run: Run) -> None:
    """Print which recipe draws what, and why: in a dry run as its result."""
    rows = [
        (recipe or "-", str(len(files)), why, f"{one_line(files[0])}{', ...' * (len(files) > 1)}")
        for (recipe, why), files in _alike(sniffed.files)
    ]
    if rows:
        typer.echo(
            table(("recipe", "files", "what they are", "such as"), rows), err=not run.dry_run
        )
    for left in sniffed.left_out:
        typer.echo(one_line(str(left)), err=not run.dry_run)


def _alike(files: Sequence[SniffedFile]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """The files' names by recipe and reason; what is drawn comes first."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in files:
        why = one.why
        if one.recipe and (rivals := [name for name, it in one.others.items() if it.confidence]):
            why += f"; {' and '.join(rivals)} would draw it, less surely"
        found.setdefault((one.recipe, why), []).append(str(one.file.path))
    yield from sorted(found.items(), key=lambda item: (not item[0][0], item[0]))


def _tell_as_json(sniffed: Sniffed) -> None:
    for one in sniffed.files:
        told = {"file": str(one.file.path), "recipe": one.recipe or None, "why": one.why}
        others = {name: asdict(claim) for name, claim in one.others.items()}
        more = {"confidence": one.confidence, "others": others}
        typer.echo(as_json_line({"event": "file", **told, **more}))
    from figmill.console.progress import tell_left_out

    tell_left_out(lambda: sniffed.left_out, as_json=True)
    for note in sniffed.notes:
        typer.echo(as_json_line({"event": "note", **asdict(note)}))
