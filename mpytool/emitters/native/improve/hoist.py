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
from mpytool.emitters.native.low import LOW_OF_NAME, LOW_PHI, LowBlock, LowFunction, LowInstr
from mpytool.emitters.native.shape import Shape

_JUMP = LOW_OF_NAME["jump"]

_MOVABLE = frozenset(("add", "sub", "mul", "and", "or", "xor", "neg", "not", "zero_extend", "sign_extend"))
_WITH_NUMBERS = frozenset(("mul",))
"""Of these those that move if their last operand is a number."""

_ARM_WORD = 4
_MOST_VALUES = {_ARM_WORD: 8, 8: 12}
"""By the bytes of a word: values from outside and phis of its own that a loop may use."""


def hoist(function: LowFunction, shape: Shape) -> bool:
    """Whether anything moved."""
    # What crosses a yield has to be in the state of the generator
    if function.resume_points:
        return False
    warm = [block for block in function.blocks if block.loop and not block.cold]
    candidates = [instr for block in warm for instr in block.code if _is_movable(instr)]
    if function.adds_products and candidates:
        candidates = _without_factors(candidates, warm)
    return bool(candidates) and _Hoisting(function, shape, candidates).run()


def _is_movable(instr: LowInstr) -> bool:
    name = instr.row.name
    return name in _MOVABLE and (name in _WITH_NUMBERS or instr.args[-1].row is not CONST)


def _without_factors(candidates: list[LowInstr], warm: list[LowBlock]) -> list[LowInstr]:
    """Without products that are added to something in the same instruction."""
    apart = {
        arg
        for block in warm
        for instr in block.code
        if instr.row.name not in ("add", "sub")
        for arg in instr.args
    }
    return [instr for instr in candidates if instr.row.name != "mul" or instr in apart]


class _Hoisting:
    """``blocks`` by number, new ones last; ``home`` is the number of each instruction's block, ``loops`` has
    the blocks of each loop by the number of its head."""

    def __init__(self, function: LowFunction, shape: Shape, candidates: list[LowInstr]) -> None:
        self.function = function
        self.candidates = candidates
        self.blocks = list(function.blocks)
        self.home = {instr: block.number for block in self.blocks for instr in block.code}
        self.loops = loops_of(shape.around)

    def run(self) -> bool:
        moved = False
        # From the inside out: what leaves one loop can leave the next one
        for head in sorted(self.loops, key=lambda head: -self.blocks[head].loop):
            leaving = [] if self.blocks[head].cold else self.invariants(head)
            before = self.before(self.blocks[head]) if leaving else None
            if before is not None:
                for instr in leaving:
                    self.blocks[self.home[instr]].code.remove(instr)
                    self.home[instr] = before.number
                before.code[-1:-1] = leaving
                moved = True
        return moved

    def invariants(self, head: int) -> list[LowInstr]:
        """What can leave a loop, in an order in which it can be computed."""
        members, home = self.loops[head], self.home
        inside = [instr for instr in self.candidates if home[instr] in members]
        leaving: dict[LowInstr, None] = {}
        room = self.room(head) if inside else 0
        changed = True
        while changed:
            changed = False
            for instr in inside:
                if (
                    len(leaving) < room
                    and instr not in leaving
                    and all(home[arg] not in members or arg in leaving for arg in instr.args)
                ):
                    leaving[instr] = None
                    changed = True
        return list(leaving)

    def room(self, head: int) -> int:
        """How many values more a loop may use that come from outside."""
        members, home = self.loops[head], self.home
        values = {
            arg
            for number in members
            if not self.blocks[number].cold
            for instr in self.blocks[number].code
            for arg in instr.args
            if arg.row is not CONST
            and (home[arg] not in members or (arg.row is LOW_PHI and home[arg] == head))
        }
        return _MOST_VALUES[self.function.word] - len(values)

    def before(self, head: LowBlock) -> LowBlock | None:
        """A block in front of a loop that goes nowhere else; None if there are several ways in."""
        members = self.loops[head.number]
        outside = [block for block in head.predecessors if block.number not in members]
        if len(outside) != 1:
            return None
        (before,) = outside
        if before.code[-1].row is _JUMP:
            return before
        if before.successors.count(head) != 1:
            return None
        between = LowBlock(
            number=len(self.blocks),
            code=[LowInstr(_JUMP, targets=[head])],
            predecessors=[before],
            handler=before.handler,
            cold=before.cold,
            loop=before.loop,
        )
        last = before.code[-1]
        last.targets = [between if target is head else target for target in last.targets]
        head.predecessors = [between if block is before else block for block in head.predecessors]
        self.function.blocks.insert(self.function.blocks.index(before) + 1, between)
        self.blocks.append(between)
        for around in self.loops.values():
            if before.number in around and head.number in around:
                around.add(between.number)
        return between
