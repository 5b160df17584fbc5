"""figmill: a batch factory for scientific figures.

The public names, each imported when it is first used:

- figures: `Figure`, `Panel`, `Axis`, what is drawn in them, and `theme`;
- recipes: `Recipe`, `Item`, `Description`, `Drawing`, `DataFile`, `Note`, `DemoStep`, and `run`,
  which draws one; their options: `Option`, `Options`, `Bounds`, `Checked`, `FigureStyle`;
- runs: `RunOptions`, `RunReport`, `CancelToken`, `Ledger`;
- errors: `FigmillError` and all below it (`figmill.errors` shows the tree).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from figmill._lazy import lazily
from figmill._moved import redirect
from figmill._version import __version__

if TYPE_CHECKING:
    from figmill.engine import CancelToken, Ledger, RunOptions, RunReport
    from figmill.errors import (
        ConfigError,
        EngineError,
        FigmillError,
        FolderInUseError,
        InputError,
        LedgerError,
        MissingExtraError,
        NoData,
        OptionError,
        OutputError,
        PlottingError,
    )
    from figmill.figure import (
        Axis,
        Band,
        Bins,
        BinTables,
        Bracket,
        ColorScale,
        Curve,
        Figure,
        Fill,
        HLine,
        Mark,
        Panel,
        Spectrogram,
        Style,
        TickRow,
        VLine,
        theme,
        time_bins,
    )
    from figmill.item import Item
    from figmill.mill import run
    from figmill.notes import Note
    from figmill.own import batch
    from figmill.recipes.base import Claim, DataFile, Description, Drawing, Recipe
    from figmill.recipes.demo import DemoStep
    from figmill.recipes.looks import FigureStyle
    from figmill.recipes.options import Bounds, Checked, Option, Options

__all__ = [
    "Axis",
    "Band",
    "BinTables",
    "Bins",
    "Bounds",
    "Bracket",
    "CancelToken",
    "Checked",
    "Claim",
    "ColorScale",
    "ConfigError",
    "Curve",
    "DataFile",
    "DemoStep",
    "Description",
    "Drawing",
    "EngineError",
    "FigmillError",
    "Figure",
    "FigureStyle",
    "Fill",
    "FolderInUseError",
    "HLine",
    "InputError",
    "Item",
    "Ledger",
    "LedgerError",
    "Mark",
    "MissingExtraError",
    "NoData",
    "Note",
    "Option",
    "OptionError",
    "Options",
    "OutputError",
    "Panel",
    "PlottingError",
    "Recipe",
    "RunOptions",
    "RunReport",
    "Spectrogram",
    "Style",
    "TickRow",
    "VLine",
    "__version__",
    "batch",
    "run",
    "theme",
    "time_bins",
]

_HOMES = {
    "figmill.errors": (
        "ConfigError EngineError FigmillError FolderInUseError InputError LedgerError "
        "MissingExtraError NoData OptionError OutputError PlottingError"
    ),
    "figmill.item": "Item",
    "figmill.notes": "Note",
    "figmill.own": "batch",
    "figmill.engine": "CancelToken Ledger RunOptions RunReport",
    "figmill.recipes.base": "Claim DataFile Description Drawing Recipe",
    "figmill.recipes.demo": "DemoStep",
    "figmill.recipes.looks": "FigureStyle",
    "figmill.recipes.options": "Bounds Checked Option Options",
    "figmill.mill": "run",
    "figmill.figure": (
        "Axis Band BinTables Bins Bracket ColorScale Curve Figure Fill HLine Mark Panel "
        "Spectrogram Style TickRow VLine theme time_bins"
    ),
}
__getattr__, __dir__ = lazily(__name__, _HOMES)
redirect()
