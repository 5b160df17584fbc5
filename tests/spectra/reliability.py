"""How far a reading's confidence may be believed: files of many writers, read, and counted.

``python tests/spectra/reliability.py`` writes the table of docs/guide/spectra-reliability.md. Each
writer makes files as its program lays them out, over what its users measure, and varies what these
vary: language, decimal mark, direction, length, noise, cells that are no numbers, text above and
below. A reading is right where axis, unit, kind and every value are; where it says that x or y is
unknown it claims nothing, and is right if the values are.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.spectra.read.files import read_spectrum
from figmill.spectra.spectrum import Spectrum

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "spectra-reliability.md"
BINS = ((0.98, 1.01), (0.95, 0.98), (0.9, 0.95), (0.8, 0.9), (0.7, 0.8))
ABOUT = """\
# How far a confidence may be believed

Written by `python tests/spectra/reliability.py`, which makes files as the programs of the second
table lay them out, reads them, and holds what is read against what was written: axis, unit, kind
and every value. What is read as unknown claims nothing. The files are made by program, not by
instruments: of real ones only those of tests/real are at hand.

""".splitlines()
LEFT_OUT = """\
Each writer left out in turn: from which confidence on 99 % of the other writers' readings are
right, and how many of its own are from there on. So a writer that nobody thought of is measured by
what the others promise.

