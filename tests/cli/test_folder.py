"""status, errors, why, retry, repair: on the folder of a run with failures."""

import json
import os
import shutil
import sqlite3

import pytest

from figmill.engine import Ledger, ledger_path


@pytest.fixture
def ran(figmill, toys, data, job):
    """The folder of a run: one item done, one without data, three failed by two causes."""
    data(good="ok", empty="none", cut1="bad", cut2="bad", half="zero")
    assert figmill("run", job, "-q").exit_code == 1
    return job.parent / "out"


def test_status(figmill, ran) -> None:
    text = figmill("status", ran).stdout
    assert "5 items in" in text
    assert "2 invalid-input" in text
    assert "1 divide-by-zero" in text
    assert "1 done, 1 no data, 3 failed" in text
    assert f"figmill retry {ran}" in text


def test_status_as_json(figmill, ran) -> None:
    told = json.loads(figmill("status", ran, "--json").stdout)
    assert told["counts"] == {"done": 1, "no_data": 1, "failed": 3}
    assert told["failures"] == {"invalid-input": 2, "divide-by-zero": 1}
    assert told["running"] is False
    assert len(told["runs"]) == 1


def test_status_of_a_run_that_goes_on_and_of_one_that_was_killed(
    figmill, spawn, toys, data, job
) -> None:
    data(**{f"n{number}": "slow" for number in range(30)})
    process = spawn("run", job, "--json")
    while "item_finished" not in process.stdout.readline():
        pass
    out = job.parent / "out"
    running = figmill("status", out)
    process.kill()
    process.communicate(timeout=30)
    assert f"running (process {process.pid}" in running.stdout
    killed = figmill("status", out).stdout
    assert "killed" in killed
    assert "unfinished" in killed
    assert "unfinished" not in running.stdout
    assert "running" not in killed


def test_status_without_a_run(figmill, tmp_path) -> None:
    result = figmill("status", tmp_path)
    assert result.exit_code == 2
    assert "no ledger" in result.stderr
    assert "Nothing was run into" in result.stderr


def test_status_of_a_folder_that_lost_its_ledger(figmill, ran) -> None:
    ledger_path(ran).unlink()
    told = figmill("status", ran).stderr
    assert "Nothing was run into" not in told
    assert f"figmill repair {ran}" in told


def test_status_of_a_ledger_without_runs_shows_no_empty_tables(figmill, tmp_path) -> None:
    Ledger.open(tmp_path).close()
    assert figmill("status", tmp_path).stdout == f"0 items in {tmp_path}\n"


def test_status_proposes_no_pruning_of_what_it_keeps(figmill, toys, data, job) -> None:
    data(a="ok", b="ok")
    assert figmill("run", job, "-q").exit_code == 0
    out = job.parent / "out"
    with Ledger.open(out, "toy") as ledger, ledger.transaction():
        (record, *_) = ledger.items()
        ledger.mark(record, "Input a is missing; what was made of it stays.")
    told = figmill("status", out).stdout
    assert "Out of date: 1 file of earlier runs" in told
    assert "figmill prune" not in told
    assert "0 files would be removed" in figmill("prune", out).stdout


def test_pruning_an_unknown_item_says_where_names_are(figmill, ran) -> None:
    told = figmill("prune", ran, "godo")
    assert told.exit_code == 2
    assert f"figmill why {ran} godo" in told.stderr
    assert "good" in figmill("why", ran, "godo").stderr


def test_errors_by_cause(figmill, ran) -> None:
    text = figmill("errors", ran).stdout
    assert text.startswith("3 failed, 2 causes")
    assert text.index("2 x invalid-input") < text.index("1 x divide-by-zero")
    assert "Fetch it again." in text
    assert "cut1, cut2" in text
    assert "Traceback" not in text


def test_errors_with_traceback_and_category(figmill, ran) -> None:
    text = figmill("errors", ran, "--traceback", "-c", "divide-by-zero").stdout
    assert text.startswith("1 failed, 1 cause")
    assert "| ZeroDivisionError" in text
    assert "toys.py" in text
    assert "--category divide-by-zero" in text
    assert "Nothing failed by timeout." in figmill("errors", ran, "-c", "timeout").stdout


def test_errors_as_json(figmill, ran) -> None:
    lines = [json.loads(line) for line in figmill("errors", ran, "--json").stdout.splitlines()]
    assert [(one["count"], one["category"]) for one in lines] == [
        (2, "invalid-input"),
        (1, "divide-by-zero"),
    ]
    assert lines[0]["keys"] == ["cut1", "cut2"]
    assert "ZeroDivisionError" in lines[1]["traceback"]


def test_an_unknown_category_names_the_nearest(figmill, ran) -> None:
    for command in ("errors", "retry"):
        result = figmill(command, ran, "-c", "timeuot")
        assert result.exit_code == 2
        assert "'timeout'" in result.stderr


