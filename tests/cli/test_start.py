"""The overview: quick, complete, and every command behind it loads."""

import subprocess
import sys

import pytest
import typer

from figmill.cli import ENTRIES
from figmill.cli.lazy import Entry

HEAVY = {
    "numpy",
    "matplotlib",
    "pydantic",
    "rich.console",
    "ruamel.yaml",
    "sqlite3",
    "figmill.engine",
    "figmill.figure",
}


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["quicklook", "--help"]])
def test_help_imports_nothing_heavy(args) -> None:
    code = (
        "import sys, figmill.cli\n"
        f"sys.argv = ['figmill', *{args!r}]\n"
        "try: figmill.cli.main()\n"
        "finally: print('modules:', *sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.rpartition("modules:")[2].split())
    assert "figmill.cli" in modules
    # Typer itself reads the values of options with pydantic.
    found = HEAVY & modules - ({"pydantic"} if args[0] == "quicklook" else set())
    assert not found


def test_overview_names_every_command_in_its_section(figmill) -> None:
    text = figmill("--help").stdout
    assert all(f"  {entry.name} " in text for entry in ENTRIES)
    assert text.index("Draw:") < text.index("Look after a run:") < text.index("Set up:")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_command_loads_and_has_help(figmill, entry: Entry) -> None:
    result = figmill(entry.name, "--help")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 4
    if not entry.group:
        assert "--debug" in result.stdout


def test_a_group_of_commands(figmill, monkeypatch) -> None:
    app = typer.Typer()

    @app.command()
    def one() -> None:
        """Do one thing."""

    @app.command()
    def two() -> None:
        """Do another thing."""
        typer.echo("two it is")

    monkeypatch.setitem(sys.modules, "a_group", type(sys)("a_group"))
    sys.modules["a_group"].app = app
    command = Entry("both", "a_group", "Both.", group=True).load()
    assert sorted(command.commands) == ["one", "two"]


def test_version(figmill) -> None:
    result = figmill("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("figmill ")


def test_no_arguments_show_the_overview(figmill) -> None:
    result = figmill()
    assert result.exit_code == 2
    assert "quicklook" in result.output


def test_a_wrong_command_names_the_nearest(figmill) -> None:
    result = figmill("statsu")
    assert result.exit_code == 2
    assert "'status'" in result.stderr
