"""Tables of values over time; what is wrong in them is told by its line."""

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import ConfigError
from figmill.recipes.marks import tick_row
from figmill.recipes.value_table import read_values


def test_columns_have_their_values_units_and_periods(tmp_path: Path) -> None:
    file = tmp_path / "orbit.csv"
    file.write_text("time,MLT (h),alt [km]\n2001-02-03T04:00,23.9,1500\n2001-02-03T04:10,0.1,\n")
    found = read_values(file)
    assert list(found) == ["MLT", "alt"]
    np.testing.assert_array_equal(found["alt"].values, [[1500.0], [np.nan]])
    np.testing.assert_array_equal(found["MLT"].time.centers, [981172800.0, 981173400.0])
    row = tick_row(found["MLT"])
    assert (row.label, row.period) == ("MLT (h)", 24.0)
    assert tick_row(found["alt"]).label == "alt (km)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,alt\n", "It holds no values"),
        ("time,alt\n2001-02-03,high\n", "line 2"),
        ("time,alt\nnoon,1\n", "'noon' is not an ISO 8601 time"),
        ("time,alt,alt (m)\n2001-02-03,1,2\n", "Two of its columns are called 'alt'"),
        ("time,alt\n2001-02-03,1,2\n", "It has 3 cells where the first line has 2"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "orbit.csv"
    file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_values(file)
