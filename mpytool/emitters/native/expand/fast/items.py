"""Items of lists, bytearrays and bytes by index, without a call.

The three have their length and the address of their items in the same words (``py/objlist.h``,
``py/objarray.h``, ``py/objstr.h``).

**What an object is** is told by its type. The type ``list`` is in the function table. The others are not:
they are recognised by their names. A type's second word holds its flags and the qstr of its name
(``py/obj.h``), and the file's own qstr table says what number this run time gave to ``bytearray``. A class of
a program may have that name, too; but what a program defines has the flag INSTANCE_TYPE. A type never
changes, so an object whose items a loop wants is looked at before the loop, where it comes from; its ``Kind``
is a value like any other.
"""

from __future__ import annotations

import enum

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.version import POINTER_MASK, FastVersion
from mpytool.emitters.native.expand.runtime import Entry, small_int
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr, Mem
from mpytool.emitters.native.ssa import Instr

LENGTH = 2
ITEMS = 3

TYPE_FLAGS_AND_NAME = 1
"""The word of a type that begins with 16 bits of flags and 16 bits of its name."""
INSTANCE_TYPE = 0x0200
NAME_SHIFT = 16
NAME_MASK = 0xFFFF0000 | INSTANCE_TYPE

MAX_BYTE = small_int(255)


class Kind(enum.IntEnum):
    """What an object is; the order is used: what is above OTHER can be read, what is above BYTES written."""

    OTHER = 0
    BYTES = 1
    BYTEARRAY = 2
    LIST = 3


_NAMED: tuple[tuple[str, Kind], ...] = (("bytearray", Kind.BYTEARRAY), ("bytes", Kind.BYTES))


def kind_before_loop(b: Builder, value: LowInstr) -> LowInstr:
    """The Kind of an object, as a value."""
    join = b.new_block()
    results: list[LowInstr] = []

    def result(kind: Kind) -> None:
        results.append(b.const(kind))
        b.jump(join)

    other = b.new_block()
    going_on = b.new_block()
    b.branch(Cond.TZ, value, POINTER_MASK, going_on, other)
    b.start(going_on)
    for kind, block in _kinds(b, value, other):
        b.start(block)
        result(kind)
    b.start(other)
    result(Kind.OTHER)
    b.start(join)
    return b.phi(*results)


def _kinds(b: Builder, value: LowInstr, other: LowBlock) -> list[tuple[Kind, LowBlock]]:
    """Branches to a block for each kind; ``value`` is the address of an object."""
    type_ = b.emit("load_fixed", value, imm=(b.word_at(0),))
    found = [(Kind.LIST, b.new_block())]
    not_list = b.new_block()
    b.branch(Cond.EQ, type_, b.table(Entry.TYPE_LIST), found[0][1], not_list)
    b.start(not_list)
    flags_and_name = Mem(4, TYPE_FLAGS_AND_NAME * b.layout.word)
    name = b.emit("load_fixed", type_, imm=(flags_and_name,))
    name = b.emit("and", name, b.const(NAME_MASK))
    for text, kind in _NAMED:
        block, going_on = b.new_block(), b.new_block()
        b.branch(Cond.EQ, name, _name_word(b, text), block, going_on)
        found.append((kind, block))
        b.start(going_on)
    b.jump(other)
    return found


def _name_word(b: Builder, text: str) -> LowInstr:
    """What a type's masked word is if it has this name; computed once, at the start of the function."""
    shift = b.prologue("name shift", "const", imm=(NAME_SHIFT,))
    return b.prologue(f"name {text}", "shl", [b.qstr_at_start(text), shift])


def load_item(v: FastVersion, instr: Instr) -> None:
    container, index = instr.args
    b = v.builder
    kind, value = _container(v, container, least=Kind.BYTES)
    address, number = _place(v, value, index)
    word = b.layout.word
    is_list, is_bytes, join = b.new_block(), b.new_block(), b.new_block()
    b.branch(Cond.EQ, kind, Kind.LIST, is_list, is_bytes)
    b.start(is_list)
    item = b.emit("load_indexed", address, number, imm=(Mem(word, 0, word),))
    b.jump(join)
    b.start(is_bytes)
    byte = b.emit("load_indexed", address, number, imm=(Mem(1),))
    boxed = v.op("or", v.op("shl", byte, 1), 1)
    b.jump(join)
    b.start(join)
    v.set(instr, b.phi(item, boxed), small=False)


def store_item(v: FastVersion, instr: Instr) -> None:
    container, index, stored = instr.args
    b = v.builder
    kind, value = _container(v, container, least=Kind.BYTEARRAY)
    word_stored = v.word(stored)
    address, number = _place(v, value, index)
    is_list, is_bytes, join = b.new_block(), b.new_block(), b.new_block()
    b.branch(Cond.EQ, kind, Kind.LIST, is_list, is_bytes)
    b.start(is_bytes)
    was_small = v.is_small(stored)
    if not was_small:
        v.require(Cond.TNZ, word_stored, 1)
    v.require(Cond.ULE, word_stored, MAX_BYTE)
    b.emit("store_indexed", address, number, v.op("shr", word_stored, 1), imm=(Mem(1),))
    b.jump(join)
    b.start(is_list)
    word = b.layout.word
    b.emit("store_indexed", address, number, word_stored, imm=(Mem(word, 0, word),))
    b.jump(join)
    b.start(join)


def _container(v: FastVersion, container: Instr, least: Kind) -> tuple[LowInstr, LowInstr]:
    """(its Kind, at least that, its address)."""
    b = v.builder
    value = v.word(container)
    kind = b.kinds.get(container)
    if kind is not None:
        v.require(Cond.UGE, kind, least)
        return kind, value
    v.require(Cond.TZ, value, POINTER_MASK)
    join = b.new_block()
    results = []
    for found, block in _kinds(b, value, v.fail):
        b.start(block)
        if found < least:
            b.jump(v.fail)
        else:
            results.append(b.const(found))
            b.jump(join)
    b.start(join)
    return b.phi(*results), value


def _place(v: FastVersion, container: LowInstr, index: Instr) -> tuple[LowInstr, LowInstr]:
    """(the address of the items, the number of the item), the index being in range."""
    b = v.builder
    length_at, items_at = b.word_at(LENGTH), b.word_at(ITEMS)
    constant = v.known(index)
    if constant is None:
        number = v.op("sar", v.number(index), 1)
        # A negative number is a large one
        v.require(Cond.ULT, number, b.emit("load", container, imm=(length_at,)))
    elif constant >= 0:
        v.require(Cond.UGT, b.emit("load", container, imm=(length_at,)), constant)
        number = v.const(constant)
    else:
        length = b.emit("load", container, imm=(length_at,))
        v.require(Cond.UGE, length, -constant)
        number = v.op("add", length, constant)
    return b.emit("load", container, imm=(items_at,)), number
