"""Sizes of jumps and heads: the emitter against its slow twin, on random functions and on chosen ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.diagnostics import CompileError
from mpytool.emitters.bytecode.draft import draft_function
from mpytool.emitters.bytecode.layout import first_layout, next_layout
from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.emitters.module import emit
from mpytool.grammar.tokens import Tokens
from mpytool.ir import Emitter, Function, OpTuple, Program, ScopeKind, code_of
from mpytool.options import Options
from mpytool.source import Source
from tests.emitters.slow_emit import OverflowFound, slow_emit

NAMES = [f"name{i}" for i in range(200)]
SIGNED = tuple(map(code_of, ("JUMP", "POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE")))
FORWARD = tuple(
    map(code_of, ("JUMP_IF_TRUE_OR_POP", "SETUP_EXCEPT", "FOR_ITER", "POP_EXCEPT_JUMP", "SETUP_WITH"))
)
UNWIND = code_of("UNWIND_JUMP")
LABEL = code_of("LABEL")
LINE = code_of("LINE")
ROT_TWO = code_of("ROT_TWO")  # one byte that leaves the stack alone
RETURN = code_of("RETURN_VALUE")
JUMP_BACK = code_of("JUMP")


def program_of(ops: list[OpTuple], n_labels: int) -> Program:
    tokens = Tokens("")
    for each in (tokens.kinds, tokens.lines, tokens.starts, tokens.ends):
        each.append(0)
    function = Function("f", ScopeKind.MODULE, Emitter.BYTECODE, 0, ops=ops, n_labels=n_labels)
    return Program("m.py", tokens, [function])


def check(ops: list[OpTuple], n_labels: int) -> bytes | None:
    """Both emitters on one function; None if it is too large for either."""
    program = program_of(ops, n_labels)
    try:
        module = emit(program, Source(b"", "m.py"), Options())
    except CompileError:
        # The numbers of names do not matter to a function that is too large by far.
        with pytest.raises(OverflowFound):
            slow_emit(program.functions[0], ["m.py", "f", *NAMES])
        return None
    expected = slow_emit(program.functions[0], module.qstrs)
    assert bytes(module.root.data).hex(" ") == expected.hex(" ")
    return expected


@st.composite
def functions(draw: st.DrawFn) -> tuple[list[OpTuple], int]:
    """Ops with jumps in all directions. What is asked of a piece: the space before it, near the limits of
    short jumps more often than not."""
    n_labels = draw(st.integers(1, 12))
    pieces = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["signed", "forward", "unwind", "line", "name", "return", "space"]),
                st.integers(0, 200),
                st.one_of(st.integers(0, 6), st.integers(55, 66), st.integers(120, 130)),
            ),
            max_size=60,
        )
    )
    places = sorted(draw(st.lists(st.integers(0, len(pieces)), min_size=n_labels, max_size=n_labels)))
    ops: list[OpTuple] = []
    placed = 0
    line = 1
    for i, (kind, number, space) in enumerate(pieces):
        while placed < n_labels and places[placed] <= i:
            ops.append((LABEL, placed, 0))
            placed += 1
        if kind == "space":
            ops += [(ROT_TWO, None, 0)] * space
        elif kind == "line":
            line += (0, 1, 3, 7, 300, 5000)[number % 6]
            ops.append((LINE, line, 0))
        elif kind == "name":
            ops.append((code_of("DELETE_NAME"), NAMES[number % len(NAMES)], 0))
        elif kind == "return":
            ops.append((RETURN, None, 0))
        elif kind == "forward" and placed < n_labels:
            ops.append((FORWARD[number % len(FORWARD)], placed + number % (n_labels - placed), 0))
        elif kind == "unwind":
            ops.append((UNWIND, (number % n_labels, number % 3, number % 2 == 1), 0))
        else:
            ops.append((SIGNED[number % len(SIGNED)], number % n_labels, 0))
    ops += [(LABEL, label, 0) for label in range(placed, n_labels)]
    return ops, n_labels


@given(functions())
@settings(max_examples=400, deadline=None)
def test_random_functions(function: tuple[list[OpTuple], int]) -> None:
    check(*function)


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(40, 70), st.integers(40, 70))
@settings(max_examples=100, deadline=None)
def test_many_jumps_at_the_limit(choices: list[int], first: int, second: int) -> None:
    """Jumps of all kinds over the same space: each that becomes short moves the others."""
    ops: list[OpTuple] = [(LABEL, 0, 0)]
    n = 1
    for choice in choices:
        if choice == 0:
            ops += [(LABEL, n, 0), (code_of("POP_JUMP_IF_TRUE"), max(0, n - 12), 0)]
            n += 1
        elif choice == 1:
            ops.append((code_of("POP_JUMP_IF_TRUE"), -1, 0))
        elif choice == 2:
            ops.append((code_of("FOR_ITER"), -1, 0))
        else:
            ops += [(ROT_TWO, None, 0)] * (first % 5)
    ops += [(ROT_TWO, None, 0)] * first
    ops = [(code, n if operand == -1 else operand, token) for code, operand, token in ops]
    ops += [(LABEL, n, 0), (JUMP_BACK, 0, 0)]
    ops += [(ROT_TWO, None, 0)] * second
    check(ops, n + 1)


def test_a_jump_can_grow() -> None:
    """A jump back that becomes short in the second pass, with the one around it, makes the next jump measure
    two bytes too far, and long again for one pass."""
    jump = code_of("POP_JUMP_IF_TRUE")
    ops: list[OpTuple] = [(LABEL, 0, 0)] + [(ROT_TWO, None, 0)] * 17
    ops += [(jump, 1, 0)] + [(ROT_TWO, None, 0)] * 43
    ops += [(jump, 0, 0)] + [(ROT_TWO, None, 0)] * 3
    ops += [(jump, 2, 0)] + [(ROT_TWO, None, 0)] * 11
    ops += [(LABEL, 1, 0)] + [(ROT_TWO, None, 0)] * 51 + [(LABEL, 2, 0)]
    draft = draft_function(program_of(ops, 3).functions[0], Numbering("m.py"), True)
    labels = [0] * 3
    first_layout(draft.marks, labels)
    sizes = [next_layout(draft.marks, labels).sizes for _ in range(4)]
    assert sizes == [[3, 3, 2], [2, 2, 3], [2, 2, 2], [2, 2, 2]]
    assert check(ops, 3) is not None


@pytest.mark.parametrize(
    "space", [*range(60, 67), *range(125, 131), 16380, 16383, 16384, 32766, 32767, 32768, 32769]
)
@pytest.mark.parametrize("name", ["JUMP", "FOR_ITER"])
def test_one_jump_forward(name: str, space: int) -> None:
    check([(code_of(name), 0, 0), (LABEL, 1, 0)] + [(ROT_TWO, None, 0)] * space + [(LABEL, 0, 0)], 2)


@pytest.mark.parametrize("space", [*range(60, 67), 16379, 16380, 16381, 16382, 16383, 16384])
def test_one_jump_back(space: int) -> None:
    check([(LABEL, 0, 0)] + [(ROT_TWO, None, 0)] * space + [(JUMP_BACK, 0, 0)], 1)


def test_too_large_is_reported_as_the_peer_does() -> None:
    ops: list[OpTuple] = [(LABEL, 0, 0)] + [(ROT_TWO, None, 0)] * 20000 + [(JUMP_BACK, 0, 0)]
    with pytest.raises(CompileError) as caught:
        emit(program_of(ops, 1), Source(b"x\n", "m.py"), Options())
    peer = caught.value.diagnostics[0].peer
    assert peer is not None
    assert (peer.type, peer.message, peer.line, peer.scope) == ("RuntimeError", "bytecode overflow", 0, None)
