"""Functions of the toy by chance: ifs, loops that end, handlers, cold ways, calls, fixed registers, flags."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from mpytool.emitters.native.low import Cond, FrameObject
from mpytool.emitters.native.machine import (
    Address,
    Call,
    Copy,
    FrameRef,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    Operand,
    Source,
    VReg,
)
from tests.emitters.native.toy.machine import POP, PUSH, RAISING
from tests.emitters.native.toy.target import LOW, OPS, R0, R1

_WORDS = 3  # of the frame object


def function_by_chance(seed: int, statements: int) -> MachineFunction:
    """The same for the same numbers."""
    return _Builder(random.Random(seed), statements).build()


@dataclass(slots=True)
class _Builder:
    """``values``: what is defined wherever the next statement may be."""

    chance: random.Random
    left: int
    function: MachineFunction = field(default_factory=lambda: MachineFunction("f"))
    values: list[VReg] = field(default_factory=list)
    block: MachineBlock = field(init=False)
    cold: bool = False
    loop: int = 0
    handler: MachineBlock | None = None

    def build(self) -> MachineFunction:
        self.function.frame.append(FrameObject("words", _WORDS))
        self.start(self.new_block())
        first, second = self.new(), self.new()
        self.block.code.append(Copy([first, second], [R0, R1]))
        self.values += [first, second]
        for offset in range(_WORDS):
            self.add("store", Address(FrameRef(0), offset), self.value())
        if self.chance.random() < 0.3:
            self.cold = True
            self.end("jump", [], [cold := self.new_block()])
            self.start(cold)
        while self.left > 0:
            self.statement(0)
        for value in self.some(4):
            self.add("emit", value)
        self.block.code.append(Copy([R0], [self.source()]))
        self.add("ret", R0)
        return self.function

    # Blocks

    def new_block(self, cold: bool = False) -> MachineBlock:
        return MachineBlock(-1, handler=self.handler, cold=self.cold or cold, loop=self.loop)

    def start(self, block: MachineBlock) -> None:
        block.number = len(self.function.blocks)
        self.function.blocks.append(block)
        self.block = block

    def end(self, name: str, operands: list[Operand], targets: list[MachineBlock]) -> None:
        for target in targets:
            target.predecessors.append(self.block)
        self.block.code.append(MachineInstr(OPS[name], operands, targets))

    def copy(self, places: list[VReg], sources: list[Source]) -> None:
        self.block.code.append(Copy([*places], sources))

    # Values

    def new(self) -> VReg:
        return self.function.new_vreg(LOW if self.chance.random() < 0.1 else frozenset())

    def value(self) -> VReg:
        return self.chance.choice(self.values[-8:] if self.chance.random() < 0.7 else self.values)

    def some(self, most: int) -> list[VReg]:
        return [self.value() for _ in range(self.chance.randint(1, most))]

    def source(self) -> Source:
        if self.chance.random() < 0.25:
            return self.chance.choice([self.chance.randrange(1000), FrameRef(0, self.chance.randrange(9))])
        return self.value()

    def add(self, name: str, *operands: Operand) -> None:
        self.block.code.append(MachineInstr(OPS[name], [*operands]))

    # Statements

    def statement(self, depth: int) -> None:
        self.left -= 1
        simple: list[Callable[[], None]] = [
            self.arithmetic, self.arithmetic, self.three, self.load, self.call, self.call, self.fixed,
            self.flags, self.constant,
        ]  # fmt: skip
        nested: list[Callable[[int], None]] = [
            self.either,
            self.repeat,
            self.guarded,
            self.checked,
            self.swapped,
        ]
        if depth < 3 and self.chance.random() < 0.35:
            self.chance.choice(nested)(depth + 1)
        else:
            self.chance.choice(simple)()

    def body(self, depth: int) -> None:
        for _ in range(self.chance.randint(1, 4)):
            self.statement(depth)

    def inside(self, block: MachineBlock, depth: int) -> Source:
        """A block and what follows it; what is defined there is gone, except for one value."""
        known = len(self.values)
        self.start(block)
        self.body(depth)
        result = self.source()
        del self.values[known:]
        return result

    def arithmetic(self) -> None:
        new = self.new()
        self.copy([new], [self.source()])
        if self.chance.random() < 0.3:
            self.add("addi", new, self.chance.randrange(50))
        else:
            self.add(self.chance.choice(["add", "sub"]), new, self.value())
        self.values.append(new)

    def three(self) -> None:
        new = self.new()
        self.add(self.chance.choice(["add3", "scale"]), new, self.value(), self.value())
        self.values.append(new)

    def constant(self) -> None:
        new = self.new()
        self.add(*self.chance.choice([("const", new, 300), ("lea", new, FrameRef(0, 1)), ("table", new, 5)]))
        self.values.append(new)

    def load(self) -> None:
        offset = self.chance.randrange(_WORDS)
        address = Address(FrameRef(0), offset)
        if self.chance.random() < 0.5:
            base = self.new()
            self.add("lea", base, FrameRef(0))
            address = Address(base, offset)
        if self.chance.random() < 0.5:
            self.add("store", address, self.value())
        else:
            new = self.new()
            self.add("load", new, address)
            self.values.append(new)

    def call(self) -> None:
        entry = self.chance.choice([*range(6), RAISING, RAISING + 1])
        count = 1 if entry >= RAISING else entry % 3
        new = self.new() if self.chance.random() < 0.7 else None
        self.block.code.append(Call(entry, [self.source() for _ in range(count)], new))
        if new is not None:
            self.values.append(new)

    def fixed(self) -> None:
        one, other = self.new(), self.new()
        self.block.code.append(Copy([R0], [self.source()]))
        self.add("double", R0, R1, self.value())
        self.copy([one, other], [R0, R1])
        self.values += [one, other]
        self.add("spoil", self.value())

    def flags(self) -> None:
        one, other = self.new(), self.new()
        self.copy([other], [self.source()])
        self.add("test", self.value(), self.value())
        if self.chance.random() < 0.5:
            self.add("set", one)
            self.values.append(one)
        self.add("pick", other, self.value())
        self.values.append(other)

    def condition(self) -> list[Operand]:
        return [self.chance.choice(list(Cond)), self.value(), self.value()]

    def either(self, depth: int) -> None:
        ways = [self.new_block(self.chance.random() < 0.2), self.new_block(self.chance.random() < 0.4)]
        join = self.new_block()
        if self.chance.random() < 0.3:
            self.add("test", self.value(), self.value())
            self.end("branch_flag", [], ways)
        else:
            self.end("branch", self.condition(), ways)
        merged = [self.new() for _ in range(self.chance.randint(0, 2))]
        cold = self.cold
        for way in ways:
            self.cold = way.cold
            result = self.inside(way, depth)
            if self.cold and self.chance.random() < 0.3:
                self.end("halt", [], [])
            else:
                if merged:
                    self.copy(merged, [result, *(self.source() for _ in merged[1:])])
                self.end("jump", [], [join])
            self.cold = cold
        if not join.predecessors:
            self.end("jump", [], [join])
            self.block.code[-2:] = self.block.code[-1:]
            if merged:
                self.block.code.insert(-1, Copy([*merged], [self.source() for _ in merged]))
        self.start(join)
        self.values += merged

    def repeat(self, depth: int) -> None:
        turn, limit = self.new(), self.new()
        carried = [self.new() for _ in range(self.chance.randint(0, 2))]
        self.add("const", limit, self.chance.randint(1, 3))
        self.copy([turn, *carried], [0, *(self.source() for _ in carried)])
        self.loop += 1
        head, body = self.new_block(), self.new_block()
        self.loop -= 1
        after = self.new_block()
        self.end("jump", [], [head])
        self.start(head)
        self.end("branch", [Cond.LT, turn, limit], [body, after])
        self.loop += 1
        self.values += carried
        known = len(self.values)
        self.start(body)
        self.body(depth)
        following = [self.new() for _ in (turn, *carried)]
        self.copy([following[0]], [turn])
        self.add("addi", following[0], 1)
        self.copy(following[1:], [self.source() for _ in carried])
        self.copy([turn, *carried], [*following])
        self.end("jump", [], [head])
        del self.values[known:]
        self.loop -= 1
        self.start(after)

    def swapped(self, depth: int) -> None:
        """A loop that exchanges two values."""
        turn, one, other = self.new(), self.new(), self.new()
        self.copy([turn, one, other], [2, self.source(), self.source()])
        self.loop += 1
        body = self.new_block()
        again = self.new_block()
        self.loop -= 1
        after = self.new_block()
        self.end("jump", [], [body])
        self.inside(body, depth)
        zero = self.new()
        self.add("const", zero, 0)
        self.add("addi", turn, 65535)
        self.end("branch", [Cond.NE, turn, zero], [again, after])
        self.start(again)
        self.copy([one, other], [other, one])
        self.end("jump", [], [body])
        self.start(after)
        self.values += [one, other]

    def guarded(self, depth: int) -> None:
        outer = self.handler
        pushed, zero, merged = self.new(), self.new(), self.new()
        landing, join = self.new_block(True), self.new_block()
        self.handler = landing
        body = self.new_block()
        self.handler = outer
        self.block.code.append(Call(PUSH, [], pushed))
        self.add("const", zero, 0)
        self.end("branch", [Cond.EQ, pushed, zero], [body, landing])
        self.handler = landing
        result = self.inside(body, depth)
        self.copy([merged], [result])
        self.block.code.append(Call(POP, [], None))
        self.handler = outer
        self.end("jump", [], [join])
        cold, self.cold = self.cold, True
        result = self.inside(landing, depth)
        self.copy([merged], [result])
        self.end("jump", [], [join])
        self.cold = cold
        self.start(join)
        self.values.append(merged)

    def checked(self, depth: int) -> None:
        total = self.new()
        ok, bad, join = self.new_block(), self.new_block(True), self.new_block()
        self.copy([total], [self.source()])
        self.end("add_checked", [total, self.value()], [ok, bad])
        merged = self.new()
        cold, self.cold = self.cold, True
        result = self.inside(bad, depth)
        self.copy([merged], [result])
        self.end("jump", [], [join])
        self.cold = cold
        self.start(ok)
        self.copy([merged], [total])
        self.end("jump", [], [join])
        self.start(join)
        self.values.append(merged)
