"""Global limits: pooled samples of every file, and the limits that all orbits together call for.

A file's pool does not depend on the scales of axes, nor on percentiles: one reading serves all of
them, and a file that arrives later is added without reading the others again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from figmill.errors import ConfigError
from figmill.fast.filenames import check_paths, discover
from figmill.fast.options import EXTREMA_FILE, INSTRUMENTS, ExtremaOptions
from figmill.fast.panels import HIGHEST_EV
from figmill.fast.reduce import Reduction, read_spectra
from figmill.fast.sectors import ALL
from figmill.figure.quantile_sketch import Extrema, Pool, extrema_of
from figmill.item import JSON, Item
from figmill.read import cdf
from figmill.recipes.base import DataFile, Description, Recipe
from figmill.recipes.datasets import ScaleName
from figmill.recipes.first_pass import Facts, FirstPass, Informed

if TYPE_CHECKING:
    from figmill.fast.recipe import FastRecipe

LIMITS = ("y_min", "y_max", "z_min", "z_max")


class ExtremaRecipe(ExtremaOptions, Recipe):
    """Pools the samples of FAST ESA files, and derives limits that suit all orbits."""

    name: ClassVar[str] = "fast-extrema"
    version: ClassVar[str] = "1"
    preload: ClassVar[tuple[str, ...]] = ("figmill.fast.extrema", "pycdfpp")

    paths: tuple[str, ...] = Field(description="Folders (searched at any depth) and files.")

    def check(self) -> None:
        """Look for a library or a path that is missing."""
        cdf.choose_library()
        check_paths(self.paths)

    def items(self) -> Iterable[Item]:
        """One item a file."""
        found = discover(self.paths, self.instruments)
        if not found.orbits:
            raise ConfigError(
                f"There is no FAST ESA file in {', '.join(self.paths) or 'nothing'}.",
                hint="Name folders that hold fa_esa_l2_*.cdf files.",
            )
        parameters: dict[str, JSON] = {
            "quantity": self.quantity,
            "collapse": self.collapse,
            "quality": self.quality,
        }
        for orbit in found.orbits:
            for instrument, file in orbit.files.items():
                yield Item(
                    self.key(orbit.orbit, instrument),
                    inputs=(file,),
                    parameters=parameters,
                    payload=(orbit.orbit, instrument, str(file)),
                )

    def key(self, orbit: int, instrument: str) -> str:
        """The key of a file's pool: those of other quantities stay beside it."""
        return f"{orbit}_{instrument}_{self.quantity}_{self.collapse}_{self.quality}"

    def describe(self, item: Item) -> Description:
        """Read a file and pool the samples over all pitch angles."""
        orbit, instrument, file = item.payload
        reduction = Reduction((ALL,), self.quantity, self.collapse, quality=self.quality)
        spectra = read_spectra(Path(file), reduction, instrument)
        pool = spectra.pool()
        return Description(
            (),
            message=f"{pool.size} positive samples",
            facts={"orbit": orbit, "instrument": instrument, "pool": pool.to_text()},
        )

    def summarize(self, facts: Iterable[tuple[str, Mapping[str, JSON]]]) -> Iterable[DataFile]:
        """The limits as a file."""
        text = json.dumps(self.document(facts), indent=2) + "\n"
        return (DataFile(EXTREMA_FILE, text.encode()),)

    def document(
        self, facts: Iterable[tuple[str, Mapping[str, JSON]]], settled: int | None = None
    ) -> dict[str, Any]:
        """The limits of all instruments, in the documented form.

        Parameters
        ----------
        facts
            Key and facts of files; those of files that are not there any more do not count.
        settled
            How many of the files are settled, with or without samples; None for all.
        """
        files = {item.key: item.payload for item in self.items()}
        pools: dict[str, list[Pool]] = {name: [] for name in INSTRUMENTS}
        last = 0
        for key, known in facts:
            if key in files and "pool" in known:
                orbit, instrument, _ = files[key]
                pools[instrument].append(Pool.from_text(str(known["pool"])))
                last = max(last, orbit)
        done = len(files) if settled is None else settled
        scales = f"{self.y_scale}_{self.z_scale}"
        made: dict[str, Any] = {}
        for instrument in self.instruments:
            total = sum(one == instrument for _, one, _ in files.values())
            if not total:
                continue
            read = len(pools[instrument])
            extrema = self.extrema(Pool.total(pools[instrument]))
            made |= {
                f"{instrument}_{scales}_{name}": value
                for name in LIMITS
                if (value := getattr(extrema, name)) is not None
            }
            made[f"{instrument}_{scales}_extrema_progress"] = {
                "processed_index": read - 1,
                "total": total,
                "complete": done >= len(files),
            }
        if last:
            made[f"{scales}_last_orbit"] = last
        return made

    def extrema(self, pool: Pool) -> Extrema:
        """The limits that a pool calls for."""
        bound = self.highest_energy
        if bound is None and self.y_scale == "linear":
            bound = HIGHEST_EV
        return extrema_of(
            pool,
            max_percentile=self.max_percentile,
            compute_mins=self.compute_mins,
            log_y=self.y_scale == "log",
            log_z=self.z_scale == "log",
            log_floor_cutoff=self.log_floor_cutoff,
            log_floor_value=self.log_floor_value,
            highest_energy=bound or None,
        )


