"""What the verifiers of the SSA form and of the low form ask of blocks and edges; ``definitions.py`` has what
they ask of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from mpytool.emitters.native.dominance import reverse_postorder
from mpytool.emitters.native.low import LowBlock, LowInstr
from mpytool.emitters.native.ssa import Block, Instr

_B = TypeVar("_B", Block, LowBlock)


def report(block: Block | LowBlock, instr: Instr | LowInstr, problem: str) -> str:
    """A problem, and where it is."""
    value = f"v{instr.number} " if instr.number >= 0 else ""
    return f"b{block.number}, {value}{instr.row.name}: {problem}"


def check_graph(blocks: Sequence[_B]) -> list[str]:
    """Whether blocks end, numbers and predecessors are true, and everything can be reached."""
    if not blocks:
        return ["a function has at least its entry"]
    found = [f"b{b.number} stands at {i}" for i, b in enumerate(blocks) if b.number != i]
    known = set(blocks)
    for block in blocks:
        if not block.code or block.code[-1].row.targets is None:
            found.append(f"b{block.number} does not end with a terminator")
        found += [
            report(block, instr, "stands before the end of its block")
            for instr in block.code[:-1]
            if instr.row.targets is not None
        ]
        found += [
            report(block, instr, f"b{target.number} does not exist")
            for instr in block.code
            for target in instr.targets
            if target not in known
        ]
        if block.handler is not None and block.handler not in known:
            found.append(f"b{block.number}: its handler b{block.handler.number} does not exist")
    if found:
        return found
    edges: dict[_B, list[_B]] = {block: [] for block in blocks}
    for block in blocks:
        for target in block.successors:
            edges[target].append(block)
    for block in blocks:
        if sorted(p.number for p in block.predecessors) != [p.number for p in edges[block]]:
            found.append(
                f"b{block.number} names the predecessors {_names(block.predecessors)}, "
                f"has {_names(edges[block])}"
            )
    if blocks[0].predecessors:
        found.append("the entry has predecessors")
    reached = set(reverse_postorder([[t.number for t in block.successors] for block in blocks]))
    found += [f"b{block.number} cannot be reached" for block in blocks if block.number not in reached]
    return found


def _names(blocks: Sequence[Block | LowBlock]) -> str:
    return " ".join(f"b{block.number}" for block in blocks) or "none"
