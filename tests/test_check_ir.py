"""The verifier of the IR: sound programs, and the exact words for each unsound one."""

from __future__ import annotations

from typing import Any

import pytest

from mpytool.check_ir import check_program
from mpytool.grammar.tokens import Tokens
from mpytool.ir import Program, code_of
from mpytool.print_ir import parse_program

SOUND = """
program "m.py"
function 0 "<module>" module
  children 1
  counts labels=2
  L0:
  LOAD_NAME "x" @1
  POP_JUMP_IF_FALSE L0
  MAKE_FUNCTION 0
  STORE_NAME "f"
  LOAD_CONST_NONE
  RETURN_VALUE
function 1 "f" function
  args "*" "a"
  locals "x" "a" "c"
  cells 2
  counts positional=2 free=1
  LOAD_DEREF 0
  STORE_DEREF 2
  LOAD_FAST_N 1
  RETURN_VALUE
"""


def test_a_sound_program() -> None:
    assert check_program(parse_program(SOUND)) == []


def test_an_empty_program() -> None:
    assert check_program(Program("m.py", Tokens(""))) == ["a program has at least the module's function"]


MODULE = 'program "m.py"\nfunction 0 "m" module\n'

BAD_OPS = [
    # ops, what is said after "function 0 (m), "
    ('LOAD_IDENT "x"; POP_TOP', "op 0 LOAD_IDENT: is not resolved"),
    ("LOAD_SELF; POP_TOP", "op 0 LOAD_SELF: is not resolved"),
    ("MAKE 0; POP_TOP", "op 0 MAKE: is not resolved"),
    ("LOAD_FAST_MULTI; POP_TOP", "op 0 LOAD_FAST_MULTI: is no opcode of the IR"),
    ("L0:", "op 0 LABEL: there is no label 0"),
    ("counts labels=1; L0:; L0:", "op 1 LABEL: label 0 is placed twice"),
    ("JUMP L0", "op 0 JUMP: there is no label 0"),
    ("counts labels=1; JUMP L0", "at the end: label 0 is aimed at but not placed"),
    ("UNWIND_JUMP L0 1", "op 0 UNWIND_JUMP: there is no label 0"),
    ("LOAD_FAST_N 0; POP_TOP", "op 0 LOAD_FAST_N: there is no local 0"),
    ('locals "a"; LOAD_DEREF 0; POP_TOP', "op 0 LOAD_DEREF: local 0 is no cell"),
    ("MAKE_FUNCTION 0; POP_TOP", "op 0 MAKE_FUNCTION: there is no child 0"),
    ("LOAD_NULL; MAKE_CLOSURE 0 1; POP_TOP", "op 1 MAKE_CLOSURE: there is no child 0"),
    ("POP_TOP", "op 0 POP_TOP: the stack's depth becomes -1"),
    ("LOAD_NULL", "at the end: the stack's depth is 1 at the end"),
    ("LOAD_NULL; CALL_FUNCTION 2 0", "op 1 CALL_FUNCTION: the stack's depth becomes -1"),
    ("LINE -1", "op 0 LINE: -1 is no int"),
    ("ASM ('nop', ())", "op 0 ASM: stands outside an assembler function"),
]


@pytest.mark.parametrize(("ops", "expected"), BAD_OPS)
def test_bad_ops(ops: str, expected: str) -> None:
    found = check_program(parse_program(MODULE + ops.replace("; ", "\n")))
    assert f"function 0 (m), {expected}" in found


OPERANDS: list[tuple[str, Any, str]] = [
    ("LOAD_NAME", 1, "1 is no operand of kind qstr"),
    ("LOAD_CONST_SMALL_INT", True, "True is no operand of kind int"),
    ("LOAD_CONST_SMALL_INT", "1", "'1' is no operand of kind int"),
    ("LOAD_CONST_OBJ", [], "[] is no operand of kind object"),
    ("LOAD_CONST_OBJ", (1, [2]), "(1, [2]) is no operand of kind object"),
    ("LOAD_FAST_N", -1, "-1 is no operand of kind local"),
    ("BUILD_TUPLE", None, "None is no operand of kind uint"),
    ("CALL_FUNCTION", 1, "1 is no operand of kind call"),
    ("CALL_FUNCTION", (1, 2, 3), "(1, 2, 3) is no operand of kind call"),
    ("STORE_COMP", (3, 1), "(3, 1) is no operand of kind uint"),
    ("UNPACK_EX", 5, "5 is no operand of kind uint"),
    ("UNWIND_JUMP", (0, 1), "(0, 1) is no operand of kind jump+n"),
    ("UNWIND_JUMP", (0, 1, 1), "(0, 1, 1) is no operand of kind jump+n"),
    ("MAKE_FUNCTION", (0, 1), "(0, 1) is no operand of kind child"),
    ("JUMP", "L0", "'L0' is no operand of kind jump"),
    ("RETURN_VALUE", 0, "0 is no operand of kind none"),
    ("LOAD_BUILTIN", None, "None is no name"),
    ("LABEL", "0", "there is no label '0'"),
    ("STACK_ADJUST", 1.0, "1.0 is no int"),
    ("START_HANDLER", 4, "4 is no none"),
]


@pytest.mark.parametrize(("name", "operand", "expected"), OPERANDS)
def test_bad_operands(name: str, operand: Any, expected: str) -> None:
    program = parse_program(MODULE)
    program.functions[0].ops.append((code_of(name), operand, 0))
    assert f"function 0 (m), op 0 {name}: {expected}" in check_program(program)


def test_an_unknown_opcode() -> None:
    program = parse_program(MODULE)
    program.functions[0].ops.append((0x200, None, 0))
    assert check_program(program) == ["function 0 (m), op 0 0x200: is no opcode of the IR"]


def test_a_token_that_does_not_exist() -> None:
    program = parse_program(MODULE)
    program.functions[0].ops.append((code_of("RAISE_LAST"), None, 9))
    assert check_program(program) == ["function 0 (m), op 0 RAISE_LAST: token 9 does not exist"]


HEADERS = [
    ('args "a"', "1 names for 0 arguments"),
    ('args "a"\ncounts positional=1', "1 arguments but 0 locals"),
    ("counts free=1", "1 free variables but 0 positional arguments"),
    ('args "a"\nlocals "a"\ncounts positional=1 defaults=2', "2 defaults but 1 positional arguments"),
    ('locals "a"\ncells 0 0', "a local becomes a cell twice"),
    ('locals "a"\ncells 1', "cell 1 is not a local that can become a cell"),
    (
        'args "*"\nlocals "a"\ncells 0\ncounts positional=1 free=1',
        "cell 0 is not a local that can become a cell",
    ),
    ("children 0", "child 0 is not a later function"),
    ("children 5", "child 5 is not a later function"),
]


@pytest.mark.parametrize(("header", "expected"), HEADERS)
def test_bad_headers(header: str, expected: str) -> None:
    assert f"function 0 (m): {expected}" in check_program(parse_program(MODULE + header))


def test_children_in_another_order() -> None:
    text = SOUND.replace("children 1", "children 2 1").replace(
        "MAKE_FUNCTION 0\n", "MAKE_FUNCTION 1\nPOP_TOP\nMAKE_FUNCTION 0\n"
    )
    found = check_program(parse_program(text + 'function 2 "g" function\n'))
    assert found == ["function 0 (<module>), at the end: the children are made in the order [1, 0]"]


def test_a_function_that_nobody_makes() -> None:
    assert check_program(parse_program(SOUND + 'function 2 "g" function\n')) == ["function 2 is made 0 times"]
