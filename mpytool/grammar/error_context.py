"""What the diagnosis of a syntax error may ask about the place where the parser stopped."""

from __future__ import annotations

from collections.abc import Callable

from mpytool.grammar.tokens import KIND_NAMES, KIND_OF_NAME, KINDS, Tokens
from mpytool.source import Source

KEYWORDS = frozenset(name for name, text in KINDS if text is not None and text.isalpha())
OPENERS = {"PAREN_OPEN": "PAREN_CLOSE", "BRACKET_OPEN": "BRACKET_CLOSE", "BRACE_OPEN": "BRACE_CLOSE"}
CLOSERS = frozenset(OPENERS.values())
STRINGS = frozenset({"STRING", "LONG_STRING", "BYTES"})
#: Tokens that an expression can start with and that cannot continue one
STARTS_OPERAND = frozenset(
    {"NAME", "INTEGER", "FLOAT_OR_IMAG", "ELLIPSIS", "FALSE", "NONE", "TRUE", "LAMBDA", "AWAIT", "TILDE"}
    | STRINGS
)
#: Tokens that an expression can end with
ENDS_OPERAND = frozenset(
    {"NAME", "INTEGER", "FLOAT_OR_IMAG", "ELLIPSIS", "FALSE", "NONE", "TRUE"} | STRINGS | CLOSERS
)
_LINE_ENDS = frozenset({"NEWLINE", "INDENT", "DEDENT"})
_NAMED = {
    "NEWLINE": "the end of the line",
    "END": "the end of the file",
    "INDENT": "an indented block",
    "DEDENT": "the end of the block",
}


class ErrorContext:
    """The place of one syntax error: token ``index`` cannot stand where it does.

    ``kind``, ``before`` and ``after`` are the names of the kinds of that token and its neighbours;
    ``line_start`` is the number of the first token of its logical line; ``open`` are the numbers of the
    brackets open before it.
    """

    def __init__(self, source: Source, tokens: Tokens, index: int, takes: Callable[[int], bool]) -> None:
        self.source = source
        self.tokens = tokens
        self.index = index
        self._takes = takes
        self.kind = self.kind_of(index)
        self.before = self.kind_of(index - 1)
        self.after = self.kind_of(index + 1)
        start = index
        while start > 1 and self.kind_of(start - 1) not in _LINE_ENDS:
            start -= 1
        self.line_start = start
        self.open = self.brackets(1, index)

    def kind_of(self, index: int) -> str:
        """The name of a token's kind; ``END`` beyond the last token and ``NEWLINE`` before the first."""
        if index <= 0:
            return "NEWLINE"
        kinds = self.tokens.kinds
        return KIND_NAMES[kinds[index]] if index < len(kinds) else "END"

    def text(self, index: int) -> str:
        """A token as it is written in the file."""
        if not 0 < index < len(self.tokens.kinds):
            return ""
        return self.source.text[self.tokens.starts[index] : self.tokens.ends[index]]

    def is_made_up(self, index: int) -> bool:
        """Whether a token stands for a piece of a string that was rewritten (f-strings and t-strings)."""
        if self.kind_of(index) in STRINGS or not 0 < index < len(self.tokens.kinds):
            return False
        text = self.text(index)
        return text[-1:] in ("'", '"') and text != self.tokens.values[index]

    def touches(self, index: int) -> bool:
        """Whether a token follows the one before it without a space."""
        return index > 1 and self.tokens.ends[index - 1] == self.tokens.starts[index]

    def expects(self, *names: str) -> bool:
        """Whether a token of each of these kinds could stand here."""
        return all(self._takes(KIND_OF_NAME[name]) for name in names)

    @property
    def expects_operand(self) -> bool:
        return self.expects("INTEGER")

    @property
    def starts_line(self) -> bool:
        return self.line_start == self.index

    def brackets(self, start: int, end: int) -> list[int]:
        """The brackets that are open at token ``end``, of those from ``start`` on."""
        found: list[int] = []
        for index in range(start, min(end, len(self.tokens.kinds))):
            kind = self.kind_of(index)
            if kind in OPENERS:
                found.append(index)
            elif found and kind in CLOSERS:
                found.pop()
        return found

    def never_closed(self) -> int | None:
        """The innermost bracket before the error that nothing in the whole file closes."""
        left = set(self.brackets(1, len(self.tokens.kinds)))
        for index in reversed(self.open):
            if index in left:
                return index
        return None

    def line_has(self, name: str) -> bool:
        """Whether the logical line has a token of a kind before the error."""
        return any(self.kind_of(i) == name for i in range(self.line_start, self.index))

    def line_keyword(self) -> str:
        """The kind of the first token of the logical line, behind ``async``."""
        first = self.kind_of(self.line_start)
        return self.kind_of(self.line_start + 1) if first == "ASYNC" else first

    def opened_by(self) -> str:
        """The kind of the innermost open bracket, or an empty string."""
        return self.kind_of(self.open[-1]) if self.open else ""

    def describe(self, index: int) -> str:
        """A token in words, for a message."""
        kind = self.kind_of(index)
        if kind in _NAMED:
            return _NAMED[kind]
        text = self.text(index)
        if kind in STRINGS or "\n" in text:
            return "a string"
        return f"'{text if len(text) <= 40 else text[:37] + '...'}'"
