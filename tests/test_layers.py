"""What import-linter cannot see: the core names no domain, not even in a text."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import figmill

SOURCE = Path(figmill.__file__).parent
DOMAINS = ("arrays", "chip", "curves", "fast", "quicklook", "spectra")
# The documented module over arrays/, and the old addresses of what moved.
FACES = {SOURCE / "spectrogram.py", SOURCE / "_moved.py"}


def core() -> list[Path]:
    """Every module outside the domains."""
    return [
        path
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in DOMAINS and path not in FACES
    ]


def test_the_core_names_no_domain() -> None:
    named = re.compile(rf"figmill\.({'|'.join(DOMAINS)})\b")
    assert len(core()) > 100
    found = {
        f"{path.relative_to(SOURCE)}: {match.group()}"
        for path in core()
        for match in named.finditer(path.read_text(encoding="utf-8"))
    }
    assert not found


def test_every_domain_is_found_by_entry_points_alone() -> None:
    offered = {
        point.value.split(".")[1].partition(":")[0]
        for group in ("figmill.recipes", "figmill.commands", "figmill.demos")
        for point in entry_points(group=group)
        if point.value.startswith("figmill.")
    }
    # The face of arrays is Python alone; "own" draws by a function of the user's, of no domain.
    assert offered - {"own"} == set(DOMAINS) - {"arrays"}
