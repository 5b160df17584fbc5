import json
import logging
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest

from figmill import fast
from figmill.draw import png
from figmill.engine import Ledger
from figmill.errors import ConfigError, InputError, LedgerError
from figmill.fast import (
    FAST_plot_instrument_grid,
    FAST_plot_pitch_angle_grid,
    FAST_plot_spectrograms_directory,
    compute_global_extrema,
)
from figmill.fast.reduce import Reduction, read_spectra
from figmill.fast.synthetic import write_orbits
from figmill.figure.quantile_sketch import ACCURACY

pytest.importorskip("pycdfpp")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fast") / "FAST_data"
    write_orbits(folder, 3, survey_records=40, burst_records=30)
    return folder


@pytest.fixture(scope="module")
def truths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truths")
    return write_orbits(folder, 1, survey_records=60, burst_records=30)


@pytest.fixture
def here(data, tmp_path, monkeypatch) -> Path:
    """A folder with FAST_data in it, as the documents have it."""
    (tmp_path / "FAST_data").symlink_to(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(snippet, **names):
    exec(compile(textwrap.dedent(snippet), "<snippet>", "exec"), names)
    return names


def stamps(folder: Path) -> dict[str, int]:
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*.png")}


# -- the documented snippets, with their import lines changed ------------------------------------

USAGE = """
from figmill.fast import FAST_plot_spectrograms_directory

FAST_plot_spectrograms_directory(
    input_dir="FAST_data",
    output_dir="FAST_plots",
    flush_batch_size=10,          # write extrema/progress every 10 orbits
    log_flush_batch_size=20,      # log buffer larger than JSON flush
)
"""
OVERRIDES = """
from figmill.fast import (
  compute_global_extrema, FAST_plot_spectrograms_directory
)

extrema = compute_global_extrema(
  directory_path="FAST_data",
  y_scale="linear",
  z_scale="log",
  flush_batch_size=20,
)

# Each row in multi-instrument figures now receives its own limits
FAST_plot_spectrograms_directory(
  directory_path="FAST_data",
  y_scale="linear",
  z_scale="log",
  flush_batch_size=20,
  log_flush_batch_size=20,
)
"""
MINIMAL = """
from figmill.fast import FAST_plot_spectrograms_directory

# Process all orbits with default batching (10) and logging
FAST_plot_spectrograms_directory(
  input_dir="FAST_data",      # path containing CDF files
  output_dir="FAST_plots",    # destination for generated figures
)
"""
CUSTOM = """
FAST_plot_spectrograms_directory(
  input_dir="FAST_data",
  output_dir="FAST_plots",
  y_scale="linear",
  z_scale="log",
  flush_batch_size=25,          # write extrema/progress every 25 orbits
  log_flush_batch_size=50,      # less frequent log writes
  max_workers=6,                # increase parallelism
  orbit_timeout_seconds=90,     # orbit-level timeout
  instrument_timeout_seconds=45,
)
"""
RESUMING = """
FAST_plot_spectrograms_directory(
  input_dir="FAST_data",
  output_dir="FAST_plots",
  flush_batch_size=10,
)  # continues where previous run left off
"""
AFRESH = """
FAST_plot_spectrograms_directory(
  input_dir="FAST_data",
  output_dir="FAST_plots",
  ignore_progress_json=True,  # disregard existing progress JSON
)
"""
EXTREMA = """
from figmill.fast import compute_global_extrema  # if re-exported
state = compute_global_extrema(
  directory_path="FAST_data",
  y_scale="linear",
  z_scale="log",
  instrument_order=("ees", "eeb", "ies", "ieb"),
  extrema_json_path="FAST_calculated_extrema.json",
  max_percentile=95.0,      # matches FAST_plot_spectrograms_directory default
  flush_batch_size=20,
)
print("Updated extrema keys:", [k for k in state.keys() if k.endswith("_z_max")])
"""
TIGHT = """
FAST_plot_spectrograms_directory(
  input_dir="FAST_data",
  output_dir="FAST_plots",
  flush_batch_size=1,       # per-orbit JSON writes
  log_flush_batch_size=1,   # immediate log emission
)
"""
BULK = """
FAST_plot_spectrograms_directory(
  input_dir="FAST_data",
  output_dir="FAST_plots",
  flush_batch_size=50,
  log_flush_batch_size=50,
  max_workers=8,
max_processing_percentile=97.5,  # use a different intensity percentile
)
"""


def test_documented_runs_in_turn(here):
    names = run(MINIMAL)
    out = here / "FAST_plots"
    first = stamps(out)
    assert sorted(first)[0] == (
        "2000/01/13616/13616_cusp_instrument-grid_ESA_y-linear_z-log_given_extrema-viridis.png"
    )
    assert len(first) == 3 * 5
    for snippet in (USAGE, CUSTOM, RESUMING, TIGHT):
        run(snippet, **names)
        assert stamps(out) == first
    run(AFRESH, **names)
    again = stamps(out)
    assert again.keys() == first.keys()
    assert all(again[name] > first[name] for name in first)
    run(BULK, **names)  # another percentile is another limit
    assert all(time > again[name] for name, time in stamps(out).items())
    progress = json.loads((out / "FAST_plot_progress.json").read_text())
    assert progress == {"linear_log_last_orbit": 13618}


def test_documented_overrides(here):
    extrema = run(OVERRIDES)["extrema"]
    assert (here / "FAST_calculated_extrema.json").exists()
    # The document's call names no output folder.
    path = next((here / "FAST_plots").rglob("*pitch-angle_ESA_ees*.png"))
    parameters = json.loads(png.read_text(path.read_bytes())["figmill:parameters"])
    assert parameters["limits"]["ees"]["z_max"] == extrema["ees_linear_log_z_max"]


def test_documented_extrema(here, capsys):
    state = run(EXTREMA)["state"]
    assert "ees_linear_log_z_max" in capsys.readouterr().out
    assert state == json.loads((here / "FAST_calculated_extrema.json").read_text())


# -- limits of all orbits ------------------------------------------------------------------------


def pooled(data, instrument):
    values, energies = [], []
    for path in sorted(data.rglob(f"fa_esa_l2_{instrument}_*.cdf")):
        spectra = read_spectra(path, Reduction(quantity="raw"))
        middle = (spectra.energies.lo + spectra.energies.hi) / 2
        row = spectra.rows[0]
        positive = row > 0
        values.append(row[positive])
        energies.append(middle[spectra.energies.index][positive])
    return np.concatenate(values), np.concatenate(energies)


@pytest.mark.parametrize("percentile", [95.0, 99.9])
def test_extrema_are_those_of_the_pooled_samples(here, data, percentile):
    state = compute_global_extrema("FAST_data", "linear", "log", max_percentile=percentile)
    for name in ("ees", "eeb", "ies", "ieb"):
        values, energies = pooled(data, name)
        expected = np.percentile(values.astype(float), percentile)
        assert expected <= state[f"{name}_linear_log_z_max"] <= expected * (1 + 1.01 * ACCURACY)
        covered = np.sort(energies)[int(np.ceil(0.99 * energies.size)) - 1]
        assert state[f"{name}_linear_log_y_max"] == min(covered, 4000.0)
        progress = state[f"{name}_linear_log_extrema_progress"]
        assert progress == {"processed_index": 2, "total": 3, "complete": True}
    assert state["linear_log_last_orbit"] == 13618


def test_extrema_do_not_depend_on_order_workers_or_steps(data, tmp_path):
    whole = compute_global_extrema(
        data, "log", "log", extrema_json_path=tmp_path / "a" / "e.json", max_workers=2
    )
    some = tmp_path / "some"
    files = sorted(data.rglob("fa_esa_*.cdf"), reverse=True)
    for file in files:  # one file after the other arrives
        target = some / file.relative_to(data)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(file)
        if len(list(some.rglob("*.cdf"))) % 4 == 0:
            step = compute_global_extrema(
                some, "log", "log", extrema_json_path=tmp_path / "b" / "e.json"
            )
    assert step == whole


SLOWLY = """
import sys, time
from figmill.fast import extrema
whole = extrema.read_spectra
def slowly(*args):
    time.sleep(0.15)
    return whole(*args)
extrema.read_spectra = slowly
from figmill.fast import compute_global_extrema
compute_global_extrema(sys.argv[1], "log", "log", extrema_json_path=sys.argv[2])
"""


def test_extrema_after_a_killed_run_are_the_same(data, tmp_path):
    whole = compute_global_extrema(data, "log", "log", extrema_json_path=tmp_path / "a.json")
    path = tmp_path / "b.json"
    run = subprocess.Popen([sys.executable, "-c", SLOWLY, str(data), str(path)])
    end = time.monotonic() + 60
    while time.monotonic() < end and not _some_done(tmp_path / ".b", 3):
        time.sleep(0.02)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    assert _some_done(tmp_path / ".b", 3)
    assert not _some_done(tmp_path / ".b", 12)
    assert compute_global_extrema(data, "log", "log", extrema_json_path=path) == whole


def _some_done(folder, count):
    try:
        with Ledger.read(folder) as ledger:
            return ledger.counts().get("done", 0) >= count
    except LedgerError:  # not there yet, or being made
        return False


def test_a_file_that_arrives_is_added_without_reading_the_others(data, tmp_path, monkeypatch):
    some = tmp_path / "some"
    some.mkdir()
    files = sorted(data.rglob("fa_esa_l2_ees*.cdf"))
    path = tmp_path / "e.json"
    read = []

    def spy(file, *args):
        read.append(Path(file).name)
        return read_spectra(file, *args)

    monkeypatch.setattr("figmill.fast.extrema.read_spectra", spy)
    for file in files:
        (some / file.name).symlink_to(file)
        compute_global_extrema(some, "linear", "log", extrema_json_path=path)
    assert read == [file.name for file in files]
    # Other scales and percentiles need no reading, and keep what is known of these.
    state = compute_global_extrema(
        some, "log", "linear", extrema_json_path=path, max_percentile=50.0
    )
    assert len(read) == len(files)
    assert {"ees_linear_log_z_max", "ees_log_linear_z_max"} <= set(state)
    # A file that is gone does not count any more.
    (some / files[0].name).unlink()
    fewer = compute_global_extrema(some, "linear", "log", extrema_json_path=path)
    assert fewer["ees_linear_log_extrema_progress"]["total"] == 2


def test_lower_limits_of_extrema(here):
    plain = compute_global_extrema("FAST_data", "linear", "linear")
    assert plain["ees_linear_linear_z_min"] == 0.0
    lower = compute_global_extrema("FAST_data", "log", "log", compute_mins=True)
    assert 0 < lower["ees_log_log_z_min"] < lower["ees_log_log_z_max"]
    assert 0 < lower["ees_log_log_y_min"] < lower["ees_log_log_y_max"]
    # A logarithmic axis shows all energies, unless it is told otherwise.
    assert lower["ees_log_log_y_max"] > 4000
    bound = compute_global_extrema("FAST_data", "log", "log", max_energy=4000.0)
    assert bound["ees_log_log_y_max"] == 4000


# -- one figure ----------------------------------------------------------------------------------


def axes_of(figure):
    return [ax for ax in figure.axes if ax.get_ylabel() == "Energy (eV)"]


def test_a_pitch_angle_grid(truths):
    truth = truths[0].files["ees"]
    first, last = truths[0].cusp_records["ees"]
    table = [{"Orbit Number": 13616, "ees min Index": first, "ees Max Index": last}]
    figure, canvas = FAST_plot_pitch_angle_grid(truth.path, table, show=False)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert canvas is figure.canvas
    assert figure.get_size_inches().tolist() == [24.0, 12.0]
    panels = axes_of(figure)
    assert len(panels) == 8
    assert panels[0].get_ylim() == (0.0, 4000.0)
    times = truth.times[[first, last]]
    wide = max(6.25 * 60, 1.5 * (times[1] - times[0]))
    assert panels[1].get_xlim() == pytest.approx(times.mean() + np.array([-wide, wide]) / 2)
    assert figure.axes[-1].get_ylabel() == "Counts"


def test_categories_and_limits_of_ones_own(truths):
    figure, _ = FAST_plot_pitch_angle_grid(
        truths[0].files["ies"].path,
        show=False,
        pitch_angle_categories={"field-aligned": [(0, 30), (330, 360)], "rest": (30, 330)},
        y_min=10,
        y_max=900,
        z_min=1,
        z_max=50,
        scale_function_y="log",
        scale_function_z="log",
        colormap="plasma",
        quantity="eflux",
    )
    panels = axes_of(figure)
    assert len(panels) == 2
    assert panels[0].get_ylim() == (10.0, 900.0)
    assert panels[0].collections[0].get_clim() == (1.0, 50.0)
    assert figure.axes[-1].get_ylabel().startswith("Energy flux")


def test_an_instrument_grid_with_limits_by_instrument(truths):
    files = {name: file.path for name, file in truths[0].files.items()}
    figure, _ = FAST_plot_instrument_grid(
        files,
        instrument_order=("ies", "ees"),
        show=False,
        y_max=3000,
        global_extrema={"ees_linear_linear_y_max": 1234.0, "ees_linear_linear_z_max": 99.0},
    )
    panels = axes_of(figure)
    assert [ax.get_ylim()[1] for ax in panels] == [3000.0, 1234.0, 3000.0, 3000.0]
    assert panels[1].collections[0].get_clim()[1] == 99.0
    figure, _ = FAST_plot_instrument_grid(
        {"ees": files["ees"]}, show=False, global_extrema={"ees": {"z_min": 2, "z_max": 40}}
    )
    assert axes_of(figure)[0].collections[0].get_clim() == (2.0, 40.0)


def test_a_file_that_cannot_be_used_keeps_its_row(truths, tmp_path, caplog):
    bad = tmp_path / "fa_esa_l2_ies_20000128210935_13616_v01.cdf"
    bad.write_bytes(b"nonsense")
    files = {"ees": truths[0].files["ees"].path, "ies": bad}
    with caplog.at_level(logging.WARNING, "figmill.fast"):
        figure, _ = FAST_plot_instrument_grid(files, show=False)
    assert any("not a CDF file" in text.get_text() for ax in figure.axes for text in ax.texts)
    assert "nonsense" in caplog.text or "not a CDF" in caplog.text
    assert FAST_plot_instrument_grid({"ies": bad}, show=False) == (None, None)
    with pytest.raises(InputError):
        FAST_plot_pitch_angle_grid(bad, show=False)


def test_grids_refuse_what_they_do_not_know(truths):
    with pytest.raises(ConfigError, match="xyz"):
        FAST_plot_instrument_grid({"xyz": "a.cdf"}, show=False)
    with pytest.raises(ConfigError, match="No file"):
        FAST_plot_instrument_grid({}, show=False)
    with pytest.raises(InputError, match="cannot be a int"):
        FAST_plot_pitch_angle_grid(truths[0].files["ees"].path, 5, show=False)


def test_showing(truths, monkeypatch):
    shown = []
    monkeypatch.setattr("figmill.draw.mpl.display.display", shown.append)
    figure, _ = FAST_plot_pitch_angle_grid(truths[0].files["ees"].path)
    assert shown == [figure]


# -- all orbits ----------------------------------------------------------------------------------


def plot(data, out, **options):
    chosen = {"global_extrema": False, "max_workers": 1, "figures": ("pitch-angle",)} | options
    return FAST_plot_spectrograms_directory(data, out, **chosen)


def copied(data: Path, target: Path, orbits=(13616, 13617), instruments=("ees", "ies")) -> Path:
    for file in sorted(data.rglob("*.cdf")):
        parts = file.stem.split("_")
        if int(parts[-2]) in orbits and (parts[3] in instruments or parts[2] == "orb"):
            path = target / file.relative_to(data)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.read_bytes())
    return target


