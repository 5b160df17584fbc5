"""``figmill run``: a job file, with any recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figmill.console.generate import takes
from figmill.console.options import ALLOW_ADDRESS, Run, carry_out, code_of, cores
from figmill.errors import ConfigError

if TYPE_CHECKING:
    from figmill.jobs.job_file import Job

app = typer.Typer()


@app.command()
@takes(choices=Run)
def run(
    job_file: Annotated[
        str,
        typer.Argument(
            metavar="JOB.yaml|SCRIPT.py:FUNCTION",
            help="The job file; or a Python function, to be called for each PATH.",
        ),
    ],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...", help="For a function: files, folders, patterns, words."
        ),
    ] = None,
    *,
    choices: dict[str, Any],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="OUT", help="The output folder, whatever the job says."
        ),
    ] = None,
    allow_address: ALLOW_ADDRESS = None,
) -> None:
    """Carry out a job file, with any recipe; or call a function of yours for each of many files.

    Options given here go before those of the file. Relative paths in the file start at its folder.
    "figmill schema" prints what a job file may hold.

    The function gets an item (item.inputs[0] is its file) and gives a figure of figmill or of
    matplotlib, files by name, or None; see figmill.batch.

    \b
    figmill run job.yaml
    figmill run my.py:draw 'data/*.txt' -o figures

    \b
    recipe: quicklook
    out: figures
    formats: [png, pdf]
    options:
      paths: [data]
    run:
      workers: 4
      timeout: 2m
    """  # noqa: D301 - typer reads the \b
    from figmill.recipes.addresses import check_addresses

    job = _job_of(job_file, paths or [])
    check_addresses(job.recipe, allow_address or ())
    folder = job.out if out is None else out.absolute()
    if folder is None:
        raise ConfigError(
            "no output folder is given.",
            file=job_file,
            hint="Add the key 'out' to the file, or give --out.",
        )
    # A flag that is not given leaves the file's own setting as it is.
    of_job = {
        name: value
        for name, value in choices.items()
        if name in type(job.settings).model_fields and value is not False
    }
    if of_job.get("limits", "each") not in ("each", "shared"):
        # A file named here starts where the command does, not the job.
        of_job["limits"] = str(Path(of_job["limits"]).absolute())
    options = job.settings.but(**of_job).options(
        cores(), **{name: choices[name] for name in ("force", "dry_run", "overwrite")}
    )
    with job.here():
        report = carry_out(
            job.recipe,
            folder,
            formats=choices.get("formats", job.formats),
            options=options,
            as_json=choices["as_json"],
            quiet=choices["quiet"],
        )
    raise typer.Exit(0 if options.dry_run else code_of(report, strict=choices["strict"]))


def _job_of(what: str, paths: Sequence[str]) -> Job:
    """The job of a file, or the one that calls a function."""
    from figmill.jobs.job_file import Job, RunSettings, read_job

    script, colon, function = what.rpartition(":")
    if colon and script.endswith(".py") and not Path(what).exists():
        from figmill.own import OwnRecipe

        if not paths:
            raise ConfigError(
                f"nothing is given for {function} to draw.",
                hint=f"Name files: {what} 'data/*.txt'.",
            )
        recipe = OwnRecipe(script=what, given=[*paths])  # a list, as kept jobs have it
        return Job(recipe, ("png",), RunSettings(), None, Path.cwd())
    if paths:
        raise ConfigError(
            f"a job file takes no paths, such as {paths[0]!r}.",
            hint="They stand in its options. A function is named as SCRIPT.py:FUNCTION.",
        )
    return read_job(Path(what))
