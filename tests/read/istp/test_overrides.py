"""Overrides that users give in a file."""

from pathlib import Path

import pytest

from figmill.errors import ConfigError
from figmill.read.istp.overrides import BUILTIN, Override, read_overrides

TOML = """
[[override]]
file = "xy_*.cdf"
variable = "flux_*"
why = "wrong"
set = { DEPEND_1 = "bins", VALIDMAX = 10.5, VALIDMIN = [0, 1], FILLVAL = "" }
"""
YAML = """
override:
  - file: xy_*.cdf
    variable: flux_*
    why: wrong
    set: {DEPEND_1: bins, VALIDMAX: 10.5, VALIDMIN: [0, 1], FILLVAL: ""}
"""


@pytest.mark.parametrize(("name", "text"), [("o.toml", TOML), ("o.yaml", YAML)])
def test_both_formats_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert read_overrides(path) == (
        Override(
            "xy_*.cdf",
            "flux_*",
            {"DEPEND_1": "bins", "VALIDMAX": 10.5, "VALIDMIN": (0.0, 1.0), "FILLVAL": ""},
            why="wrong",
        ),
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("o.toml", "[[override", "not TOML"),
        ("o.yaml", "override: [", "not YAML"),
        ("o.yaml", "- 1", "no list named 'override'"),
        ("o.toml", "[[override]]\nfile = '*'", "needs file, variable and set"),
        ("o.toml", TOML + "seet = 1", "It has seet"),
        ("o.yaml", "override: [{file: a, variable: b, set: 3}]", "a set that is not a table"),
    ],
)
def test_what_is_not_understood_says_so(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_overrides(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file of corrections"):
        read_overrides(tmp_path / "none.toml")


def test_file_names_match_in_any_case_and_variables_exactly() -> None:
    rule = Override("FA_*.cdf", "eflux")
    assert rule.matches("fa_esa.CDF", "eflux")
    assert not rule.matches("fa_esa.cdf", "EFLUX")


def test_every_built_in_override_says_what_is_wrong() -> None:
    assert all(rule.why and rule.set for rule in BUILTIN)
