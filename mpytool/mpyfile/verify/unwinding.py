"""What ``return``, ``break`` and ``continue`` do on their way out of blocks (``unwind_return`` and
``unwind_jump`` in ``py/vm.c``).

Both walk the open handlers from the innermost one. An ``except`` block is just dropped. A ``finally`` or
``with`` block that is not running yet is run: what remains to be done waits in the slots FIN, and END_FINALLY
goes on. One that is running is cancelled: whether the slot below holds a small int tells the run time
whether there is a pair or one value.
"""

from __future__ import annotations

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.kinds import EXC, FIN, INT, NONE, NONE_OR_EXC, NULL, OBJ, TAG, Stack
from mpytool.mpyfile.verify.state import RETURN, Handlers, State, States, Unwinding

_FROM_FOR = 0x80
_ITERATOR_SLOTS = 4
_MAX_PLACES = 64

_Place = tuple[Stack, int]
"""The slots below a value that is being returned, and their number."""


def unwind_jump(
    states: States, unwinding: Unwinding, stack: Stack, depth: int, handlers: Handlers, ip: int
) -> State | None:
    """The state at the target, None if a finally block is run before. ``ip`` as ``py/vm.c`` has it."""
    target, count = unwinding
    left = count & ~_FROM_FOR
    while left:
        if not handlers:
            raise RejectedError(findings.HANDLER_MISSING, states.pc, wanted="further")
        left -= 1
        address, _, is_finally = handlers[-1]
        if is_finally:
            if address >= ip:
                fin = states.fin(0, frozenset([(target, left | count & _FROM_FOR)]))
                states.flow_to(address, (fin, stack), depth + 2, handlers)
                return None
            if not stack or states.fin_parts(stack[0]) is None:
                raise RejectedError(findings.HANDLER_MISSING, states.pc, wanted="running finally")
            kind, stack = stack
            depth -= 2 if kind & TAG == FIN else 1
        handlers = handlers[:-1]
    if count & _FROM_FOR:
        for _ in range(_ITERATOR_SLOTS):
            if not stack or stack[0] & TAG == FIN:
                raise RejectedError(findings.UNDERFLOW, states.pc, needed=1)
            stack = stack[1]
            depth -= 1
    return stack, depth, handlers


def unwind_return(states: States, stack: Stack, depth: int, handlers: Handlers, ip: int) -> None:
    """A value on top of ``stack`` is being returned."""
    # Keyed by identity: stacks are nested too deeply to be hashed.
    places: dict[tuple[int, int], _Place] = {(id(stack), depth): (stack, depth)}
    for i in range(len(handlers) - 1, -1, -1):
        address, base, is_finally = handlers[i]
        if not is_finally:
            continue
        if address >= ip:
            if min(place[1] for place in places.values()) < base:
                raise RejectedError(findings.UNWINDING, states.pc)
            below, _ = states.cut(stack, depth, base)
            fin = states.fin(0, frozenset([RETURN]))
            states.flow_to(address, (fin, below), base + 2, handlers[: i + 1])
            return
        moved = [new for place in places.values() for new in _cancelled(states, place)]
        places = {(id(place[0]), place[1]): place for place in moved}
        states.burn(len(places))
        if len(places) > _MAX_PLACES:
            raise RejectedError(findings.COMPLEX, states.pc)


def _cancelled(states: States, place: _Place) -> list[_Place]:
    """Where the value may be after CANCEL_ACTIVE_FINALLY: one slot lower, two if a small int is below it."""
    stack, depth = place
    if not stack:
        raise RejectedError(findings.UNWINDING, states.pc)
    kind, rest = stack
    if kind & TAG == FIN:
        return [(rest, depth - 2)]
    one = (rest, depth - 1)
    if kind in (NONE, EXC, NONE_OR_EXC, NULL):
        return [one]
    found = [one] if kind != INT else []
    if not rest:
        raise RejectedError(findings.UNWINDING, states.pc)
    second, below = rest
    if second & TAG == FIN:
        # Half of it, if it is a pair at all: what is left is a slot nobody knows.
        found += [(below, depth - 3), ((OBJ, below), depth - 2)]
    else:
        found.append((below, depth - 2))
    return found
