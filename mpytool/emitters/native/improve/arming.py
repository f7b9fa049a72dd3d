"""Generators that hardly ever raise arm their handler only where they can.

Before::

    b0: …; branch eq v7 0 -> b1 b9      v7 = nlr_push
    b2: branch tnz v8 v3 -> b3 b8; handler b9
    b4: v12 = call_table 33             nlr_pop
        return v13
    b8: v11 = call_table 18 …           cold
        jump -> b3

After: ``b0`` goes to ``b1``, ``b4`` returns, and ``b8`` does its work between nlr_push and nlr_pop. So an
ordinary turn of the generator does neither.

Only for generators without regions of their own whose warm blocks call nothing. Breaks: loops, numbers.
"""

from __future__ import annotations

from mpytool.emitters.native.low import LOW_OF_NAME, LOW_PHI, Cond, LowBlock, LowFunction, LowInstr

NLR_PUSH, _NLR_POP = 32, 33

_MOST_PUSHES = 6
"""Each takes some twenty bytes."""


def arm_late(function: LowFunction) -> bool:
    """Whether anything was changed."""
    if not function.resume_points:
        return False
    entry = function.blocks[0]
    push = _push_of(entry)
    if push is None:
        return False
    landing = entry.code[-1].targets[1]
    guarded = [block for block in function.blocks if block.handler is landing]
    raising = [block for block in guarded if _calls(block)]
    others = [block for block in function.blocks if block.handler not in (None, landing)]
    if others or len(raising) > _MOST_PUSHES or not all(block.cold for block in raising):
        return False
    buffer = push.args[0].imm[0]
    _go_on(entry, landing)
    for block in function.blocks:
        block.code = [instr for instr in block.code if not _is_pop(instr)]
    for block in guarded:
        block.handler = None
    for block in raising:
        function.blocks.append(_bracket(block, landing, buffer))
    return True


def _push_of(entry: LowBlock) -> LowInstr | None:
    """The nlr_push on whose result the entry ends."""
    last = entry.code[-1]
    for arg in last.args if last.name == "branch" else ():
        if arg.name == "call_table" and arg.imm[0] == NLR_PUSH and arg.args[0].name == "frame_address":
            return arg
    return None


def _calls(block: LowBlock) -> bool:
    return any(instr.name == "call_table" and not _is_pop(instr) for instr in block.code)


def _is_pop(instr: LowInstr) -> bool:
    return instr.name == "call_table" and instr.imm[0] == _NLR_POP


def _go_on(entry: LowBlock, landing: LowBlock) -> None:
    """The entry without its push."""
    last = entry.code.pop()
    landing.predecessors.remove(entry)
    entry.code = [i for i in entry.code if not (i.name == "call_table" and i.imm[0] == NLR_PUSH)]
    entry.code.append(LowInstr(LOW_OF_NAME["jump"], targets=[last.targets[0]]))


def _bracket(block: LowBlock, landing: LowBlock, buffer: int) -> LowBlock:
    """Put what a block does between push and pop; gives the block that now does it."""
    first = next(index for index, instr in enumerate(block.code) if instr.row is not LOW_PHI)
    body = LowBlock(code=block.code[first:], predecessors=[block], handler=landing, cold=True)
    for target in body.successors:
        target.predecessors = [body if p is block else p for p in target.predecessors]
    if body.successors:
        body.code.insert(-1, _call(_NLR_POP, []))
    address = LowInstr(LOW_OF_NAME["frame_address"], imm=(buffer,))
    push = _call(NLR_PUSH, [address])
    zero = LowInstr(LOW_OF_NAME["const"], imm=(0,))
    branch = LowInstr(LOW_OF_NAME["branch"], [push, zero], (Cond.EQ,), targets=[body, landing])
    block.code[first:] = [address, push, zero, branch]
    landing.predecessors.append(block)
    return body


def _call(entry: int, args: list[LowInstr]) -> LowInstr:
    return LowInstr(LOW_OF_NAME["call_table"], args, (entry,))
