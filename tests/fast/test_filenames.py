from datetime import UTC, datetime

import pytest

from figmill.errors import ConfigError, InputError
from figmill.fast.filenames import describe_instrument, discover, parse_name


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_level_2_name():
    name = parse_name("fa_esa_l2_ieb_20000128210935_13616_v02.cdf")
    assert (name.instrument, name.orbit, name.version) == ("ieb", 13616, 2)
    assert name.start == datetime(2000, 1, 28, 21, 9, 35, tzinfo=UTC)


def test_an_orbit_name():
    assert parse_name("fa_k0_orb_13616_v01.cdf").instrument == "orb"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("fa_esa_l2_xyz_20000128210935_13616_v02.cdf", "xyz"),
        ("fa_esa_l2_ees_20001328210935_13616_v02.cdf", "not a time"),
        ("fa_esa_l2_ees_20000128_13616_v02.cdf", "not that of"),
        ("other.cdf", "not that of"),
    ],
)
def test_other_names_are_refused(name, word):
    with pytest.raises(InputError, match=word):
        parse_name(name)


def test_files_at_any_depth_the_highest_version_counts(tmp_path):
    touch(
        tmp_path,
        "2000/01/fa_esa_l2_ees_20000128210935_13616_v01.cdf",
        "2000/01/deep/er/fa_esa_l2_ees_20000128210935_13616_v10.cdf",
        "2000/01/fa_esa_l2_ees_20000128210935_13616_v09.cdf",
        "2000/01/fa_esa_l2_ies_20000128210935_13616_v01.cdf",
        "2000/01/fa_k0_orb_13616_v01.cdf",
        "2000/02/fa_esa_l2_eeb_20000201000000_13650_v01.cdf",
        "2000/02/fa_k0_orb_13651_v01.cdf",
        "2000/02/notes.cdf",
        "2000/02/readme.txt",
    )
    found = discover([tmp_path])
    first, second = found.orbits
    assert (first.orbit, second.orbit) == (13616, 13650)
    assert list(first.files) == ["ees", "ies"]
    assert first.files["ees"].name.endswith("v10.cdf")
    assert len(first.passed_over) == 2
    assert first.ephemeris is not None
    assert second.ephemeris is None
    assert first.folder == "2000/01/13616"
    assert [path.name for path, _ in found.unfit] == ["notes.cdf"]


def test_duplicate_orbits_the_later_start_counts(tmp_path):
    touch(
        tmp_path,
        "a/fa_esa_l2_ees_20000128210935_13616_v01.cdf",
        "b/fa_esa_l2_ees_20000128220000_13616_v01.cdf",
    )
    (orbit,) = discover([tmp_path]).orbits
    assert "220000" in orbit.files["ees"].name
    assert len(orbit.passed_over) == 1


def test_chosen_instruments_in_their_order(tmp_path):
    touch(
        tmp_path,
        "fa_esa_l2_ees_20000128210935_1_v01.cdf",
        "fa_esa_l2_eeb_20000128210935_1_v01.cdf",
        "fa_esa_l2_ies_20000128210935_1_v01.cdf",
    )
    (orbit,) = discover([tmp_path], ("ies", "ees")).orbits
    assert list(orbit.files) == ["ies", "ees"]


def test_a_missing_folder(tmp_path):
    with pytest.raises(ConfigError, match="no such"):
        discover([tmp_path / "none"])


def test_words():
    assert describe_instrument("ies") == "ions, survey"
