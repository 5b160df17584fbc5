"""Figures of NASA's FAST mission: spectrograms of its electrostatic analyzers, orbit by orbit.

`FAST_plot_spectrograms_directory` draws every orbit in a folder, in parallel, and continues where
an earlier run ended. `compute_global_extrema` finds limits that suit all orbits.
`FAST_plot_instrument_grid` and `FAST_plot_pitch_angle_grid` draw one figure with matplotlib's
artists. More options, and figures by energy band, are those of `figmill fast plot`.
"""

from typing import TYPE_CHECKING

from figmill._lazy import lazily

if TYPE_CHECKING:
    from figmill.fast.directory import FAST_plot_spectrograms_directory
    from figmill.fast.global_extrema import compute_global_extrema
    from figmill.fast.grids import FAST_plot_instrument_grid, FAST_plot_pitch_angle_grid

__all__ = [
    "FAST_plot_instrument_grid",
    "FAST_plot_pitch_angle_grid",
    "FAST_plot_spectrograms_directory",
    "compute_global_extrema",
]

# Lazily: workers and `--help` need the recipe alone, or nothing.
__getattr__, __dir__ = lazily(
    __name__,
    {
        "figmill.fast.directory": "FAST_plot_spectrograms_directory",
        "figmill.fast.global_extrema": "compute_global_extrema",
        "figmill.fast.grids": "FAST_plot_instrument_grid FAST_plot_pitch_angle_grid",
    },
)
