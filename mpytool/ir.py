"""The stack IR: what lowering makes and every emitter starts from.

A ``Program`` is a list of ``Function``s, the module's body first, then breadth-first in the order in which
definitions are met (``scope_new_and_link`` in ``py/compile.c``; the order numbers qstrs and constants). A
function's ``ops`` are plain tuples ``(opcode, operand, token)``: ``token`` is the number of the source token that the
operation stems from, 0 if none. An opcode is an ``int``:

* below 0x100 it is the bytecode opcode of ``opcodes.py`` in its canonical form (LOAD_FAST_N, never
  LOAD_FAST_MULTI; UNARY_OP_MULTI and BINARY_OP_MULTI with the operator added to the code);
* from 0x100 on it is a row of PSEUDO_OPS below.

Operands are values, not indices: names and strings are ``str``, constants are ConstantValues, labels are
ints counted from 0 in each function. What each opcode takes:

=====================  ============================================================================
qstr operand           ``str``
LOAD_CONST_OBJ         the ConstantValue itself
LOAD_CONST_SMALL_INT   ``int``
local operand          ``int``
BUILD_*, UNPACK_SEQUENCE   ``int``
UNPACK_EX              ``(items before the star, items after it)``
STORE_COMP             ``(COMP_LIST | COMP_DICT | COMP_SET, position of the collection below the top)``
CALL_*                 ``(positional arguments, keyword arguments)``
MAKE_FUNCTION[_DEFARGS]  ``int``: position in ``Function.children``
MAKE_CLOSURE[_DEFARGS]   ``(position in Function.children, number of cells)``
jumps, SETUP_*, FOR_ITER  ``int``: a label
ASM                    ``(mnemonic, operands)``, see AsmOperand; the token is the parenthesis that opens the
                       operands, but for label, align and data it is the statement's first. The
                       mnemonic ``def`` comes first if there are parameters, which are its operands
UNWIND_JUMP            ``(label, handlers to unwind, whether the label ends a for loop)``. With no handlers
                       to unwind it is a plain jump, after dropping the four iterator slots if for a for loop
=====================  ============================================================================

Depth of stack is counted in textual order, not along paths, as mpy-cross does it: ``n_state`` must come out the
same, and it counts unreachable code too. STACK_ADJUST corrects the count where text and control flow part.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from mpytool.grammar.tokens import Tokens
from mpytool.opcodes import COMP_DICT, OP_OF_CODE, OPS, Then
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, TypeAlias

OpTuple: TypeAlias = "tuple[int, Any, int]"
"""(opcode, operand, token number)."""


class PseudoOperand(enum.Enum):
    NONE = "none"
    NAME = "name"
    LABEL = "label"
    INT = "int"
    ASM = "asm"  # (mnemonic, operands), see AsmOperand


AsmOperand: TypeAlias = "tuple[str, str | int | tuple[AsmOperand, ...], int, int]"
"""An operand in inline assembler with the numbers of its first and last token: ("name", text, first, last),
("int", value, ...), ("list", operands, ...), ("set", operands, ...) or ("other", "", ...). A set of one thing
that is neither a name nor has a comma behind it is "other"."""


class PseudoOp:
    """An operation of the IR that is no single bytecode instruction."""

    __slots__ = ("name", "code", "operand", "effect", "meaning")

    def __init__(
        self, name: str, code: int, operand: PseudoOperand, effect: int | None, meaning: str
    ) -> None:
        self.name: Final = name
        self.code: Final = code
        self.operand: Final = operand
        self.effect: Final = effect
        self.meaning: Final = meaning


# fmt: off
PSEUDO_OPS: tuple[PseudoOp, ...] = (
    #        name             code   operand              effect
    PseudoOp("LABEL",         0x100, PseudoOperand.LABEL,  0, "a place that jumps aim at; reachable again from here"),
    PseudoOp("LINE",          0x101, PseudoOperand.INT,    0, "the following stems from this source line"),
    PseudoOp("STACK_ADJUST",  0x102, PseudoOperand.INT, None, "the depth differs by so much from the count so far"),
    PseudoOp("START_HANDLER", 0x103, PseudoOperand.NONE,  +4, "an except clause begins: the exception, and 3 to spare"),
    PseudoOp("END_HANDLER",   0x104, PseudoOperand.NONE,  -3, "the except clauses are over"),
    PseudoOp("FOR_ITER_END",  0x105, PseudoOperand.NONE,  -4, "the loop's iterator is gone"),
    PseudoOp("LOAD_BUILTIN",  0x106, PseudoOperand.NAME,  +1, "a LOAD_GLOBAL the compiler makes itself"),
    PseudoOp("ASM",           0x107, PseudoOperand.ASM,    0, "an instruction of an assembler function"),
    # Only between lowering and resolving: which of LOAD_NAME, LOAD_GLOBAL, LOAD_FAST_N or LOAD_DEREF it is
    # can be said when all scopes are known.
    PseudoOp("LOAD_IDENT",    0x110, PseudoOperand.NAME,  +1, "load an identifier of this scope"),
    PseudoOp("STORE_IDENT",   0x111, PseudoOperand.NAME,  -1, "store to an identifier of this scope"),
    PseudoOp("DELETE_IDENT",  0x112, PseudoOperand.NAME,   0, "delete an identifier of this scope"),
    PseudoOp("MAKE",          0x113, PseudoOperand.INT,   +1, "make a function of children[n]"),
    PseudoOp("MAKE_DEFARGS",  0x114, PseudoOperand.INT,   -1, "the same with defaults on the stack"),
    PseudoOp("LOAD_CLASS_CELL", 0x115, PseudoOperand.NONE, +1, "what a class body returns: __class__'s cell or None"),
    PseudoOp("LOAD_SELF",     0x116, PseudoOperand.NONE,  +1, "load the first parameter, for super()"),
)
# fmt: on

PSEUDO_OF_CODE: dict[int, PseudoOp] = {op.code: op for op in PSEUDO_OPS}


class ScopeKind(enum.Enum):
    """What a function of the IR was in the source; the value is its name where it has none of its own."""

    MODULE = "<module>"
    FUNCTION = ""
    CLASS = "class"
    LAMBDA = "<lambda>"
    LIST_COMP = "<listcomp>"
    DICT_COMP = "<dictcomp>"
    SET_COMP = "<setcomp>"
    GENERATOR = "<genexpr>"


class Emitter(enum.Enum):
    """Which emitter a function asks for."""

    BYTECODE = "bytecode"
    NATIVE = "native"
    VIPER = "viper"
    ASM = "asm"


class ListItem:
    """A statement, or an element of a tuple: what mpy-cross looks for errors after.

    Its ops are ``ops[start:end]``, ``list_end`` is the end of the list that it stands in, ``line`` what an
    error in it is reported for if no item inside has a line; 0 for none.
    """

    __slots__ = ("start", "end", "list_end", "line")

    def __init__(self, start: int, end: int, list_end: int, line: int) -> None:
        self.start = start
        self.end = end
        self.list_end = list_end
        self.line = line


class Function(Record):
    """One function, complete when lowering returns the program; emitters only read it.

    ``children``     numbers, in Program.functions, of the functions it makes, in the order of its MAKE ops
                     (unreachable ones too)
    ``n_pos_args``   positional parameters, after the closed-over cells that come first
    ``n_kwonly_args``, ``n_def_pos_args``, ``flags``  as in a prelude
    ``arg_names``    one for each of the first n_pos_args + n_kwonly_args locals, ``*`` for a nameless one
    ``local_names``  the name of each local: arguments, locals, cells (free variables first)
    ``n_free``       how many of the locals are cells handed in by the enclosing function
    ``cells``        locals that become cells on entry, ascending in the order of the prelude
    ``n_labels``     labels are 0..n_labels-1
    ``n_exc_stack``  how deep SETUP_* nest
    ``token``        where the definition starts
    ``arg_types``, ``return_type``   viper annotations by parameter name, "" where there is none
    ``list_items``   of a viper function, see ListItem; in the order in which the items end
    """

    __slots__ = (
        "name",
        "kind",
        "emitter",
        "token",
        "children",
        "n_pos_args",
        "n_kwonly_args",
        "n_def_pos_args",
        "flags",
        "arg_names",
        "local_names",
        "n_free",
        "cells",
        "n_labels",
        "n_exc_stack",
        "arg_types",
        "return_type",
        "list_items",
        "ops",
    )

    def __init__(
        self,
        name: str,
        kind: ScopeKind,
        emitter: Emitter,
        token: int,
        children: list[int] | None = None,
        n_pos_args: int = 0,
        n_kwonly_args: int = 0,
        n_def_pos_args: int = 0,
        flags: int = 0,
        arg_names: list[str] | None = None,
        local_names: list[str] | None = None,
        n_free: int = 0,
        cells: list[int] | None = None,
        n_labels: int = 0,
        n_exc_stack: int = 0,
        arg_types: dict[str, str] | None = None,
        return_type: str = "",
        list_items: list[ListItem] | None = None,
        ops: list[OpTuple] | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.emitter = emitter
        self.token = token
        self.children = [] if children is None else children
        self.n_pos_args = n_pos_args
        self.n_kwonly_args = n_kwonly_args
        self.n_def_pos_args = n_def_pos_args
        self.flags = flags
        self.arg_names = [] if arg_names is None else arg_names
        self.local_names = [] if local_names is None else local_names
        self.n_free = n_free
        self.cells = [] if cells is None else cells
        self.n_labels = n_labels
        self.n_exc_stack = n_exc_stack
        self.arg_types = {} if arg_types is None else arg_types
        self.return_type = return_type
        self.list_items = [] if list_items is None else list_items
        self.ops = [] if ops is None else ops

    @property
    def n_locals(self) -> int:
        return len(self.local_names)


class Program(Record):
    """A lowered file. ``tokens`` turns the token numbers of ops into lines and places."""

    __slots__ = ("source_name", "tokens", "functions")

    def __init__(self, source_name: str, tokens: Tokens, functions: list[Function] | None = None) -> None:
        self.source_name = source_name
        self.tokens = tokens
        self.functions = [] if functions is None else functions


# --- reading the tables ------------------------------------------------------------------------------------

_CODE_OF_NAME: dict[str, int] = {op.name: op.code for op in OPS} | {op.name: op.code for op in PSEUDO_OPS}


def code_of(name: str) -> int:
    """The IR opcode of a name in either table. KeyError if there is none."""
    return _CODE_OF_NAME[name]


def name_of(opcode: int) -> str:
    """The name of an IR opcode; an operator carries its spelling (``BINARY_OP +=`` prints as its row does)."""
    pseudo = PSEUDO_OF_CODE.get(opcode)
    return pseudo.name if pseudo is not None else OP_OF_CODE[opcode].name


def then_of(opcode: int) -> Then:
    """Where control goes after an operation."""
    return Then.NEXT if opcode >= 0x100 else OP_OF_CODE[opcode].then


FIXED_EFFECT: dict[int, int] = {
    code: op.effect for code, op in OP_OF_CODE.items() if op.effect is not None
} | {op.code: op.effect for op in PSEUDO_OPS if op.effect is not None}
"""Stack effect of the opcodes whose operand does not matter."""

_EFFECT_OF_OPERAND: dict[str, Callable[[Any], int]] = {
    "STACK_ADJUST": lambda delta: int(delta),
    "BUILD_TUPLE": lambda n: 1 - int(n),
    "BUILD_LIST": lambda n: 1 - int(n),
    "BUILD_SET": lambda n: 1 - int(n),
    "BUILD_SLICE": lambda n: 1 - int(n),
    "STORE_COMP": lambda c: -2 if c[0] == COMP_DICT else -1,
    "UNPACK_SEQUENCE": lambda n: int(n) - 1,
    "UNPACK_EX": lambda n: int(n[0] + n[1]),
    "MAKE_CLOSURE": lambda c: 1 - int(c[1]),
    "MAKE_CLOSURE_DEFARGS": lambda c: -1 - int(c[1]),
    "CALL_FUNCTION": lambda n: -int(n[0] + 2 * n[1]),
    "CALL_FUNCTION_VAR_KW": lambda n: -int(n[0] + 2 * n[1]) - 1,
    "CALL_METHOD": lambda n: -int(n[0] + 2 * n[1]) - 1,
    "CALL_METHOD_VAR_KW": lambda n: -int(n[0] + 2 * n[1]) - 2,
}

EFFECT_OF_OPERAND: dict[int, Callable[[Any], int]] = {
    _CODE_OF_NAME[name]: effect for name, effect in _EFFECT_OF_OPERAND.items()
}
"""Stack effect of the other opcodes, from the operand."""


def effect_of(opcode: int, operand: Any) -> int:
    """Change of the stack's depth by one operation, along the fall-through path."""
    fixed = FIXED_EFFECT.get(opcode)
    return fixed if fixed is not None else EFFECT_OF_OPERAND[opcode](operand)
