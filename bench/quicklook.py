"""Quicklooks of CDF files: figmill against a script as people write it, and a file of 1 GB.

Copies of the real files of several missions (FIGMILL_REAL_DATA names their folder; ../shared/data
otherwise), or files of the demo where there are none. The script reads with cdflib and draws each
energy-time variable of a file below the other with pyplot, pcolormesh and a colour bar, tightened
once; it is told which variables these are. Figmill finds them itself, and keeps its ledger; both
work in one process. The file of 1 GB is made up: records x 16 directions x 16 angles x 32 energies,
float32, not packed.

Last line: vs_idiomatic (seconds of the script for one copy of each file that has a figure, by
figmill's; the median over interleaved rounds; with _cpu, seconds of CPU), bytes_vs_idiomatic,
files_per_s (of all copies, one process), real_files (that both draw; 0: those of the demo),
gb_file_s (seconds of CPU for the quicklook of the large file), gb_file_wall_s, gb_file_mib (the
peak of that process).
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from _common import (
    REAL_DATA,
    Scale,
    apart,
    cpu_s,
    median,
    options,
    peak_mib,
    ratio,
    report,
    scale_of,
    table,
)
from figmill import mill
from figmill.engine import RunOptions
from figmill.quicklook import QuicklookRecipe
from figmill.read import cdf, istp

RECORD = (16, 16, 32)
GB_RECORDS = 32_768
"""Of 8192 values of 4 bytes: 2^30 bytes."""


def originals(folder: Path) -> list[Path]:
    """The real CDF files, or those of the demo."""
    found = sorted((REAL_DATA / "cdf").glob("*.cdf"))
    if found:
        return found
    from figmill.quicklook.synthetic import write_files

    print("no real files: those of the demo take their place", flush=True)
    write_files(folder / "demo")
    return sorted((folder / "demo").glob("*.cdf"))


def copies(files: list[Path], folder: Path, count: int) -> list[Path]:
    """So many copies of files in a folder, all in turn."""
    folder.mkdir()
    made = []
    for number in range(count):
        file = files[number % len(files)]
        made.append(folder / f"{file.stem}_copy{number:04}.cdf")
        shutil.copyfile(file, made[-1])
    return made


class Row(NamedTuple):
    """What the script is told of a row: who writes one knows the file."""

    name: str
    time: str
    axis: int
    energies: np.ndarray


def rows_of(file: Path) -> list[Row]:
    """The rows of a file's figure."""
    opened = cdf.open_cdf(file)
    rows = []
    for found in istp.find_spectrograms(opened).primary:
        energies = istp.load_spectrogram(opened, found).y.centers
        if energies.ndim == 2:  # by record; the script takes one for all
            energies = energies[0]
        rows.append(Row(found.name, found.time, found.dimensions[0].index, energies))
    return rows


def idiomatic(file: Path, rows: list[Row], out: Path) -> int:
    """One figure of a file, as tutorials have it; the bytes of the figure."""
    import cdflib
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    data = cdflib.CDF(str(file))
    read = [shown for row in rows if (shown := _read(data, row)) is not None]
    if not read:
        return 0
    height = max(2.0 * len(read), 4.0)
    figure, axes = plt.subplots(len(read), 1, figsize=(10, height), sharex=True, squeeze=False)
    for ax, (name, unit, times, energies, values) in zip(axes.flat, read, strict=True):
        mesh = ax.pcolormesh(times, energies, values.T, norm=LogNorm(), shading="nearest")
        ax.set_yscale("log")
        ax.set_ylabel("Energy")
        figure.colorbar(mesh, ax=ax, label=f"{name}\n{unit}")
    axes[0, 0].set_title(file.name)
    figure.tight_layout()
    figure.savefig(out, dpi=200)
    plt.close(figure)
    return out.stat().st_size


