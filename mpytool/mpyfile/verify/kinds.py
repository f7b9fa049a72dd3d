"""What the verifier knows of a slot of the stack: a kind, an int that may carry a number.

Bit 4 says that the slot holds no Python object. Slots hang together as pairs ``(kind, rest)``, the empty
stack is ``()``: a state is one reference, and two states that came out of one share what they have in common.

FIN is the one kind that stands for one or two slots: what a ``finally`` handler finds on top. None, the
exception, or the pair of an unwinding ``return`` or jump. It always counts as two.
"""

from __future__ import annotations

from typing import Any, TypeAlias

# (int, Stack) or (); mypyc makes nothing of recursive types.
Stack: TypeAlias = tuple[Any, ...]

SHIFT = 5
TAG = (1 << SHIFT) - 1
NO_OBJECT = 16

OBJ = 0
NONE = 1
EXC = 2
NONE_OR_EXC = 3
QSTR = 4
INT = 5
LIST = 6
DICT = 7
SET = 8
CELL = 9  # + number of the local
TUPLE = 10  # + length
FUN = 11  # + number of the child
DEREF = 12  # + number of the local whose cell it came from
MODULE = 13
GLOBAL_CLASS = 14  # what is bound to the global name __class__

NULL = 16
METHOD = 17
SELF = 18
ITER = 19  # to 22, lowest slot first
WITH_EXIT = 23
WITH_SELF = 24
BUILD_CLASS = 25
FIN = 26  # + number of the entry in the function's table of unwindings

_WORDS = {
    OBJ: "an object", NONE: "None", EXC: "an exception", NONE_OR_EXC: "None or an exception",
    QSTR: "a string", INT: "a small int", LIST: "a list", DICT: "a dict", SET: "a set", CELL: "a cell",
    TUPLE: "a tuple", FUN: "a function", DEREF: "an object", MODULE: "a module", NULL: "null",
    GLOBAL_CLASS: "an object",
    METHOD: "a method",
    SELF: "the self of a method", ITER: "an iterator", ITER + 1: "an iterator", ITER + 2: "an iterator",
    ITER + 3: "an iterator", WITH_EXIT: "an __exit__ method", WITH_SELF: "the self of an __exit__ method",
    BUILD_CLASS: "the maker of classes", FIN: "the state of a finally block",
}  # fmt: skip


def words(kind: int) -> str:
    """A kind in words."""
    return _WORDS[kind & TAG]


def describe(stack: Stack, limit: int = 6) -> str:
    """The top of a stack in words, for a message."""
    shown: list[str] = []
    while stack and len(shown) < limit:
        kind, stack = stack
        shown.append(words(kind))
    if stack:
        shown.append("...")
    return "[" + ", ".join(reversed(shown)) + "]"


NO_KIND = -1


def join_kinds(a: int, b: int) -> int:
    """What is known of a slot that is ``a`` or ``b``, which differ and are not FIN; NO_KIND if nothing."""
    if (a | b) & NO_OBJECT:
        return NO_KIND
    if NONE <= a <= NONE_OR_EXC and NONE <= b <= NONE_OR_EXC:
        return NONE_OR_EXC
    return OBJ
