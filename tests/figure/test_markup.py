import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.figure.markup import Run, has_scripts, parse, plain, to_mathtext

hostile = st.text(alphabet="ab ^_{}$\\−%#&~'<>é", max_size=12)
script = st.text(alphabet="ab ^_$\\−+-.,%#&~'<>é²", min_size=1, max_size=6)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "runs"),
        [
            ("", []),
            ("counts", [("counts", "base")]),
            ("10^{−3}", [("10", "base"), ("−3", "super")]),
            ("V_{g} (V)", [("V", "base"), ("g", "sub"), (" (V)", "base")]),
            ("s^{-1}cm^{-2}", [("s", "base"), ("-1", "super"), ("cm", "base"), ("-2", "super")]),
            ("x_{i}^{2}", [("x", "base"), ("i", "sub"), ("2", "super")]),
            ("a^{b", [("a^{b", "base")]),
            ("a^b}", [("a^b}", "base")]),
            ("a^{}", [("a^{}", "base")]),
            ("a_b {c}", [("a_b {c}", "base")]),
            ("a^{b_{c}}", [("a^{b", "base"), ("c", "sub"), ("}", "base")]),
        ],
    )
    def test_by_hand(self, text, runs):
        assert parse(text) == tuple(Run(*each) for each in runs)
        assert has_scripts(text) == any(level != "base" for _, level in runs)

    @given(hostile)
    def test_nothing_is_lost(self, text):
        marks = {"base": "{}", "super": "^{{{}}}", "sub": "_{{{}}}"}
        assert "".join(marks[run.level].format(run.text) for run in parse(text)) == text


class TestToMathtext:
    @pytest.mark.parametrize(
        ("text", "mathtext"),
        [
            ("plain $5 \\frac", "plain $5 \\frac"),
            ("cm^{−2}", r"cm$^{\mathregular{−2}}$"),
            ("V_{ds} cost $5", r"V$_{\mathregular{ds}}$ cost \$5"),
            (r"x^{\input}", r"x$^{\text{\\input}}$"),
            ("x^{$}", r"x$^{\text{\$}}$"),
        ],
    )
    def test_by_hand(self, text, mathtext):
        assert to_mathtext(text) == mathtext

    @given(hostile, st.sampled_from("^_"), script, hostile)
    def test_matplotlib_reads_whatever_a_file_holds(self, before, mark, inside, after):
        text = f"{before}{mark}{{{inside}}}{after}"
        mathtext = pytest.importorskip("matplotlib.mathtext")
        parsed = mathtext.MathTextParser("path").parse(to_mathtext(text), dpi=72)
        drawn = [chr(glyph[2]) for glyph in parsed.glyphs]
        # In a script a hyphen is a minus sign.
        drawn = [c.replace("−", "-") for c in drawn]
        shown = "".join(run.text for run in parse(text)).replace("−", "-")
        # Every character is drawn as itself: no command, no dollar sign goes missing.
        assert [c for c in drawn if c != " "] == [c for c in shown if c != " "]


def test_plain_keeps_the_meaning_in_ascii_signs():
    assert plain("eV cm^{−2} R_{E}") == "eV cm^-2 R_E"
    assert plain("−5") == "-5"
