"""What a loop computes anew each time, and always the same, is computed before it.

Before::

    b1: from b0 b1; loop 1                  after
      v5 = phi v1 v7
      v6 = sub v2 v3                          v6 = sub v2 v3, at the end of b0
      v7 = mul v5 v6
      branch lt v7 v4 -> b1 b2

Only operations that neither fault nor read memory move, so it does not matter whether the loop comes to them.
Loads stay: interrupts may write, and slow paths call what does. What selection makes part of another
instruction costs a loop nothing and stays, too: it would occupy a register. A loop that uses as many values
as there are registers keeps what it has: it would load what is computed before.

Needs: ``loops.find_loops``. Breaks: numbers.
"""

from __future__ import annotations

from mpytool.emitters.native.improve.rules import CONST
from mpytool.emitters.native.loops import loops_of
from mpytool.emitters.native.low import LOW_OF_NAME, LOW_PHI, LowBlock, LowFunction, LowInstr, number_low

_JUMP = LOW_OF_NAME["jump"]

_MOVABLE = frozenset(("add", "sub", "mul", "and", "or", "xor", "neg", "not", "zero_extend", "sign_extend"))
_WITH_NUMBERS = frozenset(("mul",))
"""Of these those that move if their last operand is a number."""

_ARM_WORD = 4
_MOST_VALUES = {_ARM_WORD: 8, 8: 12}
"""By the bytes of a word: values from outside and phis of its own that a loop may use."""


def hoist(function: LowFunction) -> bool:
    """Whether anything moved."""
    # What crosses a yield has to be in the state of the generator
    if function.resume_points or not any(block.loop for block in function.blocks):
        return False
    number_low(function)
    blocks = list(function.blocks)
    loops = loops_of([[target.number for target in block.successors] for block in blocks])
    moved = False
    # From the inside out: what leaves one loop can leave the next one
    for head in sorted(loops, key=lambda head: -blocks[head].loop):
        members = {blocks[number] for number in loops[head]}
        found = _invariants(members, blocks[head], function.word)
        if not found:
            continue
        before = _before(function, blocks[head], members)
        if before is not None:
            gone = set(found)
            for block in members:
                block.code = [instr for instr in block.code if instr not in gone]
            before.code[-1:-1] = found
            moved = True
    return moved


def _invariants(members: set[LowBlock], head: LowBlock, word: int) -> list[LowInstr]:
    """What can leave a loop, in an order in which it can be computed."""
    if head.cold:
        return []
    # In their order: where objects lie in memory must not decide anything
    hot = sorted((block for block in members if not block.cold), key=lambda block: block.number)
    inside = {instr for block in members for instr in block.code}
    candidates = [instr for block in hot for instr in block.code if _is_movable(instr)]
    if word == _ARM_WORD:
        candidates = _without_factors(candidates, members)
    if not candidates:
        return []
    values = {
        arg
        for block in hot
        for instr in block.code
        for arg in instr.args
        if arg.row is not CONST and (arg not in inside or (arg.row is LOW_PHI and arg in head.code))
    }
    found: list[LowInstr] = []
    while candidates and len(values) < _MOST_VALUES[word]:
        leaving = next((i for i in candidates if not any(arg in inside for arg in i.args)), None)
        if leaving is None:
            break
        candidates.remove(leaving)
        inside.remove(leaving)
        found.append(leaving)
        values.add(leaving)
    return found


def _is_movable(instr: LowInstr) -> bool:
    name = instr.row.name
    return name in _MOVABLE and (name in _WITH_NUMBERS or instr.args[-1].row is not CONST)


def _without_factors(candidates: list[LowInstr], members: set[LowBlock]) -> list[LowInstr]:
    """Without products that Arm adds to something in the same instruction."""
    apart = {
        arg
        for block in members
        for instr in block.code
        if instr.row.name not in ("add", "sub")
        for arg in instr.args
    }
    return [instr for instr in candidates if instr.row.name != "mul" or instr in apart]


def _before(function: LowFunction, head: LowBlock, members: set[LowBlock]) -> LowBlock | None:
    """A block in front of a loop that goes nowhere else; None if there are several ways in."""
    outside = [block for block in head.predecessors if block not in members]
    if len(outside) != 1:
        return None
    (before,) = outside
    if before.code[-1].row is _JUMP:
        return before
    if before.successors.count(head) != 1:
        return None
    between = LowBlock(
        code=[LowInstr(_JUMP, targets=[head])],
        predecessors=[before],
        handler=before.handler,
        cold=before.cold,
        loop=before.loop,
    )
    last = before.code[-1]
    last.targets = [between if target is head else target for target in last.targets]
    head.predecessors = [between if block is before else block for block in head.predecessors]
    function.blocks.insert(function.blocks.index(before) + 1, between)
    return between
