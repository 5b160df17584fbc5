"""The demo data: does what was put in come out, through the schema of a real file."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from figmill.errors import ConfigError, OutputError
from figmill.fast.synthetic.instrument import (
    DECOMPRESSED,
    MODE_SHAPE,
    compress,
    mode_table,
    solid_angle,
)
from figmill.fast.synthetic.orbits import (
    CUSP_TABLE,
    INSTRUMENTS,
    FileTruth,
    OrbitTruth,
    write_orbits,
)
from figmill.fast.synthetic.plasma import InvertedV, pass_at
from figmill.read.cdf.file import CdfFile, open_cdf
from figmill.read.istp import find_spectrograms, load_spectrogram

pytest.importorskip("pycdfpp")

FILL = np.float32(-1e31)


@pytest.fixture(scope="module")
def orbits(tmp_path_factory: pytest.TempPathFactory) -> list[OrbitTruth]:
    return write_orbits(
        tmp_path_factory.mktemp("fast"), 2, seed=3, survey_records=120, burst_records=30
    )


@pytest.fixture(params=INSTRUMENTS)
def truth(orbits: list[OrbitTruth], request: pytest.FixtureRequest) -> FileTruth:
    return orbits[0].files[request.param]


@pytest.fixture
def cdf(truth: FileTruth) -> CdfFile:
    return open_cdf(truth.path)


def test_names_and_folders(orbits: list[OrbitTruth]) -> None:
    first = orbits[0]
    assert first.orbit == 13616
    assert first.files["ees"].path.parts[-3:-1] == ("2000", "01")
    assert first.files["ees"].path.name == "fa_esa_l2_ees_20000128210935_13616_v01.cdf"
    assert first.ephemeris.name == "fa_k0_orb_13616_v01.cdf"
    assert len({file.path for orbit in orbits for file in orbit.files.values()}) == 8


def test_cells_in_use_follow_the_mode(cdf: CdfFile, truth: FileTruth) -> None:
    assert np.array_equal(cdf.read("mode_ind"), truth.modes)
    eflux, data = cdf.read("eflux"), cdf.read("data")
    for record, mode in enumerate(truth.modes):
        angles, energies = MODE_SHAPE[mode]
        assert cdf.read("nbins")[record] == angles
        assert cdf.read("nenergy")[record] == energies
        used = np.zeros((64, 96), dtype=bool)
        used[:angles, :energies] = True
        assert np.array_equal(eflux[record] != FILL, used)
        assert not data[record][~used].any()
        for name in ("energy_full", "denergy_full", "pitch_angle", "domega"):
            assert np.array_equal(cdf.read(name)[record] != FILL, used)


def test_full_arrays_agree_with_the_tables(cdf: CdfFile, truth: FileTruth) -> None:
    energy, theta, shift = cdf.read("energy"), cdf.read("theta"), cdf.read("theta_shift")
    for record in (0, truth.records // 2, truth.records - 1):
        mode = truth.modes[record]
        angles, energies = MODE_SHAPE[mode]
        here = (slice(0, angles), slice(0, energies))
        assert np.array_equal(cdf.read("energy_full")[record][here], energy[mode][here])
        turned = np.mod(theta[mode][here] + shift[record], 360.0)
        assert cdf.read("pitch_angle")[record][here] == pytest.approx(turned, abs=1e-3)


def test_eflux_is_the_byte_through_the_geometry(cdf: CdfFile, truth: FileTruth) -> None:
    eflux = cdf.read("eflux").astype(float)
    factor = cdf.read("gf")
    if factor.ndim == 3:
        factor = factor[cdf.read("gf_ind")]
    efficiency = cdf.read("eff")
    seconds, geometry = cdf.read("time_integ"), cdf.read("geom_factor")
    dead = cdf.read("dead").item()
    for record in range(0, truth.records, 7):
        mode = truth.modes[record]
        angles, energies = MODE_SHAPE[mode]
        here = (slice(0, angles), slice(0, energies))
        table = factor if factor.ndim == 2 else factor[record]
        response = geometry[record] * table[here] * efficiency[mode][here] * seconds[record]
        counts = eflux[record][here] * response
        counted = DECOMPRESSED[cdf.read("data")[record][here]]
        expected = counted / (1.0 - counted * dead / seconds[record])
        assert counts == pytest.approx(expected, rel=1e-5)


def test_each_beam_is_the_brightest_cell_where_it_was_put(cdf: CdfFile, truth: FileTruth) -> None:
    eflux, energy, pitch = (cdf.read(name) for name in ("eflux", "energy_full", "pitch_angle"))
    assert {beam.mode for beam in truth.beams} == set(truth.modes.tolist())
    for beam in truth.beams:
        for record in range(beam.first, beam.last + 1):
            assert truth.modes[record] == beam.mode
            seen = np.array(eflux[record])
            seen[:, 0] = FILL  # retrace
            cell = np.unravel_index(int(seen.argmax()), seen.shape)
            # Counting noise can make a neighbour brighter, not a cell further away.
            step = 360.0 / MODE_SHAPE[beam.mode][0]
            folded = 180.0 - abs(180.0 - float(pitch[record][cell]))
            assert abs(np.log(energy[record][cell] / beam.energy)) < 0.16
            assert abs(folded - beam.pitch_angle) <= 1.6 * step


def test_the_arc_peaks_where_it_should(orbits: list[OrbitTruth]) -> None:
    orbit = orbits[0]
    file = orbit.files["ees"]
    cdf = open_cdf(file.path)
    peak = orbit.arc.energy_at(file.times)
    inside = np.flatnonzero(peak > 800.0)
    assert len(inside) > 5
    eflux, energy = cdf.read("eflux"), cdf.read("energy_full")
    pitch = cdf.read("pitch_angle")
    for record in inside:
        down = (pitch[record, :32, 1] < 60) | (pitch[record, :32, 1] > 300)
        spectrum = eflux[record, :32, 1:48][down].mean(axis=0)
        found = energy[record, 0, 1:48][spectrum.argmax()]
        assert abs(np.log(found / peak[record])) < 0.25


def test_the_upgoing_loss_cone_is_empty(orbits: list[OrbitTruth]) -> None:
    orbit = orbits[0]
    cdf = open_cdf(orbit.files["ees"].path)
    record = int(np.nanargmax(orbit.arc.energy_at(orbit.files["ees"].times)))
    pitch = cdf.read("pitch_angle")[record, :32, 10]
    eflux = cdf.read("eflux")[record, :32, 5:20].mean(axis=1)
    up, down = np.abs(pitch - 180) < 20, (pitch < 90) | (pitch > 270)
    assert eflux[up].mean() < 0.2 * eflux[down].mean()


def test_ions_disperse_in_the_cusp(orbits: list[OrbitTruth]) -> None:
    orbit = orbits[0]
    file = orbit.files["ies"]
    cdf = open_cdf(file.path)
    expected = orbit.cusp.energy_at(file.times)
    inside = np.flatnonzero(np.isfinite(expected) & (np.arange(file.records) % 3 == 0))
    eflux, energy = cdf.read("eflux"), cdf.read("energy_full")
    assert len(inside) > 2
    for record in inside:
        if any(beam.first <= record <= beam.last for beam in file.beams):
            continue
        angles, energies = MODE_SHAPE[file.modes[record]]
        spectrum = eflux[record, :angles, 1:energies].mean(axis=0)
        found = energy[record, 0, 1:energies][spectrum.argmax()]
        assert abs(np.log(found / expected[record])) < 0.5


def test_gaps_and_mode_changes_are_in_the_records(cdf: CdfFile, truth: FileTruth) -> None:
    start, end, middle = (cdf.read(name) for name in ("time_start", "time_end", "time_unix"))
    assert np.array_equal(middle, truth.times)
    assert cdf.read("epoch") == pytest.approx(middle, abs=1e-3)
    apart = np.flatnonzero(start[1:] - end[:-1] > 1.0)
    assert [(end[i], start[i + 1]) for i in apart] == list(truth.gaps)
    assert truth.gaps
    changes = np.flatnonzero(np.diff(truth.modes.astype(int))) + 1
    assert tuple(changes) == truth.mode_changes
    assert bool(truth.mode_changes) == (truth.instrument != "ieb")


def test_bad_records_are_marked(cdf: CdfFile, truth: FileTruth) -> None:
    assert np.flatnonzero(cdf.read("valid") != 1).tolist() == list(truth.bad_records)
    assert truth.bad_records


def test_it_reads_as_one_spectrogram(cdf: CdfFile, truth: FileTruth) -> None:
    (candidate,) = find_spectrograms(cdf).primary
    read = load_spectrogram(cdf, candidate)
    assert candidate.name == "eflux"
    assert read.unit == "eV/(cm^{2} s sr eV)"
    assert read.values.shape == (truth.records, 64, 96)
    assert (read.y.role, read.third.role if read.third else "") == ("energy", "pitch_angle")
    assert np.isnan(read.y.centers[..., 0]).all()
    assert np.isnan(read.values[list(truth.bad_records)]).all()
    assert read.time.lo is not None
    assert np.array_equal(read.time.lo, cdf.read("time_start"))
    assert read.y.lo is not None
    lo, hi = np.atleast_2d(read.y.lo)[0], np.atleast_2d(read.y.hi)[0]
    used = np.flatnonzero(np.isfinite(lo))
    assert np.array_equal(used, np.arange(1, len(used) + 1))
    assert lo[used[:-1]] == pytest.approx(hi[used[1:]], rel=1e-4)  # bins touch, descending


def test_virtual_variables_hold_no_records(cdf: CdfFile) -> None:
    for name in ("pitch_angle_median", "energy_median", "eflux_movie"):
        assert cdf.variables[name].shape[0] == 0
        assert cdf.variables[name].text("VIRTUAL") == "true"
    assert cdf.variables["eflux"].text("DEPEND_2") == "energy_median"


def test_the_orbit_file_crosses_midnight(orbits: list[OrbitTruth]) -> None:
    orbit = orbits[0]
    cdf = open_cdf(orbit.ephemeris)
    times, hours = cdf.read("unix_time"), cdf.read("mlt")
    assert cdf.variables["mlt"].shape == (400,)
    assert cdf.read("Epoch") == pytest.approx(times, abs=1e-3)
    assert 0 <= hours.min() < hours.max() < 24
    jump = int(np.flatnonzero(np.diff(hours) < -12)[0])
    assert times[jump] < orbit.midnight <= times[jump + 1] + 1
    survey = orbit.files["ees"].times
    assert survey[0] < orbit.midnight < survey[-1]
    assert 350 <= cdf.read("alt").min() < cdf.read("alt").max() <= 4175
    assert cdf.read("ilat").max() == pytest.approx(84.0, abs=0.1)
    assert (cdf.read("orbit") == orbit.orbit).all()


def test_the_cusp_table_points_into_each_file(orbits: list[OrbitTruth]) -> None:
    folder = orbits[0].ephemeris.parents[2]
    with (folder / CUSP_TABLE).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [int(row["Orbit Number"]) for row in rows] == [orbit.orbit for orbit in orbits]
    for row, orbit in zip(rows, orbits, strict=True):
        for name, file in orbit.files.items():
            assert row[f"{name} File"] == file.path.name
            mark = orbit.cusp_records[name]
            assert mark is not None
            assert (
                int(row[f"{name} min Index"]),
                int(row[f"{name} max Index".replace("max", "Max")]),
            ) == mark
            inside = file.times[[mark[0], mark[1]]]
            assert (orbit.cusp.start <= inside).all()
            assert (inside <= orbit.cusp.end).all()
    assert orbits[0].cusp_records["ees"] != orbits[1].cusp_records["ees"]
    first, last = orbits[1].cusp_records["ees"] or (0, 1)
    assert first == last


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    def digest(folder: str, seed: int) -> list[bytes]:
        write_orbits(
            tmp_path / folder,
            1,
            seed=seed,
            survey_records=12,
            burst_records=9,
            instruments=("ees", "ieb"),
        )
        files = sorted((tmp_path / folder).rglob("*.*"))
        assert len(files) == 4
        return [file.read_bytes() for file in files]

    assert digest("a", 5) == digest("b", 5)
    assert digest("a", 5) != digest("c", 6)


@pytest.mark.parametrize("records", [1, 2, 3, 7])
def test_few_records(tmp_path: Path, records: int) -> None:
    (orbit,) = write_orbits(tmp_path, 1, survey_records=records, burst_records=records)
    for file in orbit.files.values():
        cdf = open_cdf(file.path)
        assert cdf.variables["eflux"].shape == (records, 64, 96)
        (candidate,) = find_spectrograms(cdf).primary
        # Records with a quality flag are left out; of a few, these may be all.
        sound = bool((cdf.read("data_quality") == 0).any())
        assert load_spectrogram(cdf, candidate).has_data == sound


def test_times_ascend(orbits: list[OrbitTruth]) -> None:
    for orbit in orbits:
        for file in orbit.files.values():
            assert all(early < late for early, late in pairwise(file.times))


@pytest.mark.parametrize(
    "wrong", [{"orbits": 0}, {"survey_records": 0}, {"instruments": ("ees", "xyz")}]
)
def test_wrong_arguments(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="Choose from ees"):
        write_orbits(tmp_path, **wrong)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        write_orbits(tmp_path / "file", 1, survey_records=1, burst_records=1)


class TestInstrument:
    def test_a_byte_stands_for_the_counts_it_is_sent_for(self) -> None:
        assert np.array_equal(compress(DECOMPRESSED), np.arange(len(DECOMPRESSED)))
        assert compress(np.array([0, 1, 15, 10**9])).tolist() == [0, 1, 15, len(DECOMPRESSED) - 1]
        counts = np.arange(16, 60000)
        error = np.abs(DECOMPRESSED[compress(counts)] - counts) / counts
        assert error.max() < 0.04

    @pytest.mark.parametrize("mode", [0, 1, 2])
    def test_all_sectors_make_a_sphere(self, mode: int) -> None:
        table = mode_table(mode, electrons=True)
        for shift in (0.0, 3.7, 200.0):
            pitch = np.mod(table.theta[:, 5].astype(float) + shift, 360.0)
            assert solid_angle(pitch, table.sector).sum() == pytest.approx(4 * np.pi)
            assert (solid_angle(pitch, table.sector) > 0).all()

    def test_energies_descend_and_the_long_table_repeats_its_last(self) -> None:
        for mode in range(3):
            assert (np.diff(mode_table(mode, electrons=False).energy) <= 0).all()
        assert len(set(mode_table(2, electrons=True).energy[-4:].tolist())) == 1


def test_the_arc_is_a_parabola() -> None:
    arc = InvertedV(start=0.0, end=100.0, peak_energy=4000.0)
    assert arc.energy_at([50.0, 0.0, 25.0]).tolist()[::2] == [4000.0, 3000.0]
    assert np.isnan(arc.energy_at([-1.0, 101.0])).all()


def test_the_pass_meets_the_aurora_at_night_and_the_cusp_by_day() -> None:
    where = pass_at(1e9)
    latitude, hours = where.place([where.arc.start, where.arc.end])
    assert ((latitude > 60) & (latitude < 76)).all()
    assert ((hours > 22) | (hours < 2)).all()
    latitude, hours = where.place([where.cusp.start, where.cusp.end])
    assert ((latitude > 60) & (latitude < 80)).all()
    assert ((hours > 8) & (hours < 14)).all()
