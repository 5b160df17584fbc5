"""When a function has changed: a digest of it, and of what it reaches of the user's own code."""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

_PLAIN = (str, bytes, int, float, complex, bool, type(None), Path)
_DEEP = 50


def hash_of(function: Any) -> tuple[str, tuple[str, ...]]:
    """Digest a function with its defaults, what it closes over, and the user's code it reaches.

    Of a function its syntax counts, without comments and layout; of an imported module of the
    user's own, the whole file; of libraries, nothing.

    Parameters
    ----------
    function
        Any callable.

    Returns
    -------
    digest : str
        16 hexadecimal digits.
    blind : tuple of str
        What could not be looked into: changes of it are not noticed.

    Examples
    --------
    >>> hash_of(lambda x: x + 1)[0] == hash_of(lambda x: x + 2)[0]
    False
    """
    walk = _Walk()
    walk.thing(function, "the function", 0)
    return walk.digest.hexdigest()[:16], tuple(dict.fromkeys(walk.blind))


class _Walk:
    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.blind: list[str] = []
        self._seen: set[int] = set()

    def note(self, *words: object) -> None:
        for word in words:
            self.digest.update(repr(word).encode("utf-8", "backslashreplace") + b"\0")

    def thing(self, value: Any, where: str, depth: int) -> None:
        """Take in a value that the function reaches under a name."""
        if isinstance(value, _PLAIN):
            self.note(where, value)
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if depth > _DEEP:
            self.blind.append(f"{where} is too deep to be looked into")
        elif isinstance(value, FunctionType):
            self._function(value, where, depth)
        elif isinstance(value, ModuleType):
            self._module(value, where)
        elif isinstance(value, type):
            if _is_own(getattr(sys.modules.get(value.__module__), "__file__", None)):
                self._source(value, where)
        elif isinstance(value, list | tuple | set | frozenset | dict):
            self._container(value, where, depth)
        elif hasattr(value, "func") and hasattr(value, "args"):  # functools.partial
            self.thing(value.func, where, depth + 1)
            self.thing([*value.args, sorted(value.keywords.items())], where, depth + 1)
        elif inspect.ismethod(value):
            self.thing(value.__func__, where, depth + 1)
            self.thing(value.__self__, f"self of {where}", depth + 1)
        elif hasattr(value, "tobytes"):
            self.note(where, value.tobytes(), str(getattr(value, "dtype", "")))
        else:
            self._other(value, where)

    def _function(self, function: FunctionType, where: str, depth: int) -> None:
        if not _is_own(function.__code__.co_filename):
            return  # of a library
        self._source(function, where)
        self.thing(function.__defaults__ or (), f"defaults of {where}", depth + 1)
        self.thing(function.__kwdefaults__ or {}, f"defaults of {where}", depth + 1)
        closed = function.__closure__ or ()
        for name, cell in zip(function.__code__.co_freevars, closed, strict=True):
            try:
                content = cell.cell_contents
            except ValueError:  # not filled yet
                continue
            self.thing(content, name, depth + 1)
        for name in sorted(set(_names(function.__code__))):
            if name in function.__globals__:
                self.thing(function.__globals__[name], name, depth + 1)

    def _source(self, thing: Any, where: str) -> None:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
            self.note(where, ast.dump(tree))
        except (OSError, TypeError, SyntaxError, IndentationError):
            # Without a file, or a lambda in the middle of a line: its code itself.
            code = getattr(thing, "__code__", None)
            if code is None:
                self.blind.append(f"{where} has no source that can be read")
            else:
                self.note(where, *_code(code))
            return
        if isinstance(thing, FunctionType) and thing.__name__ == "<lambda>":
            self.note(where, *_code(thing.__code__))

    def _module(self, module: ModuleType, where: str) -> None:
        file = getattr(module, "__file__", None)
        if not _is_own(file):
            return
        try:
            self.note(where, Path(str(file)).read_bytes())
        except OSError:
            self.blind.append(f"the module {where} cannot be read")

    def _container(self, value: Any, where: str, depth: int) -> None:
        if isinstance(value, dict):
            value = sorted(value.items(), key=lambda pair: repr(pair[0]))
        elif isinstance(value, set | frozenset):
            value = sorted(value, key=repr)
        self.note(where, len(value))
        for one in value:
            self.thing(one, where, depth + 1)

    def _other(self, value: Any, where: str) -> None:
        try:
            import cloudpickle

            self.note(where, cloudpickle.dumps(value))
        except Exception:  # noqa: BLE001 - whatever it is, it cannot be looked into
            self.blind.append(f"{where} is a {type(value).__name__}, which cannot be looked into")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _code(code: CodeType) -> Iterator[object]:
    yield code.co_code
    yield code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield constant


def _is_own(file: str | None) -> bool:
    """Whether code is the user's, and not of Python or an installed package."""
    if not file:
        return False
    if file.startswith("<"):
        return True  # typed in, or of a notebook
    path = Path(file).resolve()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [str(Path(__file__).resolve().parent), *map(sysconfig.get_path, names)]
    return not any(path.is_relative_to(folder) for folder in folders)
