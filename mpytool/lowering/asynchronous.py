"""``async`` statements.

mpy-cross writes the protocols of PEP 492 out as calls and handlers; the sequences are those of
``compile_async_for_stmt`` and ``compile_async_with_stmt_helper`` in ``py/compile.c``.
"""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.definitions import lower_function_def
from mpytool.lowering.expressions import emit_yield_from
from mpytool.lowering.targets import store
from mpytool.opcodes import BINARY_CODE, FLAG_GENERATOR

_MATCH = BINARY_CODE["except match"]


def lower_async(b: Builder, node: tree.Async) -> None:
    b.line(node.first)
    statement = node.statement
    if isinstance(statement, tree.FunctionDef):
        lower_function_def(b, statement)
    elif not b.function.flags & FLAG_GENERATOR:
        # A plain generator passes once it has yielded
        keyword = "for" if isinstance(statement, tree.For) else "with"
        b.fail(errors.ASYNC_OUTSIDE, statement, keyword=keyword)
    elif isinstance(statement, tree.For):
        _lower_async_for(b, statement)
    else:
        _lower_async_with(b, statement)


def _await_method(b: Builder, method: str, node: tree.Node) -> None:
    """Replace the object on top by the result of awaiting ``object.method()``."""
    b.add((codes.LOAD_METHOD, method, node.first))
    b.add((codes.CALL_METHOD, (0, 0), node.first))
    emit_yield_from(b, node)


def _jump_unless_match(b: Builder, exception: str, label: int, node: tree.Node) -> None:
    """Jump to ``label``, keeping the top, unless the top is an exception of the named class."""
    b.add((codes.DUP_TOP, None, node.first))
    b.add((codes.LOAD_BUILTIN, exception, node.first))
    b.add((_MATCH, None, node.first))
    b.add((codes.POP_JUMP_IF_FALSE, label, node.first))


def _lower_async_for(b: Builder, node: tree.For) -> None:
    token = node.first
    exhausted, handler, body, other = b.new_label(), b.new_label(), b.new_label(), b.new_label()
    b.lower(node.iterable)
    b.add((codes.LOAD_METHOD, "__aiter__", token))
    b.add((codes.CALL_METHOD, (0, 0), token))

    loop, outer = b.enter_loop(has_iterator=False)
    b.label(loop.continue_label, node)
    b.setup(codes.SETUP_EXCEPT, handler, node)
    b.add((codes.DUP_TOP, None, token))
    _await_method(b, "__anext__", node)
    store(b, node.target)
    b.add((codes.POP_EXCEPT_JUMP, body, token))

    b.label(handler, node)
    b.add((codes.START_HANDLER, None, token))
    _jump_unless_match(b, "StopAsyncIteration", other, node)
    b.add((codes.POP_TOP, None, token))
    b.add((codes.POP_EXCEPT_JUMP, exhausted, token))
    b.label(other, node)
    b.adjust(1, node)
    b.end_finally(node)
    b.add((codes.END_HANDLER, None, token))

    b.label(body, node)
    b.suite(node.body)
    b.add((codes.JUMP, loop.continue_label, token))
    b.leave_loop(outer)
    b.label(exhausted, node)
    if node.orelse is not None:
        b.suite(node.orelse)
    b.label(loop.break_label, node)
    b.add((codes.POP_TOP, None, token))


def _lower_async_with(b: Builder, node: tree.With) -> None:
    """Each item's ``__aexit__`` is looked up only when it is called: it would lie too deep in the stack."""
    entered: list[tuple[int, int, int, int]] = []
    for item in node.items:
        # The labels: finally block, leaving without an exception, leaving by return or a jump, end
        labels = (b.new_label(), b.new_label(), b.new_label(), b.new_label())
        entered.append(labels)
        b.lower(item.context)
        b.add((codes.DUP_TOP, None, item.first))
        _await_method(b, "__aenter__", item)
        if item.target is not None:
            store(b, item.target)
        else:
            b.add((codes.POP_TOP, None, item.first))
        b.setup(codes.SETUP_FINALLY, labels[0], item)
        b.adjust(3, item)
    b.suite(node.body)
    for labels in reversed(entered):
        _leave_async_with(b, node, *labels)


def _leave_async_with(
    b: Builder, node: tree.With, finally_: int, no_exception: int, unwound: int, end: int
) -> None:
    """Call ``__aexit__`` in each of the three ways to leave; comments show the stack above what was there."""
    token = node.first
    b.adjust(-3, node)
    # Normally: (manager)
    b.add((codes.LOAD_CONST_NONE, None, token))
    b.add((codes.ROT_TWO, None, token))
    b.add((codes.JUMP, no_exception, token))

    # By an exception: (manager, exception); else (manager, value, what to do)
    b.label(finally_, node)
    _jump_unless_match(b, "BaseException", unwound, node)
    b.add((codes.DUP_TOP, None, token))
    b.add((codes.ROT_THREE, None, token))
    b.add((codes.ROT_TWO, None, token))
    b.add((codes.LOAD_METHOD, "__aexit__", token))
    b.add((codes.ROT_THREE, None, token))
    b.add((codes.ROT_THREE, None, token))
    b.add((codes.DUP_TOP, None, token))
    b.add((codes.LOAD_ATTR, "__class__", token))
    b.add((codes.ROT_TWO, None, token))
    b.add((codes.LOAD_CONST_NONE, None, token))
    # (exception, method, manager, type, exception, None)
    b.add((codes.CALL_METHOD, (3, 0), token))
    emit_yield_from(b, node)
    b.add((codes.POP_JUMP_IF_FALSE, end, token))
    # The manager swallows the exception
    b.add((codes.POP_TOP, None, token))
    b.add((codes.LOAD_CONST_NONE, None, token))
    b.add((codes.JUMP, end, token))
    b.adjust(2, node)

    # By return or a jump out: (manager, value, what to do)
    b.label(unwound, node)
    b.add((codes.ROT_THREE, None, token))
    b.add((codes.ROT_THREE, None, token))
    b.label(no_exception, node)
    # (None, manager) or (value, what to do, manager)
    b.add((codes.LOAD_METHOD, "__aexit__", token))
    b.add((codes.LOAD_CONST_NONE, None, token))
    b.add((codes.DUP_TOP, None, token))
    b.add((codes.DUP_TOP, None, token))
    b.add((codes.CALL_METHOD, (3, 0), token))
    emit_yield_from(b, node)
    b.add((codes.POP_TOP, None, token))
    b.adjust(-1, node)

    b.label(end, node)
    b.end_finally(node)
