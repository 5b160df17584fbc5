"""Names of files: dataset, date, orbit, version."""

from pathlib import Path

import pytest

from figmill.recipes.dataset_names import DatasetName, highest_versions


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ac_h0_mfi_20230102_v07", ("ac_h0_mfi", "20230102", None, (7,))),
        (
            "fa_esa_l2_ees_20000128210935_13616_v01",
            ("fa_esa_l2_ees", "20000128210935", 13616, (1,)),
        ),
        ("fa_k0_orb_13616_v01", ("fa_k0_orb", "", 13616, (1,))),
        (
            "rbspa_rel04_ect-hope-PA-L3_20121201_v0.0.0",
            ("rbspa_rel04_ect-hope-PA-L3", "20121201", None, (0, 0, 0)),
        ),
        (
            "solo_L2_mag_20200713T000000-20200714T000000_V02",
            ("solo_L2_mag", "20200713T000000-20200714T000000", None, (2,)),
        ),
        ("anything", ("anything", "", None, ())),
    ],
)
def test_parts_of_a_name(name: str, expected: tuple[object, ...]) -> None:
    found = DatasetName.of(Path(f"data/{name}.cdf"))
    assert (found.dataset, found.stamp, found.orbit, found.version) == expected


def test_versions_are_compared_as_numbers() -> None:
    names = ["a_20200101_v9.cdf", "a_20200101_v10.cdf", "a_20200102_v1.cdf", "b_20200101_v1.cdf"]
    kept, passed = highest_versions(map(Path, names))
    assert [file.name for file in kept] == names[1:]
    assert [(old.name, new.name) for old, new in passed] == [(names[0], names[1])]


def test_copies_in_two_folders_are_one() -> None:
    kept, passed = highest_versions([Path("x/a_20200101_v1.cdf"), Path("y/a_20200101_v1.cdf")])
    assert kept == (Path("x/a_20200101_v1.cdf"),)
    assert len(passed) == 1
