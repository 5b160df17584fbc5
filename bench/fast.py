"""FAST orbits: figmill against an idiomatic script, on generated full-size files.

Twenty orbits of four instruments (survey 800, burst 903 records of 64 x 96, gzip), five figures an
orbit at 4800 x 2400 pixels with a zoom column. The idiomatic script reads with cdflib and draws
with pyplot, pcolormesh, tight_layout and savefig at 200 dpi; it gets a figure of each kind, which
is enough for its seconds a figure, and reads its files once an orbit. Figmill works in one process,
reading, drawing, ledger and all, with and without the global limits.

Last line: vs_idiomatic (seconds an orbit of the script by figmill's, reading included, the median
over rounds in turn; with _cpu, seconds of CPU), bytes_vs_idiomatic (of figures), s_per_orbit
(reading, drawing, ledger), s_per_figure (of these, all but reading, by the five figures),
reading_s_per_orbit, peak_mib (of a process that did all orbits), extrema_s_per_orbit, burst_s and
burst_mib (one orbit whose burst file has 60,000 records, two figures).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from _common import arguments, median, ratio, report, table

INSTRUMENTS = ("eeb", "ees", "ieb", "ies")


def main() -> None:
    scale = arguments((__doc__ or "").partition("\n")[0])
    orbits = scale(20, 2, 1)
    instruments = scale(INSTRUMENTS, INSTRUMENTS, ("eeb",))
    figures = len(instruments) + 1  # one of each, one of all
    with tempfile.TemporaryDirectory(prefix="figmill-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        inside(
            f"from figmill.fast.synthetic import write_orbits; from pathlib import Path; "
            f"write_orbits(Path({str(data)!r}), {orbits}, instruments={instruments!r})"
        )
        warm(data)
        peak = apart(data, folder / "out", orbits)["mib"]
        numbers = orbit_numbers(data)
        chosen = numbers[:1]
        # What is imported and read only once is seen in neither.
        figmill(data, folder / "ours", chosen)
        import_idiomatic()
        taken = scale.rounds(
            {
                "idiomatic": lambda: idiomatic(data, folder / "theirs", chosen),
                "figmill": lambda: figmill(data, folder / "ours", chosen),
            },
            5,
            1,
        )
        mine = scale.rounds({"all": lambda: figmill(data, folder / "out", numbers)}, 3, 2)["all"]
        limits = scale.rounds({"limits": lambda: extrema(data, folder / "limits.json")}, 3, 1)
        reading = scale.rounds({"reading": lambda: read_only(data)}, 3, 2)["reading"]
        big = burst(folder, scale(60_000, 10_000, 1_000))
        wall = {
            "figmill": median(mine) / orbits,
            "reading": median(reading) / orbits,
            "limits": median(limits["limits"]) / orbits,
            "theirs": median(taken["idiomatic"]),
        }
        cpu = {
            "figmill": median(mine, "cpu") / orbits,
            "reading": median(reading, "cpu") / orbits,
            "limits": median(limits["limits"], "cpu") / orbits,
            "theirs": median(taken["idiomatic"], "cpu"),
        }
        drawing = wall["figmill"] - wall["reading"]
        table(
            ("", "s an orbit", "CPU", "s a figure"),
            [
                (text, f"{wall[way]:.3f}", f"{cpu[way]:.3f}", told)
                for text, way, told in (
                    ("figmill", "figmill", f"{wall['figmill'] / figures:.4f}"),
                    ("  of that reading and reducing", "reading", ""),
                    ("figmill, global limits alone", "limits", ""),
                    ("cdflib and pyplot", "theirs", f"{wall['theirs'] / figures:.3f}"),
                )
            ],
        )
        print(f"peak of a worker {peak:.0f} MiB; a burst file: {big['mib']:.0f} MiB")
        report(
            {
                "vs_idiomatic": ratio(taken["idiomatic"], taken["figmill"]),
                "vs_idiomatic_cpu": ratio(taken["idiomatic"], taken["figmill"], "cpu"),
                "bytes_vs_idiomatic": ratio(taken["figmill"], taken["idiomatic"], "bytes"),
                "s_per_figure": drawing / figures,
                "s_per_orbit": wall["figmill"],
                "s_per_orbit_cpu": cpu["figmill"],
                "peak_mib": peak,
                "reading_s_per_orbit": wall["reading"],
                "extrema_s_per_orbit": wall["limits"],
                "burst_s": big["s"],
                "burst_mib": big["mib"],
            }
        )


def orbit_numbers(data: Path) -> list[str]:
    """The orbits of a folder, as files name them."""
    return sorted({path.stem.split("_")[5] for path in data.rglob("fa_esa*.cdf")})


def inside(code: str) -> str:
    """Run in a process of its own, so that its memory is its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def warm(data: Path) -> None:
    for path in data.rglob("*.cdf"):
        path.read_bytes()


