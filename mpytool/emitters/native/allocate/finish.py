"""Machine registers and slots into the code, once every range has its place; pseudo instructions become code.

    add v3 v1                   before; v1 in rbx, v3 in memory
    v4 = call 18 v1 5

    add [s0] rbx                after
    mov rdi rbx
    mov esi 5
    call 18
    mov rcx rax

Results that nobody reads and moves to where a value is already go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.around import Around, plan_around, spoiled_by_call
from mpytool.emitters.native.allocate.assign import Assignment
from mpytool.emitters.native.allocate.known import Known
from mpytool.emitters.native.allocate.moves import Resolver
from mpytool.emitters.native.allocate.operands import reads, replace_in, writes
from mpytool.emitters.native.allocate.ranges import STEP, WRITTEN, Ranges
from mpytool.emitters.native.allocate.slots import share_slots
from mpytool.emitters.native.machine import (
    Address,
    Call,
    Convention,
    Copy,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    Role,
    Source,
    StackSlot,
    VReg,
)


@dataclass(slots=True)
class _Finisher:
    convention: Convention
    done: Assignment
    ranges: Ranges
    slots: Mapping[VReg, StackSlot]
    around: Around
    n_slots: int
    n_spares: int = 0
    code: list[Instruction] = field(default_factory=list)
    stored: set[VReg] = field(default_factory=set)
    away: set[VReg] = field(default_factory=set)
    known: Known = field(default_factory=Known)
    ends: dict[MachineBlock, Known] = field(default_factory=dict)

    def source(self, source: Source) -> Source:
        if isinstance(source, VReg):
            return self.known.source(self.slots[source] if source in self.away else self.place(source))
        return source

    def place(self, place: VReg | PhysReg | StackSlot) -> PhysReg | StackSlot:
        if isinstance(place, VReg):
            return self.done.places.get(place) or self.slots[place]
        return place

    def rewrite(self, instr: MachineInstr) -> None:
        """Places into the operands."""
        may_read = not instr.op.clobbers and Role.EARLY_DEF not in instr.op.roles

        def operand_of(vreg: VReg) -> Operand:
            place = self.place(vreg)
            return place if isinstance(place, PhysReg) else Address(place)

        for index, (operand, role) in enumerate(zip(instr.operands, instr.op.roles, strict=True)):
            made = replace_in(operand, operand_of)
            if may_read and role is Role.USE and isinstance(made, Address) and isinstance(operand, VReg):
                source = self.known.source(self.place(operand))
                if isinstance(source, PhysReg) and (not operand.only or source in operand.only):
                    made = source
            instr.operands[index] = made
        self.code.append(instr)
        self.known.executed(instr)

    def block(self, block: MachineBlock) -> None:
        self.code = []
        self.known = Known.at_join([self.ends.get(source) for source in block.predecessors])
        self.stored = self.around.stored.get(block, set())
        self.away = self.around.away.get(block, set())
        last = block.code[-1]
        for index, instr in enumerate(block.code, self.ranges.starts[block]):
            if instr is last:
                self.load(self.around.loads.get(block, ()))
            if isinstance(instr, MachineInstr):
                if self.away:
                    self.load(reg for reg in reads(instr) if isinstance(reg, VReg))
            elif isinstance(instr, Copy):
                self.copy(instr, STEP * index)
            else:
                self.call(instr, STEP * index)
            if self.stored or self.away:
                for reg in writes(instr):
                    if isinstance(reg, VReg):
                        self.stored.discard(reg)
                        self.away.discard(reg)
            if isinstance(instr, MachineInstr):
                self.rewrite(instr)
        block.code = self.code
        self.ends[block] = self.known

    def load(self, vregs: Iterable[VReg]) -> None:
        """Bring back what a call sent away."""
        for vreg in vregs:
            if vreg in self.away:
                self.away.discard(vreg)
                self.simple_move(self.place(vreg), self.slots[vreg])

    def simple_move(self, place: PhysReg | StackSlot, source: PhysReg | StackSlot) -> None:
        code = self.convention.move(place, source) or []
        self.code += code
        self.known.moved([(place, source)], code)

    def copy(self, instr: Copy, at: int) -> None:
        wanted = [
            (self.place(place), self.source(source))
            for place, source in zip(instr.places, instr.sources, strict=True)
            if not isinstance(place, VReg) or self.ranges.live[place].covers(at + WRITTEN + 1)
        ]
        self.move(wanted, at, at + STEP)

    def call(self, instr: Call, at: int) -> None:
        spoiled = spoiled_by_call(at, self.done, self.convention)
        for reg, vreg in spoiled:
            if vreg not in self.stored:
                self.stored.add(vreg)
                self.simple_move(self.slots[vreg], reg)
        arguments = self.convention.arguments[: len(instr.args)]
        self.move([*zip(arguments, map(self.source, instr.args), strict=True)], at, at + WRITTEN)
        self.away.update(vreg for _, vreg in spoiled)
        call = self.convention.call(instr.entry, len(instr.args))
        for made in call:
            made.token = instr.token
        self.code += call
        self.known.forget(self.convention.clobbered)
        result = instr.result
        if result is not None and (
            not isinstance(result, VReg) or self.ranges.live[result].covers(at + WRITTEN + 1)
        ):
            self.move([(self.place(result), self.convention.result)], at + WRITTEN, at + STEP)

    def move(self, moves: Sequence[tuple[PhysReg | StackSlot, Source]], start: int, end: int) -> None:
        places = {place for place, _ in moves}
        moves = [(place, place if self.known.is_there(place, source) else source) for place, source in moves]

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

        code = Resolver(self.convention, free, spare).resolve(moves)
        self.code += code
        self.known.moved(moves, code)


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
    around = plan_around(function, convention, done, ranges, homes)
    finisher = _Finisher(convention, done, ranges, slots, around, n_slots)
    for block in function.blocks:
        function.makes_calls |= any(isinstance(instr, Call) for instr in block.code)
        finisher.block(block)
    function.n_slots = n_slots + finisher.n_spares
    function.saved = tuple(
        reg for reg in convention.allocatable if reg in done.saved and reg in convention.callee_saved
    )
