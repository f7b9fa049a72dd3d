"""Selection of comparisons: branches, choices, truth values, arithmetic that may overflow.

Each emits what sets the flags and directly behind it what reads them. Bits are tested by shifting them out,
which needs neither a mask nor a wide instruction.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.low import SWAPPED, Cond, LowInstr
from mpytool.emitters.native.machine import VReg
from mpytool.emitters.native.selecting import REMADE, Rule
from mpytool.emitters.native.thumb.instructions import CONDITIONS
from mpytool.emitters.native.thumb.operations import BRANCHES, OPS
from mpytool.emitters.native.thumb.ranges import fits_adds, fits_cmp, is_modified
from mpytool.emitters.native.thumb.select_memory import MemoryRules

EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE = range(len(CONDITIONS))

_CODES: dict[Cond, int] = {
    Cond.EQ: EQ, Cond.NE: NE, Cond.LT: LT, Cond.LE: LE, Cond.GT: GT, Cond.GE: GE,
    Cond.ULT: CC, Cond.ULE: LS, Cond.UGT: HI, Cond.UGE: CS, Cond.TZ: EQ, Cond.TNZ: NE,
}  # fmt: skip

_NEXT: dict[Cond, tuple[Cond, int]] = {
    # x < c is x <= c - 1, and so on
    Cond.LT: (Cond.LE, -1), Cond.GE: (Cond.GT, -1), Cond.LE: (Cond.LT, 1), Cond.GT: (Cond.GE, 1),
    Cond.ULT: (Cond.ULE, -1), Cond.UGE: (Cond.UGT, -1), Cond.ULE: (Cond.ULT, 1), Cond.UGT: (Cond.UGE, 1),
}  # fmt: skip

_TESTS = (Cond.TZ, Cond.TNZ)
_MIN, _MAX = -(2**31), 2**31 - 1
_HALF_BITS = 16


@dataclass(slots=True, eq=False)
class CompareRules(MemoryRules):
    # --- setting the flags ---------------------------------------------------------------------------------

    def flags(self, cond: Cond, one: LowInstr, other: LowInstr) -> int:
        """Compare; the code of the condition that then holds."""
        if one.row.name == "const" and other.row.name != "const":
            one, other, cond = other, one, SWAPPED[cond]
        if cond in _TESTS:
            return self._test(cond, one, other)
        is_equality = cond in (Cond.EQ, Cond.NE)
        if is_equality and self.is_constant(other, 0, 0) and one.row.name == "and" and self.foldable(one):
            test = Cond.TZ if cond is Cond.EQ else Cond.TNZ
            return self._test(test, *self.constant_last(self.fold(one)))
        if other.row.name == "const":
            return self._compare_number(cond, one, self.constant(other))
        if is_equality and other.row.name == "neg" and self.foldable(other):
            self.emit(OPS["cmn"], self.register(one), self.register(self.fold(other).args[0]))
            return _CODES[cond]
        self.emit(OPS["cmp"], self.register(one), self.register(other))
        return _CODES[cond]

    def _compare_number(self, cond: Cond, value: LowInstr, number: int) -> int:
        if not fits_cmp(number, self.wide) and cond in _NEXT:
            neighbour, step = _NEXT[cond]
            if cond.value[0] == "u":
                wraps = number + step == (-1 if step < 0 else 0)
            else:
                wraps = not _MIN <= number + step <= _MAX
            if fits_cmp(number + step, self.wide) and not wraps:
                cond, number = neighbour, number + step
        if fits_cmp(number, self.wide):
            self.emit(OPS["cmp_i"], self.register(value), number)
            return _CODES[cond]
        register = self.register(value)
        constant = self.new_vreg()
        if -255 <= number < 0:
            self.copy(constant, -number)
            self.emit(OPS["cmn"], register, constant)
        else:
            self.copy(constant, number)
            self.emit(OPS["cmp"], register, constant)
        return _CODES[cond]

    def _test(self, cond: Cond, one: LowInstr, other: LowInstr) -> int:
        is_zero = cond is Cond.TZ
        if one is other or self.is_constant(other, -1, -1):
            self.emit(OPS["cmp_i"], self.register(one), 0)
            return EQ if is_zero else NE
        if other.row.name != "const":
            self.emit(OPS["tst"], self.register(one), self.register(other))
            return EQ if is_zero else NE
        mask = self.constant(other) & 0xFFFFFFFF
        top = mask.bit_length()
        if mask == 1 << 31:
            self.emit(OPS["cmp_i"], self.register(one), 0)
            return GE if is_zero else LT
        if mask and mask & (mask - 1) == 0:
            self.emit(OPS["lsl_t"], self.new_vreg(), self.register(one), 32 - top)
            return PL if is_zero else MI
        if mask and mask & (mask + 1) == 0:
            self.emit(OPS["lsl_t"], self.new_vreg(), self.register(one), 32 - top)
            return EQ if is_zero else NE
        zeros = (~mask & 0xFFFFFFFF).bit_length()
        if mask and mask == (1 << 32) - (1 << zeros):
            self.emit(OPS["lsr_t"], self.new_vreg(), self.register(one), zeros)
        elif self.wide and is_modified(mask):
            self.emit(OPS["tst_i"], self.register(one), self.constant(other))
        else:
            self.emit(OPS["tst"], self.register(one), self.register(other))
        return EQ if is_zero else NE

    # --- reading them --------------------------------------------------------------------------------------

    def _branch(self, instr: LowInstr) -> None:
        code = self.flags(instr.imm[0], *instr.args)
        self.emit(BRANCHES[code], targets=instr.targets)

    def _compare(self, instr: LowInstr) -> None:
        cond: Cond = instr.imm[0]
        result = self.vreg(instr)
        if not self.wide and cond in (Cond.EQ, Cond.NE):
            self._is_equal(result, cond, *self.constant_last(instr))
            return
        code = self.flags(cond, *instr.args)
        self.emit(OPS["set"], result, code)

    def _is_equal(self, result: VReg, cond: Cond, one: LowInstr, other: LowInstr) -> None:
        """By the carry of their difference."""
        difference = self.register(one)
        if not self.is_constant(other, 0, 0):
            value = difference
            difference = self.new_vreg()
            if self.is_constant(other, -255, 255):
                self.emit(OPS["add_i"], difference, value, -self.constant(other))
            else:
                self.emit(OPS["sub"], difference, value, self.register(other))
        if cond is Cond.EQ:
            self.emit(OPS["is_zero"], result, difference)
        else:
            self.copy(result, difference)
            self.emit(OPS["is_any"], result, self.new_vreg())

    def _select(self, instr: LowInstr) -> None:
        """The second value may take the place of what has been compared. A constant stands in front of that,
        because it spoils the flags."""
        one, other, yes, no = instr.args
        chosen = self.vreg(instr)
        number = self.constant(yes) if self.is_constant(yes, 0, 255) else None
        replacement = None if number is not None else self.register(yes)
        if no.row.name in REMADE:
            self.copy(chosen, self.source(no))
        code = self.flags(instr.imm[0], one, other)
        if no.row.name not in REMADE:
            self.copy(chosen, self.vreg(no))
        if replacement is not None:
            self.emit(OPS["pick"], chosen, replacement, code)
        else:
            assert number is not None
            self.emit(OPS["pick_i"], chosen, number, code)

    # --- arithmetic that may overflow ----------------------------------------------------------------------

    def _fits(self, instr: LowInstr, code: int) -> None:
        """Go to the first target if a condition holds."""
        self.emit(BRANCHES[code], targets=instr.targets)

    def _add_checked(self, instr: LowInstr) -> None:
        one, other = self.constant_last(instr)
        if other.row.name == "const" and fits_adds(self.constant(other), self.wide):
            self.emit(OPS["adds_i"], self.vreg(instr), self.register(one), self.constant(other))
        else:
            self.emit(OPS["adds"], self.vreg(instr), self.register(one), self.register(other))
        self._fits(instr, VC)

    def _sub_checked(self, instr: LowInstr) -> None:
        one, other = instr.args
        number = -self.constant(other) if other.row.name == "const" else None
        if number is not None and number <= _MAX and fits_adds(number, self.wide):
            self.emit(OPS["adds_i"], self.vreg(instr), self.register(one), number)
        else:
            self.emit(OPS["subs"], self.vreg(instr), self.register(one), self.register(other))
        self._fits(instr, VC)

    def _mul_checked(self, instr: LowInstr) -> None:
        one, other = self.constant_last(instr)
        result = self.vreg(instr)
        if self.wide:
            high = self.new_vreg()
            self.emit(OPS["smull"], result, high, self.register(one), self.register(other))
            self.emit(OPS["cmp_sign"], high, result)
            self._fits(instr, EQ)
            return
        lost = _lost_bits(self.constant(other)) if other.row.name == "const" else 32
        if lost < 32:
            left = self.register(one)
            kept = self._narrow(left, lost, result, self.register(other))
            self.emit(OPS["cmp"], left, kept)
        else:
            self._narrow_product(self.register(one), self.register(other), result)
        self._fits(instr, EQ)

    def _narrow(self, value: VReg, lost: int, result: VReg, factor: VReg) -> VReg:
        """Multiply; the value without the bits that the product may lose: the same if all of it is there."""
        self.emit(OPS["mul"], result, factor, value)
        if lost == 0:
            return value
        if lost == _HALF_BITS:
            kept = self.new_vreg()
            self.emit(OPS["sxth"], kept, value)
            return kept
        up, kept = self.new_vreg(), self.new_vreg()
        self.emit(OPS["lsl_i"], up, value, lost)
        self.emit(OPS["asr_i"], kept, up, lost)
        return kept

    def _narrow_product(self, one: VReg, other: VReg, result: VReg) -> None:
        """There is no product of 64 bits: that of two numbers of 16 bits fits, others are left to the
        target for what is not clear."""
        differences = []
        for value in (one, other):
            kept, difference = self.new_vreg(), self.new_vreg()
            self.emit(OPS["sxth"], kept, value)
            self.emit(OPS["eor"], difference, kept, value)
            differences.append(difference)
        self.emit(OPS["mul"], result, one, other)
        either = self.new_vreg()
        self.emit(OPS["orr"], either, *differences)
        self.emit(OPS["cmp_i"], either, 0)


def _lost_bits(factor: int) -> int:
    """How many of its upper bits a number must not need, so that it can be multiplied."""
    if factor >= 0:
        return (factor - 1).bit_length() if factor else 0
    return (-factor).bit_length()  # the lowest number has no negative


COMPARE_RULES: dict[str, Rule] = {
    "branch": CompareRules._branch,
    "compare": CompareRules._compare,
    "select": CompareRules._select,
    "add_checked": CompareRules._add_checked,
    "sub_checked": CompareRules._sub_checked,
    "mul_checked": CompareRules._mul_checked,
}
