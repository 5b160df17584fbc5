import numpy as np
import pytest

from figmill.fast.figures import (
    Setting,
    bands_figure,
    cusp_times,
    instrument_figure,
    pitch_angle_figure,
    quicklook_figure,
)
from figmill.fast.panels import COLORMAPS, USUAL, Looks
from figmill.fast.reduce import Reduction, read_spectra
from figmill.figure import Spectrogram
from figmill.figure.quantile_sketch import Extrema


@pytest.fixture(scope="module")
def electrons(orbit):
    return read_spectra(orbit.files["ees"].path, Reduction(bands=True))


@pytest.fixture(scope="module")
def ions(orbit):
    return read_spectra(orbit.files["ies"].path, Reduction(bands=True))


def layers(figure):
    panels = [panel for row in figure.panels for panel in row]
    return [x for panel in panels for x in panel.layers if isinstance(x, Spectrogram)]


def test_sizes(electrons):
    assert pitch_angle_figure(electrons, Setting(1)).pixels == (2400, 2400)
    cusp = electrons.centers[[40, 60]]
    assert pitch_angle_figure(electrons, Setting(1), cusp).pixels == (4800, 2400)
    assert pitch_angle_figure(electrons, Setting(1, zoom_minutes=0), cusp).pixels == (2400, 2400)


def test_averages_share_their_colours_and_sums_do_not(electrons, orbit):
    shared = {x.color.limits for x in layers(pitch_angle_figure(electrons, Setting()))}
    assert len(shared) == 1
    sums = read_spectra(orbit.files["ees"].path, Reduction(quantity="raw"))
    assert {x.color.limits for x in layers(pitch_angle_figure(sums, Setting()))} == {(None, None)}


@pytest.mark.parametrize(("scales", "name"), COLORMAPS.items())
def test_colour_maps_by_scales(electrons, scales, name):
    figure = instrument_figure({"ees": electrons}, Setting(looks=Looks(*scales)))
    (layer,) = layers(figure)
    assert layer.color.colormap == name
    assert (figure.panels[0][0].y.scale, layer.color.scale) == scales


def test_a_linear_energy_axis_ends_at_4000_ev_unless_told_otherwise(electrons):
    def ends(**limits):
        looks = Looks("linear", "log", limits={"ees": Extrema(**limits)})
        return instrument_figure({"ees": electrons}, Setting(looks=looks)).panels[0][0].y.limits

    assert ends() == (0.0, 4000.0)
    assert ends(y_max=900.0) == (0.0, 900.0)
    assert ends(y_min=100.0, y_max=9000.0) == (100.0, 9000.0)


def test_the_zoom_window_spans_the_cusps_of_all_instruments(electrons, ions):
    cusps = {"ees": (electrons.centers[100],), "ies": (ions.centers[180],)}
    setting = Setting(zoom_minutes=1)
    figure = instrument_figure({"ees": electrons, "ies": ions}, setting, cusps)
    low, high = figure.panels[0][1].x.limits
    first, last = electrons.centers[100], ions.centers[180]
    assert (low + high) / 2 == pytest.approx((first + last) / 2)
    assert high - low == pytest.approx(1.5 * (last - first))


def test_the_overview_has_seven_panels_with_the_usual_limits(electrons, ions):
    figure = quicklook_figure(electrons, ions, Setting(13616, Looks("linear", "log")))
    labels = [panel.row_label for (panel,) in figure.panels]
    assert labels == [
        "electrons downgoing\n0\N{EN DASH}30°, 330\N{EN DASH}360°",
        "electrons upgoing\n150\N{EN DASH}210°",
        "electrons\n0.1\N{EN DASH}1 keV",
        "electrons\n>1 keV",
        "ions\nall",
        "ions\n0.05\N{EN DASH}1 keV",
        "ions\n>1 keV",
    ]
    limits = [layer.color.limits for layer in layers(figure)]
    assert limits == [(USUAL["e"].z_min, USUAL["e"].z_max)] * 4 + [(1e4, 1e8)] * 3
    assert figure.panels[0][0].y.scale == "log"
    assert "orbit 13616" in figure.title


def test_the_overview_without_ions(electrons):
    figure = quicklook_figure(electrons, "there is no file", Setting())
    assert figure.panels[-1][0].note == "ions: there is no file"


def test_bands(electrons):
    figure = bands_figure(electrons, Setting())
    assert figure.shape == (2, 1)
    assert figure.panels[0][0].y.limits == (0.0, 360.0)


def test_titles_name_the_days(electrons):
    title = Setting(7).title("x", [electrons])
    assert "orbit 7" in title
    assert "2000-01-28 21:" in title
    assert Setting().title("x", []) == "FAST ESA  \N{MIDDLE DOT}  x"


def test_cusp_times(electrons):
    assert cusp_times(electrons, None) == ((), "")
    times, wrong = cusp_times(electrons, (3, 9))
    np.testing.assert_allclose(times, electrons.centers[[3, 9]])
    assert wrong == ""
    assert cusp_times(electrons, (4, 4))[0] == (electrons.centers[4],)
    times, wrong = cusp_times(electrons, (3, electrons.centers.size))
    assert times == ()
    assert "not among" in wrong
