"""Errors become sentences and exit codes; tracebacks only with --debug."""

import json
import signal
import time

import pytest
import typer
from typer.testing import CliRunner

from figmill import errors
from figmill.console.boundary import DEBUG, boundary
from figmill.console.options import JSON
from figmill.errors import ConfigError, InputError


class Context:
    def __init__(self, debug: bool = False) -> None:
        self.meta = {DEBUG: debug}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("no."), 2),
        (errors.MissingExtraError("polars", "chip"), 2),
        (errors.FolderInUseError("no."), 2),
        (errors.LedgerError("no."), 2),
        (errors.OutputError("no."), 2),
        (errors.InputError("no."), 1),
        (errors.NoData("no."), 1),
        (errors.PlottingError("no."), 1),
        (KeyboardInterrupt(), 130),
        (RuntimeError("oops"), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_codes(error: BaseException, code: int) -> None:
    with pytest.raises(typer.Exit) as caught, boundary(Context()):
        raise error
    assert caught.value.exit_code == code


def test_an_error_says_where_what_and_what_to_do(capsys) -> None:
    error = errors.ConfigError("it is bad.", file="job.yaml", place="line 3", hint="Mend it.")
    with pytest.raises(typer.Exit), boundary(Context()):
        raise error
    assert capsys.readouterr().err == "error: job.yaml, line 3: it is bad.\n  Mend it.\n"


def test_a_name_does_not_leave_its_line_and_a_message_keeps_its_lines(capsys) -> None:
    error = errors.ConfigError("2 problems:\n  one\x1b", file="two\nlines")
    with pytest.raises(typer.Exit), boundary(Context()):
        raise error
    assert capsys.readouterr().err == "error: two\\nlines: 2 problems:\n  one\\x1b\n"


@pytest.mark.parametrize("error", [errors.ConfigError("no."), RuntimeError("oops")])
def test_a_traceback_only_where_asked(capsys, error) -> None:
    with pytest.raises(typer.Exit), boundary(Context()):
        raise error
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(typer.Exit), boundary(Context(debug=True)):
        raise error
    assert "Traceback" in capsys.readouterr().err


def test_unexpected_errors_point_to_debug(capsys) -> None:
    with pytest.raises(typer.Exit), boundary(Context()):
        raise RuntimeError("oops")
    err = capsys.readouterr().err
    assert "RuntimeError: oops" in err
    assert "--debug" in err


@pytest.mark.parametrize("error", [typer.Exit(3), typer.Abort(), typer.BadParameter("x")])
def test_the_parser_keeps_its_own(error) -> None:
    with pytest.raises(type(error)), boundary(Context()):
        raise error


def test_debug_option_of_a_real_command(figmill, tmp_path) -> None:
    plain = figmill("status", tmp_path / "absent")
    assert plain.exit_code == 2
    assert "Traceback" not in plain.stderr
    assert "Traceback" in figmill("status", tmp_path / "absent", "--debug").stderr


def test_a_reader_that_goes_away_is_no_error(spawn, data, job, figmill, toys) -> None:
    data(**{f"n{number}": "bad" for number in range(60)})
    figmill("run", job, "-q")
    process = spawn("errors", job.parent / "out", "--json", "--traceback")
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(30) in (0, 1)


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_ends_with_130_and_keeps_what_is_done(
    spawn, data, job, figmill, toys, workers
) -> None:
    data(**{f"n{number:02}": "slow" for number in range(50)})
    process = spawn("run", job, "--json", "--workers", workers)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if '"item_finished"' in line:
            break
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    # Not communicate(): what was read ahead of the loop's last line would be lost.
    out, err = process.stdout.read(), process.stderr.read()
    assert process.wait(30) == 130, err
    assert time.monotonic() - began < 20
    process.stdout.close()
    process.stderr.close()
    assert '"interrupted": true' in out.splitlines()[-1]
    assert "Traceback" not in err
    finished = "".join([*lines, out]).count('"event": "item_finished"')
    again = figmill("run", job, "--dry-run")
    assert f"{50 - finished} items would run, {finished} unchanged" in again.stdout


def test_a_traceback_cannot_steer_the_terminal(capsys) -> None:
    message = "cut \x1b[2J short."
    with pytest.raises(typer.Exit), boundary(Context(debug=True)):
        raise errors.InputError(message)
    text = capsys.readouterr().err
    assert "\x1b" not in text
    assert text.count("cut \\x1b[2J short.") == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            ConfigError("It is wrong.", file="a.yaml", place="line 3", hint="Correct it."),
            2,
            "wrong",
        ),
        (InputError("It is cut short.", file="a.cdf"), 1, "cut short"),
        (OSError(28, "No space left on device", "/full/x"), 2, "No space left"),
        (PermissionError(13, "Permission denied", "/other/x"), 2, "Permission denied"),
        (OSError(30, "Read-only file system", "/fixed/x"), 2, "Read-only"),
        (ZeroDivisionError("division by zero"), 70, "division by zero"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_whatever_ends_a_command_ends_its_json_too(
    error: BaseException, code: int, said: str
) -> None:
    app = typer.Typer()

    @app.command()
    def act(ctx: typer.Context, as_json: JSON = False) -> None:
        with boundary(ctx):
            raise error

    for args, lines in ((["--json"], 1), ([], 0)):
        done = CliRunner().invoke(app, args)
        assert done.exit_code == code
        assert len(done.stdout.splitlines()) == lines
        assert said.casefold() in done.output.casefold()
    told = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert (told["event"], told["exit_code"]) == ("error", code)
    assert said in told["message"]
    if isinstance(error, ConfigError):
        assert (told["file"], told["place"], told["hint"]) == ("a.yaml", "line 3", "Correct it.")
