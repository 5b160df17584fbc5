"""Options that stand in a class of their own become fields of the recipe that inherits it."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from figmill.recipes.looks import FigureStyle
from figmill.recipes.options import Bounds, Checked, Number, Option, Text


def even(value: int) -> int:
    if value % 2:
        raise ValueError(f"{value} is odd")
    return value


class Mine(FigureStyle, dpi=72.0):
    names: Annotated[tuple[Text, ...], Option("Names.", default="all")] = ()
    count: Annotated[int, Bounds(ge=0), Checked(even), Option("How many.")] = 2
    low: Annotated[Number | None, Option("The lowest.")] = None


class Model(Mine, BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    own: int = 0

    @field_validator("low")
    @classmethod
    def _is_not_one(cls, value: float | None) -> float | None:
        if value == 1:
            raise ValueError("one")
        return value


def test_fields_defaults_and_order() -> None:
    assert list(Model.model_fields) == [
        *("theme", "dpi", "width", "height"),
        *("names", "count", "low", "own"),
    ]
    made = Model(count=4)
    assert (made.dpi, made.theme, made.count, made.low) == (72.0, "paper", 4, None)
    assert made.model_dump()["names"] == ()
    with pytest.raises(ValidationError):
        made.count = 6  # type: ignore[misc]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 3}, "3 is odd"),
        ({"count": -2}, "greater than or equal to 0"),
        ({"low": float("inf")}, "finite"),
        ({"low": 1}, "one"),
        ({"names": [""]}, "at least 1 character"),
        ({"theme": "pink"}, "there is no theme 'pink'"),
        ({"dpi": 5}, "greater than or equal to 10"),
        ({"other": 5}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Model(**options)


def test_the_schema_says_what_the_help_says() -> None:
    fields = Model.model_json_schema()["properties"]
    assert fields["names"]["description"] == "Names. [none: all]"
    assert fields["names"]["items"]["minLength"] == 1
    assert (fields["count"]["description"], fields["count"]["minimum"]) == ("How many.", 0)
    assert (fields["dpi"]["minimum"], fields["dpi"]["maximum"]) == (10, 2400)


def test_bounds_in_words() -> None:
    assert str(Bounds(ge=10, le=2400)) == "10 to 2400"
    assert str(Bounds(gt=0, le=200)) == "above 0, at most 200"
    assert str(Bounds()) == ""
