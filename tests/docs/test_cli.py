"""The examples of docs/cli.md run, in their order, in an empty folder."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from figmill.cli import ENTRIES, app

# Whole pages of commands, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


@pytest.mark.slow
def test_examples(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (job,) = re.findall(r"```yaml\n# job.yaml\n(.*?)```", PAGE, re.DOTALL)
    Path("job.yaml").write_text(job)
    for line in COMMANDS:
        command, _, comment = line.partition("  # exit ")
        program, *args = shlex.split(command)
        assert program == "figmill"
        result = CliRunner().invoke(app, args)
        assert result.exit_code == int(comment or 0), f"{line}\n{result.output}"


def test_a_command_of_your_own() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    app = typer.Typer(rich_markup_mode=None)
    app.command()(names["decay"])
    text = CliRunner().invoke(app, ["--help"], terminal_width=200).stdout
    assert "-y, --y-scale <linear|log>" in text
    assert "Half-life in seconds. [default: 10; above 0]" in text
    assert "[default: 300; 10 to 2400]" in text
    assert "--workers" in text


def test_every_command_is_told() -> None:
    told = {shlex.split(line)[1] for line in COMMANDS}
    shown = set(re.findall(r"`figmill ([a-z-]+)", PAGE))
    own = {entry.name for entry in ENTRIES} - {"chip", "fast", "spectra"}  # groups, with guides
    assert own <= told
    assert own <= shown
