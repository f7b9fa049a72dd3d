"""The order of blocks, and what that saves: jumps to what comes next, a jump a turn of each loop.

    b0: jump -> b1                      before
    b1: branch lt v1 v2 -> b2 b3
    b2: ...; jump -> b1
    b3: ret

    b0: jump -> b1                      after: the test is at the bottom
    b2: ...; jump -> b1                 takes no code, b1 is next
    b1: branch lt v1 v2 -> b2 b3        one instruction, b3 is next
    b3: ret

Blocks become chains along their heaviest edges; cold blocks go to the end. ``layout`` leaves this to the
encoder: the code of a block goes on at the next one if that is the **last** of its targets (then an op that
is a ``jump`` takes no bytes), else a jump to it follows. A branch with two targets jumps to the first one.

Then ``relaxing.py`` chooses the form of every jump, once the sizes of all other code are known.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.allocate.operands import writes
from mpytool.emitters.native.machine import MachineBlock, MachineFunction, Target, final_code
from mpytool.emitters.native.tails import merge_tails

_TURNS = 8
"""How often the code of a loop runs, as a guess."""


def layout(function: MachineFunction, target: Target) -> None:
    """Order ``function.blocks``, drop those that do nothing, turn branches so that they fall through.

    Needs allocated code. Keeps the entry first and ``predecessors`` true; renumbers blocks.
    """
    merge_tails(function, target, in_loops=function.is_small)
    thread_jumps(function, target)
    function.blocks = order_blocks(function)
    for number, block in enumerate(function.blocks):
        block.number = number
    for block, following in zip(function.blocks, [*function.blocks[1:], None], strict=True):
        last = final_code(block)[-1]
        targets = last.targets
        if len(targets) == 2 and targets[1] is not following:
            # Neither is next: the hotter one needs one jump, not two
            turn = targets[0] is following or _weight(targets[1]) > _weight(targets[0])
            if turn and target.invert(last):
                targets.reverse()


def thread_jumps(function: MachineFunction, target: Target) -> None:
    """Lead edges to blocks that only jump to where those jump; drop what nothing leads to any more."""
    for block in function.blocks:
        last = final_code(block)[-1]
        targets = last.targets
        for index, successor in enumerate(targets):
            if len(successor.code) == 1:
                targets[index] = _end_of_jumps(successor)
        if len(targets) == 2 and targets[0] is targets[1] and not writes(last):
            block.code[-1] = target.jump(targets[0])
    function.resume_points = [_end_of_jumps(block) for block in function.resume_points]
    todo = [function.blocks[0], *function.resume_points]
    reached = set(todo)
    while todo:
        for successor in final_code(todo.pop())[-1].targets:
            if successor not in reached:
                reached.add(successor)
                todo.append(successor)
    function.blocks = [block for block in function.blocks if block in reached]
    for block in function.blocks:
        block.predecessors = []
        block.handler = None
    for block in function.blocks:
        for successor in final_code(block)[-1].targets:
            successor.predecessors.append(block)


def _end_of_jumps(block: MachineBlock) -> MachineBlock:
    seen = {block}
    while len(block.code) == 1 and (only := final_code(block)[0]).op.jump:
        block = only.targets[0]
        if block in seen:
            break  # a loop that does nothing
        seen.add(block)
    return block


def _weight(block: MachineBlock) -> float:
    return float(_TURNS ** min(block.loop, 9)) * (1 / 64 if block.cold else 1)


def _edges(blocks: Sequence[MachineBlock]) -> list[tuple[float, int, MachineBlock, MachineBlock]]:
    """(what falling through saves, order, from, to), the heaviest first."""
    found: list[tuple[float, int, MachineBlock, MachineBlock]] = []
    for block in blocks:
        targets = final_code(block)[-1].targets
        if not 1 <= len(targets) <= 2:
            continue
        whole = -_weight(block)
        for target in targets:
            if (block.cold and not target.cold) or target is block:
                continue
            weight = whole
            if len(targets) == 2:
                # The other way takes a branch that has to be there anyway. Leaving a loop is rare
                other = targets[target is targets[0]]
                likely = target.loop >= other.loop if target.cold == other.cold else other.cold
                weight *= 0.6 if likely else 0.1
            found.append((weight, len(found), block, target))
    found.sort()  # no two have the same order
    return found


def order_blocks(function: MachineFunction) -> list[MachineBlock]:
    """The blocks in the order in which they are laid out."""
    blocks = function.blocks
    chain_of = {block: [block] for block in blocks}
    for _, _, source, target in _edges(blocks):
        left, right = chain_of[source], chain_of[target]
        if source.cold != target.cold or left[-1] is not source or right[0] is not target or left is right:
            continue
        if target is blocks[0]:
            continue
        if len(left) < len(right):
            right[:0] = left
            left, right = right, left
        else:
            left += right
        for block in right:
            chain_of[block] = left
    index_of = {block: index for index, block in enumerate(blocks)}
    chains = {id(chain): chain for chain in chain_of.values()}.values()
    entry = chain_of[blocks[0]]
    ordered = sorted(
        chains,
        key=lambda chain: (chain is not entry, chain[0].cold, min(index_of[block] for block in chain)),
    )
    return [block for chain in ordered for block in chain]
