"""Operands to test with: all of a kind, and those at the limits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from mpytool.emitters.native.x64.encoding import Form, Operand, Slot
from mpytool.emitters.native.x64.registers import REGISTERS, RIP, RSP, SCALES, Memory, Register
from mpytool.emitters.native.x64.table import FORMS

DISPLACEMENTS = (0, 1, -1, 127, -127, 128, -128, 129, -129, 0x12345678, 2**31 - 1, -(2**31), 1 - 2**31)
INDICES = tuple(register for register in REGISTERS[64] if register != RSP)


def all_addresses(displacements: tuple[int, ...] = DISPLACEMENTS) -> Iterator[Memory]:
    """Every base, index and scale there is, with each displacement."""
    indexed = [(index, scale) for index in INDICES for scale in SCALES]
    for base, (index, scale) in itertools.product((None, *REGISTERS[64]), [(None, 1), *indexed]):
        yield from (Memory(base, displacement, index, scale) for displacement in displacements)
    yield from (Memory(RIP, displacement) for displacement in displacements)


def registers(slot: Slot) -> tuple[Register, ...]:
    if slot.only is not None:
        return (slot.only,)
    return REGISTERS[slot.size] if slot.register else ()


def numbers(slot: Slot) -> tuple[int, ...]:
    """The limits of what the slot takes, and the numbers around zero and in between."""
    near = (slot.low, slot.low + 1, slot.low // 2, -1, 0, 1, slot.high // 2, slot.high - 1, slot.high)
    wrapped = (slot.wrap - 1, slot.wrap + slot.low) if slot.wrap and slot.low < 0 else ()
    return tuple(sorted({value for value in near if slot.low <= value <= slot.high} | set(wrapped)))


def numbers_outside(slot: Slot) -> tuple[int, ...]:
    """Numbers just past the limits, and far from them."""
    outside = [slot.low - 1, -(2**63) - 1, -(2**64), 2**64, slot.high + 2**64]
    if slot.wrap and slot.low < 0:
        outside.append(slot.wrap)
        if slot.high + 1 < slot.wrap + slot.low:  # between what fits as it is and what is negative
            outside += [slot.high + 1, slot.wrap + slot.low - 1]
    else:
        outside.append(slot.high + 1)
    return tuple(outside)


def some(slot: Slot) -> Operand:
    """One operand of the slot, and not a special one."""
    if found := registers(slot):
        return found[3 % len(found)]
    return Memory(REGISTERS[64][3], 8) if slot.memory else slot.low + (slot.high - slot.low) // 3


def simple(slot: Slot) -> tuple[Operand, ...]:
    """Every register and the number limits."""
    return registers(slot) or (numbers(slot) if not slot.memory else (some(slot),))


def varied(form: Form) -> Iterator[tuple[Operand, ...]]:
    """For each position, every register or number there, beside ordinary operands."""
    ordinary = tuple(some(slot) for slot in form.slots)
    yield ordinary
    for position, slot in enumerate(form.slots):
        for operand in simple(slot):
            yield (*ordinary[:position], operand, *ordinary[position + 1 :])


_ADDRESSES = st.sampled_from(list(all_addresses())) | st.builds(
    Memory, st.sampled_from([None, *REGISTERS[64]]), st.integers(-(2**31), 2**31 - 1)
)


def _anything(slot: Slot) -> st.SearchStrategy[Operand]:
    choices: list[st.SearchStrategy[Operand]] = []
    if found := registers(slot):
        choices.append(st.sampled_from(found))
    if slot.memory:
        choices.append(_ADDRESSES.map(lambda memory: replace(memory, size=slot.size or None)))
    if not choices:
        choices += [st.sampled_from(numbers(slot)), st.integers(slot.low, slot.high)]
    return st.one_of(choices)


CASES: st.SearchStrategy[tuple[Form, tuple[Operand, ...]]] = st.sampled_from(FORMS).flatmap(
    lambda form: st.tuples(st.just(form), st.tuples(*map(_anything, form.slots)))
)
"""A form and any operands that it takes."""
