"""Names of columns: the quantity, and the unit that is written behind it."""

from __future__ import annotations

import re


def split_name(column: str) -> tuple[str, str]:
    """The quantity and the unit of a column's name.

    Examples
    --------
    >>> split_name("Plate T (degC)"), split_name("Vg [V]"), split_name("Status")
    (('Plate T', 'degC'), ('Vg', 'V'), ('Status', ''))
    """
    found = re.fullmatch(
        r"(.*?)\s*(?:\(([^()]*)\)|\[([^\[\]]*[^\[\]\d][^\[\]]*)\])", column.strip()
    )
    if found is None:
        return column.strip(), ""
    return found[1], (found[2] or found[3] or "").strip()
