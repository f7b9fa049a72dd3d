"""Slots of the frame: ranges that are never live at once share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mpytool.emitters.native.allocate.ranges import Intervals
from mpytool.emitters.native.machine import StackSlot, VReg


def share_slots(vregs: Iterable[VReg], live: Mapping[VReg, Intervals]) -> dict[VReg, StackSlot]:
    """A slot for each register, the longest first into the first slot that is free throughout."""
    slots: list[Intervals] = []
    given: dict[VReg, StackSlot] = {}
    for vreg in sorted(vregs, key=lambda vreg: (-live[vreg].size(), vreg.number)):
        number = next((n for n, taken in enumerate(slots) if not taken.overlaps(live[vreg])), len(slots))
        if number == len(slots):
            slots.append(Intervals())
        slots[number].add(live[vreg])
        given[vreg] = StackSlot(number)
    return given
