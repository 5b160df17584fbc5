"""Where recipe, drawing and engine meet: the promises about a run's files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from figmill import mill
from figmill.draw.png import read_text
from figmill.engine import JSON, Item, RunOptions
from figmill.errors import ConfigError, NoData, OutputError
from figmill.figure import Axis, Curve, Figure, Panel
from figmill.recipes.base import DataFile, Description, Drawing, Recipe


class Waves(Recipe):
    """Draws as many waves as asked."""

    name: ClassVar[str] = "waves"

    number: int = 4
    phase: float = 0.0
    table: str = "table.csv"

    def items(self) -> Iterator[Item]:
        for n in range(self.number):
            yield Item(f"wave {n}", parameters={"phase": self.phase})

    def describe(self, item: Item) -> Description:
        n = int(item.key.split()[1])
        if n == 3:
            raise NoData("The third wave is silence.")
        x = np.linspace(0, 6, 300)
        panel = Panel(Curve(x, np.sin(x * (n + 1) + self.phase)), x=Axis(label="x"))
        figure = Figure(panel, title=item.key, size=(3, 2), dpi=80)
        return Description(
            (Drawing(f"waves/{n}", figure),),
            files=(DataFile(f"waves/{n}.txt", str(n).encode()),),
            facts={"n": n},
        )

    def summarize(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> Iterable[DataFile]:
        rows = [f"{key},{values.get('n', '')}" for key, values in facts]
        yield DataFile(self.table, "\n".join(rows).encode())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the run's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".figmill" not in path.parts
    }


FORMATS = ("png", "pdf", "svg")


def test_the_same_files_with_any_number_of_workers(tmp_path: Path) -> None:
    trees = []
    for workers in (0, 1, 2):
        out = tmp_path / str(workers)
        options = RunOptions(workers=workers, isolate=workers == 1)
        report = mill.run(Waves(), out, formats=FORMATS, options=options)
        assert report.counts == {"done": 3, "no_data": 1, "failed": 0, "skipped": 0, "planned": 0}
        trees.append(tree(out))
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) == 3 * 4 + 1


def test_only_what_changed_is_done_again(tmp_path: Path) -> None:
    assert mill.run(Waves(), tmp_path).done == 3
    assert mill.run(Waves(), tmp_path).skipped == 4
    assert mill.run(Waves(number=2), tmp_path).skipped == 2
    assert mill.run(Waves(phase=0.5), tmp_path).done == 3
    assert mill.run(Waves(phase=0.5), tmp_path, formats=("png", "svg")).done == 3
    (tmp_path / "waves" / "1.png").unlink()
    again = mill.run(Waves(phase=0.5), tmp_path, formats=("png", "svg"))
    assert (again.done, again.skipped) == (1, 3)


def test_a_conclusion_is_of_all_items_and_left_alone_when_it_is_the_same(tmp_path: Path) -> None:
    mill.run(Waves(), tmp_path)
    table = tmp_path / "table.csv"
    assert table.read_text() == "wave 0,0\nwave 1,1\nwave 2,2"
    before = table.stat().st_mtime_ns
    mill.run(Waves(), tmp_path)
    assert table.stat().st_mtime_ns == before
    table.write_text("edited")
    mill.run(Waves(), tmp_path, options=RunOptions(dry_run=True))
    assert table.read_text() == "edited"
    mill.run(Waves(), tmp_path)
    assert table.read_text().startswith("wave 0,0")


def test_a_conclusion_stays_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="would leave the output folder"):
        mill.run(Waves(table="../outside.csv"), tmp_path / "out")
    assert not (tmp_path / "outside.csv").exists()


def test_files_say_where_they_come_from(tmp_path: Path) -> None:
    mill.run(Waves(), tmp_path)
    texts = read_text((tmp_path / "waves" / "0.png").read_bytes())
    assert texts["Title"] == "wave 0"
    assert texts["figmill:item"] == "wave 0"
    assert str(tmp_path) not in str(texts)


@pytest.mark.parametrize(
    ("formats", "words"), [(("bmp",), "Unknown format 'bmp'"), ((), "No format")]
)
def test_formats_are_checked_first(formats: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        mill.run(Waves(), tmp_path / "out", formats=formats)
    assert not (tmp_path / "out").exists()


class Choosy(Waves):
    """Finds something wrong with itself, or with its list."""

    name: ClassVar[str] = "choosy"

    wrong: str

    def check(self) -> None:
        if self.wrong == "options":
            raise ConfigError("These options are wrong.", hint="Take others.")

    def items(self) -> Iterator[Item]:
        if self.wrong == "list":
            raise ConfigError("There is nothing to list.", hint="Give more.")
        yield from super().items()


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("wrong", ["options", "list"])
def test_a_wrong_command_makes_nothing(wrong: str, dry_run: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ConfigError):
        mill.run(Choosy(wrong=wrong), out, options=RunOptions(workers=0, dry_run=dry_run))
    assert not out.exists()


def test_a_recipe_that_still_says_conclude(tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="summarize"):

        class Older(Recipe):
            name = "older"

            def items(self) -> list[Item]:
                return []

            def describe(self, item: Item) -> Description:
                return Description(())

            def conclude(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> list[DataFile]:
                return [DataFile("older.txt", str(len(list(facts))).encode())]

    assert [file.data for file in Older().summarize([("a", {})])] == [b"1"]


def test_ctrl_c_in_a_script_raises_once_all_is_tidied_up(tmp_path: Path) -> None:
    code = """
import os, signal, time
from figmill import Curve, Description, Drawing, Figure, Item, Panel, Recipe, run
class Slow(Recipe):
    def items(self):
        return [Item(str(n)) for n in range(50)]
    def describe(self, item):
        if item.key == "2":
            os.kill(MAIN, signal.SIGINT)
        time.sleep(0.1)
        figure = Figure(Panel(Curve([0, 1], [0, 1])), size=(2, 2), dpi=50)
        return Description((Drawing(item.key, figure),))
Slow.name = "slow"
MAIN = os.getpid()
try:
    run(Slow(), "out")
except KeyboardInterrupt:
    print("raised", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout == "raised True\n", done.stderr
    assert 2 <= len(list((tmp_path / "out").glob("*.png"))) < 10


class Signs(Waves):
    """Has a title that no font can write."""

    name: ClassVar[str] = "signs"

    def describe(self, item: Item) -> Description:
        panel = Panel(Curve([0.0, 1.0], [0.0, 1.0]))
        return Description(
            (Drawing("one", Figure(panel, title="\U00012000", size=(2, 2), dpi=40)),)
        )


def test_boxes_for_characters_are_a_loss_of_their_figure(tmp_path: Path) -> None:
    report = mill.run(Signs(number=1), tmp_path)
    assert (report.done, report.losses) == (1, 1)
    noted = read_text((tmp_path / "one.png").read_bytes())["figmill:notes"]
    assert "missing-glyph" in noted
