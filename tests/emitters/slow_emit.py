"""The slow twin of the bytecode emitter: one function, pass by pass and op by op, as mpy-cross does it.

Nothing is shared between the passes but what mpy-cross shares: offsets of labels and the sizes of the pass
before. It knows only the ops that the tests make.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.ir import Function, effect_of, name_of
from mpytool.opcodes import OP_OF_CODE, Operand, Then
from mpytool.prelude import encode_signature
from mpytool.varint import encode_varuint

POP_TOP = 0x59
JUMP = 0x42


class OverflowFound(Exception):  # noqa: N818
    """The passes have settled and a jump does not fit."""


@dataclass
class Pass:
    """What one pass writes and leaves behind."""

    info: bytearray = field(default_factory=bytearray)
    head: bytearray = field(default_factory=bytearray)
    code: bytearray = field(default_factory=bytearray)
    overflow: bool = False

    @property
    def sizes(self) -> tuple[int, int]:
        return len(self.head) + len(self.info), len(self.code)


def slow_emit(function: Function, qstrs: list[str]) -> bytes:
    """The data of the function's raw code; the names in it must be in ``qstrs``."""
    depth = deepest = 0
    for opcode, operand, _ in function.ops:
        depth += effect_of(opcode, operand)
        deepest = max(deepest, depth)
    n_state = max(1, function.n_locals + deepest)
    labels = [0] * function.n_labels
    stack_pass = one_pass(function, qstrs, n_state, labels, None)
    before = one_pass(function, qstrs, n_state, labels, len(stack_pass.info))
    for _ in range(1000):
        now = one_pass(function, qstrs, n_state, labels, len(before.info))
        if now.sizes == before.sizes:
            if now.overflow:
                raise OverflowFound
            return bytes(now.head + now.info + now.code)
        before = now
    raise AssertionError("the passes do not settle")


def one_pass(
    function: Function, qstrs: list[str], n_state: int, labels: list[int], n_info: int | None
) -> Pass:
    """One pass. ``n_info`` is that of the pass before, None in the pass that measures the stack."""
    out = Pass()
    out.head += encode_signature(
        n_state,
        function.n_exc_stack,
        function.flags,
        function.n_pos_args,
        function.n_kwonly_args,
        function.n_def_pos_args,
    )
    write_size(out.head, n_info or 0)
    for name in (function.name, *function.arg_names):
        out.info += encode_varuint(qstrs.index(name))
    line, line_offset = 1, 0
    dead = False
    for opcode, operand, _ in function.ops:
        name = name_of(opcode)
        if name == "LABEL":
            dead = False
            labels[operand] = len(out.code)
        elif name == "LINE":
            if operand > line:
                write_step(out.info, len(out.code) - line_offset, operand - line)
                line, line_offset = operand, len(out.code)
        elif not dead:
            dead = write_op(out, qstrs, labels, opcode, operand, n_info is None)
    return out


def write_op(
    out: Pass, qstrs: list[str], labels: list[int], opcode: int, operand: object, all_long: bool
) -> bool:
    """Write one op; whether nothing after it is reached."""
    op = OP_OF_CODE[opcode]
    if op.operand is Operand.QSTR:
        assert isinstance(operand, str)
        out.code.append(opcode)
        out.code += encode_varuint(qstrs.index(operand))
    elif op.operand in (Operand.JUMP, Operand.FORWARD):
        assert isinstance(operand, int)
        write_jump(out, labels, opcode, operand, all_long)
    elif op.operand is Operand.JUMP_UNWIND:
        assert isinstance(operand, tuple)
        label, handlers, from_for = operand
        if handlers == 0:
            out.code += bytes([POP_TOP] * 4) if from_for else b""
            write_jump(out, labels, JUMP, label, all_long)
        else:
            write_jump(out, labels, opcode, label, all_long)
            out.code.append(handlers | (0x80 if from_for else 0))
    else:
        assert op.operand is Operand.NONE
        out.code.append(opcode)
    return op.then in (Then.STOP, Then.JUMP)


def write_jump(out: Pass, labels: list[int], opcode: int, label: int, all_long: bool) -> None:
    signed = opcode < 0x45
    distance = labels[label] - len(out.code) - 2
    out.code.append(opcode)
    if not all_long and (-64 <= distance <= 63 if signed else 0 <= distance <= 127):
        out.code.append(distance + 64 if signed else distance)
        return
    distance += 0x4000 - 1 if signed else -1
    if not 0 <= distance <= 0x7FFF:
        out.overflow = True
    out.code += bytes([0x80 | distance & 0x7F, distance >> 7 & 0xFF])


def write_size(head: bytearray, n_info: int) -> None:
    while True:
        byte = (n_info & 63) << 1
        n_info >>= 6
        head.append(byte | (0x80 if n_info else 0))
        if not n_info:
            return


def write_step(info: bytearray, n_bytes: int, n_lines: int) -> None:
    """One step of the line table, following the rule to the letter."""
    while n_bytes > 0 or n_lines > 0:
        if n_lines <= 6 or n_bytes > 15:
            b = min(n_bytes, 31)
            lines = min(n_lines, 3) if b >= n_bytes else 0
            info.append(b | lines << 5)
        else:
            b, lines = min(n_bytes, 15), min(n_lines, 2047)
            info += bytes([0x80 | b | lines >> 8 << 4, lines & 255])
        n_bytes -= b
        n_lines -= lines
