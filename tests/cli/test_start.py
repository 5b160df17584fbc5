"""The overview: quick, complete, and every command behind it loads."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

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


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["--version"],
        ["quicklook", "--help"],
        ["fast", "plot", "-h"],
        ["spectra", "compare", "-h"],
        ["fast", "extrema", "-h"],
        ["chip", "-h"],
        ["chip", "stage", "-h"],
        ["chip", "batch-plot", "-h"],
        ["run", "-h"],
    ],
)
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
    assert not HEAVY & modules
    assert not {name for name in modules if name.endswith(".recipe")}


def test_overview_names_every_command_in_its_section(figmill) -> None:
    text = figmill("--help").stdout
    assert all(f"  {entry.name} " in text for entry in ENTRIES)
    assert text.index("Draw:") < text.index("Look after a run:") < text.index("Set up:")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_command_loads_and_has_help(figmill, entry: Entry) -> None:
    result = figmill(entry.name, "--help")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 4
    if not hasattr(entry.load(), "commands"):
        assert "--debug" in result.stdout


SOLO = """
import typer
app = typer.Typer()
@app.command()
def alone() -> None:
    "Do it alone."
    typer.echo("alone it is")
both = typer.Typer()
both.command("one")(alone)
both.command("two")(alone)
"""


@pytest.fixture
def offer(tmp_path, install, environment):
    """Install a package beside figmill; what its command prints, and its code."""
    site = tmp_path / "offered"

    def bring(module: str, points: str) -> Callable[..., tuple[int, str]]:
        install(site, "thirds", points)
        (site / "thirds.py").write_text(module)

        def call(*args: str) -> tuple[int, str]:
            done = subprocess.run(
                [sys.executable, "-m", "figmill", *args],
                env=environment(site),
                capture_output=True,
                text=True,
                check=False,
            )
            return done.returncode, done.stdout + done.stderr

        return call

    return bring


def test_a_package_brings_commands(offer) -> None:
    call = offer(
        f'"""Do third things."""{SOLO}',
        "[figmill.commands]\nalone = thirds:app\nboth = thirds:both\n",
    )
    code, text = call("--help")
    assert code == 0
    assert re.search(r"^  alone +Do third things\.$", text, re.MULTILINE)
    assert call("alone") == (0, "alone it is\n")
    assert call("both", "two") == (0, "alone it is\n")
    assert "--debug" in call("alone", "--help")[1]


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ('# A licence.\n\nr"""\nDo it.\n\nAt length.\n"""\n', "Do it."),
        ("'Say \"no\".'\n", 'Say "no".'),
        ("import typer\n", "Of thirds."),
        ('"""Colour \x1b[31m."""', r"Colour \x1b[31m."),
        ("", "Of thirds."),
    ],
)
def test_the_line_of_a_command_is_read_from_its_module(offer, module, line) -> None:
    call = offer(module, "[figmill.commands]\nalone = thirds:app\n")
    assert re.search(rf"^  alone +{re.escape(line)}$", call("--help")[1], re.MULTILINE)


@pytest.mark.parametrize(
    "module", ["raise RuntimeError('no luck')", "import sys; sys.exit(3)", "app = 5", "def ("]
)
def test_a_broken_package_harms_its_own_command_alone(offer, module) -> None:
    call = offer(module, "[figmill.commands]\nalone = thirds:app\n")
    code, text = call("--help")
    assert code == 0
    assert " alone " in text
    code, text = call("alone")
    assert code == 2
    assert "'alone'" in text
    assert "thirds" in text
    assert "Traceback" not in text
    assert call("quicklook", "--help")[0] == 0
    assert "Traceback" in call("alone", "--debug")[1] or "app = 5" in module
    assert call("list-plugins")[1].count("Disabled: the command 'alone' of thirds") == 1


@pytest.mark.parametrize(
    "module",
    [
        "class Worse(BaseException): pass\nraise Worse",
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
    ],
)
def test_what_is_no_exception_or_cannot_speak(offer, module) -> None:
    points = "[figmill.commands]\nalone = thirds:app\n[figmill.chip_plots]\na = thirds:b\n"
    call = offer(module, points)
    for args in (("list-plugins",), ("alone",)):
        code, text = call(*args)
        assert "thirds" in text
        assert "Traceback" not in text
        assert code in {0, 2}
    assert call("chip", "list-plugins")[0] == 0


def test_a_namespace_within_a_namespace(offer, tmp_path) -> None:
    call = offer("", "[figmill.commands]\nalone = outer.inner.third:app\n")
    inner = tmp_path / "offered" / "outer" / "inner"
    inner.mkdir(parents=True)
    (inner / "third.py").write_text(SOLO)
    assert call("--help")[0] == 0
    assert call("alone") == (0, "alone it is\n")


def test_a_damaged_list_of_entry_points(offer) -> None:
    call = offer("", "[figmill.commands]\njust a line\n")
    code, text = call("--help")
    assert code == 0
    assert " quicklook " in text
    assert "thirds" in text


def test_a_package_cannot_take_a_command_over(offer) -> None:
    call = offer(SOLO, "[figmill.commands]\nstatus = thirds:app\nquicklook = thirds:app\n")
    assert "OUT" in call("status", "--help")[1]
    assert "CDF" in call("quicklook", "--help")[1]
    text = call("list-plugins")[1]
    for name in ("status", "quicklook"):
        assert f"'{name}' of thirds (thirds:app) is not used" in text


def test_commands_of_odd_names_are_not_offered(offer) -> None:
    call = offer(SOLO, "[figmill.commands]\n--x = thirds:app\nq z = thirds:app\n")
    text = call("--help")[1]
    assert "--x" not in text
    assert "q z" not in text


def test_a_function_is_a_command(offer) -> None:
    call = offer(
        "def greet(name: str, loud: bool = False) -> None: print(name.upper() if loud else name)",
        "[figmill.commands]\ngreet = thirds:greet\n",
    )
    assert call("greet", "you", "--loud") == (0, "YOU\n")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("typer.Typer()", "is a typer.Typer without a command"),
        ("typer.Typer(callback=lambda: None)", "is a typer.Typer without a command"),
        ("len", "is neither a typer.Typer nor a function"),
        ("lambda x: x\napp.__annotations__ = {'x': int | str}", "cannot be used: AssertionError"),
    ],
)
def test_an_app_without_commands_disables_itself(offer, made, words) -> None:
    call = offer(f"import typer\napp = {made}\n", "[figmill.commands]\nalone = thirds:app\n")
    code, text = call("alone", "--help")
    assert code == 2
    assert words in text


def test_words_are_completed_beside_a_broken_command(offer, monkeypatch) -> None:
    call = offer("1 / 0", "[figmill.commands]\nalone = thirds:app\n")
    monkeypatch.setenv("_FIGMILL_COMPLETE", "complete_bash")
    for words, found in (("figmill quicklook --dp", "--dpi"), ("figmill alone --he", "--help")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", "2")
        assert call() == (0, f"{found}\n")


def test_completion_is_installed_for_figmill_as_a_whole(offer) -> None:
    call = offer(SOLO, "[figmill.commands]\nalone = thirds:app\nboth = thirds:both\n")
    for command in (["alone"], ["both"], ["quicklook"]):
        assert "completion" not in call(*command, "--help")[1]


def test_the_fault_of_a_package_is_told_as_its_own(offer) -> None:
    call = offer(
        "def fail() -> None:\n    raise RuntimeError('no luck')",
        "[figmill.commands]\nfail = thirds:fail\n",
    )
    code, text = call("fail")
    assert code == 70
    assert "RuntimeError: no luck" in text
    assert "This is a fault in thirds or in figmill. Run again with --debug" in text
    assert "Traceback" in call("fail", "--debug")[1]


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
