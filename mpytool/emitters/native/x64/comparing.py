"""Rules for what depends on a condition.

    branch tnz v1 v2       test8.i v1 1; j tnz                      v2 is const 1
    v3 = compare lt v1 v2  cmp v1 v2; set lt v4; movzx8 v3 v4
    v3 = select eq v1 v2 v5 v6
                           copy v3 <- v6; cmp v1 v2; cmov eq v3 v5

A single user takes loads in, of any size, and the ``and`` or ``compare`` whose result it asks about.
"""

from __future__ import annotations

from mpytool.emitters.native.low import NEGATED, SWAPPED, Cond, LowInstr
from mpytool.emitters.native.selecting import Rule
from mpytool.emitters.native.x64.conditions import UNSIGNED
from mpytool.emitters.native.x64.operands import X64Selection
from mpytool.emitters.native.x64.operations import OPS

_SETTING_FLAGS = frozenset(("add", "sub", "and", "or", "xor"))
_EQUALITY = (Cond.EQ, Cond.NE)
_BITS = {64: "", 32: "32", 16: "16", 8: "8"}

_NEARER_ZERO: dict[tuple[Cond, int], tuple[Cond, int]] = {
    (Cond.LT, 1): (Cond.LE, 0), (Cond.GE, 1): (Cond.GT, 0), (Cond.LE, -1): (Cond.LT, 0),
    (Cond.GT, -1): (Cond.GE, 0), (Cond.ULT, 1): (Cond.EQ, 0), (Cond.UGE, 1): (Cond.NE, 0),
    (Cond.LT, 128): (Cond.LE, 127), (Cond.GE, 128): (Cond.GT, 127),
    (Cond.ULT, 128): (Cond.ULE, 127), (Cond.UGE, 128): (Cond.UGT, 127),
}  # fmt: skip
"""The same question with a number that is encoded in fewer bytes."""


def compare(selection: X64Selection, cond: Cond, one: LowInstr, other: LowInstr) -> Cond:
    """Set the flags; gives the condition to ask for."""
    if selection.number(one) is not None and selection.number(other) is None:
        one, other, cond = other, one, SWAPPED[cond]
    if cond in (Cond.TZ, Cond.TNZ):
        _test(selection, one, other)
        return cond
    number = selection.number(other)
    if number is not None:
        return _compare_number(selection, cond, one, other, number)
    if not selection.has_memory(other) and selection.has_memory(one):
        one, other, cond = other, one, SWAPPED[cond]
    bits = 32 if max(selection.width(one), selection.width(other)) <= 32 else 64
    selection.apply("cmp", selection.register(one), other, bits)
    return UNSIGNED.get(cond, cond) if bits == 32 else cond


def _compare_number(selection: X64Selection, cond: Cond, one: LowInstr, other: LowInstr, number: int) -> Cond:
    cond, number = _NEARER_ZERO.get((cond, number), (cond, number))
    if number == 0 and cond in _EQUALITY and one.row.name in ("and", "compare") and selection.foldable(one):
        selection.fold(one)
        inner: Cond = one.imm[0] if one.row.name == "compare" else Cond.TNZ
        return compare(selection, inner if cond is Cond.NE else NEGATED[inner], *one.args)
    if number == 0 and one.row.name in _SETTING_FLAGS and selection.foldable(one):
        # Directly before, so that ``tidy.py`` finds that the test is needless
        selection.rules[one.row.name](selection, selection.fold(one))
    narrow = _compare_memory(selection, cond, one, number)
    if narrow is not None:
        return narrow
    small = selection.width(one) <= 32 and 0 <= number < 2**32
    name = "cmp32" if small else "cmp"
    register = selection.register(one)
    if number == 0:
        selection.emit(OPS["test32" if small else "test"], register, register)
        return cond if selection.width(one) < 32 else UNSIGNED.get(cond, cond) if small else cond
    if small or selection.immediate(other) is not None:
        selection.emit(OPS[f"{name}.i"], register, number)
    else:
        selection.emit(OPS[name], register, selection.register(other))
    return UNSIGNED.get(cond, cond) if small else cond


