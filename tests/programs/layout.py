"""Tokens of logical lines to text: odd spacing, joined lines, comments, tabs, blank lines, semicolons."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from tests.programs.chooser import Chooser

Tokens = list[str]

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
_BRACKETS = frozenset("()[]{},")


@dataclass(slots=True)
class Line:
    """One logical line; ``block`` is the suite of a compound statement, else None."""

    tokens: Tokens
    block: list[Line] | None = None


@dataclass(slots=True)
class Style:
    """How odd a program looks: 0 plain, 1 some, 2 much."""

    oddness: int = 0
    newline: str = "\n"
    final_newline: bool = True
    indents: tuple[str, ...] = ("    ",)
    comments: tuple[str, ...] = field(default=("# c", "#", "# é ( [ '", "#if x:"))


def _glued(left: str, right: str) -> bool:
    """Whether two tokens may stand next to each other without a blank and stay two tokens."""
    if left in _BRACKETS or right in _BRACKETS:
        return True
    first, last = right[0], left[-1]
    is_word_left = last.isalnum() or last in "_.\"'"
    is_word_right = first.isalnum() or first in "_.\"'"
    return is_word_left != is_word_right and "." not in (last, first)


def _is_joinable(line: Line, following: Line) -> bool:
    """Whether a semicolon may stand between two lines."""
    return following.block is None and "@" not in (line.tokens[0], following.tokens[0])


class Writer:
    """Writes lines in one style."""

    def __init__(self, chooser: Chooser, style: Style) -> None:
        self._choose = chooser
        self._style = style
        self._parts: list[str] = []

    def text(self, lines: list[Line]) -> str:
        """The whole program."""
        self._block(lines, "")
        text = "".join(self._parts)
        if not self._style.final_newline:
            text = text.rstrip("\n")
        if self._style.newline != "\n":
            text = text.replace("\n", self._style.newline)
        return text

    def _block(self, lines: list[Line], indent: str) -> None:
        at = 0
        while at < len(lines):
            line = lines[at]
            self._between(indent)
            self._parts.append(indent + self._logical(line.tokens, indent))
            if line.block is not None:
                self._suite(line.block, indent)
            else:
                while at + 1 < len(lines) and _is_joinable(line, lines[at + 1]) and self._odd(8):
                    at += 1
                    self._parts.append(self._choose.pick(("; ", ";", " ;  ")))
                    self._parts.append(self._logical(lines[at].tokens, indent))
                if line.tokens[0] != "@" and self._odd(20):
                    self._parts.append(";")
                self._end()
            at += 1

    def _suite(self, block: list[Line], indent: str) -> None:
        if len(block) <= 2 and all(_is_joinable(line, line) for line in block) and self._odd(4):
            self._parts.append(" " + "; ".join(self._logical(line.tokens, indent) for line in block))
            self._end()
            return
        self._end()
        deeper = indent + self._choose.pick(self._style.indents)
        self._block(block, deeper)

    def _odd(self, rarity: int) -> bool:
        """Once in ``rarity`` times in an odd style, more often in a very odd one, never in a plain one."""
        oddness = self._style.oddness
        return oddness > 0 and self._choose.one_in(max(2, rarity // oddness))

    def _end(self) -> None:
        if self._odd(12):
            self._parts.append("  " + self._choose.pick(self._style.comments))
        elif self._odd(16):
            self._parts.append(self._choose.pick(("  ", "\t", " \t ", "\f")))
        self._parts.append("\n")

    def _between(self, indent: str) -> None:
        if self._odd(10):
            odd = self._choose.pick(("\n", "\n\n\n", "   \n", "\t\n", indent + "\n"))
            self._parts.append(odd * self._choose.pick((1, 1, 1, 2, 12, 70)))
        if self._odd(14):
            self._parts.append(
                self._choose.pick((indent, "", " ", "\t\t")) + self._choose.pick(self._style.comments) + "\n"
            )

    def _logical(self, tokens: Tokens, indent: str) -> str:
        if self._style.oddness == 0 or not self._odd(3):
            return _plain(tokens)
        made: list[str] = []
        depth = 0
        for i, token in enumerate(tokens):
            if i:
                made.append(self._gap(tokens[i - 1], token, depth, indent))
            depth += (token in _OPENING) - (token in _CLOSING)
            made.append(token)
        return "".join(made)

    def _gap(self, left: str, right: str, depth: int, indent: str) -> str:
        if depth and self._odd(6):
            return self._choose.pick(
                ("\n", "\n" + indent, "  # c )\n", "\n\n\n  ", "\\\n", " \n\t", "#\n" * 3, "\n" * 20)
            )
        if self._odd(10):
            return self._choose.pick((" \\\n", "\\\n  ", " \\\n\\\n ", "  \\\n" * 9))
        if self._odd(3):
            return self._choose.pick(("  ", "\t", " \t "))
        return "" if _glued(left, right) else " "


def _plain(tokens: Tokens) -> str:
    made = tokens[:1]
    for left, right in pairwise(tokens):
        made.append(right if left in _OPENING or right in ("(", ")", ",", "]", "}", ":") else " " + right)
    return "".join(made)


def draw_style(choose: Chooser) -> Style:
    """A style: most programs are plain or a little odd."""
    oddness = choose.pick((0, 0, 1, 1, 2))
    if oddness == 0:
        return Style()
    indents = choose.pick((("    ",), (" ",), ("\t",), ("  ", "   ", "        "), ("\t", "\t\t", " \t")))
    newline = choose.pick(("\n", "\n", "\n", "\r\n", "\r"))
    return Style(oddness, newline, not choose.one_in(5), indents)
