"""Notes as values, and as the JSON that the ledger keeps."""

import pytest

from figmill import notes
from figmill.notes import Note


def test_notes_survive_their_json_the_gravest_first() -> None:
    info, loss = Note.info("a", "one", "line 1"), Note.loss("b", 'zwei "µ"')
    doubt = Note.doubt("c", "three")
    text = notes.dump([info, loss, info, doubt])
    assert notes.load(text) == (loss, doubt, info)
    assert notes.dump([]) == "[]"
    assert notes.load("[]") == ()


def test_what_is_too_much_is_cut_and_told() -> None:
    found = notes.load(notes.dump(Note.loss("x", f"{n} " + "y" * 5000) for n in range(250)))
    assert len(found) == notes.MOST
    assert found[-1] == Note.info("notes-cut", "151 further notes are not kept.")
    assert all(len(note.text) <= notes.LONGEST for note in found)


@pytest.mark.parametrize("wrong", ["a text", Note("grave", "x", "y"), None])  # type: ignore[arg-type]
def test_what_is_not_a_note_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="figmill Note"):
        notes.dump([wrong])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "text",
    ["{}", '["a"]', '[["info", "a"]]', '[["grave", "a", "b", "c"]]', '[["info", 1, "b", ""]]'],
)
def test_other_json_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        notes.load(text)
