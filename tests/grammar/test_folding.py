"""Constant folding on random expressions: mpy-cross folds the same, with the same lines."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.peers.corpus import compare_source, our_compiler
from tests.peers.oracle import Oracle

LEAVES = st.sampled_from(
    [
        *("0", "1", "2", "3", "7", "255", "1073741823", "1073741824", "4611686018427387904", "9" * 20),
        *("0.0", "0.5", "1e30", "2j", "math.pi", "math.e", "True", "False", "None", "..."),
        *("''", "'a'", "'longer_than_ten'", "b''", "b'b'", "()", "a", "b", "K", "L", "M", "P"),
    ]
)
BINARY = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "**", "|", "^", "&", "<<", ">>", "@", "or", "and", "<", "==", ",", "is"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    space = st.sampled_from([" ", " ", " ", "\n", "\n\n"])
    chains = st.tuples(inner, BINARY, inner, space).map(lambda t: f"{t[0]}{t[3]}{t[1]} {t[2]}")
    tuples = st.lists(inner, min_size=1, max_size=4).map(lambda items: f"({', '.join(items)},)")
    unary = st.tuples(st.sampled_from(["-", "+", "~", "not "]), inner).map(lambda t: f"({t[0]}{t[1]})")
    bracketed = st.tuples(inner, space).map(lambda t: f"({t[1]}{t[0]})")
    other = st.tuples(st.sampled_from(["f({})", "a[{}]", "[{}]", "({})", "({}) if b else 0"]), inner)
    return st.one_of(chains, chains, tuples, unary, bracketed, other.map(lambda t: t[0].format(t[1])))


EXPRESSIONS = st.recursive(LEAVES, _grown, max_leaves=12)
HEAD = "K = const(5)\nL = const('text')\n_M = const(1 << 40)\nM = _M\nP = const((1, 'a'))\n"


@pytest.mark.peer
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS, st.sampled_from(["", "-msmall-int-bits=63", "-msmall-int-bits=8"]))
def test_same_bytes(peer: Oracle, expression: str, flags: str) -> None:
    source = f"{HEAD}x = ({expression})\ny = a[{expression}]\nfor z in ({expression}): pass\n"
    found = compare_source(our_compiler(), peer.compile, source.encode(), "case.py", flags)
    assert found.good, f"{source}\n{found.verdict} {found.detail}"
