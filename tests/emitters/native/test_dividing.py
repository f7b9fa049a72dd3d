"""Reciprocals: products and shifts are what Python's division says, up to the limit that they name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.expand.dividing import reciprocal


def _is_usual(divisor: int) -> bool:
    return divisor & (divisor - 1) != 0


@pytest.mark.parametrize("divisor", [3, 5, 6, 7, 10, 14, 60, 100, 251, 641, 1000, 4095, 16385])
def test_all_short_dividends(divisor: int) -> None:
    found = reciprocal(divisor, 32)
    assert found is not None
    assert all(
        x * found.multiplier >> found.shift == x // divisor and x * found.multiplier >> 32 == 0
        for x in range(1 << found.limit)
    )


@given(st.sampled_from((32, 64)), st.integers(3, (1 << 31) - 1).filter(_is_usual), st.data())
def test_dividends_by_chance(bits: int, divisor: int, data: st.DataObject) -> None:
    found = reciprocal(divisor, bits)
    if found is None:
        return
    most = (1 << found.limit) - 1
    multiple = data.draw(st.integers(0, most // divisor)) * divisor
    for x in (multiple - 1, multiple, data.draw(st.integers(0, most)), most):
        if 0 <= x <= most:
            assert x * found.multiplier >> found.shift == x // divisor
            assert x * found.multiplier >> bits == 0


def test_limits() -> None:
    """What most programs divide by has the widest limit."""
    assert [reciprocal(divisor, 32).limit for divisor in (3, 5, 10, 60)] == [16, 16, 16, 16]  # type: ignore[union-attr]
    assert all(reciprocal(divisor, 64).limit >= 30 for divisor in range(3, 300) if _is_usual(divisor))  # type: ignore[union-attr]
