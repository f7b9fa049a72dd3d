"""The text form of a compiled module."""

from __future__ import annotations

import pytest

from mpytool.module import CompiledModule, FunTable, RawCode, RawCodeKind
from mpytool.prelude import encode_lines
from mpytool.print_bytecode import format_module, line_starts
from tests.emitters.test_bytecode import FUNCTION_WITH_EVERYTHING, emit_text

EVERYTHING = """\
module arch none, small ints of 31 bits

qstrs (9)
   0  "m.py"
   1  "<module>"
   2  "f"
   3  "g"
   4  "a"
   5  "b"
   6  "e"
   7  "d"
   8  "*"

function 0 "<module>"
  n_state 1, exception stack 0, flags -, positional 0, keyword-only 0, defaults 0
     0  32 00         MAKE_FUNCTION child 0
     2  16 02         STORE_NAME f
     4  51            LOAD_CONST_NONE
     5  63            RETURN_VALUE

function 0.0 "f"
  n_state 14, exception stack 0, flags varkeywords varargs defkwargs, positional 2, keyword-only 2, defaults 1
  arguments a b e d
  cells 8
  lines 0:2 3:3 8:4 13:5 24:6
     0  b0            LOAD_FAST_MULTI 0
     1  27 08         STORE_DEREF 8
     3  b8            LOAD_FAST_MULTI 8
     4  20 00 01      MAKE_CLOSURE child 0, 1 cells
     7  c6            STORE_FAST_MULTI 6
     8  b4            LOAD_FAST_MULTI 4
     9  5f            GET_ITER_STACK
L   10  4b 0c         FOR_ITER -> 24
    12  c7            STORE_FAST_MULTI 7
    13  b7            LOAD_FAST_MULTI 7
    14  44 46         POP_JUMP_IF_FALSE -> 22
    16  59            POP_TOP
    17  59            POP_TOP
    18  59            POP_TOP
    19  59            POP_TOP
    20  42 42         JUMP -> 24
L   22  42 32         JUMP -> 10
L   24  b6            LOAD_FAST_MULTI 6
    25  63            RETURN_VALUE

function 0.0.0 "g"
  n_state 2, exception stack 0, flags -, positional 1, keyword-only 0, defaults 0
  arguments *
  lines 0:3
     0  25 00         LOAD_DEREF 0
     2  63            RETURN_VALUE
"""


def test_everything() -> None:
    assert format_module(emit_text(FUNCTION_WITH_EVERYTHING)) == EVERYTHING


OPERANDS = [
    ('LOAD_CONST_STRING "a b"', '10 02         LOAD_CONST_STRING "a b"'),
    ('LOAD_ATTR "a"', "13 02         LOAD_ATTR a"),
    ("LOAD_CONST_OBJ (1, ...)", "23 00         LOAD_CONST_OBJ (1, ...)"),
    ("CALL_FUNCTION 2 1", "34 82 02      CALL_FUNCTION positional 2, keyword 1"),
    ("BINARY_OP_MULTI +=", "e5            BINARY_OP_MULTI +="),
    ("UNARY_OP_MULTI not", "d3            UNARY_OP_MULTI not"),
    ("LOAD_CONST_SMALL_INT -3", "7d            LOAD_CONST_SMALL_INT_MULTI -3"),
    ("BUILD_TUPLE 3", "2a 03         BUILD_TUPLE 3"),
    ("L0:\nUNWIND_JUMP L0 2 for", "40 3e 82      UNWIND_JUMP -> 0, handlers 2, from for"),
    ("L0:\nUNWIND_JUMP L0 2", "40 3e 02      UNWIND_JUMP -> 0, handlers 2"),
]


@pytest.mark.parametrize(("op", "expected"), OPERANDS)
def test_operands(op: str, expected: str) -> None:
    text = 'program "m.py"\nfunction 0 "<module>" module\ncounts labels=1\n' + op
    assert format_module(emit_text(text)).splitlines()[-1][8:] == expected


def test_native_code_shows_as_its_size() -> None:
    root = RawCode(RawCodeKind.VIPER, b"\x01\x02")
    module = CompiledModule(["m.py"], [FunTable.FUN_TABLE, -1.0], root, arch=2, sub_version=3, arch_flags=1)
    assert format_module(module).splitlines() == [
        "module arch x64, small ints of 31 bits, arch flags 0x1",
        "",
        "qstrs (1)",
        '   0  "m.py"',
        "",
        "constants (2)",
        "   0  mp_fun_table",
        "   1  -1.0",
        "",
        "function 0, viper",
        "  2 bytes of code",
    ]


def test_line_starts() -> None:
    assert line_starts(encode_lines([(0, 9), (40, 1), (3, 3001)])) == [(0, 10), (40, 11), (43, 3012)]
