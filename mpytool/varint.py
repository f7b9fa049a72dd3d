"""Variable-length integers as ``.mpy`` files and bytecode hold them.

Groups of seven bits, the most significant first; bit 7 says that another byte follows (``mp_encode_uint`` in
``py/bc.c``).
"""

from __future__ import annotations

MAX_BYTES = 10
"""Enough for 64 bits; a decoder reads no longer number, lest a hostile one takes quadratic time."""


def encode_varuint(value: int) -> bytes:
    """The shortest form of ``value >= 0``."""
    if value < 0x80:
        return bytes((value,))
    if value < 0x4000:
        return bytes((0x80 | value >> 7, value & 0x7F))
    groups = bytearray((value & 0x7F,))
    value >>= 7
    while value:
        groups.append(0x80 | value & 0x7F)
        value >>= 7
    groups.reverse()
    return bytes(groups)


def encode_varint(value: int) -> bytes:
    """The shortest signed form: bit 6 of the first byte is the sign.

    Source: ``emit_write_bytecode_byte_int`` in ``py/emitbc.c``.
    """
    groups = bytearray((value & 0x7F,))
    while not -0x40 <= value < 0x40:
        value >>= 7
        groups.append(0x80 | value & 0x7F)
    groups.reverse()
    return bytes(groups)


def decode_varuint(data: bytes | bytearray | memoryview, offset: int, start: int = 0) -> tuple[int, int]:
    """(value, offset behind it). IndexError if the data ends before the number does, ValueError
    if it has more than MAX_BYTES.

    ``start`` stands before the first group: 0, or -1 for a number that is negative.
    """
    value = start
    limit = offset + MAX_BYTES
    while True:
        byte = data[offset]
        offset += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, offset
        if offset == limit:
            raise ValueError(f"the number at {offset - MAX_BYTES} has more than {MAX_BYTES} bytes")


def decode_varint(data: bytes | bytearray | memoryview, offset: int) -> tuple[int, int]:
    """The same for a signed number, whose sign is bit 6 of its first byte."""
    return decode_varuint(data, offset, -1 if data[offset] & 0x40 else 0)
