"""The verifier of the SSA form: what later stages may rely on, checked.

``check_ssa`` lists what is wrong, one line each (``b2, v5 binary_op: ...``); a sound function gives an empty
list. It reads the function alone, not what it was built from. Needs: ``ssa.number_values``.
"""

from __future__ import annotations

from mpytool.emitters.native.check_graph import check_graph, report
from mpytool.emitters.native.definitions import check_definitions
from mpytool.emitters.native.ssa import (
    PHI,
    TAKEN_TYPES,
    WORDS,
    Block,
    Effect,
    Gives,
    Imm,
    Instr,
    OpRow,
    Region,
    SsaFunction,
    Takes,
    Type,
)


def check_ssa(function: SsaFunction) -> list[str]:
    """Everything that is wrong with a function; definitions and types only if the graph is sound."""
    found = check_graph(function.blocks)
    if found:
        return found
    for block in function.blocks:
        for index, instr in enumerate(block.code):
            found += [report(block, instr, problem) for problem in _check_instr(function, block, index)]
    if function.is_typed:
        found += _check_slots(function)
    found += _check_regions(function)
    found += _check_dominance(function)
    return found


# --- single instructions -----------------------------------------------------------------------------------


def _check_instr(function: SsaFunction, block: Block, index: int) -> list[str]:
    instr = block.code[index]
    row = instr.row
    found = _check_immediates(function, instr)
    n_targets = len(instr.targets)
    if row.targets == -1:
        if not n_targets:
            found.append("has no target")
    elif n_targets != (row.targets or 0):
        found.append(f"has {n_targets} targets, not {row.targets or 0}")
    if row is PHI:
        if len(instr.args) != len(block.predecessors):
            found.append(f"has {len(instr.args)} operands for {len(block.predecessors)} predecessors")
        if index and block.code[index - 1].row is not PHI:
            found.append("stands behind what is no phi")
    found += _check_operands(function, instr)
    wanted = row.gives
    if wanted is Gives.INFERRED and (function.is_typed or not function.is_viper):
        wanted = Type.OBJ
    if isinstance(wanted, Type):
        if instr.type is not wanted:
            found.append(f"is {instr.type.value}, not {wanted.value}")
    elif instr.type is Type.NOTHING:
        found.append("has no type")
    if not function.is_viper and instr.type in _VIPER_ONLY and row.name != "truth":
        found.append(f"is {instr.type.value} outside viper")
    if function.is_typed:
        found += _check_typed(instr)
    return found


_VIPER_ONLY = frozenset(
    (Type.UNKNOWN, Type.INT, Type.UINT, Type.BOOL, Type.PTR, Type.PTR8, Type.PTR16, Type.PTR32)
)


def _check_operands(function: SsaFunction, instr: Instr) -> list[str]:
    row = instr.row
    takes = list(row.takes)
    if len(instr.args) < len(takes) or (row.rest is None and len(instr.args) > len(takes)):
        return [f"has {len(instr.args)} operands, not {len(takes)}"]
    if row.rest is not None:
        takes += [row.rest] * (len(instr.args) - len(takes))
    return [
        f"v{arg.number} is {arg.type.value}, not {kind.value}"
        for arg, kind in zip(instr.args, takes, strict=True)
        if arg.type not in TAKEN_TYPES[kind, _takes_words(function, row, kind)]
    ]


def _takes_words(function: SsaFunction, row: OpRow, kind: Takes) -> bool:
    """Whether words may stand where a value is taken: everywhere in viper before types are decided."""
    if not function.is_typed or kind in _WORD_KINDS:
        return function.is_viper
    return row.name in _TAKE_BOTH


_WORD_KINDS = (Takes.WORD, Takes.NUMBER, Takes.POINTER)
_TAKE_BOTH = ("phi", "store_slot", "keep_slot", "truth")


def _check_typed(instr: Instr) -> list[str]:
    """What viper's types must be when they are decided, besides what the rows say."""
    types = [arg.type for arg in instr.args]
    name = instr.row.name
    if Type.UNKNOWN in (instr.type, *types):
        return ["is ? after its type was decided"]
    if name == "phi":
        wrong = [t for t in types if (t in WORDS or instr.type in WORDS) and t is not instr.type]
        return [f"takes {wrong[0].value} as {instr.type.value}"] if wrong else []
    if name == "truth" and types[0] in WORDS and types[0] not in (Type.INT, Type.UINT):
        return [f"is asked of {types[0].value}"]
    if name == "native_compare" and types[0] is not types[1]:
        return [f"compares {types[0].value} and {types[1].value}"]
    if name == "native_div" and Type.UINT in types:
        return ["divides a uint, or by one"]
    if name in ("native_op", "native_unary") and instr.type is not types[0]:
        return [f"is {instr.type.value}, not {types[0].value}"]
    if name in ("unbox", "reinterpret") and instr.type not in WORDS:
        return [f"is {instr.type.value}, no word"]
    if name == "reinterpret" and instr.type is Type.BOOL:
        return ["makes a bool of other bits than 0 and 1"]
    return []


