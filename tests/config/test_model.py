"""What models refuse is told in figmill's words, wherever they are made."""

import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

import figmill
from figmill.config.model import Model, refusal, suggestion
from figmill.errors import ConfigError, OptionError
from figmill.jobs.job_store import StoredJob


class Axis(Model):
    low: float = 0.0
    scale: Literal["linear", "log"] = "linear"


class Plot(Model):
    dpi: int = Field(100, ge=10)
    axes: dict[str, Axis] = Field(default_factory=dict)
    sizes: tuple[int | str, ...] | None = None
    name: str = "plot"

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if "/" in name:
            raise ValueError("A name has no slash, did you mean a folder?")
        return name


def refused(**values: object) -> OptionError:
    with pytest.raises(OptionError) as caught:
        Plot(**values)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"dpi": 5}, "dpi: input should be greater than or equal to 10, not 5.", None),
        ({"dpj": 5}, "there is no key 'dpj' here.", "Did you mean 'dpi'?"),
        ({"q": 5}, "there is no key 'q' here.", "Valid are: axes, dpi, name, sizes."),
        (
            {"axes": {"x": {"scale": "logg"}}},
            "axes.x.scale: input should be 'linear' or 'log', not 'logg'.",
            "Did you mean 'log'?",
        ),
        ({"axes": {"x": {"lo": 1}}}, "there is no key 'lo' here.", "Did you mean 'low'?"),
        (
            {"axes": {"x": 5}},
            "axes.x: input should be a mapping (dictionary), not 5.",
            "Valid are: low, scale.",
        ),
        ({"name": "a/b"}, "name: a name has no slash, did you mean a folder?", None),
    ],
)
def test_one_fault(values: dict[str, object], message: str, hint: str | None) -> None:
    error = refused(**values)
    assert (error.message, error.hint) == (message, hint)


def test_names_of_alternatives_are_not_shown() -> None:
    assert all(fault.way == ("sizes", 1) for fault in refused(sizes=(1, 2.5)).faults)


def test_all_faults_are_told_with_their_remedies() -> None:
    error = refused(dpi=5, q=1)
    assert len(error.faults) == 2
    first, *lines = error.message.split("\n  ")
    assert first == "2 problems:"
    assert lines[0].startswith("dpi: ")
    assert lines[1].endswith("Valid are: axes, dpi, name, sizes.")


def test_options_may_go_by_other_names() -> None:
    assert refusal(refused(dpi=5).faults, {"dpi": "--dpi"}).message.startswith("--dpi: ")


def test_it_is_a_value_error_and_travels() -> None:
    error = refused(dpi=5)
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.faults) == (str(error), error.faults)


def test_a_mapping_and_json_are_checked_alike() -> None:
    for make in (
        lambda: Plot.model_validate({"dpi": 5}),
        lambda: Plot.model_validate_json('{"dpi": 5}'),
    ):
        with pytest.raises(OptionError, match=r"^dpi: .*, not 5\.$"):
            make()
    with pytest.raises(OptionError, match="JSON"):
        Plot.model_validate_json("{")


def test_a_model_in_a_model_says_where_it_is_wrong() -> None:
    class Outer(Model):
        plot: Plot

    with pytest.raises(OptionError, match=r"^plot\.dpi: "):
        Outer(plot={"dpi": 5})  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"the key 'plot' is missing\. Add it\."):
        Outer()  # type: ignore[call-arg]


def test_suggestion_of_nothing() -> None:
    assert suggestion("x", []) is None


def models() -> Iterator[type[BaseModel]]:
    """Every model that figmill has, recipes and plot types too."""
    for module in pkgutil.walk_packages(figmill.__path__, "figmill."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [BaseModel]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("figmill.") and not kind.__name__.startswith("_"):
                yield kind


def test_no_model_raises_an_exception_of_pydantic() -> None:
    found = set(models())
    assert {"QuicklookRecipe", "FastRecipe", "PlotIvg", "Processing"} <= {m.__name__ for m in found}
    for kind in found - {StoredJob}:  # made of figmill's own files alone
        for make in (
            lambda kind=kind: kind(no_such_option=1),
            lambda kind=kind: kind.model_validate(5),
        ):
            with pytest.raises((OptionError, TypeError)) as caught:
                make()
            assert not isinstance(caught.value, ValidationError)
