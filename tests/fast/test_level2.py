"""The reading of generated files against what was put into them."""

import numpy as np
import pytest

from figmill.errors import InputError, NoData
from figmill.fast.level2 import Level2, open_level2
from figmill.fast.level2_energies import step_bounds
from figmill.fast.sectors import SECTORS, collapse_sectors, pitch_spectrum
from figmill.fast.synthetic.instrument import DEAD_TIME_S, DECOMPRESSED
from figmill.read import cdf

INSTRUMENTS = ("ees", "eeb", "ies", "ieb")


def rows_of(level: Level2, quantity="eflux", rule="weighted"):
    rows = np.full((len(SECTORS), level.count, level.energies.lo.shape[1]), np.nan)
    for piece in level.pieces(quantity, solid_angles=rule == "weighted"):
        part = collapse_sectors(
            piece.values, piece.pitch, SECTORS, rule=rule, weights=piece.weights
        )
        rows[:, piece.first : piece.stop, : part.shape[2]] = part
    return rows


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_records_modes_and_times(orbit, name):
    truth = orbit.files[name]
    level = open_level2(truth.path)
    assert level.instrument == name
    assert level.count == truth.records
    np.testing.assert_allclose(level.centers, truth.times, atol=1e-5)
    assert [run.mode for run in level.runs] == truth.modes[[0, *truth.mode_changes]].tolist()
    assert [run.first for run in level.runs[1:]] == list(truth.mode_changes)
    bad = {*truth.bad_records, *truth.flagged_records}
    assert set(np.flatnonzero(~level.usable)) == bad
    assert len(truth.flagged_records) >= 2


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_gaps_are_left_open(orbit, name):
    truth = orbit.files[name]
    level = open_level2(truth.path)
    for begin, end in truth.gaps:
        inside = (level.times.hi > begin + 1e-3) & (level.times.lo < end - 1e-3)
        assert not inside.any()
    covered = (level.times.hi - level.times.lo).sum()
    span = level.times.hi.max() - level.times.lo.min()
    assert covered == pytest.approx(span - sum(b - a for a, b in truth.gaps), rel=1e-6)


def undisturbed(level, beam):
    """The nearest record of the same mode without the beam."""
    for record in (beam.first - 1, beam.last + 1):
        good = 0 <= record < level.count and level.usable[record]
        if good and level.table_of(record) == level.table_of(beam.first):
            return record
    raise AssertionError("no record beside the beam")


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_beams_are_at_their_energy_pitch_angle_and_time(orbit, name):
    truth = orbit.files[name]
    level = open_level2(truth.path, quality="any")
    rows = rows_of(level)
    assert truth.beams
    for beam in truth.beams:
        angle = np.array([beam.pitch_angle])
        (row,) = [n for n, one in enumerate(SECTORS) if not one.is_all and one.holds(angle)[0]]
        others = [n for n in range(1, len(SECTORS)) if n != row]
        beside = undisturbed(level, beam)
        for record in np.flatnonzero(level.usable[: beam.last + 1])[-3:]:
            table = level.table_of(record)
            low, high = level.energies.lo[table], level.energies.hi[table]
            assert beam.first <= record
            added = rows[:, record] - rows[:, beside]
            brightest = int(np.nanargmax(added[row]))
            assert low[brightest] <= beam.energy <= high[brightest], (beam, record)
            assert added[row, brightest] > 5 * np.nanmax(added[others, brightest])


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_pitch_angle_spectra_find_the_beams(orbit, name):
    truth = orbit.files[name]
    level = open_level2(truth.path, quality="any")
    for beam in truth.beams:
        found = np.full((level.count, 24), np.nan)
        for piece in level.pieces("eflux", solid_angles=True):
            energy = level.energy_centers[level.table_of(piece.first)][: piece.values.shape[2]]
            band = np.flatnonzero(np.abs(np.log(energy / beam.energy)) < 0.1)
            found[piece.first : piece.stop] = pitch_spectrum(
                piece.values[:, :, band], piece.pitch[:, :, band], weights=piece.weights[:, :, band]
            )
        inside = np.arange(beam.first, beam.last + 1)
        added = found[inside[level.usable[inside]]] - found[undisturbed(level, beam)]
        brightest = np.nanargmax(added, axis=1) * 15.0 + 7.5
        folded = 180.0 - np.abs(180.0 - brightest)
        assert np.abs(folded - beam.pitch_angle).max() <= 15.0


