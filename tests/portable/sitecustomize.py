"""Take from a Python on Linux what other systems lack; for tests of the portable way.

Python imports this file by its name where its folder is on ``PYTHONPATH``: so it holds in workers
and commands that tests start, too. figmill may then not import the modules that only Unix has, and
nobody finds the functions that only some systems have. See ``make test-portable``.
"""

import builtins
import os
import signal
import socket

_MODULES = {"fcntl", "grp", "posix", "pwd", "resource", "termios"}
_import = builtins.__import__


def _blocking(name, globals=None, locals=None, fromlist=(), level=0):
    asking = (globals or {}).get("__name__", "")
    if name in _MODULES and asking.partition(".")[0] == "figmill":
        raise ModuleNotFoundError(f"No module named {name!r} (blocked for a test)", name=name)
    return _import(name, globals, locals, fromlist, level)


if os.environ.get("FIGMILL_SYSTEM") == "portable":
    builtins.__import__ = _blocking
    for _name in (
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "environb", "fork", "getsid"),
        *("killpg", "memfd_create", "pread", "pwrite", "register_at_fork", "sched_getaffinity"),
        *("setsid", "waitid"),
    ):
        if hasattr(os, _name):
            delattr(os, _name)
    for _name in ("ITIMER_REAL", "SIGALRM", "SIGHUP", "getitimer", "pause", "setitimer"):
        if hasattr(signal, _name):
            delattr(signal, _name)
    for _name in ("SOCK_SEQPACKET", "recv_fds", "send_fds"):
        if hasattr(socket, _name):
            delattr(socket, _name)
