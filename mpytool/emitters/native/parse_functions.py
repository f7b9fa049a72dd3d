"""Functions in text, one after the other: what the parsers of the SSA form and of the low form share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from mpytool.print_ir import IrTextError

_F = TypeVar("_F")
_F_co = TypeVar("_F_co", covariant=True)


class FunctionParser(Protocol[_F_co]):
    """Of one function; made with its first line."""

    @property
    def function(self) -> _F_co: ...

    def parse_line(self, line: str) -> None: ...

    def finish(self) -> None: ...


def parse_functions(text: str, start: Callable[[str], FunctionParser[_F]]) -> list[_F]:
    """The functions of a text. IrTextError names the first bad line."""
    functions: list[_F] = []
    parser: FunctionParser[_F] | None = None
    lines = text.split("\n")
    at = -1
    try:
        for line in lines:
            at += 1
            if line.startswith("function "):
                if parser is not None:
                    parser.finish()
                parser = start(line)
                functions.append(parser.function)
            elif parser is not None and line.strip():
                parser.parse_line(line)
        if parser is not None:
            parser.finish()
    except (ValueError, KeyError, IndexError) as error:
        raise IrTextError(f"line {at + 1}: {lines[at].strip()}: {error}") from error
    return functions