class OrbitLimits(FirstPass):
    """Limits that all orbits share, by instrument, from the pools of their samples.

    They are those of `ExtremaRecipe` by itself; on logarithmic axes the lower ones come from the
    samples, too, and energy has no upper bound.
    """

    of: FastRecipe

    @property
    def recipe(self) -> ExtremaRecipe:
        """What pools the samples of each file."""
        y_scale, z_scale = self._scales()
        return ExtremaRecipe(
            paths=self.of.paths,
            instruments=self.of.instruments,
            quantity=self.of.quantity,
            collapse=self.of.collapse,
            quality=self.of.quality,
            y_scale=y_scale,
            z_scale=z_scale,
            compute_mins=y_scale == "log" or z_scale == "log",
            log_floor_cutoff=0.0,
        )

    def settle(self, facts: Facts) -> tuple[Mapping[str, JSON], Informed]:
        """The limits, in the form of the extrema file."""
        recipe = self.recipe
        document = recipe.document(facts)
        return document, self._informed(extrema_in(document, recipe.y_scale, recipe.z_scale))

    def read(self, document: Mapping[str, Any], file: Path) -> Informed:
        """Take limits of an extrema file."""
        y_scale, z_scale = self._scales()
        found = extrema_in(document, y_scale, z_scale)
        if not found:
            raise ConfigError(
                f"It holds no limits for {y_scale} energy and {z_scale} colours.",
                file=file,
                hint="Run: figmill fast extrema DIR "
                f"--y-scale {y_scale} --z-scale {z_scale} -o FILE",
            )
        return self._informed(found, file)

    def _scales(self) -> tuple[ScaleName, ScaleName]:
        if len(self.of.scales) > 1:
            raise ConfigError(
                "Limits belong to one pair of scales.",
                hint="Give --y-scale and --z-scale as linear or log.",
            )
        return self.of.scales[0]

    def _informed(self, found: Mapping[str, Extrema], file: Path | None = None) -> Informed:
        whose = "all orbits together" if file is None else file.name
        recipe = self.of.with_limits(found)
        return Informed(recipe, told=f"limits of energy and colour are those of {whose}")


def extrema_in(
    document: Mapping[str, Any], y_scale: ScaleName, z_scale: ScaleName
) -> dict[str, Extrema]:
    """The limits of each instrument in a document, for a pair of scales."""
    found: dict[str, Extrema] = {}
    for instrument in INSTRUMENTS:
        values = {name: document.get(f"{instrument}_{y_scale}_{z_scale}_{name}") for name in LIMITS}
        if any(value is not None for value in values.values()):
            found[instrument] = Extrema(**{k: _number(v) for k, v in values.items()})
    return found


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
