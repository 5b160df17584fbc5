import numpy as np
import pytest

from figmill.errors import InputError
from figmill.fast.ephemeris import read_ephemeris


def test_rows_of_a_generated_orbit(orbit):
    found = read_ephemeris(orbit.ephemeris)
    assert [row.label for row in found.rows] == ["MLT (h)", "ILAT (°)", "ALT (km)"]
    mlt = found.rows[0]
    times = orbit.midnight + np.array([-60.0, 0.0, 60.0])
    before, at, after = mlt.at(times)
    # No jump through noon where local time passes 24.
    assert before > 23.5
    assert 0 < after < 0.5
    assert min(at, 24 - at) < 0.1


def test_the_hemisphere(orbit):
    found = read_ephemeris(orbit.ephemeris)
    assert found.is_southern(orbit.arc.start, orbit.arc.end) is False
    middle = found.times[np.argmin(found.ilat)]
    assert found.is_southern(middle - 60, middle + 60) is True
    assert found.is_southern(0.0, 1.0) is None


def test_no_times(orbit, edited):
    def spoil(arrays):
        arrays["unix_time"][:] = -1e31

    with pytest.raises(InputError, match="no time"):
        read_ephemeris(edited(orbit.ephemeris, spoil))


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "fa_k0_orb_1_v01.cdf"
    path.write_bytes(b"no cdf")
    with pytest.raises(InputError):
        read_ephemeris(path)
