"""The state of expanding one function, and the small vocabulary that all expansions are written in.

An expansion gets the builder and an SSA instruction, emits low instructions into the current block, and says
with ``define`` which value is the result. It may start new blocks; when it returns, the current block is
where the next instruction goes on. Terminators leave no current block.

Values that every part of a function may want (the context, the tables) are made when first asked for, in a
prologue that stands first in the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from mpytool.emitters.native.expand.areas import plan_areas
from mpytool.emitters.native.expand.chosen import Chosen, Findings
from mpytool.emitters.native.expand.runtime import (
    C_BOOL_MASK,
    CONTEXT_GLOBALS,
    CONTEXT_OBJECTS,
    CONTEXT_QSTRS,
    FUN_CHILDREN,
    FUN_CONTEXT,
    NULL,
    QSTR_BYTES,
    Entry,
    Layout,
    Tables,
    small_int,
)
from mpytool.emitters.native.expand.sharing import share_places
from mpytool.emitters.native.expand.unboxed import NATIVE_UINT, Unboxed, integer_of
from mpytool.emitters.native.liveness import LiveInto, live_values
from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    LOW_PHI,
    TABLE_USERS,
    Cond,
    FrameObject,
    LowBlock,
    LowFunction,
    LowImmediate,
    LowInstr,
    Mem,
)
from mpytool.emitters.native.shape import shape_of
from mpytool.emitters.native.ssa import Block, Instr, Region, SsaFunction
from mpytool.errors import ErrorKind
from mpytool.ir import Function
from mpytool.values import ConstantValue


class LimitError(Exception):
    """What stands at a token cannot be done, for which ``kind`` has the words."""

    def __init__(self, kind: ErrorKind, token: int) -> None:
        super().__init__(kind.message)
        self.kind = kind
        self.token = token


class Builder:
    """``block`` is the current block, ``token`` that of the instruction at hand. A subclass for each kind of
    function says how it is entered and left, and where its frame objects are."""

    def __init__(self, ssa: SsaFunction, function: Function, tables: Tables, layout: Layout) -> None:
        self.ssa = ssa
        self.function = function
        self.tables = tables
        self.layout = layout
        self.shape = shape_of(ssa)
        self.low = LowFunction(function.name, layout.word, 2 if ssa.is_generator else 4)
        #: whether a handler of the function's own can be armed around those of its regions
        self.has_outer_handler = False
        self.token = 0
        self.uses = count_uses(ssa)
        self.areas = plan_areas(ssa, self.uses)
        buffers = [i for block in ssa.blocks for i in block.code if i.row.name == "iter_buffer"]
        self._live_in: LiveInto | None = None
        places = share_places(ssa, buffers, self.live_in()) if len(buffers) > 1 else dict.fromkeys(buffers, 0)
        #: which place in the frame or the state each iterator buffer has
        self.buffers = {instr.imm[0]: place for instr, place in places.items()}
        #: every block in the order of its start, and to which SSA block it belongs
        self.started: list[tuple[int, LowBlock]] = []
        self.ssa_block: Block = ssa.blocks[0]
        self.block: LowBlock = LowBlock()
        self.start(self.block)
        self.of_block: dict[Block, LowBlock] = {}
        self.chosen = Chosen()
        self.found = Findings()
        self._values: dict[Instr, LowInstr] = {}
        self._prologue: list[LowInstr] = []
        self._shared: dict[str, LowInstr] = {}
        self._words: dict[int, Mem] = {}
        self._tails: dict[tuple[str, LowBlock | None], LowBlock] = {}
        self._frame: dict[str, int] = {}
        self._area_words = 0

    def live_in(self) -> LiveInto:
        """The values that are live into the SSA blocks, computed for the first who asks."""
        if self._live_in is None:
            self._live_in = live_values(self.ssa)
        return self._live_in

    def enter(self) -> None:
        """The entry, up to where the first instruction of the function goes."""
        raise NotImplementedError

    def leave(self, value: LowInstr) -> None:
        """Return a value; handlers of the function's own regions are disarmed."""
        raise NotImplementedError

    def outer_handler(self, block: Block) -> LowBlock | None:
        """The landing of what no region in a block catches; None: it leaves the function."""
        raise NotImplementedError

    def begin_block(self, block: Block) -> None:
        """What comes first in a block, behind its phis."""

    def slot(self, number: int) -> tuple[LowInstr, int]:
        """Where a slot is: base and word."""
        raise NotImplementedError

    def iter_buffer(self, number: int) -> LowInstr:
        """The address of an iterator buffer."""
        raise NotImplementedError

    def start_ssa_block(self, block: Block) -> None:
        self.ssa_block = block

    # --- blocks ---------------------------------------------------------------------------------------------

    def new_block(self, *, cold: bool = False) -> LowBlock:
        """A block with the current one's handler; cold if the current one is."""
        return LowBlock(handler=self.block.handler, cold=cold or self.block.cold)

    def start(self, block: LowBlock) -> None:
        self.block = block
        self.started.append((self.ssa_block.number, block))

    def emit(self, name: str, *args: LowInstr, imm: tuple[LowImmediate, ...] = ()) -> LowInstr:
        instr = LowInstr(LOW_OF_NAME[name], [*args], imm)
        self.block.code.append(instr)
        return instr

    def terminate(
        self, name: str, targets: Sequence[LowBlock], *args: LowInstr, imm: tuple[LowImmediate, ...] = ()
    ) -> LowInstr:
        block = self.block
        instr = LowInstr(LOW_OF_NAME[name], [*args], imm, targets=[*targets])
        block.code.append(instr)
        for target in targets:
            target.predecessors.append(block)
        return instr

    def jump(self, target: LowBlock) -> None:
        self.block.code.append(LowInstr(_JUMP, targets=[target]))
        target.predecessors.append(self.block)

    def branch(self, cond: Cond, one: LowInstr, other: LowInstr | int, yes: LowBlock, no: LowBlock) -> None:
        if isinstance(other, int):
            other = self.const(other)
        block = self.block
        block.code.append(LowInstr(_BRANCH, [one, other], (cond,), targets=[yes, no]))
        yes.predecessors.append(block)
        no.predecessors.append(block)

    def unreachable(self) -> None:
        self.terminate("unreachable", [])

    def phi(self, *args: LowInstr) -> LowInstr:
        """First in its block; an operand for each predecessor, which there must be by now."""
        phi = LowInstr(LOW_PHI, list(args))
        self.block.code.append(phi)
        return phi

    def tail(self, name: str, fill: Callable[[], None]) -> LowBlock:
        """A cold block that ends the function, shared by all that have the current block's handler."""
        handler = self.block.handler
        found = self._tails.get((name, handler))
        if found is None:
            here = self.block
            found = self._tails[name, handler] = LowBlock(handler=handler, cold=True)
            self.start(found)
            fill()
            self.block = here
        return found

    # --- values ---------------------------------------------------------------------------------------------

    def use(self, instr: Instr) -> LowInstr:
        """The word of an SSA value, in the current block; it may be another one at the end."""
        found = self._values.get(instr)
        return self._boxed(self.found.unboxed[instr]) if found is None else found

    def object_of(self, instr: Instr) -> LowInstr:
        """As ``use``, but NULL of an integer without an object."""
        found = self._values.get(instr)
        return self.found.unboxed[instr].boxed if found is None else found

    def define(self, instr: Instr, value: LowInstr) -> None:
        self._values[instr] = value

    def undefine(self, instr: Instr) -> None:
        """Forget the object of what has one only here."""
        self._values.pop(instr, None)

    def unboxed_of(self, instr: Instr) -> Unboxed:
        """An SSA value in the form of those that may be words."""
        number = integer_of(instr)
        if number is not None and number >= 0:
            return Unboxed(self.const(number), self.const(NULL))
        found = None if instr in self._values else self.found.unboxed.get(instr)
        return Unboxed(self.const(0), self.use(instr)) if found is None else found

    def _boxed(self, value: Unboxed) -> LowInstr:
        integer, join = self.new_block(), self.new_block()
        self.branch(Cond.EQ, value.boxed, NULL, integer, join)
        self.start(integer)
        made = self.call(Entry.NATIVE_TO_OBJ, value.number, NATIVE_UINT)
        self.jump(join)
        self.start(join)
        return self.phi(value.boxed, made)

    def const(self, value: int) -> LowInstr:
        # A flag is no number: 1 | -2 would keep only the flags that there are
        instr = LowInstr(_CONST, imm=(int(value),))
        self.block.code.append(instr)
        return instr

    def load(self, base: LowInstr, word: int) -> LowInstr:
        """Word ``word`` behind an address."""
        instr = LowInstr(_LOAD, [base], (self.word_at(word),))
        self.block.code.append(instr)
        return instr

    def load_head(self, container: LowInstr, word: int) -> LowInstr:
        """The length of a container, or the address of its items."""
        return self.emit("load", container, imm=(self.word_at(word)._replace(head=True),))

    def store(self, base: LowInstr, word: int, value: LowInstr) -> None:
        self.block.code.append(LowInstr(_STORE, [base, value], (self.word_at(word),)))

    def word_at(self, word: int) -> Mem:
        found = self._words.get(word)
        if found is None:
            found = self._words[word] = Mem(self.layout.word, word * self.layout.word)
        return found

    # --- the run time ---------------------------------------------------------------------------------------

    def call(self, entry: Entry, *args: LowInstr | int) -> LowInstr:
        values = [self.const(arg) if isinstance(arg, int) else arg for arg in args]
        instr = LowInstr(_CALL, values, (int(entry),), self.token)
        self.block.code.append(instr)
        return instr

    def table(self, entry: Entry) -> LowInstr:
        """One of the objects in the function table."""
        return self.emit("load_table", imm=(int(entry),))

    def is_set(self, result: LowInstr, yes: LowBlock, no: LowBlock) -> None:
        """Branch on the C ``bool`` that a call returned."""
        if self.layout.bool_is_word:
            self.branch(Cond.NE, result, 0, yes, no)
        else:
            self.branch(Cond.TNZ, result, C_BOOL_MASK, yes, no)

    def is_object(self, value: LowInstr, entry: Entry, yes: LowBlock, no: LowBlock) -> None:
        """Branch on whether a value is None, True or False."""
        self.branch(Cond.EQ, value, self.table(entry), yes, no)

    def raises(self, exception: LowInstr) -> None:
        """Raise what is an exception."""
        self.call(Entry.RAISE, exception)
        self.unreachable()

    def raises_any(self, value: LowInstr) -> None:
        """Raise what may be anything: TypeError if it is no exception and no class of them.

        ``raise`` of the run time lets None pass, and nothing else.
        """
        self.call(Entry.RAISE, value)
        self.jump(self.tail("no exception", lambda: self.raises(self.const(small_int(0)))))

    def raise_if_null(self, value: LowInstr) -> None:
        """NameError, for a variable without a value.

        There is no entry that raises one, and the name ``NameError`` can be hidden: so a global variable is
        asked for whose name no program can give one.
        """
        bound = self.new_block()
        self.branch(Cond.NE, value, 0, bound, self.tail("unbound", self._raise_unbound))
        self.start(bound)

    def _raise_unbound(self) -> None:
        self.call(Entry.LOAD_GLOBAL, self.qstr(_UNBOUND))
        self.unreachable()

    # --- what is shared by the whole function ---------------------------------------------------------------

    def prologue(
        self, key: str, name: str, args: Sequence[LowInstr] = (), imm: tuple[LowImmediate, ...] = ()
    ) -> LowInstr:
        """An instruction at the start of the entry, only once."""
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = LowInstr(LOW_OF_NAME[name], list(args), imm)
            self._prologue.append(found)
        return found

    def input(self, number: int) -> LowInstr:
        return self.prologue(f"input {number}", "input", imm=(number,))

    def fixed(self, key: str, base: LowInstr, word: int) -> LowInstr:
        return self.prologue(key, "load_fixed", [base], (self.word_at(word),))

    def fun(self) -> LowInstr:
        """The function object."""
        state = self.input(0)
        return self.fixed("fun", state, 0) if self.ssa.is_generator else state

    def context(self) -> LowInstr:
        return self._shared.get("context") or self.fixed("context", self.fun(), FUN_CONTEXT)

    def globals(self) -> LowInstr:
        return self._shared.get("globals") or self.fixed("globals", self.context(), CONTEXT_GLOBALS)

    def objects(self) -> LowInstr:
        return self._shared.get("objects") or self.fixed("objects", self.context(), CONTEXT_OBJECTS)

    def qstrs(self) -> LowInstr:
        return self._shared.get("qstrs") or self.fixed("qstrs", self.context(), CONTEXT_QSTRS)

    def qstr(self, text: str) -> LowInstr:
        """The number of a qstr."""
        table = self.qstrs()
        return self.emit("load_fixed", table, imm=(Mem(QSTR_BYTES, QSTR_BYTES * self.tables.qstr(text)),))

    def qstr_at_start(self, text: str) -> LowInstr:
        """The same, computed in the entry."""
        table = self.qstrs()
        mem = Mem(QSTR_BYTES, QSTR_BYTES * self.tables.qstr(text))
        return self.prologue(f"qstr {text}", "load_fixed", [table], (mem,))

    def object(self, value: ConstantValue) -> LowInstr:
        """A constant object."""
        index = self.tables.constant(value)
        return self.emit("load_fixed", self.objects(), imm=(self.word_at(index),))

    def child(self, number: int) -> LowInstr:
        children = self.fixed("children", self.fun(), FUN_CHILDREN)
        return self.emit("load_fixed", children, imm=(self.word_at(number),))

    # --- the frame ------------------------------------------------------------------------------------------

    def frame(self, name: str, words: int) -> LowInstr:
        """The address of a frame object, made when it is first asked for."""
        number = self._frame.get(name)
        if number is None:
            number = self._frame[name] = len(self.low.frame)
            self.low.frame.append(FrameObject(name, words))
        return self.emit("frame_address", imm=(number,))

    def area(self, words: int, offset: int = 0) -> LowInstr:
        """The address of ``words`` words at an offset into the area for arguments and several results."""
        self._area_words = max(self._area_words, offset + words)
        address = self.frame(_AREA, 0)
        if offset:
            address = self.emit("add", address, self.const(offset * self.layout.word))
        return address

    def store_all(self, address: LowInstr, values: Sequence[LowInstr], first: int = 0) -> None:
        for word, value in enumerate(values, first):
            self.store(address, word, value)

    def nlr_buffer(self, depth: int) -> LowInstr:
        """The buffer of the handler that is armed inside of ``depth`` others."""
        return self.frame(f"handler {depth}", self.layout.nlr_words)

    def depth_of(self, region: Region) -> int:
        return len(region.landing.armed) + self.has_outer_handler

    def push(self, depth: int, body: LowBlock, landing: LowBlock) -> None:
        """Arm a handler; ends the block."""
        self.branch(Cond.EQ, self.call(Entry.NLR_PUSH, self.nlr_buffer(depth)), 0, body, landing)

    def pop(self) -> None:
        self.call(Entry.NLR_POP)

    # --- the end --------------------------------------------------------------------------------------------

    def finish(self) -> LowFunction:
        """The function, its blocks in order: as they are in the source, cold ones last."""
        low = self.low
        if _AREA in self._frame:
            low.frame[self._frame[_AREA]] = FrameObject(_AREA, self._area_words)
        entry = self.started[0][1]
        rest = [block for _, block in sorted(self.started, key=itemgetter(0)) if block is not entry]
        low.blocks = [entry, *[b for b in rest if not b.cold], *[b for b in rest if b.cold]]
        if any(instr.row.name in TABLE_USERS for block in low.blocks for instr in block.code):
            table = self.fixed("table", self.objects(), self.tables.fun_table())
            self._prologue.append(LowInstr(LOW_OF_NAME["set_table"], [table]))
        entry.code[:0] = self._prologue
        return low


_UNBOUND = "local variable"
"""Is no identifier."""

_AREA = "area"

_BRANCH = LOW_OF_NAME["branch"]
_CALL = LOW_OF_NAME["call_table"]
_CONST = LOW_OF_NAME["const"]
_JUMP = LOW_OF_NAME["jump"]
_LOAD = LOW_OF_NAME["load"]
_STORE = LOW_OF_NAME["store"]


def count_uses(ssa: SsaFunction) -> dict[Instr, int]:
    """How often each value is an operand; none is missing."""
    uses = {instr: 0 for block in ssa.blocks for instr in block.code}
    for block in ssa.blocks:
        for instr in block.code:
            for arg in instr.args:
                uses[arg] += 1
    return uses
