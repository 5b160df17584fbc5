"""Anybody's function over anybody's items: `batch`.

The function gets an `Item` and gives a figure of figmill or of matplotlib, files, or nothing. It
runs in worker processes, resumable and supervised as every recipe is.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, cast

from pydantic import Field

from figmill import mill
from figmill.engine import RunOptions, RunReport, safe_name
from figmill.errors import ConfigError, NoData
from figmill.figure import Figure
from figmill.figure.unseen import unseen
from figmill.function_hash import hash_of
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.own_source import imported_names, is_own
from figmill.recipes.base import DataFile, Description, Drawing, Recipe
from figmill.recipes.foreign import MatplotlibFigure, is_matplotlib
from figmill.recipes.inputs import find_files
from figmill.system import system

Draw: TypeAlias = Callable[[Item], Any]
Given: TypeAlias = (
    "Iterable[str | os.PathLike[str] | Item] | Mapping[str, Any] | str | os.PathLike[str]"
)

_LIKE_A_PATH = re.compile(r"[*?\[/\\]|\.\w{1,8}$")
_ANSWERS = (
    "a figmill Figure, a matplotlib Figure, a mapping of file names to figures, bytes, texts or "
    "paths, a list of these, a Description, or None"
)
_MAY_GIVE = (
    "Give paths or other words (str, pathlib.Path) or figmill.Item objects, in a list or from a "
    "generator; or a mapping of keys to parameters."
)


class OwnRecipe(Recipe):
    """Draws what a function gives for each item."""

    name: ClassVar[str] = "own"
    version: ClassVar[str] = "1"

    draw: Callable[[Any], Any] | None = Field(None, description="The function, from Python.")
    script: str = Field("", description="Where the function is: my.py:draw.")
    given: Any = Field((), description="Paths, patterns, words, items, or parameters by key.")
    revision: str | None = Field(
        None, description="Changes when the function does; none: found from the function itself."
    )

    def function(self) -> Draw:
        """The function; that of a script is imported.

        Raises
        ------
        figmill.errors.ConfigError
            There is none.
        """
        if self.draw is not None:
            return self.draw
        return _imported(self.script)

    @property
    def comes_once(self) -> bool:
        """Where a generator was given."""
        return isinstance(self.given, _Replayed)

    def check(self) -> None:
        """Look for the function."""
        self.function()

    def items(self) -> Iterator[Item]:
        """One item for whatever was given, in its order."""
        revision = self.revision
        noted: tuple[str, ...] = ()
        if revision is None:
            revision, noted = hash_of(self.function())
        settings = _Settings.now()
        for item in _items(self.given):
            parameters = {**item.parameters, "revision": revision}
            yield Item(
                item.key,
                inputs=item.inputs,
                parameters=parameters,
                payload=(item, noted, settings),
                source=item.source,
                named=item.named,
            )

    def describe(self, item: Item) -> Description:
        """Call the function, and take what it gives."""
        own, noted, settings = item.payload
        settings.apply()
        found = _Answer(own.key)
        with _pyplot_closed(but=found.foreign):
            found.take(self.function()(own))
        if not found.drawings and not found.files and not found.described:
            raise NoData("The function returned None.")
        return found.description(tuple(Note.doubt("change-not-noticed", text) for text in noted))


def batch(
    draw: Draw,
    items: Given,
    out: str | Path,
    *,
    formats: Sequence[str] = ("png",),
    version: str | None = None,
    progress: bool | None = None,
    **run_options: Any,
) -> RunReport:
    """Call a function on every item that needs it, and keep what it gives.

    What was done and has not changed is not done again, in whatever way the last run ended; what
    raises, crashes or hangs fails its item alone.

    Parameters
    ----------
    draw
        Called with an `Item`; its file is ``item.inputs[0]``, its parameters are
        ``item.parameters``. It gives a figmill `Figure`, a matplotlib Figure, a mapping of file
        names to figures, bytes, texts or paths of files, a list of these, a `Description`, or None
        where there is nothing to draw.
    items
        Paths of files or folders, or patterns; other words; items; or a mapping of keys to
        parameters. A generator is taken as it comes.
    out
        The output folder.
    formats
        For figures: any of png, jpg, webp, pdf, svg.
    version
        Items are redone when it changes. None: when the function, its defaults, what it closes
        over, or functions of files of yours that it reaches change.
    progress
        True shows how far the run is, on standard error or in the notebook, once it has taken two
        seconds; False never does. None: in a notebook and on a terminal.
    **run_options
        As for `RunOptions`; by default as many workers as there are cores.

    Returns
    -------
    RunReport
        How many items were done, failed or unchanged.

    Raises
    ------
    figmill.errors.ConfigError
        A path finds nothing, two items share a key, or an option is wrong. Nothing was made then.
    KeyboardInterrupt
        Ctrl-C stopped the run; what was finished is kept.

    Examples
    --------
    >>> import tempfile
    >>> from figmill import Curve, Figure, Panel
    >>> def draw(item):
    ...     return Figure(Panel(Curve([0, 1], [0, item.parameters["slope"]])), size=(2, 2), dpi=50)
    >>> with tempfile.TemporaryDirectory() as out:
    ...     batch(draw, {"a": {"slope": 1}, "b": {"slope": 2}}, out, workers=1).done
    2
    """
    if not isinstance(items, Mapping | str | os.PathLike | Sequence):
        if not isinstance(items, Iterable):
            raise ConfigError(f"the items are {type(items).__name__}.", hint=_MAY_GIVE)
        # What has no length may be gone through once only, whatever it is.
        items = [*items] if hasattr(items, "__len__") else _Replayed(iter(items))
    own_workers = {"workers": system.cores(), "isolate": True}
    options = {**({} if run_options.get("executor") else own_workers), **run_options}
    if options.get("workers") == 0:
        options["isolate"] = run_options.get("isolate", False)
    try:
        made = RunOptions(**options)
    except TypeError as error:
        raise ConfigError(f"{error}.", hint="See figmill.RunOptions for the options.") from error
    recipe = OwnRecipe(draw=draw, given=items, revision=version)
    return mill.run(recipe, out, formats=formats, options=made, progress=progress)


@dataclass(frozen=True, slots=True)
class _Settings:
    """What the caller set in matplotlib's rcParams, for worker processes, which never ran that."""

    process: int
    changed: Any

    @classmethod
    def now(cls) -> _Settings:
        """Those of this process, as far as they differ from what matplotlib began with."""
        found = sys.modules.get("matplotlib")
        changed: dict[str, Any] = {}
        if found is not None:
            before = found.rcParamsOrig
            # How a process shows its figures is its own.
            names = [name for name in before if not name.startswith(("backend", "interactive"))]
            changed = {n: found.rcParams[n] for n in names if found.rcParams[n] != before[n]}
        return cls(os.getpid(), changed)

    def apply(self) -> None:
        """Set them, in another process."""
        if self.changed and os.getpid() != self.process:
            import matplotlib

            matplotlib.rcParams.update(self.changed)


