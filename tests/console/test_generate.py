"""Commands from annotated fields, and what errors say of their options."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import ConfigDict, Field, model_validator
from typer.testing import CliRunner

from figmill.config.model import Model
from figmill.console.generate import given, legible, takes
from figmill.console.options import Run, runs
from figmill.errors import ConfigError
from figmill.recipes.looks import FigureStyle
from figmill.recipes.options import Bounds, Number, Option


class Lowest(Model):
    y_min: float = Field(0.0, ge=0)


class Pair(Lowest):
    low: float = 0.0

    @model_validator(mode="after")
    def _ordered(self) -> "Pair":
        if self.low > self.y_min:
            raise ValueError("low is above y_min")
        return self


class Toy(FigureStyle):
    files: Annotated[tuple[str, ...], Option("Files.", metavar="FILE", argument=True)]
    name: Annotated[str, Option("A name.", ("--name", "-x"))]
    kinds: Annotated[tuple[Literal["a", "b"], ...], Option("Kinds.", ("--kind",))] = ("a", "b")
    counts: Annotated[tuple[int, ...], Option("Counts.", ("--count",))] = ()
    low: Annotated[Number | None, Option("The lowest.", default="of the data")] = None
    many: Annotated[int, Bounds(ge=0, le=9), Option("How many.")] = 3
    scale: Annotated[Literal["linear", "log"], Option("The scale.")] = "log"
    swap: Annotated[bool, Option("Swap.")] = False
    mark: Annotated[bool, Option("Mark.")] = True
    out_of: Annotated[Path | None, Option("A path.")] = None
    pairs: Annotated[
        dict[str, str], Option("Pairs.", ("--pair",), parse=lambda p: dict(x.split("=") for x in p))
    ] = {}  # noqa: RUF012 - pydantic copies it
    hidden: int = 1


class ToyModel(Toy, Model):
    model_config = ConfigDict(validate_default=True)


def call(*args: str, kind: type = Toy) -> tuple[Any, dict[str, Any]]:
    seen: dict[str, Any] = {}
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    @takes(kind)
    def plot(options: dict[str, Any], again: Annotated[int, typer.Option()] = 0) -> None:
        """Draw."""
        seen.update(options, again=again, made=ToyModel(**options))

    return CliRunner().invoke(app, list(args), terminal_width=200), seen


NEEDED = ("one", "two", "-x", "n")


def test_only_what_is_given_is_handed_over() -> None:
    result, seen = call(*NEEDED)
    assert result.exit_code == 0, result.output
    assert seen.pop("made").kinds == ("a", "b")
    assert seen == {"files": ["one", "two"], "name": "n", "swap": False, "again": 0}


@pytest.mark.parametrize("kind", [Toy, ToyModel])
def test_every_type_of_field(kind) -> None:
    result, seen = call(
        *NEEDED, "--kind", "b", "--count", "1", "--count", "2", "--low", "1e3", "--many", "9",
        "--scale", "linear", "--swap", "--no-mark", "--out-of", "x", "--pair", "k=v", "--dpi", "40",
        "--again", "4", kind=kind,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert seen["again"] == 4
    assert seen["made"] == ToyModel(
        files=("one", "two"), name="n", kinds=("b",), counts=(1, 2), low=1000.0, many=9,
        scale="linear", swap=True, mark=False, out_of=Path("x"), pairs={"k": "v"}, dpi=40,
    )  # fmt: skip


def test_help_says_defaults_and_bounds() -> None:
    text = call("--help")[0].stdout
    for line in (
        "Kinds. Give it several times for several. [default: a, b]",
        "--kind a|b",
        "The lowest. [default: of the data]",
        "How many. [default: 3; 0 to 9]",
        "The scale. [default: log]",
        "Swap.\n",
        "Mark. [default: mark]",
        "Pixels per inch. [default: 150; 10 to 2400]",
    ):
        assert line in text
    assert "hidden" not in text
    assert text.index("--kind") < text.index("--theme")


@pytest.mark.parametrize("missing", ["-x", "FILE"])
def test_what_has_no_default_is_needed(missing) -> None:
    assert call(*(NEEDED[2:] if missing == "FILE" else NEEDED[:2]))[0].exit_code == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--many", "10"), "--many: input should be less than or equal to 9, not 10."),
        (("--dpi", "1"), "--dpi: input should be greater than or equal to 10"),
        (("--low", "nan"), "--low: input should be a finite number"),
        (("--kind", "c"), "--kind: input should be 'a' or 'b'"),
    ],
)
def test_errors_name_the_option_as_it_is_spelled(args, words) -> None:
    error = call(*NEEDED, *args)[0].exception
    assert isinstance(error, ConfigError)
    assert error.message.startswith(words)


def test_two_classes_and_a_run() -> None:
    class Reading(FigureStyle):
        column: Annotated[str, Option("The column.")] = "1"

    app = typer.Typer()
    seen = []

    @app.command()
    @runs
    @takes(Toy, reading=Reading)
    def plot(run: Any, options: dict[str, Any], reading: dict[str, Any]) -> None:
        """Draw."""
        seen.append((run.out, options["name"], reading))

    result = CliRunner().invoke(app, [*NEEDED, "-o", "out", "--column", "2"])
    assert result.exit_code == 0, result.output
    assert seen == [(Path("out"), "n", {"column": "2"})]


def test_a_dataclass_and_an_option_of_typer_itself() -> None:
    @dataclass(frozen=True, slots=True)
    class How:
        out: Annotated[Path, typer.Option("--out", "-o", help="Where.")]
        counts: Annotated[tuple[int, ...], Option("Counts.", ("--count",))] = (4,)
        low: Annotated[int, Option("The lowest.", default="none")] | None = None
        deep: Annotated[bool, Option("Deep.")] = False
        kept: int = 1

    app = typer.Typer(rich_markup_mode=None)
    seen: list[dict[str, Any]] = []

    @app.command()
    @takes(how=How)
    def plot(how: dict[str, Any]) -> None:
        """Draw."""
        seen.append(how)

    run = CliRunner().invoke
    assert run(app, []).exit_code == 2  # --out is needed
    assert run(app, ["-o", "x", "--low", "3", "--count", "5"]).exit_code == 0
    assert seen == [{"out": Path("x"), "low": 3, "counts": [5], "deep": False}]
    text = run(app, ["--help"], terminal_width=200).stdout
    assert "Counts. Give it several times for several. [default: 4]" in text
    assert "The lowest. [default: none]" in text
    assert "kept" not in text


def test_given() -> None:
    assert given(a=None, b=0, c=[], d=False, e=()) == {"b": 0, "d": False, "e": ()}


def test_a_model_complains_about_the_option() -> None:
    with pytest.raises(ConfigError) as caught, legible():
        Lowest(y_min=-1)
    assert caught.value.message.startswith("--y-min: ")
    assert "-1" in caught.value.message


def test_an_option_is_named_as_it_is_spelled_and_a_model_is_not_shown() -> None:
    app = typer.Typer()
    caught: list[ConfigError] = []

    @app.command()
    @runs
    def plot(
        run: Run,
        y_min: Annotated[float, typer.Option("--from", "-x", "--y-min")] = 0.0,
        low: Annotated[float, typer.Option("--low")] = 0.0,
    ) -> None:
        """Draw."""
        Pair(y_min=y_min, low=low)

    for args in (["--from", "-1"], ["--low", "9"]):
        result = CliRunner().invoke(app, [*args, "-o", "out"])
        assert isinstance(result.exception, ConfigError)
        caught.append(result.exception)
    assert caught[0].message.startswith("--from / --y-min: input should be greater than")
    assert caught[1].message == "low is above y_min."


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), legible():
        raise ValueError("mine")
