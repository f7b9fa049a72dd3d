"""Decoding bytecode: one instruction of every kind, and bytes that are none."""

from __future__ import annotations

import pytest

from mpytool.instructions import decode_instructions
from mpytool.opcodes import OP_OF_CODE

EXAMPLES = [
    # bytes, name, operand, extra byte
    ("51", "LOAD_CONST_NONE", None, None),
    ("10 81 00", "LOAD_CONST_STRING", 128, None),
    ("22 ff 3f", "LOAD_CONST_SMALL_INT", -65, None),
    ("70", "LOAD_CONST_SMALL_INT_MULTI", -16, None),
    ("af", "LOAD_CONST_SMALL_INT_MULTI", 47, None),
    ("bf", "LOAD_FAST_MULTI", 15, None),
    ("c2", "STORE_FAST_MULTI", 2, None),
    ("d3", "UNARY_OP_MULTI", 3, None),
    ("f9", "BINARY_OP_MULTI", 34, None),
    ("20 00 01", "MAKE_CLOSURE", 0, 1),
    ("42 32", "JUMP", -12, None),
    ("42 80 80", "JUMP", 3, None),
    ("4b 0c", "FOR_ITER", 14, None),
    ("4b 81 01", "FOR_ITER", 132, None),
    ("40 48 81", "UNWIND_JUMP", 10, 0x81),
]


@pytest.mark.parametrize(("data", "name", "operand", "extra"), EXAMPLES)
def test_examples(data: str, name: str, operand: int | None, extra: int | None) -> None:
    code = bytes.fromhex(data)
    (found,) = decode_instructions(b"\xff\xff" + code, 2)
    assert (found.op.name, found.operand, found.extra) == (name, operand, extra)
    assert (found.offset, found.end, found.code) == (0, len(code), code[0])


@pytest.mark.parametrize("data", ["10", "10 81", "22 80", "42", "42 80", "40 48", "20 00"])
def test_cut_off(data: str) -> None:
    with pytest.raises(ValueError, match="the instruction at 1 is cut off"):
        list(decode_instructions(b"\x51" + bytes.fromhex(data)))


@pytest.mark.parametrize("byte", sorted(set(range(256)) - set(OP_OF_CODE)))
def test_reserved(byte: int) -> None:
    with pytest.raises(ValueError, match=f"{byte:#04x} at 0 is no opcode"):
        list(decode_instructions(bytes((byte, 0, 0))))
