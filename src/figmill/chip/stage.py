"""Stage raw files: each measurement becomes one Parquet file that every tool can read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from pydantic import field_validator

from figmill.chip.lab import Lab, load_lab, translated
from figmill.chip.manifest import describe_run, read_notes, run_folder, zone_of
from figmill.chip.options import StageOptions
from figmill.chip.start import ANYHOW
from figmill.config.paths import missing
from figmill.extras import need
from figmill.item import Item
from figmill.read.arrow import arrow_bytes
from figmill.read.parquet import ARROW, frame_bytes, polars
from figmill.read.pymeasure import read_results
from figmill.recipes.base import DataFile, Description, Recipe
from figmill.recipes.inputs import find_files

MAPPED_ROWS = 20_000
"""Runs as long as this get an Arrow file besides, which workers map instead of each reading it."""


class StageRecipe(StageOptions, Recipe):
    """Turn every raw file of a folder into a Parquet file of the stage.

    Parameters
    ----------
    raw, timezone, lab
        As for `StageOptions`.
    """

    name: ClassVar[str] = "chip-stage"
    preload: ClassVar[tuple[str, ...]] = ("polars",)

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        zone_of(name)
        return name

    def check(self) -> None:
        """Look for a library, or the folder, that is missing."""
        need("polars", "chip")
        if not self.raw.is_dir():
            raise missing(self.raw, "folder")
        if self.lab is not None:
            load_lab(self.lab)

    def items(self) -> Iterable[Item]:
        """List the raw files, in the order of their names.

        Raises
        ------
        figmill.errors.ConfigError
            There is no such folder, or no CSV file in it.
        """
        if not self.raw.is_dir():
            raise missing(self.raw, "folder")
        found = find_files([self.raw], (".csv",), shared_keys=True, what="CSV files")
        # When the lab file changes, every run is staged again.
        more = (
            {} if self.lab is None else {"lab": load_lab(self.lab).model_dump_json(by_alias=True)}
        )
        # Not in natural order: of two copies, the first is the run, and stays so.
        return [
            Item(
                path.relative_to(self.raw).as_posix(), (path,), {"timezone": self.timezone, **more}
            )
            for path in sorted(file.path for file in found)
        ]

    def describe(self, item: Item) -> Description:
        """Read a raw file; its Parquet file carries the header as metadata.

        Raises
        ------
        figmill.errors.InputError
            The file cannot be used; the message is the reason of its rejection.
        """
        pl = polars()
        results = read_results(item.inputs[0])
        rule = ANYHOW
        if written := item.parameters.get("lab"):
            lab = Lab.model_validate_json(str(written))
            results, rule = translated(results, lab, item.key), lab.start.rule
        modified = item.inputs[0].stat().st_mtime
        row = describe_run(results, item.key, self.timezone, modified, rule)
        frame = pl.DataFrame(
            {
                name: values if isinstance(values, np.ndarray) else list(values)
                for name, values in results.columns.items()
            }
        )
        # The name of the raw file is not among the metadata: two copies make one run.
        metadata = {
            "procedure": results.procedure,
            "parameters": json.dumps(dict(results.parameters), ensure_ascii=False),
            "metadata": json.dumps(dict(results.metadata), ensure_ascii=False),
        }
        folder = run_folder(results.procedure, str(row["date_local"]), str(row["run_id"]))
        path = f"{folder}/part-000.parquet"
        files = [DataFile(path, frame_bytes(frame, metadata))]
        if frame.height >= MAPPED_ROWS:
            files.append(DataFile(f"{folder}/part-000{ARROW}", arrow_bytes(frame)))
        return Description(
            (),
            tuple(files),
            facts={**row, "path": path},
            notes=tuple(read_notes(row["notes"])),
        )
