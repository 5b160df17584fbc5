"""Source of the user's own: which files hold it, what they import, and what importing them does."""

from __future__ import annotations

import ast
import builtins
import hashlib
import site
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

_INSTALLED = {"site-packages", "dist-packages"}
_CONTAINERS = (list, dict, set)
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try)
_DYNAMIC = {"eval", "exec", "__import__"}


@lru_cache(maxsize=4096)
def is_own(file: str | None) -> bool:
    """Whether code is the user's, and not of Python or an installed package.

    Parameters
    ----------
    file
        As code tells it: a path, or a word in angle brackets for what was typed in.
    """
    if not file:
        return False
    if file.startswith("<"):
        return not file.startswith("<frozen ")
    path = Path(file).resolve()
    if _INSTALLED.intersection(path.parts):
        return False
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [str(Path(__file__).resolve().parent), site.getusersitepackages()]
    folders += map(sysconfig.get_path, names)
    return not any(path.is_relative_to(folder) for folder in folders)


def spec_of(name: str) -> ModuleSpec | None:
    """Find a module of the user's own without importing anything, also where it is in a package.

    Parameters
    ----------
    name
        With all its packages: ``package.module``.
    """
    path: list[str] | None = None
    spec = None
    for so_far in _steps(name):
        try:
            spec = PathFinder.find_spec(so_far, path)
        except (ImportError, ValueError, OSError):  # a damaged entry of sys.path holds nothing
            return None
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
        if not (is_own(spec.origin) or any(map(is_own, path))):
            return None
    return spec


