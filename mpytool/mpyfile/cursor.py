"""Numbers out of a buffer that nobody has checked yet: every length is held against the bytes that follow."""

from __future__ import annotations

from mpytool.mpyfile import errors
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.varint import MAX_BYTES


def read_varuint(data: memoryview, offset: int, what: str) -> tuple[int, int]:
    """(value, offset behind it). MpyFormatError if the data ends first or the number is overlong."""
    size = len(data)
    start = offset
    value = 0
    while offset < size:
        byte = data[offset]
        offset += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, offset
        if offset - start == MAX_BYTES:
            raise MpyFormatError(errors.LONG_NUMBER, start, what=what)
    raise MpyFormatError(errors.CUT_OFF, offset, what=what)


def read_count(data: memoryview, offset: int, what: str) -> tuple[int, int]:
    """A number of things that take at least one byte each: at most the bytes that follow it."""
    count, end = read_varuint(data, offset, what)
    if count > len(data) - end:
        raise MpyFormatError(errors.COUNT, offset, what=what, count=count, left=len(data) - end)
    return count, end
