"""When a function has changed: a digest of it, and of what it reaches of the user's own code."""

from __future__ import annotations

import ast
import dis
import functools
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from figmill import own_source
from figmill.own_source import is_own

_PLAIN = (str, bytes, int, float, complex, bool, type(None), Path)
_DEEP = 50
_MOST_FILES = 2000
_DYNAMIC = {"eval", "exec", "globals", "__import__"}


def hash_of(function: Any) -> tuple[str, tuple[str, ...]]:
    """Digest a function with its defaults, what it closes over, and the user's code it reaches.

    Of a function or class its syntax counts, without comments, layout and annotations that only
    readers read; of a module of the user's own that it uses as a whole, or imports itself, the
    whole file, with all that this imports; of files whose functions it uses, the statements that
    do something when they are imported; of libraries, nothing.

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
        # The values themselves, too: else another one could come to have the same id.
        self._seen: dict[int, tuple[Any, int]] = {}
        self._files: set[str] = set()
        self._imported: set[str] = set()

    def note(self, *words: object) -> None:
        for word in words:
            self.digest.update(repr(word).encode("utf-8", "backslashreplace") + b"\0")

    def thing(self, value: Any, where: str, depth: int) -> None:
        """Take in a value that the function reaches under a name."""
        if isinstance(value, _PLAIN):
            self.note(where, value)
            return
        if id(value) in self._seen:
            self.note(where, self._seen[id(value)][1])
            return
        self._seen[id(value)] = value, len(self._seen)
        if depth > _DEEP:
            self.blind.append(f"{where} is too deep to be looked into")
        elif isinstance(value, FunctionType):
            self._function(value, where, depth)
        elif isinstance(value, ModuleType):
            self._module(value, where)
        elif isinstance(value, type):
            self._class(value, where, depth)
        elif isinstance(value, list | tuple | set | frozenset | dict):
            self._container(value, where, depth)
        elif isinstance(value, functools.partial):
            self.thing(value.func, where, depth + 1)
            self.thing([*value.args, sorted(value.keywords.items())], where, depth + 1)
        elif inspect.ismethod(value):
            self.thing(value.__func__, where, depth + 1)
            self.thing(value.__self__, f"self of {where}", depth + 1)
        elif hasattr(value, "tobytes"):
            self._array(value, where, depth)
        elif _is_of_user(type(value)):
            self._instance(value, where, depth)
        elif _wrapped(value) is not None:  # functools.lru_cache and its like
            self.thing(_wrapped(value), where, depth + 1)
        else:
            self._other(value, where, depth)

    def _function(self, function: FunctionType, where: str, depth: int) -> None:
        if not is_own(function.__code__.co_filename):
            self._of_library(function, where, depth)
            return
        self._source(function, where)
        self._at_import(function.__globals__)
        self.thing(function.__defaults__ or (), f"defaults of {where}", depth + 1)
        self.thing(function.__kwdefaults__ or {}, f"defaults of {where}", depth + 1)
        for name, content in _closed_over(function):
            self.thing(content, name, depth + 1)
        for name, value in sorted(vars(function).items()):
            self.thing(value, f"{where}.{name}", depth + 1)
        for name in sorted(set(_names(function.__code__))):
            if name in function.__globals__:
                self.thing(function.__globals__[name], name, depth + 1)
        package = str(function.__globals__.get("__package__") or "")
        for module in dict.fromkeys(_imports(function.__code__, package)):
            self._import(module)
        for name in sorted(_dynamic(function)):
            self._blind_call(where, name)

    def _of_library(self, function: FunctionType, where: str, depth: int) -> None:
        """What a library made of functions of the user's, by decorators; its own do not count."""
        registry = getattr(function, "registry", None)  # of functools.singledispatch
        if isinstance(registry, Mapping):
            bodies = {f"{kind.__module__}.{kind.__qualname__}": registry[kind] for kind in registry}
            for kind, body in sorted(bodies.items()):
                self.note(kind)
                self.thing(body, f"{where} for {kind}", depth + 1)
        found = [("", _wrapped(function)), *_closed_over(function)]
        for name, content in found:
            if _is_callable(content):
                self.thing(content, f"{name} of {where}", depth + 1)

    def _class(self, kind: type, where: str, depth: int) -> None:
        if not _is_of_user(kind):
            return
        readable = self._source(kind, where)
        self.thing(type(kind), f"the metaclass of {where}", depth + 1)
        for base in kind.__bases__:
            self.thing(base, f"a base of {where}", depth + 1)
        for name, attribute in sorted(vars(kind).items()):
            for part in _parts(attribute):
                place = f"{where}.{name}"
                if isinstance(part, FunctionType):
                    # What dataclasses and others write follows from the class.
                    if not (readable and part.__code__.co_filename.startswith("<")):
                        self.thing(part, place, depth + 1)
                elif _is_callable(part):
                    self.thing(part, place, depth + 1)
                elif name.startswith("__") or inspect.isdatadescriptor(part):
                    continue
                elif not readable or _is_simple(part):
                    self.thing(part, place, depth + 1)

    def _instance(self, value: Any, where: str, depth: int) -> None:
        self.thing(type(value), f"the class of {where}", depth + 1)
        state = dict(getattr(value, "__dict__", {}))
        for kind in type(value).__mro__:
            slots = vars(kind).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                    state[name] = getattr(value, name)
        self.note(where, len(state))
        for name, one in sorted(state.items()):
            self.thing(one, f"{where}.{name}", depth + 1)

    def _source(self, thing: Any, where: str) -> bool:
        """Take in how something is written, or else its code; whether it could be read."""
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
            self.note(where, own_source.text_of(tree))
        except (OSError, TypeError, SyntaxError, IndentationError):
            # Without a file, or a lambda in the middle of a line: its code itself; of a class
            # that of its functions.
            code = getattr(thing, "__code__", None)
            self.note(where, *(() if code is None else _code(code)))
            return False
        if isinstance(thing, FunctionType) and thing.__name__ == "<lambda>":
            self.note(where, *_code(thing.__code__))
        return True

    def _module(self, module: ModuleType, where: str) -> None:
        file = getattr(module, "__file__", None)
        if is_own(file):
            name = module.__name__
            package = name if hasattr(module, "__path__") else name.rpartition(".")[0]
            self._file(str(file), where, package)
        elif not any(map(is_own, getattr(module, "__path__", ()))):
            return
        # Of a package, modules that others imported: import package.module.
        for name, one in sorted(vars(module).items()):
            if isinstance(one, ModuleType):
                self.thing(one, f"{where}.{name}", 0)

    def _import(self, name: str) -> None:
        """Take in a module as a whole, which need not be imported yet."""
        if name in self._imported:
            return
        self._imported.add(name)
        spec = own_source.spec_of(name)
        if spec is not None and is_own(spec.origin):
            inside = spec.submodule_search_locations is not None
            self._file(str(spec.origin), name, name if inside else name.rpartition(".")[0])

    def _file(self, file: str, where: str, package: str) -> None:
        """Take in a file of the user's, and all such files that it imports."""
        if file in self._files:
            return
        self._files.add(file)
        if len(self._files) > _MOST_FILES:
            self.blind.append(f"more than {_MOST_FILES} files are imported; the rest is not read")
            return
        try:
            read = own_source.read(file, package)
        except OSError:
            self.blind.append(f"the module {where} cannot be read")
            return
        self.note(where, read.digest)
        for call in read.calls:
            self._blind_call(f"the module {where}", call)
        for name in read.imports:
            self._import(name)

    def _at_import(self, known: Mapping[str, Any]) -> None:
        """Take in what a file, of which something is used, does when it is imported."""
        file = str(known.get("__file__") or "")
        if not is_own(file) or file.startswith("<") or f"import {file}" in self._files:
            return
        self._files.add(f"import {file}")
        try:
            tree = ast.parse(Path(file).read_bytes())
        except (OSError, SyntaxError, ValueError):
            self.blind.append(f"the file {Path(file).name} cannot be read")
            return
        package = str(known.get("__package__") or "")
        for name in dict.fromkeys(own_source.imports(tree, package, inside=False)):
            module = sys.modules.get(name)
            if module is not None:
                self._at_import(vars(module))
        for node in own_source.effects(tree, known):
            names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            self.note(own_source.text_of(node))
            for name in sorted(names & known.keys()):
                if _is_callable(known[name]) or _is_simple(known[name]):
                    self.thing(known[name], name, 0)

    def _blind_call(self, where: str, name: str) -> None:
        self.blind.append(f"{where} calls {name}(), and what it reaches by that is not known")

    def _container(self, value: Any, where: str, depth: int) -> None:
        if _is_of_user(type(value)):
            self._instance(value, where, depth)
        if isinstance(value, dict):
            value = sorted(value.items(), key=lambda pair: repr(pair[0]))
        elif isinstance(value, set | frozenset):
            value = sorted(value, key=repr)
        self.note(where, len(value))
        for one in value:
            self.thing(one, where, depth + 1)

    def _array(self, value: Any, where: str, depth: int) -> None:
        self.note(where, str(getattr(value, "dtype", "")), getattr(value, "shape", ()))
        if getattr(getattr(value, "dtype", None), "hasobject", False):
            self.thing(value.tolist(), where, depth + 1)  # its bytes are addresses
        else:
            self.note(value.tobytes())

    def _other(self, value: Any, where: str, depth: int) -> None:
        """Take in a library's object, and the user's functions that it holds."""
        for name, one in sorted(getattr(value, "__dict__", {}).items()):
            if _is_callable(one):
                self.thing(one, f"{where}.{name}", depth + 1)
        try:
            import cloudpickle

            self.note(where, cloudpickle.dumps(value))
        except Exception:  # noqa: BLE001 - whatever it is, it cannot be looked into
            self.blind.append(f"{where} is a {type(value).__name__}, which cannot be looked into")


