"""The supervisor's decisions, without processes or clocks."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from figmill.engine import Item, Task
from figmill.engine.cancel import FINISH, NOW
from figmill.engine.pool.supervisor import (
    STUCK_S,
    Ended,
    Give,
    Instruction,
    Life,
    Limits,
    Retire,
    Revoke,
    Signal,
    Spawn,
    Supervisor,
)

MIB = 1 << 20


def tasks(*numbers: int) -> list[Task]:
    return [Task(number, Item(f"k{number}")) for number in numbers]


def started(count: int = 1, **limits: object) -> Supervisor:
    """Give a supervisor whose workers are idle, after an item of 1 s each."""
    pool = Supervisor(Limits(count, **limits))  # type: ignore[arg-type]
    pool.offer(tasks(*range(1000, 1000 + count)))
    assert pool.decide(0.0) == [Spawn(number) for number in range(1, count + 1)]
    for number in range(1, count + 1):
        pool.ready(number, 0.0)
    pool.decide(0.0)
    for number in range(1, count + 1):
        pool.result(number, 1.0, 0.0)
    return pool


def given(orders: list[Instruction]) -> dict[int, list[int]]:
    return {
        order.worker: [task.index for task in order.tasks]
        for order in orders
        if isinstance(order, Give)
    }


def test_workers_start_only_for_tasks() -> None:
    pool = Supervisor(Limits(4))
    assert pool.decide(0.0) == []
    pool.offer(tasks(0, 1))
    assert pool.decide(0.0) == [Spawn(1), Spawn(2)]
    assert pool.decide(0.0) == []


def test_slow_items_travel_alone() -> None:
    pool = started(2)
    pool.offer(tasks(*range(6)))
    assert given(pool.decide(1.0)) == {1: [0], 2: [1]}


def test_small_items_travel_together() -> None:
    pool = started(2)
    for _ in range(100):
        pool.offer(tasks(0))
        pool.decide(0.0)
        pool.result(1, 0.0001, 0.0)
    pool.offer(tasks(*range(100)))
    shares = given(pool.decide(1.0))
    assert len(shares) == 2
    assert all(len(share) > 10 for share in shares.values())


def test_the_deadline_begins_with_each_item() -> None:
    pool = started(timeout_s=5)
    pool.offer(tasks(0))
    pool.decide(10.0)
    assert pool.wakeup(10.0) == 5
    assert pool.decide(14.9) == []
    assert pool.decide(15.0) == [Signal(1, signal.SIGTERM)]
    assert pool.decide(16.9) == []
    assert pool.decide(17.0) == [Signal(1, signal.SIGKILL)]
    assert pool.decide(99.0) == []
    ended = pool.exited(1, -9, 0, 17.1)
    assert ended.task is not None
    assert ended.failure is not None
    assert (ended.task.index, ended.failure.category) == (0, "timeout")


def test_an_answer_that_crosses_with_the_signal_counts() -> None:
    pool = started(timeout_s=5)
    pool.offer(tasks(0))
    pool.decide(0.0)
    pool.decide(5.0)
    assert pool.result(1, 4.99, 5.0).index == 0
    assert pool.exited(1, -15, 0, 5.1).task is None


def test_what_began_after_a_crossed_answer_is_not_at_fault() -> None:
    pool = _batched(timeout_s=5)
    pool.decide(5.0)
    first = pool.running(1)
    pool.result(1, 4.99, 5.0)
    second = pool.running(1)
    assert pool.exited(1, -15, 0, 5.1).task is None
    assert first not in pool.unfinished
    assert second in pool.unfinished


def _batched(**limits: object) -> Supervisor:
    pool = started(**limits)
    for _ in range(100):
        pool.offer(tasks(0))
        pool.decide(0.0)
        pool.result(1, 0.0001, 0.0)
    pool.offer(tasks(*range(20)))
    assert len(given(pool.decide(0.0))[1]) == 20
    return pool


def test_items_behind_a_slow_one_are_taken_back() -> None:
    pool = _batched()
    assert pool.decide(STUCK_S / 2) == []
    assert pool.decide(STUCK_S) == [Revoke(1)]
    taken = pool.revoked(1, 18)
    assert [task.index for task in taken] == list(range(2, 20))
    assert pool.decide(STUCK_S) == []
    assert [task.index for task in pool.unfinished] == list(range(20))


def _last_of_a_batch(**limits: object) -> Supervisor:
    """One worker with task 19 in work, and tasks 20 to 29 pending."""
    pool = _batched(**limits)
    for number in range(19):
        assert pool.result(1, 0.0001, 0.0).index == number
    pool.offer(tasks(*range(20, 30)))
    return pool


def test_small_items_wait_behind_the_last_one() -> None:
    pool = _last_of_a_batch()
    (order,) = pool.decide(0.0)
    assert isinstance(order, Give)
    assert order.behind
    assert order.permits == len(order.tasks) == 10
    pool.offer(tasks(30))
    assert pool.decide(0.0) == []
    # All of them can be taken back, and nothing more is sent behind what is stuck.
    assert pool.decide(STUCK_S) == [Revoke(1)]
    assert [task.index for task in pool.revoked(1, 10)] == list(range(20, 30))
    assert pool.decide(STUCK_S) == []
    assert [task.index for task in pool.unfinished] == list(range(19, 31))


def test_nothing_is_sent_behind_a_slow_item() -> None:
    pool = _last_of_a_batch()
    assert pool.decide(STUCK_S) == []


def test_nothing_is_sent_behind_where_items_were_taken_back() -> None:
    # It could not be taken back a second time.
    pool = _last_of_a_batch()
    pool.decide(0.0)
    assert pool.decide(STUCK_S) == [Revoke(1)]
    pool.revoked(1, 9)
    assert pool.result(1, 0.06, 0.06).index == 19
    assert pool.running(1) == tasks(20)[0]
    assert pool.decide(0.06) == []
    assert pool.result(1, 0.0001, 0.06).index == 20
    assert 21 in given(pool.decide(0.06))[1]


def test_nothing_is_sent_behind_in_a_worker_that_is_being_ended() -> None:
    pool = _batched(timeout_s=5)
    for _ in range(18):
        pool.result(1, 0.0001, 0.0)
    assert pool.decide(5.0) == [Signal(1, signal.SIGTERM)]
    assert pool.result(1, 4.99, 5.0).index == 18
    pool._usual = 0.0001
    pool.offer(tasks(20))
    assert pool.decide(5.0) == []


def _two_at_their_last() -> Supervisor:
    pool = started(2)
    pool._usual = 0.0001
    pool.offer(tasks(0, 1))
    assert given(pool.decide(0.0)) == {1: [0], 2: [1]}
    pool.offer(tasks(2, 3, 4))
    return pool


def test_nothing_is_sent_behind_where_fewer_are_to_work() -> None:
    # Else a worker too many would never be idle, and never end.
    pool = _two_at_their_last()
    pool.available(memory=4, total=100)
    assert pool.decide(0.0) == []
    pool.result(1, 0.0001, 0.0)
    assert pool.decide(0.0)[0] == Retire(1)


def test_nothing_is_sent_behind_while_another_worker_starts() -> None:
    pool = _two_at_their_last()
    pool.exited(2, -9, 0, 0.0)
    assert pool.decide(0.0) == [Spawn(3)]
    pool.ready(3, 0.0)
    orders = [order for order in pool.decide(0.0) if isinstance(order, Give)]
    assert [(order.worker, order.behind) for order in orders] == [(3, False), (1, True)]


def test_what_waits_behind_the_last_one_does_not_fail_with_it() -> None:
    pool = _last_of_a_batch()
    pool.decide(0.0)
    ended = pool.exited(1, -11, 10, 0.1)
    assert ended.task is not None
    assert ended.task.index == 19
    assert [task.index for task in pool.unfinished] == list(range(20, 30))


def test_idle_workers_come_first() -> None:
    two = Supervisor(Limits(2))
    two.offer(tasks(0, 1))
    two.decide(0.0)
    two.ready(1, 0.0)
    two.ready(2, 0.0)
    two.decide(0.0)
    assert two.result(1, 0.02, 0.02).index == 0
    two.offer(tasks(2, 3))
    orders = [order for order in two.decide(0.02) if isinstance(order, Give)]
    assert [(order.worker, order.behind) for order in orders] == [(1, False), (2, True)]


def test_slow_items_wait_at_the_run() -> None:
    pool = started()
    pool.offer(tasks(0))
    pool.decide(0.0)
    pool.result(1, 1.0, 1.0)
    pool.offer(tasks(1))
    assert len(given(pool.decide(1.0))[1]) == 1
    pool.offer(tasks(2))
    assert pool.decide(1.0) == []


def test_what_waits_behind_counts_for_a_worker_that_is_to_be_renewed() -> None:
    pool = started(recycle_after=103)
    for _ in range(100):
        pool.offer(tasks(0))
        pool.decide(0.0)
        pool.result(1, 0.0001, 0.0)
    pool.offer(tasks(0, 1, 2))
    assert len(given(pool.decide(0.0))[1]) == 2
    pool.result(1, 0.0001, 0.0)
    assert pool.decide(0.0) == []


def test_a_worker_that_loses_all_its_items_between_two_gets_new_ones() -> None:
    pool = _last_of_a_batch()
    pool.decide(0.0)
    assert pool.result(1, 0.0001, 0.0).index == 19
    assert pool.decide(STUCK_S) == [Revoke(1)]
    assert [task.index for task in pool.revoked(1, 10)] == list(range(20, 30))
    assert given(pool.decide(STUCK_S)) == {1: list(range(20, 30))}


def test_nothing_is_sent_behind_in_a_worker_that_grew() -> None:
    pool = _last_of_a_batch(recycle_growth=60 * MIB)
    pool.measured(1, 10 * MIB)
    pool.measured(1, 80 * MIB)
    assert pool.decide(0.0) == []
    pool.result(1, 0.0001, 0.0)
    assert pool.decide(0.0) == [Retire(1), Spawn(2)]


def test_only_the_item_in_work_fails_with_its_worker() -> None:
    pool = _batched()
    for number in range(3):
        assert pool.result(1, 0.0001, 0.0).index == number
    ended = pool.exited(1, -11, 16, 0.2)
    assert ended.task is not None
    assert ended.failure is not None
    assert ended.task.index == 3
    assert ended.failure.category == "crash"
    assert "SIGSEGV" in ended.failure.message
    assert [task.index for task in pool.unfinished] == list(range(4, 20))


def test_a_worker_that_dies_between_items_fails_none() -> None:
    pool = _batched()
    pool.result(1, 0.0001, 0.0)
    assert pool.exited(1, -9, 19, 0.1).task is None
    assert len(pool.unfinished) == 19


def test_memory_ends_the_item_without_grace() -> None:
    pool = started(memory=100 * MIB)
    pool.offer(tasks(0))
    pool.decide(0.0)
    pool.measured(1, 99 * MIB)
    assert pool.decide(0.1) == []
    pool.measured(1, 101 * MIB)
    assert pool.decide(0.2) == [Signal(1, signal.SIGKILL)]
    ended = pool.exited(1, -9, 0, 0.3)
    assert ended.failure is not None
    assert ended.failure.category == "memory"
    assert ended.peak_memory == 101 * MIB


def test_a_kernel_kill_near_the_limit_is_one_of_memory() -> None:
    pool = started(memory=100 * MIB)
    pool.offer(tasks(0))
    pool.decide(0.0)
    pool.measured(1, 90 * MIB)
    ended = pool.exited(1, -9, 0, 0.3)
    assert ended.failure is not None
    assert ended.failure.category == "memory"


def test_fewer_items_run_when_memory_gets_short() -> None:
    pool = started(4)
    pool.offer(tasks(*range(4)))
    pool.decide(0.0)
    pool.available(memory=9, total=100)
    pool.available(memory=4, total=100)
    for number in range(1, 5):
        pool.result(number, 1.0, 1.0)
    pool.offer(tasks(*range(4, 12)))
    orders = pool.decide(1.0)
    assert sum(isinstance(order, Retire) for order in orders) == 1
    assert len(given(orders)) == 3
    for _ in range(9):
        pool.available(memory=4, total=100)
    for worker in given(orders):
        pool.result(worker, 1.0, 2.0)
    assert len(given(pool.decide(2.0))) == 1


def crowded(*held: int, **limits: object) -> Supervisor:
    """Give a supervisor of busy workers that hold so many MiB."""
    pool = started(len(held), **limits)
    pool.offer(tasks(*range(2 * len(held))))
    pool.decide(0.0)
    for number, one in enumerate(held, start=1):
        pool.measured(number, one * MIB)
    pool.available(memory=10**12, total=10**12)
    return pool


def test_over_the_batch_limit_the_largest_waits_for_room_and_slots_shrink() -> None:
    pool = crowded(50, 240, 60, batch_memory=300 * MIB)
    assert pool.decide(0.1) == [Signal(2, signal.SIGKILL)]
    pool.available(memory=10**12, total=10**12)  # it is not gone yet: nobody else must go
    assert pool.decide(0.1) == []
    assert pool.exited(2, -9, 0, 0.2) == Ended(None, None)
    # No worker takes its place while memory is short; then its item is the next.
    assert Spawn(4) not in pool.decide(0.3)
    assert pool.unfinished[2].index == 1
    assert pool.unfinished[2].attempt == 1


def test_of_equals_the_one_goes_that_began_last() -> None:
    pool = crowded(100, 100, batch_memory=250 * MIB)
    pool.result(1, 1.0, 1.0)
    pool.decide(1.0)
    for number in (1, 2):
        pool.measured(number, 130 * MIB)
    pool.available(memory=10**12, total=10**12)
    assert pool.decide(1.1) == [Signal(1, signal.SIGKILL)]


@pytest.mark.parametrize("held", [(310,), (310, 20)])
def test_what_is_over_the_batch_limit_alone_fails(held: tuple[int, ...]) -> None:
    pool = crowded(*held, batch_memory=300 * MIB)
    assert pool.decide(0.1) == [Signal(1, signal.SIGKILL)]
    ended = pool.exited(1, -9, 0, 0.2)
    assert ended.failure is not None
    assert ended.failure.category == "memory"


def test_slots_do_not_come_back_for_items_that_would_not_fit() -> None:
    pool = crowded(150, 150, 150, batch_memory=400 * MIB)
    pool.decide(0.1)
    pool.exited(3, -9, 0, 0.2)
    for number in (1, 2):
        pool.measured(number, 10 * MIB)
    pool.available(memory=10**12, total=10**12)
    assert not [order for order in pool.decide(0.3) if isinstance(order, Spawn)]


def test_slots_come_back_when_memory_does() -> None:
    pool = started(2)
    pool.offer(tasks(0))
    pool.decide(0.0)
    pool.available(memory=1, total=100)
    pool.result(1, 1.0, 0.5)
    pool.offer(tasks(1, 2, 3))
    assert len(given(pool.decide(1.0))) == 1
    pool.available(memory=50, total=100)
    orders = pool.decide(1.1)
    assert len(given(orders)) + sum(isinstance(order, Spawn) for order in orders) == 1


def test_what_a_leaving_worker_was_given_goes_to_another() -> None:
    pool = started()
    pool.offer(tasks(0, 1))
    assert given(pool.decide(0.0)) == {1: [0]}
    pool.leaving(1)
    assert pool.exited(1, 0, 0, 0.1) == Ended(None, None)
    assert [task.index for task in pool.unfinished] == [0, 1]
    assert pool.decide(0.2) == [Spawn(2)]


def test_a_worn_worker_retires_and_is_replaced() -> None:
    pool = started(recycle_after=2)
    pool.offer(tasks(0))
    assert given(pool.decide(0.0)) == {1: [0]}
    pool.result(1, 1.0, 1.0)
    pool.offer(tasks(1))
    assert pool.decide(1.0) == [Retire(1), Spawn(2)]


def test_tasks_to_try_again_wait_for_their_time() -> None:
    pool = started()
    (task,) = tasks(0)
    pool.again(task, due=7.0)
    pool.close()
    assert not pool.finished
    assert given(pool.decide(6.9)) == {}
    assert pool.wakeup(6.0) == 1.0
    assert given(pool.decide(7.0)) == {1: [0]}
    pool.result(1, 1.0, 8.0)
    assert pool.finished


def test_cancelling_gently_gives_nothing_new() -> None:
    pool = started(2)
    pool.offer(tasks(0, 1, 2, 3))
    pool.decide(0.0)
    pool.cancel(FINISH)
    assert pool.decide(0.1) == []
    assert pool.room == 0
    pool.result(1, 1.0, 1.0)
    assert not pool.finished
    pool.result(2, 1.0, 1.0)
    assert pool.finished
    assert [task.index for task in pool.unfinished] == [2, 3]


def test_cancelling_at_once_kills_and_blames_no_item() -> None:
    pool = started(2)
    pool.offer(tasks(0, 1))
    pool.decide(0.0)
    pool.cancel(NOW)
    assert pool.decide(0.1) == [Signal(1, signal.SIGKILL), Signal(2, signal.SIGKILL)]
    assert pool.exited(1, -9, 0, 0.2).task is None
    assert pool.exited(2, -9, 0, 0.2).task is None
    assert pool.finished
    assert {task.index for task in pool.unfinished} == {0, 1}


def test_workers_that_never_get_ready() -> None:
    pool = Supervisor(Limits(1))
    pool.offer(tasks(0))
    for number in (1, 2, 3):
        assert pool.decide(0.0) == [Spawn(number)]
        assert not pool.broken
        pool.exited(number, 1, 0, 0.0)
    assert pool.broken


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, every task is in exactly one place."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = Supervisor(Limits(3, timeout_s=5, grace_s=1, recycle_after=7))
        self.now = 0.0
        self.count = 0
        self.alive: dict[int, str] = {}
        self.settled: list[int] = []

    @rule(number=st.integers(1, 9))
    def offer(self, number: int) -> None:
        self.pool.offer(tasks(*range(self.count, self.count + number)))
        self.count += number

    @rule(step=st.floats(0, 3))
    def decide(self, step: float) -> None:
        self.now += step
        for order in self.pool.decide(self.now):
            match order:
                case Spawn():
                    self.alive[order.worker] = "starting"
                case Give():
                    assert self.alive[order.worker] == "ready"
                case Retire():
                    self.alive[order.worker] = "retired"
                case Revoke():
                    pass

    @rule(choose=st.randoms(use_true_random=False))
    def ready(self, choose: object) -> None:
        for worker in [w for w, life in self.alive.items() if life == "starting"]:
            self.pool.ready(worker, self.now)
            self.alive[worker] = "ready"

    @precondition(lambda self: self.pool.busy)
    @rule(data=st.data(), seconds=st.floats(1e-5, 0.01))
    def result(self, data: st.DataObject, seconds: float) -> None:
        worker = data.draw(st.sampled_from(self.pool.busy))
        self.settled.append(self.pool.result(worker, seconds, self.now).index)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), fail=st.booleans())
    def die(self, data: st.DataObject, fail: bool) -> None:
        worker = data.draw(st.sampled_from(sorted(self.alive)))
        del self.alive[worker]
        ended = self.pool.exited(worker, -9, 0, self.now)
        if ended.task is not None:
            if fail:
                self.settled.append(ended.task.index)
            else:
                self.pool.again(ended.task, self.now + 1)

    @precondition(lambda self: self.pool.busy)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.pool.busy))
        queue = self.pool._workers[worker].queue
        self.pool.revoked(worker, data.draw(st.integers(0, len(queue))))

    @invariant()
    def who_is_busy_has_something_to_do(self) -> None:
        states = self.pool._workers.values()
        assert all((state.life is Life.BUSY) == bool(state.queue) for state in states)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        places = self.settled + [task.index for task in self.pool.unfinished]
        assert sorted(places) == list(range(self.count))

    @invariant()
    def never_too_many_workers(self) -> None:
        assert sum(life != "retired" for life in self.alive.values()) <= 3


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
