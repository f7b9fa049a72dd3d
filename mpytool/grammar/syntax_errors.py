"""Diagnostics for what the lexer and the parser refuse.

mpy-cross says "invalid syntax" to nearly all of it. What was meant is found by the table CHECKS: each check
looks at the place where the parser stopped and answers with a Finding or None; the first that answers wins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpytool import errors
from mpytool.diagnostics import CompileError, Note
from mpytool.errors import compile_error
from mpytool.grammar.error_context import (
    CLOSERS,
    ENDS_OPERAND,
    KEYWORDS,
    OPENERS,
    STARTS_OPERAND,
    ErrorContext,
)
from mpytool.grammar.findings import Check, Finding, here
from mpytool.grammar.literal_errors import (
    check_bad_indentation,
    check_bad_literal,
    check_invalid_token,
    check_mixed_strings,
    check_name_too_long,
    check_rewritten,
    check_unterminated,
    check_uppercase_prefix,
)
from mpytool.grammar.newer_syntax import (
    check_async_comprehension,
    check_decorator_expression,
    check_except_star,
    check_match_statement,
    check_misplaced_star,
    check_parenthesised_with,
    check_positional_only,
    check_print_statement,
    check_type_parameters,
    check_type_statement,
    check_walrus,
)
from mpytool.grammar.tokens import KINDS, Tokens
from mpytool.source import Source

_SPELLING = {name: text or "" for name, text in KINDS}
_OWNERS = {"ELIF": "if", "ELSE": "if, for, while or try", "EXCEPT": "try", "FINALLY": "try"}
_BLOCK_KEYWORDS = frozenset(
    {"IF", "ELIF", "ELSE", "WHILE", "FOR", "TRY", "EXCEPT", "FINALLY", "WITH", "DEF", "CLASS"}
)
_LINE_ENDS = frozenset({"NEWLINE", "INDENT", "DEDENT"})
_INFIX_KEYWORDS = frozenset({"AND", "OR", "IN", "IS", "IF", "ELSE", "FOR", "AS"})


# --- brackets ---------------------------------------------------------------------------------------------


def _wrong_closer(c: ErrorContext) -> Finding | None:
    if c.kind not in CLOSERS:
        return None
    found = c.text(c.index)
    if not c.open:
        return here(c, errors.UNMATCHED_BRACKET, found=found)
    opener = c.open[-1]
    closer = OPENERS[c.kind_of(opener)]
    if closer == c.kind:
        return None
    words: dict[str, Any] = {"found": found, "opener": c.text(opener), "closer": _SPELLING[closer]}
    return Finding(
        errors.MISMATCHED_BRACKET,
        c.index,
        c.index,
        words,
        note=(f"'{c.text(opener)}' is opened here", opener),
    )


def _unclosed(c: ErrorContext) -> Finding | None:
    opener = c.never_closed()
    if opener is None:
        return None
    words: dict[str, Any] = {"opener": c.text(opener), "closer": _SPELLING[OPENERS[c.kind_of(opener)]]}
    return Finding(
        errors.UNCLOSED_BRACKET,
        opener,
        opener,
        words,
        note=("the parser could go no further than this", c.index),
    )


# --- statements ---------------------------------------------------------------------------------------------


def _diamond(c: ErrorContext) -> Finding | None:
    if c.kind == "MORE" and c.before == "LESS" and c.touches(c.index):
        return Finding(errors.DIAMOND, c.index - 1, c.index)
    return None


def _comma(c: ErrorContext) -> Finding | None:
    if c.kind != "COMMA" or c.open:
        return None
    keyword = c.line_keyword()
    if keyword == "EXCEPT":
        return here(c, errors.COMMA_IN_EXCEPT)
    if keyword == "RAISE":
        return here(c, errors.RAISE_COMMA, name=c.text(c.index - 1))
    return None


def _try_alone(c: ErrorContext) -> Finding | None:
    if c.expects("EXCEPT", "FINALLY") and not c.expects("ELSE"):
        return here(c, errors.TRY_ALONE)
    return None


def _orphan(c: ErrorContext) -> Finding | None:
    if c.kind in _OWNERS and c.starts_line:
        return here(c, errors.ORPHAN_CLAUSE, keyword=c.text(c.index), owner=_OWNERS[c.kind])
    return None


def _missing_block(c: ErrorContext) -> Finding | None:
    if not c.expects("INDENT"):
        return None
    start = c.index - 1
    while start > 1 and c.kind_of(start - 1) not in ("NEWLINE", "INDENT", "DEDENT"):
        start -= 1
    if c.kind_of(start) == "ASYNC":
        start += 1
    return Finding(
        errors.MISSING_BLOCK,
        c.index,
        c.index,
        {"keyword": c.text(start)},
        note=(f"the '{c.text(start)}' is here", start),
    )


def _missing_colon(c: ErrorContext) -> Finding | None:
    keyword = c.line_keyword()
    if c.open or keyword not in _BLOCK_KEYWORDS or not c.expects("COLON") or c.starts_line:
        return None
    if c.kind not in ("NEWLINE", "END") and keyword not in ("ELSE", "TRY", "FINALLY"):
        return None
    hint = "write 'elif'" if c.before == "ELSE" and c.kind == "IF" else None
    end = c.tokens.ends[c.index - 1]
    return Finding(
        errors.MISSING_COLON,
        c.index - 1,
        c.index - 1,
        {"keyword": _SPELLING[keyword]},
        hint,
        span=(end, end + 1),
    )


def _async(c: ErrorContext) -> Finding | None:
    if c.before == "ASYNC":
        return Finding(errors.MISPLACED_ASYNC, c.index - 1, c.index - 1)
    return None


def _compound_on_line(c: ErrorContext) -> Finding | None:
    if c.kind in _BLOCK_KEYWORDS | {"ASYNC", "AT"} and c.before in ("COLON", "SEMICOLON") and not c.open:
        return here(c, errors.COMPOUND_ON_LINE, keyword=c.text(c.index))
    return None


def _keyword_as_name(c: ErrorContext) -> Finding | None:
    if c.kind == "EQUAL" and c.before in KEYWORDS - ENDS_OPERAND and c.line_start == c.index - 1:
        return Finding(errors.KEYWORD_AS_NAME, c.index - 1, c.index - 1, {"keyword": c.text(c.index - 1)})
    if c.kind in KEYWORDS - _INFIX_KEYWORDS and c.expects("NAME"):
        return here(c, errors.KEYWORD_AS_NAME, keyword=c.text(c.index))
    if c.kind in KEYWORDS and c.expects("NAME") and not c.expects_operand:
        return here(c, errors.KEYWORD_AS_NAME, keyword=c.text(c.index))
    return None


def _decorator_alone(c: ErrorContext) -> Finding | None:
    if not c.starts_line or not c.expects("DEF", "CLASS", "AT") or c.expects("NAME"):
        return None
    above = max(i for i in range(1, c.index) if c.kind_of(i) == "AT" and c.kind_of(i - 1) in _LINE_ENDS)
    return Finding(errors.DECORATOR_ALONE, above, above)


# --- expressions --------------------------------------------------------------------------------------------


def _needs_parentheses(c: ErrorContext) -> Finding | None:
    if c.kind in ("NOT", "LAMBDA", "YIELD", "AWAIT") and c.expects_operand:
        return here(c, errors.NEEDS_PARENTHESES, keyword=c.text(c.index))
    return None


def _missing_name(c: ErrorContext) -> Finding | None:
    if c.expects("NAME") and not c.expects_operand and not c.starts_line:
        return here(c, errors.MISSING_NAME, after=c.describe(c.index - 1))
    return None


def _equal(c: ErrorContext) -> Finding | None:
    if c.kind != "EQUAL" or c.expects_operand:
        return None
    return here(c, errors.EQUAL_IN_EXPRESSION)


def _missing_else(c: ErrorContext) -> Finding | None:
    if c.expects("ELSE") and c.line_has("IF") and not c.starts_line:
        start = max(i for i in range(c.line_start, c.index) if c.kind_of(i) == "IF")
        return Finding(errors.MISSING_ELSE, start, c.index - 1)
    return None


def _missing_expression(c: ErrorContext) -> Finding | None:
    if c.expects_operand and not c.starts_line and c.kind not in STARTS_OPERAND:
        return here(c, errors.MISSING_EXPRESSION, after=c.describe(c.index - 1))
    return None


def _missing_comma(c: ErrorContext) -> Finding | None:
    if c.kind in STARTS_OPERAND and c.before in ENDS_OPERAND:
        return Finding(errors.MISSING_COMMA, c.index - 1, c.index, {"what": c.describe(c.index)})
    return None


def _anything(c: ErrorContext) -> Finding:
    expected = [f"'{text}'" for name, text in KINDS if text is not None and c.expects(name)]
    hint = f"{' or '.join(expected)} is expected" if 0 < len(expected) < 5 else None
    return here(c, errors.INVALID_SYNTAX, hint, what=c.describe(c.index))


CHECKS: tuple[Check, ...] = (
    check_bad_indentation,
    check_bad_literal,
    check_name_too_long,
    check_unterminated,
    check_invalid_token,
    check_mixed_strings,
    check_rewritten,
    _wrong_closer,
    check_except_star,
    check_type_statement,
    check_type_parameters,
    check_positional_only,
    check_parenthesised_with,
    check_async_comprehension,
    check_misplaced_star,
    check_uppercase_prefix,
    _diamond,
    _unclosed,
    check_match_statement,
    check_print_statement,
    check_decorator_expression,
    check_walrus,
    _comma,
    _missing_block,
    _try_alone,
    _orphan,
    _missing_colon,
    _async,
    _compound_on_line,
    _decorator_alone,
    _needs_parentheses,
    _keyword_as_name,
    _missing_else,
    _missing_expression,
    _missing_name,
    _equal,
    _missing_comma,
)


def syntax_error(source: Source, tokens: Tokens, index: int, takes: Callable[[int], bool]) -> CompileError:
    """The error for token ``index``, which cannot stand where it does.

    ``takes`` tells whether the parser would take a token of some kind in its place.
    """
    context = ErrorContext(source, tokens, index, takes)
    for check in CHECKS:
        found = check(context)
        if found is not None:
            break
    else:
        found = _anything(context)
    notes: tuple[Note, ...] = ()
    if found.note is not None:
        message, token = found.note
        notes = (Note(message, source.location(tokens.starts[token], tokens.ends[token])),)
    start, end = found.span or (tokens.starts[found.first], tokens.ends[found.last])
    # These two are raised without a traceback line
    nowhere = found.kind is errors.UNICODE_NAME or found.kind is errors.NAME_TOO_LONG
    return compile_error(
        source,
        found.kind,
        start,
        max(end, start + 1),
        peer_line=0 if nowhere else tokens.lines[index],
        hint=found.hint,
        notes=notes,
        **found.words,
    )
