"""Passes over the low form that make it shorter and faster; each changes the function in place.

============  ===========================================================================================
``rules``     what operations on constants are, and identities
``share``     equal values computed once, branches decided by what an earlier one found out
``prune``     unreachable blocks, unused values, phis without a choice, blocks that follow only each other
``hoist``     what a loop computes anew each time, and always the same, moves in front of it
``sink``      values that only slow paths want move there
============  ===========================================================================================
"""

from __future__ import annotations

from mpytool.emitters.native.improve.arming import arm_late
from mpytool.emitters.native.improve.hoist import hoist
from mpytool.emitters.native.improve.prune import prune
from mpytool.emitters.native.improve.share import share
from mpytool.emitters.native.improve.sink import sink
from mpytool.emitters.native.loops import find_loops
from mpytool.emitters.native.low import LowFunction, number_low
from mpytool.emitters.native.shape import shape_of

_ROUNDS = 4
"""A round can make work for the next one; what is left after a few is not worth the time."""


def improve(function: LowFunction) -> None:
    """All passes, until nothing changes."""
    prune(function)
    shape = shape_of(function)
    for _ in range(_ROUNDS):
        may_find_more = share(function, shape)
        may_find_more |= prune(function, is_reached=not may_find_more)
        if may_find_more or len(function.blocks) < len(shape.graph):
            shape = shape_of(function)
        if not may_find_more:
            break
    if arm_late(function):
        prune(function)
        shape = shape_of(function)
    find_loops(function, shape.around)
    if hoist(function, shape):
        shape = shape_of(function)
    sink(function, shape)
    number_low(function)