def _steps(name: str) -> Iterator[str]:
    """The packages that a module is in, and itself: importing it imports all of them."""
    parts = name.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def imports(tree: ast.AST, package: str, *, inside: bool = True) -> Iterator[str]:
    """Name the modules that code imports, and what may be one.

    Parameters
    ----------
    tree
        The code.
    package
        Where it is, for relative imports; empty for none.
    inside
        Whether imports inside its functions count.
    """
    for node in ast.walk(tree) if inside else _outside(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _steps(alias.name)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from imported_from(module or "", [a.name for a in names], level, package)
            case ast.Call(args=[ast.Constant(value=str(name))]) if _calls(node, "import_module"):
                yield from _steps(name)


def imported_names(file: Path) -> set[str]:
    """Give the names that a Python file has from imports outside its functions.

    Parameters
    ----------
    file
        One that was imported, so that it can be read and parsed.
    """
    names = set()
    for node in _outside(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(one.asname or one.name).partition(".")[0] for one in node.names}
    return names


def _outside(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _outside(child)


def imported_from(module: str, names: list[str], level: int, package: str) -> Iterator[str]:
    """Name the modules of ``from module import names``; each of the names may be one, too.

    Parameters
    ----------
    module, names, level
        As the statement has them; ``level`` is the number of dots before the module.
    package
        As for `imports`.
    """
    base = module
    if level:
        parts = package.split(".")
        if not package or level > len(parts):
            return
        base = ".".join(filter(None, (*parts[: len(parts) - level + 1], module)))
    if base:
        yield from _steps(base)
    for name in names:
        if name != "*":
            yield f"{base}.{name}"


def dynamic_calls(tree: ast.AST) -> Iterator[str]:
    """Name the calls in a file by which it may reach code that nobody sees in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in _DYNAMIC:
            yield node.func.id
        elif _calls(node, "import_module"):
            match node.args:
                case [ast.Constant(value=str(name))] if not name.startswith("."):
                    pass  # followed as any import
                case _:
                    yield "import_module"


def _calls(node: ast.Call, name: str) -> bool:
    return (isinstance(node.func, ast.Name) and node.func.id == name) or (
        isinstance(node.func, ast.Attribute) and node.func.attr == name
    )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What counts of a file of the user's.

    Attributes
    ----------
    digest
        Of its text as `text_of` gives it; of what is not Python, of its bytes.
    imports
        The modules that it imports, and what may be one.
    calls
        By what it may reach code that nobody sees in it.
    """

    digest: str
    imports: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


def read(file: str, package: str) -> SourceFile:
    """Look into a file; it is read again only once it has changed.

    Parameters
    ----------
    file, package
        Its path, and where it is, as for `imports`.

    Raises
    ------
    OSError
        It cannot be read.
    """
    seen = Path(file).stat()
    return _read(file, package, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=4096)
def _read(file: str, package: str, _mtime_ns: int, _size: int) -> SourceFile:
    data = Path(file).read_bytes()
    try:
        tree = ast.parse(data) if file.endswith(".py") else None
    except (SyntaxError, ValueError):
        tree = None
    if tree is None:
        return SourceFile(hashlib.sha256(data).hexdigest())
    calls = tuple(sorted(set(dynamic_calls(tree))))
    imported = tuple(dict.fromkeys(imports(tree, package)))
    text = text_of(tree).encode("utf-8", "backslashreplace")
    return SourceFile(hashlib.sha256(text).hexdigest(), imported, calls)


class _Plain(ast.NodeTransformer):
    """Takes away annotations, where nothing but readers and type checkers reads them.

    Those of a class are its fields, and a decorator may read a function's.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if not node.decorator_list:
            node.returns = None
            arguments = node.args
            several = [arguments.vararg, arguments.kwarg]
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several):
                if each is not None:
                    each.annotation = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [
            one if isinstance(one, ast.AnnAssign) else self.visit(one) for one in node.body
        ]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None or not isinstance(node.target, ast.Name):
            return node
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def text_of(tree: ast.AST) -> str:
    """Write code without what nothing depends on: comments, layout, annotations of functions."""
    return ast.dump(_Plain().visit(tree))


def effects(tree: ast.Module, known: Mapping[str, Any]) -> list[ast.stmt]:
    """Give the statements of a file that do something to the world when it is imported.

    Definitions and imports do not, nor does what gives a value to a variable of the file, or
    changes a list, mapping or set that such a variable holds: these values count where they are
    used. Nor does what begins with a call of `figmill.batch`, or is for scripts alone.

    Parameters
    ----------
    tree
        The file.
    known
        Its variables, as far as it was imported.
    """
    read = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    calls = [at for at, node in enumerate(tree.body) if _runs_figmill(node, known)]
    # What comes after the last run has no part in it.
    body = tree.body[: calls[-1]] if calls else tree.body
    return [
        node
        for at, node in enumerate(body)
        if at not in calls and not _is_inert(node, known, frozenset(read))
    ]


def _runs_figmill(node: ast.stmt, known: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return any(
        isinstance(each, ast.Call) and _is_batch(each.func, known) for each in ast.walk(node)
    )


def _is_batch(function: ast.expr, known: Mapping[str, Any]) -> bool:
    found: Any = None
    match function:
        case ast.Name(id=name):
            found = known.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr="batch"):
            found = getattr(known.get(name), "batch", None)
    return getattr(found, "__module__", "") == "figmill.own" and found.__name__ == "batch"


def _is_inert(node: ast.stmt, known: Mapping[str, Any], read: frozenset[str]) -> bool:
    """Whether a statement does nothing but give values to variables of its file."""
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.Expr(value=value):
            return not _acts(value, known)
        case ast.AnnAssign(value=None):
            return True
        case ast.Assign(value=value):
            targets = [part for target in node.targets for part in _parts(target)]
            return _are_kept(targets, value, known, read)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return _are_kept([target], value, known, read)
        case ast.AugAssign(target=target):
            return _is_kept(target, known)
        case _ if isinstance(node, _BLOCKS):
            inner = [
                each for name in ("body", "orelse", "finalbody") for each in getattr(node, name, ())
            ]
            inner += [each for one in getattr(node, "handlers", ()) for each in one.body]
            return all(_is_inert(each, known, read) for each in inner)
        case _:
            # Definitions, imports, pass, assert, del, raise.
            return not isinstance(node, ast.Match)


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _parts(each)
    elif isinstance(target, ast.Starred):
        yield from _parts(target.value)
    else:
        yield target


def _are_kept(
    targets: list[ast.expr], value: ast.expr, known: Mapping[str, Any], read: frozenset[str]
) -> bool:
    if not all(_is_kept(target, known) for target in targets):
        return False
    # What nobody looks at afterwards was called for what it does: _ = plt.style.use("ggplot").
    unread = (isinstance(one, ast.Name) and one.id == "_" and "_" not in read for one in targets)
    return not (all(unread) and _acts(value, known))


def _is_kept(target: ast.expr, known: Mapping[str, Any]) -> bool:
    """Whether a target is a variable of the file, or something in a container that it holds."""
    if isinstance(target, ast.Name):
        return True
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return isinstance(target, ast.Name) and type(known.get(target.id)) in _CONTAINERS


def _acts(value: ast.expr, known: Mapping[str, Any]) -> bool:
    """Whether an expression may do something: it calls more than print or methods of containers."""
    for node in ast.walk(value):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id="print") if known.get("print", builtins.print) is builtins.print:
                continue
            case ast.Attribute() as method if _is_kept(method, known):
                continue
        return True
    return False
