"""What an object is, as far as its items can be got without a call.

It is told by its type. The type ``list`` is in the function table, and ``tuple`` is the type of a constant
tuple. The others are recognised by their names. A type's second word holds its flags and the qstr of its
name (``py/obj.h``), and the file's own qstr table says what number this run time gave to ``bytearray``.
Other types may have that name, too:

- classes that a program defines, which have the flag INSTANCE_TYPE;
- named tuples, which have no slot ``buffer``; what is recognised has one, but for ranges, of which only
  comprehensions ask.

What the items of an array or a memoryview are is said by its typecode, in the low byte of its word 1
(``py/objarray.h``).

A type never changes, nor does a typecode, so an object whose items a loop wants is looked at before the loop,
where it comes from; its ``Kind`` is a value like any other. Each kind is a bit: a question for several of
them is one test.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.version import POINTER_MASK
from mpytool.emitters.native.expand.object_kinds import ARRAYS, VIEWS, Kind
from mpytool.emitters.native.expand.runtime import Entry, Tables
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr, Mem
from mpytool.ir import ScopeKind
from mpytool.options import Goal
from mpytool.scopes import COMPREHENSIONS

LENGTH = 2
"""The word of a container that says how many items it has; not of a tuple."""

_NAME_MEM_SIZE = 4
"""A type's second word begins with 16 bits of flags and 16 bits of its name; bytes follow with the slots."""
INSTANCE_TYPE = 0x0200
BINDS_SELF = 0x0020
BUILTIN_FUN = 0x0040
NAME_SHIFT = 16
NAME_MASK = 0xFFFF0000 | INSTANCE_TYPE
_BUFFER_SLOT = 12
"""Where behind a type's first word the number of its slot ``buffer`` is."""

ARRAY_HEAD = 1
"""The word of an array that begins with its typecode; of a memoryview, the rest of it is an offset."""
_WRITABLE = 0x80
"""Of the typecode of a memoryview."""


RANGE_START, RANGE_STOP, _RANGE_STEP = 1, 2, 3
"""Words of a range (``py/objrange.c``): machine words, no objects."""

_TYPECODES_32: dict[str, Kind] = {
    "B": Kind.BYTEARRAY, "H": Kind.U16, "h": Kind.I16, "i": Kind.I32, "l": Kind.I32, "I": Kind.U32,
    "L": Kind.U32, "b": Kind.I8,
}  # fmt: skip
_TYPECODES_64 = {code: kind for code, kind in _TYPECODES_32.items() if code not in "lL"}
_USUAL_ARRAYS: dict[Goal, Sequence[Kind]] = {
    Goal.SIZE: (Kind.OTHER,),
    Goal.BALANCED: (Kind.U16, Kind.I16, Kind.I32),
    Goal.SPEED: tuple(ARRAYS),
}


def recognised_kinds(goal: Goal, tables: Tables, *, is_tight: bool) -> Kind:
    """What is worth the code, by what the program says: one that never says ``array`` has none, and one that
    says no other typecode than ``H`` has no others. Unless the goal is speed, tuples are for programs that
    keep some. If ``is_tight``, they are for what is likely to be one; and a program that says only lists has
    only lists, and one that says only bytes has none."""
    kinds = Kind.LIST | Kind.BYTEARRAY
    if not is_tight or tables.says("bytes"):
        kinds |= Kind.BYTES
    if goal is Goal.SPEED or (not is_tight and tables.tuples.are_kept):
        kinds |= Kind.TUPLE
    if tables.says("array"):
        said = [kind for code, kind in _TYPECODES_32.items() if kind & ARRAYS and tables.says(code)]
        kinds |= functools.reduce(operator.or_, said or _USUAL_ARRAYS[goal])
    if tables.says("memoryview"):
        kinds |= VIEWS
    if is_tight:
        says_bytes = any(map(tables.says, _BYTES_NAMES))
        says_lists = any(map(tables.says, _LIST_NAMES))
        if says_bytes and not says_lists:
            kinds &= ~Kind.LIST
        elif says_lists and not says_bytes:
            kinds &= Kind.LIST
    return kinds


def iterated_kinds(recognised: Kind, tables: Tables, scope: ScopeKind, *, is_tight: bool) -> Kind:
    """What loops are likely to be over: bytes only in a program that says so. Comprehensions are over ranges,
    and if ``is_tight``, over nothing else."""
    kinds = said_kinds(recognised, tables) & ~Kind.TUPLE
    if scope in COMPREHENSIONS and tables.says("range"):
        return Kind.RANGE if is_tight else kinds | Kind.RANGE
    return kinds


