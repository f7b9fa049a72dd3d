"""Where registers occur in the code: all that allocation asks of instructions, told in one walk over them.

Instructions are numbered over all blocks in their order; events and their moments: ``moments.py``. ::

    b0: load v3 [v1]        0       v1: 0 + READ
        add v3 v2           1       v2: 16 + READ
        copy r0 <- v3       2       v3: 0 + WRITE, 16 + MODIFY twice, 32 + READ_BY_MOVE
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.operands import REGISTERS
from mpytool.emitters.native.machine import (
    Address,
    Call,
    Copy,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    PhysReg,
    Reg,
)
from mpytool.emitters.native.moments import READ, READ_BY_MOVE, STEP, WRITE_BY_MOVE

_TURNS = 8.0
_COLD = 1 / 32

SIZE_OF_ONE = 0.5
"""What the bytes of an instruction count, where running it once counts 1."""


_DEEPEST = 6
_FREQUENCIES = [_TURNS**loop for loop in range(_DEEPEST + 1)]


def frequency(block: MachineBlock) -> float:
    """How often a block runs, as a guess; the entry once."""
    often = _FREQUENCIES[block.loop] if block.loop < _DEEPEST else _FREQUENCIES[_DEEPEST]
    return often * _COLD if block.cold else often


@dataclass(slots=True)
class Occurrences:
    """``events``   of each register, ascending; of machine registers those by name
    ``code``     all instructions
    ``blocks``   for each instruction the position of its block in the function
    ``firsts``   for each block the number of its first instruction, and the number of instructions at the end
    ``worths``   for each block what an instruction there counts: how often it runs and its size
    ``copies``, ``calls``  and the numbers of those instructions
    ``wishes``   copies, calls and instructions that want two of their operands in one register, too
    ``clobbers``  what instructions spoil besides their operands, and their numbers
    ``remats``   instructions whose results can be computed anew
    """

    events: dict[Reg, list[int]] = field(default_factory=lambda: defaultdict(list))
    code: list[Instruction] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    worths: list[float] = field(default_factory=list)
    copies: list[tuple[int, Copy]] = field(default_factory=list)
    calls: list[tuple[int, Call]] = field(default_factory=list)
    clobbers: list[tuple[int, frozenset[PhysReg]]] = field(default_factory=list)
    wishes: list[tuple[int, Instruction]] = field(default_factory=list)
    remats: list[MachineInstr] = field(default_factory=list)

    def worth(self, number: int) -> float:
        return self.worths[self.blocks[number]]


def find_occurrences(function: MachineFunction) -> Occurrences:
    """One forward walk."""
    found = Occurrences()
    code, events = found.code, found.events
    for number, block in enumerate(function.blocks):
        found.firsts.append(len(code))
        found.worths.append(frequency(block) + SIZE_OF_ONE)
        found.blocks += [number] * len(block.code)
        code += block.code
    found.firsts.append(len(code))
    at = 0
    for instr in code:
        if isinstance(instr, MachineInstr):
            op, operands = instr.op, instr.operands
            for moment, position in op.moments:
                operand = operands[position]
                if isinstance(operand, REGISTERS):
                    events[operand].append(at + moment)
                elif isinstance(operand, Address):
                    if isinstance(operand.base, REGISTERS):
                        events[operand.base].append(at + READ)
                    if operand.index is not None:
                        events[operand.index].append(at + READ)
            if op.is_special:
                _note_special(found, at // STEP, instr)
        elif isinstance(instr, Copy):
            found.copies.append((at // STEP, instr))
            found.wishes.append((at // STEP, instr))
            for source in instr.sources:
                if isinstance(source, REGISTERS):
                    events[source].append(at + READ_BY_MOVE)
            for place in instr.places:
                if isinstance(place, REGISTERS):
                    events[place].append(at + WRITE_BY_MOVE)
        else:
            found.calls.append((at // STEP, instr))
            found.wishes.append((at // STEP, instr))
            for arg in instr.args:
                if isinstance(arg, REGISTERS):
                    events[arg].append(at + READ_BY_MOVE)
            if isinstance(instr.result, REGISTERS):
                events[instr.result].append(at + WRITE_BY_MOVE)
        at += STEP
    return found


def _note_special(found: Occurrences, number: int, instr: MachineInstr) -> None:
    op = instr.op
    if op.clobbers:
        found.clobbers.append((number, op.clobbers))
    if op.two is not None:
        found.wishes.append((number, instr))
    if op.remat:
        found.remats.append(instr)
