"""Folding of numbers: known results, bounds of time and size, and random operations against mpy-cross."""

from __future__ import annotations

import math
import random
import struct
import time

import pytest

from mpytool.floats import format_float, parse_float
from mpytool.grammar.arithmetic import Number, fold_binary, fold_unary, to_float
from mpytool.integers import int_to_text
from tests.peers.numbers import differences, peer_numbers
from tests.peers.oracle import Oracle

INF = math.inf
BINARY = ["|", "^", "&", "<<", ">>", "+", "-", "*", "@", "/", "%", "//", "**"]


def _text(value: Number) -> str:
    return format_float(value) if isinstance(value, float) else int_to_text(value)


def _same(left: Number | None, right: Number | None) -> bool:
    if left is None or right is None:
        return left is right
    return type(left) is type(right) and _text(left) == _text(right)


@pytest.mark.parametrize(
    ("left", "op", "right", "result"),
    [
        (7, "//", -2, -4),
        (7, "%", -2, -1),
        (-7, "//", 2, -4),
        (6, "/", 2, 3.0),
        (1, "/", 0, None),
        (1, "//", 0, None),
        (1, "%", 0, None),
        (2, "@", 3, None),
        (1, "<<", -1, None),
        (1, ">>", -1, None),
        (1, ">>", 1 << 62, 0),
        (-1, ">>", 1 << 62, -1),
        (1, ">>", 1 << 63, None),
        (0, "<<", 1 << 62, 0),
        (0, "<<", 1 << 63, None),
        (-(1 << 70), ">>", 69, -2),
        (0, "**", 0, 1),
        (2, "**", -1, 0.5),
        (0, "**", -1, None),
        (-1, "**", (1 << 70) + 1, -1),
        (0, "**", 1 << 70, 0),
        (2, "**", -(1 << 70), 0.0),
        (1.5, "|", 1, None),
        (1, "<<", 1.0, None),
        (5.0, "%", -INF, -INF),
        (-1.0, "%", 3, 2.0),
        (4.0, "%", -2, -0.0),
        (-0.5, "//", 1, -1.0),
        (0.0, "//", -1, -0.0),
        (INF, "//", 1, math.nan),
        (INF, "%", 1, math.nan),
        (1e308, "//", 1e-10, INF),
        (1.0, "/", 0, None),
        (1.0, "%", 0.0, None),
        (1e308, "*", 10, INF),
        (10.0, "**", 400, INF),
        (-10.0, "**", 401, -INF),
        (-8.0, "**", 0.5, None),
        (-INF, "**", 0.5, None),
        (0.0, "**", -1, None),
        (0.0, "**", -INF, INF),
        (-2.0, "**", INF, INF),
        (1.0, "**", math.nan, 1.0),
        (1 << 2000, "+", 0.5, INF),
        (1 << 2000, "/", 1 << 2000, math.nan),
    ],
)
def test_binary(left: Number, op: str, right: Number, result: Number | None) -> None:
    assert _same(fold_binary(op, left, right), result)


@pytest.mark.parametrize(
    ("op", "value", "result"),
    [
        ("-", 5, -5),
        ("-", 0, 0),
        ("-", 0.0, -0.0),
        ("+", -0.0, -0.0),
        ("~", 1 << 70, -(1 << 70) - 1),
        ("~", 1.0, None),
        ("-", 1 << 62, -(1 << 62)),
    ],
)
def test_unary(op: str, value: Number, result: Number | None) -> None:
    assert _same(fold_unary(op, value), result)


def test_long_integers_become_floats_digit_by_digit() -> None:
    assert to_float(2**53 + 1) == 2.0**53
    assert to_float(-(2**1200)) == -INF
    # The first two digits are a tie, rounded to even; the last digit comes too late to decide it.
    value = (1 << 95) + (1 << 42) + 1
    assert (to_float(value), float(value)) == (2.0**95, 2.0**95 + 2.0**43)


@pytest.mark.parametrize(
    ("left", "op", "right"),
    [
        (1, "<<", 10**9),
        (1, "<<", 17_000_000),
        (2, "**", 100_000_000),
        (9, "**", 9**9),
        (9, "**", 9**99),
        (10**1000, "**", 10**10),
        (-2, "**", 1 << 70),
        (2, "**", 7_000_000),
    ],
)
def test_too_long_results_are_left_alone(left: int, op: str, right: int) -> None:
    start = time.perf_counter()
    assert fold_binary(op, left, right) is None
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize(
    ("left", "op", "right"),
    [(1, "<<", 16_000_000), (2, "**", 6_000_000), (3, "**", 3_600_000)],
)
def test_long_results_are_folded(left: int, op: str, right: int) -> None:
    assert fold_binary(op, left, right) is not None