def test_why(figmill, ran, job) -> None:
    text = figmill("why", ran, "good").stdout
    assert text.startswith("good: would not run.")
    assert "good.png" in text
    assert "good.txt" in text
    failed = figmill("why", ran, "cut1").stdout
    assert "invalid-input" in failed
    assert "Fetch it again." in failed
    (job.parent / "data" / "good.txt").write_text("ok again")
    changed = figmill("why", ran, "good").stdout
    assert changed.startswith("good: would run.")
    assert "good.txt" in changed


def test_why_from_another_folder_than_the_run(figmill, ran, monkeypatch) -> None:
    monkeypatch.chdir(ran.parent.parent)
    text = figmill("why", ran.relative_to(ran.parent.parent), "good").stdout
    assert text.startswith("good: would not run.")


def test_why_of_a_new_item_and_of_none(figmill, ran, job) -> None:
    (job.parent / "data" / "fresh.txt").write_text("ok")
    fresh = figmill("why", ran, "fresh", "--json")
    assert json.loads(fresh.stdout)["would_run"] is True
    absent = figmill("why", ran, "goood")
    assert absent.exit_code == 2
    assert "good" in absent.stderr


def test_why_names_a_changed_output(figmill, ran) -> None:
    (ran / "good.png").write_bytes(b"altered")
    text = figmill("why", ran, "good").stdout
    assert text.startswith("good: would run.")
    assert "good.png" in text


