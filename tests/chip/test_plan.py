"""From entries to runs and files."""

from pathlib import Path

import pytest

from figmill.chip.config import config_of
from figmill.chip.plan import Planned, Stage, default_stage, plan_all, plan_or_raise
from figmill.chip.tree import StageTree
from figmill.errors import ConfigError

HEAD = "chip: 1\nchip_group: Demo\nplots:\n"


@pytest.fixture
def planner(stage: Path) -> Stage:
    return Stage(StageTree(stage))


def plan(planner: Stage, *entries: str) -> list[Planned]:
    text = HEAD + "\n".join(f"  - {{{entry}}}" for entry in entries)
    return plan_or_raise(config_of(text).entries, planner)


def numbers(planned: Planned) -> list[int]:
    return [run.info.seq for run in planned.runs]


def test_names_and_folders(planner: Stage):
    lit, dark, mixed, suite = plan(
        planner,
        "type: plot-its, seq: 4-7",
        "type: plot-transconductance, seq: 1, method: savgol, tag: a b",
        "type: plot-its-sequential, seq: [4, 14]",
        "type: plot-its-suite, seq: 8-11, tag: 365nm",
    )
    assert lit.names == ("Demo1/It/Light_It/Demo1_It_seq_4_5_6_7",)
    assert dark.names == ("Demo1/IVg/Dark_IVg/Demo1_gm_savgol_a b",)
    assert mixed.names == ("Demo1/It/Demo1_It_sequential_seq_4_14",)
    assert suite.names == tuple(
        f"Demo1/It/Light_It/Demo1_{stem}_365nm"
        for stem in ("It", "It_sequential", "It_photoresponse")
    )


def test_a_range_takes_what_fits_and_says_what_it_passed_over(planner: Stage):
    (planned,) = plan(planner, "type: plot-its, seq: 2-5")
    assert numbers(planned) == [4, 5]
    assert [str(note) for note in planned.notes] == ["passed over 2 (IVg), 3 (VVg): not It"]
    (planned,) = plan(planner, "type: plot-its, seq: 14-30")
    assert [str(note) for note in planned.notes] == ["passed over 15-30: no such run"]


def test_runs_of_unknown_light_are_told(planner: Stage):
    rows = planner.rows("Demo", 1)
    rows[4] = {**rows[4], "has_light": None}
    (planned,) = plan(planner, "type: plot-its, seq: 4-5")
    assert [(note.level, note.code, note.place) for note in planned.notes] == [
        ("doubt", "light-not-told", "run 4"),
    ]


def test_runs_come_in_the_order_asked(planner: Stage):
    (planned,) = plan(planner, "type: plot-its, seq: [7, 4]")
    assert numbers(planned) == [7, 4]


@pytest.mark.parametrize(
    ("select", "wanted"),
    [
        ("wavelength_nm: 365, has_light: true", [8, 9, 10, 11]),
        ("has_light: false", [14]),
        ("laser_voltage: [0.8, 3.2], wavelength_nm: 455", [4, 7]),
        ("vg: -0.4, last: 2", [11, 14]),
        ("proc: It, vds: 0.1, last: 1", [14]),
    ],
)
def test_selecting_by_metadata(planner: Stage, select: str, wanted: list[int]):
    (planned,) = plan(planner, f"type: plot-its, select: {{{select}}}")
    assert numbers(planned) == wanted


def test_power_is_looked_up_only_where_it_shows(planner: Stage):
    shown, hidden = plan(
        planner, "type: plot-its, seq: 4, legend_by: power", "type: plot-its, seq: 5, legend_by: vg"
    )
    assert shown.runs[0].info.irradiated_power_w == pytest.approx(4e-6)
    assert hidden.runs[0].info.irradiated_power_w is None


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("type: plot-ivg, seq: 4", "plot-ivg draws IVg runs, but asked for is 4 (It)"),
        ("type: plot-ivg, seq: [1, 4]", "asked for is 4 (It)"),
        ("type: plot-its, seq: 99", "Demo1 has no run 99; it has 1-14"),
        ("type: plot-its, seq: 1-3", "no It run among 1-3"),
        ("type: plot-its, seq: 30-40", "no It run among 30-40"),
        ("type: plot-its, select: {wavelength_nm: 999}", "select fits none of 9 It runs"),
        (
            "type: plot-transconductance, seq: 1, method: savgol, window: 151",
            "odd window from 3 to 99",
        ),
    ],
)
def test_what_does_not_fit_the_history_is_an_error(planner: Stage, entry: str, said: str):
    with pytest.raises(ConfigError) as caught:
        plan(planner, "type: plot-vvg, seq: 3", entry)
    assert said in str(caught.value)
    assert "line 5" in str(caught.value)
    assert caught.value.hint


def test_two_entries_for_one_file(planner: Stage):
    with pytest.raises(ConfigError, match="Two entries would write") as caught:
        plan(planner, "type: plot-its, seq: 4, tag: x", "type: plot-its-suite, seq: 5, tag: x")
    assert caught.value.place == "line 5"
    assert "line 4" in caught.value.message


def test_each_entry_has_its_plan_or_its_problem(planner: Stage):
    text = HEAD + "  - {type: plot-ivg, seq: 4}\n  - {type: plot-ivg, seq: 1}\n"
    found = plan_all(config_of(text).entries, planner)
    assert isinstance(found[0], ConfigError)
    assert isinstance(found[1], Planned)


def test_a_chip_that_is_not_there(planner: Stage):
    with pytest.raises(ConfigError) as caught:
        plan_or_raise(config_of("chip: 5\nplots:\n  - {type: plot-ivg, seq: 1}").entries, planner)
    assert "Chips with one: Demo1" in str(caught.value)
    assert caught.value.place == "line 3"


def test_a_chip_that_is_not_there_is_one_problem_with_its_line(planner: Stage):
    with pytest.raises(ConfigError) as caught:
        plan(
            planner,
            "type: plot-ivg, seq: 1, chip: 5",
            "type: plot-ivg, seq: 2, chip: 5",
            "type: plot-ivg, seq: 4",
        )
    said = str(caught.value)
    assert said.count("no history of chip Demo5") == 1
    assert "line 4: " in said
    assert "line 6: plot-ivg draws IVg runs" in said


def test_folders_that_are_no_stage(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ConfigError) as caught:
            StageTree(folder)
        assert "figmill chip stage" in caught.value.hint


def test_where_the_stage_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FIGMILL_CHIP_STAGE", raising=False)
    assert default_stage() == Path("stage")
    (tmp_path / "data" / "02_stage").mkdir(parents=True)
    assert default_stage() == Path("data/02_stage")
    monkeypatch.setenv("FIGMILL_CHIP_STAGE", "/elsewhere")
    assert default_stage() == Path("/elsewhere")
    assert default_stage("given") == Path("given")
