from __future__ import annotations

import random

from figmill.engine.seen import SeenKeys


def test_every_key_that_was_there_is_suspected_and_no_other() -> None:
    chance = random.Random(1)
    seen, known = SeenKeys(), set()
    for _ in range(200):
        keys = list({f"k{chance.randrange(20_000)}" for _ in range(chance.randrange(1, 400))})
        assert set(seen.suspects(keys)) == known & set(keys)
        known |= set(keys)


def test_it_is_small() -> None:
    seen = SeenKeys()
    for start in range(0, 100_000, 1000):
        seen.suspects([str(number) for number in range(start, start + 1000)])
    assert sum(run.nbytes for run in seen._runs) == 800_000
