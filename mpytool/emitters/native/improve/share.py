"""Each value computed once, each question asked once.

Before::

    b1: from b0                             after
      v2 = and v0 v1
      branch tnz v0 v1 -> b2 b3
    b2: from b1
      v3 = and v0 v1                        v2 is used for v3
      branch tnz v0 v1 -> b4 b5             jump -> b4: it is known here

A walk down the dominator tree with tables that are undone on the way up. Constants go to the entry. Loads
count as equal along paths up to what may write there, or to a join with a path on which something does.

Breaks: numbers, and predecessors' reachability (``prune.py`` follows).
"""

from __future__ import annotations

from typing import TypeAlias

from mpytool.emitters.native.dominance import immediate_dominators, reverse_postorder
from mpytool.emitters.native.improve.rules import COMMUTATIVE, CONST, holds, reduced, signed
from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    LOW_PHI,
    NEGATED,
    SWAPPED,
    Cond,
    LowBlock,
    LowFunction,
    LowInstr,
    number_low,
)

Key: TypeAlias = tuple[object, ...]


def _is_frame(base: LowInstr) -> bool:
    while base.row.name == "add":
        base = base.args[0]
    return base.row.name == "frame_address"


def share(function: LowFunction) -> bool:
    """Whether anything changed. Needs: no unreachable blocks."""
    number_low(function)
    return _Sharing(function).run()


