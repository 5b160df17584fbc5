"""Configurations: everything that is wrong, each with its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.chip.config import Select, build_config, config_of, load_config
from figmill.config.yaml_file import Document
from figmill.errors import ConfigError


def problems(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config_of(text)
    return str(caught.value)


def plots(*entries: str, head: str = "chip: 67") -> str:
    return "\n".join([head, "plots:", *(f"  - {{{entry}}}" for entry in entries)])


def test_defaults_go_to_the_types_that_have_them():
    config = config_of(
        plots(
            "type: plot-ivg, seq: 2",
            "type: plot-its, seq: 4-7, baseline_mode: none",
            "type: plot-transconductance, seq: 2, method: savgol",
            head="chip: 67\nformats: [png, pdf]\noutput_base: out\n"
            "defaults: {legend_by: pow, window: 11, theme: presentation, dpi: 150}",
        )
    )
    ivg, its, gm = config.entries
    assert (config.chip, config.group, config.output_base) == (67, "Alisson", Path("out"))
    assert config.formats == ("png", "pdf")
    assert (its.plot.legend_by, its.plot.baseline_mode) == ("irradiated_power", "none")
    assert (gm.plot.method, gm.plot.window) == ("savgol", 11)
    assert {entry.look.theme for entry in (ivg, its, gm)} == {"presentation"}
    assert its.look.dpi == 150


def test_an_entry_may_name_its_runs_by_what_they_are():
    entry = config_of(
        plots("type: plot-its, select: {wavelength_nm: [365, 455], has_light: true, last: 3}")
    ).entries[0]
    assert entry.asked is None
    assert entry.select == Select(wavelength_nm=(365, 455), has_light=True, last=3)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("type: wrong, seq: 2", "plot-its, plot-its-sequential, plot-its-suite, plot-ivg"),
        ("seq: 2", "A type is missing"),
        ("type: plot-ivg, seq: 2, method: savgol", "plot-ivg has no option 'method'"),
        ("type: plot-its, seq: 4, legend_by: colour", "irradiated_power (pow, power, led_power)"),
        ("type: plot-its, seq: 4, lgend_by: vg", "Did you mean 'legend_by'?"),
        ("type: plot-its", "names no runs"),
        ("type: plot-its, seq: 7-4", "a range goes up"),
        ("type: plot-its, seq: []", "names no run"),
        ("type: plot-its, seq: 4, tag: a/b", "cannot be part of a file's name"),
        ("type: plot-its, seq: 4, tag: ..", "cannot be part of a file's name"),
        ("type: plot-transconductance, seq: 2, method: savgo", "'gradient' or 'savgol'"),
        (
            "type: plot-transconductance, seq: 2, window: two",
            "window: input should be a",
        ),
        ("type: plot-its-suite, seq: 4, photoresponse_x: moon", "power, wavelength, time"),
        (
            "type: plot-its, select: {colour: red}",
            "no key 'colour' here. Valid are: has_light",
        ),
        ("type: plot-its, select: {wavelength: 365}", "Did you mean 'wavelength_nm'?"),
        ("type: plot-its, select: 5", "select: input should be a mapping (dictionary), not 5"),
        ("type: plot-ivgs, seq: 2", "Did you mean 'plot-ivg'?"),
        ("type: plot-its, select: {last: 0}", "select.last: input should be greater"),
        ("type: plot-its, seq: 4, theme: neon", "There is no theme 'neon'"),
        ("type: plot-its, seq: 4, palette: neon", "no palette 'neon'"),
        (
            "type: plot-its, seq: 4, dpi: -5",
            "or equal to 10, not -5",
        ),
    ],
)
def test_a_wrong_entry_is_named_with_line_and_remedy(entry, said):
    text = problems(plots("type: plot-ivg, seq: 1", entry)).lower()
    assert said.lower() in text
    assert "line 4" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a mapping"),
        ("- 1", "not a mapping"),
        ("chip: 67", "plots is empty"),
        ("chip: 67\nplots: []", "plots is empty"),
        ("chip: [x]\nplots: [1]", "chip is ['x']"),
        ("chip: 3.1\nplots: [1]", 'in quotes: chip: "3.1"'),
        ("chip: 67\nplots: [1]", "not a mapping"),
        ("chip: 67\ncolour: red\nplots: [1]", "line 2, column 1: Unknown key 'colour'"),
        ("chip: 67\nformats: [bmp]\nplots: [1]", "formats is ['bmp']"),
        ("chip: 67\ndefaults: {methd: x}\nplots: [1]", "Did you mean 'method'?"),
        ("chip: 67\nplots: !!python/object:os.system []", "tag"),
        ("chip: 67\nplots: [", "not YAML"),
        ("chip: 67\nchip: 68\nplots: [1]", "twice"),
    ],
)
def test_a_wrong_file(text, said):
    assert said.lower() in problems(text).lower()


def test_a_small_file_that_unfolds_to_a_huge_one():
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "line" in problems("\n".join([*lines, "chip: 67"]))


def test_all_problems_come_together_and_a_wrong_default_once():
    text = problems(
        plots(
            "type: plot-its, seq: 1",
            "type: plot-its, seq: 2",
            "type: plot-nothing, seq: 3",
            head="chip: 67\ndefaults: {legend_by: colour}",
        )
    )
    assert "2 problems:" in text
    assert text.count("no legend by 'colour'") == 1
    assert "line 2, column 12: legend_by" in text
    assert "line 6" in text


def test_a_wrong_chip_is_one_problem_however_many_entries():
    text = problems(plots("type: plot-its, seq: 1", "type: plot-its, seq: 2", head="chip: -67"))
    assert text.count("chip is -67") == 1
    text = problems(plots("type: plot-its, seq: 1", "type: plot-its, seq: 2, chip: ''"))
    assert "line 4" in text
    assert "chip is ''" in text


def test_a_chip_may_go_by_a_name():
    text = plots("type: plot-its, seq: 1", "type: plot-its, seq: 2, chip: C1", head="chip: '067'")
    first, second = config_of(text).entries
    assert (first.chip, second.chip) == (67, "C1")
    assert (second.chip_name, second.file_name) == ("Alisson #C1", "Alisson~C1")


def test_a_configuration_that_is_not_there(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "absent.yaml")
    assert "absent.yaml" in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["type", "seq", "select", "tag", "legend_by", "window", "method", "theme", "palette", "dpi"]
)
KINDS = st.sampled_from(["plot-its", "plot-ivg", "plot-transconductance", "plot-its-suite"])


@settings(max_examples=150)
@given(VALUES, st.dictionaries(KEYS, VALUES), st.dictionaries(KEYS, VALUES | KINDS), VALUES)
def test_whatever_is_written_is_an_entry_or_an_error(chip, defaults, entry, output):
    values = {"chip": chip, "defaults": defaults, "plots": [entry], "output_base": output}
    try:
        config = build_config(Document(Path("plots.yaml"), values))
    except ConfigError:
        return
    assert len(config.entries) == 1
