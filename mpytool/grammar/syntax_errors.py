"""Diagnostics for what the lexer and the parser refuse."""

from __future__ import annotations

from mpytool.diagnostics import CompileError
from mpytool.errors import BAD_INTEGER, INVALID_SYNTAX, compile_error
from mpytool.grammar.tokens import Tokens
from mpytool.integers import IntegerSyntaxError
from mpytool.source import Source


def bad_integer(source: Source, tokens: Tokens, index: int, error: IntegerSyntaxError) -> CompileError:
    """The error for an INTEGER token that is none."""
    return compile_error(
        source,
        BAD_INTEGER,
        tokens.starts[index],
        tokens.ends[index],
        peer_line=tokens.lines[index],
        base=error.base,
        shown=error.shown,
        literal=tokens.values[index],
    )


def syntax_error(source: Source, tokens: Tokens, index: int) -> CompileError:
    return compile_error(
        source,
        INVALID_SYNTAX,
        tokens.starts[index],
        tokens.ends[index],
        peer_line=tokens.lines[index],
        what="this",
    )
