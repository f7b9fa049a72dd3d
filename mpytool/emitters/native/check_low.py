"""The verifier of the low form: what later stages may rely on, checked.

``check_low`` lists what is wrong, one line each (``b2, v5 add: ...``); a sound function gives an empty list.
It reads the function alone. Needs: ``low.number_low``.

A landing is reached by the branches on the results of nlr_push; what raises in a block with a handler gets
there without an edge, so what is live into a landing must dominate the pushes, which dominance says.
"""

from __future__ import annotations

from mpytool.emitters.native.check_graph import check_graph, report
from mpytool.emitters.native.definitions import check_definitions
from mpytool.emitters.native.low import (
    LOW_PHI,
    TABLE_USERS,
    Cond,
    LowBlock,
    LowFunction,
    LowImm,
    LowInstr,
    Mem,
)


def check_low(function: LowFunction) -> list[str]:
    """Everything that is wrong with a function; definitions only if the graph is sound."""
    found = check_graph(function.blocks)
    if not {*function.resume_points} <= {*function.blocks}:
        found.append("a resume point does not exist")
    if found:
        return found
    for index, block in enumerate(function.blocks):
        for position, instr in enumerate(block.code):
            found += [report(block, instr, problem) for problem in _check_instr(function, block, position)]
            if instr.row.name in ("input", "set_table") and index:
                found.append(report(block, instr, "stands outside the entry"))
    found += _check_table(function)
    found += _check_dominance(function)
    return found


# --- single instructions -----------------------------------------------------------------------------------


def _check_instr(function: LowFunction, block: LowBlock, index: int) -> list[str]:
    instr = block.code[index]
    row = instr.row
    found = _check_immediates(function, instr)
    wanted = row.targets or 0
    if wanted == -1:
        if instr.targets != function.resume_points:
            found.append("its targets are not the resume points")
    elif len(instr.targets) != wanted:
        found.append(f"has {len(instr.targets)} targets, not {wanted}")
    if row is LOW_PHI:
        if len(instr.args) != len(block.predecessors):
            found.append(f"has {len(instr.args)} operands for {len(block.predecessors)} predecessors")
        if index and block.code[index - 1].row is not LOW_PHI:
            found.append("stands behind what is no phi")
    elif row.name == "call_table":
        if len(instr.args) > _MAX_ARGS:
            found.append(f"has {len(instr.args)} operands")
    elif len(instr.args) != row.args:
        found.append(f"has {len(instr.args)} operands, not {row.args}")
    found += [f"v{arg.number} {arg.name} is no value" for arg in instr.args if not arg.row.value]
    return found


_MAX_ARGS = 4
_SIZES = {"zero_extend": (8, 16, 32), "sign_extend": (8, 16, 32)}


def _check_immediates(function: LowFunction, instr: LowInstr) -> list[str]:
    kinds = instr.row.imm
    if len(instr.imm) != len(kinds):
        return [f"has {len(instr.imm)} immediates, not {len(kinds)}"]
    limits = {
        "input": function.n_inputs,
        "frame_address": len(function.frame),
        "resume_address": len(function.resume_points),
    }
    for value, kind in zip(instr.imm, kinds, strict=True):
        if kind is LowImm.COND:
            if not isinstance(value, Cond):
                return [f"{value!r} is no condition"]
        elif kind is LowImm.MEM:
            if not isinstance(value, Mem):
                return [f"{value!r} is no way to access memory"]
            if value.size not in (1, 2, 4, 8) or value.size > function.word:
                return [f"memory is not accessed by {value.size} bytes"]
            if value.scale not in (1, 2, 4, 8) or (value.scale != 1 and "indexed" not in instr.row.name):
                return [f"an index is not scaled by {value.scale}"]
        elif not isinstance(value, int):
            return [f"{value!r} is no {kind.value}"]
        elif kind is LowImm.BITS and (value not in _SIZES[instr.row.name] or value >= 8 * function.word):
            return [f"does not extend {value} bits"]
        elif kind is LowImm.INDEX and not 0 <= value < limits.get(instr.row.name, 1 << 16):
            return [f"there is no {value}"]
    return []


def _check_table(function: LowFunction) -> list[str]:
    """``set_table`` stands before everything that reaches the run time."""
    entry = function.blocks[0]
    tables = [index for index, instr in enumerate(entry.code) if instr.row.name == "set_table"]
    if len(tables) > 1:
        return ["the function table is set twice"]
    first = tables[0] if tables else len(entry.code)
    early = any(instr.row.name in TABLE_USERS for instr in entry.code[:first])
    if early or (
        not tables and any(i.row.name in TABLE_USERS for block in function.blocks for i in block.code)
    ):
        return ["the function table is used before it is set"]
    return []


# --- definitions before uses -------------------------------------------------------------------------------


def _check_dominance(function: LowFunction) -> list[str]:
    blocks = function.blocks
    found = []
    #: where a value is defined: (block, position); a checked operation at the start of its first target
    places: dict[LowInstr, tuple[int, int]] = {}
    for block in blocks:
        for index, instr in enumerate(block.code):
            if not instr.row.value:
                continue
            if instr in places:
                found.append(report(block, instr, "stands twice"))
            places[instr] = (block.number, index)
            if instr.row.name in _CHECKED and len(instr.targets) == 2:
                if len(instr.targets[0].predecessors) != 1:
                    found.append(report(block, instr, "its first target has other predecessors"))
                places[instr] = (instr.targets[0].number, -1)
    found += check_definitions(
        blocks,
        places,
        lambda instr: instr.row is LOW_PHI,
        lambda number, index, problem: report(blocks[number], blocks[number].code[index], problem),
    )
    return found


_CHECKED = frozenset(("add_checked", "sub_checked", "mul_checked"))
