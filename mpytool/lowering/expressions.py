"""Expressions: each leaves one value on the stack."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.ir import ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.conditions import jump_if
from mpytool.lowering.describe import describe
from mpytool.opcodes import BINARY_CODE, FLAG_GENERATOR, UNARY_CODE
from mpytool.scopes import COMPREHENSIONS, DeclarationError

_NOT = UNARY_CODE["not"]
_POWER = BINARY_CODE["**"]
_COMPARISONS: dict[str, tuple[int, bool]] = {
    op: (BINARY_CODE[op], False) for op in ("<", ">", "==", "<=", ">=", "!=", "in", "is")
} | {"not in": (BINARY_CODE["in"], True), "is not": (BINARY_CODE["is"], True)}
"""Opcode of a comparison, and whether the result is negated."""


def lower_name(b: Builder, node: tree.Name) -> None:
    name = node.id
    b.scope.load(name)
    b.add((codes.LOAD_IDENT, name, node.first))


def lower_constant(b: Builder, node: tree.Constant) -> None:
    value = node.value
    token = node.first
    if node.is_object:
        b.line_number(node.line, token)
        b.add((codes.LOAD_CONST_OBJ, value, token))
    elif value is None:
        b.add((codes.LOAD_CONST_NONE, None, token))
    elif value is True:
        b.add((codes.LOAD_CONST_TRUE, None, token))
    elif value is False:
        b.add((codes.LOAD_CONST_FALSE, None, token))
    elif isinstance(value, str):
        b.add((codes.LOAD_CONST_STRING, value, token))
    elif isinstance(value, int):
        b.add((codes.LOAD_CONST_SMALL_INT, value, token))
    else:
        b.add((codes.LOAD_CONST_OBJ, value, token))  # Ellipsis, which reports no line


def lower_bool_op(b: Builder, node: tree.BoolOp) -> None:
    b.line(node.first)
    end = b.new_label()
    opcode = codes.JUMP_IF_TRUE_OR_POP if node.is_or else codes.JUMP_IF_FALSE_OR_POP
    *leading, last = node.values
    for value in leading:
        b.lower(value)
        b.add((opcode, end, node.first))
    b.lower(last)
    b.label(end, node)


def lower_not(b: Builder, node: tree.Not) -> None:
    b.line(node.first)
    b.lower(node.operand)
    b.add((_NOT, None, node.first))


def lower_compare(b: Builder, node: tree.Compare) -> None:
    token = node.first
    b.line(token)
    b.lower(node.operands[0])
    last = len(node.ops) - 1
    fail = b.new_label() if last else 0
    for index, op in enumerate(node.ops):
        b.lower(node.operands[index + 1])
        if index < last:
            # Keep the middle operand for the next comparison
            b.add((codes.DUP_TOP, None, token))
            b.add((codes.ROT_THREE, None, token))
        opcode, negated = _COMPARISONS[op]
        b.add((opcode, None, token))
        if negated:
            b.add((_NOT, None, token))
        if index < last:
            b.add((codes.JUMP_IF_FALSE_OR_POP, fail, token))
    if last:
        end = b.new_label()
        b.add((codes.JUMP, end, token))
        b.label(fail, node)
        b.adjust(1, node)
        b.add((codes.ROT_TWO, None, token))
        b.add((codes.POP_TOP, None, token))
        b.label(end, node)


def lower_chain(b: Builder, node: tree.Chain) -> None:
    token = node.first
    b.line(token)
    operands = iter(node.operands)
    b.lower(next(operands))
    for op, operand in zip(node.ops, operands, strict=True):
        b.lower(operand)
        b.add((BINARY_CODE[op], None, token))


def lower_unary(b: Builder, node: tree.Unary) -> None:
    b.line(node.first)
    b.lower(node.operand)
    b.add((UNARY_CODE[node.op], None, node.first))


def lower_power(b: Builder, node: tree.Power) -> None:
    b.line(node.first)
    b.each([node.base, node.exponent])
    b.add((_POWER, None, node.first))


def lower_conditional(b: Builder, node: tree.Conditional) -> None:
    b.line(node.first)
    fail, end = b.new_label(), b.new_label()
    jump_if(b, node.test, False, fail)
    b.lower(node.body)
    b.add((codes.JUMP, end, node.first))
    b.label(fail, node)
    b.adjust(-1, node)
    b.lower(node.orelse)
    b.label(end, node)


def lower_named_expr(b: Builder, node: tree.NamedExpr) -> None:
    b.line(node.first)
    lower_walrus(b, node.target, node.value)


def lower_walrus(b: Builder, target: tree.Expr, value: tree.Expr) -> None:
    """``target := value``: the value stays on the stack."""
    if not isinstance(target, tree.Name):
        b.fail(errors.CANNOT_ASSIGN, target, what=describe(target))
        b.lower(value)
        return
    b.lower(value)
    b.add((codes.DUP_TOP, None, target.first))
    if b.scope.kind in COMPREHENSIONS:
        try:
            b.scope.declare_walrus(target.id)
        except DeclarationError as error:
            b.fail(error.kind, target, name=error.name)
    b.store(target.id, target.first)


def lower_starred(b: Builder, node: tree.Starred) -> None:
    b.fail(errors.STAR_NOT_TARGET, node)


def lower_tuple(b: Builder, node: tree.Tuple) -> None:
    b.line(node.first)
    for element in node.elements:
        b.lower(element)
    b.add((codes.BUILD_TUPLE, len(node.elements), node.first))


def lower_list(b: Builder, node: tree.List) -> None:
    b.line(node.first)
    if node.is_sequence:
        b.each(node.elements)
    else:
        for element in node.elements:
            b.lower(element)
    b.add((codes.BUILD_LIST, len(node.elements), node.first))


def lower_brace(b: Builder, node: tree.Brace) -> None:
    """A dict or a set display; the first item decides which."""
    token = node.first
    b.line(token)
    items = node.items
    inner_line = b.lines[token + 1]
    if not items or isinstance(items[0], tree.DictItem):
        b.add((codes.BUILD_MAP, len(items), token))
        for item in items:
            b.lower(item)
            if not isinstance(item, tree.DictItem):
                b.fail(errors.EXPECTING_KEY_VALUE, item, inner_line)
                return
            b.add((codes.STORE_MAP, None, item.first))
        return
    for item in items:
        b.lower(item)
        if isinstance(item, tree.DictItem):
            b.fail(errors.EXPECTING_VALUE, item, inner_line)
            return
    b.add((codes.BUILD_SET, len(items), token))


def lower_dict_item(b: Builder, node: tree.DictItem) -> None:
    b.line(node.first)
    b.lower(node.value)
    b.lower(node.key)


def lower_slice(b: Builder, node: tree.Slice) -> None:
    token = node.first
    b.line(token)
    for bound in (node.start, node.stop):
        if bound is None:
            b.add((codes.LOAD_CONST_NONE, None, token))
        else:
            b.lower(bound)
    if node.step is None:
        b.add((codes.BUILD_SLICE, 2, token))
    else:
        b.lower(node.step)
        b.add((codes.BUILD_SLICE, 3, token))


def lower_yield(b: Builder, node: tree.Yield) -> None:
    _enter_yield(b, node)
    if node.value is None:
        b.add((codes.LOAD_CONST_NONE, None, node.first))
    else:
        b.lower(node.value)
    emit_yield(b, node)


def emit_yield(b: Builder, node: tree.Node) -> None:
    """Yield the top of the stack."""
    b.add((codes.YIELD_VALUE, None, node.first))
    b.function.flags |= FLAG_GENERATOR


def lower_yield_from(b: Builder, node: tree.YieldFrom) -> None:
    _enter_yield(b, node)
    b.lower(node.value)
    emit_yield_from(b, node)


def _enter_yield(b: Builder, node: tree.Node) -> None:
    b.line(node.first)
    if b.scope.kind is not ScopeKind.FUNCTION and b.scope.kind is not ScopeKind.LAMBDA:
        b.fail(errors.YIELD_OUTSIDE, node)


def emit_yield_from(b: Builder, node: tree.Node) -> None:
    """``yield from`` or ``await`` the top of the stack."""
    token = node.first
    b.add((codes.GET_ITER, None, token))
    b.add((codes.LOAD_CONST_NONE, None, token))
    b.add((codes.YIELD_FROM, None, token))
    b.function.flags |= FLAG_GENERATOR
