"""Names: of samples, and of the files that they become."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from figmill.errors import ConfigError
from figmill.recipes.inputs import natural

Conflict = Literal["auto_increment", "overwrite", "skip", "error"]
FIELDS = ("sample", "baseline", "index")
_NUMBERS = re.compile(r"((?<![\d.,])\d+[.,]\d+(?![\d.,])|\d+)")
_UNSAFE = re.compile(r"[\x00-\x1f<>:\"/\\|?*]+")


def check_template(template: str, *, what: str = "file name template") -> str:
    """Check a template of file names, or of something else that is called what it is.

    Raises
    ------
    figmill.errors.ConfigError
        If it has an unknown field, names no sample, or leaves the output folder.

    Examples
    --------
    >>> check_template("{sample}_vs_{baseline}")
    '{sample}_vs_{baseline}'
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ConfigError(
            f"the {what} {template!r} cannot be read: {error}.",
            hint="Write for example {sample}_vs_{baseline}.",
        ) from None
    fields = [name for _, name, _, _ in parts if name is not None]
    if unknown := [name for name in fields if name not in FIELDS]:
        raise ConfigError(
            f"the {what} has the unknown field {{{unknown[0]}}}.",
            hint=f"There are: {', '.join(f'{{{name}}}' for name in FIELDS)}.",
        )
    if any(spec or conversion for _, name, spec, conversion in parts if name in FIELDS[:2]):
        raise ConfigError(f"a field of the {what} has a format.", hint="Write the field alone.")
    if not {"sample", "index"} & set(fields):
        raise ConfigError(
            f"the {what} {template!r} gives all samples one name.",
            hint="Use {sample} in it.",
        )
    outline = Path(fill(template, sample="s", baseline="b", index=1))
    if outline.is_absolute() or ".." in outline.parts or "\\" in template or "\0" in template:
        raise ConfigError(
            f"the {what} {template!r} leaves the output folder.",
            hint="Use a relative name without '..'.",
        )
    return template


def fill(template: str, *, sample: str, baseline: str, index: int) -> str:
    """The file name, without suffix, that a template gives; fields never make folders."""
    try:
        return template.format(sample=safe(sample), baseline=safe(baseline), index=index)
    except (ValueError, IndexError, KeyError) as error:
        raise ConfigError(
            f"the file name template {template!r} cannot be filled: {error}.",
            hint="Write for example {sample}_vs_{baseline}.",
        ) from None


def safe(text: str) -> str:
    """A text that can stand in a file name, at most 120 bytes long.

    Examples
    --------
    >>> safe("oil: 7/8?")
    'oil_ 7_8_'
    """
    clean = _UNSAFE.sub("_", text).strip().lstrip(".") or "_"
    while len(clean.encode("utf-8", "replace")) > 120:
        clean = clean[:-1]
    return clean


def keys_of(files: Sequence[Path]) -> list[str]:
    """A key for every file: its stem, with suffix or folder where that is not enough.

    Examples
    --------
    >>> keys_of([Path("a/oil.csv"), Path("b/oil.csv"), Path("b/fuel.spc")])
    ['a/oil', 'b/oil', 'fuel']
    """
    ways: tuple[Callable[[Path], str], ...] = (
        lambda file: file.stem,
        lambda file: file.name,
        lambda file: f"{file.parent.name}/{file.stem}",
        lambda file: f"{file.parent.name}/{file.name}",
        str,
    )
    keys = [ways[0](file) for file in files]
    for way in ways[1:]:
        count = Counter(keys)
        if all(times == 1 for times in count.values()):
            break
        keys = [way(file) if count[key] > 1 else key for key, file in zip(keys, files, strict=True)]
    count = Counter(keys)
    if doubled := [key for key, times in count.items() if times > 1]:
        raise ConfigError(f"the sample {doubled[0]} is given twice.", hint="Name every file once.")
    return keys


def place(path: Path) -> tuple[object, ...]:
    """What to sort files of samples by: numbers count as numbers, decimals too.

    A suffix is no decimal: those of OPUS count measurements.

    Examples
    --------
    >>> names = ["b10.csv", "b0.5.csv", "b0.25.csv", "a.10", "a.9"]
    >>> [path.name for path in sorted(map(Path, names), key=place)]
    ['a.9', 'a.10', 'b0.25.csv', 'b0.5.csv', 'b10.csv']
    """
    parts = _NUMBERS.split(path.with_suffix("").as_posix().lower())
    stem = [float(p.replace(",", ".")) if n % 2 else p for n, p in enumerate(parts)]
    return (tuple(stem), natural(path.suffix), path.as_posix())


def distinct(names: Iterable[str]) -> list[str]:
    """The names, made different by ``_001`` and so on where two are the same.

    Examples
    --------
    >>> distinct(["a", "a", "b"])
    ['a', 'a_001', 'b']
    """
    given = list(names)
    taken = set(given)
    used: set[str] = set()
    found = []
    for name in given:
        chosen = name
        if name in used:
            chosen = _next(name, lambda candidate: candidate in taken or candidate in used)
        used.add(chosen)
        found.append(chosen)
    return found


def resolve(
    names: Mapping[str, str],
    taken: Callable[[str, str], bool],
    strategy: Conflict,
) -> tuple[dict[str, str], dict[str, str]]:
    """Settle which names to use where files of such names are there already.

    Parameters
    ----------
    names
        The wanted name, without suffix, by key.
    taken
        Called with key and name: whether a file stands in the way that is not the item's own.
    strategy
        ``auto_increment`` takes the next free name (``_001``); ``overwrite`` keeps the name;
        ``skip`` leaves the item out; ``error`` refuses it.

    Returns
    -------
    chosen : dict
        Name by key, for all items that are to be drawn.
    held : dict
        Name in the way by key, for those that are not.
    """
    chosen: dict[str, str] = {}
    held: dict[str, str] = {}
    used = set(names.values())
    for key, name in names.items():
        if strategy == "overwrite" or not taken(key, name):
            chosen[key] = name
        elif strategy == "auto_increment":
            chosen[key] = _next(
                name,
                lambda candidate, key=key: candidate in used or taken(key, candidate),  # type: ignore[misc]
            )
            used.add(chosen[key])
        else:
            held[key] = name
    return chosen, held


def is_numbered(candidate: str, name: str) -> bool:
    """Whether a name is another one with a number that ``auto_increment`` gives.

    Examples
    --------
    >>> is_numbered("oil_vs_b0_001", "oil_vs_b0"), is_numbered("oil_vs_b0_25", "oil_vs_b0")
    (True, False)
    """
    return re.fullmatch(rf"{re.escape(name)}_\d{{3,}}", candidate) is not None


def _next(name: str, taken: Callable[[str], bool]) -> str:
    for number in range(1, 1_000_000):
        candidate = f"{name}_{number:03d}"
        if not taken(candidate):
            return candidate
    raise ConfigError(f"a million files are named {name}_....", hint="Use another folder.")
