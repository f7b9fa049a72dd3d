"""How the blocks of a function lead to each other: what several passes ask, found once."""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.dominance import Dominators
from mpytool.emitters.native.loops import loops_around
from mpytool.emitters.native.low import LowBlock, LowFunction
from mpytool.emitters.native.ssa import Block, SsaFunction


class Shape:
    """True as long as nobody changes an edge.

    ``graph``  the successors of each block, by number
    ``tree``   its dominators
    """

    def __init__(self, graph: list[list[int]]) -> None:
        self.graph = graph
        self.tree = Dominators(graph)
        self._around: list[frozenset[int]] | None = None

    @property
    def around(self) -> list[frozenset[int]]:
        """For each block the headers of the loops that it is in."""
        if self._around is None:
            self._around = loops_around(self.graph, self.tree)
        return self._around


def shape_of(function: SsaFunction | LowFunction) -> Shape:
    """The shape of a function, whose blocks are numbered for it."""
    blocks: Sequence[Block | LowBlock] = function.blocks
    for number, block in enumerate(blocks):
        block.number = number
    return Shape([[target.number for target in block.code[-1].targets] for block in blocks])
