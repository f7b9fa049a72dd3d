"""How far beyond the start of the function table r7 points.

Loads of 16 bits reach 32 words from r7, upwards only. A function that arms handlers or divides wants entries
from 32 on, and may not want the first ones: then r7 holds the address of an entry further up.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from mpytool.emitters.native.machine import MachineFunction, MachineInstr, final_code
from mpytool.emitters.native.thumb.operations import OPS

_CALL, _ENTRY = OPS["call"], OPS["entry"]

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
        worth = 1 if block.cold else 1 + _LOOP * block.loop
        for instr in final_code(block):
            if instr.op is _CALL or instr.op is _ENTRY:
                entry = _short_entry(instr, wide)
                if entry is not None:
                    wanted[entry] = wanted.get(entry, 0) + worth
    if max(wanted, default=0) < _NEAR:
        return 0
    entries = sorted(wanted)
    sums = list(accumulate([wanted[entry] for entry in entries], initial=0))

    def cost(bias: int) -> int:
        """Bytes more than if all loads were short. Below r7 ARMv6-M has none: it negates the offset."""
        below = sums[bisect_left(entries, bias)]
        beyond = sums[-1] - sums[bisect_left(entries, bias + _NEAR)]
        return (_SETTING if bias else 0) + 2 * beyond + (2 if wide else 4) * below

    # Nothing is gained by going on without reaching a further entry
    reaching = [entry + 1 - _NEAR for entry in entries]
    return min([0, *(bias for bias in reaching if 0 < bias <= _FARTHEST)], key=cost)


def _short_entry(instr: MachineInstr, wide: bool) -> int | None:
    """The entry that an instruction loads, if that can be a short load."""
    if instr.op is _ENTRY:
        number = instr.operands[1]
    else:
        number, n_args = instr.operands
        if n_args == 4 and wide:
            return None
    assert isinstance(number, int)
    return number
