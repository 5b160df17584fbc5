"""Spectra as JCAMP-DX, to the last digit; see `figmill.spectra.read.jcamp` for the standard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from figmill.spectra.spectrum import Spectrum

_X_UNITS: Mapping[tuple[str, str], str] = {
    ("wavenumber", "cm-1"): "1/CM",
    ("raman_shift", "cm-1"): "1/CM",
    ("wavelength", "nm"): "NANOMETERS",
    ("wavelength", "um"): "MICROMETERS",
}
_Y_UNITS: Mapping[str, str] = {
    "absorbance": "ABSORBANCE",
    "transmittance": "TRANSMITTANCE",
    "percent_transmittance": "% TRANSMITTANCE",
    "reflectance": "REFLECTANCE",
    "percent_reflectance": "% REFLECTANCE",
    "log_inverse_reflectance": "LOG(1/R)",
    "kubelka_munk": "KUBELKA-MUNK",
    "absorption_coefficient": "ABSORPTION COEFFICIENT",
    "log_epsilon": "LOG EPSILON",
    "intensity": "ARBITRARY UNITS",
}
_TYPES = {
    "wavenumber": "INFRARED SPECTRUM",
    "wavelength": "UV/VIS SPECTRUM",
    "raman_shift": "RAMAN SPECTRUM",
}


def jcamp_of(spectrum: Spectrum) -> bytes:
    """A spectrum as the text of a JCAMP-DX file, version 4.24, as pairs of x and y.

    Pairs, since x may be uneven; numbers as Python writes them, so that they are read back as they
    are. A value that is missing is ``?``.

    Parameters
    ----------
    spectrum
        Anything that figmill reads.

    Returns
    -------
    bytes
        UTF-8, lines with a line feed.

    Examples
    --------
    >>> text = jcamp_of(Spectrum([4000.0, 3998.0], [0.1, float("nan")], name="oil")).decode()
    >>> text.splitlines()[-3:]
    ['4000.0, 0.1', '3998.0, ?', '##END=']
    """
    x, y = spectrum.x, spectrum.y
    name = spectrum.y_label[0].upper() if spectrum.y_name else ""
    if spectrum.y_kind == "intensity" and name:
        y_units = f"{name} ({spectrum.y_unit or 'ARBITRARY UNITS'})"
    else:
        y_units = _Y_UNITS.get(spectrum.y_kind, "UNKNOWN")
    known = y[np.isfinite(y)]
    records: dict[str, object] = {
        "TITLE": _line(spectrum.name),
        "JCAMP-DX": "4.24",
        "DATA TYPE": _TYPES.get(spectrum.x_quantity, "SPECTRUM"),
        "ORIGIN": _line(spectrum.source),
        "OWNER": "",
        "XUNITS": _X_UNITS.get((spectrum.x_quantity, spectrum.x_unit), "ARBITRARY UNITS"),
        "YUNITS": y_units,
        "XFACTOR": 1,
        "YFACTOR": 1,
        "FIRSTX": float(x[0]),
        "LASTX": float(x[-1]),
        "NPOINTS": x.size,
    }
    if known.size:
        records |= {"MAXY": float(known.max()), "MINY": float(known.min())}
    lines = [f"##{label}={value}" for label, value in records.items()]
    lines.append("##XYPOINTS=(XY..XY)")
    lines += [
        f"{a!r}, {b!r}" if np.isfinite(b) else f"{a!r}, ?"
        for a, b in zip(x.tolist(), y.tolist(), strict=True)
    ]
    return ("\n".join([*lines, "##END="]) + "\n").encode()


def _line(text: str) -> str:
    """A text as one line of a record: two dollar signs would begin a remark."""
    return " ".join(text.split()).replace("$$", "$ $")
