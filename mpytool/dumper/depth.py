"""How deep the stack is before each instruction, as the virtual machine has it (``py/vm.c``).

This is for showing, not for proving: a path that reaches an instruction second is not compared with the
first, and impossible operands make a depth unknown instead of an error. ``mpyfile.verify`` proves.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from mpytool.instructions import Instruction, decode_instruction
from mpytool.ir import effect_of
from mpytool.module import Buffer
from mpytool.opcodes import UNWIND_FROM_FOR, Operand, Then

UNKNOWN = -1
ITERATOR_SLOTS = 4
"""What GET_ITER_STACK leaves on the stack: an iterator in place (MP_OBJ_ITER_BUF_NSLOTS)."""

_MAX_DEPTH = 1 << 30

_BLOCK_OF_SETUP: Mapping[str, str] = {
    "SETUP_EXCEPT": "except",
    "SETUP_FINALLY": "finally",
    "SETUP_WITH": "with",
}

_EFFECT_IN_VM: Mapping[str, int] = {"WITH_CLEANUP": -2}
"""Where the machine's effect is not the emitter's: __exit__ and the manager go, what happened stays."""

_EFFECT_OF_JUMP: Mapping[str, int] = {
    "JUMP_IF_TRUE_OR_POP": 0,
    "JUMP_IF_FALSE_OR_POP": 0,
    "FOR_ITER": -ITERATOR_SLOTS,
    "SETUP_EXCEPT": +1,
    "SETUP_FINALLY": +1,
    "SETUP_WITH": +2,
}
"""Effects along the jump where they differ from those of falling through."""

Blocks = tuple[str, int, "Blocks"] | None
"""Armed handlers, innermost first: kind and the depth at which each was set up."""


def stack_depths(code: Buffer) -> array[int]:
    """For each offset in a function's opcodes the depth before the instruction there, or UNKNOWN."""
    depths = array("i", [UNKNOWN]) * len(code)
    pending: list[tuple[int, int, Blocks]] = [(0, 0, None)]
    while pending:
        offset, depth, blocks = pending.pop()
        while 0 <= offset < len(code) and depths[offset] == UNKNOWN and 0 <= depth < _MAX_DEPTH:
            depths[offset] = depth
            try:
                instruction = decode_instruction(code, offset)
            except (IndexError, ValueError):
                break
            then = instruction.op.then
            if then is Then.STOP:
                break
            if then is not Then.NEXT and instruction.operand is not None:
                pending.append(_after_jump(instruction, depth, blocks))
                if then is Then.JUMP:
                    break
            name = instruction.op.name
            if name in _BLOCK_OF_SETUP:
                blocks = (_BLOCK_OF_SETUP[name], depth, blocks)
            elif name == "END_FINALLY" and blocks is not None:
                blocks = blocks[2]
            depth += _effect(instruction)
            offset = instruction.end
    return depths


def _after_jump(instruction: Instruction, depth: int, blocks: Blocks) -> tuple[int, int, Blocks]:
    """(offset, depth, handlers) at the target."""
    name, target = instruction.op.name, instruction.operand or 0
    if name == "UNWIND_JUMP":
        return _unwind(instruction, depth, blocks)
    if name in _BLOCK_OF_SETUP:
        blocks = (_BLOCK_OF_SETUP[name], depth, blocks)
    elif name == "POP_EXCEPT_JUMP" and blocks is not None:
        blocks = blocks[2]
    return target, depth + _EFFECT_OF_JUMP.get(name, instruction.op.effect or 0), blocks


def _unwind(instruction: Instruction, depth: int, blocks: Blocks) -> tuple[int, int, Blocks]:
    extra = instruction.extra or 0
    for _ in range(extra & ~UNWIND_FROM_FOR):
        if blocks is None:
            break
        kind, depth_at_setup, blocks = blocks
        # Running a finally block or an __exit__ begins where it was set up; the manager is gone afterwards.
        if kind != "except":
            depth = depth_at_setup - (kind == "with")
    if extra & UNWIND_FROM_FOR:
        depth -= ITERATOR_SLOTS
    return instruction.operand or 0, depth, blocks


def _effect(instruction: Instruction) -> int:
    op, operand = instruction.op, instruction.operand or 0
    vm_effect = _EFFECT_IN_VM.get(op.name)
    if vm_effect is not None:
        return vm_effect
    if op.effect is not None:
        return op.effect
    if op.name == "STORE_COMP":
        return effect_of(op.code, (operand & 3, operand >> 2))
    if op.operand is Operand.CALL or op.name == "UNPACK_EX":
        return effect_of(op.code, (operand & 0xFF, operand >> 8))
    if op.operand is Operand.CHILD_CELLS:
        return effect_of(op.code, (operand, instruction.extra or 0))
    return effect_of(op.code, operand)
