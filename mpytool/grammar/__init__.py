"""From the text of a program to its folded syntax tree: ``parse``."""

from __future__ import annotations

from typing import cast

from mpytool.grammar import tables
from mpytool.grammar.builder import TreeBuilder
from mpytool.grammar.lexer import tokenize
from mpytool.grammar.parser import UnexpectedToken, run
from mpytool.grammar.syntax_errors import syntax_error
from mpytool.grammar.tree import Module
from mpytool.options import Options
from mpytool.source import Source

__all__ = ["parse"]


def parse(source: Source, options: Options) -> Module:
    """The folded syntax tree of a program.

    Raises CompileError for everything that mpy-cross's lexer and parser refuse.
    """
    tokens = tokenize(source.text, optimise=options.optimise, interned={source.path, source.name})
    builder = TreeBuilder(source, tokens, options)
    try:
        return cast(Module, run(tables.load(), tokens, builder))
    except UnexpectedToken as unexpected:
        error = syntax_error(source, tokens, unexpected.index)
    raise error
