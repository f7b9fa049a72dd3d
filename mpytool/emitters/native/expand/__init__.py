"""SSA to the low form: each operation becomes what the machine does for it.

Before::

    v2:obj = load_attr "a" v1

After (the qstr table is loaded once, in the entry)::

    v7 = load_fixed u16 +6 v3
    v8 = call_table 9 v5 v7

===============  ========================================================================================
``runtime``      entries of the function table, words of structures
``builder``      the vocabulary that expansions are written in
``chosen``       what gets fast versions, and what these find out
``functions``    how functions are entered and left, ``generators`` how generators are
``viper``        words instead of objects; ``small_words``: which of them are small ints for sure
``switching``    where a function switches to its own globals
``locals``       parameters and cells that the run time puts in place
``areas``        methods that wait in memory for their call
``sharing``      which iterators and values of a generator have the same place
``fast/``        inline versions of what is mostly done with small ints, lists and bytes
the others       expansions by topic
===============  ========================================================================================

Needs: ``ssa.number_values``; viper functions typed. Breaks: nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.expand import (
    calls,
    constants,
    generators,
    handlers,
    items,
    iteration,
    names,
    operators,
    viper,
)
from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast import (
    attributes,
    begin_run,
    coming_words,
    expand_run,
    global_names,
    lengths,
    list_calls,
    pairs,
    start_phis,
    unbox_heads,
)
from mpytool.emitters.native.expand.fast import iteration as inline_iteration
from mpytool.emitters.native.expand.fast.items import has_one_way
from mpytool.emitters.native.expand.fast.kinds import kind_and_sequence, kind_of
from mpytool.emitters.native.expand.fast.plan import Plan
from mpytool.emitters.native.expand.fast.tuples import is_surely_tuple
from mpytool.emitters.native.expand.functions import FunctionBuilder
from mpytool.emitters.native.expand.generators import GeneratorBuilder
from mpytool.emitters.native.expand.locals import state_locals
from mpytool.emitters.native.expand.runtime import Layout, Tables
from mpytool.emitters.native.low import LOW_PHI, LowBlock, LowFunction, LowInstr
from mpytool.emitters.native.ssa import PHI, Block, Instr, SsaFunction
from mpytool.ir import Function
from mpytool.options import Goal

Expansion: TypeAlias = Callable[[Builder, Instr], None]


@dataclass(frozen=True, slots=True)
class Expanded:
    """``n_state`` and ``cells`` are for the prelude."""

    low: LowFunction
    n_state: int
    cells: tuple[int, ...]


def expand_function(
    ssa: SsaFunction, function: Function, tables: Tables, layout: Layout, goal: Goal = Goal.BALANCED
) -> Expanded:
    """The low form of a function, without numbers."""
    places = state_locals(function)
    b: FunctionBuilder | GeneratorBuilder
    if ssa.is_generator:
        b = GeneratorBuilder(ssa, function, tables, layout, places, _expand_instr)
    else:
        kind = viper.ViperBuilder if ssa.is_viper else FunctionBuilder
        b = kind(ssa, function, tables, layout, places, goal)
    plan = Plan(ssa, b.shape.around, function.kind, goal, tables, layout)
    b.chosen = plan.chosen
    _expand_blocks(b, plan)
    b.close()
    return Expanded(b.finish(), b.n_state, places.cells)


Coming: TypeAlias = dict[tuple[Block, Block], list[LowInstr]]
"""The words that come into the phis of a block, by (where from, block)."""


def _expand_blocks(b: FunctionBuilder | GeneratorBuilder, plan: Plan) -> None:
    blocks = b.ssa.blocks
    cold = _cold_blocks(b.ssa)
    b.enter()
    global_names.start_positions(b)
    lengths.start_lengths(b)
    for instr in blocks[0].code:
        if instr.row.name == "param":
            _look_at(b, plan, instr)
    for block in blocks[1:]:
        b.of_block[block] = LowBlock(cold=block in cold)
    for block in blocks[1:]:
        landing = block.handler
        outer = b.outer_handler(block)
        b.of_block[block].handler = outer if landing is None else b.of_block[landing]
    coming: Coming = {}
    for number in b.shape.tree.order:
        block = blocks[number]
        if number:
            b.start_ssa_block(block)
            b.start(b.of_block[block])
            _start_phis(b, block, plan)
            b.begin_block(block)
        _expand_block(b, block, plan, coming)
    _fill_phis(b, coming)


def _start_phis(b: FunctionBuilder | GeneratorBuilder, block: Block, plan: Plan) -> None:
    phis = [instr for instr in block.code if instr.row is PHI]
    start_phis(b, phis)
    if block.code[-1].row.name == "for_iter":
        inline_iteration.start_head(b, block.code[-1])
    if isinstance(b, GeneratorBuilder):
        for phi in phis:
            b.keep_phi(phi)
    unbox_heads(b, phis)
    for phi in phis:
        _look_at(b, plan, phi)


def _look_at(b: Builder, plan: Plan, instr: Instr) -> None:
    if instr in plan.looked_at and instr not in b.found.kinds and not is_surely_tuple(instr):
        kinds = b.chosen.kinds_of(instr)
        if has_one_way(kinds):
            b.found.kinds[instr], b.found.sequences[instr] = kind_and_sequence(b, b.use(instr), kinds)
        else:
            b.found.kinds[instr] = kind_of(b, b.use(instr), kinds)
    if instr in plan.instances and instr not in b.found.instances and not b.block.cold:
        b.found.instances[instr] = attributes.type_of_instance(b, b.use(instr))


def _expand_block(b: Builder, block: Block, plan: Plan, coming: Coming) -> None:
    last = block.code[-1]
    tested = last.args[0] if last.row.name == "branch" else None
    runs = {} if b.block.cold else plan.runs(block)
    position = 0
    while position < len(block.code) - 1:
        instr = block.code[position]
        run = runs.get(position)
        position += 1
        if run is not None:
            begin_run(b, block, run, _expand_instr)
        if run is not None and run.end < len(block.code):
            expand_run(b, block, run, _expand_instr, _expand_branch)
            position = run.end
            for result in run.results:
                _look_at(b, plan, result)
        elif run is not None:
            _note_coming(b, block, coming)
            expand_run(b, block, run, _expand_instr, _expand_branch)
            return
        elif instr is tested and instr is block.code[-2] and instr.row.name == "truth" and b.uses[instr] == 1:
            tested = instr.args[0]
        elif instr.row is not PHI:
            _expand_instr(b, instr)
            _look_at(b, plan, instr)
    _note_coming(b, block, coming)
    b.token = last.token
    if tested is None:
        EXPANSIONS[last.row.name](b, last)
    elif tested.row.name == "native_compare" and b.uses[tested] == 1:
        yes, no = (b.of_block[target] for target in last.targets)
        left, right = (b.use(arg) for arg in tested.args)
        b.branch(viper.condition_of(tested), left, right, yes, no)
    else:
        operators.branch_on_truth(b, tested, *(b.of_block[target] for target in last.targets))


def _note_coming(b: Builder, block: Block, coming: Coming) -> None:
    for target in block.successors:
        index = target.predecessors.index(block)
        words: list[LowInstr] = []
        for phi in target.code:
            if phi.row is PHI:
                words += coming_words(b, phi, phi.args[index])
        if target.code[-1].row.name == "for_iter":
            words += inline_iteration.coming_position(b, target.code[-1])
        coming[block, target] = words


def _expand_branch(b: Builder, block: Block) -> None:
    """The branch at the end of a block, on the truth that the instruction before it asks for."""
    yes, no = block.code[-1].targets
    operators.branch_on_truth(b, block.code[-2].args[0], b.of_block[yes], b.of_block[no])


def _expand_instr(b: Builder, instr: Instr) -> None:
    b.token = instr.token
    EXPANSIONS[instr.row.name](b, instr)


def _fill_phis(b: Builder, coming: Coming) -> None:
    """Give the phis their operands, in the order in which the low blocks precede theirs."""
    blocks = b.ssa.blocks
    joins = [block for block in blocks[1:] if b.of_block[block].code[0].row is LOW_PHI]
    if not joins:
        return
    origins = {low_block: blocks[number] for number, low_block in b.started}
    for block in joins:
        low_block = b.of_block[block]
        for source in low_block.predecessors:
            for phi, value in zip(low_block.code, coming[origins[source], block], strict=False):
                phi.args.append(value)


def _cold_blocks(ssa: SsaFunction) -> set[Block]:
    """What runs only when something is raised: behind landings, and before what raises for sure."""
    warm: set[Block] = set()
    waiting = [ssa.blocks[0]]
    while waiting:
        block = waiting.pop()
        if block not in warm:
            warm.add(block)
            last = block.code[-1]
            waiting += last.targets[:1] if last.row.name == "setup" else last.targets
    cold = {block for block in ssa.blocks if block not in warm}
    waiting = [block for block in ssa.blocks if block.code[-1].row.name in _RAISING]
    while waiting:
        block = waiting.pop()
        if block not in cold:
            cold.add(block)
            waiting += [p for p in block.predecessors if all(target in cold for target in p.successors)]
    return cold


_RAISING = frozenset(("raise", "raise_from", "raise_last", "reraise"))


def _nothing(b: Builder, instr: Instr) -> None:
    """The entry has done it."""


def _jump(b: Builder, instr: Instr) -> None:
    b.jump(b.of_block[instr.targets[0]])


def _return(b: Builder, instr: Instr) -> None:
    b.leave(b.use(instr.args[0]))


def _load_global(b: Builder, instr: Instr) -> None:
    if instr not in b.chosen.lengths or b.block.cold:
        global_names.load_global(b, instr)


def _call(b: Builder, instr: Instr) -> None:
    if b.block.cold:
        calls.call(b, instr)
    elif instr.args[0] in b.chosen.lengths:
        lengths.length(b, instr)
    elif instr not in b.chosen.pairs:
        calls.call(b, instr)


EXPANSIONS: dict[str, Expansion] = {
    "param": _nothing,
    "cell": _nothing,
    "null": constants.null,
    "undefined": constants.null,
    "none": constants.none,
    "true": constants.true,
    "false": constants.false,
    "int": constants.integer,
    "string": constants.string,
    "constant": constants.constant,
    "way": constants.way,
    "part": pairs.part,
    "check_bound": constants.check_bound,
    "load_slot": constants.load_slot,
    "store_slot": constants.store_slot,
    "keep_slot": constants.keep_slot,
    "load_deref": constants.load_deref,
    "store_deref": constants.store_deref,
    "delete_deref": constants.delete_deref,
    "load_name": names.load_name,
    "load_global": _load_global,
    "load_build_class": names.load_build_class,
    "store_name": names.store_name,
    "store_global": names.store_global,
    "delete_name": names.delete_name,
    "delete_global": names.delete_global,
    "load_attr": attributes.load_attr,
    "store_attr": attributes.store_attr,
    "delete_attr": names.delete_attr,
    "load_method": list_calls.load_method,
    "load_super_method": calls.load_super_method,
    "load_subscr": items.load_subscr,
    "store_subscr": items.store_subscr,
    "delete_subscr": items.delete_subscr,
    "unary_op": operators.unary_op,
    "binary_op": operators.binary_op,
    "truth": operators.truth,
    "build_tuple": items.build,
    "build_list": items.build,
    "build_set": items.build,
    "build_map": items.build_map,
    "build_slice": items.build_slice,
    "store_map": items.store_map,
    "list_append": list_calls.list_append,
    "set_add": items.set_add,
    "unpack_sequence": pairs.unpack_sequence,
    "unpack_ex": items.unpack_ex,
    "iter_buffer": iteration.iter_buffer,
    "open_iter": inline_iteration.open_iter,
    "set_iter": iteration.set_iter,
    "get_iter": iteration.get_iter,
    "make_function": calls.make_function,
    "make_function_defaults": calls.make_function,
    "make_closure": calls.make_closure,
    "make_closure_defaults": calls.make_closure_defaults,
    "call": _call,
    "call_method": list_calls.call_method,
    "call_var": calls.call_var,
    "call_method_var": calls.call_method_var,
    "import_name": names.import_name,
    "import_from": names.import_from,
    "import_star": names.import_star,
    "catch": handlers.catch,
    "disarm": handlers.disarm,
    "with_cleanup": handlers.with_cleanup,
    "yield": generators.yield_,
    "yield_from": generators.yield_from,
    "jump": _jump,
    "for_iter": inline_iteration.for_iter,
    "setup": handlers.setup,
    "resume": handlers.resume,
    "return": _return,
    "raise": handlers.raise_,
    "raise_from": handlers.raise_,
    "raise_last": handlers.raise_last,
    "reraise": handlers.reraise,
    **viper.EXPANSIONS,
}
"""Every operation of ``ssa.OPS`` but phi and branch."""
