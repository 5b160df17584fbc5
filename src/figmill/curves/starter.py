"""A commented file of curves to begin with, made of what a folder holds."""

from __future__ import annotations

import os
import re
from pathlib import Path

from figmill.config.yaml_file import loads
from figmill.curves.axes import default_x, default_y
from figmill.curves.expressions import is_name
from figmill.curves.sources import found_tables
from figmill.errors import ConfigError, InputError
from figmill.notes import Note
from figmill.read.tables import DataTable, read_tables

_TRIED = 20
_PART = re.compile(r"[_\s]+")


def starter(data: str | Path, at: Path) -> str:
    """Write a file of curves for a folder: the columns that most of its tables have, and values.

    Parameters
    ----------
    data
        A file, a folder or a pattern.
    at
        Where the text will be written: paths are seen from its folder.

    Returns
    -------
    str
        YAML that ``figmill curves`` takes as it is.

    Raises
    ------
    figmill.errors.ConfigError
        No table is found.
    """
    files = found_tables([str(data)]).files
    tried = files[:: -(-len(files) // _TRIED) or 1]
    found: dict[tuple[str, ...], list[tuple[DataTable, str]]] = {}
    for file in tried:
        try:
            table = read_tables(file.path)[0]
        except InputError:
            continue  # the next one may be sound; those that are not are told when they are drawn
        kind = tuple(column.title for column in table.columns)
        found.setdefault(kind, []).append((table, file.path.name))
    if not found:
        raise ConfigError(
            f"None of the {len(tried)} files that were looked at holds a table.",
            file=data,
            hint="Name a file that does.",
        )
    # Results of an earlier run may lie among the files: the columns that most have are meant.
    alike = max(found.values(), key=len)
    table, example = alike[0]
    looked = sum(map(len, found.values()))
    notes: list[Note] = []
    x = default_x(table, notes)
    if x is None:
        raise ConfigError("The table has one column of numbers.", file=data, hint="Name another.")
    ys = default_y(table, x, notes)
    names = _names(table)
    shown = os.path.relpath(data, at.parent) if not Path(data).is_absolute() else str(data)
    lines = [
        "# Curves: figmill curves THIS_FILE -o figures",
        "# All keys: figmill curves --schema > curves.schema.json, and in editors:",
        "# yaml-language-server: $schema=curves.schema.json",
        "",
        "read:",
        f"  paths: [{_quoted(shown)}]",
        "  # Values of the name of a file; kinds: text, word, digits, number.",
        f"  # from_name: [{_quoted(_pattern(Path(example).stem))}]   # {example}",
        *_header(table),
        "",
        *(
            [f"# Of {looked} files that were looked at, {len(alike)} have these columns."]
            if len(alike) < looked
            else []
        ),
        "columns:                     # names of your own; * stands for anything",
    ]
    for column in table.columns:
        if column.kind != "text":
            unit = f"   # {column.unit}" if column.unit else ""
            lines.append(f"  {names[column.name]}: [{_quoted(column.name)}]{unit}")
    first = names[ys[0].name]
    lines += [
        "",
        "missing: {above: 9.9e37}     # instruments' 'no reading'; values: [-999] for others",
        "",
        "# compute:",
        f"#   magnitude: {{expr: 'abs({first})', unit: {_quoted(ys[0].unit)}}}",
        "",
        "split: {at: [parts]}         # also turns, jumps; by: COLUMN; tolerance: 0.005",
        "",
        "figures:",
        "  - name: '{path}'           # one figure a file",
        f"    x: {names[x.name]}",
        f"    y: [{', '.join(names[column.name] for column in ys[:6])}]",
        "    y_scale: linear          # log draws magnitudes",
        "    # limits: {x: [0, 1], y: [null, 1]}",
        "    # lines: [{y: 1e-9, label: limit}]",
        "  # - name: '{folder}'       # one figure for all files of a folder",
        "  #   per: group",
        "  #   group_by: [folder]",
        f"  #   x: {names[x.name]}",
        f"  #   y: {first}",
        "  #   color: {by: stem, map: viridis}",
        "  #   statistics: {sigma: 2}",
        "",
        "# numbers:",
        f"#   - {{give: [on_off, swing], x: {names[x.name]}, y: {first}}}",
        "",
    ]
    text = "\n".join(lines)
    loads(text)  # what a stranger's column is called must not spoil the file
    return text


def _names(table: DataTable) -> dict[str, str]:
    """A name that expressions can use for each column."""
    made: dict[str, str] = {}
    for column in table.columns:
        name = re.sub(r"\W+", "_", column.name, flags=re.ASCII).strip("_") or "column"
        if not is_name(name):
            name = f"c_{name}"
        base, count = name, 1
        while name in made.values():
            count += 1
            name = f"{base}_{count}"
        made[column.name] = name
    return made


def _pattern(stem: str) -> str:
    parts = [part for part in _PART.split(stem) if part]
    return "_".join(f"{{part{n}}}" for n in range(1, min(len(parts), 6) + 1)) or "{name}"


def _header(table: DataTable) -> list[str]:
    some = [key for key in table.header if len(key) < 40][:3]
    if not some:
        return []
    listed = ", ".join(
        f"{re.sub(r'[^0-9A-Za-z]+', '_', key).strip('_').lower() or 'value'}: {_quoted(key)}"
        for key in some
    )
    return [f"  # from_header: {{{listed}}}"]


def _quoted(text: str) -> str:
    """A text in YAML's single quotes."""
    flat = " ".join(text.split())
    return "'" + flat.replace("'", "''") + "'"
