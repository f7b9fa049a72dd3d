"""Where a function gets fast versions, and which objects are looked at before the loops that want their
items."""

from __future__ import annotations

from mpytool.emitters.native.expand.fast.runs import Run, find_runs
from mpytool.emitters.native.loops import loops_of
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction, Type
from mpytool.ir import ScopeKind
from mpytool.options import Goal

_ITEMS = frozenset(("load_subscr", "store_subscr"))


class Plan:
    """Fast versions are for code that may run often: functions, but of modules and class bodies only what is
    in loops. With the goal SIZE nothing is."""

    def __init__(self, ssa: SsaFunction, kind: ScopeKind, goal: Goal) -> None:
        self.goal = goal
        self.runs_once = kind in (ScopeKind.MODULE, ScopeKind.CLASS)
        self.users = _users(ssa)
        self.loops = _loops(ssa)
        # Behind a yield nothing is left of what was computed before
        self.looked_at = set() if ssa.is_generator or goal is Goal.SIZE else self._objects_in_loops(ssa)

    def runs(self, ssa: SsaFunction, block: Block) -> dict[int, Run]:
        """The runs of a block that get a fast version, by where they start."""
        if self.goal is Goal.SIZE or (self.runs_once and not self.loops[block.number]):
            return {}
        return {run.start: run for run in find_runs(ssa, block, self.users)}

    def _objects_in_loops(self, ssa: SsaFunction) -> set[Instr]:
        """Containers that come from outside of a loop in which their items are wanted."""
        home = {instr: block for block in ssa.blocks for instr in block.code}
        return {
            instr.args[0]
            for block in ssa.blocks
            for instr in block.code
            if instr.row.name in _ITEMS
            and not self.loops[block.number] <= self.loops[home[instr.args[0]].number]
        }


def _loops(ssa: SsaFunction) -> list[set[int]]:
    """For each block the heads of the loops around it."""
    successors = [[target.number for target in block.successors] for block in ssa.blocks]
    around: list[set[int]] = [set() for _ in ssa.blocks]
    for head, body in loops_of(successors).items():
        for block in body:
            around[block].add(head)
    return around


def _users(ssa: SsaFunction) -> dict[Instr, list[Instr]]:
    users: dict[Instr, list[Instr]] = {}
    for block in ssa.blocks:
        for instr in block.code:
            if instr.type is not Type.NOTHING or instr.args:
                for arg in instr.args:
                    users.setdefault(arg, []).append(instr)
    return users
