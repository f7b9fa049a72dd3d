"""Bytecode whose numbers of names and constants are changed, each to one of as many bytes.

Code keeps its length, so jumps, exception handlers and line tables stay what they are. Machine code has its
numbers built in: a module that has any keeps its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mpytool.freezer.windows import FAR, NEAR
from mpytool.instructions import decode_instructions
from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.opcodes import Operand
from mpytool.prelude import decode_prelude, decode_signature, decode_sizes
from mpytool.varint import encode_varuint


@dataclass(slots=True)
class References:
    """The numbers of names and constants that the code of a module refers to."""

    qstrs: set[int] = field(default_factory=set)
    constants: set[int] = field(default_factory=set)


def inner_first(root: RawCode) -> Iterable[RawCode]:
    """All functions of a module, those within a function before it."""
    order = []
    stack = [root]
    while stack:
        raw = stack.pop()
        order.append(raw)
        stack += raw.children
    return reversed(order)


def find_references(module: CompiledModule) -> References | None:
    """What a module's code refers to; None if it has machine code, or code that cannot be changed."""
    found = References({0})
    for raw in inner_first(module.root):
        if raw.kind is not RawCodeKind.BYTECODE:
            return None
        try:
            for _, index, operand in _operands(raw):
                (found.qstrs if operand is Operand.QSTR else found.constants).add(index)
        except (ValueError, IndexError):
            return None
    if max(found.qstrs) >= min(FAR, len(module.qstrs)):
        return None
    if max(found.constants, default=0) >= min(FAR, max(1, len(module.constants))):
        return None
    return found


def _operands(raw: RawCode) -> Iterator[tuple[int, int, Operand]]:
    """(offset in the data, number, kind of number); ValueError for one that is not as short as it can be."""
    data = raw.data
    _, offset = decode_signature(data, 0)
    _, _, offset = decode_sizes(data, offset)
    assert raw.prelude is not None
    for index in (raw.prelude.name, *raw.prelude.arg_names):
        _check(data[offset])
        yield offset, index, Operand.QSTR
        offset += _size(index)
    for instruction in decode_instructions(data, raw.opcodes_offset):
        operand = instruction.op.operand
        if operand is Operand.QSTR or operand is Operand.OBJECT:
            at = raw.opcodes_offset + instruction.offset + 1
            _check(data[at])
            assert instruction.operand is not None
            yield at, instruction.operand, operand


def _check(first: int) -> None:
    if first == 0x80:
        raise ValueError("a number is longer than it need be")


def _size(number: int) -> int:
    return 1 if number < NEAR else 2 if number < FAR else 3


def renumber(root: RawCode, qstrs: Mapping[int, int], constants: Mapping[int, int]) -> RawCode:
    """The function and all in it, with other numbers, each as long as the one it replaces."""
    made: dict[int, RawCode] = {}
    for raw in inner_first(root):
        data = bytearray(raw.data)
        for offset, index, operand in _operands(raw):
            encoded = encode_varuint((qstrs if operand is Operand.QSTR else constants)[index])
            assert len(encoded) == _size(index)
            data[offset : offset + len(encoded)] = encoded
        prelude, opcodes_offset = decode_prelude(bytes(data), 0)
        children = [made[id(child)] for child in raw.children]
        made[id(raw)] = RawCode(raw.kind, bytes(data), children, prelude, opcodes_offset)
    return made[id(root)]
