"""What each rule of grammar.lark makes: one method per rule or alias, named as there.

A method gets the numbers of the first and the last token of its rule, then the rule's values by the
conventions written in the grammar file. Statements are here; expressions in ``expressions.py``.
"""

from __future__ import annotations

from mpytool.errors import NOT_A_CONSTANT, compile_error
from mpytool.grammar.expressions import ExpressionBuilder
from mpytool.grammar.folding import is_constant, named_constant
from mpytool.grammar.tree import (
    Alias,
    AnnAssign,
    Argument,
    Assert,
    Assign,
    Async,
    AugAssign,
    Branch,
    Break,
    CallTrailer,
    ClassDef,
    Constant,
    Continue,
    Decorated,
    Decorator,
    Delete,
    Expr,
    ExprStmt,
    For,
    FunctionDef,
    Global,
    Handler,
    If,
    Import,
    ImportFrom,
    Module,
    Name,
    Nonlocal,
    Param,
    Pass,
    Primary,
    Raise,
    Return,
    Stmt,
    Suite,
    Try,
    While,
    With,
    WithItem,
    YieldStmt,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

Statements: TypeAlias = "Stmt | list[Stmt]"
"""What a ``simple_stmt`` is: one statement, or those between semicolons."""


class TreeBuilder(ExpressionBuilder):
    """The callbacks of one parse."""

    # --- blocks

    def module(self, first: int, last: int, items: list[Statements] | None = None) -> Module:
        body = self._flatten(items or [], 1)
        return Module(1, max(last, 1), body, self.tokens)

    def statement_list(self, first: int, last: int, head: Stmt, rest: list[Stmt] | None = None) -> list[Stmt]:
        statements = [head, *rest] if rest else [head]
        self._begin_list(statements[0], first)
        return statements

    def suite(self, first: int, last: int, items: list[Statements]) -> Suite:
        # Behind NEWLINE and INDENT: mpy-cross's node begins at the first statement
        if len(items) == 1:
            return self.suite_line(first + 2, last, items[0])
        return Suite(first + 2, last, self._flatten(items, first + 2), True)

    def suite_line(self, first: int, last: int, item: Statements) -> Suite:
        if isinstance(item, list):
            return Suite(first, last, item, True)
        return Suite(first, last, [item], False)

    def _flatten(self, items: list[Statements], first: int) -> list[Stmt]:
        statements: list[Stmt] = []
        for item in items:
            if isinstance(item, list):
                statements += item
            else:
                statements.append(item)
        if len(items) > 1:
            self._begin_list(statements[0], first)
        return statements

    def _begin_list(self, statement: Stmt, first: int) -> None:
        """A list of statements reports its own line; that shows where its first statement has none."""
        if type(statement) is Pass and statement.line == 0:
            statement.line = self.lines[first]

    # --- simple statements

    def expr_stmt(self, first: int, last: int, value: Expr) -> Stmt:
        if type(value) is Constant:
            return Pass(first, last, self.lines[first])
        return ExprStmt(first, last, value)

    def assign(self, first: int, last: int, target: Expr, rest: list[Expr]) -> Stmt:
        value = rest[-1]
        if len(rest) == 1:
            if type(value) is Primary and type(target) is Name:
                return self._define_constant(first, last, target, value) or Assign(
                    first, last, [target], value
                )
            return Assign(first, last, [target], value)
        return Assign(first, last, [target, *rest[:-1]], value)

    def ann_assign(self, first: int, last: int, target: Expr, annotation: Expr, value: Expr | None) -> Stmt:
        if type(value) is Primary and type(target) is Name:
            statement = self._define_constant(first, last, target, value)
            if statement is not None:
                return statement
        return AnnAssign(first, last, target, annotation, value)

    def _define_constant(self, first: int, last: int, target: Name, call: Primary) -> Stmt | None:
        """``NAME = const(value)``: enter the name; None if the call is something else.

        Raises CompileError if the value is no constant.
        """
        base = call.base
        if len(call.trailers) != 1 or type(base) is not Name or base.id != "const":
            return None
        trailer = call.trailers[0]
        if type(trailer) is not CallTrailer:
            return None
        value = trailer.args[0] if len(trailer.args) == 1 else None
        # const(v,) is a list of one to mpy-cross, and that is no constant
        comma = self.text_of_token(trailer.last - 1) == ","
        if value is None or comma or not is_constant(value):  # type: ignore[arg-type]
            raise compile_error(
                self.source,
                NOT_A_CONSTANT,
                self.tokens.starts[trailer.first],
                self.tokens.ends[trailer.last],
                peer_line=self.lines[call.first],
                name=target.id,
            )
        self.constants[target.id] = named_constant(value)  # type: ignore[arg-type]
        if target.id[0] == "_":
            return Pass(first, last, 0)
        return Assign(first, last, [target], value)  # type: ignore[arg-type]

    def aug_assign(self, first: int, last: int, target: Expr, op: int, value: Expr) -> AugAssign:
        return AugAssign(first, last, target, self.text_of_token(op)[:-1], value)

    def del_stmt(self, first: int, last: int, head: Expr, rest: list[Expr] | None = None) -> Delete:
        return Delete(first, last, [head, *rest] if rest else [head])

    def pass_stmt(self, first: int, last: int) -> Pass:
        return Pass(first, last, self.lines[first])

    def break_stmt(self, first: int, last: int) -> Break:
        return Break(first, last)

    def continue_stmt(self, first: int, last: int) -> Continue:
        return Continue(first, last)

    def return_stmt(self, first: int, last: int, value: Expr | None) -> Return:
        return Return(first, last, value)

    def raise_stmt(self, first: int, last: int, exception: Expr | None, cause: Expr | None) -> Raise:
        return Raise(first, last, exception, cause)

    def yield_stmt(self, first: int, last: int, value: Expr) -> YieldStmt:
        return YieldStmt(first, last, value)

    def global_stmt(self, first: int, last: int, head: int, rest: list[int] | None = None) -> Global:
        return Global(first, last, self._names(head, rest))

    def nonlocal_stmt(self, first: int, last: int, head: int, rest: list[int] | None = None) -> Nonlocal:
        return Nonlocal(first, last, self._names(head, rest))

    def assert_stmt(self, first: int, last: int, test: Expr, message: Expr | None) -> Assert:
        return Assert(first, last, test, message)

    # --- imports

    def _names(self, head: int, rest: list[int] | None) -> list[str]:
        names = [self.name_of(head)]
        if rest:
            names += [self.name_of(index) for index in rest]
        return names

    def dotted_name(self, first: int, last: int, head: int, rest: list[int] | None = None) -> list[str]:
        return self._names(head, rest)

    def dotted_as_name(self, first: int, last: int, parts: list[str], asname: int | None) -> Alias:
        return Alias(first, last, parts, None if asname is None else self.name_of(asname))

    def import_as_name(self, first: int, last: int, name: int, asname: int | None) -> Alias:
        return Alias(first, last, [self.name_of(name)], None if asname is None else self.name_of(asname))

    def import_as_names(
        self, first: int, last: int, head: Alias, rest: list[Alias] | None = None
    ) -> list[Alias]:
        return [head, *rest] if rest else [head]

    def import_name(self, first: int, last: int, head: Alias, rest: list[Alias] | None = None) -> Import:
        return Import(first, last, [head, *rest] if rest else [head])

    def import_all(self, first: int, last: int) -> None:
        return None

    def dots(self, first: int, last: int, dots: list[int]) -> int:
        return sum(len(self.text_of_token(dot)) for dot in dots)

    def import_from_absolute(
        self, first: int, last: int, module: list[str], names: list[Alias] | None
    ) -> ImportFrom:
        return ImportFrom(first, last, 0, module, names)

    def import_from_relative(
        self, first: int, last: int, level: int, module: list[str] | None, names: list[Alias] | None
    ) -> ImportFrom:
        return ImportFrom(first, last, level, module or [], names)

    # --- compound statements

    def if_stmt(
        self, first: int, last: int, test: Expr, body: Suite, elifs: list[Branch] | None, orelse: Suite | None
    ) -> If:
        branch = Branch(first, body.last, test, body)
        return If(first, last, [branch, *elifs] if elifs else [branch], orelse)

    def elif_clause(self, first: int, last: int, test: Expr, body: Suite) -> Branch:
        return Branch(first, last, test, body)

    def while_stmt(self, first: int, last: int, test: Expr, body: Suite, orelse: Suite | None) -> While:
        return While(first, last, test, body, orelse)

    def for_stmt(
        self, first: int, last: int, target: Expr, iterable: Expr, body: Suite, orelse: Suite | None
    ) -> For:
        return For(first, last, target, iterable, body, orelse)

    def try_stmt(
        self,
        first: int,
        last: int,
        body: Suite,
        handlers: list[Handler],
        orelse: Suite | None,
        finalbody: Suite | None,
    ) -> Try:
        return Try(first, last, body, handlers, orelse, finalbody)

    def try_finally(self, first: int, last: int, body: Suite, finalbody: Suite) -> Try:
        return Try(first, last, body, [], None, finalbody)

    def except_clause(
        self, first: int, last: int, exception: Expr | None, name: int | None, body: Suite
    ) -> Handler:
        return Handler(first, last, exception, None if name is None else self.name_of(name), body)

    def with_stmt(self, first: int, last: int, items: list[WithItem], body: Suite) -> With:
        return With(first, last, items, body)

    def with_items(
        self, first: int, last: int, head: WithItem, rest: list[WithItem] | None = None
    ) -> list[WithItem]:
        return [head, *rest] if rest else [head]

    def with_item(self, first: int, last: int, context: Expr, target: Expr | None) -> WithItem:
        return WithItem(first, last, context, target)

    # --- definitions

    def funcdef(
        self, first: int, last: int, name: int, params: list[Param] | None, returns: Expr | None, body: Suite
    ) -> FunctionDef:
        return FunctionDef(first, last, self.name_of(name), params or [], returns, body)

    def parameter(
        self, first: int, last: int, name: int, annotation: Expr | None, default: Expr | None
    ) -> Param:
        return Param(first, last, 0, self.name_of(name), annotation, default)

    def classdef(
        self, first: int, last: int, name: int, args: list[Argument] | None, body: Suite
    ) -> ClassDef:
        return ClassDef(first, last, self.name_of(name), args or [], body)

    def decorator(self, first: int, last: int, names: list[str], call: CallTrailer | None) -> Decorator:
        return Decorator(first, last, names, call)

    def decorated(
        self, first: int, last: int, decorators: list[Decorator], definition: FunctionDef | ClassDef
    ) -> Decorated:
        return Decorated(first, last, decorators, definition)

    def decorated_async(
        self, first: int, last: int, decorators: list[Decorator], definition: FunctionDef
    ) -> Decorated:
        definition.is_async = True
        return Decorated(first, last, decorators, definition)

    def async_stmt(self, first: int, last: int, statement: FunctionDef | For | With) -> Async:
        if type(statement) is FunctionDef:
            statement.is_async = True
        return Async(first, last, statement)