@pytest.mark.parametrize("name", ["ees", "ieb"])
@pytest.mark.parametrize("rule", ["weighted", "sum"])
def test_rows_equal_a_plain_computation_on_the_full_arrays(orbit, name, rule):
    path = orbit.files[name].path
    file = cdf.open_cdf(path, library="cdflib")
    flux = file.read("eflux")[:, :, 1:].astype(np.float64)
    pitch = file.read("pitch_angle")[:, :, 1:]
    omega = file.read("domega")[:, :, 1:].astype(np.float64)
    usable = (file.read("valid") == 1) & (file.read("data_quality") == 0)
    good = (flux > -1e30) & usable[:, None, None]
    found = rows_of(open_level2(path), rule=rule)
    for row, sector in zip(found, SECTORS, strict=True):
        inside = good & np.any([(pitch >= a) & (pitch < b) for a, b in sector.ranges], axis=0)
        weight = inside * (omega if rule == "weighted" else 1.0)
        total, share = (flux * weight).sum(axis=1), weight.sum(axis=1)
        with np.errstate(invalid="ignore"):
            expected = np.where(share > 0, total / (share if rule == "weighted" else 1.0), np.nan)
        np.testing.assert_allclose(row, expected[:, : row.shape[1]], rtol=1e-4)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_counts_from_flux_are_the_counts_that_made_it(orbit, name):
    path = orbit.files[name].path
    file = cdf.open_cdf(path)
    code = file.read("data")
    seconds = file.read("time_integ")[:, None, None]
    counted = DECOMPRESSED[np.minimum(code, len(DECOMPRESSED) - 1)]
    true = counted / (1.0 - counted * DEAD_TIME_S / seconds)
    level = open_level2(path)
    seen = 0
    for piece in level.pieces("counts"):
        expected = true[piece.first : piece.stop, : piece.values.shape[1]]
        expected = expected[:, :, 1 : piece.values.shape[2] + 1]
        good = np.isfinite(piece.values)
        np.testing.assert_allclose(piece.values[good], expected[good], rtol=1e-4, atol=1e-6)
        seen += int(good.sum())
    assert seen > 10_000


def test_raw_is_the_byte_as_it_is(orbit):
    path = orbit.files["ees"].path
    code = cdf.open_cdf(path).read("data")
    for piece in open_level2(path).pieces("raw"):
        expected = code[piece.first : piece.stop, : piece.values.shape[1]].astype(float)
        expected = expected[:, :, 1 : piece.values.shape[2] + 1]
        good = np.isfinite(piece.values)
        assert np.array_equal(piece.values[good], expected[good])


def test_retrace_is_dropped_and_energies_descend(orbit):
    truth = orbit.files["ees"]
    level = open_level2(truth.path)
    file = cdf.open_cdf(truth.path)
    retrace = file.read("energy_full")[0, 0, 0]
    assert np.nanmax(level.energies.hi) < retrace
    for table in level.energy_centers:
        used = table[np.isfinite(table)]
        assert (np.diff(used) <= 0).all()


@pytest.mark.parametrize("name", ["ees", "eeb"])
def test_energy_bins_touch_and_hold_the_files_energies(orbit, name):
    file = cdf.open_cdf(orbit.files[name].path)
    level = open_level2(orbit.files[name].path)
    energy = file.read("energy_full")
    for run in level.runs:
        table = level.table_of(run.first)
        low, high = level.energies.lo[table], level.energies.hi[table]
        said = energy[run.first, 0, 1 : run.energies]
        used = slice(0, said.size)
        assert (low[used] <= said).all()
        assert (said <= high[used]).all()
        distinct = np.unique(np.stack([low[used], high[used]]), axis=1)
        np.testing.assert_allclose(distinct[0, 1:], distinct[1, :-1], rtol=1e-5)


def test_quality_flags_leave_records_out_unless_told_otherwise(orbit, edited):
    def flag(arrays):
        arrays["data_quality"][5] = 2
        arrays["data_quality"][6] = 255

    path = edited(orbit.files["ees"].path, flag)
    before = cdf.open_cdf(orbit.files["ees"].path).read("data_quality")
    bad = {*orbit.files["ees"].bad_records, *np.flatnonzero(before)}
    assert set(np.flatnonzero(~open_level2(path).usable)) == bad | {5, 6}
    invalid = set(orbit.files["ees"].bad_records)
    assert set(np.flatnonzero(~open_level2(path, quality="any").usable)) == invalid | {6}
    assert np.isnan(rows_of(open_level2(path))[:, 5]).all()


