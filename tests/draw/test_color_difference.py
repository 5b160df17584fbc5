"""Colour differences against the published table, and colours against a second computation."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.draw.color_difference import ciede2000, lab

# L*, a*, b* of two colours, and CIEDE2000: from the table of Sharma, Wu and Dalal (2005).
PUBLISHED = [
    (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
    (50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615),
    (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000),
    (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195),
    (50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461),
    (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
    (50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0000),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (22.7233, 20.0904, -46.694, 23.0331, 14.973, -42.5619, 2.0373),
    (90.8027, -2.0831, 1.441, 91.1528, -1.6435, 0.0447, 1.4441),
    (2.0776, 0.0795, -1.135, 0.9033, -0.0636, -0.5514, 0.9082),
]


@pytest.mark.parametrize("row", PUBLISHED)
def test_published_pairs(row: tuple[float, ...]) -> None:
    one, other = np.array(row[:3]), np.array(row[3:6])
    assert float(ciede2000(one, other)) == pytest.approx(row[6], abs=1e-4)
    assert float(ciede2000(other, one)) == pytest.approx(row[6], abs=1e-4)
    assert float(ciede2000(one, one)) == 0


def test_many_at_once() -> None:
    table = np.array(PUBLISHED)
    found = ciede2000(table[:, None, :3], table[None, :, 3:6])
    assert found.shape == (len(table), len(table))
    np.testing.assert_allclose(np.diag(found), table[:, 6], atol=1e-4)


def test_colours_whose_values_are_published() -> None:
    # sRGB's primaries and white under D65 (B. Lindbloom's calculator).
    found = lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]]))
    wanted = [
        [100, 0, 0],
        [0, 0, 0],
        [53.2408, 80.0925, 67.2032],
        [87.7347, -86.1827, 83.1793],
        [32.2970, 79.1875, -107.8602],
    ]
    np.testing.assert_allclose(found, wanted, atol=0.02)
