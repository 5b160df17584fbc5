import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.figure import markup
from figmill.figure.units import sized, typeset_unit

# As they stand in files of FAST, ELFIN, RBSP, Solar Orbiter, Wind, ACE, DE-2 and in laboratories.
SPELLINGS = {
    " ": "",
    "#/(cm^2*s*str*MeV)": "cm^{−2} s^{−1} sr^{−1} MeV^{−1}",
    "keV/(cm^2*s*str*MeV)": "keV/(cm^{2} s sr MeV)",
    "particles / (s cm^2 sr MeV)": "particles/(s cm^{2} sr MeV)",
    "1/(cm2 Sr sec MeV/nucleon)": "cm^{−2} sr^{−1} s^{−1} (MeV/nucleon)^{−1}",
    "s^{-1}cm^{-2}ster^{-1}keV^{-1}": "s^{−1} cm^{−2} sr^{−1} keV^{−1}",
    "s!E-1!Ncm!E-2!Nster!E-1!NkeV!E-1!N": "s^{−1} cm^{−2} sr^{−1} keV^{−1}",
    "s^{-1} cm^{-2}": "s^{−1} cm^{−2}",
    "eV/(cm^2 s sr eV)": "eV/(cm^{2} s sr eV)",
    "eV/cm2-s-sr-eV": "eV/(cm^{2} s sr eV)",
    "eV/cm^2 s sr eV": "eV/(cm^{2} s sr eV)",
    "eV cm^-2 s^-1 sr^-1 eV^-1": "eV/(cm^{2} s sr eV)",
    "eV/sr/sec": "eV/(sr s)",
    "counts / s": "counts/s",
    "Counts/hour": "counts/h",
    "counts per second": "counts/s",
    "Counts": "counts",
    "ions/cc": "ions/cm^{3}",
    "#/cc": "cm^{−3}",
    "cm**-3": "cm^{−3}",
    "cm^(-3)": "cm^{−3}",
    "cm-3": "cm^{−3}",
    "cm-1": "cm^{−1}",
    "1/CM": "cm^{−1}",
    "1/cm": "cm^{−1}",
    "1/s": "s^{−1}",
    "m/s": "m/s",
    "km s-1": "km/s",
    "km/s": "km/s",
    "m/s**2": "m/s^{2}",
    "mV/m": "mV/m",
    "nT^2/Hz": "nT^{2}/Hz",
    "V^2/m^2/Hz": "V^{2}/(m^{2} Hz)",
    "1/(cm^2 s)/sr": "cm^{−2} s^{−1} sr^{−1}",
    "N-m": "N m",
    "eV/q": "eV/q",
    "MeV/nuc": "MeV/nuc",
    "uA": "µA",
    "\u03bcA": "µA",
    "degC": "°C",
    "deg C": "°C",
    "deg": "°",
    "Degrees": "°",
    "deg/s": "°/s",
    "Ohm": "Ω",
    "kOhm": "kΩ",
    "\u2126": "Ω",
    "nT": "nT",
    "keV": "keV",
    "hr": "h",
    "nanoseconds": "ns",
    "seconds": "s",
    "ster": "sr",
    "volts": "V",
    "km": "km",
    "Re": "R_{E}",
    "au": "au",
    "K": "K",
    "%": "%",
}
LEFT_ALONE = [
    "NA", "None", "ms (UT)", "arb. units", "a.u.", "TRANSMITTANCE", "log eV", "W/m*K", "mol%",
    "1/(cm^2 s) sr", "(cm^2 s)^-1", "10^6 cm^-3", "eV/", "/s", "()", "(", "s)", "^2", "cm^", "2-3",
    "$eV$", "\\frac", "unitless", "yyyy-mm-dd",
]  # fmt: skip


@pytest.mark.parametrize(("text", "typeset"), SPELLINGS.items())
def test_spellings(text, typeset):
    assert typeset_unit(text) == typeset


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_not_understood_is_left_alone(text):
    assert typeset_unit(f" {text} ") == text


@pytest.mark.parametrize("typeset", [*SPELLINGS.values(), *LEFT_ALONE])
def test_typesetting_again_changes_nothing(typeset):
    assert typeset_unit(typeset) == typeset


@given(
    st.lists(st.sampled_from([*SPELLINGS, *LEFT_ALONE, "*", "/", "(", ")", "-", " "]), max_size=5)
)
def test_no_text_breaks_it(parts):
    text = "".join(parts)
    assert typeset_unit(typeset_unit(text)) == typeset_unit(text)


def test_markup_offers_units_too():
    assert markup.typeset_unit is typeset_unit
    assert markup.sized is sized


class TestSized:
    @pytest.mark.parametrize(
        ("value", "unit", "text"),
        [
            (5.98e-6, "W", "5.98 µW"),
            (5.976e-6, "W", "5.98 µW"),
            (365, "nm", "365 nm"),
            (1064, "nm", "1064 nm"),
            (12345, "nm", "12.3 µm"),
            (-0.4, "V", "−0.4 V"),
            (0.05, "V", "50 mV"),
            (0.0, "V", "0 V"),
            (-0.0, "V", "0 V"),
            (999.6, "V", "1 kV"),
            (3.0, "V", "3 V"),
            (0.0123, "uA", "12.3 nA"),
            (30000, "eV", "30 keV"),
            (1500, "s", "1500 s"),
            (0.0835, "s", "83.5 ms"),
            (45, "deg", "45°"),
            (23.456, "degC", "23.5 °C"),
            (1e9, "counts", "1×10^{9} counts"),
            (2e-20, "W", "2×10^{−20} W"),
            (0.4, "", "0.4"),
            (float("nan"), "V", "n/a"),
            (float("-inf"), "V", "n/a"),
        ],
    )
    def test_by_hand(self, value, unit, text):
        assert sized(value, unit) == text

    @given(st.floats(1e-13, 1e13))
    def test_three_digits_and_a_number_that_reads_well(self, value):
        number, unit = sized(value, "V").split(" ")
        power = {
            "f": -15,
            "p": -12,
            "n": -9,
            "µ": -6,
            "m": -3,
            "": 0,
            "k": 3,
            "M": 6,
            "G": 9,
            "T": 12,
        }
        assert float(number) * 10.0 ** power[unit.removesuffix("V")] == pytest.approx(
            value, rel=5.1e-3
        )
        assert 0.1 <= float(number) < 1000
        assert not (("." in number) and number.endswith("0"))
