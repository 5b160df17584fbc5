# ruff: noqa: T201 - what is printed is what is tested
"""What is printed while items are worked on, in several threads at a time."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from figmill.engine.capture_logs import catch_prints


def caught() -> tuple[list[str], logging.Handler]:
    texts: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    handler = Keep()
    logging.getLogger("figmill.print").addHandler(handler)
    logging.getLogger("figmill.print").setLevel(logging.INFO)
    return texts, handler


@pytest.fixture
def texts() -> Iterator[list[str]]:
    found, handler = caught()
    yield found
    logging.getLogger("figmill.print").removeHandler(handler)


def test_prints_become_log_records_and_output_comes_back(texts: list[str]) -> None:
    before = sys.stdout
    with catch_prints():
        print("one")
        with catch_prints():
            print("inner")
        print("two", end="")
    assert texts == ["one", "inner", "two"]
    assert sys.stdout is before


def test_threads_that_end_in_another_order_leave_output_as_it_was(
    texts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sys.stdout
    first_in, second_in, first_out = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with catch_prints():
            first_in.set()
            second_in.wait(10)
            print("of the first")
        first_out.set()

    def second() -> None:
        first_in.wait(10)
        with catch_prints():
            second_in.set()
            first_out.wait(10)
            print("of the second")

    threads = [threading.Thread(target=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    second_in.wait(10)
    print("of the caller")
    for thread in threads:
        thread.join()
    assert sys.stdout is before
    print("after")
    assert texts == ["of the first", "of the second"]
    assert capsys.readouterr().out == "of the caller\nafter\n"


def test_what_an_items_own_thread_prints_is_caught(
    texts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with catch_prints():
        thread = threading.Thread(target=print, args=("from aside",))
        thread.start()
        thread.join()
    assert texts == ["from aside"]
    assert capsys.readouterr().out == ""


def test_an_output_that_was_set_inside_for_good_stays(texts: list[str]) -> None:
    import io

    before, other = sys.stdout, io.StringIO()
    with catch_prints():
        sys.stdout = other
    try:
        assert sys.stdout is other
    finally:
        sys.stdout = before
    with catch_prints():
        print("again")
    assert texts == ["again"]
    assert sys.stdout is before
