"""The toy's instructions, its registers and what calls do to them. Words have 16 bits."""

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
    MachineOp,
    PhysReg,
    Role,
    Source,
    StackSlot,
)

REGISTERS = tuple(PhysReg(number, f"r{number}") for number in range(5))
R0, R1, R2, R3, R4 = REGISTERS
BY_NAME = {register.name: register for register in REGISTERS}
LOW = frozenset({R0, R1, R3})

_USE, _DEF, _BOTH, _EARLY = Role.USE, Role.DEF, Role.USE_DEF, Role.EARLY_DEF
_ADDRESS, _IMM = Role.ADDRESS, Role.IMM

# fmt: off
_ROWS = (
    MachineOp("const",       (_DEF, _IMM), remat=True),
    MachineOp("lea",         (_DEF, _IMM), remat=True),
    MachineOp("table",       (_DEF, _IMM), remat=True),
    MachineOp("add",         (_BOTH, _USE), memory_ok=(0, 1)),
    MachineOp("addi",        (_BOTH, _IMM), memory_ok=(0,)),
    MachineOp("sub",         (_BOTH, _USE), memory_ok=(1,)),
    MachineOp("add3",        (_DEF, _USE, _USE), two=(0, 1)),
    MachineOp("scale",       (_EARLY, _USE, _USE)),                       # a * 3 + b
    MachineOp("load",        (_DEF, _ADDRESS)),
    MachineOp("store",       (_ADDRESS, _USE)),
    MachineOp("double",      (_BOTH, _DEF, _USE)),                        # r0 *= use, r1 = r0 ^ use
    MachineOp("spoil",       (_USE,), memory_ok=(0,), clobbers=frozenset({R1})),  # an emit
    MachineOp("emit",        (_USE,), memory_ok=(0,)),
    MachineOp("test",        (_USE, _USE), memory_ok=(0, 1)),
    MachineOp("set",         (_DEF,), memory_ok=(0,), reads_flags=True),
    MachineOp("pick",        (_BOTH, _USE), memory_ok=(1,), reads_flags=True),
    MachineOp("branch_flag", (), reads_flags=True),
    MachineOp("branch",      (_IMM, _USE, _USE), memory_ok=(1, 2)),
    MachineOp("add_checked", (_BOTH, _USE), memory_ok=(1,)),
    MachineOp("dispatch",    (_USE,), memory_ok=(0,)),
    MachineOp("jump",        (), jump=True),
    MachineOp("ret",         (_USE,)),
    MachineOp("halt",        ()),
    # What allocation makes
    MachineOp("mov",         (_DEF, _USE)),
    MachineOp("store_const", (_ADDRESS, _IMM)),
    MachineOp("swap",        (_BOTH, _BOTH)),
    MachineOp("called",      (_IMM,), clobbers=frozenset({R0, R1, R2})),
)
# fmt: on

OPS = {row.name: row for row in _ROWS}


@dataclass(frozen=True, slots=True)
class ToyConvention:
    allocatable: tuple[PhysReg, ...] = REGISTERS
    callee_saved: frozenset[PhysReg] = frozenset({R3, R4})
    arguments: tuple[PhysReg, ...] = (R0, R1)
    result: PhysReg = R0
    clobbered: frozenset[PhysReg] = frozenset({R0, R1, R2})
    long: frozenset[PhysReg] = frozenset()
    saves_at_once: bool = False
    save_bytes: int = 2

    def move(self, place: PhysReg | StackSlot, source: Source) -> list[MachineInstr] | None:
        if isinstance(place, StackSlot):
            if isinstance(source, PhysReg):
                return [MachineInstr(OPS["store"], [Address(place), source])]
            if isinstance(source, int) and 0 <= source < 256:
                return [MachineInstr(OPS["store_const"], [Address(place), source])]
            return None
        if isinstance(source, StackSlot):
            return [MachineInstr(OPS["load"], [place, Address(source)])]
        if isinstance(source, PhysReg):
            return [MachineInstr(OPS["mov"], [place, source])]
        assert isinstance(source, int | FrameRef | CodeAddress)
        return [MachineInstr(OPS["const" if isinstance(source, int) else "lea"], [place, source])]

    def exchange(self, one: PhysReg, other: PhysReg) -> list[MachineInstr]:
        return [MachineInstr(OPS["swap"], [one, other])]

    def call(self, entry: int, n_args: int) -> list[MachineInstr]:
        return [MachineInstr(OPS["called"], [entry])]


@dataclass(frozen=True, slots=True)
class Toy:
    name: str = "toy"
    word: int = 2
    nlr_words: int = 2
    has_divide: bool = False
    convention: ToyConvention = ToyConvention()

    def select(self, function: LowFunction) -> MachineFunction:
        raise NotImplementedError

    def jump(self, block: MachineBlock) -> MachineInstr:
        return MachineInstr(OPS["jump"], [], [block])

    def invert(self, branch: MachineInstr) -> bool:
        if branch.op.name != "branch":
            return False
        condition = branch.operands[0]
        assert isinstance(condition, Cond)
        branch.operands[0] = NEGATED[condition]
        return True

    def encode(self, function: MachineFunction) -> MachineCode:
        raise NotImplementedError


TOY = Toy()
