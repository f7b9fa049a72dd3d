"""Several moves at once, one after the other.

(r0, r1, s2) <- (r1, r0, s3)        before: all sources are read before any place is written

ldr r2, s3; str r2, s2              r2 is free here
exchange r0, r1                     after
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.machine import Convention, MachineInstr, PhysReg, Source, StackSlot

Moves = Sequence[tuple[PhysReg | StackSlot, Source]]


def independent(convention: Convention, moves: Moves) -> list[MachineInstr] | None:
    """What a Resolver makes of moves that neither wait for each other nor want another register: most."""
    if len(moves) > 1:
        moves = [(place, source) for place, source in moves if place != source]
        places = {place for place, _ in moves}
        for _, source in moves:
            if isinstance(source, PhysReg | StackSlot) and source in places:
                return None
        moves.sort(key=lambda move: _rank(*move))
        moves.reverse()
    code: list[MachineInstr] = []
    for place, source in moves:
        if place != source:
            made = convention.move(place, source)
            if made is None:
                return None
            code += made
    return code


def _rank(place: PhysReg | StackSlot, source: Source) -> int:
    """The higher, the earlier: memory first, while registers that will be written can still help; constants
    last."""
    return 2 * isinstance(place, StackSlot) + isinstance(source, PhysReg | StackSlot)


@dataclass(slots=True)
class Resolver:
    """Makes instructions of parallel moves.

    ``free``   gives the registers whose values nobody needs; no places
    ``spare``  gives another slot each time, which nobody uses: for a moment where no register is free
    """

    convention: Convention
    free: Callable[[], Sequence[PhysReg]]
    spare: Callable[[], StackSlot]
    code: list[MachineInstr] = field(default_factory=list)
    _sources: dict[PhysReg | StackSlot, Source] = field(default_factory=dict)
    _readers: dict[Source, int] = field(default_factory=dict)
    _lent: list[PhysReg] = field(default_factory=list)

    def resolve(self, moves: Moves) -> list[MachineInstr]:
        """The instructions; moves of a place to itself are none."""
        self._sources = {place: source for place, source in moves if place != source}
        self._readers = {}
        for source in self._sources.values():
            self._readers[source] = self._readers.get(source, 0) + 1
        while self._sources:
            self._move_ready()
            if self._sources:
                self._break_cycle()
        return self.code

    def _move_ready(self) -> None:
        """All moves to places that no other one reads any more."""
        ready = [place for place in self._sources if not self._readers.get(place)]
        while ready:
            ready.sort(key=lambda place: _rank(place, self._sources[place]))
            place = ready.pop()
            source = self._sources.pop(place)
            self._move(place, source)
            self._readers[source] -= 1
            if isinstance(source, PhysReg | StackSlot) and not self._readers[source]:
                if source in self._sources:
                    ready.append(source)
                if source in self._lent:
                    self._lent.remove(source)

    def _move(self, place: PhysReg | StackSlot, source: Source) -> None:
        made = self.convention.move(place, source)
        if made is not None:
            self.code += made
            return
        register = self._borrow((place, source))
        if register is not None:
            self._direct(register, source)
            self._direct(place, register)
            return
        # Every register is needed: one of them waits in memory. It is no source or place of this move
        register = next(r for r in self.convention.allocatable if r not in (place, source))
        slot = self.spare()
        self._direct(slot, register)
        self._direct(register, source)
        self._direct(place, register)
        self._direct(register, slot)

    def _direct(self, place: PhysReg | StackSlot, source: Source) -> None:
        made = self.convention.move(place, source)
        assert made is not None
        self.code += made

    def _borrow(self, but: tuple[Source, ...]) -> PhysReg | None:
        """A register whose value nobody needs now: a free one, or one that will be written later."""
        for register in self.free():
            if register not in self._lent and register not in but and not self._readers.get(register):
                return register
        for place in self._sources:
            if isinstance(place, PhysReg) and place not in but and not self._readers.get(place):
                return place
        return None

    def _break_cycle(self) -> None:
        """What is left consists of cycles: every place is read once. Take one out."""
        first = next(iter(self._sources))
        cycle = [first]
        while (at := self._sources[cycle[-1]]) != first:
            assert isinstance(at, PhysReg | StackSlot)
            cycle.append(at)
        register = self._borrow(())
        registers = [place for place in cycle if isinstance(place, PhysReg)]
        if len(registers) == len(cycle):
            exchanges: list[MachineInstr] = []
            for one, other in itertools.pairwise(registers):
                exchanges += self.convention.exchange(one, other)
            if register is None or len(exchanges) < len(cycle) + 1:
                self.code += exchanges
                for place in cycle:
                    del self._sources[place]
                    del self._readers[place]
                return
        # Set the value of one aside, whatever reads it reads it there; its place is ready then
        aside: PhysReg | StackSlot = self.spare() if register is None else register
        if register is not None:
            self._lent.append(register)
        set_aside = next((place for place in cycle if isinstance(place, PhysReg)), first)
        self._move(aside, set_aside)
        reader = cycle[cycle.index(set_aside) - 1]
        self._sources[reader] = aside
        self._readers[set_aside] = 0
        self._readers[aside] = self._readers.get(aside, 0) + 1