def test_retry_works_on_failed_items_alone(
    figmill, ran, job, monkeypatch, tmp_path_factory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    before = (ran / "good.png").stat().st_mtime_ns
    for name in ("cut1", "half"):
        (job.parent / "data" / f"{name}.txt").write_text("ok")
    (job.parent / "data" / "later.txt").write_text("ok")
    result = figmill("retry", ran)
    assert result.exit_code == 1
    assert result.stdout.startswith("2 done, 1 failed")
    assert sorted(path.stem for path in ran.glob("*.png")) == ["cut1", "good", "half"]
    assert (ran / "good.png").stat().st_mtime_ns == before
    (job.parent / "data" / "cut2.txt").write_text("ok")
    assert figmill("retry", ran, "--json").exit_code == 0
    assert "Nothing failed." in figmill("retry", ran).stdout


def test_retry_takes_the_number_of_workers(toys, data, job, spawn) -> None:
    data(a="exit")
    process = spawn("run", job, "-p", "1", "--timeout", "1m")
    process.communicate(timeout=60)
    assert process.returncode == 1  # the worker's end fails its item
    process = spawn("retry", job.parent / "out", "-p", "0")
    process.communicate(timeout=60)
    assert process.returncode == 3  # the item's own os._exit, in the command's process


def test_retry_of_one_category(figmill, ran, job) -> None:
    for name in ("cut1", "cut2", "half"):
        (job.parent / "data" / f"{name}.txt").write_text("ok")
    assert figmill("retry", ran, "-c", "divide-by-zero").exit_code == 0
    assert sorted(path.stem for path in ran.glob("*.png")) == ["good", "half"]


def test_retry_tries_again_although_nothing_changed(figmill, ran) -> None:
    result = figmill("retry", ran)
    assert result.exit_code == 1
    assert "3 failed" in result.stdout
    plan = figmill("retry", ran, "-n")
    assert plan.exit_code == 0
    assert "3 items would run" in plan.stdout


def test_retry_keeps_formats_and_options(figmill, toys, data, job, tmp_path) -> None:
    folder = data(a="bad")
    job.write_text(job.read_text().replace("out: out", "out: out\nformats: [svg]"))
    figmill("run", job, "-q")
    (folder / "a.txt").write_text("ok")
    figmill("retry", tmp_path / "out", "-q")
    assert [path.name for path in (tmp_path / "out").glob("a.*")] == ["a.svg"]


def test_retry_of_two_jobs_in_one_folder(figmill, toys, data, job, tmp_path) -> None:
    data(a="bad")
    figmill("run", job, "-q")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.txt").write_text("zero")
    second = tmp_path / "second.yaml"
    second.write_text(job.read_text().replace("folder: data", "folder: more"))
    figmill("run", second, "-q")
    (tmp_path / "data" / "a.txt").write_text("ok")
    (tmp_path / "more" / "b.txt").write_text("ok")
    assert figmill("retry", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["a.png", "b.png"]


def test_items_that_no_job_lists_any_more(figmill, ran, job) -> None:
    (job.parent / "data" / "cut1.txt").unlink()
    result = figmill("retry", ran, "-q")
    assert "No job lists 1 failed item any more: cut1" in result.stderr


def test_repair_keeps_what_is_drawn(figmill, ran, job) -> None:
    ledger_path(ran).write_bytes(b"This is not a ledger, it is a text.")
    broken = figmill("run", job)
    assert broken.exit_code == 2
    assert "repair" in broken.stderr
    assert "figmill repair" in figmill("doctor", ran).stdout
    (ran / "notes.txt").write_text("mine")
    shutil.copy(ran / "good.png", ran / "best.png")
    result = figmill("repair", ran)
    assert result.exit_code == 0, result.output
    assert "2 items with 1 file: 2 from the notes beside it." in result.stdout
    assert "1 copied figure left alone." in result.stdout
    assert "1 file of no item left alone." in result.stdout
    assert "ledger.sqlite.damaged-1" in result.stdout
    before = (ran / "good.png").stat().st_mtime_ns
    assert "2 unchanged" in figmill("run", job).stdout
    assert (ran / "good.png").stat().st_mtime_ns == before


def test_repair_from_the_figures_alone(figmill, ran, job) -> None:
    shutil.rmtree(ran / ".figmill")
    assert "1 item with 1 file: 1 from the figures themselves." in figmill("repair", ran).stdout
    assert "1 unchanged" in figmill("run", job).stdout


def test_repair_of_a_sound_ledger(figmill, ran) -> None:
    text = figmill("repair", ran).stdout
    assert "The ledger is sound, and stays." in text
    assert "2 items with 1 file: 2 known from the ledger." in text
    (ran / "good.png").unlink()
    assert "1 item lacks files, which will be made again." in figmill("repair", ran).stdout


def test_repair_as_json(figmill, ran) -> None:
    ledger_path(ran).write_bytes(b"This is not a ledger, it is a text.")
    told = json.loads(figmill("repair", ran, "--json").stdout)
    assert told == {
        "items": 2,
        "files": 1,
        "copies": 0,
        "foreign": 0,
        "incomplete": 0,
        "known": {"sidecar": 2},
        "sound": False,
        "kept": str(ledger_path(ran).with_name("ledger.sqlite.damaged-1")),
    }
    assert json.loads(figmill("repair", ran, "--json").stdout)["kept"] is None


def test_repair_sets_a_newer_ledger_aside_only_when_asked(figmill, ran) -> None:
    with sqlite3.connect(ledger_path(ran)) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    refused = figmill("repair", ran)
    assert refused.exit_code == 2
    assert "newer figmill" in refused.stderr
    assert "--discard-newer" in refused.stderr
    assert "ledger.sqlite.newer-1" in figmill("repair", ran, "--discard-newer").stdout


def test_repair_of_no_folder(figmill, tmp_path) -> None:
    result = figmill("repair", tmp_path / "absent")
    assert result.exit_code == 2
    assert not (tmp_path / "absent").exists()


def test_names_cannot_steer_the_terminal(figmill, toys, data, job) -> None:
    evil = "evil\x1b[31m\n"
    folder = data(**{evil: "bad", "other": "bad"})
    figmill("run", job, "-q")
    out = job.parent / "out"
    (folder / f"{evil}.txt").write_text("ok now")
    results = [figmill("why", out, evil)]
    (folder / f"{evil}.txt").unlink()
    results += [figmill("retry", out), figmill("errors", out, "-t"), figmill("status", out)]
    for result in results:
        assert "\x1b" not in result.output
    assert "evil\\x1b[31m\\n" in results[0].stdout
    assert "evil\\x1b[31m\\n" in results[1].stderr


def test_status_does_not_wait_for_a_pipe_in_place_of_the_lock(figmill, ran) -> None:
    (ran / ".figmill" / "lock").unlink()
    os.mkfifo(ran / ".figmill" / "lock")
    assert json.loads(figmill("status", ran, "--json").stdout)["running"] is False


def hand_over(ran, **changes) -> None:
    """Change the kept job as a stranger would who hands a folder over."""
    (path,) = (ran / ".figmill" / "jobs").iterdir()
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_job_that_came_from_elsewhere_is_not_retried_unless_trusted(
    figmill, toys, ran, tmp_path
) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "cut1.txt").write_text("ok")
    hand_over(ran, options={"folder": "private"})
    result = figmill("retry", ran)
    assert result.exit_code == 2
    assert 'folder: "private"' in result.stderr
    assert "--trust" in result.stderr
    assert not (ran / "cut1.png").exists()
    assert figmill("retry", ran, "--trust", "-q").exit_code == 0
    assert (ran / "cut1.png").exists()


def test_a_job_that_was_trusted_once_is_the_users_own(figmill, ran, job) -> None:
    hand_over(ran, signature="")
    assert figmill("retry", ran).exit_code == 2
    assert figmill("retry", ran, "--trust", "-q").exit_code == 1
    assert figmill("retry", ran, "-q").exit_code == 1


def test_why_answers_from_the_ledger_where_the_job_may_not_be_used(figmill, ran) -> None:
    hand_over(ran, folder="/etc")
    result = figmill("why", ran, "good")
    assert result.exit_code == 0
    assert result.stdout.startswith("good: would not run.")
    assert '  folder: "/etc"' in result.stdout
    assert "--trust" in result.stdout
    told = json.loads(figmill("why", ran, "good", "--json").stdout)
    assert told["would_run"] is False
    assert "signature" in told["note"]
    absent = figmill("why", ran, "fresh")
    assert absent.exit_code == 2
    assert "--trust" in absent.stderr


def test_why_uses_a_job_that_is_trusted(figmill, ran, job) -> None:
    hand_over(ran, signature="")
    (job.parent / "data" / "fresh.txt").write_text("ok")
    told = json.loads(figmill("why", ran, "fresh", "--trust", "--json").stdout)
    assert (told["would_run"], told["note"]) == (True, "")


@pytest.fixture
def sending(hostile, ran):
    """A folder whose kept job, signed or not, would have a key sent to a hostile server."""
    from figmill import RunOptions
    from figmill.jobs import job_store
    from figmill.jobs.job_file import read_job

    made = read_job(hostile.job)
    with made.here():
        job_store.save(ran, made.recipe, ("png",), RunOptions(workers=0))
    return ran


@pytest.mark.parametrize("more", [[], ["--trust"], ["--allow-address", "http://127.0.0.1"]])
def test_a_kept_job_cannot_have_a_key_sent_elsewhere(figmill, hostile, sending, more) -> None:
    result = figmill("retry", sending, *more)
    assert result.exit_code == 2
    assert f"--allow-address {hostile.url}" in result.stderr
    why = figmill("why", sending, "good", *more)
    assert why.exit_code == 0
    assert hostile.url in why.stdout
    assert figmill("status", sending).exit_code == 0
    assert hostile.asked == []


def test_a_kept_job_may_send_to_what_the_command_names(figmill, hostile, sending) -> None:
    figmill("why", sending, "good", "--allow-address", hostile.url)
    assert len(hostile.asked) == 1
    figmill("retry", sending, "--allow-address", hostile.url)
    assert set(hostile.keys) == {"Bearer secret-of-the-test"}


@pytest.mark.parametrize("name", ["jobs", "logs", "lock"])
def test_a_folder_with_links_writes_nothing_elsewhere(
    figmill, ran, job, tmp_path_factory, name
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    place = ran / ".figmill" / name
    victim = elsewhere / "victim"
    if place.is_dir():
        victim.mkdir()
        for file in place.iterdir():
            file.rename(victim / file.name)
        place.rmdir()
    else:
        place.unlink()
        victim.write_text("mine")
    place.symlink_to(victim)
    files = sorted(path for path in elsewhere.rglob("*") if path.is_file())
    before = [path.read_bytes() for path in files]
    for command in ("status", "errors", "retry"):
        figmill(command, ran)
    figmill("why", ran, "good")
    figmill("run", job, "--force")
    assert sorted(path for path in elsewhere.rglob("*") if path.is_file()) == files
    assert [path.read_bytes() for path in files] == before


def test_a_name_that_is_not_utf8_is_asked_for_as_it_is(figmill, toys, tmp_path, job) -> None:
    from figmill.engine import Item, Outcome, RunOptions, prune, run, why

    out = tmp_path / "mine"
    items = [Item("b\udcff")]
    done = Outcome.done()
    run(items, lambda item, outputs: done, out, version="1", options=RunOptions(workers=0))
    assert why(out, "b\udcff")[1] is not None
    assert [key for _, key in prune(out, ["b\udcff"]).forgotten] == ["b\\udcff"]
    result = figmill("why", out, "b\udcff")
    assert result.exit_code == 0, result.stderr
    assert "b\\udcff: would not run." in result.stdout


@pytest.mark.parametrize("end", ["broken off", "killed"])
def test_errors_and_retry_say_that_a_run_did_not_come_to_its_end(
    figmill, toys, data, job, end
) -> None:
    from figmill.engine import Ledger

    data(good="ok")
    out = job.parent / "out"
    assert figmill("run", job, "-q").exit_code == 0
    for command in ("errors", "retry"):
        assert figmill(command, out).stdout == "Nothing failed.\n"
    with Ledger.open(out) as ledger:
        number = ledger.begin_run("1", 0)
        if end == "broken off":  # as a run does whose disk is full
            ledger.end_run(number, {"planned": 3}, interrupted=True)
    for command in ("errors", "retry"):
        said = figmill(command, out).stdout
        assert said.startswith("Nothing failed.\nBut the last run (begun ")
        assert ("was killed" if end == "killed" else "broke off") in said
        assert f"figmill status {out}" in said
