"""Times and sizes."""

import pytest

from figmill.config.parse import parse_bytes, parse_timedelta
from figmill.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        (90, 90),
        ("0.5", 0.5),
        ("10m", 600),
        ("2 min", 120),
        ("1H", 3600),
        ("2d", 172800),
        ("0s", None),
    ],
)
def test_seconds(text, expected) -> None:
    assert parse_timedelta(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-1", "1w", "1e3", "m", "nan"])
def test_no_seconds(text) -> None:
    with pytest.raises(ConfigError, match="not a time span"):
        parse_timedelta(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), (512, 512), ("2k", 2000), ("2KiB", 2048), ("1.5GB", 1_500_000_000)],
)
def test_bytes(text, expected) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "0", "0GB", "-1", "much", "1 PB", "1ki b"])
def test_no_bytes(text) -> None:
    with pytest.raises(ConfigError, match="not an amount"):
        parse_bytes(text)
