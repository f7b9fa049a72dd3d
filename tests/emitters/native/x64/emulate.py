"""Runs machine code on an emulated x86-64 processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import unicorn
from unicorn import x86_const as x86

from tests.emitters.native.emulate import CODE, RETURN, EmulatedProcessor, Machine

_RET = b"\xc3"
_REGISTERS = (
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15", "rip",
)  # fmt: skip


@dataclass(slots=True)
class Processor(EmulatedProcessor):
    """The address to return to is on the stack."""

    machine: ClassVar[Machine] = Machine(
        emulator=(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64),
        word=8,
        size=0x1_0000,
        stub=_RET * 16,
        spoiled=0xBAD0_0000_0000_0000,
        numbers={name: getattr(x86, f"UC_X86_REG_{name.upper()}") for name in _REGISTERS},
        stack="rsp",
        counter="rip",
        result="rax",
        arguments=("rdi", "rsi", "rdx", "rcx"),
        saved=("rbx", "rbp", "r12", "r13", "r14", "r15"),
        spoilt=("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"),
    )

    def enter(self, top: int) -> int:
        self.write(top - 8, 8, RETURN)
        self.set("rsp", top - 8)
        return CODE

    def armed_state(self) -> dict[str, int]:
        stack = self.get("rsp")
        return {"rsp": stack + 8, "rip": self.read(stack, 8)}

    def check_call(self) -> None:
        assert self.get("rsp") % 16 == 8, "the stack is not aligned"
