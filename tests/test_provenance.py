"""What a figure's file says of its origin is read back as it was written."""

import pytest

from figmill import Curve, Figure, Panel, provenance

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
