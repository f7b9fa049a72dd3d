"""Diagnoses of indentation, characters, strings and numbers: what the lexer refuses, or the parser
because of how a literal is written.
"""

from __future__ import annotations

import re
from typing import Any

from mpytool import errors
from mpytool.diagnostics import CompileError
from mpytool.errors import compile_error
from mpytool.grammar.error_context import (
    STRINGS,
    ErrorContext,
)
from mpytool.grammar.findings import Finding, here
from mpytool.grammar.tokens import Tokens
from mpytool.integers import IntegerSyntaxError
from mpytool.patterns import late
from mpytool.source import Source

_PREFIXES = ("r", "u", "b", "f", "t", "rb", "br", "rf", "fr", "rt", "tr")

# --- what the lexer refused -------------------------------------------------------------------------------


def check_bad_indentation(c: ErrorContext) -> Finding | None:
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


def check_bad_literal(c: ErrorContext) -> Finding | None:
    if c.kind == "MALFORMED_FSTRING":
        return here(c, errors.MALFORMED_FSTRING)
    if c.kind != "UNICODE_NAME":
        return None
    start, end = c.tokens.starts[c.index], c.tokens.ends[c.index]
    escape = re.compile(r"\\N(\{[^{}\r\n'\"]*\})?").search(c.source.text, max(start, end - 2))
    return Finding(errors.UNICODE_NAME, c.index, c.index, span=escape.span() if escape else None)


def check_name_too_long(c: ErrorContext) -> Finding | None:
    if c.kind == "NAME_TOO_LONG" and c.expects("NAME"):
        return here(c, errors.NAME_TOO_LONG)
    return None


_LITERAL_START = late(r"[a-z]{0,2}('''|\"\"\"|'|\")")


def _rest_of_string(mark: str) -> re.Pattern[str]:
    """What follows the opening quotes of a string that is closed, and blanks behind it."""
    if len(mark) == 3:
        return re.compile(rf"(?s:\\.|(?!{mark}).)*{mark}[ \t]*")
    return re.compile(rf"(?s:\\.|[^\r\n\\{mark}])*{mark}[ \t]*")


def check_unterminated(c: ErrorContext) -> Finding | None:
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
        return here(c, errors.BAD_ESCAPE)
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


def check_invalid_token(c: ErrorContext) -> Finding | None:
    if c.kind != "INVALID":
        return None
    text = c.text(c.index)
    character = text[:1]
    if character in "'\"" or len(text) > 1:
        return here(c, errors.BAD_ESCAPE)
    if character == "\\":
        return here(c, errors.BACKSLASH, advice="remove it, or the blanks and comments behind it")
    hint = {
        "!": "write 'not' to negate",
        "`": "write repr(...)",
        "$": None,
        "?": "write ... if ... else ...",
    }.get(character)
    what = f"'{character}'" if character.isprintable() else f"the character {character!a}"
    return here(c, errors.INVALID_CHARACTER, hint, what=what)


# --- strings side by side ---------------------------------------------------------------------------------


def check_uppercase_prefix(c: ErrorContext) -> Finding | None:
    if c.kind not in STRINGS or c.before != "NAME" or not c.touches(c.index):
        return None
    prefix = c.text(c.index - 1)
    if not prefix.isascii() or len(prefix) > 2:
        return None
    lower = prefix.lower()
    advice = f"write it in lower case: {lower}" if lower in _PREFIXES else f"it knows {', '.join(_PREFIXES)}"
    return Finding(errors.UPPERCASE_PREFIX, c.index - 1, c.index - 1, {"prefix": prefix, "advice": advice})


def check_mixed_strings(c: ErrorContext) -> Finding | None:
    if c.kind in STRINGS and c.before in STRINGS and (c.kind == "BYTES") != (c.before == "BYTES"):
        return here(c, errors.MIXED_STRINGS)
    if c.kind == "BYTES" and c.is_made_up(c.index - 1):
        return here(c, errors.MIXED_STRINGS)
    return None


def check_rewritten(c: ErrorContext) -> Finding | None:
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


# --- numbers ----------------------------------------------------------------------------------------------

_GLUED = late(r"(?s)([0-9][0-9a-fA-FxXoObB_.]*?)((?:if|else|and|or|in|is|for|not|as|from|import)[0-9]*)")


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
