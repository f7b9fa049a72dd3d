"""Where nobody wants what a register holds. Needs: allocated code."""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.machine import Instruction, MachineBlock, MachineFunction, MachineInstr, PhysReg


def blocks_that_want(function: MachineFunction, register: PhysReg) -> set[MachineBlock]:
    """The blocks into which a register is live that is no argument of calls."""
    wanting = {block for block in function.blocks if _first(block.code, register) is True}
    passing = {block for block in function.blocks if _first(block.code, register) is None}
    found: set[MachineBlock] = set()
    todo = list(wanting)
    while todo:
        block = todo.pop()
        if block not in found:
            found.add(block)
            todo += [other for other in block.predecessors if other in passing]
    return found


def is_dead(register: PhysReg, block: MachineBlock, index: int, wanting: set[MachineBlock]) -> bool:
    """Whether nothing reads a register from ``block.code[index]`` on; ``wanting`` are its blocks."""
    first = _first(block.code, register, index)
    if first is None:
        return wanting.isdisjoint(block.successors)
    return not first


def _first(code: Sequence[Instruction], register: PhysReg, start: int = 0) -> bool | None:
    """Whether code reads a register first (True), or overwrites it or does not end (False)."""
    for index in range(start, len(code)):
        instr = code[index]
        if register in reads(instr):
            return True
        assert isinstance(instr, MachineInstr)
        if register in writes(instr) or register in instr.op.clobbers or instr.op.name == "halt":
            return False
    return None
