"""How far a run is, shown in scripts and notebooks."""

import io
import itertools
import sys
import threading
import time
from types import ModuleType, SimpleNamespace

import pytest

import figmill
from figmill import progress
from figmill.engine import events
from figmill.engine.failures import Failure
from figmill.progress import Notebook, Plain, Shown, Terminal, showing


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that a test sets."""

    now = 100.0


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def no_wait(monkeypatch) -> None:
    """Show runs of any length."""
    monkeypatch.setattr(progress, "QUIET_FOR_S", 0.0)


@pytest.fixture
def notebook(monkeypatch) -> list[tuple[str, dict]]:
    """A notebook's kernel, as far as it is asked; what it displayed."""
    shown: list[tuple[str, dict]] = []

    class Handle:
        def update(self, data, raw=False):
            shown.append(("update", data))

    def display(data, raw=False, display_id=False):
        shown.append(("display", data))
        return Handle()

    ipython, of_display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    of_display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", of_display)
    return shown


def started(total: int | None = 4) -> events.RunStarted:
    return events.RunStarted(0.0, 1, "out", "1", 1, total, 1)


def finished(key: str, category: str = "") -> events.ItemFinished:
    failure = Failure(category, "It broke.", "Mend it.") if category else None
    return events.ItemFinished(0.0, key, 0, "failed" if category else "done", 0.1, failure=failure)


def follow(display, clock: Clock, total: int | None = 4) -> None:
    """A run of 8 s, with its events."""
    listener = Shown(display, None)
    listener(started(total))
    listener(events.ItemStarted(0.0, "a", 0, 1, 1))
    for key in "abcd":
        clock.now += 2.0
        listener(finished(key, "timeout" if key == "b" else ""))
    listener.close()


def test_a_line_of_a_terminal_is_written_over(clock) -> None:
    stream = Tty()
    follow(Terminal(stream), clock)
    parts = stream.getvalue().split("\r")
    assert parts[0] == ""
    assert all(part.endswith("\x1b[K") for part in parts[1:-1])
    assert parts[1].startswith("1 of 4 items, 0.5/s, 6.0 s left")
    assert "2 of 4 items" in parts[2]
    assert "1 failed (1 timeout)" in parts[2]
    assert stream.getvalue().endswith("4 of 4 items, 0.5/s, 1 failed (1 timeout)\x1b[K\n")
    assert stream.getvalue().count("\n") == 1


def test_a_line_is_no_wider_than_the_terminal(clock, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    stream = Tty()
    follow(Terminal(stream), clock)
    assert all(
        len(part.removesuffix("\x1b[K")) < 20 for part in stream.getvalue().strip().split("\r")
    )


def test_a_notebook_has_one_output_that_is_replaced(clock, notebook) -> None:
    follow(Notebook(), clock)
    assert [kind for kind, _ in notebook] == ["display", *["update"] * 4]
    assert notebook[-1][1] == {"text/plain": "4 of 4 items, 0.5/s, 1 failed (1 timeout)"}


def test_plain_lines_where_they_are_asked_for(clock) -> None:
    stream = io.StringIO()
    follow(Plain(stream), clock)
    assert "\r" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 5


def test_nothing_is_said_of_a_short_run(clock) -> None:
    stream = Tty()
    listener = Shown(Terminal(stream), None)
    listener(started())
    clock.now += 1.9
    listener(finished("a"))
    listener.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("wanted", "tty", "kind"),
    [
        (None, False, None),
        (None, True, Terminal),
        (True, False, Plain),
        (True, True, Terminal),
        (False, True, None),
    ],
)
def test_who_sees_it(monkeypatch, wanted, tty, kind) -> None:
    monkeypatch.setattr(sys, "stderr", Tty() if tty else io.StringIO())
    with showing(wanted) as listeners:
        shown = type(listeners[0]._display) if listeners else None
    assert shown is kind


def test_a_program_without_standard_error(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with showing(True) as listeners:
        assert listeners == ()


def test_an_interactive_shell_without_kernel_is_no_notebook(monkeypatch, notebook) -> None:
    sys.modules["IPython"].get_ipython = SimpleNamespace
    assert not progress.in_notebook()
    sys.modules["IPython"].get_ipython = lambda: None
    assert not progress.in_notebook()


def test_ipython_is_not_imported(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not progress.in_notebook()
    assert "IPython" not in sys.modules


def count(item):
    return {f"{item.key}.txt": item.key}


def test_batch_shows_it_in_a_notebook(tmp_path, notebook, no_wait) -> None:
    figmill.batch(count, ["a", "b", "c"], tmp_path / "out", workers=0)
    assert notebook[0][0] == "display"
    assert notebook[-1][1]["text/plain"].startswith("3 of 3 items")


def test_batch_on_a_terminal_and_when_told_to_be_quiet(tmp_path, monkeypatch, no_wait) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Tty())
    figmill.batch(count, ["a"], tmp_path / "out", workers=0, progress=False)
    assert stream.getvalue() == ""
    figmill.batch(count, ["b"], tmp_path / "out", workers=0)
    assert "1 of 1 items" in stream.getvalue()


def test_who_listens_shows_it_himself(tmp_path, monkeypatch, no_wait) -> None:
    from figmill.own import OwnRecipe

    monkeypatch.setattr(sys, "stderr", stream := Tty())
    recipe = OwnRecipe(draw=count, given=("a", "b"))
    options = figmill.RunOptions(workers=0)
    figmill.run(recipe, tmp_path / "a", options=options, listeners=[lambda event: None])
    assert stream.getvalue() == ""
    figmill.run(recipe, tmp_path / "b", options=options)
    assert "2 of 2 items" in stream.getvalue()


def test_a_generator_is_not_gone_through_to_count_it(tmp_path, monkeypatch, no_wait) -> None:
    monkeypatch.setattr(progress, "_COUNT_AFTER_S", 0.0)
    monkeypatch.setattr(sys, "stderr", Tty())
    token = figmill.CancelToken()
    given = itertools.count()
    listers = set()

    def endless():
        for number in given:
            listers.add(threading.current_thread().name)
            yield f"item {number}"

    def draw(item):
        if item.key == "item 20":
            token.cancel()
            time.sleep(0.3)
        return {f"{item.key}.txt": "x"}

    report = figmill.batch(draw, endless(), tmp_path / "out", workers=0, cancel=token)
    assert report.interrupted
    assert listers == {"figmill-listing"}
