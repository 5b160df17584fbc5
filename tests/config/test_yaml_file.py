"""YAML with lines and columns, and nothing that YAML can do to harm."""

import pytest

from figmill.config.yaml_file import Mark, load, loads
from figmill.errors import ConfigError


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        loads(text, "job.yaml")
    return caught.value


def test_plain_values() -> None:
    document = loads(
        "a: 1e4\nb: 0x1F\nc: yes\nd: true\ne: ~\nf: 2013-10-14T12:00:00\n12: [0.5, 'x', 12:30]\n"
    )
    assert document.data == {
        "a": 1e4,
        "b": 31,
        "c": "yes",
        "d": True,
        "e": None,
        "f": "2013-10-14T12:00:00",
        12: [0.5, "x", "12:30"],
    }


def test_json_is_yaml() -> None:
    assert loads('{"a": [1, {"b": null}]}').data == {"a": [1, {"b": None}]}


def test_marks_of_keys_values_and_what_is_absent() -> None:
    document = loads("plots:\n  - name: x\n    dpi:   200\n")
    assert document.mark(("plots", 0, "dpi")) == Mark(3, 12)
    assert document.mark(("plots", 0, "dpi"), key=True) == Mark(3, 5)
    assert document.mark(("plots", 0, "absent")) == Mark(2, 5)
    assert document.mark(("nothing",)) == Mark(1, 1)
    error = document.error("it is too large.", ("plots", 0, "dpi"), hint="Use 100.")
    assert str(error) == "text, line 3, column 12: it is too large. Use 100."


def test_merge_keys_and_aliases() -> None:
    document = loads("base: &b {x: 1, y: 2}\nplot:\n  <<: *b\n  y: 3\nother: *b\n")
    assert document.data["plot"] == {"x": 1, "y": 3}
    assert document.data["other"] == {"x": 1, "y": 2}
    assert document.mark(("plot", "y"), key=True) == Mark(4, 3)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_empty(text: str) -> None:
    assert loads(text).data is None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: !!python/object/apply:os.system ['true']", "line 1, column 4", "tag"),
        ("a: !custom x", "line 1, column 4", "tag"),
        ("a: !!binary aGk=", "line 1, column 4", "tag"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1", "given twice; first at line 1, column 1"),
        ("a: 1\n---\nb: 2", "line 2, column 1", "second document"),
        ("a: [1, 2\nb: 3", "line 2, column 2", "not YAML"),
        ("a:\n\t- 1", "line 2, column 1", "not YAML"),
        ("a: @x", "line 1, column 4", "'@'"),
        ("a: *nothing", "line 1, column 4", "nothing"),
        ("? [1, 2]\n: 3", "line 1, column 3", "key must be"),
        ("<<: 3", "line 1, column 5", "<< takes"),
        ("a: &a [*a]", "line 1, column 7", ""),
    ],
)
def test_refusals_name_the_place(text: str, place: str, words: str) -> None:
    error = refusal(text)
    if words:
        assert error.place == place
    assert words in str(error)
    assert error.hint
    assert error.file == "job.yaml"


def test_a_billion_laughs_end_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "values" in str(refusal("\n".join(lines)))


def test_deep_nesting_is_refused() -> None:
    assert "levels deep" in str(refusal("[" * 100 + "]" * 100))
    assert "levels deep" in str(refusal("[" * 5000))


def test_files_that_cannot_be_read(tmp_path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)
    bad = tmp_path / "latin.yaml"
    bad.write_bytes("a: 1\nb: \u00b5m".encode("latin-1"))
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        load(bad)
    assert caught.value.place == "line 2"
    control = tmp_path / "control.yaml"
    control.write_bytes(b"a: \x00")
    with pytest.raises(ConfigError, match="not YAML"):
        load(control)


def test_byte_order_mark(tmp_path) -> None:
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(file).data == {"a": 1}
