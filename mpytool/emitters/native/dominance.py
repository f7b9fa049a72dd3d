"""Dominators: which blocks every path from the entry to a block goes through.

Graphs are lists of successors (or predecessors) by block number; block 0 is the entry. The algorithms are
those of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
"""

from __future__ import annotations

from collections.abc import Sequence

Graph = Sequence[Sequence[int]]


def reverse_postorder(successors: Graph) -> list[int]:
    """The blocks that the entry reaches, each before its successors but along back edges."""
    order: list[int] = []
    seen = [False] * len(successors)
    seen[0] = True
    # (block, how many of its successors are done)
    path = [(0, 0)]
    while path:
        block, done = path.pop()
        targets = successors[block]
        while done < len(targets) and seen[targets[done]]:
            done += 1
        if done == len(targets):
            order.append(block)
        else:
            path.append((block, done + 1))
            seen[targets[done]] = True
            path.append((targets[done], 0))
    order.reverse()
    return order


def predecessors_of(successors: Graph) -> list[list[int]]:
    """The edges turned round, once for each edge."""
    predecessors: list[list[int]] = [[] for _ in successors]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    return predecessors


def immediate_dominators(successors: Graph) -> list[int]:
    """For each block its closest strict dominator; -1 for the entry and for unreachable blocks."""
    order = reverse_postorder(successors)
    predecessors = predecessors_of(successors)
    position = [-1] * len(successors)
    for index, block in enumerate(order):
        position[block] = index
    idom = [-1] * len(successors)
    idom[0] = 0
    changed = True
    while changed:
        changed = False
        for block in order[1:]:
            new = -1
            for other in predecessors[block]:
                if idom[other] < 0:
                    continue
                if new < 0:
                    new = other
                    continue
                # Climb from both until they meet
                while new != other:
                    if position[new] > position[other]:
                        new = idom[new]
                    else:
                        other = idom[other]
            if idom[block] != new:
                idom[block] = new
                changed = True
    idom[0] = -1
    return idom


def dominance_frontiers(successors: Graph, idom: Sequence[int]) -> list[list[int]]:
    """For each block the joins where its dominance ends: where two definitions may meet."""
    frontiers: list[list[int]] = [[] for _ in successors]
    for block, predecessors in enumerate(predecessors_of(successors)):
        if len(predecessors) < 2 and not (block == 0 and predecessors):
            continue
        for start in predecessors:
            if start and idom[start] < 0:
                continue
            at = start
            while at >= 0 and at != idom[block]:
                if not frontiers[at] or frontiers[at][-1] != block:
                    frontiers[at].append(block)
                at = idom[at]
    return frontiers


def dominance_intervals(idom: Sequence[int]) -> list[tuple[int, int]]:
    """(in, out) for each block: a dominates b if and only if a.in <= b.in and b.out <= a.out.

    They number the steps of a walk over the dominator tree. Unreachable blocks have (-1, -1).
    """
    children: list[list[int]] = [[] for _ in idom]
    for block, parent in enumerate(idom):
        if parent >= 0:
            children[parent].append(block)
    entered = [-1] * len(idom)
    left = [-1] * len(idom)
    clock = 0
    path = [(0, False)] if idom else []
    while path:
        block, done = path.pop()
        if done:
            left[block] = clock
        else:
            entered[block] = clock
            path.append((block, True))
            path.extend((child, False) for child in children[block])
        clock += 1
    return list(zip(entered, left, strict=True))
