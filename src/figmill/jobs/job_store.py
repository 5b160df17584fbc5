"""The jobs that were run into an output folder, kept there so that they can be run again.

An output folder may come from elsewhere, and a job says what is read, by what code, and where keys
are sent. So jobs are signed, and only this user's own are used unless the user trusts the others.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from figmill._version import __version__
from figmill.engine import Event, Item, Listener, RunOptions, events, ledger_path
from figmill.engine.files import Folder
from figmill.errors import ConfigError, FigmillError, OptionError, OutputError
from figmill.jobs import signing
from figmill.jobs.job_file import Job, RunSettings
from figmill.recipes import registry
from figmill.recipes.addresses import check_addresses
from figmill.recipes.base import Recipe
from figmill.system import system

_KEPT = 50
_LARGEST = 1 << 25  # a few hundred thousand files, named one by one
_SHOWN, _WIDTH = 40, 200


class StoredJob(BaseModel):
    """A job as it is kept; ``options`` is None where JSON cannot hold them."""

    recipe: str
    formats: tuple[str, ...]
    options: dict[str, Any] | None
    run: RunSettings
    folder: str
    figmill: str
    at: float
    signature: str = ""

    @property
    def signed_text(self) -> bytes:
        """All that its signature covers: every other field."""
        fields = self.model_dump(mode="json", exclude={"signature"})
        return json.dumps(fields, sort_keys=True).encode()

    def check_signature(self, out: Path) -> None:
        """Refuse a job, kept in ``out``, that this user's figmill did not write just so.

        Raises
        ------
        ConfigError
            Naming what the job would read.
        OutputError
            The user's secret is not safe.
        """
        if self.signature and signing.is_signed(self.signed_text, self.signature):
            return
        raise ConfigError(
            "a job that is kept here does not bear your signature: it came from elsewhere, was "
            f"edited, or is of an older figmill. It has\n{self.told()}",
            file=_folder(out),
            hint="If that is what you want to be read and run, add --trust; "
            "or run the job with its own command.",
        )

    def told(self) -> str:
        """What the job would run and read, in lines for people."""
        leaves = [f"{name}: {value}" for name, value in _leaves(self.options or {})]
        lines = [
            f"recipe: {json.dumps(self.recipe)}",
            f"folder: {json.dumps(self.folder)}",
            # A job must not hide a path behind many other options.
            *sorted(leaves, key=lambda line: "/" not in line),
        ]
        shown = [f"  {line if len(line) <= _WIDTH else line[:_WIDTH] + '...'}" for line in lines]
        if len(shown) > _SHOWN:
            shown[_SHOWN:] = [f"  ... and {len(lines) - _SHOWN} more"]
        return "\n".join(shown)

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
        except OptionError as error:
            raise ConfigError(
                f"the job is of figmill {self.figmill} "
                f"and does not fit {__version__}: {error.message}",
                hint="Run it again with its own command.",
            ) from error
        return Job(recipe, self.formats, self.run, None, folder)


def saver(out: Path, recipe: Recipe, formats: Sequence[str], options: RunOptions) -> Listener:
    """A listener that keeps a job as soon as its run holds the output folder."""

    def tell(event: Event) -> None:
        if isinstance(event, events.RunStarted):
            save(out, recipe, formats, options)

    return tell


def save(out: Path, recipe: Recipe, formats: Sequence[str], options: RunOptions) -> Path:
    """Write a job into its output folder; the same job again replaces itself.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        It cannot be written.
    OutputError
        A link is in the way.
    """
    stored = StoredJob(
        recipe=recipe.name,
        formats=tuple(formats),
        options=_options(recipe),
        run=RunSettings.of(options),
        folder=str(Path.cwd()),
        figmill=__version__,
        at=time.time(),
    )
    same = json.dumps([stored.recipe, stored.formats, stored.options, stored.folder])
    # Without a secret the job is kept all the same, and whoever uses it is asked to confirm it.
    with contextlib.suppress(OSError, OutputError):
        stored = stored.model_copy(update={"signature": signing.sign(stored.signed_text)})
    name = f"{hashlib.sha256(same.encode()).hexdigest()[:16]}.json"
    path = _folder(out)
    with Folder.open(out, make=True), Folder.below(out, path, make=True) as folder:
        folder.write(name, _json(stored, indent=1).encode())
        for old in _oldest_first(folder)[:-_KEPT]:
            with contextlib.suppress(FileNotFoundError):
                folder.remove(old)
    return path / name


def kept(out: Path) -> list[StoredJob]:
    """The jobs that were run into a folder, whoever wrote them, the last one first.

    Raises
    ------
    OutputError
        Their folder is a link, or belongs to another user.
    """
    return [one for one in _found(out) if isinstance(one, StoredJob)]


def find(
    out: Path, key: str, *, trust: bool = False, addresses: Collection[str] = ()
) -> tuple[Job, Item] | None:
    """The last job that lists an item of this key, and the item as it lists it now.

    Parameters
    ----------
    out
        The output folder.
    key
        The item's key.
    trust
        Use jobs that do not bear this user's signature, too.
    addresses
        Where jobs may send data and keys, besides the providers' own addresses.

    Raises
    ------
    ConfigError
        No job is kept; or none that may be used lists the item, and another may not be used.
    OutputError
        The kept jobs cannot be read safely.
    """
    for job in _usable(out, trust=trust, addresses=addresses):
        with job.here():
            for item in job.recipe.items():
                if item.key == key:
                    return job, item
    return None


def claim(
    out: Path, items: set[tuple[str, str]], *, trust: bool = False, addresses: Collection[str] = ()
) -> Iterator[tuple[Job, frozenset[str]]]:
    """Share items, by recipe and key, out among the jobs that list them, the last job first.

    What remains in ``items`` at the end no job lists any more. Other parameters and errors are as
    for `find`.
    """
    if not items:
        return
    for job in _usable(out, trust=trust, addresses=addresses):
        name = job.recipe.name
        keys = {key for recipe, key in items if recipe == name}
        listed: frozenset[str] = frozenset()
        if keys:
            with job.here():
                listed = frozenset(item.key for item in job.recipe.items() if item.key in keys)
        items -= {(name, key) for key in listed}
        if listed:
            yield job, listed
        if not items:
            return


def _usable(out: Path, *, trust: bool, addresses: Collection[str]) -> Iterator[Job]:
    found = _found(out)
    if not found:
        raise ConfigError(
            "no job is kept here.", file=out, hint="Run the job again with its own command."
        )
    refused: list[FigmillError] = []
    for place, one in enumerate(found):
        try:
            if isinstance(one, FigmillError):
                raise one
            # Before anything that the job names is imported or read.
            if not trust:
                one.check_signature(out)
            job = one.job()
            check_addresses(job.recipe, addresses)
        except (ConfigError, OutputError) as error:
            # Of older jobs the usable ones are enough; the last one is what was asked for.
            if place == 0:
                raise
            refused.append(error)
            continue
        yield job
    if refused:
        raise refused[0]


def _found(out: Path) -> list[StoredJob | OutputError]:
    """The kept jobs, the last one first, and at the end why others are refused."""
    jobs: list[StoredJob] = []
    refused: list[OutputError] = []
    try:
        opened = Folder.below(out, _folder(out))
    except FileNotFoundError:
        return []
    with opened as folder:
        _check_owner(folder.path, folder.about())
        for name in _oldest_first(folder):
            try:
                jobs.append(_read(folder, name))
            except OutputError as error:
                refused.append(error)
            except (OSError, ValueError, RecursionError):
                # Of another version, or no job at all: there is nothing to run again.
                continue
    return [*sorted(jobs, key=lambda stored: -stored.at), *refused]


def _read(folder: Folder, name: str) -> StoredJob:
    handle = folder.file(name, os.O_RDONLY)
    with os.fdopen(handle, "rb") as file:
        _check_owner(folder.path / name, os.fstat(handle))
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OutputError(
            f"it is larger than {_LARGEST} bytes, which no job is.",
            file=folder.path / name,
            hint="Move it away.",
        )
    # Not by pydantic, which refuses what `_json` writes for names that are not UTF-8.
    return StoredJob.model_validate(json.loads(data))


def _check_owner(path: Path, about: os.stat_result) -> None:
    if not system.is_own(about):
        raise OutputError(
            "it belongs to another user: jobs of others are not run.",
            file=path,
            hint="Run the job again with its own command.",
        )


def _oldest_first(folder: Folder) -> list[str]:
    found = {}
    for entry in folder.entries():
        if entry.name.endswith(".json"):
            with contextlib.suppress(FileNotFoundError):  # another run was quicker
                found[entry.name] = folder.stat(entry.name).st_mtime_ns
    return sorted(found, key=lambda name: found[name])


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Whatever of some options may name something, with where it stands, as JSON."""
    if isinstance(value, dict):
        for key, each in value.items():
            plain = str(key).isidentifier()
            place = f"{name}.{key}".lstrip(".") if plain else f"{name}[{json.dumps(key)}]"
            yield from _leaves(each, place)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{name}[{number}]")
    elif isinstance(value, str) or "[" in name:
        yield name, json.dumps(value)


def _options(recipe: Recipe) -> dict[str, Any] | None:
    try:
        options = json.loads(_json(recipe))
        same = type(recipe).model_validate(options) == recipe
    except (PydanticSerializationError, ValueError):
        return None
    return options if same else None


def _json(model: BaseModel, **how: Any) -> str:
    """Write a model as JSON in ASCII: names of files need not be UTF-8, and come back as they are.

    Raises
    ------
    PydanticSerializationError
        JSON does not know a value.
    """
    return json.dumps(model.model_dump(mode="json"), **how)


def _folder(out: Path) -> Path:
    return ledger_path(out).parent / "jobs"
