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


def loop_depths(successors: Graph) -> list[int]:
    """In how many loops each block is: what ``loops_of`` says, without the blocks of each, in linear time.

    Natural loops of different headers are nested or apart. From the innermost outwards, each becomes a single
    block once its own blocks are known: its header.
    """
    spans = dominance_intervals(immediate_dominators(successors))
    predecessors = predecessors_of(successors)
    latches: dict[int, list[int]] = {}
    for block, targets in enumerate(successors):
        for head in targets:
            if (
                spans[block][0] >= 0
                and spans[head][0] <= spans[block][0]
                and spans[block][1] <= spans[head][1]
            ):
                latches.setdefault(head, []).append(block)
    inside_of = [-1] * len(successors)
    now = list(range(len(successors)))

    def outermost(block: int) -> int:
        path = []
        while now[block] != block:
            path.append(block)
            block = now[block]
        for passed in path:
            now[passed] = block
        return block

    heads = sorted(latches, key=lambda head: spans[head][0])
    for head in reversed(heads):
        todo = latches[head]
        while todo:
            block = outermost(todo.pop())
            if block != head:
                inside_of[block] = now[block] = head
                todo += [other for other in predecessors[block] if spans[other][0] >= 0]
    depth_of = dict.fromkeys(heads, 0)
    for head in heads:
        depth_of[head] = 1 + depth_of.get(inside_of[head], 0)
    return [
        depth_of[block] if block in depth_of else depth_of.get(inside_of[block], 0)
        for block in range(len(successors))
    ]


def find_loops(function: LowFunction | MachineFunction) -> None:
    """Set ``loop`` of every block: in how many loops it is."""
    blocks: Sequence[LowBlock | MachineBlock] = function.blocks
    index_of: dict[LowBlock | MachineBlock, int] = {block: index for index, block in enumerate(blocks)}
    graph = [[index_of[target] for target in block.successors] for block in blocks]
    for block, depth in zip(blocks, loop_depths(graph), strict=True):
        block.loop = depth
