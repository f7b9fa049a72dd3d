"""Each value computed once, each question asked once.

Before::

    b1: from b0                             after
      v2 = and v0 v1
      branch tnz v0 v1 -> b2 b3
    b2: from b1
      v3 = and v0 v1                        v2 is used for v3
      branch tnz v0 v1 -> b4 b5             jump -> b4: it is known here

A walk down the dominator tree. Constants go to the entry. Loads count as equal along paths up to what may
write there, or to a join with a path on which something does.

Breaks: numbers, and predecessors' reachability (``prune.py`` follows).
"""

from __future__ import annotations

from typing import TypeAlias

from mpytool.emitters.native.improve.rules import COMMUTATIVE, CONST, REDUCTIONS, holds, signed
from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    LOW_OPS,
    LOW_PHI,
    NEGATED,
    SWAPPED,
    Cond,
    LowBlock,
    LowFunction,
    LowInstr,
)
from mpytool.emitters.native.shape import Shape

Key: TypeAlias = tuple[object, ...]

_BRANCH = LOW_OF_NAME["branch"]
_JUMP = LOW_OF_NAME["jump"]
_STORE_ITEM = LOW_OF_NAME["store_indexed"]

_SHARED = frozenset(
    row.name
    for row in LOW_OPS
    if row.value and row.is_pure and row.targets is None and row.name not in ("phi", "input")
)
"""Operations of which those with the same operands are equal, wherever they are."""

_QUESTIONS: dict[Cond, tuple[Cond, bool]] = {
    cond: min((cond, True), (NEGATED[cond], False), key=lambda asked: asked[0].value) for cond in Cond
}
"""Of a condition and its negation one, and whether that one holds when the condition does."""


def _is_frame(base: LowInstr) -> bool:
    while base.row.name == "add":
        base = base.args[0]
    return base.row.name == "frame_address"


def share(function: LowFunction, shape: Shape) -> bool:
    """Whether more may be found when this is done again. Needs: no unreachable blocks."""
    return _Sharing(function).run(shape)


