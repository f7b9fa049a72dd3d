"""Machine registers and slots into the code, once every range has its place; pseudo instructions become code.

v3 = call 18 v1 5           before, in a cold block; v1 in rbx, v2 lives on in rcx, v3 in memory

mov [s0] rcx                after
mov rdi rbx
mov esi 5
call 18
mov [s1] rax
mov rcx [s0]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.assign import Assignment
from mpytool.emitters.native.allocate.moves import Resolver
from mpytool.emitters.native.allocate.operands import replace_in
from mpytool.emitters.native.allocate.ranges import READ, STEP, WRITTEN, Ranges
from mpytool.emitters.native.allocate.slots import share_slots
from mpytool.emitters.native.machine import (
    Address,
    Call,
    Convention,
    Copy,
    Instruction,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    Source,
    StackSlot,
    VReg,
)


@dataclass(slots=True)
class _Finisher:
    convention: Convention
    done: Assignment
    ranges: Ranges
    spilled: Mapping[VReg, StackSlot]
    homes: Mapping[VReg, StackSlot]
    n_slots: int
    n_spares: int = 0
    code: list[Instruction] = field(default_factory=list)

    def source(self, source: Source) -> Source:
        return self.place(source) if isinstance(source, VReg) else source

    def place(self, place: VReg | PhysReg | StackSlot) -> PhysReg | StackSlot:
        if isinstance(place, VReg):
            return self.done.places.get(place) or self.spilled[place]
        return place

    def operand(self, vreg: VReg) -> Operand:
        place = self.place(vreg)
        return place if isinstance(place, PhysReg) else Address(place)

    def instr(self, instr: Instruction, at: int) -> None:
        if isinstance(instr, MachineInstr):
            instr.operands = [replace_in(operand, self.operand) for operand in instr.operands]
            self.code.append(instr)
        elif isinstance(instr, Copy):
            wanted = [
                (self.place(place), self.source(source))
                for place, source in zip(instr.places, instr.sources, strict=True)
                if not isinstance(place, VReg) or self.ranges.live[place].covers(at + WRITTEN + 1)
            ]
            self.move(wanted, at, at + STEP)
        else:
            self.call(instr, at)

    def call(self, instr: Call, at: int) -> None:
        around = [
            (reg, self.homes[vreg])
            for reg in self.convention.allocatable
            if reg in self.convention.clobbered
            and (vreg := self.done.lanes[reg].owner(at + READ)) is not None
        ]
        for reg, slot in around:
            self.code += self.convention.move(slot, reg) or []
        arguments = self.convention.arguments[: len(instr.args)]
        self.move([*zip(arguments, map(self.source, instr.args), strict=True)], at, at + WRITTEN)
        call = self.convention.call(instr.entry, len(instr.args))
        for made in call:
            made.token = instr.token
        self.code += call
        result = instr.result
        if result is not None and (
            not isinstance(result, VReg) or self.ranges.live[result].covers(at + WRITTEN + 1)
        ):
            self.move([(self.place(result), self.convention.result)], at + WRITTEN, at + STEP)
        for reg, slot in around:
            self.code += self.convention.move(reg, slot) or []

    def move(self, moves: Sequence[tuple[PhysReg | StackSlot, Source]], start: int, end: int) -> None:
        places = {place for place, _ in moves}

        def free() -> list[PhysReg]:
            return [
                reg
                for reg in self.convention.allocatable
                if reg not in places
                and (reg not in self.convention.callee_saved or reg in self.done.saved)
                and self.done.lanes[reg].is_free(start, end)
            ]

        used = 0

        def spare() -> StackSlot:
            nonlocal used
            used += 1
            self.n_spares = max(self.n_spares, used)
            return StackSlot(self.n_slots + used - 1)

        self.code += Resolver(self.convention, free, spare).resolve(moves)


def finish(
    function: MachineFunction,
    convention: Convention,
    done: Assignment,
    ranges: Ranges,
    spilled: set[VReg],
) -> None:
    """Rewrite the function; sets ``n_slots``, ``saved`` and ``makes_calls``."""
    homes = [
        vreg
        for vreg, reg in done.places.items()
        if reg in convention.clobbered and ranges.cold.cost(ranges.live[vreg])
    ]
    slots = share_slots([*(vreg for vreg in spilled if vreg in ranges.live), *homes], ranges.live)
    n_slots = 1 + max((slot.number for slot in slots.values()), default=-1)
    finisher = _Finisher(convention, done, ranges, slots, slots, n_slots)
    for block in function.blocks:
        finisher.code = []
        for index, instr in enumerate(block.code, ranges.starts[block]):
            finisher.instr(instr, STEP * index)
            function.makes_calls |= isinstance(instr, Call)
        block.code = finisher.code
    function.n_slots = n_slots + finisher.n_spares
    function.saved = tuple(
        reg for reg in convention.allocatable if reg in done.saved and reg in convention.callee_saved
    )
