"""What commands are made of: options that they share, progress, text, and how errors end them.

Commands of other packages take from here:

- `runs` and `Run`: every option of a run in place of the parameter ``run``, see
  `figmill.console.options`;
- `takes`: the options of a class, such as a recipe's, see `figmill.console.generate`;
- `given`: the options that were given;
- ``OUT``, ``DPI``, ``THEME``, ``FORMATS``, ``WORKERS``, ``JSON``, ``QUIET``: annotations of options
  that read alike in all commands;
- `table`, `as_json_line`, `printable`, `one_line`: results as text that cannot steer the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from figmill._lazy import lazily

if TYPE_CHECKING:
    from figmill.console.generate import given, takes
    from figmill.console.options import (
        DPI,
        FORMATS,
        JSON,
        OUT,
        QUIET,
        THEME,
        WORKERS,
        Run,
        runs,
    )
    from figmill.console.text import as_json_line, one_line, printable, table

__all__ = [
    "DPI",
    "FORMATS",
    "JSON",
    "OUT",
    "QUIET",
    "THEME",
    "WORKERS",
    "Run",
    "as_json_line",
    "given",
    "one_line",
    "printable",
    "runs",
    "table",
    "takes",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "figmill.console.generate": "given takes",
        "figmill.console.options": "DPI FORMATS JSON OUT QUIET THEME WORKERS Run runs",
        "figmill.console.text": "as_json_line one_line printable table",
    },
)
