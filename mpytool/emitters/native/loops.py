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


def loops_around(successors: Graph) -> list[frozenset[int]]:
    """For each block the headers of the loops that it is in, its own loop among them if it is a header.

    Natural loops of different headers are nested or apart. From the innermost outwards, each becomes a single
    block once its own blocks are known: its header.
    """
    spans = dominance_intervals(immediate_dominators(successors))
    predecessors = predecessors_of(successors)
    latches = _latches(successors, spans)
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
    around: dict[int, frozenset[int]] = {-1: frozenset()}
    for head in heads:
        around[head] = around[inside_of[head]] | {head}
    return [around.get(block) or around[inside_of[block]] for block in range(len(successors))]


def _latches(successors: Graph, spans: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """For each header the blocks with an edge back to it."""
    latches: dict[int, list[int]] = {}
    for block, targets in enumerate(successors):
        entered, left = spans[block]
        for head in targets:
            if entered >= 0 and spans[head][0] <= entered and left <= spans[head][1]:
                latches.setdefault(head, []).append(block)
    return latches


def loops_of(successors: Graph) -> dict[int, set[int]]:
    """For each header the blocks of its loop, the header among them; headers in their order."""
    loops: dict[int, set[int]] = {}
    for block, heads in enumerate(loops_around(successors)):
        for head in heads:
            loops.setdefault(head, set()).add(block)
    return loops


def loop_depths(successors: Graph) -> list[int]:
    """In how many loops each block is."""
    return [len(heads) for heads in loops_around(successors)]


def find_loops(function: LowFunction | MachineFunction) -> None:
    """Set ``loop`` of every block: in how many loops it is."""
    blocks: Sequence[LowBlock | MachineBlock] = function.blocks
    index_of: dict[LowBlock | MachineBlock, int] = {block: index for index, block in enumerate(blocks)}
    graph = [[index_of[target] for target in block.successors] for block in blocks]
    for block, depth in zip(blocks, loop_depths(graph), strict=True):
        block.loop = depth
