"""What a figure's file says of its origin is read back as it was written, and restores a ledger."""

import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from figmill import Curve, Figure, Item, NoData, Panel, mill, provenance
from figmill.engine import Ledger, ledger_path, repair
from figmill.engine.origin import CUT_SHORT
from figmill.recipes.base import DataFile, Description, Drawing, Recipe

ORIGIN = {
    "figmill:item": 'orbit (1) \\ <2> & "3"',
    "figmill:parameters": '{"dpi":200,"path":"a/b"}',
}


def drawn(path, **origin):
    figure = Figure(
        Panel((Curve([0, 1], [0, 1]),)), title="T", size=(2, 1.5), dpi=50, provenance=origin
    )
    return figure.save(path)


@pytest.mark.parametrize("kind", ["png", "pdf", "svg", "jpg", "webp"])
def test_every_format_carries_it(tmp_path, kind) -> None:
    found = provenance.read(drawn(tmp_path / f"x.{kind}", **ORIGIN))
    assert found is not None
    assert {**found, **ORIGIN} == found
    assert found["Title"] == "T"


@pytest.mark.parametrize("kind", ["png", "pdf", "svg", "jpg", "webp"])
def test_any_script(tmp_path, kind) -> None:
    origin = {"figmill:item": "Åland µ 漢字 🛰"}
    found = provenance.read(drawn(tmp_path / f"x.{kind}", **origin))
    assert found is not None
    assert found["figmill:item"] == origin["figmill:item"]


@pytest.mark.parametrize("kind", ["png", "pdf", "svg", "jpg"])
def test_a_file_that_was_cut_short_says_so(tmp_path, kind) -> None:
    path = drawn(tmp_path / f"x.{kind}", **ORIGIN)
    assert CUT_SHORT not in provenance.read(path)
    data = path.read_bytes()
    # A PDF says where it comes from near its end.
    path.write_bytes(data[: -8 if kind == "pdf" else -70])
    found = provenance.read(path)
    assert {**found, CUT_SHORT: "yes", **ORIGIN} == found


def test_a_picture_of_any_size_is_asked(tmp_path, monkeypatch) -> None:
    from PIL import Image

    path = drawn(tmp_path / "x.jpg", **ORIGIN)
    # It has 7500 pixels: Pillow warns from so many on, and refuses twice as many.
    for most, told in ((5000, True), (1000, False)):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        assert (provenance.read(path) is not None) is told


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG but not really",
        b"%PDF-1.4 without keywords",
        b"%PDF-1.4 /Keywords (not json)",
        b"%PDF-1.4 /Keywords (",
        b"<svg><dc:description>no json</dc:description></svg>",
        b"<svg><dc:description>[1]</dc:description></svg>",
        b"<svg/>",
        b"\xff\xd8\xff\xe0 no jpeg",
        b"RIFF\x00\x00\x00\x00WEBPxxxx",
    ],
)
def test_files_that_say_nothing(tmp_path, data) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    assert provenance.read(file) is None


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        provenance.read(tmp_path / "absent.png")


class Lines(Recipe):
    """Two lines and a table for each file."""

    name: ClassVar[str] = "lines"

    folder: str
    slope: float = 1.0

    def items(self):
        for name in ("second", "first", "none"):
            yield Item(name, (Path(self.folder, f"{name}.txt"),), {"slope": self.slope})

    def describe(self, item):
        if item.key == "none":
            raise NoData("There is nothing.")
        panel = Panel((Curve([0.0, 1.0], [0.0, self.slope]),))
        figures = [
            Figure(panel, title=f"{item.key} {n}", size=(2, 1.5), dpi=50) for n in ("one", "two")
        ]
        return Description(
            tuple(Drawing(f"{item.key}/{n}", figure) for n, figure in enumerate(figures)),
            (DataFile(f"{item.key}/table.csv", f"slope\n{self.slope}\n".encode()),),
            facts={"unit": "\u00b5m\u00a0s", "key": item.key},
        )

    def summarize(self, facts):
        yield DataFile("all.txt", "\n".join(str(fact) for _, fact in facts).encode())


@pytest.fixture
def lines(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("first", "second", "none"):
        (folder / f"{name}.txt").write_text(name)
    return Lines(folder=str(folder))


def tree(out):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".figmill" not in path.parts
    }


@pytest.mark.parametrize("other", ["pdf", "svg", "jpg", "webp"])
def test_a_figure_does_not_depend_on_what_else_is_drawn(tmp_path, lines, other) -> None:
    mill.run(lines, tmp_path / "alone", formats=("png",))
    mill.run(lines, tmp_path / "both", formats=("png", other))
    for name in ("first/0.png", "second/1.png"):
        alone, both = ((tmp_path / out / name).read_bytes() for out in ("alone", "both"))
        assert alone == both


@pytest.mark.parametrize("loss", ["ledger", "cut", "garbage", "all"])
@pytest.mark.parametrize("formats", [("png", "pdf"), ("svg", "jpg", "webp")])
def test_after_a_repair_the_same_job_finds_everything_unchanged(
    tmp_path, lines, loss, formats
) -> None:
    out = tmp_path / "out"
    mill.run(lines, out, formats=formats)
    before = tree(out)
    path = ledger_path(out)
    match loss:
        case "ledger":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:5000])
        case "garbage":
            path.write_bytes(b"garbage" * 3000)
        case "all":
            shutil.rmtree(out / ".figmill")
    found = repair(out, provenance.read)
    # Without its folder nothing tells of items that have no files.
    assert found.items == (2 if loss == "all" else 3)
    assert (found.files, found.foreign, found.incomplete) == (2 * (2 * len(formats) + 1), 1, 0)
    again = mill.run(lines, out, formats=formats)
    assert (again.done, again.skipped, again.ok) == (0, found.items, True)
    assert tree(out) == before
    with Ledger.read(out) as ledger:
        assert ledger.facts("first") == {"unit": "\u00b5m\u00a0s", "key": "first"}


def test_a_figure_that_was_cut_short_is_drawn_again(tmp_path, lines) -> None:
    out = tmp_path / "out"
    mill.run(lines, out)
    before = (out / "first" / "0.png").read_bytes()
    (out / "first" / "0.png").write_bytes(before[:-20])
    shutil.rmtree(out / ".figmill")
    assert repair(out, provenance.read).incomplete == 1
    again = mill.run(lines, out)
    assert (again.done, again.skipped, again.failed) == (1, 1, 0)
    assert (out / "first" / "0.png").read_bytes() == before
