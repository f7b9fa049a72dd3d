"""Selection for x86-64: which rule makes what; control flow and the run time.

    v3 = load word +8 v1         before
    v4 = add v2 v3
    branch lt v4 v5 -> b1 b2

    copy v4 <- v2                after
    add.m v4 [v1 + 8]
    cmp v4 v5
    j lt -> b1 b2

Instructions with two addresses get their result's register by a copy of the first operand; allocation gives
both one register where it can, and ``tidy.py`` makes ``lea`` of what is left.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from itertools import accumulate

from mpytool.emitters.native.low import TABLE_USERS, LowFunction, LowInstr
from mpytool.emitters.native.machine import Convention, MachineBlock, MachineFunction, MachineInstr
from mpytool.emitters.native.selecting import COMMON, Rule
from mpytool.emitters.native.x64 import arithmetic, comparing, transfer
from mpytool.emitters.native.x64.operands import X64Selection
from mpytool.emitters.native.x64.operations import OPS, RAX

_WORD = 8


def best_bias(low: LowFunction) -> int:
    """What to add to the address of the function table so that most accesses have displacements of 8 bits."""
    times: Counter[int] = Counter(
        [instr.imm[0] for block in low.blocks for instr in block.code if instr.row.name in TABLE_USERS]
    )
    entries = sorted(times)
    places = [_WORD * entry for entry in entries]
    sums = list(accumulate([3 * times[entry] for entry in entries], initial=0))
    candidates = {0, *(place + offset for place in places for offset in (-120, 128))}

    def cost(bias: int) -> int:
        near = sums[bisect_right(places, bias + 127)] - sums[bisect_left(places, bias - 128)]
        far = sums[-1] - near
        return far + (0 if bias == 0 else 4 if -128 <= bias <= 128 else 7)

    return min(sorted(candidates, key=abs), key=cost)


def select(
    low: LowFunction, convention: Convention, jump: Callable[[MachineBlock], MachineInstr]
) -> MachineFunction:
    """The machine form of a function, on virtual registers."""
    return X64Selection(low, convention, jump, RULES, best_bias(low)).run()


def _set_table(selection: X64Selection, instr: LowInstr) -> None:
    (table,) = instr.args
    if selection.has_memory(table):
        selection.emit(OPS["table.m"], selection.memory(table), selection.bias)
    else:
        selection.emit(OPS["table"], selection.register(table), selection.bias)


def _dispatch(selection: X64Selection, instr: LowInstr) -> None:
    (where,) = instr.args
    if selection.has_memory(where):
        selection.emit(OPS["jmp.m"], selection.memory(where), targets=instr.targets)
    else:
        selection.emit(OPS["jmp.r"], selection.register(where), targets=instr.targets)


def _return(selection: X64Selection, instr: LowInstr) -> None:
    selection.copy(RAX, selection.source(instr.args[0]))
    selection.emit(OPS["ret"], RAX)


def _unreachable(selection: X64Selection, _: LowInstr) -> None:
    selection.emit(OPS["halt"])


RULES: dict[str, Rule] = {
    **COMMON,
    **arithmetic.RULES,
    **comparing.RULES,
    **transfer.RULES,
    "set_table": _set_table,
    "dispatch": _dispatch,
    "return": _return,
    "unreachable": _unreachable,
}