def test_names_and_sizes(data, tmp_path):
    found = plot(data, tmp_path, orbits=[13616], figures=("pitch-angle", "instrument-grid"))
    assert found == [{"orbit": 13616, "status": "ok", "errors": []}]
    names = sorted(p.name for p in (tmp_path / "2000/01/13616").iterdir())
    assert names == [
        "13616_cusp_instrument-grid_ESA_y-linear_z-log_raw-viridis.png",
        *(
            f"13616_cusp_pitch-angle_ESA_{name}_y-linear_z-log_raw-viridis.png"
            for name in ("eeb", "ees", "ieb", "ies")
        ),
    ]
    for path in (tmp_path / "2000/01/13616").iterdir():
        width, height = png_size(path)
        assert (width, height) == (4800, 2400)
        assert png.read_text(path.read_bytes())["figmill:item"].startswith("13616")


def png_size(path):
    head = path.read_bytes()[:24]
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def test_the_same_bytes_with_any_number_of_workers(data, tmp_path):
    chosen = {"orbits": [13616, 13617], "instrument_order": ("ees", "ies")}
    plot(data, tmp_path / "one", **chosen, max_workers=1)
    plot(data, tmp_path / "two", **chosen, max_workers=2, instrument_timeout_seconds=None)
    for path in (tmp_path / "one").rglob("*.png"):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert other.read_bytes() == path.read_bytes()


