import numpy as np
import pytest

from figmill.errors import InputError
from figmill.fast.ephemeris import Ephemeris, read_ephemeris


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
    north = found.southern(np.array([orbit.arc.start, np.nan, orbit.arc.end]))
    assert north.tolist() == [False, False, False]
    middle = found.times[np.argmin(found.ilat)]
    assert found.southern(middle + np.array([-60.0, 0.0, 60.0])).tolist() == [True] * 3
    assert found.southern(np.array([0.0, 1.0])) is None


def test_the_hemisphere_changes_between_the_tracks_moments():
    track = Ephemeris(np.array([0.0, 100.0, 200.0]), (), np.array([30.0, -10.0, np.nan]))
    # ILAT is 0 at 75 s.
    assert track.southern(np.array([0.0, 74.0, 76.0, 350.0])).tolist() == [False, False, True, True]
    assert track.southern(np.array([0.0, 401.0])) is None


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
