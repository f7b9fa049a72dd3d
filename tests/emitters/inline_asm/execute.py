"""Runs assembler functions on an emulated processor, as MicroPython calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mpytool import compile_source
from mpytool.module import RawCodeKind
from mpytool.options import Options

CODE = 0x0001_0000
MEMORY = 0x2000_0000
STACK_TOP = 0x3001_0000
RETURN = 0x0100_0000
"""Where a function returns to: the emulation stops there."""

_SIZE = 0x1_0000
_SAVED = range(4, 12)
_LIMIT = 100_000


def code_of(source: str, options: Options) -> bytes:
    """The machine code of the first assembler function of a source."""
    module = compile_source(source, name="m.py", options=options)
    return next(bytes(child.data) for child in module.root.children if child.kind is RawCodeKind.ASM)


@dataclass(slots=True)
class Outcome:
    """``result`` is r0, ``memory`` what the buffer at MEMORY has become."""

    result: int
    memory: bytes


@dataclass(slots=True)
class Processor:
    """The processor that is the least one of an architecture."""

    arch: str
    problems: list[str] = field(default_factory=list)

    def call(self, code: bytes, arguments: Sequence[int], memory: bytes = b"") -> Outcome:
        """Call a function. AssertionError: it did not come back, or not with the registers it must keep."""
        import unicorn
        from unicorn import arm_const as arm

        models = {
            "armv6": arm.UC_CPU_ARM_1176,
            "armv6m": arm.UC_CPU_ARM_CORTEX_M0,
            "armv7m": arm.UC_CPU_ARM_CORTEX_M3,
            "armv7em": arm.UC_CPU_ARM_CORTEX_M4,
            "armv7emsp": arm.UC_CPU_ARM_CORTEX_M4,
            "armv7emdp": arm.UC_CPU_ARM_CORTEX_M7,
        }
        is_classic = self.arch == "armv6"
        mode = unicorn.UC_MODE_ARM if is_classic else unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS
        machine = unicorn.Uc(unicorn.UC_ARCH_ARM, mode)
        machine.ctl_set_cpu_model(models[self.arch])
        for start in (CODE, MEMORY, STACK_TOP - _SIZE, RETURN):
            machine.mem_map(start, _SIZE)
        machine.mem_write(CODE, code)
        machine.mem_write(MEMORY, memory)
        for register, value in zip(range(4), arguments, strict=False):
            machine.reg_write(arm.UC_ARM_REG_R0 + register, value & 0xFFFFFFFF)
        for register in _SAVED:
            machine.reg_write(arm.UC_ARM_REG_R0 + register, 0x1000 + register)
        machine.reg_write(arm.UC_ARM_REG_SP, STACK_TOP - 64)
        thumb = 0 if is_classic else 1
        machine.reg_write(arm.UC_ARM_REG_LR, RETURN | thumb)
        machine.emu_start(CODE | thumb, RETURN, count=_LIMIT)
        assert machine.reg_read(arm.UC_ARM_REG_PC) & ~1 == RETURN, "it did not return"
        assert machine.reg_read(arm.UC_ARM_REG_SP) == STACK_TOP - 64
        kept = [machine.reg_read(arm.UC_ARM_REG_R0 + register) for register in _SAVED]
        assert kept == [0x1000 + register for register in _SAVED], "a register is not kept"
        return Outcome(machine.reg_read(arm.UC_ARM_REG_R0), bytes(machine.mem_read(MEMORY, len(memory) or 1)))
