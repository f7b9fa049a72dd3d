"""x86-64 as the stages see it: registers and their conventions (System V ABI for AMD64, 3.2), and its stages.

rbp is set apart for the function table, rsp for the frame. Of the other registers those come first whose use
costs the fewest bytes: r8 to r15 need a REX prefix in operations on 32 bits and two bytes to be saved; r12
and r13 are the longest as bases.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.low import NEGATED, Cond, LowFunction
from mpytool.emitters.native.machine import (
    Address,
    CodeAddress,
    FrameRef,
    MachineBlock,
    MachineCode,
    MachineFunction,
    MachineInstr,
    PhysReg,
    Source,
    StackSlot,
)
from mpytool.emitters.native.x64.emit import emit
from mpytool.emitters.native.x64.operations import (
    CLOBBERED,
    OPS,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    RAX,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
)
from mpytool.emitters.native.x64.selection import select

_TURNED = {"jo": "jno", "jno": "jo"}


@dataclass(frozen=True, slots=True)
class X64Convention:
    allocatable: tuple[PhysReg, ...] = (RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11, RBX, R14, R15, R12, R13)
    callee_saved: frozenset[PhysReg] = frozenset((RBX, R12, R13, R14, R15))
    arguments: tuple[PhysReg, ...] = (RDI, RSI, RDX, RCX)
    result: PhysReg = RAX
    clobbered: frozenset[PhysReg] = CLOBBERED
    long: frozenset[PhysReg] = frozenset()
    saves_at_once: bool = False

    def move(self, place: PhysReg | StackSlot, source: Source) -> list[MachineInstr] | None:
        if isinstance(place, StackSlot):
            if isinstance(source, PhysReg):
                return [MachineInstr(OPS["mov.s"], [Address(place), source])]
            if isinstance(source, int) and -(2**31) <= source < 2**31:
                return [MachineInstr(OPS["mov.mi"], [Address(place), source])]
            return None
        match source:
            case int():
                return [MachineInstr(OPS["mov.i"], [place, source])]
            case FrameRef():
                return [MachineInstr(OPS["lea.f"], [place, source])]
            case CodeAddress():
                return [MachineInstr(OPS["lea.c"], [place, source])]
            case StackSlot():
                return [MachineInstr(OPS["mov.m"], [place, Address(source)])]
        return [MachineInstr(OPS["mov"], [place, source])]

    def exchange(self, one: PhysReg, other: PhysReg) -> list[MachineInstr]:
        return [MachineInstr(OPS["xchg"], [one, other])]

    def call(self, entry: int, n_args: int) -> list[MachineInstr]:
        return [MachineInstr(OPS["call_entry"], [entry])]


@dataclass(frozen=True, slots=True)
class X64Target:
    name: str = "x64"
    word: int = 8
    nlr_words: int = 13
    has_divide: bool = True
    short_calls: bool = False
    convention: X64Convention = X64Convention()

    def select(self, function: LowFunction) -> MachineFunction:
        return select(function, self.convention, self.jump)

    def jump(self, block: MachineBlock) -> MachineInstr:
        return MachineInstr(OPS["jmp"], [], [block])

    def invert(self, branch: MachineInstr) -> bool:
        if branch.op.name in _TURNED:
            branch.op = OPS[_TURNED[branch.op.name]]
            return True
        if branch.op.name != "j":
            return False
        (cond,) = branch.operands
        assert isinstance(cond, Cond)
        branch.operands[0] = NEGATED[cond]
        return True

    def encode(self, function: MachineFunction) -> MachineCode:
        return emit(function, self)


X64 = X64Target()
