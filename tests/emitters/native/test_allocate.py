"""Allocation on the toy: functions by chance do the same before and after."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.allocate import allocate, liveness
from mpytool.emitters.native.check_machine import check_machine
from mpytool.emitters.native.print_machine import format_machine, parse_machine
from tests.casefile import Case, read_cases
from tests.emitters.native.toy.chance import function_by_chance
from tests.emitters.native.toy.machine import Machine
from tests.emitters.native.toy.memory import allocate_in_memory
from tests.emitters.native.toy.target import BY_NAME, OPS, TOY

CASES = read_cases(Path(__file__).parent / "data" / "allocate.test")
INPUTS = ((3, 5), (0x8001, 2))
SEEDS = st.integers(0, 1 << 32)
SIZES = st.integers(1, 40)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    function = parse_machine(f'function "f"\n{case.source}', OPS, BY_NAME)
    assert check_machine(function, TOY, allocated=False) == []
    expected = Machine(function).run(3, 5)
    allocate(function, TOY)
    assert check_machine(function, TOY, allocated=True) == []
    assert Machine(function).run(3, 5) == expected
    case.check(format_machine(function).partition("\n")[2])


@given(SEEDS, SIZES)
def test_text_reads_back(seed: int, size: int) -> None:
    function = function_by_chance(seed, size)
    text = format_machine(function)
    assert format_machine(parse_machine(text, OPS, BY_NAME)) == text


@pytest.mark.parametrize("how", [allocate, allocate_in_memory], ids=lambda how: how.__name__)
@given(seed=SEEDS, size=SIZES)
def test_allocated_function_does_the_same(how: object, seed: int, size: int) -> None:
    function = function_by_chance(seed, size)
    assert check_machine(function, TOY, allocated=False) == []
    expected = [Machine(function, 5000).run(*inputs) for inputs in INPUTS]
    how(function, TOY)
    assert check_machine(function, TOY, allocated=True) == []
    for inputs, events in zip(INPUTS, expected, strict=True):
        found = Machine(function, 100_000).run(*inputs)
        if events[-1] == ("long",):
            assert found[: len(events) - 1] == events[:-1]
        else:
            assert found == events


@given(seed=SEEDS, size=SIZES)
def test_nothing_depends_on_where_objects_lie(seed: int, size: int) -> None:
    one, other = function_by_chance(seed, size), function_by_chance(seed, size)
    allocate(one, TOY)
    allocate(other, TOY)
    assert format_machine(one) == format_machine(other)


@given(seed=SEEDS, size=SIZES)
def test_nothing_depends_on_how_many_registers_are_looked_at_at_once(seed: int, size: int) -> None:
    one, other = function_by_chance(seed, size), function_by_chance(seed, size)
    allocate(one, TOY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(liveness, "WIDTH", 3)
        allocate(other, TOY)
    assert format_machine(one) == format_machine(other)
