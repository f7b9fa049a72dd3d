"""Where a function gets fast versions, and which objects are looked at before the loops that want their
items."""

from __future__ import annotations

from mpytool.emitters.native.expand.chosen import Chosen
from mpytool.emitters.native.expand.fast.attributes import may_be_member
from mpytool.emitters.native.expand.fast.kinds import iterated_kinds, recognised_kinds, said_kinds
from mpytool.emitters.native.expand.fast.lengths import LEN, is_length
from mpytool.emitters.native.expand.fast.list_calls import loaded_for
from mpytool.emitters.native.expand.fast.pairs import find_pairs
from mpytool.emitters.native.expand.fast.runs import Run, find_runs
from mpytool.emitters.native.expand.fast.tuples import (
    find_shapes,
    is_likely_tuple,
    is_nothing_else,
    is_surely_tuple,
)
from mpytool.emitters.native.expand.fast.words import plan_words
from mpytool.emitters.native.expand.global_plan import GlobalNames, plan_globals
from mpytool.emitters.native.expand.object_kinds import Kind
from mpytool.emitters.native.expand.runtime import Layout, Tables
from mpytool.emitters.native.expand.unboxed import NO_WORDS, WordPlan
from mpytool.emitters.native.ssa import Block, Instr, SsaFunction, Type
from mpytool.emitters.tuples import WIDE, item_shape
from mpytool.ir import ScopeKind
from mpytool.options import Goal

_ITEMS = frozenset(("load_subscr", "store_subscr"))
_NAMES = ("load_global", "load_name")
_OTHER_ITERABLES = frozenset(
    ("enumerate", "filter", "iter", "map", "open", "range", "reversed", "set", "zip")
)
_OTHER_METHODS = (("items",), ("keys",), ("values",))
_NO_CONTAINER = frozenset(("string", "build_map", "build_set", "build_tuple", "constant", "make_function"))
_ATTRIBUTES = frozenset(("load_attr", "store_attr"))
_COMPUTING = frozenset(
    (
        "phi", "param", "none", "true", "false", "int", "load_subscr", "store_subscr", "unary_op",
        "binary_op", "truth", "jump", "branch", "return",
    )
)  # fmt: skip
_CALLS = frozenset(("call", "call_method", "call_var", "call_method_var"))
_WORD_OF_31_BITS = 4
"""Bytes of a word whose small ints have 31 bits, fewer than what programs compute with."""


