"""FAST orbits: figmill against an idiomatic script, on generated full-size files.

Twenty orbits of four instruments (survey 800, burst 903 records of 64 x 96, gzip), five figures an
orbit at 4800 x 2400 pixels with a zoom column. The idiomatic script reads with cdflib and draws
with pyplot, pcolormesh, tight_layout and savefig at 200 dpi; it gets a figure of each kind, which
is enough for its seconds a figure, and reads its files once an orbit. Figmill works in one process,
reading, drawing, ledger and all, with and without the global limits.

Last line: vs_idiomatic (seconds an orbit of the script by figmill's, reading included),
s_per_orbit (reading, drawing, ledger), s_per_figure (of these, all but reading, by the five
figures), reading_s_per_orbit, peak_mib (of a process that did all orbits), extrema_s_per_orbit,
burst_s and burst_mib (one orbit whose burst file has 60,000 records, two figures).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from _common import arguments, report, table

FIGURES = 5


def main() -> None:
    given = arguments(__doc__.splitlines()[0])
    orbits = 2 if given.quick else 20
    with tempfile.TemporaryDirectory(prefix="figmill-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        inside(
            f"from figmill.fast.synthetic import write_orbits; from pathlib import Path; "
            f"write_orbits(Path({str(data)!r}), {orbits})"
        )
        warm(data)
        mine = figmill(data, folder / "out", orbits)
        limits = extrema(data, folder / "limits.json", orbits)
        reading = read_only(data, orbits)
        drawing = mine["s"] - reading
        theirs = idiomatic(data, folder / "theirs", 1 if given.quick else 2)
        big = burst(folder, 10_000 if given.quick else 60_000)
        table(
            ("", "s an orbit", "s a figure"),
            (
                ("figmill", f"{mine['s']:.3f}", f"{mine['s'] / FIGURES:.4f}"),
                ("  of that reading and reducing", f"{reading:.3f}", ""),
                ("  all but that", f"{drawing:.3f}", f"{drawing / FIGURES:.4f}"),
                ("figmill, global limits alone", f"{limits:.3f}", ""),
                ("cdflib and pyplot", f"{theirs:.2f}", f"{theirs / FIGURES:.3f}"),
            ),
        )
        print(f"peak of a worker {mine['mib']:.0f} MiB; a burst file: {big['mib']:.0f} MiB")
        report(
            {
                "vs_idiomatic": theirs / mine["s"],
                "s_per_figure": drawing / FIGURES,
                "s_per_orbit": mine["s"],
                "peak_mib": mine["mib"],
                "reading_s_per_orbit": reading,
                "extrema_s_per_orbit": limits,
                "burst_s": big["s"],
                "burst_mib": big["mib"],
            }
        )


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
recipe = FastRecipe(paths=({data!r},), {options})
best = 1e9
for _ in range({rounds}):
    begun = time.perf_counter()
    report = mill.run(recipe, {out!r}, options=RunOptions(workers=0, force=True))
    best = min(best, time.perf_counter() - begun)
    assert report.done == {orbits}, report
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"s": best / {orbits}, "mib": peak}}))
"""


def figmill(data: Path, out: Path, orbits: int) -> dict[str, float]:
    import json

    code = _RUN.format(
        data=str(data),
        out=str(out),
        orbits=orbits,
        rounds=3 if orbits < 5 else 2,
        options="y_scale='log'",
    )
    found: dict[str, float] = json.loads(inside(code))
    assert len(list(out.rglob("*.png"))) == FIGURES * orbits
    return found


def extrema(data: Path, path: Path, orbits: int) -> float:
    from figmill.fast import compute_global_extrema

    begun = time.perf_counter()
    compute_global_extrema(data, "log", "log", extrema_json_path=path, quantity="eflux")
    return (time.perf_counter() - begun) / orbits


def read_only(data: Path, orbits: int) -> float:
    from figmill.fast.reduce import read_spectra

    files = sorted(data.rglob("fa_esa*.cdf"))
    best = float("inf")
    for _ in range(2):
        begun = time.perf_counter()
        for path in files:
            read_spectra(path)
        best = min(best, time.perf_counter() - begun)
    return best / orbits


def burst(folder: Path, records: int) -> dict[str, float]:
    import json

    target = folder / "burst"
    inside(
        "from figmill.fast.synthetic import write_orbits; from pathlib import Path; "
        f"write_orbits(Path({str(target)!r}), 1, burst_records={records}, instruments=('eeb',))"
    )
    code = _RUN.format(
        data=str(target), out=str(folder / "big"), orbits=1, rounds=1, options="y_scale='log'"
    )
    found: dict[str, float] = json.loads(inside(code))
    return found


def idiomatic(data: Path, out: Path, orbits: int) -> float:
    """Seconds an orbit of a script as people write it."""
    import cdflib
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.colors import LogNorm

    out.mkdir()
    sectors = (((0, 360),), ((0, 30), (330, 360)), ((150, 210),), ((40, 140), (210, 330)))
    begun = time.perf_counter()
    numbers = sorted({path.stem.split("_")[5] for path in data.rglob("fa_esa*.cdf")})[:orbits]
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
    return (time.perf_counter() - begun) / len(numbers)


def save(plt, log_norm, rows, path):
    figure, axes = plt.subplots(len(rows), 2, figsize=(24, 3 * len(rows)), sharex="col")
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