| writer left out | the others' limit | its files from there | right, % | read, % |
|---|---|---|---|---|
""".splitlines()
Rng = np.random.Generator
Vector = np.ndarray


@dataclass(frozen=True)
class Truth:
    """What a file holds."""

    x: Vector
    y: Vector
    quantity: str
    unit: str
    kind: str


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    vendor: str
    confidence: float
    right: bool
    why: str = ""


def peaks(rng: Rng, x: Vector, count: int, width: float) -> Vector:
    """Bands at random places, the highest of them some 1."""
    at = rng.uniform(x.min(), x.max(), count)
    size = rng.uniform(0.1, 1.0, count)
    broad = width * rng.uniform(0.5, 2.0, count)
    return sum(
        (h * np.exp(-(((x - a) / w) ** 2)) for a, h, w in zip(at, size, broad, strict=True)),
        np.zeros(x.size),
    )


def infrared(rng: Rng) -> Truth:
    """A mid-infrared spectrum as absorbance or %T."""
    high, low = rng.choice([4000.0, 3998.5, 4400.0]), rng.choice([400.0, 450.0, 652.0])
    if rng.random() < 0.15:
        high, low = 1900.0, 700.0
    x = np.arange(high, low, -float(rng.choice([1.0, 1.928, 2.0, 4.0, 8.0])))
    a = rng.uniform(0, 0.05) + rng.uniform(0.1, 1.2) * peaks(rng, x, 15, 25.0)
    a = a + rng.normal(0, 2e-4, x.size)
    if rng.random() < 0.5:
        return Truth(x, a, "wavenumber", "cm-1", "absorbance")
    return Truth(x, 100 * 10**-a, "wavenumber", "cm-1", "percent_transmittance")


def visible(rng: Rng, *, fractions: bool = False) -> Truth:
    """A UV-Vis or near-infrared spectrum as absorbance, %T or %R."""
    low, high = rng.choice([190.0, 200.0, 350.0, 400.0]), rng.choice([800.0, 900.0, 1100.0, 2500.0])
    x = np.arange(low, high + 0.5, float(rng.choice([0.5, 1.0, 2.0])))
    a = rng.uniform(0.02, 0.2) + peaks(rng, x, 4, 40.0) + rng.normal(0, 2e-4, x.size)
    kind = rng.choice(["absorbance", "percent_transmittance", "percent_reflectance"])
    if fractions and rng.random() < 0.3:
        kind = rng.choice(["transmittance", "reflectance"])
        return Truth(x, 10**-a, "wavelength", "nm", str(kind))
    return Truth(x, a if kind == "absorbance" else 100 * 10**-a, "wavelength", "nm", str(kind))


def raman(rng: Rng) -> Truth:
    """A Raman spectrum in counts over a fluorescent background."""
    x = np.arange(
        rng.choice([-50.0, 90.0, 150.0, 200.0]), rng.choice([1800.0, 3200.0, 3500.0]), 1.5
    )
    y = 300 + 3000 * np.exp(-x / 1500) + 4000 * peaks(rng, x, 12, 8.0)
    counts = rng.poisson(np.clip(y, 1, None)).astype(float)
    return Truth(x, counts, "raman_shift", "cm-1", "intensity")


def light(rng: Rng) -> Truth:
    """Counts of a small spectrometer over uneven wavelengths."""
    p = np.arange(int(rng.choice([1024, 2048])))
    x = rng.uniform(180, 350) + 0.4 * p - 1.5e-5 * p**2
    y = 1000 + 30000 * peaks(rng, x, 5, 60.0)
    return Truth(x, rng.poisson(y).astype(float), "wavelength", "nm", "intensity")


def reflectance(rng: Rng) -> Truth:
    """A leaf or soil in %R, 350 to 2500 nm."""
    x = np.arange(350.0, 2501.0)
    y = np.clip(5 + 40 * (1 - 0.6 * peaks(rng, x, 6, 120.0)), 0.5, 95)
    return Truth(x, y, "wavelength", "nm", "percent_reflectance")


KIND = {
    "absorbance": ("Absorbance", "Abs", "A", "Extinktion", "Absorbancia"),
    "percent_transmittance": ("%T", "Transmittance [%]", "% Transmittance", "Transmission (%)"),
    "percent_reflectance": ("%R", "Reflectance (%)", "% Reflectance", "Reflexion %"),
    "transmittance": ("Transmittance", "T", "Transmission"),
    "reflectance": ("Reflectance", "R", "Reflectancia"),
    "intensity": ("Intensity", "Counts", "Intensity (counts)", "Intensität"),
}
AXIS = {
    "wavenumber": ("cm-1", "Wavenumber (cm-1)", "Wellenzahl", "1/cm", "Wavenumbers"),
    "wavelength": ("nm", "Wavelength (nm)", "Wellenlänge [nm]", "Longitud de onda (nm)"),
    "raman_shift": ("Raman shift (cm-1)", "Raman Shift", "Raman-Verschiebung / cm-1"),
}


def word(rng: Rng, words: Sequence[str]) -> str:
    """One of some words."""
    return words[int(rng.integers(len(words)))]


def rows(
    rng: Rng, t: Truth, mark: str, *, comma: bool = False, form: str = "%.6g", odd: bool = True
) -> tuple[list[str], Truth]:
    """The lines of numbers, and what of the truth they keep; some have cells without a number."""
    x, y = t.x, t.y
    if rng.random() < 0.3:
        x, y = x[::-1], y[::-1]
    values = [form % v for v in y]
    if odd and rng.random() < 0.1:
        start = int(rng.integers(5, y.size - 40))
        cell = word(rng, ("OVER", "---", "****", "NaN", "#DIV/0!"))
        for at in range(start, start + 20):
            values[at] = cell
    lines = [f"{a:.6g}{mark}{b}" for a, b in zip(x, values, strict=True)]
    if comma:
        lines = [line.replace(".", ",") for line in lines]
    return lines, Truth(x, y, t.quantity, t.unit, t.kind)


Made = tuple[str, bytes, Truth]


def _file(name: str, lines: Sequence[str], t: Truth, encoding: str = "utf-8") -> Made:
    return name, ("\r\n".join(lines) + "\r\n").encode(encoding, "replace"), t


def named(rng: Rng, t: Truth) -> Made:
    """A table with a header, by hand or from a notebook."""
    comma = rng.random() < 0.3
    mark = word(rng, (";", "\t")) if comma else word(rng, (",", ";", "\t"))
    lines, t = rows(rng, t, mark, comma=comma)
    head = f"{word(rng, AXIS[t.quantity])}{mark}{word(rng, KIND[t.kind])}"
    if rng.random() < 0.2:
        lines += ["", "Peak list", f"1740.2{mark}0.5".replace(".", "," if comma else ".")]
    return _file("a.csv", [head, *lines], t, word(rng, ("utf-8", "utf-8-sig", "latin-1", "utf-16")))


def bare(rng: Rng, t: Truth) -> Made:
    """Two columns without a word: .dpt, OMNIC's CSV."""
    lines, t = rows(rng, t, word(rng, (",", "\t")), form="%.6e", odd=False)
    return _file("a.dpt", lines, t)


