"""Operators on words: integers from 0 to 2**32 - 1 where small ints have 31 bits.

A result is *modulo* if only its low 32 bits matter::

    (h * 33 + c) & 0xffffffff         h * 33 and the sum are: add, mul
    (h * 33 + c) >> 8                 they are not: mul, does it fit? add, does it fit?

``modulo_results`` tells. A run time need not have integers of more than 64 bits: it raises then. So what may
need more (``strict``) asks for its operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.expand.fast import arithmetic
from mpytool.emitters.native.expand.fast.runs import COMPARISONS
from mpytool.emitters.native.expand.fast.version import Condition, FastVersion, Raw
from mpytool.emitters.native.expand.fast.word_ranges import (
    LONG,
    RULES,
    SMALL,
    WORD,
    WORD_BITS,
    Range,
    inverted,
    negative,
)
from mpytool.emitters.native.expand.fast.words import exponent_of, operand_ranges, operator_of
from mpytool.emitters.native.expand.runtime import Entry
from mpytool.emitters.native.expand.unboxed import WordPlan, integer_of
from mpytool.emitters.native.low import Cond, LowInstr
from mpytool.emitters.native.ssa import Instr

_COMPARISONS: dict[str, Cond] = {
    "<": Cond.ULT, ">": Cond.UGT, "==": Cond.EQ, "<=": Cond.ULE, ">=": Cond.UGE, "!=": Cond.NE,
}  # fmt: skip
_UNARY_RULES: dict[str, Callable[[Range], Range]] = {"~": inverted, "-": negative}
_PASSING_ON = frozenset(("+", "-", "*", "|", "^", "&", "~"))
"""Low bits of the result need no more than low bits of the operands."""


@dataclass(frozen=True, slots=True)
class Modulo:
    """``results`` are those of which only 32 bits matter, ``strict`` those that may need more than 64."""

    results: frozenset[Instr] = frozenset()
    strict: frozenset[Instr] = frozenset()


NO_MODULO = Modulo()


def modulo_results(code: list[Instr], plan: WordPlan, uses: dict[Instr, int]) -> Modulo:
    """Of a stage. ``uses`` has how often each value is an operand, anywhere."""
    here = [instr for instr in code if instr in plan.operations and _is_arithmetic(instr)]
    ranges: dict[Instr, Range] = {}
    strict: set[Instr] = set()

    def range_of(value: Instr) -> Range:
        return ranges.get(value, _OPERAND)

    for instr in here:
        found = _range(instr, operand_ranges(instr, range_of))
        if not found.is_within(LONG):
            strict.add(instr)
            found = found.common(_PRODUCT)
        ranges[instr] = found
    results: set[Instr] = set()
    low_uses = dict.fromkeys(here, 0)
    for instr in reversed(here):
        if low_uses[instr] == uses[instr]:
            results.add(instr)
        for position, arg in enumerate(instr.args):
            if arg in low_uses and instr not in strict:
                low_uses[arg] += _wants_low_bits(instr, position, instr in results, ranges, plan)
    return Modulo(frozenset(results), frozenset(strict))


_OPERAND = Range(SMALL.least, WORD.most)

_PRODUCT = Range(LONG.least, (WORD.most >> 1) * WORD.most)
"""What a product may be that is ``strict``, so that a word can be added."""


def _range(instr: Instr, operands: Sequence[Range]) -> Range:
    """Between which numbers a result is."""
    if len(operands) == 1:
        return _UNARY_RULES[instr.imm[0]](operands[0])
    return RULES[operator_of(instr)](*operands)


def _wants_low_bits(
    user: Instr, position: int, is_modulo: bool, ranges: dict[Instr, Range], plan: WordPlan
) -> bool:
    """Whether 32 bits of an operand are enough."""
    operator = operator_of(user)
    if operator == "&" and _is_word(user.args[1 - position], ranges, plan):
        return True
    if operator == "%" and exponent_of(user.args[1]) is not None:
        return ranges[user.args[0]].least >= 0
    if operator == "<<":
        return is_modulo and position == 0
    return is_modulo and operator in _PASSING_ON


def _is_word(value: Instr, ranges: dict[Instr, Range], plan: WordPlan) -> bool:
    """Whether a value is a word for sure, or is asked whether it is one where it is computed with."""
    number = integer_of(value)
    if number is not None:
        return number >= 0
    return value in plan.phis or (value in ranges and ranges[value].is_within(WORD))


def _is_arithmetic(instr: Instr) -> bool:
    return operator_of(instr) in RULES or instr.imm[0] in _UNARY_RULES


# --- code ---------------------------------------------------------------------------------------------------


def compute(v: FastVersion, instr: Instr, modulo: Modulo) -> None:
    """The fast version of one of the plan's operations."""
    operator = operator_of(instr)
    if operator in COMPARISONS:
        left, right = (v.raw(arg).word for arg in instr.args)
        v.conditions[instr] = (_COMPARISONS[operator], left, right)
    elif operator == "not":
        v.conditions[instr] = (Cond.EQ, v.raw(instr.args[0]).word, v.const(0))
    elif len(instr.args) == 1:
        _unary(v, instr, is_modulo=instr in modulo.results)
    else:
        v.set_raw(instr, _BINARY[operator](v, instr, modulo))


def is_true(v: FastVersion, instr: Instr) -> Condition | None:
    """Whether what is a word is not 0; None for what is none."""
    if instr in v.results or instr in v.builder.found.unboxed:
        return (Cond.NE, v.raw(instr).word, v.const(0))
    return None


def _unary(v: FastVersion, instr: Instr, *, is_modulo: bool) -> None:
    if not is_modulo:
        # Of a small int: what is negative is no word
        arithmetic.unary(v, instr)
        return
    operator = instr.imm[0]
    operand = v.raw(instr.args[0], exact=False)
    word = v.builder.emit("not" if operator == "~" else "neg", operand.word)
    v.set_raw(instr, Raw(word, _UNARY_RULES[operator](operand.range)))


