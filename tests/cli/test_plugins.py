"""schema, new-recipe, list-plugins."""

import json
import subprocess
import sys
import tomllib

import pytest

RULES = "F,W,I,UP,B,SIM,RUF"


def test_list_plugins(figmill, toys) -> None:
    lines = figmill("list-plugins").stdout.splitlines()
    assert any(
        line.split() == ["recipe", "toy", "toys", "1.0", "toys:ToyRecipe", "used"] for line in lines
    )
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


THIRDS = """
print("hello from thirds")
from figmill import Recipe
class Sound(Recipe):
    name = "sound"
    def items(self): return ()
    def describe(self, item): raise NotImplementedError
class Odd: pass
class Strange(Sound):
    name = "strange"
    model_config = {"arbitrary_types_allowed": True}
    what: Odd = None
def wrong(): pass
def demo(folder): yield 3
class Half:
    format = "half"
    def read(self, path): return None
class Whole(Half):
    gives = "thing"
    def sniff(self, head, name): return 0.0
from figmill.draw import LayerKind
from figmill.figure import HLine
class Over(LayerKind[HLine]):
    layer = HLine
    def ops(self, layer, pen, look): return iter(())
    def artists(self, layer, twin, look): return None
OVER = Over()
"""


def test_the_schema_of_all_leaves_out_what_cannot_be_used(figmill, outside) -> None:
    points = (
        "[figmill.recipes]\nsound = thirds:Sound\nwrong = thirds:wrong\nabsent = thirds:Absent\n"
    )
    outside("thirds", points, thirds=THIRDS)
    result = figmill("schema")
    assert result.exit_code == 0
    assert set(json.loads(result.stdout)["discriminator"]["mapping"]) >= {"sound", "quicklook"}
    assert "'wrong'" not in result.stdout
    for name in ("wrong", "absent"):
        assert result.stderr.count(f"the recipe '{name}' of thirds") == 1
    assert "Traceback" not in result.stderr
    assert "Traceback" in figmill("schema", "--debug").stderr
    assert figmill("schema", "wrong").exit_code == 2


def test_the_schema_of_all_leaves_out_what_it_has_no_words_for(figmill, outside) -> None:
    outside("thirds", "[figmill.recipes]\nstrange = thirds:Strange\n", thirds=THIRDS)
    result = figmill("schema")
    assert result.exit_code == 0, result.stderr
    assert "quicklook" in json.loads(result.stdout)["discriminator"]["mapping"]
    assert "the options of the recipe 'strange' have no JSON Schema" in result.stderr
    assert figmill("schema", "strange").exit_code == 2


def broken(text: str) -> dict[tuple[str, str], str]:
    told = [json.loads(line) for line in text.splitlines()]
    return {(one["kind"], one["name"]): one["error"] for one in told if one["error"]}


def test_list_plugins_checks_kinds(figmill, outside) -> None:
    outside(
        "thirds",
        "[figmill.recipes]\nwrong = thirds:wrong\nquicklook = thirds:Sound\nsound = thirds:Sound\n"
        "[figmill.commands]\nempty = thirds:__name__\nstatus = thirds:wrong\nfine = thirds:wrong\n"
        "[figmill.demos]\ntext = thirds:__name__\n"
        "[figmill.chip_plots]\nplot = thirds:wrong\n"
        "[figmill.layers]\nline = thirds:wrong\nhline = thirds:OVER\n"
        "[figmill.readers]\nhalf = thirds:Half\nnone = thirds:demo\nwhole = thirds:Whole\n",
        thirds=THIRDS,
    )
    result = figmill("list-plugins", "--json")
    words = {
        ("recipe", "wrong"): "not a subclass of figmill.Recipe",
        ("recipe", "quicklook"): "figmill has a recipe 'quicklook' of its own",
        ("command", "empty"): "neither a typer.Typer nor a function",
        ("command", "status"): "figmill has a command 'status' of its own",
        ("demo", "text"): "is not a function",
        ("chip plot", "plot"): "is not a plot type",
        ("layer", "line"): "is of type function, not a LayerKind",
        ("layer", "hline"): "figmill draws HLine itself",
        ("reader", "half"): "is not a reader: it lacks gives and sniff",
        ("reader", "none"): "cannot be used: TypeError: demo() missing",
    }
    found = broken(result.stdout)
    assert set(found) == set(words)
    for what, said in words.items():
        assert said in found[what]
        assert "of thirds (thirds:" in found[what]
    # What a package prints while it is imported is not among the results.
    assert "hello from thirds" in result.stderr
    assert "cannot" not in result.stderr
    # Once, and with their tracebacks where asked.
    result = figmill("list-plugins")
    for said in words.values():
        assert (result.stdout + result.stderr).count(said) == 1
    states = [(*line.split()[:2], line.split()[-1]) for line in result.stdout.splitlines() if line]
    assert ("reader", "half", "disabled") in states
    assert ("reader", "whole", "used") in states


def test_list_plugins_shows_tracebacks_where_asked(figmill, outside) -> None:
    points = "[figmill.demos]\none = broken_thirds:thing\n"
    outside("thirds", points, broken_thirds="raise RuntimeError('no luck')")
    assert "Traceback" not in figmill("list-plugins").output
    told = figmill("list-plugins", "--debug")
    assert "broken_thirds.py" in told.stderr
    assert "Disabled: the demo 'one' of thirds" in told.stdout


def test_a_demo_that_yields_something_else(figmill, outside, tmp_path) -> None:
    outside("thirds", "[figmill.demos]\nodd = thirds:demo\n", thirds=THIRDS)
    result = figmill("demo", tmp_path / "there", "--recipe", "odd", "-q")
    assert result.exit_code == 2
    assert "the demo 'odd' (thirds) gives 3, not a figmill.DemoStep" in result.stderr


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
def installed(package, tmp_path, environment):
    """The environment in which the new package is installed."""
    site = tmp_path / "site"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    groups = project["entry-points"]
    info = site / "decay_curves-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in groups.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return environment(package / "src", site)


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


def test_a_new_recipe_runs_by_its_job_file_and_by_a_command(package, installed) -> None:
    def figmill(*args: str) -> str:
        command = [sys.executable, "-W", "error", "-m", "figmill", *args]
        done = subprocess.run(
            command, env=installed, cwd=package, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Scale of the y axis. [default: linear]" in figmill("decay-curves", "--help")
    figmill("run", "job.yaml")
    assert (package / "figures" / "decay.png").read_bytes().startswith(b"\x89PNG")
    assert "1 unchanged" in figmill("run", str(package / "job.yaml"))
    figmill("decay-curves", "data/decay.csv", "-o", "other", "--y-scale", "log")
    by_job, by_command = (package / name / "decay.png" for name in ("figures", "other"))
    assert by_job.read_bytes() == by_command.read_bytes()


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
