from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from figmill.engine import Failure, Ledger, ledger_path
from figmill.engine.fingerprint import FileStamp, Fingerprint
from figmill.engine.ledger import schema
from figmill.errors import LedgerError

NOTHING = Fingerprint("1", "{}", ())


def finish(ledger: Ledger, key: str, state: str = "done", **more: Any) -> None:
    with ledger.transaction():
        ledger.finish(key, more.pop("index", 0), state, NOTHING, run=1, **more)


def test_what_is_committed_is_read_again(tmp_path: Path) -> None:
    fingerprint = Fingerprint("1.2", '{"dpi":200}', (FileStamp("/a", 1, 2, "aa"),))
    outputs = (FileStamp("x/a.png", 3, 4, "bb"),)
    with Ledger.open(tmp_path) as ledger, ledger.transaction():
        ledger.finish("k", 7, "done", fingerprint, run=3, seconds=1.5, outputs=outputs, attempts=2)
    with Ledger.read(tmp_path) as ledger:
        record = ledger.record("k")
    assert record is not None
    assert (record.index, record.state, record.run, record.attempts) == (7, "done", 3, 2)
    assert record.fingerprint == fingerprint
    assert record.outputs == outputs


def test_reading_while_a_run_writes(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as writer:
        finish(writer, "a")
        with Ledger.read(tmp_path) as reader:
            with writer.transaction():
                writer.finish("b", 1, "done", NOTHING, run=1)
                assert reader.counts() == {"done": 1}
            assert reader.counts() == {"done": 2}


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    Ledger.open(tmp_path).close()
    with Ledger.read(tmp_path) as ledger, pytest.raises(LedgerError):
        ledger.put_state("a", b"")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        with pytest.raises(ZeroDivisionError), ledger.transaction():
            ledger.finish("a", 0, "done", NOTHING, run=1)
            raise ZeroDivisionError
        assert ledger.counts() == {}
        finish(ledger, "b")
        assert ledger.counts() == {"done": 1}


def test_many_keys_at_once(tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(1203)]
    with Ledger.open(tmp_path) as ledger:
        with ledger.transaction():
            for index, key in enumerate(keys):
                ledger.finish(key, index, "done", NOTHING, run=1)
        assert set(ledger.records([*keys, "unknown"])) == set(keys)


def test_failures_are_kept_and_grouped(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        for number in range(3):
            failure = Failure("invalid-input", f"/data/{number}.cdf: bad line {number}.", "Fix it.")
            finish(ledger, f"a{number}", "failed", failure=failure, index=number)
        finish(ledger, "b", "failed", failure=Failure("timeout", "too long.", "", "", "Stack"))
        causes = ledger.causes()
        assert [(cause.category, cause.count) for cause in causes] == [
            ("invalid-input", 3),
            ("timeout", 1),
        ]
        assert causes[0].keys == ("a0", "a1", "a2")
        assert [one.record.key for one in ledger.failures("timeout")] == ["b"]
        failure = ledger.failure("b")  # type: ignore[assignment]
        assert failure is not None
        assert failure.traceback == "Stack"
        finish(ledger, "b")
        assert ledger.failure("b") is None


def test_failures_can_be_set_back(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        for key, category in (("a", "timeout"), ("b", "crash"), ("c", "crash")):
            finish(ledger, key, "failed", failure=Failure(category, ""))
        assert ledger.retry("crash", ["b"]) == 1
        assert ledger.counts() == {"failed": 2, "planned": 1}
        assert ledger.retry() == 2


def test_text_that_is_no_unicode(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        finish(
            ledger, "a", "failed", failure=Failure("generic", "bad \udcff name", traceback="\ud800")
        )
        failure = ledger.failure("a")
    assert failure is not None
    assert failure.message == "bad \\udcff name"


def test_facts_and_states(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        finish(ledger, "b", facts='{"max":2}', index=1)
        finish(ledger, "a", facts='{"max":1}', index=0)
        finish(ledger, "c", "failed", facts='{"max":9}', index=2)
        assert list(ledger.all_facts()) == [("a", {"max": 1}), ("b", {"max": 2})]
        assert ledger.facts("none") is None
        assert ledger.state("sum") is None
        ledger.put_state("sum", b"1")
        assert ledger.update_state("sum", lambda old: (old or b"") + b"2") == b"12"
        assert ledger.state("sum") == b"12"


def test_states_change_in_one_transaction(tmp_path: Path) -> None:
    def add() -> None:
        with Ledger.open(tmp_path) as ledger:
            for _ in range(50):
                ledger.update_state("n", lambda old: str(int(old or b"0") + 1).encode())

    Ledger.open(tmp_path).close()
    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Ledger.read(tmp_path) as ledger:
        assert ledger.state("n") == b"150"


def test_a_killed_run_is_taken_back(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        number = ledger.begin_run("1", 2)
        with ledger.transaction():
            ledger.claim("a", 0, run=number, attempt=1)
            ledger.claim("b", 1, run=number, attempt=1, running=False)
        assert ledger.counts() == {"planned": 1, "running": 1}
        ledger.begin_run("1", 2, died_of_it=True)
        assert ledger.counts() == {"planned": 2}
        records = ledger.records(["a", "b"])
        assert (records["a"].interruptions, records["b"].interruptions) == (1, 0)
        assert [run.ended for run in ledger.runs()] == [None, None]


def test_there_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger here"):
        Ledger.read(tmp_path)


def test_a_truncated_ledger(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        for number in range(300):
            finish(ledger, f"k{number}", message="x" * 200)
    path = ledger_path(tmp_path)
    path.write_bytes(path.read_bytes()[:30_000])
    for opening in (Ledger.open, Ledger.read):
        with pytest.raises(LedgerError, match=r"cut short.*figmill repair"):
            opening(tmp_path)


def test_a_ledger_with_holes(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        for number in range(300):
            finish(ledger, f"k{number}", message="x" * 200)
    path = ledger_path(tmp_path)
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = b"\xff" * (len(data) - 4096 * 3)
    path.write_bytes(data)
    with pytest.raises(LedgerError, match="figmill repair"), Ledger.open(tmp_path) as ledger:
        list(ledger.items())


@pytest.mark.parametrize("content", [b"hello, this is text" * 100, b"\0" * 5000])
def test_a_file_that_is_no_ledger(content: bytes, tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="not an SQLite file"):
        Ledger.open(tmp_path)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    path.parent.mkdir()
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE items (x)")
    foreign.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="another program"):
        Ledger.open(tmp_path)
    assert path.read_bytes() == before


def test_a_newer_ledger(tmp_path: Path) -> None:
    Ledger.open(tmp_path).close()
    with sqlite3.connect(ledger_path(tmp_path)) as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    with pytest.raises(LedgerError, match=r"newer figmill.*Update figmill"):
        Ledger.open(tmp_path)


def test_an_older_ledger_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(tmp_path) as ledger:
        finish(ledger, "a")

    def add(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE items ADD COLUMN colour TEXT")

    steps = {**schema.MIGRATIONS, schema.VERSION: (add, schema.VERSION + 1)}
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with Ledger.read(tmp_path) as reader:  # a reader changes nothing
        assert reader.counts() == {"done": 1}
    with sqlite3.connect(ledger_path(tmp_path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (schema.VERSION - 1,)
    raw.close()
    with Ledger.open(tmp_path) as ledger:
        assert ledger.counts() == {"done": 1}
    with sqlite3.connect(ledger_path(tmp_path)) as raw:
        assert raw.execute("SELECT colour FROM items").fetchall() == [(None,)]
    raw.close()


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger.open(tmp_path).close()

    def broken(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE items ADD COLUMN colour TEXT")
        db.execute("SELECT nonsense FROM nowhere")

    steps = {**schema.MIGRATIONS, schema.VERSION: (broken, schema.VERSION + 1)}
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(LedgerError):
        Ledger.open(tmp_path)
    monkeypatch.undo()
    with Ledger.open(tmp_path) as ledger:
        assert ledger.counts() == {}


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        finish(ledger, "a")
        ledger._db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(LedgerError, match=r"full.*free space"):
            finish(ledger, "b", message="x" * 100_000)
        assert ledger.counts() == {"done": 1}


def test_network_file_systems_get_a_rollback_journal(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, network=True) as ledger:
        finish(ledger, "a")
        mode = ledger._db.execute("PRAGMA journal_mode").fetchone()[0]
    assert mode == "delete"
    with Ledger.open(tmp_path, network=False) as ledger:
        assert ledger._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_commits_are_durable(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        finish(ledger, "a")
        assert ledger._db.execute("PRAGMA synchronous").fetchone()[0] == 2
        with ledger.transaction(durable=False):
            ledger.claim("b", 1, run=1, attempt=1)
        finish(ledger, "c")
        assert ledger._db.execute("PRAGMA synchronous").fetchone()[0] == 2


class Memory(RuleBasedStateMachine):
    """The ledger against a dictionary, reopened and rolled back at any time."""

    keys = st.sampled_from([f"k{number}" for number in range(8)])
    folder: Any

    @initialize(factory=st.just(None))
    def begin(self, factory: None) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.out = Path(self.folder.name)
        self.ledger = Ledger.open(self.out)
        self.model: dict[str, tuple[str, int, str]] = {}
        self.states: dict[str, bytes] = {}

    @rule(key=keys, state=st.sampled_from(["done", "no_data", "failed"]), index=st.integers(0, 9))
    def finish(self, key: str, state: str, index: int) -> None:
        failure = Failure("crash", "gone") if state == "failed" else None
        finish(self.ledger, key, state, index=index, failure=failure)
        self.model[key] = (state, index, "crash" if failure else "")

    @rule(key=keys, index=st.integers(0, 9), running=st.booleans())
    def claim(self, key: str, index: int, running: bool) -> None:
        with self.ledger.transaction(durable=False):
            self.ledger.claim(key, index, run=1, attempt=1, running=running)
        old = self.model.get(key, ("", 0, ""))
        self.model[key] = ("running" if running else "planned", index, old[2])

    @rule(keys=st.lists(keys, max_size=3))
    def release(self, keys: list[str]) -> None:
        with self.ledger.transaction():
            self.ledger.release(keys)
        for key in keys:
            if key in self.model:
                self.model[key] = ("planned", *self.model[key][1:])

    @rule()
    def start_a_run(self) -> None:
        self.ledger.begin_run("1", 1)
        for key, (state, index, category) in self.model.items():
            if state == "running":
                self.model[key] = ("planned", index, category)

    @rule(key=keys)
    def roll_back(self, key: str) -> None:
        with pytest.raises(KeyError), self.ledger.transaction():
            self.ledger.finish(key, 5, "done", NOTHING, run=9)
            raise KeyError

    @rule()
    def retry(self) -> None:
        failed = [key for key, value in self.model.items() if value[0] == "failed"]
        assert self.ledger.retry() == len(failed)
        for key in failed:
            self.model[key] = ("planned", *self.model[key][1:])

    @rule(name=st.sampled_from("ab"), value=st.binary(max_size=5))
    def put(self, name: str, value: bytes) -> None:
        self.ledger.put_state(name, value)
        self.states[name] = value

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.out)

    @invariant()
    def the_same(self) -> None:
        if not hasattr(self, "ledger"):
            return
        with Ledger.read(self.out) as reader:
            found = {one.key: (one.state, one.index, one.category) for one in reader.items()}
            assert found == self.model
            assert sum(reader.counts().values()) == len(self.model)
            failed = {key for key, value in self.model.items() if value[0] == "failed"}
            assert {one.record.key for one in reader.failures()} == failed
            assert {name: reader.state(name) for name in self.states} == self.states

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()


TestMemory = Memory.TestCase
TestMemory.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_clock_jumps_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(tmp_path) as ledger:
        finish(ledger, "a")
        monkeypatch.setattr(time, "time", lambda: -1e9)
        finish(ledger, "b")
        assert ledger.counts() == {"done": 2}
