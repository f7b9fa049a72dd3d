"""Decode bytecode into instructions, by the table in ``opcodes.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mpytool.module import Buffer
from mpytool.opcodes import OP_OF_CODE, SMALL_INT_MULTI_MIN, Op, Operand
from mpytool.varint import decode_varint, decode_varuint

_EXTRA_BYTE = (Operand.CHILD_CELLS, Operand.JUMP_UNWIND)

_NONE, _NUMBER, _SIGNED, _TARGET, _FORWARD = range(5)
_KINDS = {
    Operand.NONE: _NONE,
    Operand.INT: _SIGNED,
    Operand.JUMP: _TARGET,
    Operand.JUMP_UNWIND: _TARGET,
    Operand.FORWARD: _FORWARD,
}


def _form(byte: int) -> tuple[Op, int, int | None, bool] | None:
    """What a byte begins: row, kind of operand, operand if the byte holds it, whether a byte ends it."""
    op = OP_OF_CODE.get(byte)
    if op is None:
        return None
    within: int | None = None
    if op.operand is Operand.NONE and op.count > 1:
        within = byte - op.code + (SMALL_INT_MULTI_MIN if op.name == "LOAD_CONST_SMALL_INT_MULTI" else 0)
    return op, _KINDS.get(op.operand, _NUMBER), within, op.operand in _EXTRA_BYTE


_FORMS = tuple(map(_form, range(256)))


class Instruction(NamedTuple):
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
    form = _FORMS[byte]
    if form is None:
        raise ValueError(f"the byte {byte:#04x} at {offset} is no opcode")
    op, kind, operand, has_extra = form
    end = offset + 1
    if kind == _NUMBER:
        operand = code[end]
        if operand < 0x80:
            end += 1
        else:
            operand, end = decode_varuint(code, end)
    elif kind == _SIGNED:
        operand, end = decode_varint(code, end)
    elif kind != _NONE:
        operand, end = _decode_target(code, end, kind == _TARGET)
    extra: int | None = None
    if has_extra:
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
