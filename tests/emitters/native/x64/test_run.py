"""Random low functions: machine code does what the interpreter does."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.low import LowFunction
from mpytool.emitters.native.print_low import format_low
from tests.emitters.native.low_interpreter import StuckError
from tests.emitters.native.random_low import RandomFunction
from tests.emitters.native.toy.memory import allocate_in_memory
from tests.emitters.native.x64.run import Allocate, compiled, executed, interpreted

WORDS = st.integers(0, 2**64 - 1) | st.sampled_from((0, 1, 3, 2**63, 2**64 - 1, 2**31))
SIZES = st.integers(1, 30)
LIMITS = (14_450, 4_310)
"""Bytes, executed instructions."""


def function_of(seed: int, size: int) -> LowFunction:
    return RandomFunction(Random(seed), 8, size=size, calls=seed % 4 != 0).make()


@pytest.mark.parametrize("allocation", [allocate, allocate_in_memory], ids=lambda function: function.__name__)
@given(seed=st.integers(0, 2**32), size=SIZES, words=st.tuples(WORDS, WORDS))
@settings(max_examples=60, deadline=None)
def test_does_what_the_low_form_says(
    allocation: Allocate, seed: int, size: int, words: tuple[int, int]
) -> None:
    function = function_of(seed, size)
    assert check_low(function) == []
    text = format_low(function)
    try:
        wanted = interpreted(function, words)
    except StuckError:
        return
    assert executed(compiled(function, allocation), words).outcome == wanted, text


def test_seeds_are_not_empty() -> None:
    """The functions by chance have everything that there is."""
    names = {
        instr.name for seed in range(60) for block in function_of(seed, 30).blocks for instr in block.code
    }
    assert {"phi", "select", "store_indexed", "mul_checked", "call_table", "sdiv", "unreachable"} <= names


def test_code_stays_short() -> None:
    """Guards: what 40 functions take in bytes and in executed instructions. Less is welcome."""
    size = steps = 0
    for seed in range(40):
        ran = executed(compiled(function_of(seed, 25), allocate), (5, 77))
        size += ran.size
        steps += ran.executed
    assert size <= LIMITS[0]
    assert steps <= LIMITS[1]
