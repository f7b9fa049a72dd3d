"""One function's ops to bytes, all but the jumps.

The result, a ``Draft``, holds the bytes between jumps, and where jumps, labels and lines stand among them;
``layout.py`` decides the rest. What cannot be reached (from an unconditional jump, return or raise to the
next label) leaves no bytes, but its names, lines and use of the stack count.
"""

from __future__ import annotations

from mpytool.emitters.bytecode.layout import LABEL, SIGNED, UNSIGNED, Mark
from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.ir import EFFECT_OF_OPERAND, FIXED_EFFECT, PSEUDO_OPS, Function, code_of, effect_of
from mpytool.opcodes import (
    OPS,
    SMALL_INT_MULTI_MAX,
    SMALL_INT_MULTI_MIN,
    UNWIND_FROM_FOR,
    Operand,
    Then,
)
from mpytool.varint import encode_varint, encode_varuint

ITERATOR_SLOTS = 4
"""Stack slots of a for loop's iterator (MP_OBJ_ITER_BUF_NSLOTS, py/obj.h)."""


class Draft:
    """A function with its jumps left out.

    ``code``       all bytes but the jumps' opcodes and distances
    ``marks``      jumps and labels in order
    ``jumps``      opcode of each jump in ``marks``
    ``lines``      (offset in code, jumps before it, lines since the last) of each line that the table records
    ``stack_size`` deepest use of the stack
    """

    __slots__ = ("code", "marks", "jumps", "lines", "stack_size")

    def __init__(
        self,
        code: bytearray,
        marks: list[Mark],
        jumps: list[int],
        lines: list[tuple[int, int, int]],
        stack_size: int,
    ) -> None:
        self.code = code
        self.marks = marks
        self.jumps = jumps
        self.lines = lines
        self.stack_size = stack_size


# The ways of encoding, in the order in which ``draft_function`` asks for them: frequent ones first.
_QSTR, _FAST, _PLAIN, _LINE, _SMALL_INT, _CALL, _LABEL, _JUMP, _UINT, _STOP, _OBJECT, _SILENT, _COMPOSITE = (
    range(13)
)

_POP_TOP = code_of("POP_TOP")
_JUMP_CODE = code_of("JUMP")
_UNWIND_JUMP = code_of("UNWIND_JUMP")
_SMALL_INT_MULTI = code_of("LOAD_CONST_SMALL_INT_MULTI") - SMALL_INT_MULTI_MIN

_WAY_OF_OPERAND: dict[Operand, int] = {
    Operand.NONE: _PLAIN,
    Operand.QSTR: _QSTR,
    Operand.UINT: _UINT,
    Operand.INT: _SMALL_INT,
    Operand.OBJECT: _OBJECT,
    Operand.CHILD: _UINT,
    Operand.CHILD_CELLS: _COMPOSITE,
    Operand.LOCAL: _UINT,
    Operand.CALL: _CALL,
    Operand.JUMP: _JUMP,
    Operand.JUMP_UNWIND: _COMPOSITE,
    Operand.FORWARD: _JUMP,
}

_WAY_OF_NAME: dict[str, int] = {
    "LOAD_FAST_N": _FAST,
    "STORE_FAST_N": _FAST,
    "STORE_COMP": _COMPOSITE,
    "UNPACK_EX": _COMPOSITE,
    "LABEL": _LABEL,
    "LINE": _LINE,
    "STACK_ADJUST": _SILENT,
    "START_HANDLER": _SILENT,
    "END_HANDLER": _SILENT,
    "FOR_ITER_END": _SILENT,
    "LOAD_BUILTIN": _QSTR,
}
"""Rows that differ from what their operand says. Pseudo-ops that are not here must not reach the emitter."""

_UNKNOWN = -1
_N_CODES = max(op.code for op in PSEUDO_OPS) + 1


def _ways() -> list[int]:
    ways = [_UNKNOWN] * _N_CODES
    for op in OPS:
        way = _STOP if op.then is Then.STOP else _WAY_OF_NAME.get(op.name, _WAY_OF_OPERAND[op.operand])
        ways[op.code : op.code + op.count] = [way] * op.count
    for pseudo in PSEUDO_OPS:
        ways[pseudo.code] = _WAY_OF_NAME.get(pseudo.name, _UNKNOWN)
    return ways


_WAY: list[int] = _ways()

_EFFECT: list[int] = [FIXED_EFFECT.get(code, 0) for code in range(_N_CODES)]
"""Fixed stack effects; 0 where the operand decides."""

_BYTE: list[int] = list(range(_N_CODES))
"""The byte of an op with a qstr, or the first of the one-byte forms of a local op."""
_BYTE[code_of("LOAD_BUILTIN")] = code_of("LOAD_GLOBAL")

_FAST_MULTI: list[int] = [0] * _N_CODES
_FAST_MULTI[code_of("LOAD_FAST_N")] = code_of("LOAD_FAST_MULTI")
_FAST_MULTI[code_of("STORE_FAST_N")] = code_of("STORE_FAST_MULTI")

_MARK: list[int] = [LABEL] * _N_CODES
_DEAD_AFTER: list[bool] = [False] * _N_CODES
for _op in OPS:
    if _op.operand in (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD):
        _MARK[_op.code] = UNSIGNED if _op.operand is Operand.FORWARD else SIGNED
        _DEAD_AFTER[_op.code] = _op.then is Then.JUMP