def ocean(rng: Rng, t: Truth) -> Made:
    """SpectraSuite."""
    lines, t = rows(rng, t, "\t", comma=rng.random() < 0.3)
    head = ["SpectraSuite Data File", "+" * 36, "Date: Mon Mar 04", "User: lab"]
    head += ["Integration Time (usec): 100000 (USB4F0)", "Boxcar Smoothing: 5 (USB4F0)"]
    head += ["Number of Pixels in File: 2048", ">>>>>Begin Processed Spectral Data<<<<<"]
    return _file("a.txt", [*head, *lines, ">>>>>End Processed Spectral Data<<<<<"], t)


def avantes(rng: Rng, t: Truth) -> Made:
    """AvaSoft's .ttt."""
    words = {
        "absorbance": "Absorb.",
        "percent_transmittance": "Transm.",
        "percent_reflectance": "Reflect.",
    }
    unit = "[A.U.]" if t.kind == "absorbance" else "[%]"
    lines, t = rows(rng, t, ";", comma=rng.random() < 0.5)
    head = ["lab", "Integration time: 12.00 ms", "Average: 10 scans", "Timestamp: 1234", ""]
    return _file("a.ttt", [*head, f"Wave   ;{words[t.kind]}", f"[nm]   ;{unit}", *lines], t)


def cary(rng: Rng, t: Truth) -> Made:
    """Cary's CSV, with its log behind."""
    lines, t = rows(rng, t, ",", odd=False)
    unit = {"absorbance": "Abs", "percent_transmittance": "%T"}.get(t.kind, "%R")
    head = ["sample 1,,", f"Wavelength (nm),{unit},"]
    log = ["", "sample 1", "Collection Time: 1/2/2020 3:04:05 PM", "Software Version: 3.00(182)"]
    return _file("a.csv", [*head, *(f"{line}," for line in lines), *log], t, "latin-1")


def uvprobe(rng: Rng, t: Truth) -> Made:
    """Shimadzu's UVProbe."""
    lines, t = rows(rng, t, ",", odd=False)
    kind = {"absorbance": "Abs.", "percent_transmittance": "T%", "percent_reflectance": "R%"}
    return _file("a.txt", ['"oil - RawData"', f'"Wavelength nm.","{kind[t.kind]}"', *lines], t)


def irsolution(rng: Rng, t: Truth) -> Made:
    """Shimadzu's IRsolution."""
    unit = "%T" if t.kind == "percent_transmittance" else "ABS"
    lines, t = rows(rng, t, "\t", odd=False)
    head = ["##TITLE=oil", "##DATA TYPE=INFRARED SPECTRUM", "##XUNITS=1/CM", f"##YUNITS={unit}"]
    return _file("a.txt", [*head, f"##NPOINTS={t.x.size}", *lines], t)


def jasco(rng: Rng, t: Truth) -> Made:
    """JASCO's text."""
    units = {"absorbance": "ABSORBANCE", "percent_transmittance": "%T"}
    lines, t = rows(rng, t, "\t", odd=False)
    head = [
        "TITLE\toil",
        "DATA TYPE\tINFRARED SPECTRUM",
        "ORIGIN\tJASCO",
        "SPECTROMETER/DATA SYSTEM",
    ]
    head += [f"DELTAX\t{t.x[1] - t.x[0]:.6g}", "XUNITS\t1/CM", f"YUNITS\t{units[t.kind]}"]
    head += [f"NPOINTS\t{t.x.size}", "XYDATA"]
    return _file("a.txt", [*head, *lines, "", "##### Extended Information", "[Comments]"], t)


def perkin(rng: Rng, t: Truth) -> Made:
    """PerkinElmer's Spectrum, as CSV."""
    lines, t = rows(rng, t, ",", odd=False)
    unit = "%T" if t.kind == "percent_transmittance" else "A"
    return _file("a.csv", ["oil 1,made by lab", f"cm-1,{unit}", *lines], t, "utf-8-sig")


def wire(rng: Rng, t: Truth) -> Made:
    """Renishaw's WiRE."""
    lines, t = rows(rng, t, "\t", odd=False)
    return _file("a.txt", ["#Wave\t\t#Intensity", *lines], t)


