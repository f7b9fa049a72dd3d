"""What is done to a function as soon as it is built: no phi without a choice, no check without a doubt.

Before::

    b1: from b0 b1                          after, if the block does not assign x:
      v3:? = phi v0 v3
      v4:obj = check_bound v3
      v5:obj = load_attr "a" v4               v5:obj = load_attr "a" v0

Phis and loaded slots get their types: ``obj?`` if null can reach them, else ``obj``; in viper ``?``. Blocks
that only follow one another become one.

Breaks: numbers.
"""

from __future__ import annotations

from mpytool.emitters.native.merging import merge_blocks
from mpytool.emitters.native.replacing import apply_replacements, drop_from, replace_trivial, resolve
from mpytool.emitters.native.ssa import PHI, Block, Instr, SsaFunction, Type

Replacements = dict[Instr, Instr]
"""What stands for what; chains are followed."""


def tidy(function: SsaFunction) -> None:
    replaced: Replacements = {}
    looked_at = [instr for block in function.blocks for instr in block.code if instr.row.name in _LOOKED_AT]
    phis = [instr for instr in looked_at if instr.row is PHI]
    checks = [instr for instr in looked_at if instr.row.name == "check_bound"]
    replace_trivial(phis, replaced)
    doubtful = maybe_null(function, replaced)
    for check in checks:
        if resolve(check.args[0], replaced) not in doubtful:
            replaced[check] = check.args[0]
    replace_trivial(phis, replaced)
    apply_replacements(function.blocks, replaced)
    drop_unused(function)
    for instr in looked_at:
        if instr.row.name != "check_bound":
            is_null = instr in doubtful
            instr.type = Type.UNKNOWN if function.is_viper else Type.NULLABLE if is_null else Type.OBJ
    _merge_blocks(function)


_LOOKED_AT = frozenset(("phi", "check_bound", "load_slot"))


def maybe_null(function: SsaFunction, replaced: Replacements) -> set[Instr]:
    """Nulls, and phis and loads of slots that a null can reach."""
    stores: dict[int, list[Instr]] = {slot: [] for slot in range(len(function.slots))}
    loads: dict[int, list[Instr]] = {slot: [] for slot in range(len(function.slots))}
    #: for each value the phis that take it, for each stored value the loads of its slot
    flows: dict[Instr, list[Instr]] = {}
    waiting: list[Instr] = []
    null, nullable = Type.NULL, Type.NULLABLE
    for block in function.blocks:
        for instr in block.code:
            name = instr.row.name
            if name == "phi":
                if instr not in replaced:
                    for arg in instr.args:
                        flows.setdefault(resolve(arg, replaced), []).append(instr)
            elif name == "store_slot":
                stores[instr.imm[0]].append(resolve(instr.args[0], replaced))
            elif name == "load_slot":
                loads[instr.imm[0]].append(instr)
            if instr.type is null or instr.type is nullable:
                waiting.append(instr)
    for slot, values in stores.items():
        for value in values:
            flows.setdefault(value, []).extend(loads[slot])
    found = set(waiting)
    while waiting:
        for reached in flows.get(waiting.pop(), ()):
            if reached not in found:
                found.add(reached)
                waiting.append(reached)
    return found


_DROPPABLE = frozenset(("phi", "null", "cell", "undefined", "load_slot"))
"""What is built before anybody knows whether it is wanted."""


def drop_unused(function: SsaFunction) -> None:
    used: set[Instr] = set()
    droppable: list[Instr] = []
    for block in function.blocks:
        for instr in block.code:
            if instr.row.name in _DROPPABLE:
                droppable.append(instr)
            else:
                used.update(instr.args)
    # Of what can be dropped only phis have operands
    waiting = [instr for instr in droppable if instr.row is PHI and instr in used]
    for phi in waiting:
        for arg in phi.args:
            if arg not in used:
                used.add(arg)
                if arg.row is PHI:
                    waiting.append(arg)
    drop_from(function.blocks, {instr for instr in droppable if instr not in used})


def _merge_blocks(function: SsaFunction) -> None:
    landings = {region.landing for region in function.regions}

    def may_join(block: Block, follower: Block) -> bool:
        disarms = len(block.code) > 1 and block.code[-2].row.name == "disarm"
        return not disarms and follower not in landings and follower.armed == block.armed

    function.blocks = merge_blocks(function.blocks, may_join)
