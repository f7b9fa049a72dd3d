"""Which virtual registers are live into the blocks of the machine form."""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.liveness import solve_liveness
from mpytool.emitters.native.machine import MachineBlock, MachineFunction, VReg


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
    written: list[set[VReg]] = []
    for block in function.blocks:
        used: dict[VReg, None] = {}
        defined: set[VReg] = set()
        for instr in block.code:
            for reg in reads(instr):
                if isinstance(reg, VReg) and reg not in defined:
                    used[reg] = None
            defined.update(reg for reg in writes(instr) if isinstance(reg, VReg))
        upward.append(used)
        written.append(defined)
    crossing = list(dict.fromkeys(vreg for used in upward for vreg in used))
    bit = {vreg: 1 << index for index, vreg in enumerate(crossing)}
    index_of = {block: index for index, block in enumerate(function.blocks)}
    live = solve_liveness(
        [[index_of[target] for target in block.successors] for block in function.blocks],
        [-1 if block.handler is None else index_of[block.handler] for block in function.blocks],
        [sum(bit[vreg] for vreg in used) for used in upward],
        [sum(bit[vreg] for vreg in defined if vreg in bit) for defined in written],
        [0] * len(function.blocks),
    )
    return LiveInto(crossing, dict(zip(function.blocks, live, strict=True)))


def bits_of(mask: int) -> list[int]:
    """The positions of the ones in a mask, ascending."""
    text = bin(mask)
    last = len(text) - 1
    found = []
    at = text.rfind("1")
    while at > 1:
        found.append(last - at)
        at = text.rfind("1", 0, at)
    return found