def labspec(rng: Rng, t: Truth) -> Made:
    """HORIBA's LabSpec."""
    lines, t = rows(rng, t, "\t", odd=False)
    head = ["#Acq. time (s)=\t10", "#Laser (nm)=\t532", "#Grating (gr/mm)=\t600"]
    head += [
        "#AxisType[1]=\tSpectr",
        "#AxisUnit[1]=\t1/cm",
        "#AxisType[0]=\tIntens",
        "#AxisUnit[0]=\tCnt",
    ]
    return _file("a.txt", [*head, *lines], t, "latin-1")


def bwtek(rng: Rng, t: Truth) -> Made:
    """B&W Tek's BWRam: edges without an axis, columns of all it has."""
    comma = rng.random() < 0.5
    n = t.x.size
    out = ["File Version;BWRam4.11", "laser_wavelength;785", "intigration times(ms);3000"]
    names = "Pixel;Wavelength;Wavenumber;Raman Shift;Dark;Reference;Raw data #1"
    out.append(f"{names};Dark Subtracted #1;%TR #1")
    lost = 20
    for pixel in range(n + lost):
        edge = pixel < lost
        k = max(pixel - lost, 0)
        shift = "" if edge else f"{t.x[k]:.2f}"
        nm = "" if edge else f"{1e7 / (1e7 / 785 - t.x[k]):.2f}"
        cells = [str(pixel), nm, "" if edge else f"{1e7 / 785 - t.x[k]:.2f}", shift, "1000", "0"]
        y = 0 if edge else int(t.y[k])
        out.append(";".join([*cells, str(y + 1000), str(y), "0"]))
    made = [line.replace(".", ",") for line in out] if comma else out
    return _file("a.txt", made, Truth(np.round(t.x, 2), t.y, t.quantity, t.unit, t.kind))


def rruff(rng: Rng, t: Truth) -> Made:
    """The RRUFF project."""
    lines, t = rows(rng, t, ", ", odd=False)
    head = ["##NAMES=Quartz", "##RRUFFID=R040031", "##IDEAL CHEMISTRY=SiO2", "##LOCALITY=unknown"]
    return _file("a.txt", [*head, "##URL=rruff.info/r040031", *lines, "##END="], t)


def psr(rng: Rng, t: Truth) -> Made:
    """Spectral Evolution's .sed."""
    lines, t = rows(rng, t, "\t", odd=False)
    head = [
        "Comment: ",
        "Version: 2.2",
        "Wavelength Range: 350,2500",
        "Units: None",
        "Columns [2]:",
    ]
    return _file("a.sed", [*head, "Data:", "Wvl\tReflect. %", *lines], t)


def jcamp(rng: Rng, t: Truth) -> Made:
    """JCAMP-DX as pairs, from any program."""
    units = {"absorbance": "ABSORBANCE", "percent_transmittance": "% TRANSMITTANCE"}
    lines, t = rows(rng, t, ", ", form="%.8g")
    head = ["##TITLE=oil", "##JCAMP-DX=4.24", "##DATA TYPE=INFRARED SPECTRUM", "##XUNITS=1/CM"]
    head += [f"##YUNITS={units[t.kind]}", f"##NPOINTS={t.x.size}", "##XYPOINTS=(XY..XY)"]
    return _file("a.jdx", [*head, *lines, "##END="], t)


def craic(rng: Rng, t: Truth) -> Made:
    """CRAIC's text."""
    mode = {
        "absorbance": "Absorbance",
        "percent_transmittance": "Transmittance",
        "percent_reflectance": "Reflectance",
    }
    lines, t = rows(rng, t, "\t", odd=False)
    head = ["C:\\data\\oil.msp", mode[t.kind], "SciMode: 0", "Avg: 10", "Integration (ms): 20"]
    return _file("a.txt", [*head, *lines], t)


VENDORS: dict[str, tuple[Callable[[Rng, Truth], Made], Callable[[Rng], Truth]]] = {
    "table by hand, infrared": (named, infrared),
    "table by hand, UV-Vis": (named, lambda rng: visible(rng, fractions=True)),
    "table by hand, Raman": (named, raman),
    "bare columns, infrared": (bare, infrared),
    "bare columns, UV-Vis": (bare, visible),
    "bare columns, Raman": (bare, raman),
    "SpectraSuite": (ocean, light),
    "SpectraSuite, processed": (ocean, visible),
    "AvaSoft": (avantes, visible),
    "Cary": (cary, visible),
    "UVProbe": (uvprobe, visible),
    "IRsolution": (irsolution, infrared),
    "JASCO": (jasco, infrared),
    "Spectrum CSV": (perkin, infrared),
    "WiRE": (wire, raman),
    "LabSpec": (labspec, raman),
    "BWRam": (bwtek, raman),
    "RRUFF": (rruff, raman),
    "PSR .sed": (psr, reflectance),
    "JCAMP-DX pairs": (jcamp, infrared),
    "CRAIC": (craic, visible),
}


