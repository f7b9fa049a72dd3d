"""Which virtual registers are live into the blocks of the machine form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mpytool.emitters.native.allocate.occurrences import Occurrences, find_occurrences
from mpytool.emitters.native.liveness import WIDTH, Flow, Masks, bits_of
from mpytool.emitters.native.machine import MachineFunction, Reg, VReg
from mpytool.emitters.native.moments import IS_READ, IS_WRITE, STEP


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
    """Registers of one block only, most of them, are in no chunk."""

    chunks: list[Chunk]

    def into(self, block: int) -> list[VReg]:
        """What is live into the block at a position."""
        return [vreg for chunk in self.chunks for vreg in chunk.named(chunk.into.get(block, 0))]

    def changes(self) -> dict[VReg, list[int]]:
        """Before which blocks a register becomes live or ends being live, in the order of the function: it is
        live at the end of the block before and not into this one, or the other way round."""
        found: dict[VReg, list[int]] = {}
        for chunk in self.chunks:
            into, at_end, registers = chunk.into, chunk.at_end, chunk.registers
            for block in sorted({*into, *(block + 1 for block in at_end)} - {0}):
                changed = into.get(block, 0) ^ at_end.get(block - 1, 0)
                if changed:
                    for number in bits_of(changed):
                        found.setdefault(registers[number], []).append(block)
        return found


def find_live_registers(function: MachineFunction) -> LiveRegisters:
    """The least solution."""
    found = find_occurrences(function)
    return Solver(function).solve(found, found.events)


@dataclass(slots=True)
class Solver:
    """Answers questions about a function whose blocks and edges stay as they are."""

    function: MachineFunction
    _flow: Flow | None = None

    def solve(self, found: Occurrences, registers: Iterable[Reg]) -> LiveRegisters:
        """The least solution for some of the registers that occur as told."""
        blocks = found.blocks
        crossing: list[VReg] = []
        uses: list[Masks] = []
        definitions: list[Masks] = []
        for reg in registers:
            events = found.events[reg]
            if blocks[events[0] // STEP] == blocks[events[-1] // STEP] and not IS_READ[events[0] % STEP]:
                continue
            used, defined = _in_blocks(events, blocks)
            if used and isinstance(reg, VReg):
                number = len(crossing) % WIDTH
                if not number:
                    uses.append({})
                    definitions.append({})
                crossing.append(reg)
                for masks, where in ((uses[-1], used), (definitions[-1], defined)):
                    for block in where:
                        masks[block] = masks.get(block, 0) | 1 << number
        chunks = []
        for index, (used_in, defined_in) in enumerate(zip(uses, definitions, strict=True)):
            flow = self._flow_of_function()
            into = flow.solve(used_in, defined_in, {})
            chunks.append(Chunk(crossing[index * WIDTH : (index + 1) * WIDTH], into, flow.at_ends(into)))
        return LiveRegisters(chunks)

    def _flow_of_function(self) -> Flow:
        if self._flow is None:
            blocks = self.function.blocks
            index_of = {block: index for index, block in enumerate(blocks)}
            self._flow = Flow(
                [[index_of[target] for target in block.successors] for block in blocks],
                [-1 if block.handler is None else index_of[block.handler] for block in blocks],
            )
        return self._flow


def _in_blocks(events: Sequence[int], blocks: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where a register is read before it is written, and where it is written."""
    used: list[int] = []
    defined: list[int] = []
    last = -1
    for event in events:
        block = blocks[event // STEP]
        if block != last:
            last = block
            if IS_READ[event % STEP]:
                used.append(block)
        if IS_WRITE[event % STEP] and (not defined or defined[-1] != block):
            defined.append(block)
    return used, defined
