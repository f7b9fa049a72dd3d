"""Runs machine code on an emulated x86-64 processor, with the run time of ``low_interpreter``.

Calls through the function table stop at a stub: the run time answers in its place, and what a call may spoil
is spoilt. nlr_push and what raises behave as on the real machine: the callee-saved registers and the stack
come back, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import unicorn
from unicorn import x86_const as x86

from tests.emitters.native.low_interpreter import (
    ARITY,
    BUFFER,
    NLR_POP,
    NLR_PUSH,
    RAISE,
    STUBS,
    TABLE,
    RaisedError,
    RunTime,
    StuckError,
    table_word,
)

CODE = 0x0010_0000
STACK = 0x4000_0000
RETURN = 0x0100_0000
_SIZE = 0x1_0000
_ENTRIES = 128
_LIMIT = 200_000

_REG = {name: getattr(x86, f"UC_X86_REG_{name.upper()}") for name in (
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15", "rip",
)}  # fmt: skip
_SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")
_SPOILT = ("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11")
_ARGUMENTS = ("rdi", "rsi", "rdx", "rcx")


@dataclass(slots=True)
class Processor:
    """``executed`` counts instructions."""

    run_time: RunTime
    executed: int = 0
    machine: unicorn.Uc = field(init=False)
    _armed: list[dict[str, int]] = field(default_factory=list)
    _error: BaseException | None = None

    def __post_init__(self) -> None:
        self.machine = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        for start in (CODE, BUFFER, TABLE, STUBS, STACK, RETURN):
            self.machine.mem_map(start, _SIZE)
        self.machine.mem_write(STUBS, b"\xc3" * _SIZE)  # ret
        self.machine.mem_write(STACK, b"\xa5" * _SIZE)
        words = b"".join(table_word(entry).to_bytes(8, "little") for entry in range(_ENTRIES))
        self.machine.mem_write(TABLE, words)
        self.machine.hook_add(unicorn.UC_HOOK_CODE, self._stub, None, STUBS, STUBS + 16 * _ENTRIES)
        self.machine.hook_add(unicorn.UC_HOOK_CODE, self._count, None, CODE, CODE + _SIZE)

    def call(self, code: bytes, arguments: Sequence[int]) -> int:
        """Call a function. RaisedError: an exception left it. AssertionError: it broke the convention."""
        self.machine.mem_write(CODE, code)
        top = STACK + _SIZE - 256 - 8
        self.machine.mem_write(top, RETURN.to_bytes(8, "little"))
        for name in (*_SPOILT, *_SAVED):
            self._set(name, 0xDEAD_0000 + _REG[name])
        for name, value in zip(_ARGUMENTS, arguments, strict=False):
            self._set(name, value)
        self._set("rsp", top)
        self.machine.emu_start(CODE, RETURN, count=_LIMIT)
        if self._error is not None:
            raise self._error
        if self._get("rip") != RETURN:
            raise StuckError
        assert self._get("rsp") == top + 8
        assert [self._get(name) for name in _SAVED] == [0xDEAD_0000 + _REG[name] for name in _SAVED]
        return self._get("rax")

    def read(self, address: int, size: int) -> int:
        return int.from_bytes(self.machine.mem_read(address, size), "little")

    def write(self, address: int, size: int, value: int) -> None:
        self.machine.mem_write(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, "little"))

    def _get(self, name: str) -> int:
        return int(self.machine.reg_read(_REG[name]))

    def _set(self, name: str, value: int) -> None:
        self.machine.reg_write(_REG[name], value)

    def _count(self, *_: object) -> None:
        self.executed += 1

    def _stub(self, machine: unicorn.Uc, address: int, size: int, data: object) -> None:
        try:
            self._entry((address - STUBS) // 16)
        except BaseException as error:
            self._error = error
            machine.emu_stop()

    def _entry(self, entry: int) -> None:
        assert self._get("rsp") % 16 == 8, "the stack is not aligned"
        args = [self._get(name) for name in _ARGUMENTS[: ARITY[entry]]]
        result = 0
        if entry == NLR_PUSH:
            stack = self._get("rsp")
            self._armed.append({name: self._get(name) for name in _SAVED})
            self._armed[-1] |= {"rsp": stack + 8, "rip": self.read(stack, 8)}
        elif entry == NLR_POP:
            self._armed.pop()
        else:
            try:
                if entry == RAISE:
                    self.run_time.events.append((entry, *args))
                    raise RaisedError
                result = self.run_time.call(entry, args, self)
            except RaisedError:
                if not self._armed:
                    raise
                for name, value in self._armed.pop().items():
                    self._set(name, value)
                result = 1
        for name in _SPOILT:
            self._set(name, 0xBAD0_0000_0000_0000 + len(self.run_time.events))
        self._set("rax", result)
