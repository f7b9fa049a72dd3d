"""The states of one function: what is known at each instruction, and how ways that meet are joined.

``at[pc]`` is the stack with which an instruction was last entered, ``exc_at[pc]`` the open handlers.
Handlers are a tuple of ``(address, depth, is_finally)``, innermost last. One whose address is not beyond the
instruction is *running*: an exception passes it by (``py/vm.c`` compares addresses). ``incoming`` holds the
states of instructions that are still to be entered, ``todo`` their offsets.
"""

from __future__ import annotations

from heapq import heappush
from typing import TypeAlias

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.kinds import (
    EXC,
    FIN,
    NO_KIND,
    NONE,
    NONE_OR_EXC,
    SHIFT,
    TAG,
    Stack,
    describe,
    join_kinds,
)

Handler: TypeAlias = tuple[int, int, bool]
Handlers: TypeAlias = tuple[Handler, ...]
State: TypeAlias = tuple[Stack, int, Handlers]
"""(stack, its depth in slots, open handlers)."""

Unwinding: TypeAlias = tuple[int, int]
"""(address, handlers still to be left | flag) of a jump, or RETURN."""

RETURN: Unwinding = (-1, 0)

_MASKS = {NONE: 1, EXC: 2, NONE_OR_EXC: 3}
_MAX_UNWINDINGS = 64
_FUEL_PER_BYTE = 40
_FREE_FUEL = 20_000
_FUEL_OF_JOIN = 4


