"""Flags, modes and other states: whole numbers that are names, not amounts."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from figmill.read.istp.describe import Described, role_of
from figmill.read.istp.idl_text import unit_markup

MOST_STATES = 8
"""More different values than there are colours that can be told apart are drawn as a line."""

_LARGEST = 255.0
_STATE = re.compile(
    r"flag|qualit|(?<![a-z])(modes?|stat(e|us)|valid|regions?|type|class|bitmask|indicator|eclipse"
    r"|sunlit|on/off|id)(?![a-z])",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?<![a-z])(counts?|numbers?|num|rates?|weight|points|samples|orbit)(?![a-z])", re.IGNORECASE
)
_MEANING = re.compile(
    r"(?<![\w.+-])(-?\d{1,3})\s*(?:=|:(?!\d))\s*([A-Za-z][^,;:=\n()\d]*?)\s*(?=[,;()\n.]|$|\s-?\d+\s*[=:])"
)


def states_of(
    described: Described, name: str, values: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64] | None:
    """The states that a variable takes; None where its values are amounts.

    Parameters
    ----------
    described, name
        The file and the variable.
    values
        Shape (n, k), cleaned.

    Returns
    -------
    ndarray or None
        Its different values, in order, at most `MOST_STATES`: whole numbers without a unit, which
        the file describes as a flag, a mode, a status, or stores as an integer of a small valid
        range. Counts and numbers of things are amounts.
    """
    finite = values[np.isfinite(values)]
    if values.shape[1] != 1 or finite.size == 0 or bool((finite != np.round(finite)).any()):
        return None
    distinct = np.unique(finite).astype(np.float64)
    unit = described.unit(name)
    named = bool(unit_markup(unit)) and not re.search(r"=|flag", unit, re.IGNORECASE)
    if len(distinct) > MOST_STATES or named or role_of(described, name)[0] != "other":
        return None
    words = f"{described.words(name)} {unit}"
    if _STATE.search(words):
        return distinct
    if _AMOUNT.search(words) or described.cdf.variables[name].kind in ("float32", "float64"):
        return None
    least, most = described.number(name, "VALIDMIN"), described.number(name, "VALIDMAX")
    small = least is not None and most is not None and most - least <= _LARGEST
    return distinct if small else None


def state_names(described: Described, name: str) -> dict[int, str]:
    """What the file calls the values of a flag, in words such as "0=good, 1=bad".

    Parameters
    ----------
    described, name
        The file and the variable; UNITS, CATDESC, VAR_NOTES and FIELDNAM are read.
    """
    found: dict[int, str] = {}
    for attribute in ("UNITS", "CATDESC", "VAR_NOTES", "FIELDNAM"):
        for number, words in _MEANING.findall(described.text(name, attribute)):
            found.setdefault(int(number), " ".join(words.split())[:30])
    return found
