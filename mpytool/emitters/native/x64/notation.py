"""The notation of the instruction table: rows as Intel prints them become forms.

``X64("add {r/m64}, {imm8}", "REX.W 83 /0 ib")``. In the syntax:

=========================  ==========================================================================
``{r64}``                  a register of 8, 16, 32 or 64 bits
``{r/m64}`` ``{m64}``      a register or memory; only memory
``{m}``                    memory whose size does not matter
``{al}`` ``{1}``           this register, this number, and nothing is encoded
``{imm8}`` …               a signed immediate, extended to the width of the first operand; what the width
                           makes equal is taken, too: 0xFFFFFFFF for −1 with 32 bits
``{uimm32}``               an immediate extended with zeros
``{count}``                a number of bits, less than the width of the first operand
``{rel8}`` ``{rel32}``     a distance from the end of the instruction
=========================  ==========================================================================

In the code, as in Intel SDM volume 2, 3.1.1: a prefix ``66``, ``F2`` or ``F3``, ``REX.W``, opcode bytes,
``+r`` for a register in the opcode, ``/r`` for ModRM with a register, ``/0`` … ``/7`` for ModRM with a digit,
``ib iw id io`` for immediates, ``cb cd`` for distances.

Instructions that differ in a number only share a row: ``<alu>`` in the syntax stands for each name of that
family, and in the code ``+n``, ``+8n`` and ``/n`` for its number (Intel writes conditions as ``+tttn``, SDM
volume 2, B.1.4.7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mpytool.emitters.native.x64.encoding import Form, Place, Slot
from mpytool.emitters.native.x64.registers import BY_NAME


@dataclass(frozen=True, slots=True)
class X64:
    """One row: Intel's syntax without the order of sizes, and Intel's opcode column."""

    syntax: str
    code: str


@dataclass(frozen=True, slots=True)
class _Code:
    """The opcode column taken apart; ``reg`` says where a register that is not an ``r/m`` goes."""

    prefix: bytes
    wide: bool
    opcode: bytes
    modrm: bool
    extension: int
    reg: Place | None
    tail: tuple[int, ...]


_FAMILY = re.compile(r"<(\w+)>")
_OPERAND = re.compile(r"\{([^}]*)\}")
_SIZED = re.compile(r"(r|r/m|m)(8|16|32|64)")
_NUMBER = re.compile(r"(u?imm|rel)(8|16|32|64)")
_BYTE = re.compile(r"([0-9A-F]{2})(\+n|\+8n|\+r)?")
_TAIL: dict[str, int] = {"ib": 1, "iw": 2, "id": 4, "io": 8, "cb": 1, "cd": 4}
_MODRM = ("/r", "/n", "/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7")
_PREFIXES = ("66", "F2", "F3")


def read_row(row: X64, families: Mapping[str, Mapping[str, int]]) -> Iterator[Form]:
    """The forms that a row stands for. Raises ``ValueError`` for a row that is not in the notation."""
    family = _FAMILY.search(row.syntax)
    members = families[family[1]] if family is not None else {"": 0}
    slots: tuple[Slot, ...] | None = None
    for name, number in members.items():
        code = _read_code(row.code, number)
        if slots is None:
            slots = _read_slots(row.syntax, code)  # the number changes nothing in them
        syntax = _FAMILY.sub(name, row.syntax)
        yield Form(
            mnemonic=syntax.split()[0],
            syntax=syntax,
            slots=slots,
            prefix=code.prefix,
            wide=code.wide,
            opcode=code.opcode,
            modrm=code.modrm,
            extension=code.extension,
            tail=sum(code.tail),
        )


def _read_code(text: str, number: int) -> _Code:
    parts = text.split()
    prefix = bytes.fromhex(parts.pop(0)) if parts[0] in _PREFIXES and len(parts) > 1 else b""
    wide = parts[0] == "REX.W"
    if wide:
        del parts[0]
    opcode = b""
    modrm, extension, reg = False, 0, None
    tail: tuple[int, ...] = ()
    for part in parts:
        if part in _TAIL:
            tail += (_TAIL[part],)
        elif part in _MODRM and not modrm and not tail:
            modrm = True
            if part == "/r":
                reg = Place.REG
            else:
                extension = number if part == "/n" else int(part[1:])
        elif (found := _BYTE.fullmatch(part)) is not None and not modrm and not tail:
            step = {None: 0, "+r": 0, "+n": number, "+8n": 8 * number}[found[2]]
            opcode += bytes((int(found[1], 16) + step,))
            if found[2] == "+r":
                reg = Place.OPCODE
        else:
            raise ValueError(f"{text}: {part} is not of the notation")
    return _Code(prefix, wide, opcode, modrm, extension, reg, tail)


def _read_slots(syntax: str, code: _Code) -> tuple[Slot, ...]:
    texts: list[str] = _OPERAND.findall(syntax)
    sizes = [int(found[2]) for text in texts if (found := _SIZED.fullmatch(text)) is not None]
    sizes += [BY_NAME[text].size for text in texts if text in BY_NAME]
    width = sizes[0] if sizes else 64  # push, and jumps
    slots = tuple(_read_slot(text, width, code) for text in texts)
    places = [slot.place for slot in slots if slot.place in (Place.REG, Place.OPCODE, Place.RM)]
    wanted = ([Place.RM] if code.modrm else []) + ([code.reg] if code.reg is not None else [])
    if sorted(place.value for place in places) != sorted(place.value for place in wanted):
        raise ValueError(f"{syntax}: its registers and memory are not those of its code")
    if tuple(slot.width for slot in slots if slot.width) != code.tail:
        raise ValueError(f"{syntax}: its numbers are not those of its code")
    return slots


def _read_slot(text: str, width: int, code: _Code) -> Slot:
    """``width``: of the first operand, in bits."""
    if (found := _SIZED.fullmatch(text)) is not None:
        size = int(found[2])
        if found[1] == "r":
            return Slot(text, code.reg or Place.RM, size, register=True)
        return Slot(text, Place.RM, size, register=found[1] == "r/m", memory=True)
    if (found := _NUMBER.fullmatch(text)) is not None:
        bits = int(found[2])
        low, high = (0, 2**bits - 1) if found[1] == "uimm" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        wrap = 0 if found[1] == "rel" else 2**width
        return Slot(text, Place.TAIL, width=bits // 8, low=low, high=high, wrap=wrap)
    if text == "m":
        return Slot(text, Place.RM, memory=True)
    if text == "count":
        return Slot(text, Place.TAIL, width=1, low=0, high=width - 1)
    if text == "1":
        return Slot(text, Place.NOWHERE, low=1, high=1)
    if text in BY_NAME:
        return Slot(text, Place.NOWHERE, BY_NAME[text].size, only=BY_NAME[text])
    raise ValueError(f"{{{text}}} is not an operand")