def _read(data: Any, row: Row) -> tuple[Any, ...] | None:
    """One row: fill is missing, other dimensions are averaged; None where nothing is left."""
    import cdflib

    values = np.asarray(data.varget(row.name), float)
    attributes = data.varattsget(row.name)
    values[values == attributes.get("FILLVAL")] = np.nan
    values[values <= 0] = np.nan
    epochs = data.varget(row.time)
    times = np.asarray(cdflib.cdfepoch.to_datetime(epochs)).astype("datetime64[ms]")
    others = tuple(n for n in range(1, values.ndim) if n != row.axis)
    if others:
        counted = np.isfinite(values).sum(axis=others)
        values = np.nansum(values, axis=others) / np.where(counted, counted, np.nan)
    known = np.flatnonzero(row.energies > 0)
    known = known[np.argsort(row.energies[known])]
    values = values[:, known]
    if not np.isfinite(values).any():
        return None
    return row.name, attributes.get("UNITS", ""), times, row.energies[known], values


def figmill(files: list[Path], out: Path) -> int:
    """The same through figmill, ledger and all; the bytes of the figures."""
    recipe = QuicklookRecipe(paths=tuple(map(str, files)), dpi=200)
    told = mill.run(recipe, out, options=RunOptions(workers=0, force=True, log=False))
    assert not told.failed, told
    return sum(path.stat().st_size for path in out.rglob("*.png"))


def measured_files(files: list[Path]) -> Iterator[tuple[Path, list[Row]]]:
    """Files that the script can draw, with what it is told of them."""
    for file in files:
        rows = rows_of(file)
        if rows:
            yield file, rows
        else:
            print(f"{file.name} has nothing to draw", flush=True)


def large_file(path: Path, records: int) -> None:
    """A file of four dimensions, 32 KiB a record: spectra that turn through the directions."""
    import pycdfpp

    kinds = pycdfpp.DataType
    made = pycdfpp.CDF()
    start = np.datetime64("2015-03-17T00:00", "ns")
    epoch = made.add_variable(
        "Epoch", start + np.arange(records) * np.timedelta64(1, "s"), kinds.CDF_TIME_TT2000
    )
    epoch.add_attribute("VAR_TYPE", "support_data")
    for name, values, unit in (
        ("Azimuth", np.arange(11.25, 360, 22.5), "deg"),
        ("Pitch", np.linspace(5.625, 174.375, 16), "deg"),
        ("Energy", np.geomspace(10, 30_000, 32), "eV"),
    ):
        axis = made.add_variable(name, values[None], kinds.CDF_DOUBLE, is_nrv=True)
        axis.add_attribute("VAR_TYPE", "support_data")
        axis.add_attribute("UNITS", unit)
        axis.add_attribute("LABLAXIS", name)
    rng = np.random.default_rng(5)
    some = min(records, 256)
    block = (10 ** rng.normal(6, 0.7, (some, *RECORD))).astype(np.float32)
    flux = np.empty((records, *RECORD), np.float32)
    for begin in range(0, records, some):
        part = flux[begin : begin + some]
        np.multiply(block[: len(part)], 1 + begin / records, out=part)
    data = made.add_variable("eflux", flux, kinds.CDF_FLOAT)
    for key, text in {
        "CATDESC": "Differential energy flux",
        "DEPEND_0": "Epoch",
        "DEPEND_1": "Azimuth",
        "DEPEND_2": "Pitch",
        "DEPEND_3": "Energy",
        "DISPLAY_TYPE": "spectrogram",
        "FIELDNAM": "Energy flux",
        "LABLAXIS": "Ions",
        "SCALETYP": "log",
        "UNITS": "eV/(cm^2 s sr eV)",
        "VAR_TYPE": "data",
    }.items():
        data.add_attribute(key, text)
    data.add_attribute("FILLVAL", np.array([-1e31], np.float32), kinds.CDF_FLOAT)
    pycdfpp.save(made, str(path))


