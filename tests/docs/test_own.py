"""The examples of the page on functions of one's own run, and make what they say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# Whole pages of commands, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PAGE = (GUIDE / "own.md").read_text(encoding="utf-8")
NOTEBOOK = GUIDE / "own_notebook.ipynb"
# The cells in their order, as a kernel runs them: in one `__main__` that is no file.
KERNEL = """
import json, linecache, sys, types

names = sys.modules["__main__"].__dict__
display = types.ModuleType("IPython.display")
display.Image = lambda name: open(name, "rb").close()
sys.modules["IPython.display"] = display
for number, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] == "code":
        source, name = "".join(cell["source"]), f"<cell {number}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), names)
"""


def test_the_examples(tmp_path: Path, environment) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("a", "b", "c"):
        (data / f"{name}.txt").write_text("0 1\n1 3\n2 2\n")
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    told = []
    for number, block in enumerate(blocks):
        script = tmp_path / f"script{number}.py"
        script.write_text(block)
        done = subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment(),
        )
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    assert told == ["3 done, 0 failed\n", "", "", ""]
    assert (tmp_path / "answers" / "mars.txt").is_file()
    assert sorted(path.name for path in (tmp_path / "figures").glob("*.*")) == [
        *(".figmill",),
        *("a.png", "b.png", "c.png"),
    ]
    assert len(list((tmp_path / "decays").glob("tau_*.p*"))) == 8
    assert (tmp_path / "tables" / "b.csv").read_text() == "lines,characters\n3,12\n"


def test_the_cells_of_the_notebook(tmp_path: Path, environment) -> None:
    for counts in ("11 done, 1 failed, 0 unchanged", "0 done, 0 failed, 12 unchanged"):
        done = subprocess.run(
            [sys.executable, "-c", KERNEL, str(NOTEBOOK)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment(),
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(counts)
        assert "11 lifetimes; the longest is that of run12" in done.stdout
    # Lifetimes that the data were made with: 0.5 s + n / 4.
    for number in (1, 5, 12):
        text = (tmp_path / "decays" / f"run{number}.csv").read_text()
        assert float(text.split()[1]) == pytest.approx(0.5 + number / 4, rel=0.05)


def test_the_notebook_in_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    book = nbformat.read(NOTEBOOK, 4)
    nbclient.NotebookClient(book, timeout=100, kernel_name="python3").execute()
    (shown,) = (cell for cell in book.cells if cell.id == "look")
    assert "image/png" in shown.outputs[0].data


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
