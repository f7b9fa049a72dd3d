"""Which virtual registers are live into the blocks of the machine form."""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.liveness import WIDTH, Flow, Masks, bits_of
from mpytool.emitters.native.machine import Address, Instruction, MachineFunction, MachineInstr, VReg


@dataclass(slots=True)
class Chunk:
    """Some of the registers that cross blocks, and where they are live: bit n for ``registers[n]``. Blocks
    count by their position in the function.

    ``into``    at the start of a block; what is live into a handler is live into the blocks that have it
    ``at_end``  at its end, and throughout it because of its handler
    """

    registers: list[VReg]
    into: Masks
    at_end: Masks

    def named(self, mask: int) -> list[VReg]:
        return [self.registers[number] for number in bits_of(mask)]


@dataclass(slots=True)
class LiveRegisters:
    """Registers of one block only, most of them, are in no chunk; others in the order of their first uses."""

    chunks: list[Chunk]

    def into(self, block: int) -> list[VReg]:
        """What is live into the block at a position."""
        return [vreg for chunk in self.chunks for vreg in chunk.named(chunk.into.get(block, 0))]

    def changes(self, count: int) -> tuple[list[list[VReg]], list[list[VReg]]]:
        """For each of ``count`` blocks what is not live at its end but into the block behind it, and what is
        live at its end but not there."""
        ending: list[list[VReg]] = [[] for _ in range(count)]
        beginning: list[list[VReg]] = [[] for _ in range(count)]
        for chunk in self.chunks:
            into, at_end = chunk.into, chunk.at_end
            for block in {*at_end, *(block - 1 for block in into)} - {-1}:
                end, behind = at_end.get(block, 0), into.get(block + 1, 0)
                if end != behind:
                    ending[block] += chunk.named(behind & ~end)
                    beginning[block] += chunk.named(end & ~behind)
        return ending, beginning


def find_live_registers(function: MachineFunction) -> LiveRegisters:
    """The least solution."""
    upward: list[dict[VReg, None]] = []  # ordered: numbers must not depend on where objects lie
    written: list[set[VReg]] = []
    for block in function.blocks:
        used: dict[VReg, None] = {}
        defined: set[VReg] = set()
        for instr in block.code:
            _note(instr, used, defined)
        upward.append(used)
        written.append(defined)
    crossing = list(dict.fromkeys(vreg for used in upward for vreg in used))
    number_of = {vreg: index for index, vreg in enumerate(crossing)}
    uses = _masks([[number_of[vreg] for vreg in used] for used in upward], len(crossing))
    definitions = _masks(
        [[number_of[reg] for reg in number_of.keys() & defined] for defined in written], len(crossing)
    )
    index_of = {block: index for index, block in enumerate(function.blocks)}
    flow = Flow(
        [[index_of[target] for target in block.successors] for block in function.blocks],
        [-1 if block.handler is None else index_of[block.handler] for block in function.blocks],
    )
    chunks = []
    for index in range(len(uses)):
        into = flow.solve(uses[index], definitions[index], {})
        registers = crossing[index * WIDTH : (index + 1) * WIDTH]
        chunks.append(Chunk(registers, into, flow.at_ends(into)))
    return LiveRegisters(chunks)


def _note(instr: Instruction, used: dict[VReg, None], defined: set[VReg]) -> None:
    """What an instruction reads that its block has not written before, and what it writes."""
    if not isinstance(instr, MachineInstr):
        for reg in reads(instr):
            if isinstance(reg, VReg) and reg not in defined:
                used[reg] = None
        defined.update(reg for reg in writes(instr) if isinstance(reg, VReg))
        return
    operands = instr.operands
    for position in instr.op.read_at:
        operand = operands[position]
        if isinstance(operand, VReg):
            if operand not in defined:
                used[operand] = None
        elif isinstance(operand, Address):
            for part in (operand.base, operand.index):
                if isinstance(part, VReg) and part not in defined:
                    used[part] = None
    for position in instr.op.written_at:
        operand = operands[position]
        if isinstance(operand, VReg):
            defined.add(operand)


def _masks(numbers: list[list[int]], count: int) -> list[Masks]:
    """By chunk and by block, of what ``numbers`` has for each block."""
    chunks: list[Masks] = [{} for _ in range(0, count, WIDTH)]
    for block, listed in enumerate(numbers):
        for number in listed:
            masks = chunks[number // WIDTH]
            masks[block] = masks.get(block, 0) | 1 << number % WIDTH
    return chunks
