"""What a run shows, from its events alone."""

import io
import os
import re
import subprocess
import sys
import time

import pytest

from figmill.console import progress, text
from figmill.console.progress import Tally, next_steps, sentence, summary
from figmill.engine import FailedNote, Failure, RunReport, events


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def started(total: int | None) -> events.RunStarted:
    return events.RunStarted(0.0, 1, "out", "1", 1, total, 1)


def finished(key: str, status: str = "done", category: str = "") -> events.ItemFinished:
    failure = Failure(category, "It broke.", "Mend it.") if category else None
    return events.ItemFinished(0.0, key, 0, status, 0.1, message="It broke.", failure=failure)


def test_tally_counts_failures_by_category() -> None:
    tally = Tally()
    for event in (
        started(10),
        events.ItemsSkipped(0.0, ("s1", "s2"), 1),
        finished("a"),
        finished("b", "failed", "timeout"),
        finished("c", "failed", "timeout"),
        finished("d", "failed", "crash"),
    ):
        tally(event)
    assert tally.work == 8
    assert tally.line().startswith("4 of 8 items, ")
    assert tally.line().endswith(" left, 3 failed (2 timeout, 1 crash)")


def test_tally_counts_a_list_that_streams() -> None:
    tally = Tally(lambda: iter(range(7)))
    tally(started(None))
    deadline = time.monotonic() + 10
    while tally.work is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tally.work == 7


def test_tally_goes_on_where_the_list_cannot_be_counted() -> None:
    def broken():
        raise RuntimeError("no list")

    tally = Tally(broken)
    tally(started(None))
    tally(finished("a"))
    assert tally.line().startswith("1 items, ")


def test_lines_tell_failures_at_once_and_progress_now_and_then(capsys, monkeypatch) -> None:
    clock = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock)
    lines = progress.Lines(tuple)
    lines(started(100))
    clock += 1.5  # workers start
    lines(events.ItemStarted(0.0, "n0", 0, 1, 1))
    for number in range(10):
        lines(finished(f"n{number}"))
    lines(finished("bad\x07", "failed", "crash"))
    err = capsys.readouterr().err.splitlines()
    assert err == ["failed   bad\\x07  crash: It broke. Mend it."]  # of a short run no more
    clock += 1.0
    lines(finished("n10"))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("12 of 100 items, 12.0/s, 7.3 s left")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (finished("a"), ""),
        (finished("a", "no_data"), ""),
        (finished("a", "failed", "crash"), "failed   a  crash: It broke. Mend it."),
        (events.Retry(0.0, "a", 0, 1, 0.5, Failure("crash", "It died.")), "attempt 2 follows"),
        (events.Interrupting(0.0, False), "Ctrl-C again"),
        (events.Interrupting(0.0, True), "at once"),
        (events.Log(0.0, "error", "disk is full"), "error: disk is full"),
        (events.Log(0.0, "info", "all is well"), ""),
    ],
)
def test_sentences(event, words) -> None:
    said = sentence(event)
    assert words in said
    assert bool(said) == bool(words)


def test_summary_and_next_steps() -> None:
    report = RunReport(
        done=3, no_data=1, failed=2, skipped=9, known_failed=4, planned=5, interrupted=True,
        seconds=75,
    )  # fmt: skip
    assert summary(report) == (
        "3 done, 1 without data, 2 failed, 5 unchanged, 4 left failed from before, "
        "5 not reached, interrupted after 1 min 15 s."
    )
    steps = next_steps(report, "my out")
    assert "same command again" in steps[0]
    assert steps[1].endswith("figmill errors 'my out'")
    assert next_steps(RunReport(done=1), "out") == []


def test_many_failures_are_not_all_listed(capsys) -> None:
    notes = progress.Notes()
    for number in range(100):
        notes(finished(f"n{number}", "failed", "crash"))
    report = RunReport(failed=100, failures=(FailedNote("n0", 0, Failure("crash", "x")),))
    progress.conclude_run(report, notes, "out", quiet=True)
    out = capsys.readouterr().out
    assert out.count("It broke.") == progress.SHOWN
    assert f"and {100 - progress.SHOWN} more" in out


def test_a_long_name_and_a_newline_leave_the_table_readable(capsys) -> None:
    notes = progress.Notes()
    for key in ("a", "n" * 240, "two\nlines"):
        notes(finished(key, "failed", "crash"))
    progress.conclude_run(RunReport(failed=3), notes, "out", quiet=True)
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("        item        why")
    assert lines[start + 1 : start + 4] == [
        "failed  a           crash: It broke. Mend it.",
        f"failed  {'n' * 240}  crash: It broke. Mend it.",
        "failed  two\\nlines  crash: It broke. Mend it.",
    ]


def test_on_a_terminal_the_reason_stands_below_a_long_name(monkeypatch) -> None:
    monkeypatch.setattr(text.sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "60")
    rows = [("a", "why " * 15), ("n" * 100, "why " * 15)]
    lines = text.table(("item", "why"), rows).splitlines()
    why = "why " * 15
    assert lines[1] == "a     " + why[:51]
    assert lines[2] == " " * 6 + why[52:].rstrip()
    assert lines[3:] == ["n" * 100, " " * 6 + why[:51], " " * 6 + why[52:].rstrip()]


def test_a_newline_in_a_name_stays_in_its_line(capsys) -> None:
    lines = progress.Lines(tuple)
    lines(finished("two\nlines", "failed", "crash"))
    progress.tell_plan(events.ItemPlanned(0.0, "two\nlines", 0, "run", "It is new."))
    told = capsys.readouterr()
    assert told.err == "failed   two\\nlines  crash: It broke. Mend it.\n"
    assert told.out == "run   two\\nlines  It is new.\n"


@pytest.mark.parametrize("quiet", [False, True])
def test_each_failure_is_printed_once(figmill, data, job, toys, quiet) -> None:
    data(good="1", one="bad", two="bad", three="none")
    result = figmill("run", job, *(["--quiet"] if quiet else []))
    assert result.exit_code == 1
    printed = result.stdout + result.stderr
    for name in ("one", "two"):
        assert len(re.findall(rf"failed +{name} ", printed)) == 1, printed
    assert printed.count("The file is cut short.") == 2, printed
    assert len(re.findall("no data +three ", printed)) == (not quiet), printed


def test_a_listener_that_failed_is_told(capsys) -> None:
    report = RunReport(done=1, listener_errors=("listener x raised",))
    progress.conclude_run(report, progress.Notes(), "out", quiet=False)
    assert "warning: listener x raised" in capsys.readouterr().err


def test_a_bar_on_a_terminal(site, data, job) -> None:
    data(**{f"n{number}": "slow" for number in range(6)}, bad="bad")
    ours, theirs = os.openpty()
    env = {**os.environ, "PYTHONPATH": str(site), "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "figmill", "run", str(job)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=env,
        text=True,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    out = process.communicate(timeout=60)[0]
    text = shown.decode()
    assert process.returncode == 1
    assert "working" in text
    assert "of 7 items" in text
    assert " left" in text
    assert "1 failed (1 invalid-input)" in text
    assert "failed   bad" in text
    assert "6 done, 1 failed" in out
