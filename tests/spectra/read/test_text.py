"""Spectra in text files: one spectrum in any notation is one spectrum."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.read.text_table import read_table
from figmill.spectra.read.files import read_spectrum

HEADERS = {
    "absorbance": [("wavenumber", "absorbance"), ("Wellenzahl", "Extinktion"), ("cm-1", "A.U."),
                   ("Wavenumber (cm⁻¹)", "Abs"), ("nombre d'onde", "Absorbance")],
    "percent_transmittance": [("cm-1", "%T"), ("Wavenumber [1/cm]", "Transmittance (%)"),
                              ("Wellenzahl", "Transmission %")],
    "transmittance": [("wavenumber", "transmittance"), ("Wave number", "Transmission")],
}  # fmt: skip
COMMENTS = ["# {}", "// {}", "% {}", "! {}", "* {}"]
WORDS = ["sample", "oil of spring", "Instrument A", "operator", "resolution"]


@st.composite
def notations(draw: st.DrawFn) -> dict[str, object]:
    """A notation, and a spectrum to write in it."""
    kind = draw(st.sampled_from(sorted(HEADERS)))
    delimiter = draw(st.sampled_from([",", ";", "\t", " ", "  ", "|", ", "]))
    decimal = "." if "," in delimiter else draw(st.sampled_from([".", ","]))
    count = draw(st.integers(12, 60))
    start = draw(st.integers(400, 3000))
    step = draw(st.sampled_from([0.5, 1.0, 1.9285, 4.0, 16.0]))
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    x = start + step * np.arange(count)
    bump = np.exp(-(((np.arange(count) - count / 3) / 3) ** 2))
    absorbance = 0.02 + bump * rng.uniform(0.3, 1.5) + rng.normal(0, 0.003, count)
    y = {
        "absorbance": absorbance,
        "transmittance": 10**-absorbance,
        "percent_transmittance": 100 * 10**-absorbance,
    }[kind]
    return {
        "kind": kind,
        "delimiter": delimiter,
        "decimal": decimal,
        "form": draw(st.sampled_from(["fixed", "exponent", "exponent3", "repr"])),
        "encoding": draw(
            st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
        ),
        "newline": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "header": draw(st.sampled_from(HEADERS[kind]) | st.none()),
        "comments": draw(st.lists(st.sampled_from(COMMENTS), max_size=3)),
        "preamble": draw(st.lists(st.sampled_from(WORDS), max_size=3)),
        "quoted": draw(st.booleans()) and delimiter.strip() != "",
        "closed": draw(st.booleans()) and delimiter in (",", ";"),
        "last_newline": draw(st.booleans()),
        "x": x[::-1] if draw(st.booleans()) else x,
        "y": y,
    }  # fmt: skip


def spell(value: float, form: str, decimal: str) -> str:
    if form == "fixed":
        text = f"{value:.9f}"
    elif form == "repr":
        text = repr(float(value))
    else:
        text = f"{value:.12E}"
        if form == "exponent3":
            mantissa, exponent = text.split("E")
            text = f"{mantissa}E{int(exponent):+04d}"
    return text.replace(".", decimal)


def written(n: dict) -> bytes:
    lines = [c.format("made by an instrument") for c in n["comments"]]
    lines += list(n["preamble"])
    tail = n["delimiter"] if n["closed"] else ""
    if n["header"]:
        # A header of words with spaces cannot be told apart in a file that spaces divide.
        names = n["header"]
        if n["delimiter"] in (" ", "  "):
            names = [name.replace(" ", "_") for name in names]
        if n["encoding"] == "latin-1":
            names = [name.replace("⁻¹", "-1") for name in names]
        lines.append(n["delimiter"].join(names) + tail)
    quote = '"' if n["quoted"] else ""
    for x, y in zip(n["x"], n["y"], strict=True):
        cells = [f"{quote}{spell(v, n['form'], n['decimal'])}{quote}" for v in (x, y)]
        lines.append(n["delimiter"].join(cells) + tail)
    text = n["newline"].join(lines) + (n["newline"] if n["last_newline"] else "")
    return text.encode(n["encoding"])


@settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(notations())
def test_a_spectrum_in_any_notation_comes_back_whole(
    tmp_path: Path, notation: dict[str, object]
) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(written(notation))
    # Twelve points without a word of what they are may well be ambiguous; the numbers are not.
    read = read_spectrum(file, accept_low=notation["header"] is None)
    assert read.x.size == notation["x"].size  # type: ignore[attr-defined]
    np.testing.assert_allclose(read.x, notation["x"], rtol=1e-9)
    np.testing.assert_allclose(read.y, notation["y"], rtol=0, atol=1e-8)
    if notation["header"]:
        assert read.y_kind == notation["kind"]
        assert read.confidence >= 0.8


def write(folder: Path, text: str | bytes, name: str = "s.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def curve(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(4000, 700, count)
    return x, 0.02 + 0.8 * np.exp(-(((x - 1740) / 120) ** 2))


def rows(*columns: np.ndarray, delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(f"{v:.6f}" for v in row) for row in zip(*columns, strict=True))


def test_every_row_counts_without_a_header(tmp_path: Path) -> None:
    x, y = curve()
    s = read_spectrum(write(tmp_path, rows(x, y)))
    assert (s.x[0], s.x.size) == (4000.0, 40)
    assert 0.7 <= s.confidence < 0.8


def test_x_is_never_a_pressure_column(tmp_path: Path) -> None:
    x, y = curve()
    pressure = np.linspace(1013.0, 1014.0, x.size)
    text = "Pressure (hPa),Wavenumber,Absorbance\n" + rows(pressure, x, y)
    assert read_spectrum(write(tmp_path, text)).x[0] == 4000.0


def test_a_pressure_column_alone_is_no_axis(tmp_path: Path) -> None:
    x, y = curve()
    text = "Pressure (hPa),Absorbance\n" + rows(np.linspace(1013.0, 1014.0, x.size), y)
    with pytest.raises(InputError, match="no column can be x"):
        read_spectrum(write(tmp_path, text))


def test_without_words_the_axis_is_the_column_with_the_widest_range(tmp_path: Path) -> None:
    x, y = curve()
    text = rows(np.linspace(1013.0, 1014.0, x.size), x, y)
    s = read_spectrum(write(tmp_path, text), accept_low=True)
    assert s.x[0] == 4000.0
    assert s.confidence < 0.7


def test_a_row_number_is_no_axis(tmp_path: Path) -> None:
    x, y = curve()
    s = read_spectrum(write(tmp_path, rows(np.arange(x.size), x, y)), accept_low=True)
    assert s.x[0] == 4000.0
    np.testing.assert_allclose(s.y, y, atol=1e-6)


def test_two_candidates_for_x_are_told_of(tmp_path: Path) -> None:
    x, y = curve()
    s = read_spectrum(write(tmp_path, "nm,cm-1,absorbance\n" + rows(1e7 / x, x, y)))
    assert s.x_quantity == "wavenumber"
    assert any("could be x too" in e.what for e in s.evidence)


def test_temperature_is_not_y(tmp_path: Path) -> None:
    x, y = curve()
    text = "wavenumber;temperature;absorbance\n" + rows(x, np.full(x.size, 21.5), y, delimiter=";")
    np.testing.assert_allclose(read_spectrum(write(tmp_path, text)).y, y, atol=1e-6)


def test_unsorted_and_repeated_rows_are_mended_and_told_of(tmp_path: Path) -> None:
    x, y = curve()
    order = np.random.default_rng(0).permutation(x.size)
    order = np.concatenate((order, order[:2]))
    s = read_spectrum(write(tmp_path, "wavenumber,absorbance\n" + rows(x[order], y[order])))
    assert s.x.size == x.size
    np.testing.assert_allclose(np.sort(s.x), np.sort(x), atol=1e-6)
    np.testing.assert_allclose(s.ascending().y, y[::-1], atol=1e-6)
    assert any("repeat" in w for w in s.warnings)
    assert s.confidence < 0.8


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    x, y = curve(100)
    lines = rows(x, y).split("\n")
    lines[50] = "*** lamp off ***, ???"
    lines[51] = "not, numbers"
    s = read_spectrum(write(tmp_path, "wavenumber,absorbance\n" + "\n".join(lines)))
    assert s.x.size == 98
    assert any("line 53" in e.what for e in s.evidence)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("wavenumber,absorbance\n", "no rows of numbers"),
        ("wavenumber,absorbance\n4000,0.1\n", "1 row"),
        ("1\n2\n3\n", "no rows of numbers"),
        ("wavenumber,absorbance\n" + "".join(f"{4000 - i},nan\n" for i in range(9)), "no value"),
        (
            "700,7395,0,07253\n702,6032,0,065398\n704,4669,0,063371\n706,3305,0,059454\n",
            "commas both",
        ),
    ],
)
def test_what_cannot_be_a_spectrum_says_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_spectrum(write(tmp_path, text))
    assert caught.value.file is not None
    assert caught.value.hint


def test_a_binary_file_under_a_text_name(tmp_path: Path) -> None:
    data = np.random.default_rng(1).bytes(5000)
    with pytest.raises(InputError, match="not a text file"):
        read_spectrum(write(tmp_path, b"\x00\x01" + data))


def test_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    import gzip

    bomb = gzip.compress(b"0" * 10_000_000)
    with pytest.raises(InputError, match="gzip archive"):
        read_spectrum(write(tmp_path, bomb))


def test_ten_thousand_columns(tmp_path: Path) -> None:
    x, _ = curve(6)
    values = np.random.default_rng(2).uniform(0, 1, (6, 9_999))
    text = "\n".join(
        ",".join([f"{a:.3f}", *(f"{v:.4f}" for v in row)]) for a, row in zip(x, values, strict=True)
    )
    with pytest.raises(InputError, match="not understood well enough"):
        read_spectrum(write(tmp_path, text))
    assert read_spectrum(write(tmp_path, text), x=1, y=10_000).y.size == 6


def test_mixed_decimal_marks_are_read_where_they_are_clear(tmp_path: Path) -> None:
    x, y = curve()
    lines = rows(x, y, delimiter=";").split("\n")
    lines[7] = lines[7].replace(".", ",")
    table = read_table(write(tmp_path, "wavenumber;absorbance\n" + "\n".join(lines)))
    assert table.mixed == (9,)
    np.testing.assert_allclose(table.values[:, 1], y, atol=1e-6)


def test_mixed_decimal_marks_that_could_be_thousands_are_refused(tmp_path: Path) -> None:
    x, y = curve()
    lines = rows(x, y, delimiter=";").split("\n")
    lines[7] = "3,407;0.02"
    with pytest.raises(InputError, match="decimal points or with decimal commas"):
        read_table(write(tmp_path, "\n".join(lines)))


def test_units_that_disagree_with_values_are_refused(tmp_path: Path) -> None:
    x, y = curve()
    text = "wavenumber,absorbance\n" + rows(x, 100 * 10**-y)
    with pytest.raises(InputError, match="do not fit absorbance"):
        read_spectrum(write(tmp_path, text))
    told = read_spectrum(write(tmp_path, text), y_kind="percent_transmittance")
    np.testing.assert_allclose(told.to_kind("absorbance").y, y, atol=1e-6)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_spectrum(tmp_path / "none.csv")
    with pytest.raises(InputError, match="folder"):
        read_spectrum(tmp_path)


def test_units_may_stand_in_a_second_header_line(tmp_path: Path) -> None:
    x, y = curve()
    text = "Wavenumber;Transmission\ncm-1;%\n" + rows(x, 100 * 10**-y, delimiter=";")
    assert read_spectrum(write(tmp_path, text)).y_kind == "percent_transmittance"


def test_a_comment_may_be_the_header(tmp_path: Path) -> None:
    x, y = curve()
    s = read_spectrum(
        write(tmp_path, "# raman shift (cm-1)\tintensity\n" + rows(x, y, delimiter="\t"))
    )
    assert (s.x_quantity, s.y_kind) == ("raman_shift", "intensity")


def test_points_without_light_have_no_absorbance(tmp_path: Path) -> None:
    x, y = curve()
    light = 100 * 10**-y
    light[3] = 0.0
    s = read_spectrum(write(tmp_path, "cm-1,%T\n" + rows(x, light))).to_kind("absorbance")
    assert math.isnan(s.y[3])
    assert np.isfinite(np.delete(s.y, 3)).all()


@pytest.mark.slow
def test_a_hundred_megabytes(tmp_path: Path) -> None:
    count = 4_000_000
    x = np.linspace(4000, 400, count)
    file = tmp_path / "big.csv"
    with file.open("w") as stream:
        stream.write("wavenumber,absorbance\n")
        for v in x:
            stream.write(f"{v:.8f},0.500000000\n")
    assert file.stat().st_size > 95_000_000
    assert read_spectrum(file).x.size == count


TOKENS = st.sampled_from(
    ["1", "2.5", "3,5", "4e3", "5E+002", "-7", "nan", "inf", "", "x", "cm-1", "%T", "#", "//", ";",
     ",", "\t", " ", "|", '"', "\n", "\r\n", "\n\n", "wavenumber", "absorbance", "1.000,5",
     "1e999", "0x10", "1_000", "٣", "½", "\x0b", "=", ":", "1D-3", "--", "\x1a"]
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TOKENS, max_size=120).map("".join) | st.text(max_size=80))
def test_any_text_is_a_spectrum_or_a_clear_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.txt"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        spectrum = read_spectrum(file, accept_low=True)
    except InputError as error:
        assert error.file == str(file)
        assert error.hint
    else:
        steps = np.diff(spectrum.x)
        assert (steps > 0).all() or (steps < 0).all()


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=700))
def test_any_bytes_are_a_spectrum_or_a_clear_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "any.bin"
    file.write_bytes(data)
    try:
        read_spectrum(file, accept_low=True)
    except InputError as error:
        assert error.file == str(file)
        assert error.hint


def test_columns_in_different_styles_are_named_as_that(tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text("wavenumber;absorbance\n4000,5;0.01\n3998,5;0.02\n3996,5;0.03\n")
    with pytest.raises(InputError, match="others with decimal commas") as caught:
        read_spectrum(file)
    assert caught.value.place == "line 2"


def test_rows_that_cannot_be_read_are_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    rows = [f"{x},{0.01 * (x % 7)}" for x in range(1000, 2000, 2)]
    rows[3:3] = ["ERROR sensor"]
    file.write_text("wavenumber,absorbance\n" + "\n".join(rows) + "\n")
    found = read_spectrum(file)
    assert found.x.size == 500
    assert found.warnings == ("1 of 501 rows cannot be read, the first on line 5: 'ERROR sensor'",)