def said_kinds(recognised: Kind, tables: Tables) -> Kind:
    """Without bytes, unless the program says something of them."""
    if any(map(tables.says, _BYTES_NAMES)):
        return recognised
    return recognised & ~(Kind.BYTES | Kind.BYTEARRAY)


_BYTES_NAMES = ("bytearray", "bytes", "memoryview", "array")
_LIST_NAMES = ("list", "append", "split", "sorted")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A block that is reached by objects of one kind."""

    kind: Kind
    block: LowBlock


def kind_of(b: Builder, value: LowInstr, kinds: Kind) -> LowInstr:
    """The Kind of an object, as a value; OTHER unless it is one of ``kinds``."""
    return _looked_at(b, value, kinds, None)[0]


def kind_and_sequence(b: Builder, value: LowInstr, kinds: Kind) -> tuple[LowInstr, LowInstr]:
    """The Kind of an object, and the object; instead of what is none of ``kinds``, which all have LENGTH, an
    empty one. So items need no question of their own what the object is."""
    return _looked_at(b, value, kinds, value)


def _looked_at(
    b: Builder, value: LowInstr, kinds: Kind, sequence: LowInstr | None
) -> tuple[LowInstr, LowInstr]:
    join, other = b.new_block(), b.new_block()
    results: list[LowInstr] = []
    for found in recognise(b, value, kinds, other):
        b.start(found.block)
        results.append(b.const(found.kind))
        b.jump(join)
    b.start(other)
    none = b.const(Kind.OTHER)
    empty = none
    if sequence is not None:
        empty = b.frame("nothing", LENGTH + 1)
        b.store(empty, LENGTH, none)
    b.jump(join)
    b.start(join)
    kind = b.phi(*results, none)
    return kind, kind if sequence is None else b.phi(*[sequence] * len(results), empty)


Looked: TypeAlias = Callable[[Builder, LowInstr, Kind, LowBlock], list[Recognised]]
"""Ends a block that objects reach whose type has one name: gets the object, kinds, the way of others."""


def recognise(
    b: Builder, value: LowInstr, kinds: Kind, other: LowBlock, *, often: bool = False
) -> list[Recognised]:
    """Branches on what an object is; ends the current block. If it is done ``often``, what can be found out
    at the start of the function is."""
    is_pointer = b.new_block()
    b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, other)
    b.start(is_pointer)
    type_ = b.emit("load_fixed", value, imm=(b.word_at(0),))
    found = []
    if kinds & Kind.LIST:
        found.append(Recognised(Kind.LIST, b.new_block()))
        going_on = b.new_block()
        b.branch(Cond.EQ, type_, b.table(Entry.TYPE_LIST), found[0].block, going_on)
        b.start(going_on)
    if not kinds & Kind.TUPLE:
        return found + _recognise_by_name(b, value, type_, kinds, other, other)
    if kinds & ~(Kind.LIST | Kind.TUPLE):
        no_buffer = b.new_block()
        found += _recognise_by_name(b, value, type_, kinds, other, no_buffer)
        b.start(no_buffer)
    found.append(Recognised(Kind.TUPLE, b.new_block()))
    b.branch(Cond.EQ, type_, _type_of_tuples(b, often=often), found[-1].block, other)
    return found


def _recognise_by_name(
    b: Builder, value: LowInstr, type_: LowInstr, kinds: Kind, other: LowBlock, no_buffer: LowBlock
) -> list[Recognised]:
    """The same for what has no type of its own here; what has no buffer goes on in a block of its own."""
    found: list[Recognised] = []
    flags_and_name = b.emit("load_fixed", type_, imm=(Mem(_NAME_MEM_SIZE, b.layout.word),))
    name = b.emit("and", flags_and_name, b.const(NAME_MASK))
    has_buffer = False
    for text, wanted, looked_into in _NAMED:
        if not kinds & wanted:
            continue
        if wanted is not Kind.RANGE and not has_buffer:
            going_on = b.new_block()
            slot = b.emit("load_fixed", type_, imm=(Mem(1, b.layout.word + _BUFFER_SLOT),))
            b.branch(Cond.NE, slot, 0, going_on, no_buffer)
            b.start(going_on)
            has_buffer = True
        has_name, going_on = b.new_block(), b.new_block()
        b.branch(Cond.EQ, name, _name_word(b, text), has_name, going_on)
        b.start(has_name)
        found += looked_into(b, value, kinds, other)
        b.start(going_on)
    b.jump(other)
    return found


def _type_of_tuples(b: Builder, *, often: bool) -> LowInstr:
    """The type that a constant tuple has."""
    if not often:
        return b.emit("load_fixed", b.object(()), imm=(b.word_at(0),))
    constant = b.fixed("tuple", b.objects(), b.tables.constant(()))
    return b.fixed("type of tuples", constant, 0)


def is_type_named(b: Builder, value: LowInstr, text: str, other: LowBlock) -> None:
    """Goes on if an object is the run time's own type of that name."""
    is_pointer, is_type, going_on = (b.new_block() for _ in range(3))
    b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, other)
    b.start(is_pointer)
    type_ = b.emit("load_fixed", value, imm=(b.word_at(0),))
    type_of_types = b.emit("load_fixed", b.table(Entry.TYPE_LIST), imm=(b.word_at(0),))
    b.branch(Cond.EQ, type_, type_of_types, is_type, other)
    b.start(is_type)
    flags_and_name = b.emit("load_fixed", value, imm=(Mem(_NAME_MEM_SIZE, b.layout.word),))
    name = b.emit("and", flags_and_name, b.const(NAME_MASK))
    b.branch(Cond.EQ, name, _name_word(b, text), going_on, other)
    b.start(going_on)