def test_longest_division_is_quick() -> None:
    source = random.Random(3)
    left, right = source.getrandbits(4_600_000), source.getrandbits(2_300_000)
    start = time.perf_counter()
    quotient, rest = fold_binary("//", left, right), fold_binary("%", left, right)
    assert time.perf_counter() - start < 10
    assert isinstance(quotient, int)
    assert quotient * right + (rest or 0) == left
    assert fold_binary("//", 1 << 6_000_000, 3) is None


@pytest.mark.peer
@pytest.mark.parametrize(
    "expression",
    ["1 << 10**9", "1 << 17000000", "1 >> (1 << 63)", "0 << (1 << 63)", "1 << (1 << 62)"],
)
def test_peer_leaves_alone(peer: Oracle, expression: str) -> None:
    assert peer_numbers(peer, [expression, "1"]) is None


@pytest.mark.peer
@pytest.mark.parametrize(
    ("expression", "text"),
    [("(1 << 8000000) >> 7999999", "2"), ("2**300000 >> 299999", "2"), ("0 << (1 << 62)", "0")],
)
def test_peer_folds(peer: Oracle, expression: str, text: str) -> None:
    assert differences(peer, [(expression, text)]) == []


def _random_integer(source: random.Random) -> int:
    kind = source.random()
    if kind < 0.3:
        value = source.randrange(20)
    elif kind < 0.6:
        value = source.getrandbits(source.choice([8, 16, 31, 32, 33, 62, 63, 64, 65, 96, 128]))
    elif kind < 0.8:
        value = (1 << source.choice([31, 32, 61, 62, 63, 64, 95, 96, 128, 300])) + source.randrange(-3, 3)
    else:
        value = source.getrandbits(source.randrange(1, 1200))
    return -value if source.random() < 0.4 else value


def _random_float(source: random.Random) -> float:
    kind = source.random()
    if kind < 0.3:
        value = source.randrange(20) / source.choice([1, 2, 4, 10])
    elif kind < 0.5:
        value = struct.unpack("<d", struct.pack("<Q", source.getrandbits(63)))[0]
    elif kind < 0.6:
        value = source.choice([0.0, INF, math.nan, 1.0, 5e-324, 2.0**53, 1e308, 0.5])
    else:
        value = source.uniform(0, 10) * 10.0 ** source.randrange(-10, 20)
    return -value if source.random() < 0.4 else value


def _literal(value: Number) -> tuple[str, Number]:
    """The expression for a number, and the value that it has when it is read."""
    if isinstance(value, int):
        return f"({int_to_text(value)})", value
    if math.isnan(value):
        return "math.nan", math.nan
    if math.isinf(value):
        return ("math.inf" if value > 0 else "(-math.inf)"), value
    read = parse_float(repr(abs(value)))
    assert isinstance(read, float)
    return f"({value!r})", math.copysign(read, value)


def _random_operation(source: random.Random) -> tuple[str, Number | None]:
    left = _random_integer(source) if source.random() < 0.6 else _random_float(source)
    left_text, left = _literal(left)
    if source.random() < 0.1:
        op = source.choice("+-~")
        return f"{op}{left_text}", fold_unary(op, left)
    op = source.choice(BINARY)
    if source.random() < 0.6:
        right: Number = _random_integer(source)
        if op in ("<<", ">>"):
            right = source.randrange(-5, 400)
        elif op == "**" and isinstance(left, int):
            right = source.randrange(-20, 60)
    else:
        right = _random_float(source)
    right_text, right = _literal(right)
    return f"{left_text} {op} {right_text}", fold_binary(op, left, right)


@pytest.mark.peer
def test_operations_as_peer(peer: Oracle) -> None:
    source = random.Random(4)
    operations = [_random_operation(source) for _ in range(6000)]
    folded = [(expression, _text(value)) for expression, value in operations if value is not None]
    assert differences(peer, folded, 500) == []
    left_alone = [expression for expression, value in operations if value is None]
    assert len(left_alone) > 200
    for expression in left_alone[:200]:
        assert peer_numbers(peer, [expression, "1"]) is None, expression
