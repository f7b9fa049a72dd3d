"""How a row of the instruction table becomes bytes.

A row is the syntax as disassemblers print it and the bits as the ARMv7-M manual draws them, most significant
first: a letter stands for a bit of the field of that name. What is not said by the letters alone:

* a letter that occurs in two places of the pattern is one field written twice (CLZ names its source twice);
* an operand whose bits are scattered names its parts, most significant first: ``i="jikl"``; single letters
  of a pattern may differ in case (``d="dD"``: the lowest bit of a floating-point register stands alone);
* ``scale`` and ``signed`` belong to the operand ``i``, the immediate number or the distance of a branch;
  ``modified`` says that its twelve bits stand for a word, as ``modified.py`` has it.
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass

from mpytool.emitters.native.thumb.modified import encode_modified


class Feature(enum.Flag):
    """What an instruction needs beyond ARMv6-M."""

    NONE = 0
    V7M = enum.auto()
    FP = enum.auto()


class EncodingError(ValueError):
    """An operand's value has no encoding."""


@dataclass(frozen=True, slots=True)
class Field:
    """An operand of an instruction. ``lowest`` and ``highest`` are inclusive, multiples of ``scale``.

    ``places``    (lowest bit of the scaled value, mask, lowest bit of the word) of each run of bits
    ``modified``  it is a word that is a modified immediate; negative ones count modulo 2**32
    """

    name: str
    lowest: int
    highest: int
    scale: int
    places: tuple[tuple[int, int, int], ...]
    modified: bool = False

    def fits(self, value: int) -> bool:
        """Whether an operand can be encoded."""
        if not self.lowest <= value <= self.highest or value % self.scale:
            return False
        return not self.modified or encode_modified(value) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """``size`` is in bytes, ``word`` has the fixed bits; ``fields`` are in the order of the syntax. Equal
    only to itself."""

    syntax: str
    size: int
    word: int
    fields: tuple[Field, ...]
    needs: Feature

    def encode(self, *values: int) -> bytes:
        """The instruction with these operands, as ``encode`` says."""
        return encode(self, *values)


@functools.lru_cache(1 << 14)
def encode(row: Instruction, *values: int) -> bytes:
    """An instruction with operands in the order of its syntax. Programs consist of the same few of them over
    and over again: each is encoded once.

    Registers and conditions are numbers, a list of registers is a bit map, a branch is given the distance
    from its own address plus 4. EncodingError: a value is out of range or no multiple.
    """
    word = row.word
    for operand, value in zip(row.fields, values, strict=True):
        if not operand.fits(value):
            raise EncodingError(f"{row.syntax}: {operand.name} cannot be {value}")
        code = encode_modified(value) if operand.modified else value // operand.scale
        assert code is not None
        for shift, mask, place in operand.places:
            word |= (code >> shift & mask) << place
    if row.size == 2:
        return word.to_bytes(2, "little")
    # The first halfword is the more significant one; each of them is little-endian.
    return (word >> 16).to_bytes(2, "little") + (word & 0xFFFF).to_bytes(2, "little")


def t16(
    syntax: str,
    pattern: str,
    *,
    scale: int = 1,
    signed: bool = False,
    needs: Feature = Feature.NONE,
    **parts: str,
) -> Instruction:
    """A row for an instruction of 16 bits."""
    return _instruction(syntax, pattern, 16, scale, signed, needs, parts)


def t32(
    syntax: str,
    pattern: str,
    *,
    scale: int = 1,
    signed: bool = False,
    modified: bool = False,
    needs: Feature = Feature.V7M,
    **parts: str,
) -> Instruction:
    """A row for an instruction of 32 bits."""
    return _instruction(syntax, pattern, 32, scale, signed, needs, parts, modified)


def _instruction(
    syntax: str,
    pattern: str,
    bits: int,
    scale: int,
    signed: bool,
    needs: Feature,
    parts: dict[str, str],
    modified: bool = False,
) -> Instruction:
    drawing = pattern.replace(" ", "")
    if len(drawing) != bits:
        raise ValueError(f"{syntax}: {len(drawing)} bits")
    word = int(re.sub("[^01]", "0", drawing), 2)
    fields = []
    for name in dict.fromkeys(re.findall(r"\{(\w)\}", syntax)):
        is_number = name == "i"
        operand = _field(
            name, parts.get(name, name), drawing, scale if is_number else 1, signed and is_number
        )
        if modified and is_number:
            operand = Field(name, -(1 << 31), (1 << 32) - 1, 1, operand.places, True)
        fields.append(operand)
    drawn = {place for operand in fields for place in _bits(operand)}
    if drawn != {bits - 1 - i for i, sign in enumerate(drawing) if sign not in "01"}:
        raise ValueError(f"{syntax}: not every bit belongs to an operand")
    return Instruction(syntax, bits // 8, word, tuple(fields), needs)


def _field(name: str, letters: str, drawing: str, scale: int, signed: bool) -> Field:
    places = []
    width = 0
    for letter in reversed(letters):
        runs = [(run.start(), run.end()) for run in re.finditer(f"{letter}+", drawing)]
        lengths = {end - start for start, end in runs}
        (length,) = lengths  # ValueError: the copies differ in length, or there is none
        places += [(width, (1 << length) - 1, len(drawing) - end) for _, end in runs]
        width += length
    limit = 1 << (width - 1 if signed else width)
    return Field(name, -limit * scale if signed else 0, (limit - 1) * scale, scale, tuple(places))


def _bits(operand: Field) -> set[int]:
    return {place + i for _, mask, place in operand.places for i in range(mask.bit_length())}
