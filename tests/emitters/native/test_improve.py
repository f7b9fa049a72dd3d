"""Low text → improved low text; what is improved stays sound, and improving it again changes nothing.
Functions by chance do the same improved."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool.emitters.native.check_low import check_low
from mpytool.emitters.native.improve import improve
from mpytool.emitters.native.improve.hoist import hoist
from mpytool.emitters.native.loops import find_loops
from mpytool.emitters.native.low import number_low
from mpytool.emitters.native.print_low import format_low, parse_low
from mpytool.emitters.native.shape import shape_of
from tests.casefile import Case, read_cases
from tests.emitters.native.low_interpreter import StuckError
from tests.emitters.native.x64.run import interpreted
from tests.emitters.native.x64.test_run import WORDS, function_of

CASES = read_cases(Path(__file__).parent / "data" / "improve.test")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_text(case: Case) -> None:
    (function,) = parse_low(case.source)
    assert check_low(function) == []
    function.adds_products = "adds products" in case.name
    improve(function)
    assert check_low(function) == []
    text = format_low(function)
    case.check(text)
    improve(function)
    assert format_low(function) == text


@given(seed=st.integers(0, 2**32), size=st.integers(5, 40), words=st.tuples(WORDS, WORDS))
@settings(max_examples=150, deadline=None)
def test_does_the_same(seed: int, size: int, words: tuple[int, int]) -> None:
    """Functions by chance write the same memory and make the same calls."""
    function, improved = function_of(seed, size), function_of(seed, size)
    improve(improved)
    assert check_low(improved) == []
    try:
        wanted = interpreted(function, words)
    except StuckError:
        return
    assert interpreted(improved, words) == wanted, format_low(function)


def test_functions_by_chance_have_something_to_hoist() -> None:
    moved = 0
    for seed in range(60):
        function = function_of(seed, 30)
        find_loops(function)
        moved += hoist(function, shape_of(function))
        number_low(function)
        assert check_low(function) == []
    assert moved > 3