_Binary: TypeAlias = Callable[[FastVersion, Instr, Modulo], Raw]


def _operands(v: FastVersion, instr: Instr, modulo: Modulo) -> tuple[Raw, Raw]:
    exact = instr not in modulo.results or instr in modulo.strict
    left, right = instr.args
    return v.raw(left, exact=exact), v.raw(right, exact=exact)


def _fits(v: FastVersion, raw: Raw, needs_fit: bool, one: LowInstr, other: LowInstr) -> Raw:
    """A result: it fits a word if ``one`` is not below ``other``, which is asked if it matters."""
    if not needs_fit or raw.range.is_within(WORD):
        return raw
    v.require(Cond.UGE, one, other)
    return Raw(raw.word, raw.range.common(WORD))


def _and(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    """One operand that is a word leaves no more of the other than its low bits."""
    operands = {arg: v.raw(arg, exact=False) for arg in instr.args}
    if instr not in modulo.results and not any(raw.range.is_within(WORD) for raw in operands.values()):
        word = next(arg for arg in instr.args if arg not in modulo.results and integer_of(arg) is None)
        operands[word] = v.raw(word)
    left, right = (operands[arg] for arg in instr.args)
    return Raw(v.op("and", left.word, right.word), RULES["&"](left.range, right.range))


def _or(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, right = _operands(v, instr, modulo)
    return Raw(v.op("or", left.word, right.word), RULES["|"](left.range, right.range))


def _xor(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, right = _operands(v, instr, modulo)
    return Raw(v.op("xor", left.word, right.word), RULES["^"](left.range, right.range))


def _add(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, right = _operands(v, instr, modulo)
    raw = Raw(v.op("add", left.word, right.word), RULES["+"](left.range, right.range))
    return _fits(v, raw, instr not in modulo.results, raw.word, left.word)


def _subtract(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, right = _operands(v, instr, modulo)
    raw = Raw(v.op("sub", left.word, right.word), RULES["-"](left.range, right.range))
    return _fits(v, raw, instr not in modulo.results, left.word, right.word)


def _multiply(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, right = _operands(v, instr, modulo)
    found = RULES["*"](left.range, right.range)
    limit = _PRODUCT if instr in modulo.results else WORD
    if not found.is_within(LONG if limit is _PRODUCT else WORD):
        if integer_of(instr.args[0]) is not None:
            left, right = right, left
        if right.range.least == right.range.most:
            v.require(Cond.ULE, left.word, limit.most // right.range.most)
        elif limit is WORD:
            v.require(Cond.ULT, v.op("or", left.word, right.word), 1 << WORD_BITS // 2)
        else:
            v.require(Cond.GE, left.word, 0)
    return Raw(v.op("mul", left.word, right.word), found.common(limit))


def _count(v: FastVersion, instr: Instr) -> Raw:
    count = v.raw(instr.args[1])
    if count.range.most >= WORD_BITS:
        v.require(Cond.ULT, count.word, WORD_BITS)
    return Raw(count.word, count.range.common(Range(0, WORD_BITS - 1)))


def _shift_left(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    exact = instr not in modulo.results or instr in modulo.strict
    left, count = v.raw(instr.args[0], exact=exact), _count(v, instr)
    raw = Raw(v.op("shl", left.word, count.word), RULES["<<"](left.range, count.range))
    if instr in modulo.results or raw.range.is_within(WORD):
        return raw
    v.require(Cond.EQ, v.op("shr", raw.word, count.word), left.word)
    return Raw(raw.word, raw.range.common(WORD))


def _shift_right(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, count = v.raw(instr.args[0]), _count(v, instr)
    return Raw(v.op("shr", left.word, count.word), RULES[">>"](left.range, count.range))


def _floor_divide(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left, divisor = v.raw(instr.args[0]), v.raw(instr.args[1])
    found = RULES["//"](left.range, divisor.range)
    exponent = exponent_of(instr.args[1])
    if exponent is not None:
        return Raw(v.op("shr", left.word, exponent), found)
    return Raw(_quotient(v, left, divisor, Entry.FLOOR_DIVIDE), found)


def _modulo(v: FastVersion, instr: Instr, modulo: Modulo) -> Raw:
    left = v.raw(instr.args[0], exact=False)
    if left.range.least < 0:
        left = v.raw(instr.args[0])
    exponent = exponent_of(instr.args[1])
    if exponent is not None:
        mask = (1 << exponent) - 1
        return Raw(v.op("and", left.word, mask), RULES["&"](left.range, Range(mask, mask)))
    divisor = v.raw(instr.args[1])
    result = _quotient(v, left, divisor, Entry.MODULO)
    if v.builder.layout.has_divide:
        result = v.op("sub", left.word, v.op("mul", result, divisor.word))
    return Raw(result, RULES["%"](left.range, divisor.range))


def _quotient(v: FastVersion, dividend: Raw, divisor: Raw, entry: Entry) -> LowInstr:
    """What the machine divides, or the result of the run time, which takes words with a sign."""
    if v.builder.layout.has_divide:
        return v.op("udiv", dividend.word, divisor.word)
    for operand in (dividend, divisor):
        if operand.range.most >= 1 << WORD_BITS - 1:
            v.require(Cond.GE, operand.word, 0)
    return v.builder.call(entry, dividend.word, divisor.word)


_BINARY: dict[str, _Binary] = {
    "&": _and,
    "|": _or,
    "^": _xor,
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "<<": _shift_left,
    ">>": _shift_right,
    "//": _floor_divide,
    "%": _modulo,
}
