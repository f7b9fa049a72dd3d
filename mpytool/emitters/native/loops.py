"""Natural loops: how deep each block is nested, and which blocks belong to the loop of a header.

Blocks are numbers, block 0 is the entry. An edge to a block that dominates its source closes a loop; edges
into the middle of a cycle (irreducible flow, which only ``dispatch`` of a generator makes) close none.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.dominance import Dominators, Graph, predecessors_of
from mpytool.emitters.native.low import LowBlock, LowFunction
from mpytool.emitters.native.machine import MachineBlock, MachineFunction


def loops_around(successors: Graph, tree: Dominators | None = None) -> list[frozenset[int]]:
    """For each block the headers of the loops that it is in, its own loop among them if it is a header.
    ``tree``: the graph's dominators, if they are known.

    Natural loops of different headers are nested or apart. From the innermost outwards, each becomes a single
    block once its own blocks are known: its header.
    """
    if tree is None:
        tree = Dominators(successors)
    latches: dict[int, list[int]] = {}
    for latch, head in tree.backward:
        if tree.dominates(head, latch):
            latches.setdefault(head, []).append(latch)
    if not latches:
        return [frozenset()] * len(successors)
    predecessors = predecessors_of(successors)
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

    # Outer ones before inner ones
    heads = [block for block in tree.order if block in latches]
    for head in reversed(heads):
        todo = latches[head]
        while todo:
            block = outermost(todo.pop())
            if block != head:
                inside_of[block] = now[block] = head
                todo += [other for other in predecessors[block] if tree.depth[other] >= 0]
    around: dict[int, frozenset[int]] = {-1: frozenset()}
    for head in heads:
        around[head] = around[inside_of[head]] | {head}
    return [around.get(block) or around[inside_of[block]] for block in range(len(successors))]


def loops_of(around: Sequence[frozenset[int]]) -> dict[int, set[int]]:
    """For each header the blocks of its loop, the header among them; of what ``loops_around`` gives."""
    loops: dict[int, set[int]] = {}
    for block, heads in enumerate(around):
        for head in heads:
            loops.setdefault(head, set()).add(block)
    return loops


def find_loops(
    function: LowFunction | MachineFunction, around: Sequence[frozenset[int]] | None = None
) -> None:
    """Set ``loop`` of every block: in how many loops it is. ``around``: ``loops_around``, if it is known."""
    blocks: Sequence[LowBlock | MachineBlock] = function.blocks
    if around is None:
        index_of: dict[LowBlock | MachineBlock, int] = {block: index for index, block in enumerate(blocks)}
        around = loops_around([[index_of[target] for target in block.successors] for block in blocks])
    for block, heads in zip(blocks, around, strict=True):
        block.loop = len(heads)
