"""Thumb as the stages see it: registers and their conventions (AAPCS), and its stages; two levels.

The low registers come first, since they make instructions short; among them those that calls spoil.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from mpytool.emitters.native.low import LowFunction
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
from mpytool.emitters.native.thumb import FEATURES
from mpytool.emitters.native.thumb.emit import emit
from mpytool.emitters.native.thumb.encoding import Feature
from mpytool.emitters.native.thumb.merge import merge_tag_tests
from mpytool.emitters.native.thumb.operations import BRANCHES, OPS
from mpytool.emitters.native.thumb.registers import (
    ARGUMENTS,
    CLOBBERED,
    HIGH_CALLEE_SAVED,
    LOW_CALLEE_SAVED,
    RESULT,
)
from mpytool.emitters.native.thumb.selection import RULES, ThumbSelection


@dataclass(frozen=True, slots=True)
class ThumbConvention:
    allocatable: tuple[PhysReg, ...]
    callee_saved: frozenset[PhysReg]
    arguments: tuple[PhysReg, ...] = ARGUMENTS
    result: PhysReg = RESULT
    clobbered: frozenset[PhysReg] = CLOBBERED
    long: frozenset[PhysReg] = frozenset(HIGH_CALLEE_SAVED)
    saves_at_once: bool = True

    def move(self, place: PhysReg | StackSlot, source: Source) -> list[MachineInstr] | None:
        if isinstance(place, StackSlot):
            if isinstance(source, PhysReg):
                return [MachineInstr(OPS["str"], [Address(place), source])]
            return None
        match source:
            case int():
                return [MachineInstr(OPS["const"], [place, source])]
            case FrameRef():
                return [MachineInstr(OPS["lea"], [place, source])]
            case CodeAddress():
                return [MachineInstr(OPS["adr"], [place, source])]
            case StackSlot():
                return [MachineInstr(OPS["ldr"], [place, Address(source)])]
        return [MachineInstr(OPS["mov"], [place, source])]

    def exchange(self, one: PhysReg, other: PhysReg) -> list[MachineInstr]:
        return [MachineInstr(OPS["swap"], [one, other])]

    def call(self, entry: int, n_args: int) -> list[MachineInstr]:
        return [MachineInstr(OPS["call"], [entry, n_args])]


@dataclass(frozen=True, slots=True)
class ThumbTarget:
    """``wide``: there are instructions of 32 bits, and with them division."""

    name: str
    wide: bool
    convention: ThumbConvention
    word: int = 4
    nlr_words: int = 19
    short_calls: bool = True

    @property
    def has_divide(self) -> bool:
        return self.wide

    def select(self, function: LowFunction) -> MachineFunction:
        machine = ThumbSelection(function, self.convention, self.jump, RULES, self.wide).run()
        merge_tag_tests(machine)
        return machine

    def jump(self, block: MachineBlock) -> MachineInstr:
        return MachineInstr(OPS["b"], [], [block])

    def invert(self, branch: MachineInstr) -> bool:
        if branch.op not in BRANCHES:
            return False
        branch.op = BRANCHES[BRANCHES.index(branch.op) ^ 1]
        return True

    def encode(self, function: MachineFunction) -> MachineCode:
        return emit(function, self.wide)


_LOW = ThumbConvention((*ARGUMENTS, *LOW_CALLEE_SAVED), frozenset(LOW_CALLEE_SAVED))
_ALL = ThumbConvention(
    (*ARGUMENTS, *LOW_CALLEE_SAVED, *HIGH_CALLEE_SAVED), frozenset((*LOW_CALLEE_SAVED, *HIGH_CALLEE_SAVED))
)


@functools.cache
def thumb_target(arch: str) -> ThumbTarget:
    """For an architecture in ``FEATURES``."""
    wide = Feature.V7M in FEATURES[arch]
    return ThumbTarget(arch, wide, _ALL if wide else _LOW)
