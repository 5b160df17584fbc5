"""Jobs are kept in their output folder and can be made again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from figmill import (
    ConfigError,
    Description,
    Item,
    NoData,
    OutputError,
    Recipe,
    RunOptions,
    run,
)
from figmill.jobs import job_store
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
    job_store.save(tmp_path, Counted(count=5), ("png", "svg"), options)
    (stored,) = job_store.kept(tmp_path)
    job = stored.job()
    assert job.recipe == Counted(count=5)
    assert job.formats == ("png", "svg")
    assert job.folder == Path.cwd()
    again = job.settings.options(1)
    assert (again.workers, again.timeout_s, again.memory_limit) == (3, 7.5, 10**9)
    assert again.retries == {"timeout": 4}


def test_no_time_limit_stays_none(tmp_path) -> None:
    job_store.save(tmp_path, Counted(), ("png",), RunOptions())
    assert job_store.kept(tmp_path)[0].job().settings.options(1).timeout_s is None


def test_the_same_job_is_kept_once_and_others_beside_it(tmp_path) -> None:
    for count in (2, 3, 2):
        job_store.save(tmp_path, Counted(count=count), ("png",), RunOptions())
    assert [stored.options["count"] for stored in job_store.kept(tmp_path)] == [2, 3]


def test_only_so_many_are_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(job_store, "_KEPT", 3)
    for count in range(6):
        job_store.save(tmp_path, Counted(count=count), ("png",), RunOptions())
    assert len(job_store.kept(tmp_path)) == 3
    assert job_store.kept(tmp_path)[0].options["count"] == 5


def test_every_run_keeps_its_job_but_a_dry_one(tmp_path) -> None:
    run(Counted(), tmp_path, options=RunOptions(dry_run=True))
    assert job_store.kept(tmp_path) == []
    run(Counted(), tmp_path)
    assert len(job_store.kept(tmp_path)) == 1


def test_options_that_json_cannot_hold(tmp_path) -> None:
    report = run(Odd(call=lambda: 1), tmp_path)
    assert report.no_data == 2
    assert not report.listener_errors
    (stored,) = job_store.kept(tmp_path)
    with pytest.raises(ConfigError, match="Python") as caught:
        stored.job()
    assert caught.value.hint


def test_a_job_that_names_very_many_files(tmp_path) -> None:
    names = [f"a/folder/of/spectra/./some/where/below/spectrum_{n}.csv" for n in range(50_000)]
    job_store.save(tmp_path, Odd(call=names), ("png",), RunOptions())
    (stored,) = job_store.kept(tmp_path)
    assert stored.job().recipe.call == names


def test_a_folder_that_is_gone(tmp_path, monkeypatch) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    job_store.save(tmp_path, Counted(), ("png",), RunOptions())
    monkeypatch.chdir(tmp_path)
    place.rmdir()
    with pytest.raises(ConfigError, match="gone"):
        job_store.kept(tmp_path)[0].job()


def test_options_of_another_version(tmp_path) -> None:
    path = job_store.save(tmp_path, Counted(), ("png",), RunOptions())
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "figmill": "0.0.1", "options": {"old": 1}}))
    with pytest.raises(ConfigError, match=r"0\.0\.1.*old"):
        job_store.kept(tmp_path)[0].job()


def test_damaged_files_are_passed_over(tmp_path) -> None:
    path = job_store.save(tmp_path, Counted(), ("png",), RunOptions())
    path.with_name("half.json").write_text("{")
    assert len(job_store.kept(tmp_path)) == 1


def test_find_and_claim_ask_the_last_job_first(tmp_path) -> None:
    job_store.save(tmp_path, Counted(count=4), ("png",), RunOptions())
    job_store.save(tmp_path, Counted(count=2), ("png",), RunOptions())
    found = job_store.find(tmp_path, "n1")
    assert found is not None
    assert found[1].parameters == {"count": 2}
    assert job_store.find(tmp_path, "n9") is None
    items = {("counted", "n0"), ("counted", "n3"), ("counted", "n9"), ("other", "n1")}
    shares = [(job.recipe.count, sorted(some)) for job, some in job_store.claim(tmp_path, items)]
    assert shares == [(2, ["n0"]), (4, ["n3"])]
    assert items == {("counted", "n9"), ("other", "n1")}


def test_nothing_is_kept(tmp_path) -> None:
    with pytest.raises(ConfigError, match="no job is kept"):
        job_store.find(tmp_path, "n1")


def test_only_some_items(tmp_path) -> None:
    assert run(Counted(count=5), tmp_path, only={"n1", "n3"}).no_data == 2


def keep(out: Path, **options: Any) -> Path:
    return job_store.save(out, Counted(**options), ("png",), RunOptions())


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.fixture
def listed(monkeypatch) -> list[str]:
    """What was imported by name; nothing may be, of a job that is not to be used."""
    names: list[str] = []
    real = registry.recipe_class

    def recipe_class(name: str) -> type[Recipe]:
        names.append(name)
        return real(name)

    monkeypatch.setattr(registry, "recipe_class", recipe_class)
    return names


@pytest.mark.parametrize(
    "changes",
    [
        {"recipe": "odd"},
        {"options": {"count": 2, "where": "/etc/shadow"}},
        {"folder": "/etc"},
        {"formats": ["svg"]},
        {"run": {"workers": 64}},
        {"figmill": "0.0.1"},
        {"at": 1e12},
        {"signature": ""},
        {"signature": "0" * 64},
    ],
    ids=str,
)
def test_a_job_that_was_edited_needs_trust(changes, tmp_path, listed) -> None:
    edit(keep(tmp_path), **changes)
    with pytest.raises(ConfigError, match="your signature") as caught:
        job_store.find(tmp_path, "n1")
    assert listed == []
    assert "--trust" in caught.value.hint
    assert f'recipe: "{changes.get("recipe", "counted")}"' in caught.value.message
    assert f'folder: "{changes.get("folder", Path.cwd())}"' in caught.value.message
    assert job_store.find(tmp_path, "n1", trust=True) is not None


def test_a_job_of_another_user_or_an_older_version_needs_trust(tmp_path, monkeypatch) -> None:
    keep(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "mine"))
    with pytest.raises(ConfigError, match="your signature"):
        next(job_store.claim(tmp_path, {("counted", "n1")}))
    assert len(list(job_store.claim(tmp_path, {("counted", "n1")}, trust=True))) == 1


def test_the_same_job_again_is_signed_again(tmp_path) -> None:
    edit(keep(tmp_path), signature="")
    keep(tmp_path)
    assert len(job_store.kept(tmp_path)) == 1
    assert job_store.find(tmp_path, "n1") is not None


def test_every_way_of_running_keeps_its_signature(tmp_path) -> None:
    ways = [
        {"timeout_s": 7.5},
        {"timeout_s": 600},
        {"timeout_s": None},
        {"memory_limit": 10**9},
        {"retries": {"crash": 2, "timeout": 1}},
        {"retry_failed": frozenset({"output", "crash"})},
        {"recycle_after": 3},
    ]
    for number, way in enumerate(ways):
        recipe = Counted(count=number + 1, where=Path("é/日本"))
        job_store.save(tmp_path / str(number), recipe, ("png", "svg"), RunOptions(**way))
        assert job_store.find(tmp_path / str(number), "n0") is not None


def test_without_a_state_folder_jobs_are_kept_unsigned(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert not run(Counted(), tmp_path).listener_errors
    assert [stored.signature for stored in job_store.kept(tmp_path)] == [""]
    with pytest.raises(ConfigError, match="your signature"):
        job_store.find(tmp_path, "n1")
    assert job_store.find(tmp_path, "n1", trust=True) is not None


def test_what_a_job_would_read_is_told_and_cannot_hide(tmp_path) -> None:
    options = {
        **{f"a{number}": "padding" for number in range(1000)},
        "count": 2,
        "known": {"/etc/shadow": 5.0},
        "where": ["/root/.ssh/id_rsa\x1b[2K\r\nerror: none"],
    }
    path = keep(tmp_path)
    edit(path, options=options)
    with pytest.raises(ConfigError) as caught:
        job_store.find(tmp_path, "n1")
    told = caught.value.message.splitlines()
    assert len(told) < 60
    assert '  known["/etc/shadow"]: 5.0' in told
    assert '  where[0]: "/root/.ssh/id_rsa\\u001b[2K\\r\\nerror: none"' in told
    assert told[-1].endswith("more")
    assert caught.value.file == str(path.parent)


def test_a_newer_job_that_may_not_be_used_is_not_passed_over(tmp_path) -> None:
    keep(tmp_path, count=4)
    edit(keep(tmp_path, count=2), signature="")
    with pytest.raises(ConfigError, match="your signature"):
        list(job_store.claim(tmp_path, {("counted", "n1")}))


def test_an_older_one_that_may_not_be_used_is_told_where_it_is_missed(tmp_path) -> None:
    edit(keep(tmp_path, count=4), signature="")
    keep(tmp_path, count=2)
    assert len(list(job_store.claim(tmp_path, {("counted", "n1")}))) == 1
    shares = job_store.claim(tmp_path, {("counted", "n1"), ("counted", "n3")})
    assert next(shares)[1] == {"n1"}
    with pytest.raises(ConfigError, match="your signature"):
        next(shares)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_job_that_belongs_to_another_user_is_refused(what, tmp_path, monkeypatch) -> None:
    path = keep(tmp_path)
    theirs = (path if what == "file" else path.parent).stat().st_ino
    real = job_store.os.fstat

    def fstat(handle: int) -> Any:
        about = real(handle)
        if about.st_ino != theirs:
            return about
        return job_store.os.stat_result((*about[:4], about.st_uid + 1, *about[5:]))

    monkeypatch.setattr(job_store.os, "fstat", fstat)
    with pytest.raises(OutputError, match="another user"):
        job_store.find(tmp_path, "n1", trust=True)


@pytest.mark.parametrize("how", ["large", "link", "pipe", "folder"])
def test_what_is_no_plain_small_file_is_refused(how, tmp_path) -> None:
    path = keep(tmp_path)
    text = path.read_text()
    path.unlink()
    if how == "large":
        path.write_text(text + " " * job_store._LARGEST)
    elif how == "link":
        (tmp_path / "job.json").write_text(text)
        path.symlink_to(tmp_path / "job.json")
    elif how == "pipe":
        job_store.os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OutputError, match=r"larger|link|not a regular file"):
        job_store.find(tmp_path, "n1", trust=True)


@pytest.mark.parametrize("name", [".figmill", "jobs"])
def test_jobs_are_neither_kept_nor_read_through_links(name, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    keep(elsewhere)
    out = tmp_path / "out"
    home = out / ".figmill"
    if name == "jobs":
        home.mkdir(parents=True)
        (home / name).symlink_to(elsewhere / ".figmill" / "jobs")
    else:
        out.mkdir()
        home.symlink_to(elsewhere / ".figmill")
    with pytest.raises(OutputError, match="is a link"):
        job_store.find(out, "n1", trust=True)
    with pytest.raises(OutputError, match="is a link"):
        keep(out, count=7)
    assert len(job_store.kept(elsewhere)) == 1


def test_old_jobs_are_removed_here_and_nowhere_else(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(job_store, "_KEPT", 1)
    victim = tmp_path / "victim.json"
    victim.write_text("{}")
    path = keep(tmp_path, count=1)
    (path.parent / "old.json").symlink_to(victim)
    keep(tmp_path, count=2)
    assert victim.read_text() == "{}"
    assert len(list(path.parent.iterdir())) == 1


class Sending(Counted):
    name: ClassVar[str] = "counted"

    def addresses(self) -> tuple[str, ...]:
        return ("http://127.0.0.1:9/v1",)

    def items(self) -> Iterator[Item]:
        sent.append(1)
        yield from super().items()


sent: list[int] = []


def test_addresses_are_checked_before_items_are_listed(tmp_path, monkeypatch) -> None:
    job_store.save(tmp_path, Sending(), ("png",), RunOptions())
    monkeypatch.setattr(registry, "recipe_class", lambda name: Sending)
    sent.clear()
    for trust in (False, True):
        with pytest.raises(ConfigError, match="does not name"):
            job_store.find(tmp_path, "n1", trust=trust)
    assert sent == []
    assert job_store.find(tmp_path, "n1", addresses=["http://127.0.0.1:9"]) is not None


def test_a_job_whose_names_are_not_utf8_comes_back_as_it_was(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "from\udcff"
    folder.mkdir()
    monkeypatch.chdir(folder)
    recipe = Odd(where=Path("a\udcff.txt"), call=["b\udcff", {"c": 1.5}])
    job_store.save(tmp_path / "out", recipe, ("png",), RunOptions())
    (stored,) = job_store.kept(tmp_path / "out")
    stored.check_signature(tmp_path / "out")
    assert stored.job().recipe == recipe
    assert stored.job().folder == folder
    assert r"b\udcff" in stored.told()


def test_what_is_nested_beyond_reading_is_passed_over(tmp_path) -> None:
    path = job_store.save(tmp_path, Counted(), ("png",), RunOptions())
    (path.parent / "deep.json").write_text("[" * 100_000)
    assert len(job_store.kept(tmp_path)) == 1
