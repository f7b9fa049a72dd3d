"""The constant table of a file: checked once, decoded only where somebody looks.

``scan_constant`` finds the end of a constant and says whether it is well formed; ``decode_constant`` makes
the value of one that is.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator, Sequence

from mpytool.module import Constant, FunTable
from mpytool.mpyfile import errors
from mpytool.mpyfile.cursor import read_count, read_varuint
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.header import ConstantType
from mpytool.patterns import late
from mpytool.values import decode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload

MAX_TUPLE_DEPTH = 800
"""MicroPython's loader calls itself for each level; mpy-cross's parser gives up between 700 and 800."""

_FLOAT = rb"(?:inf|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)"
_NUMBERS: dict[int, tuple[str, re.Pattern[bytes]]] = {
    ConstantType.INT: ("an integer", late(rb"-?[0-9]+")),
    ConstantType.FLOAT: ("a float", late(rb"-?" + _FLOAT)),
    ConstantType.COMPLEX: (
        "a complex number",
        late(rb"-?%b|\(-?%b[+-]%bj\)" % (_FLOAT + b"j", _FLOAT, _FLOAT)),
    ),
}

_SINGLETONS: dict[int, Constant] = {
    ConstantType.FUN_TABLE: FunTable.FUN_TABLE,
    ConstantType.NONE: None,
    ConstantType.FALSE: False,
    ConstantType.TRUE: True,
    ConstantType.ELLIPSIS: Ellipsis,
}


def scan_constant(data: memoryview, offset: int) -> int:
    """The offset behind the constant that begins at an offset. MpyFormatError if it is malformed."""
    open_tuples: list[int] = []  # how many items each still has to come
    while True:
        if offset >= len(data):
            raise MpyFormatError(errors.CUT_OFF, offset, what="the constant table")
        start = offset
        kind = data[offset]
        offset += 1
        if kind == ConstantType.TUPLE:
            count, offset = read_count(data, offset, "the length of a tuple")
            if len(open_tuples) == MAX_TUPLE_DEPTH:
                raise MpyFormatError(errors.TUPLE_DEPTH, start, limit=MAX_TUPLE_DEPTH)
            open_tuples.append(count)
        elif kind > ConstantType.TUPLE:
            raise MpyFormatError(errors.CONSTANT_TYPE, start, number=kind)
        elif kind > ConstantType.ELLIPSIS:
            offset = _scan_text(data, offset, kind)
        while open_tuples and not open_tuples[-1]:
            open_tuples.pop()
        if not open_tuples:
            return offset
        open_tuples[-1] -= 1


def _scan_text(data: memoryview, offset: int, kind: int) -> int:
    size, offset = read_count(data, offset, "the length of a constant")
    end = offset + size
    number = _NUMBERS.get(kind)
    if number is not None:
        what, pattern = number
        if pattern.fullmatch(data, offset, end) is None:
            raise MpyFormatError(errors.NUMBER_TEXT, offset, what=what)
        return end
    if end >= len(data):
        raise MpyFormatError(errors.CUT_OFF, end, what="a string constant")
    if data[end]:
        raise MpyFormatError(errors.NO_NUL, end, what="a string constant")
    return end + 1


def decode_constant(data: memoryview, offset: int) -> tuple[Constant, int]:
    """A constant that ``scan_constant`` has passed, and the offset behind it."""
    open_tuples: list[tuple[int, list[Constant]]] = []  # length, and the items so far
    while True:
        kind = data[offset]
        offset += 1
        value: Constant
        if kind == ConstantType.TUPLE:
            count, offset = read_varuint(data, offset, "")
            open_tuples.append((count, []))
            if count:
                continue
            value = ()
            open_tuples.pop()
        elif kind <= ConstantType.ELLIPSIS:
            value = _SINGLETONS[kind]
        else:
            size, offset = read_varuint(data, offset, "")
            value = _decode_text(kind, data[offset : offset + size])
            offset += size + (kind <= ConstantType.BYTES)
        while open_tuples:
            count, items = open_tuples[-1]
            items.append(value)
            if len(items) < count:
                break
            open_tuples.pop()
            value = tuple(items)  # type: ignore[arg-type]  # a hostile file may have FUN_TABLE in a tuple
        else:
            return value, offset


def _decode_text(kind: int, text: memoryview) -> Constant:
    if kind == ConstantType.STR:
        return decode_text(text)
    if kind == ConstantType.BYTES:
        return bytes(text)
    digits = str(text, "ascii")
    # Most programs have no such numbers: what reads them is loaded when one does.
    if kind == ConstantType.INT:
        from mpytool.integers import int_from_digits

        return int_from_digits(digits, 10)
    from mpytool import floats

    return floats.read_float(digits) if kind == ConstantType.FLOAT else floats.read_complex(digits)


class ConstantTable(Sequence[Constant]):
    """The constants of a file, each decoded whenever it is asked for.

    Equal to any sequence of the same constants: same types and values, nan equal to nan, 0.0 not to -0.0.
    """

    __slots__ = ("_offsets", "encoded")

    def __init__(self, encoded: memoryview, offsets: array[int]) -> None:
        self.encoded = encoded
        """The table as the file holds it, without the count."""
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets)

    def offset(self, index: int) -> int:
        """Where an entry begins in ``encoded``."""
        return self._offsets[index]

    def spans(self) -> Iterator[tuple[int, int]]:
        """Begin and end of each entry in ``encoded``."""
        end = len(self.encoded)
        for index, start in enumerate(self._offsets):
            yield start, self._offsets[index + 1] if index + 1 < len(self._offsets) else end

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Constant: ...
        @overload
        def __getitem__(self, index: slice) -> list[Constant]: ...

    def __getitem__(self, index: int | slice) -> Constant | list[Constant]:
        if isinstance(index, slice):
            return [decode_constant(self.encoded, offset)[0] for offset in self._offsets[index]]
        return decode_constant(self.encoded, self._offsets[index])[0]

    def __iter__(self) -> Iterator[Constant]:
        for offset in self._offsets:
            yield decode_constant(self.encoded, offset)[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        if isinstance(other, ConstantTable) and self.encoded == other.encoded:
            return True
        return len(self) == len(other) and all(map(same_constant, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ConstantTable({list(self)!r})"


def same_constant(left: object, right: object) -> bool:
    """Whether two constants are of one type and value; nan is nan here, and 0.0 is not -0.0."""
    pending = [(left, right)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, tuple) and isinstance(right, tuple):
            if len(left) != len(right):
                return False
            pending += zip(left, right, strict=True)
        elif isinstance(left, float) and isinstance(right, float):
            if not _same_float(left, right):
                return False
        elif isinstance(left, complex) and isinstance(right, complex):
            if not (_same_float(left.real, right.real) and _same_float(left.imag, right.imag)):
                return False
        elif left != right:
            return False
    return True


def _same_float(left: float, right: float) -> bool:
    if left == right:
        return math.copysign(1.0, left) == math.copysign(1.0, right)
    return left != left and right != right


def scan_constants(data: memoryview, offset: int, count: int) -> tuple[ConstantTable, int]:
    """The table of ``count`` constants that begins at an offset, and the offset behind it."""
    start = offset
    offsets = array("Q")
    for _ in range(count):
        offsets.append(offset - start)
        offset = scan_constant(data, offset)
    return ConstantTable(data[start:offset], offsets), offset
