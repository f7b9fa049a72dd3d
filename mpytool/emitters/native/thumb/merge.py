"""One shift tests a tag and removes it: the bit that falls out is in the carry.

    b1: lsl_t v5 v3 31           before
        bmi -> b2 b9
    b2: asr_i v6 v3 1

    b1: asr_c v6 v3              after
        bcs -> b2 b9
    b2:

The shift may stand somewhat further down, on the way that goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.emitters.native.allocate.operands import writes
from mpytool.emitters.native.machine import Call, MachineBlock, MachineFunction, MachineInstr, Operand
from mpytool.emitters.native.thumb.operations import OPS

_CARRY = {"bmi": "bcs", "bpl": "bcc"}
_MAX_DISTANCE = 16
"""How many instructions further down it may stand: its result occupies a register from now on."""


def merge_tag_tests(function: MachineFunction) -> None:
    """In place. Needs virtual registers that are written once, but for those of phis."""
    for block in function.blocks:
        if len(block.code) < 2:
            continue
        test, branch = block.code[-2:]
        if not isinstance(test, MachineInstr) or not isinstance(branch, MachineInstr):
            continue
        if test.op.name != "lsl_t" or test.operands[2] != 31 or branch.op.name not in _CARRY:
            continue
        tagged = branch.targets[branch.op.name == "bpl"]
        found = _find_shift(tagged, block, test.operands[1])
        if found is None:
            continue
        home, index = found
        shift = home.code.pop(index)
        assert isinstance(shift, MachineInstr)
        block.code[-2] = MachineInstr(OPS["asr_c"], shift.operands[:2], token=test.token)
        branch.op = OPS[_CARRY[branch.op.name]]


def _find_shift(start: MachineBlock, before: MachineBlock, value: Operand) -> tuple[MachineBlock, int] | None:
    """Where ``value`` is shifted by 1, before it is written or anything is called."""
    for count, (block, index) in enumerate(_walk(start, before)):
        instr = block.code[index]
        if isinstance(instr, Call) or count > _MAX_DISTANCE:
            return None
        if isinstance(instr, MachineInstr) and instr.op.name == "asr_i" and instr.operands[1:] == [value, 1]:
            return block, index
        if any(register is value for register in writes(instr)):
            return None
    return None


def _walk(block: MachineBlock, before: MachineBlock) -> Iterator[tuple[MachineBlock, int]]:
    """The instructions from ``block`` on, as long as there is one way only, and no other leads there."""
    while block.predecessors == [before] and block.handler is before.handler:
        for index in range(len(block.code)):
            yield block, index
        ways = [successor for successor in block.successors if not successor.cold]
        if len(ways) != 1:
            return
        block, before = ways[0], block
