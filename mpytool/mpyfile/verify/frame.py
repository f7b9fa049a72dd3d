"""The interpreter's state while one instruction runs, and what all instructions do with it.

The instructions that are not in the hot loop of ``flow.py`` are functions in the modules ``ops_*.py``. Each
gets a Frame and the offsets of the instruction and behind its opcode (behind its operand if that is a qstr),
changes ``stack``, ``depth`` and ``handlers``, and returns where control goes on. STOP means nowhere, or only
along ways it has given to ``States.flow_to``; ``end`` is then where the instruction ends.
"""

from __future__ import annotations

from mpytool.instructions import decode_instruction
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import Context
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.kinds import FIN, METHOD, NO_OBJECT, NULL, SELF, TAG, Stack, words
from mpytool.mpyfile.verify.overlap import check_overlap
from mpytool.mpyfile.verify.state import Handlers, States

STOP = -1

CHEAP = 64
"""Slots that an instruction may push or pop for nothing."""


class Frame:
    """The interpreter's state while an instruction runs."""

    __slots__ = (
        "context",
        "covered",
        "depth",
        "end",
        "floor",
        "handlers",
        "max_depth",
        "op",
        "peak",
        "stack",
        "states",
    )

    def __init__(self, context: Context) -> None:
        self.context = context
        self.states = States(len(context.code))
        self.covered = bytearray(len(context.code))
        self.stack: Stack = ()
        self.depth = self.floor = self.peak = self.max_depth = self.op = self.end = 0
        self.handlers: Handlers = ()

    def cover(self, start: int, end: int) -> None:
        """The instructions from ``start`` to ``end`` were run, one behind the other."""
        if start in self.states.again:
            self.states.again.discard(start)
            return
        if 1 in self.covered[start:end]:
            raise RejectedError(findings.OVERLAP, start)
        self.covered[start:end] = b"\1" * (end - start)

    def finish(self) -> None:
        """What can only be said when every way has been followed: sizes, and code that never runs."""
        context = self.context
        n_locals = context.learnt.n_locals
        if self.max_depth + n_locals > context.n_state:
            check_overlap(context, self.states, self.max_depth)
        gap = self.covered.find(0)
        while gap >= 0:
            end = self.covered.find(1, gap)
            end = len(self.covered) if end < 0 else end
            self._check_dead(gap, end)
            gap = self.covered.find(0, end)

    def _check_dead(self, pc: int, end: int) -> None:
        # Such code need only be instructions: it never runs.
        while pc < end:
            try:
                pc_after = decode_instruction(self.context.code, pc).end
            except IndexError:
                raise RejectedError(findings.CUT_OFF, pc) from None
            except ValueError:
                raise RejectedError(findings.OPCODE, pc, byte=self.context.code[pc]) from None
            if pc_after > end:
                raise RejectedError(findings.OVERLAP, pc)
            pc = pc_after

    def deeper(self, depth: int) -> int:
        """A new greatest depth."""
        if depth > self.context.n_state:
            raise RejectedError(
                findings.OVERFLOW,
                self.states.pc,
                depth=depth,
                n_locals=self.context.learnt.n_locals,
                n_state=self.context.n_state,
            )
        return depth

    def need(self, n: int) -> None:
        """The instruction touches the ``n`` top slots and may raise."""
        if self.depth - n < self.floor:
            pc = self.states.pc
            if self.depth < n:
                raise RejectedError(findings.UNDERFLOW, pc, needed=n - self.depth)
            raise RejectedError(findings.PROTECTED, pc)
        if n > CHEAP:
            self.states.burn(n)

    def pop(self) -> int:
        kind: int
        kind, self.stack = self.stack
        self.depth -= 1
        return kind

    def pop_objects(self, n: int) -> None:
        for _ in range(n):
            self.pop_object()

    def pop_object(self) -> int:
        kind = self.pop()
        if kind & NO_OBJECT:
            raise self.wrong("an object", kind)
        return kind

    def push(self, kind: int) -> None:
        self.stack = (kind, self.stack)
        self.depth += 1
        if self.depth > self.peak:
            self.peak = self.depth

    def reach(self, depth: int) -> None:
        if depth > self.peak:
            self.peak = depth

    def wrong(self, wanted: str, kind: int) -> RejectedError:
        return RejectedError(findings.KIND, self.states.pc, wanted=wanted, found=words(kind))

    def check_operand(self, what: str, value: int, limit: int) -> None:
        if value > limit:
            raise RejectedError(
                findings.OPERAND, self.states.pc, what=what, value=value, limit=f"at most {limit}"
            )

    def check_popped(self, kind: int) -> None:
        if kind & TAG == FIN:
            raise self.wrong("one slot", kind)

    def check_backwards(self, handlers: Handlers, pc: int, target: int) -> None:
        """A jump back must not leave a running handler open."""
        for address, _, _ in handlers:
            if target < address <= pc:
                raise RejectedError(findings.REOPENED, pc)

    def check_movable(self, kind: int) -> None:
        if kind & NO_OBJECT and kind != NULL:
            raise self.wrong("an object or null", kind)

    def pop_value(self) -> None:
        """A value to store, or null to delete."""
        kind = self.pop()
        if kind & NO_OBJECT and kind != NULL:
            raise self.wrong("an object or null", kind)

    def signed_target(self, at: int) -> tuple[int, int]:
        code = self.context.code
        distance = code[at]
        if distance < 0x80:
            return at + 1 + distance - 0x40, at + 1
        return at + 2 + (distance & 0x7F | code[at + 1] << 7) - 0x4000, at + 2

    def forward_target(self, at: int) -> tuple[int, int]:
        code = self.context.code
        distance = code[at]
        if distance < 0x80:
            return at + 1 + distance, at + 1
        return at + 2 + (distance & 0x7F | code[at + 1] << 7), at + 2

    def check_local(self, local: int) -> None:
        self.check_operand("local", local, self.context.n_state - 1)
        self.context.use_local(local)

    def check_changed(self, local: int, pc: int) -> None:
        self.check_local(local)
        if local in self.context.cells:
            raise RejectedError(findings.CELL_STORED, pc, local=local)

    def bad_call(self, pc: int, bad: int, self_kind: int, method: int) -> RejectedError:
        """Why a CALL_METHOD is wrong: an argument that is no object, or no method below."""
        if self_kind == SELF and method == METHOD:
            return RejectedError(findings.KIND, pc, wanted="objects", found="something else")
        return self.wrong("a method with its self", self_kind if self_kind != SELF else method)

    def qstr(self, pc: int) -> tuple[int, int]:
        # The hot loop has checked it; it left the offset behind it.
        return self.context.varuint(self.states.pc, self.states.pc + 1)
