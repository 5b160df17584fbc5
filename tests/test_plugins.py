"""What packages offer: which is used of several, what is broken, and what that takes with it."""

import json
import logging
import os
import signal
import sys
from pathlib import Path

import pytest

from figmill import plugins
from figmill.errors import ConfigError

GROUP = "figmill.things"


@pytest.fixture
def thing(outside):
    """Install a package that offers something under some names."""

    def bring(package: str, *names: str, module: str = "thing = 3", **more):
        lines = "".join(f"{name} = {package}:thing\n" for name in names)
        return outside(package, f"[{GROUP}]\n{lines}", **{package: module}, **more)

    return bring


def messages(loaded: plugins.Loaded) -> list[str]:
    return [error.message for error in loaded.disabled.values()]


def test_what_is_offered(thing) -> None:
    thing("thirds", "one", "two")
    assert plugins.plugins(GROUP) == [
        plugins.Plugin("one", "thirds:thing", "thirds", "1.0"),
        plugins.Plugin("two", "thirds:thing", "thirds", "1.0"),
    ]
    assert GROUP in plugins.groups()
    assert plugins.load(GROUP).found == {"one": 3, "two": 3}
    assert "thirds" in sys.modules


def test_choosing_imports_nothing(thing) -> None:
    thing("thirds", "one")
    assert list(plugins.chosen(GROUP).found) == ["one"]
    assert "thirds" not in sys.modules


@pytest.mark.parametrize(
    "name", ["a b", "--x", "..", ".", "é", "a\x1b[31m", "a\x7f", "a/b", "-", "a-"]
)
def test_odd_names_are_refused(thing, name) -> None:
    thing("thirds", name, "sound")
    loaded = plugins.load(GROUP)
    assert list(loaded.found) == ["sound"]
    (message,) = messages(loaded)
    assert "cannot be typed as a name" in message
    assert "thirds (thirds:thing)" in message
    assert message.isprintable()


def test_no_name_at_all(outside) -> None:
    outside("thirds", f"[{GROUP}]\n = thirds:thing\n", thirds="thing = 3")
    loaded = plugins.load(GROUP)
    assert not loaded.found
    assert "is called ''" in messages(loaded)[0]


def test_a_name_of_figmills_own_stays_figmills(outside) -> None:
    lines = "[figmill.recipes]\nquicklook = thirds:thing\nmine = thirds:thing\n"
    outside("thirds", lines, thirds="thing = 3")
    loaded = plugins.load(plugins.RECIPES)
    assert loaded.found["quicklook"] is plugins.load_one(plugins.RECIPES, "quicklook") is not object
    assert loaded.found["quicklook"] != 3
    assert loaded.found["mine"] == 3
    assert messages(loaded) == [
        "the recipe 'quicklook' of thirds (thirds:thing) is not used: figmill has a recipe "
        "'quicklook' of its own."
    ]


def test_a_name_that_no_entry_point_bears_can_be_figmills(thing) -> None:
    thing("thirds", "one", "two")
    loaded = plugins.load(GROUP, own={"one"})
    assert loaded.found == {"two": 3}
    assert "figmill has a thing 'one' of its own" in messages(loaded)[0]


def test_of_two_packages_with_one_name_neither_is_used(thing) -> None:
    thing("thirds", "one", "two")
    thing("fourths", "one", "three")
    loaded = plugins.load(GROUP)
    assert set(loaded.found) == {"two", "three"}
    expected = (
        "several packages offer a thing 'one': fourths (fourths:thing), thirds (thirds:thing)."
    )
    assert messages(loaded) == [expected, expected]
    with pytest.raises(ConfigError, match="several packages") as caught:
        plugins.load_one(GROUP, "one")
    assert "Uninstall" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero."),
        ("import sys; sys.exit(3)", "cannot be imported: SystemExit: 3."),
        ("raise GeneratorExit", "cannot be imported: GeneratorExit."),
        ("def (", "cannot be imported: SyntaxError"),
        ("raise ValueError('two\\nlines \\x1b[31m')", r"two\nlines \x1b[31m."),
        ("other = 3", "AttributeError"),
    ],
)
def test_a_broken_one_disables_itself_alone(thing, module, words) -> None:
    thing("thirds", "one", module=module)
    thing("fourths", "two")
    loaded = plugins.load(GROUP)
    assert loaded.found == {"two": 3}
    (message,) = messages(loaded)
    assert words in message
    assert "'one' of thirds" in message
    assert message.isprintable()


def test_ctrl_c_is_nobodys_fault(thing) -> None:
    thing("thirds", "one", module="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        plugins.load(GROUP)


def test_a_check_says_what_is_wrong(thing) -> None:
    thing("thirds", "one", "two")
    loaded = plugins.load(GROUP, lambda name, made: "is odd" if name == "one" else "")
    assert loaded.found == {"two": 3}
    assert messages(loaded) == ["the thing 'one' of thirds (thirds:thing) is odd."]
    loaded = plugins.load(GROUP, lambda name, made: str(1 // 0))
    assert "cannot be used: ZeroDivisionError" in messages(loaded)[0]


def test_a_package_without_metadata(thing) -> None:
    thing("thirds", "one", module="1 / 0", metadata=False)
    (plugin,) = plugins.plugins(GROUP)
    assert (plugin.package, plugin.version) == ("thirds", "")
    assert "'one' of thirds (thirds:thing)" in messages(plugins.load(GROUP))[0]


def test_what_is_printed_at_import_is_no_result(thing, capsys) -> None:
    thing("thirds", "one", module="print('hello'); thing = 3")
    assert plugins.load(GROUP).found
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "hello\n")


@pytest.mark.parametrize("end", ["thing = 3", "1 / 0"])
def test_what_a_plugin_changes_in_the_process_at_import_is_put_back(thing, end) -> None:
    def state():
        mask = os.umask(0o77)
        os.umask(mask)
        return Path.cwd(), mask, signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    module = (
        "import os, signal\nos.chdir('/')\nos.umask(0o777)\n"
        "for one in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(one, signal.SIG_IGN)\n"
        "os.environ['FIGMILL_TEST_MARK'] = '1'\n"
    )
    thing("thirds", "one", module=module + end)
    before = state()
    try:
        loaded = plugins.load(GROUP)
        assert os.environ.get("FIGMILL_TEST_MARK") == "1"
    finally:
        os.environ.pop("FIGMILL_TEST_MARK", None)
    assert bool(loaded.found) == (end == "thing = 3")
    assert state() == before


def test_a_damaged_list_of_entry_points_is_told_once(outside, thing, caplog) -> None:
    outside("damaged", "[figmill.things]\njust a line\n")
    thing("thirds", "one")
    with caplog.at_level(logging.WARNING):
        assert plugins.load(GROUP).found == {"one": 3}
        assert plugins.load(GROUP).found == {"one": 3}
    assert caplog.text.count("the entry points of damaged cannot be read") == 1


def test_the_packages_that_an_error_passed_through(thing) -> None:
    thing("thirds", "one", module="def thing(): return 1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        plugins.load_one(GROUP, "one")()
    assert plugins.involved(caught.value) == "thirds"
    with pytest.raises(json.JSONDecodeError) as other:
        json.loads("{")
    assert plugins.involved(other.value) == ""
