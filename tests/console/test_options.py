"""Shared options."""

import os
from typing import Annotated

import pytest
import typer
from pydantic import BaseModel, Field, model_validator
from typer.testing import CliRunner

from figmill.console.options import Run, cores, given, legible, runs
from figmill.errors import ConfigError


class Options(BaseModel):
    y_min: float = Field(0.0, ge=0)


class Pair(Options):
    low: float = 0.0

    @model_validator(mode="after")
    def _ordered(self) -> "Pair":
        if self.low > self.y_min:
            raise ValueError("low is above y_min")
        return self


def call(*args: str) -> tuple[int, list, str]:
    seen: list = []
    app = typer.Typer()

    @app.command()
    @runs
    def plot(folder: Annotated[str, typer.Argument()], run: Run, dpi: int | None = None) -> None:
        """Draw a folder."""
        seen.append((folder, dpi, run))

    result = CliRunner().invoke(app, list(args))
    return result.exit_code, seen, result.output


def test_a_command_gets_its_own_and_the_shared_options() -> None:
    code, seen, output = call(
        "x", "-o", "out", "--dpi", "3", "-p", "2", "--timeout", "1m", "-f", "png", "-f", "pdf",
        "--memory-limit", "1GB", "--force", "--json",
    )  # fmt: skip
    assert code == 0, output
    folder, dpi, run = seen[0]
    assert (folder, dpi, str(run.out)) == ("x", 3, "out")
    assert list(run.formats) == ["png", "pdf"]
    options = run.options()
    assert (options.workers, options.timeout_s, options.memory_limit) == (2, 60, 10**9)
    assert options.force
    assert run.as_json
    assert not options.dry_run


def test_defaults() -> None:
    _, ((_, _, run),), _ = call("x", "-o", "out")
    assert list(run.formats) == ["png"]
    assert run.options().workers == cores() == len(os.sched_getaffinity(0))
    assert run.options().timeout_s == 600
    assert run.options().memory_limit is None


def test_no_limit() -> None:
    _, ((_, _, run),), _ = call("x", "-o", "out", "--timeout", "0")
    assert run.options().timeout_s is None


def test_help_shows_both() -> None:
    text = call("--help")[2]
    assert "--dpi" in text
    assert "--memory-limit" in text
    assert "--run" not in text
    assert "Draw a folder." in text


def test_out_is_needed() -> None:
    assert call("x")[0] == 2


def test_given() -> None:
    assert given(a=None, b=0, c=[], d=False, e=()) == {"b": 0, "d": False, "e": ()}


def test_a_model_complains_about_the_option() -> None:
    with pytest.raises(ConfigError) as caught, legible():
        Options(y_min=-1)
    assert caught.value.message.startswith("--y-min: ")
    assert "-1" in caught.value.message


def test_an_option_is_named_as_it_is_spelled_and_a_model_is_not_shown() -> None:
    app = typer.Typer()
    caught: list[ConfigError] = []

    @app.command()
    @runs
    def plot(
        run: Run,
        y_min: Annotated[float, typer.Option("--from", "-x", "--y-min")] = 0.0,
        low: Annotated[float, typer.Option("--low")] = 0.0,
    ) -> None:
        """Draw."""
        Pair(y_min=y_min, low=low)

    for args in (["--from", "-1"], ["--low", "9"]):
        result = CliRunner().invoke(app, [*args, "-o", "out"])
        assert isinstance(result.exception, ConfigError)
        caught.append(result.exception)
    assert caught[0].message.startswith("--from / --y-min: input should be greater than")
    assert caught[1].message == "low is above y_min."


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), legible():
        raise ValueError("mine")
