"""Copies that need not be: their two sides become one virtual register if they are never live at once.

copy v5 <- v2               before: the phi of a loop counter, and a two-address addition
b1: copy v6 <- v5
    add v6 1
    copy v5 <- v6

b1: add v2 1                after
"""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.emitters.native.allocate.operands import rename
from mpytool.emitters.native.allocate.ranges import Ranges, frequency
from mpytool.emitters.native.machine import Copy, MachineFunction, VReg


def coalesce(function: MachineFunction, ranges: Ranges) -> None:
    """Join registers along copies, the most frequent copies first; ``ranges`` stays true."""
    joined: dict[VReg, VReg] = {}

    def now(vreg: VReg) -> VReg:
        path = []
        while vreg in joined:
            path.append(vreg)
            vreg = joined[vreg]
        for old in path:
            joined[old] = vreg
        return vreg

    for place, source in _copies(function):
        one, other = now(place), now(source)
        if one is other or ranges.live[one].overlaps(ranges.live[other]):
            continue
        only = one.only & other.only if one.only and other.only else one.only or other.only
        if one.only and other.only and not only:
            continue
        if len(ranges.live[one].starts) < len(ranges.live[other].starts):
            one, other = other, one
        if only != one.only:
            if only != other.only:
                continue
            one, other = other, one
        joined[other] = one
        ranges.live[one].add(ranges.live.pop(other))
        ranges.weight[one] += ranges.weight.pop(other)
    if not joined:
        return
    for block in function.blocks:
        for instr in block.code:
            rename(instr, now)
        block.code = [instr for instr in block.code if not isinstance(instr, Copy) or _shorten(instr)]


def _copies(function: MachineFunction) -> Iterator[tuple[VReg, VReg]]:
    for block in sorted(function.blocks, key=frequency, reverse=True):
        for instr in block.code:
            if isinstance(instr, Copy):
                for place, source in zip(instr.places, instr.sources, strict=True):
                    if isinstance(place, VReg) and isinstance(source, VReg) and place is not source:
                        yield place, source


def _shorten(copy: Copy) -> bool:
    """Take out copies of a register to itself; whether anything is left."""
    pairs = [
        (place, source)
        for place, source in zip(copy.places, copy.sources, strict=True)
        if place is not source
    ]
    copy.places = [place for place, _ in pairs]
    copy.sources = [source for _, source in pairs]
    return bool(pairs)
