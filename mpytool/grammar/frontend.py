"""From the text of a program to its folded syntax tree: ``parse``."""

from __future__ import annotations

from mpytool.grammar import table_files
from mpytool.grammar.builder import TreeBuilder
from mpytool.grammar.lexer import tokenize
from mpytool.grammar.parser import UnexpectedToken, can_take, finish_statement, run
from mpytool.grammar.tokens import KIND_OF_NAME
from mpytool.grammar.tree import Module
from mpytool.options import Options
from mpytool.source import Source

_UNICODE_NAME = KIND_OF_NAME["UNICODE_NAME"]


def parse(source: Source, options: Options) -> Module:
    """The folded syntax tree of a program.

    Raises CompileError for everything that mpy-cross's lexer and parser refuse.
    """
    tokens = tokenize(source.text, optimise=options.optimise, interned={source.path, source.name})
    builder = TreeBuilder(source, tokens, options)
    try:
        module: Module = run(table_files.load(), tokens, builder)
        return module
    except UnexpectedToken as unexpected:
        stopped = unexpected
    from mpytool.grammar.syntax_errors import syntax_error  # only a rejected program pays for it

    states = list(stopped.states)
    if tokens.kinds[stopped.index] != _UNICODE_NAME:  # an exception of the lexer, which reads one token ahead
        finish_statement(table_files.load(), stopped, builder)
    raise syntax_error(source, tokens, stopped.index, lambda kind: can_take(table_files.load(), states, kind))
