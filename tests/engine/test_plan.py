"""What runs and why: a pure function."""

from __future__ import annotations

from dataclasses import replace

import pytest

from figmill.engine.fingerprint import MISSING, FileStamp, Fingerprint
from figmill.engine.plan import POISON, Known, decide

A = FileStamp("/data/a.cdf", 100, 1, "aa")
B = FileStamp("/data/b.cdf", 200, 2, "bb")
OUT = FileStamp("a.png", 50, 9, "cc")
BEFORE = Fingerprint("1.0", '{"dpi":200,"y":"log"}', (A, B))
DONE = Known("done", BEFORE, (OUT,))


def unread(stamp: FileStamp, **changes: object) -> FileStamp:
    return replace(stamp, **{"digest": None, **changes})  # type: ignore[arg-type]


NOW = replace(BEFORE, inputs=(unread(A), unread(B)))
OUT_NOW = (unread(OUT),)


def test_a_new_item_runs() -> None:
    assert decide(None, NOW).action == "run"


def test_nothing_changed() -> None:
    decision = decide(DONE, NOW, OUT_NOW)
    assert (decision.action, decision.retouch) == ("skip", False)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (replace(NOW, version="1.1"), "from 1.0 to 1.1"),
        (replace(NOW, parameters='{"dpi":100,"y":"log"}'), "dpi was 200 and is now 100"),
        (replace(NOW, parameters='{"dpi":200}'), 'y was "log" and is no longer given'),
        (replace(NOW, parameters='{"dpi":200,"x":null,"y":"log"}'), "x is now null"),
        (replace(NOW, parameters='{"dpi":[200],"y":"log"}'), "dpi was 200 and is now [200]"),
        (replace(NOW, inputs=(unread(A),)), "had 2 input files and now has 1"),
        (replace(NOW, inputs=(unread(A, size=101), unread(B))), "from 100 to 101 bytes"),
        (replace(NOW, inputs=(unread(A, size=MISSING), unread(B))), "/data/a.cdf is gone"),
        (replace(NOW, inputs=(unread(A, mtime_ns=7, digest="xx"), unread(B))), "content of input"),
    ],
)
def test_a_change_redoes_and_is_named(now: Fingerprint, says: str) -> None:
    decision = decide(DONE, now, OUT_NOW)
    assert decision.action == "redo"
    assert says in decision.reason


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (unread(OUT, size=MISSING), "a.png is gone"),
        (unread(OUT, size=49), "a.png was altered"),
        (unread(OUT, mtime_ns=10, digest="xx"), "a.png was altered"),
    ],
)
def test_lost_and_altered_outputs_are_redone(found: FileStamp, says: str) -> None:
    decision = decide(DONE, NOW, (found,))
    assert decision.action == "redo"
    assert says in decision.reason


def test_other_times_alone_need_a_look_at_the_content() -> None:
    touched = replace(NOW, inputs=(unread(A), unread(B, mtime_ns=77)))
    decision = decide(DONE, touched, (unread(OUT, mtime_ns=78),))
    assert decision.action == "look"
    assert decision.unread_inputs == (1,)
    assert decision.unread_outputs == ("a.png",)
    read = replace(NOW, inputs=(unread(A), unread(B, mtime_ns=77, digest="bb")))
    decision = decide(DONE, read, (unread(OUT, mtime_ns=78, digest="cc"),))
    assert (decision.action, decision.retouch) == ("skip", True)


def test_a_moved_input_of_the_same_content_is_the_same() -> None:
    moved = replace(NOW, inputs=(unread(A, path="/elsewhere/a.cdf"), unread(B)))
    assert decide(DONE, moved, OUT_NOW).unread_inputs == (0,)


def test_an_input_written_while_it_was_read_is_not_trusted() -> None:
    known = Known("done", replace(BEFORE, inputs=(replace(A, digest=None), B)), (OUT,))
    now = replace(NOW, inputs=(unread(A, mtime_ns=5), unread(B)))
    assert decide(known, now, OUT_NOW).action == "redo"


@pytest.mark.parametrize("state", ["planned", "running"])
def test_what_was_not_finished_runs(state: str) -> None:
    assert decide(replace(DONE, state=state), NOW).action == "run"


def test_failures_wait_for_a_change_or_a_wish() -> None:
    failed = Known("failed", BEFORE, (), "timeout", 2)
    decision = decide(failed, NOW)
    assert decision.action == "skip"
    assert "timeout, 2 attempts" in decision.reason
    assert decide(failed, NOW, retry=frozenset({"timeout"})).action == "run"
    assert decide(failed, NOW, retry=frozenset({"crash"})).action == "skip"
    assert decide(failed, replace(NOW, version="2")).action == "redo"


def test_no_data_is_kept_until_something_changes() -> None:
    empty = Known("no_data", BEFORE)
    assert decide(empty, NOW).action == "skip"
    assert decide(empty, replace(NOW, parameters="{}")).action == "redo"


def test_an_imported_item_has_nothing_to_compare() -> None:
    known = Known("done", Fingerprint("", "{}", ()), imported=True)
    assert decide(known, NOW).action == "skip"


def test_an_item_that_runs_die_of_is_set_aside() -> None:
    assert decide(replace(DONE, state="planned", interruptions=POISON - 1), NOW).action == "run"
    decision = decide(replace(DONE, state="planned", interruptions=POISON), NOW)
    assert decision.action == "set aside"


def test_a_change_is_named_at_its_own_place() -> None:
    was = replace(NOW, parameters='{"look":{"dpi":200},"runs":[{"seq":1},{"seq":2}],"x":[1]}')
    now = replace(NOW, parameters='{"look":{"dpi":300},"runs":[{"seq":1},{"seq":7}],"x":[1,2]}')
    reason = decide(replace(DONE, fingerprint=was), now).reason
    assert reason == (
        "Parameters changed: look.dpi was 200 and is now 300; runs[1].seq was 2 and is now 7; "
        "x had 1 entries and now has 2."
    )