class _Sharing:
    """What is ``known`` and the ``facts`` stand with the turn at which the walk leaves the part of the tree
    in which they hold."""

    def __init__(self, function: LowFunction) -> None:
        self.blocks = function.blocks
        self.bits = function.word * 8
        self.may_find_more = False
        self.known: dict[Key, tuple[LowInstr, int]] = {}
        self.facts: dict[Key, tuple[bool, int]] = {}
        self.replaced: dict[LowInstr, LowInstr] = {}
        self.constants: dict[int, LowInstr] = {}
        self.landings = {block.handler for block in function.blocks if block.handler is not None}
        #: (heap, heads, frame) at the end of each block: equal numbers mean that nothing was written between
        self.memory_at_end: list[tuple[int, int, int] | None] = [None] * len(function.blocks)
        self.heap = self.heads = self.frame = self.latest = 0

    def run(self, shape: Shape) -> bool:
        # Joins come behind what leads there, so that what was written on the way is known
        spans = shape.tree.spans()
        for number in sorted(shape.tree.order, key=spans.__getitem__):
            block = self.blocks[number]
            turn, end = spans[number]
            predecessors = block.predecessors
            self.start_memory(block, predecessors)
            if len(predecessors) == 1:
                last = predecessors[0].code[-1]
                if last.row is _BRANCH and last.targets[0] is not last.targets[1]:
                    self.learn(last, last.targets[0] is block, turn, end)
            self.visit(block, turn, end)
            self.memory_at_end[number] = (self.heap, self.heads, self.frame)
            if block.code[-1].row is _BRANCH:
                self.decide(block, turn)
        if self.replaced:
            self.replace({self.blocks[head] for _, head in shape.tree.backward})
        self.blocks[0].code[:0] = self.constants.values()
        return self.may_find_more

    # --- one block ------------------------------------------------------------------------------------------

    def visit(self, block: LowBlock, turn: int, end: int) -> None:
        code: list[LowInstr] = []
        keep = code.append
        replaced, known, constants, bits = self.replaced, self.known, self.constants, self.bits
        are_unchanged = replaced.keys().isdisjoint
        reduction_of = REDUCTIONS.get
        for instr in block.code:
            row = instr.row
            if row is CONST:
                one = constants.get(instr.imm[0]) or self.constant(instr.imm[0], instr)
                if one is not instr:
                    replaced[instr] = one
                continue
            if row is _JUMP:
                keep(instr)
                break
            args = instr.args
            if not are_unchanged(args):
                for position, arg in enumerate(args):
                    if arg in replaced:
                        args[position] = replaced[arg]
            name = row.name
            reduction = reduction_of(name)
            if reduction is not None:
                better = reduction(instr, bits)
                if better is not None:
                    replaced[instr] = self.constant(better) if isinstance(better, int) else better
                    continue
                row, args = instr.row, instr.args
                name = row.name
                self.put_constants(args)
            elif row is LOW_PHI:
                self.put_constants(args)
                keep(instr)
                continue
            # What equal instructions have in common
            key: Key
            if name in _SHARED:
                # In any order that is always the same
                if name in COMMUTATIVE and id(args[0]) > id(args[1]):
                    key = (name, instr.imm, args[1], args[0])
                else:
                    key = (name, instr.imm, *args)
            elif row.reads and not instr.imm[0].volatile:
                memory = self.heads if instr.imm[0].head else self.frame if _is_frame(args[0]) else self.heap
                key = (name, instr.imm, memory, *args)
            else:
                if row.acts or row.reads:
                    self.note_write(instr)
                keep(instr)
                continue
            found = known.get(key)
            if found is not None and turn < found[1]:
                replaced[instr] = found[0]
            else:
                known[key] = (instr, end)
                keep(instr)
        block.code = code

    def put_constants(self, args: list[LowInstr]) -> None:
        """The one instruction for each number among operands."""
        for position, arg in enumerate(args):
            if arg.row is CONST:
                args[position] = self.constants.get(arg.imm[0]) or self.constant(arg.imm[0], arg)

    def constant(self, value: int, instr: LowInstr | None = None) -> LowInstr:
        """The one instruction that is a number; ``instr`` if it is the first one that is."""
        found = self.constants.get(value)
        if found is None:
            value = signed(value, self.bits)
            found = self.constants.get(value)
        if found is None:
            if instr is None or instr.imm[0] != value:
                instr = LowInstr(CONST, imm=(value,))
            found = self.constants[value] = instr
        return found

    def start_memory(self, block: LowBlock, predecessors: list[LowBlock]) -> None:
        """Memory, or the heads of containers, are what they were at the end of all predecessors, if that is
        the same; a landing comes long after its own."""
        self.latest += 1
        self.heap = self.heads = self.frame = self.latest
        if not predecessors or block in self.landings:
            return
        memory_at_end = self.memory_at_end
        first = memory_at_end[predecessors[0].number]
        if first is None:
            return
        if len(predecessors) == 1:
            self.heap, self.heads, self.frame = first
            return
        at_end = [memory_at_end[source.number] for source in predecessors]
        if at_end.count(first) == len(at_end):
            self.heap, self.heads, self.frame = first
        elif all(memory is not None and memory[1] == first[1] for memory in at_end):
            self.heads = first[1]

    def note_write(self, instr: LowInstr) -> None:
        """Of what acts. No object is in the frame; what is there is written by its address, and by calls."""
        self.latest += 1
        if instr.row.calls:
            self.heap = self.heads = self.frame = self.latest
        elif _is_frame(instr.args[0]):
            self.frame = self.latest
        else:
            self.heap = self.latest
            if instr.row is not _STORE_ITEM or instr.imm[0].volatile:
                self.heads = self.latest

    # --- questions ------------------------------------------------------------------------------------------

    def learn(self, branch: LowInstr, truth: bool, turn: int, end: int) -> None:
        """What it tells the block at hand that only this branch leads there."""
        question, is_so = _question(branch)
        found = self.facts.get(question)
        if found is None or turn >= found[1]:
            self.facts[question] = (truth == is_so, end)

    def decide(self, block: LowBlock, turn: int) -> None:
        branch = block.code[-1]
        a, b = branch.args
        known = holds(branch.imm[0], a, b, self.bits)
        if known is None:
            question, is_so = _question(branch)
            found = self.facts.get(question)
            if found is None or turn >= found[1]:
                return
            known = found[0] == is_so
        taken, left = branch.targets if known else reversed(branch.targets)
        drop_edge(block, left)
        block.code[-1] = LowInstr(_JUMP, token=branch.token, targets=[taken])
        self.may_find_more = True

    def replace(self, heads: set[LowBlock]) -> None:
        """In phis of what comes back to them: elsewhere it has been done on the way."""
        replaced = self.replaced
        for block in heads:
            for phi in block.code:
                if phi.row is not LOW_PHI:
                    break
                for position, arg in enumerate(phi.args):
                    if arg in replaced:
                        phi.args[position] = replaced[arg]
                        self.may_find_more = True


def _question(branch: LowInstr) -> tuple[Key, bool]:
    """The same for all branches that ask the same, and whether it holds when the branch's condition does."""
    cond = branch.imm[0]
    a, b = branch.args
    if id(a) > id(b):
        cond, a, b = SWAPPED[cond], b, a
    asked, is_so = _QUESTIONS[cond]
    return (asked, a, b), is_so


def drop_edge(source: LowBlock, target: LowBlock) -> None:
    """Take one edge out of ``target``'s predecessors and phis; the terminator is the caller's."""
    position = target.predecessors.index(source)
    del target.predecessors[position]
    for phi in target.code:
        if phi.row is not LOW_PHI:
            break
        del phi.args[position]
