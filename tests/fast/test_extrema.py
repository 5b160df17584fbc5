"""Limits that all orbits share, found in a first pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from figmill import mill
from figmill.engine import Ledger, RunOptions
from figmill.errors import ConfigError
from figmill.fast import compute_global_extrema
from figmill.fast.recipe import FastRecipe, Limits

OPTIONS = RunOptions(workers=0, limits="shared")


def recipe(folder: Path, **options: object) -> FastRecipe:
    small = {"figures": ("instrument-grid",), "dpi": 60.0, "quantity": "raw"}
    return FastRecipe(paths=(str(folder),), **{**small, **options})  # type: ignore[arg-type]


def limits(drawn: FastRecipe, instrument: str) -> Limits:
    return drawn.limits[instrument]  # type: ignore[index]


def shared(drawn: FastRecipe, out: Path) -> FastRecipe:
    mill.run(drawn, out, options=OPTIONS)
    ready = mill.prepared(drawn, out, OPTIONS)
    assert isinstance(ready, mill.Preparation)
    assert isinstance(ready.informed.recipe, FastRecipe)
    return ready.informed.recipe


@pytest.mark.usefixtures("orbits")
def test_shared_limits_are_the_documented_extrema(orbit_folder: Path, tmp_path: Path) -> None:
    drawn = recipe(orbit_folder, y_scale="linear", z_scale="linear")
    found = shared(drawn, tmp_path / "out")
    state = compute_global_extrema(
        orbit_folder, "linear", "linear", extrema_json_path=tmp_path / "e.json"
    )
    for instrument in drawn.instruments:
        for name in ("y_min", "y_max", "z_min", "z_max"):
            wanted = state[f"{instrument}_linear_linear_{name}"]
            assert getattr(limits(found, instrument), name) == wanted
    document = json.loads((tmp_path / "out" / "limits-fast.json").read_text())
    assert document == state
    with Ledger.read(tmp_path / "out") as ledger:
        codes = {key: [note.code for note in found] for _, key, found in ledger.all_notes()}
    assert all("limits-shared" in found for found in codes.values())
    assert len(codes) == 2


@pytest.mark.usefixtures("orbits")
def test_logarithmic_axes_have_lower_limits_of_the_samples(
    orbit_folder: Path, tmp_path: Path
) -> None:
    found = shared(recipe(orbit_folder, y_scale="log", z_scale="log"), tmp_path / "out")
    state = compute_global_extrema(
        orbit_folder,
        "log",
        "log",
        extrema_json_path=tmp_path / "e.json",
        compute_mins=True,
        log_floor_cutoff=0.0,
        max_energy=0,
    )
    assert limits(found, "ees").z_min == state["ees_log_log_z_min"] > 0
    assert limits(found, "ees").y_max == state["ees_log_log_y_max"]


@pytest.mark.usefixtures("orbits")
def test_limits_that_are_given_stay(orbit_folder: Path, tmp_path: Path) -> None:
    drawn = recipe(
        orbit_folder,
        y_scale="linear",
        z_scale="log",
        y_max=2500.0,
        limits={"ees": {"z_min": 7.0}, "ies": {"z_min": 1e30}},
    )
    found = shared(drawn, tmp_path / "out")
    assert limits(found, "ees").z_min == 7.0
    assert limits(found, "ees").y_max == 2500.0
    assert limits(found, "ees").z_max is not None
    # Nothing of the shared range is above what is given.
    assert (limits(found, "ies").z_min, limits(found, "ies").z_max) == (1e30, None)


def test_several_pairs_of_scales_are_refused(orbit_folder: Path, orbits: object) -> None:
    with pytest.raises(ConfigError, match="one pair of scales"):
        mill.run(recipe(orbit_folder, y_scale="both"), orbit_folder / "out", options=OPTIONS)
    assert not (orbit_folder / "out").exists()
