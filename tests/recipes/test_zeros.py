"""Values that are all 0: said in the panel, without a bar of colours that are not there."""

import numpy as np
import pytest

from figmill.recipes.datasets import row_panel
from figmill.recipes.zeros import only_zeros


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_panel_of_zeros_says_so(scale: str) -> None:
    row = {"x": np.arange(3.0), "y": np.arange(1.0, 3.0), "data": np.zeros((3, 2))}
    panel = row_panel(row, z_scale=scale)  # type: ignore[arg-type]
    assert panel is not None
    assert (panel.note, panel.colorbar) == ("all values are 0", False)
    row["data"][1, 1] = 1e-9
    panel = row_panel(row, z_scale=scale)  # type: ignore[arg-type]
    assert panel is not None
    assert (panel.note, panel.colorbar) == ("", True)


def test_missing_values_are_no_zeros() -> None:
    assert only_zeros(np.array([np.nan, 0.0])) != {}
    assert only_zeros(np.array([np.nan])) == {}
