"""Decode bytecode into instructions, by the table in ``opcodes.py``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mpytool.module import Buffer
from mpytool.opcodes import OP_OF_CODE, SMALL_INT_MULTI_MIN, Op, Operand
from mpytool.varint import decode_varint, decode_varuint

_EXTRA_BYTE = (Operand.CHILD_CELLS, Operand.JUMP_UNWIND)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. Offsets count from the first opcode of the function.

    ``operand``  None if there is none; for jumps the offset of the target; for an opcode of a MULTI row the
                 small int, the number of the local, or the index of the operator
    ``extra``    the byte after the operand that MAKE_CLOSURE* and UNWIND_JUMP have, else None
    """

    offset: int
    end: int
    code: int
    op: Op
    operand: int | None
    extra: int | None


def decode_instructions(data: Buffer, start: int = 0) -> Iterator[Instruction]:
    """The instructions of a function whose opcodes begin at ``start`` in its data.

    ValueError names the offset of a reserved opcode byte or of an instruction that is cut off.
    """
    code = data[start:]
    offset = 0
    while offset < len(code):
        try:
            instruction = decode_instruction(code, offset)
        except IndexError:
            raise ValueError(f"the instruction at {offset} is cut off") from None
        yield instruction
        offset = instruction.end


def decode_instruction(code: Buffer, offset: int) -> Instruction:
    """The instruction at an offset of some opcodes. IndexError if it is cut off, ValueError for no opcode."""
    byte = code[offset]
    op = OP_OF_CODE.get(byte)
    if op is None:
        raise ValueError(f"the byte {byte:#04x} at {offset} is no opcode")
    operand: int | None = None
    extra: int | None = None
    end = offset + 1
    match op.operand:
        case Operand.NONE:
            if op.count > 1:
                operand = byte - op.code
                if op.name == "LOAD_CONST_SMALL_INT_MULTI":
                    operand += SMALL_INT_MULTI_MIN
        case Operand.INT:
            operand, end = decode_varint(code, end)
        case Operand.JUMP | Operand.JUMP_UNWIND | Operand.FORWARD:
            operand, end = _decode_target(code, end, op.operand is not Operand.FORWARD)
        case _:
            operand, end = decode_varuint(code, end)
    if op.operand in _EXTRA_BYTE:
        extra = code[end]
        end += 1
    return Instruction(offset, end, byte, op, operand, extra)


def _decode_target(code: Buffer, offset: int, signed: bool) -> tuple[int, int]:
    """(offset of the target, offset behind the distance)."""
    distance = code[offset]
    end = offset + 1
    bias = 0x40
    if distance & 0x80:
        distance = distance & 0x7F | code[end] << 7
        end += 1
        bias = 0x4000
    return end + distance - (bias if signed else 0), end
