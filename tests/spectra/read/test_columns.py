"""Which column is y, where some of them were never filled in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.spectra.read.files import read_spectra, read_spectrum
from figmill.spectra.spectrum import Spectrum

X = np.linspace(400.0, 1800.0, 60)
PEAK = 300.0 + 8000.0 * np.exp(-(((X - 1001.0) / 40.0) ** 2))


def spectrum(folder: Path, **columns: object) -> Spectrum:
    """Read a file of columns by header; a text stands for a cell without a number."""
    names = [name.replace("_", " ") for name in columns]
    cells = [np.broadcast_to(np.asarray(each, dtype=object), X.shape) for each in columns.values()]
    lines = [",".join(names), *(",".join(map(str, row)) for row in zip(*cells, strict=True))]
    file = folder / "s.csv"
    file.write_text("\n".join(lines) + "\n")
    return read_spectrum(file)


@pytest.mark.parametrize(
    "blank",
    [
        pytest.param(0.0, id="zero"),
        pytest.param(0.73, id="constant"),
        pytest.param([0.0 if n % 3 else "" for n in range(X.size)], id="with missing cells"),
        pytest.param("", id="empty"),
    ],
)
def test_a_column_of_one_value_is_not_y_while_another_varies(tmp_path: Path, blank) -> None:
    found = spectrum(tmp_path, Raman_Shift=X, Absorbance=blank, Intensity=PEAK)
    assert found.y_kind == "intensity"
    assert found.y.max() == PEAK.max()
    assert any("'Absorbance': one value throughout" in e.what for e in found.evidence)


def test_values_in_rows_without_x_do_not_count(tmp_path: Path) -> None:
    x = ["" if n < 5 else value for n, value in enumerate(X)]
    ends = [float(n < 5) for n in range(X.size)]
    found = spectrum(tmp_path, Raman_Shift=x, Absorbance=ends, Intensity=PEAK)
    assert found.y_kind == "intensity"
    assert found.x.size == X.size - 5


def test_what_a_spectrum_is_made_of_is_not_the_spectrum(tmp_path: Path) -> None:
    """The shape of Raman exports: pixels, three axes, and columns that are filled in if asked."""
    found = spectrum(
        tmp_path,
        Pixel=np.arange(X.size),
        Wavelength=1e7 / (18797.0 - X),
        Wavenumber=18797.0 - X,
        **{
            "Raman Shift": X,
            "Dark": 1000.0 + np.arange(X.size) % 3,
            "Reference": 65535.0,
            "Raw data #1": PEAK + 1000.0,
            "Dark Subtracted #1": PEAK,
            "%TR #1": 0.0,
            "Absorbance #1": 0.0,
            "Irradiance (W/cm^2/nm) #1": 0.0,
        },
    )
    assert (found.x_quantity, found.y_kind) == ("raman_shift", "intensity")
    assert found.span == pytest.approx((400.0, 1800.0))
    assert found.y.max() == PEAK.max()


def test_dark_and_reference_give_way_to_a_sample(tmp_path: Path) -> None:
    found = spectrum(tmp_path, Wavelength=X, Dark=PEAK % 7, Reference=PEAK * 2, Oil_7=PEAK)
    assert found.y.max() == PEAK.max()
    assert not any("more columns" in e.what for e in found.evidence)


def test_a_sample_may_have_a_word_of_theirs_in_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 more columns could be y"):
        spectrum(tmp_path, Wavenumber=X, Dark_oil=PEAK / 1e4, Light_oil=PEAK / 2e4)


def test_where_every_column_is_flat_the_named_one_is_y(tmp_path: Path) -> None:
    found = spectrum(tmp_path, Wavenumber=X, Channel=5.0, Absorbance=0.0)
    assert found.y_kind == "absorbance"
    assert not found.y.any()


def test_a_flat_spectrum_beside_a_row_number_stays_readable(tmp_path: Path) -> None:
    found = spectrum(tmp_path, Row=np.arange(X.size), Wavenumber=X, Absorbance=0.25)
    assert np.unique(found.y).tolist() == [0.25]


@pytest.mark.parametrize(
    ("head", "level", "code"),
    [
        ("", "doubt", "x-assumed"),
        ("Laser wavelength: 785 nm\n", "doubt", "x-from-setting"),
        ("Resolution: 8 cm-1\n", "doubt", "x-assumed"),
        ("Filter: 550 nm\nRange: 400 - 1800 nm\nStep size (nm)\n", "doubt", "x-assumed"),
        ("SpectraSuite Data File\n", "info", "x-from-line-above"),
        ("X-AxisUnit = rel. 1/cm\n", "info", "x-from-line-above"),
        ("XUNITS\tNANOMETERS\nXYDATA\n", "info", "x-from-line-above"),
        ("Abscissa = 1/cm\n", "info", "x-from-line-above"),
        ("Axis 1: Raman shift (cm-1)\n", "info", "x-from-line-above"),
    ],
)
def test_x_that_no_header_names(tmp_path: Path, head: str, level: str, code: str) -> None:
    file = tmp_path / "s.csv"
    rows = "".join(f"{x:.1f},{y / 9000:.4f}\n" for x, y in zip(X, PEAK, strict=True))
    file.write_text(head + rows)
    told = {note.code: note.level for note in read_spectrum(file).notes}
    assert told[code] == level
    asked = read_spectrum(file, x_quantity="raman_shift").notes
    assert code not in {note.code for note in asked}


def test_kinds_that_no_header_names(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    rows = "".join(f"{x:.1f},{y / 9000:.4f}\n" for x, y in zip(X, PEAK, strict=True))
    file.write_text("Raman shift,oil\n" + rows)
    codes = [note.code for note in read_spectrum(file).notes]
    assert "kind-assumed" in codes
    assert "kind-assumed" not in [n.code for n in read_spectrum(file, y_kind="intensity").notes]
    file.write_text("Data: counts\nRaman shift,oil\n" + rows)
    assert "kind-from-line-above" in [note.code for note in read_spectrum(file).notes]


def test_columns_that_are_not_drawn_are_told(tmp_path: Path) -> None:
    found = spectrum(tmp_path, Raman_Shift=X, Intensity=PEAK, Pressure=X % 7)
    (note,) = found.notes
    assert (note.level, note.code) == ("info", "columns-left-out")
    assert "'Pressure'" in note.text
    found = spectrum(tmp_path, Raman_Shift=X, Intensity_a=PEAK, Intensity_b=PEAK / 2)
    assert ("loss", "spectra-not-taken") in [(note.level, note.code) for note in found.notes]


def test_how_a_text_is_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    rows = [f"{x:.1f};{y:.4f}\n".replace(".", ",") for x, y in zip(X, PEAK, strict=True)]
    file.write_bytes("Wellenlänge (nm);Intensität\n".encode("latin-1") + "".join(rows).encode())
    notes = read_spectrum(file).notes
    assert {note.code for note in notes} == {"decimal-commas", "encoding-customary"}
    assert {note.level for note in notes} == {"info"}
    rows[7] = rows[7].replace(",", ".")
    file.write_text("wavelength (nm);intensity\n" + "".join(rows))
    (mixed,) = [n for n in read_spectrum(file).notes if n.code == "decimal-marks-mixed"]
    assert (mixed.level, mixed.place) == ("doubt", "line 9")


def test_small_wavelengths_and_arbitrary_units(tmp_path: Path) -> None:
    found = spectrum(tmp_path, wavelength=X / 100, intensity=PEAK)
    assert found.x_unit == "um"
    assert "x-unit-assumed" in [note.code for note in found.notes]
    file = tmp_path / "s.csv"
    file.write_text("Raman shift,a.u.\n" + "".join(f"{x},{x % 9}\n" for x in X))
    assert "arbitrary-units" in [note.code for note in read_spectrum(file, y=2).notes]


NIR = np.arange(1000.0, 2501.0, 2.0)
MID = np.arange(4000.0, 650.0, -4.0)
SHIFT = np.arange(100.0, 3201.0, 2.0)


def bare(
    folder: Path, across: np.ndarray, up: np.ndarray, head: str = "", **asked: object
) -> Spectrum:
    """Two columns without a header, after some lines."""
    file = folder / "s.txt"
    file.write_text(head + "".join(f"{a:.2f}\t{b:.5f}\n" for a, b in zip(across, up, strict=True)))
    return read_spectrum(file, **asked)


def band(x: np.ndarray, at: float, height: float, floor: float) -> np.ndarray:
    return floor + height * np.exp(-(((x - at) / 60.0) ** 2))


@pytest.mark.parametrize(
    ("x", "y", "quantity", "kind"),
    [
        pytest.param(NIR, band(NIR, 1450, 0.5, 0.3), "wavelength", "unknown", id="NIR in nm"),
        pytest.param(
            np.arange(350.0, 2501.0),
            0.3 + 0.2 * np.cos(np.arange(2151) / 300),
            "wavelength",
            "unknown",
            id="leaf in nm",
        ),
        pytest.param(4 * NIR, band(NIR, 1450, 0.7, 0.02), "wavenumber", "absorbance", id="NIR"),
        pytest.param(MID, band(MID, 1740, 0.7, 0.02), "wavenumber", "absorbance", id="mid IR"),
        pytest.param(MID, 0.05 * np.sin(MID / 300), "wavenumber", "unknown", id="difference"),
        pytest.param(SHIFT, band(SHIFT, 1001, 5000, 500), "raman_shift", "intensity", id="Raman"),
        pytest.param(SHIFT - 250, band(SHIFT, 999, 0.9, 0.1), "raman_shift", "intensity", id="<0"),
        pytest.param(SHIFT / 4 + 200, band(SHIFT, 999, 5e4, 9), "wavelength", "intensity", id="UV"),
    ],
)  # fmt: skip
def test_two_columns_without_a_word(tmp_path: Path, x, y, quantity: str, kind: str) -> None:
    found = bare(tmp_path, x, y)
    assert (found.x_quantity, found.y_kind) == (quantity, kind)
    assert found.confidence < 0.9
    assert "x-assumed" in [note.code for note in found.notes if note.level == "doubt"]
    told = {note.code for note in found.notes if note.level == "doubt"}
    assert told & {"kind-assumed", "kind-unknown"}


@pytest.mark.parametrize(
    "head",
    [
        "Laser wavelength: 785 nm\nIntensity counts\n",
        "Excitation: 532.1 nm\nDataUnit = CCD cts\n",
        "Anregung = HeCd 441,6 nm\nIntensity\n",
        "Intensity\nExcitation wavelength\t532 nm\n",
    ],
)
def test_an_excitation_laser_speaks_for_a_raman_shift(tmp_path: Path, head: str) -> None:
    found = bare(tmp_path, SHIFT, band(SHIFT, 1001, 90, 5), head)
    assert (found.x_quantity, found.x_unit, found.y_kind) == ("raman_shift", "cm-1", "intensity")
    assert "x-from-setting" in [note.code for note in found.notes if note.level == "doubt"]


@pytest.mark.parametrize(
    ("head", "x", "quantity"),
    [
        ("FT-IR\nLaser: HeNe 632.8 nm\nAbsorbance\n", MID, "wavenumber"),
        ("Reference laser wavenumber: 15798.0 cm-1\nAbsorbance\n", MID, "wavenumber"),
        ("Laser: 785 nm\nTransmittance\n", MID, "wavenumber"),
        ("Laser: 785 nm\nIntensity\n", SHIFT / 20 + 785, "wavelength"),
    ],
)
def test_other_lasers_do_not(tmp_path: Path, head: str, x, quantity: str) -> None:
    assert bare(tmp_path, x, band(x, x[99], 0.7, 0.02), head).x_quantity == quantity


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Absorbance\n", "absorbance"),
        ("Y units: transmittance\n", "transmittance"),
        ("Measurement mode: Reflectance\n", "reflectance"),
        ("Accessory: diffuse reflectance\n", "absorbance"),
        ("Comment: the transmittance of it was too low for us\n", "absorbance"),
    ],
)
def test_lines_above_tell_the_kind_if_they_are_about_it(tmp_path: Path, head: str, kind) -> None:
    assert bare(tmp_path, MID, band(MID, 1740, 0.7, 0.02), head).y_kind == kind


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Kubelka-Munk", "kubelka_munk"),
        ("F(R)", "kubelka_munk"),
        ("K-M units", "kubelka_munk"),
        ("log(1/R)", "log_inverse_reflectance"),
        ("Log 1/R", "log_inverse_reflectance"),
        ("Absorption coefficient (cm-1)", "absorption_coefficient"),
        ("Extinktionskoeffizient", "absorption_coefficient"),
        ("Molar absorptivity", "absorption_coefficient"),
        ("Logarithm epsilon", "log_epsilon"),
        ("log(epsilon)", "log_epsilon"),
        ("Fluorescence (cts)", "intensity"),
        ("CCD cts", "intensity"),
        ("Absorption", "absorbance"),
        ("Extinktion", "absorbance"),
    ],
)
def test_kinds_of_their_own(tmp_path: Path, header: str, kind: str) -> None:
    file = tmp_path / "s.csv"
    y = band(MID, 1740, 0.7, 0.02)
    lines = "".join(f"{a},{b:.5f}\n" for a, b in zip(MID, y, strict=True))
    file.write_text(f"Wavenumber (cm-1),{header}\n{lines}")
    found = read_spectrum(file)
    assert (found.x_quantity, found.y_kind) == ("wavenumber", kind)
    assert found.confidence >= 0.9
    if kind not in ("absorbance",):
        with pytest.raises(InputError, match="cannot be turned"):
            found.to_kind("percent_transmittance")


def test_only_true_pairs_convert() -> None:
    """By hand: R = 0.5 gives f = 0.25 / 1 = 0.25; R = 0.1 gives 0.81 / 0.2 = 4.05, log 1."""
    back = Spectrum([3.0, 2.0], [50.0, 10.0], y_kind="percent_reflectance")
    np.testing.assert_allclose(back.to_kind("kubelka_munk").y, [0.25, 4.05])
    np.testing.assert_allclose(back.to_kind("log_inverse_reflectance").y, [0.30103, 1.0], atol=1e-6)
    for kind in ("kubelka_munk", "log_inverse_reflectance"):
        np.testing.assert_allclose(back.to_kind(kind).to_kind("reflectance").y, [0.5, 0.1])


@pytest.mark.parametrize(
    ("x", "y", "asked"),
    [
        (SHIFT / 4 + 190, 30 + SHIFT / 80, ("wavelength", "percent_reflectance")),
        (SHIFT - 250, band(SHIFT, 1001, 5000, 500), ("raman_shift", "intensity")),
        (MID, 0.05 * np.sin(MID / 300), ("wavenumber", "absorbance")),
        (NIR, 40 * band(NIR, 1450, 0.5, 0.3), ("wavenumber", "absorbance")),
    ],
)
def test_the_users_word_settles_it(tmp_path: Path, x, y, asked) -> None:
    quantity, kind = asked
    found = bare(tmp_path, x, y, x=1, y=2, x_quantity=quantity, y_kind=kind)
    assert (found.x_quantity, found.y_kind) == asked
    assert found.confidence >= 0.9
    codes = {note.code for note in found.notes}
    assert not codes & {"x-assumed", "kind-assumed", "kind-unknown", "reading-unsure"}
    assert ("values-do-not-fit" in codes) == (y.max() > 20 and kind == "absorbance")


def test_columns_that_are_spectra_themselves_are_not_left_out(tmp_path: Path) -> None:
    rows = [
        f"{x:.1f},{y / 9e3:.4f},{y / 2e4:.4f},{x % 7:.2f}" for x, y in zip(X, PEAK, strict=True)
    ]
    two = "cm-1,A (new),A (used)"
    for head, left in ((two, []), (f"{two},Temperature", ["Temperature"])):
        width = head.count(",") + 1
        lines = [head, *(",".join(row.split(",")[:width]) for row in rows)]
        (tmp_path / "s.csv").write_text("\n".join(lines) + "\n")
        both = read_spectra(tmp_path / "s.csv", y_kind="absorbance")
        assert [spectrum.name for spectrum in both] == ["A (new)", "A (used)"]
        for spectrum in both:
            told = [note.text for note in spectrum.notes if note.code == "columns-left-out"]
            assert told == [f"1 columns are not drawn: '{name}'." for name in left]
