"""Liveness: what is still needed where.

Sets are bit masks, ints: bit n for variable or value number n. An exception can leave a block at any
instruction, so what is live into its handler is live throughout the block.

Most values live in a few blocks near each other, so the numbers are cut into chunks of ``WIDTH``, and only
blocks in which one of a chunk's values is live have a mask for it. Thus work and memory grow with what is
live where, not with values times blocks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mpytool.emitters.native.dominance import Graph, reverse_postorder
from mpytool.emitters.native.low import LowBlock, LowFunction, LowInstr
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction

_B = TypeVar("_B", Block, LowBlock)

WIDTH = 1024
"""Numbers in a chunk: so many are in most functions at most."""

Masks = dict[int, int]
"""By block, those that are not zero."""


class Flow:
    """How control flows, prepared for questions about what is live.

    ``handlers``  the block that catches exceptions of each block, -1 for none
    """

    def __init__(self, successors: Graph, handlers: Sequence[int]) -> None:
        self.successors = successors
        self.handlers = handlers
        with_handlers = [
            [*targets, handler] if handler >= 0 else targets
            for targets, handler in zip(successors, handlers, strict=True)
        ]
        #: the blocks that can be reached, successors first, and where each is in that order
        self.order = reverse_postorder(with_handlers)
        self.order.reverse()
        self.turn = [-1] * len(successors)
        for turn, block in enumerate(self.order):
            self.turn[block] = turn
        #: where the turns of blocks are that want to know what is live into a block
        self.askers: list[list[int]] = [[] for _ in successors]
        for turn, block in enumerate(self.order):
            for target in with_handlers[block]:
                self.askers[target].append(turn)

    def solve(
        self, uses: Mapping[int, int], definitions: Mapping[int, int], at_exit: Mapping[int, int]
    ) -> Masks:
        """What is live into each block, the least solution. What is not in a mapping is 0.

        ``uses``         what a block reads before it defines it
        ``definitions``  what it defines
        ``at_exit``      what is live at its end for other reasons than a successor's (operands of phis)
        """
        order, successors, handlers, turns = self.order, self.successors, self.handlers, self.turn
        live = [0] * len(successors)
        # Marks by turn: a block is looked at when those that it leads to have been, but along back edges
        waiting = bytearray(len(order))
        for block in (*uses, *at_exit):
            if turns[block] >= 0:
                waiting[turns[block]] = 1
        turn = waiting.find(1)
        while turn >= 0:
            waiting[turn] = 0
            block = order[turn]
            new = at_exit.get(block, 0)
            for target in successors[block]:
                new |= live[target]
            new = new & ~definitions.get(block, 0) | uses.get(block, 0)
            if handlers[block] >= 0:
                new |= live[handlers[block]]
            if new != live[block]:
                live[block] = new
                for asker in self.askers[block]:
                    waiting[asker] = 1
            turn = waiting.find(1, turn)
            if turn < 0:
                turn = waiting.find(1)
        return {block: mask for block, mask in enumerate(live) if mask}

    def at_ends(self, live: Masks) -> Masks:
        """What is live at the end of each block, and throughout it because of its handler, for a solution."""
        found: Masks = {}
        for block, mask in live.items():
            for asker in self.askers[block]:
                source = self.order[asker]
                found[source] = found.get(source, 0) | mask
        return found


def solve_liveness(
    successors: Graph,
    handlers: Sequence[int],
    uses: Sequence[int],
    definitions: Sequence[int],
    at_exit: Sequence[int],
) -> list[int]:
    """``Flow.solve`` for lists by block: what is live into each."""
    masks = [
        {block: mask for block, mask in enumerate(listed) if mask} for listed in (uses, definitions, at_exit)
    ]
    live = Flow(successors, handlers).solve(*masks)
    return [live.get(block, 0) for block in range(len(successors))]


@dataclass(slots=True)
class LiveInto:
    """What is live into each block; ``chunks[k]`` is about the numbers from ``k * WIDTH`` on."""

    chunks: list[Masks]

    def has(self, block: int, number: int) -> bool:
        chunk, bit = divmod(number, WIDTH)
        return chunk < len(self.chunks) and bool(self.chunks[chunk].get(block, 0) >> bit & 1)

    def numbers(self, block: int) -> Iterator[int]:
        """Ascending."""
        for index, chunk in enumerate(self.chunks):
            mask = chunk.get(block)
            if mask is not None:
                for bit in bits_of(mask):
                    yield index * WIDTH + bit


def bits_of(mask: int) -> list[int]:
    """The positions of the ones in a mask, ascending."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def live_values(function: SsaFunction | LowFunction) -> LiveInto:
    """The values that are live into each block; a block's own phis are not.

    Needs: ``ssa.number_values`` or ``low.number_low``.
    """
    blocks: Sequence[Block | LowBlock] = function.blocks
    uses: list[Masks] = []
    at_exit: list[Masks] = []
    # A block's values have the numbers from its first one to that of the next block
    firsts = [0]
    for block in blocks:
        first = firsts[-1]
        end = first
        for instr in block.code:
            if instr.number >= 0:
                end = instr.number + 1
        firsts.append(end)
        used: set[int] = set()
        for instr in block.code:
            if instr.row.name == "phi":
                for edge in range(len(instr.args)):
                    _note(at_exit, block.predecessors[edge].number, instr.args[edge].number)
            else:
                for arg in instr.args:
                    if not first <= arg.number < end:
                        used.add(arg.number)
        for number in used:
            _note(uses, block.number, number)
    flow = Flow(
        [[target.number for target in block.successors] for block in blocks],
        [-1 if block.handler is None else block.handler.number for block in blocks],
    )
    uses += [{} for _ in range(len(at_exit) - len(uses))]
    at_exit += [{} for _ in range(len(uses) - len(at_exit))]
    return LiveInto(
        [
            flow.solve(used, _defined(firsts, index * WIDTH), at_end)
            for index, (used, at_end) in enumerate(zip(uses, at_exit, strict=True))
        ]
    )


