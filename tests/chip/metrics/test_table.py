"""The table of a device of known truth."""

from pathlib import Path

import numpy as np
import pytest

from figmill.chip.metrics.table import Geometry, metrics_table, run_metrics
from figmill.chip.runs import Run, RunInfo
from figmill.chip.tree import StageTree
from figmill.errors import ConfigError

pl = pytest.importorskip("polars")
pytest.importorskip("scipy")


@pytest.fixture(scope="module")
def table(stage, device):
    geometry = Geometry(device.length_um, device.width_um, device.capacitance_f_m2)
    return metrics_table(StageTree(stage), device.number, device.group, geometry=geometry)


def values(table, metric: str, proc: str = "It"):
    return table.filter((pl.col("metric") == metric) & (pl.col("proc") == proc))


def test_photoresponse(table, device):
    powers = values(table, "irradiated_power")["value"].to_list()
    assert powers == pytest.approx([device.watts_per_volt * v for v in (0.8, 1.6, 2.4, 3.2)] * 2)
    steps = values(table, "delta_current")["value"].to_list()
    assert steps == pytest.approx([device.step_a_per_w * watts for watts in powers], rel=0.03)


def test_responsivity(table, device):
    found = values(table, "responsivity")
    assert found["value"].to_list() == pytest.approx([device.step_a_per_w] * 8, rel=0.03)
    assert found["error"].null_count() == 0
    # 365 nm and 1 A/W are 1239.84 / 365 electrons a photon.
    shares = (values(table, "eqe")["value"] / found["value"].abs()).to_list()
    assert {round(1239.841984 / one) for one in shares} == {365, 455}


def test_a_diode(tmp_path: Path):
    volts = np.linspace(-0.5, 0.7, 121)
    amperes = 1e-12 * np.expm1(volts / (1.5 * 0.025852))
    columns = {"V (V)": volts, "I (A)": amperes}
    pl.DataFrame(columns).write_parquet(tmp_path / "a.parquet")
    run = Run(RunInfo(1, "a", "IV", 0.0, ""), tmp_path / "a.parquet")
    found = {one.name: one for one in run_metrics(run)}
    assert found["ideality"].value == pytest.approx(1.5, rel=1e-3)
    assert found["saturation_current"].value == pytest.approx(1e-12, rel=0.01)
    assert (found["series_resistance"].value, found["series_resistance"].flags) == (
        None,
        ("undefined",),
    )


def test_relaxation(table, device):
    taus = values(table, "relaxation_tau")["value"].to_list()
    # The last run is the dark one, which is twenty times slower.
    assert taus[:-1] == pytest.approx([device.tau_s] * 8, rel=0.15)
    assert taus[-1] == pytest.approx(20 * device.tau_s, rel=0.05)
    betas = values(table, "relaxation_beta")["value"].to_list()
    assert betas == pytest.approx([device.beta] * 9, rel=0.1)


def test_sweeps(table, device):
    widths = [values(table, "hysteresis", proc)["value"][0] for proc in ("IVg", "VVg")]
    assert widths == pytest.approx([device.hysteresis_v] * 2, abs=3e-3)
    best = values(table, "mobility", "IVg")["value"].max()
    assert best == pytest.approx(1e4 * device.mobility_m2_vs, rel=0.02)
    assert set(values(table, "cnp", "IVg")["part"]) == {"leg 1 down", "leg 2 up", "leg 3 down"}


@pytest.mark.parametrize(
    ("proc", "missing"),
    [("IVg", {"cnp", "gm_peak", "mobility"}), ("VVg", {"cnp"}), ("It", {"relaxation_tau"})],
)
def test_what_cannot_be_derived_has_a_row_that_says_so(tmp_path: Path, proc, missing):
    short = [0.0, 1.0, 2.0]
    columns = dict.fromkeys(("t (s)", "I (A)", "Vg (V)", "VDS (V)"), short)
    pl.DataFrame(columns).write_parquet(tmp_path / "a.parquet")
    run = Run(RunInfo(1, "a", proc, 0.0, "", vds_v=0.1), tmp_path / "a.parquet")
    found = run_metrics(run, Geometry(1, 1, 1))
    assert {one.name for one in found} == missing
    assert {(one.value, one.flags) for one in found} == {(None, ("undefined",))}


def test_numbers_of_a_resumed_run_are_of_one_clock(tmp_path: Path):
    t = np.arange(0.0, 60.0, 0.1)
    light = np.where((t > 20) & (t < 40), 1.0, 0.0)
    current = np.where(t > 20, 1e-9 * (1 - np.exp(-np.clip(t - 20, 0, None) / 2)), 0.0)
    current = np.where(t >= 40, 1e-9 * np.exp(-np.clip(t - 40, 0, None) / 2), current)
    whole = {"t (s)": t, "I (A)": current, "VL (V)": light}
    dark = {"t (s)": t[:200], "I (A)": np.zeros(200), "VL (V)": np.zeros(200)}
    for name, parts in (("one", (whole,)), ("resumed", (dark, whole))):
        pl.concat([pl.DataFrame(part) for part in parts]).write_parquet(
            tmp_path / f"{name}.parquet"
        )
    found = {
        name: {
            one.name: one
            for one in run_metrics(
                Run(RunInfo(1, "a", "It", 0.0, "", vds_v=0.1), tmp_path / f"{name}.parquet")
            )
        }
        for name in ("one", "resumed")
    }
    assert found["one"]["rise_time"].value == pytest.approx(2 * np.log(9), rel=0.02)
    assert found["one"]["rise_time"].flags == ()
    for name, one in found["one"].items():
        assert found["resumed"][name].value == one.value
        assert found["resumed"][name].flags == (*one.flags, "clock-restart")


def test_it_is_tidy(table):
    assert table.columns == [
        "chip_group",
        "chip_number",
        "chip_label",
        "seq",
        "run_id",
        "proc",
        "metric",
        "part",
        "value",
        "error",
        "unit",
        "method",
        "flags",
    ]
    assert table.group_by("seq", "metric", "part").len()["len"].max() == 1
    assert table.filter(pl.col("value").is_null() & (pl.col("flags").list.len() == 0)).is_empty()
    assert not table.filter(pl.col("method") == "").height


def test_some_runs_only(stage, device):
    found = metrics_table(StageTree(stage), device.number, device.group, [4])
    assert set(found["seq"]) == {4}
    assert "mobility" not in set(found["metric"])


@pytest.mark.parametrize(
    "given", [{"length_um": 1.0}, {"length_um": 0, "width_um": 1, "capacitance_f_m2": 1}]
)
def test_a_geometry_is_whole_and_positive(given):
    with pytest.raises(ConfigError):
        Geometry.of(**given)
    assert Geometry.of() is None
