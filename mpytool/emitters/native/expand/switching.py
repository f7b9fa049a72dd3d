"""Where a function switches to its own globals: as late as it can.

Before::

    b0: branch v1 -> b1 b2          switch here
    b1: raise ValueError
    b2: return v0

After: ``b1`` switches, and calls that return normally never do.

What reads or writes globals has to run with the right ones, so some block on the way to it switches, and all
behind that block know that it has been done, and that it has to be undone: there must be no way to them
around it. It must not be in a loop, nor where a handler is armed, which would outlive the switch.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from mpytool.emitters.native.dominance import Graph
from mpytool.emitters.native.expand.names import users_of_globals
from mpytool.emitters.native.shape import Shape
from mpytool.emitters.native.ssa import Block, SsaFunction
from mpytool.ir import ScopeKind
from mpytool.options import Goal

_MOST_SWITCHES = {Goal.SIZE: 1, Goal.BALANCED: 2, Goal.SPEED: 4}


@dataclass(slots=True, eq=False)
class Switch:
    """``block`` begins by switching, ``inside`` are it and all blocks behind it."""

    block: Block
    inside: frozenset[Block]


def plan_switches(ssa: SsaFunction, shape: Shape, kind: ScopeKind, goal: Goal) -> list[Switch]:
    """The places to switch at; none for a function that does not care for globals."""
    blocks = ssa.blocks
    users = [block.number for block in users_of_globals(ssa, kind)]
    if not users:
        return []
    finder = _Finder(ssa, shape)
    found: dict[int, set[int]] = {}
    covered: set[int] = set()
    for user in users:
        if user not in covered:
            place, inside = finder.place(user)
            covered |= inside
            for other in [other for other in inside if other in found]:
                del found[other]
            found[place] = inside
    if len(found) > _MOST_SWITCHES[goal]:
        place, inside = finder.place(finder.common(users))
        found = {place: inside}
    return [
        Switch(blocks[place], frozenset(blocks[number] for number in inside))
        for place, inside in found.items()
    ]


class _Finder:
    """Blocks by number, and who dominates whom."""

    def __init__(self, ssa: SsaFunction, shape: Shape) -> None:
        self.blocks = ssa.blocks
        self.graph = shape.graph
        self.tree = shape.tree
        self.spans = self.tree.spans()

    def dominates(self, block: int, other: int) -> bool:
        outer, inner = self.spans[block], self.spans[other]
        return outer[0] <= inner[0] and inner[1] <= outer[1]

    def common(self, users: Sequence[int]) -> int:
        """The closest block on all ways to all of some blocks."""
        return functools.reduce(self.tree.common, users)

    def place(self, block: int) -> tuple[int, set[int]]:
        """The closest block on all ways to a block that can switch, and what is behind it."""
        for _ in range(_MOST_STEPS):
            if not block:
                break
            behind = _reached(self.graph[block], self.graph)
            is_sound = not self.blocks[block].armed and block not in behind
            if is_sound and all(self.dominates(block, other) for other in behind):
                return block, behind | {block}
            block = self.tree.parent[block]
        return 0, set(range(len(self.graph)))


_MOST_STEPS = 32
"""Each looks at all that follows."""


def _reached(start: Sequence[int], graph: Graph) -> set[int]:
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        block = waiting.pop()
        if block not in found:
            found.add(block)
            waiting += graph[block]
    return found
