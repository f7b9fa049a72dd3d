"""Register allocation: ``MachineFunction`` on virtual registers to one on the registers of the machine.

Each virtual register has one place for its whole life, a register or a slot of the frame. That is what makes
exceptions simple: a jump to a landing finds every value where it was.

===============  =============================================================================================
``occurrences``  where registers occur in the code
``liveness``     which virtual registers are live into which blocks
``ranges``       where exactly, and how much they are used
``coalesce``     the two sides of a copy become one where they can
``hints``        where ranges would best be
``assign``       registers for ranges
``spill``        code around what got none; then ranges and registers again, until all have a place
``slots``        memory for what was spilled and for what is saved around cold calls
``around``       what is stored and loaded around calls in cold blocks
``finish``       the places into the code; copies and calls become instructions
``known``        what registers hold, so that nothing is loaded twice
``moves``        several moves at once, one after the other
``unread``       stores to slots that nobody reads go
``edges``        blocks on edges, for results of branches that are stored
``operands``     what instructions read and write
===============  =============================================================================================
"""

from __future__ import annotations

from mpytool.emitters.native.allocate.assign import assign
from mpytool.emitters.native.allocate.coalesce import coalesce
from mpytool.emitters.native.allocate.edges import split_edges_of_results
from mpytool.emitters.native.allocate.finish import finish
from mpytool.emitters.native.allocate.liveness import Solver
from mpytool.emitters.native.allocate.ranges import find_ranges
from mpytool.emitters.native.allocate.spill import Spiller, find_cheap
from mpytool.emitters.native.allocate.unread import drop_unread_stores
from mpytool.emitters.native.machine import MachineFunction, Target


def allocate(function: MachineFunction, target: Target) -> None:
    """Give every virtual register its place, in place; sets ``n_slots``, ``saved`` and ``makes_calls``.

    Blocks are in the order of ``function.blocks``; any order is right, the better the shorter the ranges.
    Raises AllocationError if an instruction wants more registers than there are.
    """
    convention = target.convention
    split_edges_of_results(function, target)
    solver = Solver(function)
    ranges = find_ranges(function, convention, solver)
    coalesce(ranges, solver)
    spiller = Spiller(function)
    while True:
        cheap = find_cheap(ranges.occurrences)
        done = assign(ranges, convention, bool(function.frame), spiller.spilled, spiller.momentary, cheap)
        if not done.without:
            finish(function, convention, done, ranges, spiller.spilled)
            drop_unread_stores(function, convention)
            return
        for vreg in done.without:
            if vreg in spiller.momentary:
                raise AllocationError(f"{function.name}: no register for {vreg}, for one instruction")
        crosses_edges = spiller.spill(done.without, cheap, ranges.occurrences)
        ranges = find_ranges(function, convention, solver, None if crosses_edges else ranges.changes)


class AllocationError(Exception):
    """An instruction wants more registers at once than the machine has: its selection is wrong."""
