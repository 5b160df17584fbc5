"""Write files where others may have put links: nothing is written through one.

An output folder may come from elsewhere, or be writable by others. So figmill opens the folder
itself as it was named, and whatever lies below relative to that open folder, without following
links: what a link there points to is never written, truncated or deleted. ::

    with Folder.open(out) as top, top.folder(".figmill", make=True) as home:
        home.write("note.json", b"{}")
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from figmill.errors import OutputError
from figmill.system import system


class Folder:
    """An open folder, whose entries are reached without following links.

    A context manager; it closes its descriptor at the end. Renaming the folder, or putting a link
    in its place, changes nothing for whoever has it open.

    Parameters
    ----------
    path
        Where it is, for messages.
    handle
        Its descriptor; None where the system has none for folders. What is in the folder is then
        reached by its path, and looked at before and after it is opened.
    """

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path = path
        self.handle = handle

    @classmethod
    def open(cls, path: Path, *, make: bool = False) -> Folder:
        """Open a folder that the user named: links on the way to it are followed.

        Parameters
        ----------
        path
            The folder.
        make
            Make it, and those above it, where they are missing.

        Raises
        ------
        OSError
            It is missing, is not a folder, or may not be used.
        """
        if make:
            path.mkdir(parents=True, exist_ok=True)
        if system.AT_HANDLE:
            return cls(path, os.open(path, system.FOLDER_FLAGS))
        _require_folder(path.stat(), path)
        return cls(path, None)

    @classmethod
    def below(
        cls,
        top: Path,
        path: Path,
        *,
        make: bool = False,
        require: Callable[[], None] = lambda: None,
    ) -> Folder:
        """Open ``path``; where it lies below ``top``, without following links from there on.

        A path that does not lie below it was named by the user, and is opened as it is.

        Parameters
        ----------
        top
            A folder that is there: it is never made.
        path
            The folder to open.
        make
            Make the folders below ``top`` that are missing; or ``path``, where it lies elsewhere.
        require
            Raises where what lies at ``top`` is not what the caller means. It is called when
            everything that is there is open and nothing is made yet: what is done in an open folder
            stays in it, even if another one takes its place a moment later.

        Raises
        ------
        OutputError
            A folder below ``top`` is a link.
        OSError
            See `open`.
        """
        if not path.is_relative_to(top) or ".." in path.relative_to(top).parts:
            return cls.open(path, make=make)
        try:
            found = cls.open(top)
        except FileNotFoundError:
            require()
            raise
        looked = False
        for name in path.relative_to(top).parts:
            with found:
                try:
                    found = found.folder(name)
                except FileNotFoundError:
                    if not looked:
                        require()
                        looked = True
                    if not make:
                        raise
                    found = found.folder(name, make=True)
        if not looked:
            try:
                require()
            except BaseException:
                found.close()
                raise
        return found

    def folder(self, name: str, *, make: bool = False, mode: int = 0o777) -> Folder:
        """Open a folder in this one.

        Parameters
        ----------
        name
            Its name here, without ``/``.
        make
            Make it where it is missing.
        mode
            Of a new one, less the umask.

        Raises
        ------
        OutputError
            It is a link.
        OSError
            It is missing, is not a folder, or may not be used.
        """
        if make:
            with contextlib.suppress(FileExistsError):
                self.make(name, mode)
        try:
            if system.AT_HANDLE:
                flags = system.FOLDER_FLAGS | system.OPEN_FLAGS
                return Folder(self.path / name, os.open(name, flags, dir_fd=self.handle))
            _require_folder(self.stat(name), self.path / name)
            return Folder(self.path / name, None)
        except OSError as error:
            self._refuse_link(name, "write", error)
            raise

    def file(self, name: str, flags: int, mode: int = 0o666) -> int:
        """Open a regular file in this folder; give its descriptor.

        Parameters
        ----------
        name
            Its name here, without ``/``.
        flags
            As for `os.open`: ``os.O_WRONLY | os.O_CREAT | os.O_APPEND``.
        mode
            Of a new file, less the umask.

        Raises
        ------
        OutputError
            It is a link, is not a regular file, or would be written under another name, too.
        OSError
            It may not be used, is missing, or the like.
        """
        writes = (flags & os.O_ACCMODE) != os.O_RDONLY
        doing = "write" if writes else "read"
        # What is refused below must not be truncated before.
        opening = (flags & ~os.O_TRUNC) | system.OPEN_FLAGS
        if self.handle is None:
            self._require_file(name, doing)
        try:
            handle = os.open(self._at(name), opening, mode, dir_fd=self.handle)
        except OSError as error:
            self._refuse_link(name, doing, error)
            if error.errno == errno.ENXIO:  # a pipe that nobody reads, or a socket
                raise self._irregular(name) from None
            raise
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise self._irregular(name)
            if self.handle is None and not os.path.samestat(about, self.stat(name)):
                raise self._linked(name, doing)  # put there a moment ago
            if writes and about.st_nlink > 1:
                raise OutputError(
                    "it has a second name (a hard link): figmill does not write through links.",
                    file=self.path / name,
                    hint="Delete it here; it stays under its other name.",
                )
            if flags & os.O_TRUNC:
                os.ftruncate(handle, 0)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def read(self, name: str, most: int) -> bytes:
        """Read a regular file of at most so many bytes.

        Raises
        ------
        OutputError
            It is a link, is not a regular file, or is larger.
        OSError
            It cannot be read.
        """
        with os.fdopen(self.file(name, os.O_RDONLY), "rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise OutputError(
                f"it is larger than {most} bytes.",
                file=self.path / name,
                hint="It is not what figmill writes there: move it away.",
            )
        return data

    def holds(self, name: str, data: bytes) -> bool:
        """Whether a regular file of that name, and no link, has exactly this content."""
        try:
            return self.read(name, len(data)) == data
        except (OSError, OutputError):  # missing, or to be replaced: writing says what is wrong
            return False

    def write(self, name: str, data: bytes, mode: int = 0o666) -> None:
        """Replace a file at once: write beside, make durable, rename.

        A link of that name is replaced; what it points to stays as it was.

        Raises
        ------
        OSError
            It cannot be written; the old file is as it was.
        """
        with self.replacing(name, mode) as file:
            file.write(data)
        self.sync()

    @contextlib.contextmanager
    def replacing(self, name: str, mode: int = 0o666) -> Iterator[BinaryIO]:
        """A new file that takes the place of one of that name when it is written and durable.

        An exception leaves the old one as it was.
        """
        # Nobody can know the name beforehand and put something there.
        temporary = f".figmill-{secrets.token_hex(8)}.tmp"
        handle = self.file(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            self.rename(temporary, name)
        except BaseException:
            with contextlib.suppress(OSError):
                self.remove(temporary)
            raise

    def make(self, name: str, mode: int = 0o777) -> None:
        """Make a folder in this one; `FileExistsError` where something has its name."""
        os.mkdir(self._at(name), mode, dir_fd=self.handle)

    def stat(self, name: str) -> os.stat_result:
        """Look at what has a name here, without following it where it is a link."""
        return os.stat(self._at(name), dir_fd=self.handle, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself."""
        os.unlink(self._at(name), dir_fd=self.handle)

    def rename(self, name: str, new: str) -> None:
        """Give a file of this folder another name here, in the place of what has it."""
        os.replace(self._at(name), self._at(new), src_dir_fd=self.handle, dst_dir_fd=self.handle)

    def take_in(self, path: str, name: str) -> None:
        """Give a file from elsewhere a name here, in the place of what has it."""
        os.replace(path, self._at(name), dst_dir_fd=self.handle)

    def link(self, name: str, new: str) -> None:
        """Give a file of this folder a second name here; `FileExistsError` where it is taken."""
        system.link(self._at(name), self._at(new), source=self.handle, target=self.handle)

    def link_to(self, name: str, path: str) -> None:
        """Give a file of this folder a second name elsewhere."""
        system.link(self._at(name), path, source=self.handle)

    def entries(self) -> list[os.DirEntry[str]]:
        """List what is in it."""
        with os.scandir(self.path if self.handle is None else self.handle) as found:
            return list(found)

    def about(self) -> os.stat_result:
        """Look at the folder itself."""
        return self.path.stat() if self.handle is None else os.fstat(self.handle)

    def sync(self) -> None:
        """Make the names in it durable, where the system can."""
        system.sync_folder(self.path, self.handle)

    def close(self) -> None:
        """Close its descriptor."""
        if self.handle is not None:
            os.close(self.handle)

    def _at(self, name: str) -> str:
        return name if self.handle is not None else os.fspath(self.path / name)

    def _require_file(self, name: str, doing: str) -> None:
        """Refuse a link, and what is not a regular file, before it is opened."""
        try:
            about = self.stat(name)
        except FileNotFoundError:
            return
        if _is_link(about):
            raise self._linked(name, doing)
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
            raise self._irregular(name)

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _refuse_link(self, name: str, doing: str, error: OSError) -> None:
        """Explain an error of `os.open` where a link is its reason; systems tell it differently."""
        try:
            about = self.stat(name)
        except OSError:
            return
        if _is_link(about):
            raise self._linked(name, doing) from error

    def _linked(self, name: str, doing: str) -> OutputError:
        return OutputError(
            f"it is a link: figmill does not {doing} through links.",
            file=self.path / name,
            hint="Replace the link by what it points to, or delete it.",
        )

    def _irregular(self, name: str) -> OutputError:
        return OutputError("it is not a regular file.", file=self.path / name, hint="Move it away.")


def _is_link(about: os.stat_result) -> bool:
    # Windows has junctions, too, which lead elsewhere as links do.
    return stat.S_ISLNK(about.st_mode) or bool(getattr(about, "st_reparse_tag", 0))


def _require_folder(about: os.stat_result, path: Path) -> None:
    if _is_link(about) or not stat.S_ISDIR(about.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(path))


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file at once, so that no reader ever sees half of it; see `Folder.write`.

    Raises
    ------
    OSError
        It cannot be written; the old file is as it was.
    """
    with Folder.open(path.parent, make=True) as folder:
        folder.write(path.name, data)


def fsync(path: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    if path.is_dir():
        system.sync_folder(path)
        return
    # Windows makes durable only what is open for writing.
    handle = os.open(path, os.O_RDONLY if system.AT_HANDLE else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
