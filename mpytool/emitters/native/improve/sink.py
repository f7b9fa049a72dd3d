"""What only slow paths want is computed there.

Before::

    b1: from b0                             after
      v2 = load_fixed word +16 v0           (nothing)
      branch tnz v1 v3 -> b2 b8
    b8: from b1; cold                       b8: from b1; cold
      v4 = call_table 18 v2 v1                v2 = load_fixed word +16 v0
                                              v4 = call_table 18 v2 v1

A value without effects moves down to the block that dominates its uses closest, if that is colder; never into
a loop, for it would be computed again there. What is loaded from memory that does not change moves down in
any case: other ways do not need it, and till then it needs no register.

Needs: ``loops.find_loops``. Breaks: numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from mpytool.emitters.native.dominance import Dominators
from mpytool.emitters.native.improve.arming import NLR_PUSH
from mpytool.emitters.native.low import LOW_OF_NAME, LOW_OPS, LOW_PHI, LowBlock, LowFunction, LowInstr
from mpytool.emitters.native.shape import Shape

_STAYS = frozenset(("phi", "input", "const", "frame_address", "load_table"))
"""Phis and inputs have their place; the rest costs nothing to compute where it is used."""

_MOVABLE = frozenset(
    row.name
    for row in LOW_OPS
    if row.value and row.is_pure and row.targets is None and row.name not in _STAYS
)


def sink(function: LowFunction, shape: Shape) -> bool:
    """Whether anything moved."""
    blocks = function.blocks
    tree = shape.tree
    candidates = [(block, _candidates(block)) for block in blocks if not block.cold]
    movable = {instr for _, of_block in candidates for instr in of_block}
    if not movable:
        return False
    uses = _uses_of(movable, blocks)
    colder = _Colder(blocks, tree)
    moved = False
    # From the end, so that what a moved value is made of can follow it.
    for block, of_block in reversed(candidates):
        gone: set[LowInstr] = set()
        for instr in reversed(of_block):
            where = uses.get(instr)
            if not where or block.number in where:
                continue
            common = _common(where, tree)
            target = colder.below(block, common)
            if target is None and instr.row is _LOAD_FIXED:
                target = colder.later(block, common)
            if target is None:
                continue
            gone.add(instr)
            target.code.insert(_position(target, instr), instr)
            for arg in instr.args:
                if arg in movable:
                    _count(uses, arg, block.number, -1)
                    _count(uses, arg, target.number, 1)
        if gone:
            block.code = [instr for instr in block.code if instr not in gone]
            moved = True
    return moved


_LOAD_FIXED = LOW_OF_NAME["load_fixed"]

Uses: TypeAlias = dict[LowInstr, dict[int, int]]
"""The blocks where each value is wanted, and how often."""


def _candidates(block: LowBlock) -> list[LowInstr]:
    """What can move, if all that wants it does."""
    movable: list[LowInstr] = []
    staying: set[LowInstr] = set()
    for instr in block.code:
        row = instr.row
        if row.name in _MOVABLE:
            movable.append(instr)
        elif row is not LOW_PHI:
            staying.update(instr.args)
    return [instr for instr in movable if instr not in staying]


def _uses_of(values: set[LowInstr], blocks: list[LowBlock]) -> Uses:
    uses: Uses = {}
    for block in blocks:
        for instr in block.code:
            if values.isdisjoint(instr.args):
                continue
            for position, arg in enumerate(instr.args):
                if arg in values:
                    at = block.predecessors[position] if instr.row is LOW_PHI else block
                    _count(uses, arg, at.number, 1)
    return uses


def _count(uses: Uses, value: LowInstr, block: int, change: int) -> None:
    where = uses.setdefault(value, {})
    number = where.get(block, 0) + change
    if number:
        where[block] = number
    else:
        del where[block]


def _common(where: Iterable[int], tree: Dominators) -> int:
    """The closest block that dominates all of them."""
    found, *others = where
    for other in others:
        found = tree.common(found, other)
    return found


class _Colder:
    """Cold blocks on the way up the tree of dominators. ``nearest``: of each block, itself or the closest one
    above; ``outer``: of each cold block the closest one above that is in fewer loops."""

    def __init__(self, blocks: Sequence[LowBlock], tree: Dominators) -> None:
        self.blocks = blocks
        self.tree = tree
        self.nearest = [-1] * len(blocks)
        self.outer = [-1] * len(blocks)
        for number in tree.order:
            up = tree.parent[number]
            above = self.nearest[up] if up >= 0 else -1
            if not blocks[number].cold:
                self.nearest[number] = above
                continue
            self.nearest[number] = number
            while above >= 0 and blocks[above].loop >= blocks[number].loop:
                above = self.outer[above]
            self.outer[number] = above

    def below(self, block: LowBlock, target: int) -> LowBlock | None:
        """The last cold block on the way up from ``target`` to ``block`` that is in no deeper loop."""
        depth = self.tree.depth
        at = self.nearest[target]
        while at >= 0 and depth[at] > depth[block.number]:
            if self.blocks[at].loop <= block.loop:
                return self.blocks[at]
            at = self.outer[at]
        return None

    def later(self, block: LowBlock, target: int) -> LowBlock | None:
        """The last block on the way up from ``target`` to ``block`` that is in no loop."""
        at = target
        while at != block.number:
            if not self.blocks[at].loop:
                return self.blocks[at]
            at = self.tree.parent[at]
        return None


def _position(block: LowBlock, instr: LowInstr) -> int:
    """Before the first use in the block, else at its end; before an ``nlr_push``, which returns twice: what
    the second return computes anew would be made of values that have lost their places meanwhile."""
    for position, other in enumerate(block.code):
        if other.row is not LOW_PHI and instr in other.args:
            return position
        if other.row.name == "call_table" and other.imm[0] == NLR_PUSH:
            return position
    return len(block.code) - 1
