"""Values that others stand for, and values that go, in the SSA form and in the low form.

v3 = phi v0 v3              before; v0 is to stand for v3
v4 = add v3 v1

v4 = add v0 v1              after
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.ssa import Instr

_I = TypeVar("_I", Instr, LowInstr)


class _Block(Protocol[_I]):
    """Of either form."""

    code: list[_I]


def resolve(value: _I, replaced: dict[_I, _I]) -> _I:
    """What stands for a value in the end; itself if nothing does."""
    if value not in replaced:
        return value
    end = replaced[value]
    while end in replaced:
        end = replaced[end]
    # Shorten the chain for the next time
    while value is not end:
        following = replaced[value]
        replaced[value] = end
        value = following
    return end


def replace_trivial(phis: Sequence[_I], replaced: dict[_I, _I]) -> None:
    """Let the value stand for each phi of only one value, besides itself; until there is no such phi. Needs:
    no unreachable blocks."""
    changed = True
    while changed:
        changed = False
        for phi in phis:
            if phi in replaced:
                continue
            only: _I | None = None
            for arg in phi.args:
                value = resolve(arg, replaced) if arg in replaced else arg
                if value is phi or value is only:
                    continue
                if only is not None:
                    break
                only = value
            else:
                assert only is not None, "a phi of nothing but itself is unreachable"
                replaced[phi] = only
                changed = True


def apply_replacements(blocks: Iterable[_Block[_I]], replaced: dict[_I, _I]) -> None:
    """Use what stands for values in their places; they go."""
    if not replaced:
        return
    drop_from(blocks, replaced.keys())
    is_unchanged = replaced.keys().isdisjoint
    for block in blocks:
        for instr in block.code:
            if not is_unchanged(instr.args):
                instr.args = [resolve(arg, replaced) for arg in instr.args]


def drop_from(blocks: Iterable[_Block[_I]], unwanted: AbstractSet[_I]) -> None:
    """Take instructions out of the code."""
    if unwanted:
        for block in blocks:
            if not unwanted.isdisjoint(block.code):
                block.code = [instr for instr in block.code if instr not in unwanted]
