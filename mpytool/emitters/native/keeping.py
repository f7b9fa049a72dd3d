"""Locals keep what they hold alive, although nobody may read them any more.

What an object does when it goes can be seen: a timer stops, a file is closed, the memory that a peripheral
reads by its address is used again. An object that only a local holds must stay until the local is assigned,
deleted, or the function is left; so it gets a slot where it would be in no register and no other memory::

    timer = Timer(callback=f)       call, keep_slot "timer"
    sleep(10)                       nobody wants timer any more; the collector finds the slot

This is for what calls give, what is unpacked, received or entered, and for new containers. What operators,
attributes and items give either has another owner or does nothing when it goes; loops likewise.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native import codes
from mpytool.emitters.native.cfg import Cfg, CodeBlock
from mpytool.emitters.native.variables import Variables
from mpytool.ir import Function, code_of

_GIVERS = frozenset(
    map(
        code_of,
        (
            "CALL_FUNCTION", "CALL_METHOD", "CALL_FUNCTION_VAR_KW", "CALL_METHOD_VAR_KW",
            "YIELD_VALUE", "YIELD_FROM", "SETUP_WITH",
            "BUILD_LIST", "BUILD_TUPLE", "BUILD_SET", "BUILD_MAP", "STORE_MAP",
        ),
    )
)  # fmt: skip
_UNPACKERS = frozenset(map(code_of, ("UNPACK_SEQUENCE", "UNPACK_EX", "ROT_TWO", "ROT_THREE")))

QUIET = frozenset(
    map(
        code_of,
        (
            "LABEL", "LINE", "STACK_ADJUST", "START_HANDLER", "END_HANDLER", "FOR_ITER_END",
            "LOAD_FAST_N", "STORE_FAST_N", "DELETE_FAST", "LOAD_DEREF", "STORE_DEREF",
            "LOAD_CONST_STRING", "LOAD_CONST_SMALL_INT", "LOAD_CONST_OBJ", "LOAD_CONST_FALSE",
            "LOAD_CONST_NONE", "LOAD_CONST_TRUE", "LOAD_NULL", "LOAD_GLOBAL", "LOAD_BUILTIN",
            "DUP_TOP", "DUP_TOP_TWO", "POP_TOP", "ROT_TWO", "ROT_THREE", "JUMP", "POP_EXCEPT_JUMP",
            "UNWIND_JUMP", "SETUP_EXCEPT", "SETUP_FINALLY", "RETURN_VALUE",
        ),
    )
)  # fmt: skip
"""Operations at which nothing is collected, or behind which the function is left."""

_LINE = code_of("LINE")


@dataclass(frozen=True, slots=True)
class Keeping:
    """``givers``    the positions of STORE_FAST ops whose object may be held by the local alone
    ``held_in``   for each block the locals that may hold such an object at its start, a bit mask
    ``given_in``  for each block those that one of its givers gives one
    """

    givers: frozenset[int]
    held_in: list[int]
    given_in: list[int]


def find_keeping(function: Function, cfg: Cfg) -> Keeping:
    givers = frozenset(_find_givers(function))
    held_in = [0] * len(cfg.blocks)
    given_in = held_in.copy()
    #: for each block those that hold one of its own at its end, and all that it assigns
    given_at_end = held_in.copy()
    assigned = held_in.copy()
    if not givers:
        return Keeping(givers, held_in, given_in)
    ops = function.ops
    for block in cfg.blocks:
        if block.kind == "code":
            given = held = gone = 0
            for index in range(block.start, block.end):
                opcode, local, _ = ops[index]
                if opcode in _ASSIGNING:
                    gone |= 1 << local
                    if index in givers:
                        held |= 1 << local
                        given |= 1 << local
                    else:
                        held &= ~(1 << local)
            given_in[block.number] = given
            given_at_end[block.number] = held
            assigned[block.number] = gone
    waiting = list(cfg.blocks)
    while waiting:
        block = waiting.pop()
        number = block.number
        held = held_in[number] & ~assigned[number] | given_at_end[number]
        for target in block.successors:
            if held & ~held_in[target.number]:
                held_in[target.number] |= held
                waiting.append(target)
        handler = block.handler
        if handler is not None:
            somewhere = held_in[number] | given_in[number]
            if somewhere & ~held_in[handler.number]:
                held_in[handler.number] |= somewhere
                waiting.append(handler)
    return Keeping(givers, held_in, given_in)


_ASSIGNING = frozenset((codes.STORE_FAST_N, codes.DELETE_FAST))


def _find_givers(function: Function) -> list[int]:
    """Positions of STORE_FAST right behind what gives, behind a meeting of paths, or in a row of them behind
    what unpacks.
    """
    store_fast, label, line = codes.STORE_FAST_N, codes.LABEL, _LINE
    found: list[int] = []
    is_given = False
    #: the last two ops that are neither stores nor labels nor lines
    before = last = label
    for index, (opcode, _, _) in enumerate(function.ops):
        if opcode == store_fast:
            if is_given or (last in _UNPACKERS and before != codes.FOR_ITER):
                found.append(index)
            is_given = False
        elif opcode == label:
            is_given = True
        elif opcode != line:
            is_given = opcode in _GIVERS
            before = last
            last = opcode
    return found


def live_before(function: Function, variables: Variables, block: CodeBlock) -> list[int]:
    """For each op of a block of ops the variables that somebody may read behind it, or that it reads."""
    live = 0
    always = 0 if block.handler is None else variables.live_in[block.handler.number]
    for target in block.successors:
        live |= variables.live_in[target.number]
    found = []
    for opcode, local, _ in reversed(function.ops[block.start : block.end]):
        if opcode == codes.STORE_FAST_N:
            live &= ~(1 << local)
        elif opcode == codes.LOAD_FAST_N or opcode == codes.DELETE_FAST:
            live |= 1 << local
        found.append(live | always)
    found.reverse()
    return found
