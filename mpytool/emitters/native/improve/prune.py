"""What nobody reaches, wants or chooses between goes.

Before::

    b1: from b0                             after
      v2 = add v0 v1                        v2 has no use
      jump -> b2                            b2's code follows here: nobody else jumps there
    b2: from b1
      v3 = phi v0                           v0 is used for v3

Breaks: numbers.
"""

from __future__ import annotations

from mpytool.emitters.native.improve.share import drop_edge
from mpytool.emitters.native.low import LOW_OF_NAME, LOW_PHI, TABLE_USERS, LowBlock, LowFunction, LowInstr
from mpytool.emitters.native.merging import merge_blocks
from mpytool.emitters.native.replacing import apply_replacements, drop_from, replace_trivial

_SET_TABLE = LOW_OF_NAME["set_table"]


def prune(function: LowFunction, *, is_reached: bool = False) -> bool:
    """Whether phis went, so that more may be equal. ``is_reached``: there are no unreachable blocks."""
    if not is_reached:
        _drop_unreachable(function)
    changed = _drop_phis(function)
    _drop_unused(function)
    _merge_blocks(function)
    return changed


def _drop_unreachable(function: LowFunction) -> None:
    waiting = [function.blocks[0]]
    reached = set(waiting)
    for block in waiting:
        for target in block.code[-1].targets:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    if len(reached) == len(function.blocks):
        return
    for block in function.blocks:
        if block not in reached:
            for target in block.successors:
                if target in reached:
                    drop_edge(block, target)
    function.blocks = [block for block in function.blocks if block in reached]


def _drop_phis(function: LowFunction) -> bool:
    """Phis of one value, besides themselves. Whether there are any."""
    replaced: dict[LowInstr, LowInstr] = {}

    phis: list[LowInstr] = []
    for block in function.blocks:
        for instr in block.code:
            if instr.row is not LOW_PHI:
                break
            phis.append(instr)
    replace_trivial(phis, replaced)
    apply_replacements(function.blocks, replaced)
    return bool(replaced)


def _drop_unused(function: LowFunction) -> None:
    """What nobody uses, and ``set_table`` if nobody wants the table."""
    _drop_unused_values(function)
    entry = function.blocks[0]
    if any(instr.row is _SET_TABLE for instr in entry.code) and not _uses_table(function):
        entry.code = [instr for instr in entry.code if instr.row is not _SET_TABLE]
        _drop_unused_values(function)


def _uses_table(function: LowFunction) -> bool:
    return any(instr.row.name in TABLE_USERS for block in function.blocks for instr in block.code)


def _drop_unused_values(function: LowFunction) -> None:
    wanted: set[LowInstr] = set()
    passed: list[LowInstr] = []
    want = wanted.update
    # Nearly all users come behind what they use
    for block in reversed(function.blocks):
        for instr in reversed(block.code):
            row = instr.row
            if row.is_needed or instr in wanted or (row.reads and instr.acts):
                want(instr.args)
            else:
                passed.append(instr)
    waiting = [instr for instr in passed if instr in wanted]
    for instr in waiting:
        for arg in instr.args:
            if arg not in wanted:
                wanted.add(arg)
                waiting.append(arg)
    drop_from(function.blocks, {instr for instr in passed if instr not in wanted})


def _merge_blocks(function: LowFunction) -> None:
    apart = {block.handler for block in function.blocks}
    apart.update((function.blocks[0], *function.resume_points))

    def may_join(block: LowBlock, follower: LowBlock) -> bool:
        return follower not in apart and follower.handler is block.handler and follower.cold == block.cold

    function.blocks = merge_blocks(function.blocks, may_join)
