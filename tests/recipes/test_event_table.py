"""Tables of events and intervals; what is wrong in them is told by its line."""

from pathlib import Path

import pytest

from figmill.errors import ConfigError
from figmill.recipes.event_table import Event, read_events

T = 981172800.0  # 2001-02-03T04:00


def table(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "events.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "start,stop,label\n2001-02-03T04:00,2001-02-03T05:00,cusp\n2001-02-03T06:00,,shock\n",
        "2001-02-03T04:00,2001-02-03T05:00,cusp\n2001-02-03T06:00,,shock\n",
        "2001-02-03T04:00,2001-02-03T05:00,cusp\n2001-02-03T06:00,shock\n",
        "time_start,time_end,event\n2001-02-03T04:00,2001-02-03T05:00,cusp\n2001-02-03T06:00,,shock\n",
        "event_name,event_start,event_end\ncusp,2001-02-03T04:00,2001-02-03T05:00\n"
        "shock,2001-02-03T06:00,\n",
        "# mine\n\nLabel;Begin;End\ncusp;2001-02-03 04:00:00Z;2001-02-03T05:00\n"
        "shock;2001-02-03T08:00+02:00;\n",
        "\ufeffstart_time\tend_time\tname\n2001-02-03T04:00\t2001-02-03T05:00\tcusp\n"
        "2001-02-03T06:00\t\tshock\n",
    ],
)
def test_tables_as_people_keep_them(tmp_path: Path, text: str) -> None:
    cusp, shock = read_events(table(tmp_path, text))
    assert (cusp.start, cusp.stop, cusp.label) == (T, T + 3600, "cusp")
    assert (shock.start, shock.stop, shock.label) == (T + 7200, None, "shock")


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    (event,) = read_events(table(tmp_path, "# a\ntime,label\n\n2001-02-03T04:00,x\n"))
    assert event == Event(T, None, "x", 4)


def test_a_label_that_begins_as_a_name_of_a_column_is_a_label(tmp_path: Path) -> None:
    text = "2001-02-03T04:00,start of the storm\n2001-02-03T06:00,its end\n"
    assert [event.label for event in read_events(table(tmp_path, text))] == [
        "start of the storm",
        "its end",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "It holds no line"),
        ("start,stop\n2001-02-03,noon\n", "line 2: It has no end"),
        ("start,stop\nnoon,2001-02-03\n", "line 2: 'noon' is not an ISO 8601 time"),
        ("2001-02-03,2001-02-02\n", "is not later than its begin"),
        ("2001-02-03\n", "line 1: It has no end"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_events(table(tmp_path, text), intervals=True)
    if "noon\n" in text:  # where an end is needed, what stands there has to be one
        assert "noon" in str(raised.value)
    else:
        assert words in str(raised.value)


def test_files_that_cannot_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a regular file"):
        read_events(tmp_path)
    with pytest.raises(ConfigError):
        read_events(tmp_path / "missing.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_events(tmp_path / "binary.csv")
