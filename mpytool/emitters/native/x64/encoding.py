"""Packing: one form of an instruction and its operands become bytes.

An instruction is laid out as (Intel SDM volume 2, 2.1 and 2.2.1)::

    [prefix] [REX 0100WRXB] opcode [ModRM mod.reg.rm] [SIB scale.index.base] [displacement] [immediates]

A ``Form`` says what is fixed and where each operand goes; ``notation.py`` makes it from a row of
``table.py``. Nothing here knows a mnemonic.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.x64.registers import SCALES, EncodingError, Memory, Register

Operand: TypeAlias = Register | Memory | int
"""An int is an immediate, or the distance of a jump from its own end."""


class Place(enum.Enum):
    """Where an operand is kept."""

    REG = "ModRM.reg"
    RM = "ModRM.rm"
    OPCODE = "opcode"  # in its low three bits
    NOWHERE = "nowhere"  # the form implies it
    TAIL = "tail"  # after everything else, little endian


@dataclass(frozen=True, slots=True)
class Slot:
    """What a form takes in one operand.

    Registers and memory have ``size`` bits (0: memory of any size); ``only`` is the one register taken where
    the form implies it. An int must be in ``low`` … ``high`` once ``wrap`` is subtracted from
    what is in its upper half: with ``wrap`` 2**32, 0xFFFFFFFF is −1. It fills ``width`` bytes.
    """

    text: str
    place: Place
    size: int = 0
    register: bool = False
    memory: bool = False
    only: Register | None = None
    width: int = 0
    low: int = 0
    high: int = -1
    wrap: int = 0

    def fits(self, operand: Operand) -> bool:
        if isinstance(operand, Register):
            if self.only is not None:
                return operand == self.only
            return self.register and operand.size == self.size
        if isinstance(operand, Memory):
            return self.memory and (operand.size is None or self.size == 0 or operand.size == self.size)
        return self.low <= self.signed(operand) <= self.high

    def signed(self, value: int) -> int:
        """The number that the machine makes of an immediate, at the width of the operation."""
        return value - self.wrap if self.wrap >> 1 <= value < self.wrap else value


@dataclass(frozen=True, slots=True)
class Form:
    """One row of the manual. ``tail`` is the number of bytes of immediates, or of a jump's distance.

    A rip-relative displacement is the four bytes before the tail.
    """

    mnemonic: str
    syntax: str
    slots: tuple[Slot, ...]
    prefix: bytes
    wide: bool
    """REX.W"""
    opcode: bytes
    modrm: bool
    extension: int
    """The digit in ModRM.reg where no operand is there, else 0."""
    tail: int

    @property
    def least_size(self) -> int:
        """Bytes without what operands may add (REX, SIB, displacement); all there is to a direct jump."""
        return len(self.prefix) + self.wide + len(self.opcode) + self.modrm + self.tail

    def fits(self, operands: tuple[Operand, ...]) -> bool:
        if len(operands) != len(self.slots):
            return False
        return all(map(Slot.fits, self.slots, operands))


def encode(form: Form, *operands: Operand) -> bytes:
    """The bytes of one instruction, with the shortest displacement.

    Raises ``EncodingError`` where an operand does not fit its slot.
    """
    if not form.fits(operands):
        raise EncodingError(f"{form.syntax} does not take {format_operands(operands)}")
    return pack(form, operands)


def pack(form: Form, operands: tuple[Operand, ...]) -> bytes:
    """``encode`` for operands that are known to fit."""
    rex = 0x48 if form.wide else 0
    opcode = form.opcode
    reg = form.extension
    address = b""
    tail = b""
    for slot, operand in zip(form.slots, operands, strict=True):
        if isinstance(operand, int):
            tail += (slot.signed(operand) & ((1 << 8 * slot.width) - 1)).to_bytes(slot.width, "little")
        elif slot.place is Place.REG:
            assert isinstance(operand, Register)
            reg = operand.number & 7
            rex |= 0x44 if operand.number & 8 else rex_of(operand)
        elif slot.place is not Place.NOWHERE:
            rex |= rex_of(operand)
            if isinstance(operand, Memory):
                address = _address(operand)
            elif slot.place is Place.RM:
                address = bytes((0xC0 | operand.number & 7,))
            else:
                opcode = opcode[:-1] + bytes((opcode[-1] | operand.number & 7,))
    head = form.prefix + bytes((rex,)) if rex else form.prefix
    if form.modrm:
        return head + opcode + bytes((address[0] | reg << 3,)) + address[1:] + tail
    return head + opcode + tail


def rex_of(operand: Register | Memory) -> int:
    """The REX prefix that an operand in ModRM.rm or in the opcode wants, 0 if none."""
    if isinstance(operand, Register):
        if operand.number & 8:
            return 0x41
        return 0x40 if operand.size == 8 and operand.number >= 4 else 0  # spl … dil, not ah … bh
    rex = 0
    if operand.base is not None and operand.base.number & 8:
        rex |= 0x41
    if operand.index is not None and operand.index.number & 8:
        rex |= 0x42
    return rex


def _address(memory: Memory) -> bytes:
    """ModRM without its middle field, SIB where needed, displacement (SDM volume 2, tables 2-2 and 2-3)."""
    base, index, displacement = memory.base, memory.index, memory.displacement
    if base is not None and base.size == 0:  # rip
        return b"\x05" + displacement.to_bytes(4, "little", signed=True)
    sib_index = SCALES[memory.scale] << 6 | (index.number & 7) << 3 if index is not None else 0x20
    if base is None:  # mod 00 with base 101 is a displacement alone; without SIB it would be rip
        return bytes((0x04, sib_index | 5)) + displacement.to_bytes(4, "little", signed=True)
    low = base.number & 7
    if displacement == 0 and low != 5:  # mod 00 does not mean rbp and r13
        mod, offset = 0x00, b""
    elif -128 <= displacement < 128:
        mod, offset = 0x40, displacement.to_bytes(1, "little", signed=True)
    else:
        mod, offset = 0x80, displacement.to_bytes(4, "little", signed=True)
    if index is None and low != 4:  # rm 100 does not mean rsp and r12, but that SIB follows
        return bytes((mod | low,)) + offset
    return bytes((mod | 4, sib_index | low)) + offset


def format_operands(operands: tuple[Operand, ...]) -> str:
    return (
        ", ".join(f"{item:#x}" if isinstance(item, int) else str(item) for item in operands) or "no operands"
    )