def test_without_zoom_one_column(data, tmp_path):
    plot(data, tmp_path, orbits=[13616], zoom_duration_minutes=0, instrument_order=("ees",))
    (path,) = tmp_path.rglob("*.png")
    assert png_size(path) == (2400, 2400)


def test_figures_of_other_scales_stay(data, tmp_path):
    for y, z in (("linear", "linear"), ("log", "linear"), ("linear", "log")):
        plot(data, tmp_path, orbits=[13616], instrument_order=("ees",), y_scale=y, z_scale=z)
    assert len(list(tmp_path.rglob("*.png"))) == 3
    progress = json.loads((tmp_path / "FAST_plot_progress.json").read_text())
    assert progress == {
        "linear_linear_last_orbit": 13616,
        "linear_log_last_orbit": 13616,
        "log_linear_last_orbit": 13616,
    }


def test_an_interrupted_run_says_which_orbits_are_missing(data, tmp_path, monkeypatch, caplog):
    from figmill import mill

    run = mill.run

    def cut_short(recipe, out, **options):
        return run(recipe, out, **{**options, "only": ["13616_linear_log"]})

    monkeypatch.setattr(mill, "run", cut_short)
    found = plot(data, tmp_path, instrument_order=("ees",))
    assert [one["orbit"] for one in found] == [13616]
    assert "the run ended before 2 orbits: 13617, 13618" in caplog.text


