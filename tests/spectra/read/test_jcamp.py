"""JCAMP-DX: the five forms of ordinates, and the promises of the header."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.spectra.read.jcamp import read_jcamp

FILE = Path("made.jdx")


def document(rows: list[str], count: int, first: float, last: float, **labels: str) -> bytes:
    records = {
        "TITLE": "made",
        "JCAMP-DX": "4.24 $$ a comment",
        "DATA TYPE": "INFRARED SPECTRUM",
        "XUNITS": "1/CM",
        "YUNITS": "ABSORBANCE",
        "XFACTOR": "1",
        "YFACTOR": "0.001",
        "FIRSTX": str(first),
        "LASTX": str(last),
        "NPOINTS": str(count),
        **labels,
    }
    head = [f"##{key}= {value}" for key, value in records.items()]
    return "\r\n".join([*head, "##XYDATA= (X++(Y..Y))", *rows, "##END="]).encode()


SQZ = "@ABCDEFGHI", "@abcdefghi"
DIF = "%JKLMNOPQR", "%jklmnopqr"
DUP = " STUVWXYZs"


def letter(value: int, alphabet: tuple[str, str]) -> str:
    digits = str(abs(value))
    return alphabet[value < 0][int(digits[0])] + digits[1:]


def packed(form: str, values: list[int], first: int, step: int, per_line: int = 7) -> list[str]:
    """The ordinates in one of the forms, as a writer would put them."""
    rows = []
    for start in range(0, len(values), per_line):
        part = values[start : start + per_line]
        x = str(first + step * start)
        if form == "fix":
            rows.append(x + "".join(f" {v}" for v in part))
        elif form == "pac":
            rows.append(x + "".join(f"{v:+d}" for v in part))
        elif form == "sqz":
            rows.append(x + "".join(letter(v, SQZ) for v in part))
        else:
            if start:
                part = [values[start - 1], *part]
                x = str(first + step * (start - 1))
            steps = [b - a for a, b in itertools.pairwise(part)]
            text = x + letter(part[0], SQZ)
            at = 0
            while at < len(steps):
                run = 1
                while (
                    form == "dup"
                    and at + run < len(steps)
                    and steps[at + run] == steps[at]
                    and run < 9
                ):
                    run += 1
                text += letter(steps[at], DIF) + (DUP[run] if run > 1 else "")
                at += run
            rows.append(text)
    if form in ("dif", "dup"):
        rows.append(str(first + step * (len(values) - 1)) + letter(values[-1], SQZ))
    return rows


@settings(max_examples=300, deadline=None)
@given(
    form=st.sampled_from(["fix", "pac", "sqz", "dif", "dup"]),
    values=st.lists(st.integers(-2000, 2000) | st.just(5), min_size=2, max_size=60),
    first=st.integers(200, 4000),
    step=st.sampled_from([1, 2, 4]),
)
def test_every_form_comes_back(form: str, values: list[int], first: int, step: int) -> None:
    rows = packed(form, values, first, step)
    last = first + step * (len(values) - 1)
    data = document(rows, len(values), first, last, FIRSTY=str(values[0] / 1000))
    read = read_jcamp(FILE, data)
    np.testing.assert_allclose(read.y, np.array(values) / 1000, atol=1e-9)
    np.testing.assert_allclose(read.x, first + step * np.arange(len(values)))
    assert not [w for w in read.warnings if "header" in w or "begin" in w]


def test_pairs() -> None:
    data = document(["400.0, 100; 402.0, 200", "404.0, 300"], 3, 400, 404)
    data = data.replace(b"##XYDATA= (X++(Y..Y))", b"##XYPOINTS= (XY..XY)")
    read = read_jcamp(FILE, data)
    np.testing.assert_allclose(read.x, [400, 402, 404])
    np.testing.assert_allclose(read.y, [0.1, 0.2, 0.3])


def test_a_missing_ordinate_is_nan() -> None:
    read = read_jcamp(FILE, document(["400 100 ? 300"], 3, 400, 402))
    assert np.isnan(read.y[1])


def test_signed_exponents_are_numbers_and_bare_ones_are_squeezed() -> None:
    read = read_jcamp(FILE, document(["400 1.0E+02 2.0E+02 3.0E+02"], 3, 400, 402))
    np.testing.assert_allclose(read.y, [0.1, 0.2, 0.3])
    read = read_jcamp(FILE, document(["400E434E435"], 2, 400, 401, YFACTOR="1", YUNITS="counts"))
    np.testing.assert_allclose(read.y, [5434, 5435])


def test_promises_that_do_not_hold() -> None:
    rows = packed("fix", [100, 200, 300, 400], 400, 1)
    with pytest.raises(InputError, match="NPOINTS promises 5 points, and 4"):
        read_jcamp(FILE, document(rows, 5, 400, 404))
    told = read_jcamp(FILE, document(rows, 4, 400, 403, MAXY="0.9", FIRSTY="0.5"))
    assert [w for w in told.warnings if w.startswith("MAXY is 0.9")]
    assert [w for w in told.warnings if w.startswith("FIRSTY is 0.5")]
    assert told.confidence < 0.9


def test_a_line_that_begins_elsewhere_is_told_of() -> None:
    rows = packed("fix", list(range(100, 130)), 400, 1)
    rows[2] = "450" + rows[2][3:]
    assert any(
        "line 14: 450, counted 414" in w
        for w in read_jcamp(FILE, document(rows, 30, 400, 429)).warnings
    )


def test_the_check_of_differences() -> None:
    rows = packed("dif", list(range(100, 130)), 400, 1)
    rows[1] = rows[1].replace("A06", "A07", 1)
    with pytest.raises(InputError, match="should repeat") as caught:
        read_jcamp(FILE, document(rows, 30, 400, 429))
    assert caught.value.place == "line 13"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((b"##XYDATA", b"##OTHER"), "holds no data"),
        ((b"##FIRSTX= 400", b"##FIRSTX= four"), "is not a number"),
        ((b"##NPOINTS= 3", b"##NPOINTS= nan"), "is not a number"),
        ((b"##NPOINTS= 3", b"##NPOINTS= -3"), "NPOINTS promises 0 points"),
        ((b"400 100", b"400 1&0"), "not a number of any JCAMP-DX form"),
        ((b"##LASTX= 402", b"##LASTX= "), "neither LASTX nor DELTAX"),
    ],
)
def test_what_cannot_be_read_says_where(change: tuple[bytes, bytes], says: str) -> None:
    data = document(["400 100 200 300"], 3, 400, 402).replace(*change)
    with pytest.raises(InputError, match=says):
        read_jcamp(FILE, data)


def test_a_repeat_of_billions_is_refused() -> None:
    with pytest.raises(InputError, match="repeats a value"):
        read_jcamp(FILE, document(["400A00S999999999999"], 3, 400, 402))


def test_a_compound_file_gives_its_first_spectrum_or_the_one_named() -> None:
    inner = [
        document(packed("fix", [value, 200, 300], 400, 1), 3, 400, 402, TITLE=title)
        for value, title in ((100, "new oil"), (150, "used oil"))
    ]
    outer = b"##TITLE= two\n##JCAMP-DX= 4.24\n##DATA TYPE= LINK\n##BLOCKS= 2\n"
    whole = outer + b"\n".join(inner) + b"\n##END=\n"
    first = read_jcamp(FILE, whole)
    assert first.metadata["title"] == "new oil"
    assert any("2 spectra (1: new oil, 2: used oil)" in w for w in first.warnings)
    for wanted in (2, "2", "Used Oil"):
        second = read_jcamp(FILE, whole, wanted)
        assert second.metadata["title"] == "used oil"
        assert second.y[0] == pytest.approx(1.5 * first.y[0])
        assert second.warnings == ()
    with pytest.raises(InputError, match="no spectrum 'blank'"):
        read_jcamp(FILE, whole, "blank")


def test_reflectance_latin_1_and_raman() -> None:
    rows = packed("fix", [100, 200, 300], 400, 1)
    data = document(rows, 3, 400, 402, YUNITS="REFLECTANCE", **{"DATA TYPE": "RAMAN SPECTRUM"})
    read = read_jcamp(FILE, data.replace(b"made", b"2\xb0 view"))
    assert (read.x_quantity, read.y_kind) == ("raman_shift", "reflectance")
    assert "°" in str(read.metadata["title"])


def test_what_is_guessed_or_passed_over_is_told() -> None:
    rows = ["400 100 20 30"]
    assert read_jcamp(FILE, document(rows, 3, 400, 402)).notes == ()
    odd = document(rows, 3, 400, 402, YUNITS="BRIGHTNESS", TITLE="Öl")
    peaks = b"\r\n##TITLE= p\r\n##PEAKTABLE= (XY..XY)\r\n400, 1\r\n##END="
    told = {n.code: n.level for n in read_jcamp(FILE, odd.decode().encode("latin-1") + peaks).notes}
    assert told == {
        "kind-unknown": "doubt",
        "blocks-passed-over": "info",
        "encoding-customary": "info",
    }
    percent = document(["400 90000 80000 30000"], 3, 400, 402, YUNITS="TRANSMITTANCE")
    assert [note.code for note in read_jcamp(FILE, percent).notes] == ["percent-or-fraction"]


def plain_document(rows: list[str], **labels: str) -> bytes:
    records = {"TITLE": "made", "JCAMP-DX": "4.24", "XUNITS": "NANOMETERS", "YUNITS": "ABSORBANCE"}
    head = [f"##{key}= {value}" for key, value in {**records, **labels}.items() if value]
    return "\r\n".join([*head, *rows, "##END="]).encode()


@pytest.mark.parametrize("between", [", ", " ", "; ", "\t"])
def test_decimal_commas(between: str) -> None:
    x = np.array([1000.0, 1001.79, 1003.58, 1005.37])
    y = np.array([0.02, 0.5, 1.25, 0.125])
    rows = [f"{a:.5f}#{b:.5f}".replace(".", ",") for a, b in zip(x, y, strict=True)]
    rows = ["##XYPOINTS= (XY..XY)", *(row.replace("#", between) for row in rows)]
    found = read_jcamp(FILE, plain_document(rows, NPOINTS="4", FIRSTX="1000,00000"))
    np.testing.assert_allclose(found.x, x)
    np.testing.assert_allclose(found.y, y)
    assert [note.code for note in found.notes] == ["decimal-commas"]


def test_whole_pairs_parted_by_commas_are_no_decimals() -> None:
    rows = ["##XYPOINTS= (XY..XY)", "1000,2", "1002,3", "1004,4"]
    found = read_jcamp(FILE, plain_document(rows, NPOINTS="3", YUNITS="COUNTS"))
    assert (found.x.tolist(), found.y.tolist()) == ([1000.0, 1002.0, 1004.0], [2.0, 3.0, 4.0])


def test_a_point_given_twice_counts_once() -> None:
    rows = ["##XYPOINTS= (XY..XY)", "200.0, 0.5 201.0, 0.6", "201.0, 0.7 202.0, 0.8"]
    found = read_jcamp(FILE, plain_document(rows, NPOINTS="4"))
    assert (found.x.tolist(), found.y.tolist()) == ([200.0, 201.0, 202.0], [0.5, 0.6, 0.8])
    (note,) = found.notes
    assert (note.code, note.level) == ("x-repeated", "loss")
    assert note.text == "1 points repeat an x and are left out; 1 of them have another y."


def test_columns_may_follow_without_a_record() -> None:
    found = read_jcamp(
        FILE,
        plain_document(["652.0\t95.5", "656.0\t90.0", "660.0\t85.5"], XUNITS="1/CM", YUNITS="%T"),
    )
    assert (found.x_quantity, found.y_kind) == ("wavenumber", "percent_transmittance")
    assert (found.x.tolist(), found.y.tolist()) == ([652.0, 656.0, 660.0], [95.5, 90.0, 85.5])
    assert [note.code for note in found.notes] == ["record-missing"]


def test_ntuples_are_named() -> None:
    with pytest.raises(InputError, match="NTUPLES"):
        read_jcamp(FILE, plain_document([], NTUPLES="MASS SPECTRUM", PAGE="N=1"))


def test_a_file_that_contradicts_itself_is_refused() -> None:
    rows = packed("fix", [1, 2, 3, 4, 5], 400, 4)
    read_jcamp(FILE, document(rows, 5, 400, 416, DELTAX="4"))
    read_jcamp(FILE, document(rows, 5, 400, 416, DELTAX="-4"))  # many writers lose the sign
    with pytest.raises(InputError, match="DELTAX is 2"):
        read_jcamp(FILE, document(rows, 5, 400, 416, DELTAX="2"))


def test_a_kind_in_words_of_its_own_is_not_guessed() -> None:
    rows = packed("fix", [1, 900, 3, 4, 5], 400, 4)
    found = read_jcamp(FILE, document(rows, 5, 400, 416, YUNITS="BRIGHTNESS RATIO"))
    assert found.y_kind == "unknown"
    assert [note.code for note in found.notes] == ["kind-unknown"]
    assert read_jcamp(FILE, document(rows, 5, 400, 416, YUNITS="KUBELKA-MUNK")).y_kind == (
        "kubelka_munk"
    )


WORDS = ("OVER", "---", "NaN", "****", "ND", ">3.0", "#DIV/0!", "1.#QNAN", "?")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("form", ["XYPOINTS= (XY..XY)", "XYDATA= (XY..XY)"])
@pytest.mark.parametrize("mark", [", ", " ", ","])
def test_words_among_pairs_are_missing_values(word: str, form: str, mark: str) -> None:
    """Of letters, packed forms make digits: OVER would be a 6, repeated, a 5 and a step of 9."""
    rows = [f"{x}{mark}{word if x in (701, 704) else x / 1000}" for x in range(700, 710)]
    data = document(rows, 10, 700, 709, YFACTOR="1").replace(b"XYDATA= (X++(Y..Y))", form.encode())
    found = read_jcamp(FILE, data)
    assert found.x.tolist() == list(range(700, 710))
    assert np.flatnonzero(np.isnan(found.y)).tolist() == [1, 4]
    assert found.y[2] == pytest.approx(0.702)
    assert "points-without-value" in [note.code for note in found.notes]


def test_words_among_ordinates_are_missing_values() -> None:
    rows = ["700 1 2 OVER 4 5", "705 6 OVER 8 9 10"]
    found = read_jcamp(FILE, document(rows, 10, 700, 709))
    np.testing.assert_allclose(found.y[[0, 1, 3, 9]], [0.001, 0.002, 0.004, 0.01])
    assert np.flatnonzero(np.isnan(found.y)).tolist() == [2, 6]


def test_words_among_decimal_commas() -> None:
    rows = [f"{x},5 {'OVER' if x == 700 else '0,25'}" for x in range(700, 710)]
    data = document(rows, 10, 700.5, 709.5, YFACTOR="1").replace(
        b"XYDATA= (X++(Y..Y))", b"XYPOINTS= (XY..XY)"
    )
    found = read_jcamp(FILE, data)
    assert (found.x[0], found.x[-1], found.y[1]) == (700.5, 709.5, 0.25)
    assert np.isnan(found.y[0])


def test_a_point_whose_x_is_a_word_is_left_out_and_told() -> None:
    rows = [f"{'---' if x == 703 else x}, 0.5" for x in range(700, 710)]
    data = document(rows, 10, 700, 709, YFACTOR="1").replace(
        b"XYDATA= (X++(Y..Y))", b"XYPOINTS= (XY..XY)"
    )
    found = read_jcamp(FILE, data)
    assert found.x.size == 9
    assert "points-without-x" in [note.code for note in found.notes]
