"""Diagnoses of Python that MicroPython 1.29 lacks: each says so, and how to write it instead."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar.error_context import (
    STARTS_OPERAND,
    ErrorContext,
)
from mpytool.grammar.findings import Finding, here

# --- newer Python -----------------------------------------------------------------------------------------


def _first_is(c: ErrorContext, *names: str) -> bool:
    return c.kind_of(c.line_start) == "NAME" and c.text(c.line_start) in names


def check_print_statement(c: ErrorContext) -> Finding | None:
    if c.line_start == c.index - 1 and _first_is(c, "print", "exec") and c.kind in STARTS_OPERAND:
        return Finding(errors.PRINT_STATEMENT, c.line_start, c.line_start, {"name": c.text(c.line_start)})
    return None


def check_match_statement(c: ErrorContext) -> Finding | None:
    if not _first_is(c, "match") or c.starts_line:
        return None
    end = c.index
    while c.kind_of(end) not in ("NEWLINE", "END", "INVALID"):
        end += 1
    if c.kind_of(end - 1) == "COLON" and c.kind_of(end + 1) == "INDENT" and c.text(end + 2) == "case":
        return Finding(errors.MATCH_STATEMENT, c.line_start, c.line_start)
    return None


def check_except_star(c: ErrorContext) -> Finding | None:
    return here(c, errors.EXCEPT_STAR) if c.before == "EXCEPT" and c.kind == "STAR" else None


def check_type_statement(c: ErrorContext) -> Finding | None:
    if (
        _first_is(c, "type")
        and c.line_start == c.index - 1
        and c.kind == "NAME"
        and c.after in ("EQUAL", "BRACKET_OPEN")
    ):
        return Finding(errors.TYPE_STATEMENT, c.line_start, c.line_start, {"name": c.text(c.index)})
    return None


def check_type_parameters(c: ErrorContext) -> Finding | None:
    if c.kind == "BRACKET_OPEN" and c.kind_of(c.index - 2) in ("DEF", "CLASS"):
        return here(c, errors.TYPE_PARAMETERS)
    return None


def check_positional_only(c: ErrorContext) -> Finding | None:
    if c.kind != "SLASH" or c.before != "COMMA":
        return None
    in_def = bool(c.open) and c.kind_of(c.open[-1] - 2) == "DEF"
    if in_def or (c.line_has("LAMBDA") and not c.expects_operand):
        return here(c, errors.POSITIONAL_ONLY)
    return None


def check_parenthesised_with(c: ErrorContext) -> Finding | None:
    if (
        c.kind == "AS"
        and c.open
        and c.kind_of(c.open[-1]) == "PAREN_OPEN"
        and c.kind_of(c.open[-1] - 1) == "WITH"
    ):
        return Finding(errors.PARENTHESISED_WITH, c.open[-1], c.open[-1])
    return None


def check_decorator_expression(c: ErrorContext) -> Finding | None:
    if c.kind_of(c.line_start) == "AT" and not c.starts_line:
        return Finding(errors.DECORATOR_EXPRESSION, c.line_start + 1, c.index)
    return None


def check_async_comprehension(c: ErrorContext) -> Finding | None:
    return here(c, errors.ASYNC_COMPREHENSION) if c.kind == "ASYNC" and c.open else None


def check_misplaced_star(c: ErrorContext) -> Finding | None:
    if c.kind not in ("STAR", "DBL_STAR") or not c.expects_operand:
        return None
    opened = c.opened_by()
    if opened == "BRACE_OPEN":
        return here(c, errors.DISPLAY_UNPACKING, op=c.text(c.index))
    if c.kind != "STAR":
        return None
    if opened == "BRACKET_OPEN" and not c.expects("BRACKET_CLOSE"):
        return here(c, errors.STAR_SUBSCRIPT)
    for index in range(c.index - 1, c.line_start - 1, -1):
        kind = c.kind_of(index)
        if kind in ("RETURN", "YIELD", "IN"):
            return here(c, errors.STAR_IN_LIST, keyword=c.text(index))
    return None


def check_walrus(c: ErrorContext) -> Finding | None:
    return here(c, errors.MISPLACED_WALRUS) if c.kind == "ASSIGN" else None
