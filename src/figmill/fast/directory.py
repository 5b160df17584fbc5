"""All orbits in a folder."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal, cast

from figmill.engine import Ledger, RunOptions, ledger_path
from figmill.errors import ConfigError
from figmill.fast.arguments import cusp_table, global_extrema_of, instruments
from figmill.fast.global_extrema import compute_global_extrema
from figmill.fast.options import EXTREMA_FILE, INSTRUMENTS
from figmill.fast.progress import OrbitState, State, finished_orbits, progress_document
from figmill.fast.progress_errors import from_text
from figmill.fast.recipe import FastRecipe, Limits
from figmill.fast.reduce import QuantityChoice
from figmill.fast.watching import Watching
from figmill.recipes.datasets import ScaleName
from figmill.recipes.events import MarkerStyle

log = logging.getLogger("figmill.fast")

OUTPUT = "FAST_plots"
PROGRESS_FILE = "FAST_plot_progress.json"
_NAMED = 20


def FAST_plot_spectrograms_directory(  # noqa: N802 - documented
    directory_path: str | Path | None = None,
    output_base: str | Path | None = None,
    y_scale: ScaleName = "linear",
    z_scale: ScaleName = "log",
    zoom_duration_minutes: float = 6,
    instrument_order: Sequence[str] = INSTRUMENTS,
    verbose: bool = True,
    progress_json_path: str | Path | None = PROGRESS_FILE,
    ignore_progress_json: bool = False,
    use_tqdm: bool | None = None,
    colormap: str = "viridis",
    max_workers: int = 4,
    orbit_timeout_seconds: float | None = 60,
    instrument_timeout_seconds: float | None = 30,
    retry_timeouts: bool = True,
    flush_batch_size: int = 10,
    log_flush_batch_size: int | None = None,
    max_processing_percentile: float = 95.0,
    override_plots: bool = True,
    *,
    input_dir: str | Path | None = None,
    output_dir: str | Path | None = None,
    global_extrema: Mapping[str, Any] | bool = True,
    extrema_json_path: str | Path = EXTREMA_FILE,
    filtered_orbits_df: Any = None,
    quantity: QuantityChoice = "raw",
    orbits: Sequence[int] = (),
    figures: Sequence[str] = ("pitch-angle", "instrument-grid"),
    cusp_marker_style: MarkerStyle = "both",
    cusp_marker_kwargs: Mapping[str, Any] | None = None,
    memory_limit: int | None = None,
    install_signal_handlers: bool = True,
) -> list[dict[str, Any]]:
    """Draw the figures of every orbit in a folder, and continue where an earlier run ended.

    Of each orbit: a pitch-angle figure for each instrument, and one of all instruments, in
    ``output_base/year/month/orbit/``. An orbit that hangs, crashes or has a bad file is recorded,
    and the others go on. A first Ctrl-C finishes what runs, a second one stops at once; both keep
    everything that is finished.

    Its defaults are those of its documentation, and others than those of `figmill fast plot` and of
    job files, which draw energy on a logarithmic axis (``y_scale="log"``), the flux where there is
    any (``quantity="auto"``), a colour map by the scales, and limits of each figure's own
    (``global_extrema=False``). With the same options all three draw the same figure.

    Parameters
    ----------
    directory_path, input_dir
        The folder with the files, at any depth; two names for the same.
    output_base, output_dir
        The output folder; two names for the same. By default ``FAST_plots``.
    y_scale, z_scale
        "linear" or "log". Figures of other scales in the same folder stay.
    zoom_duration_minutes
        Width of the zoom column around cusps; 0 for none.
    instrument_order
        Which instruments, in the order of the rows.
    verbose
        Report every finished orbit to the log ``figmill.fast``; False reports failures alone.
    progress_json_path
        The progress file; a relative path is below the output folder. None writes none.
    ignore_progress_json
        Draw everything again.
    use_tqdm
        Show a progress bar of tqdm; None where tqdm is installed and a terminal watches.
    colormap
        A colour map that matplotlib knows.
    max_workers
        Worker processes.
    orbit_timeout_seconds
        An orbit that takes longer is stopped, whatever it is doing. None for no limit.
    instrument_timeout_seconds
        Reading an instrument's file is stopped after this time, whatever it is doing, and the
        orbit's other instruments are drawn.
    retry_timeouts
        Try once more what was too slow.
    flush_batch_size
        Write the progress file, and that of the extrema, after this many orbits. Nothing is lost
        in between: every finished orbit is kept at once, in ``output_base/.figmill``.
    log_flush_batch_size
        Write the logs after this many records; None for `flush_batch_size`.
    max_processing_percentile
        The percentile of all positive samples that is the upper colour limit.
    override_plots
        False leaves orbits alone whose figures are there, whoever drew them.
    global_extrema
        True computes limits that suit all orbits, or takes those that `extrema_json_path` has and
        are up to date; False takes those of each figure; a mapping is taken as it is, as for
        `FAST_plot_instrument_grid`.
    extrema_json_path
        As for `compute_global_extrema`.
    filtered_orbits_df
        The cusp table: a data frame, a path, or rows; None looks for ``FAST_Cusp_Indices.csv`` in
        the folder with the files.
    quantity, cusp_marker_style, cusp_marker_kwargs
        As for `FAST_plot_pitch_angle_grid`. Names of figures of another quantity than "raw" end in
        ``_q-`` and it.
    orbits
        Only these; none for all.
    figures
        Any of "pitch-angle", "instrument-grid", "bands" and "quicklook".
    memory_limit
        Bytes that a worker may take.
    install_signal_handlers
        False leaves Ctrl-C to the caller: it then raises KeyboardInterrupt.

    Returns
    -------
    list of dict
        For each orbit, in order: ``orbit``; ``status``, "ok", "error" or "timeout"; ``errors``;
        and for timeouts ``timeout_type``, "orbit" or "instrument", and ``timeout_instrument``.
        Orbits that an interrupted run did not reach are not in it.

    Raises
    ------
    ConfigError
        If there is no folder, or no FAST file in it, or an option is out of range.
    FolderInUseError
        If another run is working in the output folder.
    """
    from figmill import mill

    folder = _either("directory_path", directory_path, "input_dir", input_dir)
    out = Path(_either("output_base", output_base, "output_dir", output_dir, OUTPUT))
    limits = _limits(
        global_extrema,
        folder,
        y_scale,
        z_scale,
        instrument_order=instrument_order,
        extrema_json_path=extrema_json_path,
        max_percentile=max_processing_percentile,
        flush_batch_size=flush_batch_size,
        quantity=quantity,
        max_workers=max_workers,
        install_signal_handlers=install_signal_handlers,
    )
    if limits is None:
        log.warning("interrupted before the limits of all orbits were known")
        return []
    recipe = FastRecipe(
        paths=(str(folder),),
        orbits=tuple(orbits),
        instruments=instruments(instrument_order),
        figures=tuple(figures),
        quantity=quantity,
        usual_quantity="raw",
        y_scale=y_scale,
        z_scale=z_scale,
        limits=limits,
        colormap=colormap,
        zoom_minutes=zoom_duration_minutes,
        marks=None if filtered_orbits_df is None else cusp_table(filtered_orbits_df),
        marker_style=cusp_marker_style,
        marker_options=dict(cusp_marker_kwargs or {}),
        instrument_timeout=instrument_timeout_seconds,
        retry_timeouts=retry_timeouts,
    )
    found = recipe.found()
    for path, why in found.unfit:
        log.warning("%s: %s", path, why)
    keys = {recipe.key(one.orbit): one.orbit for one in found.orbits}
    kept = {} if override_plots else {k: n for k, n in keys.items() if _is_drawn(out, recipe, n)}
    form = _ProgressForm(keys, y_scale, z_scale, recipe.quantity_suffix)
    options = RunOptions(
        workers=max_workers or 1,
        timeout_s=orbit_timeout_seconds,
        memory_limit=memory_limit,
        retries={"timeout": int(retry_timeouts), "crash": 2, "memory": 1, "output": 1},
        retry_failed=frozenset({"output", "timeout"} if retry_timeouts else {"output"}),
        flush_batch_size=flush_batch_size,
        log_flush_batch_size=log_flush_batch_size,
        progress_json_path=progress_json_path,
        ignore_progress_json=ignore_progress_json,
        snapshot=form,
        install_signal_handlers=install_signal_handlers,
        overwrite=True,  # figures that other programs drew before are drawn again, as documented
    )
    late = form.late(out) - set(kept) if retry_timeouts else set()
    with Watching(len(keys) - len(kept), verbose, use_tqdm) as watch:
        if late and not options.afresh:
            # Orbits that an earlier run drew without an instrument that was too slow.
            mill.run(
                recipe,
                out,
                options=replace(options, force=True),
                only=late,
                raise_interrupt=False,
                progress=False,
            )
        mill.run(
            recipe,
            out,
            options=options,
            listeners=(watch,),
            only=None if not kept else [key for key in keys if key not in kept],
            raise_interrupt=False,
        )
    with Ledger.read(out, recipe.name) as ledger:
        states = {state.orbit: state for state in form.states(ledger)}
    states |= {orbit: OrbitState(orbit, "done") for orbit in kept.values() if orbit not in states}
    if away := [orbit for orbit in keys.values() if orbit not in states]:
        log.warning("the run ended before %s", _some_of("orbit", away))
    return [states[orbit].result() for orbit in keys.values() if orbit in states]


def _some_of(what: str, many: Sequence[object]) -> str:
    """How many there are, and which: "3 orbits: 1, 2, 3"."""
    named = ", ".join(map(str, many[:_NAMED])) + (", ..." if len(many) > _NAMED else "")
    return f"{len(many)} {what}{'s' if len(many) > 1 else ''}: {named}"


def _either(name: str, value: Any, other: str, same: Any, default: Any = None) -> Any:
    """One value that may be given under two names."""
    if value is not None and same is not None and Path(value) != Path(same):
        raise ConfigError(
            f"{name} is {value}, but {other} is {same}.",
            hint="They mean the same: give one of them.",
        )
    found = next((one for one in (value, same, default) if one is not None), None)
    if found is None:
        raise ConfigError(f"{name} is missing.", hint=f"Give {name} or {other}.")
    return found


def _limits(
    given: Mapping[str, Any] | bool,
    folder: str | Path,
    y_scale: ScaleName,
    z_scale: ScaleName,
    **options: Any,
) -> dict[str, Limits] | None:
    """Limits by instrument; None where computing them was interrupted."""
    if given is False:
        return {}
    state = compute_global_extrema(folder, y_scale, z_scale, **options) if given is True else given
    progress = [value for key, value in state.items() if key.endswith("_extrema_progress")]
    if given is True and not all(one["complete"] for one in progress):
        return None
    found = global_extrema_of(state, y_scale, z_scale)
    return {
        name: Limits(y_min=e.y_min, y_max=e.y_max, z_min=e.z_min, z_max=e.z_max)
        for name, e in found.items()
    }


def _is_drawn(out: Path, recipe: FastRecipe, orbit: int) -> bool:
    (one,) = [each for each in recipe.found().orbits if each.orbit == orbit]
    scales = f"_y-{recipe.y_scale}_z-{recipe.z_scale}_"
    folder = out / one.folder
    names = [
        path.name
        for path in folder.glob(f"{orbit}_*.png")
        if scales in path.name and _quantity_in(path.stem) == recipe.quantity_suffix
    ]
    wanted = [f"_pitch-angle_ESA_{name}_" for name in one.files if "pitch-angle" in recipe.figures]
    if "instrument-grid" in recipe.figures:
        wanted.append("_instrument-grid_ESA_")
    return bool(wanted) and all(any(part in name for name in names) for part in wanted)


def _quantity_in(stem: str) -> str:
    """What a figure's name says of its quantity."""
    _, mark, quantity = stem.rpartition("_q-")
    return f"{mark}{quantity}" if mark else ""


