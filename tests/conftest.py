"""What every test has: no deadlines, a state folder of its own, and a package with a toy recipe."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from typer.testing import CliRunner, Result

from figmill.cli import app

HERE = Path(__file__).parent

# Deadlines measure how busy the machine is; whole tests have a limit of their own.
settings.register_profile("figmill", deadline=None)
settings.load_profile("figmill")


def pytest_configure(config: pytest.Config) -> None:
    """Sign the jobs that tests and examples in docstrings run with a secret of their own."""
    folder = tempfile.TemporaryDirectory(prefix="figmill-state-")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_STATE_HOME", folder.name)
    config.add_cleanup(patch.undo)
    config.add_cleanup(folder.cleanup)


def installed(site: Path, name: str, entry_points: str, *, metadata: bool = True) -> None:
    """Do what pip does, as far as entry points go."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    if metadata:
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


@pytest.fixture
def install() -> Callable[..., None]:
    """Install a package of a name, with its entry points, into a folder for sys.path."""
    return installed


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Install a package from outside into this process: its name, its entry points, its modules."""
    folder = tmp_path / "outside"
    brought: set[str] = set()

    def bring(name: str, entry_points: str, *, metadata: bool = True, **modules: str) -> Path:
        installed(folder, name, entry_points, metadata=metadata)
        for module, text in modules.items():
            (folder / f"{module}.py").write_text(text)
        brought.update(modules)
        monkeypatch.syspath_prepend(str(folder))
        importlib.invalidate_caches()
        return folder

    yield bring
    for module in brought:
        sys.modules.pop(module, None)


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """The variables of a process that finds modules in some folders first."""

    def before(*folders: Path) -> dict[str, str]:
        path = [*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}

    return before


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for sys.path that holds the toy package."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(HERE / "toys.py", folder)
    installed(
        folder,
        "toys",
        "[figmill.recipes]\ntoy = toys:ToyRecipe\n[figmill.demos]\ntoy = toys:demo\n",
    )
    return folder


@pytest.fixture
def toys(site: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The toy package, importable and found by its entry points."""
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    return importlib.import_module("toys")


@pytest.fixture
def data(tmp_path: Path) -> Callable[..., Path]:
    """Write the toy recipe's files; call it with what each file says."""

    def write(**texts: str) -> Path:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text)
        return folder

    return write


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job file of the toy recipe that works in this process."""
    path = tmp_path / "job.yaml"
    path.write_text(
        "recipe: toy\nout: out\noptions: {folder: data}\nrun: {workers: 0, timeout: 0}\n"
    )
    return path


@pytest.fixture
def figmill(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call the command line inside this process."""
    monkeypatch.setenv("TERM", "dumb")
    runner = CliRunner()
    return lambda *args: runner.invoke(app, [str(arg) for arg in args])


@pytest.fixture
def spawn(
    site: Path, environment: Callable[..., dict[str, str]]
) -> Callable[..., subprocess.Popen[str]]:
    """Start the command line as a process of its own."""

    def start(*args: object, **options: Any) -> subprocess.Popen[str]:
        env = environment(site) | {"PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "figmill", *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            **options,
        )

    return start


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server that waits for keys, and `job`: a file that would have a spectrum's head sent."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret-of-the-test")
    where = HERE / "spectra" / "llm_server.py"
    spec = importlib.util.spec_from_file_location("llm_server", where)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.serving(module.status(500)) as there:
        rows = "\n".join(f"{4000 - n},{0.5 + n / 1000},{n / 100}" for n in range(60))
        # The baseline is read when items are listed, and nobody can tell its columns.
        (tmp_path / "odd.csv").write_text(f"kanal,wert 1,wert 2\n{rows}\n")
        model = {"base_url": there.url, "model": "m", "max_retries": 0, "cache_dir": "cache"}
        options = {
            "baseline": "odd.csv",
            "samples": ["odd.csv"],
            "reading": {"normalizer": "llm", "language_model": model},
        }
        job = {"recipe": "spectra", "out": "out", "options": options, "run": {"workers": 0}}
        there.job = tmp_path / "hostile.yaml"
        there.job.write_text(json.dumps(job))
        yield there


def json_lines(text: str) -> list[dict[str, Any]]:
    """Every line as the JSON object that it is."""
    return [json.loads(line) for line in text.splitlines()]
