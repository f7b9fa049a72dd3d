"""Which global variables ``fast/global_names.py`` finds without a call, and where it keeps positions."""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native.dominance import Dominators
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction


@dataclass(frozen=True, slots=True)
class GlobalNames:
    """``place`` is the word of the frame for the position of each name, ``cached`` the load_global that are
    to look there. Those ``searching`` search when they find nothing; the others run behind one that did."""

    place: dict[str, int] = field(default_factory=dict)
    cached: frozenset[Instr] = frozenset()
    searching: frozenset[Instr] = frozenset()


def plan_globals(ssa: SsaFunction, sites: list[tuple[Block, Instr]]) -> GlobalNames:
    """``sites`` are the load_global that are worth it, in the order of the blocks."""
    by_name: dict[str, list[tuple[Block, Instr]]] = {}
    for block, instr in sites:
        by_name.setdefault(instr.imm[0], []).append((block, instr))
    if not by_name:
        return GlobalNames()
    spans = Dominators([[target.number for target in block.successors] for block in ssa.blocks]).spans()
    searching: set[Instr] = set()
    for of_name in by_name.values():
        searched: list[tuple[int, int]] = []
        for block, instr in of_name:
            entered, left = spans[block.number]
            if not any(outer[0] <= entered and left <= outer[1] for outer in searched):
                searching.add(instr)
                searched.append((entered, left))
    place = {name: number for number, name in enumerate(by_name)}
    return GlobalNames(place, frozenset(instr for _, instr in sites), frozenset(searching))
