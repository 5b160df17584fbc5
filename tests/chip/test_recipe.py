"""The recipe on the engine: what is drawn, and what is drawn again."""

import shutil
from pathlib import Path

import pytest

from figmill import mill
from figmill.chip.recipe import ChipRecipe
from figmill.engine import RunOptions, RunReport
from figmill.engine.events import ItemPlanned
from figmill.errors import ConfigError

pytest.importorskip("polars")
CONFIG = """
chip: 1
chip_group: Demo
defaults: {legend_by: irradiated_power, dpi: 40}
plots:
  - {type: plot-ivg, seq: [1, 2], tag: transfer}
  - {type: plot-its-suite, seq: 4-7, tag: 455nm}
  - {type: plot-vt, seq: 12-13}
"""


@pytest.fixture
def own(stage: Path, tmp_path: Path) -> Path:
    """A copy of the stage that a test may change."""
    return Path(shutil.copytree(stage, tmp_path / "stage"))


def draw(tmp_path: Path, stage: Path, text: str = CONFIG, **options) -> RunReport:
    (tmp_path / "plots.yaml").write_text(text)
    recipe = ChipRecipe(config=tmp_path / "plots.yaml", stage=stage)
    return mill.run(recipe, tmp_path / "out", options=RunOptions(**options))


def files(tmp_path: Path) -> dict[str, bytes]:
    out = tmp_path / "out"
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*.png"))}


def test_every_file_is_written_under_its_name(tmp_path: Path, stage: Path):
    assert draw(tmp_path, stage).done == 3
    assert list(files(tmp_path)) == [
        "Demo1/IVg/Demo1_IVg_transfer.png",
        "Demo1/It/Light_It/Demo1_It_455nm.png",
        "Demo1/It/Light_It/Demo1_It_photoresponse_455nm.png",
        "Demo1/It/Light_It/Demo1_It_sequential_455nm.png",
        "Demo1/Vt/Light_Vt/Demo1_Vt_seq_12_13.png",
    ]


def test_nothing_changed_nothing_drawn(tmp_path: Path, stage: Path):
    draw(tmp_path, stage)
    report = draw(tmp_path, stage)
    assert (report.done, report.skipped) == (0, 3)


def test_a_changed_entry_is_drawn_again_alone(tmp_path: Path, stage: Path):
    draw(tmp_path, stage)
    before = files(tmp_path)
    report = draw(tmp_path, stage, CONFIG.replace("seq: 12-13", "seq: 12-13, start_t: 40"))
    assert (report.done, report.skipped) == (1, 2)
    changed = [name for name, data in files(tmp_path).items() if data != before[name]]
    assert changed == ["Demo1/Vt/Light_Vt/Demo1_Vt_seq_12_13.png"]


def test_an_entry_in_front_changes_no_other(tmp_path: Path, stage: Path):
    draw(tmp_path, stage)
    more = CONFIG.replace("plots:", "plots:\n  - {type: plot-vvg, seq: 3}")
    assert draw(tmp_path, stage, more).done == 1


def test_changed_data_draw_what_they_are_in(tmp_path: Path, own: Path):
    import polars as pl

    draw(tmp_path, own)
    path = next(own.rglob("proc=VVg/*/*/*.parquet"))
    pl.read_parquet(path, hive_partitioning=False).head(100).write_parquet(path)
    assert draw(tmp_path, own).done == 0
    path = next(own.rglob("proc=IVg/*/*/*.parquet"))
    pl.read_parquet(path, hive_partitioning=False).head(100).write_parquet(path)
    report = draw(tmp_path, own)
    assert (report.done, report.skipped) == (1, 2)


def test_data_that_are_missing_fail_their_entry_alone_until_they_are_there(
    tmp_path: Path, own: Path
):
    path = next(own.rglob("proc=Vt/*/*/*.parquet"))
    away = path.rename(tmp_path / "away.parquet")
    report = draw(tmp_path, own)
    assert (report.done, report.failed) == (2, 1)
    message = report.failures[0].failure.message
    assert "no data of run 1" in message
    assert "(Vt, 2025-10-09 09:" in message
    assert not report.ok
    away.rename(path)
    assert draw(tmp_path, own).done == 1


