"""The fast version of a run while it is emitted: what is known of its values, and where doubt leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.word_ranges import SMALL, WORD, Range
from mpytool.emitters.native.expand.runtime import NULL, Entry, small_int
from mpytool.emitters.native.expand.unboxed import NATIVE_UINT, Conversion, Unboxed, integer_of
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr, Type
from mpytool.opcodes import BINARY_OPS

Condition: TypeAlias = tuple[Cond, LowInstr, LowInstr]

SMALL_TAG = 1
"""The bit that a small int has, and no other object."""

POINTER_MASK = 3
"""Bits that are zero in the address of an object, and in no small int, qstr or other immediate object."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An integer that is within ``range``: ``word`` has its low 32 bits."""

    word: LowInstr
    range: Range


_LESS = BINARY_OPS.index("<")


def small_object(b: Builder, number: LowInstr) -> LowInstr:
    """The small int that a number is; it must be one."""
    return b.emit("or", b.emit("shl", number, b.const(1)), b.const(SMALL_TAG))


class FastVersion:
    """``fail`` is the slow version. A value that is nothing but the result of a comparison is kept as a
    condition until somebody wants the object, and one that was computed with words as that (``results``).
    ``wraps``: what is computed now need not fit."""

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
        #: words of operands and results of operators on words
        self.raws: dict[Instr, Raw] = {}
        self.results: set[Instr] = set()
        #: what is NULL here for sure, of values that are words
        self.nulls: set[LowInstr] = set()
        #: words of small ints that were made of them
        self.untagged: dict[LowInstr, LowInstr] = {}

    # --- values ---------------------------------------------------------------------------------------------

    def word(self, instr: Instr) -> LowInstr:
        """The object that a value is."""
        if instr in self.conditions and instr not in self.values:
            self.values[instr] = self.object_of(self.conditions[instr])
        found = self.values.get(instr)
        if found is None and instr in self.results:
            self._make_object(instr)
            found = self.values[instr]
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
        if instr in self.results and instr not in self.values:
            return self.raws[instr].range.is_within(SMALL)
        return self.values.get(instr) in self.small

    def known(self, instr: Instr) -> int | None:
        """The number that a value is for sure."""
        if instr.row.name == "int" and instr.type is Type.SMALL:
            number: int = instr.imm[0]
            return number
        return None

    def number(self, instr: Instr) -> LowInstr:
        """The word of a small int, tag included; not a small int is a reason to fail."""
        if instr not in self.values and (instr in self.results or instr in self.builder.found.unboxed):
            raw = self.raw(instr)
            if raw.range.most > SMALL.most:
                self.require(Cond.ULE, raw.word, SMALL.most)
            self.set(instr, self._tagged(raw.word), small=True)
        value = self.word(instr)
        if not self.is_small(instr):
            self.require(Cond.TNZ, value, SMALL_TAG)
            self.tested.add(instr)
        return value

    # --- words ----------------------------------------------------------------------------------------------

    def raw(self, instr: Instr, *, exact: bool = True) -> Raw:
        """The word of an integer; what is not in the range of words is a reason to fail, if ``exact``."""
        number = integer_of(instr)
        if number is not None:
            return Raw(self.const(number), Range(number, number))
        found = self.raws.get(instr)
        if found is None:
            found = self._raw_operand(instr)
        if exact and found.range.least < 0:
            self.require(Cond.GE, found.word, 0)
            found = Raw(found.word, found.range.common(WORD))
        self.raws[instr] = found
        return found

    def set_raw(self, instr: Instr, raw: Raw) -> None:
        self.raws[instr] = raw
        self.results.add(instr)

    def _raw_operand(self, instr: Instr) -> Raw:
        b = self.builder
        unboxed = None if instr in self.values else b.found.unboxed.get(instr)
        if unboxed is not None:
            how = b.chosen.words.heads.get(instr) if instr in b.chosen.words.single else None
            return Raw(self._number_of(unboxed, how or Conversion.NONE), WORD)
        if instr in b.chosen.words.items and not self.is_small(instr):
            return Raw(self.unbox(self.word(instr)), WORD)
        return Raw(self.op("sar", self.number(instr), 1), SMALL)

    def _number_of(self, value: Unboxed, how: Conversion) -> LowInstr:
        if how is Conversion.NONE:
            self.require(Cond.EQ, value.boxed, NULL)
            self.nulls.add(value.boxed)
            return value.number
        b = self.builder
        going_on, other = b.new_block(), b.new_block(cold=True)
        b.branch(Cond.EQ, value.boxed, NULL, going_on, other)
        b.start(other)
        converted = self.unbox(value.boxed, how)
        b.jump(going_on)
        b.start(going_on)
        return b.phi(value.number, converted)

    def unbox(self, value: LowInstr, how: Conversion = Conversion.ALL) -> LowInstr:
        """The word of an object that is an integer from 0 to 2**32 - 1.

        An integer that is not small has the type that a constant of the program has. The run time compares
        such integers without making objects.
        """
        b = self.builder
        if how is Conversion.SMALL:
            self.require(Cond.TNZ, value, SMALL_TAG)
            self.require(Cond.GE, value, 0)
            return self.op("sar", value, 1)
        is_small, other, join = b.new_block(), b.new_block(cold=True), b.new_block()
        b.branch(Cond.TNZ, value, SMALL_TAG, is_small, other)
        b.start(is_small)
        small = self.op("sar", value, 1)
        self.require(Cond.GE, small, 0)
        b.jump(join)
        b.start(other)
        self.require(Cond.TZ, value, POINTER_MASK)
        most = b.object(WORD.most)
        type_ = b.word_at(0)
        self.require(
            Cond.EQ, b.emit("load_fixed", value, imm=(type_,)), b.emit("load_fixed", most, imm=(type_,))
        )
        negative = b.call(Entry.BINARY_OP, _LESS, value, small_int(0))
        self.require(Cond.EQ, negative, b.table(Entry.FALSE))
        too_large = b.call(Entry.BINARY_OP, _LESS, most, value)
        self.require(Cond.EQ, too_large, b.table(Entry.FALSE))
        large = b.call(Entry.NATIVE_FROM_OBJ, value, NATIVE_UINT)
        b.jump(join)
        b.start(join)
        return b.phi(small, large)

    def unboxed(self, instr: Instr) -> Unboxed | None:
        """Of a result: None for what is a small int anyway, and no word."""
        if instr not in self.results or self.is_small(instr):
            return None
        return Unboxed(self.raws[instr].word, self._null_for(instr))

    def _null_for(self, instr: Instr) -> LowInstr:
        """What the phi that takes a value in the end has anyway, if that is NULL."""
        b = self.builder
        for phi in b.chosen.words.carried.get(instr, ()):
            unboxed = b.found.unboxed.get(phi)
            if unboxed is not None and unboxed.boxed in self.nulls:
                return unboxed.boxed
        return self.const(NULL)

    def _make_object(self, instr: Instr) -> None:
        raw = self.raws[instr]
        if raw.range.is_within(SMALL):
            self.set(instr, self._tagged(raw.word), small=True)
        else:
            self.values[instr] = self.builder.call(Entry.NATIVE_TO_OBJ, raw.word, NATIVE_UINT)

    def _tagged(self, word: LowInstr) -> LowInstr:
        tagged = small_object(self.builder, word)
        self.untagged[tagged] = word
        return tagged

    # --- code -----------------------------------------------------------------------------------------------

    def op(self, name: str, one: LowInstr, other: LowInstr | int) -> LowInstr:
        if name == "sar" and other == 1 and one in self.untagged:
            return self.untagged[one]
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
