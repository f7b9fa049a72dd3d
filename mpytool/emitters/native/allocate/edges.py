"""Blocks in the middle of edges, where code must run on one way only.

b1: add_checked v3 v4 -> b2 b3      before; b2 has another predecessor

b1: add_checked v3 v4 -> b9 b3      after
b9: jump -> b2
"""

from __future__ import annotations

from mpytool.emitters.native.machine import MachineBlock, MachineFunction, MachineInstr, Target


def split_edges_of_results(function: MachineFunction, target: Target) -> None:
    """Let a terminator that writes registers lead to blocks only that have no other predecessor: there the
    registers can be stored."""
    number = max([block.number for block in function.blocks], default=0)
    blocks: list[MachineBlock] = []
    for block in function.blocks:
        blocks.append(block)
        last = block.code[-1]
        if not (isinstance(last, MachineInstr) and last.targets and last.op.written_at):
            continue
        for index, successor in enumerate(last.targets):
            if len(successor.predecessors) > 1:
                number += 1
                between = MachineBlock(
                    number,
                    [target.jump(successor)],
                    [block],
                    block.handler,
                    block.cold or successor.cold,
                    min(block.loop, successor.loop),
                )
                last.targets[index] = between
                successor.predecessors[successor.predecessors.index(block)] = between
                blocks.append(between)
    function.blocks = blocks
