"""Registers that hold what a slot or another register holds, so that nothing has to be loaded or moved.

    store [s0] r1               before
    load r2 [s0]
    add r2 [s0]

    store [s0] r1               after
    mov r2 r1
    add r2 r1

The register of what was spilled may have no owner any more, so this looks at the code that is being made.
What is known at the end of all predecessors is known in a block; of one that has not been made yet, as in a
loop, nothing is. A landing knows what the block with ``nlr_push`` knows: preserved registers are as they were
there, and so are the slots of whatever is live into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.moves import Moves
from mpytool.emitters.native.machine import Address, MachineBlock, MachineInstr, PhysReg, Source, StackSlot


@dataclass(slots=True, eq=False)
class Known:
    """``holder``: for some slots and registers a register with the same word."""

    holder: dict[StackSlot | PhysReg, PhysReg] = field(default_factory=dict)

    @staticmethod
    def at_join(predecessors: Sequence[MachineBlock], known: Mapping[MachineBlock, Known]) -> Known:
        """What holds at the end of all predecessors: nothing, if it is not ``known`` of one."""
        if len(predecessors) == 1 and predecessors[0] in known:
            return Known({**known[predecessors[0]].holder})
        ends = [known.get(block) for block in predecessors]
        if not ends or None in ends:
            return Known()
        first, *others = (end.holder for end in ends if end is not None)
        return Known(
            {slot: reg for slot, reg in first.items() if all(other.get(slot) == reg for other in others)}
        )

    def source(self, source: Source) -> Source:
        """Where to read a word: the register rather than the slot."""
        return self.holder.get(source, source) if isinstance(source, StackSlot) else source

    def is_there(self, place: PhysReg | StackSlot, source: Source) -> bool:
        """Whether a place holds what a move would bring there, as far as registers are concerned."""
        if not isinstance(source, PhysReg) or not isinstance(place, PhysReg):
            return place == source
        return source in (place, self.holder.get(place)) or self.holder.get(source) == place

    def forget(self, changed: Iterable[PhysReg | StackSlot]) -> None:
        if not self.holder:
            return
        gone = {*changed}
        if not gone.isdisjoint(self.holder) or not gone.isdisjoint(self.holder.values()):
            self.holder = {
                slot: reg for slot, reg in self.holder.items() if slot not in gone and reg not in gone
            }

    def executed(self, instr: MachineInstr) -> None:
        """Forget what an instruction changes."""
        if not self.holder:
            return
        changed: list[PhysReg | StackSlot] = [*instr.op.clobbers]
        for position in instr.op.written_at:
            operand = instr.operands[position]
            if isinstance(operand, PhysReg):
                changed.append(operand)
            elif isinstance(operand, Address) and isinstance(operand.base, StackSlot):
                changed.append(operand.base)
        if changed:
            self.forget(changed)

    def moved(self, moves: Moves, code: Iterable[MachineInstr]) -> None:
        """Learn from moves that were all done at once by ``code``."""
        places = {place for place, _ in moves}
        if self.holder:
            for instr in code:
                self.executed(instr)
            self.forget(places)
        for place, source in moves:
            if isinstance(source, PhysReg) and source not in places:
                self.holder[place] = source
            elif isinstance(place, PhysReg) and isinstance(source, StackSlot) and source not in places:
                self.holder[source] = place
