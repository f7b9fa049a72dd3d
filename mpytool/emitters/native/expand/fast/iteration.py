"""Loops over lists, bytes and what else ``kinds.py`` recognises, without calls.

Before::

    open_iter v2 v0
    b1: v4 = for_iter v2 -> b2 b3

After, besides what it is for other objects::

    kind = what v0 is; getiter is called only if it is nothing that is known
    b1: position = phi 0 next
        v4 = item number ``position`` of v0, as the run time's iterators get it: the length is asked each time
        next = position + 1

A position does not outlive a yield, so generators iterate by calls.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import iteration
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.items import (
    LENGTH,
    by_element,
    have_one_element,
    load_element,
    place_at,
)
from mpytool.emitters.native.expand.fast.kinds import iterated_kinds, recognise
from mpytool.emitters.native.expand.fast.version import POINTER_MASK, FastVersion
from mpytool.emitters.native.expand.object_kinds import Iteration, Kind
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.low import Cond, LowInstr
from mpytool.emitters.native.ssa import Instr

_NOT_ALWAYS_SMALL = Kind.I32 | Kind.U32
"""Arrays whose items may be no small ints where a word has 32 bits."""


def open_iter(b: Builder, instr: Instr) -> None:
    buffer, iterable = instr.args
    if buffer not in b.inline_iterators or b.block.cold:
        iteration.open_iter(b, instr)
        return
    value = b.use(iterable)
    kinds = iterated_kinds(b.recognised, b.tables)
    if b.layout.word == 4:
        kinds &= ~_NOT_ALWAYS_SMALL
    known = b.kinds.get(iterable)
    # One way to load an item: that there is a container says that it is that
    is_one = have_one_element(kinds)
    calls, ready = b.new_block(), b.new_block()
    results: list[LowInstr] = []
    if known is not None:
        asked = b.emit("and", known, b.const(kinds))
        results.append(value if is_one else asked)
        b.branch(Cond.NE, asked, Kind.OTHER, ready, calls)
    else:
        is_pointer = b.new_block()
        b.branch(Cond.TZ, value, POINTER_MASK, is_pointer, calls)
        b.start(is_pointer)
        for found in recognise(b, value, kinds, calls):
            b.start(found.block)
            results.append(value if is_one else b.const(found.kind))
            b.jump(ready)
    b.start(calls)
    b.call(Entry.GETITER, value, b.use(buffer))
    results.append(b.const(NULL if is_one else Kind.OTHER))
    b.jump(ready)
    b.start(ready)
    kind = b.phi(*results)
    b.iterations[buffer] = Iteration(kind if is_one else value, kind, kinds)


def start_head(b: Builder, head: Instr) -> None:
    """Behind the phis of the block that ``for_iter`` ends."""
    found = b.iterations.get(head.args[0])
    if found is not None:
        found.position = b.phi()


def coming_position(b: Builder, head: Instr) -> list[LowInstr]:
    """What comes into the head from the current block, in front of it or in the loop, behind its phis."""
    found = b.iterations.get(head.args[0])
    if found is None:
        return []
    return [b.const(0) if found.following is None else found.following]


def for_iter(b: Builder, instr: Instr) -> None:
    found = b.iterations.get(instr.args[0])
    if found is None:
        iteration.for_iter(b, instr)
        return
    assert found.position is not None
    body, end = (b.of_block[target] for target in instr.targets)
    inline, calls, join = b.new_block(), b.new_block(), b.new_block()
    b.branch(Cond.NE, found.kind, Kind.OTHER, inline, calls)
    b.start(calls)
    item = b.call(Entry.ITERNEXT, b.use(instr.args[0]))
    items = [item]
    b.branch(Cond.NE, item, NULL, join, end)
    b.start(inline)
    inside = b.new_block()
    b.branch(Cond.ULT, found.position, b.load(found.container, LENGTH), inside, end)
    b.start(inside)
    version = FastVersion(b, calls)
    place = place_at(b, found.container, found.position)
    for element, kinds in by_element(b, found.kind, found.kinds):
        items.append(load_element(version, element, kinds, found.container, place))
        b.jump(join)
    b.start(join)
    value = b.phi(*items)
    found.following = b.emit("add", found.position, b.const(1))
    b.define(instr, value)
    b.jump(body)
