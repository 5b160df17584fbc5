"""The FAST recipe on good, odd and damaged files."""

import os
import random
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from figmill import mill
from figmill.engine import Ledger, RunOptions, prune
from figmill.engine.time_limit import OutOfTime, in_time, time_limit
from figmill.errors import ConfigError, InputError, NoData, OptionError
from figmill.fast.recipe import FastRecipe, Limits
from figmill.fast.synthetic import write_orbits
from figmill.figure import Bracket, Spectrogram, VLine

KINDS = ("pitch-angle", "instrument-grid", "bands", "quicklook")


def told(found) -> str:
    return "; ".join(map(str, found.notes))


def described(folder, **options):
    recipe = FastRecipe(paths=(str(folder),), **{"y_scale": "linear", **options})
    (item,) = list(recipe.items())[:1]
    return recipe.describe(item)


def panels(drawing):
    return [panel for row in drawing.figure.panels for panel in row if panel is not None]


@pytest.fixture
def folder(orbit, tmp_path) -> Path:
    """The files of one orbit, to be spoiled."""
    for truth in orbit.files.values():
        shutil.copy(truth.path, tmp_path)
    shutil.copy(orbit.ephemeris, tmp_path)
    return tmp_path


def test_every_kind_of_figure(orbit_folder, orbits):
    found = described(orbit_folder, orbits=(13616,), figures=KINDS)
    names = [drawing.name for drawing in found.drawings]
    assert len(names) == len(set(names)) == 4 + 1 + 4 + 1
    assert all(name.startswith("2000/01/13616/13616_cusp_") for name in names)
    overview = next(d for d in found.drawings if "quicklook" in d.name)
    assert len(panels(overview)) == 7
    assert [row.label for row in overview.figure.tick_rows] == ["MLT (h)", "ILAT (°)", "ALT (km)"]
    for drawing in found.drawings:
        assert drawing.figure.dpi == 200
        drawing_panels = panels(drawing)
        assert all(any(isinstance(x, Spectrogram) for x in p.layers) for p in drawing_panels)


def test_marks_are_at_the_tables_records(orbit_folder, orbit):
    found = described(orbit_folder, orbits=(13616,), instruments=("ees",), figures=("pitch-angle",))
    first, last = orbit.cusp_records["ees"]
    times = orbit.files["ees"].times[[first, last]]
    (drawing,) = found.drawings
    for panel in panels(drawing):
        lines = [layer.at for layer in panel.layers if isinstance(layer, VLine)]
        brackets = [(b.low, b.high) for b in panel.layers if isinstance(b, Bracket)]
        np.testing.assert_allclose(lines, times, atol=1e-5)
        np.testing.assert_allclose(brackets, [times], atol=1e-5)


def test_down_and_up_follow_the_hemisphere_record_by_record(orbit_folder, orbits, monkeypatch):
    from figmill.fast.ephemeris import Ephemeris

    options = {
        "orbits": (13616,),
        "instruments": ("ees",),
        "figures": ("pitch-angle",),
        "zoom_minutes": 0,
    }

    def rows(**more):
        found = described(orbit_folder, **options, **more)
        codes = [(n.level, n.code) for n in found.notes if "hemisphere" in n.code]
        layers = {p.row_label: p.layers[0].values for p in panels(found.drawings[0])}
        return [*layers], [*layers.values()], codes

    names, north, codes = rows()  # the synthetic orbit lies in the north
    assert names[1:3] == ["downgoing 0–30°, 330–360°", "upgoing 150–210°"]
    assert codes == []

    monkeypatch.setattr(Ephemeris, "southern", lambda _, times: np.ones(times.size, bool))
    names, south, codes = rows()
    assert names[1:3] == ["downgoing 150–210°, southern", "upgoing 0–30°, 330–360°, southern"]
    np.testing.assert_array_equal(south[1], north[2])
    np.testing.assert_array_equal(south[2], north[1])
    np.testing.assert_array_equal(south[3], north[3])
    assert codes == [("info", "southern-hemisphere")]

    # Over the equator: the beam is in the right row before and after it.
    def crossing(_, times):
        return np.arange(times.size) >= 150

    monkeypatch.setattr(Ephemeris, "southern", crossing)
    names, both, codes = rows()
    assert names[1] == "downgoing 0–30°, 330–360° N,\n150–210° S"
    for row, other in ((1, 2), (2, 1)):
        np.testing.assert_array_equal(both[row][:150], north[row][:150])
        np.testing.assert_array_equal(both[row][150:], north[other][150:])
    assert codes == [("info", "southern-hemisphere")]

    for fixed in ("none", False):  # a switch, in earlier job files
        names, same, codes = rows(hemisphere=fixed)
        np.testing.assert_array_equal(same[1], north[1])
        assert codes == [("info", "hemisphere-not-followed")]

    monkeypatch.setattr(Ephemeris, "southern", lambda *_: None)
    assert rows()[2] == [("doubt", "hemisphere-unknown")]


