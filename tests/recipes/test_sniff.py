"""Which recipe draws which file of a mixed folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from figmill import Claim, ConfigError, InputError, Recipe
from figmill.recipes.inputs import find_files
from figmill.recipes.sniff import sniff


def asked(answer: Claim | Callable[[Path, bytes], Claim | None] | None) -> type[Recipe]:
    """A recipe of that answer."""

    class Asked(Recipe):
        name = "asked"
        paths: tuple[str, ...] = ()

        @classmethod
        def sniff(cls, path, head):
            return answer(path, head) if callable(answer) else answer

        def items(self):
            return ()

        def describe(self, item):
            raise NotImplementedError

    return Asked


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    folder = tmp_path / "mixed"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("alpha")
    (folder / "deep" / "b.txt").write_text("beta")
    return folder


def alpha(path: Path, head: bytes) -> Claim | None:
    return Claim(0.9, "an alpha") if head.startswith(b"alpha") else None


def beta(path: Path, head: bytes) -> Claim | None:
    return Claim(0.7, "a beta") if head == b"beta" else Claim(0.1, "anything")


def told(found) -> list[tuple[str, str, str]]:
    return [(one.file.path.name, one.recipe, one.why) for one in found.files]


def test_the_surest_recipe_draws_by_content(mixed: Path) -> None:
    found = sniff([mixed], {"one": asked(alpha), "two": asked(beta)})
    assert told(found) == [("a.txt", "one", "an alpha"), ("b.txt", "two", "a beta")]
    assert found.files[0].others == {"two": Claim(0.1, "anything")}
    assert {name: len(files) for name, files in found.by_recipe().items()} == {"one": 1, "two": 1}
    assert not found.not_drawn()


def test_two_that_are_equally_sure_are_told_and_neither_draws(mixed: Path) -> None:
    also = asked(lambda path, head: Claim(0.88, "a first letter") if head[:1] == b"a" else None)
    found = sniff([mixed], {"one": asked(alpha), "two": also})
    assert found.by_recipe() == {}
    assert found.files[0].why == ("one (an alpha) and two (a first letter) are equally sure of it")


def test_who_is_not_sure_draws_only_where_it_is_named(mixed: Path) -> None:
    weak = asked(Claim(0.3, "a text"))
    found = sniff([mixed], {"weak": weak})
    assert told(found)[0] == ("a.txt", "", "a text; weak is not sure of it")
    assert len(sniff([mixed], {"weak": weak}, least=0.0).by_recipe()["weak"]) == 2


def test_who_knows_a_file_and_does_not_draw_it_says_why(mixed: Path) -> None:
    knows = asked(Claim(0.0, "a letter, which nothing draws"))
    found = sniff([mixed], {"weak": asked(Claim(0.3, "a text")), "knows": knows})
    assert {one.why for one in found.files} == {"a letter, which nothing draws"}
    assert not sniff([mixed], {"knows": knows}, least=0.0).by_recipe()


def test_a_file_that_nobody_knows_or_that_is_empty(mixed: Path) -> None:
    (mixed / "c.txt").touch()
    found = sniff([mixed], {"one": asked(None)})
    whys = {one.file.path.name: one.why for one in found.not_drawn()}
    assert whys["a.txt"] == "no recipe knows its content"
    assert whys["c.txt"] == "it is empty"


@pytest.mark.parametrize("answer", [Claim(1.5, "x"), Claim(float("nan"), "x"), Claim(0.9, ""), 7])
def test_a_recipe_that_answers_nonsense_is_told_and_not_asked_again(mixed: Path, answer) -> None:
    calls = []

    def nonsense(path: Path, head: bytes):
        calls.append(path)
        return answer

    found = sniff([mixed], {"odd": asked(nonsense), "one": asked(alpha)})
    assert len(calls) == 1
    assert told(found)[0] == ("a.txt", "one", "an alpha")
    (note,) = found.notes
    assert (note.level, note.code) == ("doubt", "recipe-not-asked")
    assert "'odd'" in note.text


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (InputError("the file has 600 MiB."), "the file has 600 MiB"),
        (FileNotFoundError(2, "No such file"), "it cannot be read: No such file"),
    ],
)
def test_a_file_that_a_recipe_cannot_look_into_is_that_files_fault(mixed, error, why) -> None:
    def picky(path: Path, head: bytes):
        if head == b"alpha":
            raise error
        return Claim(0.9, "a beta")

    found = sniff([mixed], {"one": asked(picky)})
    assert told(found) == [("a.txt", "", why), ("b.txt", "one", "a beta")]
    assert not found.notes


def test_folders_that_are_set_apart_are_left_out(mixed: Path) -> None:
    found = sniff(
        [mixed],
        {"one": asked(alpha)},
        apart=lambda folder: "folders of others" if folder.endswith("deep") else "",
    )
    assert told(found) == [("a.txt", "one", "an alpha")]
    (left,) = found.left_out
    assert (dict(left.reasons), left.first) == ({"folders of others": 1}, ["deep/"])


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no files"):
        sniff([tmp_path], {})


def test_files_go_by_the_same_keys_as_in_their_folder(mixed: Path, monkeypatch) -> None:
    monkeypatch.chdir(mixed.parent)
    for folder in ("mixed", ".", str(mixed)):
        whole = find_files([folder], (".txt",))
        apart = find_files([one.marked for one in whole], ())
        assert [(one.key, one.path) for one in apart] == [(one.key, one.path) for one in whole]
    monkeypatch.chdir(mixed)
    assert [
        one.key for one in find_files([one.marked for one in find_files(["."], (".txt",))], ())
    ] == [
        "a",
        "deep/b",
    ]


def test_of_files_fills_the_field_paths() -> None:
    made = asked(None).of_files(["x/./a.txt"])
    assert made.paths == ("x/./a.txt",)
    assert made.sniff(Path("a"), b"") is None
