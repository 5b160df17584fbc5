"""The package that ``figmill new-recipe`` writes: templates, and the filling in of names."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from figmill._version import __version__
from figmill.errors import ConfigError, OutputError

_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "job.yaml": "job.yaml.txt",
    "data/decay.csv": "decay.csv.txt",
    "src/$package/__init__.py": "init.py.txt",
    "src/$package/options.py": "options.py.txt",
    "src/$package/recipe.py": "recipe.py.txt",
    "src/$package/commands.py": "commands.py.txt",
    "tests/test_recipe.py": "test_recipe.py.txt",
}


def write(name: str, parent: Path) -> list[Path]:
    """Write the package of a new recipe into ``parent/name``.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ConfigError
        The name is none that a package can have, or the folder is there already.
    OutputError
        A file cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 60:
        raise ConfigError(
            f"{name!r} cannot name a recipe.",
            hint="Use small letters, digits and single hyphens, such as 'decay-curves'.",
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package == "figmill":
        raise ConfigError(f"{name!r} cannot name a Python package.", hint="Choose another name.")
    folder = parent / name
    if folder.exists():
        raise ConfigError(
            "there is something of this name already.", file=folder, hint="Choose another name."
        )
    words = {
        "name": name,
        "package": package,
        "kind": "".join(part.capitalize() for part in name.split("-")) + "Recipe",
        "version": __version__,
    }
    written = []
    try:
        for target, source in _FILES.items():
            text = (files(__package__) / source).read_text(encoding="utf-8")
            path = folder / Template(target).substitute(words)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(words), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise OutputError(
            f"the recipe cannot be written: {error.strerror or error}.",
            file=folder,
            hint="Check the folder's permissions and free space.",
        ) from error
    return written
