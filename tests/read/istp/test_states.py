"""Flags and modes are told from amounts, and have the names that the file gives them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from figmill.read import istp
from figmill.read.cdf.file import CdfFile

Make = Callable[..., CdfFile]
DATA = {"VAR_TYPE": "data", "DEPEND_0": "Epoch"}
SMALL = {"VALIDMIN": np.array([0], np.int32), "VALIDMAX": np.array([9], np.int32)}


def load(cdf: CdfFile) -> istp.LineVariable:
    (found,) = istp.find_lines(cdf, istp.find_spectrograms(cdf)).candidates
    return istp.load_lines(cdf, found)


@pytest.mark.parametrize(
    ("values", "attributes", "kind"),
    [
        (np.array([0, 1, 0, 2, 0], np.int32), {"CATDESC": "Quality flag"}, "states"),
        (np.array([0, 1, 0, 2, 0], np.int32), SMALL, "states"),
        (np.array([0, 1, 0, 2, 0], np.int32), {**SMALL, "UNITS": "(0=good)"}, "states"),
        (np.array([1, 3, 3, 2, 1], np.float32), {"CATDESC": "sweep type"}, "states"),
        (np.array([0, 1, 0, 2, 0], np.int32), {**SMALL, "UNITS": "counts"}, "lines"),
        (np.array([0, 1, 0, 2, 0], np.int32), {**SMALL, "CATDESC": "Number of spins"}, "lines"),
        (np.array([0, 1, 0, 2, 0], np.int32), {}, "lines"),
        (np.array([0, 1, 0, 2, 0], np.float32), {}, "lines"),
        (np.array([0, 0.5, 0, 2, 0], np.float32), {"CATDESC": "Quality flag"}, "lines"),
    ],
)
def test_flags_are_told_from_amounts(
    make: Make, values: np.ndarray, attributes: dict[str, Any], kind: str
) -> None:
    assert load(make(q=(values, {**DATA, **attributes}))).kind == kind


def test_many_values_are_no_states(make: Make) -> None:
    times = np.datetime64("2020-01-01", "ns") + np.arange(11) * np.timedelta64(1, "s")
    cdf = make(Epoch=(times, {}), q=(np.arange(11), {**DATA, "CATDESC": "Quality flag"}))
    assert load(cdf).kind == "lines"


def test_states_have_the_files_names(make: Make) -> None:
    words = "Quality flag: 0=good, 1 = bad data; 2: no calibration (see 3:30 of the notes)"
    read = load(make(q=(np.array([0, 1, 0, 2, 0]), {**DATA, "CATDESC": words})))
    assert read.states == {0: "good", 1: "bad data", 2: "no calibration"}
