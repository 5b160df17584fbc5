"""The figures that each benchmark owes, and what they are to become."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """One figure of the goals table.

    Attributes
    ----------
    program
        The benchmark, without its ending.
    key
        In the benchmark's last line.
    least
        Whether the goal is a lower bound; else an upper one.
    bound
        The goal.
    text
        What is measured.
    needs
        The library without which the figure is left out, told aloud; empty for none.
    """

    program: str
    key: str
    least: bool
    bound: float
    text: str
    needs: str = ""

    def is_reached(self, value: float) -> bool:
        """Whether a value is as good as the goal."""
        return value >= self.bound if self.least else value <= self.bound


_SPECTROGRAMS = "8 spectrograms of 6000 x 48, 2800 x 2000 pixels, limits from the data"

GOALS = (
    Goal("render", "vs_idiomatic", True, 110, f"{_SPECTROGRAMS}: times as fast as pyplot"),
    Goal("render", "vs_tuned", True, 6, "the same: times as fast as tuned matplotlib"),
    Goal("render", "vs_pyqtgraph", True, 3, "the same: times as fast as PyQtGraph", "pyqtgraph"),
    Goal("render", "bytes_vs_matplotlib", False, 0.55, "the same: size of the file by pyplot's"),
    Goal(
        "render",
        "curves_vs_tuned",
        True,
        10,
        "7 curves of 12,000 points, 3000 x 1800 pixels: times as fast as tuned matplotlib",
    ),
    Goal("layers", "least", True, 5, "the slowest kind of layer beside pyplot: times as fast"),
    Goal("render", "long_curve_ms", False, 50, "a curve of 10^7 points: ms"),
    Goal(
        "quicklook",
        "vs_idiomatic",
        True,
        40,
        "CDF files, reading and ledger included: times as fast as cdflib and pyplot",
    ),
    Goal("quicklook", "gb_file_s", False, 2, "the quicklook of a CDF file of 1 GB: s of CPU"),
    Goal("quicklook", "gb_file_mib", False, 350, "the same: peak MiB of the process"),
    Goal(
        "fast",
        "vs_idiomatic",
        True,
        35,
        "a FAST orbit of 4 instruments, 5 figures, reading included: times as fast as cdflib and "
        "pyplot",
    ),
    Goal(
        "chip",
        "vs_idiomatic",
        True,
        30,
        "the figures of a chip, reading and ledger included: times as fast as polars and pyplot",
    ),
    Goal(
        "spectra",
        "vs_idiomatic",
        True,
        28,
        "a spectrum over its baseline, parsing and ledger included: times as fast as pyplot",
    ),
    Goal(
        "curves",
        "vs_idiomatic",
        True,
        20,
        "a CSV file as curves, reading and ledger included: times as fast as pandas and pyplot",
        "pandas",
    ),
    Goal("engine", "slope_us", False, 45, "one item more that does nothing: µs"),
    Goal("engine", "plan_million_s", False, 6, "planning a million known items: s"),
    Goal(
        "engine",
        "plan_million_real_s",
        False,
        12,
        "the same with an input, parameters and a figure each: s",
    ),
    Goal("engine", "rerun_100k_real_s", False, 2, "a second run over 100,000 of those: s"),
    Goal("engine", "two_worker_speedup", True, 1.85, "two workers: times as fast as by one"),
    Goal(
        "engine",
        "own_vs_loop",
        False,
        1.03,
        "matplotlib figures through `figmill.batch`: CPU by that of the plain loop",
    ),
    Goal("chaos", "lost", False, 0, "items lost"),
    Goal("chaos", "repeated", False, 0, "finished items repeated"),
    Goal("chaos", "gone", False, 0, "finished figures gone"),
)

PROGRAMS = tuple(dict.fromkeys(goal.program for goal in GOALS))


def owed(program: str) -> tuple[Goal, ...]:
    """The goals of one program."""
    return tuple(goal for goal in GOALS if goal.program == program)
