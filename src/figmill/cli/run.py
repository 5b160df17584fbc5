"""``figmill run``: a job file, with any recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from figmill.console.options import (
    ALLOW_ADDRESS,
    DRY_RUN,
    FORCE,
    FORMATS,
    JSON,
    MEMORY_LIMIT,
    NOTES_ON_FIGURE,
    OVERWRITE,
    QUIET,
    STRICT,
    TIMEOUT,
    WORKERS,
    carry_out,
    code_of,
    cores,
)
from figmill.errors import ConfigError

app = typer.Typer()


@app.command()
def run(
    job_file: Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="OUT", help="The output folder, whatever the job says."
        ),
    ] = None,
    formats: FORMATS = None,
    workers: WORKERS = None,
    timeout: TIMEOUT = None,
    memory_limit: MEMORY_LIMIT = None,
    force: FORCE = False,
    dry_run: DRY_RUN = False,
    as_json: JSON = False,
    quiet: QUIET = False,
    overwrite: OVERWRITE = False,
    strict: STRICT = False,
    notes_on_figure: NOTES_ON_FIGURE = False,
    allow_address: ALLOW_ADDRESS = None,
) -> None:
    """Carry out a job file, with any recipe.

    Options given here go before those of the file. Relative paths in the file start at its folder.
    "figmill schema" prints what a job file may hold.

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
    from figmill.jobs.job_file import read_job
    from figmill.recipes.addresses import check_addresses

    job = read_job(job_file)
    check_addresses(job.recipe, allow_address or ())
    folder = job.out if out is None else out.absolute()
    if folder is None:
        raise ConfigError(
            "no output folder is given.",
            file=job_file,
            hint="Add the key 'out' to the file, or give --out.",
        )
    given = {
        "workers": workers,
        "timeout": timeout,
        "memory_limit": memory_limit,
        "notes_on_figure": notes_on_figure or None,
    }
    settings = job.settings.model_copy(
        update={name: v for name, v in given.items() if v is not None}
    )
    with job.here():
        report = carry_out(
            job.recipe,
            folder,
            formats=formats or job.formats,
            options=settings.options(cores(), force=force, dry_run=dry_run, overwrite=overwrite),
            as_json=as_json,
            quiet=quiet,
        )
    raise typer.Exit(0 if dry_run else code_of(report, strict=strict))