def test_quantities_never_share_a_file(orbit_folder, orbits):
    def names(**options):
        recipe = FastRecipe(
            paths=(str(orbit_folder),), orbits=(13616,), instruments=("ees",), **options
        )
        (item,) = recipe.items()
        return item.key, [drawing.name for drawing in recipe.describe(item).drawings]

    usual = names()
    assert usual[0] == "13616_log_log"
    assert all(name.endswith("_raw-inferno") for name in usual[1])
    for quantity in ("eflux", "counts", "raw"):
        key, others = names(quantity=quantity)
        assert key == f"13616_log_log_q-{quantity}"
        assert others == [f"{name}_q-{quantity}" for name in usual[1]]
        assert names(quantity=quantity, usual_quantity=quantity) == usual


def test_two_files_of_one_version_are_named(folder, orbit):
    file = orbit.files["ees"].path.name
    first = file.replace(file.split("_")[4], "20000101000000")
    (source,) = folder.rglob(file)
    (source.parent / first).write_bytes(source.read_bytes())
    found = described(folder, instruments=("ees",), figures=("instrument-grid",))
    (note,) = [each for each in found.notes if each.code == "two-files-of-one-version"]
    assert note.level == "doubt"
    assert file in note.text
    assert first in note.text


def test_a_row_of_the_cusp_table_without_records_is_told(folder, tmp_path):
    table = tmp_path / "cusps.tsv"
    table.write_text("Orbit Number\tees min Index\tees Max Index\n13616\t\t\n")
    options = {"instruments": ("ees",), "figures": ("instrument-grid",)}
    found = described(folder, cusps=str(table), **options)
    assert ("loss", "cusp-row-unusable") in [(each.level, each.code) for each in found.notes]
    table.write_text("Orbit Number\tees min Index\tees Max Index\n1\t\t\n")
    found = described(folder, cusps=str(table), **options)
    assert "cusp-row-unusable" not in [each.code for each in found.notes]


def test_limits_by_instrument_win(orbit_folder, orbits):
    found = described(
        orbit_folder,
        orbits=(13616,),
        figures=("instrument-grid",),
        zoom_minutes=0,
        z_max=5e8,
        y_max=3000,
        limits={"ies": Limits(z_max=1e7)},
    )
    tops = {p.row_label: p.layers[0].color.limits[1] for p in panels(found.drawings[0])}
    assert tops == {"EES": 5e8, "EEB": 5e8, "IES": 1e7, "IEB": 5e8}
    assert {p.y.limits for p in panels(found.drawings[0])} == {(0.0, 3000.0)}
    assert "given_extrema" in found.drawings[0].name


