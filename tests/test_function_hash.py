"""When a function counts as changed: what of the user's code is followed, and what is told."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from figmill.function_hash import hash_of

Load = Callable[..., tuple[str, tuple[str, ...]]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Import a script and its modules afresh, and digest its function ``draw``."""
    numbers = count()

    def go(script: str, modules: Mapping[str, str] | None = None) -> tuple[str, tuple[str, ...]]:
        folder = tmp_path / str(next(numbers))
        files = {"script_of_hash.py": script, **(modules or {})}
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(textwrap.dedent(text))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "path", [str(folder), *sys.path])
            patch.setattr(sys, "dont_write_bytecode", True)
            before = set(sys.modules)
            try:
                draw = importlib.import_module("script_of_hash").draw
                return hash_of(draw)
            finally:
                for name in set(sys.modules) - before:
                    if str(folder) in str(getattr(sys.modules[name], "__file__", None)) or (
                        str(folder) in str(getattr(sys.modules[name], "__path__", ""))
                    ):
                        del sys.modules[name]

    return go


CALL = "\ndef draw(item):\n    return {}\n"
HELPER = "def f():\n    return 2\n"
SECOND = {
    "a base class in another file": (
        "from helper import B\nclass A(B):\n    pass" + CALL.format("A().g()"),
        {"helper.py": "class B:\n    def g(self):\n        return 2\n"},
    ),
    "a base class of a base class": (
        "from helper import B\nclass A(B):\n    pass" + CALL.format("A().g()"),
        {
            "helper.py": "from deeper import C\nclass B(C):\n    pass\n",
            "deeper.py": "class C:\n    def g(self):\n        return 2\n",
        },
    ),
    "what a method calls": (
        "from helper import f\nclass A:\n    def g(self):\n        return f()"
        + CALL.format("A().g()"),
        {"helper.py": HELPER},
    ),
    "a function imported inside": (
        "def draw(item):\n    from helper import f\n    return f()\n",
        {"helper.py": HELPER},
    ),
    "a module imported inside": (
        "def draw(item):\n    import helper\n    return helper.f()\n",
        {"helper.py": HELPER},
    ),
    "a module imported inside a function inside": (
        "def draw(item):\n    def g():\n        import helper as h\n        return h.f()\n"
        "    return g()\n",
        {"helper.py": HELPER},
    ),
    "a module of a package imported inside": (
        "def draw(item):\n    from pk import a\n    return a.f()\n",
        {"pk/__init__.py": "", "pk/a.py": HELPER},
    ),
    "what a module imported inside imports": (
        "def draw(item):\n    import helper\n    return helper.g()\n",
        {"helper.py": "from deeper import f as g\n", "deeper.py": HELPER},
    ),
    "a submodule by attribute": (
        "import pk" + CALL.format("pk.a.f()"),
        {"pk/__init__.py": "from . import a\n", "pk/a.py": HELPER},
    ),
    "a submodule imported by its full name": (
        "import pk.a" + CALL.format("pk.a.f()"),
        {"pk/__init__.py": "", "pk/a.py": HELPER},
    ),
    "a submodule of a package without __init__": (
        "import ns.a" + CALL.format("ns.a.f()"),
        {"ns/a.py": HELPER},
    ),
    "what a module used as a whole imports": (
        "import helper" + CALL.format("helper.g()"),
        {
            "helper.py": "import deeper\ndef g():\n    return deeper.f()\n",
            "deeper.py": HELPER,
        },
    ),
    "a body registered with singledispatch": (
        "import functools\n@functools.singledispatch\ndef f(x):\n    return 0\n"
        "@f.register\ndef _(x: int):\n    return 2" + CALL.format("f(1)"),
        {},
    ),
    "the type of a body registered with singledispatch": (
        "import functools\n@functools.singledispatch\ndef f(x):\n    return 0\n"
        "T = [str, int, float][2 - 1]\n@f.register(T)\ndef _(x):\n    return 1"
        + CALL.format("f(1)"),
        {},
    ),
    "a body registered in another file": (
        "from helper import f\nimport bodies" + CALL.format("f(1)"),
        {
            "helper.py": "import functools\n@functools.singledispatch\ndef f(x):\n    return 0\n",
            "bodies.py": "from helper import f\n@f.register\ndef _(x: int):\n    return 2\n",
        },
    ),
    "a method registered with singledispatchmethod": (
        "from functools import singledispatchmethod\nfrom helper import g\nclass A:\n"
        "    @singledispatchmethod\n    def f(self, x):\n        return 0\n"
        "    f.register(int)(g)" + CALL.format("A().f(1)"),
        {"helper.py": "def g(self, x):\n    return 2\n"},
    ),
    "a method of a metaclass": (
        "class M(type):\n    def __getitem__(c, i):\n        return 2\n"
        "class A(metaclass=M):\n    pass" + CALL.format("A[0]"),
        {},
    ),
    "a metaclass in another file": (
        "from helper import M\nclass A(metaclass=M):\n    pass" + CALL.format("A[0]"),
        {"helper.py": "class M(type):\n    def __getitem__(c, i):\n        return 2\n"},
    ),
    "an attribute of a module, replaced": (
        "import helper\nhelper.f = lambda: 2" + CALL.format("helper.f()"),
        {"helper.py": "def f():\n    return 0\n"},
    ),
    "an attribute of a module, replaced by a function": (
        "import helper\ndef mine():\n    return 2\nhelper.f = mine" + CALL.format("helper.f()"),
        {"helper.py": "def f():\n    return 0\n"},
    ),
    "an attribute of a module, replaced in another file": (
        "import helper\nimport patches" + CALL.format("helper.f()"),
        {
            "helper.py": "def f():\n    return 0\n",
            "patches.py": "import helper\nhelper.f = lambda: 2\n",
        },
    ),
    "a setting of a library": (
        "import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 2" + CALL.format("1"),
        {},
    ),
    "a setting under a condition": (
        "import matplotlib\nif matplotlib:\n    matplotlib.rcParams['lines.linewidth'] = 2"
        + CALL.format("1"),
        {},
    ),
    "a setting made by a call of the user's": (
        "from helper import setup\nsetup()" + CALL.format("1"),
        {"helper.py": "import matplotlib\ndef setup():\n    matplotlib.rc('lines', linewidth=2)\n"},
    ),
    "a setting by a value nobody reads": (
        "import matplotlib\n_ = matplotlib.rc('lines', linewidth=2)" + CALL.format("1"),
        {},
    ),
    "a setting made in a file that is imported": (
        "import style" + CALL.format("1"),
        {"style.py": "import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 2\n"},
    ),
    "a function that is cached": (
        "import functools\n@functools.lru_cache\ndef f():\n    return 2" + CALL.format("f()"),
        {},
    ),
    "a partial": (
        "from functools import partial\ndef base(item, v):\n    return v\n"
        "draw = partial(base, v=2)",
        {},
    ),
    "a partial's function": (
        "from functools import partial\ndef base(item):\n    return 2\ndraw = partial(base)",
        {},
    ),
    "an object's state": (
        "class A:\n    def __init__(self, k):\n        self.k = {'deep': [k]}\n"
        "a = A(2)" + CALL.format("a.k"),
        {},
    ),
    "an object's state in slots": (
        "class A:\n    __slots__ = ('k',)\n    def __init__(self, k):\n        self.k = k\n"
        "a = A(2)" + CALL.format("a.k"),
        {},
    ),
    "an object's class": (
        "from helper import A\na = A()" + CALL.format("a.f()"),
        {"helper.py": "class A:\n    def f(self):\n        return 2\n"},
    ),
    "an object that is called": (
        "class D:\n    def __init__(self, k):\n        self.k = k\n"
        "    def __call__(self, item):\n        return self.k\ndraw = D(2)",
        {},
    ),
    "the object of a bound method": (
        "class D:\n    def __init__(self, k):\n        self.k = k\n"
        "    def go(self, item):\n        return self.k\ndraw = D(2).go",
        {},
    ),
    "a field of a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    k: int = 2"
        + CALL.format("P().k"),
        {},
    ),
    "the type of a field": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    k: 'a2' = 0"
        + CALL.format("P().k"),
        {},
    ),
    "an object of a library that holds a function": (
        "import numpy as np\nfrom helper import f\ng = np.vectorize(f)" + CALL.format("g(1)"),
        {"helper.py": "def f(x):\n    return x * 2\n"},
    ),
    "which of two functions a name stands for": (
        "def f():\n    return 0\ndef g():\n    return 1\nPICK = [f, f, g][2 - 1]"
        + CALL.format("(f(), g(), PICK())"),
        {},
    ),
    "the shape of an array": (
        "import numpy as np\nK = np.zeros(6).reshape(2, -1)" + CALL.format("K"),
        {},
    ),
}


