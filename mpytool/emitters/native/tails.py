"""Ends of blocks that are the same are there once.

    b4: cold                            before
      mov r0 r4
      call 34 1
      nowhere
    b7: cold
      mov r4 r0
      mov r0 r4
      call 34 1
      nowhere

    b4: cold                            after
      mov r0 r4
      call 34 1
      nowhere
    b7: cold
      mov r4 r0
      jump -> b4

Of a block that is more than such an end, the end becomes a block of its own. In loops only blocks that are
the same as a whole become one, unless how often code runs does not matter: others would jump more often.

Needs: allocated code. Breaks: ``predecessors``, the order of blocks, ``layout.thread_jumps`` mends both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mpytool.emitters.native.machine import MachineBlock, MachineFunction, MachineInstr, Operand, Target

_LONGEST = 64
"""How many instructions are compared."""

_Key: TypeAlias = tuple[str, tuple[Operand, ...], tuple[MachineBlock, ...]]


def merge_tails(function: MachineFunction, target: Target, *, in_loops: bool = False) -> None:
    """In place, all ends of two instructions or more. The entry stays as it is."""
    ends: dict[_Key, list[MachineBlock]] = {}
    for block in function.blocks[1:]:
        last = block.code[-1]
        assert isinstance(last, MachineInstr)
        if last.op.jump or not last.targets:
            ends.setdefault(_key(last), []).append(block)
    merger = _Merger(function, target, in_loops)
    for blocks in ends.values():
        if len(blocks) > 1:
            merger.visit(blocks, 1)


def _key(instr: MachineInstr) -> _Key:
    return instr.op.name, tuple(instr.operands), tuple(instr.targets)


class _Merger:
    def __init__(self, function: MachineFunction, target: Target, in_loops: bool) -> None:
        self.function = function
        self.target = target
        self.in_loops = in_loops
        #: whether leaving takes so many bytes that a jump to where another block leaves is shorter
        self.leaves_long = bool(function.frame or target.convention.long.intersection(function.saved))

    def visit(self, blocks: Sequence[MachineBlock], shared: int) -> list[MachineBlock]:
        """Merge what ends in the same ``shared`` instructions, the longest ends first; what is left of it."""
        longer: dict[_Key, list[MachineBlock]] = {}
        left = []
        for block in blocks:
            before = block.code[-shared - 1] if len(block.code) > shared and shared < _LONGEST else None
            if isinstance(before, MachineInstr) and not before.op.reads_flags:
                longer.setdefault(_key(before), []).append(block)
            else:
                left.append(block)
        for members in longer.values():
            left += self.visit(members, shared + 1) if len(members) > 1 else members
        last = left[0].code[-1]
        assert isinstance(last, MachineInstr)
        if shared == 1 and not (self.leaves_long and last.operands and not last.targets):
            return left
        able: list[MachineBlock] = []
        others: list[MachineBlock] = []
        for block in left:
            may_jump = self.in_loops or block.cold or not block.loop or len(block.code) == shared
            (able if may_jump else others).append(block)
        return [self._merge(able, shared), *others] if len(able) > 1 else left

    def _merge(self, blocks: list[MachineBlock], shared: int) -> MachineBlock:
        blocks.sort(key=lambda block: (len(block.code) > shared, block.cold, block.number))
        first, *others = blocks
        if len(first.code) > shared:
            code = first.code[-shared:]
            tail = MachineBlock(len(self.function.blocks), code, cold=first.cold, loop=first.loop)
            self.function.blocks.append(tail)
            others.append(first)
            first = tail
        for block in others:
            block.code[-shared:] = [self.target.jump(first)]
        return first
