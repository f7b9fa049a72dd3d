"""Which registers ranges would best be in, as the other sides of their copies are there.

copy r0 <- v1               v1 would best be in r0, and v2 where v1 is
copy v1 <- v2
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from mpytool.emitters.native.allocate.occurrences import Occurrences
from mpytool.emitters.native.allocate.ranges import Intervals, Ranges
from mpytool.emitters.native.machine import Call, Convention, Copy, PhysReg, VReg


@dataclass(slots=True)
class Hint:
    """What a virtual register would best be one with, and how much each time saves: machine registers, and
    others."""

    fixed: dict[PhysReg, list[float]] = field(default_factory=dict)
    others: list[tuple[VReg, float]] = field(default_factory=list)


Hints = dict[VReg, Hint]
"""In the order of the code."""


def find_hints(found: Occurrences, convention: Convention) -> Hints:
    hints: Hints = {}
    for number, instr in found.wishes:
        worth = found.worths[found.blocks[number]]
        if isinstance(instr, Copy):
            for place, source in zip(instr.places, instr.sources, strict=True):
                _note(hints, place, source, worth)
        elif isinstance(instr, Call):
            for argument, arg in zip(convention.arguments, instr.args, strict=False):
                if isinstance(arg, VReg):
                    _note_fixed(hints, arg, argument, worth)
            if isinstance(instr.result, VReg):
                _note_fixed(hints, instr.result, convention.result, worth)
        elif instr.op.two is not None:
            one, other = instr.op.two
            _note(hints, instr.operands[one], instr.operands[other], worth)
    return hints


def _note(hints: Hints, one: object, other: object, worth: float) -> None:
    if isinstance(one, VReg):
        if isinstance(other, VReg):
            _hint_of(hints, one).others.append((other, worth))
            _hint_of(hints, other).others.append((one, worth))
        elif isinstance(other, PhysReg):
            _note_fixed(hints, one, other, worth)
    elif isinstance(other, VReg) and isinstance(one, PhysReg):
        _note_fixed(hints, other, one, worth)


def _note_fixed(hints: Hints, vreg: VReg, reg: PhysReg, worth: float) -> None:
    _hint_of(hints, vreg).fixed.setdefault(reg, []).append(worth)


def _hint_of(hints: Hints, vreg: VReg) -> Hint:
    hint = hints.get(vreg)
    if hint is None:
        hint = hints[vreg] = Hint()
    return hint


def worth_by_register(hint: Hint, hints: Hints, places: Mapping[VReg, PhysReg]) -> dict[PhysReg, float]:
    """What each register saves because the other side of a copy is there, or will like to be."""
    worth: dict[PhysReg, float] = {}
    for reg, worths in hint.fixed.items():
        worth[reg] = sum(worths)
    for other, gain in hint.others:
        its = places.get(other)
        if its is not None:
            worth[its] = worth.get(its, 0.0) + gain
        else:
            for further, worths in hints[other].fixed.items():
                worth[further] = worth.get(further, 0.0) + len(worths) * gain / 2
    return worth


NEAR = 4
"""How many of those that want a register are looked at in one place."""


@dataclass(slots=True)
class Wanted:
    """Where a register would be best for ranges that have none yet, in the order of the starts."""

    starts: list[int] = field(default_factory=list)
    rows: list[tuple[int, int, VReg, float]] = field(default_factory=list)

    def worth(self, live: Intervals, places: Container[VReg], mine: VReg) -> float:
        """What others lose if somebody has the register in these intervals; looks at a few near ones only."""
        total = 0.0
        starts = self.starts
        for index, start in enumerate(live.starts):
            last = bisect_left(starts, live.ends[index])
            for _, until, vreg, worth in self.rows[max(last - NEAR, 0) : last]:
                if until > start and vreg not in places and vreg is not mine:
                    total += worth
        return total


def find_wanted(hints: Hints, ranges: Ranges) -> dict[PhysReg, Wanted]:
    """Those that calls spoil are not wanted by what lives across calls."""
    rows: dict[PhysReg, list[tuple[int, int, VReg, float]]] = {}
    for vreg, hint in hints.items():
        live = ranges.live.get(vreg) if hint.fixed else None
        if live is None or (vreg not in ranges.calm and ranges.hot.are_within(live)):
            continue
        for reg, worths in hint.fixed.items():
            listed = rows.setdefault(reg, [])
            for worth in worths[-NEAR:]:  # nobody looks at more
                for start, end in zip(live.starts, live.ends, strict=True):
                    listed.append((start, end, vreg, worth))
    wanted: dict[PhysReg, Wanted] = {}
    for reg, listed in rows.items():
        listed.sort(key=itemgetter(0))
        wanted[reg] = Wanted([row[0] for row in listed], listed)
    return wanted
