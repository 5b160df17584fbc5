"""schema, new-recipe, list-plugins."""

import json
import os
import subprocess
import sys
import tomllib

import pytest

RULES = "F,W,I,UP,B,SIM,RUF"


def test_list_plugins(figmill, toys) -> None:
    lines = figmill("list-plugins").stdout.splitlines()
    assert any(line.split() == ["recipe", "toy", "toys", "1.0", "toys:ToyRecipe"] for line in lines)
    assert any(line.split()[:2] == ["recipe", "quicklook"] for line in lines)
    told = [json.loads(line) for line in figmill("list-plugins", "--json").stdout.splitlines()]
    assert {"kind": "demo", "name": "toy", "target": "toys:demo"}.items() <= next(
        one for one in told if one["kind"] == "demo" and one["name"] == "toy"
    ).items()


def test_schema(figmill, toys) -> None:
    one = json.loads(figmill("schema", "toy").stdout)
    assert one["properties"]["recipe"]["const"] == "toy"
    tone = one["$defs"]["ToyRecipe"]["properties"]["tone"]
    assert tone["enum"] == ["calm", "loud"]
    every = json.loads(figmill("schema").stdout)
    assert set(every["discriminator"]["mapping"]) >= {"toy", "quicklook"}


def test_schema_of_an_unknown_recipe(figmill) -> None:
    result = figmill("schema", "quicklok")
    assert result.exit_code == 2
    assert "'quicklook'" in result.stderr


@pytest.fixture
def package(figmill, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = figmill("new-recipe", "decay-curves")
    assert result.exit_code == 0, result.output
    assert "figmill run decay-curves/job.yaml" in result.stdout
    return tmp_path / "decay-curves"


@pytest.fixture
def installed(package, tmp_path):
    """The environment in which the new package is installed."""
    site = tmp_path / "site"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["figmill.recipes"]
    info = site / "decay_curves-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = "".join(f"{name} = {target}\n" for name, target in points.items())
    (info / "entry_points.txt").write_text(f"[figmill.recipes]\n{lines}")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(package / "src"), str(site)])}


def test_a_new_recipe_passes_its_tests(package, installed) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=package,
        env=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_a_new_recipe_runs_by_its_job_file(package, installed) -> None:
    command = [sys.executable, "-m", "figmill", "run", str(package / "job.yaml")]
    first = subprocess.run(command, env=installed, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert (package / "figures" / "decay.png").read_bytes().startswith(b"\x89PNG")
    second = subprocess.run(command, env=installed, capture_output=True, text=True, check=False)
    assert "1 unchanged" in second.stdout


def test_a_new_recipe_is_clean(package) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", RULES, "."],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name", ["Decay", "../x", "a/b", "", "-x", "x-", "a--b", "1st", "class", "figmill", "a" * 61]
)
def test_names_that_cannot_be(figmill, tmp_path, monkeypatch, name) -> None:
    monkeypatch.chdir(tmp_path)
    result = figmill("new-recipe", "--", name)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(figmill, package) -> None:
    (package / "README.md").write_text("mine")
    result = figmill("new-recipe", "decay-curves")
    assert result.exit_code == 2
    assert (package / "README.md").read_text() == "mine"


def test_another_folder(figmill, tmp_path) -> None:
    result = figmill("new-recipe", "x", "--in", tmp_path / "deep" / "er")
    assert result.exit_code == 0
    assert (tmp_path / "deep" / "er" / "x" / "src" / "x" / "recipe.py").is_file()
