"""Checks of the installation, the machine and an output folder; each one says what to do."""

from __future__ import annotations

import importlib
import platform
import re
import secrets
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files, requires, version
from pathlib import Path
from typing import Literal

from figmill._version import __version__
from figmill.engine import filesystem, ledger_path
from figmill.engine.files import fsync
from figmill.engine.pool import machine
from figmill.errors import FigmillError
from figmill.system import system

Verdict = Literal["ok", "note", "wrong"]

_LEAST_FREE = 1 << 30
_LEAST_MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    verdict
        ``ok``; ``note`` for what is worth knowing; ``wrong`` for what must be put right.
    what
        The thing checked.
    found
        What it is like.
    remedy
        What to do; empty where nothing.
    """

    verdict: Verdict
    what: str
    found: str
    remedy: str = ""


def check(out: Path | None = None) -> Iterator[Finding]:
    """Check the installation and the machine, and an output folder where one is given."""
    yield _python()
    yield Finding("ok", "figmill", __version__)
    yield _system(system.lacks())
    yield from _libraries()
    yield _sqlite(sqlite3.sqlite_version_info)
    yield _fonts()
    yield _memory(*machine.memory())
    if out is not None:
        yield from _folder(out)


def _python() -> Finding:
    return Finding("ok", "Python", f"{sys.version.split()[0]}, {sys.executable}")


def _system(lacks: Mapping[str, str]) -> Finding:
    name = f"{platform.system()} {platform.release()}"
    if not lacks:
        return Finding("ok", "system", name)
    return Finding(
        "note",
        "system",
        f"{name}. {' '.join(lacks.values())}".removesuffix("."),
        "Nothing has to be done; figmill does more on Linux.",
    )


# Libraries


def _libraries() -> Iterator[Finding]:
    try:
        listed = requires("figmill") or []
    except PackageNotFoundError:
        yield Finding(
            "wrong", "libraries", "figmill is not installed as a package", "pip install figmill"
        )
        return
    for extra, names in by_extra(listed).items():
        if extra not in {"dev", "all"}:
            yield group(extra, names)


def by_extra(listed: Iterable[str]) -> dict[str, list[str]]:
    """Sort a package's requirements by extra; those without one come under ``""``.

    Examples
    --------
    >>> by_extra(["numpy>=1.26", "scipy>=1.11; extra == 'chip'", "figmill[chip]; extra == 'all'"])
    {'': ['numpy'], 'chip': ['scipy']}
    """
    found: dict[str, list[str]] = {}
    for line in listed:
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)", line)
        if name and name[0].lower() != "figmill":
            found.setdefault(extra[1] if extra else "", []).append(name[0])
    return found


def group(extra: str, names: Iterable[str]) -> Finding:
    """Check that the libraries of an extra (``""``: of figmill itself) are there and import."""
    there, absent, broken = [], [], []
    for name in names:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            absent.append(name)
            continue
        try:
            importlib.import_module(_module(name))
        except Exception as error:  # noqa: BLE001 - recorded: a broken library may raise anything
            broken.append(f"{name}: {type(error).__name__}: {error}")
    what = f"extra {extra}" if extra else "libraries"
    target = f"'figmill[{extra}]'" if extra else "figmill"
    if broken:
        remedy = f"Reinstall: pip install --force-reinstall {target}"
        return Finding("wrong", what, f"cannot be imported: {'; '.join(broken)}", remedy)
    if absent:
        found = f"missing: {', '.join(absent)}"
        return Finding("note" if extra else "wrong", what, found, f"pip install {target}")
    return Finding("ok", what, ", ".join(there))


def _module(package: str) -> str:
    # Where a package's module has another name, its list of files tells.
    guess = package.lower().replace("-", "_")
    inits = [path.parent for path in files(package) or () if path.name == "__init__.py"]
    tops = sorted({".".join(path.parts) for path in inits}, key=len)
    return guess if guess in tops or not tops else tops[0]


def _sqlite(found: tuple[int, int, int]) -> Finding:
    text = ".".join(map(str, found))
    # Upsert, which the ledger uses, came with 3.24.
    if found < (3, 24, 0):
        return Finding("wrong", "SQLite", text, "Use a Python that is built with 3.24 or newer.")
    return Finding("ok", "SQLite", text)


def _fonts() -> Finding:
    from matplotlib import font_manager

    try:
        path = font_manager.findfont("DejaVu Sans", fallback_to_default=False)
    except ValueError:
        return Finding(
            "wrong",
            "fonts",
            "DejaVu Sans, which comes with matplotlib, is missing",
            "Reinstall: pip install --force-reinstall matplotlib",
        )
    return Finding("ok", "fonts", f"DejaVu Sans, {path}")


def _memory(available: int, total: int) -> Finding:
    cores = system.cores()
    found = f"{cores} cores for this process, {_gb(available)} of {_gb(total)} memory free"
    if available < _LEAST_MEMORY:
        return Finding("note", "machine", found, "Use few workers, such as --workers 1.")
    return Finding("ok", "machine", found)


# An output folder


def _folder(out: Path) -> Iterator[Finding]:
    standing = out
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    if not standing.is_dir():
        yield Finding("wrong", "folder", f"{standing} is not a folder", "Choose another.")
        return
    if standing != out:
        yield Finding("ok", "folder", f"{out} will be made in {standing}")
    yield _space(shutil.disk_usage(standing), standing)
    yield _kind(filesystem.kind(standing))
    yield _writing(standing)
    if ledger_path(out).exists():
        yield _ledger(out)


def _space(usage: shutil._ntuple_diskusage, folder: Path) -> Finding:
    found = f"{_gb(usage.free)} of {_gb(usage.total)} free"
    if usage.free < _LEAST_FREE:
        return Finding("wrong", "disk", found, f"Make room on the disk of {folder}.")
    return Finding("ok", "disk", found)


def _kind(kind: str) -> Finding:
    if kind in filesystem.NETWORK:
        return Finding(
            "note",
            "file system",
            f"{kind}, on the network: the ledger is slower there, but safe",
            "A local folder is faster; copy the figures afterwards.",
        )
    return Finding("ok", "file system", kind or "unknown")


def _writing(folder: Path) -> Finding:
    """Write, make durable, rename, remove: as a run does for every figure."""
    probe = folder / f".figmill-check-{secrets.token_hex(6)}"
    moved = probe.with_suffix(".moved")
    began = time.perf_counter()
    try:
        probe.write_bytes(b"figmill")
        fsync(probe)
        probe.replace(moved)
        fsync(folder)
        same = moved.read_bytes() == b"figmill"
    except OSError as error:
        remedy = "Check the folder's permissions and free space, or choose another."
        return Finding("wrong", "writing", f"{error.strerror or error}", remedy)
    finally:
        for path in (probe, moved):
            with suppress(OSError):
                path.unlink()
    took = time.perf_counter() - began
    if not same:
        return Finding("wrong", "writing", "a file came back changed", "Check the disk.")
    found = f"write, fsync and rename work, {took * 1e3:.1f} ms a file"
    if took > 0.5:
        return Finding("note", "writing", found, "This disk is slow; a local one is faster.")
    return Finding("ok", "writing", found)


def _ledger(out: Path) -> Finding:
    from figmill.engine import Ledger

    try:
        with Ledger.read(out) as ledger:
            items = sum(ledger.counts().values())
    except FigmillError as error:
        return Finding("wrong", "ledger", error.message, error.hint or f"figmill repair {out}")
    return Finding("ok", "ledger", f"{items} items, sound")


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
