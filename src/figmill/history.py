"""The jobs that were run into an output folder, kept there so that they can be run again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from figmill._version import __version__
from figmill.engine import Event, Item, Listener, RunOptions, events, ledger_path
from figmill.engine.files import write_whole
from figmill.errors import ConfigError
from figmill.jobs import Job, Way
from figmill.recipes import registry
from figmill.recipes.base import Recipe

_KEPT = 50


class StoredJob(BaseModel):
    """A job as it is kept; ``options`` is None where JSON cannot hold them."""

    recipe: str
    formats: tuple[str, ...]
    options: dict[str, Any] | None
    run: Way
    folder: str
    figmill: str
    at: float

    def job(self) -> Job:
        """Make the job again.

        Raises
        ------
        ConfigError
            Its options were Python objects, or its recipe or its folder is gone.
        """
        if self.options is None:
            raise ConfigError(
                f"the job with the recipe {self.recipe!r} had options that only Python has.",
                hint="Run it again from Python.",
            )
        kind = registry.recipe_class(self.recipe)
        folder = Path(self.folder)
        if not folder.is_dir():
            raise ConfigError(
                "the folder in which the job was started is gone.",
                file=folder,
                hint="Run the job again with its own command, where its files are now.",
            )
        try:
            with contextlib.chdir(folder):
                recipe = kind.model_validate(self.options)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise ConfigError(
                f"the job is of figmill {self.figmill} and does not fit {__version__}: "
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}.",
                hint="Run it again with its own command.",
            ) from error
        return Job(recipe, self.formats, self.run, None, folder)


def keeping(out: Path, recipe: Recipe, formats: Sequence[str], options: RunOptions) -> Listener:
    """A listener that keeps a job as soon as its run holds the output folder."""

    def tell(event: Event) -> None:
        if isinstance(event, events.RunStarted):
            keep(out, recipe, formats, options)

    return tell


def keep(out: Path, recipe: Recipe, formats: Sequence[str], options: RunOptions) -> Path:
    """Write a job into its output folder; the same job again replaces itself.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        It cannot be written.
    """
    stored = StoredJob(
        recipe=recipe.name,
        formats=tuple(formats),
        options=_options(recipe),
        run=Way.of(options),
        folder=str(Path.cwd()),
        figmill=__version__,
        at=time.time(),
    )
    same = json.dumps([stored.recipe, stored.formats, stored.options, stored.folder])
    folder = _folder(out)
    path = folder / f"{hashlib.sha256(same.encode()).hexdigest()[:16]}.json"
    write_whole(path, stored.model_dump_json(indent=1).encode())
    oldest_first = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    for old in oldest_first[:-_KEPT]:
        old.unlink(missing_ok=True)
    return path


def kept(out: Path) -> list[StoredJob]:
    """The jobs that were run into a folder, the last one first."""
    found = []
    for path in _folder(out).glob("*.json"):
        try:
            found.append(StoredJob.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):  # of another version: there is nothing to run again
            continue
    return sorted(found, key=lambda stored: -stored.at)


def find(out: Path, key: str) -> tuple[Job, Item] | None:
    """The last job that lists an item of this key, and the item as it lists it now."""
    for job in _usable(out):
        with job.here():
            for item in job.recipe.items():
                if item.key == key:
                    return job, item
    return None


def claim(out: Path, keys: set[str]) -> Iterator[tuple[Job, frozenset[str]]]:
    """Share item keys out among the jobs that list them, the last job first.

    What remains in ``keys`` at the end no job lists any more.
    """
    for job in _usable(out):
        if not keys:
            return
        with job.here():
            listed = frozenset(item.key for item in job.recipe.items() if item.key in keys)
        keys -= listed
        if listed:
            yield job, listed


def _usable(out: Path) -> Iterator[Job]:
    stored = kept(out)
    if not stored:
        raise ConfigError(
            "no job is kept here.", file=out, hint="Run the job again with its own command."
        )
    for place, one in enumerate(stored):
        try:
            yield one.job()
        except ConfigError:
            # Of older jobs the usable ones are enough; the last one is what was asked for.
            if place == 0:
                raise


def _options(recipe: Recipe) -> dict[str, Any] | None:
    try:
        options = json.loads(recipe.model_dump_json())
        same = type(recipe).model_validate(options) == recipe
    except (PydanticSerializationError, ValidationError, ValueError):
        return None
    return options if same else None


def _folder(out: Path) -> Path:
    return ledger_path(out).parent / "jobs"
