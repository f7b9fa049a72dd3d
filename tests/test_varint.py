"""Variable-length integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.varint import decode_varint, decode_varuint, encode_varint, encode_varuint

UNSIGNED = {0: "00", 127: "7f", 128: "81 00", 247: "81 77", 16383: "ff 7f", 16384: "81 80 00"}

# From bytecode that mpy-cross 1.29 wrote
SIGNED = {
    -64: "40",
    63: "3f",
    64: "80 40",
    -65: "ff 3f",
    8191: "bf 7f",
    8192: "80 c0 00",
    1 << 29: "82 80 80 80 00",
}


@pytest.mark.parametrize(("value", "data"), UNSIGNED.items())
def test_unsigned_examples(value: int, data: str) -> None:
    assert encode_varuint(value).hex(" ") == data


@pytest.mark.parametrize(("value", "data"), SIGNED.items())
def test_signed_examples(value: int, data: str) -> None:
    assert encode_varint(value).hex(" ") == data


@given(st.integers(0, (1 << 70) - 1), st.binary(max_size=3), st.binary(max_size=3))
def test_unsigned_comes_back(value: int, before: bytes, after: bytes) -> None:
    data = encode_varuint(value)
    assert decode_varuint(before + data + after, len(before)) == (value, len(before) + len(data))
    assert data[0] != 0x80


@given(st.integers(-(1 << 69), (1 << 69) - 1), st.binary(max_size=3))
def test_signed_comes_back(value: int, after: bytes) -> None:
    data = encode_varint(value)
    assert decode_varint(data + after, 0) == (value, len(data))
    # No shorter form: the first group is not just a sign that the next one has already.
    assert len(data) == 1 or not (data[0] == 0x80 and data[1] & 0x40 == 0)
    assert len(data) == 1 or not (data[0] == 0xFF and data[1] & 0x40)


@pytest.mark.parametrize("decode", [decode_varuint, decode_varint])
def test_cut_off(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(IndexError):
        decode(b"\x81", 0)


@pytest.mark.parametrize("decode", [decode_varuint, decode_varint])
def test_overlong(decode: object) -> None:
    assert callable(decode)
    assert decode(b"\x80" * 9 + b"\x01", 0) == (1, 10)
    with pytest.raises(ValueError, match="number at 1 has more than 10 bytes"):
        decode(b"\x00" + b"\x80" * 10 + b"\x01", 1)
