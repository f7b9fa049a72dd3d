"""What expansions know of the run time: entries of the function table, words of its structures.

Offsets count words and are the same on all machines; the sources are ``py/nativeglue.h``, ``py/objfun.h``,
``py/bc.h``, ``py/nlr.h`` and ``py/obj.h``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from mpytool.emitters.tuples import Tuples
from mpytool.ir import ScopeKind
from mpytool.values import ConstantValue


class Entry(enum.IntEnum):
    """Entries of ``mp_fun_table``; the first three are objects, the others functions."""

    NONE = 0
    FALSE = 1
    TRUE = 2
    NATIVE_FROM_OBJ = 3
    NATIVE_TO_OBJ = 4
    SWAP_GLOBALS = 5
    LOAD_NAME = 6
    LOAD_GLOBAL = 7
    LOAD_BUILD_CLASS = 8
    LOAD_ATTR = 9
    LOAD_METHOD = 10
    LOAD_SUPER_METHOD = 11
    STORE_NAME = 12
    STORE_GLOBAL = 13
    STORE_ATTR = 14
    OBJ_SUBSCR = 15
    OBJ_IS_TRUE = 16
    UNARY_OP = 17
    BINARY_OP = 18
    NEW_TUPLE = 19
    NEW_LIST = 20
    NEW_DICT = 21
    NEW_SET = 22
    SET_STORE = 23
    LIST_APPEND = 24
    DICT_STORE = 25
    MAKE_FUNCTION = 26
    CALL_FUNCTION = 27
    CALL_METHOD = 28
    CALL_METHOD_VAR = 29
    GETITER = 30
    ITERNEXT = 31
    NLR_PUSH = 32
    NLR_POP = 33
    RAISE = 34
    IMPORT_NAME = 35
    IMPORT_FROM = 36
    IMPORT_ALL = 37
    NEW_SLICE = 38
    UNPACK_SEQUENCE = 39
    UNPACK_EX = 40
    DELETE_NAME = 41
    DELETE_GLOBAL = 42
    NEW_CLOSURE = 43
    ARG_CHECK_NUM_SIG = 44
    SETUP_CODE_STATE = 45
    FLOOR_DIVIDE = 46
    MODULO = 47
    YIELD_FROM = 48
    GET_TYPE = 56
    TYPE_LIST = 75


# A function object (mp_obj_fun_bc_t)
FUN_CONTEXT = 1
FUN_CHILDREN = 2

# The context of a module (mp_module_context_t)
CONTEXT_GLOBALS = 1
CONTEXT_QSTRS = 2
CONTEXT_OBJECTS = 3

# The state of a call or a generator (mp_code_state_native_t)
STATE_FUN = 0
STATE_IP = 1
STATE_SP = 2
STATE_N_STATE = 3
STATE_HEAD = 5
"""Where ``state[0]`` is; local n is the last word but n."""

NLR_VALUE = 1
"""The exception in an nlr_buf_t."""

CELL_VALUE = 1

STR_DATA = 3
"""Where the bytes of a str or bytes object are."""

NULL = 0
SENTINEL = 4
"""What ``obj_subscr`` takes for "load" (MP_OBJ_SENTINEL)."""

SUBSCR_DELETE = 0

QSTR_BYTES = 2
"""Of an entry of the qstr table."""

GENERATOR_RETURN, GENERATOR_YIELD, GENERATOR_EXCEPTION = 0, 1, 2
"""What a generator's function returns (mp_vm_return_kind_t)."""

MAX_PACKED_COUNT = 255
"""Where two counts share a word, each has 8 bits."""

ITERATOR_WORDS = 4

C_BOOL_MASK = 0xFF
"""The bits that count of a C ``bool`` on x86-64; the others are anything."""


def small_int(value: int) -> int:
    """The word of a small int, in object representations A and C."""
    return value << 1 | 1


@dataclass(frozen=True, slots=True)
class Layout:
    """What expansions know of the machine: bytes of a word, words of an nlr buffer, whether it divides,
    whether a C ``bool`` that a call returns is a whole word of 0 or 1, and whether calls take few bytes."""

    word: int
    nlr_words: int
    has_divide: bool
    bool_is_word: bool
    short_calls: bool = False


class Tables(Protocol):
    """The tables of the module that is made; what is asked for is added to them. ``tuples`` is what the
    program says of tuples."""

    tuples: Tuples

    def qstr(self, text: str) -> int:
        """The index of a name in the file's qstr table."""

    def says(self, text: str) -> bool:
        """Whether the program has a name or string."""

    def assigns(self, scope: ScopeKind, name: str) -> bool:
        """Whether the program assigns to a global variable (MODULE) or a member of a class (CLASS)."""

    def constant(self, value: ConstantValue) -> int:
        """The index of an object in the file's object table."""

    def fun_table(self) -> int:
        """The index of the function table in the object table."""
