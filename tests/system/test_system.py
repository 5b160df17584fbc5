"""What systems do differently stands in one place, and both ways have the same names."""

from __future__ import annotations

import ast
import errno
import gc
import inspect
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import figmill
from figmill.system import SWITCH, portable

linux: Any = pytest.importorskip(
    "figmill.system.linux", reason="what Linux's way needs is not there", exc_type=ImportError
)

ROOT = Path(figmill.__file__).parent
# The fork server and the child with a time limit are programs that only Linux runs.
ONLY_LINUX = {
    *("system/linux.py", "system/child.py", "system/unix.py"),
    *("engine/pool/forkserver.py", "engine/pool/forked.py", "engine/pool/seed.py"),
}
MODULES = {"fcntl", "grp", "pwd", "resource", "termios"}
NAMES = {
    "os": {
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "environb", "fork", "geteuid"),
        *("getpgid", "getsid", "getuid", "killpg", "memfd_create", "mkfifo", "nice", "pread"),
        *("pwrite", "register_at_fork", "sched_getaffinity", "set_blocking", "setsid", "waitid"),
        *("waitpid", "WNOHANG"),
    },
    "signal": {
        *("ITIMER_REAL", "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGSTOP", "alarm"),
        *("getitimer", "pause", "pthread_sigmask", "setitimer"),
    },
    "socket": {"AF_UNIX", "SOCK_SEQPACKET", "recv_fds", "send_fds"},
}


def public(module: ModuleType) -> dict[str, Any]:
    tree = ast.parse(inspect.getsource(module))
    own = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Assign):
            own |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name: getattr(module, name) for name in own if not name.startswith("_")}


def test_both_ways_have_the_same_names() -> None:
    ours, theirs = public(linux), public(portable)
    assert ours.keys() == theirs.keys()
    for name, one in ours.items():
        if inspect.isfunction(one) and inspect.isfunction(theirs[name]):
            parameters = inspect.signature(one).parameters
            assert list(parameters) == list(inspect.signature(theirs[name]).parameters), name
        elif not callable(one):
            assert type(one) is type(theirs[name]), name


def _only_some_systems(text: str) -> list[str]:
    """What of a source text only some systems have."""
    found = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import():
                found += [alias.name for alias in node.names if alias.name in MODULES]
            case ast.ImportFrom() if node.module in MODULES:
                found.append(node.module)
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                if name in NAMES.get(module, ()):
                    found.append(f"{module}.{name}")
            case ast.keyword(arg="dir_fd" | "src_dir_fd" | "dst_dir_fd" as name):
                found.append(name)
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if text.startswith("/proc/"):
                found.append(text)
    return found


def test_the_search_finds_them() -> None:
    text = 'import fcntl\nos.fork()\nPath("/proc/self/fd")\nos.open(a, b, dir_fd=c)\nos.stat(a)'
    assert sorted(_only_some_systems(text)) == ["/proc/self/fd", "dir_fd", "fcntl", "os.fork"]


def test_no_other_module_names_what_only_some_systems_have() -> None:
    # `Folder` hands over its descriptor, which is None where folders have none.
    known = {"engine/files.py": {"dir_fd", "src_dir_fd", "dst_dir_fd"}}
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name not in ONLY_LINUX:
            left = set(_only_some_systems(path.read_text("utf-8"))) - known.get(name, set())
            if left:
                found[name] = sorted(left)
    assert found == {}


