"""The demo of curves: a lot of transistors, drawn by one file of curves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figmill.curves.plot import PlotRecipe
from figmill.curves.recipe import CurvesRecipe
from figmill.curves.synthetic import write_lot
from figmill.recipes.demo import DemoStep, unwritten

FILE = """\
# Draw again after a change: figmill curves lot.yaml -o curves
read:
  paths: lot
  from_name: 'W{wafer:digits}_{device}_{vd:number}V'
columns:
  VG: {names: 'Gate voltage*', label: 'V_{G}'}
  ID: {names: 'Drain current*', label: 'I_{D}'}
  IG: {names: 'Gate current*', label: 'I_{G}'}
figures:
  - name: 'transfer/W{wafer}_{device}'      # one figure a device, coloured by its drain voltage
    per: group
    group_by: [wafer, device]
    x: VG
    y: ID
    y_scale: log
    color: {by: vd, label: 'V_{D}', unit: V}
    lines: [{y: 1.0e-12, label: floor}]
  - name: 'spread/W{wafer}_{vd}V'           # mean and spread over the devices of a wafer
    per: group
    group_by: [wafer, vd]
    x: VG
    y: ID
    split: {at: [turns]}
    statistics: {sigma: 2}
numbers:
  - give: [vth_linear, swing, on_off]
    x: VG
    y: ID
    where: {vd: 0.1}
    split: {at: [turns]}
    settings: {vds: vd}
"""


def demo(folder: Path) -> Iterator[DemoStep]:
    """Write a lot of transistors, then draw one table as it is, and all by a file of curves."""
    data, config = folder / "lot", folder / "lot.yaml"
    if not any(data.glob("*.csv")):
        write_lot(data)
    if not config.exists():
        try:
            config.write_text(FILE, encoding="utf-8")
        except OSError as error:
            raise unwritten(config, error) from error
    yield DemoStep(
        PlotRecipe(paths=(str(data / "W2_D01_0.5V.csv"),), log=("y",)),
        out="plots",
        look=("W2_D01_0.5V.png: which columns were taken, figmill notes tells",),
    )
    yield DemoStep(
        CurvesRecipe(config=config),
        out="curves",
        look=(
            "transfer/: each device, coloured by its drain voltage, forth and back",
            "spread/: mean and two standard deviations of the devices of a wafer",
            "numbers.csv: threshold, swing and on/off ratio of every leg, with errors",
            "your own tables: figmill plot PATH... -o figures; figmill curves --init PATH",
        ),
    )
