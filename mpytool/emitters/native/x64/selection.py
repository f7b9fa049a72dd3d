"""Selection for x86-64: which rule makes what, the operands that rules share, control flow and the run time.

    v3 = load word +8 v1         before
    v4 = add v2 v3
    branch lt v4 v5 -> b1 b2

    copy v4 <- v2                after
    add.m v4 [v1 + 8]
    cmp v4 v5
    j lt -> b1 b2

Instructions with two addresses get their result's register by a copy of the first operand; allocation gives
both one register where it can, and ``tidy.py`` makes ``lea`` of what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from mpytool.emitters.native.demands import demanded_bits
from mpytool.emitters.native.low import LowFunction, LowInstr, Mem
from mpytool.emitters.native.machine import (
    Address,
    CodeAddress,
    Convention,
    FrameRef,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    VReg,
)
from mpytool.emitters.native.selecting import Rule, Selection, signed
from mpytool.emitters.native.widths import width
from mpytool.emitters.native.x64.addressing import IMM32, address_of
from mpytool.emitters.native.x64.operations import OPS, RAX, RBP
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
        if not self.is_remade(value):
            return self.vreg(value)
        made = self.new_vreg()
        if value.name == "load_table":
            self.load_table(made, value.imm[0])
            return made
        source = self.source(value)
        assert isinstance(source, int | FrameRef | CodeAddress)
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
        if value.name == "load_table":
            return bits <= 64
        if value.name not in _LOADS or not self.foldable(value):
            return False
        mem: Mem = value.imm[0]
        return 8 * mem.size >= bits

    def memory(self, value: LowInstr) -> Address:
        """The operand of a value that ``has_memory``."""
        if value.name == "load_table":
            return Address(RBP, _WORD * value.imm[0] - self.bias)
        self.fold(value)
        return self.address(value)

    def address(self, instr: LowInstr) -> Address:
        """Where a load or a store accesses memory."""
        mem: Mem = instr.imm[0]
        index = instr.args[1] if "indexed" in instr.name else None
        return address_of(self, instr.args[0], mem.offset, index, mem.scale)

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


def best_bias(low: LowFunction) -> int:
    """What to add to the address of the function table so that most accesses have displacements of 8 bits."""
    entries: list[int] = [
        instr.imm[0]
        for block in low.blocks
        for instr in block.code
        if instr.name in ("call_table", "load_table")
    ]
    candidates = {0, *(_WORD * entry + offset for entry in entries for offset in (-120, 128))}

    def cost(bias: int) -> int:
        far = sum(3 for entry in entries if not -128 <= _WORD * entry - bias <= 127)
        return far + (0 if bias == 0 else 4 if -128 <= bias <= 128 else 7)

    return min(sorted(candidates, key=abs), key=cost)


def select(
    low: LowFunction, convention: Convention, jump: Callable[[MachineBlock], MachineInstr]
) -> MachineFunction:
    """The machine form of a function, on virtual registers."""
    from mpytool.emitters.native.x64 import arithmetic, comparing, transfer

    selection = X64Selection(low, convention, jump, best_bias(low))
    rules: dict[str, Rule] = {
        name: partial(rule, selection)
        for table in (arithmetic.RULES, comparing.RULES, transfer.RULES, RULES)
        for name, rule in table.items()
    }
    return selection.run(rules)


def _set_table(selection: X64Selection, instr: LowInstr) -> None:
    (table,) = instr.args
    if selection.has_memory(table):
        selection.emit(OPS["table.m"], selection.memory(table), selection.bias)
    else:
        selection.emit(OPS["table"], selection.register(table), selection.bias)


def _dispatch(selection: X64Selection, instr: LowInstr) -> None:
    (where,) = instr.args
    if selection.has_memory(where):
        selection.emit(OPS["jmp.m"], selection.memory(where), targets=instr.targets)
    else:
        selection.emit(OPS["jmp.r"], selection.register(where), targets=instr.targets)


def _return(selection: X64Selection, instr: LowInstr) -> None:
    selection.copy(RAX, selection.source(instr.args[0]))
    selection.emit(OPS["ret"], RAX)


def _unreachable(selection: X64Selection, _: LowInstr) -> None:
    selection.emit(OPS["halt"])


RULES: dict[str, Callable[[X64Selection, LowInstr], None]] = {
    "set_table": _set_table,
    "dispatch": _dispatch,
    "return": _return,
    "unreachable": _unreachable,
}
