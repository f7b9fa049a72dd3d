"""Choosing among forms: the shortest that takes the operands.

``assemble("add", RAX, Memory(RBX, 8))`` is ``add rax, [rbx + 8]``.
"""

from __future__ import annotations

import functools
import itertools
from typing import TypeAlias

from mpytool.emitters.native.x64.encoding import Form, Operand, Slot, format_operands, pack
from mpytool.emitters.native.x64.registers import EncodingError, Memory, Register
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


def _by_shape() -> dict[Shape, list[Form]]:
    found: dict[Shape, list[Form]] = {}
    for form in FORMS:
        for shape in itertools.product(*map(_slot_shapes, form.slots)):
            found.setdefault((form.mnemonic, *shape), []).append(form)
    return found


_BY_SHAPE = _by_shape()


def select(mnemonic: str, *operands: Operand) -> Form:
    """The form with the shortest encoding, of equally short ones the first in the table.

    Raises ``EncodingError`` where no form takes the operands, and where memory without a size could be of
    several.
    """
    return _choose(mnemonic, operands)[0]


@functools.lru_cache(1 << 14)
def assemble(mnemonic: str, *operands: Operand) -> bytes:
    """The shortest encoding of an instruction. Raises as ``select`` does."""
    return _choose(mnemonic, operands)[1]


def padding(size: int) -> bytes:
    """``size`` bytes that do nothing, in as few instructions as there can be."""
    longest = len(NOPS) - 1
    return NOPS[longest] * (size // longest) + NOPS[size % longest]


def _choose(mnemonic: str, operands: tuple[Operand, ...]) -> tuple[Form, bytes]:
    shape: list[str | int] = [mnemonic]
    unsized = None
    for position, operand in enumerate(operands):
        if isinstance(operand, Register):
            shape.append(operand.size)
        elif isinstance(operand, Memory):
            shape.append(_MEMORY)
            if operand.size is None:
                unsized = position
        else:
            shape.append(_NUMBER)
    shaped = _BY_SHAPE.get(tuple(shape), [])
    if unsized is not None and len({form.slots[unsized].size for form in shaped}) > 1:
        raise EncodingError(f"{mnemonic} {format_operands(operands)}: the size of memory is not known")
    forms = [form for form in shaped if form.fits(operands)]
    if not forms:
        raise EncodingError(f"no form of {mnemonic} takes {format_operands(operands)}")
    best, code = forms[0], pack(forms[0], operands)
    for form in forms[1:]:
        if len(other := pack(form, operands)) < len(code):
            best, code = form, other
    return best, code
