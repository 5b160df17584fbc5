"""Real chips: the real configurations, and numbers known from elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from figmill import mill
from figmill.chip import align_history, chip_metrics, get_chip_history, stage_raw
from figmill.chip.plan import Stage
from figmill.chip.recipe import ChipRecipe
from figmill.chip.tree import StageTree

pl = pytest.importorskip("polars")
pytest.importorskip("scipy")

DATA = Path(__file__).parents[3] / "shared" / "data" / "chip"
STAGED = DATA / "staged"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no real files: ../shared/data/chip is absent"
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "stage"
    report = stage_raw(DATA / "raw", folder)
    assert (report.runs, report.rejects, report.copies) == (214, (), ())
    return folder


def golden(name: str):
    return pl.read_csv(DATA / "golden" / name)


def source(name: str) -> str:
    return name.removeprefix("data/01_raw/")


def test_numbers_are_those_of_the_known_history(stage: Path):
    known = [source(name) for name in golden("history_67.csv")["source_file"]]
    here = get_chip_history(67, "Alisson", stage=stage)["source_file"].to_list()
    # Two raw files are not among the real files: seq 74 and 86.
    assert here == [name for seq, name in enumerate(known, 1) if seq not in (74, 86)]
    known = [source(name) for name in golden("history_75.csv")["source_file"]]
    assert get_chip_history(75, "Alisson", stage=stage)["source_file"].to_list() == known


def test_a_history_is_aligned_with_the_known_one(stage: Path):
    told = align_history(67, "Alisson", DATA / "golden" / "history_67.csv", stage=stage)
    assert (told.runs, told.gone) == (88, (74, 86))
    known = dict(golden("history_67.csv").select("seq", "source_file").rows())
    for seq, name in (
        get_chip_history(67, "Alisson", stage=stage).select("seq", "source_file").rows()
    ):
        assert name == source(known[seq])


def test_metadata_are_those_of_the_known_history(stage: Path):
    columns = ["proc", "wavelength_nm", "laser_voltage_v", "has_light", "vg_fixed_v", "vds_v"]
    known = golden("history_75.csv").select(columns)
    here = get_chip_history(75, "Alisson", stage=stage).select(columns)
    assert known.rows() == here.rows()


@pytest.mark.parametrize("where", ["staged", "raw"])
def test_irradiated_powers(where: str, stage: Path):
    planner = Stage(StageTree(STAGED if where == "staged" else stage))
    by_name = {
        source(row["source_file"]): planner.run(row, power=True).info
        for row in planner.rows("Alisson", 67).values()
    }
    compared = 0
    for name, watts in golden("history_67.csv").select("source_file", "irradiated_power_w").rows():
        info = by_name.get(source(name))
        if info is not None:
            assert (info.irradiated_power_w is None) == (watts is None)
            if watts is not None:
                assert info.irradiated_power_w == pytest.approx(watts, rel=1e-6)
                compared += 1
    assert compared == 46


def test_steps_of_every_run(stage: Path):
    known = dict(golden("delta_current.csv").select("run_id", "value_float").rows())
    compared = 0
    for chip in (67, 75):
        names = dict(golden(f"history_{chip}.csv").select("run_id", "source_file").rows())
        found = chip_metrics(chip, stage=stage).filter(pl.col("metric") == "delta_current")
        history = get_chip_history(chip, "Alisson", stage=stage)
        files = dict(history.select("run_id", "source_file").rows())
        values = {files[run]: value for run, value in found.select("run_id", "value").rows()}
        for run, value in known.items():
            if run in names:
                assert values[source(names[run])] == pytest.approx(value, rel=1e-9)
                compared += 1
    assert compared == len(known) == 81


def draw(chip: int, stage: Path, out: Path):
    config = DATA / "batch_plots" / f"alisson{chip}_plots.yaml"
    return mill.run(ChipRecipe(config=config, stage=stage, dpi=40), out)


def test_chip_67_is_drawn_whole_from_the_documented_stage(tmp_path: Path):
    report = draw(67, STAGED, tmp_path)
    assert (report.done, report.failed) == (18, 0)
    assert len(list(tmp_path.rglob("*.png"))) == 42


def test_chip_75_is_drawn_whole_from_its_raw_files(tmp_path: Path, stage: Path):
    report = draw(75, stage, tmp_path)
    assert (report.done, report.failed) == (10, 0)


def test_chip_81_is_drawn_as_far_as_its_runs_are_there(tmp_path: Path):
    report = draw(81, STAGED, tmp_path)
    assert (report.done, report.failed) == (12, 1)
    message = report.failures[0].failure.message
    assert "no data of runs 4 (It, 2025-09-25 12:26:55), 6 (It" in message


def test_the_documented_stage_stays_as_it_is(tmp_path: Path, stage: Path):
    """Staging into a copy of it adds runs under new numbers, and moves none."""
    import shutil

    own = tmp_path / "own"
    shutil.copytree(STAGED, own, copy_function=shutil.copyfile)
    for path in (own, *own.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    before = get_chip_history(67, "Alisson", stage=own)
    stage_raw(DATA / "raw", own)
    after = get_chip_history(67, "Alisson", stage=own)
    assert after["seq"].to_list() == before["seq"].to_list()
    names = [source(name) for name in before["source_file"]]
    assert [source(name) for name in after["source_file"]] == names
    assert draw(67, own, tmp_path / "out").failed == 0
    assert draw(75, own, tmp_path / "out75").failed == 0


def test_signals_of_the_first_run_are_those_of_its_file(stage: Path):
    planner = Stage(StageTree(stage))
    row = next(r for r in planner.rows("Alisson", 75).values() if r["proc"] == "It")
    run = planner.run(row, power=False)
    text = (DATA / "raw" / row["source_file"]).read_text().split("#Data:\n")[1]
    wanted = np.array([line.split(",")[:2] for line in text.splitlines()[1:]], dtype=float)
    np.testing.assert_array_equal(run.column("t", "s"), wanted[:, 0])
    np.testing.assert_array_equal(run.column("I", "A"), wanted[:, 1])