@dataclass(frozen=True, slots=True)
class _ProgressForm:
    """The documented progress file as a picture of the ledger."""

    keys: Mapping[str, int]
    y_scale: str
    z_scale: str
    quantity: str = ""

    def states(self, ledger: Ledger) -> Iterable[OrbitState]:
        facts = dict(ledger.all_facts())
        for record in ledger.items():
            if record.key in self.keys and record.state in ("done", "no_data", "failed"):
                errors: Any = facts.get(record.key, {}).get("errors", {})
                if record.state == "failed":
                    errors = from_text(record.message)
                yield OrbitState(
                    self.keys[record.key],
                    cast(State, record.state),
                    record.category,
                    record.message,
                    {name: (reason, text) for name, (reason, text) in errors.items()},
                )

    def late(self, out: Path) -> set[str]:
        """Keys of orbits that were drawn without an instrument that was too slow."""
        if not ledger_path(out).exists():
            return set()
        names = {orbit: key for key, orbit in self.keys.items()}
        with Ledger.read(out, FastRecipe.name) as ledger:
            return {
                names[state.orbit]
                for state in self.states(ledger)
                if state.state == "done" and any(r == "timeout" for r, _ in state.errors.values())
            }

    def document(self, ledger: Ledger) -> Mapping[str, Any]:
        """The progress of every pair of scales that this folder has figures of."""
        made: dict[str, Any] = {}
        for y_scale, z_scale in product(("linear", "log"), repeat=2):
            keys = {f"{n}_{y_scale}_{z_scale}{self.quantity}": n for n in self.keys.values()}
            made |= replace(self, keys=keys, y_scale=y_scale, z_scale=z_scale)._of_scales(ledger)
        return made

    def _of_scales(self, ledger: Ledger) -> dict[str, Any]:
        last_run, last = -1, None
        for key, _, position, run in ledger.settled():
            if key in self.keys and (run, position) >= (last_run, -1):
                last_run, last = run, self.keys[key]
        return progress_document(self.states(ledger), last, self.y_scale, self.z_scale)

    def known(
        self, document: Mapping[str, Any]
    ) -> Iterable[tuple[str, Literal["done", "no_data"]]]:
        names = {orbit: key for key, orbit in self.keys.items()}
        for orbit in finished_orbits(document, names, self.y_scale, self.z_scale):
            yield names[orbit], "done"
