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

from mpytool.emitters.native.allocate.around import Around, find_spoiled, plan_around
from mpytool.emitters.native.allocate.assign import Assignment
from mpytool.emitters.native.allocate.known import Known
from mpytool.emitters.native.allocate.moves import Moves, Resolver, independent
from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.allocate.ranges import Ranges
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
    PhysReg,
    Role,
    Source,
    StackSlot,
    VReg,
)
from mpytool.emitters.native.moments import READ, STEP, UNREAD, WRITE


@dataclass(slots=True)
class _Finisher:
    convention: Convention
    done: Assignment
    ranges: Ranges
    slots: Mapping[VReg, StackSlot]
    around: Around
    spoiled: Mapping[int, Sequence[tuple[PhysReg, VReg]]]
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
        places, operands = self.done.places, instr.operands
        for position in instr.op.held_at:
            operand = operands[position]
            if isinstance(operand, VReg):
                operands[position] = places.get(operand) or self.in_memory(instr, operand, position)
            elif isinstance(operand, Address):
                base, index = operand.base, operand.index
                if isinstance(base, VReg):
                    base = places[base]
                if isinstance(index, VReg):
                    index = places[index]
                if base is not operand.base or index is not operand.index:
                    operands[position] = Address(base, operand.offset, index, operand.scale)

    def in_memory(self, instr: MachineInstr, vreg: VReg, position: int) -> PhysReg | Address:
        """The slot of a register, or a register with the same word."""
        slot, roles = self.slots[vreg], instr.op.roles
        if roles[position] is Role.USE and not instr.op.clobbers and Role.EARLY_DEF not in roles:
            source = self.known.source(slot)
            if isinstance(source, PhysReg) and (not vreg.only or source in vreg.only):
                return source
        return Address(slot)

    def block(self, number: int, block: MachineBlock) -> None:
        code: list[Instruction] = []
        self.code = code
        self.known = known = Known.at_join(block.predecessors, self.ends)
        self.stored = self.around.stored.get(number, set())
        self.away = self.around.away.get(number, set())
        at = STEP * self.ranges.occurrences.firsts[number]
        for instr in block.code:
            if isinstance(instr, MachineInstr):
                if self.stored or self.away:
                    if instr is block.code[-1]:
                        self.load(self.around.loads.get(number, ()))
                    self.load(reg for reg in reads(instr) if isinstance(reg, VReg))
                    self.note_writes(instr)
                if instr.op.held_at:
                    self.rewrite(instr)
                code.append(instr)
                if known.holder:
                    known.executed(instr)
            else:
                if isinstance(instr, Copy):
                    self.copy(instr, at)
                else:
                    self.call(instr, at)
                if self.stored or self.away:
                    self.note_writes(instr)
            at += STEP
        block.code = code
        self.ends[block] = known

    def note_writes(self, instr: Instruction) -> None:
        """What an instruction writes is not in its slot any more."""
        for reg in writes(instr):
            if isinstance(reg, VReg):
                self.stored.discard(reg)
                self.away.discard(reg)

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
        live = self.ranges.live
        wanted = [
            (self.place(place), self.source(source))
            for place, source in zip(instr.places, instr.sources, strict=True)
            if not isinstance(place, VReg) or live[place].covers(at + UNREAD)
        ]
        if wanted:
            self.move(wanted, at, at + STEP)

    def call(self, instr: Call, at: int) -> None:
        spoiled = self.spoiled.get(at + READ, ())
        for reg, vreg in spoiled:
            if vreg not in self.stored:
                self.stored.add(vreg)
                self.simple_move(self.slots[vreg], reg)
        if instr.args:
            arguments = self.convention.arguments[: len(instr.args)]
            self.move([*zip(arguments, map(self.source, instr.args), strict=True)], at, at + WRITE)
        self.away.update([vreg for _, vreg in spoiled])
        call = self.convention.call(instr.entry, len(instr.args))
        for made in call:
            made.token = instr.token
        self.code += call
        self.known.forget(self.convention.clobbered)
        result = instr.result
        if result is not None and (
            not isinstance(result, VReg) or self.ranges.live[result].covers(at + UNREAD)
        ):
            self.move([(self.place(result), self.convention.result)], at + WRITE, at + STEP)

    def move(self, moves: Moves, start: int, end: int) -> None:
        """All of ``moves`` at once, between two positions."""
        moves = [(place, place if self.known.is_there(place, source) else source) for place, source in moves]
        code = independent(self.convention, moves)
        if code is None:
            code = self.resolve(moves, start, end)
        self.code += code
        self.known.moved(moves, code)

    def resolve(self, moves: Moves, start: int, end: int) -> list[MachineInstr]:
        """The instructions of moves that wait for each other or want a register in between."""
        places = {place for place, _ in moves}

        def free() -> list[PhysReg]:
            return [
                lane.reg
                for lane in self.done.lanes
                if lane.reg not in places
                and (lane.reg not in self.convention.callee_saved or lane.reg in self.done.saved)
                and lane.is_free(start, end)
            ]

        used = 0

        def spare() -> StackSlot:
            nonlocal used
            used += 1
            self.n_spares = max(self.n_spares, used)
            return StackSlot(self.n_slots + used - 1)

        return Resolver(self.convention, free, spare).resolve(moves)


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
        if vreg not in ranges.calm and reg in convention.clobbered and ranges.cold.cost(ranges.live[vreg])
    ]
    spilled_and_live = [vreg for vreg in spilled if vreg in ranges.live]
    slots = share_slots([*spilled_and_live, *homes], ranges.live, ranges.removed)
    n_slots = 1 + max((slot.number for slot in slots.values()), default=-1)
    around = plan_around(function, ranges, homes)
    spoiled = find_spoiled(homes, done, ranges)
    finisher = _Finisher(convention, done, ranges, slots, around, spoiled, n_slots)
    for number, block in enumerate(function.blocks):
        finisher.block(number, block)
    function.makes_calls |= bool(ranges.occurrences.calls)
    function.n_slots = n_slots + finisher.n_spares
    function.saved = tuple(
        reg for reg in convention.allocatable if reg in done.saved and reg in convention.callee_saved
    )
