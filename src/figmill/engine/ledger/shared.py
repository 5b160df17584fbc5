"""Files made of all items of a recipe together, such as tables: they belong to no single item."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from figmill.engine.files import Folder
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.outputs import check_name
from figmill.errors import OutputError

ALL = "*"
"""The key under which the ledger has the owner of such files."""


def store_shared(
    out: Path,
    ledger: Ledger,
    name: str,
    data: bytes,
    *,
    overwrite: bool = False,
    require: Callable[[], None] = lambda: None,
) -> None:
    """Write a file that belongs to all items of the ledger's recipe; leave it where it is equal.

    Parameters
    ----------
    out
        The output folder.
    ledger
        Its ledger, open for writing.
    name, data
        The file's name in the output folder, and its content.
    overwrite
        Replace a file that something else has made.
    require
        Raises where the output folder is no longer what it was.

    Raises
    ------
    OutputError
        It cannot be written, or a file of that name belongs to something else.
    """
    checked = PurePosixPath(check_name(name))
    try:
        with Folder.below(out, out / checked.parent, make=True, require=require) as folder:
            path = folder.path / checked.name
            if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
                _own(ledger, str(checked))
                return
            if not overwrite:
                require_free(out, ledger, name)
            folder.write(checked.name, data)
    except OSError as error:
        raise OutputError(
            f"the file could not be written: {error.strerror or error}.",
            file=out / checked,
            hint="Check that the folder may be written to and has space; then run again.",
        ) from error
    _own(ledger, str(checked))


def require_free(out: Path, ledger: Ledger | None, name: str) -> None:
    """Make sure that no file of something else has the name.

    Parameters
    ----------
    out
        The output folder.
    ledger
        Its ledger; None where there is none.
    name
        The name of a file of all items.

    Raises
    ------
    OutputError
        One has.
    """
    path = out / check_name(name)
    if not (path.exists() or path.is_symlink()):
        return
    if ledger is None:
        raise OutputError(
            "a file of this name is there, and no ledger that says who made it.",
            file=path,
            hint="Move it away, choose another folder, or let it be replaced: --overwrite. If the "
            f"ledger of a figmill run was lost: figmill repair {out}",
        )
    owner = ledger.owners([name]).get(name)
    if owner == (ledger.recipe, ALL) or (owner is None and ledger.predates_tables):
        return
    raise OutputError(
        "a file of this name is there that this recipe has not made.",
        file=path,
        hint="Move it away, or choose another folder; or let it be replaced: --overwrite.",
    )


def _own(ledger: Ledger, name: str) -> None:
    if ledger.owners([name]).get(name) != (ledger.recipe, ALL):
        with ledger.transaction():
            ledger.own(ALL, [name])
