"""A job: a recipe with its options, formats and way of running; written in YAML by people."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    ConfigDict,
    Field,
    PydanticUserError,
    TypeAdapter,
    create_model,
    field_validator,
)

from figmill import plugins
from figmill.config.model import Model
from figmill.config.parse import parse_bytes, parse_timedelta
from figmill.config.yaml_file import Document, load
from figmill.config.yaml_model import validate
from figmill.engine.failures import CATEGORIES
from figmill.engine.options import RETRIES, RunOptions
from figmill.errors import ConfigError
from figmill.formats import DEFAULT, FormatName
from figmill.recipes import registry
from figmill.recipes.base import Recipe
from figmill.text import one_line

V = TypeVar("V")
Category = Literal[CATEGORIES]  # type: ignore[valid-type]


def _checked(read: Callable[[Any], object], value: V) -> V:
    try:
        read(value)
    except ConfigError as error:
        raise ValueError(f"{error.message} {error.hint}") from error
    return value


class RunSettings(Model):
    """How to run; the part ``run`` of a job file."""

    model_config = ConfigDict(validate_default=True)

    workers: int | None = Field(
        None, ge=0, description="Worker processes; 0: this process; none: as many as cores."
    )
    timeout: float | str = Field(
        "10m", description="The longest an item may take: 90, 90s, 10m, 1h; 0: no limit."
    )
    memory_limit: int | str | None = Field(
        None, description="The most memory of one worker: 800MB, 2GB; none: no limit."
    )
    retries: dict[Category, Annotated[int, Field(ge=0)]] = Field(
        dict(RETRIES), description="How often an item is tried again, by category of failure."
    )
    retry_failed: tuple[Category, ...] = Field(
        ("output",), description="Failures of earlier runs that are tried again by themselves."
    )
    recycle_after: int | None = Field(
        None, ge=1, description="Replace a worker after this many items."
    )
    flush_batch_size: int = Field(
        10, ge=1, description="Write the progress file after this many finished items."
    )
    notes_on_figure: bool = Field(
        False, description="Print under each figure, in small type, what was assumed."
    )
    limits: str = Field(
        "each",
        min_length=1,
        description="Limits of axes and colours: each (of every figure alone), shared (of all "
        "items together), or a file with limits.",
    )

    @field_validator("timeout")
    @classmethod
    def _is_time(cls, value: float | str) -> float | str:
        return _checked(parse_timedelta, value)

    @field_validator("memory_limit")
    @classmethod
    def _is_size(cls, value: int | str | None) -> int | str | None:
        return value if value is None else _checked(parse_bytes, value)

    @classmethod
    def of(cls, options: RunOptions) -> RunSettings:
        """The part of the engine's options that a later run needs."""
        return cls(
            workers=options.workers,
            timeout=options.timeout_s or 0,
            memory_limit=options.memory_limit,
            retries=dict(options.retries),
            retry_failed=tuple(sorted(options.retry_failed)),
            recycle_after=options.recycle_after,
            flush_batch_size=options.flush_batch_size,
            notes_on_figure=options.notes_on_figure,
            limits=str(options.limits),
        )

    def options(self, cores: int, **more: Any) -> RunOptions:
        """The engine's options; ``cores`` workers where none are given."""
        workers = cores if self.workers is None else self.workers
        # The usual timeout is of no use where there is no process that it could end.
        usual = not workers and self.timeout == type(self).model_fields["timeout"].default
        return RunOptions(
            workers=workers,
            timeout_s=None if usual else parse_timedelta(self.timeout),
            memory_limit=None if self.memory_limit is None else parse_bytes(self.memory_limit),
            retries=dict(self.retries),
            retry_failed=frozenset(self.retry_failed),
            recycle_after=self.recycle_after,
            flush_batch_size=self.flush_batch_size,
            notes_on_figure=self.notes_on_figure,
            limits=self.limits,
            **more,
        )


