"""Limits that all items of a recipe share: found in a first pass, kept, and put into figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from figmill import mill
from figmill.engine import CancelToken, Event, Ledger, RunOptions, RunReport, events
from figmill.errors import ConfigError, InputError, NoData
from figmill.figure import Axis, Bins, ColorScale, Figure, Panel, Spectrogram
from figmill.item import Item
from figmill.notes import Note
from figmill.recipes.base import Description, Drawing, Recipe

KEY = "flux | time | linear E | log Flux"


class Cells(Recipe):
    """Draws the numbers of each text file as cells of colour."""

    name: ClassVar[str] = "cells"

    folder: str
    log: str = ""

    def items(self) -> Iterator[Item]:
        for file in sorted(Path(self.folder).glob("*.txt")):
            yield Item(file.stem, inputs=(file,))

    def describe(self, item: Item) -> Description:
        (file,) = item.inputs
        if self.log:
            with open(self.log, "a") as log:  # noqa: PTH123
                log.write(f"{item.key}\n")
        text = file.read_text()
        if text == "bad":
            raise InputError("It is cut short.", file=file, hint="Fetch it again.")
        if text == "none":
            raise NoData("There is no record.", file=file)
        values = np.array([float(word) for word in text.split()])[:, None]
        x = Bins.from_edges(np.arange(values.size + 1.0))
        layer = Spectrogram(x, Bins([0.0], [1.0]), values, ColorScale("log", label="Flux"))
        panel = Panel(layer, x=Axis("time"), y=Axis(label="E"), row_label="flux")
        figure = Figure(panel, size=(5, 3), dpi=60)
        return Description((Drawing(item.key, figure, group=text[:0]),), notes=(self._note(),))

    def _note(self) -> Note:
        return Note.info("of-the-recipe", "it stays")


def colors(out: Path) -> list[float]:
    document = json.loads((out / "limits-cells.json").read_text())
    found: list[float] = document["limits"][KEY]["color"]
    return found


def notes(out: Path) -> dict[str, set[str]]:
    with Ledger.read(out) as ledger:
        return {key: {note.code for note in found} for _, key, found in ledger.all_notes()}


def run(folder: Path, out: Path, limits: str | Path = "shared", **options: Any) -> RunReport:
    recipe = Cells(folder=str(folder), log=str(folder / "log"))
    return mill.run(
        recipe, out, options=RunOptions(workers=0, limits=limits, **options), raise_interrupt=False
    )


def described(folder: Path) -> list[str]:
    log = folder / "log"
    found = log.read_text().split()
    log.unlink()
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    (made / "a.txt").write_text("1 10")
    (made / "b.txt").write_text("100 3000")
    return made


def test_all_figures_get_the_limits_of_all(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(folder, out).done == 2
    assert colors(out) == [1, 3000]
    assert notes(out) == {key: {"limits-shared", "of-the-recipe"} for key in "ab"}
    # Beside a figure that is given these limits by hand.
    (alone := tmp_path / "alone").mkdir()
    run(folder, alone, "each")
    assert (alone / "b.png").read_bytes() != (out / "b.png").read_bytes()
    assert notes(alone) == {key: {"of-the-recipe"} for key in "ab"}


def test_a_new_file_is_read_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(folder, out)
    assert sorted(described(folder)) == ["a", "a", "b", "b"]
    assert run(folder, out).skipped == 2
    assert not (folder / "log").exists()
    (folder / "c.txt").write_text("20 30")  # within the limits of the others
    report = run(folder, out)
    assert (report.done, report.skipped) == (1, 2)
    assert described(folder) == ["c", "c"]
    (folder / "d.txt").write_text("9e6")
    assert run(folder, out).done == 4  # their limits are other ones now
    assert described(folder)[0] == "d"
    assert colors(out)[1] == 9e6
    (folder / "d.txt").unlink()
    assert run(folder, out).done == 3
    assert colors(out) == [1, 3000]


def test_the_order_and_the_workers_do_not_count(folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for n in range(12):
        words = " ".join(f"{v:.9g}" for v in 10 ** rng.normal(n, 1, 200))
        (folder / f"f{n}.txt").write_text(words)
    trees = []
    for name, options in (("0", {"workers": 0}), ("2", {"workers": 2})):
        out = tmp_path / name
        recipe = Cells(folder=str(folder))
        mill.run(recipe, out, options=RunOptions(limits="shared", **options))
        trees.append({path.name: path.read_bytes() for path in out.iterdir() if path.is_file()})
    late = tmp_path / "late"
    hidden = [folder / f"f{n}.txt" for n in (3, 0, 7)]
    for file in hidden:
        file.rename(file.with_suffix(".later"))
    run(folder, late)
    for file in hidden:
        file.with_suffix(".later").rename(file)
    run(folder, late)
    trees.append({path.name: path.read_bytes() for path in late.iterdir() if path.is_file()})
    assert trees[0] == trees[1]
    assert trees[0] == trees[2]
    assert len(trees[0]) == 15


def test_what_cannot_be_read_fails_once_and_the_rest_is_drawn(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.txt").write_text("bad")
    (folder / "none.txt").write_text("none")
    report = run(folder, tmp_path / "out")
    assert (report.done, report.no_data, report.failed) == (2, 1, 1)
    assert [note.key for note in report.failures] == ["bad"]
    assert colors(tmp_path / "out") == [1, 3000]


def test_limits_of_a_file(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "out")
    file = tmp_path / "mine.json"
    file.write_bytes((tmp_path / "out" / "limits-cells.json").read_bytes())
    other = tmp_path / "other"
    run(folder, other, file)
    described(folder)
    assert run(folder, other, file).skipped == 2
    file.write_text(json.dumps({"limits": {KEY: {"color": [1, 50]}}}))
    assert run(folder, other, file).done == 2
    assert described(folder) == ["a", "b"]
    assert notes(other)["a"] == {"limits-shared", "limits-own", "of-the-recipe"}
    assert not (other / "limits-cells.json").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "It holds no limits"),
        ("{", "This is not JSON"),
        ('{"limits": {}}', "It has no limits"),
        ('{"limits": {"p": {"z": [0, 1]}}}', r"\[0, 1\] are not limits"),
        ('{"limits": {"p": {"y": [1, 1]}}}', r"\[1, 1\] are not limits"),
        ('{"limits": {"p": {"y": [0, NaN]}}}', "are not limits"),
        ('{"limits": {"p": 3}}', "3 are not limits"),
    ],
)
def test_a_wrong_file_is_told_before_anything_is_drawn(
    folder: Path, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "limits.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=says):
        run(folder, tmp_path / "out", file)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ConfigError, match="no such file"):
        run(folder, tmp_path / "out", tmp_path / "nothing.json")


def test_a_dry_run_reads_nothing(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(folder, out, dry_run=True).planned == 2
    assert not out.exists()
    assert not (folder / "log").exists()
    run(folder, out)
    described(folder)
    assert run(folder, out, dry_run=True).skipped == 2
    assert not (folder / "log").exists()


def test_an_interrupted_first_pass_draws_nothing_and_goes_on(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    token = CancelToken()
    token.cancel()
    report = run(folder, out, cancel=token)
    assert report.interrupted
    assert (report.done, report.failed) == (0, 0)
    assert not list(out.glob("*.png"))
    assert run(folder, out).done == 2


def test_recipes_in_one_folder_have_passes_of_their_own(folder: Path, tmp_path: Path) -> None:
    class Others(Cells):
        """The same under another name, and of other files."""

        name: ClassVar[str] = "others"

        def describe(self, item: Item) -> Description:
            found = super().describe(item)
            return Description(
                tuple(Drawing(f"other {one.name}", one.figure) for one in found.drawings)
            )

    run(folder, tmp_path / "out")
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "a.txt").write_text("5 7")
    options = RunOptions(workers=0, limits="shared")
    report = mill.run(Others(folder=str(other)), tmp_path / "out", options=options)
    assert (report.done, report.failed) == (1, 0)
    assert colors(tmp_path / "out") == [1, 3000]


def test_a_run_tells_of_its_first_pass(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mill, "_HERALD_S", 0.0)
    heard: list[Event] = []
    mill.run(
        Cells(folder=str(folder)),
        tmp_path / "out",
        options=RunOptions(workers=0, limits="shared"),
        listeners=[heard.append],
    )
    texts = [event.message for event in heard if isinstance(event, events.Log)]
    assert "First pass, for limits of all items: 2 read." in texts
    assert sum(isinstance(event, events.RunStarted) for event in heard) == 1
    assert sum(isinstance(event, events.ItemFinished) for event in heard) == 2


def test_an_item_that_would_not_run_is_known_as_such(folder: Path, tmp_path: Path) -> None:
    options = RunOptions(workers=0, limits="shared", notes_on_figure=True)
    recipe = Cells(folder=str(folder))
    mill.run(recipe, tmp_path / "out", options=options)
    from figmill import engine

    item = mill.as_run(recipe, tmp_path / "out", options, "a")
    decision, _ = engine.why(
        tmp_path / "out", "a", item, mill.version_of(recipe), recipe="cells", parts=("png",)
    )
    assert not decision.runs
    assert mill.as_run(recipe, tmp_path / "out", options, "z") is None
