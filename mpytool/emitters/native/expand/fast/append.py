"""``append`` of a list without looking up the method.

Before::

    v3 = load_method "append" v0
    …
    v7 = call_method 1 0 v4 v5 v6

After::

    is_list = whether the type of v0 is list; load_method only if it is not
    …
    if is_list and there is room, v6 is stored behind the items; without room list_append v0 v6
    else call_method

The method of a list is always the same, so it does not matter that nobody asks for it before the argument is
computed.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import calls
from mpytool.emitters.native.expand.areas import METHOD_WORDS
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast import methods
from mpytool.emitters.native.expand.fast.items import ITEMS, LENGTH
from mpytool.emitters.native.expand.fast.version import POINTER_MASK
from mpytool.emitters.native.expand.runtime import Entry
from mpytool.emitters.native.low import Cond, LowInstr, Mem
from mpytool.emitters.native.ssa import Instr

LIST_ALLOC = 1
"""How many items there is room for."""


def appending_load(call: Instr) -> Instr | None:
    """The load_method of a call that is ``x.append(y)``; others may use its parts, too."""
    if call.row.name != "call_method" or call.imm != (1, 0):
        return None
    method, instance = call.args[:2]
    if not method.row.name == instance.row.name == "part" or method.args != instance.args:
        return None
    load = method.args[0]
    if load.row.name != "load_method" or load.imm[0] != "append":
        return None
    return load if (method.imm[0], instance.imm[0]) == (0, 1) else None


def load_method(b: Builder, instr: Instr) -> None:
    if instr not in b.chosen.appends or b.block.cold:
        expand = methods.load_method if instr in b.chosen.methods and not b.block.cold else calls.load_method
        expand(b, instr)
        return
    value = b.use(instr.args[0])
    is_pointer, is_list, other, join = (b.new_block() for _ in range(4))
    b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, other)
    b.start(is_pointer)
    type_ = b.emit("load_fixed", value, imm=(b.word_at(0),))
    b.branch(Cond.EQ, type_, b.table(Entry.TYPE_LIST), is_list, other)
    b.start(is_list)
    yes = b.const(1)
    b.jump(join)
    b.start(other)
    calls.load_method(b, instr)
    no = b.const(0)
    b.jump(join)
    b.start(join)
    b.found.is_list[instr] = b.phi(yes, no)
    # Of a list the parts are whatever is there, and nobody uses them
    b.define(instr, b.area(METHOD_WORDS, b.areas.offset.get(instr, 0)))


def call_method(b: Builder, instr: Instr) -> None:
    load = appending_load(instr)
    is_list = None if load is None else b.found.is_list.get(load)
    if load is None or is_list is None:
        calls.call_method(b, instr)
        return
    inline, other, join = b.new_block(), b.new_block(), b.new_block()
    b.branch(Cond.NE, is_list, 0, inline, other)
    b.start(inline)
    _append(b, b.use(load.args[0]), b.use(instr.args[2]))
    none = b.table(Entry.NONE)
    b.jump(join)
    b.start(other)
    calls.call_method(b, instr)
    called = b.use(instr)
    b.jump(join)
    b.start(join)
    b.define(instr, b.phi(none, called))


def list_append(b: Builder, instr: Instr) -> None:
    """Of a comprehension: nothing but a list is there."""
    items, value = (b.use(arg) for arg in instr.args)
    if b.chosen.fills_lists and not b.block.cold:
        _append(b, items, value)
    else:
        b.call(Entry.LIST_APPEND, items, value)


def _append(b: Builder, items: LowInstr, value: LowInstr) -> None:
    """Append to what is a list; only one without room needs the run time."""
    room, full, done = b.new_block(), b.new_block(cold=True), b.new_block()
    length = b.load_head(items, LENGTH)
    b.branch(Cond.ULT, length, b.load(items, LIST_ALLOC), room, full)
    b.start(room)
    word = b.layout.word
    b.emit("store_indexed", b.load_head(items, ITEMS), length, value, imm=(Mem(word, 0, word),))
    b.store(items, LENGTH, b.emit("add", length, b.const(1)))
    b.jump(done)
    b.start(full)
    b.call(Entry.LIST_APPEND, items, value)
    b.jump(done)
    b.start(done)
