"""try and with."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.targets import store
from mpytool.opcodes import BINARY_CODE

_MATCH = BINARY_CODE["except match"]


def lower_try(b: Builder, node: tree.Try) -> None:
    b.line(node.first)
    if node.finalbody is None:
        _lower_try_except(b, node)
        return
    token = node.first
    finally_label = b.new_label()
    b.setup(codes.SETUP_FINALLY, finally_label, node)
    if node.handlers:
        _lower_try_except(b, node)
    else:
        # The run time may keep up to three values while it unwinds through the finally block
        b.adjust(3, node)
        b.suite(node.body)
        b.adjust(-3, node)
    b.add((codes.LOAD_CONST_NONE, None, token))
    b.label(finally_label, node)
    # A value that is being returned may lie below
    b.adjust(1, node)
    b.suite(node.finalbody)
    b.adjust(-1, node)
    b.end_finally(node)


def _lower_try_except(b: Builder, node: tree.Try) -> None:
    token = node.first
    handlers, success = b.new_label(), b.new_label()
    b.setup(codes.SETUP_EXCEPT, handlers, node)
    b.suite(node.body)
    b.add((codes.POP_EXCEPT_JUMP, success, token))
    b.label(handlers, node)
    b.add((codes.START_HANDLER, None, token))
    end = b.new_label()
    for index, handler in enumerate(node.handlers):
        if handler.exception is None and index + 1 < len(node.handlers):
            b.fail(errors.DEFAULT_EXCEPT_LAST, handler)
            break
        _lower_handler(b, handler, end)
    b.end_finally(node)
    b.add((codes.END_HANDLER, None, token))
    b.label(success, node)
    if node.orelse is not None:
        b.suite(node.orelse)
    b.label(end, node)


def _lower_handler(b: Builder, handler: tree.Handler, end: int) -> None:
    """One except clause; the exception is on the stack. A bound name is deleted in a hidden try-finally."""
    token = handler.first
    no_match = b.new_label()
    if handler.exception is not None:
        b.add((codes.DUP_TOP, None, token))
        b.lower(handler.exception)
        b.add((_MATCH, None, token))
        b.add((codes.POP_JUMP_IF_FALSE, no_match, token))
    if handler.name is None:
        b.add((codes.POP_TOP, None, token))
        b.suite(handler.body)
    else:
        b.store(handler.name, token)
        cleanup = b.new_label()
        b.setup(codes.SETUP_FINALLY, cleanup, handler)
        b.suite(handler.body)
        b.add((codes.LOAD_CONST_NONE, None, token))
        b.label(cleanup, handler)
        b.adjust(1, handler)
        b.add((codes.LOAD_CONST_NONE, None, token))
        b.store(handler.name, token)
        b.delete(handler.name, token)
        b.adjust(-1, handler)
        b.end_finally(handler)
    b.add((codes.POP_EXCEPT_JUMP, end, token))
    b.label(no_match, handler)
    b.adjust(1, handler)


def lower_with(b: Builder, node: tree.With) -> None:
    """Nested from the first item to the last; the cleanups follow the body in reverse."""
    b.line(node.first)
    ends: list[int] = []
    for item in node.items:
        end = b.new_label()
        ends.append(end)
        b.lower(item.context)
        b.setup(codes.SETUP_WITH, end, item)
        if item.target is not None:
            store(b, item.target)
        else:
            b.add((codes.POP_TOP, None, item.first))
    b.suite(node.body)
    for end in reversed(ends):
        b.add((codes.LOAD_CONST_NONE, None, node.first))
        b.label(end, node)
        b.add((codes.WITH_CLEANUP, None, node.first))
        b.adjust(-4, node)
        b.end_finally(node)
