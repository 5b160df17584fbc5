"""Files that appear whole, all of one item together, or not at all.

The work writes into a staging folder inside OUT/.figmill, which is on the same file system. Sealing
takes the files' digests, they are made durable (fsync), and publishing renames them to their final
names; what they replace is kept beside until the ledger knows of them. A killed run leaves its
staging folder behind: the next start completes what was being published, and removes the rest.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from figmill.engine import fault_injection
from figmill.engine.files import Folder, fsync
from figmill.engine.fingerprint import FileStamp, digest_file
from figmill.errors import OutputError

HOME = ".figmill"
_CROSS_DEVICE = 18  # EXDEV
# A disk that takes longer for one file is asked for several at a time.
_SLOW_S = 0.003
_THREADS = 8


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A finished file that waits under a temporary name; `durable` once the disk has it.

    ``part`` is the part of its item that it belongs to; ``replaces`` are files of the item that it
    takes the place of under another name.
    """

    name: str
    temporary: str
    digest: str
    durable: bool = True
    part: str = ""
    replaces: tuple[str, ...] = ()


class Outputs:
    """Where a work function writes the files of its item.

    Parameters
    ----------
    staging
        A folder for temporary files, inside the output folder.
    token
        A text that no other attempt at work in that folder has.
    make
        Make the folder for temporary files where it is missing. In a run it is there, and where it
        no longer is, someone took it away.
    """

    def __init__(self, staging: Path, token: str, *, make: bool = True) -> None:
        self._staging = staging
        self._token = token
        self._make = make
        self._files: dict[str, Path] = {}
        self._about: dict[str, tuple[str, tuple[str, ...]]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The final names asked for so far, in order."""
        return tuple(self._files)

    def path(self, name: str, *, part: str = "", replaces: Iterable[str] = ()) -> Path:
        """Give the temporary path for a file whose final name is ``name``.

        Parameters
        ----------
        name
            A relative POSIX path below the output folder, for example ``"2001/03/13616.png"``.
        part
            The part of the item that the file belongs to, such as its format; see `Item.parts`.
        replaces
            Names under which earlier runs may have written this file; they go once it is there.

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
            if self._make:
                self._staging.mkdir(parents=True, exist_ok=True)
            self._files[checked] = self._staging / temporary
        if part or replaces:
            self._about[checked] = part, tuple(check_name(other) for other in replaces)
        return self._files[checked]

    def write(
        self, name: str, data: bytes, *, part: str = "", replaces: Iterable[str] = ()
    ) -> None:
        """Write a whole file.

        Parameters
        ----------
        name, part, replaces
            As for `path`.
        data
            Its content.

        Raises
        ------
        OutputError
            See `path`; or the disk is full, or the like.
        """
        path = self.path(name, part=part, replaces=replaces)
        try:
            fault_injection.point("before-write")
            path.write_bytes(data)
            fault_injection.point("after-write")
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
            about = self._about.get(name, ("", ()))
            file = StagedFile(name, str(path), digest_file(path) or "", durable, *about)
            if durable:
                _wait_for(file)
            sealed.append(file)
        return tuple(sealed)

    def discard(self) -> None:
        """Remove what was written: nothing becomes visible."""
        for path in self._files.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


_NOT_UNICODE = re.compile("[\ud800-\udfff]")


def check_name(name: str) -> str:
    r"""Check the final name of a file and bring it to its one spelling.

    Raises
    ------
    OutputError
        It is absolute, leaves the output folder, lies in figmill's own folder, or can be no name.

    Examples
    --------
    >>> check_name("2001//03/./a.png"), check_name("r\udcfc.png")
    ('2001/03/a.png', 'r%FC.png')
    """
    reason = ""
    if not name.isascii():
        # Ledger and metadata hold Unicode alone; a byte that is none becomes %FF.
        name = _NOT_UNICODE.sub(lambda found: f"%{ord(found[0]) & 0xFF:02X}", name)
    pure = PurePosixPath(name)
    if not name or "\0" in name or not pure.name:
        reason = "is not a file name."
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
    fault_injection.point("before-fsync")
    fsync(Path(file.temporary))
    fault_injection.point("after-fsync")


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
    """Files under their final names, and the folders whose names changed with them.

    ``undo`` holds what `withdraw` needs: each final name, and where the file that it replaced is
    kept (None where there was none).
    """

    stamps: tuple[FileStamp, ...]
    folders: tuple[Path, ...]
    undo: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    file: StagedFile
    folder: Folder
    name: str
    taken: bool


def publish(
    root: Path,
    files: Sequence[StagedFile],
    *,
    again: bool = False,
    require: Callable[[], None] = lambda: None,
) -> Published:
    """Rename sealed files to their final names.

    The names last once `fsync` of the folders has returned; items that end together share those.
    Where one file cannot be renamed, all is put back as it was. Folders below the output folder are
    reached without following links. When the ledger knows of the files, `forget_replaced` lets go
    of what they replaced.

    Parameters
    ----------
    root
        The output folder.
    files
        What to publish.
    again
        Some may have been renamed already, by a run that was killed.
    require
        Raises where the output folder is no longer what it was; called when it is open.

    Raises
    ------
    OutputError
        A folder on the way is a link, or something is in the way.
    OSError
        The disk is full, or the like.
    """
    folders: dict[Path, None] = {}
    begun: list[tuple[_Place, str | None]] = []
    stamps: list[FileStamp] = []
    with contextlib.ExitStack() as stack:
        top = stack.enter_context(Folder.open(root))
        require()
        opened: dict[str, Folder] = {".": top}
        # Whatever is in the way is found before anything is renamed.
        places = [_place(file, opened, folders, stack) for file in files]
        try:
            for place in places:
                fault_injection.point("before-rename")
                if again and not Path(place.file.temporary).exists():
                    _require_content(place)
                else:
                    kept = _keep(place) if place.taken else None
                    begun.append((place, kept))
                    _rename(place)
                fault_injection.point("after-rename")
                folders[place.folder.path] = None
                stamps.append(_stamped(place))
        except (OSError, OutputError):
            # In the folders as they were opened: another one may have taken their place.
            for place, kept in reversed(begun):
                with contextlib.suppress(OSError):
                    _put_back(place.folder, place.name, kept)
            raise
    undo = tuple((place.file.name, kept) for place, kept in begun)
    return Published(tuple(stamps), tuple(folders), undo)


def withdraw(root: Path, undo: Sequence[tuple[str, str | None]]) -> None:
    """Put back what `publish` replaced, and remove what replaced nothing."""
    for name, kept in reversed(undo):
        with contextlib.suppress(OSError), _folder_of(root, name) as folder:
            _put_back(folder, PurePosixPath(name).name, kept)


def _put_back(folder: Folder, name: str, kept: str | None) -> None:
    if kept is None:
        folder.remove(name)
    elif os.path.lexists(kept):
        _move(kept, folder, name)


def begun_to_publish(root: Path, files: Iterable[StagedFile]) -> list[tuple[str, str | None]]:
    """Say what a killed run has put in place already, as `withdraw` takes it."""
    return [
        (file.name, kept if os.path.lexists(kept := _kept_name(file)) else None)
        for file in files
        if is_published(root, file)
    ]


def is_published(root: Path, file: StagedFile) -> bool:
    """Whether a file that was to be published has its final name."""
    if Path(file.temporary).exists():
        return False
    with contextlib.suppress(OSError):
        return digest_file(root / file.name) == file.digest
    return False


def forget_replaced(undo: Iterable[tuple[str, str | None]]) -> None:
    """Let go of the files that published ones have replaced."""
    for _, kept in undo:
        if kept is not None:
            with contextlib.suppress(OSError):
                os.unlink(kept)  # noqa: PTH108 - for every file that is replaced


def remove(root: Path, names: Iterable[str]) -> list[str]:
    """Remove files of an earlier result, but nothing that lies elsewhere.

    Returns
    -------
    list of str
        Those that are gone now.
    """
    gone = []
    for name in names:
        try:
            with _folder_of(root, name) as folder:
                folder.remove(PurePosixPath(name).name)
        except FileNotFoundError:
            pass
        except (OSError, OutputError):
            continue
        gone.append(name)
    return gone


def stat_output(root: Path, name: str) -> os.stat_result | None:
    """Look at what has the name of an output, without following links; None where nothing has."""
    try:
        return (root / name).lstat()
    except OSError:
        return None


def clean_staging(home: Path) -> None:
    """Remove what killed runs left behind.

    Parameters
    ----------
    home
        OUT/.figmill. Neither it nor the staging folder in it is followed where it is a link.
    """
    staging = home / "staging"
    if home.is_symlink() or staging.is_symlink():
        with contextlib.suppress(OSError):
            if not home.is_symlink():
                staging.unlink()
        return
    shutil.rmtree(staging, ignore_errors=True)


def _folder_of(root: Path, name: str) -> Folder:
    return Folder.below(root, root / PurePosixPath(name).parent)


def _place(
    file: StagedFile, opened: dict[str, Folder], made: dict[Path, None], stack: contextlib.ExitStack
) -> _Place:
    pure = PurePosixPath(file.name)
    folder = _open_folder(pure.parent, opened, made, stack)
    try:
        about = folder.stat(pure.name)
    except FileNotFoundError:
        return _Place(file, folder, pure.name, taken=False)
    if stat.S_ISDIR(about.st_mode):
        raise OutputError(
            "a folder has the name of the output file.",
            file=folder.path / pure.name,
            hint="Move it away.",
        )
    return _Place(file, folder, pure.name, taken=True)


def _open_folder(
    path: PurePosixPath,
    opened: dict[str, Folder],
    made: dict[Path, None],
    stack: contextlib.ExitStack,
) -> Folder:
    known = opened.get(str(path))
    if known is not None:
        return known
    above = _open_folder(path.parent, opened, made, stack)
    try:
        with contextlib.suppress(FileExistsError):
            above.make(path.name)
            made[above.path] = None
        found = stack.enter_context(above.folder(path.name))
    except NotADirectoryError:
        raise OutputError(
            "a file is where a folder is needed.",
            file=above.path / path.name,
            hint="Move it away.",
        ) from None
    opened[str(path)] = found
    return found


def _keep(place: _Place) -> str:
    """Give the file that is replaced a second name in the staging folder, so that it can return."""
    kept = _kept_name(place.file)
    if os.path.lexists(kept):
        return kept  # by the run that was killed; what is there now may be the new file
    try:
        place.folder.link_to(place.name, kept)
    except OSError:
        # A file system without hard links, or another one that is mounted there.
        half = f"{kept}.half"
        with (
            os.fdopen(place.folder.file(place.name, os.O_RDONLY), "rb") as old,
            Path(half).open("wb") as copy,
        ):
            shutil.copyfileobj(old, copy)
        Path(half).rename(kept)
    return kept


def _kept_name(file: StagedFile) -> str:
    return f"{file.temporary}.old"


def _stamped(place: _Place) -> FileStamp:
    found = place.folder.stat(place.name)
    file = place.file
    return FileStamp(file.name, found.st_size, found.st_mtime_ns, file.digest, file.part)


def _require_content(place: _Place) -> None:
    if digest_file(place.folder.path / place.name) != place.file.digest:
        raise OutputError(
            "it was being written when the run was killed, and is gone.",
            file=place.file.name,
            hint="It is made again.",
        )


def _rename(place: _Place) -> None:
    _move(place.file.temporary, place.folder, place.name)


def _move(path: str, folder: Folder, name: str) -> None:
    """Give a file of the staging folder its name in an output folder, at once."""
    try:
        folder.take_in(path, name)
    except OSError as error:
        if error.errno != _CROSS_DEVICE:
            raise
        # Another file system is mounted below the output folder.
        with folder.replacing(name) as target, Path(path).open("rb") as origin:
            shutil.copyfileobj(origin, target)
        Path(path).unlink()
