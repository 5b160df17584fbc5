"""Labels of mission files as markup."""

import pytest

from figmill.read.istp.idl_text import markup, unit_markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H+ flux", "H+ flux"),
        ("", ""),
        ("cm!U-2!N s!U-1!N", "cm^{-2} s^{-1}"),
        ("cm!e-2!n", "cm^{-2}"),
        ("B!Dz!N (nT)", "B_{z} (nT)"),
        ("n!Ie!N", "n_{e}"),
        ("first!Csecond", "first second"),
        ("!4l!Xm", "μm"),
        ("!7D!3E", "ΔE"),
        ("Wow!!", "Wow!"),
        ("loud! and clear", "loud! and clear"),
        ("!UO!N!D2!N", "^{O}_{2}"),
        ("cm$^{-2}$ s$^{-1}$", "cm^{-2} s^{-1}"),
        ("unclosed!U-2", "unclosed^{-2}"),
        ("µW Δ°", "µW Δ°"),
    ],
)
def test_markup(text: str, expected: str) -> None:
    assert markup(text) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("s!E-1!Ncm!E-2!Nster!E-1!NkeV!E-1!N", "s^{-1} cm^{-2} ster^{-1} keV^{-1}"),
        ("particles / (s cm^2 sr MeV)", "particles / (s cm^{2} sr MeV)"),
        ("#/(cm^2*s*str*MeV)", "#/(cm^{2} s str MeV)"),
        ("1/(cm2 Sr sec MeV/nucleon)", "1/(cm^{2} Sr sec MeV/nucleon)"),
        ("#/cm2-s-sr-eV", "#/cm^{2}-s-sr-eV"),
        ("cm-2 s-1 sr-1 keV-1", "cm^{-2} s^{-1} sr^{-1} keV^{-1}"),
        ("eV", "eV"),
        ("Counts/hour", "Counts/hour"),
        (" ", ""),
        ("None", ""),
        ("NA", ""),
    ],
)
def test_unit_markup(unit: str, expected: str) -> None:
    assert unit_markup(unit) == expected
