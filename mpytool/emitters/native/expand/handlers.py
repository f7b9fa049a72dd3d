"""Exception handlers, and what continues behind finally blocks.

A continuation is None, a small int or an exception, which is no small int: its lowest bit tells (object
representations A and C).
"""

from __future__ import annotations

from mpytool.emitters.native.expand.areas import EXIT_WORDS
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import NLR_VALUE, NULL, Entry, small_int
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr

_SMALL_INT_BIT = 1


def setup(b: Builder, instr: Instr) -> None:
    region = b.ssa.regions[instr.imm[0]]
    body, landing = (b.of_block[target] for target in instr.targets)
    b.push(b.depth_of(region), body, landing)


def catch(b: Builder, instr: Instr) -> None:
    region = next(region for region in b.ssa.regions if region.landing is b.ssa_block)
    if b.uses[instr]:
        b.define(instr, b.load(b.nlr_buffer(b.depth_of(region)), NLR_VALUE))


def disarm(b: Builder, instr: Instr) -> None:
    b.pop()


def resume(b: Builder, instr: Instr) -> None:
    value = b.use(instr.args[0])
    fall, *ways = (b.of_block[target] for target in instr.targets)
    raising = b.new_block(cold=True)
    if ways:
        objects = b.new_block()
        leaving = b.new_block()
        b.branch(Cond.TNZ, value, _SMALL_INT_BIT, leaving, objects)
        b.start(leaving)
        for number, way in enumerate(ways[:-1]):
            other = b.new_block()
            b.branch(Cond.EQ, value, small_int(number), way, other)
            b.start(other)
        b.jump(ways[-1])
        b.start(objects)
    b.is_object(value, Entry.NONE, fall, raising)
    b.start(raising)
    b.raises(value)


def reraise(b: Builder, instr: Instr) -> None:
    b.raises(b.use(instr.args[0]))


def raise_(b: Builder, instr: Instr) -> None:
    """``raise_from`` too: MicroPython evaluates the cause, and forgets it."""
    b.raises_any(b.use(instr.args[0]))


def raise_last(b: Builder, instr: Instr) -> None:
    for arg in instr.args:
        value = b.use(arg)
        if arg.row.name == "catch":
            b.raises(value)
            return
        following = b.new_block()
        object_ = b.new_block()
        raising = b.new_block(cold=True)
        b.branch(Cond.TNZ, value, _SMALL_INT_BIT, following, object_)
        b.start(object_)
        b.is_object(value, Entry.NONE, following, raising)
        b.start(raising)
        b.raises(value)
        b.start(following)
    # The name may be hidden; then what hides it is raised
    error = b.call(Entry.LOAD_GLOBAL, b.qstr("RuntimeError"))
    place = b.area(1)
    b.store(place, 0, b.object("no active exception to reraise"))
    b.raises_any(b.call(Entry.CALL_FUNCTION, error, 1, place))


def with_cleanup(b: Builder, instr: Instr) -> None:
    method, instance, value = (b.use(arg) for arg in instr.args)
    objects, plain, raised, done = b.new_block(), b.new_block(), b.new_block(cold=True), b.new_block()
    b.branch(Cond.TNZ, value, _SMALL_INT_BIT, plain, objects)
    b.start(objects)
    b.is_object(value, Entry.NONE, plain, raised)
    b.start(plain)
    nothing = b.table(Entry.NONE)
    _call_exit(b, [method, instance, nothing, nothing, nothing])
    b.jump(done)
    b.start(raised)
    kind = b.call(Entry.GET_TYPE, value)
    nothing = b.table(Entry.NONE)
    swallowed: LowBlock = b.new_block()
    is_true = b.call(Entry.OBJ_IS_TRUE, _call_exit(b, [method, instance, kind, value, nothing]))
    kept = b.new_block()
    b.is_set(is_true, swallowed, kept)
    b.start(kept)
    b.jump(done)
    b.start(swallowed)
    nothing = b.table(Entry.NONE)
    b.jump(done)
    b.start(done)
    b.define(instr, b.phi(value, value, nothing))


def _call_exit(b: Builder, words: list[LowInstr]) -> LowInstr:
    place = b.area(EXIT_WORDS)
    b.store_all(place, words)
    return b.call(Entry.CALL_METHOD, EXIT_WORDS - 2, NULL, place)
