"""Frames in which the stack reaches locals.

mpy-cross 1.29 forgets to count a ``__class__`` that is assigned in the body of a class: its slot is the
highest one of the stack. That does no harm as long as it is only stored in, while the stack is lower.
"""

from __future__ import annotations

from mpytool.instructions import decode_instruction
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import Context, n_arguments
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.kinds import FIN, TAG, Stack
from mpytool.mpyfile.verify.state import States

_USES = frozenset(
    ("LOAD_FAST_N", "LOAD_FAST_MULTI", "DELETE_FAST", "LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF")
)
_STORES = frozenset(("STORE_FAST_N", "STORE_FAST_MULTI"))


def check_overlap(context: Context, states: States, max_depth: int) -> None:
    """RejectedError unless every local that the stack may reach is only stored in, above the stack."""
    n_state = context.n_state
    free = n_state - max_depth
    overflow = RejectedError(
        findings.OVERFLOW, depth=max_depth, n_locals=context.learnt.n_locals, n_state=n_state
    )
    if max([n_arguments(context.prelude), *(cell + 1 for cell in context.prelude.cells)]) > free:
        raise overflow
    pc = 0
    while pc < states.size:
        stack = states.at[pc]
        if stack is None:
            pc += 1
            continue
        instruction = decode_instruction(context.code, pc)
        local = instruction.operand
        if local is not None and local >= free:
            name = instruction.op.name
            if name in _USES or (name in _STORES and local > n_state - _depth(states, stack)):
                overflow.pc = pc
                raise overflow
        pc = instruction.end


def _depth(states: States, stack: Stack) -> int:
    depth = 0
    while stack:
        kind, stack = stack
        depth += 2 if kind & TAG == FIN else 1
    states.burn(depth)
    return depth
