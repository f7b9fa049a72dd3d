"""The bytecode instruction set of ``.mpy`` version 6: one row per opcode (``py/bc0.h``).

The encoder, the decoder, the printers, the stack IR and every checker read this table. A row says what the
emitter's bookkeeping says: ``effect`` is the change of stack depth along the fall-through path as
``py/emitbc.c`` counts it; None where the operand
decides (``ir.EFFECT_OF_OPERAND``).
"""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Operand(enum.Enum):
    """What follows an opcode byte."""

    NONE = "none"
    QSTR = "qstr"  # varuint, index into the qstr table
    UINT = "uint"  # varuint, a count or flags
    INT = "int"  # signed varint, a small int
    OBJECT = "object"  # varuint, index into the constant table
    CHILD = "child"  # varuint, index into the children
    CHILD_CELLS = "child+n"  # varuint child, then one byte: how many cells are popped
    LOCAL = "local"  # varuint, number of a local
    CALL = "call"  # varuint, keyword arguments << 8 | positional arguments
    JUMP = "jump"  # one or two bytes, signed distance
    JUMP_UNWIND = "jump+n"  # signed distance, then one byte: handlers to unwind, | 0x80 to drop an iterator
    FORWARD = "forward"  # one or two bytes, unsigned distance


class Then(enum.Enum):
    """Where control goes after an instruction."""

    NEXT = "next"
    BRANCH = "branch"  # to the next instruction or to the label
    JUMP = "jump"  # only to the label
    STOP = "stop"  # nowhere in this function, or to a handler


class Op:
    __slots__ = ("name", "code", "operand", "effect", "then", "count")

    def __init__(
        self,
        name: str,
        code: int,
        operand: Operand,
        effect: int | None,
        then: Then = Then.NEXT,
        count: int = 1,
    ) -> None:
        self.name: Final = name
        self.code: Final = code
        self.operand: Final = operand
        self.effect: Final = effect
        self.then: Final = then
        self.count: Final = count
        """How many consecutive codes the row stands for; the operand is in the code itself if more than one."""


_N = Operand.NONE
_Q = Operand.QSTR
_U = Operand.UINT

