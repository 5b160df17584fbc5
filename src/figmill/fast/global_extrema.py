"""Limits of energy and colour that suit all orbits."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from figmill.engine import Ledger, Listener, RunOptions
from figmill.errors import OutputError
from figmill.fast.arguments import instruments
from figmill.fast.extrema import ExtremaRecipe
from figmill.fast.options import EXTREMA_FILE, INSTRUMENTS
from figmill.fast.reduce import QuantityChoice
from figmill.recipes.datasets import ScaleName

log = logging.getLogger("figmill.fast")


def compute_global_extrema(
    directory_path: str | Path,
    y_scale: ScaleName,
    z_scale: ScaleName,
    instrument_order: Sequence[str] = INSTRUMENTS,
    extrema_json_path: str | Path = EXTREMA_FILE,
    compute_mins: bool = False,
    max_percentile: float = 95.0,
    log_floor_cutoff: float = 0.1,
    log_floor_value: float = -1.0,
    flush_batch_size: int = 10,
    *,
    quantity: QuantityChoice = "raw",
    max_energy: float | None = None,
    max_workers: int = 1,
    install_signal_handlers: bool = True,
    listeners: Sequence[Listener] = (),
) -> dict[str, Any]:
    """Find limits of energy and colour that suit all orbits in a folder.

    The upper colour limit is a percentile of all positive samples of all orbits, at most 0.25 %
    above the exact one and never below it; the upper energy is the smallest one up to which 99 % of
    the positive samples
    lie. Both are the same whatever the order of files, however often the run was interrupted, and
    however many workers there are. What each file holds is kept beside the JSON file, in a folder
    of its name with a dot before it: a file that arrives later is added without reading the
    others, also for other scales and percentiles.

    Parameters
    ----------
    directory_path
        The folder with the files, at any depth.
    y_scale, z_scale
        "linear" or "log": the scales whose limits are asked for.
    instrument_order
        Which instruments.
    extrema_json_path
        The JSON file; what it holds for other scales stays.
    compute_mins
        Whether lower limits come from the samples, too; otherwise they are 0 on a linear axis, and
        left to each figure on a logarithmic one.
    max_percentile
        Of the upper colour limit; the lower one is the complementary percentile.
    log_floor_cutoff, log_floor_value
        A lower limit of a log axis below the cutoff becomes ``10 ** log_floor_value``.
    flush_batch_size
        Write the JSON file after this many files.
    quantity
        As for `FAST_plot_pitch_angle_grid`.
    max_energy
        eV; the upper energy is at most this. None: 4000 on a linear axis, no bound on a logarithmic
        one; 0: no bound.
    max_workers, install_signal_handlers, listeners
        As for the engine.

    Returns
    -------
    dict
        What the JSON file holds.

    Raises
    ------
    ConfigError
        If the folder holds no FAST file.
    OutputError
        If the JSON file cannot be written.
    """
    recipe = ExtremaRecipe(
        paths=(str(directory_path),),
        instruments=instruments(instrument_order),
        quantity=quantity,
        y_scale=y_scale,
        z_scale=z_scale,
        max_percentile=max_percentile,
        compute_mins=compute_mins,
        log_floor_cutoff=log_floor_cutoff,
        log_floor_value=log_floor_value,
        highest_energy=max_energy,
    )
    options = RunOptions(
        workers=max_workers,
        flush_batch_size=flush_batch_size,
        install_signal_handlers=install_signal_handlers,
    )
    return find_extrema(recipe, extrema_json_path, options, listeners)


def find_extrema(
    recipe: ExtremaRecipe,
    path: str | Path,
    options: RunOptions,
    listeners: Sequence[Listener] = (),
) -> dict[str, Any]:
    """Bring a file of limits up to what a recipe finds; see `compute_global_extrema`.

    Parameters
    ----------
    recipe
        Whose limits, and of what.
    path
        The JSON file; what it holds for other scales stays.
    options, listeners
        As for the engine.

    Returns
    -------
    dict
        What the JSON file holds.

    Raises
    ------
    ConfigError
        If there is no FAST file.
    OutputError
        If the JSON file cannot be written.
    """
    from figmill import mill

    path = Path(path).absolute()
    form = _ExtremaForm(recipe, path)
    out = path.parent / f".{path.stem}"
    mill.run(
        recipe,
        out,
        options=replace(options, progress_json_path=path, snapshot=form),
        listeners=listeners,
        raise_interrupt=False,
        progress=False,
    )
    with Ledger.read(out, recipe.name) as ledger:
        state = dict(form.document(ledger))
    _write_json(path, state)
    return state


@dataclass(frozen=True, slots=True)
class _ExtremaForm:
    """The extrema file as a picture of the ledger; limits of other scales in it stay."""

    recipe: ExtremaRecipe
    path: Path

    def document(self, ledger: Ledger) -> Mapping[str, Any]:
        keys = {item.key for item in self.recipe.items()}
        settled = sum(key in keys for key, *_ in ledger.settled())
        return {**_read_json(self.path), **self.recipe.document(ledger.all_facts(), settled)}

    def known(self, document: Mapping[str, Any]) -> Iterable[tuple[str, Literal["done"]]]:
        return ()  # limits do not tell what they were made of


def _read_json(path: Path) -> dict[str, Any]:
    import json

    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    import json

    from figmill.engine.files import write_whole

    data = (json.dumps(document, indent=2) + "\n").encode()
    try:
        if not path.exists() or path.read_bytes() != data:
            write_whole(path, data)
    except OSError as error:
        raise OutputError(
            f"The extrema file could not be written: {error.strerror or error}.",
            file=path,
            hint="Choose another extrema_json_path.",
        ) from error
