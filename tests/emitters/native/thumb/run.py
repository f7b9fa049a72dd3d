"""Makes machine code of a low function, on both levels, and runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.layout import layout
from mpytool.emitters.native.low import LowFunction
from mpytool.emitters.native.machine import MachineFunction, Target
from tests.emitters.native.low_interpreter import BUFFER, TABLE, RaisedError, RunTime
from tests.emitters.native.random_low import BUFFER_BYTES
from tests.emitters.native.thumb.emulate import Processor
from tests.emitters.native.x64.run import CELL, CONTENT, Outcome

Allocate = Callable[[MachineFunction, Target], None]


@dataclass(frozen=True, slots=True)
class Ran:
    outcome: Outcome
    size: int
    executed: int


def compiled(function: LowFunction, target: Target, allocate: Allocate) -> bytes:
    """Machine code; every stage's result is verified. Changes the function."""
    machine = target.select(function)
    assert check_machine(machine, target, allocated=False) == []
    allocate(machine, target)
    assert check_machine(machine, target, allocated=True) == []
    layout(machine, target)
    return target.encode(machine).code


def executed(code: bytes, words: Sequence[int]) -> Ran:
    run_time = RunTime(4)
    processor = Processor(run_time)
    processor.emulator.mem_write(BUFFER, CONTENT)
    processor.write(CELL, 4, TABLE)
    try:
        result = processor.call(code, (BUFFER, CELL, *words))
    except RaisedError:
        result = None
    memory = bytes(processor.emulator.mem_read(BUFFER, BUFFER_BYTES))
    return Ran(Outcome(result, tuple(run_time.events), memory), len(code), processor.executed)
