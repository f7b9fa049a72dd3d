"""How native generators run: ``resume(state, thrown)``, entered anew for each value.

The state of a generator is on the heap. Its words behind the head::

    0                    the value that is handed over: yielded, sent, returned, or the exception that left
    1 ..                 iterator buffers, slots, values that are live across a yield (``sharing.py``)
    .. last              parameters and cells, put there by the run time

A value that is live across a yield is stored when it is computed, and loaded again where it is wanted in
another block or behind a yield. What can be computed anew has no word.

An exception must not leave the function but as a result, so that the run time knows the generator as
finished: the entry arms a handler for all of it. Handlers of regions are popped before a yield, and pushed
again on return.
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.locals import StateLocals
from mpytool.emitters.native.expand.runtime import (
    GENERATOR_EXCEPTION,
    GENERATOR_RETURN,
    GENERATOR_YIELD,
    ITERATOR_WORDS,
    NLR_VALUE,
    STATE_HEAD,
    STATE_IP,
    STATE_SP,
    Entry,
    Layout,
    Tables,
)
from mpytool.emitters.native.expand.sharing import share_places
from mpytool.emitters.native.liveness import LiveInto, live_across
from mpytool.emitters.native.low import LOW_PHI, Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction
from mpytool.ir import Function

_STATE, _THROWN = 0, 1
_HANDED = STATE_HEAD

COMPUTED_ANEW = frozenset(
    ("none", "true", "false", "null", "int", "string", "constant", "way", "undefined", "iter_buffer")
)


class GeneratorBuilder(Builder):
    """``n_state`` is what the prelude says; ``words`` where in the state a value is."""

    def __init__(
        self,
        ssa: SsaFunction,
        function: Function,
        tables: Tables,
        layout: Layout,
        places: StateLocals,
        compute_anew: Callable[[Builder, Instr], None],
    ) -> None:
        super().__init__(ssa, function, tables, layout)
        self._compute_anew = compute_anew
        self._buffers = _HANDED + 1
        self._slots = self._buffers + ITERATOR_WORDS * len(set(self.buffers.values()))
        first = self._slots + len(ssa.slots)
        self.words: dict[Instr, int] = {}
        computed = []
        arguments = []
        for instr in _crossing(ssa, self.live_in()):
            if instr.row.name in ("param", "cell"):
                arguments.append(instr)
            elif instr.row.name not in COMPUTED_ANEW:
                computed.append(instr)
        shared = share_places(ssa, computed, self.live_in())
        for instr, place in shared.items():
            self.words[instr] = first + place
        n_shared = len(set(shared.values()))
        self.n_state = first - STATE_HEAD + n_shared + len(places.number)
        last = STATE_HEAD + self.n_state - 1
        self._places = {local: last - number for local, number in places.number.items()}
        for instr in arguments:
            self.words[instr] = self._places[instr.imm[0]]
        #: values that the current block has in registers
        self._here: dict[Instr, LowInstr] = {}
        self._exits: dict[int, LowBlock] = {}
        self._dispatch: LowBlock | None = None
        self._landing: LowBlock | None = None
        self.has_outer_handler = True

    # --- values ---------------------------------------------------------------------------------------------

    def start_ssa_block(self, block: Block) -> None:
        super().start_ssa_block(block)
        self._here.clear()

    def use(self, instr: Instr) -> LowInstr:
        found = self._here.get(instr)
        if found is None and instr in self.words:
            found = self._here[instr] = self.load(self.input(_STATE), self.words[instr])
        if found is None and instr.row.name in COMPUTED_ANEW:
            self._compute_anew(self, instr)
            found = self._here[instr]
        return super().use(instr) if found is None else found

    def define(self, instr: Instr, value: LowInstr) -> None:
        super().define(instr, value)
        self._here[instr] = value
        if instr in self.words and instr.row.name not in ("param", "cell", "phi"):
            self.store(self.input(_STATE), self.words[instr], value)

    def keep_phi(self, instr: Instr) -> None:
        """Store a phi, now that all phis of its block stand."""
        if instr in self.words:
            self.store(self.input(_STATE), self.words[instr], self._here[instr])

    def slot(self, number: int) -> tuple[LowInstr, int]:
        return self.input(_STATE), self._slots + number

    def iter_buffer(self, number: int) -> LowInstr:
        return self._address(self._buffers + ITERATOR_WORDS * self.buffers[number])

    def handed(self) -> LowInstr:
        """The address of the word for values that are handed over."""
        return self._address(_HANDED)

    def forget(self) -> None:
        """Load values again: other paths lead here than those that they were loaded on."""
        self._here.clear()

    def _address(self, word: int) -> LowInstr:
        return self.emit("add", self.input(_STATE), self.const(word * self.layout.word))

    # --- entry and exits ------------------------------------------------------------------------------------

    def outer_handler(self, block: Block) -> LowBlock | None:
        return self._landing

    def enter(self) -> None:
        self.input(_STATE)
        self._dispatch = go = LowBlock()
        landing = LowBlock(cold=True)
        self.push(0, go, landing)
        self.start(landing)
        self.store(self.input(_STATE), _HANDED, self.load(self.nlr_buffer(0), NLR_VALUE))
        self.terminate("return", [], self.const(GENERATOR_EXCEPTION))
        self._landing = go.handler = landing
        begin = LowBlock(handler=landing)
        self.low.resume_points.append(begin)
        self.start(begin)
        self.store(self.input(_STATE), STATE_SP, self.handed())
        self.raise_thrown()
        for instr in self.ssa.blocks[0].code:
            if instr.row.name in ("param", "cell") and self.uses[instr]:
                self.define(instr, self.load(self.input(_STATE), self._places[instr.imm[0]]))

    def raise_thrown(self) -> None:
        """Raise what was thrown into the generator, if anything."""
        thrown = self.input(_THROWN)
        going_on = self.new_block()
        raising = self.tail("thrown", lambda: self.raises_any(thrown))
        self.branch(Cond.NE, thrown, 0, raising, going_on)
        self.start(going_on)

    def leave(self, value: LowInstr) -> None:
        self.store(self.input(_STATE), _HANDED, value)
        self.jump(self._exit(GENERATOR_RETURN))

    def _exit(self, result: int) -> LowBlock:
        """Where the function leaves with a result; all regions are disarmed."""
        found = self._exits.get(result)
        if found is None:
            here = self.block
            found = self._exits[result] = LowBlock()
            self.start(found)
            self.pop()
            self.terminate("return", [], self.const(result))
            self.block = here
        return found

    def close(self) -> None:
        """``dispatch``, now that all resume points are known."""
        assert self._dispatch is not None
        self.ssa_block = self.ssa.blocks[0]
        self.start(self._dispatch)
        points = self.low.resume_points
        self.terminate("dispatch", points, self.load(self.input(_STATE), STATE_IP))

    def suspend(self) -> None:
        """Yield what is in the word for it; the current block is then where the generator is resumed."""
        armed = self.ssa_block.armed
        point = LowBlock(handler=self._landing, cold=self.block.cold)
        number = len(self.low.resume_points)
        self.low.resume_points.append(point)
        address = self.emit("resume_address", imm=(number,))
        self.store(self.input(_STATE), STATE_IP, address)
        for _ in armed:
            self.pop()
        self.jump(self._exit(GENERATOR_YIELD))
        self.start(point)
        self.forget()
        for region in armed:
            landing = self.of_block[region.landing]
            body = LowBlock(handler=landing, cold=self.block.cold)
            self.push(self.depth_of(region), body, landing)
            self.start(body)


def _crossing(ssa: SsaFunction, live_in: LiveInto) -> list[Instr]:
    """The values that are live across some yield, in their order."""
    crossing: set[int] = set()
    for block in ssa.blocks:
        yields = [
            index for index, instr in enumerate(block.code) if instr.row.name in ("yield", "yield_from")
        ]
        for index, live in zip(yields, live_across(block, yields, live_in), strict=True):
            crossing |= live
            if block.code[index].row.name == "yield_from":
                # The iterator is asked again
                crossing.add(block.code[index].args[0].number)
    return [instr for block in ssa.blocks for instr in block.code if instr.number in crossing]


def yield_(b: Builder, instr: Instr) -> None:
    assert isinstance(b, GeneratorBuilder)
    state = b.input(_STATE)
    b.store(state, _HANDED, b.use(instr.args[0]))
    b.suspend()
    b.raise_thrown()
    if b.uses[instr]:
        b.define(instr, b.load(state, _HANDED))


def yield_from(b: Builder, instr: Instr) -> None:
    """Ask the iterator, again for each resume; its values go by way of the word for them, and what is thrown
    into this generator too."""
    assert isinstance(b, GeneratorBuilder)
    state = b.input(_STATE)
    iterator, first = (b.use(arg) for arg in instr.args)
    nothing = b.const(0)
    ask = b.new_block()
    b.jump(ask)
    b.start(ask)
    phis = [LowInstr(LOW_PHI, [value]) for value in (iterator, first, nothing)]
    ask.code += phis
    b.store(state, _HANDED, phis[2])
    yielded, done = b.new_block(), b.new_block()
    b.is_set(b.call(Entry.YIELD_FROM, phis[0], phis[1], b.handed()), yielded, done)
    b.start(yielded)
    b.suspend()
    again = [b.use(instr.args[0]), b.load(state, _HANDED), b.input(_THROWN)]
    b.jump(ask)
    for phi, value in zip(phis, again, strict=True):
        phi.args.append(value)
    b.start(done)
    b.forget()
    if b.uses[instr]:
        b.define(instr, b.load(state, _HANDED))
