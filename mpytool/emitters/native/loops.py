"""How many loops each block is in: ``LowBlock.loop``.

Before::

    b1: from b0 b2          after: b1: from b0 b2; loop 1
    b2: from b1                    b2: from b1; loop 1

A loop is natural: an edge back to a block that dominates its source, and all that reaches the source without
passing that block (Aho, Sethi, Ullman, 10.4). Edges back to the same block make one loop. Cold blocks count
as outside: what is done there is not done often.

Breaks: nothing but numbers, which it sets anew.
"""

from __future__ import annotations

from mpytool.emitters.native.dominance import dominance_intervals, immediate_dominators
from mpytool.emitters.native.low import LowBlock, LowFunction, number_low


def find_loops(function: LowFunction) -> None:
    """Set ``loop`` of every block. Needs: no unreachable blocks."""
    number_low(function)
    blocks = function.blocks
    idom = immediate_dominators([[target.number for target in block.successors] for block in blocks])
    intervals = dominance_intervals(idom)
    bodies: dict[int, set[LowBlock]] = {}
    for block in blocks:
        block.loop = 0
        for target in block.successors:
            outer, inner = intervals[target.number], intervals[block.number]
            if outer[0] <= inner[0] and inner[1] <= outer[1]:
                _collect(bodies.setdefault(target.number, {target}), block)
    for body in bodies.values():
        for block in body:
            block.loop += 1
    for block in blocks:
        if block.cold:
            block.loop = 0


def _collect(body: set[LowBlock], source: LowBlock) -> None:
    """Add what reaches the source of an edge back to the loop's head, which is in the body already."""
    waiting = [source]
    while waiting:
        block = waiting.pop()
        if block not in body:
            body.add(block)
            waiting += block.predecessors
