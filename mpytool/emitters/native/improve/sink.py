"""What only slow paths want is computed there.

Before::

    b1: from b0                             after
      v2 = load_fixed word +16 v0           (nothing)
      branch tnz v1 v3 -> b2 b8
    b8: from b1; cold                       b8: from b1; cold
      v4 = call_table 18 v2 v1                v2 = load_fixed word +16 v0
                                              v4 = call_table 18 v2 v1

A value without effects moves down to the block that dominates its uses closest, if that is colder; never into
a loop, for it would be computed again there.

Needs: ``loops.find_loops``. Breaks: numbers.
"""

from __future__ import annotations

from mpytool.emitters.native.dominance import immediate_dominators
from mpytool.emitters.native.low import LOW_PHI, LowBlock, LowEffect, LowFunction, LowInstr, number_low

_STAYS = frozenset(("phi", "input", "const", "frame_address", "load_table"))
"""Phis and inputs have their place; the rest costs nothing to compute where it is used."""


def sink(function: LowFunction) -> bool:
    """Whether anything moved."""
    number_low(function)
    blocks = function.blocks
    idom = immediate_dominators([[target.number for target in block.successors] for block in blocks])
    depth = _depths(idom)
    uses: dict[LowInstr, list[int]] = {}
    for block in blocks:
        for instr in block.code:
            for position, arg in enumerate(instr.args):
                at = block.predecessors[position] if instr.row is LOW_PHI else block
                uses.setdefault(arg, []).append(at.number)
    moved = False
    # From the end, so that what a moved value is made of can follow it.
    for block in reversed(blocks):
        for instr in reversed(block.code.copy()):
            if (
                not instr.row.value
                or instr.row.name in _STAYS
                or instr.row.targets is not None
                or instr.effect is not LowEffect.NONE
            ):
                continue
            where = uses.get(instr)
            if not where:
                continue
            target = blocks[_common(where, idom, depth)]
            if target is block:
                continue
            target = _coldest(block, target, blocks, idom)
            if target is block:
                continue
            block.code.remove(instr)
            target.code.insert(_position(target, instr), instr)
            for arg in instr.args:
                uses[arg].remove(block.number)
                uses[arg].append(target.number)
            moved = True
    return moved


def _depths(idom: list[int]) -> list[int]:
    depth = [-1] * len(idom)
    for block in range(len(idom)):
        path = []
        at = block
        while at >= 0 and depth[at] < 0:
            path.append(at)
            at = idom[at]
        base = depth[at] if at >= 0 else -1
        for step, node in enumerate(reversed(path), 1):
            depth[node] = base + step
    return depth


def _common(where: list[int], idom: list[int], depth: list[int]) -> int:
    """The closest block that dominates all of them."""
    found = where[0]
    for other in where[1:]:
        while found != other:
            if depth[found] >= depth[other]:
                found = idom[found]
            else:
                other = idom[other]
    return found


def _coldest(block: LowBlock, target: LowBlock, blocks: list[LowBlock], idom: list[int]) -> LowBlock:
    """The last block on the way up from ``target`` that is colder than ``block`` and in no deeper loop."""
    best = block
    at = target
    while at is not block:
        if at.loop <= block.loop and at.cold and not block.cold:
            best = at
            break
        at = blocks[idom[at.number]]
    return best


def _position(block: LowBlock, instr: LowInstr) -> int:
    """Before the first use in the block, else at its end."""
    for position, other in enumerate(block.code):
        if other.row is not LOW_PHI and instr in other.args:
            return position
    return len(block.code) - 1
