"""The renderers: one diagnostic, expected text."""

from __future__ import annotations

import json
import textwrap
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.diagnostics import Diagnostic, Location, Note, Peer, Severity
from mpytool.render import github, human, jsonl, mpy_cross, sarif
from mpytool.render.text import lay_out


def make(
    line: str = "x = (1,",
    column: int = 5,
    end: int = 6,
    *,
    number: int = 3,
    end_line: int | None = None,
    message: str = "it is wrong",
    hint: str | None = None,
    notes: tuple[Note, ...] = (),
    more: tuple[tuple[int, str], ...] = (),
    file: str = "a.py",
) -> Diagnostic:
    location = Location(file, number, column, end_line or number, end)
    lines = ((number, line), *more)
    return Diagnostic(Severity.ERROR, "E0101", "SyntaxError", message, location, hint, notes, None, lines)


def test_human() -> None:
    notes = (Note("opened here", Location("a.py", 10, 2, 10, 4)), Note("a sentence"))
    text = human.render(make(hint="close it", notes=notes, more=((10, " {}"),)))
    assert text == textwrap.dedent("""\
        error[E0101]: it is wrong
          --> a.py:3:5
           |
         3 | x = (1,
           |     ^
        note: opened here
          --> a.py:10:2
           |
        10 |  {}
           |  --
           = note: a sentence
           = hint: close it
        """)


def test_human_without_a_place() -> None:
    diagnostic = Diagnostic(Severity.WARNING, "E0001", "OSError", "gone", Location("a.py", 0, 0, 0, 0))
    assert human.render(diagnostic) == "warning[E0001]: gone\n --> a.py\n"


@pytest.mark.parametrize(
    ("line", "column", "end", "shown", "carets"),
    [
        ("abc", 1, 4, "abc", "^^^"),
        ("\tabc", 2, 3, "    abc", "    ^"),
        ("a\tb", 3, 4, "a   b", "    ^"),
        ("日本 = x", 1, 3, "日本 = x", "^^^^"),
        ("日本 = x", 6, 7, "日本 = x", "       ^"),
        ("e\u0301 = x", 6, 7, "e\u0301 = x", "    ^"),
        ("a\x01b", 3, 4, "a\ufffdb", "  ^"),
        ("a\udcffb", 2, 3, "a\ufffdb", " ^"),
        ("abc", 4, 4, "abc", "   ^"),
        ("abc", 9, 12, "abc", "   ^"),
        ("", 1, 1, "", "^"),
    ],
)
def test_carets_stand_below_their_characters(
    line: str, column: int, end: int, shown: str, carets: str
) -> None:
    rows = human.render(make(line, column, end)).split("\n")
    assert rows[3] == f"3 | {shown}".rstrip()
    assert rows[4] == f"  | {carets}"


def test_span_over_lines_is_marked_to_the_end_of_the_first() -> None:
    assert human.render(make("abc(", 2, 1, end_line=9)).split("\n")[4] == "  |  ^^^"


def test_long_line_is_cut() -> None:
    rows = human.render(make("x" * 500_000 + "!" + "y" * 500_000, 500_001, 500_002)).split("\n")
    assert len(rows[3]) < 200
    assert rows[3][rows[4].index("^")] == "!"


@given(st.text(max_size=300), st.integers(-3, 320), st.integers(-3, 320))
def test_any_line_can_be_laid_out(line: str, start: int, end: int) -> None:
    text, cell, width = lay_out(line, start, end)
    assert width >= 1
    assert cell >= 0
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


def test_colour_changes_nothing_else() -> None:
    import re

    diagnostic = make(hint="close it")
    coloured = human.render(diagnostic, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == human.render(diagnostic)


def test_json_is_one_clean_line() -> None:
    line = jsonl.render(make(message="a\nb \udcff", file="d\udcfe.py"))
    assert line.count("\n") == 1
    row = json.loads(line)
    assert row["message"] == "a\nb \\xff"
    assert row["file"] == "d\\xfe.py"
    assert (row["hint"], row["mpy_cross"], row["notes"]) == (None, None, [])


def test_github_escapes() -> None:
    text = github.render(make(message="100%\nsure", file="a,b:c.py", hint="go"))
    place = "file=a%2Cb%3Ac.py,line=3,endLine=3,col=5,endColumn=6,title=SyntaxError E0101"
    assert text == f"::error {place}::100%25%0Asure%0Ahint: go\n"
    assert "col=" not in github.render(make(end_line=5))


def test_sarif() -> None:
    notes = (Note("here", Location("b.py", 1, 1, 1, 2)),)
    document = json.loads(sarif.document([make(notes=notes, file="d e/a.py"), make()]))
    assert document["version"] == "2.1.0"
    run = document["runs"][0]
    assert run["tool"]["driver"]["rules"] == [{"id": "E0101"}]
    first = run["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "d%20e/a.py"
    assert place["region"] == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 6}
    assert first["relatedLocations"][0]["message"]["text"] == "here"


TRACE = "Traceback (most recent call last):\n"


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (Peer("SyntaxError", "m", 3, None), TRACE + '  File "p", line 3\nSyntaxError: m\n'),
        (Peer("SyntaxError", "m", 3, "f"), TRACE + '  File "n", line 3, in f\nSyntaxError: m\n'),
        (Peer("NotImplementedError", "m", 0, None), "NotImplementedError: m\n"),
    ],
)  # fmt: skip
def test_words_of_mpy_cross(peer: Peer, expected: str) -> None:
    location = Location("p", 1, 1, 1, 1)
    diagnostic = Diagnostic(Severity.ERROR, "E0101", "SyntaxError", "ours", location, peer=peer)
    assert mpy_cross.render(diagnostic, path="p", name="n") == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x.py", """OSError: (2, "can't open x.py")\n"""),
        ('x".py', """OSError: (2, 'can\\'t open x".py')\n"""),
        (None, "OSError: 2\n"),
    ],
)
def test_os_error(path: str | None, expected: str) -> None:
    assert mpy_cross.os_error(2, path) == expected
