"""Every E01xx: the code, the marked characters, and mpy-cross's own words and line."""

from __future__ import annotations

import pytest

from mpytool import errors
from mpytool.diagnostics import CompileError, Diagnostic
from mpytool.errors import ErrorKind
from mpytool.grammar.frontend import parse
from mpytool.options import Options
from mpytool.source import Source
from tests.errors.cases import Case
from tests.grammar.syntax_cases import ACCEPTED, SYNTAX
from tests.peers.oracle import Oracle, Rejection


def rejection_of(source: str) -> Diagnostic:
    with pytest.raises(CompileError) as caught:
        parse(Source(source.encode("utf-8", "surrogateescape"), "case.py"), Options())
    return caught.value.diagnostics[0]


@pytest.mark.parametrize("case", SYNTAX, ids=lambda case: f"{case.code} {case.marked[:60]!r}")
def test_code_and_place(case: Case) -> None:
    found = rejection_of(case.source)
    assert found.code == case.code, found.message
    start, end = case.offsets_of(found.location)
    assert (start, end) == case.span, f"marks {case.source[start:end]!r}"


@pytest.mark.peer
@pytest.mark.parametrize("case", SYNTAX, ids=lambda case: f"{case.code} {case.marked[:60]!r}")
def test_agrees_with_mpy_cross(case: Case, peer: Oracle) -> None:
    answer = peer.compile(case.source.encode(), "case.py")
    assert isinstance(answer, Rejection), "mpy-cross accepts it"
    ours = rejection_of(case.source).peer
    assert ours is not None
    assert (ours.type, ours.message, ours.line, ours.scope) == (
        answer.type,
        answer.message,
        answer.line,
        answer.scope,
    )


def test_every_code_has_a_case() -> None:
    rows = {
        row.code for row in vars(errors).values() if isinstance(row, ErrorKind) and row.code.startswith("E01")
    }
    assert rows == {case.code for case in SYNTAX}


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepts(text: str) -> None:
    parse(Source(text.encode(), "case.py"), Options())


@pytest.mark.peer
@pytest.mark.parametrize("text", ACCEPTED)
def test_mpy_cross_accepts(text: str, peer: Oracle) -> None:
    answer = peer.compile(text.encode(), "case.py")
    assert not isinstance(answer, Rejection) or answer.scope is not None, str(answer)
