from __future__ import annotations

import errno
import os

import pytest

from figmill import errors
from figmill.engine import CATEGORIES, Failure, category_of


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (errors.InputError("x"), "invalid-input"),
        (errors.PlottingError("x"), "plotting"),
        (errors.OutputError("x"), "output"),
        (ZeroDivisionError(), "divide-by-zero"),
        (FloatingPointError(), "divide-by-zero"),
        (MemoryError(), "memory"),
        (FileNotFoundError(), "invalid-input"),
        (PermissionError(), "invalid-input"),
        (OSError(errno.ENOSPC, "full"), "output"),
        (OSError(errno.EROFS, "read-only"), "output"),
        (OSError(errno.EDQUOT, "quota"), "output"),
        (OSError(errno.EIO, "broken"), "generic"),
        (TimeoutError(), "timeout"),
        (ValueError(), "generic"),
        (SystemExit(3), "generic"),
    ],
)
def test_each_error_has_its_category(error: BaseException, category: str) -> None:
    assert category_of(error) == category
    assert category in CATEGORIES


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOENT, errno.EACCES, errno.ENOSPC])
def test_any_error_while_writing_is_one_of_output(number: int) -> None:
    assert category_of(OSError(number, os.strerror(number)), writing=True) == "output"


def test_every_category_of_the_error_tree_is_one_of_the_engine() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    found = {kind.category for kind in kinds if issubclass(kind, errors.FigmillError)}
    assert found - {"no_data"} <= set(CATEGORIES)


def test_a_failure_keeps_file_place_hint_and_traceback() -> None:
    try:
        raise errors.InputError("bad unit.", file="a.cdf", place="eflux", hint="Correct it.")
    except errors.InputError as error:
        failure = Failure.of(error)
    assert failure.message == "a.cdf, eflux: bad unit."
    assert failure.hint == "Correct it."
    assert failure.error_type == "InputError"
    assert "test_failures.py" in failure.traceback
