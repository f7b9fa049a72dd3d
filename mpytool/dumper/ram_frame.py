"""What a walk through a module's body knows at one point: the stack and the variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappush
from typing import TypeAlias

from mpytool.dumper.ram_heap import Block
from mpytool.module import RawCode

MAX_STACK = 20_000
MAX_BRANCHES = 20_000
"""Far more than programs have; where a file made to annoy has more, the walk ends."""


@dataclass(frozen=True, slots=True)
class Name:
    """The value of a global or built-in name that the module has not stored."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A value of which only the kind matters."""

    what: str


NULL = Mark("null")
BUILD_CLASS = Mark("build class")
FALSE = Mark("false")

Value: TypeAlias = Block | Name | Mark | int | None
"""None is a value without memory of its own, or one of which nothing is known."""
Stack: TypeAlias = "tuple[Value, Stack] | None"
"""Linked, so that a branch can keep it without a copy."""


class EnoughError(Exception):
    """A limit was reached."""


@dataclass(slots=True)
class Frame:
    code: RawCode
    names: dict[str, Value]
    bases: list[Value]
    opcodes: memoryview
    visited: bytearray
    variables: dict[int, Value] = field(default_factory=dict)
    stack: Stack = None
    depth: int = 0
    pending: list[int] = field(default_factory=list)  # a heap
    stacks: dict[int, tuple[Stack, int]] = field(default_factory=dict)  # at the pending offsets
    resume: int | None = None  # where to go on, with the stack as it is
    most_names: int = 0

    def push(self, value: Value) -> None:
        if self.depth >= MAX_STACK:
            raise EnoughError
        self.stack = (value, self.stack)
        self.depth += 1

    def pop(self) -> Value:
        if self.stack is None:
            return None
        value, self.stack = self.stack
        self.depth -= 1
        return value

    def top(self) -> Value:
        return self.stack[0] if self.stack is not None else None

    def pop_many(self, count: int) -> list[Value]:
        """The topmost values, deepest first: as many as there are."""
        values: list[Value] = []
        while len(values) < count and self.stack is not None:
            values.append(self.pop())
        values.reverse()
        return values

    def add_pending(self, offset: int) -> None:
        """Go on at an offset later, with the stack as it is now."""
        if not 0 <= offset < len(self.visited) or self.visited[offset] or offset in self.stacks:
            return
        if len(self.stacks) >= MAX_BRANCHES:
            raise EnoughError
        heappush(self.pending, offset)
        self.stacks[offset] = self.stack, self.depth
