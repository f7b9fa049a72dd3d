"""Blocks that only follow one another become one, in the SSA form and in the low form.

b1: …; jump -> b2           before; nothing else leads to b2
b2: from b1; …

b1: …; …                    after
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mpytool.emitters.native.low import LowBlock
from mpytool.emitters.native.ssa import Block

_B = TypeVar("_B", Block, LowBlock)


def merge_blocks(blocks: list[_B], may_join: Callable[[_B, _B], bool]) -> list[_B]:
    """The blocks that are left. ``may_join``: whether the second's code may be appended to the first's."""
    gone: set[_B] = set()
    for block in blocks:
        if block in gone:
            continue
        while block.code[-1].row.name == "jump":
            follower = block.code[-1].targets[0]
            if len(follower.predecessors) != 1 or follower is block or not may_join(block, follower):
                break
            block.code.pop()
            block.code += follower.code
            gone.add(follower)
            for target in block.successors:
                target.predecessors[target.predecessors.index(follower)] = block
    return [block for block in blocks if block not in gone] if gone else blocks
