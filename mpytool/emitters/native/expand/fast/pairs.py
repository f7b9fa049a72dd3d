"""Loops over ``enumerate`` and ``zip`` of lists and bytes, without the tuples that they make.

Before::

    v2 = load_global "enumerate"
    v3 = call 1 0 v2 v0
    open_iter v4 v3
    b1: v5 = for_iter v4 -> b2 b3
    b2: v6 = unpack_sequence 2 v5
        v7 = part 0 v6
        v8 = part 1 v6

After, besides what it is for other objects::

    whether v2 is the type of that name, and what v0 is; called is only what is not known
    b1: position = phi 0 next
        v7 = position, v8 = item number ``position`` of v0
        next = position + 1
    b2:

A type that comes with the run time is told from what a program has by that name as in ``kinds.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.expand import calls, items, iteration
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.items import each_item
from mpytool.emitters.native.expand.fast.kinds import LENGTH, is_type_named, kind_of
from mpytool.emitters.native.expand.fast.version import FastVersion, small_object
from mpytool.emitters.native.expand.object_kinds import Iteration, Kind
from mpytool.emitters.native.expand.runtime import NULL, Entry
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import PHI, Block, Instr, SsaFunction

_CONTAINERS = {"enumerate": 1, "zip": 2}
"""How many arguments calls have that are worth it."""

_NAMES = ("load_global", "load_name")
_Users: TypeAlias = Mapping[Instr, Sequence[Instr]]


@dataclass(slots=True)
class PairIteration(Iteration):
    """``unpack`` makes two of what ``for_iter`` gives. Of ``zip`` there is another container."""

    unpack: Instr | None = None
    other: LowInstr | None = None
    other_kind: LowInstr | None = None


def find_pairs(
    ssa: SsaFunction, heads: Mapping[Instr, Block], users: Mapping[Instr, Sequence[Instr]]
) -> dict[Instr, Instr]:
    """The unpack_sequence behind the head of a loop, by the call of enumerate or zip that it is over.

    ``heads`` are the blocks of the only for_iter of iterator buffers.
    """
    found: dict[Instr, Instr] = {}
    for block in ssa.blocks:
        for position, instr in enumerate(block.code):
            if instr.row.name != "open_iter" or instr.args[0] not in heads:
                continue
            head = heads[instr.args[0]]
            body = head.code[-1].targets[0]
            call, unpack = instr.args[1], _first(body)
            if (
                _is_made_for(call, block.code[max(0, position - 2) : position], users)
                and unpack.row.name == "unpack_sequence"
                and unpack.imm[0] == 2
                and users[head.code[-1]] == [unpack]
                and unpack.args[0] is head.code[-1]
                and body.predecessors == [head]
                and body.handler is head.handler
                and all(user.row.name == "part" for user in users.get(unpack, ()))
            ):
                found[call] = unpack
    return found


def _is_made_for(call: Instr, before: Sequence[Instr], users: _Users) -> bool:
    """Whether a loop is over what a call of enumerate or zip makes directly before."""
    if call.row.name != "call" or call not in before or len(users[call]) != 1:
        return False
    function = call.args[0]
    name = function.imm[0] if function.row.name in _NAMES else ""
    return call.imm == (_CONTAINERS.get(name), 0)


def _first(block: Block) -> Instr:
    return next(instr for instr in block.code if instr.row is not PHI)


def open_iter(b: Builder, instr: Instr, kinds: Kind) -> None:
    buffer, made = instr.args
    slow, ready = b.new_block(), b.new_block()
    function, containers = made.args[0], [b.use(arg) for arg in made.args[1:]]
    is_type_named(b, b.use(function), function.imm[0], slow)
    found = []
    for arg, container in zip(made.args[1:], containers, strict=True):
        known = b.found.kinds.get(arg)
        found.append(kind_of(b, container, kinds) if known is None else b.emit("and", known, b.const(kinds)))
        going_on = b.new_block()
        b.branch(Cond.NE, found[-1], Kind.OTHER, going_on, slow)
        b.start(going_on)
    b.jump(ready)
    b.start(slow)
    calls.call(b, made)
    iteration.open_iter(b, instr)
    other = b.const(Kind.OTHER)
    b.jump(ready)
    b.start(ready)
    # The second kind is asked for only where the first one is known
    kind, *more = (b.phi(one, other) for one in found)
    opened = PairIteration(containers[0], kind, kinds, b.const(0), unpack=b.chosen.pairs[made])
    if more:
        opened.other, opened.other_kind = containers[1], more[0]
    b.found.iterations[buffer] = opened


def for_iter(b: Builder, instr: Instr, found: PairIteration) -> None:
    position = found.position
    assert position is not None
    assert found.unpack is not None
    body, end = (b.of_block[target] for target in instr.targets)
    inline, slow, some, join = (b.new_block() for _ in range(4))
    b.branch(Cond.NE, found.kind, Kind.OTHER, inline, slow)
    b.start(slow)
    item = b.call(Entry.ITERNEXT, b.use(instr.args[0]))
    b.branch(Cond.NE, item, NULL, some, end)
    b.start(some)
    place = b.area(2)
    b.call(Entry.UNPACK_SEQUENCE, item, 2, place)
    # The run time stores the last item first
    slow_items = [b.load(place, 1), b.load(place, 0)]
    b.jump(join)
    b.start(inline)
    _require_item(b, found.container, position, end)
    if found.other is None or found.other_kind is None:
        number = small_object(b, position)
        fast_items = [number, _item(b, found.container, found.kind, found.kinds, position)]
    else:
        _require_item(b, found.other, position, end)
        fast_items = [
            _item(b, found.container, found.kind, found.kinds, position),
            _item(b, found.other, found.other_kind, found.kinds, position),
        ]
    b.jump(join)
    b.start(join)
    pair = [b.phi(*both) for both in zip(slow_items, fast_items, strict=True)]
    found.following = b.emit("add", position, b.const(1))
    b.found.unpacked[found.unpack] = pair
    b.jump(body)


def _require_item(b: Builder, container: LowInstr, position: LowInstr, end: LowBlock) -> None:
    inside = b.new_block()
    b.branch(Cond.ULT, position, b.load_head(container, LENGTH), inside, end)
    b.start(inside)


def _item(b: Builder, container: LowInstr, kind: LowInstr, kinds: Kind, position: LowInstr) -> LowInstr:
    join = b.new_block()
    found = []
    # Nothing fails: no kind has items that may be no small ints
    for item in each_item(FastVersion(b, join), kind, kinds, container, position):
        found.append(item)
        b.jump(join)
    b.start(join)
    return b.phi(*found)


def unpack_sequence(b: Builder, instr: Instr) -> None:
    if instr not in b.found.unpacked:
        items.unpack_sequence(b, instr)


def part(b: Builder, instr: Instr) -> None:
    pair = b.found.unpacked.get(instr.args[0])
    if pair is None:
        calls.part(b, instr)
    else:
        b.define(instr, pair[instr.imm[0]])
