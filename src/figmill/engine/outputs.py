"""Files that appear whole, all of one item together, or not at all.

The work writes into a staging folder inside OUT/.figmill, which is on the same file system. Sealing
takes the files' digests, they are made durable (fsync), and publishing renames them to their final
names. A killed run leaves its staging folder behind, and the next start removes it.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from figmill.errors import OutputError

from . import faults
from .files import fsync
from .fingerprint import FileStamp, digest_file, stat_file

HOME = ".figmill"
_CROSS_DEVICE = 18  # EXDEV
# A disk that takes longer for one file is asked for several at a time.
_SLOW_S = 0.003
_THREADS = 8


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A finished file that waits under a temporary name; `durable` once the disk has it."""

    name: str
    temporary: str
    digest: str
    durable: bool = True


class Outputs:
    """Where a work function writes the files of its item.

    Parameters
    ----------
    staging
        A folder for temporary files, inside the output folder.
    token
        A text that no other attempt at work in that folder has.
    """

    def __init__(self, staging: Path, token: str) -> None:
        self._staging = staging
        self._token = token
        self._files: dict[str, Path] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The final names asked for so far, in order."""
        return tuple(self._files)

    def path(self, name: str) -> Path:
        """Give the temporary path for a file whose final name is ``name``.

        Parameters
        ----------
        name
            A relative POSIX path below the output folder, for example ``"2001/03/13616.png"``.

        Returns
        -------
        Path
            Has the same suffix; the file becomes visible under ``name`` once the item is done.

        Raises
        ------
        OutputError
            The name would leave the output folder, or can be no file name.
        """
        checked = check_name(name)
        if checked not in self._files:
            # Only the last suffix, cut: a name may be as long as the file system allows.
            suffix = PurePosixPath(checked).suffix[:32]
            temporary = f"{self._token}-{len(self._files)}{suffix}"
            self._staging.mkdir(parents=True, exist_ok=True)
            self._files[checked] = self._staging / temporary
        return self._files[checked]

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file.

        Raises
        ------
        OutputError
            See `path`; or the disk is full, or the like.
        """
        path = self.path(name)
        try:
            faults.point("before-write")
            path.write_bytes(data)
            faults.point("after-write")
        except OSError as error:
            raise OutputError(
                f"it cannot be written: {error.strerror or error}.",
                file=name,
                hint="Check free space, quota and permissions of the output folder.",
            ) from error

    def holds(self, path: object) -> bool:
        """Whether a path (as an `OSError` names it) is one of these temporary files."""
        return isinstance(path, str | Path) and Path(path).is_relative_to(self._staging)

    def seal(self, *, durable: bool = True) -> tuple[StagedFile, ...]:
        """Take every file's digest, and wait until the disk has it.

        Parameters
        ----------
        durable
            False leaves the waiting to `make_durable`, in a process of the same machine.

        Raises
        ------
        OutputError
            A path was asked for and never written.
        OSError
            The disk is full, or the like.
        """
        sealed = []
        for name, path in self._files.items():
            if not path.is_file() or path.is_symlink():
                raise OutputError(
                    "the work asked for this file and did not write it.",
                    file=name,
                    hint="Ask for a path only when the file will be written.",
                )
            file = StagedFile(name, str(path), digest_file(path) or "", durable)
            if durable:
                _wait_for(file)
            sealed.append(file)
        return tuple(sealed)

    def discard(self) -> None:
        """Remove what was written: nothing becomes visible."""
        for path in self._files.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def check_name(name: str) -> str:
    """Check the final name of a file and bring it to its one spelling.

    Raises
    ------
    OutputError
        It is absolute, leaves the output folder, lies in figmill's own folder, or can be no name.

    Examples
    --------
    >>> check_name("2001//03/./a.png")
    '2001/03/a.png'
    """
    reason = ""
    pure = PurePosixPath(name)
    if not name or "\0" in name or not pure.name:
        reason = "is no file name."
    elif pure.is_absolute() or ".." in pure.parts or (len(name) > 1 and name[1] == ":"):
        reason = "would leave the output folder."
    elif pure.parts[0] == HOME:
        reason = "lies in figmill's own folder."
    elif any(len(part.encode("utf-8", "surrogateescape")) > 255 for part in pure.parts):
        reason = "has a part of more than 255 bytes."
    if reason:
        raise OutputError(
            f"the output name {name[:80]!r} {reason}",
            hint="Use a relative name such as figmill.engine.safe_name(key) + '.png'.",
        )
    return str(pure)