def judged(found: Spectrum, truth: Truth) -> str:
    """What is wrong with a reading; empty where nothing is."""
    if found.x.size != truth.x.size:
        return f"{found.x.size} of {truth.x.size} points"
    alike = (found.x[0] < found.x[-1]) == (truth.x[0] < truth.x[-1])
    order = slice(None, None, 1 if alike else -1)
    x, y = found.x[order], found.y[order]
    if not np.allclose(x, truth.x, rtol=1e-5, atol=1e-9):
        return "x"
    there = np.isfinite(y)
    if there.mean() < 0.9 or not np.allclose(y[there], truth.y[there], rtol=1e-4, atol=1e-5):
        return "y"
    if found.x_quantity not in (truth.quantity, "unknown"):
        return f"x is {found.x_quantity}, not {truth.quantity}"
    if found.x_quantity != "unknown" and found.x_unit != truth.unit:
        return f"x in {found.x_unit}"
    if found.y_kind not in (truth.kind, "unknown"):
        return f"y is {found.y_kind}, not {truth.kind}"
    return ""


def measured(each: int, seed: int = 1) -> list[Outcome]:
    """Make so many files of each writer, and read them."""
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        for vendor, (write, shape) in VENDORS.items():
            rng = np.random.default_rng([seed, zlib.crc32(vendor.encode())])
            for _ in range(each):
                name, data, truth = write(rng, shape(rng))
                file = Path(folder) / name
                file.write_bytes(data)
                try:
                    made = read_spectrum(file)
                except InputError as error:
                    found.append(Outcome(vendor, 0.0, True, f"refused: {error.message}"))
                else:
                    why = judged(made, truth)
                    found.append(Outcome(vendor, made.confidence, not why, why))
    return found


def share(found: Sequence[Outcome]) -> str:
    """How many of some are right, in percent."""
    return f"{100 * sum(o.right for o in found) / len(found):.1f}" if found else ""


def least(found: Sequence[Outcome], right: float = 0.99) -> float:
    """The lowest bin's edge from which on so many readings are right, all bins above included."""
    edge = 1.01
    for low, _ in BINS:
        above = [o for o in found if o.confidence >= low]
        if above and sum(o.right for o in above) < right * len(above):
            break
        edge = low
    return edge


def page(found: Sequence[Outcome]) -> str:
    """The page of the documentation."""
    read = [o for o in found if o.confidence > 0]
    lines = [
        *ABOUT,
        f"Of {len(found)} sound files {len(read)} are read, "
        f"{100 * len(read) / len(found):.1f} %; the others are refused, with what is missing.",
        "",
        "| confidence | files | right, % |",
        "|---|---|---|",
    ]
    for low, high in BINS:
        some = [o for o in read if low <= o.confidence < high]
        ends = f"{low:g} to {high:g}" if high < 1 else f"{low:g} and above"
        lines.append(f"| {ends} | {len(some)} | {share(some)} |")
    sure = [o for o in read if o.confidence >= 0.9]
    lines += [
        f"| **0.9 and above** | **{len(sure)}** | **{share(sure)}** |",
        "",
        *LEFT_OUT,
    ]
    for vendor in VENDORS:
        own = [o for o in found if o.vendor == vendor]
        limit = least([o for o in read if o.vendor != vendor])
        above = [o for o in own if o.confidence >= limit]
        taken = 100 * sum(o.confidence > 0 for o in own) / len(own)
        lines.append(f"| {vendor} | {limit:g} | {len(above)} | {share(above)} | {taken:.0f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    outcomes = measured(count)
    PAGE.write_text(page(outcomes), encoding="utf-8")
    sys.stdout.write(page(outcomes))
    for outcome in outcomes:
        if not outcome.right or not outcome.confidence:
            sys.stderr.write(f"{outcome.vendor}: {outcome.confidence:.2f} {outcome.why}\n")