def test_both_names_of_the_folders(data, tmp_path):
    with pytest.raises(ConfigError, match="directory_path"):
        FAST_plot_spectrograms_directory(output_base=tmp_path)
    with pytest.raises(ConfigError, match="but input_dir is"):
        FAST_plot_spectrograms_directory(data, tmp_path, input_dir=tmp_path)
    with pytest.raises(ConfigError, match="no CDF files"):
        plot(tmp_path, tmp_path / "out")


def test_a_bad_file_is_recorded_and_the_others_drawn(data, tmp_path):
    source = copied(data, tmp_path / "data")
    bad = next(source.rglob("*ies*13617*.cdf"))
    bad.write_bytes(bad.read_bytes()[:5000])
    out = tmp_path / "out"
    good, found = plot(source, out)
    assert good["status"] == "ok"
    assert found["status"] == "error"
    assert found["errors"][0].startswith("ies: invalid-cdf: ")
    assert [p.name.split("_ESA_")[1][:3] for p in (out / "2000/01/13617").iterdir()] == ["ees"]
    progress = json.loads((out / "FAST_plot_progress.json").read_text())
    assert progress == {
        "linear_log_last_orbit": 13617,
        "ies_linear_log_error-invalid-cdf": [13617],
    }


def test_an_orbit_of_nothing_but_bad_files(data, tmp_path):
    source = copied(data, tmp_path / "data", orbits=(13616, 13617), instruments=("ees",))
    next(source.rglob("*ees*13616*.cdf")).write_bytes(b"")
    first, second = plot(source, tmp_path / "out")
    assert (first["status"], second["status"]) == ("error", "ok")
    progress = json.loads((tmp_path / "out" / "FAST_plot_progress.json").read_text())
    assert progress["linear_log_error-invalid-cdf"] == [13616]
    assert progress["ees_linear_log_error-invalid-cdf"] == [13616]
    assert first["errors"][0].startswith("ees: invalid-cdf: ")