def _compare_memory(selection: X64Selection, cond: Cond, one: LowInstr, number: int) -> Cond | None:
    """``cmp [memory], number`` with as many bits as the load has; None if that is not the same."""
    if not selection.has_memory(one, 8) or not -(2**31) <= number < 2**32:
        return None
    bits, signed = (64, True) if one.row.name == "load_table" else (8 * one.imm[0].size, one.imm[0].signed)
    if bits == 64:
        if number >= 2**31:
            return None
    elif signed:
        if not -(1 << bits - 1) <= number < 1 << bits - 1 or cond in UNSIGNED.values():
            return None
    elif not 0 <= number < 1 << bits:
        return None
    else:
        cond = UNSIGNED.get(cond, cond)
    if bits == 16 and not (-128 <= number < 128):
        return None  # a prefix and two bytes: decoders of many processors stumble
    selection.emit(OPS[f"cmp{_BITS[bits]}.mi"], selection.memory(one), number)
    return cond


def _test(selection: X64Selection, one: LowInstr, other: LowInstr) -> None:
    mask = selection.number(other)
    if mask is None:
        if not selection.has_memory(other) and selection.has_memory(one):
            one, other = other, one
        bits = 32 if min(selection.width(one), selection.width(other)) <= 32 else 64
        selection.apply("test", selection.register(one), other, bits)
    elif mask == -1:
        register = selection.register(one)
        selection.emit(OPS["test"], register, register)
    elif not _test_memory(selection, one, mask):
        register = selection.register(one)
        if 0 <= mask <= 0xFF:
            selection.emit(OPS["test8.i"], register, mask)
        elif 0 <= mask < 2**32:
            selection.emit(OPS["test32.i"], register, mask)
        elif selection.immediate(other) is not None:
            selection.emit(OPS["test.i"], register, mask)
        else:
            selection.emit(OPS["test"], register, selection.register(other))


def _test_memory(selection: X64Selection, one: LowInstr, mask: int) -> bool:
    """``test byte [memory], mask``: the byte of the mask that is not zero."""
    if one.row.name == "load_table" or not selection.has_memory(one, 8) or mask <= 0:
        return False
    byte = ((mask & -mask).bit_length() - 1) // 8
    if mask >> 8 * byte > 0xFF or byte >= one.imm[0].size:
        return False
    address = selection.memory(one)
    moved = type(address)(address.base, address.offset + byte, address.index, address.scale)
    selection.emit(OPS["test8.mi"], moved, mask >> 8 * byte)
    return True


def _branch(selection: X64Selection, instr: LowInstr) -> None:
    cond = compare(selection, instr.imm[0], *instr.args)
    selection.emit(OPS["j"], cond, targets=instr.targets)


def _compare(selection: X64Selection, instr: LowInstr) -> None:
    cond = compare(selection, instr.imm[0], *instr.args)
    byte = selection.new_vreg()
    selection.emit(OPS["set"], cond, byte)
    selection.emit(OPS["movzx8"], selection.vreg(instr), byte)


def _select(selection: X64Selection, instr: LowInstr) -> None:
    cond, (one, other, chosen, otherwise) = instr.imm[0], instr.args
    if selection.number(chosen) is not None and selection.number(otherwise) is None:
        chosen, otherwise, cond = otherwise, chosen, NEGATED[cond]
    place = selection.vreg(instr)
    register = selection.register(chosen)
    selection.copy(place, selection.source(otherwise))
    cond = compare(selection, cond, one, other)
    selection.emit(OPS["cmov"], cond, place, register)


RULES: dict[str, Rule] = {
    "branch": _branch,
    "compare": _compare,
    "select": _select,
}