def test_pitch_angles_that_are_not_the_tables_are_read_in_full(orbit, edited):
    def turn(arrays):
        pitch = arrays["pitch_angle"]
        used = pitch > -1e30
        pitch[used] = np.mod(pitch[used] + 90.0, 360.0)

    path = edited(orbit.files["ees"].path, turn)
    level = open_level2(path)
    assert not level.pitch_from_table
    assert any("the file's angles" in note.text for note in level.notes)
    turned, straight = (
        next(level.pieces("raw")),
        next(open_level2(orbit.files["ees"].path).pieces("raw")),
    )
    away = np.mod(turned.pitch - straight.pitch, 360.0)
    np.testing.assert_allclose(away, 90.0, atol=1e-2)


def test_energies_that_are_not_the_tables_are_read_in_full(orbit, edited):
    def shift(arrays):
        used = arrays["energy_full"] > 0
        arrays["energy_full"][used] *= 1.5
        arrays["denergy_full"][used] *= 1.5

    path = edited(orbit.files["ies"].path, shift)
    plain, level = open_level2(orbit.files["ies"].path), open_level2(path)
    assert any("the file's energies" in note.text for note in level.notes)
    for record in (0, level.count - 1):
        np.testing.assert_allclose(
            level.energy_centers[level.table_of(record)],
            1.5 * plain.energy_centers[plain.table_of(record)],
            rtol=1e-3,
        )


@pytest.mark.parametrize("time", [1e300, -5.0, float("nan"), -1e31])
def test_times_that_are_none_hide_their_record(orbit, edited, time):
    def spoil(arrays):
        for name in ("time_unix", "time_start", "time_end"):
            arrays[name][9] = time

    level = open_level2(edited(orbit.files["ees"].path, spoil))
    assert np.isnan(level.times.lo[9])
    assert not level.usable[9]
    plain = open_level2(orbit.files["ees"].path)
    assert level.times.extent == plain.times.extent


def test_one_bound_that_is_none_is_put_right(orbit, edited):
    def spoil(arrays):
        arrays["time_end"][9] = 0.0

    truth = orbit.files["ees"]
    level = open_level2(edited(truth.path, spoil))
    plain = open_level2(truth.path)
    np.testing.assert_allclose(level.times.lo, plain.times.lo, atol=0.01)
    np.testing.assert_allclose(level.times.hi, plain.times.hi, atol=0.01)
    assert any("no sound begin and end" in note.text for note in level.notes)


def test_records_of_an_unknown_mode_are_missing(orbit, edited):
    def odd(arrays):
        arrays["mode_ind"][10:14] = 77

    level = open_level2(edited(orbit.files["ees"].path, odd))
    rows = rows_of(level)
    assert np.isnan(rows[:, 10:14]).all()
    assert np.isfinite(rows[0, 14]).any()
    assert any("unknown mode 77" in note.text for note in level.notes)


def test_a_file_of_another_instrument_is_refused(orbit, tmp_path):
    path = tmp_path / orbit.files["ies"].path.name.replace("_ies_", "_ees_")
    path.write_bytes(orbit.files["ies"].path.read_bytes())
    with pytest.raises(InputError, match="holds data of ies"):
        open_level2(path)


def test_a_file_without_records(orbit, edited):
    def empty(arrays):
        for name in arrays:
            if len(arrays[name]) == orbit.files["ees"].records:
                arrays[name] = arrays[name][:0]

    with pytest.raises(NoData, match="no records"):
        open_level2(edited(orbit.files["ees"].path, empty))


def test_all_fill_is_all_missing(orbit, edited):
    def fill(arrays):
        arrays["eflux"][:] = -1e31
        arrays["data"][:] = 255

    level = open_level2(edited(orbit.files["ees"].path, fill))
    assert np.isnan(rows_of(level)).all()
    assert np.isnan(rows_of(level, "raw", "sum")).all()


def test_a_quantity_that_the_file_does_not_have(orbit, edited):
    def drop(arrays):
        del arrays["eflux"]

    level = open_level2(edited(orbit.files["ees"].path, drop))
    assert level.quantities() == ("raw",)
    with pytest.raises(InputError, match="eflux"):
        next(level.pieces("eflux"))


