"""Selection of loads and stores, and of what reaches the run time.

What an address has: a register and a number, or two registers, the second scaled on ARMv7-M; the frame, for
words. Sums that only one access wants are made its address.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.low import LowInstr, Mem
from mpytool.emitters.native.machine import Address, FrameRef, VReg
from mpytool.emitters.native.selecting import Rule, Selection
from mpytool.emitters.native.thumb.operations import OPS
from mpytool.emitters.native.thumb.ranges import fits_add, fits_offset

_LOADS = {(4, False): "ldr", (2, False): "ldrh", (1, False): "ldrb", (2, True): "ldrsh", (1, True): "ldrsb"}
_STORES = {4: "str", 2: "strh", 1: "strb"}
_SHIFTS = {1: 0, 2: 1, 4: 2, 8: 3}


@dataclass(slots=True, eq=False)
class MemoryRules(Selection):
    """``wide``: there are instructions of 32 bits."""

    wide: bool

    def load_name(self, mem: Mem) -> str:
        return _LOADS[mem.size, mem.signed and mem.size < 4]

    def _load(self, instr: LowInstr) -> None:
        mem: Mem = instr.imm[0]
        address = self.address(mem, instr.args)
        self.emit(OPS[self.load_name(mem)], self.vreg(instr), address)

    def _load_fixed(self, instr: LowInstr) -> None:
        """What is in the frame anyway needs no other place there."""
        base, mem = instr.args[0], instr.imm[0]
        if base.row.name == "frame_address" and self._reaches(mem.offset, mem, base):
            self.emit(OPS["ldr_frame"], self.vreg(instr), Address(FrameRef(base.imm[0], mem.offset)))
        else:
            self._load(instr)

    def _store(self, instr: LowInstr) -> None:
        mem: Mem = instr.imm[0]
        address = self.address(mem, instr.args[:-1])
        self.emit(OPS[_STORES[mem.size]], address, self.register(instr.args[-1]))

    def address(self, mem: Mem, args: list[LowInstr]) -> Address:
        """Where ``args``, a base and perhaps an index, lead; emits what the access cannot do itself."""
        base, offset = args[0], mem.offset
        if len(args) == 2:
            return self._indexed(mem, base, args[1])
        if base.row.name == "add" and self.foldable(base):
            one, other = self.constant_last(base)
            if other.row.name == "const":
                number = offset + self.constant(other)
                if self._reaches(number, mem, one):
                    self.fold(base)
                    base, offset = one, number
            elif offset == 0 and not self._has_shift(one, other):
                self.fold(base)
                return Address(self.register(one), 0, self.register(other), 1)
        if base.row.name == "frame_address":
            if self._reaches(offset, mem, base):
                return Address(FrameRef(base.imm[0], offset))
            made = self.new_vreg()
            self.lea(made, base.imm[0], offset)
            return Address(made)
        return self.plus(self.register(base), offset, mem)

    def _reaches(self, offset: int, mem: Mem, base: LowInstr) -> bool:
        if base.row.name == "frame_address":
            return mem.size == 4 and offset % 4 == 0 and not mem.signed
        return fits_offset(offset, mem.size, self.wide)

    def _has_shift(self, *values: LowInstr) -> bool:
        """Whether a sum becomes one instruction with a shift in it, which is better left alone."""
        return self.wide and any(value.row.name == "shl" and self.foldable(value) for value in values)

    def plus(self, base: VReg, offset: int, mem: Mem) -> Address:
        """A register plus any number."""
        if fits_offset(offset, mem.size, self.wide):
            return Address(base, offset)
        made = self.new_vreg()
        if fits_add(offset, self.wide):
            self.emit(OPS["add_i"], made, base, offset)
            return Address(made)
        self.copy(made, offset)
        return Address(base, 0, made, 1)

    def _indexed(self, mem: Mem, base: LowInstr, index: LowInstr) -> Address:
        offset, scale = mem.offset, mem.scale
        if index.row.name == "add" and self.foldable(index):
            one, other = self.constant_last(index)
            if other.row.name == "const" and self._is_near(offset + self.constant(other) * scale, mem):
                self.fold(index)
                index = one
                offset += self.constant(other) * scale
        if index.row.name == "const":
            return self.plus(self.register(base), offset + self.constant(index) * scale, mem)
        shift = _SHIFTS[scale]
        if offset == 0 and (self.wide or shift == 0):
            return Address(self.register(base), 0, self.register(index), scale)
        if offset == 0:
            scaled = self.new_vreg()
            self.emit(OPS["lsl_i"], scaled, self.register(index), shift)
            return Address(self.register(base), 0, scaled, 1)
        made = self.new_vreg()
        if shift == 0:
            self.emit(OPS["add"], made, self.register(base), self.register(index))
        elif self.wide:
            self.emit(OPS["add_s"], made, self.register(base), self.register(index), 0, shift)
        else:
            scaled = self.new_vreg()
            self.emit(OPS["lsl_i"], scaled, self.register(index), shift)
            self.emit(OPS["add"], made, self.register(base), scaled)
        return self.plus(made, offset, mem)

    def _is_near(self, offset: int, mem: Mem) -> bool:
        return fits_offset(offset, mem.size, self.wide)

    def lea(self, place: VReg, frame_object: int, offset: int) -> None:
        self.emit(OPS["lea"], place, FrameRef(frame_object, offset))

    def load_table(self, place: VReg, entry: int) -> None:
        self.emit(OPS["entry"], place, entry)

    def set_table(self, instr: LowInstr) -> None:
        (table,) = instr.args
        if table.row.name in ("load", "load_fixed") and self.foldable(table):
            mem: Mem = self.fold(table).imm[0]
            self.emit(OPS["ldr_table"], self.address(mem, table.args))
        else:
            self.emit(OPS["set_table"], self.register(table))

    def is_constant(self, value: LowInstr, low: int, high: int) -> bool:
        """Whether a value is a constant from ``low`` to ``high``."""
        return value.row.name == "const" and low <= self.constant(value) <= high

    def constant_last(self, instr: LowInstr) -> tuple[LowInstr, LowInstr]:
        """The operands of what is commutative."""
        one, other = instr.args
        return (other, one) if one.row.name == "const" else (one, other)


MEMORY_RULES: dict[str, Rule] = {
    "load": MemoryRules._load,
    "load_fixed": MemoryRules._load_fixed,
    "load_indexed": MemoryRules._load,
    "store": MemoryRules._store,
    "store_indexed": MemoryRules._store,
    "set_table": MemoryRules.set_table,
}
