"""Ops to basic blocks: where control goes in a function, exceptions and finally blocks included.

Before::

    SETUP_FINALLY L0 · LOAD_FAST_N 0 (x) · RETURN_VALUE · LABEL L0 · … · END_FINALLY

After::

    code 0..1 → code 1.. | landing of region 0       SETUP_FINALLY
    code 1..3 → code 3.. as way 0 of region 0        RETURN_VALUE: the finally block comes first
    landing   → code 3..                             an exception: the same
    code 3..  → way 0 of region 0                    END_FINALLY
    way 0     → out of the function                  and the return goes on

This file knows what the virtual machine (``py/vm.c``) decides while it runs: its stack of exception handlers,
which of them are armed (those whose handler lies ahead in the text) and how UNWIND_JUMP, RETURN_VALUE and
END_FINALLY walk over it. All of that is the same on every path to an operation, so it is found here once.
Only blocks that can be reached are made.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mpytool.emitters.native import codes
from mpytool.ir import FIXED_EFFECT, PSEUDO_OF_CODE, Function, effect_of, then_of
from mpytool.opcodes import Then

Goal: TypeAlias = "tuple[int, bool] | None"
"""Where leaving ends: (label, whether it ends a for loop); None: out of the function, with a value."""


@dataclass(slots=True, eq=False)
class HandlerRegion:
    """What one SETUP op protects.

    ``position``  of the handler, an index into the ops: it is armed before, active from there on
    ``depth``     of the stack when the handler runs, without the exception
    ``ways``      how control leaves through this finally block: (goal, handlers still to unwind after it)
    """

    number: int
    kind: str
    position: int
    depth: int
    landing: CodeBlock
    ways: list[tuple[Goal, int]] = field(default_factory=list)

    @property
    def is_left_by_return(self) -> bool:
        return any(goal is None for goal, _ in self.ways)


Handlers: TypeAlias = "tuple[HandlerRegion, ...]"
"""The stack of exception handlers of the virtual machine, innermost last: armed ones and active ones."""


@dataclass(slots=True, eq=False)
class CodeBlock:
    """A basic block of ops.

    ``kind``        "entry" (no ops, nothing jumps to it), "code" (ops start..end), "landing" or "way"
    ``region``      of a landing or a way
    ``depth``       of the stack at its start; of a landing without the exception
    ``handlers``    at its start; in a landing and in its handler with the region itself, in a way without
    ``armed``       those of them that catch what this block raises
    ``successors``  in the order that the last op asks for
    ``disarms``     regions whose handler the end of the block pops, innermost first
    ``way``         the number of the way by which it enters a finally block; -1: not by one
    ``falls_in``    it enters a finally block from its body, as its ordinary end
    ``leaves``      it ends by leaving the function with the value of a return
    """

    number: int
    kind: str
    start: int
    depth: int
    handlers: Handlers
    armed: Handlers = ()
    region: HandlerRegion | None = None
    end: int = -1
    successors: list[CodeBlock] = field(default_factory=list)
    disarms: list[HandlerRegion] = field(default_factory=list)
    way: int = -1
    falls_in: bool = False
    leaves: bool = False

    @property
    def handler(self) -> CodeBlock | None:
        return self.armed[-1].landing if self.armed else None


@dataclass(slots=True)
class Cfg:
    """``blocks`` in the order of the source, the entry first, numbered; a region for each SETUP reached."""

    blocks: list[CodeBlock]
    regions: list[HandlerRegion]


def build_cfg(function: Function) -> Cfg:
    """The control flow of a function that ``check_ir`` finds sound."""
    return _Finder(function).run()


_SETUP_KINDS: dict[int, str] = {
    codes.SETUP_EXCEPT: "except",
    codes.SETUP_FINALLY: "finally",
    codes.SETUP_WITH: "with",
}
_OR_POP = (codes.JUMP_IF_TRUE_OR_POP, codes.JUMP_IF_FALSE_OR_POP)
_IF_TRUE = (codes.POP_JUMP_IF_TRUE, codes.JUMP_IF_TRUE_OR_POP)
_ITERATOR_SLOTS = 4


class _Finder:
    """Blocks are finished in the order of the source as far as known, finally blocks after their entries."""

    def __init__(self, function: Function) -> None:
        self.ops = function.ops
        self.labels: dict[int, int] = {}
        aimed_at = set()
        label, unwind_jump = codes.LABEL, codes.UNWIND_JUMP
        for position, (opcode, operand, _) in enumerate(function.ops):
            if opcode == label:
                self.labels[operand] = position
            elif opcode in _JUMPING:
                aimed_at.add(operand)
            elif opcode == unwind_jump:
                aimed_at.add(operand[0])
        self.leaders = {self.labels[label] for label in aimed_at}
        self.blocks: list[CodeBlock] = []
        self.regions: list[HandlerRegion] = []
        self.block_at: dict[int, CodeBlock] = {}
        self.waiting: list[int] = []

    def run(self) -> Cfg:
        entry = self.new_block("entry", -1, 0, ())
        entry.successors = [self.code_block(0, 0, ())]
        while self.waiting:
            block = self.block_at[heapq.heappop(self.waiting)]
            self.scan(block)
        # A landing precedes its handler, ways follow what ends their finally block
        rank = {"entry": 0, "landing": 0, "code": 1, "way": 2}
        self.blocks.sort(key=lambda b: (b.start, rank[b.kind], b.number))
        for number, block in enumerate(self.blocks):
            block.number = number
        return Cfg(self.blocks, self.regions)

    def new_block(
        self, kind: str, start: int, depth: int, handlers: Handlers, region: HandlerRegion | None = None
    ) -> CodeBlock:
        armed = tuple(handler for handler in handlers if start < handler.position)
        block = CodeBlock(len(self.blocks), kind, start, depth, handlers, armed, region)
        self.blocks.append(block)
        return block

    def code_block(self, start: int, depth: int, handlers: Handlers) -> CodeBlock:
        """The block that starts there; what reaches it must agree on the stack and the handlers."""
        block = self.block_at.get(start)
        if block is None:
            block = self.block_at[start] = self.new_block("code", start, depth, handlers)
            heapq.heappush(self.waiting, start)
        assert block.depth == depth, f"depth {depth} and {block.depth} meet at op {start}"
        assert block.handlers == handlers, f"different handlers meet at op {start}"
        return block

    def scan(self, block: CodeBlock) -> None:
        """Walk over a block's ops, then find out where control goes."""
        ops = self.ops
        leaders = self.leaders
        depth = block.depth
        position = block.start
        effects = _EFFECTS.get
        while True:
            opcode, operand, _ = ops[position]
            if opcode in _ENDING:
                break
            effect = effects(opcode)
            depth += effect_of(opcode, operand) if effect is None else effect
            position += 1
            if position in leaders:
                block.end = position
                self.go(block, position, position, depth, block.handlers)
                return
        block.end = position + 1
        self.end(block, position, opcode, operand, depth)

    def end(self, block: CodeBlock, position: int, opcode: int, operand: Any, depth: int) -> None:
        handlers = block.handlers
        after = position + 1
        if opcode in _SETUP_KINDS:
            self.set_up(block, opcode, self.labels[operand], after, depth)
        elif opcode == codes.JUMP:
            self.go(block, position, self.labels[operand], depth, handlers)
        elif opcode == codes.FOR_ITER:
            exhausted = depth - _ITERATOR_SLOTS
            block.successors = [
                self.code_block(after, depth + 1, handlers),
                self.code_block(self.labels[operand], exhausted, handlers),
            ]
        elif opcode == codes.POP_EXCEPT_JUMP:
            if position < handlers[-1].position:
                block.disarms.append(handlers[-1])
            block.successors = [self.code_block(self.labels[operand], depth, handlers[:-1])]
        elif opcode == codes.END_FINALLY:
            self.end_finally(block, position, depth - 1)
        elif opcode == codes.UNWIND_JUMP:
            label, n_unwind, from_for = operand
            self.leave(block, position, handlers, depth, (label, from_for), n_unwind)
        elif opcode == codes.RETURN_VALUE:
            self.leave(block, position, handlers, depth - 1, None, len(handlers))
        elif then_of(opcode) is Then.BRANCH:
            jumping = self.code_block(
                self.labels[operand], depth if opcode in _OR_POP else depth - 1, handlers
            )
            falling = self.code_block(after, depth - 1, handlers)
            block.successors = [jumping, falling] if opcode in _IF_TRUE else [falling, jumping]

    def go(self, block: CodeBlock, position: int, target: int, depth: int, handlers: Handlers) -> None:
        """On to a target without popping handlers, but what was armed may become active on the way."""
        for region in reversed(handlers):
            if block.start < region.position <= target:
                block.disarms.append(region)
                block.falls_in = True
        block.successors = [self.code_block(target, depth, handlers)]

    def set_up(self, block: CodeBlock, opcode: int, handler: int, after: int, depth: int) -> None:
        is_with = opcode == codes.SETUP_WITH
        # __exit__ and its self replace the manager; the value of __enter__ is for the body only
        depth += is_with
        landing = self.new_block("landing", handler, depth, ())
        region = HandlerRegion(len(self.regions), _SETUP_KINDS[opcode], handler, depth, landing)
        self.regions.append(region)
        handlers = (*block.handlers, region)
        landing.region = region
        landing.handlers = handlers
        landing.armed = tuple(outer for outer in block.handlers if handler < outer.position)
        landing.successors = [self.code_block(handler, depth + 1, handlers)]
        block.successors = [self.code_block(after, depth + is_with, handlers), landing]

    def end_finally(self, block: CodeBlock, position: int, depth: int) -> None:
        """The handlers of an except statement end with the exception on top: nothing follows."""
        region = block.handlers[-1]
        if region.kind == "except":
            return
        handlers = block.handlers[:-1]
        block.successors = [self.code_block(position + 1, depth, handlers)]
        for goal, n_unwind in region.ways:
            way = self.new_block("way", position, depth, handlers, region)
            block.successors.append(way)
            self.leave(way, position, handlers, depth, goal, n_unwind)

    def leave(
        self, block: CodeBlock, position: int, handlers: Handlers, depth: int, goal: Goal, n_unwind: int
    ) -> None:
        """Unwind handlers until a finally block must run, or the goal is reached."""
        while n_unwind:
            n_unwind -= 1
            region = handlers[-1]
            is_armed = position < region.position
            if is_armed:
                block.disarms.append(region)
            if region.kind != "except":
                if is_armed:
                    way = (goal, n_unwind)
                    if way not in region.ways:
                        region.ways.append(way)
                    block.way = region.ways.index(way)
                    block.successors = [self.code_block(region.position, region.depth + 1, handlers)]
                    return
                # This finally block is left for good, and its continuation with it
                depth = region.depth
            handlers = handlers[:-1]
        if goal is None:
            block.leaves = True
            return
        label, from_for = goal
        depth -= _ITERATOR_SLOTS if from_for else 0
        block.successors = [self.code_block(self.labels[label], depth, handlers)]


_JUMPING = frozenset(
    (
        codes.JUMP, codes.POP_JUMP_IF_TRUE, codes.POP_JUMP_IF_FALSE, codes.JUMP_IF_TRUE_OR_POP,
        codes.JUMP_IF_FALSE_OR_POP, codes.SETUP_WITH, codes.SETUP_EXCEPT, codes.SETUP_FINALLY,
        codes.POP_EXCEPT_JUMP, codes.FOR_ITER,
    )
)  # fmt: skip
_ENDING = _JUMPING | {
    codes.UNWIND_JUMP, codes.END_FINALLY, codes.RETURN_VALUE, codes.RAISE_LAST, codes.RAISE_OBJ,
    codes.RAISE_FROM,
}  # fmt: skip
_EFFECTS: dict[int, int] = (
    FIXED_EFFECT | dict.fromkeys(PSEUDO_OF_CODE, 0) | {codes.LOAD_BUILTIN: 1, codes.WITH_CLEANUP: -2}
)
"""On the depth of the stack, of ops whose operand does not matter for that."""
