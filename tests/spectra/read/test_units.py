"""What headers say, in the words of many instruments."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.spectra.read.units import doubt_values, is_other, kind_of, settle_kind, x_of

X = {
    "wavenumber": ["wavenumber", "Wavenumbers (1/cm)", "cm-1", "cm^-1", "cm⁻¹", "1/CM", "1/cm",
                   "Wellenzahl", "WELLENZAHL [cm-1]", "nombre d'onde", "número de onda",
                   "numero d'onda", "WN", "wave number"],
    "wavelength": ["wavelength", "Wavelength (nm)", "nm", "Wellenlänge", "longueur d'onde",
                   "longitud de onda", "lunghezza d'onda", "lambda", "µm", "Micrometers",
                   "NANOMETERS"],
    "raman_shift": ["Raman shift", "Raman Shift (cm-1)", "RamanShift/cm-1", "shift", "Stokes"],
}  # fmt: skip
Y = {
    "absorbance": ["absorbance", "Absorption", "Abs", "ABS.", "Extinktion", "A", "A (-)", "A.U.",
                   "Assorbanza", "absorbancia", "optical density", "log(1/T)", "OD"],
    "percent_transmittance": ["%T", "% T", "T%", "T %",
                              "Transmittance (%)", "Transmission %", "% Transmittance",
                              "percent T"],
    "transmittance": ["transmittance", "Transmission", "Durchlässigkeit", "T", "transmitancia",
                      "Trasmittanza"],
    "reflectance": ["reflectance", "Reflexion", "R", "Reflectancia"],
    "percent_reflectance": ["%R", "Reflectance (%)"],
    "intensity": ["Intensity", "Intensität", "counts", "Counts/s", "cps", "signal",
                  "ARBITRARY UNITS", "Intensity (a.u.)"],
}  # fmt: skip
OTHERS = [
    "pressure", "Pressure (hPa)", "Druck", "temperature", "Temp. [°C]", "T_sample temperature",
    "time", "Time (s)", "Zeit", "index", "No", "date", "humidity", "std", "error",
]  # fmt: skip


@pytest.mark.parametrize(("text", "quantity"), [(t, q) for q, texts in X.items() for t in texts])
def test_words_of_x(text: str, quantity: str) -> None:
    assert x_of(text)[0] == quantity
    assert x_of(text)[2]
    assert not is_other(text)


@pytest.mark.parametrize(("text", "kind"), [(t, k) for k, texts in Y.items() for t in texts])
def test_words_of_y(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize("text", OTHERS)
def test_words_of_neither(text: str) -> None:
    assert is_other(text)
    assert kind_of(text) is None


@pytest.mark.parametrize("text", ["Sample A", "oil c", "run T", "blend R 5", "new", "B5", ""])
def test_names_of_samples_say_nothing(text: str) -> None:
    assert kind_of(text) is None
    assert not x_of(text)[2]
    assert not is_other(text)


def bump(count: int = 200) -> np.ndarray:
    x = np.linspace(0, 1, count)
    return 0.03 + 0.9 * np.exp(-(((x - 0.4) / 0.05) ** 2))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (bump(), "absorbance"),
        (10 ** -bump(), "transmittance"),
        (100 * 10 ** -bump(), "percent_transmittance"),
        (1e4 * bump(), "intensity"),
        (3.5 * bump(), "absorbance"),
    ],
)
def test_the_shape_decides_where_no_word_does(values: np.ndarray, kind: str) -> None:
    assert settle_kind("unknown", values, "it")[0] == kind


def test_transmittance_above_two_is_a_percentage() -> None:
    light = 10 ** -bump()
    assert settle_kind("transmittance", light, "it")[0] == "transmittance"
    assert settle_kind("transmittance", 100 * light, "it")[0] == "percent_transmittance"
    assert settle_kind("reflectance", 100 * light, "it")[0] == "percent_reflectance"


@pytest.mark.parametrize(
    ("kind", "factor"), [("absorbance", 100.0), ("percent_transmittance", 0.01)]
)
def test_values_that_a_kind_cannot_have_cost_confidence(kind: str, factor: float) -> None:
    values = (bump() if kind == "absorbance" else 100 * 10 ** -bump()) * factor
    _, evidence = settle_kind(kind, values, "it")  # type: ignore[arg-type]
    assert min(item.factor for item in evidence) < 0.7


@pytest.mark.parametrize(
    "header",
    [
        *("10*Absorbance", "Absorbance x 10", "Napierian absorbance", "Absorbance (base e)"),
        *("2nd derivative of absorbance", "d(absorbance)/dx", "Absorptance", "Absorbance (dB)"),
        *("Absorbance std dev", "SNV absorbance", "log(%T)", "100 - %T", "Transmittance loss (%)"),
        *("Absorbance (mAU)", "A (mAbs)", "mOD", "Absorbance [%]", "Absorbance /cm", "log(R)"),
        *("delta absorbance", "Δ absorbance", "sqrt reflectance", "Normalized absorbance"),
    ],
)
def test_words_that_alter_a_kind_leave_it_open(header: str) -> None:
    assert kind_of(header) is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Absorbance", "absorbance"),
        ("Absorbance (AU)", "absorbance"),
        ("log(1/T)", "absorbance"),
        ("log(1/R)", "log_inverse_reflectance"),
        ("log10(1/R)", "log_inverse_reflectance"),
        ("log(epsilon)", "log_epsilon"),
        ("%T", "percent_transmittance"),
        ("Transmittance (%)", "percent_transmittance"),
        ("Sample 3 absorbance", "absorbance"),
        ("Absorption coefficient (1/cm)", "absorption_coefficient"),
        ("Absorbance #1", "absorbance"),
        ("Dark Subtracted #1", "intensity"),
    ],
)
def test_plain_words_still_say_the_kind(header: str, kind: str) -> None:
    assert kind_of(header) == kind


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        *(("Wavelength (Å)", "A"), ("Wavelength (A)", "A"), ("Wavelength (Angstrom)", "A")),
        *(("Wavelength (pm)", "pm"), ("Wavenumber (mm-1)", "mm-1"), ("Wavenumber (m⁻¹)", "m-1")),
        *(("Wavelength (nm)", "nm"), ("Wavenumber (cm-1)", "cm-1"), ("1/cm", "cm-1")),
        *(("Wavelength (µm)", "um"), ("cm^-1", "cm-1"), ("Wavelength", "nm")),
    ],
)
def test_units_of_x(header: str, unit: str) -> None:
    assert x_of(header)[1:] == (unit, True)


def test_a_value_far_off_is_a_doubt() -> None:
    y = np.full(1000, 0.5)
    assert doubt_values("absorbance", y) == ()
    y[7] = 9.99e37
    (note,) = doubt_values("absorbance", y)
    assert note.code == "values-far-off"
