"""Low functions by chance, which end and access nothing but what is theirs.

Input 0 is the address of a buffer, input 1 that of a word that holds the function table's address; the others
are any words. Frame objects are written before they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from mpytool.emitters.native.loops import find_loops
from mpytool.emitters.native.low import (
    LOW_OF_NAME,
    Cond,
    FrameObject,
    LowBlock,
    LowFunction,
    LowImmediate,
    LowInstr,
    Mem,
    number_low,
)
from tests.emitters.native.low_interpreter import (
    ARITY,
    NLR_POP,
    NLR_PUSH,
    RAISE,
    RAISING,
    READING,
    WRITING,
)

BUFFER_BYTES = 256
FRAME_WORDS = 4

_BINARY = ("add", "sub", "mul", "and", "or", "xor")
_SHIFTS = ("shl", "shr", "sar")
_CONSTANTS = (
    0, 1, 1, 2, 3, 4, 5, 8, 9, -1, -2, 7, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
    -128, -129, 127, 128, 1 << 40, 1 << 63, -(1 << 31), 0x123456789ABCDEF,
)  # fmt: skip
_CONDS = tuple(Cond)
_FRAME_ENTRIES = tuple({**READING, **WRITING})
"""Entries whose last argument is a frame object."""
_ENTRIES = tuple(
    entry for entry in ARITY if entry not in (*_FRAME_ENTRIES, NLR_PUSH, NLR_POP, RAISE, *RAISING)
)


@dataclass(slots=True)
class RandomFunction:
    """Makes one function; ``words`` are the values that may be used at the moment."""

    random: Random
    word: int
    size: int = 30
    has_divide: bool = True
    calls: bool = True
    function: LowFunction = field(init=False)
    block: LowBlock = field(init=False)
    words: list[LowInstr] = field(default_factory=list)
    buffer: LowInstr = field(init=False)
    handler: LowBlock | None = None
    cold: bool = False

    def make(self) -> LowFunction:
        self.function = LowFunction("random", self.word, 4, frame=[FrameObject("one", FRAME_WORDS)])
        if self.random.random() < 0.5:
            self.function.frame.append(FrameObject("two", FRAME_WORDS))
        self.block = self.new_block()
        self.function.blocks.append(self.block)
        self.buffer, table, *rest = (self.add("input", imm=(index,)) for index in range(4))
        self.words += rest
        if self.calls:
            self.add("set_table", self.add("load_fixed", table, imm=(Mem(self.word),)))
        for number in range(len(self.function.frame)):
            base = self.add("frame_address", imm=(number,))
            for n in range(FRAME_WORDS):
                self.add("store", base, self.any_word(), imm=(Mem(self.word, n * self.word),))
        self.region(self.size, 0)
        self.leave("return", self.any_word())
        find_loops(self.function)
        number_low(self.function)
        return self.function

    # --- building ------------------------------------------------------------------------------------------

    def new_block(self) -> LowBlock:
        return LowBlock(handler=self.handler, cold=self.cold)

    def add(self, name: str, *args: LowInstr, imm: tuple[LowImmediate, ...] = ()) -> LowInstr:
        instr = LowInstr(LOW_OF_NAME[name], list(args), imm, token=self.random.randrange(3))
        self.block.code.append(instr)
        return instr

    def leave(
        self, name: str, *args: LowInstr, imm: tuple[LowImmediate, ...] = (), to: tuple[LowBlock, ...] = ()
    ) -> LowInstr:
        instr = self.add(name, *args, imm=imm)
        instr.targets = list(to)
        for target in to:
            target.predecessors.append(self.block)
        return instr

    def start(self, block: LowBlock) -> None:
        self.function.blocks.append(block)
        self.block = block

    def number(self, value: int) -> LowInstr:
        return self.add("const", imm=(value,))

    def any_word(self) -> LowInstr:
        if not self.words or self.random.random() < 0.15:
            return self.number(self.random.choice(_CONSTANTS))
        # The latest more often: chains are what is folded
        return self.random.choice(self.words[-6:] if self.random.random() < 0.6 else self.words)

    # --- values --------------------------------------------------------------------------------------------

    def region(self, size: int, depth: int) -> None:
        """``size`` pieces of code, one after the other."""
        while size > 0:
            roll = self.random.random()
            if roll < 0.72 or depth > 3:
                self.words.append(self.value())
                size -= 1
            else:
                inner = self.random.randrange(1, max(2, size // 2))
                kinds = [self.choice, self.loop, self.checked]
                if self.calls:
                    kinds.append(self.guarded)
                self.random.choice(kinds)(inner, depth + 1)
                size -= inner + 1

    def value(self) -> LowInstr:
        kinds = [
            self.binary,
            self.binary,
            self.binary,
            self.shift,
            self.unary,
            self.load,
            self.load,
            self.store,
        ]
        kinds += [self.store_again, self.compare, self.select, self.frame]
        if self.has_divide:
            kinds.append(self.divide)
        if self.calls:
            kinds += [self.call, self.call_frame, self.table]
        return self.random.choice(kinds)()

    def binary(self) -> LowInstr:
        return self.add(self.random.choice(_BINARY), self.any_word(), self.any_word())

    def shift(self) -> LowInstr:
        if self.random.random() < 0.7:
            count = self.number(self.random.choice((0, 1, 1, 2, 3, 4, 8, 8 * self.word - 1)))
        else:
            count = self.add("and", self.any_word(), self.number(8 * self.word - 1))
        return self.add(self.random.choice(_SHIFTS), self.any_word(), count)

    def unary(self) -> LowInstr:
        name = self.random.choice(("neg", "not", "zero_extend", "sign_extend"))
        bits = self.random.choice((8, 16, 32) if self.word == 8 else (8, 16))
        return self.add(name, self.any_word(), imm=(bits,) if "extend" in name else ())

    def divide(self) -> LowInstr:
        by = self.add("or", self.add("and", self.any_word(), self.number(0xFF)), self.number(1))
        one = self.any_word()
        quotient = self.add(self.random.choice(("sdiv", "udiv")), one, by)
        if self.random.random() < 0.5:
            return quotient
        return self.add("sub", one, self.add("mul", quotient, by))

    def mem(self, room: int, *, indexed: bool = False) -> Mem:
        size = self.random.choice((1, 2, 4, self.word))
        scale = self.random.choice((1, 2, 4, 8)) if indexed else 1
        return Mem(size, self.random.randrange(0, room), scale, self.random.random() < 0.3)

    def place(self) -> tuple[str, tuple[LowInstr, ...], Mem]:
        """A suffix, what an address in the buffer is made of, and how memory is accessed there."""
        base = self.buffer
        roll = self.random.random()
        if roll < 0.5:
            if roll < 0.2:
                base = self.add("add", base, self.number(self.random.randrange(64)))
            return "", (base,), self.mem(64)
        index = self.add("and", self.any_word(), self.number(self.random.choice((7, 15))))
        if roll < 0.6:
            index = self.add("shl", index, self.number(self.random.randrange(3)))
            return "", (self.add("add", base, index),), self.mem(64)
        if roll < 0.7:
            index = self.add("add", index, self.number(self.random.randrange(4)))
        elif roll < 0.75:
            index = self.number(self.random.randrange(16))
        return "_indexed", (base, index), self.mem(40, indexed=True)

    def load(self) -> LowInstr:
        suffix, args, mem = self.place()
        return self.add("load" + suffix, *args, imm=(mem,))

    def store(self) -> LowInstr:
        suffix, args, mem = self.place()
        value = self.any_word()
        self.add("store" + suffix, *args, value, imm=(Mem(mem.size, mem.offset, mem.scale),))
        return value

    def store_again(self) -> LowInstr:
        """Change a word in memory."""
        suffix, args, mem = self.place()
        old = self.add("load" + suffix, *args, imm=(mem,))
        pair = [old, self.any_word()]
        self.random.shuffle(pair)
        new = self.add(self.random.choice(_BINARY), *pair)
        self.add("store" + suffix, *args, new, imm=(Mem(mem.size, mem.offset, mem.scale),))
        return self.random.choice([*self.words[-3:], old, new])

    def question(self) -> tuple[Cond, LowInstr, LowInstr]:
        one = self.load() if self.random.random() < 0.3 else self.any_word()
        other = self.number(self.random.choice(_CONSTANTS)) if self.random.random() < 0.5 else self.any_word()
        if self.random.random() < 0.1:
            one, other = other, one
        return self.random.choice(_CONDS), one, other

    def compare(self) -> LowInstr:
        cond, one, other = self.question()
        return self.add("compare", one, other, imm=(cond,))

    def select(self) -> LowInstr:
        cond, one, other = self.question()
        return self.add("select", one, other, self.any_word(), self.any_word(), imm=(cond,))

    def frame(self) -> LowInstr:
        base = self.add("frame_address", imm=(self.random.randrange(len(self.function.frame)),))
        mem = Mem(self.word, self.word * self.random.randrange(FRAME_WORDS))
        if self.random.random() < 0.5:
            return self.add("load", base, imm=(mem,))
        value = self.any_word()
        self.add("store", base, value, imm=(mem,))
        return value

    def call(self) -> LowInstr:
        entry = self.random.choice([*_ENTRIES, *([] if self.handler is None else RAISING)])
        args = [self.any_word() for _ in range(ARITY[entry])]
        return self.add("call_table", *args, imm=(entry,))

    def call_frame(self) -> LowInstr:
        entry = self.random.choice(_FRAME_ENTRIES)
        base = self.add("frame_address", imm=(self.random.randrange(len(self.function.frame)),))
        args = [self.any_word() for _ in range(ARITY[entry] - 1)]
        return self.add("call_table", *args, base, imm=(entry,))

    def table(self) -> LowInstr:
        return self.add("load_table", imm=(self.random.choice((0, 1, 2, 20, 40)),))

    # --- control -------------------------------------------------------------------------------------------

    def branch(self, yes: LowBlock, no: LowBlock) -> None:
        cond, one, other = self.question()
        if self.random.random() < 0.2:
            other = self.number(self.random.choice((0, 1)))
            one = self.compare()
            cond = self.random.choice((Cond.EQ, Cond.NE))
        self.leave("branch", one, other, imm=(cond,), to=(yes, no))

    def join(self, block: LowBlock, values: list[list[LowInstr]]) -> None:
        """Start a block with a phi for each list of operands."""
        self.start(block)
        self.words += [self.add("phi", *args) for args in values]

    def choice(self, size: int, depth: int) -> None:
        """One way or the other, then a block with phis."""
        yes, no, after = self.new_block(), self.new_block(), self.new_block()
        empty = self.random.random() < 0.3
        outer = list(self.words)
        phis: list[list[LowInstr]] = [[] for _ in range(self.random.randrange(4))]
        cold, self.cold = self.cold, self.cold or self.random.random() < 0.3
        self.branch(yes, after if empty else no)
        if empty:
            for operands in phis:
                operands.append(self.random.choice(self.words) if self.words else self.any_word_before())
        for arm in [yes] if empty else [yes, no]:
            arm.cold = self.cold
            self.start(arm)
            self.words = list(outer)
            self.region(size // 2 + 1, depth)
            for operands in phis:
                operands.append(self.any_word())
            self.leave("jump", to=(after,))
        self.cold = cold
        self.words = outer
        self.join(after, phis)

    def any_word_before(self) -> LowInstr:
        """A constant in front of the terminator that has been made already."""
        self.block.code.insert(-1, LowInstr(LOW_OF_NAME["const"], [], (1,)))
        return self.block.code[-2]

    def loop(self, size: int, depth: int) -> None:
        """A few turns."""
        head, body, after = self.new_block(), self.new_block(), self.new_block()
        counter = self.number(0)
        carried = [self.any_word() for _ in range(self.random.randrange(4))]
        limit = self.number(self.random.randrange(1, 5))
        if self.random.random() < 0.3:
            limit = self.add("and", self.any_word(), self.number(3))
        self.leave("jump", to=(head,))
        self.start(head)
        outer = list(self.words)
        counted, *phis = (self.add("phi", value) for value in (counter, *carried))
        self.words += [counted, *phis]
        self.leave("branch", counted, limit, imm=(Cond.LT,), to=(body, after))
        inside = list(self.words)
        self.start(body)
        self.region(size, depth)
        for phi in phis:
            phi.args.append(self.any_word())
        counted.args.append(self.add("add", counted, self.number(1)))
        self.leave("jump", to=(head,))
        self.words = outer + inside[len(outer) :]
        self.start(after)

    def checked(self, size: int, depth: int) -> None:
        """Arithmetic with a slow path, that a question before may lead to, too."""
        fast, fits, slow, after = (self.new_block() for _ in range(4))
        slow.cold = True
        one, other = self.any_word(), self.any_word()
        if self.random.random() < 0.4:
            other = self.number(self.random.choice((2, -2, 1 << 40)))
        elif self.random.random() < 0.2:
            other = one
        if self.random.random() < 0.5:
            self.leave("branch", one, self.number(1), imm=(Cond.TNZ,), to=(fast, slow))
            self.start(fast)
        name = self.random.choice(("add_checked", "add_checked", "sub_checked", "mul_checked"))
        result = self.leave(name, one, other, to=(fits, slow))
        outer = list(self.words)
        self.start(slow)
        if self.calls:
            otherwise = self.add("call_table", self.number(5), one, other, imm=(18,))
        else:
            otherwise = self.add("xor", one, other)
        self.leave("jump", to=(after,))
        self.start(fits)
        self.words.append(result)
        self.region(size // 2, depth)
        if self.random.random() < 0.5:
            result = self.any_word()
        self.leave("jump", to=(after,))
        self.words = outer
        self.join(after, [[otherwise, result]])

    def guarded(self, size: int, depth: int) -> None:
        """Code with a handler."""
        body, landing, after = self.new_block(), self.new_block(), self.new_block()
        landing.cold = True
        base = self.add("frame_address", imm=(0,))
        again = self.add("call_table", base, imm=(NLR_PUSH,))
        self.leave("branch", again, self.number(0), imm=(Cond.EQ,), to=(body, landing))
        outer, previous = list(self.words), self.handler
        self.handler = body.handler = landing
        self.start(body)
        self.region(size, depth)
        if self.random.random() < 0.2:
            self.add("call_table", self.any_word(), imm=(RAISE,))
            self.leave("unreachable")
            results = []
        else:
            self.add("call_table", imm=(NLR_POP,))
            results = [self.any_word()]
            self.leave("jump", to=(after,))
        self.handler = previous
        self.words = list(outer)
        self.start(landing)
        self.region(1, depth)
        results.append(self.any_word())
        self.leave("jump", to=(after,))
        self.words = outer
        self.join(after, [results])