def _note(chunks: list[Masks], block: int, number: int) -> None:
    chunk, bit = divmod(number, WIDTH)
    while chunk >= len(chunks):
        chunks.append({})
    chunks[chunk][block] = chunks[chunk].get(block, 0) | 1 << bit


def _defined(firsts: Sequence[int], start: int) -> Masks:
    """What each block defines of the chunk of numbers that begins at ``start``."""
    found: Masks = {}
    last = min(bisect_left(firsts, start + WIDTH), len(firsts) - 1)
    for block in range(bisect_right(firsts, start) - 1, last):
        first = max(firsts[block] - start, 0)
        end = min(firsts[block + 1] - start, WIDTH)
        if first < end:
            found[block] = (1 << end) - (1 << first)
    return found


def is_live_on_edge(live: LiveInto, source: _B, target: _B, value: Instr | LowInstr) -> bool:
    """Whether a value is wanted behind an edge, by a phi or later."""
    if live.has(target.number, value.number):
        return True
    edge = target.predecessors.index(source)
    return any(phi.args[edge] is value for phi in _phis(target))


def live_at_end(live: LiveInto, block: _B) -> set[int]:
    """The numbers of the values that are live on some edge out of a block."""
    found: set[int] = set()
    for target in block.successors:
        found.update(live.numbers(target.number))
        edge = target.predecessors.index(block)
        found.update(phi.args[edge].number for phi in _phis(target))
    return found


def _phis(block: Block | LowBlock) -> Iterator[Instr | LowInstr]:
    for instr in block.code:
        if instr.row.name != "phi":
            break
        yield instr


def live_across(block: Block, positions: Sequence[int], live_in: LiveInto) -> list[set[int]]:
    """For some positions of ``block.code``, ascending, the numbers of the values that the instructions there
    must leave alone: live after them, and computed before.

    For a yield this is what the generator's state must hold, besides what the frame objects hold.
    """
    if not positions:
        return []
    live = live_at_end(live_in, block)
    always = set() if block.handler is None else set(live_in.numbers(block.handler.number))
    found: list[set[int]] = []
    waiting = list(positions)
    for index in range(len(block.code) - 1, waiting[0] - 1, -1):
        instr = block.code[index]
        live.discard(instr.number)
        if index == waiting[-1]:
            waiting.pop()
            found.append(live | always)
        live.update(arg.number for arg in instr.args)
    found.reverse()
    return found
