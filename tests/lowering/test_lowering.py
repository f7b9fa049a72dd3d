"""Source → stack IR in the text form of ``--print ir``; and the bytes of the same sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool.check_ir import check_program
from mpytool.compiler import compile_source, stage_text
from mpytool.grammar.frontend import parse
from mpytool.lowering import lower
from mpytool.source import Source
from tests.casefile import Case, read_folder
from tests.peers.oracle import Oracle, parse_flags

CASES = read_folder(Path(__file__).parent / "data")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ir(case: Case) -> None:
    case.check(stage_text("ir", case.source, name="t.py", options=parse_flags(case.flags)))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ir_is_well_formed(case: Case) -> None:
    source = Source(case.source.encode(), "t.py")
    options = parse_flags(case.flags)
    assert check_program(lower(parse(source, options), source, options)) == []


@pytest.mark.peer
@pytest.mark.parametrize("case", CASES, ids=str)
def test_bytes(case: Case, tmp_path: Path) -> None:
    data = compile_source(case.source, name="t.py", options=parse_flags(case.flags)).to_bytes()
    assert data == Oracle(tmp_path).compile(case.source.encode(), "t.py", case.flags)
