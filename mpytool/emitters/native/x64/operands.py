"""The operands of x86-64 instructions, as the rules of selection ask for them.

value                        register      apply("add", v9, value)
v1 = add v2 v3               v1            add v9 v1
v1 = const 5                 mov.i v8 5    add.i v9 5
v1 = load word +8 v2         v1            add.m v9 [v2 + 8]       if nothing else wants v1
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native.demands import demanded_bits
from mpytool.emitters.native.low import LowInstr, Mem
from mpytool.emitters.native.machine import Address, FrameRef, VReg
from mpytool.emitters.native.selecting import REMADE, Selection, signed
from mpytool.emitters.native.widths import width
from mpytool.emitters.native.x64.addressing import IMM32, PARTS_OF_ADDRESSES, address_of
from mpytool.emitters.native.x64.operations import OPS, RBP
from mpytool.emitters.native.x64.undo import undo_in_slow_paths

_WORD = 8


@dataclass(slots=True, eq=False)
class X64Selection(Selection):
    """``bias``: what rbp is beyond the address of the function table. ``overwritten``: see ``undo.py``.
    ``demands``: see ``demands.py``."""

    bias: int = 0
    overwritten: dict[LowInstr, LowInstr] = field(default_factory=dict)
    demands: dict[LowInstr, int] = field(default_factory=dict)

    def prepare(self) -> None:
        self.overwritten = undo_in_slow_paths(self.low)
        self.demands = demanded_bits(self.low, 32)

    def register(self, value: LowInstr) -> VReg:
        if value.row.name not in REMADE:
            return self.vreg(value)
        made = self.new_vreg()
        if value.row.name == "load_table":
            self.load_table(made, value.imm[0])
            return made
        source = self.source(value)
        assert not isinstance(source, VReg)
        name = "mov.i" if isinstance(source, int) else "lea.f" if isinstance(source, FrameRef) else "lea.c"
        self.emit(OPS[name], made, source)
        return made

    def load_table(self, place: VReg, entry: int) -> None:
        self.emit(OPS["entry"], place, entry)

    def width(self, value: LowInstr) -> int:
        return width(value, _WORD)

    def is_short(self, value: LowInstr) -> bool:
        """Whether 32 bits of a value are all there are, or all that is wanted."""
        return value in self.demands or self.width(value) <= 32

    def immediate(self, value: LowInstr, bits: int = 64) -> int | None:
        """The number that a value is, if instructions on ``bits`` bits take it."""
        number = self.number(value)
        if number is not None and bits == 32:
            return signed(number, 4)
        return number if number is not None and IMM32[0] <= number <= IMM32[1] else None

    def has_memory(self, value: LowInstr, bits: int = 64) -> bool:
        """Whether the low ``bits`` of a value can be read from memory by its user."""
        name = value.row.name
        if name == "load_table":
            return bits <= 64
        if name not in _LOADS or not self.foldable(value):
            return False
        mem: Mem = value.imm[0]
        return 8 * mem.size >= bits

    def memory(self, value: LowInstr) -> Address:
        """The operand of a value that ``has_memory``."""
        if value.row.name == "load_table":
            return Address(RBP, _WORD * value.imm[0] - self.bias)
        self.fold(value)
        return self.address(value)

    def address(self, instr: LowInstr) -> Address:
        """Where a load or a store accesses memory."""
        mem: Mem = instr.imm[0]
        base = instr.args[0]
        if "indexed" in instr.row.name:
            return address_of(self, base, mem.offset, instr.args[1], mem.scale)
        if base.row.name not in PARTS_OF_ADDRESSES:
            return Address(self.register(base), mem.offset)
        return address_of(self, base, mem.offset)

    def apply(self, stem: str, place: VReg, value: LowInstr, bits: int = 64) -> None:
        """``stem`` with ``place`` and a value: as a number, from memory, or in a register."""
        number = self.immediate(value, bits)
        name = stem + _BITS[bits]
        if number is not None:
            self.emit(OPS[f"{name}.i"], place, number)
        elif self.has_memory(value, bits):
            self.emit(OPS[f"{name}.m"], place, self.memory(value))
        else:
            self.emit(OPS[name], place, self.register(value))


_LOADS = frozenset(("load", "load_fixed", "load_indexed"))
_BITS = {64: "", 32: "32", 16: "16", 8: "8"}
