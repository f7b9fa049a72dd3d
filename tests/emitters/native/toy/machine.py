"""Executes the toy's machine form. What allocation must keep is the list of events and the result.

Calls spoil what the convention says; ``PUSH`` arms a landing and returns 0, ``POP`` disarms it. A call of
``RAISING`` and above raises if its argument is odd: what ``PUSH`` saved comes back, everything else is
spoilt, and ``PUSH`` returns 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mpytool.emitters.native.low import Cond
from mpytool.emitters.native.machine import (
    Address,
    Call,
    CodeAddress,
    Copy,
    FrameRef,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    StackSlot,
    VReg,
)
from tests.emitters.native.toy.target import OPS, REGISTERS, TOY

PUSH, POP, RAISING = 32, 33, 40
_MASK = 0xFFFF


def arity(entry: int) -> int:
    """How many words an entry takes."""
    return 0 if entry in (PUSH, POP) else 1 if entry >= RAISING else entry % 3


class StopError(Exception):
    """The function left, or was going on for too long."""


def _signed(word: int) -> int:
    return word - (word >> 15 << 16)


_HOLDS: dict[Cond, Callable[[int, int], bool]] = {
    Cond.EQ: lambda a, b: a == b, Cond.NE: lambda a, b: a != b, Cond.ULT: lambda a, b: a < b,
    Cond.ULE: lambda a, b: a <= b, Cond.UGT: lambda a, b: a > b, Cond.UGE: lambda a, b: a >= b,
    Cond.LT: lambda a, b: _signed(a) < _signed(b), Cond.LE: lambda a, b: _signed(a) <= _signed(b),
    Cond.GT: lambda a, b: _signed(a) > _signed(b), Cond.GE: lambda a, b: _signed(a) >= _signed(b),
    Cond.TZ: lambda a, b: not a & b, Cond.TNZ: lambda a, b: bool(a & b),
}  # fmt: skip


@dataclass(slots=True)
class Machine:
    """``steps`` instructions are executed at most. Reading what was never written is a KeyError."""

    function: MachineFunction
    steps: int = 400
    events: list[tuple[object, ...]] = field(default_factory=list)
    words: dict[object, int] = field(default_factory=dict)
    executed: int = 0
    _flag: bool | None = None
    _garbage: int = 7
    _armed: list[tuple[MachineBlock, int, dict[PhysReg, int], Call | None]] = field(default_factory=list)
    _at: tuple[MachineBlock, int] = field(init=False)

    def run(self, *inputs: int) -> list[tuple[object, ...]]:
        """The events, of which the last says how the function ended."""
        self._spoil(REGISTERS)
        self.words |= dict(zip(TOY.convention.arguments, inputs, strict=False))
        return self.start()

    def start(self) -> list[tuple[object, ...]]:
        """The same with registers as they are."""
        self._at = (self.function.blocks[0], 0)
        try:
            while True:
                self._step()
        except StopError as stop:
            self.events.append(stop.args)
        return self.events

    def _spoil(self, registers: tuple[PhysReg, ...]) -> None:
        for register in registers:
            self._garbage = self._garbage * 31421 + 6927 & _MASK
            self.words[register] = self._garbage

    def _step(self) -> None:
        block, index = self._at
        instr = block.code[index]
        self._at = (block, index + 1)
        self.steps -= 1
        self.executed += 1
        if not self.steps:
            raise StopError("long")
        if isinstance(instr, Copy):
            values = [self._read(source) for source in instr.sources]
            for place, value in zip(instr.places, values, strict=True):
                self._write(place, value)
        elif isinstance(instr, Call):
            self._call(instr.entry, [self._read(arg) for arg in instr.args], instr)
        elif instr.op.name == "called":
            assert isinstance(instr.operands[0], int)
            used = TOY.convention.arguments[: arity(instr.operands[0])]
            self._call(instr.operands[0], [self.words[register] for register in used], None)
        else:
            self._execute(instr)
            if instr.op.clobbers:
                written = {operand for operand in instr.operands if isinstance(operand, PhysReg)}
                self._spoil(tuple(reg for reg in REGISTERS if reg in instr.op.clobbers - written))

    def _address(self, address: Address) -> object:
        if isinstance(address.base, StackSlot):
            return address.base
        index = 0 if address.index is None else self._read(address.index)
        return self._read(address.base) + index * address.scale + address.offset & _MASK

    def _read(self, operand: Operand) -> int:
        if isinstance(operand, Address):
            return self.words[self._address(operand)]
        if isinstance(operand, FrameRef):
            return 1000 * (operand.number + 1) + operand.offset
        if isinstance(operand, CodeAddress):
            return operand.resume_point
        return operand & _MASK if isinstance(operand, int) else self.words[operand]

    def _write(self, place: Operand, value: int) -> None:
        assert isinstance(place, VReg | PhysReg | StackSlot | Address)
        self.words[self._address(place) if isinstance(place, Address) else place] = value & _MASK

    def _call(self, entry: int, args: list[int], call: Call | None) -> None:
        self.events.append((entry, *args))
        self._spoil(tuple(reg for reg in REGISTERS if reg in TOY.convention.clobbered))
        self._flag = None
        if entry == PUSH:
            saved = {reg: self.words[reg] for reg in REGISTERS if reg in TOY.convention.callee_saved}
            self._armed.append((*self._at, saved, call))
            self._returned(call, 0)
        elif entry == POP:
            self._armed.pop()
        elif entry >= RAISING and args[0] & 1:
            if not self._armed:
                raise StopError("raised")
            block, index, saved, call = self._armed.pop()
            self._at = (block, index)
            self._spoil(REGISTERS)
            self.words |= saved
            self._returned(call, 1)
        else:
            self._returned(call, sum(args) * 5 + entry + len(self.events))

    def _returned(self, call: Call | None, value: int) -> None:
        if call is None:
            self._write(TOY.convention.result, value)
        elif call.result is not None:
            self._write(call.result, value)

    def _execute(self, instr: MachineInstr) -> None:
        read, write, operands = self._read, self._write, instr.operands
        match instr.op.name:
            case "const" | "lea" | "mov":
                write(operands[0], read(operands[1]))
                if instr.op.name != "mov":
                    self._flag = None
            case "table":
                write(operands[0], read(operands[1]) * 77)
            case "add" | "addi":
                write(operands[0], read(operands[0]) + read(operands[1]))
            case "sub":
                write(operands[0], read(operands[0]) - read(operands[1]))
            case "add3":
                write(operands[0], read(operands[1]) + read(operands[2]))
            case "scale":
                write(operands[0], read(operands[1]) * 3)
                write(operands[0], read(operands[0]) + read(operands[2]))
            case "load":
                write(operands[0], read(operands[1]))
            case "store" | "store_const":
                write(operands[0], read(operands[1]))
            case "double":
                one, other = read(operands[0]), read(operands[2])
                write(operands[0], one * other)
                write(operands[1], one ^ other)
            case "spoil" | "emit":
                self.events.append(("emit", read(operands[0])))
            case "test":
                self._flag = bool(read(operands[0]) & read(operands[1]))
            case "set":
                assert self._flag is not None
                write(operands[0], self._flag)
            case "pick":
                assert self._flag is not None
                write(operands[0], read(operands[1]) if self._flag else read(operands[0]))
            case "swap":
                one, other = read(operands[0]), read(operands[1])
                write(operands[0], other)
                write(operands[1], one)
            case "ret":
                raise StopError("returned", read(operands[0]))
            case "halt":
                raise StopError("halted")
            case _:
                self._at = (self._target(instr), 0)

    def _target(self, instr: MachineInstr) -> MachineBlock:
        read, write, operands = self._read, self._write, instr.operands
        match instr.op.name:
            case "branch_flag":
                assert self._flag is not None
                chosen = not self._flag
            case "branch":
                assert isinstance(operands[0], Cond)
                chosen = not _HOLDS[operands[0]](read(operands[1]), read(operands[2]))
            case "add_checked":
                total = read(operands[0]) + read(operands[1])
                write(operands[0], total)
                chosen = total > _MASK
            case "dispatch":
                return instr.targets[read(operands[0]) % len(instr.targets)]
            case _:
                assert instr.op is OPS["jump"], instr.op
                chosen = False
        return instr.targets[chosen]