_RUN = """
import json, resource, time
from figmill import mill
from figmill.engine import RunOptions
from figmill.fast.recipe import FastRecipe
recipe = FastRecipe(paths=({data!r},), y_scale="log")
begun = time.perf_counter()
report = mill.run(recipe, {out!r}, options=RunOptions(workers=0, force=True))
seconds = time.perf_counter() - begun
assert report.done == {orbits}, report
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"s": seconds / {orbits}, "mib": peak}}))
"""


def apart(data: Path, out: Path, orbits: int) -> dict[str, float]:
    """Seconds an orbit and peak MiB of a process that does all of them."""
    found: dict[str, float] = json.loads(
        inside(_RUN.format(data=str(data), out=str(out), orbits=orbits))
    )
    return found


def figmill(data: Path, out: Path, numbers: list[str]) -> int:
    """Draw orbits in this process, ledger and all; the bytes of the figures."""
    from figmill import mill
    from figmill.engine import RunOptions
    from figmill.fast.recipe import FastRecipe

    paths = tuple(
        str(path) for number in numbers for path in sorted(data.rglob(f"fa_esa*_{number}_*.cdf"))
    )
    recipe = FastRecipe(paths=paths, y_scale="log")
    told = mill.run(recipe, out, options=RunOptions(workers=0, force=True, log=False))
    assert told.done == len(numbers), told
    drawn = list(out.rglob("*.png"))
    return sum(path.stat().st_size for path in drawn)


def extrema(data: Path, path: Path) -> None:
    from figmill.fast import compute_global_extrema

    path.unlink(missing_ok=True)
    compute_global_extrema(data, "log", "log", extrema_json_path=path, quantity="eflux")


def read_only(data: Path) -> None:
    from figmill.fast.reduce import read_spectra

    for path in sorted(data.rglob("fa_esa*.cdf")):
        read_spectra(path)


def burst(folder: Path, records: int) -> dict[str, float]:
    target = folder / "burst"
    inside(
        "from figmill.fast.synthetic import write_orbits; from pathlib import Path; "
        f"write_orbits(Path({str(target)!r}), 1, burst_records={records}, instruments=('eeb',))"
    )
    return apart(target, folder / "big", 1)


def import_idiomatic() -> None:
    import cdflib  # noqa: F401
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: F401


def idiomatic(data: Path, out: Path, numbers: list[str]) -> int:
    """A script as people write it; the bytes of its figures."""
    import cdflib
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.colors import LogNorm

    out.mkdir(exist_ok=True)
    sectors = (((0, 360),), ((0, 30), (330, 360)), ((150, 210),), ((40, 140), (210, 330)))
    for number in numbers:
        together = {}
        for path in sorted(data.rglob(f"fa_esa*_{number}_*.cdf")):
            file = cdflib.CDF(str(path))
            flux = file.varget("eflux")
            pitch = file.varget("pitch_angle")
            energy = file.varget("energy_full")[0, 0]
            when = file.varget("time_unix").astype("datetime64[s]")
            flux = np.where(flux > 0, flux, np.nan)
            used = np.flatnonzero(energy > 0)[1:]
            rows = []
            for ranges in sectors:
                inside = np.zeros(pitch.shape, bool)
                for low, high in ranges:
                    inside |= (pitch >= low) & (pitch < high)
                rows.append(np.nansum(np.where(inside, flux, np.nan), axis=1)[:, used])
            together[path.stem] = (when, energy[used], rows[0])
            save(
                plt, LogNorm, [(when, energy[used], row) for row in rows], out / f"{path.stem}.png"
            )
        save(plt, LogNorm, list(together.values()), out / f"{number}.png")
    return sum(path.stat().st_size for path in out.iterdir())


def save(plt, log_norm, rows, path):
    figure, axes = plt.subplots(
        len(rows), 2, figsize=(24, 3 * len(rows)), sharex="col", squeeze=False
    )
    for (when, energy, values), pair in zip(rows, axes, strict=True):
        good = values[values > 0]
        norm = log_norm(*np.percentile(good, (1, 99)))
        middle = when[len(when) // 2]
        for place, ax in enumerate(pair):
            mesh = ax.pcolormesh(
                when,
                energy,
                np.ma.masked_less_equal(values.T, 0),
                norm=norm,
                cmap="inferno",
                shading="nearest",
            )
            ax.set_yscale("log")
            ax.set_ylabel("Energy (eV)")
            if place:
                ax.set_xlim(middle, middle + np.timedelta64(360, "s"))
            figure.colorbar(mesh, ax=ax, label="Counts")
    plt.tight_layout()
    plt.savefig(path, dpi=200)
    plt.close(figure)


if __name__ == "__main__":
    main()