class States:
    """Everything that is known while one function is interpreted. Raises RejectedError."""

    __slots__ = ("_fin_numbers", "again", "at", "exc_at", "fins", "fuel", "incoming", "pc", "size", "todo")

    def __init__(self, size: int) -> None:
        self.size = size
        self.at: list[Stack | None] = [None] * size
        self.at.append(())  # so that whoever reaches the end looks twice
        self.exc_at: dict[int, Handlers] = {}
        self.incoming: dict[int, State] = {}
        self.todo: list[int] = []
        self.again: set[int] = set()
        """Those of ``incoming`` that were entered before, with less general states."""
        self.fins: list[tuple[int, frozenset[Unwinding]]] = []
        self._fin_numbers: dict[tuple[int, frozenset[Unwinding]], int] = {}
        self.fuel = _FREE_FUEL + _FUEL_PER_BYTE * size
        self.pc = 0

    def burn(self, amount: int) -> None:
        """Pay for work that is not bounded by the number of instructions."""
        self.fuel -= amount
        if self.fuel < 0:
            raise RejectedError(findings.COMPLEX, self.pc)

    # --- FIN -----------------------------------------------------------------------------------------------

    def fin(self, mask: int, unwindings: frozenset[Unwinding]) -> int:
        """The kind of a slot with the state of a finally block: bit 0 of mask: None, bit 1: an exception."""
        key = (mask, unwindings)
        number = self._fin_numbers.get(key)
        if number is None:
            if len(unwindings) > _MAX_UNWINDINGS:
                raise RejectedError(findings.COMPLEX, self.pc)
            number = self._fin_numbers[key] = len(self.fins)
            self.fins.append(key)
        return FIN | number << SHIFT

    def fin_parts(self, kind: int) -> tuple[int, frozenset[Unwinding]] | None:
        """(mask, unwindings) of a slot that END_FINALLY understands, None for any other."""
        if kind & TAG == FIN:
            return self.fins[kind >> SHIFT]
        mask = _MASKS.get(kind)
        return None if mask is None else (mask, frozenset())

    # --- ways ----------------------------------------------------------------------------------------------

    def flow_to(self, target: int, stack: Stack, depth: int, handlers: Handlers) -> None:
        """Control may come to ``target`` with this state."""
        if not 0 <= target < self.size:
            raise RejectedError(findings.TARGET, self.pc, target=target)
        old = self.at[target]
        if old is None:
            self.at[target] = stack
            self.incoming[target] = (stack, depth, handlers)
            heappush(self.todo, target)
            return
        pending = self.incoming.get(target)
        if pending is None:
            if old is stack and self.exc_at.get(target, ()) == handlers:
                return
            known: State = (old, -1, self.exc_at.get(target, ()))
        else:
            known = pending
        joined = self.join(known, (stack, depth, handlers), target)
        if joined is not known:
            if pending is None:
                heappush(self.todo, target)
                self.again.add(target)
            self.at[target] = joined[0]
            self.incoming[target] = joined

    def enter(self, pc: int, stack: Stack, depth: int, handlers: Handlers) -> State | None:
        """Control runs into an instruction that was entered before or is in ``incoming``: the state to go on
        with, None if it was entered with it already.
        """
        if pc == self.size:
            raise RejectedError(findings.FALLS_OFF, self.pc)
        new: State = (stack, depth, handlers)
        known = self.incoming.pop(pc, None)
        if known is not None:
            return self.join(known, new, pc)
        old = self.at[pc]
        assert old is not None
        if old is stack and self.exc_at.get(pc, ()) == handlers:
            return None
        known = (old, -1, self.exc_at.get(pc, ()))
        joined = self.join(known, new, pc)
        if joined is known:
            return None
        self.again.add(pc)
        return joined

    def renew_handlers(self, state: State, pc: int) -> None:
        """The handlers that an exception at ``pc`` can reach are entered with what is on the stack there."""
        stack, depth, handlers = state
        for i in range(len(handlers) - 1, -1, -1):
            address, base, _ = handlers[i]
            if address > pc:
                stack, depth = self.cut(stack, depth, base)
                self.flow_to(address, (EXC, stack), base + 1, handlers[: i + 1])

    def cut(self, stack: Stack, depth: int, wanted: int) -> tuple[Stack, int]:
        """The lower ``wanted`` slots of a stack."""
        steps = 0
        while depth > wanted:
            kind, stack = stack
            depth -= 2 if kind & TAG == FIN else 1
            steps += 1
        self.burn(steps)
        if depth != wanted:
            raise RejectedError(findings.PROTECTED, self.pc)
        return stack, depth

    def join(self, old: State, new: State, target: int) -> State:
        """What is known if either may hold; ``old`` itself if nothing new. The depth of ``old`` may be -1."""
        if old[2] != new[2]:
            raise RejectedError(findings.JOIN_HANDLERS, target)
        a, b = old[0], new[0]
        passed: list[int] = []
        changed = False
        while a is not b:
            if not a or not b:
                raise RejectedError(findings.JOIN, target, found=describe(new[0]), other=describe(old[0]))
            kind, a = a
            other, b = b
            if kind != other:
                kind, other = self._join_slot(kind, other), kind
                if kind == NO_KIND:
                    raise RejectedError(findings.JOIN, target, found=describe(new[0]), other=describe(old[0]))
                changed = changed or kind != other
            passed.append(kind)
        self.burn(len(passed) * _FUEL_OF_JOIN)
        if not changed:
            return old
        for kind in reversed(passed):
            a = (kind, a)
        return a, self._depth_joined(new, passed), new[2]

    def _depth_joined(self, new: State, passed: list[int]) -> int:
        # FIN counts as two slots, and what it was joined with may have counted as one.
        depth = new[1]
        stack = new[0]
        for kind in passed:
            was, stack = stack
            depth += (kind & TAG == FIN) - (was & TAG == FIN)
        return depth

    def _join_slot(self, a: int, b: int) -> int:
        if a & TAG == FIN or b & TAG == FIN:
            left, right = self.fin_parts(a), self.fin_parts(b)
            if left is None or right is None:
                return NO_KIND
            return self.fin(left[0] | right[0], left[1] | right[1])
        return join_kinds(a, b)


def floor_of(handlers: Handlers, pc: int) -> int:
    """How many slots the innermost handler that is not running relies on; ``pc`` is of the instruction."""
    for address, depth, _ in reversed(handlers):
        if address > pc:
            return depth
    return 0
