"""Damaged programs: mpy-cross and our parser take or refuse them alike, with the same words and line."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpytool.grammar.tokens import KINDS
from tests.grammar.syntax_cases import ACCEPTED, SYNTAX
from tests.grammar.test_parser_corpus import our_rejection, their_rejection
from tests.peers.oracle import Oracle

_PIECE = re.compile(
    r"\s+|\w+|'[^'\n]*'|\"[^\"\n]*\"|\*\*=?|//=?|>>=?|<<=?|[-+*/%&|^@=!<>:]=|->|\.\.\.|.", re.DOTALL
)
_SOURCES = [text for text in (*ACCEPTED, *(case.source for case in SYNTAX)) if 0 < len(text) < 200]
_WORDS = [text for _, text in KINDS if text is not None] + [
    "\n",
    "\n  ",
    "x",
    "1",
    "09",
    "1.5",
    "'a'",
    "b'a'",
    "f'{a}'",
]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """One or two programs in a row with a few pieces dropped, doubled or put in."""
    text = "\n".join(draw(st.lists(st.sampled_from(_SOURCES), min_size=1, max_size=2)))
    pieces = _PIECE.findall(text)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(pieces)))
        change = draw(st.sampled_from(["drop", "insert", "replace"]))
        if change != "insert":
            del pieces[place : place + 1]
        if change != "drop":
            pieces[place:place] = [draw(st.sampled_from(["", " "])), draw(st.sampled_from(_WORDS)), " "]
    return "".join(pieces)


@pytest.mark.peer
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_damaged(peer: Oracle, text: str) -> None:
    source = text.encode("utf-8", "surrogateescape")
    assert our_rejection(source) == their_rejection(peer.compile(source, "case.py"))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=80) | st.text(alphabet="()[]{}:=,.\n \t'\"\\xf0bjeN#;@*-", max_size=80).map(str.encode)
)
def test_garbage(source: bytes) -> None:
    our_rejection(source)
