"""Liveness: what is still needed where.

Sets are bit masks, ints: bit n for variable or value number n. An exception can leave a block at any
instruction, so what is live into its handler is live throughout the block.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.dominance import Graph, reverse_postorder
from mpytool.emitters.native.ssa import PHI, Block, Instr, SsaFunction, Type


def solve_liveness(
    successors: Graph,
    handlers: Sequence[int],
    uses: Sequence[int],
    definitions: Sequence[int],
    at_exit: Sequence[int],
) -> list[int]:
    """What is live into each block, the least solution.

    ``handlers``     the block that catches exceptions of each block, -1 for none
    ``uses``         what a block reads before it defines it
    ``definitions``  what it defines
    ``at_exit``      what is live at its end for other reasons than a successor's (operands of phis)
    """
    with_handlers = [
        [*targets, handler] if handler >= 0 else targets
        for targets, handler in zip(successors, handlers, strict=True)
    ]
    order = reverse_postorder(with_handlers)
    order.reverse()
    live = [0] * len(successors)
    changed = True
    while changed:
        changed = False
        for block in order:
            out = at_exit[block]
            for target in successors[block]:
                out |= live[target]
            new = uses[block] | (out & ~definitions[block])
            if handlers[block] >= 0:
                new |= live[handlers[block]]
            if new != live[block]:
                live[block] = new
                changed = True
    return live


def live_values(function: SsaFunction) -> list[int]:
    """The values that are live into each block; a block's own phis are not. Needs: ``ssa.number_values``."""
    blocks = function.blocks
    successors = [[target.number for target in block.successors] for block in blocks]
    handlers = [-1 if block.handler is None else block.handler.number for block in blocks]
    uses = [0] * len(blocks)
    definitions = [0] * len(blocks)
    at_exit = [0] * len(blocks)
    for index, block in enumerate(blocks):
        used = defined = 0
        for instr in block.code:
            if instr.row is PHI:
                for arg, predecessor in zip(instr.args, block.predecessors, strict=True):
                    at_exit[predecessor.number] |= 1 << arg.number
            else:
                for arg in instr.args:
                    used |= 1 << arg.number & ~defined
            if instr.type is not Type.NOTHING:
                defined |= 1 << instr.number
        uses[index] = used
        definitions[index] = defined
    return solve_liveness(successors, handlers, uses, definitions, at_exit)


def live_across(block: Block, positions: Sequence[int], live_in: Sequence[int]) -> list[int]:
    """For some positions of ``block.code``, ascending, the values that the instructions there must leave
    alone: live after them, and computed before.

    ``live_in`` is ``live_values(function)``. For a yield this is what the generator's state must hold,
    besides what the frame objects hold.
    """
    live = 0
    for target in block.successors:
        live |= live_in[target.number]
        position = target.predecessors.index(block)
        for phi in target.code:
            if phi.row is not PHI:
                break
            live |= 1 << phi.args[position].number
    always = 0 if block.handler is None else live_in[block.handler.number]
    found: list[int] = []
    code: list[Instr] = block.code
    waiting = list(positions)
    for index in range(len(code) - 1, -1, -1):
        if not waiting:
            break
        instr = code[index]
        if instr.number >= 0:
            live &= ~(1 << instr.number)
        if index == waiting[-1]:
            waiting.pop()
            found.append(live | always)
        for arg in instr.args:
            live |= 1 << arg.number
    found.reverse()
    return found
