"""What of a function the run time can reach: mpy-cross leaves code behind endless loops and ``raise``.

These read any code instruction by instruction; ``renumber.py`` cuts while it looks for numbers, at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.instructions import Instruction, decode_instruction
from mpytool.module import Buffer, RawCode
from mpytool.opcodes import Operand, Then

_JUMPS = (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD)


def reached_instructions(code: Buffer) -> Iterator[Instruction]:
    """The instructions of a function up to the one that nothing follows and that no jump aims beyond.

    ValueError or IndexError if there is no such end.
    """
    offset = furthest = 0
    while True:
        instruction = decode_instruction(code, offset)
        yield instruction
        offset = instruction.end
        if instruction.op.operand in _JUMPS and instruction.operand is not None:
            furthest = max(furthest, instruction.operand)
        if instruction.op.then in (Then.STOP, Then.JUMP) and offset > furthest:
            return


def without_dead_end(raw: RawCode) -> RawCode:
    """A bytecode function cut where nothing is reached any more, without the functions made only there."""
    end = n_children = 0
    for each in reached_instructions(raw.data[raw.opcodes_offset :]):
        end = each.end
        if each.op.operand in (Operand.CHILD, Operand.CHILD_CELLS) and each.operand is not None:
            n_children = max(n_children, each.operand + 1)
    data = raw.data[: raw.opcodes_offset + end]
    return RawCode(raw.kind, data, raw.children[:n_children], raw.prelude, raw.opcodes_offset)