class Plan:
    """Fast versions are for code that may run often: functions, but of modules and class bodies only what is
    in loops. With the goal SIZE nothing is.

    Where calls are short and the goal is BALANCED, fast versions are in loops only, and in functions that do
    nothing but compute, and the members of instances are left to the run time; loops over lists,
    ``append`` and ``pop`` are inline only in innermost loops without calls.
    """

    def __init__(
        self,
        ssa: SsaFunction,
        loops: list[frozenset[int]],
        scope: ScopeKind,
        goal: Goal,
        tables: Tables,
        layout: Layout,
    ) -> None:
        # Where calls are short, fast versions are long beside them
        is_tight = layout.short_calls and goal is Goal.BALANCED
        self.ssa = ssa
        self.goal = goal
        self.tables = tables
        is_worth_it = not is_tight or _only_computes(ssa)
        self.only_loops = scope in (ScopeKind.MODULE, ScopeKind.CLASS) or not is_worth_it
        self.users = _users(ssa)
        #: for each block the heads of the loops around it
        self.loops = loops
        # Behind a yield nothing is left of what was computed before
        self.forgets = forgets = ssa.is_generator or goal is Goal.SIZE
        searches_members = goal is not Goal.SIZE and not self.only_loops
        self.quick_loops = self._quick_loops()
        self.looked_at = set() if forgets else self._objects_in_loops()
        self.instances = set() if forgets or not searches_members else _instances(ssa)
        heads = {} if forgets else self._heads()
        recognised = recognised_kinds(goal, tables, is_tight=is_tight)
        here = said_kinds(recognised, tables) if is_tight else recognised
        self.shapes = {} if goal is Goal.SIZE else find_shapes(ssa, tables)
        self.kinds = self._kinds(recognised)
        self.chosen = Chosen(
            recognised=recognised,
            recognised_here=here if goal is Goal.SPEED else here & ~Kind.TUPLE,
            kinds=self.kinds,
            iterated=iterated_kinds(recognised, tables, scope, is_tight=is_tight),
            searches_members=searches_members,
            global_names=GlobalNames() if forgets else self._global_names(),
            iterators=_iterators(ssa, heads),
            pairs=find_pairs(ssa, heads, self.users),
            lengths=frozenset() if forgets else self._lengths(),
            methods=self._methods() if searches_members else frozenset(),
            list_calls=frozenset() if forgets else self._list_calls(),
            fills_lists=goal is not Goal.SIZE and not is_tight,
            words=self._words(recognised) if layout.word == _WORD_OF_31_BITS else NO_WORDS,
        )

    def _kinds(self, recognised: Kind) -> dict[Instr, Kind]:
        """The kinds of objects that are likely to be tuples, and of those that are none: items are stored to
        them."""
        if self.goal is Goal.SIZE:
            return {}
        stored = {
            instr.args[0]
            for block in self.ssa.blocks
            for instr in block.code
            if instr.row.name == "store_subscr"
        }
        kinds = dict.fromkeys(stored, recognised & ~Kind.TUPLE)
        for instr, shape in self.shapes.items():
            if is_likely_tuple(shape):
                is_mixed = instr in stored or not is_nothing_else(shape)
                kinds[instr] = Kind.TUPLE | recognised if is_mixed else Kind.TUPLE
        return kinds

    def _words(self, recognised: Kind) -> WordPlan:
        if self.goal is Goal.SIZE or self.ssa.is_generator or self.ssa.is_viper:
            return NO_WORDS
        return plan_words(
            self.ssa,
            self.loops,
            self.users,
            is_any_object=lambda item: bool(
                self.kinds.get(item.args[0], recognised) & (Kind.LIST | Kind.TUPLE)
            ),
            is_wide_item=lambda item: bool(item_shape(self.shapes.get(item.args[0], 0)) & WIDE),
            converts_all=self.goal is Goal.SPEED,
        )

    def runs(self, block: Block) -> dict[int, Run]:
        """The runs of a block that get a fast version, by where they start."""
        if self.goal is Goal.SIZE or (self.only_loops and not self.loops[block.number]):
            return {}
        return {run.start: run for run in find_runs(block, self.users, self.chosen.words.operations)}

    def _quick_loops(self) -> set[int]:
        """The heads of innermost loops in which nothing is called but what may be inline."""
        heads: set[int] = set()
        others: set[int] = set()
        for block in self.ssa.blocks:
            around = self.loops[block.number]
            if block.number in around:
                heads.add(block.number)
                others |= around - {block.number}
            if any(instr.row.name in _CALLS and not _may_be_inline(instr) for instr in block.code):
                others |= around
        return heads - others

    def _is_worth_an_iteration(self, block: Block) -> bool:
        return not self.only_loops or not self.quick_loops.isdisjoint(self.loops[block.number])

    def _global_names(self) -> GlobalNames:
        """Variables that the program assigns, read in loops; unless the goal is speed, in those that call
        nothing else."""
        loops = self.quick_loops if self.goal is Goal.BALANCED else frozenset().union(*self.loops)
        sites = [
            (block, instr)
            for block in self.ssa.blocks
            if not loops.isdisjoint(self.loops[block.number])
            for instr in block.code
            if instr.row.name == "load_global" and self.tables.assigns(ScopeKind.MODULE, instr.imm[0])
        ]
        return plan_globals(self.ssa, sites)

    def _lengths(self) -> frozenset[Instr]:
        """The load_global of calls of ``len`` in loops, in a program that assigns no such name."""
        if self.tables.assigns(ScopeKind.MODULE, LEN):
            return frozenset()
        return frozenset(
            instr.args[0]
            for block in self.ssa.blocks
            if self.loops[block.number]
            for instr in block.code
            if is_length(instr) and self.users[instr.args[0]] == [instr] and instr.args[0] in block.code
        )

    def _methods(self) -> frozenset[Instr]:
        """The load_method of names that the program's classes have; unless the goal is speed, in loops."""
        return frozenset(
            instr
            for block in self.ssa.blocks
            if self.goal is Goal.SPEED or self.loops[block.number]
            for instr in block.code
            if instr.row.name == "load_method"
            and self.tables.assigns(ScopeKind.CLASS, instr.imm[0])
            and may_be_member(instr.imm[0])
        )

    def _list_calls(self) -> frozenset[Instr]:
        """The load_method of calls of ``append`` and ``pop``, if nothing else wants what it finds."""
        found: set[Instr] = set()
        for block in self.ssa.blocks:
            if not self._is_worth_an_iteration(block):
                continue
            for instr in block.code:
                load = loaded_for(instr)
                if load is not None and all(self.users[part] == [instr] for part in self.users[load]):
                    found.add(load)
        return frozenset(found)

    def _heads(self) -> dict[Instr, Block]:
        """The heads of loops that may iterate without calls, by their iterator buffers."""
        heads: dict[Instr, list[Block]] = {}
        for block in self.ssa.blocks:
            if block.code[-1].row.name == "for_iter":
                heads.setdefault(block.code[-1].args[0], []).append(block)
        return {
            instr.args[0]: heads[instr.args[0]][0]
            for block in self.ssa.blocks
            for instr in block.code
            if instr.row.name == "open_iter"
            and _is_head_of_loop(heads.get(instr.args[0], []), block)
            and (is_surely_tuple(instr.args[1]) or self._is_worth_an_iteration(heads[instr.args[0]][0]))
        }

    def _objects_in_loops(self) -> set[Instr]:
        """Containers that come from outside of a loop in which their items are wanted."""
        home = {instr: block for block in self.ssa.blocks for instr in block.code}
        return {
            instr.args[0]
            for block in self.ssa.blocks
            for instr in block.code
            if instr.row.name in _ITEMS
            and not self.loops[block.number] <= self.loops[home[instr.args[0]].number]
        }


