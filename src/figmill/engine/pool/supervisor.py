"""What a pool of workers should do next: a state machine without processes, pipes or clocks.

The process shell (`pool`) tells it what happened and does what it says. All times are seconds of
one monotonic clock, handed in; all decisions can be tested by calling methods.
"""

from __future__ import annotations

import heapq
import itertools
import signal
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from figmill.engine.cancel import FINISH, GO_ON, NOW
from figmill.engine.failures import Failure
from figmill.engine.task import Task
from figmill.system import system

STUCK_S = 0.05
_BATCH_S = 0.05
_LARGEST_BATCH = 64
_BOOT_S = 120.0
_FORGETTING = 0.97
_BOOT_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What workers may take; as in `options.RunOptions`."""

    workers: int
    timeout_s: float | None = None
    grace_s: float = 2.0
    memory: int | None = None
    batch_memory: int | None = None
    recycle_after: int | None = None
    recycle_growth: int | None = None


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start worker ``worker``."""

    worker: int


@dataclass(frozen=True, slots=True)
class Give:
    """Send tasks to a worker: to an idle one, or behind the last one that it works on.

    Each task but the first of an idle worker needs a permit.
    """

    worker: int
    tasks: tuple[Task, ...]
    behind: bool = False

    @property
    def permits(self) -> int:
        """How many of the tasks need one."""
        return len(self.tasks) - (not self.behind)


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take back what permits can be taken back, and answer with `Supervisor.revoked`."""

    worker: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Send a signal to the worker and all that it started."""

    worker: int
    number: int


@dataclass(frozen=True, slots=True)
class Retire:
    """Let an idle worker end by itself."""

    worker: int


Instruction: TypeAlias = Spawn | Give | Revoke | Signal | Retire


@dataclass(frozen=True, slots=True)
class Ended:
    """What a dead worker leaves: the task that failed with it, if one did."""

    task: Task | None
    failure: Failure | None
    seconds: float = 0.0
    peak_memory: int = 0


