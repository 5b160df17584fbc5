"""A job: a recipe with its options, formats and way of running; written in YAML by people."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import (
    ConfigDict,
    Field,
    PydanticUserError,
    TypeAdapter,
    create_model,
)

from figmill import plugins
from figmill.config.model import Model
from figmill.config.parse import parse_bytes, parse_timedelta
from figmill.config.yaml_model import validate
from figmill.engine.failures import CATEGORIES
from figmill.engine.options import RETRIES, RunOptions
from figmill.errors import ConfigError
from figmill.formats import DEFAULT, FormatName
from figmill.jobs.options import (
    LIMITS,
    TIME_LIMIT,
    Compress,
    LimitsOf,
    MemoryLimit,
    NotesOnFigure,
    TimeLimit,
    Workers,
)
from figmill.recipes import registry
from figmill.recipes.base import Recipe
from figmill.text import one_line

if TYPE_CHECKING:
    from figmill.config.yaml_file import Document

Category = Literal[CATEGORIES]  # type: ignore[valid-type]


class RunSettings(Model):
    """How to run; the part ``run`` of a job file."""

    model_config = ConfigDict(validate_default=True)

    workers: Workers = None
    timeout: TimeLimit = TIME_LIMIT
    memory_limit: MemoryLimit = None
    notes_on_figure: NotesOnFigure = False
    limits: LimitsOf = LIMITS
    compress: Compress = "fast"
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
            compress=options.compress,
        )

    def but(self, **given: Any) -> RunSettings:
        """The same with other values where they are given.

        Parameters
        ----------
        **given
            By the names of the fields.

        Raises
        ------
        figmill.errors.OptionError
            A value is wrong.
        """
        return type(self)(**{**self.model_dump(exclude_unset=True), **given})

    def options(self, cores: int, **more: Any) -> RunOptions:
        """The engine's options.

        Parameters
        ----------
        cores
            The number of workers where none is given.
        **more
            Other options of the engine.

        Raises
        ------
        figmill.errors.ConfigError
            They do not fit together: a time limit that is asked for needs a worker process.
        """
        workers = cores if self.workers is None else self.workers
        # The usual time limit is of no use where there is no process that it could end.
        usual = not workers and "timeout" not in self.model_fields_set
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
            compress=self.compress,
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
    from figmill.config.yaml_file import load  # most commands read no YAML

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
