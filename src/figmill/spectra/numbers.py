"""The numbers of one sample, and the table of all."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from figmill.errors import MissingExtraError
from figmill.item import JSON
from figmill.spectra.bands import Band
from figmill.spectra.comparison import Comparison, saturated, similarity
from figmill.spectra.peaks import Shift
from figmill.spectra.spectrum import Spectrum

TABLE = "metrics"
_ORDER = (
    *("sample", "file", "baseline", "figure", "kind", "processing"),
    *("points", "from_x", "to_x", "coverage"),
    *("resampled", "pearson", "cosine", "spectral_angle", "rms_difference", "largest_difference"),
    *("largest_difference_at", "saturated_points", "confidence", "normalizer"),
    "notes",
    *("area_baseline", "area_sample", "area_difference"),
    *("peaks", "peaks_found", "largest_shift", "mean_shift", "shift"),
)


def numbers_of(
    raw: Spectrum,
    compared: Comparison,
    *,
    bands: Sequence[Band] = (),
    local_baseline: bool = True,
    shifts: Sequence[Shift] = (),
) -> dict[str, JSON]:
    """All numbers of one sample, as the row of a table.

    Parameters
    ----------
    raw
        The sample as its file has it: saturation is told from unprocessed values.
    compared
        Sample and baseline on one grid.
    bands, local_baseline
        What to measure the areas of, and how.
    shifts
        Of the baseline's peaks.

    Returns
    -------
    dict
        By column. NaN is None, which JSON, CSV and Parquet all can say.
    """
    row: dict[str, JSON] = {
        "points": int(compared.x.size),
        "kind": compared.kind,
        "from_x": _number(float(compared.x[0])),
        "to_x": _number(float(compared.x[-1])),
        "coverage": _number(compared.coverage),
        "resampled": compared.resampled,
        **{name: _number(value) for name, value in similarity(compared).items()},
        "saturated_points": int(np.count_nonzero(saturated(raw))),
        "confidence": _number(raw.confidence),
    }
    for band in bands:
        areas = compared.areas(band, local_baseline=local_baseline)
        row[f"area_baseline[{band.name}]"] = _number(areas[0])
        row[f"area_sample[{band.name}]"] = _number(areas[1])
        row[f"area_difference[{band.name}]"] = _number(areas[1] - areas[0])
    found = [shift for shift in shifts if shift.sample is not None]
    row["peaks"] = len(shifts)
    row["peaks_found"] = len(found)
    moved = [shift.by for shift in found]
    row["largest_shift"] = _number(max(moved, key=abs) if moved else math.nan)
    row["mean_shift"] = _number(sum(moved) / len(moved) if moved else math.nan)
    for shift in shifts:
        row[f"shift[{shift.baseline.x:.0f}]"] = _number(shift.by)
    return row


def csv_of(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The table as CSV: the columns of all rows, in the order in which they come."""
    import csv

    listed = list(rows)
    columns = _columns(listed)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    for row in listed:
        writer.writerow({key: "" if value is None else value for key, value in row.items()})
    return text.getvalue().encode("utf-8")


def parquet_of(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The table as Parquet.

    Raises
    ------
    figmill.errors.MissingExtraError
        If polars is not installed.
    """
    try:
        import polars
    except ImportError:
        raise MissingExtraError("polars", "spectra") from None
    listed = list(rows)
    columns = _columns(listed)
    frame = polars.DataFrame(
        {column: [row.get(column) for row in listed] for column in columns}, strict=False
    )
    stream = io.BytesIO()
    frame.write_parquet(stream, compression="zstd", statistics=True)
    return stream.getvalue()


def normalized_csv(spectrum: Spectrum) -> bytes:
    """A spectrum as plain CSV, with words that any program understands."""
    made = spectrum.ascending()
    quantity = made.x_quantity.replace("_", " ")
    head = f"{quantity} ({made.x_unit})" if made.x_unit else quantity
    lines = [f"{head},{made.y_kind}"]
    lines += [f"{a!r},{b!r}" for a, b in zip(made.x.tolist(), made.y.tolist(), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """All columns: who, then how alike, then areas, then peaks."""
    found = dict.fromkeys(key for row in rows for key in row)
    order = {name: place for place, name in enumerate(_ORDER)}

    def place(name: str) -> tuple[int, str, float, str]:
        head, _, inner = name.partition("[")
        number = float(inner[:-1]) if head == "shift" else 0.0
        words = inner if head.startswith("area") else ""
        return order.get(head, len(order)), words, number, name

    return sorted(found, key=place)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
