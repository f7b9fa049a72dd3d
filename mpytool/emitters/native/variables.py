"""Where the locals of a function live: which are live where, and which need a slot in the frame.

A local is in memory while a handler is armed into which it is live, if it is assigned meanwhile::

    x = 1                   a value; written to its slot before the handler is armed
    try:
        x = f(x)            both: the value, and the slot
        g(x)                reads the value
    except ValueError:
        return x            reads the slot, once, in the landing

Besides the locals there are hidden variables, two for each region: its continuation, and the value of a
return on its way through. These are never assigned where a handler that wants them is armed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native import codes
from mpytool.emitters.native.cfg import Cfg, CodeBlock, HandlerRegion
from mpytool.emitters.native.liveness import solve_liveness
from mpytool.ir import Function


@dataclass(slots=True)
class Variables:
    """Variables are numbered: locals, then (continuation, value of a return) of each region. Sets are
    bit masks.

    ``cells``        locals that hold a cell, and always the same one
    ``definitions``  what each block assigns
    ``live_in``      what is live into each block
    ``slotted``      for each region the locals that its landing reads from memory, ascending
    ``slots``        the locals that have a slot, ascending
    """

    n_locals: int
    count: int
    cells: frozenset[int]
    definitions: list[int]
    live_in: list[int] = field(default_factory=list)
    slotted: list[list[int]] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    _in_memory: dict[tuple[HandlerRegion, ...], frozenset[int]] = field(default_factory=dict)

    def continuation(self, region: HandlerRegion) -> int:
        return self.n_locals + 2 * region.number

    def return_value(self, region: HandlerRegion) -> int:
        return self.n_locals + 2 * region.number + 1

    def in_memory(self, block: CodeBlock) -> frozenset[int]:
        """The locals whose slots must hold their values throughout a block."""
        found = self._in_memory.get(block.armed)
        if found is None:
            found = frozenset(local for region in block.armed for local in self.slotted[region.number])
            self._in_memory[block.armed] = found
        return found

    def raised_again(self, block: CodeBlock) -> list[HandlerRegion]:
        """Whose exceptions ``raise`` without a value takes: the innermost one that is being handled. The
        handler of an except statement has one for sure."""
        found = []
        for region in reversed(block.handlers):
            if block.start >= region.position:
                found.append(region)
                if region.kind == "except":
                    break
        return found

    def defining_blocks(self) -> list[list[int]]:
        """For each variable the blocks that assign it."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for block, mask in enumerate(self.definitions):
            while mask:
                lowest = mask & -mask
                found[lowest.bit_length() - 1].append(block)
                mask ^= lowest
        return found


def find_variables(function: Function, cfg: Cfg) -> Variables:
    n_blocks = len(cfg.blocks)
    n_locals = _count_locals(function)
    cells = frozenset(range(function.n_free)) | frozenset(function.cells)
    variables = Variables(n_locals, n_locals + 2 * len(cfg.regions), cells, [0] * n_blocks)
    uses = [0] * n_blocks
    for block in cfg.blocks:
        used, defined = _scan(function, block, variables)
        uses[block.number] = used
        variables.definitions[block.number] = defined
    variables.live_in = solve_liveness(
        [[target.number for target in block.successors] for block in cfg.blocks],
        [-1 if block.handler is None else block.handler.number for block in cfg.blocks],
        uses,
        variables.definitions,
        [0] * n_blocks,
    )
    _find_slots(cfg, variables)
    return variables


def _count_locals(function: Function) -> int:
    """All that ops name. A class body has one that is not counted: ``__class__``, if it assigns that name."""
    count = function.n_locals
    for opcode, operand, _ in function.ops:
        if opcode in _ON_LOCALS and operand >= count:
            count = operand + 1
    return count


_ON_LOCALS = frozenset((codes.LOAD_FAST_N, codes.STORE_FAST_N, codes.DELETE_FAST))


def _scan(function: Function, block: CodeBlock, variables: Variables) -> tuple[int, int]:
    """What a block reads before it assigns it, and what it assigns."""
    used = defined = 0
    if block.kind == "code":
        if block.handlers and block.start == block.handlers[-1].position:
            defined |= 1 << variables.continuation(block.handlers[-1])
        load_fast, store_fast, delete_fast = codes.LOAD_FAST_N, codes.STORE_FAST_N, codes.DELETE_FAST
        for opcode, operand, _ in function.ops[block.start : block.end]:
            if opcode == load_fast:
                used |= 1 << operand & ~defined
            elif opcode == store_fast:
                defined |= 1 << operand
            elif opcode == delete_fast:
                used |= 1 << operand & ~defined
                defined |= 1 << operand
            elif opcode == codes.RAISE_LAST:
                for region in variables.raised_again(block):
                    used |= 1 << variables.continuation(region) & ~defined
    returns = block.leaves
    entered: HandlerRegion | None = None
    if block.way >= 0:
        entered = block.successors[0].handlers[-1]
        returns = entered.ways[block.way][0] is None
    elif block.falls_in:
        entered = block.disarms[-1]
    elif block.kind == "landing":
        entered = block.region
    if block.kind == "way" and returns and block.region is not None:
        used |= 1 << variables.return_value(block.region) & ~defined
    if entered is not None and entered.is_left_by_return:
        defined |= 1 << variables.return_value(entered)
    return used, defined


def _find_slots(cfg: Cfg, variables: Variables) -> None:
    stored = [0] * len(cfg.regions)
    for block in cfg.blocks:
        for region in block.armed:
            stored[region.number] |= variables.definitions[block.number]
    all_slots = set()
    locals_only = (1 << variables.n_locals) - 1
    for region in cfg.regions:
        both = stored[region.number] & variables.live_in[region.landing.number]
        assert both & ~locals_only == 0, "a hidden variable changes while its handler is armed"
        slotted = [local for local in range(variables.n_locals) if both >> local & 1]
        # The landing gives them new values: what it leads to may need phis, even if nothing else gets there
        variables.definitions[region.landing.number] |= both
        variables.slotted.append(slotted)
        all_slots.update(slotted)
    variables.slots = sorted(all_slots)
