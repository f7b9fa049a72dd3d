"""Dominators: which blocks every path from the entry to a block goes through.

Graphs are lists of successors (or predecessors) by block number; block 0 is the entry.

Of a graph whose cycles have one way in, one walk in reverse postorder finds dominators: a block's is what the
blocks have in common that lead there, without the edges that go back, and that is found over the tree as far
as it is known. Such edges change nothing, for each goes to a dominator of where it comes from. For all others
that is so are dominators found as Lengauer and Tarjan do, "A Fast Algorithm for Finding Dominators in a
Flowgraph" (1979). Frontiers are found as Cooper, Harvey and Kennedy do, "A Simple, Fast Dominance Algorithm"
(2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Graph = Sequence[Sequence[int]]


def reverse_postorder(successors: Graph) -> list[int]:
    """The blocks that the entry reaches, each before its successors but along back edges."""
    left = _depth_first(successors).left
    left.reverse()
    return left


def predecessors_of(successors: Graph) -> list[list[int]]:
    """The edges turned round, once for each edge."""
    predecessors: list[list[int]] = [[] for _ in successors]
    for block, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(block)
    return predecessors


class Dominators:
    """The tree of dominators.

    ``order``     the blocks that the entry reaches, in reverse postorder
    ``parent``    for each block its closest strict dominator; -1 for the entry and for unreachable blocks
    ``depth``     in the tree; -1 for unreachable blocks
    ``backward``  (from, to) for each edge to a block that is not later in ``order``, in their order there

    Each block knows its parent and one further ancestor, so that of the ways up one has log n steps (Myers,
    "An applicative random-access stack", 1983).
    """

    def __init__(self, successors: Graph) -> None:
        count = len(successors)
        self.order = reverse_postorder(successors)
        self.parent = [-1] * count
        self.depth = [-1] * count
        self.jump = [0] * count
        self.backward: list[tuple[int, int]] = []
        self._grow(successors)
        if not all(self.dominates(head, latch) for latch, head in self.backward):
            children: list[list[int]] = [[] for _ in successors]
            for block, up in enumerate(_by_semidominators(successors)):
                if up >= 0:
                    children[up].append(block)
            self.parent = [-1] * count
            self.depth = [-1] * count
            self._grow(children)

    def _grow(self, successors: Graph) -> None:
        """The tree of a graph without the edges that go back."""
        parent, depth, jump = self.parent, self.depth, self.jump
        for block in self.order:
            up = parent[block]
            if up < 0:
                depth[block] = 0
            else:
                above = depth[up]
                depth[block] = above + 1
                far = jump[up]
                at_far = depth[far]
                further = above - at_far == at_far - depth[jump[far]]
                jump[block] = jump[far] if further else up
            for target in successors[block]:
                known = parent[target]
                if depth[target] >= 0:
                    self.backward.append((block, target))
                elif known < 0:
                    parent[target] = block
                elif known != block:
                    parent[target] = self.common(known, block)

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

    def dominates(self, block: int, other: int) -> bool:
        """Of blocks that can be reached; a block dominates itself."""
        return self.common(block, other) == block

    def spans(self) -> list[tuple[int, int]]:
        """(first, end) for each block in a walk down the tree, children in ``order``.

        a dominates b if and only if a.first <= b.first and b.end <= a.end. Unreachable blocks have (-1, -1).
        """
        parent = self.parent
        below = self.order[1:]
        size = [1] * len(parent)
        for block in reversed(below):
            size[parent[block]] += size[block]
        spans = [(-1, -1)] * len(parent)
        spans[0] = (0, size[0])
        #: where the next child of each block begins
        following = [1] * len(parent)
        for block in below:
            first = following[parent[block]]
            following[parent[block]] = end = first + size[block]
            following[block] = first + 1
            spans[block] = (first, end)
        return spans


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


def _by_semidominators(successors: Graph) -> list[int]:
    """``Dominators.parent``: of n edges, n log n steps whatever the graph is like."""
    count = len(successors)
    order, _, parent = _depth_first(successors)
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


class _DepthFirst(NamedTuple):
    """A depth-first walk from the entry: the blocks in the order in which they are ``entered`` and in which
    they are ``left``, and for each block where it was entered from."""

    entered: list[int]
    left: list[int]
    parent: list[int]


def _depth_first(successors: Graph) -> _DepthFirst:
    entered = [0]
    left: list[int] = []
    parent = [-1] * len(successors)
    seen = [False] * len(successors)
    seen[0] = True
    #: the successors of each block that the walk has not come to
    rest = [iter(targets) for targets in successors]
    path = [0]
    while path:
        for target in rest[path[-1]]:
            if not seen[target]:
                seen[target] = True
                parent[target] = path[-1]
                entered.append(target)
                path.append(target)
                break
        else:
            left.append(path.pop())
    return _DepthFirst(entered, left, parent)
