"""Files: every format opens elsewhere, looks the same, carries its provenance, never changes."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import re
import stat
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import resvg_py
from PIL import Image

from figmill.draw import png
from figmill.draw.layout import layout
from figmill.errors import OutputError, PlottingError
from figmill.figure import Curve, Figure, Panel
from figmill.formats import FORMATS

from .figures import GOLDEN, HARD, spectrogram

FIGURE = dataclasses.replace(
    GOLDEN["spectrogram"],
    title="Orbit µ",
    provenance={"figmill:item": "orbit (1) \\ é", "figmill:inputs": '["a.cdf"]'},
)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_figure_gives_the_same_bytes(kind: str) -> None:
    again = dataclasses.replace(FIGURE)
    assert FIGURE.to_bytes(kind) == again.to_bytes(kind)


def test_bytes_do_not_depend_on_what_was_drawn_before(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import figures;"
        "sys.stdout.buffer.write(figures.GOLDEN['curves'].to_bytes('png'))"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)], capture_output=True, check=True
    ).stdout
    HARD["presentation"].to_bytes()
    assert GOLDEN["curves"].to_bytes() == fresh


def test_threads_do_not_disturb_each_other() -> None:
    wanted = {name: figure.to_bytes() for name, figure in GOLDEN.items()}
    wrong: list[str] = []

    def work(name: str) -> None:
        for _ in range(5):
            if GOLDEN[name].to_bytes() != wanted[name]:
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in GOLDEN]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_pictures_open_at_their_size_and_agree(kind: str) -> None:
    image = Image.open(io.BytesIO(FIGURE.to_bytes(kind))).convert("RGB")
    assert image.size == FIGURE.pixels
    exact = np.asarray(Image.open(io.BytesIO(FIGURE.to_bytes("png"))).convert("RGB")).astype(int)
    assert np.abs(np.asarray(image).astype(int) - exact).mean() < 4


def test_png_carries_title_and_provenance() -> None:
    texts = png.read_text(FIGURE.to_bytes("png"))
    assert texts["Title"] == "Orbit µ"
    assert texts["figmill:item"] == "orbit (1) \\ é"
    assert re.fullmatch(r"figmill \d+\.\d+\.\d+\S*", texts["Software"])


def test_svg_is_xml_with_paths_a_picture_and_provenance() -> None:
    data = FIGURE.to_bytes("svg")
    root = ET.fromstring(data)
    assert b"<!ENTITY" not in data
    names = {element.tag.rsplit("}", 1)[-1] for element in root.iter()}
    assert {"path", "image", "use"} <= names
    assert "text" not in names
    described = next(e for e in root.iter() if e.tag.endswith("}description"))
    assert json.loads(described.text or "")["figmill:item"] == "orbit (1) \\ é"
    assert b"dc:date" not in data


def test_pdf_embeds_fonts_and_provenance_and_no_date() -> None:
    data = FIGURE.to_bytes("pdf")
    assert data.startswith(b"%PDF-1.")
    assert b"/FontFile2" in data
    assert b"CreationDate" not in data
    assert b"figmill:item" in data


def pdf_pixels(data: bytes, dpi: float) -> Image.Image:
    page = pypdfium2.PdfDocument(data)[0]
    return page.render(scale=dpi / 72).to_pil().convert("RGB")


def svg_pixels(data: bytes, dpi: float) -> Image.Image:
    drawn = resvg_py.svg_to_bytes(svg_string=data.decode(), dpi=dpi)
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGB")


@pytest.mark.parametrize("name", ["spectrogram", "curves", "points", "events", "two columns"])
@pytest.mark.parametrize(("kind", "render"), [("pdf", pdf_pixels), ("svg", svg_pixels)])
def test_vector_files_look_as_the_png_does(kind: str, render: Any, name: str) -> None:
    figure = {**GOLDEN, **HARD}[name]
    theirs = render(figure.to_bytes(kind), figure.dpi)
    ours = Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB")
    assert theirs.size == ours.size
    # Ink of text and thin lines falls a fraction of a pixel apart: compare averages of 10 x 10.
    size = (ours.width // 10, ours.height // 10)
    one, other = (
        np.asarray(picture.resize(size, Image.Resampling.BOX)).astype(int)
        for picture in (ours, theirs)
    )
    assert np.abs(one - other).mean() < 4
    assert np.abs(one - other).max() < 110


def test_saving_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.png"
    assert FIGURE.save(target) == target
    assert target.read_bytes() == FIGURE.to_bytes("png")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        Figure(Panel()).save(target)
    assert target.read_bytes() == FIGURE.to_bytes("png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PlottingError, match=r"Unknown format 'bmp'.*png, jpg, webp, pdf or svg"):
        FIGURE.save(tmp_path / "a.bmp")
    with pytest.raises(PlottingError, match="no suffix"):
        FIGURE.save(tmp_path / "a")
    with pytest.raises(PlottingError, match="svg files have no option quality"):
        FIGURE.save(tmp_path / "a.svg", quality=3)
    with pytest.raises(OutputError, match="Check that the folder exists"):
        FIGURE.save(tmp_path / "none" / "a.png")
    big = dataclasses.replace(FIGURE, size=(120, 1), dpi=200)
    with pytest.raises(PlottingError, match="WEBP holds at most"):
        dataclasses.replace(big, size=(120, 3)).to_bytes("webp")


def test_format_overrules_the_suffix(tmp_path: Path) -> None:
    FIGURE.save(tmp_path / "a.data", format="jpeg")
    assert (tmp_path / "a.data").read_bytes()[:2] == b"\xff\xd8"


def test_few_colours_make_a_palette_without_loss() -> None:
    plain = Figure(Panel(), size=(3, 2), dpi=100)
    data = plain.to_bytes("png")
    image = Image.open(io.BytesIO(data))
    assert image.mode == "P"
    many = FIGURE.to_bytes("png", palette=False)
    assert Image.open(io.BytesIO(many)).mode == "RGB"


def test_a_palette_on_demand_is_smaller_and_close() -> None:
    panel = spectrogram(n=400, m=40)
    slanted = Curve([panel.layers[0].x.lo[0], panel.layers[0].x.hi[-1]], [20.0, 900.0])  # type: ignore[attr-defined]
    figure = Figure(
        [dataclasses.replace(panel, layers=(*panel.layers, slanted))], size=(8, 4), dpi=100
    )
    exact, palette = figure.to_bytes("png"), figure.to_bytes("png", palette=True)
    assert Image.open(io.BytesIO(exact)).mode == "RGB"
    one, other = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
        for data in (exact, palette)
    )
    assert len(palette) < len(exact)
    assert np.abs(one - other).mean() < 3
    assert np.abs(one - other).max() < 80


def test_notebooks_show_the_png() -> None:
    assert FIGURE._repr_png_() == FIGURE.to_bytes("png")


@pytest.mark.parametrize("name", [*GOLDEN])
def test_golden_images(name: str) -> None:
    """Pictures kept from an earlier version; FIGMILL_GOLDEN=write makes them anew."""
    kept = Path(__file__).parent / "golden" / f"{name}.png"
    data = GOLDEN[name].to_bytes("png")
    if os.environ.get("FIGMILL_GOLDEN") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(data)
    ours = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    theirs = np.asarray(Image.open(kept).convert("RGB")).astype(int)
    assert ours.shape == theirs.shape
    # Releases of matplotlib shape text differently; cells, curves, frames and ticks stay.
    for placed in layout(GOLDEN[name]).panels:
        for box in (placed.box, placed.bar.box if placed.bar is not None else placed.box):
            area = np.s_[int(box.y0) - 4 : int(box.y1) + 4, int(box.x0) - 4 : int(box.x1) + 4]
            assert (np.abs(ours[area] - theirs[area]).max(axis=2) > 48).mean() < 0.02
