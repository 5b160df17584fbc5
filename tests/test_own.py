"""Anybody's function over anybody's items."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill import Axis, Curve, Description, Figure, Item, Ledger, Panel, batch, provenance
from figmill.engine.origin import ITEM
from figmill.errors import ConfigError
from figmill.function_hash import hash_of
from figmill.own import OwnRecipe

SMALL = {"size": (2, 2), "dpi": 50}


def line(item: Item) -> Figure:
    return Figure(Panel(Curve([0, 1], [0, 1])), size=(2, 2), dpi=50)


def names(out: Path) -> list[str]:
    return sorted(str(p.relative_to(out)) for p in out.rglob("*.*") if ".figmill" not in p.parts)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "deep/c.txt"):
        (folder / name).write_text(name)
    return folder


def test_items_of_every_kind(tmp_path: Path, data: Path) -> None:
    def keys(items: Any) -> list[str]:
        out = tmp_path / f"out{len([*tmp_path.iterdir()])}"
        assert batch(line, items, out, workers=1).failed == 0
        return names(out)

    assert keys(data) == ["a.png", "b.png", "deep/c.png"]
    assert keys([str(data / "*.txt")]) == ["a.png", "b.png"]
    assert keys([data / "b.txt", data / "a.txt"]) == ["a.png", "b.png"]
    assert keys(["alpha", "beta"]) == ["alpha.png", "beta.png"]
    assert keys({"x": {"n": 1}, "y": 2}) == ["x.png", "y.png"]
    assert keys(Item(f"i{n}") for n in range(3)) == ["i0.png", "i1.png", "i2.png"]


def test_what_looks_like_a_path_and_finds_nothing_is_refused(tmp_path: Path) -> None:
    for given in ("none/*.txt", "none.csv", str(tmp_path / "none"), Path("none")):
        with pytest.raises(ConfigError):
            batch(line, [given], tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_the_function_gets_file_and_parameters(tmp_path: Path, data: Path) -> None:
    def draw(item: Item) -> Any:
        text = item.inputs[0].read_text() if item.inputs else str(item.parameters["n"])
        return {f"{item.key}.out": text}

    batch(draw, [data / "a.txt"], tmp_path / "out", workers=1)
    assert (tmp_path / "out" / "a.out").read_text() == "a.txt"
    batch(draw, {"p": {"n": 7}}, tmp_path / "out", workers=1)
    assert (tmp_path / "out" / "p.out").read_text() == "7"


def test_answers_of_every_kind(tmp_path: Path) -> None:
    def draw(item: Item) -> Any:
        from matplotlib import pyplot as plt

        made = tmp_path / f"{item.key}.bin"
        made.write_bytes(b"made")
        curve = Figure(Panel(Curve([0, 1], [0, 1])), size=(2, 2), dpi=50)
        figure, axes = plt.subplots(figsize=(2, 2))
        axes.plot([1, 2])
        match item.key:
            case "figure":
                return curve
            case "pyplot":
                return figure
            case "several":
                return [curve, figure, {"t.csv": "1,2", "sub/u.bin": b"x"}]
            case "named":
                return {"mine": figure, "path.bin": made}
            case "described":
                return Description((), facts={"n": 1})
            case "none":
                return None
            case _:
                return 5

    out = tmp_path / "out"
    words = ["figure", "pyplot", "several", "named", "described", "none", "wrong"]
    report = batch(draw, words, out, workers=2, formats=("png", "svg"), retries={})
    assert (report.done, report.no_data, report.failed) == (5, 1, 1)
    assert "it may give a figmill Figure, a matplotlib Figure" in report.failures[0].failure.message
    assert names(out) == sorted(
        [
            f"{n}.{k}"
            for n in ("figure", "pyplot", "several", "several_2", "mine")
            for k in ("png", "svg")
        ]
        + ["t.csv", "sub/u.bin", "path.bin"]
    )


@pytest.mark.parametrize("kind", ["png", "pdf", "svg", "jpg", "webp"])
def test_matplotlib_figures_carry_provenance_and_are_the_same_each_time(
    tmp_path: Path, kind: str
) -> None:
    def draw(item: Item) -> Any:
        from matplotlib import pyplot as plt

        figure, axes = plt.subplots(figsize=(2, 2))
        axes.plot([1, 3], label="ü")
        axes.legend()
        return figure

    for out in ("one", "two"):
        batch(draw, ["k"], tmp_path / out, workers=1, formats=(kind,))
    first, second = (tmp_path / out / f"k.{kind}" for out in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert (provenance.read(first) or {})[ITEM] == "k"


@pytest.mark.parametrize("workers", [0, 1])
def test_pyplot_keeps_nothing_open(tmp_path: Path, workers: int) -> None:
    from matplotlib import pyplot as plt

    mine = plt.figure()

    def draw(item: Item) -> Any:
        from matplotlib import pyplot as plt

        plt.figure()  # forgotten
        figure = plt.figure(figsize=(2, 2))
        if item.key == "bad":
            raise ValueError("no")
        return {**{f"{item.key}.txt": str(len(plt.get_fignums()))}, item.key: figure}

    batch(draw, ["a", "bad", "b", "c"], tmp_path, workers=workers, retries={})
    counts = {name: (tmp_path / f"{name}.txt").read_text() for name in "abc"}
    assert len(set(counts.values())) == 1
    assert plt.get_fignums() == [mine.number]
    plt.close(mine)


def test_only_what_changed_is_done_again(tmp_path: Path, data: Path) -> None:
    def go(factor: int, **more: Any) -> tuple[int, int]:
        def draw(item: Item) -> Any:
            return {f"{item.key}.out": str(factor * 2)}

        report = batch(draw, [data], tmp_path / "out", workers=1, **more)
        return report.done, report.skipped

    assert go(1) == (3, 0)
    assert go(1) == (0, 3)
    assert go(2) == (3, 0)  # it closes over another value
    assert go(2, version="a") == (3, 0)
    assert go(3, version="a") == (0, 3)  # the user says that it is the same
    (data / "b.txt").write_text("changed")
    assert go(3, version="a") == (1, 2)


def test_the_digest_follows_what_the_function_reaches(tmp_path: Path, monkeypatch) -> None:
    def load(text: str, helper: str = "def help(x):\n    return x\n") -> Any:
        (tmp_path / "helper_of_own.py").write_text(helper)
        (tmp_path / "script_of_own.py").write_text(textwrap.dedent(text))
        code = (
            "import sys; sys.path.insert(0, '.'); sys.dont_write_bytecode = True\n"
            "from script_of_own import draw\nfrom figmill.function_hash import hash_of\n"
            "print(hash_of(draw))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        return done.stdout

    text = """
    import numpy as np
    import helper_of_own
    SCALE = 2
    def inner(x):
        return x * SCALE
    def draw(item, more=3):
        return inner(helper_of_own.help(np.abs(more)))
    """
    first = load(text)
    assert first.endswith("())\n")
    assert load(text + "    # a comment\n\n") == first
    for changed in (
        load(text.replace("SCALE = 2", "SCALE = 3")),
        load(text.replace("more=3", "more=4")),
        load(text.replace("x * SCALE", "x + SCALE")),
        load(text, "def help(x):\n    return -x\n"),
    ):
        assert changed != first


def test_what_cannot_be_looked_into_is_a_doubt(tmp_path: Path) -> None:
    lock = (one for one in ())

    def draw(item: Item) -> Any:
        return {"a.txt": "x"} if lock is not None else None

    assert "generator" in hash_of(draw)[1][0]
    # Workers cannot have it either: this process can.
    report = batch(draw, ["a"], tmp_path, workers=0)
    assert (report.done, report.doubts) == (1, 1)
    with Ledger.read(tmp_path) as ledger:
        assert [note.code for _, _, notes in ledger.all_notes() for note in notes] == [
            "change-not-noticed"
        ]


def test_a_generator_is_taken_as_it_comes(tmp_path: Path) -> None:
    def items() -> Iterator[Item]:
        for number in range(2500):
            yield Item(f"{number:04}", parameters={"n": number})

    def draw(item: Item) -> Any:
        return {f"{item.key}.txt": np.uint8(1).tobytes()} if int(item.key) % 500 == 0 else None

    report = batch(draw, items(), tmp_path, workers=2)
    assert (report.done, report.no_data) == (5, 2495)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_an_error_of_a_generator_is_raised_after_the_items_before_it(
    tmp_path: Path, workers: int, count: int
) -> None:
    def items() -> Iterator[Item]:
        for number in range(count):
            yield Item(f"a{number}")
        raise ValueError("the generator broke")

    with pytest.raises(ValueError, match="the generator broke") as raised:
        batch(line, items(), tmp_path, workers=workers)
    assert f"broke off after {count} items" in raised.value.__notes__[0]
    assert len(names(tmp_path)) == count
    with Ledger.read(tmp_path) as ledger:
        assert ledger.counts() == {"done": count}
        assert ledger.runs()[-1].interrupted


def test_a_generator_that_exits_ends_the_call(tmp_path: Path) -> None:
    def items(error: BaseException) -> Iterator[Item]:
        yield Item("a")
        raise error

    for error in (SystemExit(7), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            batch(line, items(error), tmp_path / "out", workers=0)


def test_items_that_can_be_gone_through_once_only_are_all_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("figmill.mill._KEPT", 1)  # a long list is gone through twice

    class Queue:
        """No iterator itself, and empty once it was gone through."""

        left = ("a", "b", "c")

        def __iter__(self) -> Iterator[str]:
            left, self.left = self.left, ()  # type: ignore[assignment]
            yield from left

    assert batch(line, Queue(), tmp_path, workers=0).done == 3


def test_what_cannot_be_an_item_is_refused(tmp_path: Path) -> None:
    wrong: tuple[Any, ...] = (None, 5, iter([Item("a"), 5]), [Item("a"), b"b"])
    for given in wrong:
        with pytest.raises(ConfigError) as raised:
            batch(line, given, tmp_path / "out", workers=0)
        assert "pathlib.Path" in str(raised.value.hint)
    assert not (tmp_path / "out").exists()


def test_a_parameter_that_json_does_not_know_is_named_with_its_item(tmp_path: Path) -> None:
    given = {"a": {"x": 1}, "b": {"y": float("nan"), "z": b"no"}}
    with pytest.raises(ConfigError, match="item 'b', parameter 'z'"):
        batch(line, given, tmp_path, workers=0)


@pytest.mark.parametrize(
    "files",
    [
        {"a.csv": "1", "A.csv": "2"},
        [{"a.csv": "1"}, {"a.csv": "2"}],
        {"s/a.csv": "1", "s//a.csv": "2"},
        [Figure(Panel(Curve([0, 1], [0, 1]))), {"item.png": b"x"}],
    ],
)
def test_two_files_of_an_item_under_one_name_fail_it(tmp_path: Path, files: Any) -> None:
    report = batch(lambda item: files, ["item"], tmp_path, workers=0, retries={})
    assert (report.failed, names(tmp_path)) == (1, [])
    failed = report.failures[0]
    assert failed.category == "output"
    assert "differ" in failed.message
    assert failed.hint


def test_what_a_script_offers_must_be_a_function_that_draws(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import functools\nfrom functools import partial, reduce\nfrom numpy import sin as sine\n"
        "from figmill import Figure\nclass Own: pass\n"
        "class Caller:\n    def __call__(self, item): return {'c.txt': 'c'}\n"
        "def named(item, name='n'): return {f'{name}.txt': name}\n"
        "bound = partial(named, name='p')\ncalled = Caller()\ncached = functools.cache(named)\n"
        "short = lambda item: {'l.txt': 'l'}\n"
    )
    for name in ("Figure", "Own", "Caller", "partial", "reduce", "sine"):
        with pytest.raises(ConfigError, match="not a function that draws") as raised:
            OwnRecipe(script=f"{script}:{name}").check()
        assert raised.value.file == str(script)
    for name in ("named", "bound", "called", "cached", "short"):
        OwnRecipe(script=f"{script}:{name}").check()


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_settings_of_matplotlib_reach_the_workers(tmp_path: Path, workers: int) -> None:
    import matplotlib as mpl

    def draw(item: Item) -> Any:
        import matplotlib as mpl

        return {"set.txt": f"{mpl.rcParams['lines.linewidth']} {mpl.rcParams['font.family']}"}

    with mpl.rc_context({"lines.linewidth": 12, "font.family": ["serif"]}):
        batch(draw, ["a"], tmp_path, workers=workers)
    assert (tmp_path / "set.txt").read_text() == "12.0 ['serif']"


def test_what_a_figure_cannot_show_is_a_loss(tmp_path: Path) -> None:
    def draw(item: Item) -> Any:
        low = Figure(Panel(Curve([1.0, 2.0], [-1.0, 5.0]), y=Axis("log"), title="flux"))
        return {"low.png": low, "well.png": Figure(Panel(Curve([1.0, 2.0], [1.0, 5.0])))}

    assert batch(draw, ["one"], tmp_path, workers=0).losses == 1
    with Ledger.read(tmp_path) as ledger:
        ((_, _, notes),) = ledger.all_notes()
    (note,) = (note for note in notes if note.level == "loss")
    assert note.code == "points-not-shown"
    assert "low" in note.place
    assert "flux" in note.place


def test_wrong_options_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="wokers"):
        batch(line, ["a"], tmp_path, wokers=3)