def _check_slots(function: SsaFunction) -> list[str]:
    """All that is stored to a slot and loaded from it is of one type, or objects."""
    kinds: dict[int, Type] = {}
    found = []
    for block in function.blocks:
        for instr in block.code:
            if instr.row.name in ("load_slot", "store_slot"):
                type = instr.args[0].type if instr.args else instr.type
                kind = type if type in WORDS else Type.OBJ
                if kinds.setdefault(instr.imm[0], kind) is not kind:
                    found.append(
                        report(block, instr, f"is {kind.value}, elsewhere {kinds[instr.imm[0]].value}")
                    )
    return found


def _check_immediates(function: SsaFunction, instr: Instr) -> list[str]:
    kinds = instr.row.imm
    if len(instr.imm) != len(kinds):
        return [f"has {len(instr.imm)} immediates, not {len(kinds)}"]
    limits = {Imm.SLOT: len(function.slots), Imm.REGION: len(function.regions)}
    found = []
    for value, kind in zip(instr.imm, kinds, strict=True):
        if kind is Imm.CONSTANT:
            continue
        if kind is Imm.NAME:
            if not isinstance(value, str):
                found.append(f"{value!r} is no name")
        elif not isinstance(value, int):
            found.append(f"{value!r} is no {kind.value}")
        elif kind in limits and not 0 <= value < limits[kind]:
            found.append(f"there is no {kind.value} {value}")
    if not found and instr.row.name == "iter_buffer" and not 0 <= instr.imm[0] < function.n_buffers:
        found.append(f"there is no buffer {instr.imm[0]}")
    return found


# --- handlers ----------------------------------------------------------------------------------------------


def _check_regions(function: SsaFunction) -> list[str]:
    """What is armed follows the edges; landings are entered by their ``setup`` only."""
    found = []
    landings = {region.landing: region for region in function.regions}
    for block in function.blocks:
        armed = list(block.armed)
        disarmed = False
        for index, instr in enumerate(block.code):
            name = instr.row.name
            if name == "disarm":
                disarmed = True
                if not armed or armed[-1].number != instr.imm[0]:
                    found.append(
                        report(block, instr, f"region {instr.imm[0]} is not the innermost armed one")
                    )
                else:
                    armed.pop()
            elif disarmed and instr.row.effect & Effect.RAISES:
                found.append(report(block, instr, "may raise behind a disarm"))
            elif name == "catch" and (block not in landings or _first(block) != index):
                found.append(report(block, instr, "is not first in a landing"))
        found += _check_edges(function, block, armed, landings)
        if block in landings and block.code[_first(block)].row.name != "catch":
            found.append(f"b{block.number} is a landing without a catch")
    return found


def _first(block: Block) -> int:
    """Where the phis end."""
    return next(index for index, instr in enumerate(block.code) if instr.row is not PHI)


def _check_edges(
    function: SsaFunction, block: Block, armed: list[Region], landings: dict[Block, Region]
) -> list[str]:
    found = []
    last = block.code[-1]
    if not last.targets and last.row.name == "return" and armed:
        found.append(report(block, last, "a handler is armed"))
    for index, target in enumerate(last.targets):
        wanted = armed
        if last.row.name == "setup":
            region = function.regions[last.imm[0]]
            if index == 0:
                wanted = [*armed, region]
            elif target is not region.landing:
                found.append(report(block, last, f"b{target.number} is not the landing of its region"))
        elif target in landings:
            found.append(report(block, last, f"b{target.number} is a landing"))
        if list(target.armed) != wanted:
            found.append(
                f"b{block.number} → b{target.number}: armed {_numbers(wanted)} "
                f"but b{target.number} says {_numbers(list(target.armed))}"
            )
    return found


def _numbers(regions: list[Region]) -> str:
    return " ".join(str(region.number) for region in regions) or "none"


# --- definitions before uses -------------------------------------------------------------------------------


def _check_dominance(function: SsaFunction) -> list[str]:
    blocks = function.blocks
    found = []
    #: where a value is defined: (block, position); for_iter defines its own at the start of its first target
    places: dict[Instr, tuple[int, int]] = {}
    numbers: set[int] = set()
    for block in blocks:
        for index, instr in enumerate(block.code):
            if instr.type is Type.NOTHING:
                continue
            if instr in places or instr.number in numbers:
                found.append(report(block, instr, "is defined twice"))
            numbers.add(instr.number)
            places[instr] = (block.number, index)
            if instr.row.name == "for_iter" and len(instr.targets) == 2:
                if len(instr.targets[0].predecessors) != 1:
                    found.append(report(block, instr, "its first target has other predecessors"))
                places[instr] = (instr.targets[0].number, -1)
    found += check_definitions(
        blocks,
        places,
        lambda instr: instr.row is PHI,
        lambda number, index, problem: report(blocks[number], blocks[number].code[index], problem),
    )
    return found