def _only_computes(ssa: SsaFunction) -> bool:
    """Whether a function has nothing but operators and items."""
    return all(instr.row.name in _COMPUTING for block in ssa.blocks for instr in block.code)


def _instances(ssa: SsaFunction) -> set[Instr]:
    """Objects of which several attributes are wanted."""
    counts: dict[Instr, int] = {}
    for block in ssa.blocks:
        for instr in block.code:
            if instr.row.name in _ATTRIBUTES and may_be_member(instr.imm[0]):
                counts[instr.args[0]] = counts.get(instr.args[0], 0) + 1
    return {instr for instr, count in counts.items() if count > 1}


def _iterators(ssa: SsaFunction, heads: dict[Instr, Block]) -> frozenset[Instr]:
    """Iterator buffers of loops over what may be a list or bytes."""
    return frozenset(
        instr.args[0]
        for block in ssa.blocks
        for instr in block.code
        if instr.row.name == "open_iter" and instr.args[0] in heads and _may_be_known(instr.args[1])
    )


def _may_be_inline(call: Instr) -> bool:
    return loaded_for(call) is not None or is_length(call)


def _is_head_of_loop(heads: list[Block], before: Block) -> bool:
    """Whether there is one head, with phis of its own for what changes in the loop."""
    return len(heads) == 1 and heads[0] is not before and heads[0] not in heads[0].successors


def _may_be_known(iterable: Instr) -> bool:
    """Whether an iterable has a chance to be what ``kinds.py`` recognises."""
    name = iterable.row.name
    if is_surely_tuple(iterable):
        return True
    if name == "call":
        function = iterable.args[0]
        return not (function.row.name in _NAMES and function.imm[0] in _OTHER_ITERABLES)
    if name == "call_method":
        method = iterable.args[0]
        return not (method.row.name == "part" and method.args[0].imm[:1] in _OTHER_METHODS)
    return name not in _NO_CONTAINER


def _users(ssa: SsaFunction) -> dict[Instr, list[Instr]]:
    users: dict[Instr, list[Instr]] = {}
    for block in ssa.blocks:
        for instr in block.code:
            if instr.type is not Type.NOTHING or instr.args:
                for arg in instr.args:
                    users.setdefault(arg, []).append(instr)
    return users
