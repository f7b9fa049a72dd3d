"""Where two ``.mpy`` files first differ, in words: header, qstrs, constants, or a function at an opcode.

A second reader on purpose: it shares only the tables of opcodes and names with
what it checks, and it never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mpytool.opcodes import OP_OF_CODE, Operand
from mpytool.qstrs import STATIC_QSTRS

_CONTEXT = 4
"""How many instructions before the first differing one are shown."""

_OBJECT_KINDS = (
    "fun_table",
    "None",
    "False",
    "True",
    "Ellipsis",
    "str",
    "bytes",
    "int",
    "float",
    "complex",
    "tuple",
)


@dataclass(slots=True)
class _Function:
    kind: int
    data: bytes
    children: list[_Function] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    header: bytes
    qstrs: list[str]
    constants: list[object]
    root: _Function


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError(f"cut off at {self.at:#x}")
        self.at += count
        return self.data[self.at - count : self.at]

    def uint(self) -> int:
        value = 0
        while True:
            byte = self.take(1)[0]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    def sint(self) -> int:
        value = -1 if self.data[self.at] & 0x40 else 0
        while True:
            byte = self.take(1)[0]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    def qstr(self) -> str:
        head = self.uint()
        if head & 1:
            number = (head >> 1) - 1
            return repr(STATIC_QSTRS[number]) if number < len(STATIC_QSTRS) else f"static {number}"
        text = self.take(head >> 1)
        self.take(1)
        return repr(text.decode("utf-8", "surrogateescape"))

    def constant(self) -> object:
        kind = self.take(1)[0]
        name = _OBJECT_KINDS[kind] if kind < len(_OBJECT_KINDS) else f"kind {kind}"
        if kind < 5:
            return name
        if name == "tuple":
            return tuple(self.constant() for _ in range(self.uint()))
        payload = self.take(self.uint())
        if name in ("str", "bytes"):
            self.take(1)
        return f"{name} {payload!r}"

    def function(self) -> _Function:
        head = self.uint()
        if head & 3:
            raise ValueError("native code")
        made = _Function(head & 3, self.take(head >> 3))
        if head & 4:
            made.children = [self.function() for _ in range(self.uint())]
        return made

    def file(self) -> _File:
        header = self.take(4)
        if header[2] & 0x40:
            self.uint()
        n_qstr, n_obj = self.uint(), self.uint()
        qstrs = [self.qstr() for _ in range(n_qstr)]
        constants = [self.constant() for _ in range(n_obj)]
        return _File(header, qstrs, constants, self.function())


@dataclass(slots=True)
class _Body:
    """The parts of a bytecode function that are compared one by one."""

    signature: str
    name: str
    arg_names: list[str]
    line_table: bytes
    cells: bytes
    code: bytes


def _body(data: bytes, qstrs: list[str]) -> _Body:
    """The parts of a prelude (``py/bc.h``, MP_BC_PRELUDE_SIG_DECODE and _SIZE_DECODE)."""
    reader = _Reader(data)
    z = reader.take(1)[0]
    state, exc, flags, pos, kwonly, default = (z >> 3) & 15, (z >> 2) & 1, 0, z & 3, 0, 0
    n = 0
    while z & 0x80:
        z = reader.take(1)[0]
        state |= (z & 0x30) << (2 * n)
        exc |= (z & 0x02) << n
        flags |= ((z & 0x40) >> 2) << n
        pos |= (z & 0x04) << n
        kwonly |= ((z & 0x08) >> 3) << n
        default |= (z & 0x01) << n
        n += 1
    info, cells, n = 0, 0, 0
    while True:
        z = reader.take(1)[0]
        cells |= (z & 1) << n
        info |= ((z & 0x7E) >> 1) << (6 * n)
        n += 1
        if z < 0x80:
            break
    end = reader.at + info
    name = reader.uint()
    args = [reader.uint() for _ in range(pos + kwonly)]
    signature = (
        f"n_state {state + 1} n_exc {exc} flags {flags:#x} n_pos {pos} n_kwonly {kwonly} n_def {default}"
    )
    names = [qstrs[i] if i < len(qstrs) else f"qstr {i}" for i in [name, *args]]
    table = data[reader.at : end]
    return _Body(signature, names[0], names[1:], table, data[end : end + cells], data[end + cells :])


def _instructions(code: bytes, module: _File) -> Iterator[tuple[int, str, bytes]]:
    """(offset, text, raw bytes) of each instruction; stops quietly at a byte that is no opcode."""
    reader = _Reader(code)
    while reader.at < len(code):
        start = reader.at
        op = OP_OF_CODE.get(reader.take(1)[0])
        if op is None:
            yield start, f"? {code[start]:#04x}", code[start:]
            return
        text = op.name
        if op.count > 1:
            text += f" {code[start] - op.code}"
        kind = op.operand
        if kind in (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD):
            low = reader.take(1)[0]
            if low & 0x80:
                distance = (low & 0x7F) | reader.take(1)[0] << 7
                bias, width = 0x4000, "wide"
            else:
                distance, bias, width = low, 0x40, "short"
            if kind is not Operand.FORWARD:
                distance -= bias
            if kind is Operand.JUMP_UNWIND:
                text += f" depth {reader.take(1)[0]:#x}"
            text += f" {width} to {reader.at + distance}"
        elif kind is not Operand.NONE:
            value = reader.sint() if kind is Operand.INT else reader.uint()
            if kind is Operand.QSTR and value < len(module.qstrs):
                text += f" {module.qstrs[value]}"
            elif kind is Operand.OBJECT and value < len(module.constants):
                text += f" {str(module.constants[value])[:60]}"
            else:
                text += f" {value}"
            if kind is Operand.CHILD_CELLS:
                text += f" cells {reader.take(1)[0]}"
        yield start, text, code[start : reader.at]


def _code_difference(ours: bytes, theirs: bytes, our_file: _File, their_file: _File) -> str | None:
    """The first instruction that differs, with some before it; None if only indices into the tables do.

    Jumps are compared last, as they follow from sizes.
    """
    us = list(_instructions(ours, our_file))
    them = list(_instructions(theirs, their_file))
    first = _first_difference(
        [_without_distance(t) for _, t, _ in us], [_without_distance(t) for _, t, _ in them]
    )
    if first is None:
        first = _first_difference([t for _, t, _ in us], [t for _, t, _ in them])
    if first is None:
        return None
    before = [f"      = {at:5} {text}" for at, text, _ in us[max(0, first - _CONTEXT) : first]]
    mine = [f"      o {at:5} {text}" for at, text, _ in us[first : first + _CONTEXT]]
    peers = [f"      t {at:5} {text}" for at, text, _ in them[first : first + _CONTEXT]]
    return "\n".join([f"opcode {first}", *before, *mine, *peers])


def _without_distance(text: str) -> str:
    return re.sub(r" (wide|short) to -?\d+$", "", text)


def _first_difference(a: list[str], b: list[str]) -> int | None:
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return None if len(a) == len(b) else min(len(a), len(b))


def _table_difference(what: str, ours: list[str], theirs: list[str]) -> str | None:
    i = _first_difference(ours, theirs)
    if i is None:
        return None
    mine = ours[i] if i < len(ours) else "nothing"
    peers = theirs[i] if i < len(theirs) else "nothing"
    return f"{what} {i}: ours {mine[:120]}, theirs {peers[:120]} (of {len(ours)}, {len(theirs)})"


def _function_difference(path: str, ours: _Function, theirs: _Function, a: _File, b: _File) -> str | None:
    if ours.data != theirs.data or a.qstrs != b.qstrs or a.constants != b.constants:
        x, y = _body(ours.data, a.qstrs), _body(theirs.data, b.qstrs)
        where = f"function {path}"
        for part in ("name", "signature", "arg_names"):
            if getattr(x, part) != getattr(y, part):
                return f"{where}: {part}: ours {getattr(x, part)}, theirs {getattr(y, part)}"
        different = _code_difference(x.code, y.code, a, b)
        if different is not None:
            return f"{where}: {different}"
        for part in ("cells", "line_table"):
            if getattr(x, part) != getattr(y, part):
                return (
                    f"{where}: {part}: ours {getattr(x, part).hex(' ')}, theirs {getattr(y, part).hex(' ')}"
                )
        if a.qstrs == b.qstrs and ours.data != theirs.data and x.code == y.code:
            return f"{where}: prelude: ours {ours.data[:16].hex(' ')}, theirs {theirs.data[:16].hex(' ')}"
    if len(ours.children) != len(theirs.children):
        return f"function {path}: ours has {len(ours.children)} children, theirs {len(theirs.children)}"
    for i, (mine, peers) in enumerate(zip(ours.children, theirs.children, strict=True)):
        name = _body(peers.data, b.qstrs).name.strip("'")
        found = _function_difference(f"{path}/{i}:{name}", mine, peers, a, b)
        if found is not None:
            return found
    return None


def explain(ours: bytes, theirs: bytes) -> str:
    """The first difference of two ``.mpy`` files that are not equal, most telling part first. Never raises.

    Functions come before the tables: a wrong instruction is what makes a table differ, more often than not.
    """
    at = next(
        (i for i, (x, y) in enumerate(zip(ours, theirs, strict=False)) if x != y), min(len(ours), len(theirs))
    )
    plain = f"offset {at:#x} (sizes: ours {len(ours)}, theirs {len(theirs)})"
    try:
        a, b = _Reader(ours).file(), _Reader(theirs).file()
        if a.header != b.header:
            return f"header: ours {a.header.hex(' ')}, theirs {b.header.hex(' ')}"
        found = (
            _function_difference("<module>", a.root, b.root, a, b)
            or _table_difference("qstr", a.qstrs, b.qstrs)
            or _table_difference("constant", list(map(str, a.constants)), list(map(str, b.constants)))
        )
    except (ValueError, IndexError, RecursionError) as error:
        return f"{plain}; not readable: {error}"
    return f"{found or 'encoding of a table'}; {plain}"


def bytes_read(data: bytes) -> int:
    """How many bytes the reader needs for the whole file. ValueError if there are fewer."""
    reader = _Reader(data)
    reader.file()
    return reader.at
