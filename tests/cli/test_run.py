"""Job files from the command line."""

import json
import signal
from pathlib import Path

import pytest


def last(text: str) -> dict:
    return json.loads(text.splitlines()[-1])


def test_a_job_relative_to_its_file(
    figmill, toys, data, job, monkeypatch, tmp_path_factory
) -> None:
    data(a="ok", b="ok")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    result = figmill("run", job)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (job.parent / "out").glob("*.png")) == ["a.png", "b.png"]
    assert "2 done" in result.stdout
    assert "2 unchanged" in figmill("run", job).stdout


def test_options_go_before_the_file(figmill, toys, data, job, tmp_path, monkeypatch) -> None:
    data(a="ok")
    monkeypatch.chdir(tmp_path)
    result = figmill("run", job, "-o", "other", "-f", "pdf", "-f", "svg")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "other").glob("a.*")) == ["a.pdf", "a.svg"]
    assert not (tmp_path / "out").exists()


def test_failures_are_named_with_reason_and_next_step(figmill, toys, data, job) -> None:
    data(good="ok", empty="none", cut="bad")
    result = figmill("run", job)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("1 done, 1 without data, 1 failed, in ")
    (failed,) = [line for line in result.stderr.splitlines() if line.startswith("failed ")]
    assert "cut " in failed
    assert "invalid-input: " in failed
    assert "Fetch it again." in failed
    (empty,) = [line for line in lines if line.startswith("no data ")]
    assert "There is no record." in empty
    assert f"figmill errors {job.parent / 'out'}" in result.stdout
    assert f"figmill retry {job.parent / 'out'}" in result.stdout
    again = figmill("run", job)
    assert again.exit_code == 1
    assert "1 left failed from before" in again.stdout


def test_only_no_data_is_success(figmill, toys, data, job) -> None:
    data(empty="none")
    assert figmill("run", job).exit_code == 0


def test_dry_run_says_what_and_why_and_writes_nothing(figmill, toys, data, job) -> None:
    folder = data(a="ok", b="ok")
    fresh = figmill("run", job, "-n")
    assert fresh.exit_code == 0
    assert "2 items would run" in fresh.stdout
    assert not (job.parent / "out").exists()
    figmill("run", job)
    (folder / "b.txt").write_text("ok ")
    plan = figmill("run", job, "-n").stdout.splitlines()
    assert plan[0].startswith("redo  b  ")
    assert "b.txt" in plan[0]
    assert plan[-1] == "1 item would run, 1 unchanged. Nothing was written."


def test_force(figmill, toys, data, job) -> None:
    data(a="ok")
    figmill("run", job)
    assert "1 done" in figmill("run", job, "--force").stdout


def test_quiet_prints_only_what_went_wrong(figmill, toys, data, job) -> None:
    folder = data(a="ok", empty="none")
    assert figmill("run", job, "-q").output == ""
    (folder / "c.txt").write_text("bad")
    output = figmill("run", job, "-q").output
    assert "cut short" in output
    assert "empty" not in output


def test_json_lines_and_a_summary(figmill, toys, data, job) -> None:
    data(a="ok", b="bad")
    result = figmill("run", job, "--json")
    assert result.exit_code == 1
    assert result.stderr == ""
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[0]["event"] == "run_started"
    finished = {one["key"]: one for one in events if one["event"] == "item_finished"}
    assert finished["a"]["status"] == "done"
    assert finished["a"]["outputs"] == ["a.png"]
    assert finished["b"]["failure"]["category"] == "invalid-input"
    summary = events[-1]
    assert summary["event"] == "summary"
    assert not summary["ok"]
    assert (summary["done"], summary["failed"], summary["skipped"]) == (1, 1, 0)
    assert summary["failures"][0]["key"] == "b"
    assert summary["failures"][0]["hint"] == "Fetch it again."


def test_plain_lines_where_there_is_no_terminal(spawn, data, job) -> None:
    data(a="ok", b="bad", c="none")
    process = spawn("run", job)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "\x1b" not in out + err
    assert "\r" not in out + err
    assert "failed   b  invalid-input:" in err
    assert "no data  c  " in out
    assert "1 done, 1 without data, 1 failed" in out


def test_names_cannot_steer_the_terminal(figmill, toys, data, job) -> None:
    data(**{"evil\x1b[31m": "bad"})
    result = figmill("run", job)
    assert "\x1b" not in result.output
    assert "evil\\x1b[31m" in result.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recipe: toy\nout: out\noptions: {slop: 2}", ["line 3, column 11", "'slope'"]),
        ("recipe: toi", ["line 1, column 9", "'toy'"]),
        ("recipee: toy", ["'recipe' must name", "toy"]),
        ("[1]", ["mapping"]),
        ("", ["mapping"]),
        ("recipe: toy\nformats: [gif]", ["line 2, column 11", "'pdf'"]),
        ("recipe: toy\nformats: []", ["line 2"]),
        ("recipe: toy\nrun: {timeout: soon}", ["line 2, column 16", "not a time span"]),
        ("recipe: toy\nrun: {retries: {crush: 2}}", ["line 2", "crush"]),
        ("recipe: toy", ["'out'", "--out"]),
        ("recipe: toy\nout: out\noptions: {folder: nowhere}", ["nowhere", "Put some there."]),
        ("a: [", ["line 1"]),
    ],
)
def test_wrong_jobs(figmill, toys, tmp_path, text, words) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(text)
    result = figmill("run", job)
    assert result.exit_code == 2, result.output
    assert all(word in result.stderr for word in words), result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_options(figmill, toys, data, job) -> None:
    data(a="ok")
    for args, words in [
        (("--timeout", "soon"), "--timeout"),
        (("--memory-limit", "much"), "--memory-limit"),
        (("--workers", "-1"), "--workers"),
        (("--format", "gif"), "'gif'"),
    ]:
        result = figmill("run", job, *args)
        assert result.exit_code == 2
        assert words in result.stderr


