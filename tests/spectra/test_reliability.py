"""The table of docs/guide/spectra-reliability.md, on few files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.spectra import reliability
from tests.spectra.reliability import VENDORS, Outcome, judged, least, measured, page

from figmill.spectra.read.files import read_spectrum


def test_what_is_surely_read_is_right() -> None:
    found = measured(5, seed=7)
    sure = [o for o in found if o.confidence >= 0.9]
    assert len(sure) > 0.4 * len(found)
    assert [o for o in sure if not o.right] == []
    assert sum(o.confidence > 0 for o in found) >= 0.95 * len(found)
    told = page(found)
    assert all(f"| {vendor} |" in told for vendor in VENDORS)


def test_wrong_readings_are_seen(tmp_path: Path) -> None:
    """The judge itself: each kind of a mistake is one."""
    name, data, truth = reliability.perkin(
        np.random.default_rng(1), reliability.infrared(np.random.default_rng(1))
    )
    (tmp_path / name).write_bytes(data)
    found = read_spectrum(tmp_path / name)
    assert judged(found, truth) == ""
    assert judged(replace(found, y=found.y * 1.01), truth) == "y"
    assert judged(replace(found, x=found.x + 1), truth) == "x"
    assert judged(replace(found, x=found.x[1:], y=found.y[1:]), truth).endswith("points")
    assert "y is kubelka" in judged(replace(found, y_kind="kubelka_munk"), truth)
    assert "x is wavelength" in judged(replace(found, x_quantity="wavelength"), truth)
    assert judged(replace(found, y_kind="unknown"), truth) == ""


def test_the_limit_is_the_lowest_from_which_on_enough_are_right() -> None:
    right = [Outcome("a", 0.99, True)] * 200
    low = [Outcome("a", 0.85, False)] * 9
    assert least([*right, Outcome("a", 0.92, False), *low]) == 0.9
    assert least([*right, *[Outcome("a", 0.92, False)] * 9]) == 0.95


@pytest.mark.parametrize("unit", ["Cnt", "Intens"])
def test_a_laser_and_counts_make_wavenumbers_a_raman_shift(tmp_path: Path, unit: str) -> None:
    rows = [f"{x}\t{100 + x % 7}" for x in range(100, 1800, 2)]
    head = ["#Laser (nm)=\t532", "#AxisUnit[1]=\t1/cm", f"#AxisUnit[0]=\t{unit}"]
    file = tmp_path / "a.txt"
    file.write_text("\n".join([*head, *rows]) + "\n")
    found = read_spectrum(file)
    assert (found.x_quantity, found.y_kind) == ("raman_shift", "intensity")
    assert "names a laser" in " ".join(str(note) for note in found.notes)
    # An interferometer's laser, or a share of light, leaves it a wavenumber.
    for was, now in (("#Laser (nm)=\t532", "#Reference laser=\tHeNe 633 nm"), (unit, "%T")):
        file.write_text("\n".join([*head, *rows]).replace(was, now) + "\n")
        assert read_spectrum(file, y_kind=None).x_quantity == "wavenumber"


@pytest.mark.parametrize("step", [0.1, 0.2, 0.5])
def test_grating_steps_without_a_word_are_nanometres_in_doubt(tmp_path: Path, step: float) -> None:
    x = np.arange(200.0, 250.0 if step < 0.2 else 1200.0, step)
    rows = [f"{a:.1f},{0.1 + np.exp(-(((a - 240) / 30) ** 2)):.5f}" for a in x]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(rows) + "\n")
    found = read_spectrum(file)
    assert (found.x_quantity, found.x_unit) == ("wavelength", "nm")
    assert found.confidence < 0.9
    assert "x-assumed" in [note.code for note in found.notes]


def test_a_part_of_the_infrared_without_a_word_is_not_sure(tmp_path: Path) -> None:
    x = 1900.0 - 1.928 * np.arange(600)
    rows = [f"{a:.3f},{0.1 + np.exp(-(((a - 1740) / 30) ** 2)):.5f}" for a in x]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(rows) + "\n")
    found = read_spectrum(file)
    assert found.x_quantity == "wavenumber"
    assert found.confidence < 0.8