class Life(Enum):
    """Where a worker is in its life."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RETIRED = "retired"


@dataclass(slots=True)
class Worker:
    """One worker process as the supervisor sees it."""

    number: int
    since: float
    life: Life = Life.STARTING
    queue: deque[Task] = field(default_factory=deque)
    finished: int = 0
    memory: int = 0
    share: int = 0
    peak: int = 0
    first_memory: int = 0
    verdict: str = ""
    signalled: float | None = None
    killed: bool = False
    revoking: bool = False


class Supervisor:
    """Decide for a pool of workers.

    Parameters
    ----------
    limits
        What they may take.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._workers: dict[int, Worker] = {}
        self._numbers = itertools.count(1)
        self._pending: deque[Task] = deque()
        self._later: list[tuple[float, int, Task]] = []
        self._ties = itertools.count()
        self._usual: float | None = None
        self._boot_deaths = 0
        self._cancel = GO_ON
        self._slots = limits.workers
        self._typical = 0.0  # bytes of an item, as last seen when there was no room for all
        self._closed = False

    # What happened

    def offer(self, tasks: Iterable[Task]) -> None:
        """Take new tasks."""
        self._pending.extend(tasks)

    def close(self) -> None:
        """Note that no new tasks will come."""
        self._closed = True

    def again(self, task: Task, due: float) -> None:
        """Take a task that is to be tried again at a time."""
        heapq.heappush(self._later, (due, next(self._ties), task))

    def ready(self, worker: int, now: float) -> None:
        """Note that a worker has started."""
        self._boot_deaths = 0
        state = self._workers[worker]
        if state.life is Life.STARTING:
            state.life, state.since = Life.IDLE, now

    def result(self, worker: int, seconds: float, now: float) -> Task:
        """Note that the first of a worker's tasks has ended; give that task."""
        state = self._workers[worker]
        task = state.queue.popleft()
        state.finished += 1
        self._typical *= _FORGETTING
        state.since = now
        state.peak = 0
        if state.signalled is not None:
            # The answer crossed with the signal: what the worker has begun since is not at fault.
            state.verdict = "crossed"
        self._usual = seconds if self._usual is None else 0.8 * self._usual + 0.2 * seconds
        if not state.queue and state.life is Life.BUSY:
            state.life = Life.IDLE
        return task

    def blameless(self, worker: int) -> None:
        """Note that a worker is about to die of something else than its items."""
        self._workers[worker].verdict = "room"

    def leaving(self, worker: int) -> None:
        """Note that a worker ends by itself, and has begun nothing of what it has."""
        self._workers[worker].life = Life.RETIRED

    def revoked(self, worker: int, count: int) -> list[Task]:
        """Note that the last ``count`` tasks of a worker were taken back; give them."""
        state = self._workers[worker]
        state.revoking = True
        taken = [state.queue.pop() for _ in range(count)][::-1]
        self._pending.extendleft(reversed(taken))
        if not state.queue and state.life is Life.BUSY:
            # Between two items: it finds no permit, and nothing else would end its being busy.
            state.life = Life.IDLE
        return taken

    def measured(self, worker: int, memory: int, share: int | None = None) -> None:
        """Note how many bytes a worker and its children hold, and what of it is theirs alone."""
        state = self._workers[worker]
        state.memory = memory
        state.share = memory if share is None else share
        state.peak = max(state.peak, memory)
        if not state.first_memory and state.finished:
            state.first_memory = memory

    def available(self, memory: int, total: int) -> None:
        """Note the machine's memory: fewer items run at a time before it swaps."""
        used = sum(state.share for state in self._workers.values())
        limit = self._limits.batch_memory or int(0.8 * total)
        busy = sum(state.life is Life.BUSY for state in self._workers.values())
        if used > 0.85 * limit or memory < 0.1 * total:
            short = used > 0.95 * limit or memory < 0.05 * total
            self._slots = max(1, min(self._slots, busy) - short)
        elif (
            used < 0.7 * limit
            and memory > 0.15 * total
            and (self._slots + 1) * self._typical < 0.9 * limit
        ):
            self._slots = min(self._limits.workers, self._slots + 1)
        if used > limit:
            self._make_room(limit)

    def is_near(self, total: int) -> bool:
        """Whether workers hold so much that it is worth while to measure exactly."""
        used = sum(state.share for state in self._workers.values())
        return used > 0.7 * (self._limits.batch_memory or int(0.8 * total))

    def cancel(self, level: int) -> None:
        """Note that the run is to stop."""
        self._cancel = max(self._cancel, level)

    def exited(self, worker: int, status: int, unstarted: int, now: float) -> Ended:
        """Note that a worker's process is gone.

        Parameters
        ----------
        worker
            Its number.
        status
            Exit code, or minus the number of the signal that ended it.
        unstarted
            How many of its tasks it cannot have begun (their permits were still there).
        now
            The time.

        Returns
        -------
        Ended
            The task that was in work, and how that failed. The tasks behind it run elsewhere.
        """
        state = self._workers.pop(worker)
        begun = len(state.queue) - unstarted
        running = state.queue.popleft() if begun > 0 and state.life is Life.BUSY else None
        self._pending.extendleft(reversed(state.queue))
        if state.life is Life.STARTING:
            self._boot_deaths += 1
        if running is None:
            return Ended(None, None)
        if self._cancel >= NOW or state.verdict in ("crossed", "room"):
            self._pending.appendleft(running)
            return Ended(None, None)
        failure = self._judge(state, status)
        return Ended(running, failure, now - state.since, state.peak)

    # What is asked

    @property
    def broken(self) -> bool:
        """Whether workers die before they are ready, again and again."""
        return self._boot_deaths >= _BOOT_DEATHS

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        if any(state.queue for state in self._workers.values()):
            return False
        return self._cancel > GO_ON or (self._closed and not self._pending and not self._later)

    @property
    def room(self) -> int:
        """How many new tasks are welcome."""
        if self._cancel > GO_ON or self._closed:
            return 0
        return max(0, self._limits.workers * self._batch() - len(self._pending))

    @property
    def unfinished(self) -> list[Task]:
        """The tasks that were taken and not finished."""
        running = [task for state in self._workers.values() for task in state.queue]
        return [*running, *self._pending, *(task for _, _, task in self._later)]

    @property
    def busy(self) -> list[int]:
        """The workers that have something in work."""
        return [state.number for state in self._workers.values() if state.queue]

    def running(self, worker: int) -> Task | None:
        """Give the task that a worker has in work."""
        state = self._workers.get(worker)
        return state.queue[0] if state and state.queue else None

    def wakeup(self, now: float) -> float | None:
        """Say in how many seconds `decide` should be asked even if nothing happens."""
        times = [due for due, _, _ in self._later[:1]]
        for state in self._workers.values():
            if state.signalled is not None:
                if not state.killed:
                    times.append(state.signalled + self._limits.grace_s)
            elif state.life is Life.STARTING:
                times.append(state.since + _BOOT_S)
            elif state.life is Life.BUSY:
                if self._limits.timeout_s is not None:
                    times.append(state.since + self._limits.timeout_s)
                if len(state.queue) > 1 and not state.revoking:
                    times.append(state.since + STUCK_S)
        return max(0.0, min(times) - now) if times else None

    # What to do

    def decide(self, now: float) -> list[Instruction]:
        """Say what is to be done now."""
        orders: list[Instruction] = []
        while self._later and self._later[0][0] <= now:
            self._pending.appendleft(heapq.heappop(self._later)[2])
        for state in list(self._workers.values()):
            orders += self._look_after(state, now)
        if self._cancel > GO_ON:
            return orders
        orders += self._give_work(now)
        return orders

    def _look_after(self, state: Worker, now: float) -> Sequence[Instruction]:
        limits = self._limits
        if state.signalled is not None:
            if not state.killed and now >= state.signalled + limits.grace_s:
                state.killed = True
                return [Signal(state.number, system.KILL)]
            return []
        if state.verdict in ("memory", "room") or (
            self._cancel >= NOW and state.life is not Life.RETIRED
        ):
            # Memory cannot wait for a grace, nor can a second Ctrl-C.
            state.signalled, state.killed = now, True
            return [Signal(state.number, system.KILL)]
        if state.life is Life.STARTING and now >= state.since + _BOOT_S:
            state.signalled, state.killed = now, True
            return [Signal(state.number, system.KILL)]
        if state.life is Life.BUSY:
            if limits.timeout_s is not None and now >= state.since + limits.timeout_s:
                state.verdict, state.signalled = "timeout", now
                return [Signal(state.number, signal.SIGTERM)]
            if limits.memory is not None and state.memory > limits.memory:
                state.verdict, state.signalled, state.killed = "memory", now, True
                return [Signal(state.number, system.KILL)]
            stuck = now >= state.since + STUCK_S or self._cancel >= FINISH
            if len(state.queue) > 1 and stuck and not state.revoking:
                return [Revoke(state.number)]
        surplus = len(self._alive()) > max(self._slots, 1)
        if state.life is Life.IDLE and (self._worn(state) or surplus):
            state.life = Life.RETIRED
            return [Retire(state.number)]
        return []

    def _worn(self, state: Worker) -> bool:
        after, growth = self._limits.recycle_after, self._limits.recycle_growth
        if after is not None and state.finished >= after:
            return True
        grown = state.memory - state.first_memory
        return growth is not None and state.first_memory > 0 and grown > growth

    def _give_work(self, now: float) -> list[Instruction]:
        orders: list[Instruction] = []
        alive = self._alive()
        busy = sum(state.life is Life.BUSY for state in alive)
        starting = sum(state.life is Life.STARTING for state in alive)
        idle = [w for w in alive if w.life is Life.IDLE and w.signalled is None]
        for state in idle:
            if not self._pending or busy >= self._slots:
                break
            orders.append(self._hand(state))
            state.life, state.since, state.revoking, state.peak = Life.BUSY, now, False, 0
            busy += 1
        if busy >= self._slots and len(alive) <= self._slots and self._batch() > 1:
            # Small items: what comes next waits at the worker, not the worker for the run.
            for state in alive:
                if self._pending and state not in idle and self._soon_idle(state, now):
                    orders.append(self._hand(state, behind=True))
        wanted = min(self._slots - len(alive), len(self._pending) - starting)
        for _ in range(max(0, wanted)):
            number = next(self._numbers)
            self._workers[number] = Worker(number, now)
            orders.append(Spawn(number))
        return orders

    def _soon_idle(self, state: Worker, now: float) -> bool:
        """Whether a worker is at its last item, and nothing is wrong with it."""
        sound = state.signalled is None and not state.verdict and not state.revoking
        quick = now < state.since + STUCK_S
        at_last = state.life is Life.BUSY and len(state.queue) == 1
        fresh = self._until_worn(state) > 0 and not self._worn(state)
        return sound and quick and at_last and fresh

    def _hand(self, state: Worker, *, behind: bool = False) -> Give:
        # The last ones are shared out.
        left = len(self._pending) // max(1, self._slots)
        most = max(1, min(self._batch(), left, self._until_worn(state)))
        tasks = [self._pending.popleft() for _ in range(min(most, len(self._pending)))]
        state.queue.extend(tasks)
        return Give(state.number, tuple(tasks), behind)

    def _alive(self) -> list[Worker]:
        return [w for w in self._workers.values() if w.life is not Life.RETIRED]

    def _until_worn(self, state: Worker) -> int:
        after = self._limits.recycle_after
        return _LARGEST_BATCH if after is None else after - state.finished - len(state.queue)

    def _batch(self) -> int:
        # Several small items travel at once: a worker that has to ask for each waits for the run,
        # which may wait for the disk. Where items are slow each travels alone, so that none waits
        # behind another.
        if self._usual is None:
            return 1
        return max(1, min(_LARGEST_BATCH, int(_BATCH_S / max(self._usual, 1e-6))))

    def _make_room(self, limit: int) -> None:
        """End one of the largest, the one that began last; its item waits until there is room."""
        busy = [w for w in self._workers.values() if w.life is Life.BUSY]
        if not busy or any(w.verdict == "room" for w in busy):
            return  # what was ended is still there
        largest = max(state.share for state in busy)
        if len(busy) == 1 or largest > limit:
            at_fault = max(busy, key=lambda state: state.share)
            at_fault.verdict = at_fault.verdict or "memory"
            return
        self._typical = sum(state.share for state in busy) / len(busy)
        youngest = max((w for w in busy if w.share > largest / 2), key=lambda state: state.since)
        youngest.verdict = youngest.verdict or "room"
        self._slots = max(1, min(self._slots, len(busy) - 1))

    def _judge(self, state: Worker, status: int) -> Failure:
        limits = self._limits
        mib = f"{max(state.peak, state.memory) / 2**20:.0f} MiB"
        if state.verdict == "timeout":
            return Failure(
                "timeout",
                f"it took longer than {limits.timeout_s:g} s and was ended.",
                "Give it more time, or look where it hung (traceback).",
            )
        near = limits.memory is not None and state.memory > 0.8 * limits.memory
        if state.verdict == "memory" or (status == -system.KILL and near):
            allowed = f"; allowed are {limits.memory / 2**20:.0f} MiB" if limits.memory else ""
            return Failure(
                "memory",
                f"its worker held {mib} of memory and was ended{allowed}.",
                "Allow more memory or run fewer workers.",
            )
        if status < 0:
            how = f"its worker was ended by signal {_signal_name(-status)}."
        else:
            how = f"its worker exited with code {status} in the middle of the item."
        return Failure(
            "crash", how, "The input may trigger a fault in a compiled library (see traceback)."
        )


def _signal_name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
