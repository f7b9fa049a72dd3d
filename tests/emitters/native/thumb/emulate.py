"""Runs Thumb code on an emulated Arm processor.

The stubs behind the function table are Arm code: they spoil what a call may spoil of lr, and return to the
state that ``blx`` came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import unicorn
from unicorn import arm_const as arm

from tests.emitters.native.emulate import CODE, RETURN, EmulatedProcessor, Machine

_STUB = bytes.fromhex("0ec0a0e1 00e0e0e3 1cff2fe1 00000000")  # mov r12, lr; mvn lr, #0; bx r12
_REGISTERS = (*(f"r{n}" for n in range(13)), "sp", "lr", "pc")


@dataclass(slots=True)
class Processor(EmulatedProcessor):
    """The address to return to is in lr."""

    machine: ClassVar[Machine] = Machine(
        emulator=(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB),
        word=4,
        size=0x4_0000,
        stub=_STUB,
        spoiled=0xBAD0_0000,
        numbers={name: getattr(arm, f"UC_ARM_REG_{name.upper()}") for name in _REGISTERS},
        stack="sp",
        counter="pc",
        result="r0",
        arguments=("r0", "r1", "r2", "r3"),
        saved=tuple(f"r{n}" for n in range(4, 12)),
        spoilt=("r0", "r1", "r2", "r3", "r12"),
    )

    def enter(self, top: int) -> int:
        self.set("sp", top)
        self.set("lr", RETURN | 1)
        return CODE | 1

    def armed_state(self) -> dict[str, int]:
        return {name: self.get(name) for name in ("sp", "lr")}

    def check_call(self) -> None:
        assert self.get("sp") % 8 == 0, "the stack is not aligned"
        assert self.get("lr") & 1, "the call does not come back to Thumb state"
