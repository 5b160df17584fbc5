"""The package of docs/guide/plugins.md works; of broken parts, each disables itself alone."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from figmill.chip.synthetic import write_raw

# Whole pages of commands, on a machine that may be busy.
pytestmark = pytest.mark.timeout(400)

pytest.importorskip("polars")
pytest.importorskip("scipy")

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "plugins.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```(?:toml|python)\n# (\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
CALLS = """
import json, sys, warnings
warnings.simplefilter("error")
from typer.testing import CliRunner
from figmill.cli import app

for args in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, args)
    told = {"code": result.exit_code, "out": result.stdout, "err": result.stderr}
    print(json.dumps(told))
"""
PARTS = {
    "recipe": ("recipe", "counts"),
    "commands": ("command", "counts"),
    "demo": ("demo", "counts"),
    "plots": ("chip plot", "plot-steps"),
}


@pytest.fixture
def package(tmp_path: Path, install, environment):
    """Write the package and install it; calls figmill beside it, all in one process."""
    home = tmp_path / "lab-counts"
    for name, text in {**FILES, "src/lab_counts/__init__.py": ""}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))
    ]
    install(home / "src", project["name"], "\n".join(lines))

    def call(*commands: list[str]) -> list[dict]:
        done = subprocess.run(
            [sys.executable, "-c", CALLS, json.dumps(commands)],
            env=environment(home / "src"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return home, call


def disabled(result: dict) -> dict[tuple[str, str], str]:
    assert result["code"] == 0, result
    told = [json.loads(line) for line in result["out"].splitlines()]
    assert {(one["kind"], one["name"]) for one in told} >= set(PARTS.values())
    return {(one["kind"], one["name"]): one["error"] for one in told if one["error"]}


@pytest.mark.slow
def test_the_package_works(package, tmp_path: Path) -> None:
    _, call = package
    (block,) = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    commands = [shlex.split(line) for line in block.splitlines()]
    assert commands.pop(0)[:2] == ["pip", "install"]
    assert {program for program, *_ in commands} == {"figmill"}
    write_raw(tmp_path / "raw")
    plots = tmp_path / "plots.yaml"
    entry = "{type: plot-steps, seq: 4, bins: 9, dpi: 40}"
    plots.write_text(f"chip: 1\nchip_group: Demo\nplots: [{entry}]\n")
    results = call(
        *(rest for _, *rest in commands),
        ["list-plugins", "--json"],
        ["chip", "stage", "raw", "-o", "stage"],
        ["chip", "batch-plot", "plots.yaml", "--stage", "stage", "-o", "figs"],
        ["chip", "plot-steps", "1", "--group", "Demo", "--seq", "5", "--bins", "9", "--dpi", "40"],
    )
    for result in results:
        assert result["code"] == 0, result
    assert not disabled(results[len(commands)])
    assert {path.name for path in (tmp_path / "figures").glob("*.png")} == {
        "day_1.png",
        "day_2.png",
    }
    assert len(list((tmp_path / "figs").rglob("*steps*.png"))) == 2


@pytest.mark.parametrize("part", PARTS)
def test_a_broken_part_disables_itself_alone(package, part: str) -> None:
    home, call = package
    (home / f"src/lab_counts/{part}.py").write_text("raise RuntimeError('broken on purpose')\n")
    commands = {
        "recipe": ["schema", "counts"],
        "commands": ["counts", "--help"],
        "demo": ["demo", "there", "--recipe", "counts", "-q", "--workers", "0"],
        "plots": ["chip", "plot-steps", "--help"],
        "own": ["quicklook", "--help"],
        "schema": ["schema"],
        "list": ["list-plugins", "--json"],
    }
    results = dict(zip(commands, call(*commands.values()), strict=True))
    found = disabled(results["list"])
    assert set(found) == {PARTS[part]}
    assert "of lab-counts (lab_counts." in found[PARTS[part]]
    assert "RuntimeError: broken on purpose" in found[PARTS[part]]
    # The demo draws by the recipe.
    fails = {part, "demo"} if part == "recipe" else {part}
    assert {name for name, result in results.items() if result["code"]} == fails
    assert "lab-counts" in results[part]["err"]
    assert "Traceback" not in results[part]["err"]


def test_the_recipe_that_finds_its_files_in_a_mixed_folder(outside, figmill, tmp_path, monkeypatch):
    (code,) = re.findall(r"^```python\n(from collections.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    outside("tallies", "[figmill.recipes]\ntally = tallies:TallyRecipe\n", tallies=code)
    monkeypatch.chdir(tmp_path)
    Path("mixed/deep").mkdir(parents=True)
    Path("mixed/deep/a.tally").write_text("TALLY\n1\n3\n2\n")
    Path("mixed/b.tally").write_text("no\n")
    result = figmill("draw", "mixed", "-o", "figs", "-p", "0")
    assert result.exit_code == 0, result.output
    assert [path.as_posix() for path in Path("figs").rglob("*.png")] == ["figs/tally/deep/a.png"]