def hang(seconds=60.0):
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


@pytest.fixture
def slow(monkeypatch):
    """Makes reading one instrument of one orbit take for ever, in workers too."""

    def patch(word):
        from figmill.fast import recipe

        monkeypatch.setattr(recipe, "read_spectra", _Slow(word))

    return patch


class _Slow:
    def __init__(self, word):
        self.word = word

    def __call__(self, file, *args):
        if self.word in str(file):
            hang()
        return read_spectra(file, *args)


def test_instrument_timeouts_stop_one_instrument(data, tmp_path, slow, monkeypatch):
    from figmill.engine import RunOptions

    # In this process, where the patch is; the limit by signal is the same in a worker.
    slow("_ies_")
    monkeypatch.setattr(
        "figmill.fast.directory.RunOptions", lambda **o: RunOptions(**{**o, "timeout_s": None})
    )
    source = copied(data, tmp_path / "data", orbits=(13616,))
    (found,) = plot(source, tmp_path / "out", instrument_timeout_seconds=0.3)
    assert found["status"] == "timeout"
    assert found["timeout_type"] == "instrument"
    assert found["timeout_instrument"] == "ies"
    assert len(list((tmp_path / "out").rglob("*ees*.png"))) == 1
    progress = json.loads((tmp_path / "out" / "FAST_plot_progress.json").read_text())
    assert progress["ies_linear_log_timed_out"] == [13616]
    assert progress["ies_linear_log_error-timeout"] == [13616]
    # Another run tries again what was too slow, if it may.
    slow("_none_")
    (found,) = plot(source, tmp_path / "out", retry_timeouts=False)
    assert found["status"] == "timeout"
    (found,) = plot(source, tmp_path / "out")
    assert found["status"] == "ok"
    assert len(list((tmp_path / "out").rglob("*ies*.png"))) == 1


