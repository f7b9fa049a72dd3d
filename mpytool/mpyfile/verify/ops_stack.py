"""Moving slots, iterators, and the conditional jumps that keep a value."""

from __future__ import annotations

from mpytool.mpyfile.verify import findings
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
    if kind & TAG == FIN:
        return _is_exception(f, pc, end)
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


def _is_exception(f: Frame, pc: int, end: int) -> int:
    """How 'async with' asks for an exception: DUP_TOP, LOAD_GLOBAL BaseException, match, jump if false.

    The answer says how many slots FIN is.
    """
    code = f.context.code
    kind, rest = f.stack
    mask, unwindings = f.states.fins[kind >> SHIFT]
    if mask & 1 or code[end] != _LOAD_GLOBAL:
        raise f.wrong("an object or null", kind)
    qstr, at = f.context.varuint(pc, end + 1)
    if qstr != f.context.base_exception or code[at] != _EXC_MATCH or code[at + 1] != _POP_JUMP_IF_FALSE:
        raise f.wrong("an object or null", kind)
    target, after = f.signed_target(at + 2)
    f.reach(f.depth + 2)
    f.context.learnt.async_with = pc
    if f.handlers and target < pc:
        f.check_backwards(f.handlers, pc, target)
    f.states.flow_to(target, (f.states.fin(0, unwindings), rest), f.depth, f.handlers)
    f.stack = (EXC, rest)
    f.depth -= 1
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
