"""``try``, ``with``, and the ways out of a function."""

from __future__ import annotations

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.frame import STOP, Frame
from mpytool.mpyfile.verify.kinds import EXC, FIN, NONE_OR_EXC, OBJ, TAG, WITH_EXIT, WITH_SELF, Stack
from mpytool.mpyfile.verify.state import RETURN, Handlers, Unwinding, floor_of
from mpytool.mpyfile.verify.unwinding import unwind_jump, unwind_return
from mpytool.opcodes import code_of

_SETUP_FINALLY = code_of("SETUP_FINALLY")
_RAISE_FROM = code_of("RAISE_FROM")
_END_FINALLY = code_of("END_FINALLY")


def setup_with(f: Frame, pc: int, at: int) -> int:
    target, end = f.forward_target(at)
    f.need(1)
    f.reach(f.depth + 3)
    f.pop_object()
    f.push(WITH_EXIT)
    f.push(WITH_SELF)
    _open(f, target, True, end)
    f.push(OBJ)
    return end


def setup_block(f: Frame, pc: int, at: int) -> int:
    target, end = f.forward_target(at)
    _open(f, target, f.op == _SETUP_FINALLY, end)
    return end


def _open(f: Frame, target: int, is_finally: bool, end: int) -> None:
    f.handlers = (*f.handlers, (target, f.depth, is_finally))
    if len(f.handlers) > f.context.n_exc_stack:
        raise RejectedError(
            findings.HANDLER_OVERFLOW,
            f.states.pc,
            depth=len(f.handlers),
            limit=f.context.n_exc_stack,
        )
    f.states.flow_to(target, (EXC, f.stack), f.depth + 1, f.handlers)


def pop_except_jump(f: Frame, pc: int, at: int) -> int:
    target, f.end = f.forward_target(at)
    if not f.handlers or f.handlers[-1][2]:
        raise RejectedError(findings.HANDLER_MISSING, pc, wanted="except")
    rest = f.handlers[:-1]
    _check_floor(f, rest, target)
    f.states.flow_to(target, f.stack, f.depth, rest)
    return STOP


def with_cleanup(f: Frame, pc: int, end: int) -> int:
    kind, rest = _finally_state(f)
    slots = 2 if kind & TAG == FIN else 1
    f.need(slots + 2)
    mask, unwindings = f.states.fin_parts(kind) or (0, frozenset())
    self_slot, rest = rest
    exit_slot, rest = rest
    if self_slot != WITH_SELF or exit_slot != WITH_EXIT:
        raise f.wrong("an __exit__ method", self_slot)
    f.reach(f.depth - slots + 3)
    if kind & TAG == FIN:
        kind = f.states.fin(mask | 1 if mask & 2 else mask, unwindings)
    elif kind == EXC:
        kind = NONE_OR_EXC
    f.stack = (kind, rest)
    f.depth -= 2
    return end


def _check_floor(f: Frame, handlers: Handlers, pc: int) -> None:
    if f.depth < floor_of(handlers, pc):
        raise RejectedError(findings.PROTECTED, f.states.pc)


def _finally_state(f: Frame) -> tuple[int, Stack]:
    if not f.stack:
        raise RejectedError(findings.UNDERFLOW, f.states.pc, needed=1)
    kind, rest = f.stack
    if f.states.fin_parts(kind) is None or (not rest and f.op != _END_FINALLY):
        raise f.wrong("the state of a finally block", kind)
    return kind, rest


def end_finally(f: Frame, pc: int, end: int) -> int:
    kind, rest = _finally_state(f)
    f.end = end
    if not f.handlers or f.handlers[-1][0] > pc:
        raise RejectedError(findings.HANDLER_MISSING, pc, wanted="running")
    mask, unwindings = f.states.fin_parts(kind) or (0, frozenset())
    depth = f.depth - (2 if kind & TAG == FIN else 1)
    handlers = f.handlers[:-1]
    if depth < floor_of(handlers, pc):
        raise RejectedError(findings.PROTECTED, pc)
    for unwinding in sorted(unwindings):
        if unwinding == RETURN:
            unwind_return(f.states, rest, depth, handlers, end)
        else:
            _unwind(f, unwinding, rest, depth, handlers, end)
    if mask & 1:
        f.states.flow_to(end, rest, depth, handlers)
    return STOP


def _unwind(f: Frame, unwinding: Unwinding, stack: Stack, depth: int, handlers: Handlers, ip: int) -> None:
    target = unwinding[0]
    state = unwind_jump(f.states, unwinding, stack, depth, handlers, ip)
    if state is None:
        return
    stack, depth, handlers = state
    if target < ip:
        f.check_backwards(handlers, f.states.pc, target)
    if depth < floor_of(handlers, target):
        raise RejectedError(findings.PROTECTED, f.states.pc)
    f.states.flow_to(target, stack, depth, handlers)


def unwind(f: Frame, pc: int, at: int) -> int:
    target, at = f.signed_target(at)
    count = f.context.code[at]
    f.end = at + 1
    if not 0 <= target < f.states.size:
        raise RejectedError(findings.TARGET, pc, target=target)
    f.reach(f.depth + 2)
    _unwind(f, (target, count), f.stack, f.depth, f.handlers, at)
    return STOP


def return_value(f: Frame, pc: int, end: int) -> int:
    f.need(1)
    kind = f.pop_object()
    f.context.returns(kind, pc)
    unwind_return(f.states, f.stack, f.depth, f.handlers, end)
    f.end = end
    return STOP


def raise_object(f: Frame, pc: int, end: int) -> int:
    n = 2 if f.op == _RAISE_FROM else 1
    f.need(n)
    f.pop_objects(n)
    f.end = end
    return STOP


def raise_last(f: Frame, pc: int, end: int) -> int:
    f.end = end
    return STOP


def yield_value(f: Frame, pc: int, end: int) -> int:
    if not f.context.is_generator:
        raise RejectedError(findings.NO_GENERATOR, pc)
    f.need(1)
    f.pop_object()
    f.push(OBJ)
    return end


def yield_from(f: Frame, pc: int, end: int) -> int:
    if not f.context.is_generator:
        raise RejectedError(findings.NO_GENERATOR, pc)
    f.need(2)
    f.pop_objects(2)
    f.push(OBJ)
    return end
