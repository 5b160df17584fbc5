"""When a run was measured."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.chip.start import find_start, read_time
from figmill.errors import InputError

LAB = ZoneInfo("America/Santiago")
# 14:03:22 in Santiago, in March three hours behind UTC.
LOCAL = datetime(2025, 3, 4, 17, 3, 22, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1741000000.25", 1741000000.25),
        ("1741000000123", 1741000000.123),
        ("1741000000123456", 1741000000.123456),
        ("2025-03-04 14:03:22", LOCAL),
        ("2025-03-04 14:03:22.5", LOCAL + 0.5),
        ("2025-03-04T14:03:22,5", LOCAL + 0.5),
        ("2025-03-04T17:03:22Z", LOCAL),
        ("2025-03-04T18:03:22+01:00", LOCAL),
        ("2025-03-04 17:03:22 UTC", LOCAL),
        ("20250304T140322", LOCAL),
        ("Tue Mar  4 14:03:22 2025", LOCAL),
        ("2025/03/04 14:03:22", LOCAL),
        ("04.03.2025 14:03:22", LOCAL),
        ("4.3.2025, 14:03", LOCAL - 22),
    ],
)
def test_forms_of_times(text, seconds):
    found = read_time(text, LAB)
    assert found is not None
    assert found[0] == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "5.0",
        "1e300",
        "nan",
        "3/4/2025 14:03",
        "Tue Foo  4 14:03:22 2025",
        "31.02.2025 1:00",
    ],
)
def test_what_is_no_time(text):
    assert read_time(text, LAB) is None


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none(text):
    read_time(text, LAB)


def test_the_header_counts_first_then_the_name_then_the_file():
    told = {"Start time": "1741000000"}
    found = find_start(told, {}, "It2025-09-25_1.csv", UTC, 1.7e9)
    assert (found.seconds, found.origin, found.notes) == (1741000000.0, "meta", ())
    found = find_start({}, {}, "It2025-09-25_1.csv", UTC, 1.7e9)
    assert (found.origin, found.notes[0].code) == ("name", "start-from-name")
    found = find_start({}, {}, "a.csv", UTC, 1.7e9)
    assert (found.seconds, found.origin) == (1.7e9, "file")
    assert (found.notes[0].level, found.notes[0].code) == ("doubt", "start-from-file")
    with pytest.raises(InputError, match="Nothing says"):
        find_start({}, {}, "a.csv", UTC)


def test_other_names_of_the_start_and_a_zone_that_is_assumed_are_told():
    found = find_start({"Timestamp": "2025-03-04 14:03:22"}, {}, "a.csv", LAB)
    assert found.seconds == LOCAL
    assert [note.level for note in found.notes] == ["info", "info"]
    assert "America/Santiago" in found.notes[1].text
