"""What a check of a syntax error answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mpytool.errors import ErrorKind
from mpytool.grammar.error_context import ErrorContext


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


def here(c: ErrorContext, kind: ErrorKind, hint: str | None = None, **words: object) -> Finding:
    """A finding about the token that cannot stand where it does."""
    return Finding(kind, c.index, c.index, words, hint)
