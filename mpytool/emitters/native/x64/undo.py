"""Checked sums in place: the slow path gets back what they overwrite.

    b1: v3 = add_checked v1 v2 -> b2 b4        before; v1 is wanted in b4, so v3 needs another register
    b4: call_table 18 v5 v1 v2

    b1: v3 = add_checked v1 v2 -> b2 b9        after; selection makes one register of v1 and v3
    b9: from b1; cold
      restore v3 v2                            v1 is v3 - v2
      jump -> b4

Done where the fast path does not want the operand. ``restore`` exists in selection only: the low form does
not say what a checked operation leaves behind where it fails; ``add`` and ``sub`` of x86-64 leave the sum.

Needs: split critical edges, numbers.
"""

from __future__ import annotations

from mpytool.emitters.native.liveness import LiveInto, is_live_on_edge, live_values
from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    LowBlock,
    LowEffect,
    LowFunction,
    LowInstr,
    LowRow,
    number_low,
)

RESTORE = LowRow("restore", (), 2, False, LowEffect.WRITES)
HALVE = LowRow("halve", (), 1, False, LowEffect.WRITES)
"""``restore`` of a sum of two equal operands: its lost bit is in the carry still."""

_UNDONE = frozenset(("add_checked", "sub_checked"))
_REMADE = frozenset(("const", "frame_address", "resume_address", "load_table"))


def undo_in_slow_paths(function: LowFunction) -> dict[LowInstr, LowInstr]:
    """Give slow paths their ``restore``; for each and for its checked operation the operand that is
    overwritten."""
    chosen = {block for block in function.blocks if block.code[-1].name in _UNDONE}
    overwritten: dict[LowInstr, LowInstr] = {}
    if not chosen:
        return overwritten
    live = live_values(function)
    blocks: list[LowBlock] = []
    for block in function.blocks:
        blocks.append(block)
        operands = _operands(block, live) if block in chosen else None
        if operands is None:
            continue
        one, other = operands
        checked, slow = block.code[-1], block.successors[1]
        restore = LowInstr(HALVE, [checked]) if one is other else LowInstr(RESTORE, [checked, other])
        jump = LowInstr(LOW_OF_NAME["jump"], targets=[slow])
        between = LowBlock(
            -1, [restore, jump], [block], None, block.cold or slow.cold, min(block.loop, slow.loop)
        )
        slow.predecessors[slow.predecessors.index(block)] = between
        checked.targets[1] = between
        blocks.append(between)
        overwritten[checked] = overwritten[restore] = one
    function.blocks = blocks
    number_low(function)
    return overwritten


def _operands(block: LowBlock, live: LiveInto) -> tuple[LowInstr, LowInstr] | None:
    """(the operand to overwrite, the other one), if that helps and can be undone."""
    checked = block.code[-1]
    fast, slow = checked.targets
    landing = block.handler
    pairs = [(checked.args[0], checked.args[1])]
    if checked.name == "add_checked":
        pairs.append((checked.args[1], checked.args[0]))
    for one, other in pairs:
        if one.name in _REMADE or (other.name in _REMADE and not _is_short(other)):
            continue
        if one is other and checked.name == "sub_checked":
            continue
        if landing is not None and live.has(landing.number, one.number):
            continue
        if is_live_on_edge(live, block, slow, one) and not is_live_on_edge(live, block, fast, one):
            return one, other
    return None


def _is_short(value: LowInstr) -> bool:
    """Whether instructions take a value as a number."""
    return value.name == "const" and -(2**31) <= value.imm[0] < 2**31
