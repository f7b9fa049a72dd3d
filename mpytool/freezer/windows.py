"""Tables that overlap: the modules' qstr and constant tables as windows of one array.

Bytecode names an entry by its distance from the start of the table, with one byte up to 127 and with two
from 128 to 16383. Which distance it is does not matter, as long as it takes as many bytes. So an entry that
two modules need stands in both tables if they overlap::

    core.py  Event  run  stream.py  self  len  read        core.py's table begins at 0, stream.py's at 3:
                                                           both have ``self`` and ``len``

The array grows at its front: a new table takes what it finds within reach behind it, and adds the rest. What
many modules need is added in front, where the next ones find it. What needs two bytes anyway stands at the
end of the array, once for all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

NEAR = 128
"""Distances below take one byte (``MP_ENCODE_UINT``, py/emitbc.c)."""
FAR = 128 * 128
"""Distances below take two bytes."""

_NOWHERE = -FAR - 1
"""A place that is out of reach from everywhere."""
_CHOICE = 200
"""From so many of the tables that wait the best next one is chosen."""


class Demand:
    """What one table must have, in numbers of entries. ``first`` is the entry at 0, if that has to be there.

    ``near`` are needed at distances below NEAR, ``far`` from there up to FAR; an entry may be in both. A
    ``fixed`` table is taken as it is.
    """

    __slots__ = ("near", "far", "first", "fixed")

    def __init__(
        self,
        near: list[int] | None = None,
        far: list[int] | None = None,
        first: int | None = None,
        fixed: Sequence[int] | None = None,
    ) -> None:
        self.near = [] if near is None else near
        self.far = [] if far is None else far
        self.first = first
        self.fixed = fixed

    @property
    def is_empty(self) -> bool:
        return not self.fixed and not self.near and not self.far and self.first is None


class Window:
    """Where a table begins (-1: it has no entry), and the distances of its entries (none of a fixed one)."""

    __slots__ = ("start", "near", "far")

    def __init__(self, start: int, near: dict[int, int], far: dict[int, int]) -> None:
        self.start = start
        self.near = near
        self.far = far


class Windows:
    """The array, the windows in the order of the demands, and how many entries each of them added."""

    __slots__ = ("entries", "windows", "added")

    def __init__(self, entries: list[int], windows: list[Window], added: list[int]) -> None:
        self.entries = entries
        self.windows = windows
        self.added = added


def overlap_tables(demands: Sequence[Demand], share: bool) -> Windows:
    """One array that has every table. Without ``share`` no entry is in two of them."""
    common: Counter[int] = Counter()
    owners: dict[int, list[int]] = {}
    """The demands that want an entry to be near."""
    for number, demand in enumerate(demands):
        common.update(set(demand.fixed if demand.fixed is not None else demand.near))
        for entry in demand.near:
            owners.setdefault(entry, []).append(number)
    grown = _Grown(common, share)
    # How much of a table is there already? Those that wait longest for a good place come last, and those that
    # are taken as they are come first.
    there = [0 if demand.fixed is None else 1 for demand in demands]
    sizes = [len(demand.near) + 4 if demand.fixed is None else 1 for demand in demands]
    starts: dict[int, int] = {}
    added = [0] * len(demands)
    waiting = list(range(len(demands)))
    while waiting:
        came, went = grown.moved()
        for entry in came:
            for owner in owners.get(entry, ()):
                there[owner] += 1
        for entry in went:
            for owner in owners.get(entry, ()):
                there[owner] -= 1
        found = [there[i] / sizes[i] for i in waiting[:_CHOICE]]
        best = waiting.pop(found.index(max(found)))
        size = grown.size
        starts[best] = grown.add(demands[best])
        added[best] = grown.size - size
    windows = [grown.window(demands[i], starts[i]) for i in range(len(demands))]
    end = len(grown.reverse) - 1
    for demand, window in zip(demands, windows, strict=True):
        window.start = -1 if demand.is_empty else end - window.start
    return Windows(grown.reverse[::-1] + grown.tail, windows, added)


class _Grown:
    """The array while it grows at both ends.

    ``reverse`` holds tables from the last one to the first: ``reverse[-1]`` is the front. ``tail`` lies
    behind ``reverse[0]`` and holds far entries only. Positions count in ``reverse``; the tail's are negative.
    """

    def __init__(self, common: Counter[int], share: bool) -> None:
        self._share = share
        self._common = common
        self._positions: dict[int, list[int]] = {}
        self._nearest: dict[int, int] = {}
        """The last of the positions of an entry."""
        self._recent: set[int] = set()
        self._asked_at = 0
        self.reverse: list[int] = []
        self.tail: list[int] = []

    @property
    def size(self) -> int:
        return len(self.reverse) + len(self.tail)

    def moved(self) -> tuple[Sequence[int], Sequence[int]]:
        """Which entries came near a table put in front since this was asked last, and which are not now."""
        before, self._asked_at = self._asked_at, len(self.reverse)
        if before < NEAR:
            behind = NEAR - len(self.reverse)
            now = {*self.reverse[-NEAR:], *self.tail[: max(0, behind)]}
            came, went = [*(now - self._recent)], [*(self._recent - now)]
            self._recent = now
            return came, went
        came = [entry for entry in dict.fromkeys(self.reverse[before:]) if entry not in self._recent]
        self._recent.update(came)
        limit = len(self.reverse) - NEAR
        passed = dict.fromkeys(self.reverse[before - NEAR : limit])
        went = [entry for entry in passed if self._nearest[entry] < limit]
        self._recent.difference_update(went)
        return came, went

    def add(self, demand: Demand) -> int:
        """Put a table in front, and say where it begins."""
        if demand.fixed is not None:
            return self._add_fixed(demand.fixed)
        missing = self._missing(demand)
        start = len(self.reverse) + len(missing) + (demand.first is not None) - 1
        if start + 1 + len(self.tail) + len(demand.far) >= FAR:
            return self._add_block(demand)
        self._put_rarest_first(missing)
        if demand.first is not None:
            self._put(demand.first)
        for entry in demand.far:
            if not any(NEAR <= start - at < FAR for at in self._positions.get(entry, ())):
                while start + 1 + len(self.tail) < NEAR:
                    self.tail.append(entry)
                self._nearest.setdefault(entry, -1 - len(self.tail))
                self._positions.setdefault(entry, []).insert(0, -1 - len(self.tail))
                self.tail.append(entry)
        return start

    def _missing(self, demand: Demand) -> list[int]:
        """The near entries out of reach; each that is added pushes others out."""
        nearest = self._nearest.get
        missing: list[int] = []
        while True:
            start = len(self.reverse) + len(missing) + (demand.first is not None) - 1
            limit = start - NEAR
            now = [entry for entry in demand.near if nearest(entry, _NOWHERE) <= limit]
            if len(now) == len(missing):
                return now
            missing = now

    def _add_fixed(self, table: Sequence[int]) -> int:
        if table and self._share:
            for start in self._positions.get(table[0], ()):
                if start + 1 >= len(table) and all(self.reverse[start - i] == e for i, e in enumerate(table)):
                    return start
        for entry in reversed(table):
            self._put(entry)
        return len(self.reverse) - 1

    def _add_block(self, demand: Demand) -> int:
        """A table of its own, where the tail is too far away: the far entries behind a reach of near ones."""
        self._put_rarest_first(demand.far)
        near = len(demand.near) + (demand.first is not None)
        if demand.far:
            for _ in range(NEAR - near):
                self._put(demand.far[0])
        self._put_rarest_first(demand.near)
        if demand.first is not None:
            self._put(demand.first)
        return len(self.reverse) - 1

    def _put(self, entry: int) -> None:
        self._nearest[entry] = at = len(self.reverse)
        self._positions.setdefault(entry, []).append(at)
        self.reverse.append(entry)

    def _put_rarest_first(self, entries: list[int]) -> None:
        for entry in sorted(entries, key=self._common.__getitem__):
            self._put(entry)

    def window(self, demand: Demand, start: int) -> Window:
        """The distances of a table's entries; the nearest place of each counts."""
        near: dict[int, int] = {}
        far: dict[int, int] = {}
        if demand.fixed is None:
            for entry in demand.near:
                at = self._positions[entry]
                near[entry] = start - at[bisect_right(at, start) - 1]
            for entry in demand.far:
                far[entry] = min(start - at for at in self._positions[entry] if NEAR <= start - at < FAR)
        return Window(start, near, far)
