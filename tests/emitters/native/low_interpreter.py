"""Executes the low form, and a run time for it: what machine code is compared with.

``RunTime`` is the other side of the function table: it logs each call, answers with a number that depends on
everything that happened so far, writes through pointers and raises. An emulator of a machine gives it the
same calls, so both logs must be equal. Addresses of the frame are different on each side; therefore an entry
that takes a pointer logs the words that are there, not the pointer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mpytool.emitters.native.low import LOW_PHI, Cond, LowBlock, LowFunction, LowInstr, Mem

BUFFER = 0x2000_0000
"""Where the memory is that functions of the tests read and write."""
TABLE = 0x1000_0000
"""The function table."""
FRAME = 0x3000_0000
STUBS = 0x1100_0000
"""Word n of the table is ``STUBS + 16 * n``."""

NLR_PUSH, NLR_POP, RAISE = 32, 33, 34
RAISING = range(40, 44)
"""Entries that raise if their first argument is odd."""
READING = {27: (2, 3), 19: (1, 2)}
"""Entries that read words through a pointer: (position of the argument, words)."""
WRITING = {10: (2, 2), 11: (1, 3)}
"""Entries that write words."""
ARITY: dict[int, int] = {
    NLR_PUSH: 1, NLR_POP: 0, RAISE: 1, **dict.fromkeys(RAISING, 1),
    6: 1, 10: 3, 11: 2, 12: 2, 16: 1, 17: 2, 18: 3, 19: 2, 27: 3, 38: 3, 45: 4, 46: 2,
}  # fmt: skip
"""How many words the entries take that there are."""


class RaisedError(Exception):
    """What a call raised; nlr_push returns again, or the function is left."""


class StuckError(Exception):
    """The function has not returned after so many steps."""


class WordMemory(Protocol):
    """Reads and writes bytes as little-endian numbers."""

    def read(self, address: int, size: int) -> int: ...
    def write(self, address: int, size: int, value: int) -> None: ...


def table_word(entry: int) -> int:
    return STUBS + 16 * entry


@dataclass(slots=True)
class RunTime:
    """``events``: every call with its arguments, those that are pointers replaced by what is there."""

    word: int
    events: list[tuple[int, ...]] = field(default_factory=list)
    _mixed: int = 1

    def call(self, entry: int, args: Sequence[int], memory: WordMemory) -> int:
        """What the entry returns. RaisedError: it raises. Not for the three entries of exceptions."""
        logged = [arg & self._mask for arg in args]
        if entry in READING:
            position, words = READING[entry]
            pointer = logged[position]
            logged[position : position + 1] = [
                memory.read(pointer + self.word * n, self.word) for n in range(words)
            ]
        if entry in WRITING:
            position, words = WRITING[entry]
            pointer = logged.pop(position)
            for n in range(words):
                memory.write(pointer + self.word * n, self.word, self._answer(entry + n))
        self.events.append((entry, *logged))
        for value in logged:
            self._mixed = (self._mixed * 31 + value + entry) & self._mask
        if entry in RAISING and logged[0] & 1:
            raise RaisedError
        return self._answer(entry)

    def _answer(self, entry: int) -> int:
        self._mixed = (self._mixed * 0x5851F42D4C957F2D + entry) & self._mask
        # Small numbers as often as large ones
        return self._mixed >> 8 * (self._mixed % self.word) & self._mask

    @property
    def _mask(self) -> int:
        return (1 << 8 * self.word) - 1


@dataclass(slots=True)
class Memory:
    """Bytes at addresses; what was never written is a KeyError."""

    data: dict[int, int] = field(default_factory=dict)

    def read(self, address: int, size: int) -> int:
        return sum(self.data[address + n] << 8 * n for n in range(size))

    def write(self, address: int, size: int, value: int) -> None:
        for n in range(size):
            self.data[address + n] = value >> 8 * n & 0xFF

    def fill(self, address: int, content: bytes) -> None:
        self.data.update(enumerate(content, address))

    def bytes_at(self, address: int, size: int) -> bytes:
        return bytes(self.data[address + n] for n in range(size))


def holds(cond: Cond, one: int, other: int, bits: int) -> bool:
    """Whether a condition holds of two words."""
    return _HOLDS[cond](one, other, 1 << (bits - 1))


_HOLDS: dict[Cond, Callable[[int, int, int], bool]] = {
    Cond.EQ: lambda a, b, _: a == b, Cond.NE: lambda a, b, _: a != b,
    Cond.LT: lambda a, b, sign: a ^ sign < b ^ sign, Cond.LE: lambda a, b, sign: a ^ sign <= b ^ sign,
    Cond.GT: lambda a, b, sign: a ^ sign > b ^ sign, Cond.GE: lambda a, b, sign: a ^ sign >= b ^ sign,
    Cond.ULT: lambda a, b, _: a < b, Cond.ULE: lambda a, b, _: a <= b,
    Cond.UGT: lambda a, b, _: a > b, Cond.UGE: lambda a, b, _: a >= b,
    Cond.TZ: lambda a, b, _: not a & b, Cond.TNZ: lambda a, b, _: bool(a & b),
}  # fmt: skip


@dataclass(slots=True)
class Interpreter:
    """Executes a function; ``memory`` and ``run_time`` tell what it did."""

    function: LowFunction
    run_time: RunTime
    memory: Memory = field(default_factory=Memory)
    steps: int = 20_000
    _values: dict[LowInstr, int] = field(default_factory=dict)
    _frame: list[int] = field(default_factory=list)
    #: (block, position behind it, the result) of the pushes that are armed
    _armed: list[tuple[LowBlock, int, LowInstr]] = field(default_factory=list)

    def run(self, *inputs: int) -> int:
        """What the function returns. RaisedError: it is left by an exception."""
        at = FRAME
        for item in self.function.frame:
            self._frame.append(at)
            at += item.words * self.function.word
        block, position = self.function.blocks[0], 0
        while True:
            instr = block.code[position]
            self.steps -= 1
            if self.steps < 0:
                raise StuckError
            position += 1
            if instr.row.targets is not None:
                if instr.name == "return":
                    return self._values[instr.args[0]]
                target = self._leave(instr)
                self._enter(block, target)
                block = target
                position = sum(1 for phi in block.code if phi.row is LOW_PHI)
            elif instr.name == "call_table":
                try:
                    self._call(block, position, instr)
                except RaisedError:
                    if not self._armed:
                        raise
                    block, position, push = self._armed.pop()
                    self._values[push] = 1
            elif instr.row.value:
                self._values[instr] = self._compute(instr, inputs) & self._mask
            else:
                self._write(instr)

    @property
    def _bits(self) -> int:
        return 8 * self.function.word

    @property
    def _mask(self) -> int:
        return (1 << self._bits) - 1

    def _signed(self, value: int) -> int:
        return value - (value >> (self._bits - 1) << self._bits)

    def _enter(self, source: LowBlock, target: LowBlock) -> None:
        edge = target.predecessors.index(source)
        phis = [instr for instr in target.code if instr.row is LOW_PHI]
        values = [self._values[phi.args[edge]] for phi in phis]
        self._values.update(zip(phis, values, strict=True))

    def _leave(self, instr: LowInstr) -> LowBlock:
        values = [self._values[arg] for arg in instr.args]
        match instr.name:
            case "jump":
                return instr.targets[0]
            case "branch":
                one, other = values
                return instr.targets[not holds(instr.imm[0], one, other, self._bits)]
            case "dispatch":
                return instr.targets[values[0]]
            case "add_checked" | "sub_checked" | "mul_checked":
                one, other = map(self._signed, values)
                exact = {"add": one + other, "sub": one - other, "mul": one * other}[instr.name[:3]]
                self._values[instr] = exact & self._mask
                return instr.targets[self._signed(exact & self._mask) != exact]
        raise AssertionError(f"{instr.name} is reached")

    def _call(self, block: LowBlock, position: int, instr: LowInstr) -> None:
        entry = instr.imm[0]
        if entry == NLR_PUSH:
            self._armed.append((block, position, instr))
            self._values[instr] = 0
        elif entry == NLR_POP:
            self._armed.pop()
            self._values[instr] = 0
        elif entry == RAISE:
            self.run_time.events.append((entry, *(self._values[arg] for arg in instr.args)))
            raise RaisedError
        else:
            args = [self._values[arg] for arg in instr.args]
            self._values[instr] = self.run_time.call(entry, args, self.memory) & self._mask

    def _address(self, instr: LowInstr) -> int:
        mem: Mem = instr.imm[0]
        index = self._values[instr.args[1]] * mem.scale if "indexed" in instr.name else 0
        return (self._values[instr.args[0]] + index + mem.offset) & self._mask

    def _write(self, instr: LowInstr) -> None:
        if instr.name != "set_table":
            value = self._values[instr.args[-1]]
            self.memory.write(self._address(instr), instr.imm[0].size, value)

    def _compute(self, instr: LowInstr, inputs: Sequence[int]) -> int:
        match instr.name:
            case "const" | "resume_address":
                return int(instr.imm[0])
            case "input":
                return inputs[instr.imm[0]]
            case "frame_address":
                return self._frame[instr.imm[0]]
            case "load_table":
                return table_word(instr.imm[0])
            case "load" | "load_indexed" | "load_fixed":
                mem: Mem = instr.imm[0]
                value = self.memory.read(self._address(instr), mem.size)
                return value - (value >> (8 * mem.size - 1) << 8 * mem.size) if mem.signed else value
        values = [self._values[arg] for arg in instr.args]
        if instr.name in ("zero_extend", "sign_extend"):
            bits = instr.imm[0]
            value = values[0] & ((1 << bits) - 1)
            return value - (value >> (bits - 1) << bits) if instr.name == "sign_extend" else value
        if instr.name in ("compare", "select"):
            one, other = values[:2]
            truth = holds(instr.imm[0], one, other, self._bits)
            return truth if instr.name == "compare" else values[2 if truth else 3]
        return _COMPUTE[instr.name](*values, self._signed) & self._mask


_COMPUTE: dict[str, Callable[..., int]] = {
    "add": lambda a, b, _: a + b, "sub": lambda a, b, _: a - b, "mul": lambda a, b, _: a * b,
    "and": lambda a, b, _: a & b, "or": lambda a, b, _: a | b, "xor": lambda a, b, _: a ^ b,
    "shl": lambda a, b, _: a << b, "shr": lambda a, b, _: a >> b, "sar": lambda a, b, signed: signed(a) >> b,
    "udiv": lambda a, b, _: a // b, "sdiv": lambda a, b, signed: _towards_zero(signed(a), signed(b)),
    "neg": lambda a, _: -a, "not": lambda a, _: ~a,
}  # fmt: skip


def _towards_zero(one: int, other: int) -> int:
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient
