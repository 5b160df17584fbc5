"""Problems of a model name line, column and what would be right."""

import subprocess
import sys
from typing import Annotated, Literal

import pytest
from pydantic import Field, field_validator

from figmill.config.model import Model
from figmill.config.yaml_file import loads
from figmill.config.yaml_model import validate
from figmill.errors import ConfigError


class Line(Model):
    kind: Literal["line"]
    width: float = 1.0


class Dot(Model):
    kind: Literal["dot"]
    radius: float = 1.0


class Sheet(Model):
    name: str
    scale: Literal["linear", "log"] = "linear"
    shapes: list[Annotated[Line | Dot, Field(discriminator="kind")]] = Field([])
    by_name: dict[str, Line] = Field({})
    nested: Line | None = None

    @field_validator("name")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        if "/" in value:
            raise ValueError("A name has no slash.")
        return value


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        validate(Sheet, loads(text, "job.yaml"))
    return caught.value


def test_a_good_document() -> None:
    sheet = validate(Sheet, loads("name: a\nshapes: [{kind: dot, radius: 2}]"))
    assert sheet.shapes == [Dot(kind="dot", radius=2)]


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("name: a\nscal: log", "line 2, column 1", "no key 'scal'", "Did you mean 'scale'?"),
        ("scale: log", "line 1, column 1", "key 'name' is missing", "Add it."),
        ("name: a\nscale: logg", "line 2, column 8", "'scale': input", "Did you mean 'log'?"),
        ("name: a/b", "line 1, column 7", "'name': a name has no slash.", None),
        (
            "name: a\nshapes:\n  - kind: line\n    widht: 2",
            "line 4, column 5",
            "no key 'widht'",
            "Did you mean 'width'?",
        ),
        (
            "name: a\nshapes:\n  - kind: dott",
            "line 3, column 11",
            "no 'dott'",
            "Did you mean 'dot'?",
        ),
        (
            "name: a\nby_name:\n  x: {kind: line, with: 2}",
            "line 3, column 19",
            "no key 'with'",
            "Did you mean 'width'?",
        ),
        (
            "name: a\nnested: {kind: line, colour: 2}",
            "line 2, column 22",
            "no key 'colour'",
            "Valid are: kind, width.",
        ),
        ("name: a\nnested: {kind: line, width: wide}", "line 2, column 29", "not 'wide'", None),
        (
            "name: a\nshapes:\n  - radius: 3",
            "line 3, column 5",
            "key 'kind' is missing",
            "Add it to entry 1.",
        ),
        ("name: a\nnested: {}", "line 2, column 1", "'kind' is missing", "Add it to 'nested'."),
        ("name: a\nshapes: 3", "line 2, column 9", "'shapes': ", None),
        (
            "- 1",
            "line 1, column 1",
            "a mapping",
            "Valid are: by_name, name, nested, scale, shapes.",
        ),
    ],
)
def test_one_problem(text: str, place: str, message: str, hint: str | None) -> None:
    error = refusal(text)
    assert error.place == place
    assert message in error.message
    assert error.hint == hint


def test_all_problems_are_told_in_the_order_of_the_file() -> None:
    error = refusal("scal: log\nshapes:\n  - {kind: dot, radus: 2}\n")
    assert error.message.splitlines()[0] == "3 problems:"
    assert [line.split(":")[0].strip() for line in error.message.splitlines()[1:]] == [
        "line 1, column 1",
        "line 1, column 1",
        "line 3, column 17",
    ]
    assert "Did you mean 'radius'?" in error.message


def test_a_part_of_a_document() -> None:
    document = loads("sheet:\n  name: 3\n")
    with pytest.raises(ConfigError) as caught:
        validate(Sheet, document, ("sheet",))
    assert caught.value.place == "line 2, column 9"


def test_a_list_of_wrong_entries_is_not_called_short_as_well() -> None:
    class Formats(Model):
        formats: tuple[Literal["png", "pdf"], ...] = Field(min_length=1)

    with pytest.raises(ConfigError) as caught:
        validate(Formats, loads("formats: [gif]", "job.yaml"))
    assert "not 'gif'" in str(caught.value)
    assert "at least 1" not in str(caught.value)
    with pytest.raises(ConfigError, match="at least 1"):
        validate(Formats, loads("formats: []", "job.yaml"))


def test_commands_that_read_no_yaml_import_none() -> None:
    text = "import sys, figmill.mill, figmill.jobs.job_file; print('ruamel.yaml' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
