"""The examples of docs/guide/fast.md and spectrogram.md run, in their order."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from figmill.cli import app
from figmill.fast.synthetic import write_orbits

# Whole pages of commands, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)

pytest.importorskip("pycdfpp")

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


def blocks(page: str, kind: str) -> list[str]:
    text = (GUIDE / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)```", text, re.DOTALL | re.MULTILINE)


def test_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = Path("FAST_data")
    write_orbits(data, 1, survey_records=40, burst_records=30)
    shutil.copy(next(data.rglob("fa_k0_orb*")), data)
    for line in "".join(blocks("fast.md", "sh")).splitlines():
        program, *words = shlex.split(line)
        assert program == "figmill"
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, f"{line}\n{result.output}"
    scope: dict = {}
    for code in blocks("fast.md", "python"):
        exec(code, scope)
    assert scope["results"] == [{"orbit": 13616, "status": "ok", "errors": []}]
    assert Path("grid.png").exists()
    assert Path(".limits").is_dir()


def test_spectrogram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict = {}
    for code in blocks("spectrogram.md", "python"):
        exec(code, scope)
    assert [status for _, status in scope["results"]] == ["ok"] * 3
    assert Path("plots/2.png").exists()
    assert scope["ax"].get_title() == "Mine"
