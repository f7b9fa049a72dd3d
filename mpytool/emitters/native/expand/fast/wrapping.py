"""Of which results only low bits matter, so that it does not matter whether they fit.

Before::

    v3 = v0 * 31         v3 = mul_checked v0 62, slow if it does not fit
    v4 = v3 + v1         v4 = add_checked v3 v1
    v5 = v4 & 65535

After: ``mul``, ``add``, ``and``. The low bits of sums, differences, products, shifts to the left and bits of
words are those of the numbers, however large they are. What comes of them is cut off by a mask that is not
negative, or by the remainder of a power of two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpytool.emitters.native.ssa import Instr, Type

_CLOSED = frozenset(("+", "-", "*", "&", "|", "^", "<<"))
"""The low bits of the result depend on the low bits of the operands; of counts of shifts on all of them."""


def wrapping(code: Sequence[Instr], uses: Mapping[Instr, int]) -> set[Instr]:
    """Those of a stretch of code whose users are all in it and look at low bits only."""
    #: how many users look at low bits only
    harmless: dict[Instr, int] = {}
    found: set[Instr] = set()
    for instr in reversed(code):
        if instr.row.name != "binary_op":
            continue
        operator = _plain(instr)
        if operator in _CLOSED and harmless.get(instr, 0) == uses.get(instr, 0):
            found.add(instr)
        left, right = instr.args
        if instr in found or _cuts(instr, right):
            harmless[left] = harmless.get(left, 0) + 1
        if (instr in found and operator != "<<") or (operator == "&" and _cuts(instr, left)):
            harmless[right] = harmless.get(right, 0) + 1
    return found


def _plain(instr: Instr) -> str:
    operator: str = instr.imm[0]
    return operator if operator in _CLOSED or operator == "%" else operator.removesuffix("=")


def _cuts(instr: Instr, bound: Instr) -> bool:
    """Whether an operand is a number because of which only low bits of the other matter."""
    if bound.row.name != "int" or bound.type is not Type.SMALL:
        return False
    number: int = bound.imm[0]
    operator = _plain(instr)
    return (operator == "&" and number >= 0) or (operator == "%" and number > 0 and number & number - 1 == 0)