class _Sharing:
    def __init__(self, function: LowFunction) -> None:
        self.function = function
        self.bits = function.word * 8
        self.changed = False
        self.known: dict[Key, LowInstr] = {}
        self.facts: dict[Key, bool] = {}
        self.replaced: dict[LowInstr, LowInstr] = {}
        self.constants: dict[int, LowInstr] = {}
        self.landings = {block.handler for block in function.blocks if block.handler is not None}
        #: (heap, frame) at the end of each block: equal numbers mean that nothing was written between
        self.memory_at_end: dict[LowBlock, tuple[int, int]] = {}
        self.heap = self.frame = self.latest = 0

    def run(self) -> bool:
        blocks = self.function.blocks
        graph = [[t.number for t in block.successors] for block in blocks]
        idom = immediate_dominators(graph)
        children: list[list[int]] = [[] for _ in blocks]
        # Joins behind what leads there, so that what was written on the way is known
        for block in reverse_postorder(graph):
            if idom[block] >= 0:
                children[idom[block]].append(block)
        # (block, keys to forget and facts to forget on the way up; None on the way down)
        path: list[tuple[int, tuple[list[Key], list[Key]] | None]] = [(0, None)]
        while path:
            number, undo = path.pop()
            if undo is not None:
                for key in undo[0]:
                    del self.known[key]
                for key in undo[1]:
                    del self.facts[key]
                continue
            added: tuple[list[Key], list[Key]] = ([], [])
            self.visit(blocks[number], *added)
            path.append((number, added))
            path += [(child, None) for child in reversed(children[number])]
        if self.replaced:
            self.changed = True
            self.replace()
        blocks[0].code[:0] = self.constants.values()
        return self.changed

    # --- one block ------------------------------------------------------------------------------------------

    def visit(self, block: LowBlock, added: list[Key], learned: list[Key]) -> None:
        self.start_memory(block)
        self.learn(block, learned)
        code: list[LowInstr] = []
        replaced, known, bits = self.replaced, self.known, self.bits
        for instr in block.code:
            row = instr.row
            if row is CONST:
                one = self.constant(instr.imm[0], instr)
                if one is not instr:
                    replaced[instr] = one
                continue
            args = instr.args
            if args:
                for position, arg in enumerate(args):
                    if arg in replaced:
                        args[position] = replaced[arg]
                better = reduced(instr, bits)
                for position, arg in enumerate(instr.args):
                    if arg.row is CONST:
                        instr.args[position] = self.constant(arg.imm[0], arg)
                if better is not None:
                    replaced[instr] = self.constant(better) if isinstance(better, int) else better
                    continue
            key = self.key(instr)
            if key is not None:
                same = known.setdefault(key, instr)
                if same is not instr:
                    replaced[instr] = same
                    continue
                added.append(key)
            elif instr.acts:
                self.note_write(instr)
            code.append(instr)
        block.code = code
        self.memory_at_end[block] = (self.heap, self.frame)
        if code[-1].row.name == "branch":
            self.decide(block)

    def constant(self, value: int, instr: LowInstr | None = None) -> LowInstr:
        """The one instruction that is a number; ``instr`` if it is the first one that is."""
        value = signed(value, self.bits)
        found = self.constants.get(value)
        if found is None:
            if instr is None or instr.imm[0] != value:
                instr = LowInstr(CONST, imm=(value,))
            found = self.constants[value] = instr
        return found

    def start_memory(self, block: LowBlock) -> None:
        """Memory is what it was at the end of all predecessors, if that is the same; a landing comes long
        after its own."""
        if block.predecessors and block not in self.landings:
            at_end = self.memory_at_end.get(block.predecessors[0])
            if at_end is not None and all(
                self.memory_at_end.get(other) == at_end for other in block.predecessors[1:]
            ):
                self.heap, self.frame = at_end
                return
        self.write(heap=True, frame=True)

    def write(self, *, heap: bool, frame: bool) -> None:
        self.latest += 1
        if heap:
            self.heap = self.latest
        if frame:
            self.frame = self.latest

    def key(self, instr: LowInstr) -> Key | None:
        """What equal instructions have in common; None for what cannot be shared."""
        row = instr.row
        if not row.value or row.targets is not None or row is LOW_PHI or row.name == "input":
            return None
        if row.is_pure:
            args = instr.args
            if row.name in COMMUTATIVE and args[0].number > args[1].number >= 0:
                args = [args[1], args[0]]
            return (row.name, instr.imm, *args)
        if row.reads and not instr.acts:
            memory = self.frame if _is_frame(instr.args[0]) else self.heap
            return (row.name, instr.imm, memory, *instr.args)
        return None

    def note_write(self, instr: LowInstr) -> None:
        """Of what acts. No object is in the frame; what is there is written by its address, and by calls."""
        if instr.row.calls:
            self.write(heap=True, frame=True)
        else:
            is_frame = _is_frame(instr.args[0])
            self.write(heap=not is_frame, frame=is_frame)

    # --- questions ------------------------------------------------------------------------------------------

    def learn(self, block: LowBlock, learned: list[Key]) -> None:
        if len(block.predecessors) != 1:
            return
        last = block.predecessors[0].code[-1]
        if last.row.name != "branch" or last.targets[0] is last.targets[1]:
            return
        cond, (a, b) = last.imm[0], last.args
        truth = last.targets[0] is block
        for key, value in _consequences(cond, a, b, truth):
            if key not in self.facts:
                self.facts[key] = value
                learned.append(key)

    def decide(self, block: LowBlock) -> None:
        branch = block.code[-1]
        cond, (a, b) = branch.imm[0], branch.args
        known = holds(cond, a, b, self.bits)
        if known is None:
            known = self.facts.get((cond, a, b))
        if known is None:
            return
        taken, left = branch.targets if known else reversed(branch.targets)
        drop_edge(block, left)
        block.code[-1] = LowInstr(LOW_OF_NAME["jump"], token=branch.token, targets=[taken])
        self.changed = True

    def replace(self) -> None:
        replaced = self.replaced
        for old in replaced:
            new = replaced[old]
            while new in replaced:
                new = replaced[new]
            replaced[old] = new
        for block in self.function.blocks:
            for phi in block.code:
                if phi.row is not LOW_PHI:
                    break  # what is computed before its users has been replaced in them on the way
                phi.args = [replaced.get(arg, arg) for arg in phi.args]


def _consequences(cond: Cond, a: LowInstr, b: LowInstr, truth: bool) -> list[tuple[Key, bool]]:
    """What is known of two values once a branch has been taken, in all ways to ask for it."""
    found: list[tuple[Key, bool]] = []
    for asked, left, right in ((cond, a, b), (SWAPPED[cond], b, a)):
        found.append(((asked, left, right), truth))
        found.append(((NEGATED[asked], left, right), not truth))
    return found


def drop_edge(source: LowBlock, target: LowBlock) -> None:
    """Take one edge out of ``target``'s predecessors and phis; the terminator is the caller's."""
    position = target.predecessors.index(source)
    del target.predecessors[position]
    for phi in target.code:
        if phi.row is not LOW_PHI:
            break
        del phi.args[position]
