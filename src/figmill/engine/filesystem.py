"""What kind of file system a folder is on."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from figmill.engine.files import Folder
from figmill.system import system

# fmt: off
NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs",
    "9p", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "orangefs", "pvfs2",
    "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.s3fs",
    "fuse.rclone", "fuse.gcsfuse", "fuse.davfs", "davfs",
})
# fmt: on
_MOUNTS = system.MOUNTS


def kind(folder: Path) -> str:
    """Name the file system's type as the kernel does; empty where it cannot be told."""
    try:
        text = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    return kind_in(text, folder.resolve()) or system.file_system(folder)


def kind_in(mounts: str, folder: Path) -> str:
    r"""Find the file system of a folder in the text of /proc/self/mountinfo.

    Examples
    --------
    >>> text = "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:9 / /home rw shared:1 - nfs4 srv:/h rw"
    >>> kind_in(text, Path("/home/ann/out")), kind_in(text, Path("/homework"))
    ('nfs4', 'ext4')
    """
    longest, found = -1, ""
    for line in mounts.splitlines():
        left, separator, right = line.partition(" - ")
        fields = left.split()
        if not separator or len(fields) < 5:
            continue
        # The kernel writes a space in a name as \\040.
        point = Path(fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape"))
        if folder.is_relative_to(point) and len(point.parts) >= longest:
            longest, found = len(point.parts), right.split()[0]
    return found


def is_network(folder: Path) -> bool:
    """Whether a folder is on a network file system."""
    return kind(folder) in NETWORK


def case_matters(folder: Path) -> bool:
    """Whether names that differ only in case are different files here."""
    name = f"Case-{secrets.token_hex(8)}"
    with Folder.open(folder) as opened:
        os.close(opened.file(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        try:
            opened.stat(name.swapcase())
        except FileNotFoundError:
            return True
        finally:
            opened.remove(name)
    return False
