"""What becomes of an item's files when another attempt at it ends: pure functions."""

from __future__ import annotations

from dataclasses import replace

from figmill.engine.fingerprint import FileStamp, Fingerprint
from figmill.engine.ledger.records import Earlier
from figmill.engine.ledger.results import (
    LEFT_OVER,
    after_failure,
    after_success,
    by_part,
    restorable,
)

INPUT = FileStamp("/data/a.cdf", 5, 1, "aa")
OLD = Fingerprint("1", '{"map":"viridis"}', (INPUT,))
NEW = Fingerprint("1", '{"map":"magma"}', (INPUT,))
OTHER_INPUT = replace(NEW, inputs=(replace(INPUT, digest="bb"),))


def result(fingerprint: Fingerprint, *names: str) -> Earlier:
    """A result of files named ``stem.part``; a name without a dot is of no part."""
    stamps = tuple(
        FileStamp(name, 1, 1, name, name.rpartition(".")[2] if "." in name else "")
        for name in names
    )
    return Earlier("", fingerprint, stamps, frozenset(s.part for s in stamps) - {""})


def parts(found: tuple[Earlier, ...]) -> dict[str, tuple[list[str], bool, str]]:
    return {one.part: ([s.path for s in one.outputs], one.whole, one.stale) for one in found}


def test_another_format_of_the_same_options_joins() -> None:
    settled = after_success(by_part(result(OLD, "a.png", "a.svg")), result(OLD, "a.pdf"))
    assert settled.result.parts == {"png", "svg", "pdf"}
    assert [stamp.path for stamp in settled.result.outputs] == ["a.pdf", "a.png", "a.svg"]
    assert settled.earlier == ()


def test_another_format_of_other_options_stands_beside() -> None:
    settled = after_success(by_part(result(OLD, "a.png")), result(NEW, "a.pdf"))
    assert settled.result.parts == {"pdf"}
    assert parts(settled.earlier) == {"png": (["a.png"], True, "")}


def test_a_format_that_was_not_made_of_the_new_input_is_out_of_date() -> None:
    settled = after_success(by_part(result(OLD, "a.png")), result(OTHER_INPUT, "a.pdf"))
    ((names, whole, stale),) = parts(settled.earlier).values()
    assert (names, whole, stale) == (["a.png"], True, "Input /data/a.cdf changed.")


def test_what_is_made_again_is_replaced_and_what_is_not_is_left_over() -> None:
    settled = after_success(by_part(result(OLD, "a.png", "b.png")), result(NEW, "a.png"))
    assert [stamp.path for stamp in settled.result.outputs] == ["a.png"]
    assert parts(settled.earlier) == {"png": (["b.png"], False, LEFT_OVER)}
    # It stays so, until it is made again.
    again = after_success(
        [*by_part(settled.result), *settled.earlier], result(OTHER_INPUT, "a.png")
    )
    assert parts(again.earlier) == {"png": (["b.png"], False, LEFT_OVER)}
    again = after_success([*by_part(settled.result), *settled.earlier], result(OLD, "b.png"))
    assert parts(again.earlier) == {"png": (["a.png"], False, LEFT_OVER)}


def test_what_another_item_has_by_now_is_not_left_over() -> None:
    settled = after_success(
        by_part(result(OLD, "a.png", "b.png")), result(NEW, "a.png"), lambda path: path == "b.png"
    )
    assert settled.earlier == ()


def test_a_failure_leaves_all_and_says_what_it_was_to_replace() -> None:
    before = by_part(result(OLD, "a.png", "a.pdf"))
    found = after_failure(before, NEW, frozenset({"png"}), "It failed.")
    assert parts(found) == {
        "png": (["a.png"], True, "It failed."),
        "pdf": (["a.pdf"], True, ""),
    }
    # With the options that they have nothing is wrong with them.
    assert {one.stale for one in after_failure(found, OLD, frozenset({"png"}), "It failed.")} == {
        ""
    }
    # Unless they should not be there at all.
    found = after_failure(before, OLD, frozenset({"png"}), "There is no data.", empty=True)
    assert {one.stale for one in found} == {"There is no data."}
    found = after_failure(before, OTHER_INPUT, frozenset({"png"}), "It failed.")
    assert parts(found)["pdf"][2] == "Input /data/a.cdf changed."


def test_earlier_results_come_back_when_they_are_asked_for() -> None:
    before = [*by_part(result(OLD, "a.png", "table")), *by_part(result(NEW, "a.pdf"))]

    def made_of(fingerprint: Fingerprint, *wanted: str) -> list[str] | None:
        found = restorable(before, frozenset(wanted), lambda one: one.fingerprint == fingerprint)
        return None if found is None else [stamp.path for stamp in found.result.outputs]

    assert made_of(OLD, "png") == ["a.png", "table"]
    assert made_of(NEW, "png") is None
    assert made_of(OLD, "png", "pdf") is None


def test_left_over_files_alone_restore_nothing() -> None:
    before = [replace(one, whole=False, stale=LEFT_OVER) for one in by_part(result(OLD, "a.png"))]
    assert restorable(before, frozenset({"png"}), lambda one: True) is None
