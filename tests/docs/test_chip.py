"""The examples of docs/guide/chip.md run, in their order."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from figmill.chip.plots import OWN
from figmill.chip.synthetic import write_raw
from figmill.cli import app

# Whole pages of commands, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)

pytest.importorskip("polars")
pytest.importorskip("scipy")

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "chip.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^ *```{kind}\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)


def test_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_raw(Path("raw"))
    Path("theirs.csv").write_text("seq,proc,source_file\n1,IVg,x/IVg2025-10-09_1.csv\n")
    Path("plots.yaml").write_text(
        next(block for block in blocks("yaml") if "# plots.yaml" in block).replace(
            "theme: paper", "dpi: 40"
        )
    )
    for block in blocks("sh"):
        for line in filter(None, map(str.strip, block.splitlines())):
            program, *words = shlex.split(line)
            assert program == "figmill"
            result = CliRunner().invoke(app, words)
            assert result.exit_code == 0, f"{line}\n{result.output}"
    scope: dict = {}
    for code in blocks("python"):
        exec(code, scope)
    assert all(result.success for result in scope["results"])
    assert scope["table"].height
    assert scope["noise"].type == "plot-noise"


def test_every_plot_type_and_its_options_are_told() -> None:
    rows = {
        line.split("|")[1].strip(): line for line in PAGE.splitlines() if line.startswith("| plot-")
    }
    assert list(rows) == [
        "plot-its",
        "plot-its-sequential",
        "plot-ivg",
        "plot-transconductance",
        "plot-vvg",
        "plot-vt",
        "plot-its-suite",
        "plot-vts-suite",
    ]
    for plot in OWN:
        for option in plot.model_fields:
            assert f"`{option}`" in PAGE, option