class _Replayed:
    """A generator that can be gone through again: what it gave is kept, and how it ended."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._kept: list[Any] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Any]:
        at = 0
        while True:
            with self._lock:
                if at == len(self._kept):
                    if self._error is not None:
                        # A generator that raised would say at the next call that it is at its end.
                        raise self._error
                    try:
                        self._kept.append(next(self._items))
                    except StopIteration:
                        return
                    except BaseException as error:
                        self._error = error
                        raise
            yield self._kept[at]
            at += 1

    def __reduce__(self) -> tuple[type[tuple[Any, ...]], tuple[()]]:
        # Workers need none of it, and a generator cannot travel.
        return tuple, ()


def _items(given: Any) -> Iterator[Item]:
    if isinstance(given, str | os.PathLike):
        given = (given,)
    if isinstance(given, Mapping):
        for key, parameters in given.items():
            yield _of_parameters(str(key), parameters)
        return
    for one in given:
        if isinstance(one, Item):
            yield one
        elif not isinstance(one, str | os.PathLike):
            raise ConfigError(
                f"among the items is {one!r:.100}, of type {type(one).__name__}.", hint=_MAY_GIVE
            )
        elif isinstance(one, os.PathLike) or _is_path(one):
            for key, path, named in find_files((os.fspath(one),), (), judge=_any):
                yield Item(key, inputs=(path,), named=named)
        else:
            yield Item(str(one), source="")


def _of_parameters(key: str, parameters: Any) -> Item:
    if isinstance(parameters, Item):
        return parameters
    if not isinstance(parameters, Mapping):
        parameters = {"value": parameters}
    told: dict[str, JSON] = {str(name): value for name, value in parameters.items()}
    return Item(key, parameters=told, source="")


def _is_path(word: str) -> bool:
    return bool(_LIKE_A_PATH.search(word)) or Path(word).exists()


def _any(_head: bytes, _name: str) -> str:
    return ""


class _Answer:
    """What a function gave, as drawings and files."""

    def __init__(self, key: str) -> None:
        self._stem = key if re.fullmatch(r"[\w.+=@,-]+(/[\w.+=@,-]+)*", key) else safe_name(key)
        self.drawings: list[Drawing] = []
        self.foreign: list[Any] = []
        self.files: list[DataFile] = []
        self.described: Description | None = None

    def take(self, answer: Any) -> None:
        """Take one answer; of a list each."""
        if answer is None:
            return
        if isinstance(answer, Description):
            self.described = answer
        elif isinstance(answer, Figure) or is_matplotlib(answer):
            number = len(self.drawings) + 1
            self._draw(self._stem if number == 1 else f"{self._stem}_{number}", answer)
        elif isinstance(answer, Mapping):
            for name, value in answer.items():
                self._file(str(name), value)
        elif isinstance(answer, list | tuple):
            for one in answer:
                self.take(one)
        else:
            raise TypeError(f"the function gave {type(answer).__name__}; it may give {_ANSWERS}.")

    def _draw(self, name: str, figure: Any) -> None:
        if not isinstance(figure, Figure):
            self.foreign.append(figure)
            # It draws itself: see `mill.DrawItem`.
            figure = cast("Figure", MatplotlibFigure(figure))
        self.drawings.append(Drawing(name, figure))

    def _file(self, name: str, value: Any) -> None:
        if isinstance(value, Figure) or is_matplotlib(value):
            self._draw(name, value)
        elif isinstance(value, bytes | bytearray | memoryview):
            self.files.append(DataFile(name, bytes(value)))
        elif isinstance(value, os.PathLike):
            self.files.append(DataFile(name, Path(value).read_bytes()))
        elif isinstance(value, str):
            self.files.append(DataFile(name, value.encode()))
        else:
            raise TypeError(f"the file {name!r} is {type(value).__name__}; it may be {_ANSWERS}.")

    def description(self, notes: tuple[Note, ...]) -> Description:
        """All of it."""
        own = self.described or Description(())
        return Description(
            (*own.drawings, *self.drawings),
            (*own.files, *self.files),
            own.message,
            own.facts,
            (*own.notes, *notes, *self._unseen()),
        )

    def _unseen(self) -> Iterator[Note]:
        """What figmill's figures cannot show; other libraries' are not looked into."""
        drawings = [*self.drawings, *(self.described.drawings if self.described else ())]
        for drawing in drawings:
            if isinstance(drawing.figure, Figure):
                for note in unseen(drawing.figure):
                    place = ": ".join(filter(None, (drawing.name, note.place)))
                    yield replace(note, place=place if len(drawings) > 1 else note.place)


@contextmanager
def _pyplot_closed(*, but: Sequence[Any]) -> Iterator[None]:
    """Close the figures that pyplot opens inside, but for those that are drawn afterwards.

    There is no window where workers are, so pyplot draws to memory there.
    """
    if "matplotlib.pyplot" not in sys.modules:
        os.environ["MPLBACKEND"] = "Agg"
    before = _open_figures()
    try:
        yield
    finally:
        for number, figure in _open_figures().items():
            if number not in before and not any(figure is one for one in but):
                sys.modules["matplotlib.pyplot"].close(figure)


def _open_figures() -> dict[int, Any]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return {} if pyplot is None else {n: pyplot.figure(n) for n in pyplot.get_fignums()}


def _imported(script: str) -> Draw:
    """The function of a script, which is imported under its own name."""
    import importlib.util

    path, _, name = script.rpartition(":")
    file = Path(path)
    if not path or not name.isidentifier():
        raise ConfigError(f"{script!r} names no function.", hint="Write it as my.py:draw.")
    if not file.is_file():
        raise ConfigError("there is no such script.", file=file, hint="Check its path.")
    module_name = f"figmill_own_{safe_name(str(file.resolve()))}"
    module = sys.modules.get(module_name)
    if module is None:
        spec = importlib.util.spec_from_file_location(module_name, file)
        if spec is None or spec.loader is None:
            raise ConfigError("this is not a Python file.", file=file, hint="Name a .py file.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        folder = str(file.resolve().parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)  # what it imports from beside it
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[module_name]
            raise
    found = getattr(module, name, None)
    if not callable(found):
        raise ConfigError(f"it has no function {name!r}.", file=file, hint="Check its name.")
    code = getattr(found, "__code__", None)
    of_library = code is None or not is_own(code.co_filename)
    if isinstance(found, type) or (of_library and name in imported_names(file)):
        what = "a class" if isinstance(found, type) else "imported from a library"
        raise ConfigError(
            f"its {name!r} is {what}, not a function that draws an item.",
            file=file,
            hint="Name a function of the script that takes an item: def draw(item): ...",
        )
    function: Draw = found
    return function