@pytest.mark.parametrize(
    "options",
    [
        {"theme": "pink"},
        {"y_min": 5, "y_max": 5},
        {"limits": {"ees": {"z_min": 3, "z_max": 1}}},
        {"sectors": (("odd", ((30, 10),)),)},
        {"marker_options": {"zorder": 1}},
        {"instruments": ()},
        {"nonsense": 1},
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError):
        FastRecipe(paths=(".",), **options)


def test_orbits_that_are_not_there(orbit_folder, orbits, tmp_path):
    with pytest.raises(ConfigError, match="orbit 5"):
        list(FastRecipe(paths=(str(orbit_folder),), orbits=(5,)).items())
    with pytest.raises(ConfigError, match="no CDF files"):
        list(FastRecipe(paths=(str(tmp_path),)).items())


# -- what is missing or wrong ----------------------------------------------------------------------


def test_a_missing_instrument_and_no_orbit_file(folder):
    for path in [*folder.glob("*_eeb_*"), *folder.glob("fa_k0_orb*")]:
        path.unlink()
    found = described(folder, figures=KINDS)
    assert "no orbit file" in told(found)
    grid = next(d for d in found.drawings if "instrument-grid" in d.name)
    assert [p.row_label for p in panels(grid)] == ["EES", "IES", "IEB"]


def test_no_ions_at_all(folder):
    for path in [*folder.glob("*_ie*")]:
        path.unlink()
    found = described(folder, figures=("quicklook",))
    notes = [p.note for p in panels(found.drawings[0]) if p.note]
    assert notes == ["ions: there is no file"]


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"no CDF file at all", "not a CDF"), (None, "cut short")],
)
def test_one_bad_file_is_named_and_the_rest_drawn(folder, content, word):
    path = next(folder.glob("*_ies_*"))
    path.write_bytes(path.read_bytes()[:3000] if content is None else content)
    found = described(folder)
    assert found.facts["errors"]["ies"][0] == "invalid-cdf"
    assert word in found.facts["errors"]["ies"][1]
    assert "ies" in told(found)
    grid = next(d for d in found.drawings if "instrument-grid" in d.name)
    assert any(word in panel.note for panel in panels(grid))
    assert len(found.drawings) == 4


def test_only_bad_files(folder):
    for path in folder.glob("fa_esa*"):
        path.write_bytes(b"x" * 100)
    with pytest.raises(InputError):
        described(folder)


def test_an_orbit_file_that_cannot_be_used(folder):
    next(folder.glob("fa_k0_orb*")).write_bytes(b"x")
    found = described(folder)
    assert "the orbit file cannot be used" in told(found)
    assert found.drawings[0].figure.tick_rows == ()


