"""Where nobody wants what a register holds. Needs: allocated code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpytool.emitters.native.machine import (
    Address,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    PhysReg,
    final_code,
)


@dataclass(slots=True)
class DeadRegister:
    """Answers for one register that is no argument of calls. ``_wanting`` are the blocks that it is live
    into, found when first asked for: most questions are answered by the block that they are about."""

    function: MachineFunction
    register: PhysReg
    _wanting: set[MachineBlock] | None = None

    def is_dead(self, block: MachineBlock, index: int) -> bool:
        """Whether nothing reads the register from ``block.code[index]`` on."""
        first = _is_read_first(final_code(block)[index:], self.register)
        if first is None:
            if self._wanting is None:
                self._wanting = _blocks_that_want(self.function, self.register)
            return self._wanting.isdisjoint(block.successors)
        return not first


def _blocks_that_want(function: MachineFunction, register: PhysReg) -> set[MachineBlock]:
    todo: list[MachineBlock] = []
    passing: set[MachineBlock] = set()
    for block in function.blocks:
        first = _is_read_first(final_code(block), register)
        if first:
            todo.append(block)
        elif first is None:
            passing.add(block)
    found: set[MachineBlock] = set()
    while todo:
        block = todo.pop()
        if block not in found:
            found.add(block)
            todo += [other for other in block.predecessors if other in passing]
    return found


def _is_read_first(code: Sequence[MachineInstr], register: PhysReg) -> bool | None:
    """Whether code reads a register before it overwrites it or comes to no end; None if it does neither."""
    for instr in code:
        op, operands = instr.op, instr.operands
        for position in op.read_at:
            operand = operands[position]
            if operand is register:
                return True
            if isinstance(operand, Address) and (operand.base is register or operand.index is register):
                return True
        if register in op.clobbers or op.name == "halt":
            return False
        for position in op.written_at:
            if operands[position] is register:
                return False
    return None
