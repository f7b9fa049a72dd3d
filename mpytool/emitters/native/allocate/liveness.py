"""Which virtual registers are live into the blocks of the machine form."""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.liveness import solve_liveness
from mpytool.emitters.native.machine import MachineBlock, MachineFunction, Reg, VReg


@dataclass(slots=True)
class LiveInto:
    """``masks``: for each block what is live into it, bit n for ``crossing[n]``; what is live into a handler
    is live into the blocks that have it. Registers of one block only, most of them, are not ``crossing``."""

    crossing: list[VReg]
    masks: dict[MachineBlock, int]

    def registers(self, mask: int) -> list[VReg]:
        return [self.crossing[number] for number in bits_of(mask)]

    def at_end(self, block: MachineBlock) -> int:
        """What is live at the end of a block, and throughout it because of its handler."""
        mask = 0 if block.handler is None else self.masks[block.handler]
        for successor in block.successors:
            mask |= self.masks[successor]
        return mask


def find_live_into(function: MachineFunction) -> LiveInto:
    """The least solution."""
    upward: list[dict[VReg, None]] = []  # ordered: numbers must not depend on where objects lie
    written: list[set[Reg]] = []
    for block in function.blocks:
        used: dict[VReg, None] = {}
        defined: set[Reg] = set()
        for instr in block.code:
            for reg in reads(instr):
                if reg not in defined and isinstance(reg, VReg):
                    used[reg] = None
            defined.update(writes(instr))
        upward.append(used)
        written.append(defined)
    crossing = list(dict.fromkeys(vreg for used in upward for vreg in used))
    number_of: dict[Reg, int] = {vreg: index for index, vreg in enumerate(crossing)}
    index_of = {block: index for index, block in enumerate(function.blocks)}
    live = solve_liveness(
        [[index_of[target] for target in block.successors] for block in function.blocks],
        [-1 if block.handler is None else index_of[block.handler] for block in function.blocks],
        [_mask([number_of[vreg] for vreg in used]) for used in upward],
        [_mask([number_of[reg] for reg in defined if reg in number_of]) for defined in written],
        [0] * len(function.blocks),
    )
    return LiveInto(crossing, dict(zip(function.blocks, live, strict=True)))


def bits_of(mask: int) -> list[int]:
    """The positions of the ones in a mask, ascending."""
    if not mask:
        return []
    first = (mask & -mask).bit_length() - 1
    text = bin(mask >> first)
    last = len(text) - 1 + first
    found = []
    at = text.rfind("1")
    while at > 1:
        found.append(last - at)
        at = text.rfind("1", 0, at)
    return found


def _mask(numbers: list[int]) -> int:
    """The ones at some positions."""
    if not numbers:
        return 0
    first = min(numbers)
    mask = 0
    for number in numbers:
        mask |= 1 << number - first
    return mask << first
