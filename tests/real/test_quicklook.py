"""Quicklooks of real files against the same cells read and coloured by other libraries."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import LogNorm
from PIL import Image

from figmill import mill
from figmill.draw.layout import layout
from figmill.figure import Figure, Spectrogram
from figmill.quicklook import QuicklookRecipe

cdflib = pytest.importorskip("cdflib")

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "cdf"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real files are not in {DATA}")

HOPE = "rbspa_rel04_ect-hope-PA-L3_20121201_v0.0.0.cdf"
ELFIN = "elb_l2_epdef_20210914_v01.cdf"
EPT = "solo_L2_epd-ept-north-hcad_20200713_V02.cdf"
WIND = "wi_plsp_3dp_19990329_v02.cdf"


def quicklook(name: str, row: str, **options: object) -> Figure:
    recipe = QuicklookRecipe(paths=(str(DATA / name),), rows=(row,), **options)
    (item,) = recipe.items()
    return recipe.describe(item).drawings[0].figure


def pixels_of(figure: Figure) -> np.ndarray:
    """Every colour as it is: not those of a palette."""
    data = figure.to_bytes("png", palette=False)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def check(
    figure: Figure, times: np.ndarray, energies: np.ndarray, values: np.ndarray, least: int
) -> None:
    """Compare pixels at the centres of cells with colours worked out by matplotlib.

    `times` (n,) UNIX seconds, `energies` (n, m), `values` (n, m) with NaN for missing.
    """
    picture = pixels_of(figure)
    (placed,) = layout(figure).panels
    layer = placed.panel.layers[0]
    assert isinstance(layer, Spectrogram)
    limits = placed.colors[0]
    assert limits is not None
    x = placed.x.pixels(times)
    wide = placed.x.pixels(layer.x.hi) - placed.x.pixels(layer.x.lo)
    norm, cmap = LogNorm(*limits), colormaps["viridis"]
    compared = 0
    rng = np.random.default_rng(0)
    seen = np.flatnonzero((x > placed.box.x0 + 2) & (x < placed.box.x1 - 2))
    for record in rng.permutation(seen)[:400]:
        around = (layer.x.lo <= times[record]) & (times[record] < layer.x.hi)
        if np.count_nonzero(around) != 1 or wide[around][0] < 1.5:
            continue  # not wider than a pixel: averaged with its neighbours
        y = placed.y.pixels(energies[record])
        for bin_ in range(values.shape[1]):
            value = values[record, bin_]
            same = np.isclose(energies[record], energies[record, bin_], rtol=1e-4)
            if same.sum() > 1 or not placed.box.y0 + 2 < y[bin_] < placed.box.y1 - 2:
                continue  # repeated energies are averaged; see the test of its own
            pixel = picture[int(y[bin_]), int(x[record])].astype(int)
            if np.isfinite(value) and limits[0] <= value <= limits[1]:
                expected = np.array(cmap(float(norm(value)), bytes=True)[:3]).astype(int)
                assert np.abs(pixel - expected).max() <= 4, (record, bin_, value)
                compared += 1
            elif np.isfinite(value):
                inside = np.array(cmap(np.linspace(0, 1, 256), bytes=True))[:, :3].astype(int)
                assert np.abs(inside - pixel).sum(axis=1).min() > 12, (record, bin_, value)
                compared += 1
    assert compared >= least


def unix(file: object, name: str) -> np.ndarray:
    return np.asarray(cdflib.cdfepoch.unixtime(file.varget(name)))


def test_hope_protons() -> None:
    file = cdflib.CDF(str(DATA / HOPE))
    flux = file.varget("FPDO").astype(float)
    flux[flux < 0] = np.nan
    figure = quicklook(HOPE, "FPDO", width=14, dpi=150)
    check(figure, unix(file, "Epoch_Ion"), file.varget("HOPE_ENERGY_Ion"), flux, 3000)


def test_hope_electrons_by_both_energy_tables() -> None:
    file = cdflib.CDF(str(DATA / HOPE))
    flux = file.varget("FEDO").astype(float)
    flux[flux < 0] = np.nan
    energy = file.varget("HOPE_ENERGY_Ele")
    figure = quicklook(HOPE, "FEDO", width=14, height=8, dpi=150)
    check(figure, unix(file, "Epoch_Ele"), energy, flux, 2000)
    # The second table repeats each energy eight times: the mean of the eight is shown.
    second = np.flatnonzero([len(np.unique(row)) < 20 for row in energy])
    assert 5 < len(second) < 95
    picture = pixels_of(figure)
    (placed,) = layout(figure).panels
    limits = placed.colors[0]
    assert limits is not None
    x = placed.x.pixels(unix(file, "Epoch_Ele"))
    compared = 0
    for record in second:
        for value in np.unique(energy[record]):
            mean = np.nanmean(flux[record][energy[record] == value])
            if not limits[0] < mean < limits[1]:
                continue
            y = placed.y.pixels(np.array([float(value)]))[0]
            if not placed.box.y0 + 2 < y < placed.box.y1 - 2:
                continue
            pixel = picture[int(y), int(x[record])].astype(int)
            expected = colormaps["viridis"](float(LogNorm(*limits)(mean)), bytes=True)[:3]
            assert np.abs(pixel - np.array(expected).astype(int)).max() <= 4
            compared += 1
    assert compared > 50


def test_solar_orbiter_energies_are_low_edges() -> None:
    file = cdflib.CDF(str(DATA / EPT))
    low = np.ravel(file.varget("Ion_Bins_Low_Energy")).astype(float)
    width = np.ravel(file.varget("Ion_Bins_Width")).astype(float)
    flux = file.varget("Ion_Flux").astype(float)
    flux[flux < 0] = np.nan
    times = unix(file, "EPOCH") + 0.5  # EPOCH begins each second of measurement
    figure = quicklook(EPT, "Ion_Flux", time_start="2020-07-13T01:00", time_stop="2020-07-13T01:05")
    centres = np.broadcast_to(np.sqrt(low * (low + width)), flux.shape)
    check(figure, times, centres, flux, 1500)
    layer = figure.panels[0][0].layers[0]
    assert isinstance(layer, Spectrogram)
    np.testing.assert_allclose(layer.y.lo[0], low, rtol=1e-6)
    np.testing.assert_allclose(layer.y.hi[0], low + width, rtol=1e-6)


def test_the_gap_of_solar_orbiter_is_blank() -> None:
    figure = quicklook(EPT, "Ion_Flux")
    file = cdflib.CDF(str(DATA / EPT))
    times = unix(file, "EPOCH")
    longest = np.argmax(np.diff(times))
    assert np.diff(times)[longest] == pytest.approx(43_865, abs=1)
    picture = pixels_of(figure)
    (placed,) = layout(figure).panels
    start, stop = placed.x.pixels(times[longest : longest + 2])
    y0, y1 = int(placed.box.y0) + 3, int(placed.box.y1) - 3
    assert (picture[y0:y1, int(start) + 3 : int(stop) - 2] == 255).all()
    assert (picture[y0:y1, int(start) - 4] < 255).any()
    assert (picture[y0:y1, int(stop) + 4] < 255).any()


def test_elfin_half_spins() -> None:
    file = cdflib.CDF(str(DATA / ELFIN))
    cube = file.varget("elb_pef_hs_Epat_nflux").astype(float)
    low = np.ravel(file.varget("elb_pef_energies_min")).astype(float)
    high = np.ravel(file.varget("elb_pef_energies_max")).astype(float)
    finite = np.isfinite(cube)
    assert cube.shape[1:] == (10, 16)
    # Pitch angles count by their part of the sphere; a bin reaches midway to its neighbours.
    angles = np.radians(file.varget("elb_pef_hs_epa_spec").astype(float))
    inner = (angles[:, 1:] + angles[:, :-1]) / 2
    first, last = 2 * angles[:, :1] - inner[:, :1], 2 * angles[:, -1:] - inner[:, -1:]
    edges = np.clip(np.concatenate((first, inner, last), axis=1), 0, np.pi)
    part = np.abs(np.diff(np.cos(edges), axis=1))[:, :, None] * finite
    mean = (np.where(finite, cube, 0) * part).sum(axis=1) / np.maximum(part.sum(axis=1), 1e-9)
    mean[~finite.any(axis=1)] = np.nan
    figure = quicklook(ELFIN, "elb_pef_hs_Epat_nflux", width=14)
    centres = np.broadcast_to(np.sqrt(low * high), mean.shape)
    check(figure, unix(file, "elb_pef_hs_time"), centres, mean, 400)


def test_wind_with_its_98_tables() -> None:
    file = cdflib.CDF(str(DATA / WIND))
    flux, energy = file.varget("FLUX").astype(float), file.varget("ENERGY").astype(float)
    flux[~np.isfinite(flux) | (flux < 0)] = np.nan
    figure = quicklook(WIND, "FLUX", width=20, height=8, dpi=150)
    layer = figure.panels[0][0].layers[0]
    assert isinstance(layer, Spectrogram)
    assert len(layer.y.lo) == 98
    check(figure, file.varget("TIME").astype(float), energy, flux, 2500)


def test_all_of_them_in_one_run(tmp_path: Path) -> None:
    report = mill.run(QuicklookRecipe(paths=(str(DATA),)), tmp_path)
    assert report.counts == {"done": 6, "no_data": 1, "failed": 0, "skipped": 0, "planned": 0}
    again = mill.run(QuicklookRecipe(paths=(str(DATA),)), tmp_path)
    assert again.skipped == 7


def test_the_mean_over_pitch_angles_is_that_of_the_sphere() -> None:
    file = cdflib.CDF(str(DATA / HOPE))
    flux = file.varget("FPDU").astype(float)
    flux[flux < 0] = np.nan
    angles = file.varget("PITCH_ANGLE").astype(float)
    middle = 0.5 * (angles[1:] + angles[:-1])
    first, last = 2 * angles[0] - middle[0], 2 * angles[-1] - middle[-1]
    edges = np.clip(np.concatenate(([first], middle, [last])), 0, 180)
    weight = -np.diff(np.cos(np.radians(edges)))[None, :, None]
    there = np.isfinite(flux)
    total = np.where(there, weight, 0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        expected = np.where(there, flux * weight, 0).sum(axis=1) / np.where(
            total > 0, total, np.nan
        )
    layer = quicklook(HOPE, "FPDU").panels[0][0].layers[0]
    assert isinstance(layer, Spectrogram)
    np.testing.assert_allclose(layer.values, expected, rtol=1e-6)


def test_regular_dead_time_is_filled_and_gaps_are_not() -> None:
    file = cdflib.CDF(str(DATA / HOPE))
    times = unix(file, "Epoch_Ion")
    half = file.varget("Epoch_Ion_DELTA").astype(float) / 1e3
    open_ = quicklook(HOPE, "FPDO", dead_time="open").panels[0][0].layers[0]
    filled = quicklook(HOPE, "FPDO").panels[0][0].layers[0]
    assert isinstance(open_, Spectrogram)
    assert isinstance(filled, Spectrogram)
    np.testing.assert_allclose(open_.x.lo, times - half, rtol=0, atol=1e-3)
    np.testing.assert_allclose(open_.x.hi, times + half, rtol=0, atol=1e-3)
    gaps = np.diff(times) > 1.75 * np.median(np.diff(times))
    pauses = filled.x.lo[1:] - filled.x.hi[:-1]
    np.testing.assert_allclose(pauses[~gaps], 0, atol=1e-6)
    assert (pauses[gaps] > 0).all()
