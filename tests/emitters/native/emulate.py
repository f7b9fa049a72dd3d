"""What running machine code on an emulated processor takes on every machine, with the run time of
``low_interpreter``.

Calls through the function table stop at a stub: the run time answers in its place, and what a call may spoil
is spoilt. nlr_push and what raises behave as on the real machine: the callee-saved registers and the stack
come back, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import unicorn

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
ENTRIES = 128
_SMALL = 0x1_0000
_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Machine:
    """``word`` and ``size`` (of the code, of the stack) in bytes; ``stub`` is the code of an entry's stub, 16
    bytes; ``spoiled`` is what spoilt registers hold, apart from a number. Registers by name: unicorn's
    ``numbers``; the stack pointer, where execution is, where results are."""

    emulator: tuple[int, int]
    word: int
    size: int
    stub: bytes
    spoiled: int
    numbers: Mapping[str, int]
    stack: str
    counter: str
    result: str
    arguments: Sequence[str]
    saved: Sequence[str]
    spoilt: Sequence[str]


@dataclass(slots=True)
class EmulatedProcessor:
    """``executed`` counts instructions. A machine's own class says how its calls find back."""

    run_time: RunTime
    executed: int = 0
    emulator: unicorn.Uc = field(init=False)
    _armed: list[dict[str, int]] = field(default_factory=list)
    _error: BaseException | None = None

    machine: ClassVar[Machine]

    def __post_init__(self) -> None:
        machine = self.machine
        self.emulator = unicorn.Uc(*machine.emulator)
        for start in (CODE, STACK):
            self.emulator.mem_map(start, machine.size)
        for start in (BUFFER, TABLE, STUBS, RETURN):
            self.emulator.mem_map(start, _SMALL)
        self.emulator.mem_write(STUBS, machine.stub * ENTRIES)
        self.emulator.mem_write(STACK, b"\xa5" * machine.size)
        words = b"".join(table_word(entry).to_bytes(machine.word, "little") for entry in range(ENTRIES))
        self.emulator.mem_write(TABLE, words)
        self.emulator.hook_add(unicorn.UC_HOOK_CODE, self._stub, None, STUBS, STUBS + 16 * ENTRIES)
        self.emulator.hook_add(unicorn.UC_HOOK_CODE, self._count, None, CODE, CODE + machine.size)

    def enter(self, top: int) -> int:
        """Let a call return to RETURN, with ``top`` as the stack pointer afterwards; where to begin."""
        raise NotImplementedError

    def armed_state(self) -> dict[str, int]:
        """What nlr_push notes besides the registers that calls keep: how to return from it again."""
        raise NotImplementedError

    def check_call(self) -> None:
        """AssertionError: a call of the run time is not as the convention wants it."""
        raise NotImplementedError

    def call(self, code: bytes, arguments: Sequence[int]) -> int:
        """Call a function. RaisedError: an exception left it. AssertionError: it broke the convention."""
        machine = self.machine
        self.emulator.mem_write(CODE, code)
        before = {name: 0xDEAD_0000 + machine.numbers[name] for name in (*machine.spoilt, *machine.saved)}
        for name, value in before.items():
            self.set(name, value)
        for name, value in zip(machine.arguments, arguments, strict=False):
            self.set(name, value)
        top = STACK + machine.size - 256
        self.emulator.emu_start(self.enter(top), RETURN, count=_LIMIT)
        if self._error is not None:
            raise self._error
        if self.get(machine.counter) & ~1 != RETURN:
            raise StuckError
        assert self.get(machine.stack) == top
        assert all(self.get(name) == before[name] for name in machine.saved)
        return self.get(machine.result)

    def read(self, address: int, size: int) -> int:
        return int.from_bytes(self.emulator.mem_read(address, size), "little")

    def write(self, address: int, size: int, value: int) -> None:
        self.emulator.mem_write(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, "little"))

    def get(self, name: str) -> int:
        return int(self.emulator.reg_read(self.machine.numbers[name]))

    def set(self, name: str, value: int) -> None:
        self.emulator.reg_write(self.machine.numbers[name], value)

    def _count(self, *_: object) -> None:
        self.executed += 1

    def _stub(self, emulator: unicorn.Uc, address: int, size: int, data: object) -> None:
        if address % 16:
            return
        try:
            self._entry((address - STUBS) // 16)
        except BaseException as error:
            self._error = error
            emulator.emu_stop()

    def _entry(self, entry: int) -> None:
        self.check_call()
        machine = self.machine
        args = [self.get(name) for name in machine.arguments[: ARITY[entry]]]
        result = 0
        if entry == NLR_PUSH:
            self._armed.append({name: self.get(name) for name in machine.saved} | self.armed_state())
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
                    self.set(name, value)
                result = 1
        for name in machine.spoilt:
            self.set(name, machine.spoiled + len(self.run_time.events))
        self.set(machine.result, result)
