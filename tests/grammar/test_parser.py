"""Syntax trees, folded, in their text form."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpytool.grammar.frontend import parse
from mpytool.grammar.print_tree import format_tree
from mpytool.source import Source
from tests.casefile import Case, read_folder
from tests.peers.corpus import compare_source, our_compiler
from tests.peers.oracle import Oracle, parse_flags

CASES = read_folder(Path(__file__).parent / "trees")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tree(case: Case) -> None:
    case.check(format_tree(parse(Source(case.source.encode(), "case.py"), parse_flags(case.flags))))


@pytest.mark.peer
@pytest.mark.parametrize("case", CASES, ids=str)
def test_tree_compiles_to_the_same_bytes(case: Case, peer: Oracle) -> None:
    """What is folded, interned and given a line shows in the bytes."""
    whole = [case.source]
    # Statement by statement too: one that mpy-cross's compiler refuses would hide the others
    lines = case.source.splitlines(keepends=True)
    starts = [
        i
        for i, line in enumerate(lines)
        if not line[0].isspace() and not line.startswith(("el", "exc", "fin"))
    ]
    whole += ["".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    for source in whole:
        found = compare_source(our_compiler(), peer.compile, source.encode(), "case.py", case.flags)
        assert found.good, f"{source}\n{found.verdict} {found.detail}"
