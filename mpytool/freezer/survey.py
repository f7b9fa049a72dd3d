"""Where the numbers of names and constants are in a module's bytecode, found in one walk over its opcodes.

The walk also ends each function where nothing is reached any more, which ``reached.py`` does in more steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mpytool.freezer.windows import FAR, NEAR
from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.opcodes import OP_OF_CODE, Op, Operand, Then

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

_PLAIN, _SKIPPED, _QSTR, _OBJECT, _CHILD, _JUMP, _FORWARD, _BAD = range(8)
_SHAPE_OF = {
    Operand.NONE: _PLAIN,
    Operand.QSTR: _QSTR,
    Operand.OBJECT: _OBJECT,
    Operand.CHILD: _CHILD,
    Operand.CHILD_CELLS: _CHILD,
    Operand.JUMP: _JUMP,
    Operand.JUMP_UNWIND: _JUMP,
    Operand.FORWARD: _FORWARD,
}
_EXTRA = (Operand.CHILD_CELLS, Operand.JUMP_UNWIND)


def _form(op: Op | None) -> tuple[int, int, bool]:
    """(what follows the opcode byte, bytes behind that, whether nothing follows the instruction)."""
    if op is None:
        return _BAD, 0, False
    ends = op.then in (Then.STOP, Then.JUMP)
    return _SHAPE_OF.get(op.operand, _SKIPPED), int(op.operand in _EXTRA), ends


_FORMS = tuple([_form(OP_OF_CODE.get(byte)) for byte in range(256)])
_SIMPLE = bytes([form == (_PLAIN, 0, False) for form in _FORMS])
"""1 for an opcode byte that is all of its instruction, and that goes on to the next."""

Place = tuple[int, int]
"""(offset in the function's data, the number that stands there in as few bytes as it can)."""


class Surveyed:
    """A function without its dead end. ``raw`` has the data, ``children`` the functions that are reached."""

    __slots__ = ("raw", "names", "constants", "arguments", "children")

    def __init__(
        self,
        raw: RawCode,
        names: list[Place],
        constants: list[Place],
        arguments: int,
        children: list[Surveyed] | None = None,
    ) -> None:
        self.raw = raw
        self.names = names
        self.constants = constants
        self.arguments = arguments
        """How many of the first ``names`` are in the prelude: the function's, and those of its arguments."""
        self.children = [] if children is None else children


if TYPE_CHECKING:
    F = TypeVar("F", RawCode, Surveyed)


class Survey:
    """The functions of a module, and how often they refer to each number of a name and of a constant."""

    __slots__ = ("root", "qstrs", "constants")

    def __init__(self, root: Surveyed, qstrs: Counter[int], constants: Counter[int]) -> None:
        self.root = root
        self.qstrs = qstrs
        self.constants = constants


def survey(module: CompiledModule) -> Survey | None:
    """What a module's code refers to; None if it has machine code, or code that cannot be changed."""
    try:
        top = _function(module.root)
        pending = [(module.root, top)]
        found = [top]
        while pending:
            raw, surveyed = pending.pop()
            for child in raw.children[: len(surveyed.raw.children)]:
                inner = _function(child)
                surveyed.children.append(inner)
                pending.append((child, inner))
                found.append(inner)
    except (ValueError, IndexError):
        return None
    qstrs = Counter([number for each in found for _, number in each.names])
    constants = Counter([number for each in found for _, number in each.constants])
    qstrs[0] += 1  # tracebacks name the source file
    for used, table in ((qstrs, module.qstrs), (constants, module.constants)):
        if max(used, default=-1) >= min(FAR, len(table)):
            return None
    return Survey(top, qstrs, constants)


def inner_first(root: F) -> Iterable[F]:
    """All functions of a module, those within a function before it."""
    order = []
    stack = [root]
    while stack:
        each = stack.pop()
        order.append(each)
        stack += each.children
    return reversed(order)


def _function(raw: RawCode) -> Surveyed:
    """One function. ValueError or IndexError for code that cannot be changed."""
    prelude = raw.prelude
    if raw.kind is not RawCodeKind.BYTECODE or prelude is None:
        raise ValueError("machine code has its numbers built in")
    data = bytes(raw.data)
    numbers = (prelude.name, *prelude.arg_names)
    # In front of the line table, which the cells and the opcodes follow
    at = raw.opcodes_offset - len(prelude.cells) - len(prelude.line_table)
    at -= len(numbers) + len([number for number in numbers if number >= NEAR])
    names: list[Place] = []
    for expected in numbers:
        number, end = _short_number(data, at)
        if number != expected:
            raise ValueError("a number is longer than it need be")
        names.append((at, number))
        at = end
    arguments = len(names)
    end, n_children, constants = _opcodes(data, raw.opcodes_offset, names)
    cut = RawCode(raw.kind, data[:end], raw.children[:n_children], prelude, raw.opcodes_offset)
    return Surveyed(cut, names, constants, arguments)


def _opcodes(data: bytes, at: int, names: list[Place]) -> tuple[int, int, list[Place]]:
    """(where what is reached ends, how many children it makes, its constants); appends to ``names``."""
    constants: list[Place] = []
    n_children = 0
    furthest = at
    while True:
        byte = data[at]
        at += 1
        if _SIMPLE[byte]:
            continue
        shape, extra, ends = _FORMS[byte]
        if shape in (_QSTR, _OBJECT):
            number, end = _short_number(data, at)
            (names if shape == _QSTR else constants).append((at, number))
            at = end
        elif shape == _SKIPPED:
            while data[at] & 0x80:
                at += 1
            at += 1
        elif shape == _CHILD:
            number, at = _short_number(data, at)
            n_children = max(n_children, number + 1)
        elif shape in (_JUMP, _FORWARD):
            distance = data[at]
            at += 1
            bias = 0x40
            if distance & 0x80:
                distance = distance & 0x7F | data[at] << 7
                at += 1
                bias = 0x4000
            furthest = max(furthest, at + distance - (bias if shape == _JUMP else 0))
        elif shape == _BAD:
            raise ValueError(f"{byte:#04x} is no opcode")
        if extra:
            data[at]
            at += 1
        if ends and at > furthest:
            return at, n_children, constants


def _short_number(data: bytes, at: int) -> tuple[int, int]:
    """(a varuint, the offset behind it). ValueError for one that is not as short as it can be."""
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    if byte == 0x80:
        raise ValueError("a number is longer than it need be")
    number = 0
    while byte & 0x80:
        number = number << 7 | byte & 0x7F
        at += 1
        byte = data[at]
    return number << 7 | byte, at + 1
