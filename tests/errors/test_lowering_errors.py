"""Every E02xx, E04xx, E06xx and E07xx: the code, the marked characters, mpy-cross's words, line and scope."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool import CompileError, Diagnostic, compile_source
from tests.errors.asm_cases import ASSEMBLER, OUR_OWN
from tests.errors.cases import LOWERING, Case
from tests.errors.viper_cases import OUR_OWN_VIPER, VIPER
from tests.peers.oracle import Oracle, Rejection, parse_flags


def rejection_of(case: Case) -> Diagnostic:
    with pytest.raises(CompileError) as caught:
        compile_source(case.source, name="case.py", options=parse_flags(case.flags))
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    "case", [*LOWERING, *ASSEMBLER, *VIPER], ids=lambda case: f"{case.code} {case.marked!r}"
)
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
        for case in (*LOWERING, *ASSEMBLER, *VIPER)
        if not case.code.startswith("E04") and case.code not in (*OUR_OWN, *OUR_OWN_VIPER)
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
