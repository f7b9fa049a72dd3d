"""Dominators: which blocks every path from the entry to a block goes through.

Graphs are lists of successors (or predecessors) by block number; block 0 is the entry. Dominators are found
as Lengauer and Tarjan do, "A Fast Algorithm for Finding Dominators in a Flowgraph" (1979), frontiers as
Cooper, Harvey and Kennedy do, "A Simple, Fast Dominance Algorithm" (2001).
"""

from __future__ import annotations

from collections.abc import Sequence

Graph = Sequence[Sequence[int]]


def reverse_postorder(successors: Graph) -> list[int]:
    """The blocks that the entry reaches, each before its successors but along back edges."""
    return _depth_first(successors)[2][::-1]


def predecessors_of(successors: Graph) -> list[list[int]]:
    """The edges turned round, once for each edge."""
    predecessors: list[list[int]] = [[] for _ in successors]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    return predecessors


def immediate_dominators(successors: Graph) -> list[int]:
    """For each block its closest strict dominator; -1 for the entry and for unreachable blocks.

    By semidominators: of n edges, n log n steps whatever the graph is like.
    """
    count = len(successors)
    order, parent, _ = _depth_first(successors)
    position = [-1] * count
    for index, block in enumerate(order):
        position[block] = index
    predecessors = predecessors_of(successors)
    # From here on blocks are their positions in ``order``; a semidominator is the lowest one found so far
    above = [-1 if parent[block] < 0 else position[parent[block]] for block in order]
    semi = list(range(len(order)))
    best = list(range(len(order)))
    forest = [-1] * len(order)
    waiting: list[list[int]] = [[] for _ in order]
    idom = [0] * len(order)

    def lowest(at: int) -> int:
        """Of the way up in the forest, below its root, the one with the lowest semidominator."""
        path = []
        while forest[at] >= 0 and forest[forest[at]] >= 0:
            path.append(at)
            at = forest[at]
        for below in reversed(path):
            up = forest[below]
            if semi[best[up]] < semi[best[below]]:
                best[below] = best[up]
            forest[below] = forest[up]
        return best[path[0] if path else at]

    for at in range(len(order) - 1, 0, -1):
        for block in predecessors[order[at]]:
            source = position[block]
            if source >= 0:
                found = source if source < at else lowest(source)
                semi[at] = min(semi[at], semi[found])
        waiting[semi[at]].append(at)
        up = above[at]
        forest[at] = up
        for other in waiting[up]:
            found = lowest(other)
            idom[other] = found if semi[found] < semi[other] else up
        waiting[up].clear()
    for at in range(1, len(order)):
        if idom[at] != semi[at]:
            idom[at] = idom[idom[at]]
    dominators = [-1] * count
    for at in range(1, len(order)):
        dominators[order[at]] = order[idom[at]]
    return dominators


def _depth_first(successors: Graph) -> tuple[list[int], list[int], list[int]]:
    """The blocks that the entry reaches in the order in which a depth-first walk enters them, where it came
    from to each block, and the blocks in the order in which it leaves them."""
    order = [0]
    left: list[int] = []
    parent = [-1] * len(successors)
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
            left.append(block)
        else:
            target = targets[done]
            path.append((block, done + 1))
            seen[target] = True
            parent[target] = block
            order.append(target)
            path.append((target, 0))
    return order, parent, left


class Ancestors:
    """The closest common ancestors of blocks in a tree of dominators, in log n steps.

    Each block knows its parent and one further ancestor, so that of the ways up one has log n steps (Myers,
    "An applicative random-access stack", 1983).
    """

    def __init__(self, idom: Sequence[int]) -> None:
        self.parent = idom
        self.depth = [-1] * len(idom)
        self.jump = [0] * len(idom)
        children: list[list[int]] = [[] for _ in idom]
        for block, up in enumerate(idom):
            if up >= 0:
                children[up].append(block)
        if idom:
            self.depth[0] = 0
        path = [0] if idom else []
        while path:
            block = path.pop()
            for child in children[block]:
                self.depth[child] = self.depth[block] + 1
                far = self.jump[block]
                further = self.depth[block] - self.depth[far] == self.depth[far] - self.depth[self.jump[far]]
                self.jump[child] = self.jump[far] if further else block
                path.append(child)

    def common(self, one: int, other: int) -> int:
        """The closest block that dominates both."""
        depth, jump, parent = self.depth, self.jump, self.parent
        if depth[one] < depth[other]:
            one, other = other, one
        while depth[one] > depth[other]:
            one = jump[one] if depth[jump[one]] >= depth[other] else parent[one]
        while one != other:
            if jump[one] != jump[other]:
                one, other = jump[one], jump[other]
            else:
                one, other = parent[one], parent[other]
        return one


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
