"""Choosing among forms: the shortest that takes the operands.

``assemble("add", RAX, Memory(RBX, 8))`` is ``add rax, [rbx + 8]``.
"""

from __future__ import annotations

import itertools
from typing import TypeAlias

from mpytool.emitters.native.x64.encoding import Form, Operand, Slot, format_operands, pack, rex_of
from mpytool.emitters.native.x64.registers import EncodingError, Register
from mpytool.emitters.native.x64.table import FORMS, NOPS

Shape: TypeAlias = tuple[str | int, ...]
"""A mnemonic, then for each operand the size of a register, ``_MEMORY`` or ``_NUMBER``."""

_MEMORY = -1
_NUMBER = -2


def _slot_shapes(slot: Slot) -> tuple[int, ...]:
    if slot.register and slot.memory:
        return (slot.size, _MEMORY)
    if slot.register or slot.only is not None:
        return (slot.size,)
    return (_MEMORY if slot.memory else _NUMBER,)


def _by_shape() -> dict[Shape, tuple[list[Form], list[Form]]]:
    """The forms for each shape: by their size where the operands want no REX, and where they do. Whatever
    else operands add (SIB, displacement), they add to each of them."""
    found: dict[Shape, list[Form]] = {}
    for form in FORMS:
        for shape in itertools.product(*map(_slot_shapes, form.slots)):
            found.setdefault((form.mnemonic, *shape), []).append(form)
    return {
        shape: (
            sorted(forms, key=lambda form: form.least_size),
            sorted(forms, key=lambda form: form.least_size - form.wide),
        )
        for shape, forms in found.items()
    }


_BY_SHAPE = _by_shape()
_NO_FORMS: tuple[list[Form], list[Form]] = ([], [])


def assemble(mnemonic: str, *operands: Operand) -> bytes:
    """The shortest encoding of an instruction. Raises as ``select`` does."""
    return pack(select(mnemonic, *operands), operands)


def padding(size: int) -> bytes:
    """``size`` bytes that do nothing, in as few instructions as there can be."""
    longest = len(NOPS) - 1
    return NOPS[longest] * (size // longest) + NOPS[size % longest]


def select(mnemonic: str, *operands: Operand) -> Form:
    """The form with the shortest encoding, of equally short ones the first in the table.

    Raises ``EncodingError`` where no form takes the operands, and where memory without a size could be of
    several.
    """
    shape: list[str | int] = [mnemonic]
    unsized = None
    rex = 0
    for position, operand in enumerate(operands):
        if isinstance(operand, int):
            shape.append(_NUMBER)
            continue
        rex |= rex_of(operand)
        if isinstance(operand, Register):
            shape.append(operand.size)
        else:
            shape.append(_MEMORY)
            if operand.size is None:
                unsized = position
    forms = _BY_SHAPE.get(tuple(shape), _NO_FORMS)[rex != 0]
    if unsized is not None and len({form.slots[unsized].size for form in forms}) > 1:
        raise EncodingError(f"{mnemonic} {format_operands(operands)}: the size of memory is not known")
    for form in forms:
        if form.fits(operands):
            return form
    raise EncodingError(f"no form of {mnemonic} takes {format_operands(operands)}")
