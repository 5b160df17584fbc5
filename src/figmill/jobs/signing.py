"""Recognise what this user's own figmill wrote: signatures by a secret that only it can read."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from figmill.engine.files import Folder
from figmill.errors import OutputError
from figmill.system import system

FILE = "secret"
_SIZE = 32


def state_folder() -> Path:
    """Where figmill keeps what belongs to this user and is not a cache."""
    home = os.environ.get("XDG_STATE_HOME", "")
    # The standard has relative paths ignored.
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local/state") / "figmill"


def sign(data: bytes) -> str:
    """Sign data; the secret is made where there is none.

    Raises
    ------
    OSError
        The secret cannot be read or made.
    OutputError
        The secret is not safe: a link, somebody else's, or readable by others.
    """
    return hmac.new(_secret(make=True), data, hashlib.sha256).hexdigest()


def is_signed(data: bytes, signature: str) -> bool:
    """Whether `sign`, called by this user, gave that signature for that data.

    Raises
    ------
    OutputError
        The secret is not safe.
    """
    try:
        secret = _secret(make=False)
    except OSError:  # there is none, so nothing was signed with it
        return False
    made = hmac.new(secret, data, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), signature.encode("utf-8", "replace"))


def _secret(*, make: bool) -> bytes:
    path = state_folder()
    with (
        Folder.open(path.parent, make=make) as above,
        above.folder(path.name, make=make, mode=0o700) as folder,
    ):
        try:
            return _read(folder)
        except FileNotFoundError:
            if not make:
                raise
        _make(folder)
        return _read(folder)


def _read(folder: Folder) -> bytes:
    with os.fdopen(folder.file(FILE, os.O_RDONLY), "rb") as file:
        about = os.fstat(file.fileno())
        data = file.read(_SIZE + 1)
    problem = ""
    if not system.is_own(about):
        problem = "it belongs to another user."
    elif not system.is_private(about):
        problem = "others than you may use it."
    elif len(data) != _SIZE:
        problem = "it is damaged."
    if problem:
        raise OutputError(
            f"the secret that signs jobs is not safe: {problem}",
            file=folder.path / FILE,
            hint="Delete it. Jobs that were kept before then need --trust.",
        )
    return data


def _make(folder: Folder) -> None:
    """Make the secret whole, unless another process is quicker."""
    temporary = f".{secrets.token_hex(8)}.tmp"
    folder.write(temporary, secrets.token_bytes(_SIZE), 0o600)
    try:
        with contextlib.suppress(FileExistsError):
            folder.link(temporary, FILE)
    finally:
        folder.remove(temporary)