# fmt: off
OPS: tuple[Op, ...] = (
    #  name                       code  operand               effect then
    Op("LOAD_CONST_STRING",       0x10, _Q,                   +1),
    Op("LOAD_NAME",               0x11, _Q,                   +1),
    Op("LOAD_GLOBAL",             0x12, _Q,                   +1),
    Op("LOAD_ATTR",               0x13, _Q,                    0),
    Op("LOAD_METHOD",             0x14, _Q,                   +1),
    Op("LOAD_SUPER_METHOD",       0x15, _Q,                   -1),
    Op("STORE_NAME",              0x16, _Q,                   -1),
    Op("STORE_GLOBAL",            0x17, _Q,                   -1),
    Op("STORE_ATTR",              0x18, _Q,                   -2),
    Op("DELETE_NAME",             0x19, _Q,                    0),
    Op("DELETE_GLOBAL",           0x1A, _Q,                    0),
    Op("IMPORT_NAME",             0x1B, _Q,                   -1),
    Op("IMPORT_FROM",             0x1C, _Q,                   +1),
    Op("MAKE_CLOSURE",            0x20, Operand.CHILD_CELLS,  None),
    Op("MAKE_CLOSURE_DEFARGS",    0x21, Operand.CHILD_CELLS,  None),
    Op("LOAD_CONST_SMALL_INT",    0x22, Operand.INT,          +1),
    Op("LOAD_CONST_OBJ",          0x23, Operand.OBJECT,       +1),
    Op("LOAD_FAST_N",             0x24, Operand.LOCAL,        +1),
    Op("LOAD_DEREF",              0x25, Operand.LOCAL,        +1),
    Op("STORE_FAST_N",            0x26, Operand.LOCAL,        -1),
    Op("STORE_DEREF",             0x27, Operand.LOCAL,        -1),
    Op("DELETE_FAST",             0x28, Operand.LOCAL,         0),
    Op("DELETE_DEREF",            0x29, Operand.LOCAL,         0),
    Op("BUILD_TUPLE",             0x2A, _U,                   None),
    Op("BUILD_LIST",              0x2B, _U,                   None),
    Op("BUILD_MAP",               0x2C, _U,                   +1),
    Op("BUILD_SET",               0x2D, _U,                   None),
    Op("BUILD_SLICE",             0x2E, _U,                   None),
    Op("STORE_COMP",              0x2F, _U,                   None),
    Op("UNPACK_SEQUENCE",         0x30, _U,                   None),
    Op("UNPACK_EX",               0x31, _U,                   None),
    Op("MAKE_FUNCTION",           0x32, Operand.CHILD,        +1),
    Op("MAKE_FUNCTION_DEFARGS",   0x33, Operand.CHILD,        -1),
    Op("CALL_FUNCTION",           0x34, Operand.CALL,         None),
    Op("CALL_FUNCTION_VAR_KW",    0x35, Operand.CALL,         None),
    Op("CALL_METHOD",             0x36, Operand.CALL,         None),
    Op("CALL_METHOD_VAR_KW",      0x37, Operand.CALL,         None),
    Op("UNWIND_JUMP",             0x40, Operand.JUMP_UNWIND,   0, Then.JUMP),
    Op("JUMP",                    0x42, Operand.JUMP,          0, Then.JUMP),
    Op("POP_JUMP_IF_TRUE",        0x43, Operand.JUMP,         -1, Then.BRANCH),
    Op("POP_JUMP_IF_FALSE",       0x44, Operand.JUMP,         -1, Then.BRANCH),
    Op("JUMP_IF_TRUE_OR_POP",     0x45, Operand.FORWARD,      -1, Then.BRANCH),
    Op("JUMP_IF_FALSE_OR_POP",    0x46, Operand.FORWARD,      -1, Then.BRANCH),
    Op("SETUP_WITH",              0x47, Operand.FORWARD,      +2, Then.BRANCH),
    Op("SETUP_EXCEPT",            0x48, Operand.FORWARD,       0, Then.BRANCH),
    Op("SETUP_FINALLY",           0x49, Operand.FORWARD,       0, Then.BRANCH),
    Op("POP_EXCEPT_JUMP",         0x4A, Operand.FORWARD,       0, Then.JUMP),
    Op("FOR_ITER",                0x4B, Operand.FORWARD,      +1, Then.BRANCH),
    Op("LOAD_CONST_FALSE",        0x50, _N,                   +1),
    Op("LOAD_CONST_NONE",         0x51, _N,                   +1),
    Op("LOAD_CONST_TRUE",         0x52, _N,                   +1),
    Op("LOAD_NULL",               0x53, _N,                   +1),
    Op("LOAD_BUILD_CLASS",        0x54, _N,                   +1),
    Op("LOAD_SUBSCR",             0x55, _N,                   -1),
    Op("STORE_SUBSCR",            0x56, _N,                   -3),
    Op("DUP_TOP",                 0x57, _N,                   +1),
    Op("DUP_TOP_TWO",             0x58, _N,                   +2),
    Op("POP_TOP",                 0x59, _N,                   -1),
    Op("ROT_TWO",                 0x5A, _N,                    0),
    Op("ROT_THREE",               0x5B, _N,                    0),
    Op("WITH_CLEANUP",            0x5C, _N,                   +2),
    Op("END_FINALLY",             0x5D, _N,                   -1),
    Op("GET_ITER",                0x5E, _N,                    0),
    Op("GET_ITER_STACK",          0x5F, _N,                   +3),
    Op("STORE_MAP",               0x62, _N,                   -2),
    Op("RETURN_VALUE",            0x63, _N,                   -1, Then.STOP),
    Op("RAISE_LAST",              0x64, _N,                    0, Then.STOP),
    Op("RAISE_OBJ",               0x65, _N,                   -1, Then.STOP),
    Op("RAISE_FROM",              0x66, _N,                   -2, Then.STOP),
    Op("YIELD_VALUE",             0x67, _N,                    0),
    Op("YIELD_FROM",              0x68, _N,                   -1),
    Op("IMPORT_STAR",             0x69, _N,                   -1),
    Op("LOAD_CONST_SMALL_INT_MULTI", 0x70, _N,                +1, count=64),
    Op("LOAD_FAST_MULTI",         0xB0, _N,                   +1, count=16),
    Op("STORE_FAST_MULTI",        0xC0, _N,                   -1, count=16),
    Op("UNARY_OP_MULTI",          0xD0, _N,                    0, count=4),
    Op("BINARY_OP_MULTI",         0xD7, _N,                   -1, count=35),
)
# fmt: on

OP_OF_CODE: dict[int, Op] = {op.code + i: op for op in OPS for i in range(op.count)}
"""Every defined opcode byte; a byte that is missing here is reserved."""

SMALL_INT_MULTI_MIN = -16
SMALL_INT_MULTI_MAX = 47

UNARY_OPS: tuple[str, ...] = ("+", "-", "~", "not")
"""Unary operators by index in UNARY_OP_MULTI (``py/runtime0.h``)."""

BINARY_OPS: tuple[str, ...] = (
    "<", ">", "==", "<=", ">=", "!=", "in", "is", "except match",
    "|=", "^=", "&=", "<<=", ">>=", "+=", "-=", "*=", "@=", "//=", "/=", "%=", "**=",
    "|", "^", "&", "<<", ">>", "+", "-", "*", "@", "//", "/", "%", "**",
)  # fmt: skip
"""Binary operators by index in BINARY_OP_MULTI (``py/runtime0.h``)."""

UNARY_CODE: dict[str, int] = {op: 0xD0 + i for i, op in enumerate(UNARY_OPS)}
BINARY_CODE: dict[str, int] = {op: 0xD7 + i for i, op in enumerate(BINARY_OPS)}

_CODES: dict[str, int] = {op.name: op.code for op in OPS}


def code_of(name: str) -> int:
    """The code of an opcode, the first one of a MULTI row. KeyError for an unknown name."""
    return _CODES[name]


# Composite operands (bytecode.md 1.4; py/emitbc.c)

COMP_LIST, COMP_DICT, COMP_SET = 0, 1, 2
"""The collection kinds in the low two bits of STORE_COMP's operand."""

UNWIND_FROM_FOR = 0x80
"""Bit of UNWIND_JUMP's extra byte: the target is the end of a for loop, whose iterator is dropped."""


# Scope flags in a prelude (py/bc.h)

FLAG_GENERATOR = 0x01
FLAG_VARKEYWORDS = 0x02
FLAG_VARARGS = 0x04
FLAG_DEFKWARGS = 0x08
