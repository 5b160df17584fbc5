"""Job files: models and schema. What a user meets is in tests/cli/test_run.py."""

import pytest

from figmill import ConfigError, OptionError, RunOptions
from figmill.engine import CATEGORIES
from figmill.jobs import job_file
from figmill.quicklook import QuicklookRecipe


def test_a_job_file(tmp_path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(
        "recipe: quicklook\nout: figures\nformats: [png, pdf]\n"
        "options: {paths: [data], dpi: 99}\n"
        "run: {workers: 3, timeout: 2m, memory_limit: 2GB, retries: {crash: 0}}\n"
    )
    job = job_file.read_job(path)
    assert job.recipe == QuicklookRecipe(paths=("data",), dpi=99)
    assert job.out == tmp_path / "figures"
    assert job.folder == tmp_path
    options = job.settings.options(8)
    assert (options.workers, options.timeout_s, options.memory_limit) == (3, 120, 2 * 10**9)
    assert options.retries == {"crash": 0}


def test_defaults(tmp_path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("recipe: quicklook\noptions: {paths: [data]}\n")
    job = job_file.read_job(path)
    assert job.out is None
    assert job.formats == ("png",)
    options = job.settings.options(8)
    plain = RunOptions()
    assert (options.workers, options.timeout_s) == (8, 600)
    assert options.retries == plain.retries
    assert options.retry_failed == plain.retry_failed
    assert options.flush_batch_size == plain.flush_batch_size


def test_a_way_and_the_options_it_came_from() -> None:
    options = RunOptions(
        workers=2, timeout_s=3.5, retry_failed=frozenset({"crash"}), recycle_after=7
    )
    again = job_file.RunSettings.of(options).options(8)
    assert again == options


def test_the_usual_time_limit_needs_a_worker_and_one_that_is_asked_for_says_so() -> None:
    settings = job_file.RunSettings(workers=0)
    assert settings.options(8).timeout_s is None
    assert settings.but(workers=2).options(8).timeout_s == 600
    with pytest.raises(ConfigError, match="nothing to end"):
        settings.but(timeout="10m").options(8)
    with pytest.raises(OptionError, match="workers: "):
        settings.but(workers=-1)


def test_commands_and_job_files_say_the_same_of_a_run() -> None:
    from figmill.console.generate import parameters_of
    from figmill.console.options import Run

    schema = job_file.RunSettings.model_json_schema()["properties"]
    shared = {each.name: each for each in parameters_of(Run) if each.name in schema}
    assert set(shared) == {
        *("workers", "timeout", "memory_limit"),
        *("notes_on_figure", "limits", "compress"),
    }
    for name, parameter in shared.items():
        (about,) = parameter.annotation.__metadata__
        assert about.help.startswith(schema[name]["description"].partition(" [")[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": -1},
        {"timeout": "soon"},
        {"memory_limit": "much"},
        {"retries": {"crush": 1}},
        {"retries": {"crash": -1}},
        {"retry_failed": ["crush"]},
        {"flush_batch_size": 0},
        {"patience": 3},
    ],
)
def test_wrong_ways(wrong) -> None:
    with pytest.raises(OptionError):
        job_file.RunSettings.model_validate(wrong)


def test_schema_tells_all() -> None:
    schema = job_file.schema("quicklook")
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["required"]) == {"recipe", "options"}
    assert schema["additionalProperties"] is False
    way = schema["$defs"]["RunSettings"]["properties"]
    assert set(way["retries"]["propertyNames"]["enum"]) == set(CATEGORIES)
    options = schema["$defs"]["QuicklookRecipe"]["properties"]
    assert set(options) == set(QuicklookRecipe.model_fields)
    assert all("description" in each for each in options.values())


def test_schema_of_no_recipe() -> None:
    with pytest.raises(ConfigError, match="no recipe 'nothing'"):
        job_file.schema("nothing")
