"""Conditions: jumps on the truth of an expression, decided here where it is a constant."""

from __future__ import annotations

from mpytool.grammar import tree
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder


def constant_truth(node: tree.Expr) -> bool | None:
    """The truth value of an expression that is constant for the compiler, else None.

    ``()`` counts although it is built at run time (``mp_parse_node_is_const`` in ``py/parse.c``).
    """
    if isinstance(node, tree.Constant):
        return bool(node.value)
    if isinstance(node, tree.Tuple) and node.parenthesised and not node.elements:
        return False
    return None


def jump_if(b: Builder, node: tree.Expr, sense: bool, label: int) -> None:
    """Jump to ``label`` if the truth of ``node`` is ``sense``, else fall through.

    ``and``, ``or`` and ``not`` become control flow and report no line themselves.
    """
    truth = constant_truth(node)
    if truth is not None:
        if truth == sense:
            b.add((codes.JUMP, label, node.first))
    elif isinstance(node, tree.BoolOp):
        if node.is_or == sense:
            # Any operand can decide
            for value in node.values:
                jump_if(b, value, sense, label)
        else:
            # Any but the last can decide against it
            skip = b.new_label()
            *leading, last = node.values
            for value in leading:
                jump_if(b, value, not sense, skip)
            jump_if(b, last, sense, label)
            b.label(skip, node)
    elif isinstance(node, tree.Not):
        jump_if(b, node.operand, not sense, label)
    else:
        b.lower(node)
        opcode = codes.POP_JUMP_IF_TRUE if sense else codes.POP_JUMP_IF_FALSE
        b.add((opcode, label, node.first))
