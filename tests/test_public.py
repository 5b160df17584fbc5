"""The public names: added on purpose, never by accident, and imported only when used."""

import subprocess
import sys

import figmill
from figmill import errors

PUBLIC = """
Axis Band BinTables Bins Bounds Bracket CancelToken Checked Claim ColorScale ConfigError Curve
DataFile DemoStep Description Drawing EngineError FigmillError Figure FigureStyle Fill
FolderInUseError HLine InputError Item Ledger LedgerError Mark MissingExtraError NoData Note
Option OptionError Options OutputError Panel PlottingError Recipe RunOptions RunReport Spectrogram
Style TickRow VLine __version__ batch run theme time_bins
"""


def test_the_list() -> None:
    assert sorted(figmill.__all__) == sorted(PUBLIC.split())


def test_every_name_is_there() -> None:
    assert all(getattr(figmill, name) is not None for name in figmill.__all__)
    assert set(figmill.__all__) <= set(dir(figmill))


def test_no_name_of_the_engine_is_hidden_by_a_module() -> None:
    # One module at a time, in the order of the names: loading one must not take another's place.
    code = (
        "import figmill.engine as e, types; [getattr(e, n) for n in e.__all__]; "
        "print(*(n for n in e.__all__ if isinstance(getattr(e, n), types.ModuleType)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["events"]


def test_all_errors_are_public() -> None:
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.FigmillError)
    }
    assert tree <= set(figmill.__all__)


def test_an_unknown_name() -> None:
    assert not hasattr(figmill, "Figur")


def test_importing_figmill_imports_nothing_heavy() -> None:
    code = "import figmill, sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "figmill" in modules
    assert not {"numpy", "matplotlib", "pydantic", "figmill.engine"} & set(modules)
