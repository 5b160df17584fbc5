"""The demo of chips: a made-up device, staged, and every type of figure of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figmill.chip.history import renew_histories
from figmill.chip.manifest import describe_run, run_folder
from figmill.chip.metrics.table import Geometry, metrics_table
from figmill.chip.recipe import ChipRecipe
from figmill.chip.stage import StageRecipe
from figmill.chip.synthetic import Device, write_raw
from figmill.chip.tree import StageTree
from figmill.errors import InputError
from figmill.read.parquet import write_frame, write_whole
from figmill.read.pymeasure import read_results
from figmill.recipes.demo import DemoStep

CONFIG = """\
# Every type of figure, of the made-up device in raw/
chip: 1
chip_group: Demo
defaults:
  legend_by: irradiated_power
plots:
  - type: plot-ivg
    select: {proc: IVg}
    tag: transfer
  - type: plot-transconductance
    seq: 1
    method: savgol
    window: 21
    polyorder: 3
    tag: gm
  - type: plot-vvg
    seq: 3
  - type: plot-its
    select: {wavelength_nm: 365, has_light: true}
    tag: 365nm_overlay
  - type: plot-its-sequential
    seq: "4-7"
    tag: 455nm
  - type: plot-its-suite
    select: {has_light: true}
    tag: both_wavelengths
    legend_by: laser_voltage
  - type: plot-vt
    seq: "12-13"
    tag: voltage
  - type: plot-vts-suite
    seq: "12-13"
    tag: suite
    legend_by: datetime
"""


def demo(folder: Path) -> Iterator[DemoStep]:
    """Write raw files, stage them, draw every plot type, and derive all numbers."""
    raw, stage, config = folder / "raw", folder / "stage", folder / "demo_plots.yaml"
    device = Device()
    if not any(raw.rglob("*.csv")):
        write_raw(raw, device)
    if not config.is_file():
        write_whole(config, CONFIG.encode())
    yield DemoStep(StageRecipe(raw=raw), out="stage")
    renew_stage(raw, stage)
    yield DemoStep(
        ChipRecipe(config=config, stage=stage),
        out="figures",
        look=(
            "the transfer curves: two minima, one for each direction",
            "the photoresponse: proportional to the power, alike for both wavelengths",
        ),
    )
    geometry = Geometry(device.length_um, device.width_um, device.capacitance_f_m2)
    table = metrics_table(StageTree(stage), device.number, device.group, geometry=geometry)
    write_frame(table, folder / "metrics.parquet")


def renew_stage(raw: Path, stage: Path) -> None:
    """Write manifest and histories of what of a raw folder is staged."""
    rows = []
    recipe = StageRecipe(raw=raw)
    for item in recipe.items():
        try:
            row = describe_run(read_results(item.inputs[0]), item.key, recipe.timezone)
        except InputError:
            continue
        path = run_folder(str(row["proc"]), str(row["date_local"]), str(row["run_id"]))
        rows.append({**row, "path": f"{path}/part-000.parquet"})
    tree = StageTree.made(stage)
    tree.write_manifest(rows)
    renew_histories(tree)
