"""Operators on small ints. A small int n is the word 2 n + 1; most operators work on that word as it is.

A function gets the version and the operands, and gives the word of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.expand.dividing import divided
from mpytool.emitters.native.expand.fast.version import SMALL_TAG, Condition, FastVersion
from mpytool.emitters.native.expand.runtime import Entry, small_int
from mpytool.emitters.native.low import NEGATED, Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr

Operator: TypeAlias = Callable[[FastVersion, Instr, Instr], LowInstr]


def _add(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    if v.known(a) is not None:
        a, b = b, a
    constant = v.known(b)
    x = v.number(a)
    if constant is not None and v.fits(2 * constant):
        return v.checked("add_checked", x, 2 * constant)
    y = v.number(b)
    return v.checked("add_checked", v.op("sub", x, SMALL_TAG), y)


def _subtract(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    constant = v.known(b)
    if constant is not None and v.fits(-2 * constant):
        return v.checked("add_checked", v.number(a), -2 * constant)
    constant = v.known(a)
    if constant is not None and v.fits(2 * constant + 2):
        return v.checked("sub_checked", v.const(2 * constant + 2), v.number(b))
    x = v.number(a)
    return v.op("add", v.checked("sub_checked", x, v.number(b)), SMALL_TAG)


def _multiply(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    if v.known(a) is not None:
        a, b = b, a
    x = v.op("sub", v.number(a), SMALL_TAG)
    constant = v.known(b)
    factor = v.op("sar", v.number(b), 1) if constant is None else v.const(constant)
    return v.op("add", v.checked("mul_checked", x, factor), SMALL_TAG)


def _and(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    return v.op("and", v.number(a), v.number(b))


def _or(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    return v.op("or", v.number(a), v.number(b))


def _xor(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    constant = v.known(b)
    if constant is not None:
        return v.op("xor", v.number(a), 2 * constant)
    return v.op("add", v.op("xor", v.number(a), v.number(b)), SMALL_TAG)


def _count(v: FastVersion, b: Instr) -> LowInstr:
    """A count of bits that the machine's shifts take."""
    constant = v.known(b)
    if constant is not None and 0 <= constant < v.bits:
        return v.const(constant)
    count = v.op("sar", v.number(b), 1)
    v.require(Cond.ULT, count, v.bits)
    return count


