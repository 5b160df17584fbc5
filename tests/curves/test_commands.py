"""The commands plot and curves."""

import json

import pytest

from figmill.config.yaml_file import loads


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for number in (1, 2):
        rows = "".join(f"{v},{number * v}\n" for v in range(4))
        (folder / f"d{number}.csv").write_text(f"# Chip: '{number}': x\nV (V),I: a 'b' (A)\n{rows}")
    return folder


def test_plot(figmill, data, tmp_path) -> None:
    done = figmill("plot", data, "-o", tmp_path / "out", "--log", "y", "--overlay", "-p", "0")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "overlay.png").is_file()
    text = figmill("notes", tmp_path / "out").output
    assert "values-not-positive" in text


def test_columns_with_commas_between_them(figmill, data, tmp_path) -> None:
    (data / "d3.csv").write_text("a,b,c\n0,1,2\n1,2,3\n")
    done = figmill("plot", data / "d3.csv", "-o", tmp_path / "o", "--x", "c", "--y", "a,b", "-p", 0)
    assert done.exit_code == 0, done.output
    done = figmill("plot", data / "d3.csv", "-o", tmp_path / "o", "--log", "z")
    assert done.exit_code == 2
    assert "--log" in done.output


def test_init_writes_a_file_that_draws(figmill, data, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = figmill("curves", "--init", "data")
    assert done.exit_code == 0, done.output
    made = loads((tmp_path / "curves.yaml").read_text())
    assert made.data["figures"][0]["x"] == "V"
    done = figmill("curves", "curves.yaml", "-o", "out", "-p", "0")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["d1.png", "d2.png"]
    done = figmill("curves", "--init", "data")
    assert done.exit_code == 2
    assert "there already" in done.output


def test_init_takes_the_columns_that_most_files_have(data, tmp_path) -> None:
    from figmill.curves.starter import starter

    (data / "a_summary.csv").write_text("wafer,swing\n1,0.1\n2,0.3\n")
    made = loads(starter(data, tmp_path / "c.yaml")).data
    assert made["figures"][0]["x"] == "V"
    text = starter(data, tmp_path / "c.yaml")
    assert "# Of 3 files that were looked at, 2 have these columns." in text


def test_the_comments_of_the_starter_are_sound(data, tmp_path) -> None:
    from figmill.curves.spec import load_curves
    from figmill.curves.starter import starter

    text = starter(data, tmp_path / "c.yaml")
    head, _, tail = text.partition("# compute:")
    plain = head + "compute:" + tail.replace("\n# numbers:", "\nnumbers:").replace("\n#  ", "\n  ")
    plain = (
        plain.replace("\n  # Values", "\n  #! Values")
        .replace("\n  # ", "\n  ")
        .replace("\n    # ", "\n    ")
    )
    (tmp_path / "c.yaml").write_text(plain)
    made, _ = load_curves(tmp_path / "c.yaml")
    assert len(made.figures) == 2
    assert made.numbers
    assert made.compute


def test_schema(figmill) -> None:
    done = figmill("curves", "--schema")
    assert done.exit_code == 0
    assert json.loads(done.output)["title"] == "CurvesFile"


def test_errors_have_their_line(figmill, data, tmp_path) -> None:
    (tmp_path / "c.yaml").write_text("read: {paths: data}\nfigurs: []\n")
    done = figmill("curves", tmp_path / "c.yaml", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "line 2" in done.output
    assert "'figures'" in done.output
    assert figmill("curves", "-o", tmp_path / "out").exit_code == 2
