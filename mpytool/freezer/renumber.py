"""Bytecode with other numbers of names and constants, and without an end that is never reached.

Where each number takes as many bytes as before, code keeps its length, and with it jumps and line tables stay
what they are. A module with more names than one byte can number gives the short numbers to those that its
code needs most, so its code moves (``mpyfile/rewrite.py``). Machine code has its numbers built in: a module
that has any keeps its tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mpytool.freezer.windows import FAR, NEAR
from mpytool.instructions import Instruction, decode_instruction, decode_instructions
from mpytool.module import Buffer, CompiledModule, RawCode, RawCodeKind
from mpytool.mpyfile.rewrite import rewrite_function
from mpytool.opcodes import Operand, Then
from mpytool.prelude import decode_prelude, decode_signature, decode_sizes
from mpytool.varint import encode_varuint

_JUMPS = (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD)


@dataclass(slots=True)
class References:
    """How often the code of a module refers to each number of a name and of a constant."""

    qstrs: Counter[int] = field(default_factory=Counter)
    constants: Counter[int] = field(default_factory=Counter)


def inner_first(root: RawCode) -> Iterable[RawCode]:
    """All functions of a module, those within a function before it."""
    order = []
    stack = [root]
    while stack:
        raw = stack.pop()
        order.append(raw)
        stack += raw.children
    return reversed(order)


def reached_instructions(code: Buffer) -> Iterator[Instruction]:
    """The instructions of a function up to the one that nothing follows and that no jump aims beyond.

    ValueError or IndexError if there is no such end.
    """
    offset = furthest = 0
    while True:
        instruction = decode_instruction(code, offset)
        yield instruction
        offset = instruction.end
        if instruction.op.operand in _JUMPS and instruction.operand is not None:
            furthest = max(furthest, instruction.operand)
        if instruction.op.then in (Then.STOP, Then.JUMP) and offset > furthest:
            return


def without_dead_end(raw: RawCode) -> RawCode:
    """A bytecode function cut where nothing is reached any more, without the functions made only there.

    mpy-cross leaves such ends behind endless loops and ``raise``.
    """
    end = n_children = 0
    for each in reached_instructions(raw.data[raw.opcodes_offset :]):
        end = each.end
        if each.op.operand in (Operand.CHILD, Operand.CHILD_CELLS) and each.operand is not None:
            n_children = max(n_children, each.operand + 1)
    data = raw.data[: raw.opcodes_offset + end]
    return RawCode(raw.kind, data, raw.children[:n_children], raw.prelude, raw.opcodes_offset)


def _reached(root: RawCode) -> RawCode:
    """The function and all in it without dead ends."""
    top = without_dead_end(root)
    pending = [top]
    while pending:
        raw = pending.pop()
        raw.children = [without_dead_end(child) for child in raw.children]
        pending += raw.children
    return top


def find_references(module: CompiledModule) -> References | None:
    """What a module's code refers to; None if it has machine code, or code that cannot be changed."""
    found = References()
    pending = [module.root]
    while pending:
        raw = pending.pop()
        if raw.kind is not RawCodeKind.BYTECODE:
            return None
        try:
            raw = without_dead_end(raw)
            pending += raw.children
            for _, index, operand in _operands(raw):
                (found.qstrs if operand is Operand.QSTR else found.constants)[index] += 1
        except (ValueError, IndexError):
            return None
    found.qstrs[0] += 1  # tracebacks name the source file
    for used, table in ((found.qstrs, module.qstrs), (found.constants, module.constants)):
        if max(used, default=-1) >= min(FAR, len(table)):
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
    """The function and all in it, with other numbers. RewriteError if code cannot be moved as it must be."""
    moves = any(_size(old) != _size(new) for each in (qstrs, constants) for old, new in each.items())
    made: dict[int, RawCode] = {}
    top = _reached(root)
    for raw in inner_first(top):
        changed = (_move if moves else _replace)(raw, qstrs, constants)
        changed.children = [made[id(child)] for child in raw.children]
        made[id(raw)] = changed
    return made[id(top)]


def _move(raw: RawCode, qstrs: Mapping[int, int], constants: Mapping[int, int]) -> RawCode:
    return rewrite_function(raw, _as_list(qstrs), _as_list(constants))


def _as_list(numbers: Mapping[int, int]) -> list[int]:
    return [numbers.get(number, 0) for number in range(max(numbers, default=-1) + 1)]


def _replace(raw: RawCode, qstrs: Mapping[int, int], constants: Mapping[int, int]) -> RawCode:
    data = bytearray(raw.data)
    for offset, index, operand in _operands(raw):
        encoded = encode_varuint((qstrs if operand is Operand.QSTR else constants)[index])
        data[offset : offset + len(encoded)] = encoded
    prelude, opcodes_offset = decode_prelude(bytes(data), 0)
    return RawCode(raw.kind, bytes(data), [], prelude, opcodes_offset)