def _shift_left(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    x = v.op("sub", v.number(a), SMALL_TAG)
    count = _count(v, b)
    shifted = v.op("shl", x, count)
    if not v.wraps:
        v.require(Cond.EQ, v.op("sar", shifted, count), x)
    return v.op("add", shifted, SMALL_TAG)


def _shift_right(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    x = v.number(a)
    return v.op("or", v.op("sar", x, _count(v, b)), SMALL_TAG)


def _exponent(value: int | None) -> int | None:
    """n for 2**n."""
    if value is not None and value > 0 and value & value - 1 == 0:
        return value.bit_length() - 1
    return None


def _floor_divide(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    exponent = _exponent(v.known(b))
    if exponent is not None:
        return v.op("or", v.op("sar", v.number(a), exponent), SMALL_TAG)
    constant = v.known(b)
    if constant is not None and constant > 0:
        return _tagged(v, _by_constant(v, a, constant, modulo=False))
    quotient = _divided(v, a, b)[0]
    # The smallest small int by -1 is none
    return v.op("add", v.checked("add_checked", quotient, quotient), SMALL_TAG)


def _modulo(v: FastVersion, a: Instr, b: Instr) -> LowInstr:
    exponent = _exponent(v.known(b))
    if exponent is not None:
        return v.op("and", v.number(a), small_int((1 << exponent) - 1))
    constant = v.known(b)
    if constant is not None and constant > 0:
        return _tagged(v, _by_constant(v, a, constant, modulo=True))
    return _tagged(v, _divided(v, a, b, modulo=True)[1])


def _tagged(v: FastVersion, number: LowInstr) -> LowInstr:
    """The small int that a number is."""
    return v.op("add", v.op("shl", number, 1), SMALL_TAG)


def _by_constant(v: FastVersion, a: Instr, divisor: int, *, modulo: bool) -> LowInstr:
    """Quotient or remainder by a number above 1 that is no power of two."""
    x = v.number(a)
    dividend = v.op("sar", x, 1)
    b = v.builder

    def long_way() -> LowInstr:
        if not b.layout.has_divide:
            return b.call(Entry.MODULO if modulo else Entry.FLOOR_DIVIDE, dividend, v.const(divisor))
        # Towards zero and down are the same for numbers that are not negative
        v.require(Cond.GE, x, 0)
        quotient = v.op("udiv", dividend, divisor)
        return v.op("sub", dividend, v.op("mul", quotient, divisor)) if modulo else quotient

    return divided(b, dividend, divisor, long_way, modulo=modulo)


def _divided(v: FastVersion, a: Instr, b: Instr, *, modulo: bool = False) -> tuple[LowInstr, LowInstr]:
    """Quotient and remainder, rounded down; only the wanted one where the run time computes them."""
    x, y = v.number(a), v.number(b)
    dividend, divisor = v.op("sar", x, 1), v.op("sar", y, 1)
    builder = v.builder
    if builder.layout.has_divide:
        # Towards zero and down are the same for numbers that are not negative
        v.require(Cond.GE, v.op("or", x, y), 0)
        if not v.known(b):
            v.require(Cond.NE, divisor, 0)
        quotient = v.op("udiv", dividend, divisor)
        return quotient, v.op("sub", dividend, v.op("mul", quotient, divisor))
    is_usual = modulo and not v.known(b)
    if not v.known(b):
        v.require(Cond.GT if is_usual else Cond.NE, y, small_int(0))
    if not is_usual:
        result = builder.call(Entry.MODULO if modulo else Entry.FLOOR_DIVIDE, dividend, divisor)
        return result, result
    # A number from 0 to the divisor is the remainder, as (x + 1) % n mostly is
    division, done = builder.new_block(), builder.new_block()
    builder.branch(Cond.ULT, x, y, done, division)
    builder.start(division)
    called = builder.call(Entry.MODULO, dividend, divisor)
    builder.jump(done)
    builder.start(done)
    remainder = builder.phi(dividend, called)
    return remainder, remainder


ARITHMETIC: dict[str, Operator] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "&": _and,
    "|": _or,
    "^": _xor,
    "<<": _shift_left,
    ">>": _shift_right,
    "//": _floor_divide,
    "%": _modulo,
}

_COMPARISONS: dict[str, Cond] = {
    "<": Cond.LT, ">": Cond.GT, "==": Cond.EQ, "<=": Cond.LE, ">=": Cond.GE, "!=": Cond.NE,
}  # fmt: skip


def binary(v: FastVersion, instr: Instr) -> None:
    operator: str = instr.imm[0]
    a, b = instr.args
    if operator == "is":
        v.conditions[instr] = (Cond.EQ, v.word(a), v.word(b))
    elif operator in _COMPARISONS:
        x = v.number(a)
        v.conditions[instr] = (_COMPARISONS[operator], x, v.number(b))
    else:
        compute = ARITHMETIC.get(operator) or ARITHMETIC[operator.removesuffix("=")]
        v.wraps = instr in v.wrapping
        v.set(instr, compute(v, a, b), small=True)
        v.wraps = False


def unary(v: FastVersion, instr: Instr) -> None:
    operator: str = instr.imm[0]
    (a,) = instr.args
    if operator == "not":
        cond, one, other = condition_of(v, a)
        v.conditions[instr] = (NEGATED[cond], one, other)
    elif operator == "-":
        v.set(instr, v.checked("sub_checked", v.const(2), v.number(a)), small=True)
    elif operator == "~":
        v.set(instr, v.op("xor", v.number(a), -2), small=True)
    else:
        v.set(instr, v.number(a), small=True)


def condition_of(v: FastVersion, instr: Instr) -> Condition:
    """Whether an object is true, for comparisons, small ints, and True and False."""
    if instr in v.conditions:
        return v.conditions[instr]
    value = v.word(instr)
    if v.is_small(instr):
        return (Cond.NE, value, v.const(small_int(0)))
    builder = v.builder
    is_bool, is_other, join = builder.new_block(), builder.new_block(), builder.new_block()
    true = builder.table(Entry.TRUE)
    builder.branch(Cond.EQ, value, true, is_bool, is_other)
    builder.start(is_bool)
    builder.jump(join)
    builder.start(is_other)
    v.require(Cond.EQ, value, builder.table(Entry.FALSE))
    builder.jump(join)
    builder.start(join)
    return (Cond.EQ, value, true)


def branch_on(v: FastVersion, instr: Instr, yes: LowBlock, no: LowBlock) -> None:
    """End the block by the truth of an object: as ``condition_of``, and small ints and None besides."""
    b = v.builder
    if instr in v.conditions or v.is_small(instr):
        cond, one, other = condition_of(v, instr)
        b.branch(cond, one, other, yes, no)
        return
    value = v.word(instr)
    is_small, is_object = b.new_block(), b.new_block()
    b.branch(Cond.TNZ, value, SMALL_TAG, is_small, is_object)
    b.start(is_small)
    b.branch(Cond.NE, value, small_int(0), yes, no)
    b.start(is_object)
    for entry, target in ((Entry.TRUE, yes), (Entry.FALSE, no), (Entry.NONE, no)):
        going_on = b.new_block()
        b.branch(Cond.EQ, value, b.table(entry), target, going_on)
        b.start(going_on)
    b.jump(v.fail)