@pytest.fixture(params=[linux, portable], ids=["linux", "portable"])
def way(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_process_is_known_by_its_start(way: Any) -> None:
    told = way.start_time(os.getpid())
    assert way.is_same_start(told, os.getpid())
    assert not way.is_same_start(told - 1000, os.getpid())
    assert not way.is_same_start(None, os.getpid())
    assert not way.is_same_start(told, 2**22 + 1)


def test_a_boot_is_known_again(way: Any) -> None:
    assert way.is_same_boot(way.boot())
    assert not way.is_same_boot("an earlier one")
    assert not way.is_same_boot(None)


def test_bytes_go_through_a_channel_that_never_waits(way: Any) -> None:
    source, target = way.byte_channel()
    try:
        with pytest.raises(BlockingIOError):
            way.receive(source, 1)
        assert way.transmit(target, b"abc") == 3
        assert way.receive(source, 1) == b"a"
        assert way.receive(source, 100) == b"bc"
    finally:
        way.close_channel(source)
        way.close_channel(target)


def test_a_channel_lives_though_an_earlier_owner_of_its_number_goes() -> None:
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    portable.transmit(number, b"x")  # a worker's own end, which it is given as a number
    ours.close()
    theirs.close()
    ends = [end for _ in range(4) for end in portable.byte_channel()]
    try:
        assert number in ends
        gc.collect()
        for source, target in zip(ends[::2], ends[1::2], strict=True):
            assert portable.transmit(target, b"a") == 1
            assert portable.receive(source, 1) == b"a"
    finally:
        for end in ends:
            portable.close_channel(end)


def test_descendants(way: Any) -> None:
    code = "import subprocess, sys; print(1, flush=True); subprocess.run([sys.executable, '-c', "
    code += "'print(2, flush=True); input()'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.readline() == b"1\n"
        assert child.stdout.readline() == b"2\n"
        assert len(list(way.descendants(child.pid))) == 1
        assert child.pid in list(way.descendants(os.getpid()))
        child.communicate(b"\n")
    assert list(way.descendants(child.pid)) == []


class Late(BaseException):
    pass


def test_a_block_is_interrupted_where_it_is(way: Any) -> None:
    begun = time.monotonic()
    with pytest.raises(Late), way.interrupting(0.1, Late):
        while time.monotonic() < begun + 10:
            time.sleep(0.01)
    assert time.monotonic() - begun < 5


def test_a_block_that_ends_in_time_is_left_alone(way: Any) -> None:
    for _ in range(20):
        with way.interrupting(0.05, Late):
            time.sleep(0.001)
    time.sleep(0.1)


def test_what_comes_late_comes_from_the_block_or_not_at_all(way: Any) -> None:
    # The end of the time and of the block meet.
    ended = {"late": 0, "in time": 0}
    for step in range(60):
        try:
            with way.interrupting(0.005, Late):
                until = time.monotonic() + 0.0045 + step * 2e-5
                while time.monotonic() < until:
                    pass
            ended["in time"] += 1
        except Late:
            ended["late"] += 1
        for _ in range(1000):
            pass
    assert sum(ended.values()) == 60


def test_the_environment_is_put_back_by_its_own_kind(way: Any) -> None:
    environment = way.environment()
    name, value = ("FIGMILL_X", "1") if way is portable else (b"FIGMILL_X", b"1")
    environment[name] = value
    assert os.environ["FIGMILL_X"] == "1"
    del environment[name]
    assert "FIGMILL_X" not in os.environ


def test_files_are_read_and_written_at_a_place(way: Any, tmp_path: Path) -> None:
    handle = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    try:
        assert way.pwrite(handle, b"abcdef", 0) == 6
        assert way.pwrite(handle, b"X", 2) == 1
        assert way.read_at(handle, 3, 1) == b"bXd"
    finally:
        os.close(handle)


def test_the_portable_way_has_no_lock(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as file, pytest.raises(OSError) as caught:
        portable.lock(file.fileno())
    assert caught.value.errno == errno.ENOSYS


def test_memory_and_files_are_told(way: Any) -> None:
    peak = way.PeakMemory()
    peak.reset()
    assert peak.read() > 1 << 20
    assert way.open_files() > 2
    assert way.cores() >= 1
    assert way.open_file_limit(10) is None or way.open_file_limit(10) > 10


def test_a_signal_from_another_thread(way: Any) -> None:
    import signal

    came = []
    before = signal.signal(signal.SIGTERM, lambda *_: came.append(1))
    try:
        thread = threading.Thread(target=way.give_signal, args=(signal.SIGTERM,))
        thread.start()
        thread.join()
        until = time.monotonic() + 5
        while not came and time.monotonic() < until:
            time.sleep(0.01)
        assert came == [1]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_what_is_lacking_is_said_by_the_portable_way_alone() -> None:
    assert linux.lacks() == {}
    assert all(text.endswith(".") for text in portable.lacks().values())


@pytest.mark.parametrize("asked", ["portable", "", "linux"])
def test_the_switch(asked: str) -> None:
    code = "from figmill.system import system; print(system.NAME)"
    environment = {**os.environ, SWITCH: asked}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ("portable" if asked == "portable" else "linux")
