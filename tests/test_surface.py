"""What users build upon stays: names, parameters, commands, options, exit codes, keys of files.

`surface.json` is what figmill offered when it was last written. More may come; what goes needs one
release of warning first. ``python tests/test_surface.py`` writes the file again.
"""

import importlib
import inspect
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

KEPT = Path(__file__).with_name("surface.json")

FACES = (
    "figmill",
    "figmill.chip",
    "figmill.console",
    "figmill.curves",
    "figmill.draw",
    "figmill.engine",
    "figmill.errors",
    "figmill.fast",
    "figmill.figure",
    "figmill.spectra",
    "figmill.spectrogram",
)
# Names that guides and docstrings give with another module than those.
DOCUMENTED = (
    "figmill.cli:app",
    "figmill.engine.item:Item",
    "figmill.engine.item:Outcome",
    "figmill.figure.bins:time_bins",
    "figmill.figure.markup:plain",
    "figmill.mill:run",
    "figmill.provenance:read",
    "figmill.read.istp_overrides:BUILTIN",
    "figmill.read.spectrum_files:Planner",
    "figmill.read.spectrum_files:read_spectrum",
    "figmill.read.spectrum_plan:Plan",
    "figmill.recipes.base:Recipe",
    "figmill.recipes.chip.history:align",
    "figmill.recipes.chip.plots:ChipPlot",
    "figmill.recipes.chip.plots:plot_type",
    "figmill.recipes.chip.synthetic:write_raw",
    "figmill.recipes.demo:Demo",
    "figmill.recipes.fast.synthetic:write_orbits",
    "figmill.recipes.spectra:SpectraRecipe",
    "figmill.recipes.spectra:CalibrationRecipe",
    "figmill.recipes.spectrogram:QuicklookRecipe",
)


def names() -> dict[str, list[str]]:
    """The public names of every documented module, with the parameters of what can be called."""
    return {
        module: sorted(_signature(name, value) for name, value in _public(module))
        for module in FACES
    }


def documented() -> list[str]:
    """Names that are documented with their full path."""
    return [path for path in DOCUMENTED if _found(path)]


def options() -> dict[str, list[str]]:
    """The spellings of every option and argument, by command."""
    from typer import Context
    from typer.main import get_command

    from figmill.cli import app

    def walk(command, name: str) -> Iterator[tuple[str, list[str]]]:
        if hasattr(command, "commands"):
            for each, stub in sorted(command.commands.items()):
                loaded = stub.entry.load() if hasattr(stub, "entry") else stub
                yield from walk(loaded, f"{name} {each}")
        else:
            params = [p for p in command.get_params(Context(command)) if p.name != "help"]
            yield name, sorted({flag for p in params for flag in (*p.opts, *p.secondary_opts)})

    return dict(walk(get_command(app), "figmill"))


def job_keys() -> dict[str, list[str]]:
    """The paths of all keys of job files, by recipe; a chip's configurations are among them."""
    from typer.testing import CliRunner

    from figmill.chip import plot_types
    from figmill.cli import app

    made = json.loads(CliRunner().invoke(app, ["schema"]).stdout)
    defs = made["$defs"]

    def walk(node: object, path: str, seen: tuple[str, ...]) -> Iterator[str]:
        if not isinstance(node, dict):
            return
        ref = str(node.get("$ref", "")).rpartition("/")[2]
        if ref:
            if ref not in seen:
                yield from walk(defs[ref], path, (*seen, ref))
            return
        for name, below in node.get("properties", {}).items():
            yield f"{path}.{name}"
            yield from walk(below, f"{path}.{name}", seen)
        for each in (*node.get("anyOf", ()), *node.get("oneOf", ()), node.get("items")):
            yield from walk(each, path, seen)

    keys = {
        name: sorted(set(walk({"$ref": ref}, "", ())))
        for name, ref in made["discriminator"]["mapping"].items()
    }
    plots = {f"chip plot {name}": sorted(kind.model_fields) for name, kind in plot_types().items()}
    return keys | plots


def exit_codes() -> dict[str, int]:
    """What a command's end tells."""
    from figmill.console import boundary

    return {
        name: getattr(boundary, name)
        for name in ("OK", "SOME_FAILED", "USAGE", "INTERNAL", "INTERRUPTED")
    }


def surface() -> dict[str, object]:
    """All of it."""
    return {
        "names": names(),
        "documented": documented(),
        "options": options(),
        "job_keys": job_keys(),
        "exit_codes": exit_codes(),
    }


def _public(module: str) -> Iterator[tuple[str, object]]:
    found = importlib.import_module(module)
    for name in getattr(found, "__all__", None) or vars(found):
        value = getattr(found, name)
        if not name.startswith("_") and not inspect.ismodule(value):
            yield name, value


def _signature(name: str, value: object) -> str:
    """`name(a, b)`: a class shows what makes one; what cannot be asked shows its name alone."""
    if not callable(value) or (isinstance(value, type) and issubclass(value, BaseException)):
        return name
    try:
        return f"{name}({', '.join(inspect.signature(value).parameters)})"
    except ValueError:
        return name


def _found(path: str) -> bool:
    module, _, name = path.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return hasattr(importlib.import_module(module), name)


def test_no_public_name_or_parameter_is_gone() -> None:
    now = names()
    gone = [
        f"{module}.{old}"
        for module, entries in _kept("names").items()
        for old in entries
        if not any(_covers(new, old) for new in now[module])
    ]
    assert not gone


def test_no_documented_path_is_gone() -> None:
    assert documented() == list(_kept("documented"))


@pytest.mark.parametrize("part", [options, job_keys], ids=lambda part: part.__name__)
def test_no_option_and_no_key_is_gone(part: Callable[[], dict[str, list[str]]]) -> None:
    now = part()
    gone = {
        name: missing
        for name, entries in _kept(part.__name__).items()
        if (missing := set(entries) - set(now.get(name, ())))
    }
    assert not gone


def test_exit_codes_mean_what_they_meant() -> None:
    assert exit_codes() == _kept("exit_codes")


def _kept(part: str) -> Any:
    return json.loads(KEPT.read_text())[part]


def _covers(new: str, old: str) -> bool:
    new_name, _, new_parameters = new.rstrip(")").partition("(")
    old_name, _, old_parameters = old.rstrip(")").partition("(")
    if new_name != old_name:
        return False
    return set(filter(None, old_parameters.split(", "))) <= set(new_parameters.split(", "))


if __name__ == "__main__":
    sys.stdout.write(f"{KEPT}\n")
    KEPT.write_text(json.dumps(surface(), indent=1, sort_keys=True) + "\n")
