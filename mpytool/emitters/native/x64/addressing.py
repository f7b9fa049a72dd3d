"""Addresses: what computes them becomes part of the operand.

v4 = add v1 v2               before
v5 = shl v3 v9               v9 is const 3
v6 = load_indexed word +16 v4 v5

mov.m v6 [v4 + v3*8 + 16]    after; without an index yet, v1 + v2 would have been taken, too
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.machine import Address, FrameRef
from mpytool.emitters.native.selecting import Selection

IMM32 = (-(2**31), 2**31 - 1)

PARTS_OF_ADDRESSES = frozenset(("add", "sub", "frame_address"))
"""What a base can be that becomes more of the operand than a register."""

_USERS_OF_ADDRESSES = frozenset(("load", "load_fixed", "store", "load_indexed", "store_indexed"))


@dataclass(slots=True)
class _Parts:
    """``base + index * scale + offset``, still as low values."""

    base: LowInstr | None
    offset: int = 0
    index: LowInstr | None = None
    scale: int = 1

    def move(self, by: int) -> bool:
        """Add to the offset, if it stays one."""
        fits = IMM32[0] <= self.offset + by <= IMM32[1]
        if fits:
            self.offset += by
        return fits


def address_of(
    selection: Selection, base: LowInstr, offset: int = 0, index: LowInstr | None = None, scale: int = 1
) -> Address:
    """The operand; emits what must be computed for it. One use of ``base`` and ``index`` is taken."""
    parts = _Parts(base, offset, index, scale)
    while _fold_base(selection, parts) or _fold_index(selection, parts):
        pass
    made_index = None if parts.index is None else selection.register(parts.index)
    assert parts.base is not None
    if parts.base.row.name == "frame_address":
        return Address(FrameRef(parts.base.imm[0]), parts.offset, made_index, parts.scale)
    return Address(selection.register(parts.base), parts.offset, made_index, parts.scale)


def _fold_base(selection: Selection, parts: _Parts) -> bool:
    base = parts.base
    assert base is not None
    if base.row.name not in ("add", "sub"):
        return False
    number = selection.number(base.args[1])
    if number is not None:
        by = -number if base.row.name == "sub" else number
        if not _only_in_addresses(selection, base) or not parts.move(by):
            return False
        parts.base = selection.fold(base).args[0]
        return True
    if base.row.name == "add" and parts.index is None and selection.foldable(base):
        parts.base, parts.index = selection.fold(base).args
        parts.scale = 1
        return True
    return False


def _fold_index(selection: Selection, parts: _Parts) -> bool:
    index, base = parts.index, parts.base
    if index is None or base is None:
        return False
    number = selection.number(index)
    if number is not None:
        if not parts.move(number * parts.scale):
            return False
        parts.index, parts.scale = None, 1
        return True
    if parts.scale == 1 and (
        index.row.name == "frame_address" or (base.row.name == "shl" and index.row.name not in ("shl", "add"))
    ):
        if base.row.name != "frame_address":
            parts.base, parts.index = index, base
            return True
        return False
    if index.row.name not in ("add", "sub", "shl") or not selection.foldable(index):
        return False
    number = selection.number(index.args[1])
    if number is None:
        return False
    if index.row.name == "shl":
        if not 0 <= number <= 3 or parts.scale << number > 8:
            return False
        parts.scale <<= number
    elif not parts.move((-number if index.row.name == "sub" else number) * parts.scale):
        return False
    parts.index = selection.fold(index).args[0]
    return True


def _only_in_addresses(selection: Selection, value: LowInstr) -> bool:
    """Whether a sum with a constant is wanted by nothing but operands that can take it in."""
    if selection.counts[value] == 1:
        return selection.foldable(value) or selection.homes[value].loop >= selection.block.loop
    return all(
        user.row.name in _USERS_OF_ADDRESSES and user.args[0] is value and value not in user.args[1:]
        for user in selection.users[value]
    )
