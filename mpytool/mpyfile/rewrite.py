"""Bytecode that refers to other tables: a function's instructions with new qstr and constant indices.

An index may need more bytes than before, so code moves. Jumps are written anew to the instructions that they
aimed at, and the line table follows the code.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from mpytool.instructions import Instruction, decode_instructions
from mpytool.module import Buffer, RawCode, RawCodeKind
from mpytool.opcodes import Operand
from mpytool.prelude import (
    LineStep,
    decode_lines,
    decode_prelude,
    decode_signature,
    encode_lines,
    encode_names,
    encode_sizes,
)
from mpytool.varint import encode_varuint

_JUMPS = (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD)


_LONG = 4
"""Bytes no jump is short with."""
_ROUNDS = 50
"""After so many rounds of growing all jumps are made long, lest odd code take a round for each jump."""


class RewriteError(Exception):
    """Code that cannot be moved; the text says why."""


def rewrite_function(raw_code: RawCode, qstr_map: Sequence[int], constant_map: Sequence[int]) -> RawCode:
    """A bytecode function, without its children, whose index ``i`` becomes ``map[i]``.

    RewriteError if it is no bytecode, refers to what is not in its tables, jumps into the middle of an
    instruction, or if a jump becomes longer than its 15 bits can say.
    """
    prelude = raw_code.prelude
    if raw_code.kind is not RawCodeKind.BYTECODE or prelude is None:
        raise RewriteError("native code cannot be given other tables")
    data = raw_code.data
    old_starts, new_starts, code = _rewrite_code(data, raw_code.opcodes_offset, qstr_map, constant_map)
    names = encode_names([qstr_map[index] for index in (prelude.name, *prelude.arg_names)])
    lines = _move_lines(prelude.line_table, old_starts, new_starts)
    _, sizes_offset = decode_signature(data, 0)
    cells = bytes(prelude.cells)
    sizes = encode_sizes(len(names) + len(lines), len(cells))
    new_data = b"".join((data[:sizes_offset], sizes, names, lines, cells, code))
    new_prelude, opcodes_offset = decode_prelude(new_data, 0)
    return RawCode(RawCodeKind.BYTECODE, new_data, [], new_prelude, opcodes_offset)


def _rewrite_code(
    data: Buffer, offset: int, qstr_map: Sequence[int], constant_map: Sequence[int]
) -> tuple[list[int], list[int], bytes]:
    """(where each instruction began, where it begins now, the new code); both lists end with its end."""
    try:
        instructions = list(decode_instructions(data, offset))
    except ValueError as error:
        raise RewriteError(str(error)) from None
    old_starts = [each.offset for each in instructions]
    old_starts.append(len(data) - offset)
    maps = {Operand.QSTR: qstr_map, Operand.OBJECT: constant_map}
    pieces = [_moved(each, data, offset, maps) for each in instructions]
    jumps = [
        (i, _index_of(old_starts, each)) for i, each in enumerate(instructions) if each.op.operand in _JUMPS
    ]
    # Jumps only ever grow, from what they were: code that need not change does not.
    rounds = 0
    while True:
        new_starts = [0]
        for piece in pieces:
            new_starts.append(new_starts[-1] + len(piece))
        rounds += 1
        grew = False
        for i, target in jumps:
            size = len(pieces[i]) if rounds < _ROUNDS else _LONG
            piece = _encode_jump(instructions[i], new_starts[target] - new_starts[i], size)
            grew = grew or len(piece) != len(pieces[i])
            pieces[i] = piece
        if not grew:
            return old_starts, new_starts, b"".join(pieces)


def _moved(instruction: Instruction, data: Buffer, offset: int, maps: dict[Operand, Sequence[int]]) -> bytes:
    """The instruction's bytes with its index mapped; jumps as they were."""
    table = maps.get(instruction.op.operand)
    if table is None:
        return bytes(data[offset + instruction.offset : offset + instruction.end])
    index = instruction.operand
    assert index is not None
    if index >= len(table):
        raise RewriteError(f"{instruction.op.name} at {instruction.offset} has index {index} of {len(table)}")
    return bytes((instruction.code,)) + encode_varuint(table[index])


def _index_of(starts: list[int], jump: Instruction) -> int:
    target = jump.operand
    assert target is not None
    index = bisect_left(starts, target)
    if index == len(starts) or starts[index] != target:
        raise RewriteError(f"{jump.op.name} at {jump.offset} aims at no instruction")
    return index


def _encode_jump(jump: Instruction, distance: int, size: int) -> bytes:
    """A jump of at least ``size`` bytes to a target ``distance`` bytes from its own first byte.

    The distance in the code counts from behind its own bytes, before UNWIND_JUMP's extra byte.
    """
    extra = b"" if jump.extra is None else bytes((jump.extra,))
    signed = jump.op.operand is not Operand.FORWARD
    if size == 2 + len(extra):
        value = distance - 2 + (0x40 if signed else 0)
        if 0 <= value < 0x80:
            return bytes((jump.code, value)) + extra
    value = distance - 3 + (0x4000 if signed else 0)
    if not 0 <= value < 0x8000:
        raise RewriteError(f"{jump.op.name} at {jump.offset} spans more than its 15 bits can say")
    return bytes((jump.code, 0x80 | value & 0x7F, value >> 7)) + extra


def _move_lines(table: Buffer, old_starts: list[int], new_starts: list[int]) -> bytes:
    """The line table of code that moved."""
    if old_starts == new_starts:
        return bytes(table)
    steps: list[LineStep] = []
    old = new = 0
    for n_bytes, n_lines in decode_lines(table):
        old += n_bytes
        if not n_lines:
            continue
        here = new_starts[min(bisect_left(old_starts, old), len(new_starts) - 1)]
        if steps and here == new:
            steps[-1] = (steps[-1][0], steps[-1][1] + n_lines)
        else:
            steps.append((here - new, n_lines))
        new = here
    return encode_lines(steps)
