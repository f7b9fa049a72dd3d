"""The head of a bytecode function: every encoder with its decoder, and bytes that mpy-cross wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.prelude import (
    decode_lines,
    decode_prelude,
    decode_signature,
    decode_sizes,
    encode_lines,
    encode_signature,
    encode_sizes,
)

counts = st.one_of(st.integers(0, 20), st.integers(0, 0xFFFF))

LINE_TABLES = [
    ([(0, 40)], "80 28"),
    ([(3, 7)], "83 07"),
    ([(3, 6)], "63 60"),
    ([(3, 3001)], "f3 ff b0 ba"),
    ([(121, 1)], "1f 1f 1f 3c"),
    ([(121, 20)], "1f 1f 1f 7c 80 11"),
    ([(31, 3), (32, 0), (0, 4)], "7f 1f 01 60 20"),
]


@pytest.mark.parametrize(("steps", "table"), LINE_TABLES)
def test_line_table_examples(steps: list[tuple[int, int]], table: str) -> None:
    assert encode_lines(steps).hex(" ") == table


def joined(steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(offset, line) wherever a line begins: what a reader of the table can know."""
    offset, line, found = 0, 1, {}
    for n_bytes, n_lines in steps:
        offset += n_bytes
        line += n_lines
        if n_lines:
            found[offset] = line
    return sorted(found.items())


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 5000))))
def test_lines_come_back(steps: list[tuple[int, int]]) -> None:
    ends = {offset for offset, _ in joined(steps)}
    decoded = dict(joined(decode_lines(encode_lines(steps))))
    # A long step may count lines of its own on the way, but never before the bytes it belongs to are over.
    assert set(decoded) == ends
    assert sorted(decoded.items()) == joined(steps)


@given(st.integers(1, 0xFFFF), counts, st.integers(0, 15), counts, counts, counts)
def test_signature_comes_back(s: int, e: int, f: int, a: int, k: int, d: int) -> None:
    data = encode_signature(s, e, f, a, k, d)
    assert decode_signature(data + b"\xff", 0) == ((s, e, f, a, k, d), len(data))


@given(counts, counts)
def test_sizes_come_back(n_info: int, n_cell: int) -> None:
    data = encode_sizes(n_info, n_cell)
    assert decode_sizes(data + b"\xff", 0) == (n_info, n_cell, len(data))


def test_a_whole_prelude() -> None:
    data = bytes.fromhex("ea81c8c040 15 0305060207 2023252 52b 08 b063".replace(" ", ""))
    prelude, end = decode_prelude(data, 0)
    assert end == len(data) - 2
    assert (prelude.n_state, prelude.n_exc_stack, prelude.scope_flags) == (14, 0, 0xE)
    assert (prelude.n_pos_args, prelude.n_kwonly_args, prelude.n_def_pos_args) == (2, 2, 1)
    assert (prelude.name, prelude.arg_names, prelude.cells) == (3, (5, 6, 2, 7), (8,))
    assert prelude.line_table.hex() == "202325252b"


def test_an_overlong_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="signature"):
        decode_signature(b"\x80" * 1000, 0)
    with pytest.raises(ValueError, match="size"):
        decode_sizes(b"\x80" * 1000, 0)


DAMAGED = {
    "00 02": IndexError,
    "00 04 01": IndexError,
    "00 03 01": IndexError,
    "01 02 01": ValueError,  # no room for the name of the argument
    "00 02 81 00": ValueError,  # the function's name goes on behind its head
    "00 04 01 81 00": ValueError,  # half a step of the line table
}


@pytest.mark.parametrize(("data", "error"), DAMAGED.items())
def test_a_damaged_prelude_is_refused(data: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode_prelude(bytes.fromhex(data), 0)
