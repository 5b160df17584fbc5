import numpy as np
import pytest

from figmill.errors import InputError
from figmill.fast.reduce import BANDS, Band, Reduction, read_spectra
from figmill.fast.sectors import ALL, UP


def test_defaults_are_flux_weighted_by_solid_angle_and_sums_of_bytes(orbit):
    path = orbit.files["ees"].path
    flux = read_spectra(path)
    assert (flux.quantity, flux.rule) == ("eflux", "weighted")
    raw = read_spectra(path, Reduction(quantity="raw"))
    assert (raw.quantity, raw.rule) == ("raw", "sum")
    assert raw.rows.shape == flux.rows.shape
    assert np.nanmax(raw.rows) <= 64 * 255


def test_bands_cover_what_they_say(orbit):
    spectra = read_spectra(orbit.files["ees"].path, Reduction(bands=True))
    assert spectra.bands == BANDS["e"]
    assert spectra.pitches.shape == (2, spectra.centers.size, 24)
    assert np.isfinite(spectra.pitches[:, 5]).all()
    assert read_spectra(orbit.files["ies"].path, Reduction(bands=True)).bands == BANDS["i"]


def test_labels_of_bands():
    assert [band.label for band in BANDS["e"]] == ["0.1\N{EN DASH}1 keV", ">1 keV"]
    assert Band(50, 1000).holds(np.array([49.0, 50.0, 999.0, 1000.0])).tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_flagged_records_are_kept_if_asked_for(orbit):
    truth = orbit.files["ies"]
    flagged = truth.flagged_records[0]
    good = read_spectra(truth.path)
    every = read_spectra(truth.path, Reduction(quality="any"))
    assert np.isnan(good.rows[:, flagged]).all()
    assert np.isfinite(every.rows[0, flagged]).any()


def test_sectors_of_ones_own(orbit):
    path = orbit.files["ees"].path
    some = read_spectra(path, Reduction((UP, ALL)))
    whole = read_spectra(path)
    np.testing.assert_array_equal(some.rows, whole.rows[[2, 0]])


def test_the_pool_is_that_of_the_first_row(orbit):
    spectra = read_spectra(orbit.files["ees"].path, Reduction(quantity="raw"))
    assert spectra.pool().size == int((spectra.rows[0] > 0).sum())


def test_counts_need_the_response(orbit, edited):
    def drop(arrays):
        del arrays["eff"], arrays["geom_factor"]

    path = edited(orbit.files["ies"].path, drop)
    with pytest.raises(InputError, match="geom_factor and eff"):
        read_spectra(path, Reduction(quantity="counts"))
    assert read_spectra(path).has_data


def test_counts_need_the_response_of_every_angle(orbit, edited):
    def cut(arrays):
        arrays["eff"] = arrays["eff"][..., :16, :]

    path = edited(orbit.files["ies"].path, cut)
    with pytest.raises(InputError, match="16 angles"):
        read_spectra(path, Reduction(quantity="counts"))


def test_a_turn_that_is_not_known_belongs_to_no_sector(orbit, edited):
    def forget(arrays):
        arrays["theta_shift"][7] = -1e31
        arrays["pitch_angle"][7] = -1e31

    spectra = read_spectra(edited(orbit.files["ees"].path, forget))
    assert np.isfinite(spectra.rows[0, 7]).any()
    assert np.isnan(spectra.rows[1:, 7]).all()
    assert not any("differ" in note.code for note in spectra.notes)
    (told,) = (note for note in spectra.notes if note.code == "records-without-pitch-angle")
    assert told.text.startswith("1 records have")


def test_a_turn_that_is_not_known_is_taken_from_the_angles_of_the_file(orbit, edited):
    def forget(arrays):
        arrays["theta_shift"][7] = -1e31

    path = orbit.files["ees"].path
    before, spectra = read_spectra(path), read_spectra(edited(path, forget))
    np.testing.assert_allclose(spectra.rows[:, 7], before.rows[:, 7], rtol=1e-4)
    assert "angles-differ-from-table" in [note.code for note in spectra.notes]


@pytest.mark.parametrize("instrument", ["ees", "ies"])
def test_quicklooks_of_any_mission_draw_the_same(orbit, instrument):
    """The same records are good, and angles have the same weights."""
    from figmill.quicklook import QuicklookRecipe

    path = orbit.files[instrument].path
    recipe = QuicklookRecipe(paths=(str(path),), rows=("eflux",))
    (item,) = recipe.items()
    found = recipe.describe(item)
    (layer,) = found.drawings[0].figure.panels[0][0].layers
    ours = read_spectra(path).rows[0]
    # The first step, retrace of the high voltage, is there and not used.
    np.testing.assert_allclose(layer.values[:, 1:], ours, rtol=2e-6)
    assert np.isnan(layer.y.lo[:, 0]).all()
    assert [note.text for note in found.notes if note.code == "dimension-collapsed"] == [
        "the mean over Pitch Angle is drawn, weighted by domega"
    ]
    assert [note for note in found.notes if note.level == "doubt"] == []