def test_an_orbit_file_shorter_than_the_data(folder, edited, orbit):
    def cut(arrays):
        for name in arrays:
            arrays[name] = arrays[name][:190]

    path = next(folder.glob("fa_k0_orb*"))
    shutil.copy(edited(path, cut), path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    rows = described(folder).drawings[0].figure.tick_rows
    late = orbit.files["ees"].times[-1]
    assert np.isnan(rows[0].at(np.array([late]))).all()


def test_all_fill_has_nothing_to_draw(folder, edited):
    def fill(arrays):
        arrays["eflux"][:] = -1e31

    for path in [*folder.glob("fa_esa*")]:
        if "_ees_" in path.name:
            edited(path, fill).replace(path)
        else:
            path.unlink()
    with pytest.raises(NoData, match="no good value"):
        described(folder)


@pytest.mark.parametrize("marks", [(0, 10_000), (-4, 3)])
def test_a_cusp_index_out_of_range_is_named(folder, marks):
    found = described(folder, marks={13616: {"ees": marks}})
    assert "cusp table" in told(found)
    ees = next(d for d in found.drawings if "_ees_" in d.name)
    assert "_cusp" not in ees.name


def test_a_cusp_table_that_counts_the_records_of_another_version(folder, orbit_folder):
    shutil.copy(orbit_folder / "FAST_Cusp_Indices.csv", folder)
    assert "cusp table" not in told(described(folder))
    old = next(folder.glob("*_ees_*"))
    old.rename(old.with_name(old.name.replace("_v01", "_v02")))
    assert f"ees: the cusp table counts the records of {old.name}" in told(described(folder))


def test_an_orbit_that_the_cusp_table_does_not_have(folder):
    found = described(folder, marks={1: {"ees": (0, 1)}})
    assert not any("cusp" in d.name for d in found.drawings)


def test_the_wrong_instrument_inside_a_file(folder):
    target = next(folder.glob("*_ees_*"))
    shutil.copy(next(folder.glob("*_ies_*")), target)
    found = described(folder)
    assert "holds data of ies" in found.facts["errors"]["ees"][1]


def test_duplicate_orbits_draw_the_later_file(folder):
    old = next(folder.glob("*_ees_*"))
    new = old.with_name(old.name.replace("_v01", "_v02"))
    old.rename(new)
    old.write_bytes(b"superseded and broken")
    found = described(folder, instruments=("ees",))
    assert "errors" not in found.facts


def test_three_hundred_damaged_files_end_as_an_error_or_a_figure(tmp_path):
    """Cut and bit-flipped files: none hangs, none ends the process, none goes on silently."""
    small = tmp_path / "small"
    truth = write_orbits(small, 1, survey_records=6, burst_records=6, instruments=("ies",))[0]
    data = truth.files["ies"].path.read_bytes()
    rng = random.Random(13616)
    good = bad = 0
    folder = tmp_path / "spoilt"
    folder.mkdir()
    path = folder / truth.files["ies"].path.name
    recipe = FastRecipe(paths=(str(folder),), figures=("pitch-angle", "quicklook"), dpi=12)
    for number in range(320):
        spoilt = bytearray(data)
        if number >= 300:  # values that no checksum guards
            at = data.index(b"time_unix") if number % 2 else data.index(b"mode_ind")
            spoilt[at + 400 + rng.randrange(3000)] ^= 0xFF
        elif number % 3 == 0:
            spoilt = spoilt[: rng.randrange(len(spoilt))]
        else:
            # Half of the damage hits the descriptions, which stand at the ends of the file.
            for _ in range(rng.choice((1, 1, 4, 32))):
                spot = rng.randrange(len(spoilt)) if number % 2 else rng.randrange(4000)
                spoilt[spot] ^= 1 << rng.randrange(8)
        path.write_bytes(spoilt)
        (item,) = recipe.items()
        try:
            with time_limit(10):
                found = recipe.describe(item)
        except (InputError, NoData):
            bad += 1
        else:
            for drawing in found.drawings:
                assert drawing.figure.to_bytes()
            good += 1
    assert good + bad == 320
    assert bad > 100


def test_a_damaged_file_in_a_run_is_filed_as_invalid_input(folder, tmp_path):
    for path in folder.glob("fa_esa*"):
        path.write_bytes(path.read_bytes()[:2000])
    out = tmp_path / "out"
    report = mill.run(FastRecipe(paths=(str(folder),)), out, options=RunOptions())
    assert report.failed == 1
    assert report.failures[0].failure.category == "invalid-input"


def test_an_incremental_run_redoes_what_changed(folder, tmp_path):
    recipe = FastRecipe(paths=(str(folder),), figures=("pitch-angle",), dpi=20)
    out = tmp_path / "out"
    assert mill.run(recipe, out).done == 1
    assert mill.run(recipe, out).skipped == 1
    next(folder.glob("*_ieb_*")).unlink()
    report = mill.run(recipe, out)
    assert (report.done, report.stale) == (1, 1)
    with Ledger.read(out) as ledger:
        (record,) = ledger.items()
        (stale,) = ledger.stale()
    assert len(record.outputs) == 3
    # Nothing takes its place: it stays until it is pruned.
    assert [path.name for path in out.rglob("*ieb*.png")] == [Path(stale.file.path).name]
    (gone,) = prune(out, remove_files=True).files
    assert gone.file == stale.file
    assert "_ieb_" in gone.why
    assert not list(out.rglob("*ieb*.png"))
    assert mill.run(recipe, out).ok


# -- the limit of an instrument --------------------------------------------------------------------


def test_a_time_limit_stops_python_code():
    with pytest.raises(OutOfTime), time_limit(0.05):
        while True:
            sum(range(100))


def test_a_time_limit_is_no_exception_that_code_catches():
    def stubborn():
        while True:
            try:
                sum(range(100))
            except Exception:  # noqa: BLE001 - as a library might
                continue

    with pytest.raises(OutOfTime), time_limit(0.05):
        stubborn()


def test_without_limit_and_in_time():
    with time_limit(None):
        pass
    with time_limit(5):
        pass


def test_a_part_in_time_returns_or_raises_as_it_is():
    assert in_time(lambda: 6 * 7, 5) == in_time(lambda: 6 * 7, None) == 42
    for seconds in (5, None):
        with pytest.raises(InputError, match="odd") as caught:
            in_time(lambda: _raise(InputError("odd", file="a.cdf", hint="Look.")), seconds)
        assert caught.value.file == "a.cdf"


def _raise(error):
    raise error


def test_a_part_that_blocks_all_signals_is_stopped():
    def deaf():
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
        while True:
            time.sleep(10)

    begun = time.monotonic()
    with pytest.raises(OutOfTime):
        in_time(deaf, 0.2)
    assert time.monotonic() - begun < 5


def test_a_part_that_crashes_says_how():
    with pytest.raises(InputError, match="exit code 3"):
        in_time(lambda: os._exit(3), 5)


def test_beside_other_threads_there_is_no_child():
    parent = os.getpid()
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert in_time(os.getpid, 5) == parent
    finally:
        done.set()
        thread.join()
    assert in_time(os.getpid, 5) != parent


def test_another_timer_goes_on():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    old = signal.setitimer(signal.ITIMER_REAL, 0.15)
    try:
        with time_limit(5):
            pass
        end = time.monotonic() + 2
        while not rung and time.monotonic() < end:
            sum(range(100))
    finally:
        signal.setitimer(signal.ITIMER_REAL, *old)
        signal.signal(signal.SIGALRM, before)
    assert rung


def test_a_second_reading_after_a_timeout(orbit_folder, orbits, monkeypatch):
    from figmill.fast import recipe as module

    tries = []
    whole = module.read_spectra

    def slow_at_first(*args):
        tries.append(args[2])
        if len(tries) == 1:
            raise OutOfTime
        return whole(*args)

    monkeypatch.setattr(module, "read_spectra", slow_at_first)
    options = {"orbits": (13616,), "instruments": ("ees", "ies")}
    assert "errors" not in described(orbit_folder, **options).facts
    assert tries == ["ees", "ees", "ies"]
    tries.clear()
    monkeypatch.setattr(module, "in_time", lambda work, seconds: work())
    found = described(orbit_folder, **options, retry_timeouts=False, instrument_timeout=9)
    assert found.facts["errors"] == {"ees": ["timeout", "reading took more than 9 s"]}


def test_an_instrument_whose_reading_crashes_costs_its_row_alone(orbit_folder, orbits, monkeypatch):
    from figmill.fast import recipe as module

    whole = module.read_spectra

    def crash(file, reduction, instrument):
        if instrument == "ies":
            os.kill(os.getpid(), signal.SIGSEGV)
        return whole(file, reduction, instrument)

    monkeypatch.setattr(module, "read_spectra", crash)
    options = {"orbits": (13616,), "instruments": ("ees", "ies"), "instrument_timeout": 30}
    found = described(orbit_folder, **options)
    assert "SIGSEGV" in found.facts["errors"]["ies"][1]
    plain = described(orbit_folder, orbits=(13616,), instruments=("ees",))
    mine, theirs = (panels(d.drawings[0])[0].layers[0].values for d in (found, plain))
    np.testing.assert_array_equal(mine, theirs)


def test_a_copy_of_a_recipe_is_the_same_recipe(orbit_folder, orbits):
    recipe = FastRecipe(paths=(str(orbit_folder),))
    assert FastRecipe.model_validate(recipe.model_dump(mode="json")) == recipe
    items = list(recipe.items())
    assert [replace(item) for item in items] == items
