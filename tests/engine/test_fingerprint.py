from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import blake3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.engine import Item
from figmill.engine.fingerprint import (
    canonical,
    digest_file,
    stat_file,
    take,
    why_missing,
    with_digests,
)
from figmill.engine.outputs import Outputs
from figmill.engine.run_item import perform
from figmill.errors import ConfigError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(st.text(), values, max_size=5))
def test_order_does_not_matter(parameters: dict[str, object]) -> None:
    backwards = dict(reversed(parameters.items()))
    assert canonical(parameters) == canonical(backwards)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [b"x", object(), {"deep": [object()]}])
def test_what_json_does_not_know(value: object) -> None:
    with pytest.raises(ConfigError, match="must be JSON values"):
        canonical({"a": value})  # type: ignore[dict-item]


def test_the_parameter_that_json_does_not_know_is_named() -> None:
    with pytest.raises(ConfigError) as raised:
        canonical({"sound": 1, "wrong": {"deep": [b"x"]}, "sound too": [2]}, "k")  # type: ignore[dict-item]
    assert raised.value.place == "item 'k', parameter 'wrong'"


def test_what_means_the_same_is_written_as_json() -> None:
    given = {"set": {2, 1}, "path": Path("x"), "array": np.arange(2), "number": np.float32(0.5)}
    assert canonical(given) == '{"array":[0,1],"number":0.5,"path":"x","set":[1,2]}'  # type: ignore[arg-type]


def test_values_that_are_changed_in_place_are_written_anew() -> None:
    given: dict[str, Any] = {"n": 1, "deep": [1]}
    assert canonical(given) == '{"deep":[1],"n":1}'
    given["n"] = True
    given["deep"].append(2.0)
    assert canonical(given) == '{"deep":[1,2.0],"n":true}'
    # The same eight bytes.
    numbers: list[Any] = [np.int64(1), np.float64(5e-324)]
    assert [canonical({"n": one}) for one in numbers] == ['{"n":1}', '{"n":5e-324}']


def test_the_digest_is_blake3_of_all_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    data = os.urandom(3_000_000)
    path.write_bytes(data)
    assert digest_file(path) == blake3.blake3(data).hexdigest()


def test_what_is_no_file_has_no_digest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    stamps = with_digests(
        stat_file(path) for path in (tmp_path, tmp_path / "pipe", tmp_path / "none")
    )
    assert [stamp.digest for stamp in stamps] == [None, None, None]
    assert [stamp.exists for stamp in stamps] == [True, True, False]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    thread = threading.Thread(target=digest_file, args=(tmp_path / "pipe",), daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()


def test_why_a_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("gone")
    assert why_missing(tmp_path / "none") == "there is no such file."
    assert why_missing(tmp_path / "loop") == "it is a link that leads to itself."
    assert why_missing(tmp_path / "dangling") == "it is a link to gone, which is not there."
    (tmp_path / "file").touch()
    assert why_missing(tmp_path / "file" / "x") == "it cannot be looked at: Not a directory."
    assert "NUL" in why_missing("a\0b")


def test_the_item_of_a_link_to_itself_says_so(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    item = Item("k", (tmp_path / "loop",))
    result = perform(item, lambda item, outputs: None, Outputs(tmp_path / "staging", "t"))  # type: ignore[return-value]
    assert result.failure is not None
    assert "leads to itself" in result.failure.message


def test_planning_reads_no_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    path.chmod(0)
    found = take(Item("k", (path,), {"b": 1, "a": 2}), "1")
    assert found.inputs[0].digest is None
    assert found.parameters == '{"a":2,"b":1}'


def test_odd_names_are_missing_files() -> None:
    assert not stat_file("a\0b").exists
    assert not stat_file("/no/such/file").exists
