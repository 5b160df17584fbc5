"""SPC, PerkinElmer .sp: files made here byte by byte, and cut at every place."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.spectra.read.files import format_of, read_spectrum
from figmill.spectra.read.perkin import read_perkin
from figmill.spectra.read.spc import read_spc

Y = np.array([0.1, 0.25, 0.5, 0.125, 0.0625])


def spc(
    y: np.ndarray = Y,
    *,
    order: str = "<",
    exponent: int = -128,
    x: np.ndarray | None = None,
    short: bool = False,
    types: tuple[int, int] = (1, 2),
    spectra: int = 1,
    own_x: bool = False,
) -> bytes:
    """An SPC file; of several spectra, each is the first one times its number."""
    flags = (0x80 if x is not None else 0) | (0x01 if short else 0)
    flags |= (0x04 if spectra > 1 else 0) | (0xC0 if own_x else 0)
    head = struct.pack("BBBb", flags, 0x4B if order == "<" else 0x4C, 0, exponent)
    head += struct.pack(f"{order}iddi", y.size, 4000.0, 3996.0, spectra) + bytes([*types, 0, 0])
    head = head.ljust(512, b"\0")
    given_x = b"" if x is None else x.astype(f"{order}f4").tobytes()

    def values(y: np.ndarray) -> bytes:
        if exponent == -128:
            return y.astype(f"{order}f4").tobytes()
        bits = 16 if short else 32
        return np.round(y * 2.0 ** (bits - exponent)).astype(f"{order}i{bits // 8}").tobytes()

    body = b""
    for number in range(spectra):
        many = spectra > 1 or own_x
        about = (exponent, number, 0.5 * number) if many else (0, 0, 0.0)
        sub = struct.pack(f"{order}BbHfffi", 0, *about, 0.0, 0.0, y.size)
        each = np.linspace(4000, 3996, y.size) + number
        body += sub.ljust(32, b"\0") + (each.astype(f"{order}f4").tobytes() if own_x else b"")
        body += values(y * (number + 1))
    return head + given_x + body


def perkin(
    y: np.ndarray = Y, x_label: str = "cm-1", y_label: str = "A", promised: int | None = None
) -> bytes:
    def block(number: int, content: bytes) -> bytes:
        return struct.pack("<hi", number, len(content)) + content

    def text(words: str) -> bytes:
        return b"#u" + struct.pack("<H", len(words)) + words.encode()

    members = block(-29838, b"\x1du" + struct.pack("<dd", 4000.0, 3996.0))
    members += block(-29835, b"+u" + struct.pack("<i", y.size if promised is None else promised))
    members += block(-29833, text(x_label)) + block(-29832, text(y_label))
    members += block(-29828, b"\x16u" + struct.pack("<i", 8 * y.size) + y.astype("<f8").tobytes())
    members += block(-29823, text("oil 7"))
    return b"PEPE2D constant interval DataSet file".ljust(44, b"\0") + block(120, members)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("exponent", "short"), [(-128, False), (1, False), (3, False), (1, True)])
def test_spc_in_all_number_forms(order: str, exponent: int, short: bool) -> None:
    s = read_spc(Path("a.spc"), spc(order=order, exponent=exponent, short=short))
    np.testing.assert_allclose(s.y, Y, atol=1e-4 if short else 1e-7)
    np.testing.assert_allclose(s.x, [4000, 3999, 3998, 3997, 3996])
    assert (s.x_quantity, s.x_unit, s.y_kind) == ("wavenumber", "cm-1", "absorbance")


def test_spc_with_its_own_x() -> None:
    x = np.array([200.0, 210.0, 250.0, 300.0, 400.0])
    s = read_spc(Path("a.spc"), spc(x=x, types=(3, 2)))
    np.testing.assert_allclose(s.x, x)
    assert (s.x_quantity, s.x_unit) == ("wavelength", "nm")


def test_spc_of_several_spectra_says_so() -> None:
    s = read_spc(Path("a.spc"), spc(spectra=3))
    assert s.warnings == (
        "The file holds 3 spectra (1: z = 0, 2: z = 0.5, 3: z = 1); this is the first. Take "
        "another by number or name (--y).",
    )
    assert s.confidence < 1
    cut = read_spc(Path("a.spc"), spc(spectra=3)[:-60])
    assert any("promises 3 spectra, and 2 are there" in w for w in cut.warnings)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("exponent", "short"), [(-128, False), (3, False), (3, True)])
@pytest.mark.parametrize("own_x", [False, True])
@pytest.mark.parametrize(("wanted", "number"), [(2, 2), ("3", 3), ("z = 1", 3), (1, 1)])
def test_spc_another_of_several_spectra(
    order: str, exponent: int, short: bool, own_x: bool, wanted: str | int, number: int
) -> None:
    data = spc(order=order, exponent=exponent, short=short, spectra=3, own_x=own_x)
    s = read_spc(Path("a.spc"), data, wanted)
    np.testing.assert_allclose(s.y, number * Y, atol=1e-4)
    assert s.x[0] == 4000 + (number - 1 if own_x else 0)
    assert s.warnings == ()
    assert s.confidence == 1


def test_spc_without_that_spectrum() -> None:
    for wanted in (0, 4, "blank"):
        with pytest.raises(InputError, match="no spectrum") as caught:
            read_spc(Path("a.spc"), spc(spectra=3), wanted)
        assert "2: z = 0.5" in str(caught.value.hint)
    assert read_spc(Path("a.spc"), spc(), 4).y[0] == pytest.approx(Y[0])


def test_spc_intensities_under_the_code_of_absorbance() -> None:
    s = read_spc(Path("a.spc"), spc(Y * 2000))
    assert s.y_kind == "intensity"
    assert any("header says absorbance" in w for w in s.warnings)


def test_spc_of_the_oldest_form_is_named() -> None:
    data = bytearray(spc())
    data[1] = 0x4D
    with pytest.raises(InputError, match="oldest form"):
        read_spc(Path("a.spc"), bytes(data))


def test_spc_that_promises_too_much() -> None:
    data = bytearray(spc())
    data[4:8] = struct.pack("<i", 2**31 - 1)
    with pytest.raises(InputError, match="promises"):
        read_spc(Path("a.spc"), bytes(data))


def test_perkin() -> None:
    s = read_perkin(Path("a.sp"), perkin())
    np.testing.assert_array_equal(s.y, Y)
    assert (s.x[0], s.x[-1], s.y_kind, s.metadata["title"]) == (4000, 3996, "absorbance", "oil 7")


def test_perkin_percent() -> None:
    assert (
        read_perkin(Path("a.sp"), perkin(Y * 100, y_label="%T")).y_kind == "percent_transmittance"
    )


def test_perkin_that_promises_too_much() -> None:
    with pytest.raises(InputError, match="7 points are promised, and 5"):
        read_perkin(Path("a.sp"), perkin(promised=7))


def test_perkin_of_another_kind() -> None:
    with pytest.raises(InputError, match="constant interval"):
        read_perkin(Path("a.sp"), b"PEPE3D something else".ljust(60, b"\0"))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.sampled_from([spc(), spc(exponent=2, short=True), perkin()]),
    cut=st.integers(0, 700),
    changes=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=4),
)
def test_damage_is_a_clear_error_or_a_spectrum(
    tmp_path: Path, data: bytes, cut: int, changes: list[tuple[int, int]]
) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    if cut < len(damaged):
        damaged = damaged[:cut]
    file = tmp_path / "damaged.bin"
    file.write_bytes(bytes(damaged))
    try:
        spectrum = read_spectrum(file)
    except InputError as error:
        assert error.file == str(file)
    else:
        assert spectrum.x.size == spectrum.y.size


def test_the_bytes_say_the_format() -> None:
    assert format_of(spc()) == "SPC"
    assert format_of(perkin()) == "PerkinElmer .sp"
    assert format_of(b"\n##TITLE= a\n##JCAMP-DX= 4.24\n") == "JCAMP-DX"
    assert format_of(b"4000,0.1\n3999,0.2\n") == "text"


def test_kinds_that_the_header_does_not_tell(tmp_path: Path) -> None:
    def codes(data: bytes) -> list[str]:
        return [note.code for note in read_spc(tmp_path / "s.spc", data).notes]

    assert codes(spc()) == []
    assert codes(spc(types=(1, 11))) == ["percent-or-fraction"]
    assert codes(spc(100 * Y, types=(1, 128))) == ["percent-or-fraction"]
    assert codes(spc(types=(1, 22))) == ["kind-assumed"]
    for code, kind in ((3, "kubelka_munk"), (10, "log_inverse_reflectance")):
        made = read_spc(tmp_path / "s.spc", spc(types=(1, code)))
        assert (made.y_kind, made.notes) == (kind, ())
    assert codes(spc(900 * Y)) == ["kind-overruled"]


def test_perkin_axis_of_another_name(tmp_path: Path) -> None:
    made = read_perkin(tmp_path / "s.sp", perkin(x_label="energy", y_label="stuff"))
    assert [note.code for note in made.notes] == ["kind-assumed", "x-assumed"]


def test_the_users_word_keeps_what_else_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.spc"
    file.write_bytes(spc(900 * Y, spectra=2))
    told = {note.code for note in read_spectrum(file).notes}
    assert {"kind-overruled", "spectra-not-taken"} <= told
    told = {n.code for n in read_spectrum(file, y_kind="unknown", x_quantity="raman_shift").notes}
    assert {"spectra-not-taken", "kind-as-asked", "x-as-asked"} <= told
    assert "kind-overruled" not in told
