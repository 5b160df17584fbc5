"""After any mix of changes an incremental run holds what a clean run does, and redoes no more."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, prune, run

NAMES = "abcd"

change = st.one_of(
    st.tuples(st.just("content"), st.sampled_from(NAMES), st.integers(0, 3)),
    st.tuples(st.just("touch"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("parameter"), st.sampled_from(NAMES), st.integers(0, 3)),
    st.tuples(st.just("version"), st.just(""), st.integers(1, 2)),
    st.tuples(st.just("lose"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("scribble"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("missing"), st.sampled_from(NAMES), st.booleans()),
)


def work(item: Item, outputs: Outputs) -> Outcome:
    text = item.inputs[0].read_bytes()
    if text == b"0":
        return Outcome.no_data("nothing in it")
    if text == b"3":
        raise ValueError("three")
    # How many files there are depends on the input too.
    for number in range(int(text)):
        outputs.write(f"{item.key}/{number}.txt", text + repr(dict(item.parameters)).encode())
    return Outcome.done()


def tree(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and ".figmill" not in path.parts
    }


@settings(max_examples=30, deadline=None)
@given(rounds=st.lists(st.lists(change, max_size=4), min_size=1, max_size=5))
def test_incremental_equals_clean(rounds: list[list[tuple[str, str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        parameters = dict.fromkeys(NAMES, 0)
        version, clock = "1", 0
        for name in NAMES:
            (folder / name).write_bytes(b"1")

        def present() -> set[str]:
            return {name for name in NAMES if (folder / name).exists()}

        def items() -> list[Item]:
            return [Item(n, (folder / n,), {"p": parameters[n]}) for n in NAMES]

        def go(out: Path) -> int:
            options = RunOptions(log=False, retry_failed=frozenset({"invalid-input"}))
            report = run(items(), work, out, version=version, options=options)
            return report.done + report.no_data + report.failed

        kept = folder / "kept"
        for number, changes in enumerate([[], *rounds]):
            for what, name, value in changes:
                path = folder / name
                match what:
                    case "content":
                        path.write_bytes(str(value).encode())
                    case "touch" if path.exists():
                        # Never twice the same: size and time are all that a look can see.
                        clock += 1
                        os.utime(path, ns=(clock, clock))
                    case "parameter":
                        parameters[name] = value
                    case "version":
                        version = str(value)
                    case "lose":
                        (kept / name / "0.txt").unlink(missing_ok=True)
                    case "scribble" if (kept / name / "0.txt").exists():
                        (kept / name / "0.txt").write_bytes(b"scribble")
                    case "missing" if value:
                        path.unlink(missing_ok=True)
            go(kept)
            clean = folder / f"clean{number}"
            go(clean)
            found, wanted = tree(kept), tree(clean)
            assert {name: found[name] for name in found if name in wanted} == wanted
            # What no run would make again is stale, and goes when that is asked for.
            with Ledger.read(kept) as ledger:
                stale = {one.file.path for one in ledger.stale()}
            assert found.keys() - wanted.keys() <= stale
            missing = len(NAMES) - len(present())
            # Nothing is left to do; what has no input is tried again each time, as asked.
            assert go(kept) <= missing
            if number % 2:
                left = {one.file.path for one in prune(kept, remove_files=True).kept}
                assert tree(kept).keys() - wanted.keys() <= left
                assert not any((folder / name).parent.name in present() for name in left)
