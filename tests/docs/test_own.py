"""The examples of the page on functions of one's own run, and make what they say."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "own.md").read_text(encoding="utf-8")


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
    assert told == ["3 done, 0 failed\n", "", ""]
    assert sorted(path.name for path in (tmp_path / "figures").glob("*.*")) == [
        *(".figmill",),
        *("a.png", "b.png", "c.png"),
    ]
    assert len(list((tmp_path / "decays").glob("tau_*.p*"))) == 8
    assert (tmp_path / "tables" / "b.csv").read_text() == "lines,characters\n3,12\n"
