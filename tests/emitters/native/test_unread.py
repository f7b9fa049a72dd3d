"""Stores to slots that nobody reads. That others stay is seen in ``test_allocate.py``, which runs code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.allocate.unread import drop_unread_stores
from mpytool.emitters.native.machine import MachineFunction
from mpytool.emitters.native.print_machine import format_machine, parse_machine
from tests.casefile import Case, read_cases
from tests.emitters.native.toy.chance import function_by_chance
from tests.emitters.native.toy.machine import Machine
from tests.emitters.native.toy.memory import allocate_in_memory
from tests.emitters.native.toy.target import BY_NAME, OPS, TOY

CASES = read_cases(Path(__file__).parent / "data" / "unread.test")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    function = parse_machine(f'function "f"\n{case.source}', OPS, BY_NAME)
    drop_unread_stores(function, TOY.convention)
    case.check(format_machine(function).partition("\n")[2])


def _length(function: MachineFunction) -> int:
    return sum(len(block.code) for block in function.blocks)


@given(seed=st.integers(0, 1 << 32), size=st.integers(1, 40))
def test_what_keeps_everything_in_memory_does_the_same_without_them(seed: int, size: int) -> None:
    function, other = function_by_chance(seed, size), function_by_chance(seed, size)
    allocate_in_memory(function, TOY)
    allocate_in_memory(other, TOY)
    drop_unread_stores(other, TOY.convention)
    assert _length(other) <= _length(function)
    expected = Machine(function, 100_000).run(3, 5)
    found = Machine(other, 100_000).run(3, 5)
    shorter = min(len(expected), len(found)) - 1
    assert found[:shorter] == expected[:shorter]


def test_functions_by_chance_have_such_stores() -> None:
    dropped = 0
    for seed in range(20):
        function = function_by_chance(seed, 20)
        allocate_in_memory(function, TOY)
        before = _length(function)
        drop_unread_stores(function, TOY.convention)
        dropped += before - _length(function)
    assert dropped > 20
