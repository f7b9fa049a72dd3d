"""Attributes that are members of an instance, without a call.

An instance of a class that a program defines has the map of its members behind its type: words 1 and 2 are
how many entries are used and how many there are, word 3 is the address of the table of keys and values
(``py/objtype.h``, ``py/obj.h``). Keys are interned strings, so equal means the same word. The table is
searched from its end: it is small, and where an entry belongs depends on how the run time hashes::

    i = 2 * entries + 2
    search:  i -= 2; slow if zero; search again if table[i - 2] is not the key
    value is table[i - 1]

Members come before everything that the class has (``mp_obj_instance_load_attr``). To store, the class must
have no special accessors (properties, descriptors, ``__setattr__``), which it may get at any time, and the
member must be there already.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import names
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.kinds import INSTANCE_TYPE
from mpytool.emitters.native.expand.fast.version import POINTER_MASK
from mpytool.emitters.native.expand.runtime import NULL
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr, Mem
from mpytool.emitters.native.ssa import Instr

SPECIAL_ACCESSORS = 0x0002
_FLAGS_SIZE = 2

MAP_ALLOC = 2
MAP_TABLE = 3
"""Words of an instance, with the map of its members, and of a dict."""

_QSTR_SHIFT, _QSTR_TAG = 3, 2
"""Of the object of an interned string in object representation A, the only one of 64-bit machines."""


def may_be_member(name: str) -> bool:
    """Whether a member of that name is what the attribute is: some with underscores are built in."""
    return not name.startswith("__")


def type_of_instance(b: Builder, value: LowInstr) -> LowInstr:
    """The address of an object's type if it is an instance of a class that a program defines, else 0."""
    join, other = b.new_block(), b.new_block()
    type_ = _require_instance(b, value, other)
    b.jump(join)
    b.start(other)
    none = b.const(NULL)
    b.jump(join)
    b.start(join)
    return b.phi(type_, none)


def load_attr(b: Builder, instr: Instr) -> None:
    name: str = instr.imm[0]
    if not _is_wanted(b, name):
        names.load_attr(b, instr)
        return
    slow, join = b.new_block(cold=True), b.new_block()
    place, number = _search(b, instr.args[0], name, slow, is_stored=False)
    member = b.emit("load_indexed", place, number, imm=(value_mem(b),))
    b.jump(join)
    b.start(slow)
    names.load_attr(b, instr)
    called = b.use(instr)
    b.jump(join)
    b.start(join)
    b.define(instr, b.phi(member, called))


def store_attr(b: Builder, instr: Instr) -> None:
    name: str = instr.imm[0]
    if not _is_wanted(b, name):
        names.store_attr(b, instr)
        return
    value = b.use(instr.args[1])
    slow, join = b.new_block(cold=True), b.new_block()
    place, number = _search(b, instr.args[0], name, slow, is_stored=True)
    b.emit("store_indexed", place, number, value, imm=(value_mem(b),))
    b.jump(join)
    b.start(slow)
    names.store_attr(b, instr)
    b.jump(join)
    b.start(join)


def _is_wanted(b: Builder, name: str) -> bool:
    return b.chosen.searches_members and not b.block.cold and may_be_member(name)


def value_mem(b: Builder) -> Mem:
    word = b.layout.word
    return Mem(word, -word, word)


def _search(
    b: Builder, instance: Instr, name: str, slow: LowBlock, *, is_stored: bool
) -> tuple[LowInstr, LowInstr]:
    """(the table, the number of the word behind the value) of a member."""
    value = b.use(instance)
    require_type(b, instance, slow, is_plain=is_stored)
    key = interned(b, name)
    found = b.new_block()
    table, number = search_map(b, value, key, found, slow)
    b.start(found)
    return table, number


def require_type(b: Builder, instance: Instr, slow: LowBlock, *, is_plain: bool) -> LowInstr:
    """The type of an instance of a program's class; ``is_plain``: one without special accessors."""
    type_ = b.found.instances.get(instance)
    if type_ is None:
        type_ = _require_instance(b, b.use(instance), slow)
    else:
        is_instance = b.new_block()
        b.branch(Cond.NE, type_, 0, is_instance, slow)
        b.start(is_instance)
    if is_plain:
        going_on = b.new_block()
        b.branch(Cond.TZ, b.emit("load", type_, imm=(flags_mem(b),)), SPECIAL_ACCESSORS, going_on, slow)
        b.start(going_on)
    return type_


def search_map(
    b: Builder, map_: LowInstr, key: LowInstr, found: LowBlock, missing: LowBlock
) -> tuple[LowInstr, LowInstr]:
    """Search an object's map for a key, from its end; ends the block. (the table, the number of the word
    behind the value), which are for ``found``."""
    table, alloc = b.load(map_, MAP_TABLE), b.load(map_, MAP_ALLOC)
    start = b.emit("add", b.emit("add", alloc, alloc), b.const(2))
    search, inside = b.new_block(), b.new_block()
    b.jump(search)
    b.start(search)
    last = b.phi(start)
    number = b.emit("add", last, b.const(-2))
    last.args.append(number)
    b.branch(Cond.EQ, number, 0, missing, inside)
    b.start(inside)
    word = b.layout.word
    b.branch(
        Cond.EQ, b.emit("load_indexed", table, number, imm=(Mem(word, -2 * word, word),)), key, found, search
    )
    return table, number


def _require_instance(b: Builder, value: LowInstr, other: LowBlock) -> LowInstr:
    """The type of an instance; anything else goes another way."""
    is_pointer, is_instance = b.new_block(), b.new_block()
    b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, other)
    b.start(is_pointer)
    type_ = b.emit("load_fixed", value, imm=(b.word_at(0),))
    # Other flags of a type may change
    b.branch(Cond.TNZ, b.emit("load", type_, imm=(flags_mem(b),)), INSTANCE_TYPE, is_instance, other)
    b.start(is_instance)
    return type_


def flags_mem(b: Builder) -> Mem:
    return Mem(_FLAGS_SIZE, b.layout.word)


def interned_at_start(b: Builder, name: str) -> LowInstr:
    """The object of an interned string, made in the entry."""
    key = f"interned {name}"
    if b.layout.word == 8:
        shift = b.prologue("qstr shift", "const", imm=(_QSTR_SHIFT,))
        tag = b.prologue("qstr tag", "const", imm=(_QSTR_TAG,))
        shifted = b.prologue(f"shifted {name}", "shl", [b.qstr_at_start(name), shift])
        return b.prologue(key, "add", [shifted, tag])
    b.tables.qstr(name)
    return b.prologue(key, "load_fixed", [b.objects()], (b.word_at(b.tables.constant(name)),))


def interned(b: Builder, name: str) -> LowInstr:
    """The object of an interned string; representations A and C differ in how it is made of the number."""
    if b.layout.word == 8:
        shifted = b.emit("shl", b.qstr(name), b.const(_QSTR_SHIFT))
        return b.emit("add", shifted, b.const(_QSTR_TAG))
    # Loaded before the objects, so that the object is interned
    b.tables.qstr(name)
    return b.object(name)
