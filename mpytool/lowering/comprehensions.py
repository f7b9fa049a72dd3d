"""Comprehensions and generator expressions: a call of a hidden function with the first iterable."""

from __future__ import annotations

from mpytool.grammar import tree
from mpytool.ir import ScopeKind
from mpytool.lowering import codes
from mpytool.lowering.builder import Builder
from mpytool.lowering.conditions import jump_if
from mpytool.lowering.expressions import emit_yield
from mpytool.lowering.targets import store
from mpytool.opcodes import COMP_DICT, COMP_LIST, COMP_SET
from mpytool.scopes import IdKind

_KINDS: dict[str, ScopeKind] = {
    "list": ScopeKind.LIST_COMP,
    "dict": ScopeKind.DICT_COMP,
    "set": ScopeKind.SET_COMP,
    "generator": ScopeKind.GENERATOR,
}
_COLLECTIONS: dict[ScopeKind, tuple[int, int]] = {
    ScopeKind.LIST_COMP: (codes.BUILD_LIST, COMP_LIST),
    ScopeKind.DICT_COMP: (codes.BUILD_MAP, COMP_DICT),
    ScopeKind.SET_COMP: (codes.BUILD_SET, COMP_SET),
}
_ITERABLE = ""
"""The hidden parameter's name: no identifier can be empty."""


def lower_comprehension(b: Builder, node: tree.Comprehension) -> None:
    """In the enclosing scope: make the function, evaluate the first iterable, call."""
    if not node.is_argument:
        b.line(node.first)
    kind = _KINDS[node.kind]
    child = b.start_scope(b.scope, node, kind, kind.value, b.scope.emitter)
    b.make(child, node, with_defaults=False)
    first = node.clauses[0]
    assert isinstance(first, tree.CompFor), "a comprehension starts with for"
    b.lower(first.iterable)
    if kind is ScopeKind.GENERATOR:
        b.add((codes.GET_ITER, None, node.first))
    b.add((codes.CALL_FUNCTION, (1, 0), node.first))


def lower_comprehension_body(b: Builder, node: tree.Comprehension) -> None:
    token = node.first
    kind = b.scope.kind
    b.scope.find_or_add(_ITERABLE, IdKind.LOCAL)
    b.function.n_pos_args = 1
    b.line(node.inner)
    if kind is ScopeKind.GENERATOR:
        # The caller made the iterator; null before it says that the four slots hold no iterator of ours
        b.add((codes.LOAD_NULL, None, token))
        b.load(_ITERABLE, token)
        b.add((codes.LOAD_NULL, None, token))
        b.add((codes.LOAD_NULL, None, token))
    else:
        b.add((_COLLECTIONS[kind][0], 0, token))
        b.load(_ITERABLE, token)
        b.add((codes.GET_ITER_STACK, None, token))
    _lower_clauses(b, node)
    if kind is ScopeKind.GENERATOR:
        b.add((codes.LOAD_CONST_NONE, None, token))
    b.add((codes.RETURN_VALUE, None, token))


def _lower_clauses(b: Builder, node: tree.Comprehension) -> None:
    token = node.first
    loops: list[tuple[int, int]] = []  # (label of the next round, label when exhausted) of each `for`
    for clause in node.clauses:
        if isinstance(clause, tree.CompIf):
            jump_if(b, clause.test, False, loops[-1][0])
            continue
        if loops:
            b.lower(clause.iterable)
            b.add((codes.GET_ITER_STACK, None, clause.first))
        top, end = b.new_label(), b.new_label()
        loops.append((top, end))
        b.label(top, clause)
        b.add((codes.FOR_ITER, end, clause.first))
        store(b, clause.target)
    b.lower(node.element)
    if b.scope.kind is ScopeKind.GENERATOR:
        emit_yield(b, node)
        b.add((codes.POP_TOP, None, token))
    else:
        collection = _COLLECTIONS[b.scope.kind][1]
        # Each loop keeps four slots above the collection; the element or the pair lies on top
        depth = 4 * len(loops) + (2 if collection == COMP_DICT else 1)
        b.add((codes.STORE_COMP, (collection, depth), token))
    for top, end in reversed(loops):
        b.add((codes.JUMP, top, token))
        b.label(end, node)
        b.add((codes.FOR_ITER_END, None, token))