@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_pieces_of_any_size_give_the_same_result(orbit, most, monkeypatch):
    level = open_level2(orbit.files["ees"].path)
    whole = rows_of(level)
    plain = level.pieces
    monkeypatch.setattr(Level2, "pieces", lambda _, *a, **k: plain(*a, most=most, **k))
    np.testing.assert_array_equal(rows_of(level), whole)


def a_record(path):
    """A usable record that is neither the first, the middle nor the last of its run."""
    level = open_level2(path)
    run = level.runs[-1]
    ends = {run.first, (run.first + run.stop) // 2, run.stop - 1}
    inside = [n for n in range(run.first, run.stop) if level.usable[n] and n not in ends]
    return inside[len(inside) // 3]


def test_one_record_with_other_pitch_angles_is_enough(orbit, edited):
    original = orbit.files["ees"].path
    record = a_record(original)

    def turn(arrays):
        used = arrays["pitch_angle"][record] > -1e30
        arrays["pitch_angle"][record][used] = np.mod(
            arrays["pitch_angle"][record][used] + 90.0, 360.0
        )

    path = edited(original, turn)
    level = open_level2(path)
    assert not level.pitch_from_table
    assert [n.code for n in level.notes if "angles" in n.code] == ["angles-differ-from-table"]
    found, before = rows_of(level), rows_of(open_level2(original))
    others = np.arange(level.count) != record
    np.testing.assert_allclose(found[:, others], before[:, others], rtol=1e-4)
    np.testing.assert_array_equal(found[0], before[0])  # of all angles
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(found[1, record], before[1, record], rtol=0.1)


@pytest.mark.parametrize("which", ["energy_full", "denergy_full"])
def test_one_record_with_other_energies_is_enough(orbit, edited, which):
    original = orbit.files["ies"].path
    record = a_record(original)
    plain = open_level2(original)
    where = plain.table_of(record)

    def shift(arrays):
        for name in ("energy_full", "denergy_full"):
            used = arrays[name][record] > 0
            if name == which:
                arrays[name][record][used] *= 0.5

    level = open_level2(edited(original, shift))
    assert "energies-differ-from-table" in [note.code for note in level.notes]
    mine = level.table_of(record)
    neighbour = level.table_of(record + 1)
    assert mine != neighbour
    np.testing.assert_allclose(level.energies.lo[neighbour], plain.energies.lo[where], rtol=2e-3)
    widths = (
        (level.energies.hi - level.energies.lo)[mine],
        (plain.energies.hi - plain.energies.lo)[where],
    )
    if which == "energy_full":
        ratio = level.energy_centers[mine] / plain.energy_centers[where]
    else:
        ratio = widths[0] / widths[1]
    np.testing.assert_allclose(np.nanmedian(ratio), 0.5, rtol=0.05)


def test_records_that_cannot_be_used_are_not_compared(orbit, edited):
    original = orbit.files["ees"].path
    record = a_record(original)

    def spoil(arrays):
        arrays["data_quality"][record] = 2
        for name in ("pitch_angle", "energy_full", "denergy_full"):
            arrays[name][record] = -1e31
        arrays["theta_shift"][record] = np.nan

    level = open_level2(edited(original, spoil))
    assert level.pitch_from_table
    assert not any("differ" in note.code for note in level.notes)


def test_bounds_of_steps_without_width():
    energy = np.array([100.0, 50.0, 20.0, 20.0, 20.0])
    width = np.array([60.0, 40.0, 0.0, 0.0, 0.0])
    low, high = step_bounds(energy, width)
    assert low[:2].tolist() == [70.0, 30.0]
    assert high[:2].tolist() == [130.0, 70.0]
    assert high[2:].tolist() == [30.0] * 3
    np.testing.assert_allclose(low[2:], 400.0 / 30.0)
    low, high = step_bounds(energy, None)
    assert (low < energy).all()
    assert (energy < high).all()


def test_steps_that_overlap_are_cut_midway():
    energy, width = np.array([100.0, 80.0, 20.0]), np.array([60.0, 60.0, 4.0])
    notes = []
    low, high = step_bounds(energy, width, notes)
    # 70 to 130 and 50 to 110 eV: cut where both are as far away by ratio.
    assert low == pytest.approx([np.sqrt(70 * 110), 50.0, 18.0])
    assert high == pytest.approx([130.0, np.sqrt(70 * 110), 22.0])
    assert [(note.level, note.code) for note in notes] == [("info", "bins-cut-midway")]
    step_bounds(energy, width, notes)
    assert len(notes) == 1
