"""The manifest's row of a raw file."""

import pytest

from figmill.chip.manifest import describe_run, read_notes, zone_of
from figmill.errors import ConfigError, InputError
from figmill.notes import Note
from figmill.read.pymeasure import parse_results

START = 1760465592.0845056


CHIP = ("Chip group name: Lab", "Chip number: 3")


def results(*parameters: str, start: str | None = str(START), rows: str = "0.0,1e-6\n"):
    head = "".join(f"#\t{text}\n" for text in parameters)
    meta = "" if start is None else f"#\tStart time: {start}\n"
    text = f"#Procedure: <a.It>\n#Parameters:\n{head}#Metadata:\n{meta}#Data:\nt (s),I (A)\n{rows}"
    return parse_results(text.encode())


def test_settings_come_in_base_units():
    row = describe_run(
        results("VDS: 100 mV", "VG: -0.35 V", "Laser wavelength: 455", "Laser voltage: 1.15 V",
                "Laser ON+OFF period: 2 min", "Chip group name: Alisson", "Chip number: 67"),
        "x/It_1.csv",
    )  # fmt: skip
    assert row["vds_v"] == pytest.approx(0.1)
    assert (row["vg_fixed_v"], row["wavelength_nm"], row["laser_period_s"]) == (-0.35, 455, 120)
    assert (row["chip_group"], row["chip_number"], row["has_light"]) == ("Alisson", 67, True)
    assert (row["start_time"], row["rows"], row["date_origin"]) == (START, 1, "meta")
    assert row["notes"] == []


@pytest.mark.parametrize(
    ("wavelength", "voltage", "lit"),
    [("455", "3 V", True), ("455", "0 V", False), ("0", "3 V", False), ("None", "3 V", False)],
)
def test_light_needs_a_wavelength_and_a_voltage(wavelength, voltage, lit):
    row = describe_run(
        results(f"Laser wavelength: {wavelength}", f"Laser voltage: {voltage}"), "a.csv"
    )
    assert row["has_light"] is lit


def test_units_that_are_missing_or_unknown_are_noted():
    row = describe_run(results("VDS: 0.1", "VG: 3 furlong", "Chip number: nan"), "a.csv")
    assert (row["vds_v"], row["vg_fixed_v"], row["chip_number"]) == (0.1, None, None)
    assert [(note.place, note.level, note.code) for note in read_notes(row["notes"])] == [
        ("VDS", "doubt", "unit-assumed"),
        ("VG", "loss", "unit-not-understood"),
        ("Chip number", "loss", "chip-number-not-a-number"),
    ]
    assert read_notes(["VDS has no unit"]) == [
        Note.info("said-by-an-earlier-figmill", "VDS has no unit")
    ]


@pytest.mark.parametrize(
    ("parameters", "level", "code", "place"),
    [
        (("Chip number: None",), "loss", "chip-not-named", "Chip number"),
        (("Chip number: 3",), "doubt", "group-assumed", "Chip group name"),
        (("Chip number: 3", "Chip group name: a/b"), "info", "group-not-a-name", "Chip group name"),
        ((*CHIP[:1], "Chip number: C1"), "info", "chip-goes-by-name", "Chip number"),
        ((*CHIP, "IDS: 1 A", "Ids: 2 A"), "doubt", "parameter-repeated", "Ids"),
        ((*CHIP, "VDS: nan V"), "loss", "parameter-not-a-number", "VDS"),
    ],
)
def test_what_is_assumed_of_a_run_is_noted(parameters, level, code, place):
    (note,) = read_notes(describe_run(results(*parameters), "a.csv")["notes"])
    assert (note.level, note.code, note.place) == (level, code, place)


def test_columns_without_a_unit_and_calibrations_without_a_wavelength_are_noted():
    text = f"#Procedure: <a.LaserCalibration>\n#Metadata:\n#\tStart time: {START}\n#Data:\n"
    row = describe_run(parse_results(f"{text}VL,Power (W)\n1,2\n".encode()), "a.csv")
    assert [(note.level, note.code, note.place) for note in read_notes(row["notes"])] == [
        ("loss", "calibration-unused", "Laser wavelength"),
        ("doubt", "unit-assumed", "column 'VL'"),
    ]


def test_the_number_of_a_run_depends_on_what_it_is_alone():
    first = describe_run(results("Chip number: 1"), "a/x.csv")["run_id"]
    assert (
        describe_run(results("Chip number: 1", "VG: 3 V"), "b/y.csv", "Asia/Tokyo")["run_id"]
        == first
    )
    others = {
        describe_run(results("Chip number: 2"), "a/x.csv")["run_id"],
        describe_run(results("Chip number: 1", start="1760465592.5"), "a/x.csv")["run_id"],
        describe_run(results("Chip number: 1", rows="0.0,2e-6\n"), "a/x.csv")["run_id"],
    }
    assert len(others | {first}) == 4
    assert len(first) == 16


def test_dates_are_those_of_the_lab():
    late = results(start="1760486400.0")  # midnight in UTC
    assert describe_run(late, "a.csv")["date_local"] == "2025-10-15"
    assert (
        describe_run(late, "a.csv", "America/Santiago")["datetime_local"] == "2025-10-14 21:00:00"
    )


def test_without_a_start_the_name_tells_the_day():
    row = describe_run(results(start=None), "a/It2025-09-25_10.csv")
    assert (row["date_local"], row["date_origin"]) == ("2025-09-25", "name")
    row = describe_run(results(*CHIP, start="yesterday"), "a/It2025-09-25_10.csv")
    (note,) = read_notes(row["notes"])
    assert (note.level, note.code) == ("doubt", "start-from-name")
    assert "'yesterday'" in note.text


@pytest.mark.parametrize("start", [None, "yesterday", "nan", "12", "1e300"])
def test_a_run_of_no_known_time_is_refused(start):
    with pytest.raises(InputError, match="when it was measured"):
        describe_run(results(start=start), "a/It2025-99-25_10.csv")


def test_time_zones_that_are_none():
    for name in ("Mars/Base", "", "../etc/passwd"):
        with pytest.raises(ConfigError, match="no time zone"):
            zone_of(name)
