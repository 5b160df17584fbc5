"""SPC, PerkinElmer .sp: files made here byte by byte, and cut at every place."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.read.perkin import read_perkin
from figmill.read.spc import read_spc
from figmill.read.spectrum_files import format_of, read_spectrum

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
) -> bytes:
    flags = (0x80 if x is not None else 0) | (0x01 if short else 0)
    head = struct.pack("BBBb", flags, 0x4B if order == "<" else 0x4C, 0, exponent)
    head += struct.pack(f"{order}iddi", y.size, 4000.0, 3996.0, spectra) + bytes([*types, 0, 0])
    head = head.ljust(512, b"\0")
    given_x = b"" if x is None else x.astype(f"{order}f4").tobytes()
    if exponent == -128:
        values = y.astype(f"{order}f4").tobytes()
    elif short:
        values = np.round(y * 2.0 ** (16 - exponent)).astype(f"{order}i2").tobytes()
    else:
        values = np.round(y * 2.0 ** (32 - exponent)).astype(f"{order}i4").tobytes()
    return head + given_x + b"\0" * 32 + values


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
    assert any("3 spectra" in w for w in s.warnings)
    assert s.confidence < 1


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
