"""The head of a bytecode function: signature, sizes, names and line table (``py/bc.h``, ``py/emitbc.c``).

==============  =====================================================================================
signature       n_state, n_exc_stack, flags and argument counts, their bits interleaved
size            n_info and n_cell, their bits interleaved
info            varuint qstr index of the name, then of each argument, then the line table: n_info bytes
cells           n_cell bytes, numbers of locals
==============  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mpytool.module import Buffer, Prelude
from mpytool.varint import decode_varuint, encode_varuint

MAX_FURTHER_BYTES = 20
"""Beyond the first one of signature or size; a decoder refuses more. Each carries one bit of some field."""

LineStep = tuple[int, int]
"""(bytes of code since the last step, lines since the last step)."""


def encode_signature(
    n_state: int, n_exc_stack: int, flags: int, n_pos_args: int, n_kwonly_args: int, n_def_pos_args: int
) -> bytes:
    """First byte ``x SSSS E AA``, each further byte ``x F SS K A E D``; x says that another one follows."""
    s, e, f, a, k, d = n_state - 1, n_exc_stack, flags, n_pos_args, n_kwonly_args, n_def_pos_args
    byte = (s & 15) << 3 | (e & 1) << 2 | a & 3
    s >>= 4
    e >>= 1
    a >>= 2
    signature = bytearray()
    while s | e | f | a | k | d:
        signature.append(0x80 | byte)
        byte = (f & 1) << 6 | (s & 3) << 4 | (k & 1) << 3 | (a & 1) << 2 | (e & 1) << 1 | d & 1
        s >>= 2
        e >>= 1
        f >>= 1
        a >>= 1
        k >>= 1
        d >>= 1
    signature.append(byte)
    return bytes(signature)


def decode_signature(data: Sequence[int], offset: int) -> tuple[tuple[int, int, int, int, int, int], int]:
    """The arguments of ``encode_signature``, and the offset behind them.

    IndexError if the data is too short, ValueError if it has more than MAX_FURTHER_BYTES.
    """
    byte = data[offset]
    s, e, f, a, k, d = byte >> 3 & 15, byte >> 2 & 1, 0, byte & 3, 0, 0
    n = 0
    while byte & 0x80:
        if n == MAX_FURTHER_BYTES:
            raise ValueError("its signature is too long")
        offset += 1
        byte = data[offset]
        s |= (byte >> 4 & 3) << 4 + 2 * n
        e |= (byte >> 1 & 1) << 1 + n
        f |= (byte >> 6 & 1) << n
        a |= (byte >> 2 & 1) << 2 + n
        k |= (byte >> 3 & 1) << n
        d |= (byte & 1) << n
        n += 1
    return (s + 1, e, f, a, k, d), offset + 1


def encode_sizes(n_info: int, n_cell: int) -> bytes:
    """Bytes ``x IIIIII C``, low bits first."""
    sizes = bytearray()
    while True:
        byte = (n_info & 63) << 1 | n_cell & 1
        n_info >>= 6
        n_cell >>= 1
        if not n_info | n_cell:
            sizes.append(byte)
            return bytes(sizes)
        sizes.append(0x80 | byte)


def decode_sizes(data: Sequence[int], offset: int) -> tuple[int, int, int]:
    """(n_info, n_cell, offset behind them). IndexError and ValueError as ``decode_signature``."""
    n_info = n_cell = n = 0
    while True:
        byte = data[offset]
        offset += 1
        n_info |= (byte >> 1 & 63) << 6 * n
        n_cell |= (byte & 1) << n
        n += 1
        if byte < 0x80:
            return n_info, n_cell, offset
        if n > MAX_FURTHER_BYTES:
            raise ValueError("its size is too long a number")


def encode_names(names: Iterable[int]) -> bytes:
    """Qstr indices of the function's name and its arguments."""
    return b"".join([encode_varuint(index) for index in names])


def encode_lines(steps: Iterable[LineStep]) -> bytes:
    """The line table: bytes ``0 LL BBBBB``, or ``1 LLL BBBB LLLLLLLL`` with the high bits of L first.

    As many as needed for each step; lines are counted only when all the bytes of a step are.
    """
    table = bytearray()
    for n_bytes, n_lines in steps:
        if n_bytes < 32 and n_lines < 4:
            table.append(n_lines << 5 | n_bytes)
            continue
        while n_bytes or n_lines:
            if n_lines <= 6 or n_bytes > 15:
                b = min(n_bytes, 31)
                lines = min(n_lines, 3) if b == n_bytes else 0
                table.append(lines << 5 | b)
            else:
                b = n_bytes
                lines = min(n_lines, 0x7FF)
                table.append(0x80 | lines >> 4 & 0x70 | b)
                table.append(lines & 0xFF)
            n_bytes -= b
            n_lines -= lines
    return bytes(table)


def decode_lines(table: Sequence[int]) -> list[LineStep]:
    """The steps as they are written; a step that needed several is not put together again."""
    steps = []
    i = 0
    while i < len(table):
        byte = table[i]
        if byte < 0x80:
            steps.append((byte & 31, byte >> 5))
            i += 1
        else:
            steps.append((byte & 15, (byte & 0x70) << 4 | table[i + 1]))
            i += 2
    return steps


def check_lines(table: Buffer) -> None:
    """ValueError if the table ends within a step."""
    i = 0
    size = len(table)
    while i < size:
        i += 1 if table[i] < 0x80 else 2
    if i != size:
        raise ValueError("its line table ends within a step")


def decode_prelude(data: Buffer, offset: int) -> tuple[Prelude, int]:
    """The prelude that begins at an offset, and the offset behind its cells.

    IndexError if the data is too short, ValueError if its parts contradict each other.
    """
    (n_state, n_exc_stack, flags, n_pos, n_kwonly, n_def), offset = decode_signature(data, offset)
    n_info, n_cell, offset = decode_sizes(data, offset)
    info_end = offset + n_info
    end = info_end + n_cell
    if end > len(data):
        raise IndexError
    names = []
    for _ in range(1 + n_pos + n_kwonly):
        if offset >= info_end:
            raise ValueError("it has more names than fit")
        index, offset = decode_varuint(data, offset)
        names.append(index)
    if offset > info_end:
        raise ValueError("it has more names than fit")
    check_lines(data[offset:info_end])
    cells = tuple(data[info_end:end])
    prelude = Prelude(
        n_state=n_state,
        n_exc_stack=n_exc_stack,
        scope_flags=flags,
        n_pos_args=n_pos,
        n_kwonly_args=n_kwonly,
        n_def_pos_args=n_def,
        name=names[0],
        arg_names=tuple(names[1:]),
        line_table=_line_table(data[offset:info_end]),
        cells=cells,
    )
    return prelude, end


_WORTH_A_VIEW = 150
"""Bytes; a view costs more memory than a copy of fewer."""


def _line_table(table: Buffer) -> Buffer:
    return table if len(table) >= _WORTH_A_VIEW else bytes(table)
