"""Abstract interpretation of one bytecode function: each instruction that can run is run on kinds.

What each opcode takes for granted is read out of ``py/vm.c`` and what that calls (``docs/verify.md``).
The common instructions are in one loop, written out for speed; the others are in the modules ``ops_*.py``.
"""

from __future__ import annotations

from heapq import heappop

from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import CLASS_NAME, Context
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.frame import Frame
from mpytool.mpyfile.verify.handles import HANDLES
from mpytool.mpyfile.verify.kinds import (
    CELL,
    DEREF,
    GLOBAL_CLASS,
    INT,
    METHOD,
    NO_OBJECT,
    NONE,
    NULL,
    OBJ,
    QSTR,
    SELF,
    SHIFT,
    words,
)
from mpytool.mpyfile.verify.state import floor_of
from mpytool.opcodes import code_of

_LOAD_CONST_STRING = code_of("LOAD_CONST_STRING")
_LOAD_GLOBAL = code_of("LOAD_GLOBAL")
_LOAD_ATTR = code_of("LOAD_ATTR")
_LOAD_METHOD = code_of("LOAD_METHOD")
_STORE_NAME = code_of("STORE_NAME")
_LOAD_DEREF = code_of("LOAD_DEREF")
_LOAD_FAST_N = code_of("LOAD_FAST_N")
_LOAD_CONST_OBJ = code_of("LOAD_CONST_OBJ")
_CALL_FUNCTION = code_of("CALL_FUNCTION")
_CALL_METHOD = code_of("CALL_METHOD")
_JUMP = code_of("JUMP")
_POP_JUMP_IF_FALSE = code_of("POP_JUMP_IF_FALSE")
_LOAD_CONST_NONE = code_of("LOAD_CONST_NONE")
_LOAD_NULL = code_of("LOAD_NULL")
_LOAD_SUBSCR = code_of("LOAD_SUBSCR")
_POP_TOP = code_of("POP_TOP")
_RETURN_VALUE = code_of("RETURN_VALUE")

_UNARY = code_of("UNARY_OP_MULTI")
_AFTER_UNARY = _UNARY + 4
_BINARY = code_of("BINARY_OP_MULTI")
_AFTER_BINARY = _BINARY + 35

_NO_CELLS = [OBJ] * 16


def interpret(context: Context) -> Frame:
    """Run a function on kinds. RejectedError for the first rule that it breaks."""
    frame = Frame(context)
    states = frame.states
    try:
        _loop(context, frame)
    except IndexError:
        raise RejectedError(findings.CUT_OFF, states.pc) from None
    except ValueError:
        # FIN counts as two slots and is one: depth said that there is one more below it.
        raise RejectedError(findings.UNDERFLOW, states.pc, needed=1) from None
    frame.finish()
    return frame


def _underflow(pc: int, depth: int, floor: int) -> RejectedError:
    if depth < 0:
        return RejectedError(findings.UNDERFLOW, pc, needed=-depth)
    return RejectedError(findings.PROTECTED, pc)


def _no_object(pc: int, kind: int) -> RejectedError:
    return RejectedError(findings.KIND, pc, wanted="an object", found=words(kind))


