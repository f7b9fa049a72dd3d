"""``len`` in loops, of lists, bytes and tuples, without a call.

Before::

    v3 = load_global "len"
    v4 = call 1 0 v3 v0

After::

    v4 = the length of v0            slow if ``len`` is not known yet, or v0 is not
    slow (cold): load_global, call; if what was called is built in, ``len`` is known from now on

What ``len`` is, is known for one activation of a function, in a program that assigns no such name, as long as
the module's globals have no more names: the word of the map with its flags and count of entries
(``py/obj.h``) is kept in the frame.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import calls, names
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.attributes import flags_mem
from mpytool.emitters.native.expand.fast.items import length_of_tuple
from mpytool.emitters.native.expand.fast.kinds import BUILTIN_FUN, LENGTH, recognise, said_kinds
from mpytool.emitters.native.expand.fast.version import POINTER_MASK, small_object
from mpytool.emitters.native.expand.object_kinds import Kind
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr

LEN = "len"
_MAP_USED = 1
_PLACE = "globals when len was known"


def is_length(instr: Instr) -> bool:
    """Whether an instruction is a call ``len(x)`` of what has that name in the module."""
    if instr.row.name != "call" or instr.imm != (1, 0):
        return False
    function = instr.args[0]
    return function.row.name == "load_global" and function.imm[0] == LEN


def start_lengths(b: Builder) -> None:
    """In the entry: nothing is known."""
    if b.chosen.lengths:
        b.store(b.frame(_PLACE, 1), 0, b.const(0))


def length(b: Builder, instr: Instr) -> None:
    """Expands the call and the load_global before it, which nothing else wants."""
    function, argument = instr.args
    value = b.use(argument)
    known, has_length, is_tuple, join = (b.new_block() for _ in range(4))
    slow = b.new_block(cold=True)
    place, map_ = b.frame(_PLACE, 1), b.globals()
    b.branch(Cond.EQ, b.load(place, 0), b.load(map_, _MAP_USED), known, slow)
    b.start(known)
    _recognise_length(b, argument, has_length, is_tuple, slow)
    found = []
    if has_length.predecessors:
        b.start(has_length)
        found.append(small_object(b, b.load_head(value, LENGTH)))
        b.jump(join)
    if is_tuple.predecessors:
        b.start(is_tuple)
        found.append(small_object(b, length_of_tuple(b, argument, value)))
        b.jump(join)
    b.start(slow)
    names.load_global(b, function)
    calls.call(b, instr)
    called = b.use(instr)
    _note_built_in(b, b.use(function), place, map_, join)
    b.start(join)
    b.define(instr, b.phi(*found, *[called] * (len(join.predecessors) - len(found))))


def _recognise_length(
    b: Builder, argument: Instr, has_length: LowBlock, is_tuple: LowBlock, slow: LowBlock
) -> None:
    """Branches on where an object has its length; ends the current block."""
    kinds = said_kinds(b.chosen.kinds_of(argument), b.tables)
    kind = b.found.kinds.get(argument)
    if kind is None:
        for found in recognise(b, b.use(argument), kinds, slow):
            b.start(found.block)
            b.jump(is_tuple if found.kind is Kind.TUPLE else has_length)
        return
    ways = [(has_length, kinds & ~Kind.TUPLE), (is_tuple, kinds & Kind.TUPLE)]
    *first, last = [way for way in ways if way[1]]
    for block, asked in first:
        going_on = b.new_block()
        b.branch(Cond.TNZ, kind, b.const(asked), block, going_on)
        b.start(going_on)
    b.branch(Cond.TNZ, kind, b.const(last[1]), last[0], slow)


def _note_built_in(b: Builder, function: LowInstr, place: LowInstr, map_: LowInstr, join: LowBlock) -> None:
    is_pointer, is_built_in = b.new_block(cold=True), b.new_block(cold=True)
    b.branch(Cond.TZ, function, POINTER_MASK, is_pointer, join)
    b.start(is_pointer)
    type_ = b.emit("load_fixed", function, imm=(b.word_at(0),))
    flags = b.emit("load_fixed", type_, imm=(flags_mem(b),))
    b.branch(Cond.TNZ, flags, b.const(BUILTIN_FUN), is_built_in, join)
    b.start(is_built_in)
    b.store(place, 0, b.load(map_, _MAP_USED))
    b.jump(join)
