"""Runs one low function twice: interpreted, and as machine code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.low import LowFunction
from mpytool.emitters.native.machine import MachineFunction, Target
from mpytool.emitters.native.x64.target import X64
from tests.emitters.native.low_interpreter import BUFFER, TABLE, Interpreter, Memory, RaisedError, RunTime
from tests.emitters.native.random_low import BUFFER_BYTES
from tests.emitters.native.x64.emulate import Processor

CONTENT = bytes(range(BUFFER_BYTES))
CELL = TABLE + 0x8000
"""The word that holds the address of the function table."""

Allocate = Callable[[MachineFunction, Target], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What can be seen of a call: ``result`` is None if an exception left it."""

    result: int | None
    events: tuple[tuple[int, ...], ...]
    memory: bytes


@dataclass(frozen=True, slots=True)
class Ran:
    outcome: Outcome
    size: int
    executed: int


def interpreted(function: LowFunction, words: Sequence[int]) -> Outcome:
    """``words`` are the inputs behind the addresses of the buffer and of the cell."""
    run_time, memory = RunTime(function.word), Memory()
    memory.fill(BUFFER, CONTENT)
    memory.write(CELL, function.word, TABLE)
    try:
        result = Interpreter(function, run_time, memory).run(BUFFER, CELL, *words)
    except RaisedError:
        result = None
    return Outcome(result, tuple(run_time.events), memory.bytes_at(BUFFER, BUFFER_BYTES))


def compiled(function: LowFunction, allocate: Allocate) -> bytes:
    """Machine code; every stage's result is verified. Changes the function."""
    machine = X64.select(function)
    assert check_machine(machine, X64, allocated=False) == []
    allocate(machine, X64)
    assert check_machine(machine, X64, allocated=True) == []
    return X64.encode(machine).code


def executed(code: bytes, words: Sequence[int]) -> Ran:
    run_time = RunTime(8)
    processor = Processor(run_time)
    processor.emulator.mem_write(BUFFER, CONTENT)
    processor.write(CELL, 8, TABLE)
    try:
        result = processor.call(code, (BUFFER, CELL, *words))
    except RaisedError:
        result = None
    memory = bytes(processor.emulator.mem_read(BUFFER, BUFFER_BYTES))
    return Ran(Outcome(result, tuple(run_time.events), memory), len(code), processor.executed)
