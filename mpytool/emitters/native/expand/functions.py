"""How native functions are entered and left: ``fn(function, n_args, n_kw, args)``.

Arguments that are just as many as there are parameters are taken from where they are; for anything else
(defaults, keywords, stars, cells to make) the run time fills a state in the frame, of which this file reads
the parameters. Where size is the goal it always does.

A function that touches globals switches to its own before (``switching.py``). If that changes anything, a
handler of its own switches back when an exception leaves it::

    b0:  v4 = call_table 5 v3                swap_globals; 0: they were the same
         branch ne v4 0 -> b9 b1
    b9:  v5 = call_table 32 v6               cold
         branch eq v5 0 -> b1 b8
    b8:  …                                   cold: switch back, raise again
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.locals import StateLocals, count_params
from mpytool.emitters.native.expand.runtime import (
    ITERATOR_WORDS,
    NLR_VALUE,
    STATE_FUN,
    STATE_HEAD,
    STATE_N_STATE,
    Entry,
    Layout,
    Tables,
)
from mpytool.emitters.native.expand.switching import Switch, plan_switches
from mpytool.emitters.native.low import LOW_PHI, Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction
from mpytool.ir import Function, ScopeKind
from mpytool.options import Goal

N_ARGS, N_KW, ARGS = 1, 2, 3
"""The inputs of the machine function besides the function object."""


_CALLED_RIGHT = frozenset(
    (ScopeKind.MODULE, ScopeKind.CLASS, ScopeKind.LIST_COMP, ScopeKind.DICT_COMP, ScopeKind.SET_COMP)
)
"""No program can call these: they always get the arguments that they should."""


def has_loop(ssa: SsaFunction) -> bool:
    """Whether a jump goes back, blocks being in the order of the source."""
    return any(target.number <= block.number for block in ssa.blocks for target in block.successors)


@dataclass(slots=True, eq=False)
class _Switched:
    """What belongs to a place where globals are switched: those before it, the landing that restores them,
    and the end that all returns behind it share."""

    plan: Switch
    landing: LowBlock = field(default_factory=lambda: LowBlock(cold=True))
    old: LowInstr | None = None
    exit: LowBlock | None = None
    returned: LowInstr = field(default_factory=lambda: LowInstr(LOW_PHI))


class FunctionBuilder(Builder):
    def __init__(
        self,
        ssa: SsaFunction,
        function: Function,
        tables: Tables,
        layout: Layout,
        places: StateLocals,
        goal: Goal,
    ) -> None:
        super().__init__(ssa, function, tables, layout)
        self.places = places
        self.goal = goal
        self.n_state = max(1, len(places.number))
        self.switched = {
            block: switch
            for switch in map(_Switched, plan_switches(ssa, self.shape, function.kind, goal))
            for block in switch.plan.inside
        }
        self.has_outer_handler = bool(self.switched)
        # A loop takes longer than its function's arguments
        is_tight = layout.short_calls and goal is Goal.BALANCED and has_loop(ssa)
        self.is_short = is_tight or goal is Goal.SIZE

    def slot(self, number: int) -> tuple[LowInstr, int]:
        return self.frame("slots", len(self.ssa.slots)), number

    def iter_buffer(self, number: int) -> LowInstr:
        return self.frame(f"iterator {self.buffers[number]}", ITERATOR_WORDS)

    # --- arguments ------------------------------------------------------------------------------------------

    def enter(self) -> None:
        self.take_arguments()
        self.begin_block(self.ssa_block)

    def outer_handler(self, block: Block) -> LowBlock | None:
        switched = self.switched.get(block)
        return None if switched is None else switched.landing

    def begin_block(self, block: Block) -> None:
        switched = self.switched.get(block)
        if switched is not None and switched.plan.block is block:
            self.switch_globals(switched)

    def take_arguments(self) -> None:
        function = self.function
        code = self.ssa.blocks[0].code
        wanted = [i for i in code if i.row.name in ("param", "cell") and self.uses[i]]
        n_pos = function.n_pos_args
        # Of parameters that have names arguments can come in any order
        has_names = n_pos != function.n_free
        is_simple = count_params(function) == n_pos and not function.cells
        if is_simple and function.kind in _CALLED_RIGHT:
            for instr in wanted:
                self.define(instr, self.load(self.input(ARGS), instr.imm[0]))
            return
        if not is_simple or (has_names and self.is_short):
            for instr, value in zip(wanted, self.from_state(wanted), strict=True):
                self.define(instr, value)
            return
        direct, other, ready = self.new_block(), self.new_block(cold=True), self.new_block()
        n_args, n_kw = self.input(N_ARGS), self.input(N_KW)
        if n_pos:
            no_keywords = self.new_block()
            self.branch(Cond.EQ, n_kw, 0, no_keywords, other)
            self.start(no_keywords)
            self.branch(Cond.EQ, n_args, n_pos, direct, other)
        else:
            self.branch(Cond.EQ, self.emit("or", n_args, n_kw), 0, direct, other)
        self.start(direct)
        taken = [self.load(self.input(ARGS), instr.imm[0]) for instr in wanted]
        if not has_names:
            # No other arguments can be right
            self.start(other)
            self.call(Entry.ARG_CHECK_NUM_SIG, n_args, n_kw, n_pos << 17 | n_pos << 1)
            self.unreachable()
            self.block = direct
        else:
            self.jump(ready)
            self.start(other)
            filled = self.from_state(wanted)
            self.jump(ready)
            self.start(ready)
            taken = [self.phi(*both) for both in zip(taken, filled, strict=True)]
        for instr, value in zip(wanted, taken, strict=True):
            self.define(instr, value)

    def from_state(self, wanted: list[Instr]) -> list[LowInstr]:
        """Let the run time fill a state with the arguments; load some of them."""
        state = self.frame("state", STATE_HEAD + self.n_state)
        self.store(state, STATE_FUN, self.input(0))
        self.store(state, STATE_N_STATE, self.const(self.n_state))
        self.call(Entry.SETUP_CODE_STATE, state, self.input(N_ARGS), self.input(N_KW), self.input(ARGS))
        last = STATE_HEAD + self.n_state - 1
        words = [self.word_at(last - self.places.number[instr.imm[0]]) for instr in wanted]
        # Nobody writes there any more, so what is wanted seldom can stay there
        name = "load_fixed" if self.goal is Goal.SIZE else "load"
        return [self.emit(name, state, imm=(word,)) for word in words]

    # --- globals --------------------------------------------------------------------------------------------

    def switch_globals(self, switched: _Switched) -> None:
        # While they are switched no handler is armed but the one to come
        self.block.handler = None
        switched.old = old = self.call(Entry.SWAP_GLOBALS, self.globals())
        changed, body = self.new_block(cold=True), self.new_block()
        self.branch(Cond.NE, old, 0, changed, body)
        self.start(changed)
        self.push(0, body, switched.landing)
        self.start(switched.landing)
        self.call(Entry.SWAP_GLOBALS, old)
        self.raises(self.load(self.nlr_buffer(0), NLR_VALUE))
        body.handler = switched.landing
        self.start(body)

    def leave(self, value: LowInstr) -> None:
        switched = self.switched.get(self.ssa_block)
        if switched is None:
            self.terminate("return", [], value)
            return
        if switched.exit is None:
            switched.exit = LowBlock(cold=self.block.cold)
            switched.exit.code.append(switched.returned)
        self.jump(switched.exit)
        switched.returned.args.append(value)

    def close(self) -> None:
        """What all returns share."""
        for switched in dict.fromkeys(self.switched.values()):
            if switched.exit is None:
                continue
            assert switched.old is not None
            self.start(switched.exit)
            restore, done = self.new_block(cold=True), self.new_block()
            self.branch(Cond.NE, switched.old, 0, restore, done)
            self.start(restore)
            self.pop()
            self.call(Entry.SWAP_GLOBALS, switched.old)
            self.jump(done)
            self.start(done)
            self.terminate("return", [], switched.returned)
