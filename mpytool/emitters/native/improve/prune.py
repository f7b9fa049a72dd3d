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
from mpytool.emitters.native.low import LOW_PHI, TABLE_USERS, LowBlock, LowFunction, LowInstr
from mpytool.emitters.native.merging import merge_blocks


def prune(function: LowFunction) -> bool:
    """Whether anything changed."""
    changed = _drop_unreachable(function)
    changed |= _drop_phis(function)
    changed |= _drop_unused(function)
    return _merge_blocks(function) or changed


def _drop_unreachable(function: LowFunction) -> bool:
    reached = {function.blocks[0]}
    waiting = [function.blocks[0]]
    while waiting:
        for target in waiting.pop().successors:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    if len(reached) == len(function.blocks):
        return False
    for block in function.blocks:
        if block not in reached:
            for target in block.successors:
                if target in reached:
                    drop_edge(block, target)
    function.blocks = [block for block in function.blocks if block in reached]
    return True


def _drop_phis(function: LowFunction) -> bool:
    """Phis of one value, besides themselves."""
    replaced: dict[LowInstr, LowInstr] = {}

    def resolve(value: LowInstr) -> LowInstr:
        while value in replaced:
            value = replaced[value]
        return value

    phis = [instr for block in function.blocks for instr in block.code if instr.row is LOW_PHI]
    changed = True
    while changed:
        changed = False
        for phi in phis:
            if phi in replaced:
                continue
            values = {resolve(arg) for arg in phi.args} - {phi}
            if len(values) == 1:
                replaced[phi] = values.pop()
                changed = True
    if not replaced:
        return False
    for block in function.blocks:
        block.code = [instr for instr in block.code if instr not in replaced]
        for instr in block.code:
            instr.args = [resolve(arg) for arg in instr.args]
    return True


def _drop_unused(function: LowFunction) -> bool:
    waiting = [
        instr
        for block in function.blocks
        for instr in block.code
        if instr.row.targets is not None or instr.acts
    ]
    wanted = set(waiting)
    while waiting:
        for arg in waiting.pop().args:
            if arg not in wanted:
                wanted.add(arg)
                waiting.append(arg)
    if not any(instr.row.name in TABLE_USERS for instr in wanted):
        wanted -= {instr for instr in wanted if instr.row.name == "set_table"}
    changed = False
    for block in function.blocks:
        kept = [instr for instr in block.code if instr in wanted]
        changed |= len(kept) != len(block.code)
        block.code = kept
    return changed


def _merge_blocks(function: LowFunction) -> bool:
    apart = {block.handler for block in function.blocks}
    apart.update((function.blocks[0], *function.resume_points))

    def may_join(block: LowBlock, follower: LowBlock) -> bool:
        return follower not in apart and follower.handler is block.handler and follower.cold == block.cold

    count = len(function.blocks)
    function.blocks = merge_blocks(function.blocks, may_join)
    return len(function.blocks) < count