@pytest.mark.parametrize("name", SECOND)
def test_a_change_is_noticed(load: Load, name: str) -> None:
    script, modules = SECOND[name]
    before = load(script, modules)
    assert load(script, modules) == before
    assert before[1] == ()

    def changed(text: str) -> str:
        return text.replace("2", "3")

    after = load(changed(script), {file: changed(text) for file, text in modules.items()})
    assert after[0] != before[0]


SAME = {
    "an annotation": ("def draw(item):", "def draw(item: object) -> object:"),
    "an annotation of a variable": ("    v = 1\n", "    v: int = 1\n"),
    "a comment": ("    v = 1\n", "    # says nothing\n    v = 1\n"),
    "a function that is not used": ("U = 1\n", "U = 1\ndef other():\n    return 9\n"),
    "a value that is not used": ("U = 1\n", "U = 5\n"),
    "a value made by a call, not used": ("U = 1\n", "U = sorted([1, 2])\n"),
    "items that are listed": ("P = {}\n", "P = {}\nfor n in range(3):\n    P[str(n)] = n\n"),
    "what is printed": ("U = 1\n", "U = 1\nprint('hello', U)\n"),
    "what scripts alone do": (
        "U = 1\n",
        "U = 1\nif __name__ == '__main__':\n    import matplotlib\n    matplotlib.rc('lines')\n",
    ),
    "what comes with a run": (
        "U = 1\n",
        "U = 1\nimport figmill\nif U > 1:\n    figmill.batch(draw, P, 'out', workers=7)\n",
    ),
    "what comes after a run": (
        "# the end\n",
        "from figmill import batch\nif U > 1:\n    r = batch(draw, P, 'out')\n"
        "import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 2\n",
    ),
    "a library that is imported": ("U = 1\n", "U = 1\nimport json\n"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_changes_nothing_does_not_count(load: Load, name: str) -> None:
    script = "U = 1\nP = {}\ndef draw(item):\n    v = 1\n    return v\n# the end\n"
    old, new = SAME[name]
    assert old in script
    before = load(script)
    assert before[1] == ()
    assert load(script.replace(old, new)) == before


def test_a_comment_in_a_module_used_as_a_whole_does_not_count(load: Load) -> None:
    script = "import helper" + CALL.format("helper.f()")
    assert load(script, {"helper.py": HELPER}) == load(script, {"helper.py": "# new\n" + HELPER})


@pytest.mark.parametrize(
    "body",
    [
        "import importlib\n    return importlib.import_module('helper' + '').f()",
        "from importlib import import_module\n    return import_module('helper').f()",
        "return globals()['K']",
        "return eval('K')",
        "exec('import helper')",
        "return __import__('helper').f()",
        "return [eval('K') for _ in range(3)]",
    ],
)
def test_what_is_reached_unseen_is_told(load: Load, body: str) -> None:
    told = load(f"K = 1\ndef draw(item):\n    {body}\n", {"helper.py": HELPER})[1]
    assert len(told) == 1
    assert "what it reaches by that is not known" in told[0]


def test_what_a_module_reaches_unseen_is_told(load: Load) -> None:
    script = "import helper" + CALL.format("helper.f()")
    told = load(script, {"helper.py": "def f():\n    return eval('1 + 1')\n"})[1]
    assert told == ("the module helper calls eval(), and what it reaches by that is not known",)
    # An import by a name that stands there is followed as any other.
    helper = "import importlib\ndef f():\n    return importlib.import_module('deeper').f()\n"
    before = load(script, {"helper.py": helper, "deeper.py": HELPER})
    after = load(script, {"helper.py": helper, "deeper.py": HELPER.replace("2", "3")})
    assert before[1] == ()
    assert after != before


def test_methods_of_that_name_are_no_doubt(load: Load) -> None:
    body = "def draw(item):\n    model = item.model\n    model.eval()\n    return item.exec\n"
    assert load(body)[1] == ()
    own = "def eval(x):\n    return 2\n" + CALL.format("eval(1)")
    assert load(own)[1] == ()
    assert load(own.replace("2", "3")) != load(own)


def test_objects_whose_address_is_all_that_differs_are_the_same(load: Load) -> None:
    script = "import numpy as np\nK = np.array([[], 'x'], dtype=object)" + CALL.format("K")
    assert load(script) == load(script)


def test_libraries_do_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from figmill import own_source

    assert not own_source.is_own(functools.__file__)
    assert not own_source.is_own(pytest.__file__)
    assert not own_source.is_own(own_source.__file__)
    assert not own_source.is_own("/home/me/.local/lib/python3.12/site-packages/numpy/__init__.py")
    assert not own_source.is_own("/usr/lib/python3/dist-packages/numpy/__init__.py")
    assert own_source.is_own(str(tmp_path / "mine.py"))
    assert own_source.spec_of("numpy.linalg") is None


def test_a_file_that_cannot_be_parsed_counts_by_its_bytes(load: Load) -> None:
    def go(text: str) -> Any:
        script = "def draw(item):\n    import helper\n    return helper.f()\n"
        return load(script, {"helper.py": text})

    assert go("def f(: 2") != go("def f(: 3")


def test_modules_that_import_each_other_end(load: Load) -> None:
    modules = {"helper.py": "import deeper\n" + HELPER, "deeper.py": "import helper\nK = 2\n"}
    script = "import helper" + CALL.format("helper.f()")
    before = load(script, modules)
    assert load(script, {**modules, "deeper.py": "import helper\nK = 3\n"}) != before


ODD = """
import abc, collections, contextlib, dataclasses, enum, functools, logging, re, typing
import numpy as np
log = logging.getLogger("x")
class Choice(enum.Enum):
    a = 1
class Named(typing.NamedTuple):
    k: int = 2
@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    k: int = 2
    names: frozenset = frozenset({"a", "b", "c"})
    more: list = dataclasses.field(default_factory=list)
class Abstract(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
class Generic(typing.Generic[typing.TypeVar("T")]):
    x = np.zeros(3)
class Mapping(dict): pass
class Array(np.ndarray): pass
@contextlib.contextmanager
def manager(): yield
@functools.total_ordering
class Ordered:
    def __lt__(self, other): return True
class Circle:
    def __init__(self): self.me = self
objects = [Slotted(), Named(), Mapping(a=1), Ordered(), Circle(), re.compile("x")]
Tuple = collections.namedtuple("Tuple", "a b")
short = lambda word: word in {"a", "b", "c"}
def draw(item):
    with manager(): log.info("%s", short("a"))
    return Choice.a, Named(), Abstract, Generic, Array, Tuple, objects, np.float64(2)
"""


def test_classes_and_objects_of_many_kinds_are_no_doubt_and_the_same_in_each_process(
    tmp_path: Path,
) -> None:
    (tmp_path / "odd_of_hash.py").write_text(ODD)
    code = "from odd_of_hash import draw; from figmill.function_hash import hash_of\n"
    found = {
        subprocess.run(
            [sys.executable, "-c", code + "print(hash_of(draw))"],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in "123"
    }
    assert len(found) == 1
    assert found.pop().endswith("())\n")
