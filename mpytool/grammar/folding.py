"""Constant folding, done while the tree is built, exactly as far as mpy-cross goes (``fold_constants`` and
its neighbours in ``py/parse.c``).

Nothing here looks at names: ``const()`` is in ``builder.py``.
"""

from __future__ import annotations

import math

from mpytool.grammar import arithmetic
from mpytool.grammar.tree import Constant, Expr, Tuple
from mpytool.options import Options
from mpytool.values import ConstantValue

MODULE_CONSTANTS: dict[tuple[str, str], float] = {
    ("math", "e"): math.e,
    ("math", "pi"): math.pi,
    ("math", "tau"): math.tau,
    ("math", "inf"): math.inf,
    ("math", "nan"): math.nan,
}
"""Attributes that mpy-cross replaces by their value, whatever the module's name is bound to."""

_UNFOLDED = object()


def is_constant(node: Expr) -> bool:
    """Whether mpy-cross counts a node as constant (``mp_parse_node_is_const``): ``()`` is, too."""
    return type(node) is Constant or (type(node) is Tuple and not node.elements)


def constant_value(node: Expr) -> ConstantValue:
    """The value of a node for which ``is_constant`` holds."""
    return node.value if type(node) is Constant else ()


def number_node(options: Options, value: int | float, first: int, last: int) -> Constant:
    """The node of a folded number: it reports no line."""
    is_object = type(value) is not int or not options.small_int_fits(value)
    return Constant(first, last, value, is_object, 0)


def negated_node(options: Options, value: int | float, first: int, last: int) -> Constant:
    """The node of a folded ``-number``.

    mpy-cross negates 2**62, which is no small int of its own, to a long integer, and does not notice that the
    result would be a small int of the target (if that has 63 bits).
    """
    node = number_node(options, value, first, last)
    if value == -(1 << 62):
        node.is_object = True
    return node


def named_constant(node: Expr) -> tuple[ConstantValue, bool]:
    """What ``const(node)`` gives its name: (value, is_object); everything but a small int is an object."""
    if type(node) is Constant:
        return node.value, node.is_object or type(node.value) is not int
    return (), True


def _number(node: Expr) -> int | float | None:
    if type(node) is Constant:
        value = node.value
        if type(value) is int or type(value) is float:
            return value
    return None


def fold_chain(ops: list[str], operands: list[Expr]) -> int | float | None:
    """The value of a left-associative chain if all of it can be computed, else None.

    ``a + b + x`` is not folded in part. A chain that fails at one operator is not folded at all.
    """
    total = _number(operands[0])
    if total is None:
        return None
    for op, operand in zip(ops, operands[1:], strict=True):
        number = _number(operand)
        if number is None:
            return None
        total = arithmetic.fold_binary(op, total, number)
        if total is None:
            return None
    return total


def fold_unary(op: str, operand: Expr) -> int | float | None:
    """``+``, ``-`` or ``~`` of a number; ``~`` of ints only."""
    number = _number(operand)
    if number is None or (op == "~" and type(number) is not int):
        return None
    return arithmetic.fold_unary(op, number)


def fold_logical(is_or: bool, values: list[Expr]) -> list[Expr]:
    """The operands of ``or`` / ``and`` that are left (one or more), by the constants among them.

    An operand that lets the evaluation go on is dropped unless it is the last; one that stops it ends
    the list.
    """
    kept: list[Expr] = []
    for node in values[:-1]:
        if not is_constant(node):
            kept.append(node)
        elif bool(constant_value(node)) is is_or:
            kept.append(node)
            return kept
    kept.append(values[-1])
    return kept


def fold_tuple(elements: list[Expr], first: int, last: int, line: int) -> Constant | None:
    """A tuple object if all elements are constants."""
    for node in elements:
        if type(node) is not Constant and not is_constant(node):
            return None
    return Constant(first, last, tuple([constant_value(node) for node in elements]), True, line)
