"""Tokens as text, one line a token: for people, and for the expected halves of test cases."""

from __future__ import annotations

from mpytool.grammar.tokens import KIND_NAMES, Tokens
from mpytool.source import Source
from mpytool.values import encode_text


def format_tokens(tokens: Tokens) -> str:
    """One line for each token but the dummy: ``line:column kind value``, each line with its line end.

    ``line`` is mpy-cross's number, which drifts behind an f-string with line ends in its fields; ``column``
    counts characters from 1 in the true line. Where that is another line, it stands in brackets:
    ``7:3[5] NAME a``. Values are written as Python would (``repr``), bytes that are no UTF-8 as ``\\udcXX``;
    numbers as they are. Tokens without a value have none.
    """
    source = Source(encode_text(tokens.text), "")
    out: list[str] = []
    for index in range(1, len(tokens.kinds)):
        place = source.location(tokens.starts[index], tokens.ends[index])
        line = tokens.lines[index]
        true_line = "" if place.line == line else f"[{place.line}]"
        name = KIND_NAMES[tokens.kinds[index]]
        value = tokens.values[index]
        if value is None:
            shown = ""
        elif name in ("NAME", "INTEGER", "FLOAT_OR_IMAG") and str(value).isprintable():
            shown = f" {value}"
        else:
            shown = f" {ascii(value) if not str(value).isprintable() else repr(value)}"
        out.append(f"{line}:{place.column}{true_line} {name}{shown}\n")
    return "".join(out)
