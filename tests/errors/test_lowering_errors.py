"""Every E02xx, E04xx and E06xx: the code, the marked characters, mpy-cross's words, line and scope."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool import CompileError, Diagnostic, compile_source
from tests.errors.asm_cases import ASSEMBLER, OUR_OWN
from tests.errors.cases import LOWERING, Case
from tests.peers.oracle import Oracle, Rejection, parse_flags


def rejection_of(case: Case) -> Diagnostic:
    with pytest.raises(CompileError) as caught:
        compile_source(case.source, name="case.py", options=parse_flags(case.flags))
    return caught.value.diagnostics[0]


@pytest.mark.parametrize("case", [*LOWERING, *ASSEMBLER], ids=lambda case: f"{case.code} {case.marked!r}")
def test_code_and_place(case: Case) -> None:
    diagnostic = rejection_of(case)
    assert diagnostic.code == case.code
    start, end = case.offsets_of(diagnostic.location)
    assert (start, end) == case.span, f"marks {case.source[start:end]!r}"


@pytest.mark.peer
@pytest.mark.parametrize(
    "case",
    [
        case
        for case in (*LOWERING, *ASSEMBLER)
        if not case.code.startswith("E04") and case.code not in OUR_OWN
    ],
    ids=lambda case: f"{case.code} {case.marked!r}",
)
def test_agrees_with_mpy_cross(case: Case, tmp_path: Path) -> None:
    answer = Oracle(tmp_path).compile(case.source.encode(), "case.py", case.flags)
    assert isinstance(answer, Rejection), "mpy-cross accepts it"
    peer = rejection_of(case).peer
    assert peer is not None
    assert (peer.type, peer.message, peer.line, peer.scope) == (
        answer.type,
        answer.message,
        answer.line,
        answer.scope,
    )