def one(measure: str, place: Path, count: int) -> None:
    """A measure in a process of its own: writing the large file, or its quicklook."""
    if measure == "write":
        large_file(place, count)
        print(json.dumps({}))
        return
    with tempfile.TemporaryDirectory() as warm:  # what is imported and read only once
        from figmill.quicklook.synthetic import write_files

        write_files(Path(warm) / "data", days=1)
        figmill([next((Path(warm) / "data").glob("*.cdf"))], Path(warm) / "out")
        begun, cpu = time.perf_counter(), cpu_s()
        drawn = figmill([place], Path(warm) / "large")
        seconds, used = time.perf_counter() - begun, cpu_s() - cpu
    assert drawn, "the large file gave no figure"
    print(json.dumps({"seconds": seconds, "cpu": used, "mib": peak_mib()}))


def large(scale: Scale, folder: Path) -> dict[str, float]:
    """What the quicklook of the large file takes."""
    path = folder / "large.cdf"
    apart(__file__, "write", "--place", str(path), "--count", str(scale(*[GB_RECORDS] * 2, 512)))
    size = path.stat().st_size / 2**20
    found = [apart(__file__, "read", "--place", str(path)) for _ in range(scale(3, 1, 1))]
    middle = sorted(found, key=lambda one: one["cpu"])[len(found) // 2]
    path.unlink()
    return {**middle, "size": size}


def main() -> None:
    """Time both, then the large file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options(parser)
    parser.add_argument("--measure", choices=("write", "read"), help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        one(asked.measure, asked.place, asked.count)
        return
    scale = scale_of(asked)
    with tempfile.TemporaryDirectory(prefix="figmill-bench-") as name:
        folder = Path(name)
        big = large(scale, folder)
        files = originals(folder)
        if scale.name == "tiny":
            files = [min(files, key=lambda path: path.stat().st_size), files[0]]
        measured = list(measured_files(files))
        chosen = [file for file, _ in measured]
        # What is imported and read only once is seen in neither.
        figmill(chosen, folder / "warm")
        idiomatic(*min(measured, key=lambda one: len(one[1])), folder / "warm.png")
        (folder / "theirs").mkdir()
        taken = scale.rounds(
            {
                "idiomatic": lambda: sum(
                    idiomatic(file, rows, folder / "theirs" / f"{file.stem}.png")
                    for file, rows in measured
                ),
                "figmill": lambda: figmill(chosen, folder / "ours"),
            },
            5,
            1,
        )
        many = copies(files, folder / "copies", scale(70, 12, 2))
        batch = scale.rounds({"figmill": lambda: figmill(many, folder / "batch")}, 3, 1)["figmill"]
    table(
        ("what", "s", "s CPU", "MiB"),
        (
            *(
                (
                    f"{len(chosen)} files, {way}",
                    f"{median(some):.2f}",
                    f"{median(some, 'cpu'):.2f}",
                    f"{median(some, 'bytes') / 2**20:.1f} of figures",
                )
                for way, some in taken.items()
            ),
            (
                f"{len(many)} copies, figmill",
                f"{median(batch):.2f}",
                f"{median(batch, 'cpu'):.2f}",
                f"{median(batch, 'bytes') / 2**20:.1f} of figures",
            ),
            (
                f"a file of {big['size']:.0f} MiB",
                f"{big['seconds']:.2f}",
                f"{big['cpu']:.2f}",
                f"{big['mib']:.0f} at most",
            ),
        ),
    )
    report(
        {
            "vs_idiomatic": ratio(taken["idiomatic"], taken["figmill"]),
            "vs_idiomatic_cpu": ratio(taken["idiomatic"], taken["figmill"], "cpu"),
            "bytes_vs_idiomatic": ratio(taken["figmill"], taken["idiomatic"], "bytes"),
            "real_files": len(chosen) if (REAL_DATA / "cdf").is_dir() else 0,
            "files_per_s": len(many) / median(batch),
            "files_per_s_cpu": len(many) / median(batch, "cpu"),
            "gb_file_s": big["cpu"],
            "gb_file_wall_s": big["seconds"],
            "gb_file_mib": big["mib"],
        }
    )


if __name__ == "__main__":
    main()
