"""``append`` and ``pop`` of a list without looking up the method.

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

``pop()`` has no argument, so all of it is done where the call is. The last item is taken as long as the list
need not be made smaller (``py/objlist.c``); else, or if it is no list, or empty, the method is looked up.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import calls
from mpytool.emitters.native.expand.areas import METHOD_WORDS
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast import methods
from mpytool.emitters.native.expand.fast.items import ITEMS
from mpytool.emitters.native.expand.fast.kinds import LENGTH
from mpytool.emitters.native.expand.fast.version import POINTER_MASK
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr, Mem
from mpytool.emitters.native.ssa import Instr

LIST_ALLOC = 1
"""How many items there is room for."""

_LEAST_ALLOC = 4
"""A list keeps this room (LIST_MIN_ALLOC), and else no more than two for each item."""

_METHODS = {"append": (1, 0), "pop": (0, 0)}
"""And how many arguments they are called with, by position and by keyword."""


def loaded_for(call: Instr) -> Instr | None:
    """The load_method of a call that is ``x.append(y)`` or ``x.pop()``; others may use its parts, too."""
    if call.row.name != "call_method":
        return None
    method, instance = call.args[:2]
    if not method.row.name == instance.row.name == "part" or method.args != instance.args:
        return None
    load = method.args[0]
    if load.row.name != "load_method" or _METHODS.get(load.imm[0]) != call.imm:
        return None
    return load if (method.imm[0], instance.imm[0]) == (0, 1) else None


def load_method(b: Builder, instr: Instr) -> None:
    is_ready = instr.imm[0] == "append" or instr in b.areas.offset
    if instr not in b.chosen.list_calls or b.block.cold or not is_ready:
        expand = methods.load_method if instr in b.chosen.methods and not b.block.cold else calls.load_method
        expand(b, instr)
        return
    b.found.is_list[instr] = _ask(b, instr) if instr.imm[0] == "append" else None
    # Of a list the parts are whatever is there, and nobody uses them
    b.define(instr, b.area(METHOD_WORDS, b.areas.offset.get(instr, 0)))


def _ask(b: Builder, load: Instr) -> LowInstr:
    """Whether an object is a list; if it is none, the method is looked up."""
    other, join = b.new_block(), b.new_block()
    _require_list(b, b.use(load.args[0]), other)
    yes = b.const(1)
    b.jump(join)
    b.start(other)
    calls.load_method(b, load)
    no = b.const(0)
    b.jump(join)
    b.start(join)
    return b.phi(yes, no)


def _require_list(b: Builder, value: LowInstr, other: LowBlock) -> None:
    """Goes on if an object is a list."""
    is_pointer, is_list = b.new_block(), b.new_block()
    b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, other)
    b.start(is_pointer)
    type_ = b.emit("load_fixed", value, imm=(b.word_at(0),))
    b.branch(Cond.EQ, type_, b.table(Entry.TYPE_LIST), is_list, other)
    b.start(is_list)


def call_method(b: Builder, instr: Instr) -> None:
    load = loaded_for(instr)
    if load is None or load not in b.found.is_list:
        calls.call_method(b, instr)
        return
    value, is_list = b.use(load.args[0]), b.found.is_list[load]
    other, join = b.new_block(cold=is_list is None), b.new_block()
    if is_list is None:
        result = _pop(b, value, other)
    else:
        inline = b.new_block()
        b.branch(Cond.NE, is_list, 0, inline, other)
        b.start(inline)
        _append(b, value, b.use(instr.args[2]))
        result = b.table(Entry.NONE)
    b.jump(join)
    b.start(other)
    if is_list is None:
        calls.load_method(b, load)
    calls.call_method(b, instr)
    called = b.use(instr)
    b.jump(join)
    b.start(join)
    b.define(instr, b.phi(result, called))


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


def _pop(b: Builder, value: LowInstr, other: LowBlock) -> LowInstr:
    """The last item, which is taken; ``other`` is for what is no list, is empty or has too much room."""
    _require_list(b, value, other)
    some, roomy, fits = b.new_block(), b.new_block(), b.new_block()
    length = b.load_head(value, LENGTH)
    b.branch(Cond.NE, length, 0, some, other)
    b.start(some)
    left = b.emit("sub", length, b.const(1))
    alloc = b.load(value, LIST_ALLOC)
    b.branch(Cond.ULE, alloc, _LEAST_ALLOC, fits, roomy)
    b.start(roomy)
    b.branch(Cond.ULE, alloc, b.emit("shl", left, b.const(1)), fits, other)
    b.start(fits)
    items = b.load_head(value, ITEMS)
    mem = Mem(b.layout.word, 0, b.layout.word)
    item = b.emit("load_indexed", items, left, imm=(mem,))
    # The collector must not find there what may be gone
    b.emit("store_indexed", items, left, b.const(NULL), imm=(mem,))
    b.store(value, LENGTH, left)
    return item
