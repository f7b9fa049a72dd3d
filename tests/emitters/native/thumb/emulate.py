"""Runs Thumb code on an emulated Arm processor, with the run time of ``low_interpreter``.

The stubs behind the function table are Arm code: they spoil what a call may spoil of lr, and return to the
state that ``blx`` came from. nlr_push and what raises behave as on the real machine: the callee-saved
registers and the stack come back, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import unicorn
from unicorn import arm_const as arm

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
_SIZE = 0x4_0000
_SMALL = 0x1_0000
_ENTRIES = 128
_LIMIT = 200_000
_STUB = bytes.fromhex("0ec0a0e1 00e0e0e3 1cff2fe1")  # mov r12, lr; mvn lr, #0; bx r12

_REG = {name: getattr(arm, f"UC_ARM_REG_{name.upper()}") for name in (
    *(f"r{n}" for n in range(13)), "sp", "lr", "pc",
)}  # fmt: skip
_SAVED = tuple(f"r{n}" for n in range(4, 12))
_SPOILT = ("r0", "r1", "r2", "r3", "r12")
_ARGUMENTS = ("r0", "r1", "r2", "r3")


@dataclass(slots=True)
class Processor:
    """``executed`` counts instructions."""

    run_time: RunTime
    executed: int = 0
    machine: unicorn.Uc = field(init=False)
    _armed: list[dict[str, int]] = field(default_factory=list)
    _error: BaseException | None = None

    def __post_init__(self) -> None:
        self.machine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        for start in (CODE, STACK):
            self.machine.mem_map(start, _SIZE)
        for start in (BUFFER, TABLE, STUBS, RETURN):
            self.machine.mem_map(start, _SMALL)
        self.machine.mem_write(STUBS, (_STUB + bytes(4)) * _ENTRIES)
        self.machine.mem_write(STACK, b"\xa5" * _SIZE)
        words = b"".join(table_word(entry).to_bytes(4, "little") for entry in range(_ENTRIES))
        self.machine.mem_write(TABLE, words)
        self.machine.hook_add(unicorn.UC_HOOK_CODE, self._stub, None, STUBS, STUBS + 16 * _ENTRIES)
        self.machine.hook_add(unicorn.UC_HOOK_CODE, self._count, None, CODE, CODE + _SIZE)

    def call(self, code: bytes, arguments: Sequence[int]) -> int:
        """Call a function. RaisedError: an exception left it. AssertionError: it broke the convention."""
        self.machine.mem_write(CODE, code)
        top = STACK + _SIZE - 256
        for name in (*_SPOILT, *_SAVED):
            self._set(name, 0xDEAD_0000 + _REG[name])
        for name, value in zip(_ARGUMENTS, arguments, strict=False):
            self._set(name, value)
        self._set("sp", top)
        self._set("lr", RETURN | 1)
        self.machine.emu_start(CODE | 1, RETURN, count=_LIMIT)
        if self._error is not None:
            raise self._error
        if self._get("pc") & ~1 != RETURN:
            raise StuckError
        assert self._get("sp") == top
        assert [self._get(name) for name in _SAVED] == [0xDEAD_0000 + _REG[name] for name in _SAVED]
        return self._get("r0")

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
        if address % 16:
            return
        try:
            self._entry((address - STUBS) // 16)
        except BaseException as error:
            self._error = error
            machine.emu_stop()

    def _entry(self, entry: int) -> None:
        assert self._get("sp") % 8 == 0, "the stack is not aligned"
        assert self._get("lr") & 1, "the call does not come back to Thumb state"
        args = [self._get(name) for name in _ARGUMENTS[: ARITY[entry]]]
        result = 0
        if entry == NLR_PUSH:
            self._armed.append({name: self._get(name) for name in (*_SAVED, "sp", "lr")})
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
            self._set(name, 0xBAD0_0000 + len(self.run_time.events))
        self._set("r0", result)
