"""Jobs are kept in their output folder and can be made again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from figmill import ConfigError, Description, Item, NoData, Recipe, RunOptions, history, run
from figmill.recipes import registry


class Counted(Recipe):
    name: ClassVar[str] = "counted"

    count: int = 2
    where: Path = Path("here")

    def items(self) -> Iterator[Item]:
        for number in range(self.count):
            yield Item(f"n{number}", parameters={"count": self.count})

    def describe(self, item: Item) -> Description:
        raise NoData("Nothing here.")


class Odd(Counted):
    name: ClassVar[str] = "odd"

    call: Any = None


@pytest.fixture(autouse=True)
def known(monkeypatch) -> None:
    kinds = {"counted": Counted, "odd": Odd}

    def recipe_class(name: str) -> type[Recipe]:
        if name not in kinds:
            raise ConfigError(f"there is no recipe {name!r}.")
        return kinds[name]

    monkeypatch.setattr(registry, "recipe_class", recipe_class)


def test_a_job_comes_back_as_it_was(tmp_path) -> None:
    options = RunOptions(workers=3, timeout_s=7.5, memory_limit=10**9, retries={"timeout": 4})
    history.keep(tmp_path, Counted(count=5), ("png", "svg"), options)
    (stored,) = history.kept(tmp_path)
    job = stored.job()
    assert job.recipe == Counted(count=5)
    assert job.formats == ("png", "svg")
    assert job.folder == Path.cwd()
    again = job.way.options(1)
    assert (again.workers, again.timeout_s, again.memory_limit) == (3, 7.5, 10**9)
    assert again.retries == {"timeout": 4}


def test_no_time_limit_stays_none(tmp_path) -> None:
    history.keep(tmp_path, Counted(), ("png",), RunOptions())
    assert history.kept(tmp_path)[0].job().way.options(1).timeout_s is None


def test_the_same_job_is_kept_once_and_others_beside_it(tmp_path) -> None:
    for count in (2, 3, 2):
        history.keep(tmp_path, Counted(count=count), ("png",), RunOptions())
    assert [stored.options["count"] for stored in history.kept(tmp_path)] == [2, 3]


def test_only_so_many_are_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(history, "_KEPT", 3)
    for count in range(6):
        history.keep(tmp_path, Counted(count=count), ("png",), RunOptions())
    assert len(history.kept(tmp_path)) == 3
    assert history.kept(tmp_path)[0].options["count"] == 5


def test_every_run_keeps_its_job_but_a_dry_one(tmp_path) -> None:
    run(Counted(), tmp_path, options=RunOptions(dry_run=True))
    assert history.kept(tmp_path) == []
    run(Counted(), tmp_path)
    assert len(history.kept(tmp_path)) == 1


def test_options_that_json_cannot_hold(tmp_path) -> None:
    report = run(Odd(call=lambda: 1), tmp_path)
    assert report.no_data == 2
    assert not report.listener_errors
    (stored,) = history.kept(tmp_path)
    with pytest.raises(ConfigError, match="Python") as caught:
        stored.job()
    assert caught.value.hint


def test_a_folder_that_is_gone(tmp_path, monkeypatch) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    history.keep(tmp_path, Counted(), ("png",), RunOptions())
    monkeypatch.chdir(tmp_path)
    place.rmdir()
    with pytest.raises(ConfigError, match="gone"):
        history.kept(tmp_path)[0].job()


def test_options_of_another_version(tmp_path) -> None:
    path = history.keep(tmp_path, Counted(), ("png",), RunOptions())
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "figmill": "0.0.1", "options": {"old": 1}}))
    with pytest.raises(ConfigError, match=r"0\.0\.1.*old"):
        history.kept(tmp_path)[0].job()


def test_damaged_files_are_passed_over(tmp_path) -> None:
    path = history.keep(tmp_path, Counted(), ("png",), RunOptions())
    path.with_name("half.json").write_text("{")
    assert len(history.kept(tmp_path)) == 1


def test_find_and_claim_ask_the_last_job_first(tmp_path) -> None:
    history.keep(tmp_path, Counted(count=4), ("png",), RunOptions())
    history.keep(tmp_path, Counted(count=2), ("png",), RunOptions())
    found = history.find(tmp_path, "n1")
    assert found is not None
    assert found[1].parameters == {"count": 2}
    assert history.find(tmp_path, "n9") is None
    keys = {"n0", "n3", "n9"}
    shares = [(job.recipe.count, sorted(some)) for job, some in history.claim(tmp_path, keys)]
    assert shares == [(2, ["n0"]), (4, ["n3"])]
    assert keys == {"n9"}


def test_nothing_is_kept(tmp_path) -> None:
    with pytest.raises(ConfigError, match="no job is kept"):
        history.find(tmp_path, "n1")


def test_only_some_items(tmp_path) -> None:
    assert run(Counted(count=5), tmp_path, only={"n1", "n3"}).no_data == 2
