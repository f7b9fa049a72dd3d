"""What an expression is called in a message to the user."""

from __future__ import annotations

from mpytool.grammar import tree

_WORDS: dict[type, str] = {
    tree.BoolOp: "an 'and' or 'or' expression",
    tree.Not: "a 'not' expression",
    tree.Compare: "a comparison",
    tree.Chain: "the result of an operator",
    tree.Unary: "the result of an operator",
    tree.Power: "the result of an operator",
    tree.Conditional: "a conditional expression",
    tree.NamedExpr: "a ':=' expression",
    tree.Starred: "a starred expression outside a tuple or list",
    tree.Lambda: "a lambda",
    tree.Await: "an 'await' expression",
    tree.Brace: "a dict or set display",
    tree.Comprehension: "a comprehension",
    tree.Slice: "a slice",
    tree.Yield: "a 'yield' expression",
    tree.YieldFrom: "a 'yield from' expression",
    tree.Tuple: "a tuple",
    tree.List: "a list",
}


def describe(node: tree.Node) -> str:
    """A noun phrase with its article, or the constant itself."""
    if isinstance(node, tree.Constant):
        if isinstance(node.value, (bool, type(None), type(...))):
            return f"the constant {node.value}"
        if isinstance(node.value, tuple):
            return "a constant tuple"
        return "a literal or a const() name"
    if isinstance(node, tree.Primary):
        return "a call" if isinstance(node.trailers[-1], tree.CallTrailer) else "this expression"
    return _WORDS.get(type(node), "this expression")
