"""Shared options."""

import os
from typing import Annotated

import typer
from typer.testing import CliRunner

from figmill.console.options import Run, cores, runs


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
