"""How native functions are entered and left: ``fn(function, n_args, n_kw, args)``.

Arguments that are just as many as there are parameters are taken from where they are; for anything else
(defaults, keywords, stars, cells to make) the run time fills a state in the frame, of which this file reads
the parameters. Where size is the goal it always does.

A function that touches globals switches to its own on entry. If that changes anything, a handler of its own
switches back when an exception leaves it::

    b0:  v4 = call_table 5 v3                swap_globals; 0: they were the same
         branch ne v4 0 -> b9 b1
    b9:  v5 = call_table 32 v6               cold
         branch eq v5 0 -> b1 b8
    b8:  …                                   cold: switch back, raise again
"""

from __future__ import annotations

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.locals import StateLocals, count_params
from mpytool.emitters.native.expand.names import touches_globals
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
from mpytool.emitters.native.low import LOW_PHI, Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr, SsaFunction
from mpytool.ir import Function, ScopeKind
from mpytool.options import Goal

N_ARGS, N_KW, ARGS = 1, 2, 3
"""The inputs of the machine function besides the function object."""


_CALLED_RIGHT = frozenset(
    (ScopeKind.MODULE, ScopeKind.CLASS, ScopeKind.LIST_COMP, ScopeKind.DICT_COMP, ScopeKind.SET_COMP)
)
"""No program can call these: they always get the arguments that they should."""


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
        self.old_globals: LowInstr | None = None
        self.exit: LowBlock | None = None
        self.returned: LowInstr | None = None

    def slot(self, number: int) -> tuple[LowInstr, int]:
        return self.frame("slots", len(self.ssa.slots)), number

    def iter_buffer(self, number: int) -> LowInstr:
        return self.frame(f"iterator {self.buffers[number]}", ITERATOR_WORDS)

    # --- arguments ------------------------------------------------------------------------------------------

    def enter(self) -> None:
        self.take_arguments()
        # The importer runs a module's body with the module's globals
        if self.function.kind is not ScopeKind.MODULE and touches_globals(self.ssa, self.function.kind):
            self.switch_globals()

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
        if not is_simple or (has_names and self.goal is Goal.SIZE):
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
        return [self.load(state, last - self.places.number[instr.imm[0]]) for instr in wanted]

    # --- globals --------------------------------------------------------------------------------------------

    def switch_globals(self) -> None:
        self.old_globals = self.call(Entry.SWAP_GLOBALS, self.globals())
        changed, body = self.new_block(cold=True), self.new_block()
        self.branch(Cond.NE, self.old_globals, 0, changed, body)
        self.start(changed)
        landing = LowBlock(cold=True)
        self.push(0, body, landing)
        self.start(landing)
        self.call(Entry.SWAP_GLOBALS, self.old_globals)
        self.raises(self.load(self.nlr_buffer(0), NLR_VALUE))
        self.outer = body.handler = landing
        self.start(body)

    def leave(self, value: LowInstr) -> None:
        if self.old_globals is None:
            self.terminate("return", [], value)
            return
        if self.exit is None:
            self.exit = LowBlock()
            self.returned = LowInstr(LOW_PHI)
        assert self.returned is not None
        self.jump(self.exit)
        self.returned.args.append(value)

    def close(self) -> None:
        """What all returns share."""
        if self.exit is None:
            return
        assert self.returned is not None
        assert self.old_globals is not None
        self.start(self.exit)
        self.exit.code.append(self.returned)
        restore, done = self.new_block(cold=True), self.new_block()
        self.branch(Cond.NE, self.old_globals, 0, restore, done)
        self.start(restore)
        self.pop()
        self.call(Entry.SWAP_GLOBALS, self.old_globals)
        self.jump(done)
        self.start(done)
        self.terminate("return", [], self.returned)