def _name_word(b: Builder, text: str) -> LowInstr:
    """What a type's masked word is if it has this name; computed once, at the start of the function."""
    shift = b.prologue("name shift", "const", imm=(NAME_SHIFT,))
    return b.prologue(f"name {text}", "shl", [b.qstr_at_start(text), shift])


def _just(kind: Kind) -> Looked:
    """The name says it all."""

    def looked(b: Builder, value: LowInstr, kinds: Kind, other: LowBlock) -> list[Recognised]:
        block = b.new_block()
        b.jump(block)
        return [Recognised(kind, block)]

    return looked


def _array(b: Builder, value: LowInstr, kinds: Kind, other: LowBlock) -> list[Recognised]:
    head = b.emit("load_fixed", value, imm=(Mem(1, ARRAY_HEAD * b.layout.word),))
    found: dict[Kind, LowBlock] = {}
    for code, kind in (_TYPECODES_64 if b.layout.word == 8 else _TYPECODES_32).items():
        if kind & kinds:
            going_on = b.new_block()
            b.branch(Cond.EQ, head, ord(code), found.setdefault(kind, b.new_block()), going_on)
            b.start(going_on)
    b.jump(other)
    return [Recognised(kind, block) for kind, block in found.items()]


_BYTEARRAY_CODE = 1
"""A memoryview of a bytearray has this typecode (BYTEARRAY_TYPECODE)."""


def _view(b: Builder, value: LowInstr, kinds: Kind, other: LowBlock) -> list[Recognised]:
    head = b.emit("load_fixed", value, imm=(Mem(1, ARRAY_HEAD * b.layout.word),))
    writable = Recognised(Kind.WRITABLE_VIEW, b.new_block())
    read_only = Recognised(Kind.VIEW, b.new_block())
    for code in (_BYTEARRAY_CODE, ord("B")):
        for kind, number in ((writable, code | _WRITABLE), (read_only, code)):
            going_on = b.new_block()
            b.branch(Cond.EQ, head, number, kind.block, going_on)
            b.start(going_on)
    b.jump(other)
    return [writable, read_only]


def _range(b: Builder, value: LowInstr, kinds: Kind, other: LowBlock) -> list[Recognised]:
    """A range that counts up by one, from a number that is not negative to one that is a small int."""
    small, ordered, block = (b.new_block() for _ in range(3))
    stop = b.load(value, RANGE_STOP)
    b.branch(Cond.ULE, stop, (1 << 8 * b.layout.word - 2) - 1, small, other)
    b.start(small)
    b.branch(Cond.ULE, b.load(value, RANGE_START), stop, ordered, other)
    b.start(ordered)
    b.branch(Cond.EQ, b.load(value, _RANGE_STEP), 1, block, other)
    return [Recognised(Kind.RANGE, block)]


_NAMED: tuple[tuple[str, Kind, Looked], ...] = (
    ("range", Kind.RANGE, _range),
    ("bytearray", Kind.BYTEARRAY, _just(Kind.BYTEARRAY)),
    ("bytes", Kind.BYTES, _just(Kind.BYTES)),
    ("array", ARRAYS, _array),
    ("memoryview", VIEWS, _view),
)
"""Name of a type, which kinds want it, and what tells more; in the order in which they are asked for."""
