"""Global variables in loops, without a call once it is known where they are.

The map of a module's globals has how many entries there are in word 2 and the address of the table of keys
and values in word 3 (``py/obj.h``). Keys are interned strings, so equal means the same word. The function
keeps, in its frame, the number of the entry where each name was last found; before the first time that is 0.

Before::

    v9 = load_global "DATA"

After::

    entry = table + 2 * position          slow if position is not below the number of entries
    v9 = entry[1]                         slow if entry[0] is not the key
    slow (cold): the whole table is searched, and the position kept; load_global only if it is not there

Nothing is assumed of what happened in between: the map may have moved or changed, and an interrupt may have
set the variable. Names that the program assigns nowhere are left to the run time: they are built in.
"""

from __future__ import annotations

from mpytool.emitters.native.expand import names
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.attributes import MAP_ALLOC, MAP_TABLE, interned_at_start
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr

_POSITIONS = "positions of globals"


def start_positions(b: Builder) -> None:
    """In the entry: a position that may be looked at."""
    if b.chosen.global_names.place:
        places = b.frame(_POSITIONS, len(b.chosen.global_names.place))
        zero = b.const(0)
        for number in b.chosen.global_names.place.values():
            b.store(places, number, zero)


def load_global(b: Builder, instr: Instr) -> None:
    plan = b.chosen.global_names
    if instr not in plan.cached or b.block.cold:
        names.load_global(b, instr)
        return
    name: str = instr.imm[0]
    key, map_ = interned_at_start(b, name), b.globals()
    places = b.frame(_POSITIONS, len(plan.place))
    inside, hit, join, miss = b.new_block(), b.new_block(), b.new_block(), b.new_block(cold=True)
    position = b.load(places, plan.place[name])
    b.branch(Cond.ULT, position, b.load(map_, MAP_ALLOC), inside, miss)
    b.start(inside)
    entry = _entry(b, map_, position)
    b.branch(Cond.EQ, b.load(entry, 0), key, hit, miss)
    b.start(hit)
    values = [b.load(entry, 1)]
    b.jump(join)
    b.start(miss)
    if instr in plan.searching:
        missing, position, entry = _search(b, map_, key)
        b.store(places, plan.place[name], position)
        values.append(b.load(entry, 1))
        b.jump(join)
        b.start(missing)
    names.load_global(b, instr)
    values.append(b.use(instr))
    b.jump(join)
    b.start(join)
    b.define(instr, b.phi(*values))


def _search(b: Builder, map_: LowInstr, key: LowInstr) -> tuple[LowBlock, LowInstr, LowInstr]:
    """(where to go on if there is none, position, entry) of a key; what comes next is for what was found."""
    search, inside, found, missing = (b.new_block() for _ in range(4))
    alloc = b.load(map_, MAP_ALLOC)
    b.jump(search)
    b.start(search)
    last = b.phi(alloc)
    b.branch(Cond.EQ, last, 0, missing, inside)
    b.start(inside)
    position = b.emit("add", last, b.const(-1))
    last.args.append(position)
    entry = _entry(b, map_, position)
    b.branch(Cond.EQ, b.load(entry, 0), key, found, search)
    b.start(found)
    return missing, position, entry


def _entry(b: Builder, map_: LowInstr, position: LowInstr) -> LowInstr:
    """The address of a key and its value."""
    shift = (2 * b.layout.word).bit_length() - 1
    return b.emit("add", b.load(map_, MAP_TABLE), b.emit("shl", position, b.const(shift)))
