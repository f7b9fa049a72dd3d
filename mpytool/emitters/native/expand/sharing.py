"""Which values can have the same place in memory: those that are never live at the same time.

Before::

    for a in x: yield a         iterator 0, word 9 for a
    for b in y: yield b         iterator 1, word 10 for b

After: both loops have iterator 0, a and b have word 9.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.liveness import LiveInto, live_at_end
from mpytool.emitters.native.ssa import PHI, Instr, SsaFunction


def share_places(ssa: SsaFunction, values: Sequence[Instr], live_in: LiveInto) -> dict[Instr, int]:
    """A place for each of some values, from 0 on. ``live_in``: ``liveness.live_values(ssa)``.

    In SSA form two values are live at the same time if one is where the other is computed.
    """
    together = _live_together(ssa, values, live_in)
    places: dict[Instr, int] = {}
    taken: list[int] = []
    for index, value in enumerate(values):
        free = (place for place, others in enumerate(taken) if not together[index] & others)
        place = next(free, len(taken))
        if place == len(taken):
            taken.append(0)
        places[value] = place
        taken[place] |= 1 << index
    return places


def _live_together(ssa: SsaFunction, values: Sequence[Instr], live_in: LiveInto) -> list[int]:
    """For each of ``values`` those that are live at the same time, as bits of their positions."""
    position = {value.number: index for index, value in enumerate(values)}
    together = [0] * len(values)

    def compute(value: Instr, live: set[int]) -> None:
        mine = position[value.number]
        for number in live:
            if number != value.number:
                together[mine] |= 1 << position[number]
                together[position[number]] |= 1 << mine

    for block in ssa.blocks:
        if not any(instr.number in position for instr in block.code):
            continue
        always = set() if block.handler is None else set(live_in.numbers(block.handler.number))
        always &= position.keys()
        live = live_at_end(live_in, block) & position.keys() | always
        for instr in reversed(block.code):
            if instr.row is PHI:
                continue
            if instr.number in position:
                compute(instr, live)
                if instr.number not in always:
                    live.discard(instr.number)
            live.update(arg.number for arg in instr.args if arg.number in position)
        phis = [instr for instr in block.code if instr.row is PHI and instr.number in position]
        live.update(phi.number for phi in phis)
        for phi in phis:
            compute(phi, live)
    return together
