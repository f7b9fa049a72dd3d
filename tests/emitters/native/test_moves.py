"""Parallel moves on the toy: whatever goes where, with registers to spare and without."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mpytool.emitters.native.allocate.moves import Resolver
from mpytool.emitters.native.machine import FrameRef, MachineBlock, MachineFunction, StackSlot
from tests.emitters.native.toy.machine import Machine
from tests.emitters.native.toy.target import OPS, REGISTERS, TOY, MachineInstr

SLOTS = tuple(StackSlot(number) for number in range(4))
PLACES = st.sampled_from([*REGISTERS, *SLOTS])
SOURCES = st.one_of(PLACES, st.sampled_from([1, 700, FrameRef(0, 4)]))


@st.composite
def _moves(draw: st.DrawFn) -> list[tuple[object, object]]:
    places = draw(st.lists(PLACES, unique=True, max_size=9))
    if draw(st.booleans()):
        return list(zip(places, draw(st.permutations(places)), strict=True))
    return [(place, draw(SOURCES)) for place in places]


@given(_moves(), st.sets(st.sampled_from(REGISTERS)))
def test_parallel_moves(moves: list, unneeded: set) -> None:
    places = {place for place, _ in moves}
    free = [reg for reg in REGISTERS if reg in unneeded - places]
    spares = (StackSlot(number) for number in itertools.count(100))
    code = Resolver(TOY.convention, lambda: free, lambda: next(spares)).resolve(moves)
    block = MachineBlock(0, [*code, MachineInstr(OPS["halt"], [])])
    machine = Machine(MachineFunction("f", [block]))
    before = {place: index for index, place in enumerate([*REGISTERS, *SLOTS], 100)}
    machine.words |= before
    machine.start()
    expected = before | {
        place: before[source] if source in before else machine._read(source) for place, source in moves
    }
    for place in before:
        if place not in free or place in places:
            assert machine.words[place] == expected[place], (place, code)


def test_cycle_of_two_takes_one_exchange() -> None:
    code = Resolver(TOY.convention, list, lambda: StackSlot(9)).resolve(
        [(REGISTERS[0], REGISTERS[1]), (REGISTERS[1], REGISTERS[0])]
    )
    assert [instr.op.name for instr in code] == ["swap"]


def test_memory_goes_through_a_register_that_is_written_later() -> None:
    """No spare slot is asked for: r0 is free until it is loaded."""
    code = Resolver(TOY.convention, list, lambda: StackSlot(9)).resolve(
        [(REGISTERS[0], SLOTS[0]), (SLOTS[1], SLOTS[2])]
    )
    assert [instr.op.name for instr in code] == ["load", "store", "load"]