def _wrapped(value: Any) -> Any:
    """What a decorator left of the function it was given, if it did."""
    found = getattr(value, "__wrapped__", None)
    return found if _is_callable(found) else None


def _is_callable(value: Any) -> bool:
    """Whether a value is code that can be followed."""
    if isinstance(value, FunctionType | type | functools.partial):
        return True
    return inspect.ismethod(value) or isinstance(value, functools._lru_cache_wrapper)


def _is_simple(value: Any, depth: int = 0) -> bool:
    """Whether a value is a number, a text, or made of such, as JSON has them."""
    if type(value) in (list, tuple, set, frozenset):
        return depth < _DEEP and all(_is_simple(one, depth + 1) for one in value)
    if type(value) is dict:
        return depth < _DEEP and all(_is_simple(one, depth + 1) for one in value.values())
    return isinstance(value, _PLAIN)


def _is_of_user(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None)
    # What is typed in, or in a notebook, has no file.
    return is_own(file) or (kind.__module__ == "__main__" and file is None)


def _parts(attribute: Any) -> list[Any]:
    """The functions behind an attribute of a class."""
    match attribute:
        case staticmethod() | classmethod():
            return [attribute.__func__]
        case property():
            return [one for one in (attribute.fget, attribute.fset, attribute.fdel) if one]
        case functools.cached_property() | functools.partialmethod():
            return [attribute.func]
        case functools.singledispatchmethod():
            return [attribute.func, attribute.dispatcher]
        case _:
            return [attribute]


def _closed_over(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function and of those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names(code: CodeType) -> Iterator[str]:
    for each in _codes(code):
        yield from each.co_names


def _imports(code: CodeType, package: str) -> Iterator[str]:
    """Name the modules that a function imports itself."""
    for each in _codes(code):
        before: list[Any] = [None, None]
        for step in dis.get_instructions(each):
            if step.opname == "IMPORT_NAME":
                level, names = before
                names = list(names or ())
                yield from own_source.imported_from(step.argval, names, level or 0, package)
            before = [before[1], step.argval]


def _dynamic(function: FunctionType) -> set[str]:
    """What a function calls by which it may reach anything."""
    found = set()
    hidden = _DYNAMIC - function.__globals__.keys()  # the file may have a function of that name
    for code in _codes(function.__code__):
        for step in dis.get_instructions(code):
            if step.argval == "import_module" and step.opname != "STORE_FAST":
                found.add("import_module")
            elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval in hidden:
                found.add(step.argval)
    return found


def _code(code: CodeType) -> Iterator[object]:
    yield code.co_code
    yield code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        elif isinstance(constant, frozenset):
            yield sorted(constant, key=repr)  # its order is another one in each process
        else:
            yield constant
