"""Natural loops: how deep each block is nested, and which blocks belong to the loop of a header.

Blocks are numbers, block 0 is the entry. An edge to a block that dominates its source closes a loop; edges
into the middle of a cycle (irreducible flow, which only ``dispatch`` of a generator makes) close none.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.dominance import (
    Graph,
    dominance_intervals,
    immediate_dominators,
    predecessors_of,
)
from mpytool.emitters.native.low import LowBlock, LowFunction
from mpytool.emitters.native.machine import MachineBlock, MachineFunction


def loops_of(successors: Graph) -> dict[int, set[int]]:
    """For each header the blocks of its loop, the header among them."""
    spans = dominance_intervals(immediate_dominators(successors))
    predecessors = predecessors_of(successors)
    loops: dict[int, set[int]] = {}
    for block, targets in enumerate(successors):
        for head in targets:
            if spans[block][0] < 0 or not (
                spans[head][0] <= spans[block][0] and spans[block][1] <= spans[head][1]
            ):
                continue
            members = loops.setdefault(head, {head})
            todo = [block]
            while todo:
                at = todo.pop()
                if at not in members:
                    members.add(at)
                    todo += [other for other in predecessors[at] if spans[other][0] >= 0]
    return loops


def find_loops(function: LowFunction | MachineFunction) -> None:
    """Set ``loop`` of every block: in how many loops it is."""
    blocks: Sequence[LowBlock | MachineBlock] = function.blocks
    index_of: dict[LowBlock | MachineBlock, int] = {block: index for index, block in enumerate(blocks)}
    for block in blocks:
        block.loop = 0
    graph = [[index_of[target] for target in block.successors] for block in blocks]
    for members in loops_of(graph).values():
        for member in members:
            blocks[member].loop += 1
