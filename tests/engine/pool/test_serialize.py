"""What travels between the run and its workers."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

from figmill.engine.failures import Failure
from figmill.engine.fingerprint import FileStamp
from figmill.engine.outputs import StagedFile
from figmill.engine.pool.serialize import pack_result, unpack_result
from figmill.engine.task import Result


def test_a_result_arrives_as_it_was_sent() -> None:
    sent = Result(
        "failed",
        1.5,
        "it says so",
        (StagedFile("a.png", "/s/1-1-0.png", "ab" * 32, False, "png", ("old.png",)),),
        (FileStamp("/data/a.csv", 10, 1234567, "cd" * 32),),
        '{"n":1}',
        Failure("generic", "broken", "mend it", "ValueError", "where"),
        notes='[["info","code"]]',
    )
    packed = pickle.loads(pickle.dumps(pack_result(sent, 1 << 20)))
    assert unpack_result(packed, 3) == replace(sent, peak_memory=1 << 20, worker=3)
    # Whoever adds a field to it finds here that it must travel, too.
    assert len(packed) == len(fields(Result)) - len({"worker", "published"})


def test_the_message_of_an_item_that_did_nothing_is_small() -> None:
    sent = Result("done", 1e-5)
    packed = pickle.dumps(("result", pack_result(sent, 50_000_000)), pickle.HIGHEST_PROTOCOL)
    assert len(packed) < 70
