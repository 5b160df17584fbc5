from __future__ import annotations

from pathlib import Path

import pytest

from figmill.engine import filesystem

MOUNTS = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 21 0:26 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 0:27 / /home/ann/local rw - xfs /dev/b rw
32 21 0:28 / /mnt/two\040words rw - cifs //server/share rw
33 21 0:29 / /scratch rw master:1 - lustre mds:/scratch rw
34 21 0:30 / /old rw - ext4 /dev/c rw
35 21 0:31 / /old rw - nfs server:/old rw
garbage
"""


@pytest.mark.parametrize(
    ("folder", "kind", "network"),
    [
        ("/data", "ext4", False),
        ("/home/ann/out", "nfs4", True),
        ("/home/ann/local/out", "xfs", False),
        ("/homework", "ext4", False),
        ("/mnt/two words/out", "cifs", True),
        ("/scratch", "lustre", True),
        ("/old/out", "nfs", True),
    ],
)
def test_the_innermost_and_latest_mount_counts(folder: str, kind: str, network: bool) -> None:
    found = filesystem.kind_in(MOUNTS, Path(folder))
    assert found == kind
    assert (found in filesystem.NETWORK) is network


def test_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filesystem.kind(tmp_path)
    monkeypatch.setattr(filesystem, "_MOUNTS", tmp_path / "none")
    assert filesystem.kind(tmp_path) == ""
    assert not filesystem.is_network(tmp_path)


def test_case(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert filesystem.case_matters(tmp_path) is not (tmp_path / "A").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_case_is_asked_of_a_name_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    (tmp_path / "out").mkdir()
    for name in ("Case", "cASE"):
        (tmp_path / "out" / name).symlink_to(secret)
    before = secret.stat().st_mtime_ns
    assert filesystem.case_matters(tmp_path / "out") is not (tmp_path / "SECRET").exists()
    assert secret.stat().st_mtime_ns == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["Case", "cASE"]
