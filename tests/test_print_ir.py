"""The text form of the IR: printing, and reading back what was printed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.grammar.tokens import Tokens
from mpytool.ir import PSEUDO_OPS, Emitter, Function, Program, PseudoOperand, ScopeKind, code_of
from mpytool.opcodes import OP_OF_CODE, Operand
from mpytool.print_ir import (
    IrTextError,
    format_op,
    format_program,
    format_value,
    parse_op,
    parse_program,
    parse_value,
)
from mpytool.values import decode_text

TEXT = """\
program "m.py"

function 0 "<module>" module
  children 1
  MAKE_FUNCTION 0 @1
  STORE_NAME "f" @1
  LOAD_CONST_NONE
  RETURN_VALUE

function 1 "f" function
  emitter viper
  args "x" "y"
  locals "x" "y"
  cells 1
  counts positional=2 defaults=1 flags=1 labels=1 handlers=1 token=3
  type "x" "int"
  type "y" ""
  returns "ptr8"
  LINE 2 @5
  LOAD_FAST_N 0 (x) @6
  BINARY_OP_MULTI +=
  BINARY_OP_MULTI except match
  UNARY_OP_MULTI not
L0: @7
  JUMP L0
  FOR_ITER L0
  UNWIND_JUMP L0 2 for
  UNWIND_JUMP L0 1
  CALL_METHOD 1 2
  MAKE_CLOSURE_DEFARGS 0 1
  STORE_COMP dict 6
  UNPACK_EX 1 2
  BUILD_MAP 3
  LOAD_CONST_OBJ (1.5, "a \\" @1 'b'", b"x", (), -inf)
  LOAD_CONST_SMALL_INT -5
  LOAD_DEREF 1 (y)
  LOAD_BUILTIN "AssertionError"
  STACK_ADJUST -1
  START_HANDLER
"""


def test_example() -> None:
    program = parse_program(TEXT)
    assert format_program(program).replace("b'x'", 'b"x"') == TEXT
    f = program.functions[1]
    assert (f.name, f.kind, f.emitter, f.token) == ("f", ScopeKind.FUNCTION, Emitter.VIPER, 3)
    assert (f.arg_types, f.return_type, f.cells) == ({"x": "int", "y": ""}, "ptr8", [1])
    assert f.ops[0] == (code_of("LINE"), 2, 5)
    assert f.ops[5] == (code_of("LABEL"), 0, 7)
    assert f.ops[8] == (code_of("UNWIND_JUMP"), (0, 2, True), 0)
    assert len(program.tokens.lines) == 8


names = st.one_of(
    st.text(max_size=6), st.binary(max_size=4).map(decode_text), st.sampled_from(['"', "'\"", " @1"])
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.just(...),
        st.integers(),
        st.integers().map(lambda n: n**60),
        st.floats(allow_nan=False),
        st.complex_numbers(allow_nan=False),
        names,
        st.binary(max_size=6),
    ),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)
counts = st.integers(0, 300)
pairs = st.tuples(counts, counts)

OPERANDS: dict[Operand, st.SearchStrategy[Any]] = {
    Operand.NONE: st.none(),
    Operand.QSTR: names,
    Operand.UINT: counts,
    Operand.INT: st.integers(),
    Operand.OBJECT: values,
    Operand.CHILD: counts,
    Operand.CHILD_CELLS: pairs,
    Operand.LOCAL: counts,
    Operand.CALL: pairs,
    Operand.JUMP: counts,
    Operand.JUMP_UNWIND: st.tuples(counts, counts, st.booleans()),
    Operand.FORWARD: counts,
}
PSEUDO_OPERANDS: dict[PseudoOperand, st.SearchStrategy[Any]] = {
    PseudoOperand.NONE: st.none(),
    PseudoOperand.NAME: names,
    PseudoOperand.LABEL: counts,
    PseudoOperand.INT: st.integers(),
    PseudoOperand.ASM: st.tuples(names, st.lists(st.tuples(names, st.integers()), max_size=3).map(tuple)),
}
CODES = [
    code
    for code, op in OP_OF_CODE.items()
    if op.count == 1 or op.name in ("UNARY_OP_MULTI", "BINARY_OP_MULTI")
]


@st.composite
def ops(draw: st.DrawFn) -> tuple[int, Any, int]:
    code = draw(st.one_of(st.sampled_from(CODES), st.sampled_from([op.code for op in PSEUDO_OPS])))
    token = draw(st.integers(0, 3))
    if code >= 0x100:
        pseudo = next(op for op in PSEUDO_OPS if op.code == code)
        return code, draw(PSEUDO_OPERANDS[pseudo.operand]), token
    op = OP_OF_CODE[code]
    if op.name == "STORE_COMP":
        return code, (draw(st.integers(0, 2)), draw(counts)), token
    return code, draw(pairs if op.name == "UNPACK_EX" else OPERANDS[op.operand]), token


@given(ops())
def test_every_op_comes_back(op: tuple[int, Any, int]) -> None:
    assert parse_op(format_op(op)) == op


@given(values)
def test_every_value_comes_back(value: Any) -> None:
    back = parse_value(format_value(value))
    assert (back, repr(back)) == (value, repr(value))


def test_nan_comes_back() -> None:
    assert math.isnan(parse_value(format_value(math.nan)))


@given(
    names,
    st.lists(names, max_size=3),
    st.lists(counts, max_size=3),
    st.lists(ops(), max_size=5),
    st.sampled_from(ScopeKind),
)
def test_every_function_comes_back(
    name: str, local_names: list[str], numbers: list[int], code: list[tuple[int, Any, int]], kind: ScopeKind
) -> None:
    function = Function(
        name, kind, Emitter.NATIVE, 2, list(numbers), local_names=local_names, cells=numbers, ops=code
    )
    program = Program(name, Tokens(""), [function, function])
    back = parse_program(format_program(program))
    assert (back.source_name, back.functions) == (name, program.functions)


BAD = [
    ("NO_SUCH_OP", "NO_SUCH_OP"),
    ("function 0 f function", "no value"),
    ('function 0 "f" nonsense', "nonsense"),
    ("JUMP 3", "a label is L and a number"),
    ("LOAD_FAST_N x", "x"),
    ("CALL_FUNCTION 1", "CALL_FUNCTION 1"),
    ("LOAD_CONST_OBJ print(1)", "no value"),
    ("LOAD_CONST_OBJ 1 +", "no value"),
    ("BINARY_OP_MULTI $", r"\$"),
    ("counts what=1", "what"),
    ("word", "unknown word"),
]


@pytest.mark.parametrize(("line", "message"), BAD)
def test_bad_lines_are_named(line: str, message: str) -> None:
    with pytest.raises(IrTextError, match=rf"line 3: .*{message}"):
        parse_program(f'program "m.py"\nfunction 0 "<module>" module\n{line}\nRETURN_VALUE')


def test_ops_before_any_function() -> None:
    with pytest.raises(IrTextError, match="line 1"):
        parse_program("RETURN_VALUE")
