"""Take a form of a function apart that no stage wants any more.

    b1: from b0 b1                          before: blocks and phis hold each other in circles
      v1 = phi v0 v2
      v2 = add v1 v3
      branch lt v2 v4 -> b1 b2

    b1:                                     after: nothing does, and all of it is freed at once

While a file is compiled nobody collects circles (``process_settings.py``): all forms of all its functions
would be there until the end, and then cost a fifth of the time to find.
"""

from __future__ import annotations

from mpytool.emitters.native.low import LOW_PHI, LowBlock, LowFunction
from mpytool.emitters.native.machine import MachineBlock, MachineFunction
from mpytool.emitters.native.ssa import PHI, SsaFunction


def dismantle_ssa(function: SsaFunction) -> None:
    for region in function.regions:
        region.landing.armed = ()
    for block in function.blocks:
        for instr in block.code:
            if instr.row is not PHI:
                break
            instr.args.clear()
        block.code.clear()
        block.predecessors.clear()
    function.blocks.clear()


def dismantle_low(function: LowFunction) -> None:
    for block in function.blocks:
        for instr in block.code:
            if instr.row is not LOW_PHI:
                break
            instr.args.clear()
    _empty(function.blocks)


def dismantle_machine(function: MachineFunction) -> None:
    _empty(function.blocks)


def _empty(blocks: list[LowBlock] | list[MachineBlock]) -> None:
    for block in blocks:
        block.code.clear()
        block.predecessors.clear()
        block.handler = None
    blocks.clear()