def test_workers_give_the_same_files(tmp_path: Path, stage: Path):
    draw(tmp_path, stage)
    before = files(tmp_path)
    draw(tmp_path, stage, workers=2, force=True)
    assert files(tmp_path) == before


def test_vector_files(tmp_path: Path, stage: Path):
    (tmp_path / "plots.yaml").write_text(CONFIG)
    recipe = ChipRecipe(config=tmp_path / "plots.yaml", stage=stage)
    mill.run(recipe, tmp_path / "out", formats=("pdf", "svg"))
    kinds = {path.suffix for path in (tmp_path / "out" / "Demo1").rglob("*.*")}
    assert kinds == {".pdf", ".svg"}


def test_a_new_calibration_redraws_what_shows_powers(tmp_path: Path, own: Path):
    import polars as pl

    draw(tmp_path, own)
    for path in own.rglob("proc=LaserCalibration/*/*/*.parquet"):
        frame = pl.read_parquet(path, hive_partitioning=False)
        frame.with_columns(pl.col("Power (W)") * 2).write_parquet(path)
    events = []
    recipe = ChipRecipe(config=tmp_path / "plots.yaml", stage=own)
    mill.run(recipe, tmp_path / "out", listeners=[events.append])
    planned = {event.key for event in events if isinstance(event, ItemPlanned)}
    assert planned == {
        "Demo1/It/Light_It/Demo1_It_455nm",
        "Demo1/Vt/Light_Vt/Demo1_Vt_seq_12_13",
    }


def test_nothing_to_draw(stage: Path):
    with pytest.raises(ConfigError, match="nothing to draw"):
        ChipRecipe(stage=stage).items()


def test_what_a_configuration_says_may_be_given_in_a_job(tmp_path: Path, stage: Path):
    recipe = ChipRecipe(
        stage=stage,
        chip=1,
        chip_group="Demo",
        defaults={"legend_by": "vg"},
        plots=({"type": "plot-its", "seq": "4-5"}, {"type": "plot-ivg", "seq": 1, "dpi": 50}),
        theme="presentation",
        dpi=60,
    )
    trace, sweep = recipe.entries()
    assert trace.plot.legend_by == "vg"
    assert (sweep.look.theme, sweep.look.dpi) == ("presentation", 60)
    assert ChipRecipe(**recipe.model_dump()) == recipe
    assert mill.run(recipe, tmp_path / "out").done == 2


def test_an_entry_may_be_of_another_chip(stage: Path):
    plots = ({"type": "plot-ivg", "seq": 1, "chip": 1, "chip_group": "Demo"},)
    assert ChipRecipe(stage=stage, chip=9, plots=plots).plans()[0].entry.chip_name == "Demo1"
    with pytest.raises(ConfigError, match="chip is None"):
        ChipRecipe(stage=stage, plots=({"type": "plot-ivg", "seq": 1},)).items()


def test_looks_are_checked_at_once():
    with pytest.raises(ValueError, match="no theme"):
        ChipRecipe(theme="neon")


def test_what_is_to_be_known_of_powers_is_told(tmp_path: Path, own: Path):
    import polars as pl

    path = own / "raw_measurements" / "_manifest" / "manifest.parquet"
    manifest = pl.read_parquet(path)
    day = pl.when(pl.col("proc") == "LaserCalibration").then(86_401.0 + 600).otherwise(0.0)
    early = manifest.with_columns(start_time=pl.col("start_time") - day)
    early.filter(pl.col("wavelength_nm") != 365.0).write_parquet(path)
    plots = ({"type": "plot-its", "seq": "4-11", "legend_by": "power"},)
    recipe = ChipRecipe(stage=own, chip=1, chip_group="Demo", plots=plots, dpi=40)
    (item,) = recipe.items()
    message = "; ".join(map(str, recipe.describe(item).notes))
    assert "runs 4-7: the calibration is older than 24 h" in message
    assert "runs 8-11: there is no calibration of the wavelength" in message
