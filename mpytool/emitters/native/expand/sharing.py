"""Which values can have the same place in memory: those that are never live at the same time.

Before::

    for a in x: yield a         iterator 0, word 9 for a
    for b in y: yield b         iterator 1, word 10 for b

After: both loops have iterator 0, a and b have word 9.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.liveness import live_values
from mpytool.emitters.native.ssa import PHI, Instr, SsaFunction


def share_places(ssa: SsaFunction, values: Sequence[Instr]) -> dict[Instr, int]:
    """A place for each of some values, from 0 on. Needs: ``ssa.number_values``.

    In SSA form two values are live at the same time if one is where the other is computed.
    """
    if not values:
        return {}
    together = _live_together(ssa, values)
    places: dict[Instr, int] = {}
    taken: list[int] = []
    for value in values:
        bit = 1 << value.number
        free = (place for place, others in enumerate(taken) if not together[value] & others)
        place = next(free, len(taken))
        if place == len(taken):
            taken.append(0)
        places[value] = place
        taken[place] |= bit
    return places


def _live_together(ssa: SsaFunction, values: Sequence[Instr]) -> dict[Instr, int]:
    """For each value those of ``values`` that are live at the same time, as bits of their numbers."""
    wanted = sum(1 << value.number for value in values)
    by_number = {value.number: value for value in values}
    together = dict.fromkeys(values, 0)
    live_in = live_values(ssa)

    def compute(value: Instr, live: int) -> None:
        others = live & wanted & ~(1 << value.number)
        together[value] |= others
        while others:
            lowest = others & -others
            together[by_number[lowest.bit_length() - 1]] |= 1 << value.number
            others ^= lowest

    for block in ssa.blocks:
        always = 0 if block.handler is None else live_in[block.handler.number]
        live = always
        for target in block.successors:
            live |= live_in[target.number]
            position = target.predecessors.index(block)
            for phi in target.code:
                if phi.row is not PHI:
                    break
                live |= 1 << phi.args[position].number
        for instr in reversed(block.code):
            if instr.row is PHI:
                continue
            if instr in together:
                compute(instr, live)
            if instr.number >= 0:
                live = live & ~(1 << instr.number) | always
            for arg in instr.args:
                live |= 1 << arg.number
        phis = [instr for instr in block.code if instr.row is PHI]
        for phi in phis:
            live |= 1 << phi.number
        for phi in phis:
            if phi in together:
                compute(phi, live)
    return together
