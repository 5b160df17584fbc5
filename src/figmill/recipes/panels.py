"""From a file's variable to a panel."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.figure import (
    Axis,
    Bins,
    BinTables,
    ColorScale,
    Curve,
    Panel,
    Spectrogram,
    time_bins,
)
from figmill.figure.cadence import local_median
from figmill.figure.leap_seconds import SECOND, to_tai
from figmill.figure.markup import plain
from figmill.figure.pieces import any_finite, pieces
from figmill.notes import Note
from figmill.read import istp
from figmill.read.istp.spread import spans
from figmill.recipes.collapse import RULES, Rule, collapse
from figmill.recipes.solid_angle import solid_angles
from figmill.recipes.zeros import only_zeros

ScaleChoice = Literal["auto", "linear", "log"]
Limits = tuple[float | None, float | None]
DeadTime = Literal["fill", "open"]

_DECADE = 10.0
_DECADES = 1e3
# A pause is regular up to this many times the median of those around it.
_REGULAR = 1.75
_USUAL = 7  # as `local_median` looks at


def panel(
    variable: istp.SpectrogramVariable,
    *,
    rule: Rule = "mean",
    y_scale: ScaleChoice = "auto",
    z_scale: ScaleChoice = "auto",
    x_limits: Limits = (None, None),
    y_limits: Limits = (None, None),
    z_limits: Limits = (None, None),
    colormap: str = "viridis",
    dead_time: DeadTime = "fill",
    notes: list[Note] | None = None,
) -> Panel:
    """A panel with one variable's spectrogram.

    Parameters
    ----------
    variable
        What is drawn.
    rule
        How a third dimension is collapsed; the panel's title says so.
    y_scale, z_scale
        "auto" takes the file's; colours become logarithmic where values span three decades.
    x_limits, y_limits, z_limits
        None is left to the data; an axis of angles reaches from 0 to 180 or 360 degrees then.
    colormap
        A colour map that matplotlib knows.
    dead_time
        Whether the regular pause between records is filled or left open; see `filled`.
    notes
        What was assumed or left out is added to it.
    """
    told: list[Note] = [] if notes is None else notes
    values, title = _collapsed(variable, rule, told)
    x, share = _records(variable.time, dead_time)
    if share is not None:
        text = (
            f"records last {100 * share:.0f} % of the time until the next; the regular dead time "
            "between them is filled"
        )
        told.append(Note.info("dead-time-filled", text, variable.time.name))
    inside = in_range(x, x_limits)
    if not inside.all():
        x = x.at(inside)
        values = values[inside]
    y_axis = variable.y
    log_y = y_axis.scale == "log" if y_scale == "auto" else y_scale == "log"
    y_limits = positive_limits(y_limits, y_axis.name, told) if log_y else y_limits
    log_z = variable.scale == "log" if z_scale == "auto" else z_scale == "log"
    if z_scale == "auto" and not log_z and spans(values, _DECADES):
        log_z = True
        text = "its values span more than three decades; colours are logarithmic"
        told.append(Note.info("colors-logarithmic", text, variable.name))
    z_limits = positive_limits(z_limits, variable.name, told) if log_z else z_limits
    return Panel(
        Spectrogram(
            x,
            y_bins(y_axis, inside, log=log_y, notes=told),
            values,
            ColorScale(
                "log" if log_z else "linear",
                limits=z_limits,
                colormap=colormap,
                label=variable.label,
                unit=variable.unit,
            ),
        ),
        x=Axis("time", limits=x_limits),
        y=Axis(
            "log" if log_y else "linear",
            label=y_axis.label or y_axis.name,
            unit=y_axis.unit,
            limits=_angle_limits(y_axis, y_limits, log=log_y),
        ),
        title=title,
        row_label=variable.name,
        **only_zeros(values),
    )


_WEIGHTED, _PLAIN = "weighted", "plain"


def collapsing(rule: Rule) -> istp.Collapse:
    """What brings a third dimension down by a rule while `figmill.read.istp` reads."""

    def choose(
        beside: Sequence[istp.Axis], records: int, cells: istp.CellWeights | None
    ) -> istp.Reduction:
        if rule == "mean" and cells is not None:
            of_cells = cells

            def by_cell(values: NDArray[Any], first: int) -> NDArray[Any]:
                return collapse(values, rule, of_cells(first, len(values)))

            return istp.Reduction(by_cell, _WEIGHTED)
        weights = solid_angles(beside, records) if rule == "mean" else None

        def reduce(values: NDArray[Any], first: int) -> NDArray[Any]:
            by_record = weights is not None and weights.ndim == 2
            own = weights[first : first + len(values)] if by_record else weights  # type: ignore[index]
            return collapse(values, rule, own)

        return istp.Reduction(reduce, _PLAIN if weights is None else _WEIGHTED)

    return choose


def suggested(given: Limits, by_file: Limits, name: str, notes: list[Note]) -> Limits:
    """Limits as the file suggests them, where none are given.

    Parameters
    ----------
    given
        What an option says, which goes before.
    by_file
        SCALEMIN and SCALEMAX.
    name, notes
        What was taken, or why it cannot be, is noted of this variable.
    """
    if given != (None, None) or by_file == (None, None):
        return given
    low, high = by_file
    said = f"SCALEMIN {low} and SCALEMAX {high}"
    if low is not None and high is not None and not low < high:
        text = f"its {said} do not increase, and are not used"
        notes.append(Note.doubt("suggested-limits-unusable", text, name))
        return given
    notes.append(Note.info("suggested-limits-used", f"its {said} are the limits", name))
    return by_file


def _collapsed(
    variable: istp.SpectrogramVariable, rule: Rule, notes: list[Note]
) -> tuple[NDArray[Any], str]:
    """Values of two dimensions, and the title that says how a third was brought down."""
    values, collapsed = variable.values, variable.collapsed
    title = variable.description or plain(variable.label)
    if variable.third is None:
        return values, title
    if not collapsed:
        reduction = collapsing(rule)(variable.beside, len(values), None)
        values, collapsed = reduction.reduce(values, 0), reduction.how
    over = variable.third.label or variable.third.name
    how = f"the {RULES[rule]} over {over} is drawn"
    if rule == "mean" and variable.weighted_by:
        text = f"{how}, weighted by {variable.weighted_by}"
        notes.append(Note.info("dimension-collapsed", text, variable.name))
        return values, f"{title}, {RULES[rule]} over {over}"
    if rule == "mean" and collapsed == _PLAIN:
        text = f"{how}, unweighted: nothing says how much of the sphere each direction is"
        notes.append(Note.doubt("mean-unweighted", text, variable.name))
    else:
        text = f"{how}, weighted by solid angle" if collapsed == _WEIGHTED else how
        notes.append(Note.info("dimension-collapsed", text, variable.name))
    return values, f"{title}, {RULES[rule]} over {over}"


def line_spectrum(
    variable: istp.SpectrogramVariable,
    *,
    rule: Rule = "mean",
    y_scale: ScaleChoice = "auto",
    z_scale: ScaleChoice = "auto",
    y_limits: Limits = (None, None),
    z_limits: Limits = (None, None),
    notes: list[Note] | None = None,
) -> Panel:
    """A panel with the only record of a variable: its values over what is vertical elsewhere.

    Parameters
    ----------
    variable
        Of one record.
    rule, y_scale, z_scale, y_limits, z_limits
        As for `panel`: "y" is the axis of energies or angles, "z" that of the values.
    notes
        What was assumed or left out is added to it.
    """
    told: list[Note] = [] if notes is None else notes
    values, title = _collapsed(variable, rule, told)
    axis = variable.y
    log_y = axis.scale == "log" if y_scale == "auto" else y_scale == "log"
    y_limits = positive_limits(y_limits, axis.name, told) if log_y else y_limits
    y_bins(axis, np.ones(1, bool), log=log_y, notes=told)  # tells what a log axis cannot show
    log_z = variable.scale == "log" if z_scale == "auto" else z_scale == "log"
    z_limits = positive_limits(z_limits, variable.name, told) if log_z else z_limits
    centers = np.atleast_2d(axis.centers)[0]
    shown = np.isfinite(centers) & ((centers > 0) | (not log_y))
    order = np.argsort(centers[shown], kind="stable")
    heights = values[0][shown][order].astype(np.float64)
    if log_z and (count := int(np.count_nonzero(heights <= 0))):
        text = f"{count} values at or below 0 are not in its line on a logarithmic axis"
        told.append(Note.loss("values-not-positive", text, variable.name))
        heights = np.where(heights > 0, heights, np.nan)
    moment = np.datetime64(round(float(variable.time.centers[0]) * 1e3), "ms")
    text = f"its only record, of {moment} UTC, is drawn as a line"
    told.append(Note.info("only-record-as-line", text, variable.name))
    return Panel(
        Curve(centers[shown][order], heights, marker="circle"),
        x=Axis(
            "log" if log_y else "linear",
            label=axis.label or axis.name,
            unit=axis.unit,
            limits=_angle_limits(axis, y_limits, log=log_y),
        ),
        y=Axis(
            "log" if log_z else "linear",
            label=variable.label,
            unit=variable.unit,
            limits=z_limits,
        ),
        title=f"{title}, {moment} UTC",
        row_label=variable.name,
    )


def why_empty(panel: Panel) -> str:
    """Why nothing of a panel's spectrogram would be seen ("it ..."); empty where something is.

    What is seen lies in the time range, in bins within the y limits, and between the colour
    limits that were given.
    """
    (layer,) = panel.layers
    if isinstance(layer, Curve):
        seen = np.isfinite(layer.y)
        for places, axis in ((layer.x, panel.x), (layer.y, panel.y)):
            low, high = _open(axis.limits, axis.scale)
            seen &= (places >= low) & (places <= high)
        return "" if seen.any() else "has no value within the limits"
    assert isinstance(layer, Spectrogram)
    if layer.x.extent is None:
        return "has no record in the time range"
    if not any_finite(layer.values):
        return "holds only fill at the times shown"
    y_low, y_high = _open(panel.y.limits, panel.y.scale)
    seen = (layer.y.hi > y_low) & (layer.y.lo < y_high)
    low, high = _open(layer.color.limits)
    start, found = 0, False
    least, most = np.inf, -np.inf
    for piece in pieces(layer.values):
        index = None if layer.y.index is None else layer.y.index[start : start + len(piece)]
        start += len(piece)
        known = np.isfinite(piece) & (seen[0] if index is None else seen[index])
        values = piece[known]
        if not values.size:
            continue
        if ((values >= low) & (values <= high)).any():
            return ""
        found, least, most = True, min(least, values.min()), max(most, values.max())
    if not found:
        reach = layer.y.extent
        where = _between(panel.y.limits, panel.y.unit)
        return f"has no data {where}" + (f": its bins reach from {_span(reach)}" if reach else "")
    where = _between(layer.color.limits, layer.color.unit)
    return f"has no value {where}: they are {_span((least, most))}"


def _open(limits: Limits, scale: str = "linear") -> tuple[float, float]:
    low, high = limits
    lowest = 0.0 if scale == "log" else -np.inf
    return (lowest if low is None else low, np.inf if high is None else high)


def _span(limits: tuple[float, float]) -> str:
    return f"{limits[0]:.4g} to {limits[1]:.4g}"


def _between(limits: Limits, unit: str) -> str:
    match limits:
        case (None, None):
            return "in a bin that the axis can show"
        case (None, high):
            words = f"below {high:g}"
        case (low, None):
            words = f"above {low:g}"
        case (low, high):
            words = f"from {low:g} to {high:g}"
    return f"{words} {plain(unit)}".rstrip()


@functools.lru_cache(maxsize=1)
def _records(time: istp.TimeAxis, dead_time: DeadTime) -> tuple[Bins, float | None]:
    """The bins of the records, and what `filled` says of them; rows of a file share their times."""
    x = times(time)
    closed = filled(time, x) if dead_time == "fill" else None
    return (x, None) if closed is None else closed


def times(time: istp.TimeAxis) -> Bins:
    """The bins of the records: as the file bounds them, else by their local cadence."""
    if time.tai is not None and time.lo is not None:
        return Bins.from_tai(time.tai, np.isfinite(time.lo))
    if time.lo is not None and time.hi is not None:
        low, high = time.lo, time.hi
        good = np.isfinite(low) & np.isfinite(high) & (high > low)
        if good.any():
            return Bins(np.where(good, low, np.nan), np.where(good, high, np.nan))
    return time_bins(time.centers)


def filled(time: istp.TimeAxis, x: Bins) -> tuple[Bins, float] | None:
    """Fill the regular dead time of an instrument that measures part of the time.

    Parameters
    ----------
    time, x
        The records, and their bins as the file bounds them.

    Returns
    -------
    tuple or None
        Bins that touch midway in each pause that is about as long as those around it, and the
        share of the time that is measured. A gap, by the cadence of the records (see
        `figmill.figure.time_bins`) or because the records around have no such pause, stays. None
        where there is no regular pause.
    """
    if time.lo is None or time.hi is None:
        return None
    low, high = x.lo.copy(), x.hi.copy()
    first = 0
    if x.exact is not None and x.used.any():
        first = int(x.exact[0][x.used].min())
        low, high = (np.where(x.used, (each - first) / SECOND, np.nan) for each in x.exact)
    if bool((low[1:] == high[:-1]).all()):
        return None  # in order, and without any pause
    order = np.argsort(np.where(x.used, low, np.inf), kind="stable")[: np.count_nonzero(x.used)]
    lo, hi = low[order], high[order]
    pause = lo[1:] - hi[:-1]
    middle = 0.5 * (lo + hi)
    many = np.concatenate(([0], np.cumsum(pause > 0)))
    if pause.size < 2 or many[-1] < min(pause.size, _USUAL) / 2:
        return None
    if pause.size > _USUAL and (many[_USUAL:] - many[:-_USUAL]).max() < _USUAL / 2:
        return None  # a few gaps: no median of those around any pause is above 0
    around = time_bins(middle)
    regular = (around.hi[:-1] >= around.lo[1:]) & (pause > 0)
    regular &= pause <= _REGULAR * local_median(pause)
    if not regular.any():
        return None
    share = float(np.median((hi - lo)[:-1][regular] / np.diff(middle)[regular]))
    between = 0.5 * (hi[:-1] + lo[1:])
    high[order[:-1][regular]] = between[regular]
    low[order[1:][regular]] = between[regular]
    if x.exact is None:
        return Bins(low, high), share
    seconds = np.where(x.used, np.stack((low, high)), 0.0)
    return Bins.from_tai(np.round(seconds * SECOND).astype(np.int64) + first, x.used), share


def y_bins(
    axis: istp.Axis,
    records: NDArray[np.bool_],
    *,
    log: bool | None = None,
    notes: list[Note] | None = None,
) -> BinTables:
    """The bins of the vertical axis, for the chosen records.

    Parameters
    ----------
    axis
        The axis.
    records
        Shape (n,): which are drawn.
    log
        Whether the axis will be logarithmic; None takes its own scale.
    notes
        What such an axis cannot show is added to it: a bin that begins at or below 0 is clipped
        one step below the next, one that lies there altogether is left out.
    """
    log = axis.scale == "log" if log is None else log
    if axis.lo is not None and axis.hi is not None:
        if axis.varies:
            found = BinTables.from_rows(axis.lo[records], axis.hi[records])
        else:
            found = BinTables.single(Bins.from_ranges(axis.lo, axis.hi))
    else:
        positive = not bool((axis.centers <= 0).any())
        scale: Any = axis.scale if log or positive else "linear"
        if axis.varies:
            found = BinTables.from_center_rows(axis.centers[records], scale=scale)
        else:
            found = BinTables.single(Bins.from_centers(axis.centers, scale=scale))
    return _positive(axis, found, [] if notes is None else notes) if log else found


def positive_limits(limits: Limits, name: str, notes: list[Note]) -> Limits:
    """Limits that a logarithmic scale can have; those at or below 0 are left to the data.

    Parameters
    ----------
    limits
        Of an axis, or of colours.
    name, notes
        That one of them is left is noted of this variable.
    """
    low, high = (None if each is not None and each <= 0 else each for each in limits)
    if (low, high) != limits:
        text = "its limits at or below 0 cannot stand on a logarithmic scale; the data give them"
        notes.append(Note.doubt("limit-not-positive", text, name))
    return low, high


def _positive(axis: istp.Axis, bins: BinTables, notes: list[Note]) -> BinTables:
    """Bins that a logarithmic axis can show."""
    below = (axis.centers <= 0).reshape(-1, axis.centers.shape[-1]).any(axis=0)
    gone = (bins.hi <= 0).any(axis=0) | (np.isnan(bins.lo).any(axis=0) & below)
    if count := int(gone.sum()):
        text = f"bins at or below 0 are left out: {count} of {gone.size}"
        notes.append(Note.loss("bins-not-positive", text, axis.name))
    lo, hi = bins.lo.copy(), bins.hi.copy()
    unused = hi <= 0
    lo[unused] = hi[unused] = np.nan
    reaching = lo <= 0
    if reaching.any():
        whole = np.where(lo > 0, lo, np.inf)
        rows = np.arange(len(lo))
        following = np.argmin(whole, axis=1)
        with np.errstate(invalid="ignore"):
            step = hi[rows, following] / whole[rows, following]
        step = np.where((step > 1) & (step < _DECADE), step, _DECADE)
        lo = np.where(reaching, hi / step[:, None], lo)
        count = int(reaching.any(axis=0).sum())
        text = (
            f"bins that begin at or below 0 begin one step below their end on a logarithmic axis: "
            f"{count} of {lo.shape[1]}"
        )
        notes.append(Note.info("bin-edge-clipped", text, axis.name))
    return BinTables(lo, hi, bins.index) if unused.any() or reaching.any() else bins


def _angle_limits(axis: istp.Axis, limits: Limits, *, log: bool) -> Limits:
    """Limits of an axis of angles in degrees: the whole range that such an angle has."""
    degrees = axis.unit.strip().lower().startswith(("deg", "°"))
    if limits != (None, None) or log or axis.role not in ("angle", "pitch_angle") or not degrees:
        return limits
    known = axis.centers[np.isfinite(axis.centers)]
    if known.size == 0:
        return limits
    low, high = float(known.min()), float(known.max())
    for least, most in ((0.0, 180.0), (0.0, 360.0), (-90.0, 90.0), (-180.0, 180.0)):
        if least <= low and high <= most:
            return least, most
    return limits


def in_range(x: Bins, limits: Limits) -> NDArray[np.bool_]:
    """Which records lie within a range of time, at least in part."""
    low, high = limits
    inside = np.isfinite(x.lo)
    begins: NDArray[Any]
    begins, ends = x.lo, x.hi
    if x.exact is not None:
        # A leap second is the end of its day; its UNIX seconds are those of the next.
        begins, ends = x.exact
        low, high = (None if each is None else to_tai(each) for each in (low, high))
    if low is not None:
        inside &= ends > low
    if high is not None:
        inside &= begins < high
    return inside
