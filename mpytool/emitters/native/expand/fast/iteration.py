"""Loops over lists, bytes and what else ``kinds.py`` recognises, without calls.

Before::

    open_iter v2 v0
    b1: v4 = for_iter v2 -> b2 b3

After, besides what it is for other objects::

    kind = what v0 is; getiter is called only if it is nothing that is known
    b1: position = phi 0 next
        v4 = item number ``position`` of v0, as the run time's iterators get it: the length is asked each time
        next = position + 1

Of a range, which comprehensions ask for, the position is the number itself: it begins at the range's start,
and the range's stop is where others have their length. A position does not outlive a yield, so generators
iterate by calls.
"""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.emitters.native.expand import iteration
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast import pairs
from mpytool.emitters.native.expand.fast.items import (
    TUPLE_LENGTH,
    count_elements,
    each_item,
    item_of_tuple,
    length_of_tuple,
)
from mpytool.emitters.native.expand.fast.kinds import (
    LENGTH,
    RANGE_START,
    RANGE_STOP,
    recognise,
)
from mpytool.emitters.native.expand.fast.tuples import is_surely_tuple
from mpytool.emitters.native.expand.fast.version import FastVersion, small_object
from mpytool.emitters.native.expand.object_kinds import Iteration, Kind
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.low import Cond, LowInstr
from mpytool.emitters.native.ssa import Instr

_NOT_ALWAYS_SMALL = Kind.I32 | Kind.U32
"""Arrays whose items may be no small ints where a word has 32 bits."""

assert RANGE_STOP == LENGTH


def open_iter(b: Builder, instr: Instr) -> None:
    buffer, iterable = instr.args
    if iterable in b.chosen.pairs and not b.block.cold:
        pairs.open_iter(b, instr, _kinds(b) & ~Kind.RANGE)
        return
    if buffer not in b.chosen.iterators or b.block.cold:
        iteration.open_iter(b, instr)
        return
    value = b.use(iterable)
    zero = b.const(0)
    if is_surely_tuple(iterable):
        length = length_of_tuple(b, iterable, value)
        b.found.iterations[buffer] = Iteration(value, value, Kind.TUPLE, zero, length)
        return
    known = b.found.kinds.get(iterable)
    kinds = _kinds(b) if known is None else _kinds(b) & ~Kind.RANGE
    if b.chosen.kinds.get(iterable) is Kind.TUPLE:
        kinds = Kind.TUPLE
    # One way to load an item: that there is a container says that it is that
    is_one = kinds is Kind.TUPLE or count_elements(kinds) + bool(kinds & Kind.RANGE) == 1
    calls, ready = b.new_block(), b.new_block()
    results: list[LowInstr] = []
    starts: list[LowInstr] = []
    if known is not None:
        asked = b.emit("and", known, b.const(kinds))
        results.append(value if is_one else asked)
        starts.append(zero)
        b.branch(Cond.NE, asked, Kind.OTHER, ready, calls)
    else:
        for found in recognise(b, value, kinds, calls):
            b.start(found.block)
            results.append(value if is_one else b.const(found.kind))
            starts.append(b.load(value, RANGE_START) if found.kind is Kind.RANGE else zero)
            b.jump(ready)
    b.start(calls)
    b.call(Entry.GETITER, value, b.use(buffer))
    results.append(b.const(NULL if is_one else Kind.OTHER))
    starts.append(zero)
    b.jump(ready)
    b.start(ready)
    kind = b.phi(*results)
    start = b.phi(*starts) if kinds & Kind.RANGE else zero
    b.found.iterations[buffer] = Iteration(kind if is_one else value, kind, kinds, start)


def _kinds(b: Builder) -> Kind:
    return b.chosen.iterated & ~_NOT_ALWAYS_SMALL if b.layout.word == 4 else b.chosen.iterated


def start_head(b: Builder, head: Instr) -> None:
    """Behind the phis of the block that ``for_iter`` ends."""
    found = b.found.iterations.get(head.args[0])
    if found is not None:
        found.position = b.phi()


def coming_position(b: Builder, head: Instr) -> list[LowInstr]:
    """What comes into the head from the current block, in front of it or in the loop, behind its phis."""
    found = b.found.iterations.get(head.args[0])
    if found is None:
        return []
    return [found.start if found.following is None else found.following]


def for_iter(b: Builder, instr: Instr) -> None:
    found = b.found.iterations.get(instr.args[0])
    if found is None:
        iteration.for_iter(b, instr)
        return
    if isinstance(found, pairs.PairIteration):
        pairs.for_iter(b, instr, found)
        return
    assert found.position is not None
    body, end = (b.of_block[target] for target in instr.targets)
    inside, join = b.new_block(), b.new_block()
    items: list[LowInstr] = []
    if found.length is not None:
        b.branch(Cond.ULT, found.position, found.length, inside, end)
        b.start(inside)
        items.append(item_of_tuple(b, found.container, found.position))
        b.jump(join)
    else:
        inline, calls = b.new_block(), b.new_block()
        b.branch(Cond.NE, found.kind, Kind.OTHER, inline, calls)
        b.start(calls)
        item = b.call(Entry.ITERNEXT, b.use(instr.args[0]))
        items.append(item)
        b.branch(Cond.NE, item, NULL, join, end)
        b.start(inline)
        b.branch(Cond.ULT, found.position, _length(b, found), inside, end)
        b.start(inside)
        for item in _items(FastVersion(b, calls), found, found.position):
            items.append(item)
            b.jump(join)
    b.start(join)
    value = b.phi(*items)
    found.following = b.emit("add", found.position, b.const(1))
    b.define(instr, value)
    b.jump(body)


def _length(b: Builder, found: Iteration) -> LowInstr:
    if found.kinds is Kind.TUPLE:
        return b.emit("load_fixed", found.container, imm=(b.word_at(TUPLE_LENGTH),))
    return b.load_head(found.container, LENGTH)


def _items(v: FastVersion, found: Iteration, position: LowInstr) -> Iterator[LowInstr]:
    """Starts a block for each kind of container; gives the item."""
    b = v.builder
    kinds = found.kinds
    if kinds is Kind.TUPLE:
        yield item_of_tuple(b, found.container, position)
        return
    if kinds & Kind.RANGE:
        kinds &= ~Kind.RANGE
        if kinds:
            is_range, going_on = b.new_block(), b.new_block()
            b.branch(Cond.TNZ, found.kind, b.const(Kind.RANGE), is_range, going_on)
            b.start(is_range)
        yield small_object(b, position)
        if not kinds:
            return
        b.start(going_on)
    yield from each_item(v, found.kind, kinds, found.container, position)