def test_a_folder_in_use(figmill, toys, data, job, spawn) -> None:
    data(**{f"n{number}": "slow" for number in range(30)})
    process = spawn("run", job, "--json")
    assert "run_started" in process.stdout.readline()
    result = figmill("run", job)
    process.terminate()
    process.communicate(timeout=30)
    assert result.exit_code == 2
    assert "another run" in result.stderr
    assert str(process.pid) in result.stderr


@pytest.mark.parametrize("more", [[], ["-n"], ["--json"], ["--allow-address", "http://127.0.0.1"]])
def test_a_job_file_cannot_have_a_key_sent_elsewhere(figmill, hostile, more) -> None:
    result = figmill("run", hostile.job, *more)
    assert result.exit_code == 2
    assert f"--allow-address {hostile.url}" in result.stderr
    assert hostile.asked == []
    assert not (hostile.job.parent / "out").exists()


def test_an_address_that_the_command_names_is_asked(figmill, hostile) -> None:
    named = hostile.url.removesuffix("/v1")
    figmill("run", hostile.job, "--allow-address", "http://other", "--allow-address", named)
    assert set(hostile.keys) == {"Bearer secret-of-the-test"}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
@pytest.mark.parametrize("workers", [0, 2])
def test_a_signal_stops_gently_and_says_so_by_its_code(
    spawn, toys, data, job, number, code, workers
) -> None:
    data(**{f"n{number:03}": "slow" for number in range(60)})
    process = spawn("run", job, "--json", "-p", workers)
    while "item_finished" not in process.stdout.readline():
        pass
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    summary = last(out)
    assert summary["interrupted"]
    assert summary["done"] + summary["planned"] == 60
    assert summary["planned"] > 30


def test_without_workers_the_command_itself_works(spawn, toys, data, job) -> None:
    data(a="exit")
    process = spawn("run", job, "-p", "0")
    process.communicate(timeout=60)
    assert process.returncode == 3  # of the item's own os._exit
    process = spawn("run", job, "-p", "1", "--timeout", "1m")
    assert "crash" in process.communicate(timeout=60)[1]
    assert process.returncode == 1


def test_without_workers_nothing_can_be_ended(figmill, toys, data, job) -> None:
    data(a="ok")
    for more in (("--timeout", "5s"), ("--memory-limit", "1GB")):
        refused = figmill("run", job, "-p", "0", *more)
        assert refused.exit_code == 2
        assert "nothing to end" in refused.stderr
    assert figmill("run", job, "-p", "0").exit_code == 0


def test_the_end_names_what_was_made(figmill, toys, data, job) -> None:
    data(a="ok", b="ok")
    said = figmill("run", job, "-f", "png", "-f", "svg").stdout
    out = job.parent / "out"
    assert f"In {out}: 2 png, 2 svg; the first is {out / 'a.png'}" in said


def test_a_job_that_cannot_start_ends_its_json_with_the_error(figmill, tmp_path) -> None:
    refused = figmill("run", tmp_path / "none.yaml", "--json")
    assert refused.exit_code == 2
    assert last(refused.stdout)["event"] == "error"


SCRIPT = """
from pathlib import Path
from figmill import Curve, Figure, Panel
import beside
def draw(item):
    if "bad" in item.key:
        raise ValueError("no")
    return Figure(Panel(Curve([0, 1], [0, beside.SLOPE])), size=(2, 2), dpi=50)
"""


def test_a_function_of_a_script_from_the_command_line(spawn, tmp_path: Path) -> None:
    """Run, run again, see why, correct the function, retry: each in a process of its own."""

    def call(*args: str) -> tuple[int, str]:
        process = spawn(*args, cwd=tmp_path)
        out, err = process.communicate(timeout=100)
        return process.returncode, out + err

    (tmp_path / "beside.py").write_text("SLOPE = 1")
    (tmp_path / "my.py").write_text(SCRIPT)
    for name in ("a", "b", "bad"):
        (tmp_path / f"{name}.txt").touch()
    command = ("run", "my.py:draw", "*.txt", "-o", "out", "-p", "2")
    code, said = call(*command)
    assert code == 1, said
    assert "2 done, 1 failed" in said
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["a.png", "b.png"]
    assert "2 unchanged" in call(*command)[1]
    assert "nothing changed" in call("why", "out", "a")[1]
    assert "ValueError: no" in call("errors", "out")[1]
    (tmp_path / "my.py").write_text(SCRIPT.replace('if "bad"', 'if "worse"'))
    code, said = call("retry", "out")
    assert code == 0, said
    assert (tmp_path / "out" / "bad.png").exists()
    (tmp_path / "beside.py").write_text("SLOPE = 2")
    assert "3 done" in call(*command)[1]


def test_a_function_that_is_not_there(figmill, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.py").write_text("draw = 3")
    for args, words in (
        (["none.py:draw", "a"], "no such script"),
        (["my.py:draw", "a"], "has no function 'draw'"),
        (["my.py:draw"], "nothing is given"),
        (["job.yaml", "a"], "takes no paths"),
    ):
        refused = figmill("run", *args, "-o", "out")
        assert refused.exit_code == 2
        assert words in refused.stderr
    assert not Path("out").exists()
