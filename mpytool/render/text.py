"""Text that can be shown: bytes that are no characters, control characters, and widths on a terminal."""

from __future__ import annotations

TAB_WIDTH = 4


def clean(text: str) -> str:
    r"""``text`` without lone surrogates: each byte that was no UTF-8 is spelled ``\xNN``."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def cells(character: str, column: int) -> tuple[str, int]:
    """How one character of a source line is shown at a cell of the line, and how many cells that takes.

    A tab runs to the next multiple of TAB_WIDTH; what has no glyph becomes U+FFFD.
    """
    if " " <= character <= "~":
        return character, 1
    if character == "\t":
        width = TAB_WIDTH - column % TAB_WIDTH
        return " " * width, width
    import unicodedata

    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return character, 0
    if category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "�", 1
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1


def lay_out(line: str, start: int, end: int, limit: int = 160) -> tuple[str, int, int]:
    """A source line as shown, and where its characters ``start`` to ``end`` (from 0, exclusive) stand there.

    Returns the text, the first cell and the number of cells (at least 1). A line that is too long is cut
    on both sides to some ``limit`` characters around the span.
    """
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    first, last = 0, len(line)
    if last > limit:
        first = max(0, min(start - limit // 4, last - limit))
        last = min(last, first + limit)
    shown = ["..."] if first else []
    column = 3 if first else 0
    span_start = span_end = column
    for index in range(first, last):
        if index == start:
            span_start = column
        text, width = cells(line[index], column)
        shown.append(text)
        column += width
        if index < end:
            span_end = column
    if start >= last:
        span_start = span_end = column
    if last < len(line):
        shown.append("...")
    return "".join(shown), span_start, max(span_end - span_start, 1)
