"""if, while and for."""

from __future__ import annotations

from mpytool.grammar import tree
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.conditions import constant_truth, jump_if
from mpytool.lowering.targets import store
from mpytool.opcodes import BINARY_CODE

_ADD_IN_PLACE = BINARY_CODE["+="]
_LESS = BINARY_CODE["<"]
_MORE = BINARY_CODE[">"]


def lower_if(b: Builder, node: tree.If) -> None:
    """A branch that can never run is not lowered at all, nor is what follows one that always runs."""
    b.line(node.first)
    end = b.new_label()
    for index, branch in enumerate(node.branches):
        truth = constant_truth(branch.test)
        if truth is False:
            continue
        fail = b.new_label()
        jump_if(b, branch.test, False, fail)
        b.suite(branch.body)
        if truth is True:
            break
        # An `elif` jumps even if nothing follows it
        if index > 0 or len(node.branches) > 1 or node.orelse is not None:
            b.add((codes.JUMP, end, node.first))
        b.label(fail, node)
    else:
        if node.orelse is not None:
            b.suite(node.orelse)
    b.label(end, node)


def lower_while(b: Builder, node: tree.While) -> None:
    b.line(node.first)
    loop, outer = b.enter_loop(has_iterator=False)
    truth = constant_truth(node.test)
    if truth is not False:
        top = b.new_label()
        if truth is None:
            b.add((codes.JUMP, loop.continue_label, node.first))
        b.label(top, node)
        b.suite(node.body)
        b.label(loop.continue_label, node)
        jump_if(b, node.test, True, top)
    b.leave_loop(outer)
    if node.orelse is not None:
        b.suite(node.orelse)
    b.label(loop.break_label, node)


def lower_for(b: Builder, node: tree.For) -> None:
    b.line(node.first)
    bounds = _range_bounds(node)
    if bounds is not None:
        _lower_range_loop(b, node, *bounds)
        return
    token = node.first
    loop, outer = b.enter_loop(has_iterator=True)
    exhausted = b.new_label()
    b.lower(node.iterable)
    b.add((codes.GET_ITER_STACK, None, token))
    b.label(loop.continue_label, node)
    b.add((codes.FOR_ITER, exhausted, token))
    store(b, node.target)
    b.suite(node.body)
    b.add((codes.JUMP, loop.continue_label, token))
    b.label(exhausted, node)
    b.add((codes.FOR_ITER_END, None, token))
    b.leave_loop(outer)
    if node.orelse is not None:
        b.suite(node.orelse)
    b.label(loop.break_label, node)


_SPECIAL_ARGUMENTS = (
    tree.StarArgument, tree.DoubleStarArgument, tree.KeywordArgument, tree.NamedArgument,
)  # fmt: skip


def _is_plain(argument: tree.Argument) -> bool:
    if isinstance(argument, tree.Comprehension):
        return not argument.is_argument
    return not isinstance(argument, _SPECIAL_ARGUMENTS)


def _small_int(node: tree.Argument | None) -> int | None:
    """The value of a small-int literal."""
    if isinstance(node, tree.Constant) and not node.is_object and type(node.value) is int:
        return node.value
    return None


def _range_bounds(node: tree.For) -> tuple[tree.Expr | None, tree.Expr, int, tree.Expr | None] | None:
    """(start, end, step, step's node) of ``for NAME in range(...)`` if it can count without an iterator."""
    iterable = node.iterable
    if not (
        isinstance(node.target, tree.Name)
        and isinstance(iterable, tree.Primary)
        and isinstance(iterable.base, tree.Name)
        and iterable.base.id == "range"
        and len(iterable.trailers) == 1
        and isinstance(iterable.trailers[0], tree.CallTrailer)
    ):
        return None
    args = iterable.trailers[0].args
    if not 1 <= len(args) <= 3 or not all(_is_plain(arg) for arg in args[:2]):
        return None
    step = 1
    if len(args) == 3:
        constant = _small_int(args[2])
        if not constant:
            return None
        step = constant
    exprs: list[tree.Expr] = args  # type: ignore[assignment]  # plain, or a literal
    if len(exprs) == 1:
        return None, exprs[0], step, None
    return exprs[0], exprs[1], step, exprs[2] if len(exprs) == 3 else None


def _lower_range_loop(
    b: Builder,
    node: tree.For,
    start: tree.Expr | None,
    end: tree.Expr,
    step: int,
    step_node: tree.Expr | None,
) -> None:
    """Count on the stack: the end (unless a small int) and the next value lie there during the loop."""
    token = node.first
    loop, outer = b.enter_loop(has_iterator=False)
    top, entry = b.new_label(), b.new_label()
    end_on_stack = _small_int(end) is None
    if end_on_stack:
        b.lower(end)
    if start is None:
        b.add((codes.LOAD_CONST_SMALL_INT, 0, token))
    else:
        b.lower(start)
    b.add((codes.JUMP, entry, token))
    b.label(top, node)
    b.add((codes.DUP_TOP, None, token))
    store(b, node.target)
    b.suite(node.body)
    b.label(loop.continue_label, node)
    b.add((codes.LOAD_CONST_SMALL_INT, step, step_node.first if step_node is not None else token))
    b.add((_ADD_IN_PLACE, None, token))
    b.label(entry, node)
    if end_on_stack:
        b.add((codes.DUP_TOP_TWO, None, token))
        b.add((codes.ROT_TWO, None, token))
    else:
        b.add((codes.DUP_TOP, None, token))
        b.lower(end)
    b.add((_LESS if step >= 0 else _MORE, None, token))
    b.add((codes.POP_JUMP_IF_TRUE, top, token))
    b.leave_loop(outer)

    if node.orelse is None:
        b.label(loop.break_label, node)
        _drop_counters(b, end_on_stack, token)
        return
    # The else block may leave an outer loop, so the counters must be gone before it
    _drop_counters(b, end_on_stack, token)
    b.suite(node.orelse)
    done = b.new_label()
    b.add((codes.JUMP, done, token))
    b.adjust(2 if end_on_stack else 1, node)
    b.label(loop.break_label, node)
    _drop_counters(b, end_on_stack, token)
    b.label(done, node)


def _drop_counters(b: Builder, end_on_stack: bool, token: int) -> None:
    b.add((codes.POP_TOP, None, token))
    if end_on_stack:
        b.add((codes.POP_TOP, None, token))
