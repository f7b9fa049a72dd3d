"""Instructions for the operations of the low form.

    v3 = shl v1 v2          v2 = const 2             before
    v4 = add v0 v3
    v5 = load word +8 v4
    branch tnz v5 v6 -> b1 b2                        v6 = const 1

    add_s v4 v0 v1 0 2                               after, on ARMv7-M
    ldr v5 [v4 + 8]
    lsl_t v9 v5 31
    bne -> b1 b2

``wide`` says that there are instructions of 32 bits (ARMv7-M). Without them most operations have two
operands and low registers, which are all that allocation has there.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.machine import VReg
from mpytool.emitters.native.selecting import COMMON, Rule
from mpytool.emitters.native.thumb.operations import OPS
from mpytool.emitters.native.thumb.ranges import fits_add, is_modified
from mpytool.emitters.native.thumb.registers import RESULT
from mpytool.emitters.native.thumb.select_compare import COMPARE_RULES, CompareRules
from mpytool.emitters.native.thumb.select_memory import MEMORY_RULES

LSL, LSR, ASR = 0, 1, 2
_SHORT_SUM = 255
_SHIFT_KINDS = {"shl": LSL, "shr": LSR, "sar": ASR}


@dataclass(slots=True, eq=False)
class ThumbSelection(CompareRules):
    """The rules of arithmetic, and all others."""

    # --- arithmetic ----------------------------------------------------------------------------------------

    def _add(self, instr: LowInstr) -> None:
        one, other = self.constant_last(instr)
        if other.row.name == "const":
            number = self.constant(other)
            if one.row.name == "frame_address":
                self.lea(self.vreg(instr), one.imm[0], number)
                return
            if fits_add(number, self.wide):
                self.emit(OPS["add_i"], self.vreg(instr), self.register(one), number)
                return
        if self.wide:
            for left, right in ((one, other), (other, one)):
                if right.row.name == "mul" and self.foldable(right):
                    self._multiply_and("mla", instr, right, left)
                    return
            for left, right in ((one, other), (other, one)):
                if self._shifted("add_s", instr, left, right):
                    return
        self.emit(OPS["add"], self.vreg(instr), self.register(one), self.register(other))

    def _sub(self, instr: LowInstr) -> None:
        one, other = instr.args
        if other.row.name == "const" and fits_add(-self.constant(other), self.wide):
            self.emit(OPS["add_i"], self.vreg(instr), self.register(one), -self.constant(other))
            return
        if one.row.name == "const":
            number = self.constant(one)
            if number == 0:
                self.emit(OPS["neg"], self.vreg(instr), self.register(other))
                return
            if self.wide and is_modified(number):
                self.emit(OPS["rsb_i"], self.vreg(instr), self.register(other), number)
                return
        if self.wide:
            if other.row.name == "mul" and self.foldable(other):
                self._multiply_and("mls", instr, other, one)
                return
            if self._shifted("sub_s", instr, one, other) or self._shifted("rsb_s", instr, other, one):
                return
        self.emit(OPS["sub"], self.vreg(instr), self.register(one), self.register(other))

    def _multiply_and(self, name: str, instr: LowInstr, product: LowInstr, addend: LowInstr) -> None:
        factors = [self.register(arg) for arg in self.fold(product).args]
        self.emit(OPS[name], self.vreg(instr), *factors, self.register(addend))

    def _shifted(self, name: str, instr: LowInstr, left: LowInstr, right: LowInstr) -> bool:
        """Let ``right`` be shifted on its way into an operation with ``left``, if it is a shift."""
        kind = _SHIFT_KINDS.get(right.row.name)
        if kind is None or not self.is_constant(right.args[1], 1, 31) or not self.foldable(right):
            return False
        value, count = self.fold(right).args
        self.emit(
            OPS[name], self.vreg(instr), self.register(left), self.register(value), kind, self.constant(count)
        )
        return True

    def _mul(self, instr: LowInstr) -> None:
        self._commutative("mul", instr)

    def _commutative(self, name: str, instr: LowInstr) -> None:
        """A constant is in a register of its own, so it stands where the result can take its place."""
        one, other = self.constant_last(instr)
        if other.row.name == "const":
            one, other = other, one
        self.emit(OPS[name], self.vreg(instr), self.register(one), self.register(other))

    # --- bits ----------------------------------------------------------------------------------------------

    def _and(self, instr: LowInstr) -> None:
        one, other = self.constant_last(instr)
        if other.row.name == "const":
            self._and_number(instr, one, self.constant(other))
            return
        if self.wide:
            for left, right in ((one, other), (other, one)):
                if self._shifted("and_s", instr, left, right):
                    return
        for left, right in ((one, other), (other, one)):
            if right.row.name == "not" and self.foldable(right):
                (value,) = self.fold(right).args
                self._two_operands("bic", instr, self.register(left), self.register(value))
                return
        self._commutative("and", instr)

    def _and_number(self, instr: LowInstr, value: LowInstr, number: int) -> None:
        result = self.vreg(instr)
        if number == -1:
            self.emit(OPS["mov"], result, self.register(value))
            return
        width = number.bit_length()
        if number > 0 and number & (number + 1) == 0:
            if value.row.name in ("shr", "sar") and self._extract(instr, value, width):
                return
            if width in (8, 16):
                self.emit(OPS["uxtb" if width == 8 else "uxth"], result, self.register(value))
                return
            if self.wide:
                self.emit(OPS["ubfx"], result, self.register(value), 0, width)
                return
            if width > 8:
                self._cut(result, self.register(value), "lsl_i", "lsr_i", 32 - width)
                return
        if self.wide and (is_modified(number) or is_modified(~number)):
            name, number = ("and_i", number) if is_modified(number) else ("bic_i", ~number)
            self.emit(OPS[name], result, self.register(value), number)
            return
        if not self.wide and number < 0:
            zeros = (~number).bit_length()
            if ~number == (1 << zeros) - 1:
                self._cut(result, self.register(value), "lsr_i", "lsl_i", zeros)
                return
            if ~number <= 255:
                mask = self.new_vreg()
                self.copy(mask, ~number)
                self._two_operands("bic", instr, self.register(value), mask)
                return
        self._commutative("and", instr)

    def _extract(self, instr: LowInstr, shift: LowInstr, width: int) -> bool:
        """A field of bits that is all in the word, where it takes fewer instructions than a mask."""
        value, count = shift.args
        if not self.is_constant(count, 0, 32 - width) or not self.foldable(shift):
            return False
        lowest = self.constant(count)
        if not self.wide and (width in (8, 16) or lowest + width == 32):
            return False
        self.fold(shift)
        if self.wide:
            self.emit(OPS["ubfx"], self.vreg(instr), self.register(value), lowest, width)
        else:
            shifted = self.new_vreg()
            self.emit(OPS["lsl_i"], shifted, self.register(value), 32 - width - lowest)
            self.emit(OPS["lsr_i"], self.vreg(instr), shifted, 32 - width)
        return True

    def _cut(self, result: VReg, value: VReg, there: str, back: str, count: int) -> None:
        """Shift bits out, and what is left back to where it was."""
        shifted = self.new_vreg()
        self.emit(OPS[there], shifted, value, count)
        self.emit(OPS[back], result, shifted, count)

    def _or(self, instr: LowInstr) -> None:
        """A number for bits that have just been shifted in, such as a tag, is added: that is shorter."""
        one, other = self.constant_last(instr)
        shifted_in = 0
        if one.row.name == "shl" and self.is_constant(one.args[1], 1, 31):
            shifted_in = (1 << self.constant(one.args[1])) - 1
        if self.is_constant(other, 1, min(shifted_in, _SHORT_SUM)):
            self.emit(OPS["add_i"], self.vreg(instr), self.register(one), self.constant(other))
        else:
            self._bits("orr", instr)

    def _xor(self, instr: LowInstr) -> None:
        one, other = self.constant_last(instr)
        if self.is_constant(other, -1, -1):
            self.emit(OPS["mvn"], self.vreg(instr), self.register(one))
            return
        self._bits("eor", instr)

    def _bits(self, name: str, instr: LowInstr) -> None:
        one, other = self.constant_last(instr)
        if self.wide:
            if other.row.name == "const" and is_modified(self.constant(other)):
                self.emit(OPS[f"{name}_i"], self.vreg(instr), self.register(one), self.constant(other))
                return
            for left, right in ((one, other), (other, one)):
                if self._shifted(f"{name}_s", instr, left, right):
                    return
        self._commutative(name, instr)

    def _shift(self, instr: LowInstr) -> None:
        value, count = instr.args
        name = ("lsl", "lsr", "asr")[_SHIFT_KINDS[instr.row.name]]
        if count.row.name == "const":
            number = self.constant(count) & 31
            if self.wide and name != "lsl" and self._shifted_twice(name, instr, value, number):
                return
            if number == 0:
                self.emit(OPS["mov"], self.vreg(instr), self.register(value))
            else:
                self.emit(OPS[f"{name}_i"], self.vreg(instr), self.register(value), number)
            return
        self._two_operands(name, instr, self.register(value), self.register(count))

    def _shifted_twice(self, name: str, instr: LowInstr, value: LowInstr, down: int) -> bool:
        """Up and then further down, or as far, is a field of bits."""
        if (
            value.row.name != "shl"
            or not self.is_constant(value.args[1], 1, down)
            or not self.foldable(value)
        ):
            return False
        source, up = self.fold(value).args
        lowest = down - self.constant(up)
        field = "sbfx" if name == "asr" else "ubfx"
        self.emit(OPS[field], self.vreg(instr), self.register(source), lowest, 32 - down)
        return True

    def _two_operands(self, name: str, instr: LowInstr, value: VReg, other: VReg) -> None:
        """What has only two operands without wide instructions."""
        result = self.vreg(instr)
        if self.wide:
            self.emit(OPS[name], result, value, other)
        else:
            self.copy(result, value)
            self.emit(OPS[f"{name}x"], result, other)

    def _extend(self, instr: LowInstr) -> None:
        bits = instr.imm[0]
        name = ("s" if instr.row.name == "sign_extend" else "u") + ("xtb" if bits == 8 else "xth")
        self.emit(OPS[name], self.vreg(instr), self.register(instr.args[0]))

    # --- leaving -------------------------------------------------------------------------------------------

    def _dispatch(self, instr: LowInstr) -> None:
        self.emit(OPS["bx"], self.register(instr.args[0]), targets=instr.targets)

    def _return(self, instr: LowInstr) -> None:
        self.copy(RESULT, self.source(instr.args[0]))
        self.emit(OPS["ret"], RESULT)

    def _unreachable(self, _: LowInstr) -> None:
        self.emit(OPS["nowhere"])


def _plain(name: str) -> Rule:
    """All operands in registers."""
    op = OPS[name]

    def rule(selection: ThumbSelection, instr: LowInstr) -> None:
        selection.emit(op, selection.vreg(instr), *map(selection.register, instr.args))

    return rule


RULES: dict[str, Rule] = {
    **COMMON,
    **MEMORY_RULES,
    **COMPARE_RULES,
    "add": ThumbSelection._add,
    "sub": ThumbSelection._sub,
    "mul": ThumbSelection._mul,
    "and": ThumbSelection._and,
    "or": ThumbSelection._or,
    "xor": ThumbSelection._xor,
    "shl": ThumbSelection._shift,
    "shr": ThumbSelection._shift,
    "sar": ThumbSelection._shift,
    "sdiv": _plain("sdiv"),
    "udiv": _plain("udiv"),
    "neg": _plain("neg"),
    "not": _plain("mvn"),
    "zero_extend": ThumbSelection._extend,
    "sign_extend": ThumbSelection._extend,
    "dispatch": ThumbSelection._dispatch,
    "return": ThumbSelection._return,
    "unreachable": ThumbSelection._unreachable,
}