def _loop(context: Context, frame: Frame) -> None:
    states = frame.states
    at = states.at
    exc_at = states.exc_at
    incoming = states.incoming
    todo = states.todo
    code = context.code
    n_qstrs = context.n_qstrs
    cells = context.cells
    fast = [context.local_kind(n) for n in range(16)] if cells else _NO_CELLS
    object_kind = context.object_kind
    trusted = context.trusted
    binds_globals = context.is_root
    top_local = -1
    max_depth = 0
    incoming[0] = ((), 0, ())
    todo.append(0)
    while todo:
        start = pc = heappop(todo)
        state = incoming.pop(pc, None)
        if state is None:
            continue
        st, d, handlers = state
        if handlers:
            states.renew_handlers(state, pc)
        floor = floor_of(handlers, pc)
        if d > max_depth:
            max_depth = frame.deeper(d)
        at[pc] = None
        while True:
            if at[pc] is not None:
                state = states.enter(pc, st, d, handlers)
                frame.cover(start, pc)
                if state is None:
                    break
                start = pc
                st, d, handlers = state
                floor = floor_of(handlers, pc)
                if handlers:
                    states.renew_handlers(state, pc)
                if d > max_depth:
                    max_depth = frame.deeper(d)
            at[pc] = st
            if handlers:
                exc_at[pc] = handlers
            here = states.pc = pc
            op = code[pc]
            pc += 1
            if op >= 0xB0:
                if op < 0xC0:  # LOAD_FAST_MULTI
                    st = (fast[op - 0xB0], st)
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    if op > top_local:
                        top_local = op
                elif op < 0xD0:  # STORE_FAST_MULTI
                    d -= 1
                    if d < floor:
                        raise _underflow(here, d, floor)
                    kind, st = st
                    if kind & NO_OBJECT:
                        raise _no_object(here, kind)
                    if op - 16 > top_local:
                        top_local = op - 16
                    if cells and op - 0xC0 in cells:
                        raise RejectedError(findings.CELL_STORED, here, local=op - 0xC0)
                elif _BINARY <= op < _AFTER_BINARY:
                    if d - 2 < floor:
                        raise _underflow(here, d - 2, floor)
                    kind, st = st
                    other, st = st
                    if (kind | other) & NO_OBJECT:
                        raise _no_object(here, kind if kind & NO_OBJECT else other)
                    st = (OBJ, st)
                    d -= 1
                elif _UNARY <= op < _AFTER_UNARY:
                    if d - 1 < floor:
                        raise _underflow(here, d - 1, floor)
                    kind, st = st
                    if kind & NO_OBJECT:
                        raise _no_object(here, kind)
                    st = (OBJ, st)
                else:
                    raise RejectedError(findings.OPCODE, here, byte=op)
                continue
            if op >= 0x70:  # LOAD_CONST_SMALL_INT_MULTI
                st = (INT, st)
                d += 1
                if d > max_depth:
                    max_depth = frame.deeper(d)
                continue
            group = op >> 4
            if group == 1:
                arg = code[pc]
                pc += 1
                if arg >= 0x80:
                    arg, pc = context.varuint(here, pc - 1)
                if arg >= n_qstrs:
                    raise RejectedError(
                        findings.OPERAND, here, what="qstr", value=arg, limit=f"there are {n_qstrs}"
                    )
                if op <= _LOAD_GLOBAL:
                    st = (QSTR if op == _LOAD_CONST_STRING else OBJ, st)
                    if trusted and op == _LOAD_GLOBAL and trusted.get(arg) == CLASS_NAME:
                        st = (GLOBAL_CLASS, st[1])
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    continue
                if op == _LOAD_ATTR:
                    if d - 1 < floor:
                        raise _underflow(here, d - 1, floor)
                    kind, st = st
                    if kind & NO_OBJECT:
                        raise _no_object(here, kind)
                    st = (OBJ, st)
                    continue
                if op == _LOAD_METHOD:
                    if d - 1 < floor:
                        raise _underflow(here, d - 1, floor)
                    kind, st = st
                    if kind & NO_OBJECT:
                        raise _no_object(here, kind)
                    st = (SELF, (METHOD, st))
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    continue
                if op == _STORE_NAME:
                    d -= 1
                    if d < floor:
                        raise _underflow(here, d, floor)
                    kind, st = st
                    if kind & NO_OBJECT:
                        raise _no_object(here, kind)
                    if trusted and binds_globals:
                        context.bind(arg, here)
                    continue
            elif group == 3:
                if op == _CALL_METHOD:
                    arg = code[pc]
                    if arg < 0x80:  # no keyword arguments
                        pc += 1
                        d -= arg + 2
                        if d < floor:
                            raise _underflow(here, d, floor)
                        bad = 0
                        while arg:
                            kind, st = st
                            bad |= kind
                            arg -= 1
                        kind, st = st
                        other, st = st
                        if bad & NO_OBJECT or kind != SELF or other != METHOD:
                            raise frame.bad_call(here, bad, kind, other)
                        st = (OBJ, st)
                        d += 1
                        continue
                elif op == _CALL_FUNCTION:
                    arg = code[pc]
                    if arg < 0x80:
                        after = pc + 1
                        if d - arg - 1 < floor:
                            raise _underflow(here, d - arg - 1, floor)
                        below = st
                        bad = 0
                        n = arg
                        while n:
                            kind, below = below
                            bad |= kind
                            n -= 1
                        kind, below = below
                        if not (bad | kind) & NO_OBJECT:
                            pc = after
                            st = (OBJ, below)
                            d -= arg
                            continue
            elif group == 4:
                if _JUMP <= op <= _POP_JUMP_IF_FALSE:
                    arg = code[pc]
                    pc += 1
                    if arg < 0x80:
                        target = pc + arg - 0x40
                    else:
                        target = pc + (arg & 0x7F | code[pc] << 7) - 0x3FFF
                        pc += 1
                    if handlers and target < here:
                        frame.check_backwards(handlers, here, target)
                    if op == _JUMP:
                        states.flow_to(target, st, d, handlers)
                        frame.cover(start, pc)
                        break
                    d -= 1
                    if d < floor:
                        raise _underflow(here, d, floor)
                    kind, st = st
                    if kind & NO_OBJECT:
                        raise _no_object(here, kind)
                    states.flow_to(target, st, d, handlers)
                    continue
            elif group == 5:
                if op == _POP_TOP:
                    d -= 1
                    if d < floor:
                        raise _underflow(here, d, floor)
                    kind, st = st
                    if kind >= 26 and kind & NO_OBJECT:
                        frame.check_popped(kind)
                    continue
                if op <= _LOAD_NULL:
                    st = (NULL if op == _LOAD_NULL else NONE if op == _LOAD_CONST_NONE else OBJ, st)
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    continue
                if op == _LOAD_SUBSCR:
                    d -= 1
                    if d - 1 < floor:
                        raise _underflow(here, d - 1, floor)
                    kind, st = st
                    other, st = st
                    if (kind | other) & NO_OBJECT:
                        raise _no_object(here, kind if kind & NO_OBJECT else other)
                    st = (OBJ, st)
                    continue
            elif group == 2:
                if op == _LOAD_CONST_OBJ:
                    arg, pc = context.varuint(here, pc)
                    st = (object_kind(arg, here), st)
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    continue
                if op == _LOAD_DEREF:
                    arg, pc = context.varuint(here, pc)
                    if arg not in cells:
                        context.need_cell(arg, here)
                    if arg + 0xB0 > top_local:
                        top_local = arg + 0xB0
                    st = (DEREF | arg << SHIFT, st)
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    continue
                if op == _LOAD_FAST_N:
                    arg, pc = context.varuint(here, pc)
                    if arg + 0xB0 > top_local:
                        top_local = arg + 0xB0
                    st = (CELL | arg << SHIFT if arg in cells else OBJ, st)
                    d += 1
                    if d > max_depth:
                        max_depth = frame.deeper(d)
                    continue
            elif op == _RETURN_VALUE and not handlers:
                d -= 1
                if d < 0:
                    raise _underflow(here, d, 0)
                kind = st[0]
                if kind & NO_OBJECT:
                    raise _no_object(here, kind)
                if kind != NONE:
                    context.returns(kind, here)
                frame.cover(start, pc)
                break
            do = HANDLES[op]
            if do is None:
                raise RejectedError(findings.OPCODE, here, byte=op)
            frame.stack, frame.depth, frame.handlers, frame.floor = st, d, handlers, floor
            frame.peak = d
            frame.op = op
            pc = do(frame, here, pc)
            if frame.peak > max_depth:
                max_depth = frame.deeper(frame.peak)
            if pc < 0:
                frame.cover(start, frame.end)
                break
            st, d = frame.stack, frame.depth
            if frame.handlers is not handlers:
                handlers = frame.handlers
                floor = floor_of(handlers, pc)
    frame.max_depth = max_depth
    context.use_local(top_local - 0xB0)
