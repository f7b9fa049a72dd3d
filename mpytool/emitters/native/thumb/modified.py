"""Modified immediates: the words that a data-processing instruction of 32 bits holds in 12 bits.

ARMv7-M manual, A5.3.2 (ThumbExpandImm). The twelve bits ``i:imm3:imm8`` stand for::

    0000 abcdefgh    00000000 00000000 00000000 abcdefgh
    0001 abcdefgh    00000000 abcdefgh 00000000 abcdefgh        not for 0
    0010 abcdefgh    abcdefgh 00000000 abcdefgh 00000000        not for 0
    0011 abcdefgh    abcdefgh abcdefgh abcdefgh abcdefgh        not for 0
    rrrr rbcdefgh    1bcdefgh, rotated right by rrrrr, from 01000 on
"""

from __future__ import annotations

_WORD = 0xFFFFFFFF


def encode_modified(value: int) -> int | None:
    """The twelve bits for a word, taken modulo 2**32; None if there are none."""
    value &= _WORD
    low = value & 0xFF
    if value == low:
        return value
    if value == low * 0x00010001:
        return 0x100 | low
    if value == low * 0x01010101:
        return 0x300 | low
    second = value >> 8 & 0xFF
    if value == second * 0x01000100:
        return 0x200 | second
    # The topmost one has been bit 7 before the rotation; there are more than eight bits below it.
    rotation = 40 - value.bit_length()
    shift = 32 - rotation
    if value & ((1 << shift) - 1):
        return None
    return rotation << 7 | value >> shift & 0x7F


def decode_modified(code: int) -> int:
    """The word that twelve bits stand for; undefined for the patterns that must not hold 0."""
    low = code & 0xFF
    if code >> 10:
        rotation, number = code >> 7, low | 0x80
        return (number >> rotation | number << (32 - rotation)) & _WORD
    return low * (0x00000001, 0x00010001, 0x01000100, 0x01010101)[code >> 8]
