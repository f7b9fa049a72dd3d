"""Modified immediates, against the manual's own words and against capstone."""

from __future__ import annotations

import capstone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.encoding import EncodingError
from mpytool.emitters.native.thumb.modified import decode_modified, encode_modified

_machine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
_machine.detail = True

ALL = {
    decode_modified(code)
    for code in range(1 << 12)
    if code >> 8 not in (1, 2, 3) or code & 0xFF  # these must not hold 0
}


def test_all_codes() -> None:
    """256 small numbers, 3 * 255 repeated ones, 128 numbers at 24 rotations; some are written in two ways."""
    assert len(ALL) == 256 + 3 * 255 + 24 * 128
    for value in ALL:
        code = encode_modified(value)
        assert code is not None
        assert decode_modified(code) == value


@given(st.integers(0, 2**32 - 1) | st.sampled_from(sorted(ALL)).flatmap(lambda n: st.integers(n - 1, n + 1)))
def test_what_is_encoded(value: int) -> None:
    assert (encode_modified(value) is not None) == (value & 0xFFFFFFFF in ALL)


@given(st.sampled_from(sorted(ALL)))
def test_capstone_reads_the_same(value: int) -> None:
    (found,) = _machine.disasm(t.MOV_M.encode(3, value), 0)
    assert found.operands[1].imm & 0xFFFFFFFF == value


@pytest.mark.parametrize("value", [0x101, 0x1FF, 0xFFFFFFFE, -3, 0x00FF00FE, 1 << 32])
def test_what_has_no_code_is_refused(value: int) -> None:
    with pytest.raises(EncodingError, match=r"mov\.w"):
        t.MOV_M.encode(0, value)


def test_negative_numbers() -> None:
    assert t.MOV_M.encode(0, -1) == t.MOV_M.encode(0, 0xFFFFFFFF)
