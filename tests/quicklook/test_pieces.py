"""Files joined on one axis, and cut into pieces, day by day, orbit by orbit, line by line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill import mill
from figmill.engine import RunOptions
from figmill.errors import InputError, OptionError
from figmill.figure import Bracket, Spectrogram, VLine
from figmill.quicklook import QuicklookRecipe

from .test_recipe import ENERGY, UNIX, with_lines, write

pytest.importorskip("pycdfpp")

HOUR = np.timedelta64(3600, "s")
START = np.datetime64("2001-02-03T22:00:00", "ns")
DAY = 981158400.0  # 2001-02-03


def hourly(path: Path, begin: int, count: int = 4, value: float = 1.0) -> Path:
    """A file with a record an hour, `begin` hours after 22:00."""
    when = START + (begin + np.arange(count)) * HOUR
    flux = np.full((count, len(ENERGY)), value, np.float32)
    return write(path, flux, when.astype("datetime64[ns]"))


def recipe(*paths: Path, **options: Any) -> QuicklookRecipe:
    return QuicklookRecipe(paths=tuple(map(str, paths)), **options)


def run(made: QuicklookRecipe, out: Path) -> Any:
    """Draw in this process."""
    return mill.run(made, out, options=RunOptions(workers=0, timeout_s=None))


def items(*paths: Path, **options: Any) -> dict[str, Any]:
    made = recipe(*paths, **options)
    return {item.key: made.describe(item) for item in made.items()}


def layer(description: Any) -> Spectrogram:
    found = description.drawings[0].figure.panels[0][0].layers[0]
    assert isinstance(found, Spectrogram)
    return found


def test_a_day_is_drawn_of_all_files_that_have_a_part_of_it(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v01.cdf", 0)
    hourly(tmp_path / "a_20010204_v01.cdf", 4)
    made = items(tmp_path, join="day")
    assert list(made) == ["a_20010203", "a_20010204"]
    second = made["a_20010204"].drawings[0].figure
    assert second.panels[0][0].x.limits == (DAY + 86400, DAY + 2 * 86400)
    assert second.title == "a"
    # 23:30 to 00:30 belongs to both days; 22:30 only to the first.
    np.testing.assert_array_equal(
        layer(made["a_20010204"]).x.lo, DAY + 3600 * np.arange(23.5, 29.5)
    )
    assert list(items(tmp_path, every="1d")) == list(made)


def test_pieces_begin_at_whole_steps_and_are_named_by_them(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v01.cdf", 0, 8)
    made = items(tmp_path, every="6h")
    assert list(made) == ["a_20010203T1800", "a_20010204T0000"]
    assert made["a_20010203T1800"].drawings[0].figure.panels[0][0].x.limits == (
        DAY + 18 * 3600,
        DAY + 24 * 3600,
    )


def test_all_files_of_a_dataset_are_one_figure_and_overlaps_are_told(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v01.cdf", 0, value=1.0)
    hourly(tmp_path / "a_20010204_v01.cdf", 3, value=2.0)
    hourly(tmp_path / "b_20010204_v01.cdf", 3)
    made = items(tmp_path, join="all")
    assert list(made) == ["a", "b"]
    np.testing.assert_array_equal(layer(made["a"]).values[:, 0], [1, 1, 1, 1, 2, 2, 2])
    assert "files-overlap" in [note.code for note in made["a"].notes]


def test_the_highest_version_alone_is_drawn_and_told(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v09.cdf", 0, value=1.0)
    hourly(tmp_path / "a_20010203_v10.cdf", 0, value=2.0)
    (made,) = items(tmp_path, join="all").values()
    assert (layer(made).values == 2.0).all()
    (note,) = [note for note in made.notes if note.code == "version-passed-over"]
    assert "a_20010203_v10.cdf" in note.text and note.place.endswith("v09.cdf")


def test_files_of_one_orbit(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_01234_v01.cdf", 0)
    hourly(tmp_path / "a_20010204_01234_v01.cdf", 4)
    hourly(tmp_path / "a_20010205_01235_v01.cdf", 8)
    hourly(tmp_path / "a_20010206_v01.cdf", 12)
    made = items(tmp_path, join="orbit")
    assert set(made) == {"a_1234", "a_1235", "a_20010206_v01"}
    assert len(layer(made["a_1234"]).values) == 8
    assert "orbit-unknown" in [note.code for note in made["a_20010206_v01"].notes]


def test_a_figure_for_each_line_of_a_catalogue(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v01.cdf", 0, 8)
    catalogue = tmp_path / "mine.csv"
    catalogue.write_text(
        "start,end,label\n2001-02-03T23:00,2001-02-04T01:00,cusp\n2002-01-01,2002-01-02,late\n"
    )
    report = run(recipe(tmp_path, intervals=str(catalogue), margin="30m"), tmp_path / "out")
    assert report.counts["done"] == 1 and report.counts["no_data"] == 1
    made = recipe(tmp_path, intervals=str(catalogue), margin="30m")
    first = next(iter(made.items()))
    assert first.key == "a_20010203T223000_20010204T013000"
    panel = made.describe(first).drawings[0].figure.panels[0][0]
    assert panel.x.limits == (DAY + 22.5 * 3600, DAY + 25.5 * 3600)
    bracket = next(each for each in panel.layers if isinstance(each, Bracket))
    assert (bracket.low, bracket.high, bracket.label) == (DAY + 82800, DAY + 90000, "cusp")


def test_a_file_that_cannot_be_read_fails_alone(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v01.cdf", 0)
    (tmp_path / "a_20010204_v01.cdf").write_bytes(b"nothing")
    report = run(recipe(tmp_path, join="all"), tmp_path / "out")
    assert report.counts["done"] == 1 and report.counts["failed"] == 1


def test_a_later_file_redoes_its_figure_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    hourly(data / "a_20010204_v01.cdf", 4, 8)
    run(recipe(data, join="day"), tmp_path / "out")
    hourly(data / "a_20010203_v01.cdf", 0, 4)
    hourly(data / "a_20010207_v01.cdf", 96, 2)
    report = run(recipe(data, join="day"), tmp_path / "out")
    assert report.done == 3 and report.counts["failed"] == 0
    report = run(recipe(data, join="day"), tmp_path / "out")
    assert report.skipped == 3


def test_events_and_rows_of_values(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf")
    events = tmp_path / "events.csv"
    events.write_text("2001-02-03T04:00:20,shock\n")
    made = recipe(path, events=(str(events),), rows=("flux",))
    (item,) = made.items()
    assert events in item.inputs
    line = made.describe(item).drawings[0].figure.panels[0][0].layers[-1]
    assert isinstance(line, VLine) and (line.at, line.label) == (UNIX + 20, "shock")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": "soon"}, "is not a time span"),
        ({"every": "0"}, "is no time at all"),
        ({"every": "1h", "join": "day"}, "join day says already"),
        ({"margin": "soon"}, "is not a time span"),
        ({"ephemeris": ("a.cdf",)}, "by --tick-row"),
    ],
)
def test_wrong_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        recipe(Path("a.cdf"), **options)


def test_values_under_the_time_axis_are_of_the_file_or_of_an_ephemeris(tmp_path: Path) -> None:
    path = with_lines(tmp_path / "a.cdf")
    table = tmp_path / "orbit.csv"
    table.write_text("time,MLT (h)\n2001-02-03T04:00,6\n2001-02-03T04:02,7\n")
    made = items(path, rows=("flux",), tick_rows=("n", "MLT", "B"), ephemeris=(str(table),))
    figure = made["a"].drawings[0].figure
    assert [row.label for row in figure.tick_rows] == [
        "n (cm^{−3})",
        "MLT (h)",
        "Bx (nT)",
        "By (nT)",
        "Bz (nT)",
    ]
    np.testing.assert_allclose(figure.tick_rows[1].at([UNIX + 60]), [6.5])
    np.testing.assert_allclose(figure.tick_rows[0].at([UNIX + 4]), [3.0])
    with pytest.raises(InputError, match="no values over time"):
        items(path, tick_rows=("nothing",))


def test_values_under_the_time_axis_are_those_of_all_files_that_have_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cdf")
    days = []
    for number, text in enumerate(
        ("MLT (h),alt (km)\n2001-02-03T04:00,6,100", "MLT (h),alt (m)\n2001-02-03T04:01,7,2e5")
    ):
        days.append(tmp_path / f"{number}.csv")
        days[-1].write_text(f"time,{text}\n")
    given = {"tick_rows": ("MLT", "alt"), "ephemeris": tuple(map(str, days))}
    made = items(path, **given)["a"]
    mlt, *altitudes = made.drawings[0].figure.tick_rows
    np.testing.assert_allclose(mlt.at([UNIX, UNIX + 60]), [6.0, 7.0])
    # Another unit is another row.
    assert [row.label for row in altitudes] == ["alt (km)", "alt (m)"]
    assert "variables-not-joined" in [note.code for note in made.notes]


def test_lines_of_one_interval_are_one_and_milliseconds_tell_apart(tmp_path: Path) -> None:
    hourly(tmp_path / "a_20010203_v01.cdf", 0, 8)
    catalogue = tmp_path / "mine.csv"
    catalogue.write_text(
        "2001-02-03T23:00,2001-02-04T01:00,cusp\n2001-02-03T23:00,2001-02-04T01:00,shock\n"
        "2001-02-03T23:00:00.5,2001-02-04T01:00,late\n"
    )
    made = {
        item.key: item.payload.title for item in recipe(tmp_path, intervals=str(catalogue)).items()
    }
    assert made == {
        "a_20010203T230000_20010204T010000": "a, cusp, shock",
        "a_20010203T230000500_20010204T010000": "a, late",
    }
