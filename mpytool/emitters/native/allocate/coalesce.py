"""Copies that need not be: their two sides become one virtual register if they are never live at once.

copy v5 <- v2               before: the phi of a loop counter, and a two-address addition
b1: copy v6 <- v5
    add v6 1
    copy v5 <- v6

b1: add v2 1                after
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.liveness import Solver
from mpytool.emitters.native.allocate.operands import rename
from mpytool.emitters.native.allocate.ranges import Ranges
from mpytool.emitters.native.machine import Copy, VReg
from mpytool.emitters.native.moments import READ_BY_MOVE, STEP, UNREAD, WRITE_BY_MOVE


@dataclass(slots=True)
class _Joined:
    """``into``: what a register is part of now; ``members``: what others consist of."""

    into: dict[VReg, VReg] = field(default_factory=dict)
    members: dict[VReg, list[VReg]] = field(default_factory=dict)

    def now(self, vreg: VReg) -> VReg:
        path = []
        while vreg in self.into:
            path.append(vreg)
            vreg = self.into[vreg]
        for old in path:
            self.into[old] = vreg
        return vreg

    def join(self, one: VReg, other: VReg) -> None:
        self.into[other] = one
        self.members.setdefault(one, [one]).extend(self.members.pop(other, [other]))


def coalesce(ranges: Ranges, solver: Solver) -> None:
    """Join registers along copies, the most frequent copies first; ``ranges`` stays true, if longer than
    necessary for what nothing but copies in a circle reads.

    Copies of which nothing is left stay, without places, so that all numbers stay true.
    """
    joined = _join(ranges)
    if not joined.into:
        return
    found = ranges.occurrences
    names = {vreg: joined.now(vreg) for vreg in joined.into}
    for number in {event // STEP for vreg in names for event in found.events[vreg]}:
        rename(found.code[number], names)
    shortened: dict[VReg, list[int]] = {}
    unread: set[VReg] = set()
    for number, copy in found.copies:
        for vreg in _shorten(copy):
            shortened.setdefault(vreg, []).append(number)
            if not ranges.live[vreg].covers(STEP * number + UNREAD):
                unread.add(vreg)
        if not copy.places:
            ranges.removed.append(STEP * number)
    for vreg, members in joined.members.items():
        _merge(ranges, vreg, members)
    for vreg, numbers in shortened.items():
        _forget(ranges, vreg, numbers)
        if vreg in found.events and vreg not in unread:
            ranges.note(vreg)
    # What only a copy read whose result nobody wants may be live in fewer blocks now
    ranges.tell([vreg for vreg in unread if vreg in found.events], solver)


def _join(ranges: Ranges) -> _Joined:
    """Whose ranges do not overlap."""
    joined = _Joined()
    live = ranges.live
    for place, source in _copies(ranges):
        one, other = joined.now(place), joined.now(source)
        if one is other or live[one].overlaps(live[other]):
            continue
        only = one.only & other.only if one.only and other.only else one.only or other.only
        if one.only and other.only and not only:
            continue
        if len(live[one].starts) < len(live[other].starts):
            one, other = other, one
        if only != one.only:
            if only != other.only:
                continue
            one, other = other, one
        joined.join(one, other)
        live[one].add(live.pop(other))
    return joined


def _copies(ranges: Ranges) -> Iterator[tuple[VReg, VReg]]:
    found = ranges.occurrences
    for _, copy in sorted(found.copies, key=lambda row: -found.worth(row[0])):
        for place, source in zip(copy.places, copy.sources, strict=True):
            if isinstance(place, VReg) and isinstance(source, VReg) and place is not source:
                yield place, source


def _merge(ranges: Ranges, vreg: VReg, members: list[VReg]) -> None:
    """The events and changes of members to the register that they became."""
    events = ranges.occurrences.events
    together: list[int] = []
    changes: set[int] = set()
    for member in members:
        together += events[member]
        # Where one ends and another begins nothing changes
        changes.symmetric_difference_update(ranges.changes.get(member, ()))
        if member is not vreg:
            del events[member], ranges.weight[member]
    together.sort()
    events[vreg] = together
    if changes:
        ranges.changes[vreg] = sorted(changes)
    else:
        ranges.changes.pop(vreg, None)


def _shorten(copy: Copy) -> list[VReg]:
    """Take out copies of a register to itself; which these are."""
    gone = [place for place, source in zip(copy.places, copy.sources, strict=True) if place is source]
    if len(gone) == len(copy.places):
        copy.places, copy.sources = [], []
    elif gone:
        pairs = [
            (place, source)
            for place, source in zip(copy.places, copy.sources, strict=True)
            if place is not source
        ]
        copy.places = [place for place, _ in pairs]
        copy.sources = [source for _, source in pairs]
    return [place for place in gone if isinstance(place, VReg)]


def _forget(ranges: Ranges, vreg: VReg, numbers: list[int]) -> None:
    """The events of copies that have been shortened, but for those that are still there."""
    found = ranges.occurrences
    gone = set(numbers)
    events = [event for event in found.events[vreg] if event // STEP not in gone]
    for number in gone:
        copy = found.code[number]
        if isinstance(copy, Copy) and copy.places:
            events += [STEP * number + READ_BY_MOVE for source in copy.sources if source is vreg]
            events += [STEP * number + WRITE_BY_MOVE for place in copy.places if place is vreg]
            events.sort()
    found.events[vreg] = events
    if not events:
        del found.events[vreg], ranges.live[vreg], ranges.weight[vreg]
