"""figmill demo."""


def test_a_demo_of_a_plugin(figmill, toys, tmp_path) -> None:
    args = ("demo", tmp_path / "d", "--recipe", "toy", "--workers", "1")
    result = figmill(*args)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "d" / "figures" / "a.png").is_file()
    assert "the line that rises" in result.stdout
    assert f"2 files in {tmp_path / 'd' / 'figures'}" in result.stdout
    assert "figmill status" in result.stdout
    assert "2 unchanged" in figmill(*args).stdout


def test_an_unknown_demo(figmill, tmp_path) -> None:
    result = figmill("demo", tmp_path / "d", "--recipe", "spectrogramm")
    assert result.exit_code == 2
    assert "'spectrogram'" in result.stderr
    assert not (tmp_path / "d").exists()


def test_the_default_demo(figmill, tmp_path) -> None:
    result = figmill("demo", tmp_path / "d", "--workers", "1")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "d" / "figures").rglob("*.png"))) == 4
    assert "4 files in" in result.stdout
    assert " carry " not in result.stdout  # neither doubts nor losses


def test_the_demo_of_fast_is_not_doubtful(figmill, tmp_path) -> None:
    # Those of chips and spectra are drawn by their own tests, which ask the same.
    result = figmill("demo", tmp_path / "d", "--recipe", "fast", "--workers", "0")
    assert result.exit_code == 0, result.output
    assert " carry a doubt" not in result.stdout
