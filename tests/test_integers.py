"""Integer literals and the text of integer constants."""

from __future__ import annotations

import random
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.integers import IntegerSyntaxError, floor_divmod, int_from_digits, int_to_text, parse_integer


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("00", 0),
        ("000", 0),
        ("7", 7),
        ("123456789", 123456789),
        ("0x1F", 31),
        ("0XfF", 255),
        ("0o17", 15),
        ("0O17", 15),
        ("0b101", 5),
        ("0B1", 1),
        ("4611686018427387904", 2**62),
        ("0x" + "f" * 100, 16**100 - 1),
        pytest.param("9" * 5000, 10**5000 - 1, id="5000-nines"),
        pytest.param("0" * 5000, 0, id="5000-zeros"),
    ],
)
def test_literal(text: str, value: int) -> None:
    assert parse_integer(text) == value


@pytest.mark.parametrize(
    ("text", "base", "shown"),
    [
        ("1if", 10, "1if"),
        ("09", 0, "09"),
        ("07", 0, "07"),
        ("0if", 0, "0if"),
        ("0b2", 2, "2"),
        ("0o8", 8, "8"),
        ("0xg", 16, "g"),
        ("0x", 16, ""),
        ("0b", 2, ""),
        ("0x0x1", 16, "0x1"),
        ("0b0b1", 2, "0b1"),
        ("123abc", 10, "123abc"),
        ("9" * 700 + "z", 10, "9" * 700 + "z"),
        ("0z", 0, "0z"),
        ("1²", 10, "1²"),
    ],
)
def test_malformed_literal(text: str, base: int, shown: str) -> None:
    with pytest.raises(IntegerSyntaxError) as caught:
        parse_integer(text)
    assert (caught.value.base, caught.value.shown) == (base, shown)
    assert str(caught.value) == f"invalid syntax for integer with base {base}: '{shown}'"


@pytest.mark.parametrize("bits", [0, 1, 62, 64, 1899, 1900, 1901, 4000, 14000])
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_text_at_edges(bits: int, offset: int) -> None:
    for value in ((1 << bits) + offset, -((1 << bits) + offset)):
        assert int_to_text(value) == str(value)
        assert int_from_digits(str(value), 10) == value


@given(st.integers(-(10**4000), 10**4000))
def test_text_round_trip(value: int) -> None:
    text = int_to_text(value)
    assert text == str(value)
    assert int_from_digits(text, 10) == value


@given(st.integers(0, 10**6), st.integers(1, 40_000))
def test_long_text_round_trip(seed: int, digits: int) -> None:
    value = 10**digits * (seed + 1) - seed
    assert int_from_digits(int_to_text(value), 10) == value


def test_base_36() -> None:
    assert int_from_digits("z" * 2000, 36) == 36**2000 - 1


@pytest.mark.parametrize("text", ["1" * 700 + "_1", "1" * 700 + " ", "+-" + "1" * 700, "1" * 700 + "z"])
def test_malformed_long_text(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        int_from_digits(text, 10)


def test_no_global_limit_is_touched_and_long_numbers_are_quick() -> None:
    limit = sys.get_int_max_str_digits()
    start = time.perf_counter()
    value = 7**300_000
    assert int_from_digits(int_to_text(value), 10) == value
    assert sys.get_int_max_str_digits() == limit
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("left_bits", [0, 100, 17_000, 40_000, 131_072, 200_001])
@pytest.mark.parametrize("right_bits", [1, 100, 8000, 8001, 16_384, 50_003])
def test_floor_divmod(left_bits: int, right_bits: int) -> None:
    source = random.Random(left_bits + right_bits)
    shapes = [source.getrandbits(left_bits), (1 << left_bits) - 1, 1 << left_bits]
    divisors = [source.getrandbits(right_bits) | 1, (1 << right_bits) - 1, 1 << (right_bits - 1)]
    for left in shapes:
        for right in divisors:
            for a, b in ((left, right), (-left, right), (left, -right), (-left, -right)):
                assert floor_divmod(a, b) == divmod(a, b)
            assert floor_divmod(left * right, right) == (left, 0)


def test_floor_divmod_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        floor_divmod(1 << 20_000, 0)
