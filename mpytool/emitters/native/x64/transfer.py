"""Rules for loads and stores.

v2 = load s16 +4 v1                 movsx16.m v2 [v1 + 4]
store u8 v1 v3                      mov8.s [v1] v3      without the mask that v3 may be
v4 = load word v1; v5 = add v4 v6
store word v1 v5                    add.s [v1] v6
"""

from __future__ import annotations

from mpytool.emitters.native.low import LowInstr, Mem
from mpytool.emitters.native.selecting import Rule
from mpytool.emitters.native.x64.operands import X64Selection
from mpytool.emitters.native.x64.operations import OPS

_LOADS: dict[tuple[int, bool], str] = {
    (1, False): "movzx8.m", (2, False): "movzx16.m", (4, False): "mov32.m", (8, False): "mov.m",
    (1, True): "movsx8.m", (2, True): "movsx16.m", (4, True): "movsx32.m", (8, True): "mov.m",
}  # fmt: skip
_STEMS = {1: "8", 2: "16", 4: "32", 8: ""}
_IN_PLACE = frozenset(("add", "sub", "and", "or", "xor"))
_COMMUTATIVE = frozenset(("add", "and", "or", "xor"))


def _load(selection: X64Selection, instr: LowInstr) -> None:
    mem: Mem = instr.imm[0]
    selection.emit(OPS[_LOADS[mem.size, mem.signed]], selection.vreg(instr), selection.address(instr))


def _store(selection: X64Selection, instr: LowInstr) -> None:
    mem: Mem = instr.imm[0]
    value = _low_bytes(selection, instr.args[-1], mem.size)
    if _store_in_place(selection, instr, value):
        return
    suffix = _STEMS[mem.size]
    number = selection.number(value)
    if number is not None and (mem.size < 8 or selection.immediate(value) is not None):
        short = number & ((1 << 8 * mem.size) - 1) if mem.size < 8 else number
        selection.emit(OPS[f"mov{suffix}.mi"], selection.address(instr), short)
        return
    register = selection.register(value)
    selection.emit(OPS[f"mov{suffix}.s"], selection.address(instr), register)


def _low_bytes(selection: X64Selection, value: LowInstr, size: int) -> LowInstr:
    """What has the same low bytes, without extensions and masks that change only others."""
    while size < 8 and selection.foldable(value):
        if value.row.name in ("zero_extend", "sign_extend"):
            if value.imm[0] < 8 * size:
                break
        elif value.row.name == "and":
            number = selection.number(value.args[1])
            kept = (1 << 8 * size) - 1
            if number is None or number & kept != kept:
                break
        else:
            break
        value = selection.fold(value).args[0]
    return value


def _store_in_place(selection: X64Selection, instr: LowInstr, value: LowInstr) -> bool:
    """``op [memory], value``, where the first operand is what was there."""
    if value.row.name not in _IN_PLACE or not selection.foldable(value):
        return False
    one, other = value.args
    if not _is_old(selection, instr, one):
        if value.row.name not in _COMMUTATIVE or not _is_old(selection, instr, other):
            return False
        one, other = other, one
    size = instr.imm[0].size
    number = selection.number(other)
    if number is not None and size == 8 and selection.immediate(other) is None:
        return False
    selection.fold(value)
    selection.fold(one)
    for arg in one.args:
        selection.counts[arg] -= 1  # the address is wanted once, not twice
    name = value.row.name + _STEMS[size]
    if number is not None:
        short = number & ((1 << 8 * size) - 1) if size < 8 else number
        selection.emit(OPS[f"{name}.mi"], selection.address(instr), short)
    else:
        register = selection.register(other)
        selection.emit(OPS[f"{name}.s"], selection.address(instr), register)
    return True


def _is_old(selection: X64Selection, store: LowInstr, value: LowInstr) -> bool:
    """Whether a value is a load of the bytes that ``store`` writes, and nothing else wants it."""
    if value.row.name not in ("load", "load_indexed") or value.args != store.args[:-1]:
        return False
    old, new = value.imm[0], store.imm[0]
    same = (old.size, old.offset, old.scale) == (new.size, new.offset, new.scale)
    return same and selection.foldable(value)


RULES: dict[str, Rule] = {
    "load": _load,
    "load_indexed": _load,
    "load_fixed": _load,
    "store": _store,
    "store_indexed": _store,
}
