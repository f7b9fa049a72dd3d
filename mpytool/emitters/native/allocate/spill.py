"""What got no register: its values live in memory, or are computed anew where they are wanted.

    add3 v7 v1 v2               before; v1 and v7 shall be in memory, v2 is a constant

    copy v8 <- v1               after: v8 to v10 live for a moment, v1 and v7 are slots from now on
    const v9 300
    add3 v10 v8 v9
    copy v7 <- v10

Copies and calls read and write slots themselves, and so do instructions that can (``memory_ok``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.occurrences import Occurrences
from mpytool.emitters.native.allocate.operands import replace_in, writes
from mpytool.emitters.native.machine import (
    Address,
    Call,
    CodeAddress,
    Copy,
    FrameRef,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    Operand,
    Role,
    Source,
    VReg,
)
from mpytool.emitters.native.moments import IS_WRITE, STEP


def find_cheap(found: Occurrences) -> dict[VReg, MachineInstr | Source]:
    """What is assigned once, by an instruction that can be repeated anywhere or from a constant."""
    cheap: dict[VReg, MachineInstr | Source] = {}
    for instr in found.remats:
        for position in instr.op.written_at:
            operand = instr.operands[position]
            if isinstance(operand, VReg) and _is_written_once(found.events[operand]):
                cheap[operand] = instr
    for _, copy in found.copies:
        for place, source in zip(copy.places, copy.sources, strict=True):
            if (
                isinstance(source, int | FrameRef | CodeAddress)
                and isinstance(place, VReg)
                and _is_written_once(found.events[place])
            ):
                cheap[place] = source
    return cheap


def _is_written_once(events: Sequence[int]) -> bool:
    writes = 0
    for event in events:
        writes += IS_WRITE[event % STEP]
        if writes > 1:
            return False
    return writes == 1


@dataclass(slots=True)
class Spiller:
    """``spilled``: all that is in memory so far; ``momentary``: registers for one instruction."""

    function: MachineFunction
    spilled: set[VReg] = field(default_factory=set)
    momentary: set[VReg] = field(default_factory=set)

    def spill(
        self, without: Iterable[VReg], cheap: dict[VReg, MachineInstr | Source], found: Occurrences
    ) -> bool:
        """Rewrite the code around what got no register; whether anything is stored behind the ends of blocks,
        so that registers are live into other blocks now."""
        new = set(without)
        anew = {vreg: how for vreg, how in cheap.items() if vreg in new}
        self.spilled |= new - anew.keys()
        entering: dict[MachineBlock, list[Instruction]] = {}
        for number, concerned in _concerned(new, found).items():
            block = self.function.blocks[number]
            code: list[Instruction] = []
            for at, instr in enumerate(block.code, found.firsts[number]):
                if at not in concerned:
                    code.append(instr)
                elif isinstance(instr, MachineInstr):
                    self._rewrite(instr, code, anew, entering)
                elif isinstance(instr, Copy):
                    self._copy(instr, code, anew)
                else:
                    self._call(instr, code, anew)
            block.code = code
        for block, stores in entering.items():
            block.code[:0] = stores
        return bool(entering)

    def _momentary(self, vreg: VReg) -> VReg:
        made = self.function.new_vreg(vreg.only)
        self.momentary.add(made)
        return made

    def _anew(self, how: MachineInstr | Source, place: VReg) -> Instruction:
        if not isinstance(how, MachineInstr):
            return Copy([place], [how])
        operands: list[Operand] = [
            place if is_written else operand
            for operand, is_written in zip(how.operands, how.op.writes, strict=True)
        ]
        return MachineInstr(how.op, operands, token=how.token)

    def _source(
        self, source: Source, code: list[Instruction], anew: dict[VReg, MachineInstr | Source]
    ) -> Source:
        if not isinstance(source, VReg) or source not in anew:
            return source
        how = anew[source]
        if not isinstance(how, MachineInstr):
            return how
        made = self._momentary(source)
        code.append(self._anew(how, made))
        return made

    def _copy(self, instr: Copy, code: list[Instruction], anew: dict[VReg, MachineInstr | Source]) -> None:
        pairs = [
            (place, self._source(source, code, anew))
            for place, source in zip(instr.places, instr.sources, strict=True)
            if place not in anew
        ]
        if pairs:
            code.append(Copy([place for place, _ in pairs], [source for _, source in pairs]))

    def _call(self, instr: Call, code: list[Instruction], anew: dict[VReg, MachineInstr | Source]) -> None:
        instr.args = [self._source(source, code, anew) for source in instr.args]
        code.append(instr)

    def _rewrite(
        self,
        instr: MachineInstr,
        code: list[Instruction],
        anew: dict[VReg, MachineInstr | Source],
        entering: dict[MachineBlock, list[Instruction]],
    ) -> None:
        if any(isinstance(operand, VReg) and operand in anew for operand in writes(instr)):
            return  # the definition of what is computed anew elsewhere
        stays = self._in_memory(instr, anew)
        made: dict[VReg, VReg] = {}

        def replaced(vreg: VReg) -> VReg:
            if vreg is stays or (vreg not in self.spilled and vreg not in anew):
                return vreg
            if vreg not in made:
                made[vreg] = self._momentary(vreg)
            return made[vreg]

        before: list[Instruction] = []
        after: list[Instruction] = []
        operands = [replace_in(operand, replaced) for operand in instr.operands]
        loaded: set[VReg] = set()
        op = instr.op
        for operand, is_read, is_written in zip(instr.operands, op.reads, op.writes, strict=True):
            for vreg in _vregs(operand):
                if vreg not in made:
                    continue
                if (is_read or isinstance(operand, Address)) and vreg not in loaded:
                    loaded.add(vreg)
                    if vreg in anew:
                        self._put_anew(self._anew(anew[vreg], made[vreg]), instr, code, before)
                    else:
                        before.append(Copy([made[vreg]], [vreg]))
                if is_written:
                    after.append(Copy([vreg], [made[vreg]]))
        code += before
        code.append(MachineInstr(instr.op, operands, instr.targets, instr.token))
        if instr.targets:
            for block in dict.fromkeys(instr.targets):
                # A copy for each: allocation changes instructions in place
                stores = [Copy([*copy.places], [*copy.sources]) for copy in after if isinstance(copy, Copy)]
                entering.setdefault(block, []).extend(stores)
        else:
            code += after

    def _put_anew(
        self, made: Instruction, reader: MachineInstr, code: list[Instruction], before: list[Instruction]
    ) -> None:
        """Computing something may change flags: not between an instruction that reads them and the one that
        sets them."""
        if not reader.op.reads_flags:
            before.append(made)
            return
        at = len(code)
        while at and (isinstance(code[at - 1], Copy) or _reads_flags(code[at - 1])):
            at -= 1
        code.insert(max(at - 1, 0), made)

    def _in_memory(self, instr: MachineInstr, anew: dict[VReg, MachineInstr | Source]) -> VReg | None:
        """The operand that can stay in memory: spilled, in the right position, occurring once."""
        if any(isinstance(operand, Address) for operand in instr.operands):
            return None
        found: VReg | None = None
        for position in instr.op.memory_ok:
            operand = instr.operands[position]
            if (
                isinstance(operand, VReg)
                and operand in self.spilled
                and operand not in anew
                and instr.operands.count(operand) == 1
            ):
                # Saving both a load and a store is best
                if instr.op.roles[position] is Role.USE_DEF:
                    return operand
                found = found or operand
        return found


def _concerned(vregs: Iterable[VReg], found: Occurrences) -> dict[int, set[int]]:
    """By block, the numbers of instructions that name registers, and of copies of which nothing is left."""
    numbers = {event // STEP for vreg in vregs for event in found.events[vreg]}
    numbers.update(number for number, copy in found.copies if not copy.places)
    concerned: dict[int, set[int]] = {}
    for number in numbers:
        concerned.setdefault(found.blocks[number], set()).add(number)
    return dict(sorted(concerned.items()))


def _reads_flags(instr: Instruction) -> bool:
    return isinstance(instr, MachineInstr) and instr.op.reads_flags


def _vregs(operand: Operand) -> list[VReg]:
    if isinstance(operand, Address):
        return [part for part in (operand.base, operand.index) if isinstance(part, VReg)]
    return [operand] if isinstance(operand, VReg) else []