def _wait_for(file: StagedFile) -> None:
    faults.point("before-fsync")
    fsync(Path(file.temporary))
    faults.point("after-fsync")


def make_durable(files: Sequence[StagedFile]) -> dict[str, OSError]:
    """Wait until the disk has the files that are not durable yet.

    Returns
    -------
    dict
        What the disk refused, by temporary name.
    """

    def refusal(file: StagedFile) -> OSError | None:
        try:
            _wait_for(file)
        except OSError as error:
            return error
        return None

    waiting = [file for file in files if not file.durable]
    begun = time.monotonic()
    refusals = [refusal(file) for file in waiting[:1]]
    rest = waiting[1:]
    if rest and time.monotonic() - begun > _SLOW_S:
        with ThreadPoolExecutor(min(_THREADS, len(rest))) as threads:
            refusals += threads.map(refusal, rest)
    else:
        refusals += map(refusal, rest)
    found = zip(waiting, refusals, strict=True)
    return {file.temporary: error for file, error in found if error is not None}


@dataclass(frozen=True, slots=True)
class Published:
    """Files under their final names, and the folders whose names changed with them."""

    stamps: tuple[FileStamp, ...]
    folders: tuple[Path, ...]


def publish(root: Path, files: Sequence[StagedFile]) -> Published:
    """Rename sealed files to their final names.

    The names last once `fsync` of the folders has returned; items that end together share those.
    Where one file cannot be renamed, those that were are removed again.

    Raises
    ------
    OutputError
        A folder on the way is a link that leaves the output folder, or a file is in the way.
    OSError
        The disk is full, or the like.
    """
    published: list[tuple[StagedFile, Path]] = []
    folders: dict[Path, None] = {}
    try:
        for file in files:
            final = root / file.name
            folder = final.parent
            _make_folder(root, folder, folders)
            faults.point("before-rename")
            _rename(file.temporary, final)
            published.append((file, final))
            faults.point("after-rename")
            folders[folder] = None
    except (OSError, OutputError):
        for _, final in published:
            with contextlib.suppress(OSError):
                final.unlink()
        raise
    stamps = (_stamped(final, file.name, file.digest) for file, final in published)
    return Published(tuple(stamps), tuple(folders))


def remove(root: Path, names: Iterable[str]) -> None:
    """Remove files of an earlier result, but nothing that lies elsewhere."""
    inside = root.resolve()
    for name in names:
        path = root / name
        if path.parent.resolve().is_relative_to(inside):
            with contextlib.suppress(OSError):
                path.unlink()


def clean_staging(staging: Path) -> None:
    """Remove what killed runs left behind."""
    shutil.rmtree(staging, ignore_errors=True)


def _stamped(path: Path, name: str, digest: str) -> FileStamp:
    stamp = stat_file(path, name)
    return FileStamp(name, stamp.size, stamp.mtime_ns, digest)


def _make_folder(root: Path, folder: Path, made: dict[Path, None]) -> None:
    if folder in made or folder == root:
        return
    _make_folder(root, folder.parent, made)
    try:
        folder.mkdir()
        made[folder.parent] = None
    except FileExistsError:
        if not folder.is_dir():
            raise OutputError(
                "a file is where a folder is needed.", file=folder, hint="Move it away."
            ) from None
        if folder.is_symlink() and not folder.resolve().is_relative_to(root.resolve()):
            raise OutputError(
                "this folder is a link that leaves the output folder.",
                file=folder,
                hint="Replace the link by a folder.",
            ) from None


def _rename(temporary: str, final: Path) -> None:
    try:
        Path(temporary).replace(final)
    except IsADirectoryError:
        raise OutputError(
            "a folder has the name of the output file.", file=final, hint="Move it away."
        ) from None
    except OSError as error:
        if error.errno != _CROSS_DEVICE:
            raise
        # Another file system is mounted below the output folder.
        beside = final.with_name(f".{Path(temporary).name}")
        try:
            shutil.copyfile(temporary, beside)
            fsync(beside)
            beside.replace(final)
        finally:
            beside.unlink(missing_ok=True)
        Path(temporary).unlink()
