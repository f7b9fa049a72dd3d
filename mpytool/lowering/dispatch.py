"""Which function lowers which kind of node. No logic here."""

from __future__ import annotations

from mpytool.grammar import tree
from mpytool.ir import ScopeKind
from mpytool.lowering import (
    asynchronous,
    calls,
    comprehensions,
    definitions,
    expressions,
    handlers,
    imports,
    loops,
    statements,
)
from mpytool.lowering.builder import Lowering

NODES: dict[type[tree.Node], Lowering] = {
    # expressions
    tree.Name: expressions.lower_name,
    tree.Constant: expressions.lower_constant,
    tree.BoolOp: expressions.lower_bool_op,
    tree.Not: expressions.lower_not,
    tree.Compare: expressions.lower_compare,
    tree.Chain: expressions.lower_chain,
    tree.Unary: expressions.lower_unary,
    tree.Power: expressions.lower_power,
    tree.Conditional: expressions.lower_conditional,
    tree.NamedExpr: expressions.lower_named_expr,
    tree.Starred: expressions.lower_starred,
    tree.Tuple: expressions.lower_tuple,
    tree.List: expressions.lower_list,
    tree.Brace: expressions.lower_brace,
    tree.DictItem: expressions.lower_dict_item,
    tree.Slice: expressions.lower_slice,
    tree.Yield: expressions.lower_yield,
    tree.YieldFrom: expressions.lower_yield_from,
    tree.Primary: calls.lower_primary,
    tree.Await: calls.lower_await,
    tree.Lambda: definitions.lower_lambda,
    tree.Comprehension: comprehensions.lower_comprehension,
    # statements
    tree.ExprStmt: statements.lower_expr_stmt,
    tree.Assign: statements.lower_assign,
    tree.AnnAssign: statements.lower_ann_assign,
    tree.AugAssign: statements.lower_aug_assign,
    tree.Delete: statements.lower_delete,
    tree.Pass: statements.lower_pass,
    tree.Break: statements.lower_break,
    tree.Continue: statements.lower_continue,
    tree.Return: statements.lower_return,
    tree.Raise: statements.lower_raise,
    tree.YieldStmt: statements.lower_yield_stmt,
    tree.Import: imports.lower_import,
    tree.ImportFrom: imports.lower_import_from,
    tree.Global: statements.lower_global,
    tree.Nonlocal: statements.lower_nonlocal,
    tree.Assert: statements.lower_assert,
    tree.If: loops.lower_if,
    tree.While: loops.lower_while,
    tree.For: loops.lower_for,
    tree.Try: handlers.lower_try,
    tree.With: handlers.lower_with,
    tree.FunctionDef: definitions.lower_plain_function_def,
    tree.ClassDef: definitions.lower_class_def,
    tree.Decorated: definitions.lower_decorated,
    tree.Async: asynchronous.lower_async,
}

BODIES: dict[ScopeKind, Lowering] = {
    ScopeKind.MODULE: definitions.lower_module_body,
    ScopeKind.FUNCTION: definitions.lower_function_body,
    ScopeKind.LAMBDA: definitions.lower_lambda_body,
    ScopeKind.CLASS: definitions.lower_class_body,
    ScopeKind.LIST_COMP: comprehensions.lower_comprehension_body,
    ScopeKind.DICT_COMP: comprehensions.lower_comprehension_body,
    ScopeKind.SET_COMP: comprehensions.lower_comprehension_body,
    ScopeKind.GENERATOR: comprehensions.lower_comprehension_body,
}
"""What lowers the body of a scope, from the node that opened it."""
