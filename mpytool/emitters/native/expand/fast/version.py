"""The fast version of a run while it is emitted: what is known of its values, and where doubt leads."""

from __future__ import annotations

from typing import TypeAlias

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import Entry
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr, Type

Condition: TypeAlias = tuple[Cond, LowInstr, LowInstr]

SMALL_TAG = 1
"""The bit that a small int has, and no other object."""

POINTER_MASK = 3
"""Bits that are zero in the address of an object, and in no small int, qstr or other immediate object."""


class FastVersion:
    """``fail`` is the slow version. A value that is nothing but the result of a comparison is kept as a
    condition until somebody wants the object. ``wraps``: what is computed now need not fit."""

    def __init__(self, builder: Builder, fail: LowBlock) -> None:
        self.builder = builder
        self.fail = fail
        self.bits = builder.layout.word * 8
        self.values: dict[Instr, LowInstr] = {}
        self.conditions: dict[Instr, Condition] = {}
        self.small: set[LowInstr] = set()
        self.tested: set[Instr] = set()
        #: results that may wrap, as ``wrapping.py`` has found
        self.wrapping: set[Instr] = set()
        self.wraps = False

    # --- values ---------------------------------------------------------------------------------------------

    def word(self, instr: Instr) -> LowInstr:
        """The object that a value is."""
        if instr in self.conditions and instr not in self.values:
            self.values[instr] = self.object_of(self.conditions[instr])
        found = self.values.get(instr)
        return self.builder.use(instr) if found is None else found

    def object_of(self, condition: Condition) -> LowInstr:
        """True or False."""
        cond, one, other = condition
        b = self.builder
        return b.emit("select", one, other, b.table(Entry.TRUE), b.table(Entry.FALSE), imm=(cond,))

    def set(self, instr: Instr, value: LowInstr, *, small: bool) -> None:
        self.values[instr] = value
        if small:
            self.small.add(value)

    def is_small(self, instr: Instr) -> bool:
        """Whether a value is a small int for sure."""
        if instr.type is Type.SMALL or instr in self.tested:
            return True
        return self.values.get(instr) in self.small

    def known(self, instr: Instr) -> int | None:
        """The number that a value is for sure."""
        if instr.row.name == "int" and instr.type is Type.SMALL:
            number: int = instr.imm[0]
            return number
        return None

    def number(self, instr: Instr) -> LowInstr:
        """The word of a small int, tag included; not a small int is a reason to fail."""
        value = self.word(instr)
        if not self.is_small(instr):
            self.require(Cond.TNZ, value, SMALL_TAG)
            self.tested.add(instr)
        return value

    # --- code -----------------------------------------------------------------------------------------------

    def op(self, name: str, one: LowInstr, other: LowInstr | int) -> LowInstr:
        return self.builder.emit(name, one, self.const(other) if isinstance(other, int) else other)

    def const(self, value: int) -> LowInstr:
        return self.builder.const(value)

    def require(self, cond: Cond, one: LowInstr, other: LowInstr | int) -> None:
        """Go on if the condition holds."""
        going_on = self.builder.new_block()
        self.builder.branch(cond, one, other, going_on, self.fail)
        self.builder.start(going_on)

    def checked(self, name: str, one: LowInstr, other: LowInstr | int) -> LowInstr:
        """The result of ``add_checked`` and the like, if it fits."""
        if self.wraps:
            return self.op(name.removesuffix("_checked"), one, other)
        b = self.builder
        right = self.const(other) if isinstance(other, int) else other
        going_on = b.new_block()
        result = b.terminate(name, [going_on, self.fail], one, right)
        b.start(going_on)
        return result

    def fits(self, word: int) -> bool:
        return -(1 << self.bits - 1) <= word < 1 << self.bits - 1