def test_an_orbit_of_instruments_that_are_all_too_slow(data, tmp_path):
    source = copied(data, tmp_path / "data", orbits=(13616,))
    options = {"instrument_timeout_seconds": 1e-4, "retry_timeouts": False, "max_workers": 2}
    (found,) = plot(source, tmp_path / "out", **options)
    assert found["status"] == "timeout"
    assert (found["timeout_type"], found["timeout_instrument"]) == ("instrument", "ees")
    assert len(found["errors"]) == 2
    progress = json.loads((tmp_path / "out" / "FAST_plot_progress.json").read_text())
    assert "orbit_linear_log_timed_out" not in progress
    assert progress["ies_linear_log_timed_out"] == [13616]


def test_orbit_timeouts_stop_work(data, tmp_path):
    source = copied(data, tmp_path / "data", orbits=(13616,))
    found = plot(source, tmp_path / "out", orbit_timeout_seconds=0.02, retry_timeouts=False)
    assert found[0]["status"] == "timeout"
    assert found[0]["timeout_type"] == "orbit"
    progress = json.loads((tmp_path / "out" / "FAST_plot_progress.json").read_text())
    assert progress["orbit_linear_log_timed_out"] == [13616]


def test_only_a_progress_file_is_continued(data, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "FAST_plot_progress.json").write_text(
        json.dumps({"linear_log_last_orbit": 13617, "ees_linear_log_error-generic": [13616]})
    )
    found = plot(data, out, instrument_order=("ees",))
    assert [one["orbit"] for one in found] == [13616, 13617, 13618]
    assert sorted({p.parent.name for p in out.rglob("*.png")}) == ["13616", "13618"]


def test_figures_that_are_there_stay_if_told_so(data, tmp_path):
    plot(data, tmp_path, orbits=[13616], instrument_order=("ees",))
    before = stamps(tmp_path)
    found = plot(
        data,
        tmp_path,
        orbits=[13616, 13617],
        instrument_order=("ees",),
        override_plots=False,
        cusp_marker_style="line",
    )
    assert [one["status"] for one in found] == ["ok", "ok"]
    after = stamps(tmp_path)
    assert before.items() <= after.items()
    assert len(after) == 2
    plot(data, tmp_path, orbits=[13616], instrument_order=("ees",), cusp_marker_style="line")
    assert stamps(tmp_path).keys() == after.keys()
    assert stamps(tmp_path) != after


def test_an_interrupted_search_for_limits_draws_nothing(data, tmp_path, monkeypatch):
    from figmill.fast import directory

    part = {"ees_linear_log_extrema_progress": {"complete": False}}
    monkeypatch.setattr(directory, "compute_global_extrema", lambda *_, **__: part)
    assert plot(data, tmp_path / "out", global_extrema=True) == []
    assert not (tmp_path / "out").exists()


def test_a_cusp_table_of_ones_own(data, tmp_path):
    table = [{"Orbit Number": 13616, "ees min Index": 3, "ees Max Index": 3}]
    plot(data, tmp_path, orbits=[13616, 13617], instrument_order=("ees",), filtered_orbits_df=table)
    names = sorted(p.name for p in tmp_path.rglob("*.png"))
    assert [name.split("_pitch")[0] for name in names] == ["13616_cusp", "13617"]


def test_reports(data, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "figmill.fast"):
        plot(data, tmp_path / "a", orbits=[13616], instrument_order=("ees",))
        assert "done" in caplog.text
        caplog.clear()
        plot(data, tmp_path / "b", orbits=[13616], instrument_order=("ees",), verbose=False)
        assert "done" not in caplog.text


def test_all_names_are_there():
    assert all(callable(getattr(fast, name)) for name in fast.__all__)
    assert "FAST_plot_spectrograms_directory" in fast.__all__
