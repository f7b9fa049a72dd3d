"""Simple statements."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.ir import ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.conditions import jump_if
from mpytool.lowering.targets import delete, load_for_update, store, store_updated
from mpytool.opcodes import BINARY_CODE
from mpytool.scopes import DeclarationError, IdKind


def lower_expr_stmt(b: Builder, node: tree.ExprStmt) -> None:
    b.line(node.first)
    b.lower(node.value)
    b.add((codes.POP_TOP, None, node.first))


def lower_assign(b: Builder, node: tree.Assign) -> None:
    b.line(node.first)
    if len(node.targets) == 1:
        _assign_one(b, node.targets[0], node.value)
        return
    b.lower(node.value)
    *leading, last = node.targets
    for target in leading:
        b.add((codes.DUP_TOP, None, target.first))
        store(b, target)
    store(b, last)


def _assign_one(b: Builder, target: tree.Expr, value: tree.Expr) -> None:
    """``target = value``; two or three bare names or values on both sides need no tuple."""
    if (
        isinstance(target, tree.Tuple)
        and isinstance(value, tree.Tuple)
        and not target.parenthesised
        and not value.parenthesised
        and len(target.elements) == len(value.elements)
        and len(target.elements) in (2, 3)
        and not any(isinstance(element, tree.Starred) for element in target.elements)
    ):
        for element in value.elements:
            b.lower(element)
        if len(value.elements) == 3:
            b.add((codes.ROT_THREE, None, target.first))
        b.add((codes.ROT_TWO, None, target.first))
        for element in target.elements:
            store(b, element)
    else:
        b.lower(value)
        store(b, target)


def lower_ann_assign(b: Builder, node: tree.AnnAssign) -> None:
    """An annotation without a value only makes a function's name local; the annotation is not compiled."""
    b.line(node.first)
    if node.value is not None:
        _assign_one(b, node.target, node.value)
    elif b.scope.kind is ScopeKind.FUNCTION and isinstance(node.target, tree.Name):
        b.scope.find_or_add(node.target.id, IdKind.LOCAL)


def lower_aug_assign(b: Builder, node: tree.AugAssign) -> None:
    b.line(node.first)
    load_for_update(b, node.target)
    b.lower(node.value)
    b.add((BINARY_CODE[node.op + "="], None, node.first))
    store_updated(b, node.target)


def lower_delete(b: Builder, node: tree.Delete) -> None:
    b.line(node.first)
    for target in node.targets:
        delete(b, target)


def lower_pass(b: Builder, node: tree.Pass) -> None:
    b.line_number(node.line, node.first)


def lower_break(b: Builder, node: tree.Break) -> None:
    b.line(node.first)
    loop = b.loop
    if loop is None:
        b.fail(errors.LOOP_OUTSIDE, node, keyword="break")
        return
    depth = b.exc_depth - loop.exc_depth
    b.add((codes.UNWIND_JUMP, (loop.break_label, depth, loop.has_iterator), node.first))


def lower_continue(b: Builder, node: tree.Continue) -> None:
    b.line(node.first)
    loop = b.loop
    if loop is None:
        b.fail(errors.LOOP_OUTSIDE, node, keyword="continue")
        return
    b.add((codes.UNWIND_JUMP, (loop.continue_label, b.exc_depth - loop.exc_depth, False), node.first))


def lower_return(b: Builder, node: tree.Return) -> None:
    token = node.first
    b.line(token)
    if b.scope.kind is not ScopeKind.FUNCTION:
        b.fail(errors.RETURN_OUTSIDE, node)
        return
    value = node.value
    if value is None:
        b.add((codes.LOAD_CONST_NONE, None, token))
    elif isinstance(value, tree.Conditional):
        # Each branch returns by itself
        fail = b.new_label()
        jump_if(b, value.test, False, fail)
        b.lower(value.body)
        b.add((codes.RETURN_VALUE, None, token))
        b.label(fail, node)
        b.lower(value.orelse)
    else:
        b.lower(value)
    b.add((codes.RETURN_VALUE, None, token))


def lower_raise(b: Builder, node: tree.Raise) -> None:
    b.line(node.first)
    if node.exception is None:
        b.add((codes.RAISE_LAST, None, node.first))
        return
    b.lower(node.exception)
    if node.cause is None:
        b.add((codes.RAISE_OBJ, None, node.first))
    else:
        b.lower(node.cause)
        b.add((codes.RAISE_FROM, None, node.first))


def lower_yield_stmt(b: Builder, node: tree.YieldStmt) -> None:
    b.line(node.first)
    b.lower(node.value)
    b.add((codes.POP_TOP, None, node.first))


def lower_global(b: Builder, node: tree.Global) -> None:
    b.line(node.first)
    for name in node.names:
        try:
            b.scope.declare_global(name)
        except DeclarationError as error:
            b.fail(error.kind, node, name=error.name)


def lower_nonlocal(b: Builder, node: tree.Nonlocal) -> None:
    b.line(node.first)
    if b.scope.kind is ScopeKind.MODULE:
        b.fail(errors.NONLOCAL_OUTER, node)
        return
    for name in node.names:
        try:
            b.scope.declare_nonlocal(name)
        except DeclarationError as error:
            b.fail(error.kind, node, name=error.name)


def lower_assert(b: Builder, node: tree.Assert) -> None:
    token = node.first
    b.line(token)
    if b.options.optimise > 0:
        return
    end = b.new_label()
    jump_if(b, node.test, True, end)
    b.add((codes.LOAD_BUILTIN, "AssertionError", token))
    if node.message is not None:
        b.lower(node.message)
        b.add((codes.CALL_FUNCTION, (1, 0), token))
    b.add((codes.RAISE_OBJ, None, token))
    b.label(end, node)
