"""Moving slots, iterators, and the conditional jumps that keep a value."""

from __future__ import annotations

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import EXCEPTION_NAME
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.frame import Frame
from mpytool.mpyfile.verify.kinds import EXC, FIN, ITER, METHOD, NO_OBJECT, NULL, OBJ, SELF, SHIFT, TAG
from mpytool.opcodes import code_of

_ROT_THREE = code_of("ROT_THREE")
_LOAD_GLOBAL = code_of("LOAD_GLOBAL")
_EXC_MATCH = code_of("BINARY_OP_MULTI") + 8
_POP_JUMP_IF_FALSE = code_of("POP_JUMP_IF_FALSE")


def dup_top(f: Frame, pc: int, end: int) -> int:
    if f.depth < 1:
        raise RejectedError(findings.UNDERFLOW, pc, needed=1)
    kind = f.stack[0]
    if kind == EXC or kind & TAG == FIN:
        found = _exception_test(f, pc, end)
        if found is not None:
            return _divide_state(f, pc, *found)
    f.check_movable(kind)
    f.push(kind)
    return end


def dup_top_two(f: Frame, pc: int, end: int) -> int:
    if f.depth < 2:
        raise RejectedError(findings.UNDERFLOW, pc, needed=2 - f.depth)
    top, rest = f.stack
    below = rest[0]
    f.check_movable(top)
    f.check_movable(below)
    f.push(below)
    f.push(top)
    return end


def rot_two(f: Frame, pc: int, end: int) -> int:
    if f.depth < 2:
        raise RejectedError(findings.UNDERFLOW, pc, needed=2 - f.depth)
    top = f.pop()
    below = f.pop()
    f.check_movable(top)
    f.check_movable(below)
    protected = f.depth < f.floor
    f.push(top)
    f.push(below)
    if protected:
        # It cannot raise; what comes next finds the slots like this.
        _renew(f, end)
    return end


def _renew(f: Frame, pc: int) -> None:
    f.states.renew_handlers((f.stack, f.depth, f.handlers), pc - 1)


def rot_three(f: Frame, pc: int, end: int) -> int:
    """(a b c) to (c a b). Twice, it moves one slot over a pair that must stay together."""
    if f.depth < 3:
        raise RejectedError(findings.UNDERFLOW, pc, needed=3 - f.depth)
    f.need(3)
    a, rest = f.stack
    twice = f.context.code[end] == _ROT_THREE
    if twice and a & TAG == FIN:
        return _rotate_unwinding(f, end)
    b, rest = rest
    if not rest:
        raise f.wrong("one slot", b)
    c, rest = rest
    if twice and a == SELF and b == METHOD:
        f.check_movable(c)
        f.stack = (c, (SELF, (METHOD, rest)))
        return end + 1
    f.check_movable(a)
    f.check_movable(b)
    f.check_movable(c)
    f.stack = (b, (c, (a, rest)))
    return end


def _exception_test(f: Frame, pc: int, end: int) -> tuple[int, int] | None:
    """How 'async with' asks for an exception: DUP_TOP, LOAD_GLOBAL BaseException, match, jump if false.

    (target, offset behind it) if that is what begins with this DUP_TOP in a running finally handler. The
    answer is trusted: it says whether the state of the handler is an exception or the pair of an unwinding.
    """
    code = f.context.code
    if code[end] != _LOAD_GLOBAL or not f.handlers or not f.handlers[-1][2] or f.handlers[-1][0] > pc:
        return None
    qstr, at = f.context.varuint(pc, end + 1)
    if f.context.trusted.get(qstr) != EXCEPTION_NAME:
        return None
    if code[at] != _EXC_MATCH or code[at + 1] != _POP_JUMP_IF_FALSE:
        return None
    return f.signed_target(at + 2)


def _divide_state(f: Frame, pc: int, target: int, after: int) -> int:
    kind, rest = f.stack
    mask, unwindings = f.states.fin_parts(kind) or (0, frozenset())
    if mask & 1:
        raise f.wrong("an exception or an unwinding", kind)
    f.context.learnt.trusts[EXCEPTION_NAME] = pc
    f.reach(f.depth + 2)
    if kind & TAG == FIN:
        f.depth -= 1
    if unwindings:
        f.check_backwards(f.handlers, pc, target)
        f.states.flow_to(target, (f.states.fin(0, unwindings), rest), f.depth + 1, f.handlers)
    f.stack = (EXC, rest)
    return after


def _rotate_unwinding(f: Frame, end: int) -> int:
    kind, rest = f.stack
    mask, _ = f.states.fins[kind >> SHIFT]
    over, rest = rest
    if mask or over & NO_OBJECT:
        raise f.wrong("one slot", kind)
    f.stack = (over, (kind, rest))
    return end + 1


def get_iter(f: Frame, pc: int, end: int) -> int:
    f.need(1)
    f.pop_object()
    f.push(OBJ)
    return end


def get_iter_stack(f: Frame, pc: int, end: int) -> int:
    f.need(1)
    f.pop_object()
    for i in range(4):
        f.push(ITER + i)
    return end


def for_iter(f: Frame, pc: int, at: int) -> int:
    target, end = f.forward_target(at)
    f.need(4)
    below = f.stack
    slots = []
    for _ in range(4):
        if not below:
            raise f.wrong("an iterator", f.stack[0])
        kind, below = below
        slots.append(kind)
    d, c, b, a = slots
    made_by_hand = a == NULL and not b & NO_OBJECT and all(k == NULL or not k & NO_OBJECT for k in (c, d))
    if not made_by_hand and (a, b, c, d) != (ITER, ITER + 1, ITER + 2, ITER + 3):
        raise f.wrong("an iterator", a if b == ITER + 1 else b)
    f.states.flow_to(target, below, f.depth - 4, f.handlers)
    f.push(OBJ)
    return end


def jump_if_or_pop(f: Frame, pc: int, at: int) -> int:
    target, end = f.forward_target(at)
    f.need(1)
    kind = f.stack[0]
    if kind & NO_OBJECT:
        raise f.wrong("an object", kind)
    f.states.flow_to(target, f.stack, f.depth, f.handlers)
    f.pop()
    return end