class JobFile(Model):
    """A job file. Relative paths in it start at the folder that it is in."""

    recipe: str = Field(description="What to draw; figmill list-plugins names the recipes.")
    out: str | None = Field(None, description="The output folder, if --out does not name another.")
    formats: tuple[FormatName, ...] = Field((DEFAULT,), min_length=1, description="File formats.")
    run: RunSettings = Field(RunSettings(), description="How to run.")
    options: Any = Field(description="The recipe's options.")


@dataclass(frozen=True, slots=True)
class Job:
    """A job that can be run.

    Parameters
    ----------
    recipe
        With all its options.
    formats
        File formats.
    settings
        How to run.
    out
        The output folder; None where the job names none.
    folder
        Where its relative paths start.
    """

    recipe: Recipe
    formats: tuple[str, ...]
    settings: RunSettings
    out: Path | None
    folder: Path

    def here(self) -> contextlib.AbstractContextManager[None]:
        """Work in the job's folder, so that its relative paths mean what they say."""
        return contextlib.chdir(self.folder)


def read_job(path: str | Path) -> Job:
    """Read a job file.

    Raises
    ------
    ConfigError
        Naming line and column of whatever is wrong, and what would be right.
    """
    document = load(path)
    kind = _recipe_of(document)
    folder = Path(path).absolute().parent
    with contextlib.chdir(folder):
        made: Any = validate(job_model(kind), document)
    out = None if made.out is None else folder / made.out
    return Job(made.options, made.formats, made.run, out, folder)


def job_model(kind: type[Recipe]) -> type[JobFile]:
    """The model of the job files of one recipe."""
    needed = any(field.is_required() for field in kind.model_fields.values())
    about: dict[str, Any] = {"description": "The recipe's options."}
    fields: dict[str, Any] = {
        "recipe": (Literal[kind.name], Field(description="What to draw.")),
        "options": (kind, Field(**about) if needed else Field(default_factory=kind, **about)),
    }
    return create_model(
        f"{kind.__name__}Job",
        __base__=JobFile,
        __doc__=f"A job of the recipe {kind.name}.",
        **fields,
    )


def schema(
    name: str | None = None, tell: Callable[[ConfigError], None] = plugins.tell
) -> dict[str, Any]:
    """The JSON Schema of the job files of one recipe, or of all.

    Parameters
    ----------
    name
        The recipe's; by default the schema is that of all recipes that can be used.
    tell
        Called with the reason for each recipe that is left out.

    Raises
    ------
    ConfigError
        There is no such recipe, or it cannot be used, or none can.
    """
    if name:
        return _schema_of(_described(registry.recipe_class(name)))
    loaded = registry.recipes()
    broken = list(loaded.disabled.values())
    models = []
    for kind in cast("dict[str, type[Recipe]]", loaded.found).values():
        try:
            models.append(_described(kind))
        except ConfigError as error:
            broken.append(error)
    for each in broken:
        tell(each)
    if not models:
        raise ConfigError("there is no recipe that can be used.", hint="Reinstall figmill.")
    if len(models) == 1:
        return _schema_of(models[0])
    return _schema_of(Annotated[reduce(or_, models), Field(discriminator="recipe")])


def _described(kind: type[Recipe]) -> type[JobFile]:
    """The model of a recipe's job files, where JSON Schema has words for all options."""
    model = job_model(kind)
    try:
        _schema_of(model)
    except PydanticUserError as error:
        raise ConfigError(
            f"the options of the recipe {kind.name!r} have no JSON Schema: "
            f"{one_line(error.message)}.",
            hint=f"Correct the fields of {kind.__module__}.{kind.__name__}.",
        ) from error
    return model


def _schema_of(model: Any) -> dict[str, Any]:
    made = TypeAdapter(model).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _recipe_of(document: Document) -> type[Recipe]:
    if not isinstance(document.data, dict):
        raise document.error(
            "a job file is a mapping with the keys recipe, out and options.",
            hint="See figmill schema.",
        )
    name = document.data.get("recipe")
    if not isinstance(name, str):
        raise document.error(
            "the key 'recipe' must name a recipe.",
            ("recipe",),
            hint=f"There are: {', '.join(plugins.names())}.",
        )
    try:
        return registry.recipe_class(name)
    except ConfigError as error:
        raise document.error(error.message, ("recipe",), hint=error.hint) from error