def draft_function(function: Function, numbering: Numbering, writes_lines: bool) -> Draft:
    """Encode ``function.ops`` and number the names in them that the first walk left out."""
    # Hot: one turn per op. Tables are local, bytes are appended one by one where they are few.
    way_of, effects, byte_of = _WAY, _EFFECT, _BYTE
    qstrs = numbering.qstrs
    code = bytearray()
    append = code.append
    marks: list[Mark] = []
    jumps: list[int] = []
    lines: list[tuple[int, int, int]] = []
    last_line = 1
    depth = 0
    deepest = 0
    dead_from = -1  # offset in code from which nothing is reachable, -1 if this place is
    for opcode, operand, _ in function.ops:
        way = way_of[opcode]
        if way == _QSTR:
            append(byte_of[opcode])
            index = qstrs.get(operand)
            if index is None:
                index = qstrs[operand] = len(qstrs)
            if index < 0x80:
                append(index)
            else:
                code += encode_varuint(index)
        elif way == _FAST:
            if operand < 16:
                append(_FAST_MULTI[opcode] + operand)
            else:
                append(opcode)
                code += encode_varuint(operand)
        elif way == _PLAIN:
            append(opcode)
        elif way == _LINE:
            if operand > last_line and writes_lines:
                lines.append((len(code) if dead_from < 0 else dead_from, len(jumps), operand - last_line))
                last_line = operand
            continue
        elif way == _SMALL_INT:
            if SMALL_INT_MULTI_MIN <= operand <= SMALL_INT_MULTI_MAX:
                append(_SMALL_INT_MULTI + operand)
            else:
                append(opcode)
                code += encode_varint(operand)
        elif way == _CALL:
            n_args, n_keywords = operand
            append(opcode)
            if n_keywords == 0 and n_args < 0x80:
                append(n_args)
            else:
                code += encode_varuint(n_keywords << 8 | n_args)
            depth += EFFECT_OF_OPERAND[opcode](operand)
            continue
        elif way == _LABEL:
            if dead_from >= 0:
                del code[dead_from:]
                dead_from = -1
            marks.append((LABEL, len(code), operand))
            continue
        elif way == _JUMP:
            if dead_from < 0:
                marks.append((_MARK[opcode], len(code), operand))
                jumps.append(opcode)
                if _DEAD_AFTER[opcode]:
                    dead_from = len(code)
        elif way == _UINT:
            append(opcode)
            if operand < 0x80:
                append(operand)
            else:
                code += encode_varuint(operand)
            if opcode in EFFECT_OF_OPERAND:
                depth += EFFECT_OF_OPERAND[opcode](operand)
        elif way == _STOP:
            append(opcode)
            if dead_from < 0:
                dead_from = len(code)
        elif way == _OBJECT:
            append(opcode)
            code += encode_varuint(numbering.index_of_constant(operand))
        elif way == _SILENT:
            if opcode in EFFECT_OF_OPERAND:
                depth += EFFECT_OF_OPERAND[opcode](operand)
        elif way == _COMPOSITE:
            if opcode != _UNWIND_JUMP:
                code += _encode_composite(opcode, operand)
                depth += EFFECT_OF_OPERAND[opcode](operand)
            elif dead_from < 0:
                label, handlers, from_for = operand
                if handlers == 0:
                    if from_for:
                        code += bytes((_POP_TOP,)) * ITERATOR_SLOTS
                    opcode = _JUMP_CODE
                marks.append((SIGNED, len(code), label))
                jumps.append(opcode)
                if handlers != 0:
                    append((UNWIND_FROM_FOR if from_for else 0) | handlers & 0xFF)
                dead_from = len(code)
        else:
            raise ValueError(f"op {opcode:#x} cannot be emitted as bytecode")
        depth += effects[opcode]
        if depth > deepest:
            deepest = depth
    if dead_from >= 0:
        del code[dead_from:]
    if deepest > _STACK_SIZE_MASK:
        deepest = _wrapped_stack_size(function)
    return Draft(code, marks, jumps, lines, deepest)


_MAKE_CLOSURES = (code_of("MAKE_CLOSURE"), code_of("MAKE_CLOSURE_DEFARGS"))
_STORE_COMP = code_of("STORE_COMP")


def _encode_composite(opcode: int, operand: tuple[int, int]) -> bytes:
    """MAKE_CLOSURE*, STORE_COMP and UNPACK_EX."""
    first, second = operand
    if opcode in _MAKE_CLOSURES:
        return bytes((opcode, *encode_varuint(first), second & 0xFF))
    value = second << 2 | first if opcode == _STORE_COMP else first | second << 8
    return bytes((opcode, *encode_varuint(value)))


_STACK_SIZE_MASK = 0xFFFF


def _wrapped_stack_size(function: Function) -> int:
    """What mpy-cross makes of a deeper stack than the 16 bits that it counts with (``py/scope.h``)."""
    depth = deepest = 0
    for opcode, operand, _ in function.ops:
        depth += effect_of(opcode, operand)
        if depth > deepest:
            deepest = depth & _STACK_SIZE_MASK
    return deepest
