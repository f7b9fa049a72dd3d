"""How far beyond the start of the function table r7 points.

Loads of 16 bits reach 32 words from r7, upwards only. A function that arms handlers or divides wants entries
from 32 on, and may not want the first ones: then r7 holds the address of an entry further up.
"""

from __future__ import annotations

from mpytool.emitters.native.machine import MachineFunction, MachineInstr

_NEAR = 32
_SETTING = 2
"""Bytes of the addition."""
_FARTHEST = 63
"""The addition holds 255 bytes."""

_LOOP = 4
"""How many bytes a byte in a loop is worth, for each of the loops around it."""


def choose_bias(function: MachineFunction, wide: bool) -> int:
    """In words; 0 unless something is gained."""
    wanted: dict[int, int] = {}
    for block in function.blocks:
        for instr in block.code:
            if isinstance(instr, MachineInstr) and (entry := _entry(instr, wide)) is not None:
                worth = 1 if block.cold else 1 + _LOOP * block.loop
                wanted[entry] = wanted.get(entry, 0) + worth
    if max(wanted, default=0) < _NEAR:
        return 0
    return min(range(_FARTHEST + 1), key=lambda bias: (_cost(wanted, bias, wide), bias))


def _entry(instr: MachineInstr, wide: bool) -> int | None:
    """The entry that an instruction loads, if that can be a short load."""
    name, operands = instr.op.name, instr.operands
    number = operands[1] if name == "entry" else operands[0] if name == "call" else None
    if name == "call" and operands[1] == 4 and wide:
        return None
    return number if isinstance(number, int) else None


def _cost(wanted: dict[int, int], bias: int, wide: bool) -> int:
    """Bytes more than if all loads were short. Below r7 ARMv6-M has nothing: the offset is made negative."""
    total = _SETTING if bias else 0
    for entry, times in wanted.items():
        if entry >= bias + _NEAR:
            total += 2 * times
        elif entry < bias:
            total += (2 if wide else 4) * times
    return total
